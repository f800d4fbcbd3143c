"""Pictures of the printed sheet through a pinhole camera, with everything about them known."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from posecheck.calibrate.sheet import sheet_picture

_TEXTURE_PX_PER_CM = 20.0
_FINER = 3


@dataclass(frozen=True)
class Scene:
    """A sheet upright on the floor; cm, x along the floor, y up, z towards the camera.

    The sheet's lower left corner is the origin. The camera looks from ``azimuth_deg`` off square.
    """

    width_px: int = 1280
    height_px: int = 720
    focal: float = 0.82
    distance_cm: float = 260.0
    azimuth_deg: float = 0.0
    height_cm: float = 50.0
    roll_deg: float = 0.0
    aim_cm: tuple[float, float] = (-20.0, 60.0)
    paper: str = "a4"
    printed: float = 1.0
    turn_deg: float = 0.0

    @property
    def matrix(self) -> np.ndarray:
        """(3, 4) from (x, y, z, 1) cm to pixels counted from the picture's corner."""
        azimuth = np.radians(self.azimuth_deg)
        aim = np.array([*self.aim_cm, 0.0])
        position = aim + self.distance_cm * np.array([np.sin(azimuth), 0.0, np.cos(azimuth)])
        position[1] = self.height_cm
        forward = (aim - position) / np.linalg.norm(aim - position)
        right = np.cross(forward, [0.0, 1.0, 0.0])
        right /= np.linalg.norm(right)
        down = np.cross(forward, right)
        roll = np.radians(self.roll_deg)
        rows = np.stack(
            [
                np.cos(roll) * right - np.sin(roll) * down,
                np.sin(roll) * right + np.cos(roll) * down,
                forward,
            ]
        )
        focal_px = self.focal * max(self.width_px, self.height_px)
        k = np.array(
            [[focal_px, 0, self.width_px / 2], [0, focal_px, self.height_px / 2], [0, 0, 1]]
        )
        matrix: np.ndarray = k @ np.column_stack([rows, -rows @ position])
        return matrix

    def px(self, points_cm: np.ndarray) -> np.ndarray:
        """(n, 2) pixels of (n, 3) points."""
        points = np.column_stack([points_cm, np.ones(len(points_cm))]) @ self.matrix.T
        result: np.ndarray = points[:, :2] / points[:, 2:]
        return result

    def picture(
        self, *, blur_px: float = 0.6, noise: float = 2.0, ground: int = 120, seed: int = 0
    ) -> np.ndarray:
        """(h, w) grey picture."""
        texture, width_cm, height_cm = sheet_picture(self.paper, _TEXTURE_PX_PER_CM)
        if self.printed != 1.0:
            texture = _reprinted(texture, self.printed)
        texture = np.rot90(texture, round(-self.turn_deg / 90.0) % 4)
        if self.turn_deg % 180:
            width_cm, height_cm = height_cm, width_cm
        h, w = texture.shape
        corners = np.array([[0, 0], [w, 0], [w, h], [0, h]], np.float32)
        plane = np.array(
            [[0, height_cm, 0], [width_cm, height_cm, 0], [width_cm, 0, 0], [0, 0, 0]], float
        )
        target = (self.px(plane) * _FINER).astype(np.float32)
        # warpPerspective counts from pixel centres, the scene from corners.
        warp = cv2.getPerspectiveTransform(corners - 0.5, target - 0.5)
        size = (self.width_px * _FINER, self.height_px * _FINER)
        large = np.full(size[::-1], ground, np.uint8)
        scaled = cv2.GaussianBlur(texture, (0, 0), 1.2)
        large = cv2.warpPerspective(
            scaled, warp, size, dst=large, flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_TRANSPARENT,
        )  # fmt: skip
        small = cv2.resize(large, (self.width_px, self.height_px), interpolation=cv2.INTER_AREA)
        if blur_px:
            small = cv2.GaussianBlur(small, (0, 0), blur_px)
        rng = np.random.default_rng(seed)
        shaken = 0.75 * small.astype(float) + 25 + rng.normal(0.0, noise, small.shape)
        result: np.ndarray = np.clip(np.rint(shaken), 0, 255).astype(np.uint8)
        return result


def _reprinted(texture: np.ndarray, scale: float) -> np.ndarray:
    """The same paper with its print scaled about its centre, as fitting to the page does."""
    h, w = texture.shape
    about = cv2.getRotationMatrix2D(((w - 1) / 2, (h - 1) / 2), 0.0, scale)
    result: np.ndarray = cv2.warpAffine(
        texture, about, (w, h), flags=cv2.INTER_LINEAR, borderValue=255
    )
    return result
