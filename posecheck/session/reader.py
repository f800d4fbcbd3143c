"""Opening a recorded session, of any version, whole or cut off."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from posecheck.core.errors import InputError
from posecheck.core.pose import PoseTrack
from posecheck.session.checked import read_info
from posecheck.session.info import SessionInfo
from posecheck.session.journal import Entry, read_journal
from posecheck.session.recorder import EVENTS, POSES, TRACK, track_meta
from posecheck.session.stream import read_stream


@dataclass(frozen=True, slots=True)
class Recording:
    """A session as it was read.

    Attributes:
        track: raw landmarks with times.
        entries: commands, events and notices, none of later frames than the track holds.
        problems: what was missing or damaged, one plain sentence each; empty if all is there.
    """

    folder: Path
    info: SessionInfo
    track: PoseTrack
    entries: list[Entry]
    problems: list[str] = field(default_factory=list)


def open_recording(folder: Path) -> Recording:
    """Everything of a session, as far as its files go.

    Raises:
        InputError: no session, of a newer version, damaged beyond use, or without a pose.
    """
    info = read_info(folder)
    track, problems = _read_poses(folder, info)
    if not len(track):
        raise InputError(f"{folder}: the session holds no pose" + _because(problems))
    if info.kind == "check":
        # A check keeps the track as it was seen, a recording with left and right put right.
        return Recording(folder, info, track.mirrored() if info.mirrored else track, [])
    entries: list[Entry] = []
    try:
        entries, problem = read_journal(folder / EVENTS)
        if problem:
            problems.append(f"{EVENTS} is {problem}.")
    except OSError as error:
        problems.append(f"{EVENTS} cannot be read: {error.strerror}.")
    known = [entry for entry in entries if entry.n <= len(track)]
    return Recording(folder, info, track, known, problems)


def _read_poses(folder: Path, info: SessionInfo) -> tuple[PoseTrack, list[str]]:
    from posecheck.outputs import read_track

    finished = folder / TRACK
    if finished.exists():
        try:
            return read_track(finished), []
        except InputError:
            if not (folder / POSES).exists():
                raise
    stream = folder / POSES
    try:
        track, problem = read_stream(
            stream, info.camera.width_px, info.camera.height_px, track_meta(info)
        )
    except FileNotFoundError as error:
        raise InputError(f"{folder}: the session's poses are gone ({POSES} is missing)") from error
    except OSError as error:
        raise InputError(f"{stream}: cannot read it: {error.strerror}") from error
    return track, [f"{POSES} is {problem}."] if problem else []


def _because(problems: list[str]) -> str:
    return f": {' '.join(problems)}" if problems else ""
