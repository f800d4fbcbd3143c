"""The few functions that formulas are written in, for arrays and for plain floats.

A formula takes one of these as ``m`` and values that are (n,) arrays, a value a frame, or floats of
one live frame. So there is one text for both, and a live frame pays no array overhead, which for
one number is fifty times the arithmetic itself.
"""

from __future__ import annotations

import math
from collections.abc import MutableSequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

#: A float, or an (n,) array with a value a frame.
Value = Any
#: A bool, or an (n,) array of them.
Truth = Any
#: What formulas fill in by place: a float a column, or a row of n a column.
Columns = MutableSequence[Any] | npt.NDArray[Any]


class Maths(Protocol):
    """Elementary functions; NaN in gives NaN out, as in NumPy."""

    def where(self, condition: Truth, then: Value, otherwise: Value, /) -> Value: ...
    def minimum(self, a: Value, b: Value, /) -> Value: ...
    def maximum(self, a: Value, b: Value, /) -> Value: ...
    def hypot(self, a: Value, b: Value, /) -> Value: ...
    def sqrt(self, a: Value, /) -> Value: ...
    def sign(self, a: Value, /) -> Value: ...
    def sin(self, a: Value, /) -> Value: ...
    def cos(self, a: Value, /) -> Value: ...
    def arctan2(self, y: Value, x: Value, /) -> Value: ...
    def arccos(self, a: Value, /) -> Value: ...
    def arcsin(self, a: Value, /) -> Value: ...
    def degrees(self, a: Value, /) -> Value: ...
    def radians(self, a: Value, /) -> Value: ...
    def isfinite(self, a: Value, /) -> Truth: ...
    def logical_not(self, a: Truth, /) -> Truth: ...


class _Floats:
    """:class:`Maths` on floats. Divide only by what a formula has kept off zero."""

    hypot = staticmethod(math.hypot)
    sqrt = staticmethod(math.sqrt)
    sin = staticmethod(math.sin)
    cos = staticmethod(math.cos)
    arctan2 = staticmethod(math.atan2)
    arccos = staticmethod(math.acos)
    arcsin = staticmethod(math.asin)
    degrees = staticmethod(math.degrees)
    radians = staticmethod(math.radians)
    isfinite = staticmethod(math.isfinite)

    @staticmethod
    def where(condition: bool, then: float, otherwise: float) -> float:
        return then if condition else otherwise

    @staticmethod
    def minimum(a: float, b: float) -> float:
        return a if a < b or a != a else b

    @staticmethod
    def maximum(a: float, b: float) -> float:
        return a if a > b or a != a else b

    @staticmethod
    def sign(a: float) -> float:
        return float((a > 0.0) - (a < 0.0)) if a == a else a

    @staticmethod
    def logical_not(a: bool) -> bool:
        return not a


ARRAYS: Maths = np
FLOATS: Maths = _Floats()
