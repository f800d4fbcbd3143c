"""Small 3-D rotation helpers: (..., 3, 3) matrices that act on column vectors, degrees."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.spatial.transform import Rotation

Array = npt.NDArray[np.floating[Any]]

LEFT = np.array([1.0, 0.0, 0.0])
BACK = np.array([0.0, 1.0, 0.0])
UP = np.array([0.0, 0.0, 1.0])
FORWARD = -BACK


def rot_x(angle_deg: float) -> Array:
    """Right-handed rotation about +x: positive tips an upright trunk forward."""
    return Rotation.from_euler("x", angle_deg, degrees=True).as_matrix()


def rot_y(angle_deg: float) -> Array:
    """Right-handed rotation about +y: positive tips an upright trunk to the person's left."""
    return Rotation.from_euler("y", angle_deg, degrees=True).as_matrix()


def rot_z(angle_deg: float) -> Array:
    """Right-handed rotation about +z: positive turns a person to their own left."""
    return Rotation.from_euler("z", angle_deg, degrees=True).as_matrix()


def fraction(rotation: Array, share: float) -> Array:
    """``share`` (0..1) of a rotation, along its own axis."""
    return Rotation.from_rotvec(share * Rotation.from_matrix(rotation).as_rotvec()).as_matrix()


def blend(first: Array, second: Array, share: float) -> Array:
    """From ``first`` (share 0) to ``second`` (share 1) along the shortest turn."""
    if share <= 0.0:
        return first
    if share >= 1.0:
        return second
    return first @ fraction(first.T @ second, share)


def unit(vector: Array) -> Array:
    """The vector at length 1 along its last axis; NaN where it has no length."""
    length = np.linalg.norm(vector, axis=-1, keepdims=True)
    return np.divide(vector, length, out=np.full_like(vector, np.nan), where=length > 1e-12)


def align(source: Array, target: Array) -> Array:
    """The smallest rotation that brings direction ``source`` onto direction ``target``."""
    a, b = unit(source), unit(target)
    axis = np.cross(a, b)
    sine, cosine = np.linalg.norm(axis), float(a @ b)
    if sine < 1e-9:
        return np.eye(3) if cosine > 0 else rot_x(180.0)
    return Rotation.from_rotvec(axis / sine * np.arctan2(sine, cosine)).as_matrix()


def segment_frame(axis_down: Array, hinge_left: Array) -> Array:
    """Axes of a limb segment: -z along ``axis_down``, x near ``hinge_left``, y to the back."""
    z = -unit(axis_down)
    x = unit(hinge_left - (hinge_left @ z) * z)
    return np.stack([x, np.cross(z, x), z], axis=1)
