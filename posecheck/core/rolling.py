"""How far a lying body rolls over its side, from a picture taken from its feet."""

from __future__ import annotations

import math

from posecheck.core.catalog import COLUMN_INDEX, side_columns
from posecheck.core.joints import EAR, HIP, LEFT, RIGHT, SHOULDER, Body
from posecheck.core.maths import Columns, Maths, Value

_ROLL, _TIP = (COLUMN_INDEX[name] for name in ("body_roll_deg", "trunk_tip_deg"))
_RISE = side_columns("shoulder_rise_deg")
#: Those that the ears are followed for.
OF_HEAD = frozenset(_RISE)
COLUMNS = frozenset((*_RISE, _ROLL, _TIP))
_LEFTNESS = (1.0, -1.0)
_SHORTEST_M = 1e-6
#: The hip landmarks of a lying pelvis that stays level stray by so much (motion lab, tune bodies:
#: 10, as the other leg is crossed).
_STRAY_DEG = 12.0


def put(m: Maths, body: Body, out: Columns) -> None:
    """Fill in ``COLUMNS``; ``out`` has a place a column, in the catalogue's order.

    Of a pelvis that rolls by 23 degrees under a crossed leg the hip landmarks tell 3; the ribs,
    which follow by a fifth, are told whole (motion lab). So the trunk tips by its shoulders, and by
    hips beyond what level ones show. A hand that holds the knee draws its own shoulder along, not
    the other one: how far that one comes up over the head, too, tells a roll from it.
    """
    # The sign of the facing keeps the cut at 180 degrees away from a body seen from behind.
    facing = m.where(body.cosine >= 0.0, 1.0, -1.0)
    hips_deg = _sunk_deg(m, body, HIP, facing)
    out[_ROLL] = _turned_deg(m, body, facing) + hips_deg
    beyond = m.maximum(hips_deg - _STRAY_DEG, 0.0) + m.minimum(hips_deg + _STRAY_DEG, 0.0)
    out[_TIP] = _sunk_deg(m, body, SHOULDER, facing) + beyond
    x, y = body.x, body.y
    wide = abs(x[SHOULDER][LEFT] - x[SHOULDER][RIGHT])
    # A live session carries the ears only where its move asks for them.
    ears_y = 0.5 * (y[EAR][LEFT] + y[EAR][RIGHT]) if len(y) > EAR else math.nan
    for s in (LEFT, RIGHT):
        over_deg = [
            m.degrees(m.arctan2(lies_y - y[SHOULDER][s], wide))
            for lies_y in (y[SHOULDER][1 - s], ears_y)
        ]
        out[_RISE[s]] = 0.5 * sum(over_deg) - _LEFTNESS[s] * beyond


def _turned_deg(m: Maths, body: Body, facing: Value) -> Value:
    """Hips and shoulders of a lying body out of the picture, to its left.

    A true roll shows in the slope of the hips, but the model tends to turn both lines instead where
    a knee is drawn across (motion lab): with the hips' slope it is what that roll is told by, and
    the sense of each is its own.
    """
    along = away = 0.0
    for part in (HIP, SHOULDER):
        x = (body.u[part][LEFT] - body.u[part][RIGHT]) * facing
        z = (body.w[part][LEFT] - body.w[part][RIGHT]) * facing
        line = m.maximum(m.hypot(x, z), _SHORTEST_M)
        along, away = along + x / line, away + z / line
    return m.degrees(m.arctan2(away, along))


def _sunk_deg(m: Maths, body: Body, part: int, facing: Value) -> Value:
    """How far the left of a pair lies below the right in the picture."""
    x, y = body.x[part], body.y[part]
    return m.degrees(m.arctan2(y[LEFT] - y[RIGHT], (x[LEFT] - x[RIGHT]) * facing))
