"""Angles and distances from points. Pixels have y down; angles are degrees.

Definitions: the field's planar (projected) angles, flexion positive and 0 when upright, in the
convention of Sports2D; they are not ISB joint-coordinate angles.
"""

from __future__ import annotations

import numpy as np

from posecheck.core.pose import Array


def tilt_from_vertical_deg(low_px: Array, high_px: Array, forward: Array | float) -> Array:
    """Tilt of the segment from ``low_px`` up to ``high_px`` against vertical.

    Args:
        low_px, high_px: (..., 2) pixels, y down.
        forward: +1 where the body's front is the image's right, -1 where its left; another value
            scales the horizontal reach.

    Returns:
        (...) degrees, 0 upright, positive when the upper end is in front of the lower.
    """
    dx = (high_px[..., 0] - low_px[..., 0]) * forward
    dy = low_px[..., 1] - high_px[..., 1]
    return np.degrees(np.arctan2(dx, dy))


def hang_from_vertical_deg(top_px: Array, bottom_px: Array, forward: Array | float) -> Array:
    """Swing of the segment that hangs from ``top_px`` to ``bottom_px``, 0 straight down.

    Args and units as :func:`tilt_from_vertical_deg`; positive when the lower end is in front. The
    range is -180..180, so a thigh lifted past horizontal reads above 90.
    """
    dx = (bottom_px[..., 0] - top_px[..., 0]) * forward
    dy = bottom_px[..., 1] - top_px[..., 1]
    return np.degrees(np.arctan2(dx, dy))


def angle_between_deg(a: Array, b: Array) -> Array:
    """Unsigned angle between (..., d) vectors of any unit; NaN for a zero vector."""
    norm = np.sqrt((a * a).sum(axis=-1) * (b * b).sum(axis=-1))
    cosine = (a * b).sum(axis=-1) / np.where(norm > 0.0, norm, np.nan)
    result: Array = np.degrees(np.arccos(np.minimum(np.maximum(cosine, -1.0), 1.0)))
    return result


def joint_angle_deg(a: Array, joint: Array, b: Array) -> Array:
    """Three-point angle at ``joint``, (..., d) points; 180 is straight."""
    return angle_between_deg(a - joint, b - joint)


def wrap_deg(angle_deg: Array) -> Array:
    """The same direction in -180..180 (180 itself maps to -180)."""
    return (angle_deg + 180.0) % 360.0 - 180.0


def distance(a: Array, b: Array) -> Array:
    """Euclidean distance of (..., d) points, in their unit."""
    delta = a - b
    result: Array = np.sqrt(np.einsum("...i,...i->...", delta, delta))
    return result
