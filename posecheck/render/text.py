"""Text for video frames: drawn once, kept as a small sprite, pasted in microseconds.

OpenCV's classic fonts know ASCII only, so a degree sign would be missing. OpenCV 5 draws TrueType
itself; with OpenCV 4 Pillow's built-in font does it.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from posecheck.render.palette import INK_BGR, Bgr

Image = npt.NDArray[np.uint8]

_WEIGHT = 600
#: Masks kept: what wrapping a few sentences asks for again and again. They are small.
_MASKS_KEPT = 64
#: Sprites kept of a kind: what one picture shows, and a little of the last. A large one is half a
#: megabyte, and numbers that change fill whatever room there is.
_SPRITES_KEPT = 16
# Glyph caches of OpenCV and Pillow are not documented as safe between threads; only a cache miss
# takes the lock.
_FONT_LOCK = threading.Lock()
_PLAIN = str.maketrans(
    {"–": "-", "—": "-", "“": '"', "”": '"', "’": "'", "·": "-", "→": ">", "≥": ">", "≤": "<"}
)


@dataclass(frozen=True, slots=True)
class Sprite:
    """A small picture with transparency.

    Attributes:
        paint: (h, w, 3) uint8 BGR, already multiplied by the opacity.
        keep: (h, w, 3) uint8 share of the background that stays, 255 for all of it.
    """

    paint: Image
    keep: Image

    @property
    def width(self) -> int:
        return int(self.paint.shape[1])

    @property
    def height(self) -> int:
        return int(self.paint.shape[0])

    def paste(self, bgr: Image, x: int, y: int) -> None:
        """Blend onto ``bgr`` (h, w, 3) in place with the top left corner at x, y, clipped."""
        left, top = max(x, 0), max(y, 0)
        right = min(x + self.width, bgr.shape[1])
        bottom = min(y + self.height, bgr.shape[0])
        if left >= right or top >= bottom:
            return
        inside = np.s_[top - y : bottom - y, left - x : right - x]
        under = bgr[top:bottom, left:right]
        blended = cv2.multiply(under, self.keep[inside], scale=1 / 255)
        bgr[top:bottom, left:right] = cv2.add(blended, self.paint[inside])


class Line(NamedTuple):
    """One line of a panel: its text, height in pixels and colour."""

    text: str
    size_px: int
    color: Bgr


def clean(text: str) -> str:
    """Text on one line, without control characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


@lru_cache(maxsize=_MASKS_KEPT)
def text_mask(text: str, size_px: int) -> Image:
    """(h, w) uint8 coverage of ``text``; all masks of one size are equally high."""
    text = clean(text) or " "
    with _FONT_LOCK:
        if hasattr(cv2, "FontFace"):
            return _mask_opencv(text, size_px)
        return _mask_pillow(text, size_px)


def _mask_opencv(text: str, size_px: int) -> Image:
    # The canvas starts wide enough for any glyph and is cut where the pen ended.
    canvas = np.zeros((round(size_px * 1.32), size_px * (len(text) + 1)), np.uint8)
    pen, _ = cv2.putText(
        canvas, text, (1, round(size_px * 1.0)), (255,), _opencv_font(), size_px, _WEIGHT
    )
    return np.ascontiguousarray(canvas[:, : min(int(pen[0]) + 2, canvas.shape[1])])


@lru_cache(maxsize=1)
def _opencv_font() -> Any:
    return cv2.FontFace("sans")


def _mask_pillow(text: str, size_px: int) -> Image:
    from PIL import Image as PillowImage
    from PIL import ImageDraw, ImageFont

    text = text.translate(_PLAIN)
    font = ImageFont.load_default(size_px)
    bold = max(size_px // 28, 0)
    width = round(font.getlength(text)) + 2 * bold + 2
    canvas = PillowImage.new("L", (width, round(size_px * 1.32)), 0)
    ImageDraw.Draw(canvas).text(
        (1 + bold, round(size_px * 1.0)), text, fill=255, font=font, anchor="ls", stroke_width=bold
    )
    return np.asarray(canvas, dtype=np.uint8)


def text_width(text: str, size_px: int) -> int:
    """Pixels that one line of ``text`` takes."""
    return int(text_mask(text, size_px).shape[1])


def wrap(text: str, size_px: int, width_px: int, max_lines: int) -> list[str]:
    """``text`` in at most ``max_lines`` lines no wider than ``width_px``; a cut ends in "..."."""
    lines: list[str] = []
    for word in clean(text).split():
        if lines and text_width(f"{lines[-1]} {word}", size_px) <= width_px:
            lines[-1] = f"{lines[-1]} {word}"
        else:
            lines.append(word)
    if len(lines) > max_lines:
        lines = [*lines[: max_lines - 1], lines[max_lines - 1] + "..."]
    return [_shorten(line, size_px, width_px) for line in lines]


def _shorten(line: str, size_px: int, width_px: int) -> str:
    while len(line) > 4 and text_width(line, size_px) > width_px:
        line = line.removesuffix("...")[:-1] + "..."
    return line


@lru_cache(maxsize=_SPRITES_KEPT)
def outlined(text: str, size_px: int, color: Bgr) -> Sprite:
    """Text with a dark rim, readable on light and on dark footage."""
    rim = max(2, round(size_px / 11))
    mask = np.pad(text_mask(text, size_px), rim)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * rim + 1, 2 * rim + 1))
    halo = np.asarray(cv2.dilate(mask, kernel), dtype=np.uint8)
    return _compose([(halo, INK_BGR, 0.92), (mask, color, 1.0)])


@lru_cache(maxsize=_SPRITES_KEPT)
def text_sprite(text: str, size_px: int, color: Bgr) -> Sprite:
    """Text without a rim, for a dark ground."""
    return _compose([(text_mask(text, size_px), color, 1.0)])


@lru_cache(maxsize=_SPRITES_KEPT)
def panel(
    lines: Sequence[Line], padding_px: int, *, opacity: float = 0.74, bar: Bgr | None = None
) -> Sprite:
    """Lines of text on a dark rounded plate, with a coloured bar at its left edge if asked."""
    masks = [text_mask(line.text, line.size_px) for line in lines]
    bar_px = max(4, padding_px // 2) if bar else 0
    width = max(m.shape[1] for m in masks) + 2 * padding_px + bar_px
    height = sum(m.shape[0] for m in masks) + 2 * padding_px
    plate = rounded_mask(width, height, padding_px)
    layers: list[tuple[Image, Bgr, float]] = [(plate, INK_BGR, opacity)]
    if bar:
        edge = np.zeros_like(plate)
        edge[:, :bar_px] = plate[:, :bar_px]
        layers.append((edge, bar, 1.0))
    y = padding_px
    for line, mask in zip(lines, masks, strict=True):
        layer = np.zeros((height, width), np.uint8)
        x = padding_px + bar_px
        layer[y : y + mask.shape[0], x : x + mask.shape[1]] = mask
        layers.append((layer, line.color, 1.0))
        y += mask.shape[0]
    return _compose(layers)


def rounded_mask(width: int, height: int, radius: int) -> Image:
    """(height, width) uint8 plate with round corners and smooth edges."""
    mask = np.zeros((height, width), np.uint8)
    r = max(1, min(radius, width // 2 - 1, height // 2 - 1))
    cv2.rectangle(mask, (r, 0), (width - 1 - r, height - 1), (255,), -1)
    cv2.rectangle(mask, (0, r), (width - 1, height - 1 - r), (255,), -1)
    for x in (r, width - 1 - r):
        for y in (r, height - 1 - r):
            cv2.circle(mask, (x, y), r, (255,), -1, cv2.LINE_AA)
    return mask


@lru_cache(maxsize=_SPRITES_KEPT)
def disc(diameter_px: int, opacity: float) -> Sprite:
    """A dark round plate, the ground of the hold clock."""
    mask = np.zeros((diameter_px, diameter_px), np.uint8)
    c = diameter_px // 2
    cv2.circle(mask, (c, c), c - 1, (255,), -1, cv2.LINE_AA)
    return _compose([(mask, INK_BGR, opacity)])


def _compose(layers: Sequence[tuple[Image, Bgr, float]]) -> Sprite:
    """Stack (mask, colour, opacity) layers, the last on top, into one sprite."""
    shape = (*layers[0][0].shape, 3)
    paint = np.zeros(shape, np.float32)
    keep = np.ones(shape, np.float32)
    for mask, color, opacity in layers:
        alpha = mask[..., None].astype(np.float32) * (opacity / 255)
        paint = paint * (1 - alpha) + np.asarray(color, np.float32) * alpha
        keep *= 1 - alpha
    return Sprite(paint=np.rint(paint).astype(np.uint8), keep=np.rint(keep * 255).astype(np.uint8))
