"""A chart for the web page: the report's, with values under the pointer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import altair as alt
import numpy as np

from posecheck.render.charts import Band, ChartData

_LEFT_RIGHT = ["left", "right", "both"]
_DASHES = [[1, 0], [6, 4], [1, 0]]
_MOST_CLICKABLE = 400
#: The plot's lower edge, however high the page makes it.
_BOTTOM = alt.value("height")


def draw(data: ChartData, *, height_px: int = 240, moment: str | None = None) -> alt.LayerChart:
    """Left solid, right dashed, ± as a pale band, phases shaded, targets ruled, faults marked.

    Args:
        moment: name of a selection that a click fills with the nearest ``t_s``; None for none.
    """
    x = alt.X("t_s:Q", title="seconds", scale=alt.Scale(domain=[0, data.end_s], nice=False))
    until = alt.X2("end_s:Q")
    title = f"{data.label}, {data.unit}" if data.unit else data.label
    y = alt.Y("value:Q", title=title)
    layers = [
        _rows(_bands(data.bands[::2]), lambda chart: chart.mark_rect(
            opacity=0.1, color="gray").encode(x=x, x2=until)),
        _rows(_bands(data.bands), lambda chart: chart.mark_text(
            align="left", baseline="top", dx=3, dy=3, color="gray", fontWeight="bold"
        ).encode(x=x, y=alt.value(0), text="number:N", tooltip=_said("position"))),
        _rows(_targets(data), lambda chart: chart.mark_rule(
            strokeDash=[5, 3], color="#2b8a57").encode(x=x, x2=until, y=y)),
        *_lines(data, x, y, title),
        *([] if moment is None else [_clickable(data, x, y, moment)]),
        _rows(_bands(data.holds), lambda chart: chart.mark_rule(
            strokeWidth=6, color="#0c8a80", yOffset=-4
        ).encode(x=x, x2=until, y=_BOTTOM, tooltip=_said("held"))),
        _rows(_bands(data.faults), lambda chart: chart.mark_point(
            shape="triangle-up", filled=True, size=90, color="#c0432f", opacity=1, yOffset=-14
        ).encode(x=x, y=_BOTTOM, tooltip=_said("to change"))),
    ]  # fmt: skip
    chart = alt.LayerChart(layer=[layer for layer in layers if layer is not None])
    return chart.properties(height=height_px)


def _lines(data: ChartData, x: alt.X, y: alt.Y, title: str) -> list[alt.Chart]:
    """The ± band and the line of each side, with a legend where there are two."""
    sides = [trace.side or "both" for trace in data.traces]
    legend = alt.Legend(values=sides, orient="top", symbolType="stroke") if len(sides) > 1 else None
    color = alt.Color(
        "side:N", title=None, legend=legend,
        scale=alt.Scale(domain=_LEFT_RIGHT, range=["#d17a00", "#3a8fd6", "#0c8a80"]),
    )  # fmt: skip
    dash = alt.StrokeDash(
        "side:N", title=None, legend=legend, scale=alt.Scale(domain=_LEFT_RIGHT, range=_DASHES)
    )
    points = alt.Chart(alt.InlineData(values=list(_points(data))))
    number = f".{1 if data.unit in {'cm', 's'} else 0}f"
    tooltip = [
        alt.Tooltip("t_s:Q", title="seconds", format=".1f"),
        alt.Tooltip("side:N"),
        alt.Tooltip("value:Q", title=title, format=number),
        alt.Tooltip("error:Q", title="±", format=number),
    ]
    return [
        points.mark_area(opacity=0.2).encode(
            x=x, y=alt.Y("low:Q", title=title), y2="high:Q", color=color
        ),
        points.mark_line().encode(x=x, y=y, color=color, strokeDash=dash, tooltip=tooltip),
    ]


def _clickable(data: ChartData, x: alt.X, y: alt.Y, moment: str) -> alt.Chart:
    """Unseen points along the lines: a line itself has no nearest moment to click."""
    rows = [row for row in _points(data) if row["value"] is not None]
    picked = alt.selection_point(name=moment, fields=["t_s"], nearest=True, on="click", empty=False)
    points = alt.Chart(alt.InlineData(values=rows[:: max(1, len(rows) // _MOST_CLICKABLE)]))
    shown = points.mark_point(size=120, filled=True, color="#c0432f").encode(
        x=x, y=y, opacity=alt.condition(picked, alt.value(1), alt.value(0))
    )
    made: alt.Chart = shown.add_params(picked)
    return made


def _said(title: str) -> alt.Tooltip:
    return alt.Tooltip("name:N", title=title)


def _rows(chart: alt.Chart, mark: Callable[[alt.Chart], alt.Chart]) -> alt.Chart | None:
    """The marked chart, or None: a layer without rows has no extent, of which browsers warn."""
    return mark(chart) if chart.data.values else None


def _bands(bands: Sequence[Band]) -> alt.Chart:
    rows = [
        {"t_s": band.start_s, "end_s": band.end_s, "name": band.name, "number": band.number}
        for band in bands
    ]
    return alt.Chart(alt.InlineData(values=rows))


def _targets(data: ChartData) -> alt.Chart:
    rows = [
        {"t_s": zone.start_s, "end_s": zone.end_s, "value": bound}
        for zone in data.zones
        for bound in (zone.low, zone.high)
        if bound is not None
    ]
    return alt.Chart(alt.InlineData(values=rows))


def _points(data: ChartData) -> Iterator[dict[str, Any]]:
    for trace in data.traces:
        for t, value, error in zip(trace.t_s, trace.value, trace.error, strict=True):
            seen = bool(np.isfinite(value))
            yield {
                "t_s": round(float(t), 3),
                "value": round(float(value), 2) if seen else None,
                "low": round(float(value - error), 2) if seen else None,
                "high": round(float(value + error), 2) if seen else None,
                "error": round(float(error), 2),
                "side": trace.side or "both",
            }
