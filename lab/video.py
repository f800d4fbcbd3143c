"""Writing H.264 files with exact frame times, and what a sensor does to a picture."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import numpy as np

from lab.errors import LabError, missing_extra
from lab.rotations import Array

TIME_BASE = Fraction(1, 90_000)


def frame_times(duration_s: float, fps: float, vfr: bool, seed: int) -> Array:
    """(n,) seconds from 0: even, or with a phone's jitter and a dropped frame now and then."""
    n = max(int(np.floor(duration_s * fps)) + 1, 2)
    times = np.arange(n) / fps
    if not vfr:
        return times
    rng = np.random.default_rng(seed)
    steps = 1.0 / fps * rng.uniform(0.65, 1.35, n)
    steps[rng.random(n) < 0.06] *= 2.0
    jittered = np.concatenate([[0.0], np.cumsum(steps)])
    kept = jittered[jittered <= duration_s]
    return np.round(kept * TIME_BASE.denominator) / TIME_BASE.denominator


def spoil(picture: np.ndarray, noise: float, gain: float, rng: np.random.Generator) -> np.ndarray:
    """A dimmer (``gain`` < 1), noisier picture; ``noise`` is the sigma in 8-bit steps."""
    if noise <= 0 and gain == 1.0:
        return picture
    field = picture.astype(np.float32) * gain
    if noise > 0:
        field += rng.normal(0.0, noise, picture.shape[:2])[..., None]
    return np.clip(field, 0, 255).astype(np.uint8)


def write_video(
    path: Path,
    pictures: Iterable[np.ndarray],
    t_s: Array,
    fps: float,
    size_px: tuple[int, int],
    crf: int,
) -> None:
    """Encode RGB pictures at their times as H.264 yuv420p mp4; nothing is left on failure.

    The file appears under its name only when it is complete.
    """
    try:
        import av
    except ImportError as error:
        raise missing_extra("av") from error
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part.mp4")
    try:
        with av.open(str(temporary), "w", options={"movflags": "+faststart"}) as container:
            stream = container.add_stream(
                "libx264",
                rate=Fraction(fps).limit_denominator(1001),
                options={"crf": str(crf), "preset": "veryfast", "threads": "1", "bf": "2"},
            )
            stream.width, stream.height = size_px
            stream.pix_fmt = "yuv420p"
            stream.codec_context.time_base = TIME_BASE
            stream.time_base = TIME_BASE
            for picture, t in zip(pictures, t_s, strict=True):
                frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
                frame.pts = round(t / TIME_BASE)
                frame.time_base = TIME_BASE
                container.mux(stream.encode(frame))
            container.mux(stream.encode())
        temporary.replace(path)
    except OSError as error:
        raise _plain(error, path) from error
    finally:
        temporary.unlink(missing_ok=True)


def _plain(error: OSError, path: Path) -> LabError:
    if error.errno == errno.ENOSPC:
        return LabError(f"the disk is full: {path} was not written")
    return LabError(f"cannot write {path}: {error.strerror or error}")
