"""A worker process and its pipes: frames go in, poses come out, and it ends with us."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from pathlib import Path
from typing import Any, BinaryIO, cast

import posecheck
from posecheck.core.errors import PosecheckError
from posecheck.ending import end_process
from posecheck.estimate.wire import READY, Job, receive_object, send_job

_PACKAGE_FOLDER = str(Path(posecheck.__file__).parent.parent)
_CODE = """
import sys
folder, task, model = sys.argv[1:]
if folder not in sys.path:
    sys.path.append(folder)
from posecheck.estimate.worker import main
main(task, model)
"""


class WorkerLostError(PosecheckError):
    """A worker process ended in the middle of its work."""

    exit_code = 1


class WorkerProcess:
    """An interpreter of its own that works on frames; see ``worker`` for the tasks.

    Args:
        task: one of ``worker.TASKS``.
        model: a .task file.
        remedy: what a person can do where it is lost, for the error.
    """

    def __init__(self, task: str, model: Path, remedy: str) -> None:
        self._remedy = remedy
        self._loaded = False
        # -P: a file in the current folder that is named like a module must not be run.
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", _CODE, _PACKAGE_FOLDER, task, str(model)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def give(self, job: Job) -> None:
        """Hand over a frame; waits until it is taken. A death is told by :meth:`take`."""
        with contextlib.suppress(BrokenPipeError):
            send_job(cast(BinaryIO, self._process.stdin), job)

    def load(self) -> None:
        """Wait until it has loaded its model; safe to call twice. Errors as of :meth:`take`."""
        if not self._loaded:
            told = self._receive()
            assert told == READY
            self._loaded = True

    def take(self) -> Any:
        """Wait for the next result.

        Raises:
            PosecheckError: what the worker could not do; WorkerLostError: it was killed.
        """
        self.load()
        return self._receive()

    def _receive(self) -> Any:
        try:
            message = receive_object(cast(BinaryIO, self._process.stdout))
        except EOFError:
            code = self._process.wait()
            raise WorkerLostError(
                f"a worker process ended with code {code} before its frames were done (out of "
                f"memory, most often); {self._remedy}"
            ) from None
        if isinstance(message, BaseException):
            raise message
        return message

    def stop(self) -> None:
        """End it now; whoever waits for a result is told that it is lost."""
        end_process(self._process)

    def close(self) -> None:
        """Give the pipes back, once it was stopped. Safe to call twice."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()
