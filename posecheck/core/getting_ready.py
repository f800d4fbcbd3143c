"""From a first glimpse to the start: set-up hints, a steady moment, a countdown, the neutral."""

from __future__ import annotations

import math

from posecheck.core.cues import Rank
from posecheck.core.engine import smooth_track
from posecheck.core.joints import gather
from posecheck.core.live_view import Outbox, Plan
from posecheck.core.measures import full_lengths_px, raw_measures
from posecheck.core.move import Move
from posecheck.core.neutral import Neutral, find_neutral
from posecheck.core.pose import PoseTrack
from posecheck.core.readiness import Hint, Readiness
from posecheck.core.track_window import TrackWindow
from posecheck.core.view import estimate_view

#: The set-up must stay right for so long before the countdown.
STEADY_S = 1.0
#: A problem must last so long to be told or to end a countdown: one bad frame does neither.
UNSTEADY_S = 0.5
#: The neutral is taken from at most the last so many seconds before the start.
_NEUTRAL_S = 5.0
_VIEW_S = 1.0
_FEWEST_NEUTRAL_FRAMES = 20


class GettingReady:
    """Watches frames until the set can start.

    Attributes:
        starts_at_s: when the countdown ends, None before it runs.
        hint: what has to be put right, None while nothing is.
    """

    def __init__(self, move: Move, plan: Plan, out: Outbox) -> None:
        self._readiness = Readiness(move, plan.view)
        self._countdown_s = plan.countdown_s
        self._out = out
        self._recent = TrackWindow(_NEUTRAL_S)
        self.restart()

    def restart(self) -> None:
        """Begin again, as after somebody left."""
        self._recent.clear()
        self.hint: Hint | None = None
        self._told: str | None = None
        self.interrupt()

    def interrupt(self) -> None:
        """What was half steady before a pause is not steady after it."""
        self._right_since_s: float | None = None
        self._wrong_since_s: float | None = None
        self.starts_at_s: float | None = None
        self._counted: int | None = None

    def step(self, frame: PoseTrack) -> bool:
        """Take a frame; True when the set starts with it."""
        self._recent.add(frame)
        hint = self._readiness.hint(self._recent.last(_VIEW_S))
        if hint is not None and not self._bear(hint):
            return False
        if hint is None:
            self._wrong_since_s = None
            self._settle()
        return self.starts_at_s is not None and self._count()

    def skip(self) -> bool:
        """Go on without a right set-up; True when the countdown ran already: start now."""
        if self.starts_at_s is not None:
            return True
        self._out.tell("setup", ok=True, skipped=True)
        self._begin_countdown()
        return False

    def _bear(self, hint: Hint) -> bool:
        """Whether a countdown under way survives this problem; if it lasts it is told."""
        now_s = self._out.now_s
        self._right_since_s = None
        if self._wrong_since_s is None:
            self._wrong_since_s = now_s
        lasting = now_s - self._wrong_since_s >= UNSTEADY_S
        if self.starts_at_s is not None and not lasting:
            return True
        self.starts_at_s = None
        if hint.id != self._told and (lasting or self._told is None):
            self.hint, self._told = hint, hint.id
            self._out.tell("setup", ok=False, problem=hint.id, text=hint.text)
            self._out.sound(Rank.STATE, None, hint.text)
        return False

    def _settle(self) -> None:
        if self._right_since_s is None:
            self._right_since_s = self._out.now_s
        steady = self._out.now_s - self._right_since_s >= STEADY_S
        if self.starts_at_s is None and steady:
            self._out.tell("setup", ok=True)
            self._begin_countdown()

    def _begin_countdown(self) -> None:
        self.hint = self._told = None
        self.starts_at_s = self._out.now_s + self._countdown_s

    def _count(self) -> bool:
        assert self.starts_at_s is not None
        left_s = self.starts_at_s - self._out.now_s
        if left_s <= 0:
            return True
        whole = math.ceil(left_s)
        if whole != self._counted:
            self._counted = whole
            self._out.tell("countdown", seconds=whole)
            self._out.sound(Rank.STATE, "count")
        return False

    def neutral(self) -> Neutral:
        """The person's neutral from standing before the start; empty where too little was seen."""
        if not self._recent:
            return Neutral()
        track = self._recent.last(_NEUTRAL_S)
        if int(track.seen.sum()) < _FEWEST_NEUTRAL_FRAMES:
            return Neutral()
        smooth = smooth_track(track)
        view = estimate_view(smooth.t_s, smooth.world_m)
        joints = gather(smooth)
        raw = raw_measures(smooth.t_s, joints, view, full_lengths_px(joints))
        return find_neutral(smooth.t_s, raw, view)
