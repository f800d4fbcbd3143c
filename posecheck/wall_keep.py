"""Knee-to-wall in the history: what was before, what a person told once, and keeping a new test."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from posecheck.core.wall_result import (
    MOVE_ID,
    MOVE_NAME,
    SIDES,
    Comparison,
    Reading,
    TryResult,
    WallResult,
    compare,
)
from posecheck.wall_measure import Personal, rules, told

if TYPE_CHECKING:
    from posecheck.store.opening import Store
    from posecheck.store.records import MeasureRecord, RepetitionRecord, SessionRecord

OFFSET_KEY, SHOE_KEY = "knee_to_wall_offset_cm", "shoe_cm"
#: Measures that make progress, with their labels.
KEPT = {
    "toe_to_wall_cm": "Toe to wall",
    "shin_tilt_deg": "Shin tilt at the wall",
    "heel_lift_cm": "Heel lift at the wall",
}
#: Two sessions nearer in time than this are the same one.
_SAME_S = 1.0


def recalled(store: Store, person: str | None, given: Personal) -> Personal:
    """What is known of a person: what was given now, else what was remembered.

    Raises:
        InputError: nobody of that name, or the history cannot be read.
    """
    from posecheck.store.reading import known_person, recall

    known_person(store, person)

    def kept(now: float | None, key: str) -> float | None:
        value = now if now is not None else recall(store, person, key)
        return None if value is None else float(value)

    return Personal(kept(given.offset_cm, OFFSET_KEY), kept(given.shoe_cm, SHOE_KEY), given.tape)


def remember_personal(
    store: Store, person: str | None, result: WallResult, given: Personal
) -> None:
    """Keeps what was typed now, so that it need not be typed again."""
    from posecheck.store.writing import remember

    if given.tape is not None:
        remember(store, person, OFFSET_KEY, result.own_offset_cm)
    if given.shoe_cm is not None:
        remember(store, person, SHOE_KEY, given.shoe_cm)


def compared(
    store: Store, person: str | None, result: WallResult, taken_at: datetime
) -> WallResult:
    """The result with its comparisons to last time and to the baseline."""
    from posecheck.store.reading import points

    asked = rules()
    found: list[Comparison] = []
    for measure, mdc in (("toe_to_wall_cm", asked.mdc_cm), ("shin_tilt_deg", asked.mdc_deg)):
        for side in SIDES:
            now = result.reading(measure, side)
            if not now.valid:
                continue
            name = _sided(measure, side)
            before = [
                one
                for one in points(store, name, person)
                if one.taken_at < taken_at - timedelta(seconds=_SAME_S)
            ]
            if before:
                last = before[-1]
                found.append(
                    compare(name, now, "last time", last.taken_at.isoformat(), last.value,
                            last.error, mdc)
                )  # fmt: skip
            if len(before) > 1:
                first = before[0]
                found.append(
                    compare(name, now, "baseline", first.taken_at.isoformat(), first.value,
                            first.error, mdc)
                )  # fmt: skip
    return told(result.model_copy(update={"compared": found}))


def session_of_test(
    result: WallResult,
    *,
    taken_at: datetime,
    clips: Sequence[Path] = (),
    folder: Path | None = None,
    duration_s: float = 0.0,
    pain: int | None = None,
    note: str = "",
) -> SessionRecord:
    """A test as a session of the history."""
    import hashlib

    from posecheck.saving import clip_key
    from posecheck.store.records import SessionRecord

    keys = [clip_key(clip) for clip in clips]
    key = keys[0] if len(keys) == 1 else hashlib.sha256("".join(keys).encode()).hexdigest()
    return SessionRecord(
        taken_at=taken_at,
        kind="measure",
        move_id=MOVE_ID,
        move_name=MOVE_NAME,
        measures=tuple(_session_measures(result)),
        repetitions=tuple(_repetition(one) for one in result.tries),
        clip=", ".join(result.clips)[:400],
        clip_key=key if keys else "",
        folder=str(folder.resolve()) if folder else "",
        duration_s=duration_s,
        software=result.software_version,
        verdict="\n".join(result.verdict),
        pain=pain,
        note=note,
    )


def _session_measures(result: WallResult) -> Iterator[MeasureRecord]:
    for measure in KEPT:
        for side in SIDES:
            reading = result.reading(measure, side)
            if reading.value is not None or reading.reason:
                yield _record(measure, side, reading)


def _repetition(one: TryResult) -> RepetitionRecord:
    from posecheck.store.records import RepetitionRecord

    readings = (
        ("toe_to_wall_cm", one.toe_to_wall_cm), ("shin_tilt_deg", one.shin_tilt_deg),
        ("heel_lift_cm", one.heel_lift_cm),
    )  # fmt: skip
    return RepetitionRecord(
        number=one.number, side=one.side, start_s=one.start_s, end_s=one.end_s,
        complete=one.valid, faults=tuple(one.refusals),
        measures=tuple(_record(name, one.side, reading) for name, reading in readings),
    )  # fmt: skip


def _record(measure: str, side: str, reading: Reading) -> MeasureRecord:
    from posecheck.store.records import MeasureRecord

    return MeasureRecord(
        name=_sided(measure, side), side=side, label=KEPT[measure],
        unit=measure.rpartition("_")[2], value=reading.value, error=reading.error,
        valid=reading.valid, reason=reading.reason, phase="touch",
    )  # fmt: skip


def _sided(measure: str, side: str) -> str:
    stem, _, unit = measure.rpartition("_")
    return f"{stem}_{side}_{unit}"
