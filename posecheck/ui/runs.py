"""Routines under way, kept by the server, so that a refreshed page goes on where it was."""

from __future__ import annotations

import secrets
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from posecheck.core.dose import PlannedMove
from posecheck.core.routine import Event, Pause, RoutineState, Stage, Tick, begin, step
from posecheck.ui.routine_sounds import sounds_of

#: Nobody looked for so long: what went by in between was not done.
UNSEEN_S = 8.0
_MOST = 64
_SOUNDS = 8


@dataclass(slots=True)
class Run:
    """One person's routine under way.

    Attributes:
        person: whose it is; nobody else gets it, whatever they type into the address.
        kept: whether it is in the history by now.
        heard: the newest sounds, each with its number and its time.
    """

    person: str
    state: RoutineState
    seen_s: float
    kept: bool = False
    heard: deque[tuple[int, float, dict[str, str]]] = field(
        default_factory=lambda: deque(maxlen=_SOUNDS)
    )
    lock: threading.Lock = field(default_factory=threading.Lock)
    _number: int = 0

    def send(self, event: Event, now_s: float) -> RoutineState:
        """What happened, at ``now_s``; time in which nobody looked is taken out."""
        with self.lock:
            gap_s = now_s - self.seen_s
            waits = self.state.paused_s is not None or self.state.stage is Stage.DONE
            if gap_s > UNSEEN_S and not waits:
                self.state = step(self.state, Pause(), self.seen_s)
                event = Tick() if isinstance(event, Tick) else event
            before = self.state
            self.state = step(self.state, event, now_s)
            for sound in sounds_of(before, self.state):
                self._number += 1
                self.heard.append((self._number, now_s, sound))
            self.seen_s = now_s
            return self.state

    def sounds(self, now_s: float) -> list[dict[str, Any]]:
        """The newest sounds: ``number``, rising, ``age_s``, and ``tone`` or ``text``."""
        with self.lock:
            return [
                {"number": number, "age_s": round(now_s - then_s, 3), **what}
                for number, then_s, what in self.heard
            ]


class Runs:
    """All routines of this server; the oldest ones go when there are too many."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._runs: dict[str, Run] = {}

    def begin(self, person: str, plan: Sequence[PlannedMove], now_s: float) -> str:
        """Start one; gives the word by which the page finds it again."""
        token = secrets.token_urlsafe(9)
        with self._lock:
            while len(self._runs) >= _MOST:
                self._runs.pop(next(iter(self._runs)))
            self._runs[token] = Run(person, begin(plan, now_s, paced=True), now_s)
        return token

    def find(self, token: str, person: str) -> Run | None:
        """The person's routine of that word, None if there is none."""
        with self._lock:
            run = self._runs.get(token)
        return run if run is not None and run.person == person else None


RUNS = Runs()


def keep(run: Run, at: datetime) -> int:
    """Put what was done into the history, once; gives how many moves.

    Raises:
        InputError: the history cannot be written; it can be tried again.
    """
    from posecheck.routine_log import keep_records
    from posecheck.store.opening import Store
    from posecheck.ui.keeping import make_known

    with run.lock:
        if run.kept:
            return 0
        with Store() as store:
            make_known(store, run.person)
            count = keep_records(store, run.state.records, at, run.person)
        run.kept = True
        return count
