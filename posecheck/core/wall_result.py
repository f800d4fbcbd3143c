"""What a knee-to-wall test found, as it is written to ``result.json``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict

from posecheck.core.terms import Side
from posecheck.core.wall_rules import Rules
from posecheck.core.wall_tries import Try

SCHEMA_VERSION = 1
MOVE_ID, MOVE_NAME = "knee-to-wall", "Knee-to-wall test"
SIDES: tuple[Side, ...] = ("left", "right")
#: Said where only the silhouette shows the shoe's tip.
_UNSURE = (
    "That ± is large because the foot stood in one place: put it further back between two tries, "
    "or tell the shoe's length, and the tip of the shoe is known better."
)
#: What a try may be wrong in without being refused.
_UNSEEN = (
    "From the side a foot that is turned out in every try alike, and a knee that caves in and "
    "still touches the wall, are not seen: watch both yourself."
)


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Reading(_Model):
    """One number: ``value`` and ``error`` (±, 95%) are None where there is none, and ``reason``
    says why."""

    value: float | None
    error: float | None
    valid: bool
    reason: str = ""


class TryResult(_Model):
    """One try; see :class:`posecheck.core.wall_tries.Try`."""

    side: Side
    number: int
    clip: str
    start_s: float
    end_s: float
    held_s: tuple[float, float]
    toe_to_wall_cm: Reading
    shin_tilt_deg: Reading
    heel_lift_cm: Reading
    knee_gap_cm: float | None
    valid: bool
    best: bool
    refusals: list[str]


class ScaleResult(_Model):
    """Where the centimetres of a clip come from."""

    clip: str
    source: str
    length_error_pct: float
    wall_error_cm: float | None
    off_square_deg: float | None
    distance_cm: float | None


class Comparison(_Model):
    """A measure against an earlier time: ``verdict`` says whether the change is real."""

    measure: str
    against: Literal["last time", "baseline"]
    taken_at: str
    before: float
    change: float
    least_real: float
    verdict: Literal["real change", "no change that can be told"]


class WallResult(_Model):
    """A whole test: both legs, their difference, every try, and what was before.

    Attributes:
        sides: the legs that were asked for.
    """

    schema_version: int = SCHEMA_VERSION
    software_version: str
    move: str = MOVE_ID
    clips: list[str]
    sides: list[Side] = list(SIDES)
    toe_to_wall_left_cm: Reading
    toe_to_wall_right_cm: Reading
    shin_tilt_left_deg: Reading
    shin_tilt_right_deg: Reading
    heel_lift_left_cm: Reading
    heel_lift_right_cm: Reading
    toe_to_wall_difference_cm: Reading
    shin_tilt_difference_deg: Reading
    tries: list[TryResult]
    scales: list[ScaleResult]
    own_offset_cm: float | None
    compared: list[Comparison]
    notes: list[str]
    verdict: list[str]

    def reading(self, measure: str, side: Side) -> Reading:
        """The reading of ``toe_to_wall_cm``, ``shin_tilt_deg`` or ``heel_lift_cm`` of a side."""
        stem, _, unit = measure.rpartition("_")
        found: Reading = getattr(self, f"{stem}_{side}_{unit}")
        return found

    @property
    def named_sides(self) -> list[Side]:
        """The legs worth a word: those that were asked for, and any other that was tried."""
        tried = {one.side for one in self.tries}
        return [side for side in SIDES if side in self.sides or side in tried]


def best_of(tries: Sequence[Try], side: Side) -> Try | None:
    """The valid try of a side with the toe furthest from the wall."""
    valid = [one for one in tries if one.valid and one.side == side]
    return max(valid, key=lambda one: one.toe_to_wall_cm, default=None)


def try_result(one: Try, clip: str, best: bool, rules: Rules) -> TryResult:
    """A try as it is written; a refused one keeps its numbers, marked as not valid."""
    reason = " ".join(one.reasons)
    return TryResult(
        side=one.side, number=one.number, clip=clip,
        start_s=round(one.start_s, 2), end_s=round(one.end_s, 2),
        held_s=(round(one.held_s[0], 2), round(one.held_s[1], 2)),
        toe_to_wall_cm=_reading(one.toe_to_wall_cm, one.error_cm, one.valid, reason),
        shin_tilt_deg=_reading(one.shin_tilt_deg, one.shin_tilt_error_deg, one.valid, reason),
        heel_lift_cm=_reading(max(one.heel_lift_cm, 0.0) if np.isfinite(one.heel_lift_cm)
                              else one.heel_lift_cm, rules.errors.heel_cm, one.valid, reason),
        knee_gap_cm=_number(one.gap_cm), valid=one.valid, best=best,
        refusals=[refusal.value for refusal in one.refusals],
    )  # fmt: skip


def side_readings(tries: Sequence[TryResult], side: Side) -> dict[str, Reading]:
    """The readings of a side: those of its best try, or why there are none."""
    own = [one for one in tries if one.side == side]
    best = next((one for one in own if one.best), None)
    if best is not None:
        return {
            "toe_to_wall_cm": best.toe_to_wall_cm, "shin_tilt_deg": best.shin_tilt_deg,
            "heel_lift_cm": best.heel_lift_cm,
        }  # fmt: skip
    reason = (
        f"No try of the {side} leg counted: {own[-1].toe_to_wall_cm.reason}"
        if own
        else f"No try of the {side} leg was seen: measure it too, to compare both."
    )
    none = Reading(value=None, error=None, valid=False, reason=reason)
    return dict.fromkeys(("toe_to_wall_cm", "shin_tilt_deg", "heel_lift_cm"), none)


def difference(left: Reading, right: Reading, shared_error: float) -> Reading:
    """Left minus right. ``shared_error`` is what both have in common and the difference has not:
    the same shoe, the same print."""
    if not (left.valid and right.valid):
        missing = "left" if not left.valid else "right"
        return Reading(
            value=None, error=None, valid=False,
            reason=f"Needs both legs; the {missing} one has no valid try.",
        )  # fmt: skip
    assert left.value is not None
    assert right.value is not None
    own = [max(0.0, (one.error or 0.0) ** 2 - shared_error**2) for one in (left, right)]
    return Reading(
        value=round(left.value - right.value, 1), error=round(float(np.sqrt(sum(own))), 1),
        valid=True,
    )  # fmt: skip


def compare(
    measure: str, now: Reading, against: Literal["last time", "baseline"], taken_at: str,
    before: float, before_error: float | None, mdc: float,
) -> Comparison:  # fmt: skip
    """A measure against an earlier value; the change counts beyond its MDC and both their ±."""
    assert now.value is not None
    least = max(mdc, float(np.hypot(now.error or 0.0, before_error or 0.0)))
    change = now.value - before
    return Comparison(
        measure=measure, against=against, taken_at=taken_at, before=round(before, 1),
        change=round(change, 1), least_real=round(least, 1),
        verdict="real change" if abs(change) > least else "no change that can be told",
    )  # fmt: skip


def verdict(result: WallResult, rules: Rules) -> list[str]:
    """What a person reads first: both legs, their difference, what was before, what is usual."""
    lines = []
    # What was measured comes first.
    for side in sorted(result.named_sides, key=lambda one: not _toe(result, one).valid):
        toe, tilt = _toe(result, side), result.reading("shin_tilt_deg", side)
        if toe.valid:
            lines.append(
                f"{side.capitalize()}: toe to wall {toe.value:.1f} cm ± {toe.error:.1f}, "
                f"shin tilted {tilt.value:.0f}° ± {tilt.error:.0f}."
            )
            if (toe.error or 0.0) >= rules.errors.silhouette_cm:
                lines.append(_UNSURE)
        else:
            lines.append(f"{side.capitalize()}: {toe.reason}")
    lines += _difference_line(result, rules)
    for one in result.compared:
        if one.measure.startswith("toe_to_wall"):
            side = "left" if "_left_" in one.measure else "right"
            lines.append(
                f"{side.capitalize()} against {one.against} ({one.taken_at[:10]}): "
                f"{one.change:+.1f} cm, {one.verdict} (it takes {one.least_real:.1f} cm)."
            )
    if any(_toe(result, side).valid for side in SIDES):
        n = rules.norms
        lines.append(
            f"For context, no pass mark: {n.source} reached {n.mean_cm:.0f} cm, give or take "
            f"{n.spread_cm:.0f}. "
            "What counts is your own change and your other side."
        )
        lines.append(_UNSEEN)
    return lines


def _toe(result: WallResult, side: Side) -> Reading:
    return result.reading("toe_to_wall_cm", side)


def _difference_line(result: WallResult, rules: Rules) -> list[str]:
    toe, tilt = result.toe_to_wall_difference_cm, result.shin_tilt_difference_deg
    if not toe.valid or toe.value is None:
        return []
    more = "left" if toe.value > 0 else "right"
    size = f"{abs(toe.value):.1f} cm ± {toe.error:.1f}"
    clear = max(rules.side_mdc_cm, toe.error or 0.0)
    large = abs(toe.value) >= rules.side_difference_cm or (
        tilt.value is not None and abs(tilt.value) >= rules.side_difference_deg
    )
    if abs(toe.value) <= clear:
        return [f"Between the sides: {size}, too little to tell them apart (it takes {clear:.1f})."]
    if large:
        return [
            f"Between the sides: {size} more on the {more}. Measure again another day: it is worth "
            "attention when it repeats."
        ]
    return [f"Between the sides: {size} more on the {more}, as in many healthy people."]


def _reading(value: float, error: float, valid: bool, reason: str) -> Reading:
    ok = bool(np.isfinite(value))
    return Reading(
        value=round(value, 1) if ok else None,
        error=round(error, 1) if ok and np.isfinite(error) else None,
        valid=valid and ok,
        reason=reason,
    )


def _number(value: float) -> float | None:
    return round(value, 1) if np.isfinite(value) else None
