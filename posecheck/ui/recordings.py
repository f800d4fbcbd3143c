"""Recordings and checked videos for the page "Replay": listed, opened and pictured, each once."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

import numpy as np
from pydantic import ValidationError

from posecheck.core import words
from posecheck.core.errors import InputError, PosecheckError
from posecheck.core.result import Result
from posecheck.page_data import read_page
from posecheck.session.checked import FILM, is_checked
from posecheck.session.folder import Listed, list_sessions, listed
from posecheck.session.reader import Recording, open_recording
from posecheck.sessions import kept_result, own_move, score
from posecheck.ui.markup import shown_name

_BONES = ((11, 13), (13, 15), (12, 14), (14, 16), (23, 25), (25, 27), (27, 29), (29, 31), (24, 26),
          (26, 28), (28, 30), (30, 32), (11, 23), (12, 24), (11, 12), (23, 24))  # fmt: skip
_KEPT = 48


@dataclass(frozen=True, slots=True)
class Opened:
    """A session with its result of the day, or today's where none was kept; None: nobody seen."""

    recording: Recording
    result: Result | None


def usable(roots: Iterable[Path], elsewhere: Mapping[str, Path]) -> dict[str, Listed]:
    """The sessions that can be opened by their names, the newest first.

    Args:
        roots: folders of sessions.
        elsewhere: name and folder of those that lie in none of them.
    """
    found = {one.folder.name: one for root in roots for one in list_sessions(root)}
    known = {one.folder for one in found.values()}
    found |= {n: listed(f) for n, f in elsewhere.items() if f not in known and is_checked(f)}
    usable = [(name, one) for name, one in found.items() if one.info and not one.recording]
    usable.sort(key=lambda pair: (_began_at(pair[1]), pair[1].folder.name), reverse=True)
    return dict(usable)


def _began_at(one: Listed) -> datetime:
    assert one.info is not None
    return datetime.fromisoformat(one.info.started_at)


def began(one: Listed) -> str:
    """Day and time of a session."""
    return f"{_began_at(one):%d %b %Y, %H:%M}"


def title(one: Listed) -> str:
    """A session's line in a list: when, what, how long, and of which video."""
    assert one.info is not None
    said = f"{began(one)}: {one.info.move.name}"
    if one.info.duration_s:
        said += f", {words.length(one.info.duration_s)}"
    return f"{said} of {shown_name(one.info.camera.source)}" if one.info.kind == "check" else said


def opened(folder: Path) -> Opened:
    """A session, read and scored once as long as its files stay as they are.

    Raises:
        InputError: it cannot be read.
    """
    return _opened(folder, _changed_s(folder))


@lru_cache(maxsize=_KEPT)
def _opened(folder: Path, _changed: float) -> Opened:
    recording = open_recording(folder)
    result = kept_result(recording)
    if result is None:
        try:
            result = score(recording, own_move(recording))[1]
        except PosecheckError:
            # Nobody was seen: there is a recording to look at, and nothing to score.
            result = None
    return Opened(recording, result)


def _changed_s(folder: Path) -> float:
    return max((file.stat().st_mtime for file in folder.iterdir()), default=0.0)


def video_of(recording: Recording) -> Path | None:
    """The recorded pictures or a check's film, if there are any."""
    name = FILM if recording.info.kind == "check" else recording.info.video
    return recording.folder / name if name and (recording.folder / name).is_file() else None


@lru_cache(maxsize=256)
def _thumbnail(folder: Path, _changed: float) -> str:
    if (picture := _key_frame(folder)) is not None:
        return picture
    track = open_recording(folder).track
    seen = np.flatnonzero(np.isfinite(track.image_px[:, list(range(11, 33))]).all(axis=(1, 2)))
    if not len(seen):
        return ""
    # The frame that differs most from the first shows the move, not the way there.
    points = track.image_px[seen].astype(float)
    off = np.abs(points - points[0]).sum(axis=(1, 2))
    svg = _drawn(points[int(np.argmax(off))])
    return f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}"


def _key_frame(folder: Path) -> str | None:
    """A picture out of a checked video, if the check was made for the page."""
    try:
        shots = read_page(folder).shots
    except (OSError, ValidationError):
        return None
    return shots[0].src if shots else None


def _ink(a: int, b: int) -> str:
    """Odd landmarks are left, even ones right."""
    if (a - b) % 2:
        return "#ececec"
    return "#ffb028" if a % 2 else "#60bef0"


def _drawn(points: np.ndarray) -> str:
    """A body as an SVG of 96 units."""
    body = points[[0, *range(11, 33)]]
    low, high = body.min(axis=0), body.max(axis=0)
    # Room for the head's circle where the nose is outermost.
    scale = 76.0 / float(max(*(high - low), 1.0))
    placed = (points - (low + high) / 2) * scale + 48
    lines = "".join(
        f'<path stroke="{_ink(a, b)}" d="M{placed[a][0]:.1f} {placed[a][1]:.1f}'
        f'L{placed[b][0]:.1f} {placed[b][1]:.1f}"/>'
        for a, b in _BONES
    )
    head = placed[0]
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 96" fill="none" stroke-width="3" '
        'stroke-linecap="round"><rect width="96" height="96" rx="8" fill="#14181e"/>'
        f'{lines}<circle cx="{head[0]:.1f}" cy="{head[1]:.1f}" r="4" stroke="#ececec"/></svg>'
    )


def thumbnail(folder: Path) -> str:
    """A small picture or drawing as an address for a page; empty where nobody is in it."""
    try:
        return _thumbnail(folder, _changed_s(folder))
    except InputError:
        return ""
