"""A webcam session behind a page: frames come from the browser's thread, the page asks and orders.

What is judged is the desk's own: :class:`posecheck.ui.live_desk.LiveDesk` for a move,
:class:`posecheck.ui.wall_desk.WallDesk` for knee-to-wall. A desk is opened by the first frame and
closed by the end of what it judges, by "Stop", or when no frame has come for a minute (a browser
that was shut says nothing). Whoever closes it frees the pose model.
"""

from __future__ import annotations

import gc
import threading
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime
from time import monotonic, sleep
from typing import Any

import av
import numpy as np
import numpy.typing as npt

from posecheck.core.errors import PosecheckError
from posecheck.estimate.live import PosesOfOne
from posecheck.memory import give_memory_back
from posecheck.sound.announcer import Announcer
from posecheck.ui.browser_voice import BrowserVoice

Picture = npt.NDArray[np.uint8]

#: No frame for so long: the camera is gone. For so long: so is the person.
LOST_S, GIVEN_UP_S = 2.5, 60.0
_WATCH_S = 0.25
#: The browser and its connection part after the session's end; then nothing of it is needed.
_PARTING_S = 5.0
#: A webcam that was not asked to begin yet is thought of again after so long.
_DRAWN_ANEW_S = 2.0
#: What a connection made anew is taken to have lasted at least.
_ANEW_S = 1.0
_PACE_S = 4.0
_SLOW_FPS = 15.0
#: The parts of a board that a desk may leave out.
_EMPTY: dict[str, Any] = {
    "stage": "waiting", "heading": "", "progress": "", "message": "", "wrong": False, "value": "",
    "error": "", "label": "", "hold_s": None, "hold_target_s": None, "holding": False,
    "countdown": None, "recording": "off", "note": "",
}  # fmt: skip


class Desk(ABC):
    """One webcam session of one visit; see the module's docstring.

    A desk's own methods are called with ``lock`` held, except :meth:`_finish`.

    Args:
        title: what the board says before the first picture.
        poses: who looks at the pictures; closed with the desk.
        speak: whether sentences are said, or only tones played.
        clock: seconds, rising.
    """

    def __init__(
        self,
        title: str,
        poses: PosesOfOne,
        *,
        speak: bool = True,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._title, self._clock = title, clock
        self.lock = threading.RLock()
        self.stack = ExitStack()
        self.poses = poses
        self.stack.callback(poses.close)
        self.problems: list[str] = []
        self.began = datetime.now().astimezone()
        #: Whose pictures come: the browser's window that began it, or took it over.
        self.window: object = None
        #: The word by which a refreshed page finds it.
        self.address = ""
        #: The browser may use a camera, and its pictures are on their way.
        self.connecting = False
        #: The page asked the webcam to begin.
        self.asked, self._drawn_s = True, clock()
        self._pictures_come = self._opened = False
        self._heard_s = clock()
        self._looked_s: deque[float] = deque()
        self._frame_s, self._ahead_s = float("-inf"), 0.0
        self._lost = self._failed = False
        self._over = threading.Event()
        self._voice = BrowserVoice()
        self.announcer = self.stack.enter_context(Announcer(self._voice, speak=speak))
        threading.Thread(target=self._watch, name="webcam-desk", daemon=True).start()

    # --- what a desk judges ---

    @abstractmethod
    def _open(self, bgr: Picture) -> None:
        """Begin, with the first picture's size.

        Raises:
            InputError: it cannot begin.
        """

    @abstractmethod
    def _judge(self, bgr: Picture, t_s: float) -> tuple[Picture, bool]:
        """What the person shall see of a picture, and whether it was analysed."""

    @abstractmethod
    def _is_done(self) -> bool:
        """Whether all that was asked for is done."""

    @abstractmethod
    def _camera(self, *, back: bool) -> None:
        """The camera is gone, or back."""

    @abstractmethod
    def _leave(self) -> None:
        """The last moment before what ``stack`` holds is freed."""

    @abstractmethod
    def _finish(self, why: str) -> None:
        """Keep what was found; the model is freed by now."""

    @abstractmethod
    def _board(self) -> dict[str, Any]:
        """Everything that is to be shown, in plain JSON values, once it was opened."""

    # --- the browser's thread ---

    def take(self, frame: av.VideoFrame) -> av.VideoFrame:
        """The next frame of the webcam; gives what the person shall see."""
        bgr = np.asarray(frame.to_ndarray(format="bgr24"), np.uint8)
        t_s = frame.time if frame.time is not None else self._clock()
        picture = self.look(bgr, float(t_s))
        return av.VideoFrame.from_ndarray(picture, format="bgr24")

    def look(self, bgr: Picture, t_s: float) -> Picture:
        """As :meth:`take`, for (h, w, 3) BGR taken at ``t_s`` seconds."""
        self._pictures_come = True
        with self.lock:
            t_s = self._rising(t_s)
            self._begin(bgr)
            # After loading the model, which takes seconds on a busy machine.
            self._heard_s = self._clock()
            if not self._opened or self._failed or self._over.is_set():
                return bgr
            if self._lost:
                self._lost = False
                self._camera(back=True)
            try:
                picture, analysed = self._judge(bgr, t_s)
            except PosecheckError as error:
                self._failed = True
                self.problems.append(str(error))
                return bgr
            if analysed:
                self._heard_s = self._clock()
                self._looked_s.append(self._heard_s)
            return picture

    def _rising(self, t_s: float) -> float:
        """The frame's time on one clock: a connection that was made anew begins at 0 again."""
        if t_s + self._ahead_s <= self._frame_s:
            self._ahead_s = self._frame_s + _ANEW_S - t_s
        self._frame_s = t_s + self._ahead_s
        return self._frame_s

    def _begin(self, bgr: Picture) -> None:
        if self._opened or self._over.is_set() or self.problems:
            return
        try:
            self.poses.load()
            self._open(bgr)
            self._opened = True
        except PosecheckError as error:
            self.problems.append(str(error))

    # --- the page's thread ---

    def forgotten(self) -> bool:
        """Whether the page must be drawn anew for the webcam to begin; true once a while.

        What the webcam reports of itself may reach the server with a run that draws the board
        alone, and is heard by the next one that draws the page.
        """
        if self.asked or self._clock() - self._drawn_s < _DRAWN_ANEW_S:
            return False
        self._drawn_s = self._clock()
        return True

    def board(self) -> dict[str, Any]:
        """Everything that the page shows and plays now, in plain JSON values."""
        # Whoever opens holds the lock for as long as it takes to load the model.
        return {
            **_EMPTY, **(self._told() if self._opened else self._waiting()),
            "sounds": self._voice.recent(),
        }  # fmt: skip

    def _told(self) -> dict[str, Any]:
        with self.lock:
            pace = self._pace_fps()
            slow = f"{pace:.0f} pictures a second analysed" if pace and pace < _SLOW_FPS else ""
            return {"note": slow, **self._board()}

    def _waiting(self) -> dict[str, Any]:
        """What is to be done, or waited for, before the first picture was looked at."""
        if self.problems:
            message = self.problems[-1]
        elif self._pictures_come:
            message = "Getting ready to watch"
        elif self.connecting:
            message = "Connecting to your camera"
        else:
            message = "Allow the camera in your browser"
        return {"heading": self._title, "message": message, "wrong": bool(self.problems)}

    def _pace_fps(self) -> float | None:
        """Pictures analysed a second of late, None before enough were."""
        now_s, looked = self._clock(), self._looked_s
        while looked and now_s - looked[0] > _PACE_S:
            looked.popleft()
        return len(looked) / _PACE_S if looked and now_s - looked[0] > 0.8 * _PACE_S else None

    # --- the end ---

    def _watch(self) -> None:
        while not self._over.wait(_WATCH_S):
            with self.lock:
                # Within the lock: a picture that is being looked at is no silence.
                silent_s = self._clock() - self._heard_s
                done = self._opened and self._is_done()
                if self._opened and silent_s > LOST_S and not self._lost and not done:
                    self._lost = True
                    self._camera(back=False)
            if done:
                self.close("done")
            elif self._failed:
                self.close("it broke off")
            elif silent_s > GIVEN_UP_S:
                self.close("the camera was gone for a minute")
        sleep(_PARTING_S)
        gc.collect()
        give_memory_back()

    def close(self, why: str) -> None:
        """End it and keep what was found; safe to call twice and from any thread."""
        with self.lock:
            if self._over.is_set():
                return
            self._over.set()
            if self._opened:
                self._leave()
            self.stack.close()
        self._finish(why)
