"""Drawings of our own, as SVG: where the camera stands, from above and from the side."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from itertools import product

from posecheck.core.move import Move

_HEIGHTS = (
    (("shin",), "low, level with the shin"),
    (("knee height", "level with the knee"), "at knee height"),
    (("hip height", "level with the hip"), "at hip height"),
    (("chest height",), "at chest height"),
)
_FROM = {"side": "from the side", "front": "from the front", "any": "from the side or the front"}
_HEAD = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" fill="none" '
    'stroke="#22303c" stroke-width="2.4" stroke-linecap="round" stroke-linejoin="round" '
    'font-family="system-ui, sans-serif">'
)


def camera_words(move: Move) -> str:
    """Where the camera stands for a move, in a few words."""
    place = " ".join([move.camera.place, *move.setup]).lower()
    height = next((words for keys, words in _HEIGHTS if any(k in place for k in keys)), "")
    said = f"The camera films {_FROM[move.camera.plane]}"
    return f"{said}, {height}" if height else said


def camera_svg(move: Move) -> str:
    """Where the camera stands for a move, seen from above."""
    side = move.camera.plane == "side"
    nose = "M142 40 h14 m-6 -6 l6 6 l-6 6" if side else "M130 54 v14 m-6 -6 l6 6 l6 -6"
    across = 'rx="11" ry="27"' if side else 'rx="27" ry="11"'
    return (
        _HEAD.format(width=260, height=190)
        + '<path d="M130 150 L84 78 M130 150 L176 78" stroke-dasharray="5 6" stroke="#8a949e"/>'
        + f'<ellipse cx="130" cy="40" {across}/>'
        + f'<circle cx="130" cy="40" r="10" fill="#22303c"/><path d="{nose}" stroke="#b4570e"/>'
        + '<rect x="112" y="152" width="36" height="24" rx="4"/><circle cx="130" cy="164" r="6"/>'
        + '<path d="M122 152 l4 -6 h8 l4 6"/>'
        + '<g stroke="none" fill="#22303c" font-size="13"><text x="164" y="118">3 to 4 m</text>'
        + '<text x="158" y="169">camera</text>'
        + f'<text x="0" y="16">{escape("you, " + ("side on" if side else "facing it"))}</text>'
        + "</g></svg>"
    )


#: What :func:`first_steps_svg` shows, for those who hear the page.
FIRST_STEPS = (
    "A camera stands level, three to four metres from a person, who is seen from head to feet."
)


def first_steps_svg() -> str:
    """For a first visit: the camera level, the person whole in the picture."""
    return (
        _HEAD.format(width=720, height=200)
        + '<path d="M20 168 H700" stroke="#c3cad1"/>'
        + '<rect x="58" y="66" width="52" height="34" rx="6"/><circle cx="94" cy="83" r="9"/>'
        + '<path d="M84 100 L62 168 M84 100 L106 168 M84 100 V150"/>'
        + '<path d="M114 76 L560 14 M114 92 L552 166" stroke-dasharray="6 8" stroke="#8a949e"/>'
        + '<circle cx="580" cy="32" r="13" fill="#22303c"/>'
        + '<g stroke-width="6"><path d="M580 100 L576 134 L578 165 h13" stroke="#8a949e"/>'
        + '<path d="M580 46 V100"/><path d="M580 58 L596 80 L616 88"/>'
        + '<path d="M580 100 L620 92 L614 128 l15 4" stroke="#b4570e"/></g>'
        + '<path d="M112 186 H564 M112 180 v12 M564 180 v12" stroke="#8a949e"/>'
        + '<g stroke="none" fill="#22303c" font-size="16" text-anchor="middle">'
        + '<text x="338" y="158">3 to 4 metres</text><text x="84" y="54">level</text>'
        + '<text x="662" y="36">head to feet</text><text x="662" y="58">in the picture</text>'
        + "</g></svg>"
    )


#: What :func:`wall_svg` shows, for those who hear the page.
WALL = (
    "From the side: one foot flat before a wall, the knee touching it. The printed sheet stands "
    "on the floor beside the foot, one edge at the wall. The camera stands low on the side of that "
    "leg, two to three metres away."
)


def wall_svg() -> str:
    """Where leg, sheet and camera stand for knee to wall, seen from the side and a little above."""
    sheet = [(21, 0, -10), (21, 29.7, -10), (0, 29.7, -10), (0, 0, -10)]
    touch_x, touch_y = _before_wall(1.5, 43, 0)
    return (
        _HEAD.format(width=400, height=268)
        + f'<path d="{_line((0, 0, -24), (100, 0, -24))}" stroke="#c3cad1"/>'
        + f'<path d="{_line((0, 0, -24), (0, 50, -24), (0, 50, 30), (0, 0, 30))} Z" '
        + 'stroke="#8a949e" fill="#8a949e" fill-opacity=".22"/>'
        # Paper and print keep their colours on a dark page.
        + f'<path d="{_line(*sheet)} Z" fill="#fff" stroke="#8a949e"/>'
        + f'<path d="{" ".join(_squares())}" fill="#111" stroke="none"/>'
        + f'<path d="{_line((48, 57, 0), (5, 43, 0))}" stroke="#8a949e" stroke-width="13"/>'
        + f'<path d="{_line((5, 43, 0), (31, 8, 0), (34, 2, 0), (11, 2, 0))}" '
        + 'stroke="#b4570e" stroke-width="12"/>'
        + f'<circle cx="{touch_x:.0f}" cy="{touch_y:.0f}" r="17"/>'
        + '<path d="M154 208 L180 150 M162 224 L262 196" stroke="#8a949e" stroke-dasharray="5 7"/>'
        + '<rect x="98" y="206" width="46" height="30" rx="6"/><circle cx="131" cy="220" r="8"/>'
        + '<path d="M110 236 l-6 14 M130 236 l6 14"/>'
        + '<g stroke="none" fill="#22303c" font-size="17"><text x="336" y="58">wall</text>'
        + '<text x="336" y="128">sheet</text><text x="0" y="148">floor</text>'
        + '<text x="0" y="196">camera, low</text><text x="190" y="240">2 to 3 m</text>'
        + '<text x="0" y="88">knee to the wall</text></g></svg>'
    )


def _before_wall(out_cm: float, up_cm: float, near_cm: float) -> tuple[float, float]:
    """The place in the drawing of a point so far from the wall, above the floor, and nearer to
    the camera than the leg."""
    return 296 - 2.9 * out_cm - 1.2 * near_cm, 178 - 2.9 * up_cm + 0.9 * near_cm


def _line(*points_cm: tuple[float, float, float]) -> str:
    return "M" + " L".join(f"{x:.0f} {y:.0f}" for x, y in (_before_wall(*p) for p in points_cm))


def _squares() -> Iterator[str]:
    """The six printed squares of the sheet, each with a light one in it."""
    for column, row in product(range(2), range(3)):
        x, y = _before_wall(18.5 - 9 * column, 27 - 8.8 * row, -10)
        hole = 5 + 4 * ((column + row) % 2)
        yield f"M{x:.0f} {y:.0f} h18 v18 h-18 Z M{x + hole:.0f} {y + 7:.0f} v5 h5 v-5 Z"
