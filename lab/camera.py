"""A pinhole camera around the person, and its projection.

``azimuth_deg`` is the facing yaw of a body with ``pelvis_turn_deg == 0`` relative to the camera:
0 the body faces the camera, +90 it faces the image's right, -90 the image's left, 180 away.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from lab.errors import LabError, unknown_name
from lab.rotations import UP, Array, unit

DATA = Path(__file__).with_name("data")


@dataclass(frozen=True)
class Camera:
    """Where the camera stands and what it records.

    Attributes:
        azimuth_deg: see the module; height_m: lens above the floor; distance_m: to the person
            (a person above 1.72 m is filmed from proportionally further away).
        fov_deg: vertical angle of view; roll_deg: clockwise turn of the picture's content.
        aim_height_m: height of the point in the middle of the picture; NaN picks the body's middle.
        aim_left_m: aim beside the person, to the image's left, metres.
        width_px, height_px, fps: the clip's format. vfr: jitter the frame times like a phone.
    """

    azimuth_deg: float = 0.0
    height_m: float = 1.1
    distance_m: float = 3.2
    fov_deg: float = 38.0
    roll_deg: float = 0.0
    aim_height_m: float = float("nan")
    aim_left_m: float = 0.0
    width_px: int = 960
    height_px: int = 540
    fps: float = 30.0
    vfr: bool = False

    def check(self) -> None:
        """Raise ``LabError`` for a camera that cannot be built."""
        for name, low, high in (
            ("height_m", 0.05, 3.5),
            ("distance_m", 1.0, 12.0),
            ("fov_deg", 8.0, 110.0),
            ("roll_deg", -45.0, 45.0),
            ("fps", 5.0, 120.0),
            ("width_px", 64, 3840),
            ("height_px", 64, 3840),
        ):
            value = getattr(self, name)
            if not low <= value <= high:
                raise LabError(f"camera: {name} = {value:g} is outside {low:g}..{high:g}")
        if self.width_px % 2 or self.height_px % 2:
            raise LabError("camera: width_px and height_px must be even for yuv420p video")


@dataclass(frozen=True)
class View:
    """A camera in place. World metres, z up; pixels x right, y down, (0, 0) the top left corner.

    Attributes:
        position_m: (3,) the lens. rotation: (3, 3) world to camera, rows right, down, forward.
        focal_px: focal length in pixels; centre_px: (2,) principal point.
    """

    position_m: Array
    rotation: Array
    focal_px: float
    centre_px: Array

    @property
    def matrix(self) -> Array:
        """(3, 4): pixel homogeneous = matrix @ (x, y, z, 1) metres."""
        k = np.array(
            [
                [self.focal_px, 0, self.centre_px[0]],
                [0, self.focal_px, self.centre_px[1]],
                [0, 0, 1.0],
            ]
        )
        return k @ np.column_stack([self.rotation, -self.rotation @ self.position_m])

    def project(self, points_m: Array) -> Array:
        """(..., 2) pixels of (..., 3) world points; NaN behind the camera."""
        seen = (points_m - self.position_m) @ self.rotation.T
        depth = np.where(seen[..., 2:] > 1e-6, seen[..., 2:], np.nan)
        return self.focal_px * seen[..., :2] / depth + self.centre_px


def place_camera(camera: Camera, subject_m: Array) -> View:
    """Put the camera around ``subject_m`` (the body's middle over the clip)."""
    camera.check()
    azimuth = np.radians(camera.azimuth_deg)
    out = np.array([-np.sin(azimuth), -np.cos(azimuth), 0.0])
    aim = np.array(subject_m, float)
    if np.isfinite(camera.aim_height_m):
        aim[2] = camera.aim_height_m
    position = np.array([subject_m[0], subject_m[1], 0.0]) + camera.distance_m * out
    position[2] = camera.height_m
    aim = aim - camera.aim_left_m * np.cross(-out, UP)
    forward = unit(aim - position)
    right = unit(np.cross(forward, UP))
    down = np.cross(forward, right)
    roll = np.radians(camera.roll_deg)
    rolled_right = np.cos(roll) * right - np.sin(roll) * down
    rolled_down = np.sin(roll) * right + np.cos(roll) * down
    focal = 0.5 * camera.height_px / np.tan(0.5 * np.radians(camera.fov_deg))
    centre = 0.5 * np.array([camera.width_px, camera.height_px], float)
    return View(position, np.stack([rolled_right, rolled_down, forward]), float(focal), centre)


@cache
def cameras() -> dict[str, dict[str, Any]]:
    """Name -> camera fields, from ``data/cameras.toml``."""
    with (DATA / "cameras.toml").open("rb") as file:
        return tomllib.load(file)


def camera_named(name: str, **changes: Any) -> Camera:
    """A camera of the data file with some fields changed."""
    if name not in cameras():
        raise unknown_name("camera", name, cameras())
    row = {**cameras()[name], **changes}
    known = [f.name for f in fields(Camera)]
    for key in row:
        if key not in known:
            raise unknown_name("field of camera", key, known)
    return Camera(**row)
