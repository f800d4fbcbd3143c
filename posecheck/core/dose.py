"""How much of a move, how often, and which moves are due: dates in, plan out, no clock.

The history is a plain list of :class:`Session`; whoever keeps it hands it in. A week is the last
seven days, today included.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from posecheck.core.errors import InputError
from posecheck.core.move import Dose, Move
from posecheck.core.terms import Side

WEEK_DAYS = 7
#: Pain from here on (0 to 10) stops a move for the day and lightens it the next time.
PAIN_STOPS = 4
#: For the estimate of a routine's length, seconds: a change of position, getting ready, a rest.
CHANGE_S, READY_S, REST_S = 3.0, 10.0, 30.0


@dataclass(frozen=True, slots=True)
class Session:
    """One move done on one day; ``pain`` is 0 to 10, None where nobody was asked."""

    day: date
    move_id: str
    pain: int | None = None


class Level(StrEnum):
    """Where in the dose's range to train: its lower end, its middle, its upper end."""

    LIGHT = "light"
    USUAL = "usual"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Goal:
    """A dose at one level."""

    sets: int
    repetitions: int
    hold_s: float
    days_per_week: int


@dataclass(frozen=True, slots=True)
class Position:
    """One held or passed position of a move: what to say, and how long to stay, 0 for a touch."""

    phase_id: str
    say: str
    hold_s: float


@dataclass(frozen=True, slots=True)
class PlannedMove:
    """A move of today: sets of repetitions for each side.

    ``least_repetitions`` and ``least_hold_s`` are the dose's lower ends: "easier" goes no lower.
    """

    move_id: str
    name: str
    sets: int
    repetitions: int
    sides: tuple[Side, ...]
    positions: tuple[Position, ...]
    least_sets: int
    least_repetitions: int
    least_hold_s: float
    camera: str = ""
    easier: str = ""
    note: str = ""

    @property
    def hold_s(self) -> float:
        return max((position.hold_s for position in self.positions), default=0.0)

    @property
    def duration_s(self) -> float:
        """About how long it takes, with changes of position, sides and rests."""
        repetition_s = sum(p.hold_s + CHANGE_S for p in self.positions) + CHANGE_S
        side_s = READY_S + self.repetitions * repetition_s
        return self.sets * len(self.sides) * side_s + (self.sets - 1) * REST_S


@dataclass(frozen=True, slots=True)
class Standing:
    """How a move stands in the week that ends today."""

    move_id: str
    name: str
    days: tuple[bool, ...]
    goal_days: int
    last: date | None
    next_day: date
    pain: int | None

    @property
    def done_days(self) -> int:
        return sum(self.days)

    @property
    def met(self) -> bool:
        return self.done_days >= self.goal_days


def goal_of(dose: Dose, level: Level) -> Goal:
    """A dose's numbers at a level; the middle of the holds is the geometric one (5-60 s: 17 s)."""
    low = [dose.sets[0], dose.repetitions[0], dose.days_per_week[0]]
    high = [dose.sets[1], dose.repetitions[1], dose.days_per_week[1]]
    if level is Level.LIGHT:
        counts, hold_s = low, dose.hold_s[0]
    elif level is Level.FULL:
        counts, hold_s = high, dose.hold_s[1]
    else:
        counts = [(a + b) // 2 for a, b in zip(low, high, strict=True)]
        hold_s = float(round((dose.hold_s[0] * dose.hold_s[1]) ** 0.5))
    sets, repetitions, days = (max(1, n) for n in counts)
    return Goal(sets, repetitions, hold_s, days)


def standings(
    moves: Sequence[Move], history: Iterable[Session], today: date, level: Level = Level.USUAL
) -> list[Standing]:
    """Every move's week, in the order of ``moves``; sessions after today are not counted.

    The days of a goal are spread: three days a week are at least two days apart.
    """
    past = [session for session in history if session.day <= today]
    return [_standing(move, past, today, goal_of(move.dose, level)) for move in moves]


def _standing(move: Move, past: list[Session], today: date, goal: Goal) -> Standing:
    sessions = [s for s in past if s.move_id == move.id]
    done = {s.day for s in sessions}
    first = today - timedelta(days=WEEK_DAYS - 1)
    last = max(done, default=None)
    pains = [s.pain for s in sessions if s.day == last and s.pain is not None]
    return Standing(
        move_id=move.id,
        name=move.name,
        days=tuple(first + timedelta(days=k) in done for k in range(WEEK_DAYS)),
        goal_days=goal.days_per_week,
        last=last,
        next_day=_next_day(done, last, today, goal.days_per_week),
        pain=max(pains, default=None),
    )


def _next_day(done: set[date], last: date | None, today: date, goal_days: int) -> date:
    """The first day, from today on, on which one more session fits the goal."""
    if last is None:
        return today
    day = max(today, last + timedelta(days=WEEK_DAYS // goal_days))
    while sum(day - timedelta(days=k) in done for k in range(WEEK_DAYS)) >= goal_days:
        day += timedelta(days=1)
    return day


def plan(
    moves: Sequence[Move],
    history: Iterable[Session],
    today: date,
    level: Level = Level.USUAL,
    *,
    only: Collection[str] = (),
    minutes: float | None = None,
) -> list[PlannedMove]:
    """Today's moves, in the order of ``moves``.

    Args:
        moves: the routine, in the order in which it is done.
        history: what was done, in any order.
        level: where in each dose's range to train.
        only: these moves and no others, due or not.
        minutes: at most about so long; the moves that have waited longest come first.

    Raises:
        InputError: ``only`` names a move that is not among ``moves``, or ``minutes`` is not
            positive.
    """
    if minutes is not None and not minutes > 0:
        raise InputError(f"minutes: expected more than 0, got {minutes:g}")
    known = {move.id for move in moves}
    for name in only:
        if name not in known:
            raise InputError(f'unknown move "{name}"; known moves: {", ".join(sorted(known))}')
    rows = standings(moves, history, today, level)
    due = [
        (planned_move(move, level, row.pain), row)
        for move, row in zip(moves, rows, strict=True)
        if (move.id in only if only else row.next_day <= today)
    ]
    if minutes is None:
        return [planned for planned, _ in due]
    return _within(due, 60.0 * minutes)


def _within(due: list[tuple[PlannedMove, Standing]], limit_s: float) -> list[PlannedMove]:
    """As many of the moves that have waited longest as fit; one always does."""
    waiting = sorted(due, key=lambda pair: (pair[1].last is not None, pair[1].last or date.min))
    kept: set[str] = set()
    total_s = 0.0
    for planned, _ in waiting:
        if not kept or total_s + planned.duration_s <= limit_s:
            kept.add(planned.move_id)
            total_s += planned.duration_s
    return [planned for planned, _ in due if planned.move_id in kept]


def planned_move(move: Move, level: Level, pain: int | None = None) -> PlannedMove:
    """A move at a level; after pain it is planned light and says why."""
    hurt = pain is not None and pain >= PAIN_STOPS
    goal = goal_of(move.dose, Level.LIGHT if hurt else level)
    note = (
        f"Last time it hurt ({pain} of 10): today light, with less range or load." if hurt else ""
    )
    positions = tuple(
        Position(phase.id, phase.say, goal.hold_s if phase.hold_s is not None else 0.0)
        for phase in move.phases
        if not phase.final
    )
    return PlannedMove(
        move_id=move.id,
        name=move.name,
        sets=goal.sets,
        repetitions=goal.repetitions,
        sides=("left", "right") if move.dose.per_side else ("left",),
        positions=positions,
        least_sets=max(1, move.dose.sets[0]),
        least_repetitions=max(1, move.dose.repetitions[0]),
        least_hold_s=move.dose.hold_s[0],
        camera=move.camera.place,
        easier=move.easier or "",
        note=note,
    )
