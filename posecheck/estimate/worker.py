"""A worker process: frames come in on stdin, poses go out on stdout. Started by ``process``.

It is a fresh interpreter that imports nothing but this: neither does it inherit a landmarker (one
inherited over ``fork`` hangs), nor does it run the parent's main script again (as ``spawn`` does,
which a script without a ``__main__`` guard and a Streamlit page do not survive).
"""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

from posecheck.core.errors import PosecheckError
from posecheck.estimate.blocks import BlockTracker
from posecheck.estimate.live import LivePoses
from posecheck.estimate.wire import READY, Job, receive_job, send_object

#: Frames read ahead, so that the next one is here when the model is done with this one.
_READ_AHEAD = 2
Tell: TypeAlias = Callable[[Any], None]


def main(task: str, model: str) -> None:
    """Does one of :data:`TASKS` until stdin ends."""
    # Ctrl-C reaches the whole process group; the parent decides, and closes our stdin.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    frames_in = sys.stdin.buffer
    # Whatever a library prints must not mix with the results.
    results_out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    try:
        TASKS[task](Path(model), _frames(frames_in), partial(send_object, results_out))
    except BrokenPipeError:
        pass  # the parent has gone: nobody is left to tell
    except PosecheckError as error:
        send_object(results_out, error)


def _blocks(model: Path, jobs: Iterator[Job], tell: Tell) -> None:
    """Blocks of a clip: everybody seen in each frame."""
    with BlockTracker(model) as tracker:
        tell(READY)
        for job in jobs:
            seen = tracker.step(
                job.rgb, t_s=job.t_s, scale=job.scale, starts_block=job.starts_block
            )
            tell((job.index, seen.poses.to_flat(), seen.people))


def _live(model: Path, jobs: Iterator[Job], tell: Tell, *, masks: bool = False) -> None:
    """A live camera's frames: the followed person; a block's start is a new person's."""
    with LivePoses(model, masks=masks) as poses:
        tell(READY)
        for job in jobs:
            if job.starts_block:
                poses.forget()
            seen = poses.step(job.rgb, t_s=job.t_s, scale=job.scale)
            tell((seen.person, seen.people, seen.mask))


TASKS: Mapping[str, Callable[[Path, Iterator[Job], Tell], None]] = {
    "blocks": _blocks, "live": _live, "live-masks": partial(_live, masks=True),
}  # fmt: skip


def _frames(frames_in: BinaryIO) -> Iterator[Job]:
    jobs: queue.Queue[Job | None] = queue.Queue(_READ_AHEAD)

    def read() -> None:
        while True:
            job = receive_job(frames_in)
            jobs.put(job)
            if job is None:
                return

    threading.Thread(target=read, daemon=True).start()
    while (job := jobs.get()) is not None:
        yield job
