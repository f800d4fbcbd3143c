"""A measure over time for page, SVG and PNG: points with error bars, MDC band, trend, best."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import altair as alt

from posecheck.core import words
from posecheck.core.errors import InputError
from posecheck.core.progress import Measured, Progress
from posecheck.core.readings import Reading

#: So many readings are drawn, the newest: more would lie on one another.
MOST_DRAWN = 400
_INK = {"left": "#d17a00", "right": "#3a8fd6", "": "#0c8a80"}
_SIZE_PX = (420, 280)


def draw(found: Progress, label: str, unit: str, reach: tuple[float, float]) -> alt.LayerChart:
    """One side's chart; ``reach``: the lowest and highest value of all that stand side by side."""
    side = found.name.side or ""
    ink = _INK[side]
    shown = found.readings[-MOST_DRAWN:]
    title = f"{label}{f', {side}' if side else ''}, {unit}"
    axis = alt.Axis(format="%d %b %y", labelOverlap=True, tickCount=5)
    x = alt.X("at:T", title=None, scale=alt.Scale(padding=14), axis=axis)
    y = alt.Y("value:Q", title=title, scale=alt.Scale(domain=list(reach), zero=False, nice=True))
    points = _rows(_point(one, unit) for one in shown)
    tooltip = [alt.Tooltip("day:N", title="on"), alt.Tooltip("said:N", title=label)]
    layers: list[alt.Chart] = [
        *_band(found, y, shown),
        *_trend(found, x, y, ink, shown),
        points.mark_rule(color=ink, strokeWidth=1.5, opacity=0.75).encode(
            x=x, y=alt.Y("low:Q", title=title), y2="high:Q"
        ),
        points.mark_point(
            color=ink, filled=side != "right", fill=ink if side != "right" else "white",
            size=70, opacity=1, strokeWidth=2,
        ).encode(x=x, y=y, tooltip=tooltip),
    ]  # fmt: skip
    if found.best is not None:
        best = _rows([_point(found.best, unit) | {"star": "best"}])
        layers.append(
            best.mark_text(text="★", fontSize=18, color="#2b8a57", dy=-13).encode(
                x=x, y=y, tooltip=[alt.Tooltip("said:N", title="personal best")]
            )
        )
    return alt.LayerChart(layer=layers)


def reach_of(found: Measured) -> tuple[float, float]:
    """The lowest and the highest value of both sides, error bars and bands included."""
    ends: list[float] = []
    for one in found.tracks.values():
        shown = one.readings[-MOST_DRAWN:]
        ends += [r.value + k * (r.error or 0.0) for r in shown for k in (-1, 1)]
        ends += [one.baseline.value + k * (one.band or 0.0) for k in (-1, 1)]
    room = 0.06 * (max(ends) - min(ends)) or 1.0
    return min(ends) - room, max(ends) + room


def _rows(rows: Iterable[dict[str, Any]]) -> alt.Chart:
    return alt.Chart(alt.InlineData(values=list(rows)))


def _at(moment: datetime) -> str:
    # Without its zone: the day on the person's own clock, wherever the picture is looked at.
    return moment.replace(tzinfo=None).isoformat(timespec="seconds")


def _point(one: Reading, unit: str) -> dict[str, Any]:
    error = one.error or 0.0
    return {
        "at": _at(one.at), "value": round(one.value, 2), "low": round(one.value - error, 2),
        "high": round(one.value + error, 2), "day": f"{one.at:%d %b %Y}",
        "said": words.with_error(one.value, one.error, unit),
    }  # fmt: skip


def _band(found: Progress, y: alt.Y, shown: tuple[Reading, ...]) -> list[alt.Chart]:
    base = found.baseline.value
    ends = {"at": _at(shown[0].at), "until": _at(shown[-1].at), "value": base}
    x, until = alt.X("at:T"), alt.X2("until:T")
    layers = []
    if found.band is not None and len(shown) > 1:
        row = ends | {"low": base - found.band, "high": base + found.band}
        layers.append(
            _rows([row]).mark_rect(color="gray", opacity=0.16).encode(
                x=x, x2=until, y=alt.Y("low:Q"), y2="high:Q"
            )
        )  # fmt: skip
    if len(shown) > 1:
        rule = _rows([ends]).mark_rule(color="gray", strokeDash=[5, 4])
        layers.append(rule.encode(x=x, x2=until, y=y))
    return layers


def _trend(
    found: Progress, x: alt.X, y: alt.Y, ink: str, shown: tuple[Reading, ...]
) -> list[alt.Chart]:
    if found.trend is None:
        return []
    line = [
        {"at": _at(at), "value": value, "low": value - half, "high": value + half}
        for at, value, half in found.trend.line(40)
        if at >= shown[0].at
    ]
    rows = _rows(line)
    return [
        rows.mark_area(color=ink, opacity=0.12).encode(x=x, y=alt.Y("low:Q"), y2="high:Q"),
        rows.mark_line(color=ink, strokeWidth=1.5, opacity=0.7).encode(x=x, y=y),
    ]


def picture(found: Measured) -> alt.HConcatChart:
    """All sides side by side, on white: what SVG and PNG files show."""
    reach = reach_of(found)
    width, height = _SIZE_PX
    charts = [
        draw(one, found.label, found.unit, reach).properties(
            width=width, height=height, title=side.capitalize() if side else ""
        )
        for side, one in sorted(found.tracks.items())
    ]
    return alt.HConcatChart(hconcat=charts, background="white")


def as_bytes(found: Measured, kind: str) -> bytes:
    """The picture as an SVG or PNG file's content. Needs no network."""
    import vl_convert

    spec = picture(found).to_dict()
    if kind == "svg":
        return str(vl_convert.vegalite_to_svg(spec)).encode()
    return bytes(vl_convert.vegalite_to_png(spec, scale=2.0))


def kind_of_file(path: Path) -> str:
    """``svg`` or ``png`` from a file's name.

    Raises:
        InputError: another kind.
    """
    kind = path.suffix.lower().removeprefix(".")
    if kind not in ("svg", "png"):
        raise InputError(f"{path}: expected a name ending in .svg or .png")
    return kind
