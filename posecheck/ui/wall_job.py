"""A knee-to-wall measurement from videos as a job of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol

from pydantic import TypeAdapter

from posecheck.scaling import ScaleInput
from posecheck.ui.jobs import Job, ProcessJob
from posecheck.ui.wall_measured import Found, Owner
from posecheck.wall_measure import Personal

_FOUND = "found.json"


@dataclass(frozen=True, slots=True)
class Film:
    """A video to measure: what the person calls it, and where its scale comes from."""

    path: Path
    name: str
    given: ScaleInput


@dataclass(frozen=True, slots=True)
class WallRequest:
    """What to measure.

    Attributes:
        films: each of a name of its own.
        typed: what the person typed about tape and shoe.
        out: a folder of the job's own, for what was found.
        only_scale: look at the scales and measure nothing.
    """

    films: tuple[Film, ...]
    typed: Personal
    owner: Owner
    out: Path
    mirrored: bool = False
    only_scale: bool = False


class WallWork(Job, Protocol):
    """What the page needs of a measurement."""

    @property
    def request(self) -> WallRequest: ...
    @property
    def found(self) -> Found:
        """What came of it, once it is done."""
        ...


class WallJob(ProcessJob):
    """A measurement in its own process."""

    def __init__(self, folder: Path, request: WallRequest) -> None:
        self.request = request
        order = ORDER.dump_python(request, mode="json")
        films = [(film.path, film.name) for film in request.films]
        super().__init__(folder, "wall_process", order, "The measurement", films)

    @cached_property
    def found(self) -> Found:
        return read_found(self.request.out)


ORDER = TypeAdapter(WallRequest)


def start(folder: Path, request: WallRequest) -> WallWork:
    """Start it; ``folder`` is from :func:`jobs.private_folder` and from now on the job's."""
    return WallJob(folder, request)


def write_found(found: Found, out: Path) -> None:
    """Leave what came of it for the page."""
    out.mkdir(exist_ok=True)
    (out / _FOUND).write_text(found.model_dump_json(), encoding="utf-8")


def read_found(out: Path) -> Found:
    return Found.model_validate_json((out / _FOUND).read_bytes())


def distinct(names: Sequence[str]) -> Iterator[str]:
    """The names, a later one of two that are the same with its number."""
    for k, name in enumerate(names):
        count = names[: k + 1].count(name)
        yield name if count == 1 else f"{name} ({count})"
