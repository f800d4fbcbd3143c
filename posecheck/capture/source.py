"""What `--camera` may name: a number, a device, a stream or a file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from posecheck.core.errors import InputError

Kind = Literal["camera", "stream", "file"]
_STREAM = re.compile(r"^(rtsp|rtsps|rtmp|http|https|udp|tcp)://", re.IGNORECASE)
_SECRET = re.compile(r"//[^/@]*@")


@dataclass(frozen=True, slots=True)
class Source:
    """A parsed `--camera`. ``name`` may be printed and stored: it holds no password."""

    kind: Kind
    target: str
    name: str

    @property
    def ends(self) -> bool:
        """Whether it comes to an end by itself."""
        return self.kind == "file"


def parse_source(text: str) -> Source:
    """What to open for ``text``.

    Raises:
        InputError: neither a number, a device, an address nor a file that exists.
    """
    text = text.strip()
    if text.isdecimal() or re.fullmatch(r"/dev/video\d+", text):
        return Source("camera", text, text)
    if _STREAM.match(text):
        return Source("stream", text, _SECRET.sub("//", text))
    if "://" not in text and Path(text).is_file():
        return Source("file", text, Path(text).name)
    raise InputError(
        f"--camera: expected a number, /dev/videoN, an rtsp:// or http:// address or a video file, "
        f'got "{text}"; `posecheck cameras` lists what is here'
    )
