"""Recorded sessions, wired: begin one, replay it, score it with today's or its own move."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

import posecheck
from posecheck.core.conductor import Conductor
from posecheck.core.errors import InputError, NobodySeenError
from posecheck.core.live_view import Command, Event, LiveView, Plan
from posecheck.core.move import Move
from posecheck.core.result import Result
from posecheck.library import LoadedMove, error_bands, load_move
from posecheck.session import private
from posecheck.session.folder import new_id, sessions_root
from posecheck.session.info import (
    CameraUsed,
    ModelUsed,
    MoveUsed,
    PlanUsed,
    SessionInfo,
)
from posecheck.session.journal import Entry
from posecheck.session.reader import Recording, open_recording
from posecheck.session.recorder import Recorder

if TYPE_CHECKING:
    from posecheck.capture.camera import Got
    from posecheck.core.engine import Assessment, Counts
    from posecheck.estimate.models import ModelFile

RESULT, VIDEO = "result.json", "video.webm"
#: A repetition that was under way so shortly before the set began was one of the set.
_EARLY_S = 1.0


def begin(
    loaded: LoadedMove,
    model: ModelFile,
    got: Got,
    plan: Plan,
    *,
    root: Path | None = None,
    mirrored: bool = False,
    video: bool = False,
) -> Recorder:
    """A recorder of a new session in ``root`` (the usual folder by default).

    Raises:
        InputError: the folder cannot be made.
    """
    from posecheck.estimate.live import MODE

    started = datetime.now().astimezone()
    name = new_id(loaded.move.id, started)
    move = loaded.move
    info = SessionInfo(
        id=name,
        started_at=started.isoformat(timespec="seconds"),
        software_version=posecheck.__version__,
        move=MoveUsed(
            id=move.id, name=move.name, sha256=loaded.sha256,
            definition=move.model_dump(mode="json", by_alias=True, exclude_none=True),
        ),
        model=ModelUsed(name=model.name, sha256=model.sha256, mode=MODE),
        camera=CameraUsed(
            source=got.source, width_px=got.width_px, height_px=got.height_px, fps=got.fps,
            fourcc=got.fourcc,
        ),
        plan=PlanUsed(**asdict(plan)),
        mirrored=mirrored,
        video=VIDEO if video else None,
    )  # fmt: skip
    return Recorder((root or sessions_root()) / name, info)


def own_move(recording: Recording) -> LoadedMove:
    """The move as it was when the session was recorded; today's if that can not be read.

    Raises:
        InputError: neither can be read.
    """
    used = recording.info.move
    try:
        return LoadedMove(Move.model_validate(used.definition), used.sha256)
    except ValidationError:
        return load_move(used.id)


# --- replay ---


@dataclass(frozen=True, slots=True)
class Replayed:
    """One step of a replay: the frame's index (-1 for a command), the view, what happened."""

    index: int
    view: LiveView
    events: list[Event]


def replay(recording: Recording, loaded: LoadedMove | None = None) -> Iterator[Replayed]:
    """The session once more, through the same engine: same poses, same commands, same times."""
    conductor = Conductor(
        (loaded or own_move(recording)).move,
        error_bands(),
        Plan(**recording.info.plan.model_dump()),
    )
    commands = [entry for entry in recording.entries if entry.kind == "command"]
    track, k = recording.track, 0
    for i in range(len(track) + 1):
        while k < len(commands) and commands[k].n <= i:
            events = conductor.command(Command(commands[k].name), commands[k].t_s)
            yield Replayed(-1, conductor.view, events)
            k += 1
        if i < len(track):
            events = conductor.step(track.slice(i, i + 1))
            yield Replayed(i, conductor.view, events)


def recorded_events(recording: Recording) -> list[dict[str, Any]]:
    """The events that the live engine told, in plain JSON values."""
    return [_plain(e.name, e.t_s, e.data) for e in recording.entries if e.kind == "event"]


def replayed_events(recording: Recording) -> list[dict[str, Any]]:
    """The events that the engine tells today, in plain JSON values."""
    return [_plain(e.name, e.t_s, e.data) for step in replay(recording) for e in step.events]


def _plain(name: str, t_s: float, data: Any) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(json.dumps({"event": name, "t_s": t_s, **dict(data)}))
    return plain


# --- scores ---


def score(recording: Recording, loaded: LoadedMove) -> tuple[Assessment, Result]:
    """Judge the recorded poses as a check does, looking ahead as a recording allows.

    Raises:
        NobodySeenError: no frame shows a person.
    """
    from posecheck.pipeline import score as score_track

    return score_track(
        recording.track, loaded, recording.info.plan.side, counts=_of_the_set(recording)
    )


def _of_the_set(recording: Recording) -> Counts:
    """What was done in the set, not tried during set-up: all of it, where there was none.

    Who began too early was counted by the live engine, or not: that stands.
    """
    told = [e for e in recording.entries if e.kind == "event"]
    from_s = next((e.t_s - _EARLY_S for e in told if e.name == "started"), -math.inf)
    live = [
        (one["start_s"], one["end_s"])
        for one in (e.data["result"] for e in told if e.name == "repetition")
    ]

    def counts(begin_s: float, end_s: float) -> bool:
        return begin_s >= from_s or any(
            min(end_s, live_end_s) - max(begin_s, live_begin_s) > 0.5 * (live_end_s - live_begin_s)
            for live_begin_s, live_end_s in live
        )

    return counts


def keep_result(recording: Recording) -> Result | None:
    """Score a finished session with its own move and put ``result.json`` beside it.

    None if nobody was seen in it.

    Raises:
        OSError: it cannot be written.
    """
    try:
        result = score(recording, own_move(recording))[1]
    except NobodySeenError:
        return None
    private.replace_text(recording.folder / RESULT, result.model_dump_json(indent=2) + "\n")
    return result


def kept_result(recording: Recording) -> Result | None:
    """The result of the day it was recorded, if there is one that can be read."""
    try:
        return Result.model_validate_json((recording.folder / RESULT).read_text("utf-8"))
    except (OSError, ValidationError):
        return None


@dataclass(frozen=True, slots=True)
class Rescored:
    """A session's result then and now, and whether "then" is of the day it was recorded."""

    then: Result
    now: Result
    kept: bool


def rescore(recording: Recording, move: str | None = None) -> Rescored:
    """The session with today's move file and engine, beside what was found then.

    Args:
        move: another move id or file; the session's own id by default.

    Raises:
        InputError: no such move.
        NobodySeenError: no frame shows a person.
    """
    loaded = load_move(move or recording.info.move.id)
    then = kept_result(recording)
    now = score(recording, loaded)[1]
    if then is not None:
        return Rescored(then, now, kept=True)
    return Rescored(score(recording, own_move(recording))[1], now, kept=False)


def open_by_name(name: str, root: Path | None = None) -> Recording:
    """A session by path, id, beginning of an id, or "last".

    Raises:
        InputError: none or several fit, or it cannot be read.
    """
    from posecheck.session.folder import find_session

    return open_recording(find_session(name, root or sessions_root()))


__all__ = ["Entry", "InputError", "Recording", "begin", "open_by_name", "replay", "rescore"]
