"""Poses of a live camera by a process of their own.

For a server that lives for weeks: what a pose model takes is given back to the system when its
process ends, down to the last page, and no other visit's pages wait for it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from posecheck.core.closing import Closing
from posecheck.estimate.live import Seen
from posecheck.estimate.models import resolve_model
from posecheck.estimate.process import WorkerProcess
from posecheck.estimate.wire import Job

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


class AwayPoses(Closing):
    """As :class:`posecheck.estimate.live.LivePoses`, in another process; close it.

    The process starts at once and loads the model, about a second, before the first picture comes.

    Args:
        model: a .task file; the usual one if not given.
        masks: whether to give the person's silhouette too.
    """

    def __init__(self, model: Path | None = None, *, masks: bool = False) -> None:
        self._process = WorkerProcess(
            "live-masks" if masks else "live",
            model or resolve_model().path,
            "close other programs and start once more",
        )
        self._next_is_new = False

    def close(self) -> None:
        """End the process. Safe to call twice."""
        self._process.stop()
        self._process.close()

    def load(self) -> None:
        """Wait until the model is loaded. Errors as of :meth:`step`."""
        self._process.load()

    def forget(self) -> None:
        """Whoever comes next may be somebody else."""
        self._next_is_new = True

    def step(self, rgb: npt.NDArray[np.uint8], *, t_s: float, scale: float) -> Seen:
        """Look at the next upright frame; arguments as ``PoseEstimator.detect``.

        Raises:
            PosecheckError: the model cannot be used, or its process was killed.
        """
        self._process.give(Job(0, t_s, rgb, scale, self._next_is_new))
        self._next_is_new = False
        person, people, mask = self._process.take()
        return Seen(person, people, mask)
