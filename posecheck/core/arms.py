"""Arms in the picture against the trunk, and how far shoulders and hips are turned."""

from __future__ import annotations

import math

from posecheck.core.catalog import COLUMN_INDEX, side_columns
from posecheck.core.flow import Flow
from posecheck.core.joints import ELBOW, HIP, LEFT, RIGHT, SHOULDER, WRIST, Body
from posecheck.core.maths import Columns, Maths, Truth, Value
from posecheck.core.vectors import Vector, between_deg, dot, minus, plus

_ELBOW, _RAISE, _HEIGHT, _ASIDE, _FOREARM, _SPEED = (
    side_columns(name)
    for name in (
        "elbow_flexion_deg", "arm_elevation_deg", "hand_height_pct", "hand_aside_pct",
        "forearm_length_pct", "arm_speed_degps",
    )
)  # fmt: skip
_ROTATION, _HIP_WIDTH = (COLUMN_INDEX[name] for name in ("trunk_rotation_deg", "hip_width_pct"))
COLUMNS = frozenset(
    (*_ELBOW, *_RAISE, *_HEIGHT, *_ASIDE, *_FOREARM, *_SPEED, _ROTATION, _HIP_WIDTH)
)
_LEFTNESS = (1.0, -1.0)
#: An upper arm lower than this does not lie level at a wall.
_LEVEL_DEG = 60.0
#: A hand that is neither down nor out to the side, in trunk lengths: the arm carries its shoulder.
_HANGS, _OUT = -0.5, 0.35
#: The model draws a turned shoulder line too long: what its shortening tells is so much of the turn
#: (motion lab, tune bodies: 1.25 to 1.95 at 43 degrees).
_GAIN = 1.45
#: The nearer half of the line, in shares of its full length, with the other arm out and nothing
#: turned (motion lab, tune bodies: 0.95 to 1.01).
_UNTURNED = 0.965
#: No shoulder lies further from the middle of the hips than so much of the shoulder line: what does
#: is a trunk that leans (motion lab, tune bodies: 0.47 to 0.52 where nothing leans).
_HALF = 0.55
#: Depth of the shoulder line, in its own lengths, up to which it may not be turned at all, and from
#: which its sense is sure (motion lab, tune bodies: up to 0.05 facing the camera, 0.2 to 0.3 at 43
#: degrees).
_UNSURE, _SURE = 0.05, 0.14


def put(m: Maths, body: Body, flow: Flow, out: Columns) -> None:
    """Fill in ``COLUMNS``; ``out`` has a place a column, in the catalogue's order."""
    shoulders, hips, elbows, wrists = (_places(body, p) for p in (SHOULDER, HIP, ELBOW, WRIST))
    middle = _half_way(shoulders)
    up = _between(_half_way(hips), middle)
    down: Vector = (-up[0], -up[1], 0.0)
    trunk_px = m.maximum(flow.steady(m.hypot(up[0], up[1])), 1.0)
    share = 1.0 / (trunk_px * trunk_px)
    facing = m.where(body.cosine >= 0.0, 1.0, -1.0)
    carried: Truth = False
    paths: list[Value] = []
    for s in (LEFT, RIGHT):
        upper, fore = _between(shoulders[s], elbows[s]), _between(elbows[s], wrists[s])
        hand = _between(shoulders[s], wrists[s])
        # At right angles to the trunk, outward: to the picture's right for a left arm from ahead.
        sign = _LEFTNESS[s] * facing
        outward: Vector = (-up[1] * sign, up[0] * sign, 0.0)
        raised, height, aside = between_deg(m, down, upper), dot(up, hand), dot(outward, hand)
        out[_ELBOW[s]] = between_deg(m, upper, fore)
        out[_RAISE[s]] = raised
        out[_HEIGHT[s]] = 100.0 * share * height
        out[_ASIDE[s]] = 100.0 * share * aside
        level = m.where(raised > _LEVEL_DEG, 100.0, math.nan)
        out[_FOREARM[s]] = level * m.hypot(fore[0], fore[1]) / trunk_px
        carried = carried | ((share * height > _HANGS) & (share * aside < _OUT))
        paths += [hand[0] / trunk_px, hand[1] / trunk_px]
    rates = flow.rates_per_s("arms", paths)
    for s in (LEFT, RIGHT):
        out[_SPEED[s]] = m.degrees(m.hypot(rates[2 * s], rates[2 * s + 1]))
    _put_turns(m, body, flow, trunk_px, facing, carried, out)


def _put_turns(
    m: Maths, body: Body, flow: Flow, trunk_px: Value, facing: Value, carried: Truth, out: Columns
) -> None:
    """Shoulders turned out of the picture, and how wide the hips look.

    Two lengths shorten as the trunk turns. The whole shoulder line does not mind a lean, but an arm
    that goes behind draws its end along. The half of it that comes towards the camera, from the
    middle of the hips, does not mind that arm, but a lean moves it. So the mean of both counts.
    """
    looks = _width(m, body, SHOULDER) / trunk_px
    whole = looks / m.maximum(flow.longest("shoulders", looks), 1e-6)
    halves: list[Value] = []
    for s, name in ((LEFT, "left shoulder"), (RIGHT, "right shoulder")):
        aside_px = _LEFTNESS[s] * facing * (body.x[SHOULDER][s] - 0.5 * sum(body.x[HIP]))
        half = aside_px / trunk_px
        halves.append(half / m.maximum(flow.longest(name, m.minimum(half, _HALF * looks)), 1e-6))
    along = body.u[SHOULDER][LEFT] - body.u[SHOULDER][RIGHT]
    away = body.w[SHOULDER][LEFT] - body.w[SHOULDER][RIGHT]
    depth = away / m.maximum(m.hypot(along, away), 1e-6)
    nearer = m.where(depth > 0.0, halves[RIGHT], halves[LEFT]) / _UNTURNED
    sure = m.minimum(m.maximum((abs(depth) - _UNSURE) / (_SURE - _UNSURE), 0.0), 1.0)
    turn = 0.5 * (_GAIN * _turn_deg(m, whole) + _turn_deg(m, nearer))
    out[_ROTATION] = m.where(carried, math.nan, m.sign(depth) * facing * sure * turn)
    hips = _width(m, body, HIP) / trunk_px
    out[_HIP_WIDTH] = 100.0 * hips / m.maximum(flow.longest("hips", hips), 1e-6)


def _turn_deg(m: Maths, share: Value) -> Value:
    """How far a line is turned of which the picture shows ``share``."""
    return m.degrees(m.arccos(m.minimum(m.maximum(share, 0.0), 1.0)))


def _width(m: Maths, body: Body, part: int) -> Value:
    x, y = body.x[part], body.y[part]
    return m.hypot(x[LEFT] - x[RIGHT], y[LEFT] - y[RIGHT])


def _places(body: Body, part: int) -> list[Vector]:
    return [(body.x[part][s], body.y[part][s], 0.0) for s in (LEFT, RIGHT)]


def _half_way(pair: list[Vector]) -> Vector:
    return plus(pair[RIGHT], minus(pair[LEFT], pair[RIGHT]), 0.5)


def _between(a: Vector, b: Vector) -> Vector:
    return minus(b, a)
