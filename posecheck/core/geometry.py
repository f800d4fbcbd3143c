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
        forward: +1 where the body's front is the image's right, -1 where its left; a value between
            scales the horizontal reach (see :func:`unproject_x`).

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
    dot = np.einsum("...i,...i->...", a, b)
    norm = np.sqrt(np.einsum("...i,...i->...", a, a) * np.einsum("...i,...i->...", b, b))
    with np.errstate(invalid="ignore", divide="ignore"):
        cosine = np.where(norm > 0, dot / norm, np.nan)
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


def unproject_x(offset_deg: Array, limit_deg: float) -> Array:
    """Factor that undoes the foreshortening of a plane seen ``offset_deg`` off its normal.

    A segment in the body's sagittal plane, filmed psi degrees off the side view, keeps its height
    and shows its forward reach times cos(psi) (science: tan(theta') = tan(theta) cos(psi)).

    Args:
        offset_deg: (...) angle between the camera and the plane's normal, 0..90.
        limit_deg: beyond it the correction would blow noise up; the factor is NaN.
    """
    offset = np.abs(offset_deg)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(offset <= limit_deg, 1.0 / np.cos(np.radians(offset)), np.nan)
