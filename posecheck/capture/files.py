"""Video files as a stream of upright frames, decoded ahead in a background thread.

Time is the file's own: a frame's time is its presentation timestamp minus the first one's, so
variable frame rate needs no care downstream. A frame without a timestamp gets the previous time
plus the nominal frame spacing. A frame whose time does not rise has no place in time and is
dropped (counted in ``VideoReader.dropped``): nudging it would invent a speed.

Memory does not grow with the length of the clip: at most ``prefetch`` + 2 frames exist at once.
"""

from __future__ import annotations

import contextlib
import math
import queue
import threading
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self, cast

import av
import av.error
import numpy as np
from av.sidedata.sidedata import Type as SideDataType
from av.video.reformatter import VideoReformatter

from posecheck.capture.frame import Frame, Pixels, VideoInfo
from posecheck.capture.opening import no_frames, open_video, why_unreadable
from posecheck.core.closing import Closing
from posecheck.core.errors import InputError

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

_FALLBACK_FPS = 30.0
#: Containers that store decode times only; the presentation times FFmpeg guesses there go back
#: and forth, while the decode time that leaves with a frame rises evenly.
_DECODE_TIME_ONLY = frozenset({"avi"})
#: A clip counts as cut off if it ends this much before the length its header claims.
_MISSING_FRAMES = 0.02
_MISSING_S = 2.0
_MISSING_SHARE = 0.05
#: Times this near are of the same frame.
_SAME_S = 1e-6
#: How long the consumer or the decoder sleeps before looking whether the other side has gone.
_POLL_S = 0.2


@dataclass(frozen=True, slots=True)
class _Orientation:
    """How stored pixels become upright: transpose, then mirror rows and columns."""

    transpose: bool = False
    flip_rows: bool = False
    flip_columns: bool = False

    @classmethod
    def of(cls, frame: VideoFrame) -> Self:
        """From the display matrix (a b; c d): x' = a x + c y, y' = b x + d y, y down."""
        side_data = cast(Any, frame.side_data).get(SideDataType.DISPLAYMATRIX)
        if side_data is None:
            return cls()
        matrix = np.frombuffer(bytes(side_data), dtype=np.int32).astype(np.float64)
        a, b, c, d = matrix[[0, 1, 3, 4]]
        if abs(b) + abs(c) > abs(a) + abs(d):
            return cls(transpose=True, flip_rows=bool(b < 0), flip_columns=bool(c < 0))
        return cls(flip_rows=bool(d < 0), flip_columns=bool(a < 0))

    @property
    def clockwise_deg(self) -> int:
        """The turn alone; a mirrored picture counts as the turn that follows its mirror."""
        if self.transpose:
            return 270 if self.flip_rows else 90
        return 180 if self.flip_rows else 0

    def apply(self, pixels: Pixels) -> Pixels:
        """(h, w, 3) stored pixels, upright and C-contiguous."""
        upright = pixels.swapaxes(0, 1) if self.transpose else pixels
        if self.flip_rows:
            upright = upright[::-1]
        if self.flip_columns:
            upright = upright[:, ::-1]
        return np.ascontiguousarray(upright)


class VideoReader(Closing):
    """One pass over a video file. Iterate once; close it or use it as a context manager.

    ``info`` is known at once (the first frame is decoded on opening). ``truncated`` and ``dropped``
    are final when the iteration has ended: whether the file broke off before the length that it
    claims, and how many frames were left out because their time did not rise. ``decoded`` counts
    the frames read so far, those that still wait included.

    ``only`` names the frame indices that are wanted: all frames are decoded up to the last of them,
    but just these are converted and given.

    Raises:
        InputError: from the constructor, if the file cannot be opened or holds no picture.
    """

    def __init__(
        self,
        path: Path,
        *,
        max_side_px: int | None = None,
        rgb: bool = False,
        prefetch: int = 4,
        only: frozenset[int] | None = None,
    ) -> None:
        self._path = path
        self._only = only
        self._prefetch = max(1, prefetch)
        self._order: Literal["bgr", "rgb"] = "rgb" if rgb else "bgr"
        self._reformatter = VideoReformatter()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self.truncated = False
        self.dropped = 0
        self.decoded = 0
        self._container, self._stream = open_video(path)
        try:
            # Frame threads decode several frames at once: 4K would otherwise hold detection up.
            self._stream.thread_type = "AUTO"
            self._decoded = self._decode()
            self._first = next(self._decoded, None)
            if self._first is None:
                raise no_frames(path)
            self._orientation = _Orientation.of(self._first)
            self._stored_size, self.info = self._describe(self._first)
        except BaseException:
            self._container.close()
            raise
        longer = max(self.info.width_px, self.info.height_px)
        self._scale = max(1.0, longer / max_side_px) if max_side_px else 1.0

    def jump(self, times_s: Mapping[int, float]) -> Iterator[Frame]:
        """Frames whose index and time are known from an earlier reading, in their order.

        Decodes from the picture before each that stands on its own, not all that lies between, so
        it costs as much in an hour as in a minute. Instead of an iteration, not beside one. Ends
        early where the file cannot be entered in its middle or answers with another time.
        """
        first, self._first = self._first, None
        start_s = None if first is None else self._stamp_s(first)
        tick_s = float(self._stream.time_base or 0)
        if start_s is None or not tick_s or self._container.format.name in _DECODE_TIME_ONLY:
            return
        here_s = -math.inf
        with contextlib.suppress(av.error.FFmpegError):
            for index, t_s in sorted(times_s.items()):
                ticks = math.floor((t_s + start_s + _SAME_S) / tick_s)
                if not here_s < t_s or self._key_ticks(ticks) * tick_s - start_s > here_s:
                    self._container.seek(ticks, stream=self._stream, backward=True)
                    self._decoded = self._decode()
                for frame in self._decoded:
                    self.decoded += 1
                    here_s = (self._stamp_s(frame) or 0.0) - start_s
                    if here_s > t_s - _SAME_S:
                        break
                if abs(here_s - t_s) > _SAME_S:
                    return
                yield Frame(index, t_s, self._convert(frame), self._order, self._scale)

    def _key_ticks(self, ticks: int) -> float:
        """Where the last picture that stands on its own before ``ticks`` is; inf if unknown."""
        entries = self._stream.index_entries
        place = entries.search_timestamp(ticks)
        return math.inf if place < 0 else entries[place].timestamp

    def close(self) -> None:
        """Stops decoding and closes the file. Safe to call twice."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        self._decoded.close()
        self._container.close()

    def __iter__(self) -> Iterator[Frame]:
        if self._thread is not None or self._first is None:
            raise RuntimeError("a VideoReader is read once; open the file again")
        frames: queue.Queue[Frame | BaseException | None] = queue.Queue(self._prefetch)
        self._thread = threading.Thread(
            target=self._fill, args=(frames,), name="posecheck-decode", daemon=True
        )
        self._thread.start()
        try:
            while True:
                item = frames.get()
                if item is None:
                    return
                if isinstance(item, BaseException):
                    raise item
                yield item
        finally:
            self.close()

    def _fill(self, frames: queue.Queue[Frame | BaseException | None]) -> None:
        """The decode thread: puts frames, then None or the error that ended the reading."""

        def put(item: Frame | BaseException | None) -> None:
            while not self._stop.is_set():
                with contextlib.suppress(queue.Full):
                    frames.put(item, timeout=_POLL_S)
                    return

        try:
            for frame in self._frames():
                if self._stop.is_set():
                    return
                put(frame)
        except BaseException as error:  # noqa: BLE001 - raised again in the consumer's thread
            put(error)
        else:
            put(None)

    def _frames(self) -> Iterator[Frame]:
        """Decoded frames with rising times, converted and upright."""
        first, self._first = self._first, None
        spacing_s = 1.0 / (self.info.nominal_fps or _FALLBACK_FPS)
        start_s: float | None = None
        last_s = -math.inf
        index = 0
        frame: VideoFrame | None = first
        while frame is not None:
            stamp_s = self._stamp_s(frame)
            if start_s is None:
                start_s = stamp_s if stamp_s is not None else 0.0
            t_s = last_s + spacing_s if stamp_s is None else stamp_s - start_s
            t_s = max(t_s, 0.0) if index == 0 else t_s
            if t_s > last_s:
                if self._only is None or index in self._only:
                    yield Frame(index, t_s, self._convert(frame), self._order, self._scale)
                index, last_s = index + 1, t_s
                self.decoded = index
                if self._only is not None and index > max(self._only, default=-1):
                    return
            else:
                self.dropped += 1
            frame = next(self._decoded, None)
        self._note_early_end(last_s, spacing_s)

    def _stamp_s(self, frame: VideoFrame) -> float | None:
        """The file's time of a frame, None where it has none."""
        ticks = frame.dts if self._container.format.name in _DECODE_TIME_ONLY else frame.pts
        if ticks is None or frame.time_base is None:
            return None
        return float(ticks * frame.time_base)

    def _decode(self) -> Generator[VideoFrame]:
        """Raw frames in display order; steps over damaged packets, ends where reading ends."""
        self._packets = 0
        packets = self._container.demux(self._stream)
        while True:
            try:
                packet = next(packets)
            except StopIteration:
                return
            except av.error.FFmpegError:
                self.truncated = True
                yield from self._flush()
                return
            self._packets += packet.size > 0
            try:
                yield from packet.decode()
            except av.error.FFmpegError:
                self.truncated = self.truncated or packet.size > 0

    def _flush(self) -> Iterator[VideoFrame]:
        with contextlib.suppress(av.error.FFmpegError):
            yield from self._stream.codec_context.decode(None)

    def _note_early_end(self, last_s: float, spacing_s: float) -> None:
        """Sets ``truncated`` if the file's header promised clearly more than was there."""
        promised = self._stream.frames
        if promised:
            missing = promised - self._packets
            self.truncated = self.truncated or missing > max(1, _MISSING_FRAMES * promised)
        elif self.info.duration_s:
            missing_s = self.info.duration_s - last_s - spacing_s
            slack_s = max(_MISSING_S, _MISSING_SHARE * self.info.duration_s)
            self.truncated = self.truncated or missing_s > slack_s

    def _convert(self, frame: VideoFrame) -> Pixels:
        """Scale, colour conversion (one pass of swscale) and turning upright."""
        width, height = (max(1, round(side / self._scale)) for side in self._stored_size)
        converted = self._reformatter.reformat(
            frame, width, height, "rgb24" if self._order == "rgb" else "bgr24"
        )
        return self._orientation.apply(cast(Pixels, converted.to_ndarray()))

    def _describe(self, first: VideoFrame) -> tuple[tuple[int, int], VideoInfo]:
        """Stored size with square pixels (width, height), and the upright description."""
        stream = self._stream
        aspect = float(stream.sample_aspect_ratio or 1) or 1.0
        stored = (max(1, round(first.width * aspect)), first.height)
        upright = stored[::-1] if self._orientation.transpose else stored
        rate = stream.average_rate or stream.guessed_rate
        fps = float(rate) if rate else None
        duration_s = _duration_s(self._container, stream)
        frames = stream.frames or (round(duration_s * fps) if duration_s and fps else None)
        info = VideoInfo(
            path=self._path,
            width_px=upright[0],
            height_px=upright[1],
            rotation_deg=self._orientation.clockwise_deg,
            duration_s=duration_s,
            frames_estimate=frames or None,
            codec=stream.codec_context.name,
            nominal_fps=fps,
        )
        return stored, info


def probe(path: Path) -> VideoInfo:
    """What the file says about itself; decodes one frame to be sure that it can be read.

    Raises:
        InputError: one line on what is wrong with the file and what to do.
    """
    with VideoReader(path) as reader:
        return reader.info


def read_frames(
    path: Path, *, max_side_px: int | None = None, rgb: bool = False, prefetch: int = 4
) -> Iterator[Frame]:
    """Frames of a video file in order, decoded ahead in the background.

    ``max_side_px`` scales down so that the longer side is at most that (``Frame.scale`` tells by
    how much); ``rgb`` gives red first. Use ``VideoReader`` to learn afterwards whether the file
    was cut off.

    Raises:
        InputError: one line on what is wrong with the file and what to do.
    """
    with VideoReader(path, max_side_px=max_side_px, rgb=rgb, prefetch=prefetch) as reader:
        yield from reader


def frames_at(path: Path, times_s: Mapping[int, float]) -> Iterator[Frame]:
    """The frames with these indices, full size, in no promised order.

    Args:
        path: a video that was read before.
        times_s: index of a frame -> its time, from that reading.

    Raises:
        InputError: one line on what is wrong with the file and what to do.
    """
    left = dict(times_s)
    with VideoReader(path) as reader:
        for frame in reader.jump(times_s):
            del left[frame.index]
            yield frame
    if left:
        with VideoReader(path, only=frozenset(left)) as reader:
            yield from reader


def _duration_s(container: InputContainer, stream: VideoStream) -> float | None:
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    return container.duration / av.time_base if container.duration else None


__all__ = ["InputError", "VideoReader", "probe", "read_frames", "why_unreadable"]
