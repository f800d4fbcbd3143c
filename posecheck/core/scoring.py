"""From a repetition's trace to numbers with ±, statuses and faults that a person can read."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from posecheck.core.bands import useful
from posecheck.core.faults import FaultSpan
from posecheck.core.level import held, keep_holds_in_position
from posecheck.core.move import Criterion, Fault, Move, Phase
from posecheck.core.pose import Array, BoolArray
from posecheck.core.result import FaultResult, Measurement, PhaseResult, Repetition, Status
from posecheck.core.table import Reason, column_unit
from posecheck.core.tape import Tape
from posecheck.core.timing import Held
from posecheck.core.trace import VISIT_S, PhaseTrace, RepetitionTrace

#: The peak is the best median over this long, never a single frame (science 5).
HELD_WINDOW_S = 1.0
_SHORTEST_WINDOW_S = 0.3
#: Credited and reached numbers that differ by less are one number, degrees or percent.
_SAME = 1.0
#: Turns of a bounce must follow each other within this, seconds.
_BOUNCE_TURN_S = 0.7
#: A hold of which what tells it best is not known is so much less sure (lab: 0.8 s instead of 0.4
#: for a foot whose picture nobody looked at).
_UNSURE_HOLD = 2.0


def score_repetition(tape: Tape, trace: RepetitionTrace, index: int) -> Repetition:
    """All that one repetition showed, in the move's own terms."""
    move = tape.move
    keep_holds_in_position(tape, trace)
    phases = [
        _score_phase(tape, trace, phase, trace.phases[k]) for k, phase in enumerate(move.phases)
    ]
    faults = sorted(
        [
            *(_span_result(tape, span) for span in trace.faults),
            *_structural_faults(tape, trace, phases),
        ],
        key=lambda fault: fault.start_s,
    )
    return Repetition(
        index=index,
        side=tape.side,
        start_s=_time(tape, trace.first),
        end_s=_time(tape, trace.last),
        phases=phases,
        faults=faults,
        **what_was_met(move, phases),
    )


def what_was_met(move: Move, phases: Sequence[PhaseResult]) -> dict[str, Any]:
    """The fields of a repetition that its phases alone decide: complete, and criteria by status."""
    statuses = [m.status for p in phases for m in p.measures]
    statuses += [p.hold_status for p in phases if p.hold_target_s is not None]
    required = [p for p, spec in zip(phases, move.phases, strict=True) if not spec.final]
    return {
        "complete": all(phase.status != "skipped" for phase in required),
        "met": statuses.count(Status.MET),
        "borderline": statuses.count(Status.BORDERLINE),
        "not_met": statuses.count(Status.NOT_MET),
        "not_measured": statuses.count(Status.NOT_MEASURED),
    }


def _time(tape: Tape, i: int) -> float:
    return round(tape.t_s[min(i, len(tape) - 1)], 3)


def _score_phase(
    tape: Tape, trace: RepetitionTrace, phase: Phase, phase_trace: PhaseTrace
) -> PhaseResult:
    k, move = phase_trace.index, tape.move
    if phase_trace.first is None or phase_trace.last is None or not trace.visited(k, move):
        shown = tape.shown(phase.seen_from, trace.first, trace.last)
        shown = shown and k not in trace.hidden and tape.straight(trace.first, trace.last)
        if phase_trace.first is not None and phase_trace.last is not None:
            # Entered, then lost to a view that does not carry it: it may well have been held.
            shown = shown and tape.shown(phase.view, phase_trace.first, phase_trace.last)
        missed = Status.NOT_MET if shown else Status.NOT_MEASURED
        return PhaseResult(
            id=phase.id, name=phase.name, status="skipped" if shown else "not_seen", start_s=None,
            end_s=None, hold_s=None, hold_start_s=None, hold_target_s=phase.hold_s,
            hold_status=missed if phase.hold_s else Status.INFO,
            key_time_s=None, measures=[],
        )  # fmt: skip
    hold = held(tape, trace, phase_trace)
    hold_s = 0.0 if hold is None else hold.held_s
    measures = [
        _measure(tape, trace, phase_trace, criterion)
        for criterion in _asked(tape, phase, phase_trace)
    ]
    hold_error_s = move.hold_error_s * (1.0 if hold is None or hold.sure else _UNSURE_HOLD)
    hold_status = _hold_status(hold_s, phase.hold_s, hold_error_s)
    if hold_status == Status.NOT_MET and not (
        tape.shown(phase.view, phase_trace.first, phase_trace.last) and _end_seen(tape, phase, hold)
    ):
        # A leg that points at the camera flickers: a hold cut short there may have been whole.
        hold_status = Status.NOT_MEASURED
    return PhaseResult(
        id=phase.id,
        name=phase.name,
        status="not_held" if hold_status == Status.NOT_MET else "done",
        start_s=_time(tape, phase_trace.first),
        end_s=_time(tape, phase_trace.last),
        hold_s=round(hold_s, 2),
        hold_error_s=hold_error_s if phase.hold_s else None,
        hold_start_s=None if hold is None else round(hold.start_s, 3),
        hold_target_s=phase.hold_s,
        hold_status=hold_status,
        key_time_s=_key_time(tape, phase, phase_trace),
        measures=measures,
    )


def _end_seen(tape: Tape, phase: Phase, hold: Held | None) -> bool:
    """Whether the way out was measured, over the time by which a hold fell short of its target.

    In poor light the landmarks of both legs may flow into one another: the limb seems to leave.
    """
    if hold is None or phase.hold_s is None:
        return True
    first = bisect_left(tape.t_s, hold.end_s)
    last = bisect_left(tape.t_s, hold.end_s + (phase.hold_s - hold.held_s), first)
    values = tape.series(phase.headline, first, last)[0]
    return not len(values) or bool(np.isfinite(values).mean() >= 0.5)


def _hold_status(hold_s: float, target_s: float | None, error_s: float) -> Status:
    if target_s is None:
        return Status.INFO
    return _status(hold_s, error_s, target_s, None)


def _key_time(tape: Tape, phase: Phase, trace: PhaseTrace) -> float:
    """The moment that shows the phase best: mid-hold, else half-way."""
    assert trace.first is not None
    assert trace.last is not None
    hold = trace.longest_hold
    if phase.final:
        return _time(tape, trace.last)
    if hold is not None and hold.held_s > 0.0:
        return _time(tape, (hold.first + hold.last) // 2)
    return _time(tape, (trace.first + trace.last) // 2)


def _status(value: float, error: float, at_least: float | None, at_most: float | None) -> Status:
    """How a value stands to its target; closer to an edge than its error is borderline."""
    margins = []
    if at_least is not None:
        margins.append(value - at_least)
    if at_most is not None:
        margins.append(at_most - value)
    if not margins:
        return Status.INFO
    worst = min(margins)
    if abs(worst) < error:
        return Status.BORDERLINE
    return Status.MET if worst >= 0 else Status.NOT_MET


def _measure(
    tape: Tape, trace: RepetitionTrace, phase_trace: PhaseTrace, criterion: Criterion
) -> Measurement:
    quantity = tape.quantities[criterion.measure]
    assert phase_trace.first is not None
    assert phase_trace.last is not None
    first, last = _window(phase_trace, criterion)
    values, errors, reasons = tape.series(criterion.measure, first, last)
    target = _target_text(criterion, column_unit(quantity.column))
    head = {
        "measure": _result_name(criterion.measure, quantity.column, tape.side),
        "label": criterion.label or f"{quantity.label}, {tape.side}",
        "unit": column_unit(quantity.column),
        "target": target,
        "target_low": criterion.at_least,
        "target_high": criterion.at_most,
    }
    if criterion.stat == "hold" and not _rested(phase_trace):
        return Measurement(
            **head, value=None, error=None, status=Status.NOT_MEASURED, reason="it was not held"
        )
    seen = np.isfinite(values)
    if not len(values) or seen.mean() < 0.5:
        return Measurement(
            **head, value=None, error=None, status=Status.NOT_MEASURED,
            reason=_common_reason(reasons),
        )  # fmt: skip
    t_s = tape.times(first, last)
    reached = _statistic(t_s, values, criterion)
    allowed = ~_compensated(tape, _others(tape, trace, quantity.column), first, last)
    credited = _statistic(t_s, np.where(allowed, values, np.nan), criterion)
    error = float(np.nanmedian(errors))
    if not useful(error, quantity.unit):
        return Measurement(
            **head, value=None, error=None, status=Status.NOT_MEASURED,
            reason=f"it is only known within ± {error:.0f}{head['unit']} here",
        )  # fmt: skip
    if np.isfinite(credited):
        further = _further(reached, credited, criterion) and abs(reached - credited) > _SAME
        return Measurement(
            **head, value=round(credited, 1), error=round(error, 1),
            status=_status(credited, error, criterion.at_least, criterion.at_most),
            uncredited_value=round(reached, 1) if further else None,
            reason=_compensation_text(trace, phase_trace) if further else None,
        )  # fmt: skip
    return Measurement(
        **head, value=None, error=round(error, 1), status=Status.NOT_MEASURED,
        uncredited_value=round(reached, 1), reason=_compensation_text(trace, phase_trace),
    )  # fmt: skip


def _asked(tape: Tape, phase: Phase, trace: PhaseTrace) -> list[Criterion]:
    """What to report of a phase: no centimetres without a target where no scale is known."""
    assert trace.first is not None
    assert trace.last is not None
    first, last = trace.first, trace.last + 1

    def unscaled(name: str) -> bool:
        reasons = tape.series(name, first, last)[2]
        return tape.quantities[name].unit == "cm" and bool((reasons == Reason.NO_SCALE).any())

    return [c for c in phase.criteria if c.has_target or not unscaled(c.measure)]


def _result_name(name: str, column: str, side: str) -> str:
    """The column itself, or for a derived measure its own name with the side put in."""
    stem, unit = name.removeprefix("other_").rsplit("_", 1)
    if column.startswith(stem):
        return column
    return f"{stem}_{side}_{unit}"


def _rested(trace: PhaseTrace) -> bool:
    """Whether the phase was held at all; the way in and back say nothing of what was held."""
    hold = trace.longest_hold
    return hold is not None and hold.last - hold.first >= 3


def _window(trace: PhaseTrace, criterion: Criterion) -> tuple[int, int]:
    assert trace.first is not None
    assert trace.last is not None
    hold = trace.longest_hold
    if criterion.stat == "hold" and hold is not None:
        return hold.first, hold.last + 1
    return trace.first, max(trace.last, trace.first + 1)


def _statistic(t_s: Array, values: Array, criterion: Criterion) -> float:
    """The one number of a window; NaN where too little of it is measured."""
    ok = np.isfinite(values)
    if not ok.any() or (ok.mean() < 0.3 and ok.sum() < 5):
        return float("nan")
    if criterion.stat == "mean":
        return float(np.mean(values[ok]))
    if criterion.stat == "hold":
        return float(np.median(values[ok]))
    step_s = float(np.median(np.diff(t_s))) if len(t_s) > 1 else 1.0
    span_s = float(t_s[-1] - t_s[0])
    # A short visit has no held second: a third of it stands for its turning point.
    wanted_s = min(HELD_WINDOW_S, max(_SHORTEST_WINDOW_S, span_s / 3.0))
    size = min(max(1, round(wanted_s / step_s)), int(ok.sum()))
    medians = np.median(sliding_window_view(values[ok], size), axis=1)
    return float(medians.max() if criterion.stat == "peak" else medians.min())


def _further(reached: float, credited: float, criterion: Criterion) -> bool:
    return reached < credited if criterion.stat == "low" else reached > credited


def _others(tape: Tape, trace: RepetitionTrace, column: str) -> list[FaultSpan]:
    """Faults told by other measures: how far the trunk leans is told whatever it compensates."""
    return [
        span
        for span in trace.faults
        if span.fault.measure and tape.quantities[span.fault.measure].column != column
    ]


def _compensated(tape: Tape, faults: Sequence[FaultSpan], first: int, last: int) -> BoolArray:
    """Frames in which some compensation was beyond its tolerance.

    Where one was raised, the window's frames from before its position was recognised count too.
    """
    out = np.zeros(last - first, dtype=bool)
    for span in faults:
        overlaps = span.first < last and span.last > first
        if overlaps and span.fault.compensation and span.severity == "fault":
            assert span.fault.measure is not None
            assert span.fault.fault is not None
            values, _, _ = tape.series(span.fault.measure, first, last)
            values = values - span.baseline
            if span.fault.direction == "either":
                values = np.abs(values)
            below = span.fault.direction == "below"
            out |= values < span.fault.fault if below else values > span.fault.fault
    return out


def _compensation_text(trace: RepetitionTrace, phase: PhaseTrace) -> str:
    assert phase.first is not None
    assert phase.last is not None
    names = [
        span.fault.name
        for span in trace.faults
        if span.fault.compensation and span.first < phase.last and span.last > phase.first
    ]
    return f"not credited while: {', '.join(dict.fromkeys(names)).lower()}"


def _common_reason(reasons: npt.NDArray[np.uint8]) -> str:
    codes = reasons[reasons != Reason.OK]
    if not len(codes):
        return "not measured"
    return Reason(int(np.bincount(codes.astype(int)).argmax())).text


def _target_text(criterion: Criterion, unit: str) -> str | None:
    low, high = criterion.at_least, criterion.at_most
    if low is not None and high is not None:
        return f"{_signed(low)} to {_signed(high)}{_gap(unit)}"
    if low is not None:
        return f"at least {_signed(low)}{_gap(unit)}"
    if high is not None:
        return f"at most {_signed(high)}{_gap(unit)}"
    return None


def _signed(value: float) -> str:
    return f"{value:g}".replace("-", "−")


def _gap(unit: str) -> str:
    return unit if unit == "°" else f" {unit}"


# --- faults ---


def _span_result(tape: Tape, span: FaultSpan) -> FaultResult:
    return _fault_result(
        tape, span.fault, span.phase_id, span.first, span.last, span.worst, span.severity
    )


def _fault_result(
    tape: Tape,
    fault: Fault,
    phase_id: str | None,
    first: int,
    last: int,
    value: float | None = None,
    severity: str = "fault",
) -> FaultResult:
    unit = column_unit(tape.quantities[fault.measure].column) if fault.measure else None
    return FaultResult(
        id=fault.id,
        name=fault.name,
        severity="warn" if severity == "warn" else "fault",
        phase=phase_id,
        start_s=_time(tape, first),
        end_s=_time(tape, last),
        value=None if value is None else round(value, 1),
        unit=unit if value is not None else None,
        cue=fault.cue,
        explain=fault.explain,
        easier=fault.easier,
    )


def _structural_faults(
    tape: Tape, trace: RepetitionTrace, phases: list[PhaseResult]
) -> Iterator[FaultResult]:
    for fault in tape.move.faults:
        if fault.kind == "ended_early":
            for first, last in trace.touchdowns:
                yield _fault_result(tape, fault, None, first, last)
            continue
        for k, result in enumerate(phases):
            if fault.phases and result.id not in fault.phases:
                continue
            yield from _phase_fault(tape, trace, fault, k, result)


def _phase_fault(
    tape: Tape, trace: RepetitionTrace, fault: Fault, k: int, result: PhaseResult
) -> Iterator[FaultResult]:
    phase, spec = trace.phases[k], tape.move.phases[k]
    if fault.kind == "left_out":
        missing = phase.first is None and result.status == "skipped" and not spec.final
        if missing and not _headed_for(tape, trace, spec):
            back = max((p.first for p in trace.phases if p.first is not None), default=trace.first)
            yield _fault_result(tape, fault, spec.id, back, max(trace.last, back + 1))
        return
    if fault.kind == "skipped":
        # A position is skipped only if a later one was visited; otherwise the chain just ended.
        later = [
            p
            for p, other in zip(trace.phases[k + 1 :], tape.move.phases[k + 1 :], strict=True)
            if p.first is not None and not other.final
        ]
        if result.status == "skipped" and not spec.final and later:
            # It shows on the way into the next position that was visited.
            after = min(later, key=lambda p: p.first or 0)
            first, hold = after.first or 0, after.longest_hold
            last = after.last if hold is None else hold.first
            yield _fault_result(tape, fault, spec.id, first, max(last or 0, first + 1))
        return
    if phase.first is None or phase.last is None or result.status in ("skipped", "not_seen"):
        return
    if fault.kind == "short_hold" and result.hold_status == Status.NOT_MET:
        yield _fault_result(tape, fault, spec.id, phase.first, phase.last)
    elif fault.kind == "not_reached":
        asked = _asked(tape, spec, phase)
        for criterion, measured in zip(asked, result.measures, strict=True):
            # Reached while compensating: that is the compensation's fault, not one of reach.
            if (
                criterion.measure == fault.measure
                and not (fault.certain and measured.status != Status.NOT_MET)
                and _short_of_target(measured, criterion)
                and not _reached_uncredited(measured, criterion)
            ):
                # Short by less than the error is only a hint.
                severity = "fault" if measured.status == Status.NOT_MET else "warn"
                yield _fault_result(
                    tape, fault, spec.id, phase.first, phase.last, measured.value, severity
                )
    elif fault.kind == "bouncing" and fault.measure and fault.fault is not None:
        turns = _turns(tape, fault.measure, phase.first, phase.last, fault.fault)
        if turns:
            yield _fault_result(tape, fault, spec.id, turns[0], turns[-1] + 1)


def _headed_for(tape: Tape, trace: RepetitionTrace, phase: Phase) -> bool:
    """Whether the limb passed the start position's bounds towards a position that it never took.

    A short visit to a small position hardly shows: it may have been there, and nobody calls it left
    out.
    """
    last = min(trace.last, len(tape) - 1)
    seconds = np.diff(tape.times(trace.first, last + 1), append=tape.t_s[last])
    for bound in (c for c in tape.move.start if c.measure in {e.measure for e in phase.enter}):
        values = tape.series(bound.measure, trace.first, last + 1)[0]
        for wanted in (c for c in phase.enter if c.measure == bound.measure):
            beyond = np.zeros(len(values), dtype=bool)
            if wanted.above is not None and bound.below is not None:
                beyond |= values > bound.below
            if wanted.below is not None and bound.above is not None:
                beyond |= values < bound.above
            if seconds[beyond].sum() >= VISIT_S:
                return True
    return False


def _short_of_target(measured: Measurement, criterion: Criterion) -> bool:
    if measured.value is None:
        return False
    low, high = criterion.at_least, criterion.at_most
    return (low is not None and measured.value < low) or (
        high is not None and measured.value > high
    )


def _reached_uncredited(measured: Measurement, criterion: Criterion) -> bool:
    value, error = measured.uncredited_value, measured.error
    if value is None or error is None:
        return False
    return _status(value, error, criterion.at_least, criterion.at_most) != Status.NOT_MET


def _turns(tape: Tape, name: str, first: int, last: int, amplitude: float) -> list[int]:
    """Frames of quick to-and-fro turns of at least ``amplitude``; empty if fewer than three."""
    values, _, _ = tape.series(name, first, last)
    turns: list[int] = []
    anchor: float | None = None
    heading = 0
    extreme, at = 0.0, first
    for k, value in enumerate(values.tolist()):
        if value != value:
            continue
        if anchor is None:
            anchor = extreme = value
        if (heading >= 0 and value > extreme) or (heading <= 0 and value < extreme):
            extreme, at = value, first + k
            if heading == 0 and abs(value - anchor) >= amplitude:
                heading = 1 if value > anchor else -1
        elif heading and abs(value - extreme) >= amplitude:
            turns.append(at)
            heading, extreme, at = -heading, value, first + k
    return _quick_run(tape, turns)


def _quick_run(tape: Tape, turns: list[int]) -> list[int]:
    """The longest run of turns that follow each other quickly; fewer than three are no bounce."""
    best: list[int] = []
    run: list[int] = []
    for turn in turns:
        near = bool(run) and tape.t_s[turn] - tape.t_s[run[-1]] <= _BOUNCE_TURN_S
        run = [*run, turn] if near else [turn]
        best = max(best, run, key=len)
    return best if len(best) >= 3 else []
