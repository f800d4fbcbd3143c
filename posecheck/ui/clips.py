"""Where clips come from: the bundled samples, and uploads put under names of our own."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import posecheck
from posecheck.core.errors import InputError
from posecheck.ui.markup import shown_name

#: Beside app.py in the source tree; an installed posecheck has no samples.
SAMPLES = Path(posecheck.__file__).parent.parent / "sample_videos"
SUFFIXES = (".mp4", ".mov", ".m4v", ".webm", ".avi", ".mkv", ".gif")
_CHUNK_BYTES = 4 * 2**20


@dataclass(frozen=True, slots=True)
class Sample:
    path: Path
    title: str
    move: str | None


class Upload(Protocol):
    """What is used of Streamlit's uploaded file."""

    @property
    def name(self) -> str: ...
    @property
    def size(self) -> int: ...
    def seek(self, offset: int, /) -> int: ...
    def read(self, size: int, /) -> bytes: ...


def samples(folder: Path, move_names: dict[str, str]) -> list[Sample]:
    """The clips in ``folder``, each with the move that its file name begins with."""
    if not folder.is_dir():
        return []
    clips = [p for p in folder.iterdir() if p.suffix.lower() in SUFFIXES and p.is_file()]
    # A good performance from the side says most, so it is offered first.
    clips.sort(key=lambda p: ("side" not in p.stem, "good" not in p.stem, p.name))
    return [_sample(clip, move_names) for clip in clips]


def _sample(clip: Path, move_names: dict[str, str]) -> Sample:
    stem = clip.stem.replace("_", "-")
    fits = [name for name in move_names if stem.startswith(name)]
    if not fits:
        return Sample(clip, _words(clip.stem).capitalize(), None)
    move = max(fits, key=len)
    rest = _words(stem.removeprefix(move)).replace(" ", ", ")
    return Sample(clip, f"{move_names[move]}: {rest}" if rest else move_names[move], move)


def _words(name: str) -> str:
    return re.sub(r"[-_ ]+", " ", name).strip()


def safe_suffix(name: str) -> str:
    """The file kind at the end of a person's file name, from our own list.

    Raises:
        InputError: no kind of video that posecheck reads.
    """
    for suffix in SUFFIXES:
        if name.lower().endswith(suffix):
            return suffix
    known = ", ".join(s.removeprefix(".") for s in SUFFIXES)
    raise InputError(f"{shown_name(name)}: expected a video ({known}); choose the video file")


def download_stem(name: str) -> str:
    """The beginning of the names offered for download."""
    stem = Path(shown_name(name)).stem
    return re.sub(r"[^A-Za-z0-9_-]+", "-", stem).strip("-") or "clip"


def save_upload(upload: Upload, folder: Path, limit_mb: int) -> Path:
    """Write an upload into a private folder under our own name.

    Raises:
        InputError: too large, no video's name, or the disk does not take it.
    """
    if upload.size > limit_mb * 2**20:
        raise InputError(too_large(shown_name(upload.name), upload.size, limit_mb))
    target = folder / f"clip{safe_suffix(upload.name)}"
    upload.seek(0)
    try:
        with target.open("xb") as file:
            while chunk := upload.read(_CHUNK_BYTES):
                file.write(chunk)
    except OSError as error:
        raise InputError(
            f"{shown_name(upload.name)}: the upload could not be stored ({error.strerror}); free "
            "some disk space and try again"
        ) from error
    return target


def own_copy(path: Path, folder: Path, number: int) -> Path:
    """A stored upload as a job's own, in its folder: it is there for as long as the job needs it.

    A sample stays where it is.

    Raises:
        InputError: the disk does not take it.
    """
    if path.parent == SAMPLES:
        return path
    target = folder / f"clip-{number}{path.suffix}"
    try:
        try:
            os.link(path, target)
        except OSError:  # not every disk has links
            shutil.copyfile(path, target)
    except OSError as error:
        raise InputError(
            f"the upload could not be stored ({error.strerror}); free some disk space and try again"
        ) from error
    return target


def too_large(name: str, size_bytes: int, limit_mb: int) -> str:
    """The line for a clip beyond the limit, with the way round it."""
    return (
        f"{name} has {size_bytes / 2**20:.0f} MB, the limit here is {limit_mb} MB: trim the clip "
        "to the move, or check it without the limit on the command line: posecheck check FILE"
    )


def titles(found: Sequence[Sample]) -> dict[str, str]:
    """File name to title, for a menu."""
    return {sample.path.name: sample.title for sample in found}
