"""Where sessions lie, how they are named, found, listed and deleted."""

from __future__ import annotations

import os
import secrets
import shutil
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from posecheck.core.errors import InputError
from posecheck.session.checked import RESULT, is_checked, is_recorded, read_info
from posecheck.session.info import INFO, SessionInfo
from posecheck.session.recorder import POSES, TRACK

#: Names another folder for the sessions, for one run or for good.
FOLDER_VARIABLE = "POSECHECK_SESSIONS"
LATEST = "last"
#: A session that was written to within this time is still going on.
_FRESH_S = 5.0


def sessions_root() -> Path:
    """The folder of all sessions; it need not exist yet."""
    given = os.environ.get(FOLDER_VARIABLE)
    if given:
        return Path(given)
    import platformdirs

    return platformdirs.user_data_path("posecheck", appauthor=False) / "sessions"


def new_id(move_id: str, started: datetime) -> str:
    """A name that sorts by time; two sessions begun in one second differ by their last part."""
    return f"{started:%Y-%m-%d-%H%M%S}-{move_id}-{secrets.token_hex(2)}"


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of a list of sessions: its information, or why it cannot be read."""

    folder: Path
    info: SessionInfo | None
    problem: str | None
    size_bytes: int
    recording: bool

    @property
    def state(self) -> str:
        """In a word: finished, recording, cut off or unreadable."""
        if self.info is None:
            return "unreadable"
        if self.info.state == "finished":
            return "finished"
        return "recording" if self.recording else "cut off"


def list_sessions(root: Path) -> list[Listed]:
    """All sessions of a folder, the newest first. Reads only the small file of each."""
    if not root.is_dir():
        return []
    folders = [f for f in root.iterdir() if f.is_dir() and not f.name.startswith(".")]
    return [listed(folder) for folder in sorted(folders, reverse=True)]


def listed(folder: Path) -> Listed:
    """One session's line."""
    size = sum(f.stat().st_size for f in folder.iterdir() if f.is_file())
    try:
        info = read_info(folder)
    except InputError as error:
        return Listed(folder, None, str(error), size, False)
    return Listed(folder, info, None, size, _being_written(folder))


def _being_written(folder: Path) -> bool:
    try:
        return time.time() - (folder / POSES).stat().st_mtime < _FRESH_S
    except OSError:
        return False


def find_session(name: str, root: Path) -> Path:
    """A session's folder by its path, its id, the beginning of its id, or "last".

    A path may also be the folder of a checked video.

    Raises:
        InputError: none or several fit.
    """
    given = Path(name)
    if is_recorded(given) or is_checked(given):
        return given
    known = [f.name for f in sorted(root.iterdir())] if root.is_dir() else []
    known = [n for n in known if is_recorded(root / n)]
    if name == LATEST and known:
        return root / known[-1]
    fitting = [n for n in known if n == name] or [n for n in known if n.startswith(name)]
    if len(fitting) == 1:
        return root / fitting[0]
    if fitting:
        raise InputError(f'"{name}" fits {len(fitting)} sessions: {", ".join(fitting[:4])}')
    if given.exists():
        raise InputError(
            f"{name}: expected a session's folder (with {INFO}) or a checked video's (with "
            f"{RESULT} and {TRACK}), and it is neither"
        )
    seen = f"the newest is {known[-1]}" if known else f"there are none in {root}"
    raise InputError(f'no session "{name}": {seen}; `posecheck sessions list` shows all')


def delete_session(folder: Path) -> None:
    """Remove a session with all its files, and nothing that is not one.

    Raises:
        InputError: it is still being recorded, or is no session.
    """
    if not (is_recorded(folder) or is_checked(folder)):
        raise InputError(f"{folder}: no session here, nothing was deleted")
    if listed(folder).state == "recording":
        raise InputError(f"{folder.name}: still being recorded; stop it first")
    shutil.rmtree(folder)
