"""What a person has behind them, for the pages: the history under the name of "Settings"."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from posecheck.core.dose import Session
from posecheck.core.move import Move
from posecheck.library import ROUTINE, load_move, shipped_ids
from posecheck.routine_log import read_sessions
from posecheck.store.opening import Store, is_begun
from posecheck.store.reading import count_sessions, folders, people, sessions
from posecheck.store.records import Filter, SessionRow

if TYPE_CHECKING:
    from posecheck.measured import Kind

_YEAR = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Past:
    """One person's part of an open history; somebody whom it does not know has none yet."""

    store: Store
    who: str
    known: bool

    def count(self) -> int:
        """How many sessions."""
        return count_sessions(self.store, Filter(person=self.who)) if self.known else 0

    def newest(self, limit: int | None) -> list[SessionRow]:
        """The newest sessions, the newest first."""
        return sessions(self.store, Filter(person=self.who, limit=limit)) if self.known else []

    def checked(self, limit: int) -> dict[str, Path]:
        """Uid and folder of the newest checked videos that left files, wherever they lie."""
        if not self.known:
            return {}
        wanted = Filter(person=self.who, limit=limit)
        return {uid: Path(folder) for uid, folder in folders(self.store, wanted, "check")}

    def kinds(self) -> list[Kind]:
        """What was measured."""
        from posecheck.measured import kinds

        return kinds(self.store, self.who) if self.known else []

    def done(self) -> list[Session]:
        """Which moves were done on which days of the last year; what was before is long due."""
        since = datetime.now().astimezone() - _YEAR
        return read_sessions(self.store, self.who, since) if self.known else []


@contextmanager
def opened(person: str) -> Iterator[Past]:
    """The history of a person.

    Raises:
        InputError: it cannot be opened or read; says what to do.
    """
    with Store() as store:
        yield Past(store, person, person in {name for name, _ in people(store)})


def lately(person: str, limit: int) -> tuple[list[Session], list[SessionRow]]:
    """Which moves a person did within a year, and their newest sessions.

    Whoever never kept anything waits for no history to be made.

    Raises:
        InputError: see :func:`opened`.
    """
    if not is_begun():
        return [], []
    with opened(person) as mine:
        return mine.done(), mine.newest(limit)


def routine_moves() -> list[Move]:
    """The moves of the routine that ship with posecheck, in the order in which they are done."""
    shipped = set(shipped_ids())
    return [load_move(name).move for name in ROUTINE if name in shipped]
