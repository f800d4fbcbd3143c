"""A live session at its edges: camera in, window, sounds and JSON lines out, until it ends."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic, perf_counter
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from posecheck.capture.camera import Camera, CameraState, Shot
from posecheck.core.live_view import Command, Stage
from posecheck.core.result import Repetition
from posecheck.live_session import Fed, LiveSession

Picture = npt.NDArray[np.uint8]
Tell = Callable[[str, float, dict[str, Any]], None]

#: Speed is judged over so many seconds, and told when less than this share is analysed.
_WINDOW_S = 5.0
_ENOUGH = 0.9
#: The first seconds load the model; they say nothing of the machine.
_WARM_UP_S = 3.0
#: The end stays on the screen for so long, or until a key.
_END_S = 20.0
_KEPT_TIMES = 20_000


class Screen(Protocol):
    """Where pictures are shown and keys come from."""

    def show(self, picture: Picture) -> None: ...

    def command(self) -> Command | None:
        """What was asked for since the last call."""


@dataclass(slots=True)
class Pace:
    """How the machine keeps up.

    Attributes:
        analysed, offered: pictures, once the machine was warm.
        feed_ms: times from picture in to overlay out, the newest ones.
    """

    analysed: int = 0
    offered: int = 0
    feed_ms: deque[float] = field(default_factory=lambda: deque(maxlen=_KEPT_TIMES))

    @property
    def share(self) -> float:
        return self.analysed / self.offered if self.offered else 1.0

    def ms(self, percentile: float) -> float:
        """A percentile of the times, NaN without any."""
        return float(np.percentile(self.feed_ms, percentile)) if self.feed_ms else float("nan")


@dataclass(frozen=True, slots=True)
class Summary:
    """How a live session ended."""

    ended: str
    repetitions: list[Repetition]
    pace: Pace


class _SpeedWatch:
    """Tells when the machine does not keep up with the camera."""

    def __init__(self) -> None:
        self._marks: deque[tuple[float, int, int]] = deque()

    def step(self, now_s: float, analysed: int, offered: int) -> tuple[float, float] | None:
        """(analysed, offered) pictures a second over the last seconds, if it is too few."""
        self._marks.append((now_s, analysed, offered))
        while now_s - self._marks[0][0] > _WINDOW_S:
            self._marks.popleft()
        then_s, a, o = self._marks[0]
        span_s = now_s - then_s
        if span_s < 0.8 * _WINDOW_S or analysed - a >= _ENOUGH * (offered - o):
            return None
        return (analysed - a) / span_s, (offered - o) / span_s


class LiveRun:
    """Runs one session until it is done, stopped or out of pictures.

    Args:
        tell: called with every event's name, time and data, the machine's notices included.
        on_fed: called with every analysed picture.
        screen: shows pictures and takes keys; None for a headless run.
    """

    def __init__(
        self,
        session: LiveSession,
        camera: Camera,
        *,
        tell: Tell,
        on_fed: Callable[[Fed], None] | None = None,
        screen: Screen | None = None,
    ) -> None:
        self._session, self._camera = session, camera
        self._tell, self._on_fed, self._screen = tell, on_fed, screen
        self._pace, self._watch = Pace(), _SpeedWatch()
        self._lost = self._slow = self._stopped = False
        self._picture: Picture | None = None
        self._raw: Picture | None = None
        self._first_s: float | None = None
        self._last_number: int | None = None

    def run(self) -> Summary:
        """Returns when it ended; Ctrl-C is a way of stopping like any other."""
        try:
            while not self._over():
                self._turn()
            self._show_end()
        except KeyboardInterrupt:
            self._stopped = True
        done = self._session.view.stage is Stage.DONE
        if not done:
            self._command(Command.STOP)
        return Summary("stopped" if self._stopped else "done" if done else "the pictures ended",
                       self._session.repetitions, self._pace)  # fmt: skip

    def _over(self) -> bool:
        if self._session.view.stage is Stage.DONE:
            return True
        return self._camera.state is CameraState.ENDED and self._camera.take(0.0) is None

    def _turn(self) -> None:
        shot = self._camera.take(0.1)
        self._watch_camera(shot is not None)
        if shot is not None:
            self._raw = shot.bgr
            if self._session.view.paused_by == "person":
                # Nothing is judged or kept of somebody who asked for a pause.
                self._forget_pace()
                self._show(self._session.redraw(shot.bgr))
            else:
                self._feed(shot)
        elif self._lost and self._raw is not None:
            self._show(self._session.redraw(self._raw))
        command = self._screen.command() if self._screen else None
        if command is not None:
            self._stopped = self._stopped or command is Command.STOP
            self._command(command)

    def _feed(self, shot: Shot) -> None:
        began_s = perf_counter()
        fed = self._session.feed(shot.bgr, shot.t_s)
        if fed is None:
            return
        if fed.picture is not None:
            self._show(fed.picture)
        self._measure(shot.number, (perf_counter() - began_s) * 1e3)
        for event in fed.events:
            self._tell(event.name, event.t_s, dict(event.data))
        if self._on_fed is not None:
            self._on_fed(fed)

    def _forget_pace(self) -> None:
        """What the camera offers during a pause is not missed by anybody."""
        if self._last_number is not None:
            self._last_number, self._watch = None, _SpeedWatch()

    def _measure(self, number: int, spent_ms: float) -> None:
        now_s = monotonic()
        if self._first_s is None:
            self._first_s = now_s
        since = 1 if self._last_number is None else number - self._last_number
        self._last_number = number
        if now_s - self._first_s < _WARM_UP_S:
            return
        pace = self._pace
        pace.analysed += 1
        pace.offered += since
        pace.feed_ms.append(spent_ms)
        slow = self._watch.step(now_s, pace.analysed, pace.offered)
        if slow is not None and not self._slow:
            analysed, offered = slow
            self._session.notice = f"{analysed:.0f} of {offered:.0f} pictures a second analysed"
            self._notice("slow", analysed_fps=round(analysed, 1), offered_fps=round(offered, 1))
        elif slow is None and self._slow:
            self._session.notice = None
        self._slow = slow is not None

    def _watch_camera(self, has_picture: bool) -> None:
        if self._camera.state is CameraState.LOST and not has_picture and not self._lost:
            self._lost = True
            self._forget_pace()
            self._notice("camera_lost")
            self._command(Command.CAMERA_LOST)
        elif has_picture and self._lost:
            self._lost = False
            self._notice("camera_back")
            self._command(Command.CAMERA_BACK)

    def _notice(self, name: str, **data: Any) -> None:
        self._session.note(name, **data)
        self._tell(name, self._session.view.t_s, data)

    def _command(self, command: Command) -> None:
        for event in self._session.command(command):
            self._tell(event.name, event.t_s, dict(event.data))

    def _show(self, picture: Picture) -> None:
        self._picture = picture
        if self._screen is not None:
            self._screen.show(picture)

    def _show_end(self) -> None:
        """The last picture stays until a key, so that the result can be read."""
        if self._screen is None or self._raw is None or self._stopped:
            return
        end_s = monotonic() + _END_S
        picture = self._session.redraw(self._raw)
        while monotonic() < end_s and self._screen.command() is None:
            self._screen.show(picture)
