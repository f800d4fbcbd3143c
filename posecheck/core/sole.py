"""How far a foot is turned out, told by the slope of its sole.

Sole and shoe's side run straight along the outer edge of a foot that stands flat. When the foot
turns out, its toe comes nearer to the camera, which looks down on it, and so these lines fall
towards the toe in the picture: by how much is told far better than where any of their ends lie.
Like the lines of a text that was scanned askew, they are levelled by the shear that makes the
profile of the picture's rows steepest (Postl 1986).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import ndimage

from posecheck.core.pose import Array

_NAN = float("nan")
_STEP_CM = 0.25
#: The outer edge of a foot lies here, cm ahead of the heel's rear; the toes are round.
_AHEAD_CM = (2.0, 17.0)
#: In their middle the lines lie so high, cm, whether the foot turns about its heel or its toes; the
#: shoe's upper edge lies above.
_UP_CM = (-6.0, 4.5)
#: How steep they may be, cm up a cm ahead, and in what steps they are tried.
_STEEPEST, _SLOPE_STEP = (-0.6, 0.1), 0.01
#: An edge is a step of grey over so many rows.
_EDGE_ROWS = 2
#: ± (95%) of a slope: feet that stood straight twice differed by 0.004 at most, in small and hard
#: compressed pictures by 0.006 (lab, tune bodies, nine and six pairs).
SLOPE_ERROR = 0.01

_SLOPES = np.arange(_STEEPEST[0], _STEEPEST[1] + 1e-6, _SLOPE_STEP)
#: How far above and below that a picture of the sole must reach, for the steepest line.
_REACH_CM = abs(_STEEPEST[0]) * 0.5 * (_AHEAD_CM[1] - _AHEAD_CM[0])

#: (columns) and (rows) of a picture of the sole, cm ahead of the heel's rear and above the floor.
AHEAD_CM = np.arange(*_AHEAD_CM, _STEP_CM)
UP_CM = np.arange(_UP_CM[0] - _REACH_CM, _UP_CM[1] + _REACH_CM + _STEP_CM, _STEP_CM)


def sole_slope(picture: Array) -> float:
    """How the lines along a shoe's side run, cm up a cm ahead; below 0 they fall towards the toe.

    Args:
        picture: (rows, columns) grey, at :data:`UP_CM` and :data:`AHEAD_CM`.

    Returns:
        NaN for a picture without lines, or with steeper ones than a foot on the floor has.
    """
    # Splines, since straight interpolation blurs all rows but those that fall on the picture's own.
    spline: Any = ndimage.spline_filter(picture, order=3, output=np.float32)
    steepness = np.array([_steepness(spline, slope) for slope in _SLOPES])
    k = int(steepness.argmax())
    if not 0 < k < len(_SLOPES) - 1 or steepness[k] <= 0.0:
        return _NAN
    before, top, after = steepness[k - 1 : k + 2]
    return float(_SLOPES[k] + _SLOPE_STEP * 0.5 * (before - after) / (before - 2 * top + after))


def _steepness(spline: Array, slope: float) -> float:
    """Squared steps of the rows' mean grey, the rows running so askew."""
    up = np.arange(*_UP_CM, _STEP_CM)
    rows = (up[:, None] + slope * (AHEAD_CM - AHEAD_CM.mean())[None, :] - UP_CM[0]) / _STEP_CM
    columns = np.broadcast_to(np.arange(len(AHEAD_CM)), rows.shape)
    level: Any = ndimage.map_coordinates(
        spline, [rows, columns], order=3, prefilter=False, mode="nearest"
    )
    profile = level.mean(axis=1)
    return float(np.square(profile[_EDGE_ROWS:] - profile[:-_EDGE_ROWS]).sum())


def out_deg(slope: float, depth_per_drop: float, behind: float) -> float:
    """How far the sole's outer edge points out towards the camera, degrees.

    A line on the floor that points out by g goes cos g ahead and sin g nearer to the camera. That
    looks sin g / ``depth_per_drop`` lower, and ``behind`` times sin g further ahead.

    Args:
        slope: see :func:`sole_slope`.
        depth_per_drop: see :attr:`posecheck.core.scale.PlaneScale.depth_per_drop`.
        behind: tangent of how far behind square the camera sees the foot.
    """
    fall = -slope * depth_per_drop
    return float(np.degrees(np.arctan2(fall, 1.0 - fall * behind)))
