"""A straight line through readings, with an uncertainty that luck cannot make small."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt

from posecheck.core.readings import Reading

Floats = npt.NDArray[np.float64]

#: An error is the half width that holds 95%: so many standard deviations.
_SD_95 = 1.96
_WEEK_S = 7 * 86_400.0
#: A trend needs so many readings, spread over so many weeks.
TREND_READINGS = 3
TREND_WEEKS = 1.0


@dataclass(frozen=True, slots=True)
class Trend:
    """A straight line through the readings.

    Attributes:
        per_week: slope, units a week; ``error`` is its ± (95%).
        weeks: from the first reading to the last.
    """

    per_week: float
    error: float
    weeks: float
    origin: datetime
    _x: Floats
    _y: Floats
    _sd: Floats

    @property
    def told(self) -> bool:
        """Whether it rises or falls by more than its own uncertainty."""
        return abs(self.per_week) > self.error

    def scaled(self, factor: float) -> Trend:
        """The same in another unit."""
        return replace(
            self, per_week=self.per_week * factor, error=self.error * factor,
            _y=self._y * factor, _sd=self._sd * factor,
        )  # fmt: skip

    def line(self, points: int = 24) -> list[tuple[datetime, float, float]]:
        """(when, value, ± 95%) along the line, for drawing."""
        at = np.linspace(0.0, self._x[-1], points)
        value, half = _along(self._x, self._y, self._sd, at)
        return [
            (self.origin + timedelta(seconds=float(x) * _WEEK_S), float(v), float(h))
            for x, v, h in zip(at, value, half, strict=True)
        ]


def trend(readings: Sequence[Reading]) -> Trend | None:
    """The line of least squares through readings in order of time; None for too few or too short.

    Its ± is the larger of two: from the scatter about the line (Student's t), and from the
    readings' own errors. So three readings that lie on a line by luck are not sold as certain.
    """
    days = {one.at.date() for one in readings}
    if len(readings) < TREND_READINGS or len(days) < TREND_READINGS:
        return None
    origin = readings[0].at
    x = np.array([(one.at - origin).total_seconds() / _WEEK_S for one in readings])
    if x[-1] < TREND_WEEKS:
        return None
    y = np.array([one.value for one in readings])
    sd = np.array([(one.error or 0.0) / _SD_95 for one in readings])
    return Trend(_fit(x, y)[0], _slope_error(x, y, sd), float(x[-1]), origin, x, y, sd)


def _fit(x: Floats, y: Floats) -> tuple[float, float, float, float]:
    """(slope, value at the middle, spread of x squared, standard deviation about the line)."""
    off = x - x.mean()
    spread = float(off @ off)
    slope = float(off @ y) / spread
    rest = y - y.mean() - slope * off
    return slope, float(y.mean()), spread, math.sqrt(float(rest @ rest) / (len(x) - 2))


def _student(freedom: int) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(freedom, 0.975))


def _slope_error(x: Floats, y: Floats, sd: Floats) -> float:
    _, _, spread, scatter = _fit(x, y)
    weights = (x - x.mean()) / spread
    own = _SD_95 * math.sqrt(float(np.square(weights * sd).sum()))
    return max(_student(len(x) - 2) * scatter / math.sqrt(spread), own)


def _along(
    x: Floats,
    y: Floats,
    sd: Floats,
    at: Floats,
) -> tuple[Floats, Floats]:
    slope, middle, spread, scatter = _fit(x, y)
    off, ahead = x - x.mean(), at - x.mean()
    weights = 1.0 / len(x) + np.outer(ahead, off) / spread
    own = _SD_95 * np.sqrt(np.square(weights) @ np.square(sd))
    scattered = _student(len(x) - 2) * scatter * np.sqrt(1.0 / len(x) + ahead**2 / spread)
    return middle + slope * ahead, np.maximum(own, scattered)
