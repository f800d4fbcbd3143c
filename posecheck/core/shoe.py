"""The shoe before the wall, from frame to frame: has the heel left the floor, where is its tip?

A silhouette loses a dark sole in its shadow, a white one on the floor and a white tip on the white
sheet behind it. The picture itself does not: the rear of the shoe is cut out while the foot stands
flat and looked for again, a little higher, while the knee is at the wall. The rear stands clear of
the sheet, and so the tip is told from there, by the shoe's length. That length is seen when the
foot is put further back between two tries: whatever edge moved with the heel is the shoe's, and
the foremost one is its tip.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from posecheck.core.leg import LegSight
from posecheck.core.pose import Array
from posecheck.core.scale import PlaneScale
from posecheck.core.sole import AHEAD_CM, SLOPE_ERROR, UP_CM, out_deg, sole_slope

Gray = npt.NDArray[np.uint8]
_NAN = float("nan")

#: The knee at rest is at least so far behind the tip of the shoe, cm.
_REST_KNEE_CM = -1.0
#: The foot stands elsewhere when its heel is further than this from where it was, cm.
_MOVED_CM = 0.8
#: A heel that looks elsewhere for no longer than this, and whose knee sets out, has not moved.
_JUMP_S = 0.3
#: What is kept of a place is the mean of about the last half second, and at least of so long.
_MEAN_S, _LEAST_S = 0.5, 0.4

_CUT_STEP_CM = 0.2
#: The cut-out of the shoe's rear: cm ahead of the heel, and above the floor.
_CUT_AHEAD_CM, _CUT_UP_CM = (-0.6, 7.0), (-0.8, 5.4)
#: How far it is looked for: along the floor, down and up.
_ALONG_CM, _DOWN_CM, _HIGHER_CM = 1.4, 0.8, 4.0
#: Below this likeness (correlation) it is not the same shoe any more: a hand, a trouser leg.
_LEAST_LIKENESS = 0.6
_STRIP_STEP_CM = 0.1
#: The strip that the foot stands in: cm ahead of the first heel, and above the floor.
_STRIP_AHEAD_CM, _STRIP_UP_CM = (-15.0, 55.0), (0.4, 4.3)
#: The foot must have been moved by this much between two places, to be told from its background.
_APART_CM = 1.0
#: A foot that is turned further than the first, against the straightest, does not show its length
#: for sure: 10 degrees made it 0.2 to 1.9 cm too long (lab, tune bodies). Up to the second it still
#: tells it as well as a silhouette, beside a straight one.
_TURNED_DEG, _FAR_TURNED_DEG = 6.0, 30.0
#: The sole's slope is read anew after so long, s.
_READ_AGAIN_S = 0.25
#: The tip lies between these lengths ahead of the heel, and so near to where silhouettes see it.
_SHOE_CM, _AROUND_CM = (16.0, 38.0), 4.0
#: An edge is a step of grey over so many cm; what is weaker than the first is noise or a shadow,
#: what is stronger than the second is no surer for it.
_EDGE_CM, _LEAST_EDGE, _CLEAR_EDGE = 0.4, 7.0, 25.0
#: How far an edge may be off the heel's own movement, cm.
_SLACK_CM = 0.25
#: So many rows must agree on the tip, within this, cm.
_ROWS, _AGREE_CM = 4, 0.6


@dataclass(slots=True)
class Placement:
    """Where the foot stood for a while, flat.

    Attributes:
        heel_cm: rear of the shoe when it came to stand there, ahead.
        heels_cm, lengths_cm: its rear, and heel to tip, as the silhouette shows them.
        cut, strip, sole: its rear, all the floor before the wall, and the sole along its length,
            (rows up, columns ahead) grey.
    """

    heel_cm: float
    cut: Array
    strip: Array
    sole: Array
    since_s: float
    until_s: float
    heels_cm: list[float] = field(default_factory=list)
    lengths_cm: list[float] = field(default_factory=list)
    _slope: float = _NAN
    _read_s: float = -np.inf

    @property
    def rear_cm(self) -> float:
        """Rear of the shoe, the median of all that was seen."""
        return float(np.median(self.heels_cm))

    @property
    def slope(self) -> float:
        """Of the sole's lines, cm up a cm ahead; NaN where there are none."""
        if self.until_s - self._read_s >= _READ_AGAIN_S:
            self._slope, self._read_s = sole_slope(self.sole), self.until_s
        return self._slope

    @property
    def stands_cm(self) -> float:
        """Where a heel has to be to stand in this place."""
        return self.rear_cm if self.settled else self.heel_cm

    @property
    def settled(self) -> bool:
        return self.until_s - self.since_s >= _LEAST_S


class ShoeWatch:
    """Follows the shoe from frame to frame; one a leg and camera position.

    Args:
        length_cm: heel to tip, where somebody measured it.
    """

    def __init__(self, scale: PlaneScale, facing: float, *, length_cm: float | None = None) -> None:
        self._scale, self._facing = scale, facing
        self._length_cm = length_cm
        self._origin_cm = _NAN
        self._lengths_cm: dict[tuple[int, int], float] = {}
        self._placements: list[Placement] = []

    def enlarged(self, scale: PlaneScale) -> None:
        """The pictures are of another size from here on: all that is known is in cm, and stays."""
        self._scale = scale

    def step(self, t_s: float, gray: Gray, leg: LegSight) -> float:
        """How far the heel is above its resting place, cm; NaN where not known.

        Args:
            gray: (h, w) the original picture.
        """
        if leg.whole and leg.knee_ahead_cm - leg.toe_ahead_cm < _REST_KNEE_CM:
            self._settle(t_s, gray, leg)
        else:
            self._forget_jump()
        here = self.here
        return _NAN if here is None or not here.settled else self._shift_up(gray, here)

    @property
    def here(self) -> Placement | None:
        """Where the foot stood last."""
        return self._placements[-1] if self._placements else None

    @property
    def rear_ahead_cm(self) -> float:
        """Rear of the shoe where it stands; NaN before it stood anywhere."""
        here = self.here
        return _NAN if here is None or not here.settled else here.rear_cm

    @property
    def length_cm(self) -> float:
        """Heel to tip, over all places; NaN before it stood anywhere."""
        if self._length_cm is not None:
            return self._length_cm
        return self._seen_length_cm()

    @property
    def foot_out_deg(self) -> tuple[float, float]:
        """How far the outer edge of the foot that stands points out, and its ± (95%), degrees; NaN
        if not known."""
        here = self.here
        return (_NAN, _NAN) if here is None or not here.settled else self._out_deg(here)

    @property
    def sure(self) -> bool:
        """Whether the length was typed or seen on a foot that was moved and stood straight."""
        return self._length_cm is not None or bool(self._straight_lengths_cm(_TURNED_DEG))

    def _seen_length_cm(self) -> float:
        for other_deg in (_TURNED_DEG, _FAR_TURNED_DEG):
            if lengths := self._straight_lengths_cm(other_deg):
                return float(np.median(lengths))
        return self._silhouette_length_cm()

    def _straight_lengths_cm(self, other_deg: float) -> list[float]:
        """Lengths by two places: straight in one, turned by no more than ``other_deg`` in both."""
        turns = self._turns_deg()
        return [
            length
            for (k, last), length in self._lengths_cm.items()
            if min(turns[k], turns[last]) <= _TURNED_DEG and max(turns[k], turns[last]) <= other_deg
        ]

    def _turns_deg(self) -> list[float]:
        """How far the foot was turned in each place, against the straightest; 0 if not known."""
        outs = np.array(
            [self._out_deg(one)[0] if one.settled else _NAN for one in self._placements]
        )
        known = outs[np.isfinite(outs)]
        straight = float(known.min()) if len(known) else 0.0
        return [float(out - straight) for out in np.where(np.isfinite(outs), outs, straight)]

    def _silhouette_length_cm(self) -> float:
        seen = [
            one
            for place, turn in zip(self._placements, self._turns_deg(), strict=True)
            if turn <= _TURNED_DEG
            for one in place.lengths_cm
        ]
        return float(np.median(seen)) if seen else _NAN

    # --- inside ---

    def _settle(self, t_s: float, gray: Gray, leg: LegSight) -> None:
        """Takes the foot as standing flat; begins anew where it stands elsewhere."""
        here = self._standing_at(leg.heel_ahead_cm)
        if here is None:
            if not np.isfinite(self._origin_cm):
                self._origin_cm = leg.heel_ahead_cm
            cut = self._cut(gray, leg.heel_ahead_cm)
            sole = self._sole(gray, leg.heel_ahead_cm)
            here = Placement(leg.heel_ahead_cm, cut, self._strip(gray), sole, t_s, t_s)
            self._placements.append(here)
        else:
            weight = min(1.0, (t_s - here.until_s) / _MEAN_S)
            if not here.settled:
                here.heel_cm += weight * (leg.heel_ahead_cm - here.heel_cm)
            here.cut = here.cut + weight * (self._cut(gray, here.heel_cm) - here.cut)
            here.strip = here.strip + weight * (self._strip(gray) - here.strip)
            here.sole = here.sole + weight * (self._sole(gray, here.heel_cm) - here.sole)
        here.heels_cm.append(leg.heel_ahead_cm)
        here.lengths_cm.append(leg.toe_ahead_cm - leg.heel_ahead_cm)
        here.until_s = t_s
        if here.settled:
            self._compare()

    def _forget_jump(self) -> None:
        """Takes the foot as where it stood, if it was elsewhere only as the knee set out."""
        if len(self._placements) > 1 and not self._placements[-1].settled:
            before, here = self._placements[-2:]
            if before.settled and here.until_s - before.until_s < _JUMP_S:
                self._placements.pop()

    def _standing_at(self, heel_cm: float) -> Placement | None:
        """The place that a heel is still at; None if it is a new one.

        A silhouette jumps for a frame or two: what did not stand long enough was no place.
        """
        while self._placements:
            here = self._placements[-1]
            if abs(heel_cm - here.stands_cm) <= _MOVED_CM:
                return here
            if here.settled:
                return None
            self._placements.pop()
        return None

    def _compare(self) -> None:
        """The shoe's length from this place and every earlier one that is not the same."""
        last, here = len(self._placements) - 1, self._placements[-1]
        for k, earlier in enumerate(self._placements[:-1]):
            if abs(earlier.rear_cm - here.rear_cm) >= _APART_CM:
                length = self._length_from(earlier, here)
                if np.isfinite(length):
                    self._lengths_cm[(k, last)] = length

    def _out_deg(self, place: Placement) -> tuple[float, float]:
        scale, ahead = self._scale, place.rear_cm + float(np.mean(AHEAD_CM))
        behind = self._facing * scale.behind(self._facing * ahead)
        low, out, high = (
            out_deg(place.slope + off, scale.depth_per_drop, behind)
            for off in (SLOPE_ERROR, 0.0, -SLOPE_ERROR)
        )
        return out, (high - low) / 2

    def _length_from(self, first: Placement, second: Placement) -> float:
        """Heel to the foremost edge that moved as the heel did, cm; NaN if there is none."""
        half = round(_EDGE_CM / 2 / _STRIP_STEP_CM)
        edges = [_steps(one.strip, half) for one in (first, second)]
        moved = round((second.rear_cm - first.rear_cm) / _STRIP_STEP_CM)
        slack = round(_SLACK_CM / _STRIP_STEP_CM)
        along = np.stack([_shifted(edges[1], -moved + k) for k in range(-slack, slack + 1)])
        same = np.where(along * edges[0] > 0, np.minimum(np.abs(along), np.abs(edges[0])), 0.0)
        fresh = np.abs(edges[0] - edges[1])
        score = np.minimum(same.max(axis=0), fresh)
        places = self._origin_cm + _STRIP_AHEAD_CM[0] - first.rear_cm
        ahead = places + _STRIP_STEP_CM * np.arange(score.shape[1])
        guess = self._silhouette_length_cm()
        wanted = (ahead > max(_SHOE_CM[0], guess - _AROUND_CM)) & (
            ahead < min(_SHOE_CM[1], guess + _AROUND_CM)
        )
        return _foremost_edge(score[:, wanted], ahead[wanted])

    def _strip(self, gray: Gray) -> Array:
        ahead = np.arange(*_STRIP_AHEAD_CM, _STRIP_STEP_CM)
        return self._sample(gray, self._origin_cm + ahead, np.arange(*_STRIP_UP_CM, 0.3))

    def _sole(self, gray: Gray, heel_cm: float) -> Array:
        return self._sample(gray, heel_cm + AHEAD_CM, UP_CM)

    def _cut(
        self, gray: Gray, heel_cm: float, along: float = 0.0, down: float = 0.0, higher: float = 0.0
    ) -> Array:
        ahead = np.arange(_CUT_AHEAD_CM[0] - along, _CUT_AHEAD_CM[1] + along + 1e-6, _CUT_STEP_CM)
        up = np.arange(_CUT_UP_CM[0] - down, _CUT_UP_CM[1] + higher + 1e-6, _CUT_STEP_CM)
        return self._sample(gray, ahead + heel_cm, up)

    def _sample(self, gray: Gray, ahead_cm: Array, up_cm: Array) -> Array:
        """(rows up, columns ahead) grey of a grid in the leg's plane."""
        y, a = np.meshgrid(up_cm, ahead_cm, indexing="ij")
        px = self._scale.px(np.stack([self._facing * a, y], axis=-1)) - 0.5
        seen: Any = ndimage.map_coordinates(
            gray, [px[..., 1], px[..., 0]], output=np.float32, order=1, mode="nearest"
        )
        return np.asarray(seen, np.float32)

    def _shift_up(self, gray: Gray, here: Placement) -> float:
        """Where the resting cut-out fits best now: its height, to a fraction of a step."""
        around = self._cut(gray, here.heel_cm, _ALONG_CM, _DOWN_CM, _HIGHER_CM)
        windows = np.lib.stride_tricks.sliding_window_view(around, here.cut.shape)
        rest = here.cut - here.cut.mean()
        sums = windows.sum(axis=(2, 3))
        squares = np.einsum("ijkl,ijkl->ij", windows, windows)
        spread = np.sqrt(np.maximum(squares - sums**2 / rest.size, 1e-6) * (rest**2).sum())
        likeness = np.einsum("ijkl,kl->ij", windows, rest) / np.maximum(spread, 1e-6)
        row, column = np.unravel_index(int(likeness.argmax()), likeness.shape)
        if likeness[row, column] < _LEAST_LIKENESS:
            return _NAN
        return float((row + _peak(likeness[:, column], int(row))) * _CUT_STEP_CM - _DOWN_CM)


def _steps(strip: Array, half: int) -> Array:
    """Step of grey across each place of each row."""
    out = np.zeros_like(strip)
    out[:, half:-half] = strip[:, 2 * half :] - strip[:, : -2 * half]
    return out


def _shifted(rows: Array, by: int) -> Array:
    """Every row moved to the right; what comes in is 0."""
    out = np.zeros_like(rows)
    if by > 0:
        out[:, by:] = rows[:, :-by]
    elif by < 0:
        out[:, :by] = rows[:, -by:]
    else:
        out[:] = rows
    return out


def _foremost_edge(score: Array, ahead_cm: Array) -> float:
    """The foremost place, cm ahead, that rows agree on as much as on half of the surest one.

    A single row's last edge may be ringing of a compressed picture, a shadow or a stripe behind the
    shoe: weak ones weigh little, and no row weighs more than a clear edge does.

    Args:
        score: (rows, places) step of grey that moved with the heel.
    """
    clear = np.where(score > _LEAST_EDGE, np.minimum(score, _CLEAR_EDGE), 0.0)
    reach = round(_AGREE_CM / 2 / _STRIP_STEP_CM)
    sure = ndimage.uniform_filter1d(clear.sum(axis=0), 2 * reach + 1, mode="constant")
    if not len(sure) or sure.max() <= 0.0:
        return _NAN
    tops = np.flatnonzero(sure == ndimage.maximum_filter1d(sure, 2 * reach + 1))
    k = int(tops[sure[tops] >= 0.5 * sure.max()][-1])
    near = slice(max(k - reach, 0), k + reach + 1)
    if (clear[:, near] > 0.0).any(axis=1).sum() < _ROWS:
        return _NAN
    return float(np.average(ahead_cm[near], weights=clear[:, near].sum(axis=0)))


def _peak(values: Array, k: int) -> float:
    """Top of the parabola through a maximum and its neighbours, in steps from it."""
    if not 0 < k < len(values) - 1:
        return 0.0
    below, top, above = values[k - 1], values[k], values[k + 1]
    return float(0.5 * (below - above) / min(below - 2 * top + above, -1e-9))
