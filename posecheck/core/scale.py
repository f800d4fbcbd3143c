"""Pixels to centimetres in the plane of the leg: upright, at right angles to the wall.

Plane coordinates are cm: x to the picture's right along the floor, y up from the floor. Every scale
carries its own ±: how wrong its lengths and its wall may be with 95% confidence. Sources of the
error figures: science.md section 4, and the bench on rendered clips (docs/knee-to-wall.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from posecheck.core.errors import InputError
from posecheck.core.homography import apply_homography
from posecheck.core.pose import Array
from posecheck.core.sheet_pose import SheetPose

Source = Literal["sheet", "paper", "points", "height"]
Wall = Literal["left", "right"]

#: Cameras further off the leg's plane than this give no centimetres.
MAX_SLANT_DEG = 40.0
#: A camera this far beyond the wall's line is behind the wall.
_BEYOND_WALL_CM = 10.0
#: What a length between two clicked points may be off, pixels each, one sigma.
CLICK_PX = 1.5
_Z95 = 1.96
#: One sigma of how far a camera is rolled, and of how much the floor rises to the wall in the
#: picture of one that stands up to 20 degrees behind square and 0.3 to 1.2 m high: 2 to 9 degrees.
_ROLL_DEG, _RISE_DEG = 3.0, 4.5
_RISE_SHARE = _RISE_DEG**2 / (_RISE_DEG**2 + _ROLL_DEG**2)
#: What stays unknown of the upright, a tangent (95%): 4.9 degrees.
_LEAN_ERROR = float(np.tan(np.radians(_Z95 * _ROLL_DEG * np.sqrt(_RISE_SHARE))))
#: Where the error is worked out: a toe this far from the wall.
_TYPICAL_TOE_CM = 12.0
#: The middle of the places that a camera may stand at, degrees behind square and cm away, and how
#: far off a length by the wall then is at most, as a share: from square, and from 20 degrees.
_MID_BEHIND_DEG, _MID_AWAY_CM = 10.0, 260.0
_PLACE_ERROR = 0.035


@dataclass(frozen=True, slots=True)
class PlaneScale:
    """A map from pixels to the leg's plane, with how far it may be wrong.

    Attributes:
        source: what it was made from.
        to_cm: (3, 3) homography, homogeneous pixels (y down) to homogeneous plane cm.
        wall_left_cm, wall_right_cm: x of the wall if it stands at the picture's left or right; None
            where it is not known.
        length_error: ± of a length as a share of it.
        wall_error_cm: ± of the wall's place against a point in the leg's plane.
        lean_error: ± of the upright, a tangent: what stands h above another point may be so much
            times h to either side of where the plane has it.
        slant_deg: how far the camera is off square to the plane; NaN where not known.
        distance_cm: from the camera to the plane; NaN where not known.
        camera_cm: where in the plane the camera stands square before it; None where not known.
        other: what it is if the sheet is turned the other way, where the picture cannot tell; see
            :meth:`faced`.
    """

    source: Source
    to_cm: Array
    wall_left_cm: float | None
    wall_right_cm: float | None
    length_error: float
    wall_error_cm: float
    lean_error: float = 0.0
    slant_deg: float = float("nan")
    distance_cm: float = float("nan")
    camera_cm: tuple[float, float] | None = None
    other: PlaneScale | None = None

    def faced(self, facing: float) -> PlaneScale:
        """The same scale for somebody who faces +1 (picture's right) or -1.

        The camera stands on the person's side of the wall: where the picture leaves two places for
        it, this decides. Where both are possible, the ± spans them.
        """
        alone, other = replace(self, other=None), self.other
        if other is None:
            return alone
        if not alone._in_room(facing) or not other._in_room(facing):
            return alone if alone._in_room(facing) or not other._in_room(facing) else other
        at_wall = np.array([self.wall_cm(facing), 0.0])
        apart_cm = float(np.hypot(*(other.cm(self.px(at_wall)) - at_wall)))
        return replace(alone, wall_error_cm=float(np.hypot(self.wall_error_cm, apart_cm)))

    def _in_room(self, facing: float) -> bool:
        """Whether the camera stands on the side of the wall that somebody facing so stands on."""
        if self.camera_cm is None or not np.isfinite(self.wall_cm(facing)):
            return True
        return facing * (self.camera_cm[0] - self.wall_cm(facing)) < _BEYOND_WALL_CM

    def behind(self, at_cm: float) -> float:
        """How far to the picture's left of a point the camera stands, over its distance: the
        tangent of how far off square the point is seen; 0 where not known."""
        if self.camera_cm is None:
            return 0.0
        return (at_cm - self.camera_cm[0]) / self.distance_cm

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values, to be kept beside the landmarks; unknown numbers are None."""
        values = {name: getattr(self, name) for name in self.__slots__}
        plain = {k: None if v != v else v for k, v in values.items() if k not in ("to_cm", "other")}
        other = None if self.other is None else self.other.as_dict()
        return {**plain, "to_cm": self.to_cm.tolist(), "other": other}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> PlaneScale:
        """What :meth:`as_dict` gave."""
        unknown = {k: float("nan") for k in ("slant_deg", "distance_cm", "wall_error_cm")}
        known = {k: v for k, v in values.items() if v is not None or k not in unknown}
        if known.get("other") is not None:
            known["other"] = cls.from_dict(known["other"])
        return cls(**{**unknown, **known, "to_cm": np.array(values["to_cm"], float)})

    @property
    def depth_per_drop(self) -> float:
        """How many cm nearer to the camera something on the floor is that looks 1 cm lower in the
        plane; NaN where the camera's place is not known."""
        if self.camera_cm is None or self.camera_cm[1] < 5.0:
            return float("nan")
        return self.distance_cm / self.camera_cm[1]

    def enlarged(self, factor: float) -> PlaneScale:
        """The same scale in pictures so many times as wide and high."""
        return self.seen_through(np.diag([factor, factor, 1.0]))

    def seen_through(self, view: Array) -> PlaneScale:
        """The same scale in pictures whose pixels are those of these through a (3, 3) matrix."""
        other = None if self.other is None else self.other.seen_through(view)
        return replace(self, to_cm=self.to_cm @ np.linalg.inv(view), other=other)

    def cm(self, px: Array) -> Array:
        """(..., 2) plane cm of (..., 2) pixels; NaN stays NaN."""
        return apply_homography(self.to_cm, px)

    def px(self, cm: Array) -> Array:
        """(..., 2) pixels of (..., 2) plane cm."""
        return apply_homography(np.linalg.inv(self.to_cm), cm)

    def wall_cm(self, facing: float) -> float:
        """x of the wall in front of somebody who faces +1 (picture's right) or -1; NaN if none."""
        wall = self.wall_right_cm if facing > 0 else self.wall_left_cm
        return float("nan") if wall is None else wall

    def px_per_cm(self, at_cm: Array) -> float:
        """Pixels per cm along the floor near a point of the plane."""
        ends = self.px(np.asarray(at_cm, float) + np.array([[-1.0, 0.0], [1.0, 0.0]]))
        return float(np.hypot(*(ends[1] - ends[0]))) / 2.0


def scale_from_sheet(
    pose: SheetPose,
    *,
    behind_leg_cm: float,
    behind_leg_error_cm: float,
    print_error: float = 0.003,
    wall_gap_error_cm: float = 0.2,
    source: Source = "sheet",
) -> PlaneScale:
    """The scale in the leg's plane from a reference that stands beside the leg.

    Where the picture leaves two poses, both are given: see :meth:`PlaneScale.faced`.

    Args:
        behind_leg_cm: how much further from the camera the sheet stands than the leg's middle
            (negative: nearer).
        behind_leg_error_cm: ± (95%) of that.
        print_error: ± of the printed size as a share (a printer's own inaccuracy).
        wall_gap_error_cm: ± of "its edge touches the wall".

    Raises:
        InputError: the camera is too far off square.
    """
    other = None
    if pose.other is not None and pose.other.slant_deg <= MAX_SLANT_DEG:
        other = scale_from_sheet(
            pose.other, behind_leg_cm=behind_leg_cm, behind_leg_error_cm=behind_leg_error_cm,
            print_error=print_error, wall_gap_error_cm=wall_gap_error_cm, source=source,
        )  # fmt: skip
    if pose.slant_deg > MAX_SLANT_DEG:
        raise InputError(
            f"the sheet is seen {pose.slant_deg:.0f}° off square, and up to {MAX_SLANT_DEG:.0f}° "
            "can be measured; move the camera so that it sees the foot from the side"
        )
    to_cm = np.linalg.inv(pose.plane_px(behind_leg_cm))
    ends = np.array([[_TYPICAL_TOE_CM, 0.0], [0.0, 0.0]])
    rng = np.random.default_rng(0)
    drawn = pose.possible
    behind = behind_leg_cm + behind_leg_error_cm / _Z95 * rng.standard_normal(len(drawn))
    shift, stretch = [], []
    for wall, inward in ((0.0, 1.0), (pose.width_cm, -1.0)):
        at = ends * [inward, 1.0] + [wall, 0.0]
        for parameters, nearer in zip(drawn, behind, strict=True):
            seen_px = apply_homography(pose.plane_px(float(nearer), parameters), at)
            off = apply_homography(to_cm, seen_px)[:, 0] - at[:, 0]
            shift.append(off[0])
            stretch.append((off[1] - off[0]) / _TYPICAL_TOE_CM)
    return PlaneScale(
        source=source,
        to_cm=to_cm,
        wall_left_cm=0.0,
        wall_right_cm=pose.width_cm,
        length_error=float(np.hypot(_Z95 * np.sqrt(np.square(stretch).mean()), print_error)),
        wall_error_cm=float(np.hypot(_Z95 * np.sqrt(np.square(shift).mean()), wall_gap_error_cm)),
        slant_deg=pose.slant_deg,
        distance_cm=pose.distance_cm - behind_leg_cm,
        camera_cm=pose.camera_cm,
        other=other,
    )


# --- coarser references ---


def scale_from_points(
    first_px: Array,
    second_px: Array,
    length_cm: float,
    *,
    wall_px: Array | None = None,
    wall_on: Wall | None = None,
) -> PlaneScale:
    """The scale from two points on the floor in the foot's line, a known length apart.

    The floor is taken to run through both points. Where it rises to the wall in the picture, most
    of that is a camera behind square and the rest its roll. What is nearer to the wall is then
    further from the camera: it is taken to stand in the middle of where it may. How far these
    guesses may be off goes into the ±.

    Args:
        first_px, second_px: (2,) pixels of the two points.
        length_cm: their true distance.
        wall_px: (2,) a point where wall and floor meet; None where the wall is not known.
        wall_on: the side of the picture that the wall is at; None works it out from the points.

    Raises:
        InputError: the points coincide or the length is not a possible one.
    """
    if not 5.0 <= length_cm <= 500.0:
        raise InputError(
            f"the points' distance: expected 5 to 500 cm, got {length_cm:g}; measure it with a tape"
        )
    left, right = sorted((np.asarray(first_px, float), np.asarray(second_px, float)), key=_x)
    along = right - left
    length_px = float(np.hypot(*along))
    if length_px < 20.0:
        raise InputError(
            f"the two points lie {length_px:.0f} pixels apart: too near for a scale; "
            "take points further apart, or move the camera closer"
        )
    walls: dict[Wall, float | None] = {"left": None, "right": None}
    side: Wall | None = None
    if wall_px is not None:
        x = float((np.asarray(wall_px, float) - left) @ along) / length_px**2 * length_cm
        side = wall_on or ("right" if x > length_cm / 2 else "left")
    lean = _lean(along, side)
    cm_px = along / length_cm
    up_px = np.cos(lean) * np.array([cm_px[1], -cm_px[0]]) + np.sin(lean) * cm_px
    to_cm = np.linalg.inv(np.vstack([np.column_stack([cm_px, up_px, left]), [0.0, 0.0, 1.0]]))
    if side is not None:
        to_cm = _receding(length_cm, side) @ to_cm
        walls[side] = float(apply_homography(to_cm, np.asarray(wall_px, float))[0])
    click = _Z95 * np.sqrt(2.0) * CLICK_PX / length_px
    return PlaneScale(
        source="points",
        to_cm=to_cm,
        wall_left_cm=walls["left"],
        wall_right_cm=walls["right"],
        length_error=float(np.hypot(click, _PLACE_ERROR)),
        wall_error_cm=float(np.hypot(_Z95 * CLICK_PX * length_cm / length_px, 0.4)),
        lean_error=_LEAN_ERROR,
    )


def _lean(along_px: Array, wall: Wall | None) -> float:
    """How far the upright leans to the picture's right of what is square to the floor's line, rad.

    The camera stands on the person's side of the wall, and so a floor never looks rising away from
    it but by roll.
    """
    rise = _RISE_SHARE * float(np.arctan2(-along_px[1], along_px[0]))
    return max(rise, 0.0) if wall == "right" else min(rise, 0.0) if wall == "left" else rise


def _receding(length_cm: float, wall: Wall) -> Array:
    """(3, 3) from a plane taken as seen square to the one that goes away towards the wall.

    What lies at 0 and at ``length_cm`` stays there.
    """
    slope = np.sin(np.radians(_MID_BEHIND_DEG)) / _MID_AWAY_CM * (1.0 if wall == "right" else -1.0)
    first, last = 1.0 - slope * length_cm / 2.0, 1.0 + slope * length_cm / 2.0
    return np.array([[first, 0.0, 0.0], [0.0, first, 0.0], [-slope, 0.0, last]])


def _x(point: Array) -> float:
    return float(point[0])


def scale_from_height(body_px: float, height_cm: float, floor_px: Array) -> PlaneScale:
    """The coarse scale from a person who stands upright (science 4: 2-4%; ± 6% covers the pose).

    Args:
        body_px: from the crown to the floor while standing, pixels.
        height_cm: the person's height.
        floor_px: (2,) a point on the floor under the person.

    Raises:
        InputError: the height is not a possible one.
    """
    if not 100.0 <= height_cm <= 230.0:
        raise InputError(f"body height: expected 100 to 230 cm, got {height_cm:g}")
    per_px = height_cm / body_px
    to_cm = np.array([[per_px, 0.0, 0.0], [0.0, -per_px, 0.0], [0.0, 0.0, 1.0]])
    to_cm[:2, 2] = -to_cm[:2, :2] @ np.asarray(floor_px, float)
    lean = float(np.tan(np.radians(_Z95 * _ROLL_DEG)))
    return PlaneScale("height", to_cm, None, None, 0.06, float("nan"), lean)
