"""A live session of one move behind the page "Live"."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

import numpy as np

from posecheck.core import live_words
from posecheck.core.errors import InputError
from posecheck.core.live_view import Command, Plan, Stage
from posecheck.core.result import Repetition
from posecheck.core.table import State
from posecheck.estimate.away import AwayPoses
from posecheck.estimate.live import PosesOfOne
from posecheck.library import LoadedMove
from posecheck.live_session import LiveSession, Picture
from posecheck.ui.desk import Desk

if TYPE_CHECKING:
    from posecheck.session.recorder import Recorder

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


class LiveDesk(Desk):
    """One live session of one visit.

    Args:
        poses: who looks at the pictures; a process of its own if not given.
        clock: seconds, rising.
    """

    def __init__(
        self,
        order: Order,
        *,
        poses: PosesOfOne | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self.order = order
        self._session: LiveSession | None = None
        self._recorder: Recorder | None = None
        self._repetitions: list[Repetition] = []
        self._duration_s = 0.0
        self.ended: Ended | None = None
        super().__init__(
            order.loaded.move.name, poses or AwayPoses(), speak=order.speak, clock=clock
        )

    # --- the browser's thread ---

    def _open(self, bgr: Picture) -> None:
        from posecheck import sessions
        from posecheck.capture.camera import Got
        from posecheck.estimate.models import resolve_model
        from posecheck.render.video import LiveVideo
        from posecheck.session import private

        order, video = self.order, None
        if order.record:
            got = Got(WEBCAM, int(bgr.shape[1]), int(bgr.shape[0]), None, None)
            self._recorder = sessions.begin(
                order.loaded,
                resolve_model(),
                got,
                order.plan,
                root=order.sessions,
                video=order.video,
            )
            if order.video:
                path = self._recorder.folder / sessions.VIDEO
                private.create(path).close()
                video = self.stack.enter_context(LiveVideo(path))
        self._session = self.stack.enter_context(
            LiveSession(
                order.loaded, plan=order.plan, words=False, recorder=self._recorder,
                video=video, on_cues=self.announcer.offer, poses=self.poses,
            )
        )  # fmt: skip

    def _judge(self, bgr: Picture, t_s: float) -> tuple[Picture, bool]:
        session = self._session
        assert session is not None
        if session.view.stage in (Stage.PAUSED, Stage.DONE):
            return session.redraw(bgr), False
        fed = session.feed(bgr, t_s)
        return session.redraw(bgr) if fed is None or fed.picture is None else fed.picture, True

    def _camera(self, *, back: bool) -> None:
        assert self._session is not None
        self._session.command(Command.CAMERA_BACK if back else Command.CAMERA_LOST)

    def _is_done(self) -> bool:
        return self._session is not None and self._session.view.stage is Stage.DONE

    # --- the page's thread ---

    def command(self, command: Command) -> None:
        """Pause, next, other side; "stop" also ends it all."""
        if command is Command.STOP:
            self.close("stopped")
            return
        with self.lock:
            if self._session is not None:
                self._session.command(command)

    @property
    def paused(self) -> bool:
        """Whether the person asked for a pause."""
        with self.lock:
            return self._session is not None and self._session.view.paused_by == "person"

    def _board(self) -> dict[str, Any]:
        session = self._session
        assert session is not None
        view = session.view
        state = view.frame
        text, wrong = live_words.message(view, "Paused: the key P goes on")
        value, error = live_words.reading(view) or ("", "")
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
            "recording": session.recording,
        }

    # --- the end ---

    def _leave(self) -> None:
        session = self._session
        assert session is not None
        if session.view.stage is not Stage.DONE:
            session.command(Command.STOP)
        self._repetitions, self._duration_s = session.repetitions, session.view.t_s

    def _finish(self, why: str) -> None:
        name = self._finish_recording(why)
        self._keep_numbers()
        self.ended = Ended(why, self._repetitions, name, self.problems)

    def _finish_recording(self, why: str) -> str | None:
        from posecheck import sessions
        from posecheck.session.reader import open_recording

        recorder = self._recorder
        if recorder is None:
            return None
        counted = {s: sum(r.side == s for r in self._repetitions) for s in ("left", "right")}
        recorder.close(why, counted)
        if recorder.failed:
            self.problems.append(f"The recording broke off: {recorder.failed}.")
        try:
            sessions.keep_result(open_recording(recorder.folder))
        except (InputError, OSError) as error:
            self.problems.append(str(error))
        return recorder.folder.name

    def _keep_numbers(self) -> None:
        """The numbers go into the history, recorded or not."""
        from posecheck.saving import live_session_of
        from posecheck.ui.keeping import keep_session

        order = self.order
        if not self._repetitions:
            return
        record = live_session_of(
            self._repetitions, order.loaded, side=order.plan.side, started_at=self.began,
            duration_s=self._duration_s, folder=self._recorder.folder if self._recorder else None,
        )  # fmt: skip
        try:
            keep_session(record, order.person)
        except InputError as error:
            self.problems.append(f"The result is not in the history: {error}")
