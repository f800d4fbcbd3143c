"""What the command line shows: progress on stderr, a summary a person reads on stdout."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from posecheck.core.result import Measurement, PhaseResult, Repetition, Result, Status
from posecheck.pipeline import OnStep, Step

_STAGES = {"poses": "finding poses", "video": "writing video", "report": "writing report"}
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
        """A bar with frames a second and time left; gone when the clip is done."""
        columns = (
            SpinnerColumn(),
            TextColumn("{task.fields[clip]}  {task.description}"),
            BarColumn(bar_width=None),
            TaskProgressColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=self._err, transient=True) as bar:
            task = bar.add_task("starting", clip=escape(name), rate="", total=None)

            def on_step(step: Step) -> None:
                rate = f"{step.fps:.0f} frames/s" if step.fps else ""
                bar.update(
                    task, description=_STAGES[step.stage], rate=rate,
                    completed=step.done, total=step.total,
                )  # fmt: skip

            yield on_step

    def summary(self, result: Result, report: Path) -> None:
        """Verdict, a line a phase, and where the report is."""
        if self._quiet:
            return
        self._out.print()
        self._out.print(f"[bold]{escape(result.clip.name)}[/]")
        for line in result.verdict:
            self._out.print(escape(line))
        for repetition in result.repetitions:
            self._out.print(self._table(repetition))
        for note in result.quality.notes:
            self._out.print(f"[yellow]Camera:[/] {escape(note.text)}")
        self._out.print(f"Report: {report}", soft_wrap=True)

    def _table(self, repetition: Repetition) -> Table:
        title = (
            f"Repetition {repetition.index}, {repetition.side}: "
            f"{repetition.start_s:.1f} to {repetition.end_s:.1f} s"
        )
        table = Table(title=title, title_justify="left", box=None, pad_edge=False, title_style="")
        for heading in ("Position", "Held", "Measure", "Value", "Target", ""):
            table.add_column(heading, justify="right" if heading in ("Held", "Value") else "left")
        for phase in repetition.phases:
            self._add_phase(table, phase)
        return table

    def _add_phase(self, table: Table, phase: PhaseResult) -> None:
        measures = [m for m in phase.measures if self._verbose or m.target or m.value is not None]
        held = "" if phase.hold_target_s is None else f"{phase.hold_s or 0.0:.1f} s"
        name = escape(phase.name)
        if phase.status == "skipped":
            table.add_row(name, "", "", "", "", "[red]✗ left out[/]")
            return
        if not measures:
            table.add_row(name, held, "", "", "", _hold_word(phase))
        for k, measure in enumerate(measures):
            first = k == 0
            table.add_row(
                name if first else "", held if first else "", escape(measure.label),
                _value(measure), escape(measure.target or ""), _WORDS[measure.status],
            )  # fmt: skip


def _hold_word(phase: PhaseResult) -> str:
    return "[red]✗ not held[/]" if phase.hold_status == Status.NOT_MET else ""


def _value(measure: Measurement) -> str:
    if measure.value is None:
        return ""
    return f"{measure.value:.0f}{measure.unit} ± {measure.error or 0.0:.0f}"
