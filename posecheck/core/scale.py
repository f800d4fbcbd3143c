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
from scipy.optimize import least_squares
from scipy.spatial.transform import Rotation

from posecheck.core.errors import InputError
from posecheck.core.pose import Array

Source = Literal["sheet", "paper", "points", "height"]
Wall = Literal["left", "right"]

#: Focal length over the picture's longer side, and its spread (a factor, one sigma): the main
#: lenses of phones and webcams see 55 to 75 degrees across.
_FOCAL, _FOCAL_SPREAD = 0.8, 1.22
#: How many possible poses the ± is made from.
_DRAWS = 32
#: Natural steps of the pose's parameters (log focal length, radians, cm).
_STEPS = np.array([0.1, 0.1, 0.1, 0.1, 10.0, 10.0, 30.0])
#: Cameras further off the leg's plane than this give no centimetres.
MAX_SLANT_DEG = 40.0
#: What a length between two clicked points may be off, pixels each, one sigma.
CLICK_PX = 1.5
_Z95 = 1.96
#: Where the error is worked out: a toe this far from the wall.
_TYPICAL_TOE_CM = 12.0


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
        slant_deg: how far the camera is off square to the plane; NaN where not known.
        distance_cm: from the camera to the plane; NaN where not known.
        camera_cm: where in the plane the camera stands square before it; None where not known.
    """

    source: Source
    to_cm: Array
    wall_left_cm: float | None
    wall_right_cm: float | None
    length_error: float
    wall_error_cm: float
    slant_deg: float = float("nan")
    distance_cm: float = float("nan")
    camera_cm: tuple[float, float] | None = None

    def behind(self, at_cm: float) -> float:
        """How far to the picture's left of a point the camera stands, over its distance: the
        tangent of how far off square the point is seen; 0 where not known."""
        if self.camera_cm is None:
            return 0.0
        return (at_cm - self.camera_cm[0]) / self.distance_cm

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values, to be kept beside the landmarks; unknown numbers are None."""
        values = {name: getattr(self, name) for name in self.__slots__}
        plain = {k: None if v != v else v for k, v in values.items() if k != "to_cm"}
        return {**plain, "to_cm": self.to_cm.tolist()}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> PlaneScale:
        """What :meth:`as_dict` gave."""
        unknown = {k: float("nan") for k in ("slant_deg", "distance_cm", "wall_error_cm")}
        known = {k: v for k, v in values.items() if v is not None or k not in unknown}
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
        return replace(self, to_cm=self.to_cm @ np.diag([1.0 / factor, 1.0 / factor, 1.0]))

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


def apply_homography(matrix: Array, points: Array) -> Array:
    """(..., 2) points mapped by a (3, 3) homography."""
    points = np.asarray(points, dtype=float)
    ones = np.ones((*points.shape[:-1], 1))
    mapped = np.concatenate([points, ones], axis=-1) @ matrix.T
    result: Array = mapped[..., :2] / mapped[..., 2:]
    return result


def fit_homography(source: Array, target: Array) -> Array:
    """(3, 3) least-squares homography from (n, 2) to (n, 2) points, n >= 4 (normalised DLT).

    Source: Hartley and Zisserman, Multiple View Geometry, algorithm 4.2.
    """
    s, s_norm = _normalised(source)
    t, t_norm = _normalised(target)
    zero, one = np.zeros((len(s), 3)), np.ones((len(s), 1))
    sh = np.hstack([s, one])
    rows = np.vstack([np.hstack([sh, zero, -t[:, :1] * sh]), np.hstack([zero, sh, -t[:, 1:] * sh])])
    matrix = np.linalg.svd(rows)[2][-1].reshape(3, 3)
    result: Array = np.linalg.inv(t_norm) @ matrix @ s_norm
    result /= result[2, 2]
    return result


def _normalised(points: Array) -> tuple[Array, Array]:
    """Points about their mean at a mean distance of sqrt 2, and the matrix that does it."""
    mean = points.mean(axis=0)
    spread = np.sqrt(2.0) / max(float(np.hypot(*(points - mean).T).mean()), 1e-12)
    matrix = np.array([[spread, 0, -spread * mean[0]], [0, spread, -spread * mean[1]], [0, 0, 1]])
    return (points - mean) * spread, matrix


# --- a flat reference of known shape: the printed sheet, or bare paper ---


@dataclass(frozen=True, slots=True)
class SheetPose:
    """Where a flat reference stands before the camera.

    Attributes:
        parameters: (7,) log of the focal length in pixels, rotation vector, place of the lower left
            corner in cm (camera: x right, y down, z ahead).
        possible: (n, 7) parameters that would explain the picture as well, given the corners'
            scatter and the spread of usual lenses.
        picture_px: width and height of the picture.
        width_cm, height_cm: size of the reference; its lower left corner is the plane's origin.
        misfit_px: root mean square distance of the corners from the fit.
    """

    parameters: Array
    possible: Array
    picture_px: tuple[int, int]
    width_cm: float
    height_cm: float
    misfit_px: float

    @property
    def focal_px(self) -> float:
        """Focal length that fits best."""
        return float(np.exp(self.parameters[0]))

    def plane_px(self, nearer_cm: float, parameters: Array | None = None) -> Array:
        """(3, 3) homography from cm (x right, y up) of the parallel plane ``nearer_cm`` nearer to
        the camera to pixels."""
        p = self.parameters if parameters is None else parameters
        axes = Rotation.from_rotvec(p[1:4]).as_matrix()
        matrix = np.column_stack([axes[:, 0], axes[:, 1], p[4:7] + nearer_cm * axes[:, 2]])
        result: Array = self._lens(p) @ matrix
        return result

    @property
    def camera_cm(self) -> tuple[float, float]:
        """The point of the plane that the camera stands square before."""
        axes = Rotation.from_rotvec(self.parameters[1:4]).as_matrix()
        x, y, _ = -axes.T @ self.parameters[4:7]
        return float(x), float(y)

    def _lens(self, parameters: Array) -> Array:
        """(3, 3) from camera cm to pixels; the lens points at the picture's middle."""
        width, height = self.picture_px
        focal = np.exp(parameters[0])
        return np.array([[focal, 0, width / 2], [0, focal, height / 2], [0, 0, 1.0]])

    @property
    def slant_deg(self) -> float:
        """Angle between the line of sight to the sheet's middle and the plane's normal."""
        axes = Rotation.from_rotvec(self.parameters[1:4]).as_matrix()
        middle = (
            self.parameters[4:7]
            + axes[:, 0] * self.width_cm / 2 + axes[:, 1] * self.height_cm / 2
        )  # fmt: skip
        cosine = -float(middle @ axes[:, 2]) / float(np.linalg.norm(middle))
        return float(np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))))

    @property
    def distance_cm(self) -> float:
        """From the camera to the plane, along its normal."""
        axes = Rotation.from_rotvec(self.parameters[1:4]).as_matrix()
        return abs(float(self.parameters[4:7] @ axes[:, 2]))


#: Corners of a sheet are found this well at best, pixels, one sigma.
_CORNER_PX = 0.08


def fit_sheet_pose(
    plane_cm: Array,
    corners_px: Array,
    picture_px: tuple[int, int],
    size_cm: tuple[float, float],
    corner_px: float = _CORNER_PX,
) -> SheetPose:
    """The pose and focal length under which a flat reference looks as it does.

    Seen square on, every focal length fits: what lenses are usual then decides, and the covariance
    says how little is known.

    Args:
        plane_cm: (n, 2) corners on the reference, cm, x right and y up from its lower left corner.
        corners_px: (n, 2) the same corners in the picture; the lens points at its middle.
        corner_px: how well they are known at least, pixels, one sigma.
    """
    usual = float(np.log(_FOCAL * max(picture_px)))
    middle = np.array(picture_px) / 2.0

    def fit(start: Array, corners: Array, lens: float, **tolerance: Any) -> Any:
        def residuals(p: Array) -> Array:
            axes = Rotation.from_rotvec(p[1:4]).as_matrix()
            seen = plane_cm @ axes[:, :2].T + p[4:7]
            px = np.exp(p[0]) * seen[:, :2] / seen[:, 2:] + middle
            off = ((px - corners) / corner_px).ravel()
            return np.append(off, (p[0] - lens) / np.log(_FOCAL_SPREAD))

        return least_squares(residuals, start, method="lm", x_scale=_STEPS, **tolerance)

    starts = [_start(plane_cm, corners_px, picture_px, turn_deg) for turn_deg in (-20.0, 20.0)]
    best = min((fit(start, corners_px, usual) for start in starts), key=lambda found: found.cost)
    misfit = float(np.sqrt((best.fun[:-1] ** 2).mean() * 2.0)) * corner_px
    rng = np.random.default_rng(0)
    sigma = max(corner_px, misfit / np.sqrt(2.0))
    possible = [
        fit(
            best.x,
            corners_px + rng.normal(0.0, sigma, corners_px.shape),
            usual + rng.normal(0.0, np.log(_FOCAL_SPREAD)),
            ftol=1e-3,
            xtol=1e-3,
        ).x
        for _ in range(_DRAWS)
    ]
    return SheetPose(best.x, np.array(possible), picture_px, size_cm[0], size_cm[1], misfit)


def _start(
    plane_cm: Array, corners_px: Array, picture_px: tuple[int, int], turn_deg: float
) -> Array:
    """A first guess: seen nearly square on, at the distance that its size tells."""
    focal = _FOCAL * max(picture_px)
    spread_cm = np.hypot(*(plane_cm - plane_cm.mean(axis=0)).T).mean()
    spread_px = np.hypot(*(corners_px - corners_px.mean(axis=0)).T).mean()
    depth = focal * spread_cm / spread_px
    upright = Rotation.from_matrix(np.diag([1.0, -1.0, -1.0]))
    turn = Rotation.from_rotvec([0.0, np.radians(turn_deg), 0.0]) * upright
    axes = turn.as_matrix()
    centre = np.append((corners_px.mean(axis=0) - np.array(picture_px) / 2) * depth / focal, depth)
    place = centre - axes[:, :2] @ plane_cm.mean(axis=0)
    return np.concatenate([[np.log(focal)], turn.as_rotvec(), place])


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

    Args:
        behind_leg_cm: how much further from the camera the sheet stands than the leg's middle
            (negative: nearer).
        behind_leg_error_cm: ± (95%) of that.
        print_error: ± of the printed size as a share (a printer's own inaccuracy).
        wall_gap_error_cm: ± of "its edge touches the wall".

    Raises:
        InputError: the camera is too far off square.
    """
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

    The floor is taken to run through both points and the camera to look level and square: how far
    it may be off goes into the ± (20 degrees off at 2.5 m change the scale by 1.4% over 10 cm).

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
    cosine, sine = along / length_px * (length_cm / length_px)
    to_cm = np.array([[cosine, sine, 0.0], [sine, -cosine, 0.0], [0.0, 0.0, 1.0]])
    to_cm[:2, 2] = -to_cm[:2, :2] @ left
    walls: dict[Wall, float | None] = {"left": None, "right": None}
    if wall_px is not None:
        x = float(apply_homography(to_cm, wall_px)[0])
        walls[wall_on or ("right" if x > length_cm / 2 else "left")] = x
    click = _Z95 * np.sqrt(2.0) * CLICK_PX / length_px
    return PlaneScale(
        source="points",
        to_cm=to_cm,
        wall_left_cm=walls["left"],
        wall_right_cm=walls["right"],
        length_error=float(np.hypot(click, 0.025)),
        wall_error_cm=float(np.hypot(_Z95 * CLICK_PX * length_cm / length_px, 0.4)),
    )


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
    return PlaneScale("height", to_cm, None, None, 0.06, float("nan"))
