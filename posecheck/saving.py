"""Keeping what was found in the history: the one door for checks, live sessions and measurements.

uid = save_result(result, clip=path)                 # a check
uid = save_session(live_session_of(repetitions, loaded, ...))  # a live session, recorded or not
uid = save_session(SessionRecord(...))               # anything else
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Literal

import posecheck
from posecheck.core.result import Measurement, Repetition, Result, Status
from posecheck.store.records import Kind, MeasureRecord, RepetitionRecord, SessionRecord

if TYPE_CHECKING:
    from posecheck.library import LoadedMove
    from posecheck.store.opening import Store

#: As much of a video's both ends as tells it from every other.
_KEY_BYTES = 1 << 18


def save_session(
    record: SessionRecord, *, person: str | None = None, store: Store | None = None
) -> str:
    """Keeps any session in the history; gives its uid.

    Args:
        person: whose it is; None for the default person, "me".
        store: an open history; None opens the usual one for this call.

    Raises:
        InputError: an unknown person, an impossible value, or the history cannot be written.
    """
    from posecheck.store.opening import Store
    from posecheck.store.writing import save

    if store is not None:
        return save(store, record, person)
    with Store() as opened:
        return save(opened, record, person)


def save_result(
    result: Result,
    *,
    kind: Kind = "check",
    person: str | None = None,
    clip: Path | None = None,
    taken_at: datetime | None = None,
    folder: Path | None = None,
    pain: int | None = None,
    note: str = "",
    store: Store | None = None,
) -> str:
    """Keeps a check's or a live session's result in the history; gives its uid.

    Args:
        clip: the video; the same video checked again replaces its earlier session.
        taken_at: when the movement was done, with its zone; None takes the video file's time, or
            now.
        folder: where the report or the recording lies.
        pain: 0 to 10, or None where not asked.

    Raises:
        InputError: an unknown person, an impossible value, or the history cannot be written.
    """
    record = session_of(
        result, kind=kind, clip=clip, taken_at=taken_at, folder=folder, pain=pain, note=note
    )
    return save_session(record, person=person, store=store)


def live_session_of(
    repetitions: Sequence[Repetition],
    loaded: LoadedMove,
    *,
    started_at: datetime,
    duration_s: float,
    side: Literal["left", "right", "auto"] = "auto",
    model: str = "",
    folder: Path | None = None,
    pain: int | None = None,
    note: str = "",
) -> SessionRecord:
    """A live session, recorded or not, as a session of the history.

    Args:
        repetitions: those that the live engine counted.
        started_at: with its zone.
        folder: where the recording lies; None where nothing was recorded.
    """
    return SessionRecord(
        taken_at=started_at, kind="live", move_id=loaded.move.id, move_name=loaded.move.name,
        move_sha256=loaded.sha256, side=side, measures=tuple(_session_values(repetitions)),
        repetitions=tuple(_repetition(one) for one in repetitions),
        folder=str(folder.resolve()) if folder else "", duration_s=duration_s, model=model,
        software=posecheck.__version__, pain=pain, note=note,
    )  # fmt: skip


def session_of(
    result: Result,
    *,
    kind: Kind = "check",
    clip: Path | None = None,
    taken_at: datetime | None = None,
    folder: Path | None = None,
    pain: int | None = None,
    note: str = "",
) -> SessionRecord:
    """A result as a session of the history; see :func:`save_result`."""
    return SessionRecord(
        taken_at=taken_at or filmed_at(clip),
        kind=kind,
        move_id=result.move.id,
        move_name=result.move.name,
        move_sha256=result.move.sha256,
        side=result.side,
        measures=tuple(_session_values(result.repetitions)),
        repetitions=tuple(_repetition(one) for one in result.repetitions),
        clip=result.clip.name,
        clip_key=clip_key(clip) if clip else "",
        folder=str(folder.resolve()) if folder else "",
        duration_s=result.clip.duration_s,
        model=result.model.name,
        software=result.software_version,
        verdict="\n".join(result.verdict),
        pain=pain,
        note=note,
    )


def filmed_at(clip: Path | None) -> datetime:
    """When a clip was filmed, as far as its file tells: its last change; now without a clip."""
    if clip is None or not clip.exists():
        return datetime.now(UTC)
    return datetime.fromtimestamp(clip.stat().st_mtime, UTC)


def clip_key(clip: Path) -> str:
    """What tells a video file again, wherever it lies: its size and both of its ends, hashed.

    Empty if the file is no longer there.
    """
    digest = hashlib.sha256()
    try:
        with clip.open("rb") as file:
            digest.update(file.read(_KEY_BYTES))
            size = file.seek(0, 2)
            file.seek(max(0, size - _KEY_BYTES))
            digest.update(file.read(_KEY_BYTES))
    except OSError:
        return ""
    digest.update(str(size).encode())
    return digest.hexdigest()


def _repetition(one: Repetition) -> RepetitionRecord:
    return RepetitionRecord(
        number=one.index,
        side=one.side,
        start_s=one.start_s,
        end_s=one.end_s,
        complete=one.complete,
        met=one.met,
        borderline=one.borderline,
        not_met=one.not_met,
        not_measured=one.not_measured,
        faults=tuple(fault.id for fault in one.faults),
        measures=tuple(
            _measure(m, one.side, phase.id) for phase in one.phases for m in phase.measures
        ),
    )


def _measure(one: Measurement, side: str, phase: str) -> MeasureRecord:
    sided = f"_{side}_" in one.measure
    return MeasureRecord(
        name=one.measure,
        side=side if sided else "",
        label=one.label,
        unit=one.unit,
        value=one.value,
        error=one.error,
        valid=one.value is not None and one.status is not Status.NOT_MEASURED,
        status=one.status.value,
        reason=one.reason or "",
        phase=phase,
    )


def _session_values(repetitions: Sequence[Repetition]) -> Iterator[MeasureRecord]:
    """One value a measure: the best repetition's, or the middle one's where no way is better.

    A measure that is asked for in several positions counts in the one that asks the most of it.
    """
    found: dict[str, dict[int, list[Measurement]]] = {}
    sides: dict[str, str] = {}
    phases: dict[int, str] = {}
    for number, rep in enumerate(repetitions):
        for phase in rep.phases:
            for one in phase.measures:
                if one.value is None or one.status is Status.NOT_MEASURED:
                    continue
                found.setdefault(one.measure, {}).setdefault(number, []).append(one)
                sides[one.measure] = rep.side
                phases[id(one)] = phase.id
    for name, by_repetition in found.items():
        best = [_best(values) for values in by_repetition.values()]
        middle = median(value for one in best if (value := one.value) is not None)
        chosen = _best(best)
        if _wanted(chosen) == 0:
            chosen = min(best, key=lambda one: abs((one.value or 0.0) - middle))
        yield _measure(chosen, sides[name], phases[id(chosen)])


def _wanted(one: Measurement) -> int:
    """+1 where more is better, -1 where less is, 0 where neither."""
    if one.target_low is not None and one.target_high is None:
        return 1
    return -1 if one.target_high is not None and one.target_low is None else 0


def _best(values: list[Measurement]) -> Measurement:
    """The value that counts of several."""
    asked = [one for one in values if _wanted(one)] or values
    return max(asked, key=lambda one: (_wanted(one) or 1) * (one.value or 0.0))
