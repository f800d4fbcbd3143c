"""A chart for the web page: the report's, with values under the pointer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import altair as alt
import numpy as np

from posecheck.render.charts import Band, ChartData

_LEFT_RIGHT = ["left", "right", "both"]


def draw(data: ChartData, *, height_px: int = 240) -> alt.LayerChart:
    """Left solid, right dashed, ± as a pale band, phases shaded, targets ruled, faults marked."""
    x = alt.X("t_s:Q", title="seconds", scale=alt.Scale(domain=[0, data.end_s], nice=False))
    until = alt.X2("end_s:Q")
    y = alt.Y("value:Q", title=f"{data.label}, {data.unit}" if data.unit else data.label)
    color = alt.Color(
        "side:N",
        title=None,
        scale=alt.Scale(domain=_LEFT_RIGHT, range=["#d17a00", "#3a8fd6", "#0c8a80"]),
        legend=alt.Legend(values=[trace.side or "both" for trace in data.traces]),
    )
    dash = alt.StrokeDash(
        "side:N", title=None, legend=None, scale=alt.Scale(domain=_LEFT_RIGHT, range=_DASHES)
    )
    points = alt.Chart(alt.InlineData(values=list(_points(data))))
    bottom = alt.value(height_px - 6)
    layers = [
        _bands(data.bands[::2]).mark_rect(opacity=0.1, color="gray").encode(x=x, x2=until),
        _bands(data.bands)
        .mark_text(align="left", baseline="top", dx=3, dy=3)
        .encode(x=x, y=alt.value(0), text="number:N", tooltip="name:N"),
        _targets(data).mark_rule(strokeDash=[5, 3], color="#2b8a57").encode(x=x, x2=until, y=y),
        points.mark_area(opacity=0.2).encode(x=x, y=y.copy(), y2="high:Q", color=color)
        .transform_calculate(high="datum.value + datum.error")
        .transform_calculate(value="datum.value - datum.error"),
        points.mark_line().encode(
            x=x, y=y, color=color, strokeDash=dash,
            tooltip=["t_s:Q", "side:N", "value:Q", "error:Q"],
        ),
        _bands(data.holds).mark_rule(strokeWidth=6, color="#0c8a80")
        .encode(x=x, x2=until, y=bottom, tooltip="name:N"),
        _bands(data.faults).mark_point(shape="triangle-up", filled=True, size=90, color="#c0432f")
        .encode(x=x, y=bottom, tooltip="name:N"),
    ]  # fmt: skip
    chart = alt.LayerChart(layer=layers)
    return chart.properties(height=height_px)


_DASHES = [[1, 0], [6, 4], [1, 0]]


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
            yield {
                "t_s": round(float(t), 3),
                "value": round(float(value), 2) if np.isfinite(value) else None,
                "error": round(float(error), 2),
                "side": trace.side or "both",
            }
