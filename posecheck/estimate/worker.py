"""A worker process: frames come in on stdin, poses go out on stdout. Started by ``lanes``.

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
from pathlib import Path
from typing import BinaryIO

from posecheck.core.errors import PosecheckError
from posecheck.estimate.blocks import BlockTracker
from posecheck.estimate.wire import Job, receive_job, send_object

#: Frames read ahead, so that the next one is here when the model is done with this one.
_READ_AHEAD = 2


def main(model: str) -> None:
    """Works until stdin ends."""
    # Ctrl-C reaches the whole process group; the parent decides, and closes our stdin.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    frames_in = sys.stdin.buffer
    # Whatever a library prints must not mix with the results.
    results_out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    try:
        with BlockTracker(Path(model)) as tracker:
            send_object(results_out, "ready")
            _work(tracker, frames_in, results_out)
    except BrokenPipeError:
        pass  # the parent has gone: nobody is left to tell
    except PosecheckError as error:
        send_object(results_out, error)


def _work(tracker: BlockTracker, frames_in: BinaryIO, results_out: BinaryIO) -> None:
    jobs: queue.Queue[Job | None] = queue.Queue(_READ_AHEAD)

    def read() -> None:
        while True:
            job = receive_job(frames_in)
            jobs.put(job)
            if job is None:
                return

    threading.Thread(target=read, daemon=True).start()
    while (job := jobs.get()) is not None:
        seen = tracker.step(job.rgb, t_s=job.t_s, scale=job.scale, starts_block=job.starts_block)
        send_object(results_out, (job.index, seen.poses.to_flat(), seen.people))
