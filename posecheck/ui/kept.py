"""What posecheck keeps on this machine for a person: how much, where, and away with it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from posecheck.core.errors import InputError
from posecheck.store.opening import Store
from posecheck.store.writing import forget_person
from posecheck.ui import here
from posecheck.ui.guard import visitor
from posecheck.ui.past import opened
from posecheck.ui.prefs import prefs_path


@dataclass(frozen=True, slots=True)
class Kept:
    """One kind of thing that is kept."""

    what: str
    place: Path
    count: int
    size_bytes: int


def everything() -> list[Kept]:
    """Each kind, also those of which there is nothing yet."""
    return [
        _history(),
        _folders("Checked videos: report, measures, landmarks", here.results_root()),
        _folders("Recorded sessions", here.sessions_root()),
        _file("The choices on this page", prefs_path(visitor())),
    ]


def delete_everything() -> None:
    """Delete all of it.

    Raises:
        InputError: something cannot be deleted; what came before it is gone.
    """
    with Store() as store:
        forget_person(store, here.person())
    for folder in (*_inside(here.results_root()), *_inside(here.sessions_root())):
        try:
            shutil.rmtree(folder)
        except OSError as error:
            raise InputError(f"{folder}: cannot be deleted: {error.strerror}") from error
    choices = prefs_path(visitor())
    try:
        choices.unlink(missing_ok=True)
    except OSError as error:
        raise InputError(f"{choices}: cannot be deleted: {error.strerror}") from error


def _history() -> Kept:
    what = "The history: every number with its ±, pain, notes"
    with opened(here.person()) as mine:
        count, path = mine.count(), mine.store.path
        place = path or Path(mine.store.place)
    return Kept(what, place, count, path.stat().st_size if path and count else 0)


def _inside(folder: Path) -> Iterator[Path]:
    """The folders that posecheck made in one of its own: each holds a file that it wrote."""
    if not folder.is_dir():
        return
    for one in sorted(folder.iterdir()):
        if one.is_dir() and any((one / name).is_file() for name in ("session.json", "result.json")):
            yield one


def _folders(what: str, folder: Path) -> Kept:
    found = list(_inside(folder))
    size = sum(f.stat().st_size for one in found for f in one.rglob("*") if f.is_file())
    return Kept(what, folder, len(found), size)


def _file(what: str, path: Path) -> Kept:
    there = path.is_file()
    return Kept(what, path, int(there), path.stat().st_size if there else 0)
