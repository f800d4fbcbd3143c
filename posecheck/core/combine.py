"""One result of several clips of one person: each phase from the clip whose view carries it.

A camera in one place carries only the planes that it faces. Filmed from two places (at once, or one
after the other), the repetitions are matched in order and by side, and every number says which clip
it came from. Times are those of the clip they came from.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from posecheck.core.errors import InputError
from posecheck.core.feedback import next_time, praise, verdict
from posecheck.core.move import Fault, Move, Phase
from posecheck.core.result import (
    ClipInfo,
    FaultResult,
    Measurement,
    Note,
    Part,
    PhaseResult,
    Quality,
    Repetition,
    Result,
)
from posecheck.core.scoring import what_was_met
from posecheck.core.terms import Plane, Side
from posecheck.core.view import VIEW_BANDS_DEG, View

#: Notes on the view that another clip makes good.
_ONE_VIEW_NOTES = ("view_off", "other_view")
SIDES: tuple[Side, ...] = ("left", "right")


def combine(move: Move, results: Sequence[Result]) -> Result:
    """One result of several clips of one person doing one move.

    Args:
        move: the move that every clip was checked for.
        results: one for each clip, whose names differ.

    Returns:
        A result with ``parts``, and with ``clip`` set on each repetition, phase, measure and fault.
        Cues are left out: they belong to the moments of one clip.

    Raises:
        InputError: fewer than two clips, another move, a clip without a repetition, no side in
            common, or a clip whose view adds nothing.
    """
    _check(move, results)
    owners = [_owner(phase, results) for phase in move.phases]
    _check_views(move, results, owners)
    repetitions = [_merged(move, results, owners, pair) for pair in _matched(results)]
    notes = [*_unmatched(results), *(note for r in results for note in _notes_of(r))]
    return results[0].model_copy(
        update={
            "clip": _whole([r.clip for r in results]),
            "quality": _quality(results, notes),
            "repetitions": repetitions,
            "cues": [],
            "verdict": verdict(move, repetitions, notes, ()),
            "praise": praise(repetitions),
            "next_time": next_time(move, repetitions, notes),
            "parts": [Part(clip=r.clip, quality=r.quality) for r in results],
        }
    )


# --- can they be combined? ---


def _check(move: Move, results: Sequence[Result]) -> None:
    if len(results) < 2:
        raise InputError(f"to combine: expected two clips of one person, got {len(results)}")
    for result in results:
        if result.move.id != move.id:
            raise InputError(
                f"{result.clip.name} was checked for {result.move.id}, not for {move.id}; "
                "only clips of one move can be combined"
            )
        if not result.repetitions:
            raise InputError(
                f"{result.clip.name}: no full repetition of {move.name.lower()} was seen, so there "
                "is nothing to combine; check it alone to see why, or give the clip of this move"
            )
    shared = set.intersection(*({rep.side for rep in r.repetitions} for r in results))
    if not shared:
        told = ", ".join(f"{r.clip.name} shows the {_sides_of(r)}" for r in results)
        raise InputError(
            f"{told}: expected the same side in every clip; film one side from both places"
        )


def _sides_of(result: Result) -> str:
    return " and ".join(side for side in SIDES if any(r.side == side for r in result.repetitions))


def _check_views(move: Move, results: Sequence[Result], owners: Sequence[int]) -> None:
    """Every clip must carry a phase that no other carries better."""
    planes = _planes(move)
    if len(planes) < 2:
        raise InputError(
            f"{move.name} is measured from one place ({', '.join(planes) or 'any'}), so there is "
            "nothing to combine; check the clips without --combine"
        )
    useful = {
        owner
        for owner, phase in zip(owners, move.phases, strict=True)
        if phase.view in planes
        and not phase.final
        and _off_deg(results[owner], phase.view) <= VIEW_BANDS_DEG[-1]
    }
    for index, result in enumerate(results):
        if index not in useful:
            wanted = " and once from the ".join(planes)
            raise InputError(
                f"{result.clip.name} is filmed from the {_facing(result)} and adds nothing to the "
                f"other clip; film once from the {wanted}"
            )


def _planes(move: Move) -> list[Plane]:
    planes = [phase.view for phase in move.phases if phase.view != "any" and not phase.final]
    return list(dict.fromkeys(planes))


def _facing(result: Result) -> str:
    facing = result.quality.view.facing
    return {"left": "side", "right": "side", "oblique": "corner"}.get(facing, facing)


def _off_deg(result: Result, plane: Plane) -> float:
    """How far a clip's camera stood off a plane's view, degrees; beyond all where unknown."""
    yaw = result.quality.view.yaw_deg
    if yaw is None:
        return 180.0
    return float(View(np.array([yaw])).offset_deg(plane)[0])


def _owner(phase: Phase, results: Sequence[Result]) -> int:
    """Index of the clip that a phase is taken from."""
    return min(range(len(results)), key=lambda k: _off_deg(results[k], phase.view))


# --- matching and merging ---


def _matched(results: Sequence[Result]) -> list[tuple[Repetition, ...]]:
    """The k-th repetition of a side in every clip, in the order of the first clip."""
    pairs: list[tuple[Repetition, ...]] = []
    for side in SIDES:
        done = [[rep for rep in result.repetitions if rep.side == side] for result in results]
        pairs += zip(*done, strict=False)  # what one clip has more of is told by _unmatched
    return sorted(pairs, key=lambda pair: pair[0].start_s)


def _merged(
    move: Move, results: Sequence[Result], owners: Sequence[int], pair: Sequence[Repetition]
) -> Repetition:
    names = [result.clip.name for result in results]
    phases = [
        _merged_phase([rep.phases[k] for rep in pair], owner, names)
        for k, owner in enumerate(owners)
    ]
    first = pair[0]
    return Repetition(
        index=first.index,
        side=first.side,
        start_s=first.start_s,
        end_s=first.end_s,
        clip=names[0],
        phases=phases,
        faults=_merged_faults(move, results, owners, pair),
        **what_was_met(move, phases),
    )


def _merged_phase(phases: Sequence[PhaseResult], owner: int, names: Sequence[str]) -> PhaseResult:
    """The owner's phase; a number that it lacks comes from another clip, if one has it."""
    chosen = phases[owner]
    rows = [phase.measures for phase in phases]
    measures = [
        _merged_measure([row[k] if k < len(row) else None for row in rows], owner, names)
        for k in range(len(chosen.measures))
    ]
    return chosen.model_copy(update={"measures": measures, "clip": names[owner]})


def _merged_measure(
    found: Sequence[Measurement | None], owner: int, names: Sequence[str]
) -> Measurement:
    own = found[owner]
    assert own is not None  # the caller walks the owner's measures
    if own.value is None and own.uncredited_value is None:
        for name, other in zip(names, found, strict=True):
            if other is not None and other.measure == own.measure and other.value is not None:
                return other.model_copy(update={"clip": name})
    return own.model_copy(update={"clip": names[owner]})


def _merged_faults(
    move: Move, results: Sequence[Result], owners: Sequence[int], pair: Sequence[Repetition]
) -> list[FaultResult]:
    """Each fault from the clip that shows it; one of no phase from the first clip that has it."""
    owner_of = {phase.id: owner for phase, owner in zip(move.phases, owners, strict=True)}
    specs = {fault.id: fault for fault in move.faults}
    kept: list[FaultResult] = []
    for index, rep in enumerate(pair):
        for fault in rep.faults:
            shown_by = _shown_by(specs.get(fault.id), fault, owner_of, results)
            told = any(fault.id == other.id for other in kept)
            if shown_by == index or (shown_by is None and not told):
                kept.append(fault.model_copy(update={"clip": results[index].clip.name}))
    return kept


def _shown_by(
    spec: Fault | None, fault: FaultResult, owner_of: dict[str, int], results: Sequence[Result]
) -> int | None:
    """The clip whose word on a fault counts; None where any clip's does."""
    plane = "any" if spec is None or spec.seen_from == "phase" else spec.seen_from
    if plane != "any":
        return min(range(len(results)), key=lambda k: _off_deg(results[k], plane))
    return owner_of.get(fault.phase or "")


# --- what is said of the whole ---


def _whole(clips: Sequence[ClipInfo]) -> ClipInfo:
    """The clips as one: names joined, lengths and frames added; size and rate of the first."""
    return clips[0].model_copy(
        update={
            "name": " + ".join(clip.name for clip in clips),
            "duration_s": round(sum(clip.duration_s for clip in clips), 3),
            "frames": sum(clip.frames for clip in clips),
            "seen_frames": sum(clip.seen_frames for clip in clips),
        }
    )


def _quality(results: Sequence[Result], notes: list[Note]) -> Quality:
    frames = sum(r.clip.frames for r in results)
    seen = sum(r.clip.seen_frames for r in results)
    return Quality(
        people_seen=max(r.quality.people_seen for r in results),
        seen_fraction=round(seen / frames, 3) if frames else 0.0,
        view=results[0].quality.view,
        notes=notes,
    )


def _notes_of(result: Result) -> list[Note]:
    """A clip's notes under its name, without those on the view that another clip makes good."""
    return [
        note.model_copy(update={"text": f"{result.clip.name}: {note.text}"})
        for note in result.quality.notes
        if note.id not in _ONE_VIEW_NOTES
    ]


def _unmatched(results: Sequence[Result]) -> list[Note]:
    """A note for each side of which the clips show different numbers of repetitions."""
    notes = []
    for side in SIDES:
        counts = [sum(rep.side == side for rep in r.repetitions) for r in results]
        if len(set(counts)) > 1:
            told = ", ".join(f"{n} in {r.clip.name}" for n, r in zip(counts, results, strict=True))
            least = min(counts)
            text = (
                f"The {side} side has {told}: the first {least} were put together."
                if least
                else f"The {side} side is left out: it has {told}."
            )
            notes.append(Note(id="unmatched", text=text, start_s=0.0, end_s=0.0))
    return notes


__all__ = ["combine"]
