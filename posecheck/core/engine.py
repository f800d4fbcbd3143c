"""The engine: landmarks in, measures, repetitions, faults and what to show at each moment out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from posecheck.core.bands import ErrorBands
from posecheck.core.filters import smooth_recorded
from posecheck.core.framing import judge_quality
from posecheck.core.gate import Gate
from posecheck.core.joints import PARTS, gather
from posecheck.core.legs import untangle
from posecheck.core.machine import PhaseMachine
from posecheck.core.measures import full_lengths_px, raw_measures
from posecheck.core.move import Move
from posecheck.core.neutral import Neutral, find_neutral, standing_still
from posecheck.core.pose import Array, BoolArray, Landmark, PoseTrack
from posecheck.core.result import CueEvent, Quality, Repetition
from posecheck.core.scale import PlaneScale
from posecheck.core.scaled import put_centimetres
from posecheck.core.scoring import score_repetition
from posecheck.core.states import Shot, SideRun, States, shot_of
from posecheck.core.table import MeasureTable
from posecheck.core.tape import Tape
from posecheck.core.terms import Side
from posecheck.core.trace import RepetitionTrace
from posecheck.core.view import View, estimate_view

SideChoice = Literal["left", "right", "auto"]

#: Landmarks that measures use; the others are left as they are.
_SMOOTHED = [landmark for landmark in Landmark if landmark.name.endswith(PARTS)]
_CUE_SHOWN_S = 2.0


@dataclass(frozen=True, slots=True)
class Assessment:
    """Everything the engine says about a recorded track.

    Attributes:
        smooth: the filtered track that the measures were made from.
        table: all measures in all frames.
        repetitions: of both sides, in order of time.
        attempts: (start_s, end_s, side) of movements that fell short of a repetition.
        cues: at most one at any moment.
        states: what to show in each frame.
    """

    smooth: PoseTrack
    view: View
    table: MeasureTable
    neutral: Neutral
    quality: Quality
    repetitions: list[Repetition]
    attempts: list[tuple[float, float, Side]]
    cues: list[CueEvent]
    states: States


#: Whether what lay between two times, in seconds, is counted.
Counts = Callable[[float, float], bool]


def assess(
    track: PoseTrack,
    move: Move,
    bands: ErrorBands,
    side: SideChoice = "auto",
    *,
    scale: PlaneScale | None = None,
    counts: Counts | None = None,
) -> Assessment:
    """Judge a recorded track; may look ahead for smoothing, never in the phase machine.

    Args:
        track: raw landmarks as estimated.
        move: what was meant to be done.
        bands: the ± of every measure.
        side: the working side, or both tried when "auto".
        scale: pixels to centimetres in the leg's plane; without it nothing is given in cm.
        counts: which repetitions and attempts are any; all if not given.
    """
    smooth = smooth_track(track)
    view = estimate_view(smooth.t_s, smooth.world_m)
    table, neutral, still = _measured(smooth, view, bands)
    if scale is not None:
        put_centimetres(table, smooth, scale)
    sides: Sequence[Side] = ("left", "right") if side == "auto" else (side,)
    runs = [_run(table, move, one, counts) for one in sides]
    repetitions, owners = _merge(runs)
    cues = _cues(move, repetitions)
    attempts = _attempts(runs, repetitions)
    for run in runs:
        run.tape.let_go()
    return Assessment(
        smooth=smooth,
        view=view,
        table=table,
        neutral=neutral,
        quality=judge_quality(track, view, move, still),
        repetitions=repetitions,
        attempts=attempts,
        cues=cues,
        states=States(move, runs, owners, repetitions, cues),
    )


def _measured(
    smooth: PoseTrack, view: View, bands: ErrorBands
) -> tuple[MeasureTable, Neutral, BoolArray]:
    """Every measure, the person's own neutral, and the (n,) frames of a still upright stand.

    What they are made of is as large as they are, and is let go before the machines run.
    """
    joints = gather(smooth)
    raw = raw_measures(smooth.t_s, joints, view, full_lengths_px(joints))
    neutral = find_neutral(smooth.t_s, raw, view)
    table = Gate(bands, neutral).apply(smooth.t_s, joints, view, raw)
    return table, neutral, standing_still(smooth.t_s, raw)


def smooth_track(track: PoseTrack) -> PoseTrack:
    """The track with each leg under its own name, running median and zero-phase low-pass."""
    track = untangle(track)
    image_px = track.image_px.astype(np.float32, copy=True)
    world_m = track.world_m.astype(np.float32, copy=True)
    # A landmark at a time: its coordinates are missing together, and memory stays small.
    for landmark in _SMOOTHED:
        both = np.hstack([image_px[:, landmark], world_m[:, landmark]])
        smooth = smooth_recorded(track.t_s, both)
        image_px[:, landmark], world_m[:, landmark] = smooth[:, :2], smooth[:, 2:]
    return replace(track, image_px=image_px, world_m=world_m, visibility=_held(track))


def _held(track: PoseTrack) -> Array:
    """Visibility with a bridged frame given its neighbours' value, so that gaps gate once."""
    visibility = track.visibility.astype(np.float32)
    missing = ~np.isfinite(visibility[:, 0])
    if missing.any() and not missing.all():
        index = np.arange(len(visibility))
        nearest = np.interp(index, index[~missing], index[~missing]).round().astype(int)
        visibility = visibility[np.where(missing, nearest, index)]
    return visibility


def _run(table: MeasureTable, move: Move, side: Side, counts: Counts | None) -> SideRun:
    tape = Tape(move, side)
    tape.extend(table)
    machine = PhaseMachine(tape)
    reel: list[Shot] = []
    for i in range(len(tape)):
        machine.step(i)
        reel.append(shot_of(machine))
    machine.finish(len(tape))

    def counted(first: int, last: int) -> bool:
        return counts is None or counts(tape.t_s[first], tape.t_s[min(last, len(tape) - 1)])

    traces = [trace for trace in machine.finished if counted(trace.first, trace.last)]
    attempts = [one for one in machine.attempts if counted(*one)]
    return SideRun(tape, traces, attempts, reel)


def _merge(runs: list[SideRun]) -> tuple[list[Repetition], list[tuple[SideRun, RepetitionTrace]]]:
    """Repetitions of both sides in order of time; of two that overlap, the fuller one stays."""
    found = [(run, trace) for run in runs for trace in run.traces]
    found.sort(key=lambda pair: (-_reached(pair[1]), pair[1].first))
    kept: list[tuple[SideRun, RepetitionTrace]] = []
    for run, trace in found:
        if all(trace.first >= other.last or trace.last <= other.first for _, other in kept):
            kept.append((run, trace))
    kept.sort(key=lambda pair: pair[1].first)
    count: dict[Side, int] = {"left": 0, "right": 0}
    repetitions = []
    for run, trace in kept:
        count[run.tape.side] += 1
        repetitions.append(score_repetition(run.tape, trace, count[run.tape.side]))
    return repetitions, kept


def _reached(trace: RepetitionTrace) -> int:
    return sum(phase.first is not None for phase in trace.phases)


def _attempts(
    runs: list[SideRun], repetitions: list[Repetition]
) -> list[tuple[float, float, Side]]:
    out: list[tuple[float, float, Side]] = []
    for run in runs:
        t_s = run.tape.t_s
        for first, last in run.attempts:
            start_s, end_s = t_s[first], t_s[min(last, len(t_s) - 1)]
            clear = all(start_s >= rep.end_s or end_s <= rep.start_s for rep in repetitions)
            if clear and end_s > start_s:
                out.append((round(start_s, 2), round(end_s, 2), run.tape.side))
    return sorted(out)


def _cues(move: Move, repetitions: list[Repetition]) -> list[CueEvent]:
    """Cues as they would have been given: the first fault listed in the move file wins."""
    rank = {fault.id: k for k, fault in enumerate(move.faults)}
    wanted = sorted(
        ((fault.start_s, rank[fault.id], fault) for rep in repetitions for fault in rep.faults),
        key=lambda entry: entry[:2],
    )
    cues: list[CueEvent] = []
    for start_s, order, fault in wanted:
        end_s = max(fault.end_s, start_s + _CUE_SHOWN_S)
        if cues and start_s < cues[-1].end_s:
            if order >= rank[cues[-1].id]:
                continue
            cues[-1] = cues[-1].model_copy(update={"end_s": start_s})
            if cues[-1].end_s <= cues[-1].t_s:
                cues.pop()
        cues.append(CueEvent(t_s=start_s, end_s=end_s, id=fault.id, text=fault.cue))
    return cues


__all__ = ["Assessment", "SideChoice", "assess", "smooth_track"]
