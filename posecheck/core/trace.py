"""What one side did in a repetition: positions, holds and faults, as frames of its tape."""

from __future__ import annotations

from dataclasses import dataclass, field

from posecheck.core.faults import FaultSpan
from posecheck.core.move import Move

#: A position of a chain with less stillness than this was passed through, not visited.
VISIT_S = 0.25


@dataclass(slots=True)
class Hold:
    """A still stretch: frame indices, and its time with pauses taken out.

    Attributes:
        rest_last, rest_s: the same up to its last frame at rest: what follows may be the way out.
    """

    first: int
    last: int
    held_s: float
    rest_last: int = 0
    rest_s: float = 0.0


@dataclass(slots=True)
class PhaseTrace:
    """What happened in one phase; frame indices are half-open, None while never entered."""

    index: int
    first: int | None = None
    last: int | None = None
    holds: list[Hold] = field(default_factory=list)

    @property
    def longest_hold(self) -> Hold | None:
        return max(self.holds, key=lambda hold: hold.held_s, default=None)


@dataclass(slots=True)
class RepetitionTrace:
    """One repetition: frames, phases in the file's order, faults, and how it ended.

    Attributes:
        touchdowns: first and last frames in the start position in mid-chain.
        hidden: phases that may have been what looked like the start position.
    """

    first: int
    last: int
    phases: list[PhaseTrace]
    faults: list[FaultSpan] = field(default_factory=list)
    touchdowns: list[tuple[int, int]] = field(default_factory=list)
    hidden: set[int] = field(default_factory=set)

    def visited(self, k: int, move: Move) -> bool:
        """Whether phase ``k`` was reached and, in a chain of held positions, not just passed."""
        trace = self.phases[k]
        if trace.first is None:
            return False
        chain = sum(not phase.final for phase in move.phases) > 1
        if not chain or move.phases[k].final or move.phases[k].hold_s is None:
            return True
        hold = trace.longest_hold
        return hold is not None and hold.held_s >= VISIT_S
