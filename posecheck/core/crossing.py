"""How far knees, ankles and feet lie to the side of the body, along the line between the hips.

For bodies that lie or sit as well as stand: the hip line turns with the pelvis, so no vertical is
asked. Mostly from world landmarks, whose component along the hips carries best.
"""

from __future__ import annotations

from posecheck.core.catalog import side_columns
from posecheck.core.joints import ANKLE, HEEL, HIP, KNEE, LEFT, RIGHT, SHOULDER, TOE, Body
from posecheck.core.maths import Columns, Maths, Value
from posecheck.core.vectors import Vector, between_deg, dot, minus, plus

_KNEE, _SHIN, _ACROSS, _OVER_THIGH, _OUT, _SWING, _ASIDE, _SPEED, _BEND = (
    side_columns(name)
    for name in (
        "knee_past_midline_pct", "shin_past_midline_pct", "knee_across_pct",
        "ankle_over_thigh_pct", "foot_out_pct", "foot_swing_pct", "foot_aside_pct",
        "foot_speed_pct", "hip_bend_deg",
    )
)  # fmt: skip
COLUMNS = frozenset(
    (*_KNEE, *_SHIN, *_ACROSS, *_OVER_THIGH, *_OUT, *_SWING, *_ASIDE, *_SPEED, *_BEND)
)
_LEFTNESS = (1.0, -1.0)
_SHORTEST_M = 1e-6
#: Of a foot that turns outward the model puts the toe now aside, now up: with this share of the one
#: both read the same (lab, tune bodies).
_DROP_SHARE = 0.5


def put(m: Maths, body: Body, front: Value, shank_px: list[Value], out: Columns) -> None:
    """Fill in ``COLUMNS``.

    Args:
        front: what undoes the foreshortening of the frontal plane, signed by the facing.
        shank_px: [side] full length of the shank in the picture.
        out: a place a column, in the catalogue's order; a float or a row each.
    """
    hips, shoulders, knees, ankles = (_points(body, p) for p in (HIP, SHOULDER, KNEE, ANKLE))
    across = minus(hips[LEFT], hips[RIGHT])
    width2 = m.maximum(dot(across, across), _SHORTEST_M)
    middle = plus(hips[RIGHT], across, 0.5)
    trunk = minus(plus(shoulders[RIGHT], minus(shoulders[LEFT], shoulders[RIGHT]), 0.5), middle)
    x, y = body.x, body.y
    for s in (LEFT, RIGHT):
        inward = -100.0 * _LEFTNESS[s] / width2
        out[_KNEE[s]] = inward * dot(minus(knees[s], middle), across)
        out[_SHIN[s]] = out[_ACROSS[s]] = inward * dot(minus(ankles[s], middle), across)
        out[_OVER_THIGH[s]] = inward * dot(
            _off_line(m, hips[1 - s], knees[1 - s], ankles[s]), across
        )
        out[_BEND[s]] = 180.0 - between_deg(m, trunk, minus(knees[s], hips[s]))
        reach = (x[TOE][s] - x[HEEL][s]) * front * _LEFTNESS[s]
        shank = m.maximum(shank_px[s], 1.0)
        out[_OUT[s]] = out[_SWING[s]] = 100.0 * reach / shank
        out[_SPEED[s]] = 100.0 * body.foot_speed[s] / shank
        drop = y[TOE][s] - y[HEEL][s]
        out[_ASIDE[s]] = 100.0 * (reach - _DROP_SHARE * drop) / shank


def _points(body: Body, part: int) -> list[Vector]:
    u, v, w = body.u[part], body.v[part], body.w[part]
    return [(u[s], v[s], w[s]) for s in (LEFT, RIGHT)]


def _off_line(m: Maths, start: Vector, end: Vector, point: Vector) -> Vector:
    """From the nearest place of a segment to the point."""
    along = minus(end, start)
    share = dot(minus(point, start), along) / m.maximum(dot(along, along), _SHORTEST_M)
    return minus(point, plus(start, along, m.minimum(m.maximum(share, 0.0), 1.0)))
