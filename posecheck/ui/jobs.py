"""Checks that run while the page stays usable: started, watched and stopped by one session."""

from __future__ import annotations

import contextlib
import json
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
import weakref
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from time import monotonic
from typing import IO, Protocol

import posecheck

_END_S = 5.0
_PACKAGE_FOLDER = str(Path(posecheck.__file__).parent.parent)
_PROCESS_CODE = """
import sys
if sys.argv[1] not in sys.path:
    sys.path.append(sys.argv[1])
from posecheck.ui.check_process import main
main()
"""


class State(StrEnum):
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Request:
    """What to check.

    Attributes:
        name: what the person calls the clip; it never becomes a path.
        person: whose it is in the history; None keeps it out of there.
        kept_in: the folder of this check's own that the results go to when it is done; None lets
            them go with the job.
    """

    clip: Path
    name: str
    move: str
    side: str
    mirrored: bool
    person: str | None = None
    kept_in: Path | None = None


@dataclass(frozen=True, slots=True)
class News:
    """How far a check is. ``total`` is None if the clip does not tell its length."""

    state: State = State.RUNNING
    stage: str = ""
    done: int = 0
    total: int | None = None
    fps: float = 0.0
    message: str = ""


class Job(Protocol):
    """What the page needs of a check."""

    @property
    def request(self) -> Request: ...
    @property
    def started_s(self) -> float:
        """When it began, by ``time.monotonic``."""
        ...

    @property
    def news(self) -> News: ...
    @property
    def results(self) -> Path:
        """The folder with the finished check's files."""
        ...

    def cancel(self) -> None: ...


StartJob = Callable[[Path, Request], Job]


#: Every check that somebody still holds, by its uid: a page that was loaded anew finds its own.
#: Streamlit lets a session that lost its browser go after two minutes, and its checks with it.
_ALIVE: weakref.WeakValueDictionary[str, Job] = weakref.WeakValueDictionary()
_UID = re.compile(r"\d{8}-\d{6}-[0-9a-f]{16}")


def new_uid(now: datetime) -> str:
    """A name for a check that sorts by time and that nobody else guesses."""
    return f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(8)}"


def is_uid(text: str) -> bool:
    """Whether it is a name of our making: what comes from an address bar may be anything."""
    return _UID.fullmatch(text) is not None


def alive(uid: str) -> Job | None:
    """The check of that uid, if it is still held by anybody."""
    return _ALIVE.get(uid)


class _Board:
    """The latest news, written by the reading thread, read by the page."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._news = News()

    def read(self) -> News:
        with self._lock:
            return self._news

    def write(self, news: News) -> None:
        """The first end counts: what comes after a cancel is not news."""
        with self._lock:
            if self._news.state is State.RUNNING:
                self._news = news


class CheckJob:
    """A check in its own process, with a private folder that goes when the job is let go."""

    def __init__(self, folder: Path, request: Request) -> None:
        self.request = request
        self.started_s = monotonic()
        self._out = folder / "out"
        self._board = _Board()
        # -P: a file in the current folder that is named like a module must not be run.
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", _PROCESS_CODE, _PACKAGE_FOLDER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        # Runs when the session lets the job go (a new check, a closed tab) and at exit.
        self._finalizer = weakref.finalize(self, _end, self._process, folder)
        order = {
            "clip": str(request.clip), "name": request.name, "move": request.move,
            "side": request.side, "mirrored": request.mirrored, "out": str(self._out),
            "person": request.person,
            "kept_in": str(request.kept_in) if request.kept_in else None,
        }  # fmt: skip
        with contextlib.suppress(BrokenPipeError):  # its death is told by the reading thread
            self._process.stdin.write(json.dumps(order) + "\n")
            self._process.stdin.flush()
        threading.Thread(
            target=_read, args=(self._process, self._process.stdout, self._board), daemon=True
        ).start()

    @property
    def news(self) -> News:
        return self._board.read()

    @property
    def results(self) -> Path:
        return self.request.kept_in or self._out / self.request.clip.stem

    def cancel(self) -> None:
        """Stops the check and removes its folder."""
        self._board.write(News(State.CANCELLED))
        self._finalizer()


def start_job(folder: Path, request: Request) -> Job:
    """Start a check; ``folder`` is from :func:`private_folder` and from now on the job's."""
    return CheckJob(folder, request)


def remember(uid: str, job: Job) -> None:
    """Let a page that is loaded anew find this check by its uid."""
    _ALIVE[uid] = job


def private_folder() -> Path:
    """A new folder that only this user can enter."""
    return Path(tempfile.mkdtemp(prefix="posecheck-"))


def _read(process: subprocess.Popen[str], pipe: IO[str], board: _Board) -> None:
    news = News()
    for line in pipe:
        told = json.loads(line)
        if "step" in told:
            news = replace(news, **told["step"])
            board.write(news)
        elif "error" in told:
            board.write(News(State.FAILED, message=told["error"]))
        else:
            board.write(replace(news, state=State.DONE, message=told["note"]))
    code = process.wait()
    board.write(
        News(
            State.FAILED,
            message=f"The check ended unexpectedly (code {code}), most often because memory ran "
            "out; close other programs and try again, or try a shorter clip.",
        )
    )


def _end(process: subprocess.Popen[str], folder: Path) -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(_END_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    if process.stdin is not None:
        with contextlib.suppress(OSError):
            process.stdin.close()
    shutil.rmtree(folder, ignore_errors=True)
