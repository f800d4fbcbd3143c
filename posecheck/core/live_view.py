"""What goes into a live set beside frames, and what comes out: the words all its edges share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

from posecheck.core.cues import Cue, Rank, Tone
from posecheck.core.engine import SideChoice
from posecheck.core.table import FrameState
from posecheck.core.terms import Side


class Stage(StrEnum):
    """Where a live set stands. Losing the person within ``RUNNING`` is a state of the engine."""

    SETUP = "setup"
    COUNTDOWN = "countdown"
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"


class Command(StrEnum):
    """What may come from outside beside frames. ``PAUSE`` also resumes."""

    PAUSE = "pause"
    NEXT = "next"
    SIDE = "side"
    STOP = "stop"
    CAMERA_LOST = "camera_lost"
    CAMERA_BACK = "camera_back"


PausedBy = Literal["person", "camera"]


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, in plain JSON values.

    Names and what ``data`` holds: docs/live.md.
    """

    name: str
    t_s: float
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a live set is asked to be; stored with a recording, so that a replay does the same.

    Attributes:
        side: the working side; "auto" takes whichever moves.
        repetitions: a side, before it counts as done.
        countdown_s: between a right set-up and the start.
        check_setup: whether framing and view are looked at first.
        view: the camera stands there this time; None takes the move's own place for it.
    """

    side: SideChoice = "auto"
    repetitions: int = 1
    countdown_s: float = 3.0
    check_setup: bool = True
    view: Literal["side", "front"] | None = None


@dataclass(frozen=True, slots=True)
class LiveView:
    """Everything that there is to show at one moment.

    Attributes:
        t_s: the moment, seconds of the session.
        stage: see :class:`Stage`.
        frame: the engine's view: state, phase, hold clock and target, headline with ``value`` and
            ``error``, cue, and why it is paused or lost.
        side: the working side, or None while either may begin.
        done: repetitions counted so far, by side.
        target: repetitions asked of each side.
        left: repetitions still to do on ``side``, or on all asked sides while it is None.
        instruction: what to do now (set-up hint or the next position), or None.
        countdown_s: seconds to the start, None outside the countdown.
        paused_by: "person" or "camera" while paused, else None.
    """

    t_s: float
    stage: Stage
    frame: FrameState
    side: Side | None
    done: Mapping[str, int]
    target: int
    left: int
    instruction: str | None = None
    countdown_s: float | None = None
    paused_by: PausedBy | None = None


class Outbox:
    """Collects events and cues of one step, stamped with its time."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.events: list[Event] = []
        self.cues: list[Cue] = []

    def begin(self, t_s: float) -> None:
        """Empty it for a step at ``t_s``."""
        self.now_s = t_s
        self.events, self.cues = [], []

    def tell(self, event: str, **data: Any) -> None:
        self.events.append(Event(event, self.now_s, data))

    def sound(
        self, rank: Rank, tone: Tone | None, text: str | None = None, *, prompt: bool = False
    ) -> None:
        self.cues.append(Cue(self.now_s, rank, tone, text, prompt))
