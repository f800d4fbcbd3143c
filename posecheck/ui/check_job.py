"""A check of one video as a job of its own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from posecheck.ui.jobs import Job, ProcessJob


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


class Check(Job, Protocol):
    """What the page needs of a check."""

    @property
    def results(self) -> Path:
        """The folder with the finished check's files."""
        ...


class CheckJob(ProcessJob):
    """A check in its own process."""

    def __init__(self, folder: Path, request: Request) -> None:
        self.request = request
        self._out = folder / "out"
        order = {
            "clip": str(request.clip), "name": request.name, "move": request.move,
            "side": request.side, "mirrored": request.mirrored, "out": str(self._out),
            "person": request.person,
            "kept_in": str(request.kept_in) if request.kept_in else None,
        }  # fmt: skip
        super().__init__(
            folder, "check_process", order, "The check", [(request.clip, request.name)]
        )

    @property
    def results(self) -> Path:
        return self.request.kept_in or self._out / self.request.clip.stem


def start(folder: Path, request: Request) -> Check:
    """Start a check; ``folder`` is from :func:`jobs.private_folder` and from now on the job's."""
    return CheckJob(folder, request)
