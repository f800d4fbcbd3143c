"""What a formula needs of other frames: steady body lengths, and rates of change."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from scipy import ndimage

from posecheck.core.filters import rate_per_s
from posecheck.core.maths import Value
from posecheck.core.pose import Array

_BODY_SIZE_FRAMES = 31
#: Noise makes the very longest too long.
_NEAR_LONGEST = 95.0


class Flow(Protocol):
    """Time as a formula sees it."""

    def steady(self, length_px: Value) -> Value:
        """A body length freed from frame noise, where other frames are known."""

    def longest(self, name: str, length: Value, /) -> Value:
        """The longest that a body length is known to look; each has its own name."""

    def rates_per_s(self, name: str, values: list[Value], /) -> list[Value]:
        """Rate of change of each value; a name goes once a frame or track, always in one order."""


class RecordedFlow:
    """All frames of a recording at once: looks both ways."""

    def __init__(self, t_s: Array) -> None:
        self._t_s = t_s

    def steady(self, length_px: Array) -> Array:
        """Mean over about a second; gaps take the clip's median."""
        n = len(length_px)
        if n < 3:
            return length_px
        missing = ~np.isfinite(length_px)
        if missing.all():
            return length_px
        filled = length_px
        if missing.any():
            filled = np.where(missing, np.nanmedian(length_px), length_px)
        window = min(n, _BODY_SIZE_FRAMES) | 1
        smooth: Array = ndimage.uniform_filter1d(filled, window, mode="nearest")
        return smooth

    def longest(self, _name: str, length: Array) -> Array:
        """Near its longest of the clip; NaN where it was never seen."""
        seen = length[np.isfinite(length)]
        return np.full_like(length, np.percentile(seen, _NEAR_LONGEST) if len(seen) else np.nan)

    def rates_per_s(self, _name: str, values: list[Array]) -> list[Array]:
        """Slope between each frame's neighbours."""
        return [rate_per_s(self._t_s, value) for value in values]


class LiveFlow:
    """One frame after another: knows the last one only."""

    def __init__(self) -> None:
        self._last: dict[str, tuple[float, list[float]]] = {}
        self._longest: dict[str, float] = {}
        self.t_s = 0.0

    def steady(self, length_px: float) -> float:
        """As it is: the landmarks are filtered already."""
        return length_px

    def longest(self, name: str, length: float) -> float:
        """The longest so far."""
        known = self._longest.get(name, length)
        self._longest[name] = length if not known >= length else known
        return self._longest[name]

    def rates_per_s(self, name: str, values: list[float]) -> list[float]:
        """Change since the last frame; NaN in the first."""
        last = self._last.get(name)
        self._last[name] = (self.t_s, values)
        if last is None:
            return [float("nan")] * len(values)
        step_s = self.t_s - last[0]
        return [(now - before) / step_s for now, before in zip(values, last[1], strict=True)]
