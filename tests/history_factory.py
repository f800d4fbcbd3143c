"""Made-up histories: a person who gets better, with noise as the measures have it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import numpy as np

from posecheck.store.records import MeasureRecord, SessionRecord

_HIP = (("hip_flexion", "Hip flexion", 98.0, 0.35, 6.0), ("trunk_lean", "Trunk lean", 8.0, 0, 3.0))


def measured(
    stem: str, label: str, side: str, value: float, unit: str = "°", error: float = 6.0
) -> MeasureRecord:
    name = f"{stem}_{side}_{ {'°': 'deg'}.get(unit, unit) }"
    return MeasureRecord(name, side, label, unit, round(value, 1), error, status="met")


def improving(until: datetime, weeks: int = 12, seed: int = 5) -> Iterator[SessionRecord]:
    """Knee-to-wall once a week and the standing hip twice, up to ``until``."""
    rng = np.random.default_rng(seed)
    for week in range(weeks):
        day = until - timedelta(weeks=weeks - 1 - week)
        gain = 0.28 * week
        toe = [9.2 + gain + rng.normal(0, 0.35), 11.1 + 0.4 * gain + rng.normal(0, 0.35)]
        yield SessionRecord(
            taken_at=day, kind="measure", move_id="knee-to-wall", move_name="Knee to wall",
            measures=tuple(
                measured("toe_to_wall", "Toe to wall", side, value, "cm", 0.6)
                for side, value in zip(("left", "right"), toe, strict=True)
            ),
            pain=2 if week % 5 == 3 else 0,
        )  # fmt: skip
        for extra in (1, 4):
            at = day - timedelta(days=extra)
            yield SessionRecord(
                taken_at=at, kind="live" if extra == 1 else "check", move_id="standing-hip",
                move_name="Standing hip sequence", clip="hip.mp4" if extra == 4 else "",
                measures=tuple(
                    measured(stem, label, side, start + slope * 3 * week + rng.normal(0, 2.0),
                             error=error)
                    for side in ("left", "right") for stem, label, start, slope, error in _HIP
                ),
                pain=int(rng.integers(0, 3)),
                verdict="2 complete repetitions.",
            )  # fmt: skip


def many(until: datetime, sessions: int) -> Iterator[SessionRecord]:
    """A long history, several sessions a day if need be."""
    rng = np.random.default_rng(1)
    step = timedelta(hours=8)
    for k in range(sessions):
        yield SessionRecord(
            taken_at=until - step * (sessions - k), kind="check", move_id="standing-hip",
            move_name="Standing hip sequence",
            measures=tuple(
                measured(stem, label, side, 100.0 + rng.normal(0, 4.0))
                for side in ("left", "right")
                for stem, label in (("hip_flexion", "Hip flexion"), ("leg_side_raise", "Leg raise"),
                                    ("thigh_tilt", "Thigh height"))
            ),
        )  # fmt: skip
