"""Light and surroundings: what a room is, and its floor and wall textures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter

from lab.rotations import Array


@dataclass(frozen=True)
class Room:
    """Light and surroundings.

    Attributes:
        key_from_deg: azimuth of the main light, 0 from the camera, positive from its right.
        key_height_deg: elevation of the main light. key, fill, ambient: strengths, about 0..1.
        floor, wall: ``wood``, ``mat`` or ``plain`` floor; ``plain``, ``panels`` or ``brick`` wall.
        wall_colour, floor_colour: sRGB hex. wall_turn_deg: turn of the back wall from head-on.
    """

    key_from_deg: float = 35.0
    key_height_deg: float = 52.0
    key: float = 0.75
    fill: float = 0.28
    ambient: float = 0.30
    floor: str = "wood"
    wall: str = "panels"
    wall_colour: str = "#c9d1cc"
    floor_colour: str = "#b98f63"
    wall_turn_deg: float = 12.0
    wall_distance_m: float = 1.9


def _rgb(colour: str) -> Array:
    return np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)], float)


def floor_texture(kind: str, colour: str) -> np.ndarray:
    """(512, 512, 3) uint8 of a 2 x 2 m tile of floor."""
    base = _rgb(colour)
    rng = np.random.default_rng(4)
    shade = np.ones((512, 512))
    if kind == "wood":
        for row in range(8):  # eight boards, each cut once
            cut = int(rng.integers(60, 450))
            rows = slice(64 * row, 64 * row + 64)
            shade[rows, :cut] = rng.uniform(0.86, 1.06)
            shade[rows, cut:] = rng.uniform(0.86, 1.06)
            grain = gaussian_filter(rng.normal(size=(64, 512)), (0.8, 18), mode="wrap")
            shade[rows] += 0.035 * grain / grain.std()
            shade[64 * row, :] *= 0.72
            shade[rows, cut] *= 0.72
    else:
        speck = gaussian_filter(rng.normal(size=(512, 512)), 1.2, mode="wrap")
        shade += 0.025 * speck / speck.std()
    return np.clip(shade[..., None] * base, 0, 255).astype(np.uint8)


def wall_texture(kind: str, colour: str) -> np.ndarray:
    """(870, 400, 3) uint8 of a 2 m wide, 4.35 m high piece of wall, top row first."""
    base = _rgb(colour)
    rng = np.random.default_rng(9)
    rows = 870
    shade = np.ones((rows, 400)) * np.linspace(1.06, 0.93, rows)[:, None]
    speck = gaussian_filter(rng.normal(size=(rows, 400)), 2.0, mode="wrap")
    shade += 0.006 * speck / speck.std()
    if kind == "panels":  # a dado: a rail 1.4 m up and panels under it
        rail = rows - 280
        shade[rail : rail + 4, :] *= 0.86
        shade[rail + 10 :, :] *= 0.93
        shade[rail + 10 :, 198:202] *= 0.92
    elif kind == "brick":
        for row in range(rows // 20):
            y = 20 * row
            shade[y : y + 2, :] *= 0.8
            for x in range(0, 400, 50):
                left = (x + 25 * (row % 2)) % 400
                shade[y : y + 20, left : left + 2] *= 0.8
                shade[y + 2 : y + 20, left + 2 : left + 50] *= rng.uniform(0.9, 1.05)
    return np.clip(shade[..., None] * base, 0, 255).astype(np.uint8)
