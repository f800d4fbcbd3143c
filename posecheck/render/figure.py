"""A move's stick figures, for a terminal (braille dots) and for a page (SVG)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from html import escape

from posecheck.core.figure import Figure, Stroke, strokes
from posecheck.core.move import Move

#: Braille cells have 2 by 4 dots, bits in this order of (column, row).
_BITS = {
    (0, 0): 1,
    (0, 1): 2,
    (0, 2): 4,
    (1, 0): 8,
    (1, 1): 16,
    (1, 2): 32,
    (0, 3): 64,
    (1, 3): 128,
}
_BLANK = 0x2800
_DOTS_PER_HEIGHT = 44
_INK = {"working": "#b4570e", "other": "#8a949e", "trunk": "#22303c", "head": "#22303c",
        "floor": "#c3cad1", "wall": "#c3cad1"}  # fmt: skip
_WIDTH = {"working": 0.034, "other": 0.028, "trunk": 0.04, "floor": 0.012, "wall": 0.03}
_TILE = 150


def pictured(move: Move) -> list[tuple[str, Figure]]:
    """(name, figure) of the start position and of every phase that has a figure, in order."""
    named = [("Start", move.figure)] + [(phase.name, phase.figure) for phase in move.phases]
    return [(name, figure) for name, figure in named if figure is not None]


def figure_lines(figure: Figure) -> list[str]:
    """The figure in braille characters, all lines of one width."""
    drawn = strokes(figure)
    left, top, right, bottom = _box(drawn)
    scale = _DOTS_PER_HEIGHT
    dots: set[tuple[int, int]] = set()
    for stroke in drawn:
        for x, y in _points(stroke, 0.5 / scale):
            dots.add((round((x - left) * scale), round((y - top) * scale)))
    columns = math.ceil((right - left) * scale / 2) + 1
    rows = math.ceil((bottom - top) * scale / 4) + 1
    cells = [[0] * columns for _ in range(rows)]
    for x, y in dots:
        cells[y // 4][x // 2] |= _BITS[x % 2, y % 4]
    return ["".join(chr(_BLANK + cell) for cell in row) for row in cells]


def _points(stroke: Stroke, step: float) -> Iterable[tuple[float, float]]:
    if stroke.kind == "head":
        count = max(8, round(2 * math.pi * stroke.radius / step))
        for k in range(count):
            turn = 2 * math.pi * k / count
            yield (
                stroke.x0 + stroke.radius * math.cos(turn),
                stroke.y0 + stroke.radius * math.sin(turn),
            )
        return
    length = math.hypot(stroke.x1 - stroke.x0, stroke.y1 - stroke.y0)
    # The other side's limbs are dotted, so that the working ones stand out without colour.
    gap = 4 * step if stroke.kind == "other" else step
    for k in range(max(1, round(length / gap)) + 1):
        share = k / max(1, round(length / gap))
        yield (
            stroke.x0 + share * (stroke.x1 - stroke.x0),
            stroke.y0 + share * (stroke.y1 - stroke.y0),
        )


def _box(drawn: Sequence[Stroke]) -> tuple[float, float, float, float]:
    xs = [x for s in drawn for x in (s.x0 - s.radius, s.x1 + s.radius)]
    ys = [y for s in drawn for y in (s.y0 - s.radius, s.y1 + s.radius)]
    return min(xs), min(ys), max(xs), max(ys)


def figures_svg(move: Move) -> str:
    """All positions of a move in one row of an SVG picture; empty if it has no figures.

    The working side is drawn thicker and coloured, the other side dashed.
    """
    tiles = pictured(move)
    if not tiles:
        return ""
    width, height = _TILE * len(tiles), _TILE + 26
    names = ", ".join(name for name, _ in tiles)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="{escape(move.name, quote=True)}: {escape(names, quote=True)}" '
        'font-family="system-ui, sans-serif">'
    ]
    for k, (name, figure) in enumerate(tiles):
        parts.append(_tile(figure, name, k * _TILE))
    return "".join([*parts, "</svg>"])


def _tile(figure: Figure, name: str, x_px: int) -> str:
    drawn = strokes(figure)
    left, _, right, bottom = _box(drawn)
    scale = 0.86 * _TILE / 1.15
    dx = x_px + 0.5 * _TILE - 0.5 * (left + right) * scale
    dy = 0.94 * _TILE - bottom * scale
    lines = "".join(_line(stroke) for stroke in drawn)
    return (
        f'<g transform="translate({dx:.1f} {dy:.1f}) scale({scale:.1f})" fill="none" '
        f'stroke-linecap="round">{lines}</g>'
        f'<text x="{x_px + _TILE // 2}" y="{_TILE + 12}" font-size="11.5" fill="#22303c" '
        f'text-anchor="middle">{escape(name)}</text>'
    )


def _line(stroke: Stroke) -> str:
    ink = _INK[stroke.kind]
    if stroke.kind == "head":
        return (
            f'<circle cx="{stroke.x0:.3f}" cy="{stroke.y0:.3f}" r="{stroke.radius:.3f}" '
            f'fill="{ink}"/>'
        )
    dash = ' stroke-dasharray="0.035 0.045"' if stroke.kind == "other" else ""
    return (
        f'<line x1="{stroke.x0:.3f}" y1="{stroke.y0:.3f}" x2="{stroke.x1:.3f}" '
        f'y2="{stroke.y1:.3f}" stroke="{ink}" stroke-width="{_WIDTH[stroke.kind]}"{dash}/>'
    )
