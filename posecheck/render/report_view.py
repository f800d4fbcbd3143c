"""From a result to the words of the report: plain values that the template only places."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from posecheck.core import words
from posecheck.core.result import (
    ClipInfo,
    FaultResult,
    Measurement,
    MoveInfo,
    PhaseResult,
    Quality,
    Repetition,
    Result,
    Status,
)
from posecheck.render.charts import fault_numbers

STATUS_WORD = {
    Status.MET: "met",
    Status.BORDERLINE: "borderline",
    Status.NOT_MET: "not met",
    Status.NOT_MEASURED: "not measured",
    Status.INFO: "noted",
}
_PHASE_WORD = {
    "done": "done",
    "not_held": "not held",
    "skipped": "left out",
    "not_seen": "not seen",
}
_SEVERITY_WORD = {"fault": "Worth fixing first", "warn": "Worth watching"}
_FACING_WORD = {
    "left": "from the side, facing the left of the picture",
    "right": "from the side, facing the right of the picture",
    "front": "from the front",
    "back": "from behind",
    "oblique": "from between front and side",
    "unknown": "from an unclear direction",
}


@dataclass(frozen=True, slots=True)
class Gauge:
    """A value with its ± against its target, as shares of a bar's width in percent."""

    zone_from: float
    zone_to: float
    error_from: float
    error_to: float
    at: float


@dataclass(frozen=True, slots=True)
class MeasureRow:
    label: str
    reading: str
    target: str
    status: str
    word: str
    note: str
    gauge: Gauge | None


@dataclass(frozen=True, slots=True)
class PhaseBlock:
    number: int
    name: str
    word: str
    when: str
    rows: list[MeasureRow]
    clip: str = ""


@dataclass(frozen=True, slots=True)
class RepetitionBlock:
    title: str
    when: str
    state: str
    tally: str
    phases: list[PhaseBlock]


@dataclass(frozen=True, slots=True)
class Moment:
    t_s: float
    text: str
    until: str
    where: str
    value: str
    clip: str = ""


@dataclass(slots=True)
class FaultBlock:
    number: int
    name: str
    severity: str
    severity_word: str
    cue: str
    explain: str
    easier: str
    moments: list[Moment] = field(default_factory=list)


def tally(result: Result) -> list[tuple[str, str, int]]:
    """(status, word, count) over all repetitions; kinds that never occurred are left out."""
    counts = {
        Status.MET: sum(rep.met for rep in result.repetitions),
        Status.BORDERLINE: sum(rep.borderline for rep in result.repetitions),
        Status.NOT_MET: sum(rep.not_met for rep in result.repetitions),
        Status.NOT_MEASURED: sum(rep.not_measured for rep in result.repetitions),
    }
    return [(s.value, STATUS_WORD[s], n) for s, n in counts.items() if n]


def repetition_title(rep: Repetition) -> str:
    return f"{rep.side.capitalize()} side, repetition {rep.index}"


def repetition_block(rep: Repetition) -> RepetitionBlock:
    counts = [
        (rep.met, "met"),
        (rep.borderline, "borderline"),
        (rep.not_met, "not met"),
        (rep.not_measured, "not measured"),
    ]
    return RepetitionBlock(
        title=repetition_title(rep),
        when=f"{words.moment(rep.start_s)} to {words.moment(rep.end_s)}"
        + (f" in {rep.clip}" if rep.clip else ""),
        state="complete" if rep.complete else "not complete",
        tally=", ".join(f"{n} {word}" for n, word in counts if n) or "nothing to compare",
        phases=[_phase_block(k, phase) for k, phase in enumerate(rep.phases, start=1)],
    )


def missing_phases(rep: Repetition) -> str:
    """Phases without a picture and what became of them, in one phrase; empty if there is none."""
    return ", ".join(
        f"{k}. {phase.name} ({_PHASE_WORD[phase.status]})"
        for k, phase in enumerate(rep.phases, start=1)
        if phase.key_time_s is None
    )


def _phase_block(number: int, phase: PhaseResult) -> PhaseBlock:
    when = ""
    if phase.start_s is not None and phase.end_s is not None:
        when = f"{words.moment(phase.start_s)} to {words.moment(phase.end_s)}"
    rows = [measure_row(m, phase.clip) for m in phase.measures]
    if phase.hold_target_s is not None:
        rows.append(_hold_row(phase, phase.hold_target_s))
    word = _PHASE_WORD[phase.status]
    return PhaseBlock(number, phase.name, word, when, rows, phase.clip or "")


def _hold_row(phase: PhaseResult, target_s: float) -> MeasureRow:
    held = phase.hold_s
    return MeasureRow(
        label="Hold",
        reading="no hold" if held is None else words.with_error(held, phase.hold_error_s, "s"),
        target=f"at least {target_s:g} s",
        status=phase.hold_status.value,
        word=STATUS_WORD[phase.hold_status],
        note="",
        gauge=None,
    )


def measure_row(measure: Measurement, phase_clip: str | None = None) -> MeasureRow:
    """One line of the table: never an empty reading without its reason.

    ``phase_clip`` is the clip of the phase around it; a number from another one says so.
    """
    reading = "no number"
    if measure.value is not None:
        reading = words.with_error(measure.value, measure.error, measure.unit)
    gauge = None
    if measure.value is not None and measure.status is not Status.INFO:
        gauge = _gauge(measure.value, measure.error, measure.target_low, measure.target_high)
    return MeasureRow(
        label=measure.label,
        reading=reading,
        target=measure.target or "",
        status=measure.status.value,
        word=STATUS_WORD[measure.status],
        note=_note(measure, phase_clip),
        gauge=gauge,
    )


def _note(measure: Measurement, phase_clip: str | None) -> str:
    if measure.clip != phase_clip and phase_clip is not None:
        return f"From {measure.clip}."
    reason = (measure.reason or "").rstrip(".")
    if measure.uncredited_value is not None:
        reached = words.number(measure.uncredited_value, measure.unit)
        cause = reason.removeprefix("not credited while: ")
        why = f": {cause}" if cause else ""
        if measure.value is None:
            return f"Reached {reached}, which does not count{why}."
        counts = words.number(measure.value, measure.unit)
        return f"Reached {reached}, of which {counts} counts{why}."
    return f"{reason[:1].upper()}{reason[1:]}." if reason else ""


def _gauge(
    value: float, error: float | None, low: float | None, high: float | None
) -> Gauge | None:
    if low is None and high is None:
        return None
    half = error or 0.0
    points = [value - half, value + half, *(v for v in (low, high) if v is not None)]
    span = max(max(points) - min(points), 1e-6)
    # Room beyond the outermost point, more of it where the target is open to that side.
    start = min(points) - span * (0.15 if low is not None else 0.45)
    end = max(points) + span * (0.15 if high is not None else 0.45)

    def share(v: float) -> float:
        return round(100 * (v - start) / (end - start), 1)

    return Gauge(
        zone_from=share(low) if low is not None else 0.0,
        zone_to=share(high) if high is not None else 100.0,
        error_from=share(value - half),
        error_to=share(value + half),
        at=share(value),
    )


def fault_blocks(result: Result) -> list[FaultBlock]:
    """Faults by kind with all their moments, in the order of their numbers."""
    blocks: dict[str, FaultBlock] = {}
    numbers = fault_numbers(result)
    for rep in result.repetitions:
        for fault in rep.faults:
            block = blocks.setdefault(fault.id, _fault_block(fault, numbers[fault.id]))
            if fault.severity == "fault":
                block.severity, block.severity_word = "fault", _SEVERITY_WORD["fault"]
            block.moments.append(_fault_moment(rep, fault))
    for block in blocks.values():
        block.moments.sort(key=lambda m: m.t_s)
    return sorted(blocks.values(), key=lambda block: block.number)


def _fault_block(fault: FaultResult, number: int) -> FaultBlock:
    return FaultBlock(
        number, fault.name, fault.severity, _SEVERITY_WORD[fault.severity], fault.cue,
        fault.explain, fault.easier,
    )  # fmt: skip


def _fault_moment(rep: Repetition, fault: FaultResult) -> Moment:
    names = {phase.id: phase.name for phase in rep.phases}
    where = [f"{rep.side} {rep.index}"]
    if fault.phase:
        where.append(names.get(fault.phase, fault.phase))
    value = "" if fault.value is None else words.number(fault.value, fault.unit or "")
    return Moment(
        t_s=fault.start_s,
        text=words.moment(fault.start_s),
        until=words.moment(fault.end_s),
        where=", ".join(where),
        value=value,
        clip=fault.clip or "",
    )


def unseen(result: Result) -> Iterator[tuple[str, str, str]]:
    """(label, reason, phases) of everything without a number, each reason once."""
    places: dict[tuple[str, str], list[str]] = {}
    for rep in result.repetitions:
        for phase in rep.phases:
            for measure in phase.measures:
                if measure.value is None:
                    key = (measure.label, measure.reason or "the camera did not show it")
                    names = places.setdefault(key, [])
                    if phase.name not in names:
                        names.append(phase.name)
    for (label, reason), names in places.items():
        yield label, reason, ", ".join(names)


def facts(result: Result) -> list[tuple[str, str]]:
    """(term, text) pairs for the footer: what made these numbers."""
    films = [
        pair
        for clip, quality in _films(result)
        for pair in _film_facts(clip, quality, result.mirrored)
    ]
    return [
        *films,
        ("Move", _move_fact(result.move)),
        ("Model", f"{result.model.name} ({result.model.sha256[:10]}), {result.model.mode} mode"),
        ("Software", f"posecheck {result.software_version}"),
    ]


def _move_fact(move: MoveInfo) -> str:
    how = ", found in the video" if move.found else ""
    return f"{move.name} ({move.id}, {move.sha256[:10]}){how}"


def _films(result: Result) -> list[tuple[ClipInfo, Quality]]:
    return [(p.clip, p.quality) for p in result.parts] or [(result.clip, result.quality)]


def _film_facts(clip: ClipInfo, quality: Quality, mirrored: bool) -> list[tuple[str, str]]:
    view = quality.view
    seen = f"a person in {clip.seen_frames} of {clip.frames} frames"
    facing = _FACING_WORD[view.facing]
    if view.yaw_deg is not None:
        facing += f" ({words.number(view.yaw_deg, '°')} from facing the camera)"
    picture = f"{clip.width_px} × {clip.height_px} pixels, {clip.fps:.3g} frames a second, {seen}"
    if clip.rotation_deg:
        picture += f", turned upright by {clip.rotation_deg}°"
    return [
        ("Video", f"{clip.name}: {picture}"),
        ("Filmed", facing + (", mirrored" if mirrored else "")),
    ]
