"""A chart as inline SVG: its colours are CSS classes, so that it follows light, dark and print."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from posecheck.core.words import number
from posecheck.render.charts import Band, ChartData, Trace

_GUTTER = 46.0
_RIGHT = 10.0
_TOP_LANE = 22.0
_LANE = 20.0
_AXIS = 24.0
#: Room between the lowest value's label and the first lane's.
_LANE_GAP = 8.0
#: Mean advance of one character at the charts' text size, for deciding what fits.
_CHAR = 6.4


@dataclass(frozen=True, slots=True)
class _Frame:
    """Pixel geometry of one chart."""

    width: float
    top: float
    bottom: float
    end_s: float
    low: float
    high: float

    def x(self, t_s: ArrayLike) -> Any:
        """Pixels from the left; as many as there are times."""
        share = np.clip(np.divide(t_s, self.end_s), 0.0, 1.0)
        return _GUTTER + share * (self.width - _GUTTER - _RIGHT)

    def y(self, value: ArrayLike) -> Any:
        """Pixels from the top; as many as there are values."""
        share = np.clip(np.subtract(value, self.low) / (self.high - self.low), 0.0, 1.0)
        return self.bottom - share * (self.bottom - self.top)


def draw(data: ChartData, *, width: int, plot_height: int, css_class: str) -> str:
    """The chart as an ``<svg>`` element, ``width`` units wide."""
    ticks = _nice_ticks(*data.value_range)
    bottom = _TOP_LANE + plot_height
    frame = _Frame(width, _TOP_LANE, bottom, data.end_s, ticks[0], ticks[-1])
    lanes = [
        (name, bands) for name, bands in (("faults", data.faults), ("holds", data.holds)) if bands
    ]
    lanes_top = bottom + (_LANE_GAP if lanes else 0.0)
    lanes_end = lanes_top + _LANE * len(lanes)
    parts = [
        *_shades(frame, data, lanes_end),
        *_grid(frame, ticks, data.unit),
        *_zones(frame, data),
    ]
    for trace in data.traces:
        parts += _trace(frame, trace)
    for k, (name, bands) in enumerate(lanes):
        parts += _lane(frame, name, bands, lanes_top + _LANE * k)
    parts += _time_axis(frame, lanes_end)
    height = lanes_end + _AXIS
    return (
        f'<svg class="chart {css_class}" viewBox="0 0 {width} {height:g}" role="img" '
        f'aria-label="{escape(data.summary)}">{"".join(parts)}</svg>'
    )


def _shades(frame: _Frame, data: ChartData, lanes_end: float) -> Iterator[str]:
    """Phases as alternating shades, named along the top or numbered where narrow."""
    for k, band in enumerate(data.bands):
        left, right = frame.x(band.start_s), frame.x(band.end_s)
        tone = "shade" if k % 2 == 0 else "shade-2"
        yield (
            f'<rect class="{tone}" x="{left:.1f}" y="0" width="{max(right - left, 0.5):.1f}" '
            f'height="{lanes_end:.1f}"><title>{escape(band.name)}</title></rect>'
        )
        text = _fitting(band, right - left)
        if text:
            yield _text((left + right) / 2, _TOP_LANE - 7, text, "name", "middle")


def _fitting(band: Band, room: float) -> str:
    for text in (band.name, band.number):
        if len(text) * _CHAR + 4 <= room:
            return text
    return ""


def _zones(frame: _Frame, data: ChartData) -> Iterator[str]:
    """Target ranges: a tinted field, with a rule at each bound that must be reached."""
    for zone in data.zones:
        left, right = frame.x(zone.start_s), frame.x(zone.end_s)
        top = frame.y(zone.high) if zone.high is not None else frame.top
        bottom = frame.y(zone.low) if zone.low is not None else frame.bottom
        yield (
            f'<rect class="zone" x="{left:.1f}" y="{top:.1f}" width="{right - left:.1f}" '
            f'height="{max(bottom - top, 1):.1f}"/>'
        )
        for bound in (zone.low, zone.high):
            if bound is not None:
                y = frame.y(bound)
                yield f'<path class="zone-rule" d="M{left:.1f} {y:.1f}H{right:.1f}"/>'


def _grid(frame: _Frame, ticks: list[float], unit: str) -> Iterator[str]:
    sign = unit if unit in {"°", "%"} else ""
    for tick in ticks:
        y = frame.y(tick)
        css = "zero" if tick == 0 else "grid"
        yield f'<path class="{css}" d="M{_GUTTER:g} {y:.1f}H{frame.width - _RIGHT:g}"/>'
        yield _text(_GUTTER - 6, y + 4, number(tick, sign), "tick", "end")


def _trace(frame: _Frame, trace: Trace) -> Iterator[str]:
    side = trace.side or "both"
    for run in _runs(trace):
        t, v, e = trace.t_s[run], trace.value[run], trace.error[run]
        if len(t) == 1:
            yield (
                f'<circle class="dot {side}" cx="{frame.x(t[0]):.1f}" '
                f'cy="{frame.y(v[0]):.1f}" r="1.5"/>'
            )
            continue
        upper = _points(frame, t, v + e)
        lower = _points(frame, t[::-1], (v - e)[::-1])
        yield f'<path class="band {side}" d="M{upper}L{lower}Z"/>'
        yield f'<path class="line {side}" d="M{_points(frame, t, v)}"/>'


def _runs(trace: Trace) -> list[slice]:
    """Stretches without a gap."""
    finite = np.isfinite(trace.value).astype(np.int8)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], finite, [0]])))
    return [slice(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _points(frame: _Frame, t: np.ndarray, v: np.ndarray) -> str:
    x, y = frame.x(t).tolist(), frame.y(v).tolist()
    return " ".join([f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True)])


def _lane(frame: _Frame, name: str, bands: tuple[Band, ...], top: float) -> Iterator[str]:
    """A row under the plot: bars for holds, numbered triangles for faults."""
    middle = top + _LANE / 2
    draw_band = _fault if name == "faults" else _hold
    yield _text(_GUTTER - 6, middle + 4, name, "tick", "end")
    for band in bands:
        yield draw_band(frame, band, middle)


def _hold(frame: _Frame, band: Band, middle: float) -> str:
    left, right = frame.x(band.start_s), frame.x(band.end_s)
    width = max(right - left, 2)
    bar = (
        f'<rect class="hold" x="{left:.1f}" y="{middle - 7:.1f}" width="{width:.1f}" '
        f'height="14" rx="3"><title>held {escape(band.name)}</title></rect>'
    )
    if len(band.name) * _CHAR + 4 <= width:
        bar += _text((left + right) / 2, middle + 4, band.name, "hold-text", "middle")
    return bar


def _fault(frame: _Frame, band: Band, middle: float) -> str:
    left, right = frame.x(band.start_s), frame.x(band.end_s)
    title = f"<title>{escape(band.name)}</title>"
    span = f'<path class="fault-span" d="M{left:.1f} {middle + 6:.1f}H{max(right, left + 2):.1f}"/>'
    mark = f'<path class="fault" d="M{left - 5:.1f} {middle + 5:.1f}h10l-5 -9z">{title}</path>'
    return span + mark + _text(left + 7, middle + 3, band.number, "fault-text", "start")


def _time_axis(frame: _Frame, top: float) -> Iterator[str]:
    yield f'<path class="axis" d="M{_GUTTER:g} {top:.1f}H{frame.width - _RIGHT:g}"/>'
    for tick in _time_ticks(frame.end_s, max(3, int(frame.width / 90))):
        x = frame.x(tick)
        yield f'<path class="axis" d="M{x:.1f} {top:.1f}v4"/>'
        yield _text(x, top + 17, f"{int(tick) // 60}:{int(tick) % 60:02d}", "tick", "middle")


def _time_ticks(end_s: float, most: int) -> list[float]:
    for step in (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800):
        if end_s / step <= most:
            return [float(k * step) for k in range(int(end_s / step) + 1)]
    return [0.0, end_s]


def _nice_ticks(low: float, high: float) -> list[float]:
    """4 to 8 round values that enclose low..high."""
    span = max(high - low, 1e-6)
    power = 10.0 ** math.floor(math.log10(span / 4))
    step = next(m * power for m in (1, 2, 5, 10) if span / (m * power) <= 6)
    first, last = math.floor(low / step), math.ceil(high / step)
    if first == last:
        last += 1
    return [round(k * step, 6) for k in range(first, last + 1)]


def _text(x: float, y: float, text: str, css: str, anchor: str) -> str:
    return (
        f'<text class="{css}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'
    )
