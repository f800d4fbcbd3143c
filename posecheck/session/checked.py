"""The folder of a checked video, read as a session: it holds a track and a result as well."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from pydantic import ValidationError

from posecheck.core.errors import InputError
from posecheck.core.result import Result
from posecheck.session.info import INFO, CameraUsed, ModelUsed, MoveUsed, PlanUsed, SessionInfo
from posecheck.session.info import read_info as recorded_info
from posecheck.session.recorder import TRACK

RESULT, FILM = "result.json", "annotated.webm"


def is_checked(folder: Path) -> bool:
    """Whether it is a check's folder: a combined one has no track of its own and is none."""
    return (folder / RESULT).is_file() and (folder / TRACK).is_file() and not is_recorded(folder)


def is_recorded(folder: Path) -> bool:
    """Whether a live session was recorded there."""
    return (folder / INFO).is_file()


def read_info(folder: Path) -> SessionInfo:
    """What a session says about itself, recorded live or a checked video.

    Raises:
        InputError: neither, damaged, or written by a newer posecheck.
    """
    if not is_checked(folder):
        return recorded_info(folder)
    return _checked(folder, (folder / RESULT).stat().st_mtime)


@lru_cache(maxsize=2048)
def _checked(folder: Path, changed_s: float) -> SessionInfo:
    path = folder / RESULT
    try:
        found = Result.model_validate_json(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot read it: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise InputError(f"{path}: not a result of this posecheck: {where}: {first['msg']}") from (
            error
        )
    clip, move = found.clip, found.move
    return SessionInfo(
        id=folder.name,
        kind="check",
        state="finished",
        started_at=datetime.fromtimestamp(changed_s).astimezone().isoformat(timespec="seconds"),
        software_version=found.software_version,
        # The file of that day is not kept with a check: today's judges it again.
        move=MoveUsed(id=move.id, name=move.name, sha256=move.sha256, definition={}),
        model=ModelUsed(**found.model.model_dump()),
        camera=CameraUsed(
            source=clip.name, width_px=clip.width_px, height_px=clip.height_px, fps=clip.fps or None
        ),
        plan=_plan(found),
        mirrored=found.mirrored,
        frames=clip.frames,
        duration_s=clip.duration_s,
        ended="the video's end",
    )


def _plan(found: Result) -> PlanUsed:
    """As a live set that begins with the film and ends with it: nobody waited for a countdown."""
    counts = Counter(repetition.side for repetition in found.repetitions)
    return PlanUsed(
        side=found.side, repetitions=max(counts.values(), default=1), countdown_s=0.0,
        check_setup=False,
    )  # fmt: skip
