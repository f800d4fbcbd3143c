"""The words of a result: what was good, what to change, what to do next time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from posecheck.core import words
from posecheck.core.move import Move
from posecheck.core.result import FaultResult, Note, Repetition, Status

#: More advice than this is not followed.
_MOST_ADVICE = 4
_MOST_PRAISE = 3


def verdict(
    move: Move,
    repetitions: list[Repetition],
    notes: list[Note],
    attempts: Sequence[tuple[float, float, str]],
) -> list[str]:
    """Three lines at most: what was done, how it stood to the targets, what to change first."""
    if not repetitions:
        return _nothing_counted(move, notes, attempts)
    lines = [_what_was_done(repetitions), _how_it_stood(repetitions)]
    worst = _worst_fault(move, repetitions)
    advice = _missed_advice(move, repetitions)
    if worst is not None:
        fault, count = worst
        often = f", {count} times" if count > 1 else ""
        where = words.moment(fault.start_s) + (f" in {fault.clip}" if fault.clip else "")
        lines.append(f"Change first: {fault.cue} ({where}{often}).")
    elif advice:
        lines.append(f"Change first: {advice[0]}")
    elif notes:
        lines.append(notes[0].text)
    else:
        shown = "these views show" if _combined(repetitions) else "this camera position shows"
        lines.append(f"No fault was seen in what {shown}.")
    return lines


def _nothing_counted(
    move: Move, notes: list[Note], attempts: Sequence[tuple[float, float, str]]
) -> list[str]:
    lines = [f"No full repetition of {move.name.lower()} was seen."]
    blind = next((note.text for note in notes if note.id == "view_off"), None)
    if blind is not None:
        return [*lines, blind]  # what was there may have been missed: no word of the person
    if attempts:
        start_s, _, side = attempts[0]
        lines.append(
            f"{len(attempts)} movement{'s' if len(attempts) > 1 else ''} began but fell short, "
            f"the first at {words.moment(start_s)} with the {side} leg."
        )
    else:
        lines.append("Check that the clip shows this move from start to end.")
    if notes:
        lines.append(notes[0].text)
    return lines


def _what_was_done(repetitions: list[Repetition]) -> str:
    sides = Counter(repetition.side for repetition in repetitions)
    count = f"{len(repetitions)} repetition{'s' if len(repetitions) > 1 else ''}"
    if len(sides) == 1:
        return f"{count} on the {next(iter(sides))}."
    return f"{count}: {' and '.join(f'{n} {side}' for side, n in sorted(sides.items()))}."


def _how_it_stood(repetitions: list[Repetition]) -> str:
    phases = [
        p
        for r in repetitions
        for p in r.phases
        if p.hold_target_s is not None and p.status != "not_seen"
    ]
    reached = sum(p.status != "skipped" for p in phases)
    held = sum(p.hold_status in (Status.MET, Status.BORDERLINE) for p in phases)
    targets = [m for r in repetitions for p in r.phases for m in p.measures if m.target]
    measured = [m for m in targets if m.status != Status.NOT_MEASURED]
    met = sum(m.status == Status.MET for m in measured)
    close = sum(m.status == Status.BORDERLINE for m in measured)
    parts = [f"{reached} of {len(phases)} positions reached, {held} held long enough"]
    if measured:
        edge = f" ({close} more within the error)" if close else ""
        parts.append(f"{met} of {len(measured)} measured targets met{edge}")
    if len(targets) > len(measured):
        view = "these views" if _combined(repetitions) else "this view"
        parts.append(f"{len(targets) - len(measured)} not measurable from {view}")
    return "; ".join(parts) + "."


def _combined(repetitions: list[Repetition]) -> bool:
    return any(repetition.clip for repetition in repetitions)


def _worst_fault(move: Move, repetitions: list[Repetition]) -> tuple[FaultResult, int] | None:
    """The most important fault: real faults before warnings, then the move file's order."""
    rank = {fault.id: k for k, fault in enumerate(move.faults)}
    faults = [fault for repetition in repetitions for fault in repetition.faults]
    if not faults:
        return None
    worst = min(faults, key=lambda f: (f.severity == "warn", rank[f.id], f.start_s))
    return worst, sum(fault.id == worst.id for fault in faults)


def next_time(move: Move, repetitions: list[Repetition], notes: list[Note]) -> list[str]:
    """What to change, most important first; the filming last."""
    rank = {fault.id: k for k, fault in enumerate(move.faults)}
    faults = [fault for repetition in repetitions for fault in repetition.faults]
    faults.sort(key=lambda f: (f.severity == "warn", rank[f.id]))
    advice = [f"{f.cue}. {f.explain} Easier: {_lower_first(f.easier)}" for f in faults]
    advice += _missed_advice(move, repetitions)
    kept = list(dict.fromkeys(advice))[:_MOST_ADVICE]
    return kept + [note.text for note in notes]


def _missed_advice(move: Move, repetitions: list[Repetition]) -> list[str]:
    out = []
    for repetition in repetitions:
        for phase, spec in zip(repetition.phases, move.phases, strict=True):
            # A number without a target may be left out, and a skipped phase has none at all.
            measures = [m for m in phase.measures if m.target]
            criteria = [c for c in spec.criteria if c.has_target]
            for measured, criterion in zip(measures, criteria, strict=False):
                if measured.status == Status.NOT_MET and criterion.advice:
                    out.append(criterion.advice)
    return list(dict.fromkeys(out))


def praise(repetitions: list[Repetition]) -> list[str]:
    """What was clearly good, with its number."""
    return list(dict.fromkeys(_good_things(repetitions)))[:_MOST_PRAISE]


def _good_things(repetitions: list[Repetition]) -> Iterator[str]:
    best: dict[tuple[str, str], tuple[float, str]] = {}
    for repetition in repetitions:
        for phase in repetition.phases:
            for m in phase.measures:
                if m.status == Status.MET and m.value is not None and m.target:
                    text = (
                        f"{m.label}, {repetition.side}: "
                        f"{words.with_error(m.value, m.error, m.unit)} ({m.target})."
                    )
                    best.setdefault((phase.id, m.label), (m.value, text))
    yield from (text for _, text in best.values())
    holds = [
        (p.hold_s, p.name, r.side, p.hold_error_s)
        for r in repetitions
        for p in r.phases
        if p.hold_status == Status.MET and p.hold_s
    ]
    if holds:
        hold_s, name, side, error_s = max(holds, key=lambda hold: hold[:3])
        yield f"{name}, {side}: held for {words.with_error(hold_s, error_s, 's')}."


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]
