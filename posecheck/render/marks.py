"""Where an angle is drawn: from a measure's column name and the landmarks to lines and an arc.

This only shows which angle is meant. The number written beside it comes from the engine, which
corrects for view and neutral posture; the picture does not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from posecheck.core.pose import Landmark

Point = npt.NDArray[np.floating[Any]]
Segment = tuple[Point, Point]

_UP = np.array([0.0, -1.0])
_DOWN = np.array([0.0, 1.0])
#: An arc wider than this holds its number inside.
_ROOMY_DEG = 55.0
_SIDE_GAP = 1.5
#: Arc radius on a whole leg, as a share of it: about half of the thigh, as elsewhere.
_LONG = 0.22
_NOWHERE = np.array([np.nan, np.nan])


@dataclass(frozen=True, slots=True)
class Arc:
    """An arc in image degrees (0 to the right, clockwise on screen), shorter way round."""

    center: Point
    radius_px: float
    start_deg: float
    sweep_deg: float


@dataclass(frozen=True, slots=True)
class Mark:
    """Lines that show a measure, in pixels, and where its number goes.

    Attributes:
        dashed: the reference the angle is measured from.
        solid: the limb that moves.
        arc: the angle between them, None for a distance.
        label: centre of the number.
    """

    dashed: Segment
    solid: Segment
    arc: Arc | None
    label: Point


def split_column(column: str) -> tuple[str, str | None, str]:
    """``hip_flexion_left_deg`` as ("hip_flexion", "left", "deg"); side None for both sides."""
    stem, _, unit = column.rpartition("_")
    for side in ("left", "right"):
        if stem.endswith(f"_{side}"):
            return stem.removesuffix(f"_{side}"), side, unit
    return stem, None, unit


def mark_for(column: str, image_px: Point, gap_px: float) -> Mark | None:
    """The mark of ``column`` on (33, 2) landmarks, or None if unknown or a landmark is missing.

    ``gap_px`` is how far the number keeps from the arc.
    """
    stem, side, _ = split_column(column)
    shape = _SHAPES.get(stem)
    if shape is None:
        return None
    mark = shape(_Body(image_px, side), gap_px)
    return mark if np.all(np.isfinite(mark.label)) else None


class _Body:
    """Landmarks of one side by short name; the middle of both where no side is asked for."""

    def __init__(self, image_px: Point, side: str | None) -> None:
        self._image_px = image_px
        self._side = side

    def __call__(self, joint: str) -> Point:
        if self._side is None:
            return (self.on("LEFT", joint) + self.on("RIGHT", joint)) / 2
        return self.on(self._side.upper(), joint)

    def other(self, joint: str) -> Point:
        return self.on("LEFT" if self._side == "right" else "RIGHT", joint)

    def on(self, side: str, joint: str) -> Point:
        point: Point = self._image_px[Landmark[f"{side}_{joint}"]]
        return point


def _angle(vertex: Point, reference: Point, tip: Point, gap_px: float, reach: float = 0.42) -> Mark:
    """Angle at ``vertex`` from the direction ``reference`` to the point ``tip``.

    ``reach`` is the arc's radius as a share of the limb.
    """
    limb = tip - vertex
    length = float(np.hypot(*limb))
    size = float(np.hypot(*reference))
    if not (np.isfinite(length) and np.isfinite(size)) or length < 1 or size < 1e-6:
        return Mark((vertex, vertex), (vertex, tip), None, _NOWHERE)
    unit = reference / size
    start = float(np.degrees(np.arctan2(unit[1], unit[0])))
    end = float(np.degrees(np.arctan2(limb[1], limb[0])))
    sweep = (end - start + 180) % 360 - 180
    radius = reach * length
    arc = Arc(vertex, radius, start, sweep)
    if abs(sweep) > _ROOMY_DEG:
        middle = np.radians(start + sweep / 2)
        label = vertex + np.array([np.cos(middle), np.sin(middle)]) * (radius + gap_px)
    else:
        # No room between the lines: the number goes to the far side of the limb.
        along = limb / length
        outward = np.array([-along[1], along[0]]) * (1.0 if sweep >= 0 else -1.0)
        label = vertex + along * radius + outward * gap_px * _SIDE_GAP
    return Mark((vertex, vertex + unit * length * 0.9), (vertex, tip), arc, label)


def _hip_flexion(b: _Body, gap: float) -> Mark:
    return _angle(b("HIP"), b("HIP") - b("SHOULDER"), b("KNEE"), gap)


def _hip_abduction(b: _Body, gap: float) -> Mark:
    across = b("HIP") - b.other("HIP")
    down = np.array([-across[1], across[0]])
    return _angle(b("HIP"), down if down[1] >= 0 else -down, b("ANKLE"), gap, _LONG)


def _leg_raise(b: _Body, gap: float) -> Mark:
    return _angle(b("HIP"), _DOWN, b("ANKLE"), gap, _LONG)


def _thigh_raise(b: _Body, gap: float) -> Mark:
    return _angle(b("HIP"), _DOWN, b("KNEE"), gap)


def _pelvis(b: _Body, gap: float) -> Mark:
    across = b.on("LEFT", "HIP") - b.on("RIGHT", "HIP")
    level = np.array([np.sign(across[0]) or 1.0, 0.0])
    return _angle(b.on("RIGHT", "HIP"), level, b.on("LEFT", "HIP"), gap)


def _knee_flexion(b: _Body, gap: float) -> Mark:
    return _angle(b("KNEE"), b("KNEE") - b("HIP"), b("ANKLE"), gap)


def _shin_tilt(b: _Body, gap: float) -> Mark:
    return _angle(b("ANKLE"), _UP, b("KNEE"), gap)


def _ankle_dorsiflexion(b: _Body, gap: float) -> Mark:
    foot = b("FOOT_INDEX") - b("HEEL")
    up = np.array([foot[1], -foot[0]])
    return _angle(b("ANKLE"), up if up[1] <= 0 else -up, b("KNEE"), gap)


def _heel_lift(b: _Body, gap: float) -> Mark:
    back = np.array([np.sign(b("HEEL")[0] - b("FOOT_INDEX")[0]) or 1.0, 0.0])
    return _angle(b("FOOT_INDEX"), back, b("HEEL"), gap)


def _trunk_lean(b: _Body, gap: float) -> Mark:
    return _angle(b("HIP"), _UP, b("SHOULDER"), gap)


def _straightness(b: _Body, gap: float) -> Mark:
    return _angle(b("HIP"), b("SHOULDER") - b("HIP"), b("HEEL"), gap, _LONG)


def _knee_over_toe(b: _Body, gap: float) -> Mark:
    toe, knee = b("FOOT_INDEX"), b("KNEE")
    corner = np.array([toe[0], knee[1]])
    return Mark((toe, corner), (corner, knee), None, (corner + knee) / 2 - np.array([0.0, gap]))


_SHAPES: dict[str, Callable[[_Body, float], Mark]] = {
    "hip_flexion": _hip_flexion,
    "hip_extension": _hip_flexion,
    "thigh_tilt": _thigh_raise,
    "thigh_side_raise": _thigh_raise,
    "leg_side_raise": _leg_raise,
    "hip_abduction": _hip_abduction,
    "knee_flexion": _knee_flexion,
    "shin_tilt": _shin_tilt,
    "ankle_dorsiflexion": _ankle_dorsiflexion,
    "heel_lift": _heel_lift,
    "trunk_lean": _trunk_lean,
    "trunk_side_lean": _trunk_lean,
    "straightness": _straightness,
    "pelvis_obliquity": _pelvis,
    "knee_over_toe": _knee_over_toe,
}
