"""The guided knee-to-wall test as a state machine: what to say now, and the tries that were made.

Frames in, prompts and tries out; live and recorded runs go through the same steps. A refused try
says why and is not consumed. Definitions and limits: science.md section 1; the numbers lie in
``data/knee_to_wall.toml``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

import numpy as np

from posecheck.core.leg import LegSight
from posecheck.core.terms import Side
from posecheck.core.wall_rules import Rules
from posecheck.core.wall_tries import (
    RawTry,
    ScaleTerms,
    Shoe,
    Try,
    WallFrame,
    is_turned,
    judge,
    knee_ahead_cm,
    knee_front_cm,
    measure_try,
    tip_ahead_cm,
    toe_to_wall,
    turned_out_deg,
)

_NAN = float("nan")
#: A state must last so long before it is believed: landmarks jump for a frame or two, and a leg
#: that steps back is not seen for a moment.
_SETTLE_S, _GONE_S = 0.4, 1.0
#: Frames of a try in which the leg was not seen for longer than this end it.
_LOST_S = 1.0
#: The model names near and far leg; what it says is believed over so long.
_NAMED_S = 2.0
#: A foot seen so short, heel to toe, points at the camera or away from it: some 60 degrees off.
_LEAST_FOOT_CM = 8.0
#: A foot this far from where it stood is being put elsewhere.
_STANDS_CM = 4.0
#: A knee this far ahead of the shoe's tip is at the wall, or on its way there.
_LUNGED_CM = 2.0
#: A foot nearer than this to where it stood has not been moved.
_SAME_PLACE_CM = 0.4


class Stage(StrEnum):
    """Where the test is."""

    SEEK = "seek"
    SIDE_ON = "side_on"
    TURN = "turn"
    OTHER_FOOT = "other_foot"
    STAND = "stand"
    FOOT_OUT = "foot_out"
    EARLY = "early"
    SKEWED = "skewed"
    READY = "ready"
    APPROACH = "approach"
    SHORT = "short"
    HEEL_UP = "heel_up"
    HOLD = "hold"
    HELD = "held"
    BACK = "back"
    SIDE_DONE = "side_done"
    DONE = "done"


Sides = Literal["auto", "left", "right"]


def sides_asked(sides: Sides) -> tuple[Side, ...]:
    """The legs that a choice asks for; "auto" is both."""
    return ("left", "right") if sides == "auto" else (sides,)


@dataclass(frozen=True, slots=True)
class WallView:
    """What to show after a frame.

    Attributes:
        prompt: one short sentence.
        side: the leg that is measured now; None before that is known.
        held_s: how long the knee has been at the wall in this try; 0 before it is.
        knee_to_wall_cm: live distance of the knee from the wall, NaN where not known.
        toe_to_wall_cm: live distance of the toe, NaN where not known.
        valid: valid tries so far, by side that is asked for.
        last: the try that was finished last.
    """

    stage: Stage
    prompt: str
    side: Side | None
    knee_to_wall_cm: float
    toe_to_wall_cm: float
    heel_lift_cm: float
    held_s: float
    valid: dict[Side, int]
    last: Try | None


#: The stages in which the knee stays where it is, at the wall or short of it.
AT_WALL = frozenset({Stage.SHORT, Stage.HEEL_UP, Stage.HOLD, Stage.HELD})

PROMPTS: dict[Stage, str] = {
    Stage.SEEK: "Stand at the wall, side-on to the camera, your whole body in the picture.",
    Stage.SIDE_ON: "Turn your side to the camera: toes to the wall, foot square to it.",
    Stage.TURN: "Turn round, or move the camera: it must see the {side} leg first.",
    Stage.OTHER_FOOT: "Put the leg nearer to the camera in front, the other one behind.",
    Stage.STAND: "Foot flat and straight, toes to the wall. Stand still for a moment.",
    Stage.FOOT_OUT: "Your foot is turned out: point it straight at the wall.",
    Stage.EARLY: "Too early, so not measured: stand still until you are asked to touch the wall.",
    Stage.SKEWED: "Your knee looks beyond the wall: put the camera lower, and square to the foot.",
    Stage.READY: "Touch the wall with your knee, heel down. Try {number} of {tries}.",
    Stage.APPROACH: "To the wall, slowly, heel down.",
    Stage.SHORT: "Further: the knee does not touch the wall yet.",
    Stage.HEEL_UP: "Your heel is up: press it down.",
    Stage.HOLD: "Stay at the wall.",
    Stage.HELD: "Good. And come back.",
    Stage.BACK: "And back.",
    Stage.SIDE_DONE: "The {side} leg is done. Now the {other} one: turn round to a wall across, or "
    "move camera and sheet to your {other} side.",
    Stage.DONE: "Done: that was the last try.",
}


@dataclass(slots=True)
class _Run:
    """A movement of the knee under way."""

    start_s: float
    rest_cm: float
    most_cm: float
    frames: list[WallFrame] = field(default_factory=list)


class WallTest:
    """The test of one person; feed it every frame.

    Args:
        terms: what each leg is measured with.
        sides: which legs; "auto" takes both, in the order in which they come.

    Attributes:
        skewed: a foot never looked as if it stood, and its knee went beyond the wall: the camera
            stands where the scale does not take it to stand.
    """

    def __init__(
        self, rules: Rules, terms: Mapping[Side, ScaleTerms], sides: Sides = "auto"
    ) -> None:
        self.rules, self._terms, self._sides = rules, terms, sides
        self._raw: list[RawTry] = []
        self._earlier = 0
        self._shoes: dict[Side, Shoe] = {}
        self._run: _Run | None = None
        self._rest: list[tuple[float, float]] = []
        self._ahead: list[float] = []
        self._gaps: list[float] = []
        self.skewed = False
        self._early_s: list[float] = []
        self._named: list[tuple[float, bool]] = []
        self._seen_s = _NAN
        self._since: tuple[Stage, float] = (Stage.SEEK, 0.0)
        self._stage = Stage.SEEK
        self._side: Side | None = None
        self._last: Try | None = None

    def rescaled(self, terms: Mapping[Side, ScaleTerms]) -> None:
        """Takes another scale from here on: camera and sheet were moved to the other leg."""
        self._terms = terms
        self._run, self._rest, self._ahead, self._gaps = None, [], [], []
        self._earlier = len(self._raw)

    def enlarged(self, terms: Mapping[Side, ScaleTerms]) -> None:
        """The pictures are of another size from here on; camera and sheet stand where they did."""
        self._terms = terms

    @property
    def early_s(self) -> list[float]:
        """When a knee went to the wall before the foot had been seen to stand: no try, since the
        heel's resting place and the shoe's rear were not known."""
        return list(self._early_s)

    @property
    def tries(self) -> list[Try]:
        """All tries so far, judged by all that is known by now."""
        return judge(self._raw, self._shoes, self.rules)

    def step(self, frame: WallFrame) -> WallView:
        """Takes the next frame; times must rise."""
        leg = frame.leg
        if leg is not None and leg.whole:
            self._seen_s = frame.t_s
            self._side = leg.side
            if np.isfinite(frame.shoe.length_cm):
                self._shoes[leg.side] = frame.shoe
        elif self._run is not None and frame.t_s - self._seen_s > _LOST_S:
            self._run = None
        wanted = self._wanted_stage(frame)
        if wanted is None:
            self._follow(frame)
        else:
            self._settle(wanted, frame.t_s)
        return self._view(frame)

    def finish(self) -> None:
        """The frames have ended: a try whose way back was cut off still counts."""
        if self._run is not None:
            self._close()

    # --- where the test is ---

    def _wanted_stage(self, frame: WallFrame) -> Stage | None:
        """A stage in which nothing is measured, or None if this frame can be followed."""
        leg = frame.leg
        if self._is_done():
            return Stage.DONE
        if leg is None or not np.isfinite(leg.knee_ahead_cm + leg.heel_ahead_cm):
            return Stage.SEEK if self._run is None else None
        if self._run is not None:
            return None
        if leg.foot_cm < _LEAST_FOOT_CM:
            return Stage.SIDE_ON
        if self._sides != "auto" and leg.side != self._sides:
            return Stage.TURN
        if self._count(leg.side) >= self.rules.tries:
            return Stage.SIDE_DONE
        self._named = [(t, far) for t, far in self._named if frame.t_s - t <= _NAMED_S]
        self._named.append((frame.t_s, leg.far_in_front))
        long_enough = frame.t_s - self._named[0][0] >= 0.5 * _NAMED_S
        if long_enough and sum(far for _, far in self._named) > 0.75 * len(self._named):
            return Stage.OTHER_FOOT
        return None

    def _settle(self, stage: Stage, t_s: float) -> None:
        if self._since[0] is not stage:
            self._since = (stage, t_s)
        settled_s = _GONE_S if stage is Stage.SEEK else _SETTLE_S
        if t_s - self._since[1] >= settled_s or stage is Stage.DONE:
            self._stage = stage

    def _is_done(self) -> bool:
        return all(self._count(side) >= self.rules.tries for side in sides_asked(self._sides))

    def _count(self, side: Side) -> int:
        return sum(one.valid and one.side == side for one in self.tries)

    # --- a try ---

    def _follow(self, frame: WallFrame) -> None:
        leg = frame.leg
        if leg is None or not np.isfinite(leg.knee_ahead_cm):
            return
        self._since = (Stage.READY, frame.t_s)
        if self._run is None:
            self._wait(frame, leg)
            return
        run = self._run
        run.frames.append(frame)
        knee = float(np.median([knee_ahead_cm(f) for f in run.frames[-3:]]))
        run.most_cm = max(run.most_cm, knee)
        if knee < run.most_cm - self.rules.return_cm or knee < run.rest_cm + 1.0:
            self._close()
            self._stage = Stage.BACK
        elif knee > run.most_cm - self.rules.hold_within_cm:
            stopped = (
                self._held_s() >= 0.5 * self.rules.least_hold_s
                and len(self._stopped(run)) >= self.rules.least_pictures
            )
            self._stage = self._at_wall(run) if stopped else Stage.APPROACH
        elif self._stage not in AT_WALL:
            self._stage = Stage.APPROACH

    def _at_wall(self, run: _Run) -> Stage:
        """What to say while the knee stays where it is; a frame alone decides nothing, and what
        was held long enough is not found short on its way back."""
        if self._stage is Stage.HELD:
            return Stage.HELD
        lift = float(np.median([f.heel_lift_cm for f in run.frames[-3:]]))
        gap = float(np.median([self._gap_cm(f) for f in self._stopped(run)]))
        unsure = self._terms[self._side or "left"].gap_error_cm
        if lift > self.rules.heel_limit_cm:
            return Stage.HEEL_UP
        if gap > self.rules.gap_limit_cm + unsure:
            return Stage.SHORT
        return Stage.HELD if self._held_s() >= self.rules.hold_s else Stage.HOLD

    def _stopped(self, run: _Run) -> list[WallFrame]:
        """The frames in which the knee was near its foremost place."""
        reached = run.most_cm - self.rules.hold_within_cm
        return [f for f in run.frames if knee_ahead_cm(f) > reached]

    def _gap_cm(self, frame: WallFrame) -> float:
        leg = frame.leg
        return _NAN if leg is None else leg.wall_ahead_cm - knee_front_cm(leg, self.rules.errors)

    def _wait(self, frame: WallFrame, leg: LegSight) -> None:
        """At rest: learns where the knee rests, and notices when it leaves."""
        self._rest = [(t, k) for t, k in self._rest if frame.t_s - t <= 1.0]
        self._rest.append((frame.t_s, leg.knee_ahead_cm))
        rest_cm = float(np.quantile([k for _, k in self._rest], 0.2))
        if not np.isfinite(frame.rear_ahead_cm):
            self._await_foot(frame, leg)
            return
        self._ahead, self._gaps = [], []
        # The knee is on its way when it moves over a foot that stands.
        stands = abs(frame.rear_ahead_cm - leg.heel_ahead_cm) < _STANDS_CM
        if leg.knee_ahead_cm > rest_cm + self.rules.approach_cm and stands:
            self._run = _Run(frame.t_s, rest_cm, leg.knee_ahead_cm, [frame])
            self._stage = Stage.APPROACH
        elif self._stage is not Stage.BACK or frame.t_s - self._rest[0][0] >= 0.5:
            turned = turned_out_deg(frame.foot_out_deg, self._raw, leg.side)
            self._stage = Stage.FOOT_OUT if is_turned(turned, self.rules) else Stage.READY

    def _await_foot(self, frame: WallFrame, leg: LegSight) -> None:
        """The foot was not seen to stand yet; who goes to the wall meanwhile is told so."""
        self._ahead = [*self._ahead[-2:], leg.knee_ahead_cm - leg.toe_ahead_cm]
        self._gaps = [*self._gaps[-2:], self._gap_cm(frame)]
        if self._stage in (Stage.EARLY, Stage.SKEWED):
            return
        self._stage = Stage.STAND
        if len(self._ahead) < 3:
            return
        terms = self._terms[leg.side]
        if not np.isfinite(terms.depth_per_drop):
            # Seen from a place that is not known, a knee at rest may look ahead of the toe.
            if float(np.median(self._gaps)) < -self.rules.gap_limit_cm - terms.gap_error_cm:
                self._stage, self.skewed = Stage.SKEWED, True
        elif float(np.median(self._ahead)) > _LUNGED_CM:
            self._stage = Stage.EARLY
            self._early_s.append(frame.t_s)

    def _held_s(self) -> float:
        """How long the knee has stopped where it is, 0 outside of a try."""
        if self._run is None:
            return 0.0
        near = self._stopped(self._run)
        return near[-1].t_s - near[0].t_s if near else 0.0

    def _close(self) -> None:
        run, self._run, self._rest = self._run, None, []
        if run is None or run.most_cm - run.rest_cm < self.rules.least_travel_cm:
            return
        side = self._side or "left"
        self._raw.append(measure_try(run.frames, self.rules, self._terms[side], side))
        self._last = self.tries[-1]

    def _view(self, frame: WallFrame) -> WallView:
        leg = frame.leg
        counts = {side: self._count(side) for side in sides_asked(self._sides)}
        side = self._side
        told = side
        if self._stage is Stage.TURN and self._sides != "auto":
            told = self._sides
        prompt = PROMPTS[self._stage].format(
            side=told, other="left" if side == "right" else "right",
            number=min(counts.get(side, 0) + 1 if side else 1, self.rules.tries),
            tries=self.rules.tries,
        )  # fmt: skip
        toe = _NAN if leg is None else self._toe_cm(frame, leg)
        return WallView(
            self._stage, prompt, side, self._gap_cm(frame), toe, frame.heel_lift_cm,
            self._held_s() if self._stage in AT_WALL else 0.0, counts, self._last,
        )  # fmt: skip

    def _toe_cm(self, frame: WallFrame, leg: LegSight) -> float:
        """Toe to wall now: what a try that ended here would say, so that no number jumps.

        Between tries the wall is where the last one of that leg found it.
        """
        shoe, errors = self._shoes.get(leg.side, frame.shoe), self.rules.errors
        if self._run is not None and self._stage in AT_WALL:
            now = measure_try(self._run.frames, self.rules, self._terms[leg.side], leg.side)
            return toe_to_wall(now, shoe, errors)[0]
        here = [raw for raw in self._raw[self._earlier :] if raw.side == leg.side]
        if here:
            last = here[-1]
            back_cm = last.rear_cm - frame.rear_ahead_cm
            moved_cm = back_cm if abs(back_cm) > _SAME_PLACE_CM else 0.0
            return toe_to_wall(last, shoe, errors)[0] + moved_cm
        terms = self._terms[leg.side]
        tip = tip_ahead_cm(frame.rear_ahead_cm, frame.shoe, terms.behind(leg.behind), errors)
        return leg.wall_ahead_cm - tip + float(np.nan_to_num(terms.own_offset_cm))
