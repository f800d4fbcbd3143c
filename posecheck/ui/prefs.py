"""What a person chose on the page "Settings", kept in a small file from one visit to the next."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from posecheck.staging import write_whole

_FILE = "page-settings.json"


class Prefs(BaseModel):
    """The choices. A field that a newer posecheck added is left alone."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    person: str = Field(default="me", min_length=1, max_length=80)
    units: Literal["cm", "in"] = "cm"
    tones: bool = True
    voice: bool = True
    keep_results: bool = True
    keep_video: bool = False


def prefs_path(visitor: str = "") -> Path:
    """The file of this person's choices; need not exist.

    Args:
        visitor: who is logged in; empty where nobody has to. Never becomes part of a path as it is.
    """
    import platformdirs

    folder = platformdirs.user_config_path("posecheck", appauthor=False)
    return folder / person_folder(visitor) / _FILE


def person_folder(visitor: str) -> str:
    """The name of a logged-in person's own folder: of our making, whatever the provider says."""
    if not visitor:
        return ""
    return "person-" + hashlib.sha256(visitor.encode()).hexdigest()[:24]


def read_prefs(path: Path) -> Prefs:
    """What was chosen; the defaults where nothing was, or where the file is damaged."""
    try:
        return Prefs.model_validate_json(path.read_text("utf-8"))
    except (OSError, ValidationError, UnicodeDecodeError):
        return Prefs()


def write_prefs(path: Path, prefs: Prefs) -> None:
    """Keep the choices.

    Raises:
        InputError: the file cannot be written.
    """
    write_whole(path, prefs.model_dump_json(indent=1).encode())
