"""The joints that measures are made of, and the reason where one cannot be used."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from posecheck.core.catalog import SIDES
from posecheck.core.maths import Value
from posecheck.core.pose import Array, Landmark, PoseTrack
from posecheck.core.table import Reason

PARTS = ("SHOULDER", "HIP", "KNEE", "ANKLE", "HEEL", "FOOT_INDEX", "ELBOW", "WRIST", "EAR")
SHOULDER, HIP, KNEE, ANKLE, HEEL, TOE, ELBOW, WRIST, EAR = range(len(PARTS))
#: The first so many do without arms and head: not every move asks for these.
TRUNK_AND_LEGS = PARTS.index("ELBOW")
LEFT, RIGHT = 0, 1

#: Below this the landmark is a guess of the model's. Sports2D drops points under 0.3 too.
MIN_VISIBILITY = 0.3
#: A landmark further outside the picture than this share of its size is extrapolated.
_EDGE_TOLERANCE = 0.01

#: (parts, 2) the landmark of each part and side.
LANDMARKS = np.array([[Landmark[f"{s.upper()}_{part}"] for s in SIDES] for part in PARTS])

_OK, _NOBODY, _NOT_VISIBLE, _OUT_OF_FRAME = (
    int(reason) for reason in (Reason.OK, Reason.NOBODY, Reason.NOT_VISIBLE, Reason.OUT_OF_FRAME)
)

#: A value for each part and each of its sides, [part][side].
Pairs = list[list[Value]]


@dataclass(frozen=True, slots=True)
class Joints:
    """Landmarks of a track by body part (in the order of ``PARTS``) and side (left, right).

    Attributes:
        px: (n, parts, 2, 2) pixels; world: (n, parts, 2, 3) metres.
        code: (n, parts, 2) why a joint cannot be used, :class:`Reason`.
        foot_speed: (n, 2) of the picture there, pixels a second.
    """

    px: Array
    world: Array
    code: npt.NDArray[np.uint8]
    foot_speed: Array


def gather(track: PoseTrack) -> Joints:
    """The joints of a track, each with a reason if it cannot be used."""
    px = track.image_px[:, LANDMARKS]
    size = np.array([track.width_px, track.height_px], dtype=float)
    margin = size * _EDGE_TOLERANCE
    inside = ((px >= -margin) & (px <= size + margin)).all(axis=-1)
    code = np.where(inside, np.uint8(_OK), np.uint8(_OUT_OF_FRAME))
    code[track.visibility[:, LANDMARKS] < MIN_VISIBILITY] = _NOT_VISIBLE
    code[np.isnan(px[..., 0])] = _NOBODY
    speed = track.foot_speed_px.astype(np.float32)
    return Joints(px, track.world_m[:, LANDMARKS], code, speed)


def codes_of_frame(
    px: list[float], visibility: list[float], width_px: int, height_px: int
) -> list[int]:
    """What :func:`gather` says of one frame's joints, by plain numbers.

    Args:
        px: x and y of every part and side in turn; visibility: of the same, one each.
    """
    margin_x, margin_y = width_px * _EDGE_TOLERANCE, height_px * _EDGE_TOLERANCE
    right, low = width_px + margin_x, height_px + margin_y
    codes = []
    for k, seen in enumerate(visibility):
        x, y = px[2 * k], px[2 * k + 1]
        if x != x:
            codes.append(_NOBODY)
        elif seen < MIN_VISIBILITY:
            codes.append(_NOT_VISIBLE)
        elif -margin_x <= x <= right and -margin_y <= y <= low:
            codes.append(_OK)
        else:
            codes.append(_OUT_OF_FRAME)
    return codes


@dataclass(slots=True)
class Body:
    """Where the joints are, ready for formulas: floats of one frame or (n,) arrays.

    Attributes:
        x, y: pixels, y down; u, v, w: metres of the model (x right, y down, z away), each
            [part][side].
        sine, cosine: of the body's yaw to the camera.
        foot_speed: pixels a second, left and right; see :class:`posecheck.core.pose.PoseTrack`.
    """

    x: Pairs
    y: Pairs
    u: Pairs
    v: Pairs
    w: Pairs
    sine: Value
    cosine: Value
    foot_speed: list[Value]


def body_of(joints: Joints, yaw_deg: Array) -> Body:
    """All frames of a track at once, in single precision; ``yaw_deg`` is (n,)."""
    yaw = np.radians(yaw_deg).astype(np.float32)
    x, y = (_pairs(joints.px, axis) for axis in range(2))
    u, v, w = (_pairs(joints.world, axis) for axis in range(3))
    return Body(x, y, u, v, w, np.sin(yaw), np.cos(yaw), list(joints.foot_speed.T))


def body_of_frame(
    px: list[float], world: list[float], sine: float, cosine: float, foot_speed: list[Value]
) -> Body:
    """One frame, from flat lists: px in the order part, side, axis, and world likewise."""
    x, y = ([[px[k], px[k + 2]] for k in range(axis, len(px), 4)] for axis in range(2))
    u, v, w = ([[world[k], world[k + 3]] for k in range(axis, len(world), 6)] for axis in range(3))
    return Body(x, y, u, v, w, sine, cosine, foot_speed)


def _pairs(points: Array, axis: int) -> Pairs:
    # Half an hour takes much memory; the worst case, an arccosine near 1, keeps 0.05 degrees.
    rows = np.ascontiguousarray(np.moveaxis(points[..., axis], 0, -1), dtype=np.float32)
    return [list(sides) for sides in rows]
