"""`posecheck progress`: a measure over time, and which of its changes are real."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from posecheck.cli_history import MoveFilter, PersonFilter, SinceFilter, UntilFilter, wanted_filter

if TYPE_CHECKING:
    from rich.console import Console

    from posecheck.core.progress import Measured, Progress
    from posecheck.measured import Kind

_EXAMPLES = """Examples:

posecheck progress

posecheck progress hip_flexion_deg --since 2026-01-01

posecheck progress toe_to_wall_cm --out progress.svg
"""
_LEGEND = "● a session with its ±   ★ personal best   ░ within noise of the baseline   · trend"
_WIDEST = 100


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command(name="progress", epilog=_EXAMPLES)(progress_command)


def progress_command(
    measure: Annotated[
        str,
        typer.Argument(metavar="[MEASURE]", show_default=False,
                       help="Its name, with or without side; the first one if left out."),
    ] = "",
    person: PersonFilter = None,
    move: MoveFilter = None,
    since: SinceFilter = "",
    until: UntilFilter = "",
    inches: Annotated[bool, typer.Option("--inches", help="Lengths in inches.")] = False,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="FILE", show_default=False,
                     help="Write the chart as a picture: .svg or .png."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False,
) -> None:  # fmt: skip
    """Show a measure over time, left and right, with its error bars.

    A change is called real only where it is larger than what the measure
    cannot tell from noise (its minimal detectable change). The shaded band
    shows that about the first session: inside it nothing can be told.
    """
    from posecheck.measured import kind_of, kinds, measured
    from posecheck.store.opening import Store

    wanted = wanted_filter(None, move, None, since, until)
    kind = None
    with Store() as store:
        known = kinds(store, person)
        if measure:
            kind = kind_of(known, measure)
        elif known:
            kind = known[0]
        found = measured(store, kind, person, wanted) if kind else None
    if kind is None or found is None:
        typer.echo(_nothing(kind))
        return
    if inches:
        found = found.in_inches()
    if out is not None:
        _write(found, out)
    if as_json:
        _print_json(found, kind)
        return
    _show(found, kind, known)


def _nothing(kind: Kind | None) -> str:
    if kind is not None:
        return f"No value of {kind.label} fits. Without --since, --until and --move all are shown."
    return (
        "There is nothing to show yet. Check a video (posecheck check CLIP --move ID), or take "
        "earlier tape readings in (posecheck import FILE.csv)."
    )


def _write(found: Measured, out: Path) -> None:
    from posecheck.render.progress_chart import as_bytes, kind_of_file
    from posecheck.staging import write_whole

    write_whole(out, as_bytes(found, kind_of_file(out)))
    typer.echo(f"Chart: {out}", err=True)


def _show(found: Measured, kind: Kind, known: list[Kind]) -> None:
    from rich.console import Console

    from posecheck.core.progress_words import sides_line

    console = Console(highlight=False)
    for side, one in sorted(found.tracks.items()):
        _show_side(one, found, side, console)
    if found.sides is not None:
        console.print(sides_line(found))
        console.print()
    console.print(f"[dim]{_LEGEND}[/]")
    others = [one.name for one in known if one.name != kind.name]
    if others:
        console.print(f"[dim]Also measured: {', '.join(others)}[/]", soft_wrap=True)


def _show_side(one: Progress, found: Measured, side: str, console: Console) -> None:
    from rich.markup import escape

    from posecheck.core.progress_words import side_lines
    from posecheck.render.term_chart import chart

    title = f"{found.label}, {side}" if side else found.label
    console.print(f"[bold]{escape(title)}[/]")
    if len(one.readings) > 1:
        console.print(chart(one, found.unit, min(console.width, _WIDEST)), end="\n")
    for what, said in side_lines(one, found.unit):
        console.print(f"  {what:<16}{escape(said)}", soft_wrap=True)
    console.print()


def _print_json(found: Measured, kind: Kind) -> None:
    import json

    sides: dict[str, Any] = {}
    for side, one in found.tracks.items():
        trend = one.trend
        sides[side or "both"] = {
            "readings": [
                {"at": r.at.isoformat(), "value": r.value, "error": r.error} for r in one.readings
            ],
            "baseline": one.baseline.value,
            "mdc": one.band,
            "since_baseline": _change_json(one.since_baseline),
            "since_last": _change_json(one.since_last),
            "best": None if one.best is None else one.best.value,
            "trend_per_week": None if trend is None else trend.per_week,
            "trend_error": None if trend is None else trend.error,
        }
    gap = found.sides
    line = {
        "measure": kind.name, "label": found.label, "unit": found.unit, "sides": sides,
        "left_less_right": None if gap is None else {
            "value": gap.difference, "mdc": gap.mdc, "repeated": gap.repeated, "words": gap.words,
        },
    }  # fmt: skip
    typer.echo(json.dumps(line, indent=1, ensure_ascii=False))


def _change_json(found: Any) -> dict[str, Any] | None:
    if found is None:
        return None
    return {"value": found.value, "mdc": found.mdc, "real": found.real, "words": found.words}
