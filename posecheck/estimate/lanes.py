"""Blocks of frames worked on side by side: one lane in this process, the others in their own.

The caller's thread takes frames, hands whole blocks to the lane with the least to do, and gives
results back in order. The lane in this process works from the first moment, while the others are
still loading the model (about a second).
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator, Iterable, Iterator
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from posecheck.estimate.blocks import BlockTracker, Sighting
from posecheck.estimate.poses import Poses
from posecheck.estimate.process import WorkerProcess
from posecheck.estimate.wire import Job

#: A lane with at most this many frames left gets the next block.
_LOW_FRAMES = 12
#: Bytes of frames waiting in all lanes together; then decoding waits. Enough for the first lane
#: while the others load the model.
_WAITING_BYTES = 160 * 2**20
#: A lane alone needs no more waiting than this: the next frame is there when it is done with one.
_WAITING_ALONE = 2


class Picture(Protocol):
    """What a frame must have to be looked at: see ``capture.Frame``."""

    @property
    def index(self) -> int: ...
    @property
    def t_s(self) -> float: ...
    @property
    def scale(self) -> float: ...
    @property
    def rgb(self) -> npt.NDArray[np.uint8]: ...


_Result = tuple[int, Sighting] | BaseException
_Results = queue.SimpleQueue[_Result]


def estimate_in_order(
    frames: Iterable[Picture], model: Path, *, workers: int, frames_per_block: int
) -> Generator[Sighting, None, None]:
    """What is seen in each frame, in the frames' order, with ``workers`` at work.

    The result does not depend on ``workers``. Close it if it is left early: that ends the workers.

    Raises:
        InputError: the model cannot be used.
        WorkerLostError: a worker process was killed (out of memory, most often).
    """
    results: _Results = queue.SimpleQueue()
    lanes: list[_Lane] = []
    try:
        lanes.append(_ThreadLane(model, results))  # first: it is ready first
        lanes.extend(_ProcessLane(model, results) for _ in range(workers - 1))
        yield from _share_out(frames, lanes, results, frames_per_block)
    finally:
        for lane in lanes:
            lane.end()


def _share_out(
    frames: Iterable[Picture], lanes: list[_Lane], results: _Results, frames_per_block: int
) -> Iterator[Sighting]:
    done: dict[int, Sighting] = {}
    waiting: dict[int, _Lane] = {}  # frame index -> the lane that has it
    given = 0

    def collect() -> Iterator[Sighting]:
        """Waits for one result; gives what is now complete, in order."""
        nonlocal given
        index, done[index] = _take(results)
        waiting.pop(index).left -= 1
        while given in done:
            yield done.pop(given)
            given += 1

    def enough_waits(frame_bytes: int) -> bool:
        if len(lanes) == 1:
            return len(waiting) > _WAITING_ALONE
        return len(waiting) * frame_bytes > _WAITING_BYTES

    lane = lanes[0]
    for frame in frames:
        rgb = frame.rgb
        starts_block = frame.index % frames_per_block == 0
        if starts_block:
            while (lane := min(lanes, key=lambda one: one.left)).left > _LOW_FRAMES:
                yield from collect()
        while not results.empty() or enough_waits(rgb.nbytes):
            yield from collect()
        lane.left += 1
        waiting[frame.index] = lane
        lane.give(Job(frame.index, frame.t_s, rgb, frame.scale, starts_block))
    while waiting:
        yield from collect()


def _take(results: _Results) -> tuple[int, Sighting]:
    result = results.get()
    if isinstance(result, BaseException):
        raise result
    return result


class _Lane:
    """Works on frames in the order given; ``left`` is kept by whoever gives and collects."""

    def __init__(self, results: _Results) -> None:
        self.left = 0
        self._results = results
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._ended = False
        self._threads: list[threading.Thread] = []

    def give(self, job: Job) -> None:
        self._jobs.put(job)

    def end(self) -> None:
        """Stops after the frame at hand, and waits for it."""
        self._ended = True
        self._jobs.put(None)
        self._release()
        for thread in self._threads:
            thread.join()

    def _release(self) -> None:
        """Frees a thread that waits for something other than a job."""

    def _start(self, *work: str) -> None:
        for name in work:
            thread = threading.Thread(target=self._guarded, args=(name,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _guarded(self, name: str) -> None:
        try:
            getattr(self, name)()
        except BaseException as error:  # noqa: BLE001 - raised again in the caller's thread
            if not self._ended:
                self._results.put(error)

    def _next_job(self) -> Job | None:
        job = self._jobs.get()
        return None if self._ended else job


class _ThreadLane(_Lane):
    """Works in a thread of this process: the model runs without the interpreter's lock."""

    def __init__(self, model: Path, results: _Results) -> None:
        super().__init__(results)
        self._model = model
        self._start("_work")

    def _work(self) -> None:
        with BlockTracker(self._model) as tracker:
            while (job := self._next_job()) is not None:
                seen = tracker.step(
                    job.rgb, t_s=job.t_s, scale=job.scale, starts_block=job.starts_block
                )
                self._results.put((job.index, seen))


class _ProcessLane(_Lane):
    """Works in a process of its own: one thread here feeds it, one takes its results."""

    def __init__(self, model: Path, results: _Results) -> None:
        super().__init__(results)
        self._process = WorkerProcess("blocks", model, "close other programs or use --workers 1")
        self._start("_feed", "_receive")

    def _feed(self) -> None:
        while (job := self._next_job()) is not None:
            self._process.give(job)

    def _receive(self) -> None:
        while True:
            index, flat, people = self._process.take()
            self._results.put((index, Sighting(Poses.from_flat(flat), people)))

    def _release(self) -> None:
        self._process.stop()

    def end(self) -> None:
        super().end()
        self._process.close()
