"""Small clips of every kind, made on the fly: each frame carries its number in its pixels.

A clip is 160x120 unless asked otherwise: a grey picture whose top edge spells the frame number in
eight black or white squares, with a red mark in the upright picture's top left corner so that
turning and mirroring can be told.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

BITS = 8
TICKS_PER_S = 1000

#: What a phone, a browser, a webcam program or the web makes: (extension, codec, pixel format).
KINDS = {
    "h264 mp4": ("mp4", "libx264", "yuv420p"),
    "h264 mov": ("mov", "libx264", "yuv420p"),
    "hevc mp4": ("mp4", "libx265", "yuv420p"),
    "hevc 10 bit mp4": ("mp4", "libx265", "yuv420p10le"),
    "vp9 webm": ("webm", "libvpx-vp9", "yuv420p"),
    "mjpeg avi": ("avi", "mjpeg", "yuvj420p"),
    "h264 avi": ("avi", "libx264", "yuv420p"),
    "gif": ("gif", "gif", "rgb8"),
}


def picture(number: int, width: int = 160, height: int = 120) -> npt.NDArray[np.uint8]:
    """(h, w, 3) RGB of frame ``number``."""
    rgb = np.full((height, width, 3), 96, np.uint8)
    side = width // BITS
    for bit in range(BITS):
        rgb[height // 2 :, bit * side : (bit + 1) * side] = 255 if number >> bit & 1 else 0
    rgb[: height // 4, : width // 4] = (255, 0, 0)
    return rgb


def number_in(rgb: npt.NDArray[np.uint8]) -> int:
    """The frame number that an upright picture carries."""
    height, width = rgb.shape[:2]
    side = width / BITS
    row = rgb[height * 3 // 4].mean(axis=-1)
    return sum((row[int((bit + 0.5) * side)] > 128) << bit for bit in range(BITS))


def red_corner(rgb: npt.NDArray[np.uint8]) -> tuple[bool, bool]:
    """Where the red mark is: (at the top, at the left)."""
    redness = rgb[..., 0].astype(int) - rgb[..., 1]
    y, x = (np.argwhere(redness > 100).mean(axis=0) / rgb.shape[:2]).tolist()
    return y < 0.5, x < 0.5


def write_clip(
    path: Path,
    kind: str = "h264 mp4",
    *,
    times_ms: Sequence[int] | None = None,
    frames: int = 20,
    fps: int = 25,
    width: int = 160,
    height: int = 120,
    pictures: Iterable[npt.NDArray[np.uint8]] | None = None,
    options: dict[str, str] | None = None,
) -> Path:
    """Writes a clip of ``kind``; ``times_ms`` gives each frame's own time (variable frame rate)."""
    _, codec, pixel_format = KINDS[kind]
    if pictures is None:
        count = len(times_ms) if times_ms is not None else frames
        pictures = (picture(i, width, height) for i in range(count))
    else:
        pictures = list(pictures)
        height, width = pictures[0].shape[:2]
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=fps, options=_quiet(codec) | (options or {}))
        stream.width, stream.height, stream.pix_fmt = width, height, pixel_format
        if times_ms is not None:
            stream.codec_context.time_base = Fraction(1, TICKS_PER_S)
        for i, rgb in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(rgb, format="rgb24")
            if times_ms is not None:
                frame.pts, frame.time_base = times_ms[i], Fraction(1, TICKS_PER_S)
            else:
                frame.pts, frame.time_base = i, Fraction(1, fps)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def write_kind(folder: Path, kind: str) -> Path:
    """A short clip of ``kind`` under a name that fits it."""
    return write_clip(folder / f"clip.{KINDS[kind][0]}", kind)


def write_sound(path: Path) -> Path:
    """An mp4 that holds half a second of sound and no picture."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=44100, layout="mono")
        samples = np.zeros((1, 1024), np.float32)
        for i in range(20):
            frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="mono")
            frame.sample_rate, frame.pts = 44100, i * 1024
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def write_no_frames(path: Path) -> Path:
    """An mp4 whose video stream is declared and empty."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 160, 120, "yuv420p"
        container.start_encoding()
    return path


#: Display matrices (a b c d) as phones write them: clockwise degrees to turn -> matrix.
MATRICES = {0: (1, 0, 0, 1), 90: (0, 1, -1, 0), 180: (-1, 0, 0, -1), 270: (0, -1, 1, 0)}
#: Mirrored left to right, as some selfie cameras store it.
MIRROR_MATRIX = (-1, 0, 0, 1)


def set_matrix(path: Path, matrix: tuple[int, int, int, int]) -> Path:
    """Writes a display matrix into the first track header of an mp4 or mov, in place."""
    data = bytearray(path.read_bytes())
    header = data.index(b"tkhd") + 4
    version = data[header]
    at = header + (52 if version == 1 else 40)
    a, b, c, d = (value << 16 for value in matrix)
    data[at : at + 36] = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)
    path.write_bytes(data)
    return path


def _quiet(codec: str) -> dict[str, str]:
    if codec == "libx265":
        return {"x265-params": "log-level=none"}
    return {"preset": "ultrafast"} if codec == "libx264" else {}
