"""Smoothing: zero-phase for recorded tracks, One Euro for live values, and honest gaps.

Recorded: a running median of 0.5 s, then a zero-phase Butterworth of order 4 at 3 Hz on the
coordinates, since these moves stay below 0.5 Hz. Live: One Euro on the measures.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage, signal

from posecheck.core.pose import Array

#: Shorter gaps are bridged by a straight line, longer ones stay NaN.
MAX_BRIDGED_GAP_S = 0.3
CUTOFF_HZ = 3.0
#: Window of the running median, seconds.
MEDIAN_S = 0.5


def smooth_recorded(t_s: Array, values: Array, cutoff_hz: float = CUTOFF_HZ) -> Array:
    """Running median, then zero-phase low-pass, over columns of a recorded track.

    Args:
        t_s: (n,) strictly rising seconds; spacing may vary.
        values: (n, k) any unit; NaN where missing. A row's columns are missing together.
        cutoff_hz: -3 dB point of one pass.

    Returns:
        (n, k) of the same kind. Gaps up to ``MAX_BRIDGED_GAP_S`` are filled, longer ones are NaN.
    """
    out = np.full(values.shape, np.nan)
    for start, stop in seen_spans(t_s, np.asarray(np.isfinite(values).all(axis=1))):
        span_t = t_s[start:stop]
        filled = _bridge(span_t, values[start:stop])
        out[start:stop] = _low_pass(span_t, _running_median(span_t, filled), cutoff_hz)
    return out


def seen_spans(t_s: Array, seen: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Half-open index spans that hold no gap longer than ``MAX_BRIDGED_GAP_S``."""
    index = np.flatnonzero(seen)
    if index.size == 0:
        return []
    breaks = np.flatnonzero(np.diff(t_s[index]) > MAX_BRIDGED_GAP_S + 1e-9)
    # Neighbouring frames of a slow clip may lie further apart than a bridgeable gap.
    breaks = breaks[np.diff(index)[breaks] > 1]
    starts = np.concatenate([[0], breaks + 1])
    stops = np.concatenate([breaks, [index.size - 1]])
    return [(int(index[a]), int(index[b]) + 1) for a, b in zip(starts, stops, strict=True)]


def _bridge(t_s: Array, values: Array) -> Array:
    ok = np.isfinite(values).all(axis=1)
    if ok.all():
        return values.astype(float, copy=True)
    filled = np.empty(values.shape)
    for column in range(values.shape[1]):
        filled[:, column] = np.interp(t_s, t_s[ok], values[ok, column])
    return filled


def _running_median(t_s: Array, values: Array) -> Array:
    """Median of each column over ``MEDIAN_S`` around every frame; ends repeat.

    Where near and far limbs overlap the landmark model jumps between two answers, frame by frame,
    for up to a third of the frames. A Hampel filter takes that for spread and lets it through; the
    median keeps the answer of the majority and leaves slow monotone movement as it is.
    """
    # The mean spacing: where frames were dropped, the usual one would make the window too long.
    step_s = float(t_s[-1] - t_s[0]) / (len(t_s) - 1) if len(t_s) > 1 else MEDIAN_S
    half = min(round(0.5 * MEDIAN_S / step_s), (len(values) - 1) // 2)
    if half < 1:
        return values
    columns = np.ascontiguousarray(values.T)
    out = np.empty_like(columns)
    for column, smooth in zip(columns, out, strict=True):
        # Over one dimension SciPy keeps a sorted window: far cheaper than over two.
        ndimage.median_filter(column, size=2 * half + 1, mode="nearest", output=smooth)
    return out.T


def _low_pass(t_s: Array, values: Array, cutoff_hz: float) -> Array:
    """Zero-phase Butterworth on an even time grid, read back at the frames' own times."""
    if len(t_s) < 3:
        return values
    step_s = float(np.median(np.diff(t_s)))
    rate_hz = 1.0 / step_s
    if rate_hz <= 2.2 * cutoff_hz:
        return values
    even = bool(np.allclose(np.diff(t_s), step_s, rtol=0.0, atol=0.1 * step_s))
    grid_t = t_s if even else np.arange(t_s[0], t_s[-1] + step_s, step_s)
    grid = values if even else _resample(t_s, values, grid_t)
    sos = signal.butter(2, cutoff_hz, fs=rate_hz, output="sos")
    pad = min(len(grid) - 1, int(rate_hz))
    smooth = signal.sosfiltfilt(sos, grid, axis=0, padlen=pad)
    return smooth if even else _resample(grid_t, smooth, t_s)


def _resample(from_t: Array, values: Array, to_t: Array) -> Array:
    columns = [np.interp(to_t, from_t, values[:, k]) for k in range(values.shape[1])]
    return np.stack(columns, axis=1)


def rate_per_s(t_s: Array, values: Array) -> Array:
    """Slope between each frame's neighbours, (n, ...) per second; NaN next to gaps."""
    if len(t_s) < 2:
        return np.full(values.shape, np.nan)
    if len(t_s) == 2:
        step = (values[1] - values[0]) / (t_s[1] - t_s[0])
        return np.stack([step, step])
    steps = t_s.reshape(-1, *[1] * (values.ndim - 1))
    out = np.empty(values.shape)
    out[1:-1] = (values[2:] - values[:-2]) / (steps[2:] - steps[:-2])
    out[0] = (values[1] - values[0]) / (steps[1] - steps[0])
    out[-1] = (values[-1] - values[-2]) / (steps[-1] - steps[-2])
    return out


@dataclass(slots=True)
class OneEuro:
    """One Euro filter (Casiez et al. 2012) over a vector of live values.

    The defaults suit joint angles in degrees: beta's unit is 1/degree, so it changes with the
    unit; both may be given for each value. NaN leaves a value's state untouched; after a gap longer
    than ``MAX_BRIDGED_GAP_S`` the value starts afresh.
    """

    min_cutoff_hz: float | Array = 1.5
    beta: float | Array = 0.05
    derivative_cutoff_hz: float = 1.0
    _value: Array | None = None
    _rate: Array | None = None
    _t_s: Array | None = None
    #: When every value was last there at once, or None: then one time step serves them all.
    _whole_t_s: float | None = None

    def step(self, t_s: float, value: Array) -> Array:
        """Filtered (k,) values at time ``t_s`` seconds; NaN where ``value`` is NaN."""
        if self._value is None or self._rate is None or self._t_s is None:
            self._value = value.astype(float, copy=True)
            self._rate = np.zeros(value.shape)
            self._t_s = np.full(value.shape, t_s)
            self._whole_t_s = t_s if np.isfinite(value).all() else None
            return self._value.copy()
        whole = math.isfinite(value.sum())
        if whole and self._whole_t_s is not None and t_s - self._whole_t_s <= MAX_BRIDGED_GAP_S:
            dt = max(t_s - self._whole_t_s, 1e-6)
            self._value, self._rate = self._moved(value, dt)
            self._t_s.fill(t_s)
        else:
            self._step_apart(t_s, value)
        self._whole_t_s = t_s if whole else None
        return self._value.copy() if whole else np.where(np.isfinite(value), self._value, np.nan)

    def _step_apart(self, t_s: float, value: Array) -> None:
        """Each value by its own time since it was there last."""
        assert self._value is not None
        assert self._rate is not None
        assert self._t_s is not None
        ok = np.isfinite(value)
        dt = t_s - self._t_s
        fresh = ok & ((dt > MAX_BRIDGED_GAP_S) | ~np.isfinite(self._value))
        smooth, rate = self._moved(value, np.maximum(dt, 1e-6))
        held, held_rate = self._value, self._rate
        self._value = np.where(fresh, value, np.where(ok, smooth, held))
        self._rate = np.where(fresh, 0.0, np.where(ok, rate, held_rate))
        self._t_s = np.where(ok, t_s, self._t_s)

    def _moved(self, value: Array, dt_s: Array | float) -> tuple[Array, Array]:
        """Value and rate after ``dt_s``."""
        assert self._value is not None
        assert self._rate is not None
        change = value - self._value
        rate = self._rate + _alpha(self.derivative_cutoff_hz, dt_s) * (change / dt_s - self._rate)
        cutoff = self.min_cutoff_hz + self.beta * np.abs(rate)
        return self._value + _alpha(cutoff, dt_s) * change, rate


def _alpha(cutoff_hz: Any, dt_s: Any) -> Any:
    omega = 2.0 * np.pi * dt_s * cutoff_hz
    return omega / (1.0 + omega)
