"""Two results side by side, by repetition and phase, never by the clock."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from posecheck.core.result import Measurement, PhaseResult, Repetition, Result
from posecheck.core.terms import Side


@dataclass(frozen=True, slots=True)
class Difference:
    """One number of both, and what lies between them.

    Attributes:
        label: plain words; "Hold" for the hold.
        before, after: None where it was not measured.
        error: ± of the difference, from both values' errors; None where one is unknown.
        clear: whether the difference is larger than its error; None where nobody can tell.
    """

    label: str
    unit: str
    before: float | None
    after: float | None
    error: float | None

    @property
    def change(self) -> float | None:
        if self.before is None or self.after is None:
            return None
        return self.after - self.before

    @property
    def clear(self) -> bool | None:
        if self.change is None or self.error is None:
            return None
        return abs(self.change) > self.error


@dataclass(frozen=True, slots=True)
class PhasePair:
    """The same position of the same repetition, in both; None where one has none."""

    name: str
    before: PhaseResult | None
    after: PhaseResult | None
    differences: list[Difference]

    @property
    def told(self) -> list[Difference]:
        """Those of numbers that were measured at least once."""
        return [one for one in self.differences if (one.before, one.after) != (None, None)]


@dataclass(frozen=True, slots=True)
class RepetitionPair:
    """The n-th repetition of one side, in both; faults that came or went."""

    side: Side
    index: int
    before: Repetition | None
    after: Repetition | None
    phases: list[PhasePair]
    faults_gone: list[str]
    faults_new: list[str]


#: A hold's ends are found to about a frame or two on either side.
_HOLD_ERROR_S = 0.15


def compare(before: Result, after: Result) -> list[RepetitionPair]:
    """Repetitions of both, the first left one with the first left one and so on."""
    pairs = []
    sides: tuple[Side, Side] = ("left", "right")
    for side in sides:
        ours = [r for r in before.repetitions if r.side == side]
        theirs = [r for r in after.repetitions if r.side == side]
        for k in range(max(len(ours), len(theirs))):
            one = ours[k] if k < len(ours) else None
            two = theirs[k] if k < len(theirs) else None
            pairs.append(_pair(side, k + 1, one, two))
    return pairs


def _pair(
    side: Side, index: int, before: Repetition | None, after: Repetition | None
) -> RepetitionPair:
    ours = {p.id: p for p in before.phases} if before else {}
    theirs = {p.id: p for p in after.phases} if after else {}
    phases = [
        PhasePair(
            name=(theirs.get(i) or ours[i]).name, before=ours.get(i), after=theirs.get(i),
            differences=list(_differences(ours.get(i), theirs.get(i))),
        )
        for i in dict.fromkeys([*ours, *theirs])
    ]  # fmt: skip
    had = {f.id: f.name for f in before.faults} if before else {}
    has = {f.id: f.name for f in after.faults} if after else {}
    both = before is not None and after is not None
    return RepetitionPair(
        side, index, before, after, phases,
        faults_gone=[had[i] for i in had if i not in has] if both else [],
        faults_new=[has[i] for i in has if i not in had] if both else [],
    )  # fmt: skip


def _differences(before: PhaseResult | None, after: PhaseResult | None) -> Iterator[Difference]:
    asked = [p for p in (before, after) if p is not None and p.hold_target_s is not None]
    if asked:
        ours, theirs = (p.hold_s if p else None for p in (before, after))
        errors = [p.hold_error_s or _HOLD_ERROR_S for p in asked]
        yield Difference("Hold", "s", ours, theirs, math.hypot(errors[0], errors[-1]))
    mine = {(m.measure, m.label): m for m in before.measures} if before else {}
    yours = {(m.measure, m.label): m for m in after.measures} if after else {}
    for key in dict.fromkeys([*mine, *yours]):
        one, two = mine.get(key), yours.get(key)
        some = two or one
        assert some is not None
        yield Difference(
            some.label, some.unit, one.value if one else None, two.value if two else None,
            _error(one, two),
        )  # fmt: skip


def _error(one: Measurement | None, two: Measurement | None) -> float | None:
    if one is None or two is None or one.error is None or two.error is None:
        return None
    return math.hypot(one.error, two.error)
