"""Cameras, network streams and files played in real time: one thread that keeps the newest frame.

Whoever analyses takes the newest picture when it is ready for one; older ones are dropped and
counted. So the picture on the screen is never late, however slow the machine. A camera that goes
away is opened again and again until it is back; meanwhile ``state`` says so.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from time import monotonic
from typing import Protocol, Self

import numpy as np
import numpy.typing as npt

from posecheck.capture.source import Source
from posecheck.core.closing import Closing
from posecheck.core.errors import InputError

Pixels = npt.NDArray[np.uint8]

#: No picture for so long: the camera counts as lost, whatever the driver says.
SILENT_S = 2.0
#: Pauses between attempts to open a lost camera again, the last one repeated.
_RETRY_S = (0.25, 0.5, 1.0, 2.0)


class CameraState(StrEnum):
    """``ENDED``: a file that was played to its end, or a closed camera."""

    OPENING = "opening"
    LIVE = "live"
    LOST = "lost"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a camera is asked for; it may give something else."""

    width_px: int = 1280
    height_px: int = 720
    fps: float = 30.0
    mjpg: bool = True


@dataclass(frozen=True, slots=True)
class Got:
    """What a camera gives. ``fps`` and ``fourcc`` are its own claims, None where it makes none."""

    source: str
    width_px: int
    height_px: int
    fps: float | None
    fourcc: str | None


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture: (h, w, 3) BGR, and when it was taken, seconds of the camera's clock.

    ``number`` counts what the camera offered, from 0; holes are pictures nobody took.
    """

    number: int
    t_s: float
    bgr: Pixels


class Device(Protocol):
    """What a camera thread needs of something that gives pictures."""

    got: Got

    def read(self) -> tuple[float | None, Pixels] | None:
        """The next picture with its own time (None: now), or None when there is none any more.

        Waits until it is there. Raises OSError when the device is gone.
        """

    def close(self) -> None: ...


#: Opens a device; raises InputError if it is not there.
Opener = Callable[[Source, Asked], Device]


class Camera(Closing):
    """A camera that is read in the background; use it as a context manager.

    Args:
        source: from :func:`posecheck.capture.source.parse_source`.
        asked: size and rate to ask for.
        opener: how devices are opened; tests give their own.
        clock: seconds, rising; pictures without a time of their own get it.

    Raises:
        InputError: from ``__enter__``, if the camera cannot be opened at all.
    """

    def __init__(
        self,
        source: Source,
        asked: Asked | None = None,
        *,
        opener: Opener | None = None,
        clock: Callable[[], float] = monotonic,
        silent_s: float = SILENT_S,
    ) -> None:
        if opener is None:
            from posecheck.capture.devices import open_device

            opener = open_device
        self._source, self._asked = source, asked or Asked()
        self._opener, self._clock, self._silent_s = opener, clock, silent_s
        self._news = threading.Condition()
        self._stop = threading.Event()
        self._device: Device | None = None
        self._shot: Shot | None = None
        self._taken = -1
        self._state = CameraState.OPENING
        self._began_s = 0.0
        self._last_s = 0.0
        self._thread: threading.Thread | None = None
        self.got: Got | None = None
        self.offered = 0

    def __enter__(self) -> Self:
        self._device = self._opener(self._source, self._asked)
        self.got = self._device.got
        self._began_s = self._last_s = self._clock()
        self._thread = threading.Thread(target=self._run, name="camera", daemon=True)
        self._thread.start()
        return self

    def close(self) -> None:
        """Stop reading. A driver that hangs in a read is left to its thread."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=3.0)

    @property
    def state(self) -> CameraState:
        """Lost also while the driver keeps silent."""
        with self._news:
            silent = self._clock() - self._last_s > self._silent_s
            if self._state is CameraState.LIVE and silent:
                return CameraState.LOST
            return self._state

    def take(self, timeout_s: float = 0.5) -> Shot | None:
        """The newest picture not taken before, waiting for one; None if none comes in time."""
        with self._news:
            self._news.wait_for(self._has_news, timeout_s)
            shot = self._shot
            if shot is None or shot.number == self._taken:
                return None
            self._taken = shot.number
            return shot

    def _has_news(self) -> bool:
        fresh = self._shot is not None and self._shot.number != self._taken
        return fresh or self._state is CameraState.ENDED

    # --- the thread ---

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                if self._device is None and not self._open_again():
                    break
                self._read_on()
        finally:
            self._drop_device()
            self._enter(CameraState.ENDED)

    def _read_on(self) -> None:
        """Read until the device is gone, ends or shall stop."""
        assert self._device is not None
        try:
            while not self._stop.is_set():
                taken = self._device.read()
                if taken is None:
                    if self._source.ends:
                        self._stop.set()
                    break
                self._show(*taken)
        except OSError:
            # The driver's words say less than "lost"; the state tells it.
            self._enter(CameraState.LOST)
        self._drop_device()

    def _show(self, t_s: float | None, bgr: Pixels) -> None:
        now_s = self._clock()
        with self._news:
            t_s = now_s - self._began_s if t_s is None else t_s
            self._shot = Shot(self.offered, t_s, bgr)
            self.offered += 1
            self._last_s = now_s
            self._state = CameraState.LIVE
            self._news.notify_all()

    def _open_again(self) -> bool:
        """Try until the device is back; False when it shall stop."""
        self._enter(CameraState.LOST)
        attempt = 0
        while not self._stop.wait(_RETRY_S[min(attempt, len(_RETRY_S) - 1)]):
            attempt += 1
            try:
                self._device = self._opener(self._source, self._asked)
            except InputError:
                continue
            self.got = self._device.got
            return True
        return False

    def _drop_device(self) -> None:
        if self._device is not None:
            self._device.close()
            self._device = None

    def _enter(self, state: CameraState) -> None:
        with self._news:
            self._state = state
            self._news.notify_all()
