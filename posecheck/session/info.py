"""What a session says about itself, ``session.json``, and how older versions become today's.

Removing a field or changing its meaning, here or in the other files, raises ``SCHEMA_VERSION`` and
adds a step to ``_UPGRADES``; adding one with a default does neither.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from posecheck.core.errors import InputError

SCHEMA_VERSION = 2
INFO = "session.json"

#: From a version to the next: each takes and gives the file's plain JSON values.
_UPGRADES: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {
    1: dict,  # its poses lack the feet's speeds, and are read as they are
}


class _Model(BaseModel):
    # A newer program of the same version may have added fields: they are left alone.
    model_config = ConfigDict(extra="ignore", frozen=True)


class MoveUsed(_Model):
    """The move as it was on that day, so that a replay does not depend on today's files."""

    id: str
    name: str
    sha256: str
    definition: dict[str, Any] = Field(description="the whole move file as JSON")


class ModelUsed(_Model):
    name: str
    sha256: str
    mode: str


class CameraUsed(_Model):
    """Where the pictures came from; an address is kept without its password."""

    source: str
    width_px: int
    height_px: int
    fps: float | None = None
    fourcc: str | None = None


class PlanUsed(_Model):
    side: Literal["left", "right", "auto"] = "auto"
    repetitions: int = 1
    countdown_s: float = 3.0
    check_setup: bool = True
    view: Literal["side", "front"] | None = None


class Scale(_Model):
    """How many centimetres a pixel is, if it was measured."""

    cm_per_px: float
    error_pct: float | None = None
    method: str


class SessionInfo(_Model):
    """``session.json``."""

    schema_version: int = SCHEMA_VERSION
    id: str
    kind: Literal["live", "check"] = "live"
    state: Literal["recording", "finished"] = "recording"
    started_at: str = Field(description="ISO 8601 with the offset from UTC")
    software_version: str
    move: MoveUsed
    model: ModelUsed
    camera: CameraUsed
    plan: PlanUsed
    mirrored: bool = Field(default=False, description="left and right were exchanged on the way in")
    scale: Scale | None = None
    video: str | None = Field(default=None, description="name of the video file, if one was asked")
    frames: int = 0
    duration_s: float = 0.0
    repetitions: dict[str, int] = Field(default_factory=dict, description="counted, by side")
    ended: str | None = Field(default=None, description="why it ended, in plain words")


def read_info(folder: Path) -> SessionInfo:
    """``session.json`` of a folder, whatever version wrote it.

    Raises:
        InputError: missing, damaged, or written by a newer posecheck.
    """
    path = folder / INFO
    try:
        data = json.loads(path.read_text("utf-8"))
        if not isinstance(data, dict):
            raise ValueError(f"expected an object, found {type(data).__name__}")
    except FileNotFoundError as error:
        raise InputError(f"{folder}: no session here ({INFO} is missing)") from error
    except OSError as error:
        raise InputError(f"{path}: cannot read it: {error.strerror}") from error
    except ValueError as error:
        raise InputError(
            f"{path}: damaged, it cannot be read ({error}); the poses beside it cannot be used "
            "without it"
        ) from error
    return _todays(data, path)


def _todays(data: dict[str, Any], path: Path) -> SessionInfo:
    version = data.get("schema_version")
    if not isinstance(version, int) or version < 1:
        raise InputError(f"{path}: expected a schema_version of 1 or more, found {version!r}")
    if version > SCHEMA_VERSION:
        raise InputError(
            f"{path}: written by a newer posecheck (session schema {version}, this one reads up "
            f"to {SCHEMA_VERSION}); update posecheck"
        )
    for step in range(version, SCHEMA_VERSION):
        data = {**_UPGRADES[step](data), "schema_version": step + 1}
    try:
        return SessionInfo.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise InputError(f"{path}: damaged: {where}: {first['msg']}") from error
