"""Recorded sessions for the page "Replay": listed, opened, scored and pictured, each once."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

import numpy as np

from posecheck.core import words
from posecheck.core.errors import InputError, PosecheckError
from posecheck.core.result import Result
from posecheck.session.folder import Listed, list_sessions
from posecheck.session.reader import Recording, open_recording
from posecheck.sessions import VIDEO, kept_result, own_move, score

_BONES = ((11, 13), (13, 15), (12, 14), (14, 16), (23, 25), (25, 27), (27, 29), (29, 31), (24, 26),
          (26, 28), (28, 30), (30, 32), (11, 23), (12, 24), (11, 12), (23, 24))  # fmt: skip
_KEPT = 48


@dataclass(frozen=True, slots=True)
class Opened:
    """A session with its result of the day, or today's where none was kept; None: nobody seen."""

    recording: Recording
    result: Result | None


def usable(root: Path) -> list[Listed]:
    """The sessions of a folder that can be opened, the newest first."""
    return [one for one in list_sessions(root) if one.info is not None and not one.recording]


def title(one: Listed) -> str:
    """A session's line in a list: when, what, how long."""
    assert one.info is not None
    began = datetime.fromisoformat(one.info.started_at)
    said = f"{began:%d %b %Y, %H:%M}: {one.info.move.name}"
    return f"{said}, {words.length(one.info.duration_s)}" if one.info.duration_s else said


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
    """The recorded pictures, if there are any."""
    path = recording.folder / (recording.info.video or VIDEO)
    return path if recording.info.video and path.is_file() else None


@lru_cache(maxsize=256)
def _thumbnail(folder: Path, _changed: float) -> str:
    track = open_recording(folder).track
    seen = np.flatnonzero(np.isfinite(track.image_px[:, list(range(11, 33))]).all(axis=(1, 2)))
    if not len(seen):
        return ""
    # The frame that differs most from the first shows the move, not the way there.
    points = track.image_px[seen].astype(float)
    off = np.abs(points - points[0]).sum(axis=(1, 2))
    return _drawn(points[int(np.argmax(off))])


def _ink(a: int, b: int) -> str:
    """Odd landmarks are left, even ones right."""
    if (a - b) % 2:
        return "#ececec"
    return "#ffb028" if a % 2 else "#60bef0"


def _drawn(points: np.ndarray) -> str:
    """A body as an SVG of 96 units."""
    body = points[11:]
    low, high = body.min(axis=0), body.max(axis=0)
    scale = 80.0 / float(max(*(high - low), 1.0))
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
    """A small drawing of the body as an address for a page; empty where nobody is in it."""
    try:
        svg = _thumbnail(folder, _changed_s(folder))
    except InputError:
        return ""
    return f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}" if svg else ""
