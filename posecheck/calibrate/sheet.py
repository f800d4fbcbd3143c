"""The printed sheet: what is on it and where, in centimetres, and the sheet as a picture.

Six ArUco markers on one side of A4 or letter paper, the same pattern on both and centred, so that
the sheet's edges are known from the pattern: one side edge stands at the wall, the lower edge on
the floor. Few large markers rather than many small ones: in a picture of a whole person a sheet is
50 to 100 pixels wide, and half of it may be hidden by the leg.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from posecheck.core.errors import InputError

Paper = Literal["a4", "letter"]
Array = npt.NDArray[np.floating[Any]]

COLUMNS, ROWS = 2, 3
MARKER_CM = 7.6
GAP_CM = 1.4
#: A marker's pattern: 4 by 4 bits within a black border one module wide.
MODULES = 6
#: Paper sizes (width, height) in cm, upright: ISO 216 and ANSI A.
PAPERS_CM: dict[Paper, tuple[float, float]] = {"a4": (21.0, 29.7), "letter": (21.59, 27.94)}
#: The first marker's number tells the paper.
FIRST_ID: dict[Paper, int] = {"a4": 0, "letter": 10}
#: The line on the sheet that a person checks with a ruler.
RULER_CM = 15.0

PATTERN_WIDTH_CM = COLUMNS * MARKER_CM + (COLUMNS - 1) * GAP_CM
PATTERN_HEIGHT_CM = ROWS * MARKER_CM + (ROWS - 1) * GAP_CM


@dataclass(frozen=True, slots=True)
class Sheet:
    """One printed sheet; coordinates in cm from its upper left corner, x right, y down.

    Attributes:
        paper: which paper it is printed on.
        width_cm, height_cm: size of the paper.
    """

    paper: Paper
    width_cm: float
    height_cm: float

    @classmethod
    def on(cls, paper: str) -> Sheet:
        """The sheet for a kind of paper.

        Raises:
            InputError: the paper is neither a4 nor letter.
        """
        if paper not in PAPERS_CM:
            raise InputError(f'paper: expected {" or ".join(PAPERS_CM)}, got "{paper}"')
        width_cm, height_cm = PAPERS_CM[paper]
        return cls(paper, width_cm, height_cm)

    @property
    def marker_ids(self) -> list[int]:
        """Numbers of the markers in reading order."""
        first = FIRST_ID[self.paper]
        return list(range(first, first + COLUMNS * ROWS))

    def corner_cm(self, marker_id: int) -> tuple[float, float]:
        """The upper left corner of a marker, cm from the sheet's upper left corner."""
        row, column = divmod(marker_id - FIRST_ID[self.paper], COLUMNS)
        left = (self.width_cm - PATTERN_WIDTH_CM) / 2 + column * (MARKER_CM + GAP_CM)
        top = (self.height_cm - PATTERN_HEIGHT_CM) / 2 + row * (MARKER_CM + GAP_CM)
        return left, top

    def corners_cm(self, marker_id: int) -> Array:
        """(4, 2) corners of a marker, clockwise from its upper left one, as ArUco orders them."""
        left, top = self.corner_cm(marker_id)
        square = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], dtype=float)
        corners: Array = square * MARKER_CM + np.array([left, top])
        return corners

    @property
    def outline_cm(self) -> Array:
        """(4, 2) corners of the paper, clockwise from its upper left one."""
        size = np.array([self.width_cm, self.height_cm])
        corners: Array = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], dtype=float) * size
        return corners


def dictionary() -> Any:
    """ArUco's dictionary of the markers: 4 by 4 bits, the fewest, so that modules stay large."""
    import cv2

    return cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_4X4_50)


def marker_modules(marker_id: int) -> npt.NDArray[np.bool_]:
    """(6, 6) modules of a marker, True where black, the border included."""
    import cv2

    bits = cv2.aruco.generateImageMarker(dictionary(), marker_id, MODULES)
    black: npt.NDArray[np.bool_] = bits < 128
    return black


def sheet_picture(
    paper: str = "a4", px_per_cm: float = 40.0
) -> tuple[npt.NDArray[np.uint8], float, float]:
    """The sheet as a picture, for rendering it into a scene or onto a screen.

    Args:
        paper: "a4" or "letter".
        px_per_cm: resolution; 40 is about 100 dots an inch.

    Returns:
        (h, w) grey picture of the whole paper, its edges the paper's edges; width and height of
        the paper in cm.

    Raises:
        InputError: the paper is not known.
    """
    sheet = Sheet.on(paper)
    size = round(sheet.width_cm * px_per_cm), round(sheet.height_cm * px_per_cm)
    # Worked out where each pixel's centre lies, so that nothing shifts by a rounded edge.
    x_cm = (np.arange(size[0]) + 0.5) * sheet.width_cm / size[0]
    y_cm = (np.arange(size[1]) + 0.5) * sheet.height_cm / size[1]
    picture = np.full((size[1], size[0]), 255, np.uint8)
    for marker_id in sheet.marker_ids:
        left, top = sheet.corner_cm(marker_id)
        column = np.floor((x_cm - left) / MARKER_CM * MODULES).astype(int)
        row = np.floor((y_cm - top) / MARKER_CM * MODULES).astype(int)
        across = np.flatnonzero((column >= 0) & (column < MODULES))
        down = np.flatnonzero((row >= 0) & (row < MODULES))
        black = marker_modules(marker_id)[np.ix_(row[down], column[across])]
        picture[np.ix_(down, across)] = np.where(black, 0, 255)
    return picture, sheet.width_cm, sheet.height_cm
