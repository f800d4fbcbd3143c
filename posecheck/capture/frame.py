"""What every source of pictures gives: one upright frame with its time."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]

#: Rec. 601 weights of red, green and blue in luma.
_LUMA_RGB = np.array([0.299, 0.587, 0.114], np.float32)
#: Every how many rows and columns brightness looks at: a thousandth of the pixels carry the mean.
_LUMA_STEP = 32


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture of a video.

    Attributes:
        index: 0, 1, 2, ... in decode order, without holes.
        t_s: seconds since the first frame, from the source's own clock, strictly rising.
        pixels: (h, w, 3) upright and with square pixels, in the channel order ``order``.
        order: "bgr" (OpenCV's order) or "rgb".
        scale: original pixels per pixel of ``pixels``; 1.0 unless a smaller frame was asked for.
    """

    index: int
    t_s: float
    pixels: Pixels
    order: Literal["bgr", "rgb"] = "bgr"
    scale: float = 1.0

    @property
    def bgr(self) -> Pixels:
        """(h, w, 3) blue, green, red; C-contiguous."""
        return self.pixels if self.order == "bgr" else np.ascontiguousarray(self.pixels[..., ::-1])

    @property
    def rgb(self) -> Pixels:
        """(h, w, 3) red, green, blue; C-contiguous."""
        return self.pixels if self.order == "rgb" else np.ascontiguousarray(self.pixels[..., ::-1])

    def brightness(self) -> float:
        """Mean luma 0..255, from every 32nd pixel of every 32nd row."""
        return mean_luma(self.pixels, self.order, _LUMA_STEP)


def mean_luma(pixels: Pixels, order: Literal["bgr", "rgb"], step: int) -> float:
    """Mean luma 0..255 of (h, w, 3), from every ``step``-th pixel of every ``step``-th row."""
    some = pixels[::step, ::step].reshape(-1, 3).astype(np.float32)
    return float((some @ (_LUMA_RGB if order == "rgb" else _LUMA_RGB[::-1])).mean())


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """What a video file says about itself.

    ``width_px`` and ``height_px`` are of the upright picture with square pixels, as a player shows
    it. ``rotation_deg`` is the clockwise turn (0, 90, 180, 270) that the file's metadata asked for
    and that was applied. ``duration_s``, ``frames_estimate`` and ``nominal_fps`` are the file's own
    claims, None where it makes none: good for a progress bar, not for timing.
    """

    path: Path
    width_px: int
    height_px: int
    rotation_deg: int
    duration_s: float | None
    frames_estimate: int | None
    codec: str
    nominal_fps: float | None
