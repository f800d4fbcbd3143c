"""Arms in the picture against the trunk, and how the shoulders are turned against the hips."""

from __future__ import annotations

from posecheck.core.catalog import COLUMN_INDEX, side_columns
from posecheck.core.flow import Flow
from posecheck.core.joints import ELBOW, HIP, LEFT, RIGHT, SHOULDER, WRIST, Body
from posecheck.core.maths import Columns, Maths, Value
from posecheck.core.vectors import Vector, between_deg, dot

_ELBOW, _RAISE, _HEIGHT, _ASIDE, _FOREARM = (
    side_columns(name)
    for name in (
        "elbow_flexion_deg", "arm_elevation_deg", "hand_height_pct", "hand_aside_pct",
        "forearm_length_pct",
    )
)  # fmt: skip
_ROTATION, _PELVIS = (COLUMN_INDEX[name] for name in ("trunk_rotation_deg", "pelvis_heading_deg"))
COLUMNS = frozenset((*_ELBOW, *_RAISE, *_HEIGHT, *_ASIDE, *_FOREARM, _ROTATION, _PELVIS))
_LEFTNESS = (1.0, -1.0)


def put(m: Maths, body: Body, flow: Flow, out: Columns) -> None:
    """Fill in ``COLUMNS``; ``out`` has a place a column, in the catalogue's order."""
    shoulders, hips, elbows, wrists = (_places(body, p) for p in (SHOULDER, HIP, ELBOW, WRIST))
    trunk = tuple(
        0.5 * (shoulders[LEFT][k] + shoulders[RIGHT][k] - hips[LEFT][k] - hips[RIGHT][k])
        for k in range(3)
    )
    trunk_px = m.maximum(flow.steady(m.hypot(trunk[0], trunk[1])), 1.0)
    down: Vector = (-trunk[0], -trunk[1], 0.0)
    facing = m.where(body.cosine >= 0.0, 1.0, -1.0)
    for s in (LEFT, RIGHT):
        upper, fore = _between(shoulders[s], elbows[s]), _between(elbows[s], wrists[s])
        hand = _between(shoulders[s], wrists[s])
        # At right angles to the trunk, outward: to the picture's right for a left arm from ahead.
        outward: Vector = (-trunk[1] * _LEFTNESS[s] * facing, trunk[0] * _LEFTNESS[s] * facing, 0.0)
        share = 100.0 / (trunk_px * trunk_px)
        out[_ELBOW[s]] = between_deg(m, upper, fore)
        out[_RAISE[s]] = between_deg(m, down, upper)
        out[_HEIGHT[s]] = -share * dot(down, hand)
        out[_ASIDE[s]] = share * dot(outward, hand)
        out[_FOREARM[s]] = 100.0 * m.hypot(fore[0], fore[1]) / trunk_px
    pelvis, chest = (_heading_deg(m, body, part, facing) for part in (HIP, SHOULDER))
    out[_PELVIS] = pelvis
    out[_ROTATION] = chest - pelvis


def _places(body: Body, part: int) -> list[Vector]:
    return [(body.x[part][s], body.y[part][s], 0.0) for s in (LEFT, RIGHT)]


def _between(a: Vector, b: Vector) -> Vector:
    return b[0] - a[0], b[1] - a[1], 0.0


def _heading_deg(m: Maths, body: Body, part: int, facing: Value) -> Value:
    """How far the line of both sides is turned out of the picture, to the person's left positive.

    ``facing`` keeps the cut at 180 degrees away from a body seen from behind.
    """
    across = (body.u[part][LEFT] - body.u[part][RIGHT]) * facing
    away = (body.w[part][LEFT] - body.w[part][RIGHT]) * facing
    return m.degrees(m.arctan2(away, across))
