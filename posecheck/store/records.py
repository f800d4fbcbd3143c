"""What goes into the history and comes out of it: plain values, without the database."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Kind = Literal["check", "measure", "live", "import", "routine"]

#: Who a session belongs to when nobody is named.
DEFAULT_PERSON = "me"


@dataclass(frozen=True, slots=True)
class MeasureRecord:
    """One number.

    Attributes:
        name: measure with side and unit, as in ``measures.csv``: ``toe_to_wall_left_cm``.
        value: None where it was not measured; error: its ± (95%).
        valid: whether it counts; an invalid one is kept with its reason and never shown as
            progress.
    """

    name: str
    side: str
    label: str
    unit: str
    value: float | None
    error: float | None = None
    valid: bool = True
    status: str = "info"
    reason: str = ""
    phase: str = ""


@dataclass(frozen=True, slots=True)
class RepetitionRecord:
    """One repetition or try with what was measured in it."""

    number: int
    side: str
    start_s: float
    end_s: float
    complete: bool
    met: int = 0
    borderline: int = 0
    not_met: int = 0
    not_measured: int = 0
    faults: tuple[str, ...] = ()
    measures: tuple[MeasureRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """One check, measurement, live session, imported reading, or move of the guided routine.

    Attributes:
        taken_at: when the movement was done, with its zone.
        measures: the session's own values, one a measure and side: what progress is made of.
        clip_key: tells the same video again; an earlier session of the same person, move and clip
            is replaced. Empty: nothing is replaced.
        folder: where its report or recording lies.
        pain: 0 to 10, or None where not asked.
        uid: given by the store when empty.
    """

    taken_at: datetime
    kind: Kind
    move_id: str
    move_name: str
    side: str = "auto"
    measures: tuple[MeasureRecord, ...] = ()
    repetitions: tuple[RepetitionRecord, ...] = ()
    move_sha256: str = ""
    clip: str = ""
    clip_key: str = ""
    folder: str = ""
    duration_s: float = 0.0
    model: str = ""
    software: str = ""
    verdict: str = ""
    pain: int | None = None
    note: str = ""
    uid: str = ""


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session as the history's table shows it, with its own values."""

    uid: str
    person: str
    taken_at: datetime
    kind: str
    move_id: str
    move_name: str
    clip: str
    folder: str
    repetitions: int
    pain: int | None
    note: str
    verdict: str
    measures: tuple[MeasureRecord, ...] = ()
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Point:
    """One session's value of one measure."""

    taken_at: datetime
    value: float
    error: float | None
    session_uid: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which sessions are wanted; None or empty means all."""

    person: str | None = None
    move: str | None = None
    side: str | None = None
    measure: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    limit: int | None = None
