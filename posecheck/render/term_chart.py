"""A measure over time in a terminal: points with error bars, the baseline's band, the trend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from posecheck.core import words
from posecheck.core.progress import Progress

if TYPE_CHECKING:
    from rich.text import Text

#: So many of the newest values make a sparkline.
SPARKS = 24
_BARS = "▁▂▃▄▅▆▇█"
_HEIGHT = 12
_LEAST_WIDTH = 24
#: Later ones lie on top.
_RANKS = {" ": 0, "░": 1, "─": 2, "·": 3, "│": 4, "●": 5, "★": 6}
_STYLES = {
    "░": "dim",
    "─": "dim",
    "·": "cyan",
    "│": "dim cyan",
    "●": "bold cyan",
    "★": "bold green",
}


@dataclass(slots=True)
class _Grid:
    """Characters by row (0 on top) and column."""

    cells: list[list[str]]
    low: float
    high: float
    first: datetime
    span_s: float

    def row(self, value: float) -> int:
        share = (self.high - value) / (self.high - self.low)
        return min(max(round(share * (len(self.cells) - 1)), 0), len(self.cells) - 1)

    def column(self, at: datetime) -> int:
        share = (at - self.first).total_seconds() / self.span_s
        return min(max(round(share * (len(self.cells[0]) - 1)), 0), len(self.cells[0]) - 1)

    def put(self, row: int, column: int, sign: str) -> None:
        if _RANKS[sign] > _RANKS[self.cells[row][column]]:
            self.cells[row][column] = sign


def sparkline(values: Sequence[float]) -> str:
    """The newest values as small bars: ``▂▃▅▇``; empty without any."""
    shown = list(values)[-SPARKS:]
    if not shown:
        return ""
    low, span = min(shown), max(shown) - min(shown)
    if span == 0:
        return _BARS[3] * len(shown)
    return "".join(_BARS[round((v - low) / span * (len(_BARS) - 1))] for v in shown)


def chart(found: Progress, unit: str, width: int, height: int = _HEIGHT) -> Text:
    """The chart as text of ``width`` columns."""
    from rich.text import Text

    low, high = _reach(found)
    labels = [words.number(high, unit), words.number((low + high) / 2, unit),
              words.number(low, unit)]  # fmt: skip
    gutter = max(map(len, labels)) + 1
    columns = max(width - gutter - 1, _LEAST_WIDTH)
    first, last = found.readings[0].at, found.readings[-1].at
    span_s = max((last - first).total_seconds(), 1.0)
    cells = [[" "] * columns for _ in range(height)]
    grid = _Grid(cells, low, high, first, span_s)
    _draw(grid, found)
    text = Text()
    ticks = {0: labels[0], (height - 1) // 2: labels[1], height - 1: labels[2]}
    for number, row in enumerate(grid.cells):
        text.append(f"{ticks.get(number, ''):>{gutter}}▕", style="dim")
        for sign in row:
            text.append(sign, style=_STYLES.get(sign, ""))
        text.append("\n")
    begin, end = f"{first:%d %b %Y}", f"{last:%d %b %Y}"
    text.append(" " * (gutter + 1) + begin, style="dim")
    if begin != end:
        text.append(f"{end:>{columns - len(begin)}}", style="dim")
    return text


def _draw(grid: _Grid, found: Progress) -> None:
    columns = range(len(grid.cells[0]))
    if found.band is not None:
        top = grid.row(found.baseline.value + found.band)
        bottom = grid.row(found.baseline.value - found.band)
        for row in range(top, bottom + 1):
            for column in columns:
                grid.put(row, column, "░")
    for column in columns:
        grid.put(grid.row(found.baseline.value), column, "─")
    if found.trend is not None:
        for at, value, _ in found.trend.line(len(columns)):
            grid.put(grid.row(value), grid.column(at), "·")
    for one in found.readings:
        column, error = grid.column(one.at), one.error or 0.0
        for row in range(grid.row(one.value + error), grid.row(one.value - error) + 1):
            grid.put(row, column, "│")
        grid.put(grid.row(one.value), column, "★" if one is found.best else "●")


def _reach(found: Progress) -> tuple[float, float]:
    """The lowest and the highest value to show, with a little room."""
    ends = [one.value + k * (one.error or 0.0) for one in found.readings for k in (-1, 1)]
    band = found.band or 0.0
    ends += [found.baseline.value - band, found.baseline.value + band]
    low, high = min(ends), max(ends)
    room = 0.05 * (high - low) or 1.0
    return low - room, high + room
