"""The engines of a running set: one for each side that may work, and what they say together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from posecheck.core.bands import ErrorBands
from posecheck.core.live import LiveEngine
from posecheck.core.move import Move
from posecheck.core.neutral import Neutral
from posecheck.core.pose import PoseTrack
from posecheck.core.result import Repetition
from posecheck.core.table import FrameState, State
from posecheck.core.terms import Side

#: Two frames further apart than this have a hole between them, in which nothing counts as held.
HOLE_S = 0.5

IDLE = FrameState(State.READY)


@dataclass(frozen=True, slots=True)
class Progress:
    """What one frame brought: the state before and now, and repetitions that ended."""

    before: FrameState
    now: FrameState
    finished: list[Repetition]


class SetRunner:
    """Steps the engines of one or both sides and keeps to the side under way.

    Attributes:
        active: the side of the repetition under way, None between repetitions.
        shown: the state of that side, or of the first.
    """

    def __init__(
        self, move: Move, bands: ErrorBands, sides: Sequence[Side], neutral: Neutral
    ) -> None:
        self._engines: dict[Side, LiveEngine] = {
            side: LiveEngine(move, bands, side, neutral) for side in sides
        }
        self._taken = dict.fromkeys(self._engines, 0)
        self._last_end_s = float("-inf")
        self._fed_s: float | None = None
        self.active: Side | None = None
        self.shown = IDLE

    def step(self, frame: PoseTrack) -> Progress:
        """Take one frame, later than the last."""
        now_s = float(frame.t_s[0])
        if self._fed_s is not None and now_s - self._fed_s > HOLE_S:
            self._feed_hole(frame, self._fed_s, now_s)
        self._fed_s = now_s
        states = {side: engine.step(frame) for side, engine in self._engines.items()}
        before = self.shown
        self._choose_active(states)
        first = next(iter(self._engines))
        self.shown = states[first if self.active is None else self.active]
        return Progress(before, self.shown, [r for side in self._engines for r in self._new(side)])

    def _feed_hole(self, frame: PoseTrack, before_s: float, now_s: float) -> None:
        """Tell the engines that nothing was seen between two frames far apart."""
        for share in (0.01, 0.99):
            blank = _unseen(frame, before_s + share * (now_s - before_s))
            for engine in self._engines.values():
                engine.step(blank)

    def _choose_active(self, states: Mapping[Side, FrameState]) -> None:
        """The side under way stays shown; of two that begin together, the first in order."""
        moving = [side for side, state in states.items() if state.repetition > 0]
        if self.active not in moving:
            self.active = moving[0] if moving else None

    def _new(self, side: Side) -> list[Repetition]:
        """What this side's engine has finished since, unless the other side did it."""
        found = self._engines[side].repetitions
        fresh = found[self._taken[side] :]
        self._taken[side] = len(found)
        own = [r for r in fresh if r.start_s >= self._last_end_s]
        if own:
            self._last_end_s = own[-1].end_s
        return own


def _unseen(frame: PoseTrack, t_s: float) -> PoseTrack:
    """A frame at ``t_s`` in which nobody is there."""
    return replace(
        frame,
        t_s=np.array([t_s]),
        image_px=np.full_like(frame.image_px, np.nan),
        world_m=np.full_like(frame.world_m, np.nan),
        visibility=np.zeros_like(frame.visibility),
        people_seen=np.zeros_like(frame.people_seen),
    )
