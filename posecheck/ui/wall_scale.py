"""Where the centimetres come from, chosen on the page "Knee to wall": sheet, clicks or numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from posecheck.core.errors import InputError
from posecheck.scaling import ScaleInput
from posecheck.ui import markup
from posecheck.ui.pick import Picture, Point, jpeg_address, pick_points, read_points
from posecheck.ui.wall_measured import Look

SHEET, POINTS, BARE, HEIGHT = (
    "Printed sheet", "Two points on the floor", "A bare sheet of paper", "Body height",
)  # fmt: skip
_TAPE = ("the tape's far end", "its end at the wall")
_APART = ("one end of the tape", "its other end", "where wall and floor meet")
_CORNERS = ("upper left corner", "upper right corner", "lower right corner", "lower left corner")
_EXAMPLES = {2: "412, 655, 903, 661", 3: "412, 655, 760, 659, 903, 661",
             4: "300, 200, 380, 202, 379, 315, 299, 313"}  # fmt: skip
_PAPERS = {"a4": "A4", "letter": "Letter"}


@dataclass(frozen=True, slots=True)
class Way:
    """How the scale is to be made.

    Attributes:
        name: one of the four.
        wanted: what each clicked point is; empty where nothing is clicked.
        at_wall: the second point is where wall and floor meet.
    """

    name: str
    wanted: tuple[str, ...] = ()
    at_wall: bool = True
    length_cm: float | None = None
    paper: str = "a4"
    height_cm: float | None = None

    def given(self, points: Sequence[Point]) -> ScaleInput:
        """The order for the scale.

        Raises:
            InputError: a number or a point is missing; says which.
        """
        if self.name == SHEET:
            return ScaleInput()
        if self.name == HEIGHT:
            if self.height_cm is None:
                raise InputError("type your body height in cm")
            return ScaleInput(height_cm=self.height_cm)
        if len(points) < len(self.wanted):
            raise InputError(f"click {self.wanted[len(points)]} in the picture")
        flat = tuple(v for point in points for v in point)
        if self.name == BARE:
            return ScaleInput(paper=self.paper, paper_corners=flat)
        if self.length_cm is None:
            raise InputError("type the tape's length between the two points in cm")
        (x1, y1), (x2, y2) = points[:2]
        wall = points[1 if self.at_wall else 2]
        return ScaleInput(points=(x1, y1, x2, y2, self.length_cm), wall=wall)


BY_SHEET = Way(SHEET)


def choose_way(*, live: bool) -> Way:
    """The choice, with what belongs to it."""
    names = [SHEET, POINTS, BARE] if live else [SHEET, POINTS, BARE, HEIGHT]
    name = st.segmented_control("The centimetres come from", names, key="scale", default=SHEET)
    if name == POINTS:
        left, right = st.columns(2, vertical_alignment="bottom")
        length = left.number_input(
            "Length of the tape between the two points, cm", 5.0, 500.0, None, 1.0, key="length",
            placeholder="60",
            help="On the floor in the foot's line: the longer, the surer. 60 cm is good.",
        )  # fmt: skip
        at_wall = right.toggle("It ends at the wall", True, key="at-wall")
        return Way(POINTS, _TAPE if at_wall else _APART, at_wall, length)
    if name == BARE:
        paper = st.segmented_control(
            "Paper", list(_PAPERS), key="paper", default="a4", format_func=_PAPERS.__getitem__,
            help="It stands as the printed sheet would: upright, one side edge at the wall. You "
            "click its four corners.",
        )  # fmt: skip
        return Way(BARE, _CORNERS, paper=paper or "a4")
    if name == HEIGHT:
        height = st.number_input(
            "Your height, cm", 100.0, 230.0, None, 1.0, key="height", placeholder="172",
            help="Coarse: ± 6 %. Stand upright, whole, in the first four seconds of the video.",
        )  # fmt: skip
        return Way(HEIGHT, height_cm=height)
    return Way(SHEET)


def clicked(key: str, bgr: Picture, way: Way, *, mirror: bool = False) -> list[Point]:
    """The points of this picture, (h, w, 3) BGR: clicked, or typed as numbers.

    Args:
        mirror: show it as a mirror does; the points stay in the true picture's pixels.
    """
    text_key, wanted = f"typed-{key}", way.wanted
    before = _points_of(st.session_state.get(text_key, ""), len(wanted))

    def taken() -> None:
        found = read_points(st.session_state[f"pick-{key}"].get("points"), len(wanted))
        st.session_state[text_key] = "; ".join(f"{x:.1f}, {y:.1f}" for x, y in found)

    pick_points(
        f"pick-{key}", _address(key, bgr), (bgr.shape[1], bgr.shape[0]), wanted, before,
        mirror=mirror, on_change=taken,
    )  # fmt: skip
    typed = st.text_input(
        "The same as numbers: x, y of each point in pixels, from the upper left corner",
        key=text_key, placeholder=_EXAMPLES[len(wanted)],
    )  # fmt: skip
    points = _points_of(typed, len(wanted))
    if typed.strip() and not points:
        st.caption(
            f"Expected {2 * len(wanted)} numbers with commas between, such as "
            f"{_EXAMPLES[len(wanted)]}."
        )
    return points


def _address(key: str, bgr: Picture) -> str:
    """The picture's address, made once for a picture."""
    kept: dict[str, tuple[int, str]] = st.session_state.setdefault("pick-pictures", {})
    mark = hash(bgr[::16, ::16].tobytes())
    if kept.get(key, (None, ""))[0] != mark:
        kept[key] = (mark, jpeg_address(bgr))
    return kept[key][1]


def _points_of(text: str, most: int) -> list[Point]:
    """The points in a text; none where it is not made of pairs of numbers."""
    parts = [part for part in text.replace(";", ",").split(",") if part.strip()]
    try:
        numbers = [float(part) for part in parts]
    except ValueError:
        return []
    if len(numbers) % 2 or len(numbers) > 2 * most or not all(np.isfinite(numbers)):
        return []
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def show_look(look: Look) -> None:
    """What a scale looks like on the picture, or why there is none."""
    if look.error:
        st.error(markup.plain(look.error), icon=":material/error:")
        return
    left, right = st.columns([3, 2], gap="large")
    left.html(markup.photo(look.picture, f"The scale, drawn in: {look.name}"))
    right.html(markup.facts(look.facts))
