"""What a person at the wall sees: themselves mirrored, the wall's line, a ruler, one sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from posecheck.core.homography import apply_homography
from posecheck.core.scale import PlaneScale
from posecheck.core.table import State
from posecheck.render.live_overlay import bar_px, draw_bar, draw_clock
from posecheck.render.palette import ACCENT_BGR, SOFT_BGR, WARN_BGR, WHITE_BGR
from posecheck.render.scale_picture import draw_rulers
from posecheck.render.skeleton import unit_px
from posecheck.render.text import Image, Line, panel, wrap


@dataclass(frozen=True, slots=True)
class WallWords:
    """What is written on the picture.

    Attributes:
        heading, progress, reading: top left, the reading as value and what it is.
        message, wrong: in the bar; whether something has to be put right.
        reason: why there are no centimetres yet; small, over the picture.
        note: that the machine is slow; small, top left.
        held_s, hold_s: the hold's clock; no clock while ``held_s`` is 0.
        keys: which keys do what.
    """

    heading: str
    progress: str
    reading: tuple[str, str] | None
    message: str
    wrong: bool
    reason: str
    held_s: float
    hold_s: float
    note: str = ""
    keys: str | None = None


def draw_wall_live(
    bgr: Image,
    scale: PlaneScale | None,
    *,
    outline_px: np.ndarray | None = None,
    facing: float | None = None,
    toe_cm: float | None = None,
    words: WallWords | None = None,
) -> Image:
    """A new picture: the frame as a mirror shows it, with rulers, and a bar of words under it.

    Args:
        bgr: (h, w, 3) frame; not changed.
        scale: of the leg's plane in the frame as it is; None draws no rulers.
        outline_px: (4, 2) corners of the sheet, or None.
        facing: +1 towards the frame's right, -1 towards its left, None if not known.
        toe_cm: the toe's distance from the wall, drawn as a length.
        words: None leaves the words to a page around the picture.
    """
    height, width = bgr.shape[:2]
    below_px = bar_px(width, height) if words is not None else 0
    canvas = np.empty((height + below_px, width, 3), np.uint8)
    picture = canvas[:height]
    cv2.flip(bgr, 1, dst=picture)
    mirror = np.array([[-1.0, 0.0, width], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    if scale is not None:
        if outline_px is not None:
            around = apply_homography(mirror, outline_px)
            whole = np.rint(around).astype(np.int32)
            cv2.polylines(picture, [whole], True, ACCENT_BGR, 2, cv2.LINE_AA)
        draw_rulers(picture, scale.seen_through(mirror), facing=facing, toe_cm=toe_cm)
    if words is not None:
        _write(canvas, picture, words)
    return canvas


def _write(canvas: Image, picture: Image, words: WallWords) -> None:
    height, width = picture.shape[:2]
    u = unit_px(picture)
    pad = round(14 * u)
    lines = [Line(words.heading, round(40 * u), WHITE_BGR)]
    if words.progress:
        lines.append(Line(words.progress, round(28 * u), SOFT_BGR))
    if words.reading is not None:
        value, what = words.reading
        lines.append(Line(value, round(64 * u), WHITE_BGR))
        lines.append(Line(what, round(26 * u), SOFT_BGR))
    if words.note:
        size_px = round(24 * u)
        lines += [
            Line(text, size_px, SOFT_BGR) for text in wrap(words.note, size_px, width // 3, 5)
        ]
    panel(tuple(lines), pad).paste(picture, pad, pad)
    if words.held_s > 0:
        draw_clock(picture, words.held_s, words.hold_s, State.HOLDING, u)
    if words.reason:
        _small(picture, wrap(words.reason, round(24 * u), width - 6 * pad, 3), round(24 * u), pad)
    color = WARN_BGR if words.wrong else ACCENT_BGR
    draw_bar(canvas[height:], words.message, color, words.keys, u, width < height)


def _small(picture: Image, texts: Sequence[str], size_px: int, pad: int) -> None:
    """Lines over the lower edge, where nobody stands before the scale is known."""
    plate = panel(tuple(Line(text, size_px, WHITE_BGR) for text in texts), pad, bar=WARN_BGR)
    plate.paste(picture, pad, picture.shape[0] - plate.height - pad)
