"""The devices behind a camera: OpenCV for cameras and streams, a file played in real time."""

from __future__ import annotations

import contextlib
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

import cv2
import numpy as np

from posecheck.capture.camera import Asked, Device, Got, Pixels
from posecheck.capture.files import VideoReader
from posecheck.capture.source import Source
from posecheck.core.errors import InputError

_OPEN_MS, _READ_MS = 5000, 3000
_FFMPEG_QUIET = "-8"
#: A file that stops for longer than this while it is played goes on from where it is.
_LATE_S = 1.0
#: Numbers that are tried where the system does not list its cameras.
_MOST_CAMERAS = 6


def open_device(source: Source, asked: Asked) -> Device:
    """Open what ``source`` names.

    Raises:
        InputError: it is not there or gives no picture; says what to do.
    """
    if source.kind == "file":
        return PlayedFile(Path(source.target))
    return OpenCvDevice(source, asked)


class OpenCvDevice:
    """A camera or a network stream read by OpenCV."""

    def __init__(self, source: Source, asked: Asked) -> None:
        self._source = source
        with quiet_opencv():
            self._capture = _open(source)
            if not self._capture.isOpened():
                raise InputError(_why_closed(source))
            if source.kind == "camera":
                self._ask(asked)
            ok, first = self._capture.read()
        if not ok:
            self._capture.release()
            raise InputError(f"camera {source.name}: it opens but gives no picture; close other "
                             "programs that use it, or unplug it and plug it in again")  # fmt: skip
        self._first: Pixels | None = np.asarray(first, np.uint8)
        height, width = first.shape[:2]
        fps = self._capture.get(cv2.CAP_PROP_FPS)
        self.got = Got(source.name, width, height, fps if 1 <= fps <= 1000 else None, self._codec())

    def _ask(self, asked: Asked) -> None:
        if asked.mjpg:
            # USB carries 720p at 30 frames a second only as JPEG; asked first, size after.
            self._capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
        self._capture.set(cv2.CAP_PROP_FRAME_WIDTH, asked.width_px)
        self._capture.set(cv2.CAP_PROP_FRAME_HEIGHT, asked.height_px)
        self._capture.set(cv2.CAP_PROP_FPS, asked.fps)
        self._capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)

    def _codec(self) -> str | None:
        code = int(self._capture.get(cv2.CAP_PROP_FOURCC))
        text = "".join(chr(code >> shift & 0xFF) for shift in (0, 8, 16, 24))
        return text if text.isascii() and text.isprintable() and text.strip() else None

    def read(self) -> tuple[float | None, Pixels] | None:
        if self._first is not None:
            first, self._first = self._first, None
            return None, first
        ok, bgr = self._capture.read()
        if not ok:
            raise OSError(f"camera {self._source.name} gives no more pictures")
        return None, np.asarray(bgr, np.uint8)

    def close(self) -> None:
        self._capture.release()


def _open(source: Source) -> cv2.VideoCapture:
    if source.kind == "stream":
        # Waiting for ever on a phone that left would look like a hang.
        limits = [
            cv2.CAP_PROP_OPEN_TIMEOUT_MSEC,
            _OPEN_MS,
            cv2.CAP_PROP_READ_TIMEOUT_MSEC,
            _READ_MS,
        ]
        return cv2.VideoCapture(source.target, cv2.CAP_FFMPEG, limits)
    number = int(source.target.removeprefix("/dev/video"))
    system = {"linux": cv2.CAP_V4L2, "win32": cv2.CAP_DSHOW, "darwin": cv2.CAP_AVFOUNDATION}
    return cv2.VideoCapture(number, system.get(sys.platform, cv2.CAP_ANY))


def _why_closed(source: Source) -> str:
    if source.kind == "stream":
        return (
            f"{source.name}: no stream there; check the address, that the phone or camera is on "
            "the same network, and that its app is streaming"
        )
    path = Path(source.target if source.target.startswith("/") else f"/dev/video{source.target}")
    if sys.platform == "linux" and path.exists() and not os.access(path, os.R_OK | os.W_OK):
        return (
            f"camera {source.name}: no permission for {path}; add yourself to the group video: "
            "sudo usermod -aG video $USER, then log in again"
        )
    return (
        f"camera {source.name}: there is none, or another program uses it; "
        "`posecheck cameras` lists what is here"
    )


class PlayedFile:
    """A video file whose frames come at the pace at which they were filmed."""

    def __init__(self, path: Path) -> None:
        self._reader = VideoReader(path)
        info = self._reader.info
        self.got = Got(path.name, info.width_px, info.height_px, info.nominal_fps, info.codec)
        self._frames = iter(self._reader)
        self._began_s: float | None = None

    def read(self) -> tuple[float | None, Pixels] | None:
        frame = next(self._frames, None)
        if frame is None:
            return None
        now_s = monotonic()
        if self._began_s is None or now_s - self._began_s - frame.t_s > _LATE_S:
            self._began_s = now_s - frame.t_s
        sleep(max(0.0, self._began_s + frame.t_s - now_s))
        return frame.t_s, frame.bgr

    def close(self) -> None:
        self._reader.close()


@dataclass(frozen=True, slots=True)
class Found:
    """One line of `posecheck cameras`."""

    camera: str
    name: str
    got: Got | None
    problem: str | None


def find_cameras() -> Iterator[Found]:
    """Cameras of this machine, each tried: what it gives, or why it gives nothing."""
    for number, name in _candidates():
        source = Source("camera", str(number), str(number))
        try:
            device = OpenCvDevice(source, Asked())
        except InputError as error:
            if name:
                yield Found(str(number), name, None, str(error))
            continue
        device.close()
        yield Found(str(number), name or f"camera {number}", device.got, None)


def _candidates() -> list[tuple[int, str]]:
    """(number, name) of what may be cameras; names only where the system tells them."""
    if sys.platform != "linux":
        return [(number, "") for number in range(_MOST_CAMERAS)]
    found = []
    for entry in sorted(Path("/sys/class/video4linux").glob("video*")):
        number = re.fullmatch(r"video(\d+)", entry.name)
        with contextlib.suppress(OSError):
            # A camera's second node carries metadata, no pictures.
            if number and (entry / "index").read_text().strip() == "0":
                found.append((int(number[1]), (entry / "name").read_text().strip()))
    return found


@contextlib.contextmanager
def quiet_opencv() -> Iterator[None]:
    """OpenCV's warnings about a camera that is not there say less than our own line."""
    # FFmpeg, which reads streams, takes its level once, when the first one is opened.
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", _FFMPEG_QUIET)
    logging = cv2.utils.logging
    before = logging.getLogLevel()
    logging.setLogLevel(logging.LOG_LEVEL_SILENT)
    try:
        yield
    finally:
        logging.setLogLevel(before)
