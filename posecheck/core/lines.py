"""The lines that measures are made of, as one matrix product a frame.

Every line between two joints is a linear map of the joints' coordinates, so all of them together
are one product with a fixed matrix: a live frame costs a handful of array operations, not hundreds.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from posecheck.core.pose import Array

PARTS = ("SHOULDER", "HIP", "KNEE", "ANKLE", "HEEL", "FOOT_INDEX")
SHOULDER, HIP, KNEE, ANKLE, HEEL, TOE = range(len(PARTS))
LEFT, RIGHT = 0, 1
#: Both sides' midpoint.
MIDDLE = -1

#: A line: from (part, side) to (part, side).
Line = tuple[tuple[int, int], tuple[int, int]]


def _point(part: int, side: int, axis: int, axes: int) -> Array:
    """Row that picks one coordinate of a joint, or of both sides' midpoint."""
    row = np.zeros((len(PARTS), 2, axes))
    if side == MIDDLE:
        row[part, :, axis] = 0.5
    else:
        row[part, side, axis] = 1.0
    return row.ravel()


def line_map(lines: Sequence[Line], axes: int) -> Array:
    """(6 * 2 * axes, lines * axes) matrix from joint coordinates to line vectors."""
    rows = [
        _point(*end, axis, axes) - _point(*start, axis, axes)
        for start, end in lines
        for axis in range(axes)
    ]
    return np.array(rows).T


def both_sides(start: int, end: int) -> list[Line]:
    """The same line on the left and on the right."""
    return [((start, side), (end, side)) for side in (LEFT, RIGHT)]


#: Lines in the picture, in the order of ``vectors`` in measures: pairs are left, right.
PICTURE_LINES: list[Line] = [
    *both_sides(HIP, KNEE),
    *both_sides(KNEE, ANKLE),
    *both_sides(HEEL, TOE),
    *both_sides(HIP, ANKLE),
    *both_sides(HIP, SHOULDER),
    *both_sides(HIP, HEEL),
    *both_sides(ANKLE, TOE),
    *both_sides(TOE, KNEE),
    *(((HIP, MIDDLE), (KNEE, side)) for side in (LEFT, RIGHT)),
    *(((HIP, MIDDLE), (ANKLE, side)) for side in (LEFT, RIGHT)),
    ((HIP, MIDDLE), (SHOULDER, MIDDLE)),
    ((HIP, RIGHT), (HIP, LEFT)),
    ((ANKLE, RIGHT), (ANKLE, LEFT)),
]
#: Lines in space: the bones, then the line between the ankles.
SPACE_LINES: list[Line] = [
    *both_sides(HIP, KNEE),
    *both_sides(KNEE, ANKLE),
    *both_sides(HIP, ANKLE),
    ((HIP, MIDDLE), (SHOULDER, MIDDLE)),
    ((ANKLE, RIGHT), (ANKLE, LEFT)),
]
_PICTURE, _SPACE = line_map(PICTURE_LINES, 2), line_map(SPACE_LINES, 3)


def picture_lines(px: Array) -> Array:
    """(n, lines, 2) pixels from (n, 6, 2, 2) joints."""
    result: Array = (px.reshape(len(px), -1) @ _PICTURE).reshape(len(px), -1, 2)
    return result


def space_lines(world: Array) -> Array:
    """(n, lines, 3) metres from (n, 6, 2, 3) joints."""
    result: Array = (world.reshape(len(world), -1) @ _SPACE).reshape(len(world), -1, 3)
    return result
