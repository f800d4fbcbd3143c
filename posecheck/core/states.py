"""What to show at each moment of a recording, worked out when asked for."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

from posecheck.core.machine import PhaseMachine
from posecheck.core.move import Move
from posecheck.core.result import CueEvent, Repetition
from posecheck.core.table import FrameState, Reason, State
from posecheck.core.tape import Tape
from posecheck.core.trace import RepetitionTrace

#: What one side's machine was doing in a frame: state, phase index, hold clock (s), pause reason.
Shot = tuple[State, int | None, float, Reason]


def shot_of(machine: PhaseMachine) -> Shot:
    """The machine's state after the frame it stepped last."""
    return machine.state, machine.phase, machine.hold_s, machine.pause


@dataclass(frozen=True, slots=True)
class SideRun:
    """One side's machine run over a recording."""

    tape: Tape
    traces: list[RepetitionTrace]
    attempts: list[tuple[int, int]]
    reel: list[Shot]


class States:
    """The engine's view in every frame: the side whose repetition runs, else the first side."""

    def __init__(
        self,
        move: Move,
        runs: list[SideRun],
        owners: list[tuple[SideRun, RepetitionTrace]],
        repetitions: list[Repetition],
        cues: list[CueEvent],
    ) -> None:
        self._move, self._runs, self._owners = move, runs, owners
        self._repetitions, self._cues = repetitions, cues
        self._begins = [trace.first for _, trace in owners]
        self._cue_begins = [cue.t_s for cue in cues]

    def __len__(self) -> int:
        return len(self._runs[0].tape)

    def __getitem__(self, i: int) -> FrameState:
        t_s = self._runs[0].tape.t_s[i]
        k = bisect_right(self._begins, i) - 1
        if k < 0 or i >= self._owners[k][1].last:
            return self._between(i, t_s)
        run = self._owners[k][0]
        state, index, hold_s, pause = run.reel[i]
        phase = self._move.phases[index] if index is not None else None
        quantity = run.tape.quantities[phase.headline] if phase else None
        return FrameState(
            state=state,
            side=run.tape.side,
            repetition=self._repetitions[k].index,
            phase_id=phase.id if phase else None,
            phase_name=phase.name if phase else None,
            hold_s=hold_s if phase and phase.hold_s else None,
            hold_target_s=phase.hold_s if phase else None,
            headline=quantity.column if quantity else None,
            headline_sign=quantity.sign if quantity else 1.0,
            headline_label=quantity.label if quantity else None,
            cue=self._cue(t_s),
            reason=pause.text or None,
        )

    def _between(self, i: int, t_s: float) -> FrameState:
        state, _, _, pause = self._runs[0].reel[i]
        lost = state in (State.LOST, State.PAUSED)
        return FrameState(
            state=state if lost else State.READY,
            cue=self._cue(t_s),
            reason=pause.text or None,
        )

    def _cue(self, t_s: float) -> str | None:
        k = bisect_right(self._cue_begins, t_s) - 1
        return self._cues[k].text if k >= 0 and t_s < self._cues[k].end_s else None
