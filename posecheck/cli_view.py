"""What the command line shows: progress on stderr, a summary a person reads on stdout."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TaskProgressColumn,
    TextColumn,
)
from rich.table import Table

from posecheck.core import words
from posecheck.core.result import Measurement, PhaseResult, Repetition, Result, Status

if TYPE_CHECKING:
    from posecheck.progress import OnStep, Step

#: A finished check and the folder with its files.
Checked = tuple[Result, Path]

_STAGES = {
    "poses": "finding poses", "feet": "watching the feet", "video": "drawing video",
    "report": "writing report",
}  # fmt: skip
_NAME_WIDTH = 22
#: What to say of a position that has no hold to tell of.
_STATES = {"skipped": "[red]✗ left out[/]", "not_seen": "[dim]– not seen[/]"}
_WORDS = {
    Status.MET: "[green]✓ met[/]",
    Status.BORDERLINE: "[yellow]≈ borderline[/]",
    Status.NOT_MET: "[red]✗ not met[/]",
    Status.NOT_MEASURED: "[dim]– not measured[/]",
    Status.INFO: "",
}


class Screen:
    """One run's output. ``quiet`` keeps stdout free for JSON."""

    def __init__(self, quiet: bool, verbose: bool) -> None:
        self._quiet, self._verbose = quiet, verbose
        self._out = Console(highlight=False)
        self._err = Console(stderr=True, highlight=False)

    def error(self, line: str) -> None:
        sys.stderr.write(f"posecheck: {line}\n")

    @contextmanager
    def progress(self, name: str) -> Iterator[OnStep | None]:
        """A bar with frames a second and time left; gone when the clip is done.

        Only in a terminal: in a log or a pipe it would be noise.
        """
        columns = (
            SpinnerColumn(),
            TextColumn("{task.fields[clip]}  {task.description}"),
            BarColumn(bar_width=None),
            TaskProgressColumn(),
            TextColumn("{task.fields[rate]}"),
        )
        shown = self._err.is_terminal
        with Progress(*columns, console=self._err, transient=True, disable=not shown) as bar:
            task = bar.add_task("starting", clip=escape(_short(name)), rate="", total=None)

            def on_step(step: Step) -> None:
                bar.update(
                    task, description=_STAGES[step.stage], rate=_rate(step),
                    completed=step.done, total=step.total,
                )  # fmt: skip

            yield on_step if shown else None

    def summary(self, result: Result, folder: Path) -> None:
        """Verdict, a line a measure, and where the report is."""
        if self._quiet:
            return
        from posecheck.pipeline import REPORT

        self._out.print()
        self._out.print(f"[bold]{escape(result.clip.name)}[/]")
        if result.move.found:
            self._out.print(
                f"Taken for: [bold]{escape(result.move.name)}[/] ({result.move.id}). "
                "If it is another move, name it with --move ID."
            )
        for line in result.verdict:
            self._out.print(escape(line))
        for note in result.quality.notes:
            if not any(note.text in line for line in result.verdict):
                self._out.print(f"[yellow]Camera:[/] {escape(note.text)}")
        self.repetitions(result.repetitions)
        self._out.print()
        self._out.print(f"Report: {escape(str(folder / REPORT))}", soft_wrap=True)

    def repetitions(self, repetitions: Sequence[Repetition]) -> None:
        """A table for each."""
        for repetition in repetitions:
            self._out.print()
            self._out.print(self._table(repetition))

    def overview(self, done: list[Checked], failed: int) -> None:
        """The last table of a run over several clips."""
        if self._quiet:
            return
        table = Table(box=None, pad_edge=False)
        for heading in ("Clip", "Repetitions", "Met", "Borderline", "Not met", "To change"):
            table.add_column(heading, justify="left" if heading == "Clip" else "right")
        for result, _ in done:
            reps = result.repetitions
            counts = (
                len(reps), sum(r.met for r in reps), sum(r.borderline for r in reps),
                sum(r.not_met for r in reps), sum(len(r.faults) for r in reps),
            )  # fmt: skip
            table.add_row(escape(result.clip.name), *map(str, counts))
        self._out.print()
        self._out.print(f"[bold]{len(done)} of {len(done) + failed} clips checked[/]")
        if done:
            self._out.print(table)

    def _table(self, repetition: Repetition) -> Table:
        title = (
            f"[bold]Repetition {repetition.index}, {repetition.side}:[/] "
            f"{repetition.start_s:.1f} to {repetition.end_s:.1f} s"
            + (f" in {escape(repetition.clip)}" if repetition.clip else "")
        )
        table = Table(title=title, title_justify="left", box=None, pad_edge=False, title_style="")
        for heading in ("Position, measure", "Reached", "Target", ""):
            table.add_column(heading, justify="right" if heading == "Reached" else "left")
        for phase in repetition.phases:
            self._add_phase(table, phase)
        return table

    def _add_phase(self, table: Table, phase: PhaseResult) -> None:
        asked = phase.hold_target_s is not None
        held = words.with_error(phase.hold_s or 0.0, phase.hold_error_s, "s")
        target = f"at least {phase.hold_target_s:g} s" if asked else ""
        state = _STATES.get(phase.status)
        clip = f" [dim]{escape(phase.clip)}[/]" if phase.clip else ""
        table.add_row(
            f"[bold]{escape(phase.name)}[/]{clip}",
            f"held {held}" if asked and not state else "", "" if state else target,
            state or (_WORDS[phase.hold_status] if target else ""),
        )  # fmt: skip
        for measure in phase.measures:
            reached = measure.value is not None or measure.uncredited_value is not None
            if reached or self._verbose:
                table.add_row(
                    Padding.indent(escape(measure.label), 2), _value(measure),
                    escape(measure.target or ""), _WORDS[measure.status],
                )  # fmt: skip
            if measure.value is None and (reached or self._verbose) and measure.reason:
                table.add_row(Padding.indent(f"[dim]{escape(measure.reason)}[/]", 4))


def _value(measure: Measurement) -> str:
    if measure.value is None and measure.uncredited_value is not None:
        return f"[dim]{words.number(measure.uncredited_value, measure.unit)}[/]"
    if measure.value is None:
        return ""
    return words.with_error(measure.value, measure.error, measure.unit)


def _short(name: str) -> str:
    return name if len(name) <= _NAME_WIDTH else f"{name[: _NAME_WIDTH - 1]}…"


def _rate(step: Step) -> str:
    """Frames a second and the time left of this stage."""
    if not step.fps:
        return ""
    left = ""
    if step.total:
        left_s = round(max(0, step.total - step.done) / step.fps)
        left = f", {left_s // 60}:{left_s % 60:02d} left"
    return f"{step.fps:.0f} frames/s{left}"
