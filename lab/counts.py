"""Repetitions, holds and faults found against what was performed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lab.judged import ClipResult
from lab.scene import entailed
from posecheck.core.catalog import resolve
from posecheck.core.result import Status
from posecheck.core.terms import Plane

_VIEW_DEG = 35.0  # within this of its plane a view shows a fault


@dataclass
class FaultCount:
    """Clips in which one fault was found or not.

    Attributes:
        hit, missed: performed, and filmed from where it can be seen.
        unseen: performed, but withheld: this view cannot show it, or its number is borderline.
        false: found, not performed.
    """

    hit: int = 0
    missed: int = 0
    unseen: int = 0
    false: int = 0


@dataclass
class MoveCount:
    """What was found of one move, filmed from where it asks or from elsewhere."""

    clips: int = 0
    exact_clips: int = 0
    hold_errors_s: list[float] = field(default_factory=list)
    faults: FaultCount = field(default_factory=FaultCount)


@dataclass
class Counts:
    """What was found against what was performed, over all clips."""

    exact_clips: int = 0
    clips: int = 0
    found: int = 0
    missed: int = 0
    extra: int = 0
    hold_errors_s: list[float] = field(default_factory=list)
    by_move: dict[tuple[str, bool], MoveCount] = field(
        default_factory=lambda: defaultdict(MoveCount)
    )
    faults: dict[str, FaultCount] = field(default_factory=lambda: defaultdict(FaultCount))
    rows: list[dict[str, Any]] = field(default_factory=list)


def count(results: Sequence[ClipResult]) -> Counts:
    """Repetitions matched by overlap in time and side, holds and faults within them."""
    counts = Counts()
    for result in results:
        true = result.truth["repetitions"]
        ours = list(result.assessment.repetitions)
        pairs = []
        for rep in true:
            match = next(
                (o for o in ours if o.side == rep["side"] and _overlap(o, rep) > 0.5), None
            )
            if match is not None:
                ours.remove(match)
                pairs.append((rep, match))
        counts.clips += 1
        counts.exact_clips += len(pairs) == len(true) and not ours
        counts.found += len(pairs)
        counts.missed += len(true) - len(pairs)
        counts.extra += len(ours)
        cut = _cut_holds(result)
        holds = [error for rep, match in pairs for error in _hold_errors(rep, match, cut)]
        counts.hold_errors_s += holds
        asked = from_where_asked(result)
        move = counts.by_move[result.truth["move"], asked]
        move.clips += 1
        move.exact_clips += len(pairs) == len(true) and not ours
        move.hold_errors_s += holds
        counts.rows.append(
            {
                "clip": result.name,
                "move": result.truth["move"],
                "body": result.truth["body"],
                "azimuth_deg": result.truth["camera"]["azimuth_deg"],
                "view": result.assessment.quality.view.facing,
                "asked": asked,
                "repetitions_true": len(true),
                "repetitions_found": len(pairs),
                "repetitions_extra": len(ours),
                "hold_error_s": round(float(np.max(np.abs(holds))), 2) if holds else None,
                **_count_faults(result, counts, move.faults),
            }
        )
    return counts


def from_where_asked(result: ClipResult) -> bool:
    """Whether the camera stood where the move's file asks for it, for any of its positions."""
    planes = {phase.view for phase in result.clip.move.phases if phase.view != "any"}
    return any(_can_be_seen(result, plane) for plane in planes)


def _overlap(ours: Any, true: dict[str, Any]) -> float:
    shared = min(ours.end_s, true["end_s"]) - max(ours.start_s, true["start_s"])
    return float(shared / (true["end_s"] - true["start_s"]))


def _cut_holds(result: ClipResult) -> list[tuple[str, float]]:
    """Phase and beginning of faults that cut a hold short: how long it lasted is then open."""
    truth = result.truth
    return [
        (fault["phase"], fault["start_s"])
        for fault in truth["faults"]
        if "short_hold" in entailed(truth["move"], fault["id"])
    ]


def _hold_errors(
    true: dict[str, Any], ours: Any, cut: Sequence[tuple[str, float]]
) -> Iterator[float]:
    by_id = {phase.id: k for k, phase in enumerate(ours.phases)}
    for phase in true["phases"]:
        if phase["hold_start_s"] is None or phase["id"] not in by_id:
            continue
        if any(name == phase["id"] and start_s < phase["end_s"] for name, start_s in cut):
            continue
        k = by_id[phase["id"]]
        found = ours.phases[k]
        # A hold runs on into a position that this view cannot tell from it.
        runs_on = k + 1 < len(ours.phases) and ours.phases[k + 1].status == "not_seen"
        asked = found.hold_target_s is not None and found.hold_status is not Status.NOT_MEASURED
        if asked and found.hold_s is not None and found.status != "not_seen" and not runs_on:
            yield found.hold_s - (phase["hold_end_s"] - phase["hold_start_s"])


def _count_faults(result: ClipResult, counts: Counts, of_move: FaultCount) -> dict[str, Any]:
    """Faults by id in the whole clip; what another fault brings with it counts neither way."""
    move = result.truth["move"]
    true = {fault["id"] for fault in result.truth["faults"]}
    ours = {fault.id for rep in result.assessment.repetitions for fault in rep.faults}
    known = {fault.id: fault for fault in result.clip.move.faults}
    brought = {other for fault in true for other in entailed(move, fault)}
    for name in true:
        withheld = name in known and (
            _out_of_view(result, name) or _called_borderline(result, name)
        )
        for row in (counts.faults[f"{move}: {name}"], of_move):
            row.hit += name in ours
            row.unseen += name not in ours and withheld
            row.missed += name not in ours and not withheld
    for name in ours - true - brought:
        for row in (counts.faults[f"{move}: {name}"], of_move):
            row.false += 1
    return {"faults_true": sorted(true), "faults_found": sorted(ours)}


def _called_borderline(result: ClipResult, name: str) -> bool:
    """Whether the number that a fault hangs on was given as borderline, and so not judged."""
    spec = next(fault for fault in result.clip.move.faults if fault.id == name)
    if spec.kind != "not_reached" or spec.measure is None:
        return False
    return any(
        measured.measure == resolve(spec.measure, rep.side).column
        and measured.status is Status.BORDERLINE
        for rep in result.assessment.repetitions
        for phase in rep.phases
        for measured in phase.measures
    )


def _out_of_view(result: ClipResult, name: str) -> bool:
    """Whether the camera stood where none of a fault's positions shows it."""
    spec = next(fault for fault in result.clip.move.faults if fault.id == name)
    phases = {phase.id: phase for phase in result.clip.move.phases}
    performed = [fault["phase"] for fault in result.truth["faults"] if fault["id"] == name]
    planes = {spec.plane(phases.get(phase)) for phase in performed}
    return not any(_can_be_seen(result, plane) for plane in planes)


def _can_be_seen(result: ClipResult, plane: Plane) -> bool:
    return bool(np.nanmedian(result.true_offset_deg(plane)) <= _VIEW_DEG)
