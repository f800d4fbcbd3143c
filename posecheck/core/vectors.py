"""Vectors of plain values, for formulas that run on a recording's arrays and on a live frame."""

from __future__ import annotations

import math

from posecheck.core.maths import Maths, Value

#: Three components of any unit, the last 0 in the picture.
Vector = tuple[Value, Value, Value]


def dot(a: Vector, b: Vector) -> Value:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def minus(a: Vector, b: Vector) -> Vector:
    return a[0] - b[0], a[1] - b[1], a[2] - b[2]


def plus(a: Vector, b: Vector, share: Value = 1.0) -> Vector:
    """``a`` and a share of ``b``."""
    return a[0] + share * b[0], a[1] + share * b[1], a[2] + share * b[2]


def length(m: Maths, a: Vector) -> Value:
    return m.sqrt(dot(a, a))


def between_deg(m: Maths, a: Vector, b: Vector) -> Value:
    """Unsigned angle between two vectors; NaN for a zero vector."""
    norm = m.sqrt(dot(a, a) * dot(b, b))
    cosine = dot(a, b) / m.where(norm > 0.0, norm, math.nan)
    return m.degrees(m.arccos(m.minimum(m.maximum(cosine, -1.0), 1.0)))
