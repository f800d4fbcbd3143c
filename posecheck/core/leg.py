"""The leg before the wall, in one frame: front of the knee, tip of the toe, sole, in centimetres.

Landmarks lie inside the body: the knee's centre is 5 cm behind what touches the wall. The person's
silhouette shows the front of the knee, the tip of the shoe and the sole themselves. All lengths
are in the leg's plane; "ahead" is towards the wall.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from posecheck.core.pose import Array, Landmark
from posecheck.core.result import Side
from posecheck.core.scale import PlaneScale

Mask = npt.NDArray[np.float32]

#: A silhouette ends where a pixel belongs to the person with this probability.
_EDGE = 0.5
_STEP_CM = 0.1
#: The front of the knee is looked for this far above and below the knee's landmark, and ahead.
_KNEE_HEIGHT_CM, _KNEE_AHEAD_CM = 9.0, 15.0
#: The shoe's tip: heights above the floor, and how far ahead of the toe's landmark.
_TOE_HEIGHTS_CM, _TOE_AHEAD_CM = (0.6, 4.5), 12.0
_NAN = float("nan")


@dataclass(frozen=True, slots=True)
class LegSight:
    """What one frame shows of the leg in front, at the wall; NaN where it is not seen.

    Attributes:
        side: the side that the camera sees. named_near: whether the model, too, takes the front leg
            for that side's; it errs for single frames.
        knee_ahead_cm, toe_ahead_cm, heel_ahead_cm: front of the knee, tip of the shoe and rear of
            the heel, along the floor; larger is nearer to the wall.
        wall_ahead_cm: the wall on that scale; NaN where the scale does not know it.
        shin_tilt_deg: ankle to knee against the upright, forward positive.
        shin_cm: ankle to knee, as it looks in the plane.
        behind: tangent of how far behind square the camera sees the knee; see PlaneScale.behind.
        knee_up_cm: height of the knee.
    """

    side: Side
    named_near: bool
    knee_ahead_cm: float
    toe_ahead_cm: float
    heel_ahead_cm: float
    wall_ahead_cm: float
    shin_tilt_deg: float
    shin_cm: float
    behind: float
    knee_up_cm: float

    @property
    def whole(self) -> bool:
        """Whether knee, toe and heel were all found."""
        return bool(np.isfinite(self.knee_ahead_cm + self.toe_ahead_cm + self.heel_ahead_cm))


def near_side(facing: float) -> Side:
    """The side that a camera sees of somebody who faces the picture's right (+1) or left (-1)."""
    return "right" if facing > 0 else "left"


def facing_of_feet(image_px: Array) -> float:
    """+1 for toes to the picture's right of the heels, -1 to their left; NaN where not seen.

    Args:
        image_px: (33, 2) landmarks, pixels.
    """
    toes = image_px[[Landmark.LEFT_FOOT_INDEX, Landmark.RIGHT_FOOT_INDEX], 0].mean()
    heels = image_px[[Landmark.LEFT_HEEL, Landmark.RIGHT_HEEL], 0].mean()
    return float(np.sign(toes - heels)) if np.isfinite(toes - heels) else _NAN


def see_leg(
    image_px: Array, mask: Mask | None, mask_scale: float, facing: float, scale: PlaneScale
) -> LegSight:
    """Reads the front leg in one frame.

    Args:
        image_px: (33, 2) landmarks, pixels of the original picture.
        mask: (h, w) silhouette; None leaves everything that needs it NaN.
        mask_scale: original pixels per pixel of the mask.
        facing: +1 if the person faces the picture's right, else -1.
        scale: of the leg's plane.
    """
    side = near_side(facing)
    # Near and far leg get exchanged for a frame or two: whichever stands in front is read, and the
    # names only say whether it is the near one.
    front = max(("LEFT", "RIGHT"), key=lambda name: _ahead(image_px, name, facing))
    points = {
        part: scale.cm(image_px[Landmark[f"{front}_{part}"]])
        for part in ("KNEE", "ANKLE", "HEEL", "FOOT_INDEX")
    }
    shin = points["KNEE"] - points["ANKLE"]
    outline = None if mask is None else _Outline(mask, mask_scale, facing, scale)
    knee = _NAN if outline is None else outline.knee_ahead(points["KNEE"])
    toe = _NAN if outline is None else outline.toe_ahead(points["FOOT_INDEX"])
    heel = _NAN if outline is None else outline.heel_ahead(points["HEEL"])
    return LegSight(
        side=side,
        named_near=front == side.upper(),
        knee_ahead_cm=knee,
        toe_ahead_cm=toe,
        heel_ahead_cm=heel,
        wall_ahead_cm=facing * scale.wall_cm(facing),
        shin_tilt_deg=float(np.degrees(np.arctan2(facing * shin[0], shin[1]))),
        shin_cm=float(np.hypot(*shin)),
        behind=facing * scale.behind(float(points["KNEE"][0])),
        knee_up_cm=float(points["KNEE"][1]),
    )


def _ahead(image_px: Array, name: str, facing: float) -> float:
    """How far towards the wall a foot stands, pixels."""
    parts = [Landmark[f"{name}_{part}"] for part in ("ANKLE", "HEEL", "FOOT_INDEX")]
    return float(facing * image_px[parts, 0].mean())


@dataclass(frozen=True, slots=True)
class _Outline:
    """The edge of a silhouette, asked for in the plane's centimetres."""

    mask: Mask
    mask_scale: float
    facing: float
    scale: PlaneScale

    def knee_ahead(self, knee_cm: Array) -> float:
        """The foremost point around the knee."""
        up = np.arange(-_KNEE_HEIGHT_CM, _KNEE_HEIGHT_CM, 0.5) + knee_cm[1]
        edge = self._front(float(self.facing * knee_cm[0]) - 1.0, up, _KNEE_AHEAD_CM)
        return _foremost(edge)

    def toe_ahead(self, toe_cm: Array) -> float:
        """The foremost point of the shoe."""
        up = np.arange(*_TOE_HEIGHTS_CM, 0.3)
        edge = self._front(float(self.facing * toe_cm[0]) - 4.0, up, _TOE_AHEAD_CM)
        return _foremost(edge)

    def heel_ahead(self, heel_cm: Array) -> float:
        """The rearmost point of the shoe."""
        up = np.arange(1.0, 8.0, 0.4)
        edge = self._front(float(self.facing * heel_cm[0]) + 4.0, up, -14.0)
        return -_foremost(-edge)

    def _front(self, start_cm: float, up_cm: Array, reach_cm: float) -> Array:
        """Where rows of the silhouette, begun inside of it, first leave it, cm ahead."""
        ahead = start_cm + np.sign(reach_cm) * np.arange(0.0, abs(reach_cm), _STEP_CM)
        y, a = np.meshgrid(up_cm, ahead, indexing="ij")
        inside = self._sample(np.stack([self.facing * a, y], axis=-1))
        return _first_edge(inside, ahead)

    def _sample(self, plane_cm: Array) -> Array:
        # Pixel k of the mask covers k to k + 1: its middle is half a pixel on.
        px = self.scale.px(plane_cm) / self.mask_scale - 0.5
        sampled: Any = ndimage.map_coordinates(
            self.mask, [px[..., 1], px[..., 0]], order=1, mode="constant", cval=0.0
        )
        return np.asarray(sampled, float)


def _first_edge(inside: Array, places: Array) -> Array:
    """Per row: the place at which it first falls below the edge; NaN if it begins outside."""
    out = inside < _EDGE
    k = out.argmax(axis=1)
    rows = np.arange(len(inside))
    before, after = inside[rows, k - 1], inside[rows, k]
    share = (before - _EDGE) / np.maximum(before - after, 1e-9)
    edge = places[k - 1] + share * (places[k] - places[k - 1])
    return np.where(out.any(axis=1) & (k > 0), edge, np.nan)


def _foremost(edge_cm: Array) -> float:
    """The foremost place of an outline, a little robust: the mean of its best three rows."""
    seen = edge_cm[np.isfinite(edge_cm)]
    return float(np.sort(seen)[-3:].mean()) if len(seen) >= 4 else _NAN
