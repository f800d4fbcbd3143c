"""A live session behind the page: frames come from the browser's thread, the page asks and orders.

It is opened by the first frame and closed by the end of the set, by "Stop", or when no frame has
come for a minute (a browser that was shut says nothing). Whoever closes it frees the pose model
and finishes the recording.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

import av
import numpy as np

from posecheck.core import live_words
from posecheck.core.errors import InputError
from posecheck.core.live_view import Command, Plan, Stage
from posecheck.core.result import Repetition
from posecheck.core.table import State
from posecheck.library import LoadedMove
from posecheck.live_session import LiveSession, Picture
from posecheck.sound.announcer import Announcer
from posecheck.ui.browser_voice import BrowserVoice

if TYPE_CHECKING:
    from posecheck.session.recorder import Recorder

#: No frame for so long: the camera is gone. For so long: so is the person.
LOST_S, GIVEN_UP_S = 2.5, 60.0
_WATCH_S = 0.25
_PACE_S = 4.0
_SLOW_FPS = 15.0
WEBCAM = "webcam in the browser"


@dataclass(frozen=True, slots=True)
class Order:
    """What the page asks for."""

    loaded: LoadedMove
    plan: Plan
    sessions: Path
    person: str = "me"
    record: bool = False
    video: bool = False
    speak: bool = True


@dataclass(frozen=True, slots=True)
class Ended:
    """What is left when it is over.

    Attributes:
        why: in plain words.
        repetitions: those counted, of both sides, in the order they ended.
        session: the recording's name, None where nothing was recorded.
        problems: what went wrong on the way, a sentence each.
    """

    why: str
    repetitions: list[Repetition]
    session: str | None
    problems: list[str]


class LiveDesk:
    """One live session of one visit; see the module's docstring.

    Args:
        make_session: stands in for :class:`LiveSession` in tests.
        clock: seconds, rising.
    """

    def __init__(
        self,
        order: Order,
        *,
        make_session: Callable[..., LiveSession] = LiveSession,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self.order = order
        self._make_session, self._clock = make_session, clock
        self._lock = threading.RLock()
        self._stack = ExitStack()
        self._session: LiveSession | None = None
        self._recorder: Recorder | None = None
        self._problems: list[str] = []
        self._began = datetime.now().astimezone()
        self._heard_s = clock()
        self._looked_s: deque[float] = deque()
        self._lost = False
        self._over = threading.Event()
        self._voice = BrowserVoice()
        self._announcer = self._stack.enter_context(Announcer(self._voice, speak=order.speak))
        self.ended: Ended | None = None
        threading.Thread(target=self._watch, name="live-desk", daemon=True).start()

    # --- the browser's thread ---

    def take(self, frame: av.VideoFrame) -> av.VideoFrame:
        """The next frame of the webcam; gives what the person shall see."""
        bgr = np.asarray(frame.to_ndarray(format="bgr24"), np.uint8)
        t_s = frame.time if frame.time is not None else self._clock()
        picture = self.look(bgr, float(t_s))
        return av.VideoFrame.from_ndarray(picture, format="bgr24")

    def look(self, bgr: Picture, t_s: float) -> Picture:
        """As :meth:`take`, for (h, w, 3) BGR taken at ``t_s`` seconds."""
        with self._lock:
            session = self._opened(bgr)
            # After loading the model, which takes seconds on a busy machine.
            self._heard_s = self._clock()
            if session is None or self._over.is_set():
                return bgr
            if self._lost:
                self._lost = False
                session.command(Command.CAMERA_BACK)
            if session.view.stage in (Stage.PAUSED, Stage.DONE):
                return session.redraw(bgr)
            fed = session.feed(bgr, t_s)
            self._heard_s = self._clock()
            self._looked_s.append(self._heard_s)
            return session.redraw(bgr) if fed is None or fed.picture is None else fed.picture

    def _opened(self, bgr: Picture) -> LiveSession | None:
        """The session, begun by its first picture; None where it cannot begin."""
        if self._session is not None or self._over.is_set() or self._problems:
            return self._session
        try:
            self._session = self._begin(bgr)
        except InputError as error:
            self._problems.append(str(error))
        return self._session

    def _begin(self, bgr: Picture) -> LiveSession:
        from posecheck import sessions
        from posecheck.capture.camera import Got
        from posecheck.estimate.models import resolve_model
        from posecheck.render.video import LiveVideo
        from posecheck.session import private

        order, model, video = self.order, resolve_model(), None
        if order.record:
            got = Got(WEBCAM, int(bgr.shape[1]), int(bgr.shape[0]), None, None)
            self._recorder = sessions.begin(
                order.loaded, model, got, order.plan, root=order.sessions, video=order.video
            )
            if order.video:
                path = self._recorder.folder / sessions.VIDEO
                private.create(path).close()
                video = self._stack.enter_context(LiveVideo(path))
        return self._stack.enter_context(
            self._make_session(
                order.loaded, model, order.plan, words=False, recorder=self._recorder,
                video=video, on_cues=self._announcer.offer,
            )
        )  # fmt: skip

    # --- the page's thread ---

    def command(self, command: Command) -> None:
        """Pause, next, other side; "stop" also ends it all."""
        with self._lock:
            if self._session is not None:
                self._session.command(command)
        if command is Command.STOP:
            self.close("stopped")

    @property
    def paused(self) -> bool:
        """Whether the person asked for a pause."""
        with self._lock:
            return self._session is not None and self._session.view.paused_by == "person"

    def board(self) -> dict[str, Any]:
        """Everything that the page shows and plays now, in plain JSON values."""
        with self._lock:
            session = self._session
            if session is None:
                return _waiting(self.order.loaded.move.name, self._voice.recent())
            view, recording, pace = session.view, session.recording, self._pace_fps()
        state = view.frame
        text, wrong = live_words.message(view, "Paused: the key P goes on")
        value, error = live_words.reading(view) or ("", "")
        note = f"{pace:.0f} pictures a second analysed" if pace and pace < _SLOW_FPS else ""
        return {
            "stage": view.stage.value,
            "heading": live_words.heading(view, self.order.loaded.move.name),
            "progress": live_words.progress(view),
            "message": text,
            "wrong": wrong,
            "value": value,
            "error": error,
            "label": state.headline_label or "",
            "hold_s": state.hold_s,
            "hold_target_s": state.hold_target_s,
            "holding": state.state is State.HOLDING and view.stage is Stage.RUNNING,
            "countdown": None if view.countdown_s is None else int(np.ceil(view.countdown_s)),
            "recording": recording,
            "note": note,
            "sounds": self._voice.recent(),
        }

    def _pace_fps(self) -> float | None:
        """Pictures analysed a second of late, None before enough were."""
        now_s, looked = self._clock(), self._looked_s
        while looked and now_s - looked[0] > _PACE_S:
            looked.popleft()
        return len(looked) / _PACE_S if looked and now_s - looked[0] > 0.8 * _PACE_S else None

    # --- the end ---

    def _watch(self) -> None:
        while not self._over.wait(_WATCH_S):
            with self._lock:
                # Within the lock: a picture that is being looked at is no silence.
                silent_s = self._clock() - self._heard_s
                session = self._session
                done = session is not None and session.view.stage is Stage.DONE
                if session is not None and silent_s > LOST_S and not self._lost and not done:
                    self._lost = True
                    session.command(Command.CAMERA_LOST)
            if done:
                self.close("done")
            elif silent_s > GIVEN_UP_S:
                self.close("the camera was gone for a minute")

    def close(self, why: str) -> None:
        """End it and finish what was recorded; safe to call twice and from any thread."""
        with self._lock:
            if self._over.is_set():
                return
            self._over.set()
            session, duration_s = self._session, 0.0
            repetitions: list[Repetition] = []
            if session is not None:
                if session.view.stage is not Stage.DONE:
                    session.command(Command.STOP)
                repetitions, duration_s = session.repetitions, session.view.t_s
            self._stack.close()
        name = self._finish_recording(why, repetitions)
        self._keep_numbers(repetitions, duration_s)
        self.ended = Ended(why, repetitions, name, self._problems)

    def _finish_recording(self, why: str, repetitions: list[Repetition]) -> str | None:
        from posecheck import sessions
        from posecheck.session.reader import open_recording

        recorder = self._recorder
        if recorder is None:
            return None
        counted = {side: sum(r.side == side for r in repetitions) for side in ("left", "right")}
        recorder.close(why, counted)
        if recorder.failed:
            self._problems.append(f"The recording broke off: {recorder.failed}.")
        try:
            sessions.keep_result(open_recording(recorder.folder))
        except (InputError, OSError) as error:
            self._problems.append(str(error))
        return recorder.folder.name

    def _keep_numbers(self, repetitions: list[Repetition], duration_s: float) -> None:
        """The numbers go into the history, recorded or not."""
        from posecheck.saving import live_session_of
        from posecheck.ui.keeping import keep_session

        order = self.order
        if not repetitions:
            return
        record = live_session_of(
            repetitions, order.loaded, side=order.plan.side, started_at=self._began,
            duration_s=duration_s, folder=self._recorder.folder if self._recorder else None,
        )  # fmt: skip
        try:
            keep_session(record, order.person)
        except InputError as error:
            self._problems.append(f"The result is not in the history: {error}")


def _waiting(move_name: str, sounds: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "stage": "waiting", "heading": move_name, "progress": "", "wrong": False,
        "message": "Allow the camera in your browser", "value": "", "error": "", "label": "",
        "hold_s": None, "hold_target_s": None, "holding": False, "countdown": None,
        "recording": "off", "note": "", "sounds": sounds,
    }  # fmt: skip
