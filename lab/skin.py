"""Skinning: the rest mesh follows the posed segments by dual-quaternion blending.

Dual quaternions (Kavan et al. 2008) keep the volume of bent hips and knees, where a plain blend of
matrices folds in.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from scipy.spatial.transform import Rotation

from lab.bodies import BodyMesh
from lab.rotations import Array
from lab.skeleton import SEGMENTS, Placed


def segment_transforms(body: BodyMesh, placed: Placed) -> tuple[Array, Array]:
    """Rotation (segments, 3, 3) and translation (segments, 3) from rest to world metres."""
    turns, moves = [], []
    for segment, (_, joint) in SEGMENTS.items():
        turn = placed.bone_turn[segment]
        turns.append(turn)
        moves.append(placed.joint_m[joint] - turn @ body.skeleton.rest_m[joint])
    return np.stack(turns), np.stack(moves)


def skin(body: BodyMesh, placed: Placed) -> Array:
    """(v, 3) posed vertices in world metres, single precision."""
    turns, moves = segment_transforms(body, placed)
    real, dual = _dual_quaternions(turns, moves)
    parts = np.concatenate([real, dual], axis=1).astype(np.float32)
    blended = body.weights @ parts
    blended /= np.linalg.norm(blended[:, :4], axis=1, keepdims=True)
    return _apply(blended, body.vertices_m)


def _dual_quaternions(turns: Array, moves: Array) -> tuple[Array, Array]:
    """Real and dual parts, (n, 4) each, vector first and scalar last."""
    real = Rotation.from_matrix(turns).as_quat()
    # A quaternion and its negative are one turn: neighbours that share vertices must agree.
    order = list(SEGMENTS)
    for i, (parent, _) in enumerate(SEGMENTS.values()):
        if parent is not None and real[i] @ real[order.index(parent)] < 0:
            real[i] *= -1.0
    vector, scalar = real[:, :3], real[:, 3:]
    dual_vector = 0.5 * (scalar * moves + np.cross(moves, vector))
    dual_scalar = -0.5 * np.sum(moves * vector, axis=1, keepdims=True)
    return real, np.concatenate([dual_vector, dual_scalar], axis=1)


def _apply(unit_dual: Array, points: Array) -> Array:
    """Turn and move each point by its own unit dual quaternion."""
    r, w = unit_dual[:, :3], unit_dual[:, 3:4]
    d, dw = unit_dual[:, 4:7], unit_dual[:, 7:8]
    turned = points + 2.0 * _cross(r, _cross(r, points) + w * points)
    return turned + 2.0 * (w * d - dw * r + _cross(r, d))


def _cross(a: Array, b: Array) -> Array:
    """Row-wise cross product; several times faster than numpy's for single precision."""
    out = np.empty_like(a)
    for i, j, k in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
        out[:, i] = a[:, j] * b[:, k] - a[:, k] * b[:, j]
    return out


class Normals:
    """Smooth vertex normals of meshes that share one set of faces."""

    def __init__(self, faces: np.ndarray, vertex_count: int) -> None:
        self._faces = faces
        rows = faces.ravel()
        columns = np.repeat(np.arange(len(faces)), 3)
        ones = np.ones(len(rows), dtype=np.float32)
        self._gather = sp.csr_matrix((ones, (rows, columns)), shape=(vertex_count, len(faces)))

    def __call__(self, vertices: Array) -> Array:
        """(v, 3) unit normals, weighted by face area."""
        a, b, c = (vertices[self._faces[:, i]] for i in range(3))
        total = self._gather @ _cross(b - a, c - a)
        length = np.sqrt(np.einsum("ij,ij->i", total, total))[:, None]
        return total / np.maximum(length, np.float32(1e-12))
