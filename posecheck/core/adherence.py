"""How often each move was done, week by week, against its goal: dates in, no clock."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from posecheck.core.dose import Level, Session, goal_of
from posecheck.core.move import Move


@dataclass(frozen=True, slots=True)
class WeekDone:
    """One move in one week.

    Attributes:
        monday: the week's first day.
        days: on how many of its days the move was done; goal: on how many it was meant to be.
    """

    move_id: str
    name: str
    monday: date
    days: int
    goal: int

    @property
    def share(self) -> float:
        """Part of the goal that was reached, 1 at most."""
        return min(1.0, self.days / self.goal)


def weeks_done(
    moves: Sequence[Move],
    history: Iterable[Session],
    today: date,
    weeks: int = 12,
    level: Level = Level.USUAL,
) -> list[WeekDone]:
    """Every move that was ever done, for each of the last weeks, this one included.

    A week begins on Monday. Two sessions on one day are one day. Weeks before somebody's first
    session are left out: nothing was missed in them.
    """
    done: dict[str, set[date]] = defaultdict(set)
    for one in history:
        if one.day <= today:
            done[one.move_id].add(one.day)
    if not done:
        return []
    this = _monday(today)
    first = _monday(min(min(days) for days in done.values()))
    mondays = [this - timedelta(weeks=k) for k in range(weeks - 1, -1, -1)]
    return [
        WeekDone(
            move.id, move.name, monday,
            sum(monday + timedelta(days=k) in done[move.id] for k in range(7)),
            goal_of(move.dose, level).days_per_week,
        )
        for move in moves if move.id in done
        for monday in mondays if monday >= first
    ]  # fmt: skip


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
