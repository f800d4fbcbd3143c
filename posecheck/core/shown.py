"""What the view shows of a repetition: which positions, and which faults were not just glimpsed."""

from __future__ import annotations

from posecheck.core.faults import FaultSpan
from posecheck.core.tape import Tape
from posecheck.core.terms import Plane
from posecheck.core.trace import RepetitionTrace


def counts(tape: Tape, trace: RepetitionTrace) -> bool:
    """Whether enough positions were reached: so many, or all that this view shows."""
    reached, shown = set(), set()
    for phase, spec in zip(trace.phases, tape.move.phases, strict=True):
        if spec.final:
            continue
        if phase.first is not None:
            reached.add(phase.index)
        if tape.shown(spec.view, trace.first, trace.last):
            shown.add(phase.index)
    return len(reached) >= tape.move.least_phases or (bool(shown) and shown <= reached)


def hidden(tape: Tape, phase: int, i: int) -> list[int]:
    """Positions, ``phase`` and those right after it, that frame ``i``'s view does not show.

    A leg that points at the camera looks like one that stands: what seems the start position may
    be one of these. A move of one position has none.
    """
    phases = tape.move.phases
    out: list[int] = []
    if sum(not spec.final for spec in phases) == 1:
        return out
    for k in range(phase, len(phases)):
        shown = tape.shows(phases[k].view, i)
        if phases[k].final or (k > phase and shown):
            break
        if not shown:
            out.append(k)
    return out


def mostly_shown(tape: Tape, span: FaultSpan, trace: RepetitionTrace) -> bool:
    """Whether the view carried a fault through its position, not only now and then.

    A camera at the edge of a view flickers in and out of it.
    """
    if span.fault.seen_from == "phase":
        return tape.shown(_view_at(tape, span.first, trace), span.first, span.last)
    first, last = span.first, span.last
    for spec, phase in zip(tape.move.phases, trace.phases, strict=True):
        if spec.id == span.phase_id and phase.first is not None and phase.last is not None:
            first, last = min(first, phase.first), max(last, phase.last)
    return tape.shown(span.fault.seen_from, first, last)


def _view_at(tape: Tape, frame: int, trace: RepetitionTrace) -> Plane:
    """The view that the position asks for which a frame turned out to belong to."""
    for spec, phase in zip(tape.move.phases, trace.phases, strict=True):
        if phase.first is not None and phase.first <= frame < (phase.last or 0):
            return spec.view
    return "any"
