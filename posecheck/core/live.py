"""The engine a frame at a time: raw pose in, state out, with causal filters."""

from __future__ import annotations

import numpy as np

from posecheck.core.bands import ErrorBands
from posecheck.core.catalog import Quantity
from posecheck.core.filters import OneEuro
from posecheck.core.gate import Gate
from posecheck.core.lines import HIP, SHOULDER
from posecheck.core.machine import PhaseMachine
from posecheck.core.measures import Joints, gather, raw_measures
from posecheck.core.move import Fault, Move
from posecheck.core.neutral import Neutral
from posecheck.core.pose import PoseTrack
from posecheck.core.result import Repetition, Side
from posecheck.core.scoring import score_repetition
from posecheck.core.table import FrameState, MeasureTable
from posecheck.core.tape import Tape
from posecheck.core.view import View, yaw_of_lines_deg

#: One Euro's beta is tuned for degrees; in these units a joint moves about as far as its angle.
_PER_HEIGHT, _PER_METRE = 100.0, 100.0


class LiveEngine:
    """Judges one side of one move as frames come. One a session; :meth:`reset` makes it as new."""

    def __init__(self, move: Move, bands: ErrorBands, side: Side, neutral: Neutral) -> None:
        self._move, self._side = move, side
        self._gate = Gate(bands, neutral)
        self.reset()

    def reset(self) -> None:
        """Forget everything seen."""
        self.tape = Tape(self._move, self._side)
        self.machine = PhaseMachine(self.tape)
        self.repetitions: list[Repetition] = []
        # 60 joint coordinates, then sine and cosine of the yaw, which hardly changes.
        self._filter = OneEuro(
            min_cutoff_hz=np.repeat([1.5, 0.5], [60, 2]), beta=np.repeat([0.05, 0.0], [60, 2])
        )
        self._last: tuple[float, Joints] | None = None
        self._full_px = np.full((2, 3), np.nan)

    def step(self, frame: PoseTrack) -> FrameState:
        """Take one frame, a track of length one, later than the last."""
        table = self._measure(frame)
        self.tape.extend(table)
        machine = self.machine
        machine.step(len(self.tape) - 1)
        for trace in machine.finished[len(self.repetitions) :]:
            self.repetitions.append(score_repetition(self.tape, trace, len(self.repetitions) + 1))
        phase = None if machine.phase is None else self._move.phases[machine.phase]
        quantity = self.tape.quantities[phase.headline] if phase else None
        value, error = (None, None) if quantity is None else _reading(table, quantity)
        fault = self._fault()
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

    def _fault(self) -> Fault | None:
        """The most important fault that lasts: the first in the move file."""
        if not self.machine.active_faults:
            return None
        return next(f for f in self._move.faults if f.id in self.machine.active_faults)

    def _measure(self, frame: PoseTrack) -> MeasureTable:
        t_s = float(frame.t_s[0])
        joints, view = self._smooth(t_s, frame)
        if self._last is None:
            raw = raw_measures(frame.t_s, joints, view, self._full_px)
        else:
            before_s, before = self._last
            pair = Joints(
                np.concatenate([before.px, joints.px]),
                np.concatenate([before.world, joints.world]),
                joints.code,
            )
            both = View(np.repeat(view.yaw_deg, 2))
            raw = raw_measures(np.array([before_s, t_s]), pair, both, self._full_px).part(
                slice(-1, None)
            )
        self._last = (t_s, joints)
        self._full_px = np.fmax(self._full_px, raw.lengths_px[-1])
        return self._gate.apply(frame.t_s, joints, view, raw)

    def _smooth(self, t_s: float, frame: PoseTrack) -> tuple[Joints, View]:
        joints = gather(frame)
        unit_px = frame.height_px / _PER_HEIGHT
        lines = joints.world[:, [HIP, SHOULDER], 0] - joints.world[:, [HIP, SHOULDER], 1]
        yaw = np.radians(yaw_of_lines_deg(lines[:, 0], lines[:, 1]))
        points = np.concatenate(
            [joints.px.ravel() / unit_px, joints.world.ravel() * _PER_METRE,
             np.sin(yaw), np.cos(yaw)]
        )  # fmt: skip
        smooth = self._filter.step(t_s, points)
        split = joints.px.size
        filtered = Joints(
            smooth[:split].reshape(joints.px.shape) * unit_px,
            smooth[split:-2].reshape(joints.world.shape) / _PER_METRE,
            joints.code,
        )
        return filtered, View(np.degrees(np.arctan2(smooth[-2:-1], smooth[-1:])))


def _reading(table: MeasureTable, quantity: Quantity) -> tuple[float | None, float | None]:
    """The newest value of a quantity and its ±, None where it is not measured."""
    value = quantity.sign * float(table.columns[quantity.column][-1])
    error = float(table.errors[quantity.column][-1])
    return (value, error) if np.isfinite(value) else (None, None)
