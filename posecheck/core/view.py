"""From where the camera sees the body, and whether that view carries a measure.

Yaw convention: 0 the body faces the camera, +90 it faces the image's right, -90 the image's left,
180 it faces away.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from posecheck.core.geometry import wrap_deg
from posecheck.core.pose import Array, Landmark
from posecheck.core.terms import Plane

L = Landmark
Facing = Literal["left", "right", "front", "back", "oblique", "unknown"]

#: Upper edges of the view bands that errors are tabulated in; beyond the last, not measured.
VIEW_BANDS_DEG: tuple[float, ...] = (15.0, 35.0, 60.0)
_SMOOTH_S = 1.0
#: Length of the mean direction of hips and shoulders over a second, 1 where all agree. Bodies that
#: are seen well stay above 0.9, twisted ones too; of a man whose pelvis was turned back to front by
#: the model it fell to 0.2.
AGREEMENT = 0.7


@dataclass(frozen=True)
class View:
    """The view in every frame.

    Attributes:
        yaw_deg: (n,) body yaw to the camera, smoothed over about a second; NaN if unseen.
    """

    yaw_deg: Array

    @cached_property
    def forward(self) -> Array:
        """(n,) +1 where the body's front is the image's right, else -1."""
        return np.where(np.sin(np.radians(self.yaw_deg)) >= 0, 1.0, -1.0)

    def offset_deg(self, plane: Plane) -> Array:
        """(n,) how far the camera stands off the view that ``plane`` needs, 0..90 degrees."""
        if plane == "side":
            return self._off_side_deg
        if plane == "front":
            return self._off_front_deg
        return 0.0 * self.yaw_deg

    @cached_property
    def _off_side_deg(self) -> Array:
        return np.abs(90.0 - np.abs(self.yaw_deg))

    @cached_property
    def _off_front_deg(self) -> Array:
        yaw = np.abs(self.yaw_deg)
        return np.minimum(yaw, 180.0 - yaw)


def body_yaw_deg(world_m: Array) -> Array:
    """Yaw of the body per frame from the hip and shoulder lines of the world landmarks.

    Args:
        world_m: (n, 33, 3) metres, x right, y down, z away from the camera.

    Returns:
        (n,) degrees, the convention of this module. The right-to-left line points to +x when the
        body faces the camera and to +z when it faces the image's right.
    """
    sine, cosine = _heading(world_m)
    yaw: Array = np.degrees(np.arctan2(sine, cosine))
    return yaw


def _heading(world_m: Array) -> tuple[Array, Array]:
    """(n,) sine and cosine of the yaw, hips and shoulders equally weighed.

    Shorter than 1 together where these face apart.
    """
    lines = (
        world_m[:, L.LEFT_HIP] - world_m[:, L.RIGHT_HIP],
        world_m[:, L.LEFT_SHOULDER] - world_m[:, L.RIGHT_SHOULDER],
    )
    x, z = (np.stack([line[:, axis] for line in lines]) for axis in (0, 2))
    length = np.maximum(np.hypot(x, z), 1e-9)
    return (z / length).mean(axis=0), (x / length).mean(axis=0)


def estimate_view(t_s: Array, world_m: Array) -> View:
    """View per frame; the yaw is averaged on the circle over about a second around each frame.

    Where hips, shoulders and the frames of that second do not agree (``AGREEMENT``), as when the
    model takes a body's front for its back, the yaw is unknown.
    """
    from scipy import ndimage  # 0.3 s to load: the moves' schema needs the bands above only

    sine, cosine = _heading(world_m)
    ok = np.isfinite(sine + cosine)
    if not ok.any():
        return View(np.full(len(t_s), np.nan))
    step_s = float(np.median(np.diff(t_s))) if len(t_s) > 1 else _SMOOTH_S
    size = max(1, round(_SMOOTH_S / step_s) | 1)
    total, sine, cosine = (
        ndimage.uniform_filter1d(np.where(ok, values, 0.0).astype(float), size, mode="nearest")
        for values in (ok, sine, cosine)
    )
    agree = np.hypot(sine, cosine) >= AGREEMENT * total
    known = ok & (total > 0) & agree
    return View(np.where(known, np.degrees(np.arctan2(sine, cosine)), np.nan))


def typical_yaw_deg(yaw_deg: Array) -> float:
    """Circular median-like yaw of a clip, degrees; NaN if never seen."""
    yaw = yaw_deg[np.isfinite(yaw_deg)]
    if yaw.size == 0:
        return float("nan")
    mean = np.degrees(np.arctan2(np.sin(np.radians(yaw)).mean(), np.cos(np.radians(yaw)).mean()))
    return float(wrap_deg(mean + np.median(wrap_deg(yaw - mean))))


def facing_of(yaw_deg: float) -> Facing:
    """The word for a yaw; within 35 degrees of an axis it gets that axis's name."""
    if not np.isfinite(yaw_deg):
        return "unknown"
    edge = VIEW_BANDS_DEG[1]
    names: tuple[tuple[float, Facing], ...] = (
        (0.0, "front"), (90.0, "right"), (-90.0, "left"), (180.0, "back"),
    )  # fmt: skip
    for axis_deg, name in names:
        if abs(float(wrap_deg(np.asarray(yaw_deg - axis_deg)))) <= edge:
            return name
    return "oblique"
