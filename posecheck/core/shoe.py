"""The shoe before the wall, from frame to frame: has the heel left the floor, where is its tip?

A silhouette loses a dark sole in its shadow, a white one on the floor and a white tip on the white
sheet behind it. The picture itself does not: the rear of the shoe is cut out while the foot stands
flat and looked for again, a little higher, while the knee is at the wall. The rear stands clear of
the sheet, and so the tip is told from there, by the length that the shoe shows at its best.
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

Gray = npt.NDArray[np.uint8]
_NAN = float("nan")

#: The knee at rest is at least so far behind the tip of the shoe, cm.
_REST_KNEE_CM = -1.0
#: The foot stands elsewhere when its heel is further than this from where it was, cm.
_MOVED_CM = 0.8
#: What is kept of a place is the mean of about the last half second, and at least of so long.
_MEAN_S, _LEAST_S = 0.5, 0.4

_CUT_STEP_CM = 0.2
#: The cut-out of the shoe's rear: cm ahead of the heel, and above the floor.
_CUT_AHEAD_CM, _CUT_UP_CM = (-0.6, 7.0), (-0.8, 5.4)
#: How far it is looked for: along the floor, down and up.
_ALONG_CM, _DOWN_CM, _HIGHER_CM = 1.4, 0.8, 4.0
#: Below this likeness (correlation) it is not the same shoe any more: a hand, a trouser leg.
_LEAST_LIKENESS = 0.6
#: What a silhouette gets wrong it loses: of the lengths that it showed, one of the longer counts.
_LENGTH_QUANTILE = 0.8


@dataclass(slots=True)
class Placement:
    """Where the foot stood for a while, flat.

    Attributes:
        heel_cm: rear of the shoe when it came to stand there, ahead.
        heels_cm, lengths_cm: its rear, and heel to tip, as the silhouette shows them.
        cut: its rear, (rows up, columns ahead) grey.
    """

    heel_cm: float
    cut: Array
    since_s: float
    until_s: float
    heels_cm: list[float] = field(default_factory=list)
    lengths_cm: list[float] = field(default_factory=list)

    @property
    def rear_cm(self) -> float:
        """Rear of the shoe, the median of all that was seen."""
        return float(np.median(self.heels_cm))

    @property
    def settled(self) -> bool:
        return self.until_s - self.since_s >= _LEAST_S


class ShoeWatch:
    """Follows the shoe from frame to frame; one a leg and camera position.

    Args:
        length_cm: heel to tip, where somebody measured it.
    """

    def __init__(
        self, scale: PlaneScale, facing: float, *, length_cm: float | None = None
    ) -> None:
        self._scale, self._facing = scale, facing
        self._length_cm = length_cm
        self._placements: list[Placement] = []

    def step(self, t_s: float, gray: Gray, leg: LegSight) -> float:
        """How far the heel is above its resting place, cm; NaN where not known.

        Args:
            gray: (h, w) the original picture.
        """
        if leg.whole and leg.knee_ahead_cm - leg.toe_ahead_cm < _REST_KNEE_CM:
            self._settle(t_s, gray, leg)
        here = self.here
        return _NAN if here is None or not here.settled else self._shift_up(gray, here)

    @property
    def here(self) -> Placement | None:
        """Where the foot stood last."""
        return self._placements[-1] if self._placements else None

    @property
    def tip_ahead_cm(self) -> float:
        """Tip of the shoe where it stands; NaN before it stood anywhere."""
        here = self.here
        return _NAN if here is None else here.rear_cm + self.length_cm

    @property
    def length_cm(self) -> float:
        """Heel to tip, over all places; NaN before it stood anywhere."""
        if self._length_cm is not None:
            return self._length_cm
        return self._seen_length_cm()

    @property
    def length_share(self) -> float:
        """How long the shoe looks where it stands, as a share of the longest that it looked."""
        here = self.here
        if here is None or not here.settled:
            return _NAN
        return float(np.quantile(here.lengths_cm, _LENGTH_QUANTILE)) / self._seen_length_cm()

    def _seen_length_cm(self) -> float:
        # A foot that is turned in one place must not pull down the others.
        seen = [np.quantile(one.lengths_cm, _LENGTH_QUANTILE) for one in self._placements]
        return float(max(seen)) if seen else _NAN

    # --- inside ---

    def _settle(self, t_s: float, gray: Gray, leg: LegSight) -> None:
        """Takes the foot as standing flat; begins anew where it stands elsewhere."""
        here = self.here
        if here is None or abs(leg.heel_ahead_cm - here.heel_cm) > _MOVED_CM:
            if here is not None and not here.settled:
                self._placements.pop()
            here = Placement(leg.heel_ahead_cm, self._cut(gray, leg.heel_ahead_cm), t_s, t_s)
            self._placements.append(here)
        else:
            weight = min(1.0, (t_s - here.until_s) / _MEAN_S)
            if not here.settled:
                here.heel_cm += weight * (leg.heel_ahead_cm - here.heel_cm)
            here.cut = here.cut + weight * (self._cut(gray, here.heel_cm) - here.cut)
        here.heels_cm.append(leg.heel_ahead_cm)
        here.lengths_cm.append(leg.toe_ahead_cm - leg.heel_ahead_cm)
        here.until_s = t_s

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


def _peak(values: Array, k: int) -> float:
    """Top of the parabola through a maximum and its neighbours, in steps from it."""
    if not 0 < k < len(values) - 1:
        return 0.0
    below, top, above = values[k - 1], values[k], values[k + 1]
    return float(0.5 * (below - above) / min(below - 2 * top + above, -1e-9))
