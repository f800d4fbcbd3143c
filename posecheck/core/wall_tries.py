"""The tries of a knee-to-wall test: what each showed, in centimetres, and why it may not count."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from posecheck.core.leg import LegSight
from posecheck.core.pose import Array, BoolArray
from posecheck.core.terms import Side
from posecheck.core.wall_rules import Errors, Rules

_NAN = float("nan")
#: A knee at the wall is so high, cm.
KNEE_UP_CM = 45.0
#: Tangents under which a camera up to 20 degrees behind square may see the foot, which stands
#: towards the picture's edge: the middle and the most.
_MID_BEHIND, _MOST_BEHIND = 0.3, 0.6


class Refusal(StrEnum):
    """Why a try does not count."""

    HEEL_UP = "heel_up"
    SHORT = "short"
    TURNED = "turned"
    ANGLE = "angle"
    NOT_HELD = "not_held"
    SELDOM = "seldom"
    UNSEEN = "unseen"


#: What a person is told, with what to do; the numbers are those of the try.
_REFUSAL_TEXT: dict[Refusal, str] = {
    Refusal.HEEL_UP: "Your heel came up: move the foot nearer to the wall and keep the heel down.",
    Refusal.SHORT: "Your knee stopped short of the wall, or caved in: bend until it touches, "
    "straight over the foot.",
    Refusal.TURNED: "Your foot was turned out, {turned_out_deg:.0f}° further than in your "
    "straightest try: point it straight at the wall.",
    Refusal.ANGLE: "The camera sees the leg from too far behind or ahead: put it level with the "
    "foot, square to it.",
    Refusal.NOT_HELD: "Too quick: let the knee rest at the wall for a second.",
    Refusal.SELDOM: "Too few pictures show your knee at the wall: stay there for two seconds.",
    Refusal.UNSEEN: "Heel, toe or knee could not be seen: keep hands and clothes off the leg and "
    "the whole foot in the picture.",
}


@dataclass(frozen=True, slots=True)
class Shoe:
    """A shoe's length, heel to tip, cm, and whether that is more than what a silhouette shows."""

    length_cm: float = _NAN
    sure: bool = False


@dataclass(frozen=True, slots=True)
class WallFrame:
    """One frame of the test.

    Attributes:
        leg: the near leg; None where nobody is seen.
        heel_lift_cm: of the heel above its resting place; NaN where not known.
        rear_ahead_cm: rear of the shoe where it stands, ahead; NaN before it stood still.
        shoe: its length, as far as it is known by now.
        foot_out_deg: how far the outer edge of the foot points out, and its ± (95%).
    """

    t_s: float
    leg: LegSight | None
    heel_lift_cm: float = _NAN
    rear_ahead_cm: float = _NAN
    shoe: Shoe = field(default_factory=Shoe)
    foot_out_deg: tuple[float, float] = (_NAN, _NAN)


@dataclass(frozen=True, slots=True)
class ScaleTerms:
    """What the test needs to know of the scale: its ± (95%).

    Attributes:
        length_error: of lengths, as a share.
        wall_error_cm: of the wall's place; NaN where the scale knows no wall.
        lean_error: of the upright; see :class:`posecheck.core.scale.PlaneScale`.
        own_offset_cm: what a tape reading of this person showed to be missing; NaN without one.
        shoe_typed: whether the shoe's length was typed.
        depth_per_drop: see :attr:`posecheck.core.scale.PlaneScale.depth_per_drop`.
        px_per_cm: how fine the pictures are at the foot; NaN where not known.
    """

    length_error: float
    wall_error_cm: float
    lean_error: float = 0.0
    own_offset_cm: float = _NAN
    shoe_typed: bool = False
    depth_per_drop: float = _NAN
    px_per_cm: float = _NAN

    @property
    def knee_error_cm(self) -> float:
        """± of the knee's place above the floor."""
        return self.lean_error * KNEE_UP_CM

    def behind(self, seen: float) -> float:
        """``seen``, how far behind square the camera stands, or its middle if nothing tells."""
        return seen if np.isfinite(self.depth_per_drop) else _MID_BEHIND

    @property
    def gap_error_cm(self) -> float:
        """± of how far the knee is from the wall; that of the knee alone where no wall is known."""
        return float(np.hypot(np.nan_to_num(self.wall_error_cm), self.knee_error_cm))


@dataclass(frozen=True, slots=True)
class Try:
    """One try.

    Attributes:
        number: of its side, refused ones included, from 1.
        held_s: (start, end) of the time at the wall.
        toe_to_wall_cm, error_cm: what counts, and its ±; NaN where it could not be told.
        gap_cm: the knee's distance from the wall; NaN where the scale knows no wall.
        turned_out_deg, turned_out_error_deg: of the foot, against the straightest try of that leg,
            and its ± (95%); NaN if not known.
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
    shin_tilt_error_deg: float
    heel_lift_cm: float
    gap_cm: float
    off_square_deg: float
    turned_out_deg: float
    turned_out_error_deg: float
    refusals: tuple[Refusal, ...] = ()

    @property
    def valid(self) -> bool:
        return not self.refusals

    @property
    def reasons(self) -> list[str]:
        """Why it does not count, a sentence each, with what to do."""
        return [
            _REFUSAL_TEXT[refusal].format(turned_out_deg=self.turned_out_deg)
            for refusal in self.refusals
        ]

    @property
    def best_s(self) -> float:
        return sum(self.held_s) / 2


@dataclass(frozen=True, slots=True)
class RawTry:
    """What a try showed, before the shoe's length and the other tries are brought to bear.

    Attributes:
        seen: how many pictures show the knee at the wall.
        longest_s: how long it may have been there at most: from the picture before to that after.
        knee_cm, wall_cm, rear_cm: front of the knee, the scale's wall and the shoe's rear, ahead.
        behind: tangent of how far behind square the camera saw the knee.
        foot_out_deg: how far the outer edge of the foot points out, and its ± (95%).
        terms: of the scale that it was measured with.
    """

    side: Side
    start_s: float
    end_s: float
    held_s: tuple[float, float]
    seen: int
    longest_s: float
    knee_cm: float
    wall_cm: float
    rear_cm: float
    behind: float
    shin_tilt_deg: float
    heel_lift_cm: float
    foot_out_deg: tuple[float, float]
    terms: ScaleTerms


def knee_ahead_cm(frame: WallFrame) -> float:
    return _NAN if frame.leg is None else frame.leg.knee_ahead_cm


def knee_front_cm(leg: LegSight, errors: Errors) -> float:
    """Front of the knee, what the view adds taken off."""
    return leg.knee_ahead_cm - errors.knee_offset_cm - errors.knee_behind_cm * leg.behind


def tip_ahead_cm(rear_cm: float, shoe: Shoe, behind: float, errors: Errors) -> float:
    """Tip of the shoe, what the shoe's rear and the view add taken off."""
    return rear_cm + shoe.length_cm - errors.tip_offset_cm - errors.tip_behind_cm * behind


def measure_try(frames: list[WallFrame], rules: Rules, terms: ScaleTerms, side: Side) -> RawTry:
    """What these frames show of a try: medians over the time at the wall."""
    knees = np.array([knee_ahead_cm(f) for f in frames])
    held = _longest(knees > np.nanmax(_smooth(knees)) - rules.hold_within_cm)
    at_wall = frames[held[0] : held[1]]
    legs = [f.leg for f in at_wall if f.leg is not None]
    around = frames[max(held[0] - 1, 0) : held[1] + 1]
    return RawTry(
        side=side, start_s=frames[0].t_s, end_s=frames[-1].t_s,
        held_s=(at_wall[0].t_s, at_wall[-1].t_s),
        seen=len(legs), longest_s=around[-1].t_s - around[0].t_s,
        knee_cm=_median([knee_front_cm(leg, rules.errors) for leg in legs]),
        wall_cm=_median([leg.wall_ahead_cm for leg in legs]),
        rear_cm=_median([f.rear_ahead_cm for f in at_wall]),
        behind=_median([leg.behind for leg in legs]),
        shin_tilt_deg=_median([leg.shin_tilt_deg for leg in legs]),
        heel_lift_cm=_median([f.heel_lift_cm for f in at_wall]),
        foot_out_deg=at_wall[-1].foot_out_deg,
        terms=terms,
    )  # fmt: skip


def judge(raws: Sequence[RawTry], shoes: Mapping[Side, Shoe], rules: Rules) -> list[Try]:
    """Every try with its number and all its refusals.

    Later tries count for earlier ones: they show the shoe's length, and how near a knee can come.
    """
    out: list[Try] = []
    turns = [turned_out_deg(raw.foot_out_deg, raws, raw.side) for raw in raws]
    for raw, turned in zip(raws, turns, strict=True):
        value, error = toe_to_wall(raw, shoes.get(raw.side, Shoe()), rules.errors)
        # A knee over a foot that is turned comes nearer than over a straight one.
        straight = [
            r.wall_cm - r.knee_cm
            for r, turn in zip(raws, turns, strict=True)
            if r.side == raw.side and not is_turned(turn, rules)
        ]
        nearest = min((gap for gap in straight if np.isfinite(gap)), default=_NAN)
        out.append(
            Try(
                side=raw.side, number=1 + sum(one.side == raw.side for one in out),
                start_s=raw.start_s, end_s=raw.end_s, held_s=raw.held_s,
                toe_to_wall_cm=value, error_cm=error, shin_tilt_deg=raw.shin_tilt_deg,
                shin_tilt_error_deg=float(
                    np.hypot(rules.errors.tilt_deg, np.degrees(np.arctan(raw.terms.lean_error)))
                ),
                heel_lift_cm=raw.heel_lift_cm, gap_cm=raw.wall_cm - raw.knee_cm,
                off_square_deg=float(np.degrees(np.arctan(raw.behind))),
                turned_out_deg=turned[0], turned_out_error_deg=turned[1],
                refusals=tuple(_refusals(raw, value, nearest, is_turned(turned, rules), rules)),
            )
        )  # fmt: skip
    return out


def turned_out_deg(
    foot_out_deg: tuple[float, float], raws: Sequence[RawTry], side: Side
) -> tuple[float, float]:
    """How far a foot is turned out against the straightest one of that leg, and the ± of that."""
    seen = [r.foot_out_deg for r in raws if r.side == side and np.isfinite(r.foot_out_deg[0])]
    straight_deg, straight_error_deg = min(seen, default=(_NAN, _NAN))
    out_deg, error_deg = foot_out_deg
    return out_deg - straight_deg, float(np.hypot(error_deg, straight_error_deg))


def is_turned(turned_deg: tuple[float, float], rules: Rules) -> bool:
    """Whether it is so for sure; what is not known is not."""
    return turned_deg[0] - turned_deg[1] > rules.turned_deg


def _refusals(
    raw: RawTry, value: float, nearest_cm: float, turned: bool, rules: Rules
) -> Iterator[Refusal]:
    gap = raw.wall_cm - raw.knee_cm
    if raw.seen < rules.least_pictures and raw.longest_s >= rules.least_hold_s:
        yield Refusal.SELDOM
    elif raw.held_s[1] - raw.held_s[0] < rules.least_hold_s:
        yield Refusal.NOT_HELD
    if not np.isfinite(value + raw.heel_lift_cm):
        yield Refusal.UNSEEN
    if raw.heel_lift_cm > rules.heel_limit_cm:
        yield Refusal.HEEL_UP
    if gap > rules.gap_limit_cm + raw.terms.gap_error_cm or gap - nearest_cm > rules.gap_change_cm:
        yield Refusal.SHORT
    if turned:
        yield Refusal.TURNED
    if abs(np.degrees(np.arctan(raw.behind))) > rules.most_off_square_deg:
        yield Refusal.ANGLE


def toe_to_wall(raw: RawTry, shoe: Shoe, e: Errors) -> tuple[float, float]:
    """Distance and its ± (95%), cm.

    The wall is where the scale has it and where the knee stopped, each weighed by how sure it is.
    """
    terms = raw.terms
    tip = tip_ahead_cm(raw.rear_cm, shoe, terms.behind(raw.behind), e)
    known = np.array([raw.wall_cm, raw.knee_cm])
    errors = np.array([terms.wall_error_cm, np.hypot(e.touch_cm, terms.knee_error_cm)])
    ok = np.isfinite(known + errors)
    if not ok.any() or not np.isfinite(tip):
        return _NAN, _NAN
    weights = 1.0 / np.square(errors[ok])
    value = float((weights * known[ok]).sum() / weights.sum()) - tip
    # Where the two lie further apart than both ± allow, one of them is worse than it says.
    apart = float(np.ptp(known[ok]) / np.hypot(*errors)) if ok.all() else 0.0
    wall_error = float(1.0 / np.sqrt(weights.sum())) * max(1.0, apart)
    tip_error = e.shoe_length_cm if terms.shoe_typed else e.tip_cm if shoe.sure else e.silhouette_cm
    if np.isfinite(terms.own_offset_cm):
        value, tip_error = value + terms.own_offset_cm, e.own_tape_cm
        wall_error = min(wall_error, e.own_tape_cm)
    if not np.isfinite(terms.depth_per_drop):
        # From where the camera looks is not known, and so neither what that adds to the shoe.
        tip_error = float(np.hypot(tip_error, e.tip_behind_cm * _MOST_BEHIND))
    if np.isfinite(terms.px_per_cm):
        tip_error = float(np.hypot(tip_error, e.tip_px / terms.px_per_cm))
    error = np.hypot(np.hypot(wall_error, tip_error), terms.length_error * abs(value))
    return value, float(error)


def _smooth(values: Array) -> Array:
    """Median of each value and its neighbours."""
    padded = np.pad(values, 1, mode="edge")
    result: Array = np.median(np.stack([padded[:-2], values, padded[2:]]), axis=0)
    return result


def _longest(flags: BoolArray) -> tuple[int, int]:
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
