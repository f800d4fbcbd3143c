"""The engine a frame at a time: raw pose in, state out, with causal filters."""

from __future__ import annotations

import math
from bisect import bisect_left

import numpy as np

from posecheck.core import arms, rolling
from posecheck.core.bands import ErrorBands
from posecheck.core.catalog import COLUMN_NAMES, SIDES
from posecheck.core.filters import OneEuro
from posecheck.core.flow import LiveFlow
from posecheck.core.gate import Gate
from posecheck.core.joints import (
    HIP,
    LANDMARKS,
    PARTS,
    SHOULDER,
    TRUNK_AND_LEGS,
    body_of_frame,
    codes_of_frame,
)
from posecheck.core.machine import PhaseMachine
from posecheck.core.maths import FLOATS
from posecheck.core.measures import SEGMENTS, put_measures, put_view
from posecheck.core.move import Fault, Move
from posecheck.core.neutral import Neutral
from posecheck.core.pose import Array, PoseTrack
from posecheck.core.result import Repetition
from posecheck.core.scoring import score_repetition
from posecheck.core.table import FrameState
from posecheck.core.tape import Tape
from posecheck.core.terms import Side
from posecheck.core.view import AGREEMENT

#: One Euro's beta is tuned for degrees; in these units a joint moves about as far as its angle.
_BETA, _PER_HEIGHT, _PER_METRE = 0.05, 100.0, 100.0
_CUTOFF_HZ = 1.5
#: The yaw hardly changes.
_YAW_CUTOFF_HZ = 0.5
#: So many frames are kept before the first is forgotten: a minute, and all of a repetition.
_FORGET_FROM = 1800
#: How far a repetition may look back from its start position, seconds: more than any part of it.
_LOOK_BACK_S = 10.0
_UNKNOWN = [math.nan] * len(COLUMN_NAMES)


class LiveEngine:
    """Judges one side of one move as frames come. One a session; :meth:`reset` makes it as new."""

    def __init__(self, move: Move, bands: ErrorBands, side: Side, neutral: Neutral) -> None:
        self._move, self._side = move, side
        self._gate = Gate(bands, neutral)
        self.reset()

    def reset(self) -> None:
        """Forget everything seen."""
        self.tape = Tape(self._move, self._side)
        self._wanted = frozenset(self.tape.columns)
        parts = len(PARTS) if self._wanted & (arms.COLUMNS | rolling.OF_HEAD) else TRUNK_AND_LEGS
        self._joints = LANDMARKS[:parts].ravel()
        self.machine = PhaseMachine(self.tape)
        self.repetitions: list[Repetition] = []
        self._flow = LiveFlow()
        self._filter: OneEuro | None = None
        self._full_px = [[math.nan] * len(SEGMENTS) for _ in SIDES]

    def step(self, frame: PoseTrack) -> FrameState:
        """Take one frame, a track of length one, later than the last."""
        self._measure(frame)
        machine = self.machine
        machine.step(len(self.tape) - 1)
        for trace in machine.finished:
            self.repetitions.append(score_repetition(self.tape, trace, len(self.repetitions) + 1))
        machine.finished.clear()
        phase = None if machine.phase is None else self._move.phases[machine.phase]
        quantity = self.tape.quantities[phase.headline] if phase else None
        value, error = self.tape.latest(phase.headline) if phase else (None, None)
        fault = self._fault()
        self._forget_old()
        return FrameState(
            state=machine.state,
            side=self._side,
            repetition=len(self.repetitions) + 1 if machine.in_repetition else 0,
            phase_id=phase.id if phase else None,
            phase_name=phase.name if phase else None,
            hold_s=machine.hold_s if phase and phase.hold_s else None,
            hold_target_s=phase.hold_s if phase else None,
            headline=quantity.column if quantity else None,
            headline_sign=quantity.sign if quantity else 1.0,
            headline_label=quantity.label if quantity else None,
            value=value,
            error=error,
            cue=fault.cue if fault else None,
            cue_id=fault.id if fault else None,
            reason=machine.pause.text or None,
        )

    def _forget_old(self) -> None:
        """Between repetitions let go of what no later one looks back at."""
        tape = self.tape
        if self.machine.in_repetition or len(tape) < _FORGET_FROM:
            return
        start = tape.last_start()
        # A later repetition compares itself with the start position, however long ago that was.
        kept_s = tape.t_s[-1 if start is None else start] - _LOOK_BACK_S
        count = bisect_left(tape.t_s, kept_s)
        if count:
            tape.forget(count)
            self.machine.forget(count)

    def _fault(self) -> Fault | None:
        """The most important fault that lasts: the first in the move file."""
        if not self.machine.active_faults:
            return None
        return next(f for f in self._move.faults if f.id in self.machine.active_faults)

    def _measure(self, frame: PoseTrack) -> None:
        """Put the frame on the tape: the columns that the move asks for."""
        t_s = float(frame.t_s[0])
        raw_px = frame.image_px[0].take(self._joints, axis=0).ravel()
        px, world, yaw = self._smooth(t_s, raw_px, frame)
        codes = codes_of_frame(
            raw_px.tolist(),
            frame.visibility[0].take(self._joints).tolist(),
            frame.width_px,
            frame.height_px,
        )
        self._flow.t_s = t_s
        raw = _UNKNOWN.copy()
        speed = frame.foot_speed_px[0].tolist()
        body = body_of_frame(px, world, math.sin(yaw), math.cos(yaw), speed)
        planes = put_measures(FLOATS, body, self._flow, self._full_px, raw, self._wanted)
        for longest, lengths in zip(self._full_px, planes.lengths_px, strict=True):
            for k, length in enumerate(lengths):
                if not length <= longest[k]:
                    longest[k] = length if length == length else longest[k]
        offsets = put_view(math.degrees(yaw), raw)
        sight = self._gate.look(FLOATS, codes, offsets, planes, raw)
        cell = self._gate.cell
        self.tape.append(t_s, [cell(FLOATS, sight, raw, k) for k in self.tape.columns])

    def _smooth(
        self, t_s: float, px: Array, frame: PoseTrack
    ) -> tuple[list[float], list[float], float]:
        """Filtered pixels and metres of the joints, flat, and the yaw in radians."""
        world = frame.world_m[0].take(self._joints, axis=0).ravel()
        sine, cosine = _heading_of(world.tolist())
        if self._filter is None:
            self._filter = _filter_for(frame.height_px, self._joints.size)
        smooth = self._filter.step(t_s, np.concatenate([px, world, [sine, cosine]])).tolist()
        count, (sine, cosine) = px.size, smooth[-2:]
        agree = math.hypot(sine, cosine) >= AGREEMENT
        yaw = math.atan2(sine, cosine) if agree else math.nan
        return smooth[:count], smooth[count:-2], yaw


def _filter_for(height_px: int, joints: int) -> OneEuro:
    """For pixels and metres of the joints, then sine and cosine of the yaw."""
    counts = [2 * joints, 3 * joints, 2]
    return OneEuro(
        min_cutoff_hz=np.repeat([_CUTOFF_HZ, _CUTOFF_HZ, _YAW_CUTOFF_HZ], counts),
        beta=np.repeat([_BETA * _PER_HEIGHT / height_px, _BETA * _PER_METRE, 0.0], counts),
    )


def _heading_of(world: list[float]) -> tuple[float, float]:
    """Sine and cosine of the yaw as in :mod:`posecheck.core.view`, shorter where lines disagree."""
    sine = cosine = 0.0
    for part in (HIP, SHOULDER):
        left = 3 * len(SIDES) * part
        across, away = world[left] - world[left + 3], world[left + 2] - world[left + 5]
        length = 2.0 * max(math.hypot(across, away), 1e-9)
        sine, cosine = sine + away / length, cosine + across / length
    return sine, cosine
