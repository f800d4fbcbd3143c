"""Which moves were done on which day: the one place where the routine meets what is kept.

A line of JSON for each move done, added at the end, so that nothing earlier can be lost.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from posecheck.core.dose import Session
from posecheck.core.errors import InputError


def log_path() -> Path:
    """The file of what was done, in this person's data folder; need not exist."""
    import platformdirs

    return platformdirs.user_data_path("posecheck", appauthor=False) / "routine.jsonl"


def read_sessions(path: Path | None = None) -> list[Session]:
    """Everything that was done, oldest first; a line cut off by a crash is left out.

    Raises:
        InputError: the file cannot be read.
    """
    path = log_path() if path is None else path
    try:
        lines = path.read_text("utf-8", errors="replace").splitlines() if path.exists() else []
    except OSError as error:
        raise InputError(f"{path}: cannot read what was done: {error.strerror}") from error
    return [session for line in lines if (session := _session(line)) is not None]


def _session(line: str) -> Session | None:
    try:
        data = json.loads(line)
        pain = data.get("pain")
        return Session(
            date.fromisoformat(data["day"]), str(data["move"]), None if pain is None else int(pain)
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def add_sessions(done: Sequence[Session], path: Path | None = None) -> None:
    """Add what was done.

    Raises:
        InputError: the file cannot be written.
    """
    path = log_path() if path is None else path
    lines = [
        json.dumps({"day": s.day.isoformat(), "move": s.move_id, "pain": s.pain}) for s in done
    ]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write("".join(f"{line}\n" for line in lines))
    except OSError as error:
        raise InputError(f"{path}: cannot write what was done: {error.strerror}") from error
