"""The annotated video: a sink that encodes beside the drawing and leaves no half-written file.

VP8 in WebM, because Chromium and Firefox both play it everywhere without a system codec, and at its
fastest setting it takes half the time of VP9 (see ``benchmarks/render.py``). Frame times are kept
to the millisecond, so a phone's variable frame rate stays in step with the report's moments.
"""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import av
import av.container
import av.error
import cv2
import numpy as np
import numpy.typing as npt

from posecheck.core.errors import InputError

Image = npt.NDArray[np.uint8]

MAX_SIDE_PX = 960
_TIME_BASE = Fraction(1, 1000)
#: Frames that may wait for the encoder: enough to smooth a key frame, little memory.
_QUEUE_FRAMES = 4
#: Fixed fastest speed and no search in blocks that did not change: a tripod's background is free.
_OPTIONS = {
    "deadline": "realtime",
    "cpu-used": "-16",
    "lag-in-frames": "0",
    "static-thresh": "1000",
}
_BITS_PER_PIXEL_S = 2.4
#: A key frame at least this often, so that a jump to a moment lands at once.
_KEY_FRAME_EVERY = 60


class AnnotatedVideo:
    """Writes frames to ``path`` (a .webm file) as they come; use it as a context manager.

    The file appears under its name only when the block ends without an exception; otherwise nothing
    is left. Encoding runs in its own thread, so the caller draws the next frame meanwhile. The
    first frame sets the size; later frames are fitted to it.
    """

    def __init__(self, path: Path, *, max_side_px: int = MAX_SIDE_PX) -> None:
        self._path = path
        self._temp = path.with_name(f".{path.name}.{os.getpid()}.part")
        self._max_side_px = max_side_px
        self._queue: queue.Queue[tuple[Image, int] | None] = queue.Queue(_QUEUE_FRAMES)
        self._failure: Exception | None = None
        self._finished = False
        self._cancelled = threading.Event()
        self._thread: threading.Thread | None = None
        self._last_ms = -1
        self._mux_options: dict[str, str] = {}
        self.frames = 0

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._encode, name="annotated-video", daemon=True)
        self._thread.start()
        return self

    def write(self, bgr: Image, t_s: float) -> None:
        """Queue one frame (h, w, 3) for time ``t_s`` seconds; it must not be changed afterwards.

        Raises:
            OSError: the file could not be written; InputError: the encoder failed.
        """
        # WebM counts whole milliseconds; two frames of a very fast camera may share one.
        pts_ms = max(round(t_s * 1000), self._last_ms + 1)
        self._put((bgr, pts_ms))
        self._last_ms = pts_ms
        self.frames += 1

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if error is not None:
                self._cancelled.set()
                self._drain()
            self._put(None, check=False)
            if self._thread is not None:
                self._thread.join()
            if error is None:
                self._raise_failure()
                if self.frames:
                    self._replace()
        finally:
            self._temp.unlink(missing_ok=True)

    def _put(self, item: tuple[Image, int] | None, *, check: bool = True) -> None:
        while True:
            if check:
                self._raise_failure()
            try:
                self._queue.put(item, timeout=0.2)
            except queue.Full:
                # The encoder may have failed while the queue was full: look again.
                if self._thread is not None and not self._thread.is_alive():
                    return
            else:
                return

    def _drain(self) -> None:
        while True:
            try:
                self._queue.get_nowait()
            except queue.Empty:
                return

    def _replace(self) -> None:
        try:
            self._temp.replace(self._path)
        except OSError as error:
            raise _cannot_write(self._path, error) from error

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise _cannot_write(self._path, self._failure) from self._failure
        if not self._finished and not (self._thread and self._thread.is_alive()):
            raise InputError(f"{self._path}: the video encoder stopped; try --no-video")

    def _encode(self) -> None:
        """Thread body: every failure is kept for the caller, who sees it at the next frame."""
        try:
            first = self._queue.get()
            if first is not None:
                self._encode_all(first)
            self._finished = True
        except (OSError, av.error.FFmpegError, cv2.error, ValueError) as error:
            self._failure = error
            self._drain()

    def _encode_all(self, first: tuple[Image, int]) -> None:
        width, height = _even_size(first[0], self._max_side_px)
        with av.open(str(self._temp), "w", format="webm", options=self._mux_options) as container:
            stream = container.add_stream("libvpx", rate=30, options=dict(_OPTIONS))
            stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
            stream.time_base = _TIME_BASE
            stream.codec_context.time_base = _TIME_BASE
            stream.bit_rate = round(width * height * _BITS_PER_PIXEL_S)
            stream.gop_size = _KEY_FRAME_EVERY
            # One thread costs the least in all: the other core draws and decodes.
            stream.thread_count = 1
            item: tuple[Image, int] | None = first
            while item is not None and not self._cancelled.is_set():
                for packet in stream.encode(_video_frame(item[0], (width, height), item[1])):
                    container.mux(packet)
                item = self._queue.get()
            for packet in stream.encode():
                container.mux(packet)


class LiveVideo(AnnotatedVideo):
    """A camera's pictures as they come, in a file that can be played however it ends.

    It is written under its own name from the start, in clusters of a second, so that what was
    written plays after a crash. The caller never waits: pictures are left out (``left_out``) while
    the encoder is behind. A failure is kept in ``failed`` and stops the video alone.
    """

    def __init__(self, path: Path, *, max_side_px: int = MAX_SIDE_PX) -> None:
        super().__init__(path, max_side_px=max_side_px)
        self._temp = path
        self._mux_options = {"cluster_time_limit": "1000", "flush_packets": "1"}
        self.left_out = 0

    @property
    def failed(self) -> str | None:
        """Why nothing more is written, or None."""
        return str(_cannot_write(self._path, self._failure)) if self._failure else None

    def offer(self, bgr: Image, t_s: float) -> None:
        """Hand over one frame (h, w, 3) of time ``t_s``; it must not be changed afterwards."""
        if self._failure is not None:
            return
        pts_ms = max(round(t_s * 1000), self._last_ms + 1)
        try:
            self._queue.put_nowait((bgr, pts_ms))
        except queue.Full:
            self.left_out += 1
        else:
            self._last_ms = pts_ms
            self.frames += 1

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._put(None, check=False)
        if self._thread is not None:
            self._thread.join()


def write_annotated(
    frames: Iterable[tuple[Image, float]], path: Path, *, max_side_px: int = MAX_SIDE_PX
) -> int:
    """Write (bgr, t_s) pairs to ``path``; returns how many. See :class:`AnnotatedVideo`."""
    with AnnotatedVideo(path, max_side_px=max_side_px) as video:
        for bgr, t_s in frames:
            video.write(bgr, t_s)
    return video.frames


def _even_size(bgr: Image, max_side_px: int) -> tuple[int, int]:
    """(width, height) at most ``max_side_px``, even as 4:2:0 colour needs it."""
    height, width = bgr.shape[:2]
    scale = min(1.0, max_side_px / max(height, width))
    return max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2)


def _video_frame(bgr: Image, size: tuple[int, int], pts_ms: int) -> av.VideoFrame:
    if (bgr.shape[1], bgr.shape[0]) != size:
        bgr = np.asarray(cv2.resize(bgr, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    planar = np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2YUV_I420), dtype=np.uint8)
    frame = av.VideoFrame.from_ndarray(planar, format="yuv420p")
    frame.pts, frame.time_base = pts_ms, _TIME_BASE
    return frame


def _cannot_write(path: Path, error: Exception) -> Exception:
    """The system's own error as such: who wrote the folder knows what to say of a full disk."""
    number = getattr(error, "errno", None)
    if isinstance(error, OSError) and number:
        return OSError(number, error.strerror, str(path))
    return InputError(f"{path.name}: the video could not be written ({error}); try --no-video")
