"""Where a flat reference of known size stands before the camera: the printed sheet, bare paper."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.optimize import least_squares
from scipy.spatial.transform import Rotation

from posecheck.core.pose import Array

#: Focal length over the picture's longer side, and its spread (a factor, one sigma): the main
#: lenses of phones and webcams see 55 to 75 degrees across.
_FOCAL, _FOCAL_SPREAD = 0.8, 1.22
#: How many possible poses the ± is made from.
_DRAWS = 32
#: Natural steps of the pose's parameters (log focal length, radians, cm).
_STEPS = np.array([0.1, 0.1, 0.1, 0.1, 10.0, 10.0, 30.0])


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
        other: a second pose that explains the picture nearly as well; None if there is none. Seen
            coarsely, a sheet that is turned one way looks as it does turned the other.
    """

    parameters: Array
    possible: Array
    picture_px: tuple[int, int]
    width_cm: float
    height_cm: float
    misfit_px: float
    other: SheetPose | None = None

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
#: First guesses of how far the sheet is turned from square; two poses explain it nearly alike.
_TURNS_DEG = (-20.0, 20.0)
#: A lens is at least so far above the floor.
_LENS_UP_CM = 3.0
#: A place is not believed when fewer than a tenth of what is possible around it are.
_LIKELY = 0.9
#: Two poses are not the same when their cameras are further apart than this share of the distance;
#: one that costs more than this beyond the best is not believed (chi-square of 30).
_ELSEWHERE, _MOST_DEARER = 0.05, 15.0


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
    fit = _Fit(plane_cm, corners_px, picture_px, size_cm)
    fits = [fit.best(turn_deg, corner_px) for turn_deg in _TURNS_DEG]
    found = [(one, fit.pose(one)) for one in sorted(fits, key=lambda one: one.cost)]
    found = [(one, pose) for one, pose in found if fit.above_floor(pose)] or found
    (best, pose), *others = found
    other = next((pose for one, pose in others if fit.rivals(one, best)), None)
    return replace(pose, other=other)


@dataclass(frozen=True, slots=True)
class _Fitted:
    """A pose that explains the corners, how well they are known, and what it costs to believe it
    (half the sum of squares, in units of their spread)."""

    parameters: Array
    sigma_px: float
    misfit_px: float
    cost: float


@dataclass(frozen=True, slots=True)
class _Fit:
    """Fitting the pose and focal length of a flat reference; see :func:`fit_sheet_pose`."""

    plane_cm: Array
    corners_px: Array
    picture_px: tuple[int, int]
    size_cm: tuple[float, float]

    def best(self, turn_deg: float, corner_px: float) -> _Fitted:
        """The pose that is reached from a first guess turned so far about the upright."""
        start = _start(self.plane_cm, self.corners_px, self.picture_px, turn_deg)
        solved = self._solve(start, self.corners_px, corner_px, self._usual)
        # Only once it is known how badly the corners fit, the usual lens has its due weight.
        sigma = max(corner_px, self._misfit_px(solved.x) / np.sqrt(2.0))
        solved = self._solve(
            solved.x, self.corners_px, sigma, self._usual, method="trf", loss="huber", f_scale=2.0
        )
        return _Fitted(solved.x, sigma, self._misfit_px(solved.x), float(solved.cost))

    def _drawn(self, fitted: _Fitted, rng: np.random.Generator) -> Array:
        """Parameters under which the picture might have come about as well."""
        sigma = fitted.sigma_px
        corners = self.corners_px + rng.normal(0.0, sigma, self.corners_px.shape)
        lens = self._usual + rng.normal(0.0, np.log(_FOCAL_SPREAD))
        solved = self._solve(fitted.parameters, corners, sigma, lens, ftol=1e-3, xtol=1e-3)
        parameters: Array = solved.x
        return parameters

    def above_floor(self, pose: SheetPose) -> bool:
        """Whether the camera may stand above the floor that the sheet stands on."""
        heights = [replace(pose, parameters=p).camera_cm[1] for p in pose.possible]
        return float(np.quantile(heights, _LIKELY)) > _LENS_UP_CM

    def rivals(self, one: _Fitted, best: _Fitted) -> bool:
        """Whether a fit sees the camera elsewhere than the best one, and may be true as well."""
        places = [self.pose(fitted, draws=1) for fitted in (one, best)]
        apart = np.subtract(places[0].camera_cm, places[1].camera_cm)
        elsewhere = np.hypot(*apart) > _ELSEWHERE * places[1].distance_cm
        return bool(elsewhere and one.cost - best.cost < _MOST_DEARER)

    def pose(self, fitted: _Fitted, draws: int = _DRAWS) -> SheetPose:
        """The pose with others that might be true, drawn around it."""
        rng = np.random.default_rng(0)
        possible = np.array([self._drawn(fitted, rng) for _ in range(draws)])
        return SheetPose(
            fitted.parameters, possible, self.picture_px, *self.size_cm, fitted.misfit_px
        )

    @property
    def _usual(self) -> float:
        return float(np.log(_FOCAL * max(self.picture_px)))

    def _off_px(self, p: Array, corners: Array) -> Array:
        axes = Rotation.from_rotvec(p[1:4]).as_matrix()
        seen = self.plane_cm @ axes[:, :2].T + p[4:7]
        off: Array = (
            np.exp(p[0]) * seen[:, :2] / seen[:, 2:] + np.array(self.picture_px) / 2.0 - corners
        )
        return off

    def _misfit_px(self, p: Array) -> float:
        return float(np.sqrt((self._off_px(p, self.corners_px) ** 2).sum(axis=1).mean()))

    def _solve(
        self, start: Array, corners: Array, sigma: float, lens: float, **options: Any
    ) -> Any:
        def residuals(p: Array) -> Array:
            return np.append(
                self._off_px(p, corners).ravel() / sigma, (p[0] - lens) / np.log(_FOCAL_SPREAD)
            )

        return least_squares(residuals, start, **{"method": "lm", "x_scale": _STEPS, **options})


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
