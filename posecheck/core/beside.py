"""What lies beside a position in its repetition: the rests before and after it, as frames."""

from __future__ import annotations

from typing import TypeAlias

from posecheck.core.tape import Tape
from posecheck.core.trace import PhaseTrace, RepetitionTrace

#: The start position's level is taken from so long before the movement.
_REST_S = 1.0
_FEWEST_FRAMES = 3
#: Frames from the first up to, not including, the second.
Span: TypeAlias = "tuple[int, int]"


def reach(tape: Tape, trace: RepetitionTrace) -> Span:
    """Frames that may be looked at: no more after the end than a live session has by then."""
    first, last = trace.first, min(trace.last, len(tape) - 1)
    until_s = tape.t_s[last] + tape.move.start_dwell_s
    while first > 0 and tape.t_s[trace.first] - tape.t_s[first - 1] <= _REST_S:
        first -= 1
    while last + 1 < len(tape) and tape.t_s[last + 1] <= until_s:
        last += 1
    return first, last + 1


def rests_beside(tape: Tape, trace: RepetitionTrace, phase: PhaseTrace) -> tuple[Span | None, Span]:
    """Frames at rest before and after: in the positions beside it, else in the start one."""
    first, _ = reach(tape, trace)
    start = [i for i in range(first, trace.first) if tape.start[i]]
    begun = (start[0], start[-1] + 1) if len(start) >= _FEWEST_FRAMES else None
    earlier, later = neighbours(trace, phase)
    return (
        begun if earlier is None else _longest_rest(earlier),
        back(tape, trace) if later is None else _longest_rest(later),
    )


def back(tape: Tape, trace: RepetitionTrace) -> Span:
    """Frames in the start position after the repetition, as far as they may be looked at."""
    return min(trace.last, len(tape) - 1), reach(tape, trace)[1]


def neighbours(
    trace: RepetitionTrace, phase: PhaseTrace
) -> tuple[PhaseTrace | None, PhaseTrace | None]:
    """The positions held right before and after this one; None where it is the start position."""
    visited = [p for p in trace.phases if p.first is not None and p.holds]
    visited.sort(key=lambda p: p.first or 0)
    at = visited.index(phase)
    return visited[at - 1] if at > 0 else None, visited[at + 1] if at + 1 < len(visited) else None


def _longest_rest(phase: PhaseTrace) -> Span:
    hold = phase.longest_hold
    assert hold is not None
    return hold.first, hold.last + 1
