"""Clips as cameras and connections spoil them: smaller, and compressed harder."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lab.errors import LabError, missing_extra
from lab.video import TIME_BASE


@dataclass(frozen=True)
class Degradation:
    """One way to spoil a clip.

    Attributes:
        told: for a table.
        codec: encoder, as FFmpeg names it; options: of the encoder; suffix: of the file.
        width_px: pictures are made so wide, in proportion; None leaves them.
    """

    told: str
    codec: str
    options: Mapping[str, str] = field(default_factory=dict)
    suffix: str = ".mp4"
    width_px: int | None = None
    bit_rate: int | None = None


#: From a phone's clip sent through a messenger to a webcam in a browser over a weak connection.
_JPEG = {"qmin": "10", "qmax": "10"}
_LIVE = {"deadline": "realtime", "cpu-used": "8"}
DEGRADATIONS: Mapping[str, Degradation] = {
    "w640": Degradation("640 px wide", "libx264", {"crf": "23"}, width_px=640),
    "crf30": Degradation("H.264, crf 30", "libx264", {"crf": "30"}),
    "crf36": Degradation("H.264, crf 36", "libx264", {"crf": "36"}),
    "jpeg": Degradation("JPEG, q 10", "mjpeg", _JPEG, ".mkv"),
    "jpeg640": Degradation("JPEG, q 10, 640 px wide", "mjpeg", _JPEG, ".mkv", 640),
    "vp8": Degradation("VP8, 300 kbit/s, 640 px wide", "libvpx", _LIVE, ".webm", 640, 300_000),
}


def degraded(clip: Path, way: str) -> Path:
    """The spoiled copy of a clip, in the folder ``degraded`` beside it; made if it is missing or
    older than the clip.

    Raises:
        LabError: it cannot be made.
    """
    if way not in DEGRADATIONS:
        raise LabError(f"unknown degradation {way!r}; known: {', '.join(DEGRADATIONS)}")
    one = DEGRADATIONS[way]
    out = clip.parent / "degraded" / f"{clip.stem}@{way}{one.suffix}"
    if not out.exists() or out.stat().st_mtime < clip.stat().st_mtime:
        out.parent.mkdir(exist_ok=True)
        temporary = out.with_name(f".{os.getpid()}.part{out.suffix}")
        try:
            _encode(clip, one, temporary)
            temporary.replace(out)
        except OSError as error:
            raise LabError(f"cannot write {out}: {error.strerror or error}") from error
        finally:
            temporary.unlink(missing_ok=True)
    return out


def _encode(clip: Path, one: Degradation, out: Path) -> None:
    try:
        import av
    except ImportError as error:
        raise missing_extra("av") from error
    with av.open(str(clip)) as source, av.open(str(out), "w") as target:
        seen = source.streams.video[0]
        width = one.width_px or seen.width
        height = 2 * round(seen.height * width / seen.width / 2)
        stream = target.add_stream(one.codec, rate=seen.average_rate, options=dict(one.options))
        stream.width, stream.height = width, height
        stream.pix_fmt = "yuvj420p" if one.codec == "mjpeg" else "yuv420p"
        stream.codec_context.time_base = TIME_BASE
        stream.time_base = TIME_BASE
        if one.bit_rate is not None:
            stream.bit_rate = one.bit_rate
        for frame in source.decode(seen):
            t_s = frame.time
            small = frame.reformat(width, height, stream.pix_fmt, interpolation="BICUBIC")
            small.pts, small.time_base = round(t_s / TIME_BASE), TIME_BASE
            target.mux(stream.encode(small))
        target.mux(stream.encode())
