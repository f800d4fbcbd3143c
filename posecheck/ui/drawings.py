"""Drawings of our own, as SVG: where the camera stands, from above and from the side."""

from __future__ import annotations

from html import escape

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
