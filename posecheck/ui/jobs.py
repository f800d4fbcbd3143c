"""Long work while the page stays usable: started, watched and stopped by one session."""

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
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from time import monotonic
from typing import IO, Any, Protocol

import posecheck
from posecheck.ending import end_process

#: What a job said last is read within so long of its end.
_LAST_WORDS_S = 5.0
_PACKAGE_FOLDER = str(Path(posecheck.__file__).parent.parent)
_PROCESS_CODE = """
import sys
from importlib import import_module
if sys.argv[1] not in sys.path:
    sys.path.append(sys.argv[1])
import_module("posecheck.ui." + sys.argv[2]).main()
"""


class State(StrEnum):
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class News:
    """How far a job is.

    Attributes:
        stage: what it does now, in a word of its own; empty before its process speaks.
        done, total: frames; ``total`` is None if the clip does not tell its length.
        clip, clips: which one it is at, and of how many; 0 where that is nothing to tell.
    """

    state: State = State.RUNNING
    stage: str = ""
    done: int = 0
    total: int | None = None
    fps: float = 0.0
    message: str = ""
    clip: int = 0
    clips: int = 0


class Job(Protocol):
    """What the pages need of a job."""

    @property
    def names(self) -> tuple[str, ...]:
        """What the person calls its clips."""
        ...

    @property
    def started_s(self) -> float:
        """When it began, by ``time.monotonic``."""
        ...

    @property
    def news(self) -> News: ...
    def cancel(self) -> None: ...


#: Every job that somebody still holds, by its kind and uid: a page that was loaded anew finds its
#: own. Streamlit lets a session that lost its browser go after two minutes, and its jobs with it.
_ALIVE: weakref.WeakValueDictionary[tuple[str, str], Job] = weakref.WeakValueDictionary()
_UID = re.compile(r"\d{8}-\d{6}-[0-9a-f]{16}")


def new_uid(now: datetime) -> str:
    """A name for a job that sorts by time and that nobody else guesses."""
    return f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(8)}"


def is_uid(text: str) -> bool:
    """Whether it is a name of our making: what comes from an address bar may be anything."""
    return _UID.fullmatch(text) is not None


def alive(kind: str, uid: str) -> Job | None:
    """The job of that kind and uid, if it is still held by anybody."""
    return _ALIVE.get((kind, uid))


def remember(kind: str, uid: str, job: Job) -> None:
    """Let a page that is loaded anew find this job by its uid."""
    _ALIVE[kind, uid] = job


def private_folder() -> Path:
    """A new folder that only this user can enter."""
    return Path(tempfile.mkdtemp(prefix="posecheck-"))


class _Board:
    """The latest news, written by the reading thread, read by the page."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._lock = threading.Lock()
        self._news = News()
        self._stopped = False

    def read(self) -> News:
        with self._lock:
            return self._news

    def write(self, news: News) -> None:
        """The first end counts."""
        with self._lock:
            if self._news.state is State.RUNNING:
                self._news = news

    def stop(self) -> None:
        """The process will be ended: that it has gone is no failure."""
        self._stopped = True

    def gone(self, code: int) -> None:
        """The process is no more; it may have said how it ended."""
        if self._stopped:
            self.write(News(State.CANCELLED))
        else:
            self.write(
                News(
                    State.FAILED,
                    message=f"{self._what} ended unexpectedly (code {code}), most often because "
                    "memory ran out; close other programs and try again, or try a shorter clip.",
                )
            )


class ProcessJob:
    """A job in its own process, with a private folder that goes when the job is let go.

    Args:
        folder: from :func:`private_folder`, and from now on the job's.
        module: of ``posecheck.ui``; its ``main`` is run and reads the order (``job_process``).
        order: what to do, as JSON can tell it.
        what: the job, as a sentence about it begins.
        clips: each clip's place and what the person calls it.
    """

    def __init__(
        self, folder: Path, module: str, order: Mapping[str, Any], what: str,
        clips: list[tuple[Path, str]],
    ) -> None:  # fmt: skip
        self.names = tuple(name for _, name in clips)
        self.started_s = monotonic()
        self._board = _Board(what)
        # -P: a file in the current folder that is named like a module must not be run.
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", _PROCESS_CODE, _PACKAGE_FOLDER, module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        # Runs when the session lets the job go (a new one, a closed tab) and at exit.
        self._finalizer = weakref.finalize(self, _end, self._process, folder)
        instead = {str(path): name for path, name in clips}
        instead |= {path.name: name for path, name in clips}
        told = {"order": order, "instead": instead | {str(folder): "the temporary folder"}}
        with contextlib.suppress(BrokenPipeError):  # its death is told by the reading thread
            self._process.stdin.write(json.dumps(told) + "\n")
            self._process.stdin.flush()
        self._reading = threading.Thread(
            target=_read, args=(self._process, self._process.stdout, self._board), daemon=True
        )
        self._reading.start()

    @property
    def news(self) -> News:
        return self._board.read()

    def cancel(self) -> None:
        """Stops the job and removes its folder; one that has just come to its end stays done."""
        was = self.news.state
        self._board.stop()
        end_process(self._process)
        self._reading.join(_LAST_WORDS_S)
        self._board.write(News(State.CANCELLED))
        if was is State.RUNNING and self.news.state is State.DONE:
            return
        self._finalizer()


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
    board.gone(process.wait())


def _end(process: subprocess.Popen[str], folder: Path) -> None:
    end_process(process)
    if process.stdin is not None:
        with contextlib.suppress(OSError):
            process.stdin.close()
    shutil.rmtree(folder, ignore_errors=True)
