"""Leads a person through today's moves in a terminal: countdowns, positions, holds, rests."""

from __future__ import annotations

import queue
import sys
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from posecheck.core.dose import PlannedMove
from posecheck.core.routine import (
    MOST_PAIN,
    Easier,
    Event,
    Go,
    Pain,
    Pause,
    Resume,
    RoutineState,
    Skip,
    Stage,
    Stop,
    Tick,
    begin,
    step,
    summary,
)

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

_TICK_S = 0.1
KEYS = "Enter: go on   p: pause   e: easier   s: skip   q: stop   0-10: it hurts"


@dataclass(frozen=True, slots=True)
class Typed:
    """One line that was typed, without its end; None when nobody can type any more."""

    line: str | None


def event_of(line: str, state: RoutineState) -> Event | None:
    """What a typed line means in this state; None where it means nothing."""
    word = line.strip().lower()
    if word.isdigit() and int(word) <= MOST_PAIN:
        return Pain(int(word))
    if word == "p":
        return Pause() if state.paused_s is None else Resume()
    if word == "":
        if state.paused_s is not None:
            return Resume()
        return Skip() if state.stage is Stage.PAIN else Go()
    keys: dict[str, Event] = {"s": Skip(), "e": Easier(), "q": Stop()}
    return keys.get(word)


def lead(planned: list[PlannedMove], out: Console, person: str | None) -> None:
    """Lead through the moves until they are done or somebody stops, then keep what was done."""
    from posecheck.routine_log import keep_records
    from posecheck.store.opening import Store

    typed: queue.SimpleQueue[Typed] = queue.SimpleQueue()
    threading.Thread(target=_read_lines, args=(sys.stdin, typed), daemon=True).start()
    state = run(planned, typed, out, clock=time.monotonic, sleep=time.sleep)
    with Store() as store:
        keep_records(store, state.records, datetime.now().astimezone(), person)
    out.print()
    for line in summary(state):
        out.print(line, markup=False)


def _read_lines(source: Iterable[str], typed: queue.SimpleQueue[Typed]) -> None:
    for line in source:
        typed.put(Typed(line))
    typed.put(Typed(None))


def run(
    planned: list[PlannedMove],
    typed: queue.SimpleQueue[Typed],
    out: Console,
    *,
    clock: Callable[[], float],
    sleep: Callable[[float], None],
) -> RoutineState:
    """The loop: what was typed, the time, the picture. Clock and sleep come from outside.

    Ctrl-C ends it as stopping does: what was done until then is not lost.
    """
    from rich.live import Live

    state = begin(planned, clock(), paced=True)
    shown = ""
    try:
        with Live(console=out, auto_refresh=False, transient=True) as live:
            while state.stage is not Stage.DONE:
                state = _after_typing(state, typed, clock())
                if state.say != shown and out.is_terminal:
                    out.bell()
                shown = state.say
                live.update(screen(state, clock()), refresh=True)
                if state.stage is not Stage.DONE:
                    sleep(_TICK_S)
    except KeyboardInterrupt:
        state = _given_up(state, clock())
    return state


def _after_typing(
    state: RoutineState, typed: queue.SimpleQueue[Typed], now_s: float
) -> RoutineState:
    """The state after the next typed line, or after the time that went by."""
    try:
        line = typed.get_nowait().line
    except queue.Empty:
        return step(state, Tick(), now_s)
    if line is None:  # nobody is there to answer the pain question either
        return _given_up(state, now_s)
    return step(state, event_of(line, state) or Tick(), now_s)


def _given_up(state: RoutineState, now_s: float) -> RoutineState:
    """Stopped, the pain question left unanswered."""
    state = step(state, Stop(), now_s)
    return step(state, Skip(), now_s) if state.stage is Stage.PAIN else state


def screen(state: RoutineState, now_s: float) -> RenderableType:
    """What to show: what to do now in large, then where in the move that is."""
    from rich.console import Group
    from rich.text import Text

    move = state.move
    left_s = state.left_s(now_s)
    head = Text(state.say, style="bold")
    if left_s is not None and state.paused_s is None:
        head.append(f"   {left_s:.0f} s", style="bold cyan")
    if state.paused_s is not None:
        head.append("   paused", style="yellow")
    if move is None:
        return head
    place = (
        f"{move.name}, {state.side} side: set {state.set_no + 1} of {move.sets}, "
        f"repetition {min(state.repetition + 1, move.repetitions)} of {move.repetitions}"
    )
    lines = [head, Text(place)]
    if state.eased and move.easier:
        lines.append(Text(f"Easier: {move.easier}", style="yellow"))
    if state.stage is Stage.PAIN:
        lines.append(Text("Type a number and Enter; only Enter: no answer", style="dim"))
    else:
        lines.append(Text(KEYS, style="dim"))
    return Group(*lines)
