"""The guided knee-to-wall test as a state machine: what to say now, and the tries that were made.

Frames in, prompts and tries out; live and recorded runs go through the same steps. A refused try
says why and is not consumed. Definitions and limits: science.md section 1; the numbers lie in
``data/knee_to_wall.toml``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict

from posecheck.core.leg import LegSight
from posecheck.core.pose import Array
from posecheck.core.result import Side

_NAN = float("nan")
#: A state must last so long before it is believed: landmarks jump for a frame or two.
_SETTLE_S = 0.4
#: Frames of a try in which the leg was not seen for longer than this end it.
_LOST_S = 1.0


class Norms(BaseModel):
    """What others reach: context, never a pass mark."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    mean_cm: float
    spread_cm: float
    source: str


class Errors(BaseModel):
    """Offsets that are subtracted and ± (95%) that remain; see the data file."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    tip_cm: float
    touch_cm: float
    own_tape_cm: float
    shoe_length_cm: float
    tip_offset_cm: float
    tip_behind_cm: float
    knee_offset_cm: float
    knee_behind_cm: float
    tilt_deg: float
    heel_cm: float


class Rules(BaseModel):
    """The test's limits; see the data file for each."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    tries: int
    approach_cm: float
    least_travel_cm: float
    return_cm: float
    hold_within_cm: float
    least_hold_s: float
    heel_limit_cm: float
    gap_limit_cm: float
    gap_change_cm: float
    turned_share: float
    most_off_square_deg: float
    side_difference_cm: float
    side_difference_deg: float
    mdc_cm: float
    mdc_deg: float
    side_mdc_cm: float
    norms: Norms
    errors: Errors


class Stage(StrEnum):
    """Where the test is."""

    SEEK = "seek"
    TURN = "turn"
    OTHER_FOOT = "other_foot"
    STAND = "stand"
    READY = "ready"
    APPROACH = "approach"
    HOLD = "hold"
    BACK = "back"
    SIDE_DONE = "side_done"
    DONE = "done"


class Refusal(StrEnum):
    """Why a try does not count."""

    HEEL_UP = "heel_up"
    SHORT = "short"
    TURNED = "turned"
    CAVED = "caved"
    ANGLE = "angle"
    NOT_HELD = "not_held"
    UNSEEN = "unseen"


#: What a person is told, with what to do.
REFUSAL_TEXT: dict[Refusal, str] = {
    Refusal.HEEL_UP: "Your heel came up: move the foot nearer to the wall and keep the heel down.",
    Refusal.SHORT: "Your knee stopped short of the wall: bend until it touches.",
    Refusal.TURNED: "Your foot was turned: point it straight at the wall.",
    Refusal.CAVED: "Your knee fell inward: bring it straight forward, over the second toe.",
    Refusal.ANGLE: "The camera sees the leg from too far behind or ahead: put it level with the "
    "foot, square to it.",
    Refusal.NOT_HELD: "Too quick: let the knee rest at the wall for a second.",
    Refusal.UNSEEN: "Heel, toe or knee could not be seen: keep hands and clothes off the leg and "
    "the whole foot in the picture.",
}

Sides = Literal["auto", "left", "right"]


@dataclass(frozen=True, slots=True)
class WallFrame:
    """One frame of the test.

    Attributes:
        leg: the near leg; None where nobody is seen.
        heel_lift_cm: of the heel above its resting place; NaN where not known.
        tip_ahead_cm: tip of the shoe where it stands, ahead; NaN before it stood still.
        length_share: the shoe's length as it looks now, as a share of its best; NaN if not known.
    """

    t_s: float
    leg: LegSight | None
    heel_lift_cm: float = _NAN
    tip_ahead_cm: float = _NAN
    length_share: float = _NAN


@dataclass(frozen=True, slots=True)
class ScaleTerms:
    """What the test needs to know of the scale: its ± (95%).

    Attributes:
        length_error: of lengths, as a share.
        wall_error_cm: of the wall's place; NaN where the scale knows no wall.
        own_offset_cm: what a tape reading of this person showed to be missing; NaN without one.
        shoe_typed: whether the shoe's length was typed.
    """

    length_error: float
    wall_error_cm: float
    own_offset_cm: float = _NAN
    shoe_typed: bool = False


@dataclass(frozen=True, slots=True)
class Try:
    """One try.

    Attributes:
        number: of its side, refused ones included, from 1.
        held_s: (start, end) of the time at the wall.
        toe_to_wall_cm, error_cm: what counts, and its ±; NaN where it could not be told.
        gap_cm: the knee's distance from the wall; NaN where the scale knows no wall.
        refusals: empty for a valid try.
        best_s: the moment to show.
    """

    side: Side
    number: int
    start_s: float
    end_s: float
    held_s: tuple[float, float]
    toe_to_wall_cm: float
    error_cm: float
    shin_tilt_deg: float
    heel_lift_cm: float
    gap_cm: float
    off_square_deg: float
    length_share: float
    refusals: tuple[Refusal, ...] = ()

    @property
    def valid(self) -> bool:
        return not self.refusals

    @property
    def best_s(self) -> float:
        return sum(self.held_s) / 2


@dataclass(frozen=True, slots=True)
class TestView:
    """What to show after a frame.

    Attributes:
        prompt: one short sentence.
        side: the leg that is measured now; None before that is known.
        knee_to_wall_cm: live distance of the knee from the wall, NaN where not known.
        toe_to_wall_cm: live distance of the toe, NaN where not known.
        valid: valid tries so far, by side.
        last: the try that was finished last.
    """

    stage: Stage
    prompt: str
    side: Side | None
    knee_to_wall_cm: float
    toe_to_wall_cm: float
    heel_lift_cm: float
    valid: dict[Side, int]
    last: Try | None


PROMPTS: dict[Stage, str] = {
    Stage.SEEK: "Stand at the wall, side-on to the camera, your whole body in the picture.",
    Stage.TURN: "Turn round, or move the camera: it must see the {side} leg first.",
    Stage.OTHER_FOOT: "Put the leg nearer to the camera in front, the other one behind.",
    Stage.STAND: "Foot flat and straight, toes to the wall. Stand still for a moment.",
    Stage.READY: "Touch the wall with your knee, heel down. Try {number} of {tries}.",
    Stage.APPROACH: "To the wall, slowly, heel down.",
    Stage.HOLD: "Stay at the wall.",
    Stage.BACK: "And back.",
    Stage.SIDE_DONE: "The {side} leg is done. Now the other leg: move camera and sheet to its "
    "side, or use a wall across the room.",
    Stage.DONE: "Done. Both legs are measured.",
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
        sides: which legs; "auto" takes both, in the order in which they come.
    """

    def __init__(self, rules: Rules, terms: ScaleTerms, sides: Sides = "auto") -> None:
        self.rules, self._terms, self._sides = rules, terms, sides
        self._raw: list[tuple[Try, float, float]] = []
        self._run: _Run | None = None
        self._rest: list[tuple[float, float]] = []
        self._seen_s = _NAN
        self._since: tuple[Stage, float] = (Stage.SEEK, 0.0)
        self._stage = Stage.SEEK
        self._side: Side | None = None
        self._last: Try | None = None

    def rescaled(self, terms: ScaleTerms) -> None:
        """Takes another scale from here on: camera and sheet were moved to the other leg."""
        self._terms = terms
        self._run, self._rest = None, []

    @property
    def tries(self) -> list[Try]:
        """All tries so far, judged by all that is known by now."""
        return judge([raw for raw, _, _ in self._raw], self.rules, self._terms.wall_error_cm)

    def step(self, frame: WallFrame) -> TestView:
        """Takes the next frame; times must rise."""
        leg = frame.leg
        if leg is not None and leg.whole:
            self._seen_s = frame.t_s
            self._side = leg.side
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
        if self._sides != "auto" and leg.side != self._sides:
            return Stage.TURN
        if self._count(leg.side) >= self.rules.tries:
            return Stage.SIDE_DONE
        if not leg.in_front:
            return Stage.OTHER_FOOT
        return None

    def _settle(self, stage: Stage, t_s: float) -> None:
        if self._since[0] is not stage:
            self._since = (stage, t_s)
        if t_s - self._since[1] >= _SETTLE_S or stage is Stage.DONE:
            self._stage = stage

    def _is_done(self) -> bool:
        sides: tuple[Side, ...] = ("left", "right") if self._sides == "auto" else (self._sides,)
        return all(self._count(side) >= self.rules.tries for side in sides)

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
        knee = float(np.median([_knee(f) for f in run.frames[-3:]]))
        run.most_cm = max(run.most_cm, knee)
        if knee < run.most_cm - self.rules.return_cm or knee < run.rest_cm + 1.0:
            self._close()
            self._stage = Stage.BACK
        elif knee > run.most_cm - self.rules.hold_within_cm and self._held(run):
            self._stage = Stage.HOLD
        else:
            self._stage = Stage.APPROACH

    def _wait(self, frame: WallFrame, leg: LegSight) -> None:
        """At rest: learns where the knee rests, and notices when it leaves."""
        self._rest = [(t, k) for t, k in self._rest if frame.t_s - t <= 1.0]
        self._rest.append((frame.t_s, leg.knee_ahead_cm))
        rest_cm = float(np.quantile([k for _, k in self._rest], 0.2))
        if not np.isfinite(frame.tip_ahead_cm):
            self._stage = Stage.STAND
            return
        # The knee is on its way when it moves over a foot that stands.
        stands = abs(frame.tip_ahead_cm - leg.toe_ahead_cm) < 6.0
        if leg.knee_ahead_cm > rest_cm + self.rules.approach_cm and stands:
            self._run = _Run(frame.t_s, rest_cm, leg.knee_ahead_cm, [frame])
            self._stage = Stage.APPROACH
        elif self._stage is not Stage.BACK or frame.t_s - self._rest[0][0] >= 0.5:
            self._stage = Stage.READY

    def _held(self, run: _Run) -> bool:
        near = [f.t_s for f in run.frames if _knee(f) > run.most_cm - self.rules.hold_within_cm]
        return len(near) >= 2 and near[-1] - near[0] >= 0.5 * self.rules.least_hold_s

    def _close(self) -> None:
        run, self._run, self._rest = self._run, None, []
        if run is None or run.most_cm - run.rest_cm < self.rules.least_travel_cm:
            return
        made = measure_try(run.frames, self.rules, self._terms, self._side or "left")
        number = 1 + sum(raw.side == made.side for raw, _, _ in self._raw)
        made = _with(made, number=number, start_s=run.start_s)
        self._raw.append((made, run.start_s, made.end_s))
        self._last = self.tries[-1]

    def _view(self, frame: WallFrame) -> TestView:
        leg = frame.leg
        counts: dict[Side, int] = {"left": self._count("left"), "right": self._count("right")}
        side = self._side
        told = side
        if self._stage is Stage.TURN and self._sides != "auto":
            told = self._sides
        prompt = PROMPTS[self._stage].format(
            side=told, number=min(counts[side] + 1 if side else 1, self.rules.tries),
            tries=self.rules.tries,
        )  # fmt: skip
        gap = toe = _NAN
        if leg is not None:
            gap = leg.wall_ahead_cm - knee_front_cm(leg, self.rules.errors)
            toe = leg.wall_ahead_cm - frame.tip_ahead_cm
        return TestView(
            self._stage, prompt, side, gap, toe, frame.heel_lift_cm, counts, self._last
        )


def _knee(frame: WallFrame) -> float:
    return _NAN if frame.leg is None else frame.leg.knee_ahead_cm


def knee_front_cm(leg: LegSight, errors: Errors) -> float:
    """Front of the knee, what the view adds taken off."""
    return leg.knee_ahead_cm - errors.knee_offset_cm - errors.knee_behind_cm * leg.behind


def measure_try(
    frames: list[WallFrame], rules: Rules, terms: ScaleTerms, side: Side
) -> Try:
    """The try that these frames show, not judged yet but for what cannot be told."""
    knees = np.array([_knee(f) for f in frames])
    held = _longest(knees > np.nanmax(_smooth(knees)) - rules.hold_within_cm)
    at_wall = frames[held[0] : held[1]]
    legs = [f.leg for f in at_wall if f.leg is not None]
    e = rules.errors
    knee = _median([knee_front_cm(leg, e) for leg in legs])
    behind = _median([leg.behind for leg in legs])
    tip = _median([f.tip_ahead_cm for f in at_wall]) + e.tip_offset_cm + e.tip_behind_cm * behind
    wall = _median([leg.wall_ahead_cm for leg in legs])
    value, error = _toe_to_wall(knee, tip, wall, e, terms)
    start_s, end_s = at_wall[0].t_s, at_wall[-1].t_s
    lift = _median([f.heel_lift_cm for f in at_wall])
    refusals = []
    if end_s - start_s < rules.least_hold_s:
        refusals.append(Refusal.NOT_HELD)
    if not np.isfinite(value + lift):
        refusals.append(Refusal.UNSEEN)
    return Try(
        side=side, number=1, start_s=frames[0].t_s, end_s=frames[-1].t_s, held_s=(start_s, end_s),
        toe_to_wall_cm=value, error_cm=error,
        shin_tilt_deg=_median([leg.shin_tilt_deg for leg in legs]),
        heel_lift_cm=lift, gap_cm=wall - knee,
        off_square_deg=float(np.degrees(np.arctan(behind))),
        length_share=_median([f.length_share for f in frames[:3]]),
        refusals=tuple(refusals),
    )  # fmt: skip


def _toe_to_wall(
    knee: float, tip: float, wall: float, e: Errors, terms: ScaleTerms
) -> tuple[float, float]:
    """Distance and its ±. The wall is where the scale has it and where the knee stopped, each
    weighed by how sure it is."""
    tip_error = e.shoe_length_cm if terms.shoe_typed else e.tip_cm
    known = np.array([wall, knee])
    errors = np.array([terms.wall_error_cm, e.touch_cm])
    ok = np.isfinite(known + errors)
    if not ok.any() or not np.isfinite(tip):
        return _NAN, _NAN
    weights = 1.0 / np.square(errors[ok])
    at = float((weights * known[ok]).sum() / weights.sum())
    value = at - tip
    wall_error = float(1.0 / np.sqrt(weights.sum()))
    if np.isfinite(terms.own_offset_cm):
        value, tip_error = value + terms.own_offset_cm, e.own_tape_cm
        wall_error = min(wall_error, e.own_tape_cm)
    error = np.hypot(np.hypot(wall_error, tip_error), terms.length_error * abs(value))
    return value, float(error)


def judge(tries: list[Try], rules: Rules, wall_error_cm: float) -> list[Try]:
    """Every try with all its refusals; the others of the same leg say how near a knee can come."""
    out = []
    for one in tries:
        nearest = min(
            (t.gap_cm for t in tries if t.side == one.side and np.isfinite(t.gap_cm)), default=_NAN
        )
        found = list(one.refusals)
        if one.heel_lift_cm > rules.heel_limit_cm:
            found.append(Refusal.HEEL_UP)
        if (
            one.gap_cm > rules.gap_limit_cm + (wall_error_cm if np.isfinite(wall_error_cm) else 0.0)
            or one.gap_cm - nearest > rules.gap_change_cm
        ):
            found.append(Refusal.SHORT)
        if one.length_share < rules.turned_share:
            found.append(Refusal.TURNED)
        if abs(one.off_square_deg) > rules.most_off_square_deg:
            found.append(Refusal.ANGLE)
        out.append(_with(one, refusals=tuple(dict.fromkeys(found))))
    return out


def _with(one: Try, **changes: object) -> Try:
    from dataclasses import replace

    return replace(one, **changes)  # type: ignore[arg-type]  # fields of Try


def _smooth(values: Array) -> Array:
    """Median of each value and its neighbours."""
    padded = np.pad(values, 1, mode="edge")
    result: Array = np.median(np.stack([padded[:-2], values, padded[2:]]), axis=0)
    return result


def _longest(flags: Array) -> tuple[int, int]:
    """Half-open span of the longest run of true flags; a single miss does not break it."""
    best, start = (0, 1), None
    bridged = flags.copy()
    bridged[1:-1] |= flags[:-2] & flags[2:]
    for k, flag in enumerate([*bridged.tolist(), False]):
        if flag and start is None:
            start = k
        elif not flag and start is not None:
            best = max(best, (start, k), key=lambda span: span[1] - span[0])
            start = None
    return best


def _median(values: list[float]) -> float:
    seen = [v for v in values if np.isfinite(v)]
    return float(np.median(seen)) if seen else _NAN
