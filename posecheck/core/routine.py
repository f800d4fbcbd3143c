"""The guided routine: a state and an event in, the next state out. No clock, no camera.

Time comes with each event, so a late tick passes through everything that was due before it: how
often somebody ticks changes nothing. A camera counts repetitions (:class:`Counted`), or the routine
paces them itself (``paced``): into each position, hold, next.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from posecheck.core.dose import (
    CHANGE_S,
    PAIN_STOPS,
    READY_S,
    REST_S,
    PlannedMove,
)
from posecheck.core.errors import InputError
from posecheck.core.terms import Side

MOST_PAIN = 10


class Stage(StrEnum):
    """What is going on. ``WORK``: repetitions are counted; ``CHANGE`` and ``HOLD``: paced."""

    READY = "ready"
    WORK = "work"
    CHANGE = "change"
    HOLD = "hold"
    REST = "rest"
    PAIN = "pain"
    DONE = "done"


class Outcome(StrEnum):
    """How a move ended. ``PART``: begun and not finished."""

    DONE = "done"
    PART = "part"
    SKIPPED = "skipped"
    PAIN = "pain"


@dataclass(frozen=True, slots=True)
class Tick:
    """Time went by."""


@dataclass(frozen=True, slots=True)
class Counted:
    """The camera saw a repetition end; ``held_s`` is its longest hold."""

    held_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Go:
    """Do not wait for the countdown or the rest."""


@dataclass(frozen=True, slots=True)
class Skip:
    """On to the next move; in answer to the pain question: no answer."""


@dataclass(frozen=True, slots=True)
class Easier:
    """Fewer repetitions and shorter holds for the rest of this move."""


@dataclass(frozen=True, slots=True)
class Pain:
    """Pain 0 to 10; from 4 on the move under way is over for today."""

    level: int


@dataclass(frozen=True, slots=True)
class Pause:
    """Stand still until :class:`Resume`; the time between does not count."""


@dataclass(frozen=True, slots=True)
class Resume:
    """Go on after :class:`Pause`."""


@dataclass(frozen=True, slots=True)
class Stop:
    """End the routine; a move that was begun still gets its pain question."""


Event = Tick | Counted | Go | Skip | Easier | Pain | Pause | Resume | Stop


@dataclass(frozen=True, slots=True)
class MoveRecord:
    """What was done of one move. ``left`` and ``right`` count repetitions."""

    move_id: str
    name: str
    outcome: Outcome
    left: int
    right: int
    planned: int
    held_s: float
    pain: int | None
    eased: bool

    @property
    def hurt(self) -> bool:
        """Whether it hurt so much that it is over for the day."""
        return self.pain is not None and self.pain >= PAIN_STOPS

    @property
    def advice(self) -> str:
        """What pain asks for the next time; empty without it."""
        if not self.hurt:
            return ""
        return (
            f"{self.name}: pain {self.pain} of 10. Leave it for today; next time use less range "
            "or load, and see a professional if it stays."
        )


@dataclass(frozen=True, slots=True)
class RoutineState:
    """Where the routine is. Numbers count from 0; times are seconds of the caller's own clock.

    Attributes:
        since_s: when the stage began, pauses taken out.
        held_s: time held so far in this move; left, right: its repetitions so far.
    """

    plan: tuple[PlannedMove, ...]
    paced: bool
    stage: Stage
    since_s: float
    move_no: int = 0
    set_no: int = 0
    side_no: int = 0
    repetition: int = 0
    position: int = 0
    left: int = 0
    right: int = 0
    held_s: float = 0.0
    worst_pain: int | None = None
    eased: bool = False
    ended: Outcome = Outcome.DONE
    stopping: bool = False
    paused_s: float | None = None
    records: tuple[MoveRecord, ...] = ()

    @property
    def move(self) -> PlannedMove | None:
        """The move under way, None when all is done."""
        return self.plan[self.move_no] if self.move_no < len(self.plan) else None

    @property
    def side(self) -> Side | None:
        """The working side, None when all is done."""
        return None if self.move is None else self.move.sides[self.side_no]

    @property
    def stage_s(self) -> float | None:
        """How long the stage lasts; None while it waits for somebody."""
        move = self.move
        if move is None or self.stage in (Stage.WORK, Stage.PAIN, Stage.DONE):
            return None
        if self.stage is Stage.HOLD:
            return move.positions[self.position].hold_s
        return {Stage.READY: READY_S, Stage.REST: REST_S, Stage.CHANGE: CHANGE_S}[self.stage]

    def left_s(self, t_s: float) -> float | None:
        """Seconds until the stage ends by itself, None where it does not."""
        if self.stage_s is None:
            return None
        now_s = t_s if self.paused_s is None else self.paused_s
        return max(0.0, self.since_s + self.stage_s - now_s)

    @property
    def say(self) -> str:
        """What to say now, a few words."""
        move = self.move
        if move is None or self.stage is Stage.DONE:
            return "Done for today"
        if self.stage is Stage.PAIN:
            return "How much did it hurt, 0 to 10?"
        if self.stage is Stage.REST:
            return "Rest"
        if self.stage is Stage.READY:
            side = f", {self.side} side" if len(move.sides) > 1 else ""
            return f"Get ready: {move.name}{side}"
        if self.stage is Stage.HOLD:
            return "Hold"
        if self.stage is Stage.CHANGE and self.position == len(move.positions):
            return "And back"
        return move.positions[self.position].say


def begin(plan: Sequence[PlannedMove], t_s: float, *, paced: bool = False) -> RoutineState:
    """The routine before its first move.

    Args:
        plan: from :func:`posecheck.core.dose.plan`; an empty one is done at once.
        t_s: now, on any clock that the caller goes on using.
        paced: the routine itself leads through positions; else a camera counts repetitions.
    """
    stage = Stage.READY if plan else Stage.DONE
    return RoutineState(tuple(plan), paced, stage, t_s)


def step(state: RoutineState, event: Event, t_s: float) -> RoutineState:
    """The state after ``event`` at ``t_s``, and after all that was due before it.

    Raises:
        InputError: a pain level that is not 0 to 10.
    """
    if isinstance(event, Pain) and not 0 <= event.level <= MOST_PAIN:
        raise InputError(f"pain: expected 0 (none) to {MOST_PAIN} (worst), got {event.level}")
    if state.paused_s is not None:
        if isinstance(event, Tick | Pause | Counted | Go):
            return state
        state = replace(state, since_s=state.since_s + t_s - state.paused_s, paused_s=None)
    state = _run_to(state, t_s)
    if state.stage is Stage.DONE:
        return state
    match event:
        case Pause():
            return replace(state, paused_s=t_s)
        case Counted(held_s) if state.stage is Stage.WORK:
            return _count(state, t_s, held_s)
        case Go() if state.stage in (Stage.READY, Stage.REST):
            return _next_stage(state, t_s)
        case Easier() if state.stage is not Stage.PAIN:
            return _ease(state, t_s)
        case Pain(level):
            return _hurt(state, level, t_s)
        case Skip():
            return _leave(state, t_s)
        case Stop():
            return _leave(replace(state, stopping=True), t_s)
    return state


def summary(state: RoutineState) -> list[str]:
    """Lines a person reads at the end: what was done of each move, then what pain asks for."""
    lines = [record_line(record) for record in state.records]
    return lines + [record.advice for record in state.records if record.advice]


def record_line(record: MoveRecord) -> str:
    """What was done of a move, in one line."""
    if record.outcome is Outcome.SKIPPED:
        return f"{record.name}: skipped"
    total = record.left + record.right
    parts = [f"{total} of {record.planned} repetitions"]
    if record.right:
        parts.append(f"{record.left} left and {record.right} right")
    if record.held_s >= 1.0:
        parts.append(f"{record.held_s:.0f} s held")
    if record.eased:
        parts.append("made easier")
    if record.pain is not None:
        parts.append(f"pain {record.pain} of 10")
    return f"{record.name}: {', '.join(parts)}"


# --- transitions ---


def _run_to(state: RoutineState, t_s: float) -> RoutineState:
    """Pass through every stage whose time is over by ``t_s``."""
    while (length_s := state.stage_s) is not None and state.since_s + length_s <= t_s:
        state = _next_stage(state, state.since_s + length_s)
    return state


def _next_stage(state: RoutineState, at_s: float) -> RoutineState:
    move = state.move
    assert move is not None
    if state.stage is Stage.REST:
        return replace(state, stage=Stage.READY, since_s=at_s)
    if state.stage is Stage.READY:
        stage = Stage.CHANGE if state.paced else Stage.WORK
        return replace(state, stage=stage, since_s=at_s, position=0)
    if state.stage is Stage.CHANGE and state.position == len(move.positions):
        return _count(state, at_s, 0.0)
    if state.stage is Stage.CHANGE and move.positions[state.position].hold_s > 0.0:
        return replace(state, stage=Stage.HOLD, since_s=at_s)
    held_s = move.positions[state.position].hold_s
    return replace(
        state, stage=Stage.CHANGE, since_s=at_s, position=state.position + 1,
        held_s=state.held_s + held_s,
    )  # fmt: skip


def _count(state: RoutineState, at_s: float, held_s: float) -> RoutineState:
    """One repetition more; after the last one the other side, the next set or the question."""
    state = replace(
        state,
        repetition=state.repetition + 1,
        left=state.left + (state.side == "left"),
        right=state.right + (state.side == "right"),
        held_s=state.held_s + held_s,
        position=0,
    )
    return _after_repetition(state, at_s)


def _after_repetition(state: RoutineState, at_s: float) -> RoutineState:
    move = state.move
    assert move is not None
    if state.repetition < move.repetitions:
        stage = Stage.CHANGE if state.paced else Stage.WORK
        return replace(state, stage=stage, since_s=at_s)
    if state.side_no + 1 < len(move.sides):
        return replace(
            state, stage=Stage.READY, since_s=at_s, side_no=state.side_no + 1, repetition=0
        )
    if state.set_no + 1 < move.sets:
        return replace(
            state, stage=Stage.REST, since_s=at_s, set_no=state.set_no + 1, side_no=0, repetition=0
        )
    return replace(state, stage=Stage.PAIN, since_s=at_s, ended=Outcome.DONE)


def _ease(state: RoutineState, at_s: float) -> RoutineState:
    """Half the hold and the dose's least repetitions and sets, none below what was done."""
    move = state.move
    assert move is not None
    eased = replace(
        move,
        sets=max(state.set_no + 1, min(move.sets, move.least_sets)),
        repetitions=min(move.repetitions, max(move.least_repetitions, 1)),
        positions=tuple(
            replace(p, hold_s=min(p.hold_s, max(move.least_hold_s, round(0.5 * p.hold_s))))
            for p in move.positions
        ),
    )
    plan = (*state.plan[: state.move_no], eased, *state.plan[state.move_no + 1 :])
    state = replace(state, plan=plan, eased=True)
    working = state.stage in (Stage.WORK, Stage.CHANGE, Stage.HOLD)
    if working and state.repetition >= eased.repetitions:
        return _after_repetition(state, at_s)
    return _run_to(state, at_s)


def _hurt(state: RoutineState, level: int, at_s: float) -> RoutineState:
    state = replace(state, worst_pain=max(level, state.worst_pain or 0))
    if state.stage is Stage.PAIN:
        return _close(state, at_s)
    return _close(replace(state, ended=Outcome.PAIN), at_s) if level >= PAIN_STOPS else state


def _leave(state: RoutineState, at_s: float) -> RoutineState:
    """Away from the move under way: with the pain question if something was done."""
    if state.stage is Stage.PAIN or not (state.left or state.right):
        return _close(state, at_s)
    return replace(state, stage=Stage.PAIN, since_s=at_s, ended=Outcome.PART)


def _close(state: RoutineState, at_s: float) -> RoutineState:
    """Record the move and get ready for the next, or be done."""
    move = state.move
    assert move is not None
    begun = state.left + state.right > 0 or state.worst_pain is not None
    outcome = state.ended if begun else Outcome.SKIPPED
    if begun and state.worst_pain is not None and state.worst_pain >= PAIN_STOPS:
        outcome = Outcome.PAIN
    record = MoveRecord(
        move_id=move.move_id, name=move.name, outcome=outcome, left=state.left, right=state.right,
        planned=move.sets * move.repetitions * len(move.sides), held_s=state.held_s,
        pain=state.worst_pain, eased=state.eased,
    )  # fmt: skip
    last = state.stopping or state.move_no + 1 >= len(state.plan)
    return RoutineState(
        plan=state.plan,
        paced=state.paced,
        stage=Stage.DONE if last else Stage.READY,
        since_s=at_s,
        move_no=len(state.plan) if last else state.move_no + 1,
        records=(*state.records, record),
    )
