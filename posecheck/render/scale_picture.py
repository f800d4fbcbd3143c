"""A still with the scale drawn on it: the sheet that was found, floor and wall, centimetres."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from posecheck.core.homography import apply_homography
from posecheck.core.scale import PlaneScale
from posecheck.render.palette import ACCENT_BGR, INK_BGR, WARN_BGR, WHITE_BGR, Bgr
from posecheck.render.text import Image, Line, outlined, panel

_FLOOR_CM = 45
_WALL_CM = 55
_SUB = 4
#: Fewer pixels a cm than this leave no room for a tick each.
_FINE_PX = 8.0

Points = npt.NDArray[np.floating[Any]]


#: What the picture shows around the sheet, cm, and how wide it is made at least.
_AROUND_CM = 62.0
_LEAST_WIDTH_PX = 1200


def draw_scale(
    bgr: Image,
    scale: PlaneScale,
    *,
    outline_px: Points | None,
    facing: float | None = None,
    toe_cm: float | None = None,
) -> Image:
    """The part of ``bgr`` around the foot, enlarged, with rulers in the leg's plane.

    Args:
        outline_px: (4, 2) corners of the sheet in the picture, or None.
        facing: +1 or -1 if it is known where the wall is; else both sides of the sheet are drawn.
        toe_cm: a toe so far from that wall, drawn as a measured length.
    """
    picture, view = _close_up(bgr, scale)
    scale = scale.seen_through(view)
    unit = max(1, round(min(picture.shape[:2]) / 540))
    if outline_px is not None:
        around = apply_homography(view, np.vstack([outline_px, outline_px[:1]]))
        _line(picture, around, ACCENT_BGR, 2 * unit)
    draw_rulers(picture, scale, facing=facing, toe_cm=toe_cm)
    return picture


def draw_rulers(
    picture: Image, scale: PlaneScale, *, facing: float | None, toe_cm: float | None = None
) -> None:
    """Wall, floor and, where given, a toe's distance, in the leg's plane of ``picture``, in place.

    Args:
        facing: +1 or -1 if it is known where the wall is; else both sides of the sheet are drawn.
        toe_cm: a toe so far from that wall, drawn as a measured length.
    """
    unit = max(1, round(min(picture.shape[:2]) / 540))
    scale = scale if facing is None else scale.faced(facing)
    walls = [
        (wall, direction)
        for direction in ((1.0, -1.0) if facing is None else (facing,))
        if np.isfinite(wall := scale.wall_cm(direction))
    ]
    for wall, _ in walls:
        _draw_wall(picture, scale, wall, unit)
    if len(walls) == 1:
        _draw_floor(picture, scale, walls[0][0], -walls[0][1], unit)
    else:
        _draw_floor(picture, scale, 0.0, 1.0, unit)
    if toe_cm is not None and len(walls) == 1:
        _draw_length(picture, scale, walls[0][0], -walls[0][1] * toe_cm, unit)


def _close_up(bgr: Image, scale: PlaneScale) -> tuple[Image, Points]:
    """The part of the picture that matters, and the (3, 3) matrix from old pixels to new ones."""
    end_cm = scale.wall_right_cm or 20.0
    corners = scale.px(
        np.array([[x, y] for x in (-_AROUND_CM, end_cm + _AROUND_CM) for y in (-17.0, 78.0)])
    )
    height, width = bgr.shape[:2]
    left, top = np.clip(np.floor(corners.min(axis=0)), 0, [width - 2, height - 2]).astype(int)
    right, bottom = np.clip(np.ceil(corners.max(axis=0)), [left + 2, top + 2], [width, height])
    part = bgr[top : int(bottom), left : int(right)]
    zoom = max(1.0, _LEAST_WIDTH_PX / part.shape[1])
    size = (round(part.shape[1] * zoom), round(part.shape[0] * zoom))
    large = cv2.resize(part, size, interpolation=cv2.INTER_CUBIC)
    view = np.array([[zoom, 0, -left * zoom], [0, zoom, -top * zoom], [0, 0, 1.0]])
    return np.asarray(large, dtype=np.uint8), view


def _draw_wall(picture: Image, scale: PlaneScale, wall_cm: float, unit: int) -> None:
    """The wall's line with its ±."""
    up = np.linspace(0.0, _WALL_CM, 12)
    error = scale.wall_error_cm
    band = np.vstack(
        [
            scale.px(np.column_stack([np.full_like(up, wall_cm - error), up])),
            scale.px(np.column_stack([np.full_like(up, wall_cm + error), up]))[::-1],
        ]
    )
    shade = picture.copy()
    cv2.fillPoly(shade, [np.rint(band).astype(np.int32)], WARN_BGR)
    cv2.addWeighted(shade, 0.35, picture, 0.65, 0.0, dst=picture)
    _line(picture, scale.px(np.column_stack([np.full_like(up, wall_cm), up])), WARN_BGR, 2 * unit)


def _draw_floor(
    picture: Image, scale: PlaneScale, from_cm: float, inward: float, unit: int
) -> None:
    """A ruler along the floor, from the wall into the room: a tick every cm, a number every 5;
    in a small picture a tick every 5, a number every 15."""
    size = 13 * unit
    ends = np.array([[from_cm, 0.0], [from_cm + inward * _FLOOR_CM, 0.0]])
    _line(picture, scale.px(ends), INK_BGR, 3 * unit)
    _line(picture, scale.px(ends), WHITE_BGR, unit)
    fine = scale.px_per_cm(ends[0]) >= _FINE_PX * unit
    for cm in range(0, _FLOOR_CM + 1, 1 if fine else 5):
        x = from_cm + inward * cm
        low = -2.2 if cm % 5 == 0 else -1.1
        _line(picture, scale.px(np.array([[x, 0.0], [x, low]])), WHITE_BGR, unit)
        if cm % (5 if fine else 15) == 0:
            word = outlined(f"{cm} cm" if cm == _FLOOR_CM else str(cm), size, WHITE_BGR)
            at = scale.px(np.array([[x, low - 0.4]]))[0]
            word.paste(picture, int(at[0]) - word.width // 2, int(at[1]))


def _draw_length(
    picture: Image, scale: PlaneScale, wall_cm: float, inward_cm: float, unit: int
) -> None:
    """From the wall to the toe, with its ends, and the number in the middle."""
    up = -7.5
    ends = np.array([wall_cm, wall_cm + inward_cm])
    for color, width in ((INK_BGR, 6 * unit), (ACCENT_BGR, 3 * unit)):
        _line(picture, scale.px(np.column_stack([ends, [up, up]])), color, width)
        for x, top in zip(ends, (up + 1.0, 1.5), strict=True):
            _line(picture, scale.px(np.array([[x, up - 1.0], [x, top]])), color, width)
    word = outlined(f"{abs(inward_cm):.1f} cm", 22 * unit, WHITE_BGR)
    at = scale.px(np.array([[ends.mean(), up - 1.0]]))[0]
    # A foot at the picture's lower edge leaves no room below its length.
    low = min(int(at[1]), picture.shape[0] - word.height)
    word.paste(picture, int(at[0]) - word.width // 2, low)


def _line(picture: Image, points_px: Points, color: Bgr, width: int) -> None:
    whole = np.rint((points_px - 0.5) * 2**_SUB)
    cv2.polylines(
        picture, [whole.astype(np.int32)], False, color, width, cv2.LINE_AA, _SUB
    )  # fmt: skip


def add_caption(picture: Image, lines: list[str]) -> None:
    """What was found, in words, in the upper left corner, in place."""
    size = max(14, round(min(picture.shape[:2]) / 32))
    plate = panel(tuple(Line(text, size, WHITE_BGR) for text in lines), size // 2)
    plate.paste(picture, size, size)


def as_png(picture: Image) -> bytes:
    """The picture as a PNG file's bytes."""
    return cv2.imencode(".png", picture)[1].tobytes()
