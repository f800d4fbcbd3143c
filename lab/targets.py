"""What the accuracy table has to reach, beside what it reaches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

BANDS = ("0-15", "15-35", "35-60")


@dataclass(frozen=True)
class Target:
    """Limits of one measure by view band; None where nothing is asked.

    Attributes:
        measure: move name in the catalogue. figure: ``mae`` over frames or ``peak_mae`` of the
            held values. limits: in plane, 15-35 degrees off, 35-60 degrees off.
    """

    measure: str
    figure: str
    limits: tuple[float | None, float | None, float | None]


TARGETS: tuple[Target, ...] = (
    Target("hip_flexion_deg", "mae", (3.0, 5.0, 8.0)),
    Target("hip_flexion_deg", "peak_mae", (3.0, 5.0, 8.0)),
    Target("hip_extension_deg", "peak_mae", (3.0, 5.0, 8.0)),
    Target("hip_abduction_deg", "mae", (3.0, 5.0, 8.0)),
    Target("leg_side_raise_deg", "mae", (3.0, 5.0, 8.0)),
    Target("shin_tilt_deg", "mae", (2.0, 3.0, 5.0)),
    Target("trunk_lean_deg", "mae", (2.0, 3.0, 5.0)),
    Target("trunk_side_lean_deg", "mae", (2.0, 3.0, 5.0)),
    Target("knee_flexion_deg", "mae", (4.0, 6.0, 9.0)),
    Target("knee_over_toe_pct", "mae", (4.0, 8.0, None)),
    Target("trunk_rotation_deg", "mae", (10.0, None, None)),
)


def compare(figures: dict[str, Any]) -> list[dict[str, Any]]:
    """Each target with its result; ``reached`` is None where nothing was measured."""
    rows: list[dict[str, Any]] = []
    for target in TARGETS:
        bands = figures["measures"].get(target.measure, {})
        for band, limit in zip(BANDS, target.limits, strict=True):
            if limit is None:
                continue
            found = bands.get(band, {}).get(target.figure)
            rows.append(
                {
                    "measure": target.measure,
                    "figure": target.figure,
                    "band": band,
                    "limit": limit,
                    "found": found,
                    "reached": None if found is None else found <= limit,
                }
            )
    reps, holds, faults = figures["repetitions"], figures["hold_error_s"], figures["fault_totals"]
    whole: list[tuple[str, float, float | None, bool]] = [
        ("share of clips with exact repetitions", 0.98, reps["exact_share"], True),
        ("share of holds within 0.3 s", 0.95, holds.get("within_0_3_s"), True),
        ("share of holds within 0.4 s", 0.95, holds.get("within_0_4_s"), True),
        ("fault recall", 0.9, faults["recall"], True),
        ("fault precision", 0.9, faults["precision"], True),
        (
            "wrong-view numbers without a widened ±",
            0.0,
            float(figures["wrong_view"]["unwidened"]),
            False,
        ),
    ]
    for name, limit, found, at_least in whole:
        reached = None if found is None else (found >= limit if at_least else found <= limit)
        rows.append(
            {
                "measure": name,
                "figure": "",
                "band": "",
                "limit": limit,
                "found": found,
                "reached": reached,
            }
        )
    return rows
