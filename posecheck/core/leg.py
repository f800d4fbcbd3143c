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
from posecheck.core.scale import PlaneScale
from posecheck.core.terms import Side

Mask = npt.NDArray[np.float32]

#: A silhouette ends where a pixel belongs to the person with this probability.
_EDGE = 0.5
_STEP_CM = 0.1
#: Rows in which the knee is the foremost part of the body: below a hand at the wall, above the
#: shoe; knees of people from 1.5 to 2 m.
_KNEE_UP_CM = (30.0, 62.0)
#: Rows of the shoe's tip and of its rear, cm above the floor.
_TOE_UP_CM, _HEEL_UP_CM = (0.6, 4.5), (1.0, 8.0)
#: Walked from the wall, the silhouette begins within this of the foremost foot or knee landmark.
_BEFORE_CM, _BEYOND_CM = 32.0, 20.0
#: What is thinner than this is no leg and no shoe.
_LEAST_CM = 1.0
#: Inside the shoe, this far behind its tip, the way back to the heel begins.
_INSIDE_CM, _SHOE_CM = 7.0, 40.0
#: The knee's landmark lies so far behind its front; else it is another leg's.
_KNEE_DEPTH_CM = (1.0, 10.0)
_NAN = float("nan")


@dataclass(frozen=True, slots=True)
class LegSight:
    """What one frame shows of the leg in front, at the wall; NaN where it is not seen.

    Attributes:
        side: the side that the camera sees.
        far_in_front: whether the leg in front looks like the far one; errs for single frames.
        knee_ahead_cm, toe_ahead_cm, heel_ahead_cm: front of the knee, tip of the shoe and rear of
            the heel, along the floor; larger is nearer to the wall.
        wall_ahead_cm: the wall on that scale; NaN where the scale does not know it.
        foot_cm: heel's landmark to toe's along the floor, towards the wall.
        shin_tilt_deg: ankle to knee against the upright, forward positive.
        behind: tangent of how far behind square the camera sees the knee; see PlaneScale.behind.
    """

    side: Side
    far_in_front: bool
    knee_ahead_cm: float
    toe_ahead_cm: float
    heel_ahead_cm: float
    wall_ahead_cm: float
    foot_cm: float
    shin_tilt_deg: float
    behind: float

    @property
    def whole(self) -> bool:
        """Whether knee, toe and heel were all found."""
        return bool(np.isfinite(self.knee_ahead_cm + self.toe_ahead_cm + self.heel_ahead_cm))


def near_side(facing: float) -> Side:
    """The side that a camera sees of somebody who faces the picture's right (+1) or left (-1)."""
    return "right" if facing > 0 else "left"


def facing_of(side: Side) -> float:
    """Where somebody faces whose ``side`` is nearer to the camera: the other way of near_side."""
    return 1.0 if side == "right" else -1.0


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
    # Near and far leg get exchanged for a frame or two: only the silhouette is measured, and of
    # the landmarks those of whichever leg stands in front.
    front, rear = sorted(("LEFT", "RIGHT"), key=lambda name: -_ahead(image_px, name, facing))
    knee, ankle, heel_mark, toe_mark = (
        scale.cm(image_px[Landmark[f"{front}_{part}"]])
        for part in ("KNEE", "ANKLE", "HEEL", "FOOT_INDEX")
    )
    rear_toe = scale.cm(image_px[Landmark[f"{rear}_FOOT_INDEX"]])
    ahead_cm = max(facing * float(point[0]) for point in (knee, toe_mark))
    knee_ahead = toe = heel = _NAN
    if mask is not None and np.isfinite(ahead_cm):
        outline = _Outline(mask, mask_scale, facing, scale, ahead_cm)
        knee_ahead = _foremost(outline.front(_KNEE_UP_CM))
        toe = _foremost(outline.front(_TOE_UP_CM))
        heel = -_foremost(-outline.rear(_HEEL_UP_CM, toe - _INSIDE_CM))
    shin = knee - ankle
    depth = knee_ahead - facing * float(knee[0])
    its_own = _KNEE_DEPTH_CM[0] < depth < _KNEE_DEPTH_CM[1]
    return LegSight(
        side=side,
        far_in_front=front != side.upper() and bool(toe_mark[1] > rear_toe[1]),
        knee_ahead_cm=knee_ahead,
        toe_ahead_cm=toe,
        heel_ahead_cm=heel,
        wall_ahead_cm=facing * scale.wall_cm(facing),
        foot_cm=facing * float(toe_mark[0] - heel_mark[0]),
        shin_tilt_deg=float(np.degrees(np.arctan2(facing * shin[0], shin[1]))) if its_own else _NAN,
        behind=facing * scale.behind(facing * knee_ahead),
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
    start_cm: float

    def front(self, up_cm: tuple[float, float]) -> Array:
        """Where rows, walked from the wall, first enter the silhouette, cm ahead."""
        ahead = self.start_cm + np.arange(_BEFORE_CM, -_BEYOND_CM, -_STEP_CM)
        return _first_edge(1.0 - self._rows(up_cm, ahead), ahead)

    def rear(self, up_cm: tuple[float, float], from_cm: float) -> Array:
        """Where rows, begun inside of the silhouette, leave it on the way back, cm ahead."""
        if not np.isfinite(from_cm):
            return np.full(1, np.nan)
        ahead = from_cm - np.arange(0.0, _SHOE_CM, _STEP_CM)
        return _first_edge(self._rows(up_cm, ahead), ahead)

    def _rows(self, up_cm: tuple[float, float], ahead: Array) -> Array:
        up = np.arange(*up_cm, 0.5)
        y, a = np.meshgrid(up, ahead, indexing="ij")
        return self._sample(np.stack([self.facing * a, y], axis=-1))

    def _sample(self, plane_cm: Array) -> Array:
        # Pixel k of the mask covers k to k + 1: its middle is half a pixel on.
        px = self.scale.px(plane_cm) / self.mask_scale - 0.5
        sampled: Any = ndimage.map_coordinates(
            self.mask, [px[..., 1], px[..., 0]], order=1, mode="constant", cval=0.0
        )
        return np.asarray(sampled, float)


def _first_edge(inside: Array, places: Array) -> Array:
    """Per row: where it falls below the edge first, and stays there for a while; NaN if never, or
    if it begins outside."""
    stays = ndimage.maximum_filter1d(inside, round(_LEAST_CM / _STEP_CM), axis=1, origin=-5)
    out = stays < _EDGE
    k = out.argmax(axis=1)
    rows = np.arange(len(inside))
    before, after = inside[rows, k - 1], inside[rows, k]
    share = np.clip((before - _EDGE) / np.maximum(before - after, 1e-9), 0.0, 1.0)
    edge = places[k - 1] + share * (places[k] - places[k - 1])
    return np.where(out.any(axis=1) & (k > 0), edge, np.nan)


def _foremost(edge_cm: Array) -> float:
    """The foremost place of an outline, a little robust: the mean of its best three rows."""
    seen = edge_cm[np.isfinite(edge_cm)]
    return float(np.sort(seen)[-3:].mean()) if len(seen) >= 4 else _NAN
