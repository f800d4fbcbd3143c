"""The skeleton and the angle on a picture.

Left is filled and amber, right is hollow and blue, each with its letter; the working side is
thicker. A joint the model only guesses (low visibility) hangs on a dotted line.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from posecheck.core.pose import Landmark
from posecheck.render.marks import Mark, Point, Segment, mark_for
from posecheck.render.palette import INK_BGR, MIDDLE_BGR, WHITE_BGR, Bgr, side_bgr
from posecheck.render.text import Image, outlined, text_width

#: Below this visibility a landmark is the model's guess.
GUESS_BELOW = 0.5

_CHAINS = (("SHOULDER", "ELBOW", "WRIST"), ("SHOULDER", "HIP", "KNEE", "ANKLE", "HEEL"))
_FOOT = ("ANKLE", "FOOT_INDEX", "HEEL")
_ACROSS = ("SHOULDER", "HIP")
_JOINTS = ("SHOULDER", "ELBOW", "WRIST", "HIP", "KNEE", "ANKLE")
_SUBPIXEL_BITS = 2


def unit_px(bgr: Image) -> float:
    """Stroke and text scale of a frame: 1 where the shorter side is 540 pixels."""
    return max(int(min(bgr.shape[:2])) / 540, 0.25)


def usable_px(image_px: Point, bgr: Image) -> Point:
    """(33, 2) landmarks with those more than a frame away, which no line can reach, as NaN."""
    height, width = bgr.shape[:2]
    points = np.array(image_px, dtype=np.float64)
    size = np.array([width, height])
    with np.errstate(invalid="ignore"):
        far = ~np.all((points > -size) & (points < 2 * size), axis=1)
    points[far] = np.nan
    return points


def draw_skeleton(
    bgr: Image,
    points_px: Point,
    visibility: npt.NDArray[Any],
    working: str | None,
    u: float | None = None,
) -> None:
    """Draw both sides in place, the working side ("left", "right") last and thicker.

    ``u`` scales strokes and letters; :func:`unit_px` of the frame by default.
    """
    u = unit_px(bgr) if u is None else u
    sure = np.asarray(np.nan_to_num(visibility, nan=0.0) >= GUESS_BELOW)
    seen = np.asarray(np.isfinite(points_px).all(axis=1))
    for joint in _ACROSS:
        _bone(bgr, points_px, seen, sure, f"LEFT_{joint}", f"RIGHT_{joint}", MIDDLE_BGR, 2 * u)
    order = ("left", "right") if working == "right" else ("right", "left")
    for side in order:
        strong = side == working or working is None
        _draw_side(bgr, points_px, seen, sure, side, (4.0 if strong else 2.4) * u)
    for side in order:
        _draw_letter(bgr, points_px, seen, side, u)


def _draw_side(
    bgr: Image,
    points_px: Point,
    seen: npt.NDArray[np.bool_],
    sure: npt.NDArray[np.bool_],
    side: str,
    width: float,
) -> None:
    color = side_bgr(side)
    for chain in (*_CHAINS, _FOOT):
        for a, b in pairwise(chain):
            _bone(bgr, points_px, seen, sure, f"{side}_{a}", f"{side}_{b}", color, width)
    radius = max(2, round(width * 1.35))
    for joint in _JOINTS:
        index = Landmark[f"{side}_{joint}".upper()]
        if not seen[index]:
            continue
        at = _pixel(points_px[index])
        if side == "left":
            _dot(bgr, at, radius + max(1, radius // 3), INK_BGR)
            _dot(bgr, at, radius, color)
        else:
            _dot(bgr, at, radius + max(1, radius // 3), color)
            _dot(bgr, at, max(1, radius - max(1, radius // 3)), INK_BGR)


def _bone(
    bgr: Image,
    points_px: Point,
    seen: npt.NDArray[np.bool_],
    sure: npt.NDArray[np.bool_],
    a: str,
    b: str,
    color: Bgr,
    width: float,
) -> None:
    i, j = Landmark[a.upper()], Landmark[b.upper()]
    if not (seen[i] and seen[j]):
        return
    segment = (points_px[i], points_px[j])
    if sure[i] and sure[j]:
        _line(bgr, segment, INK_BGR, width + max(1.5, width * 0.5))
        _line(bgr, segment, color, width)
    else:
        draw_dashed(bgr, segment, color, width * 0.8)


def _draw_letter(
    bgr: Image, points_px: Point, seen: npt.NDArray[np.bool_], side: str, u: float
) -> None:
    """L or R beside the knee, outside of the leg as the picture shows it."""
    knee, hip = Landmark[f"{side}_KNEE".upper()], Landmark[f"{side}_HIP".upper()]
    if not (seen[knee] and seen[hip]):
        return
    size = max(11, round(22 * u))
    sprite = outlined(side[0].upper(), size, side_bgr(side))
    other = Landmark[("RIGHT" if side == "left" else "LEFT") + "_KNEE"]
    away = points_px[knee][0] - (points_px[other][0] if seen[other] else points_px[hip][0])
    shift = (1 if away >= 0 else -1) * size
    x, y = _pixel(points_px[knee])
    sprite.paste(bgr, x + shift - sprite.width // 2, y - sprite.height // 2)


def draw_measure(
    bgr: Image,
    points_px: Point,
    column: str,
    number: str,
    error: str | None,
    u: float | None = None,
) -> bool:
    """Draw the mark of ``column`` with its number; False if its landmarks do not carry it."""
    u = unit_px(bgr) if u is None else u
    size = max(15, round(46 * u))
    mark = mark_for(column, points_px, gap_px=size * 1.05)
    if mark is None:
        return False
    _draw_mark(bgr, mark, u)
    number_sprite = outlined(number, size, WHITE_BGR)
    height, width = bgr.shape[:2]
    x, y = _pixel(mark.label)
    x = int(np.clip(x - number_sprite.width // 2, 0, max(0, width - number_sprite.width)))
    y = int(np.clip(y - number_sprite.height // 2, 0, max(0, height - round(size * 1.9))))
    number_sprite.paste(bgr, x, y)
    if error:
        small = max(11, round(size * 0.5))
        left = x + (number_sprite.width - text_width(error, small)) // 2
        outlined(error, small, WHITE_BGR).paste(
            bgr, min(max(left, 0), width - 1), y + round(number_sprite.height * 0.82)
        )
    return True


def _draw_mark(bgr: Image, mark: Mark, u: float) -> None:
    draw_dashed(bgr, mark.dashed, WHITE_BGR, 2.2 * u)
    _line(bgr, mark.solid, INK_BGR, 6 * u)
    _line(bgr, mark.solid, WHITE_BGR, 3 * u)
    if mark.arc is None:
        return
    arc = mark.arc
    radius = max(1, round(arc.radius_px))
    for color, width in ((INK_BGR, 7 * u), (WHITE_BGR, 4 * u)):
        cv2.ellipse(
            bgr,
            _pixel(arc.center),
            (radius, radius),
            0,
            arc.start_deg,
            arc.start_deg + arc.sweep_deg,
            color,
            max(1, round(width)),
            cv2.LINE_AA,
        )


def draw_dashed(bgr: Image, segment: Segment, color: Bgr, width: float) -> None:
    """A dotted line with a dark rim, dashes of a length that suits its width."""
    start, end = segment
    length = float(np.hypot(*(end - start)))
    dash = max(6.0, width * 4)
    count = min(max(1, int(length / (2 * dash))), 24)
    steps = (end - start) / (2 * count)
    for k in range(count):
        piece = (start + steps * 2 * k, start + steps * (2 * k + 1))
        _line(bgr, piece, INK_BGR, width + 2)
        _line(bgr, piece, color, width)


def _line(bgr: Image, segment: Segment, color: Bgr, width: float) -> None:
    (ax, ay), (bx, by) = segment[0].tolist(), segment[1].tolist()
    scale = 1 << _SUBPIXEL_BITS
    start, end = (round(ax * scale), round(ay * scale)), (round(bx * scale), round(by * scale))
    cv2.line(bgr, start, end, color, max(1, round(width)), cv2.LINE_AA, _SUBPIXEL_BITS)


def _dot(bgr: Image, at: tuple[int, int], radius: int, color: Bgr) -> None:
    cv2.circle(bgr, at, radius, color, -1, cv2.LINE_AA)


def _pixel(point: Point) -> tuple[int, int]:
    return round(float(point[0])), round(float(point[1]))
