"""Planes seen through a camera: (3, 3) matrices between points of two planes."""

from __future__ import annotations

import numpy as np

from posecheck.core.pose import Array


def apply_homography(matrix: Array, points: Array) -> Array:
    """(..., 2) points mapped by a (3, 3) homography."""
    points = np.asarray(points, dtype=float)
    ones = np.ones((*points.shape[:-1], 1))
    mapped = np.concatenate([points, ones], axis=-1) @ matrix.T
    result: Array = mapped[..., :2] / mapped[..., 2:]
    return result


def fit_homography(source: Array, target: Array) -> Array:
    """(3, 3) least-squares homography from (n, 2) to (n, 2) points, n >= 4 (normalised DLT).

    Source: Hartley and Zisserman, Multiple View Geometry, algorithm 4.2.
    """
    s, s_norm = _normalised(source)
    t, t_norm = _normalised(target)
    zero, one = np.zeros((len(s), 3)), np.ones((len(s), 1))
    sh = np.hstack([s, one])
    rows = np.vstack([np.hstack([sh, zero, -t[:, :1] * sh]), np.hstack([zero, sh, -t[:, 1:] * sh])])
    matrix = np.linalg.svd(rows)[2][-1].reshape(3, 3)
    result: Array = np.linalg.inv(t_norm) @ matrix @ s_norm
    result /= result[2, 2]
    return result


def _normalised(points: Array) -> tuple[Array, Array]:
    """Points about their mean at a mean distance of sqrt 2, and the matrix that does it."""
    mean = points.mean(axis=0)
    spread = np.sqrt(2.0) / max(float(np.hypot(*(points - mean).T).mean()), 1e-12)
    matrix = np.array([[spread, 0, -spread * mean[0]], [0, spread, -spread * mean[1]], [0, 0, 1]])
    return (points - mean) * spread, matrix
