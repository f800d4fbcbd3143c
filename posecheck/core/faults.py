"""Faults that a measure shows while a repetition runs, as intervals of time."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import median
from typing import Literal

from posecheck.core.move import Fault, Move
from posecheck.core.tape import Tape
from posecheck.core.terms import Plane

#: Shorter drops below the threshold do not cut an interval in two.
_MERGE_S = 0.3
#: A start position's value is the middle one of so long before the movement began.
_BASELINE_S = 0.4

Severity = Literal["warn", "fault"]


@dataclass(slots=True)
class FaultSpan:
    """A stretch in which a fault lasted; frames half-open, worst value in the measure's unit."""

    fault: Fault
    phase_id: str | None
    first: int
    last: int
    worst: float | None
    severity: Severity
    baseline: float = 0.0


@dataclass(slots=True)
class _Watch:
    fault: Fault
    since: int | None = None
    last_over: int | None = None
    worst: float = 0.0
    phase_id: str | None = None
    baseline: float = 0.0


class FaultTracker:
    """Watches every measure fault of a move through one repetition.

    A fault is raised when its measure stays beyond ``warn`` (or ``fault`` where there is no
    ``warn``) for ``dwell_s``, counting only the phases it names.
    """

    def __init__(self, move: Move, tape: Tape, start: int) -> None:
        self._tape = tape
        self._views: dict[str, Plane] = {phase.id: phase.view for phase in move.phases}
        self._watches = [
            _Watch(fault, baseline=self._baseline(fault, start))
            for fault in move.faults
            if fault.kind == "measure"
        ]
        self._yields = {watch.fault.id: set(watch.fault.yields_to) for watch in self._watches}
        self._open = False
        self._spans: list[FaultSpan] = []
        self.active: list[str] = []

    def _baseline(self, fault: Fault, start: int) -> float:
        if not fault.from_start:
            return 0.0
        assert fault.measure is not None
        t_s = self._tape.t_s
        # The movement may be well under way before its position is recognised.
        while start > 0 and not self._tape.start[start]:
            start -= 1
        first = start
        while first > 0 and t_s[start] - t_s[first - 1] <= _BASELINE_S:
            first -= 1
        # Of the start position itself: what ``when`` asks for belongs to the fault.
        values, _, _ = self._tape.series(fault.measure, first, start + 1)
        known = [v for v in values.tolist() if v == v]
        # Without a start to compare with nothing is beyond: comparisons with NaN are false.
        return median(known) if known else math.nan

    def step(self, i: int, phase_id: str) -> None:
        """Take frame ``i``, which belongs to phase ``phase_id``."""
        if not self._open and not self._tape.may_fault[i]:
            return
        active: list[str] = []
        self._open = False
        for watch in self._watches:
            fault = watch.fault
            value = self._tape.fault_values[fault.id][i] - watch.baseline
            if fault.direction == "either":
                value = abs(value)
            limit = fault.limit
            counts = not fault.phases or phase_id in fault.phases
            if fault.at_rest and not self._tape.speed[i] <= self._tape.move.moving_above_degps:
                counts = False
            over = counts and (value < limit if fault.direction == "below" else value > limit)
            if over:
                self._over(watch, i, value, phase_id)
            elif watch.last_over is not None and self._gap_s(watch, i) > _MERGE_S:
                self._end(watch)
            if watch.since is not None:
                self._open = True
                # On the way into the next position, which is not known yet, a span may still turn
                # out to be shown: it goes on, but nobody is told.
                told = fault.seen_from != "phase" or self._tape.shows(self._views[phase_id], i)
                if told and self._lasted_s(watch) >= fault.dwell_s:
                    active.append(fault.id)
        self.active = [name for name in active if self._yields[name].isdisjoint(active)]

    def close(self, last: int) -> list[FaultSpan]:
        """End all watches and give every span of the repetition in order of time."""
        for watch in self._watches:
            self._end(watch)
        spans = [span for span in self._spans if span.first < last]
        told = [span for span in spans if not any(_explains(other, span) for other in spans)]
        return sorted(told, key=lambda span: span.first)

    def _gap_s(self, watch: _Watch, i: int) -> float:
        assert watch.last_over is not None
        return self._tape.t_s[i] - self._tape.t_s[watch.last_over]

    def _lasted_s(self, watch: _Watch) -> float:
        assert watch.since is not None
        assert watch.last_over is not None
        return self._tape.t_s[watch.last_over] - self._tape.t_s[watch.since]

    def _over(self, watch: _Watch, i: int, value: float, phase_id: str) -> None:
        if watch.since is None:
            watch.since, watch.worst, watch.phase_id = i, value, phase_id
        further = value < watch.worst if watch.fault.direction == "below" else value > watch.worst
        if further:
            watch.worst, watch.phase_id = value, phase_id
        watch.last_over = i

    def _end(self, watch: _Watch) -> None:
        if watch.since is not None and watch.last_over is not None:
            lasted = self._lasted_s(watch) >= watch.fault.dwell_s
            if lasted:
                self._spans.append(
                    FaultSpan(
                        watch.fault, watch.phase_id, watch.since, watch.last_over + 1,
                        watch.worst, _severity(watch.fault, watch.worst), watch.baseline,
                    )
                )  # fmt: skip
        watch.since = watch.last_over = None


def _explains(other: FaultSpan, span: FaultSpan) -> bool:
    """Whether ``other`` is what moved the measure that ``span`` was found by."""
    overlap = other.first < span.last and span.first < other.last
    return overlap and other.fault.id in span.fault.yields_to


def _severity(fault: Fault, value: float) -> Severity:
    assert fault.fault is not None
    beyond = value <= fault.fault if fault.direction == "below" else value >= fault.fault
    return "fault" if beyond else "warn"
