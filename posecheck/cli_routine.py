"""`posecheck routine`: what is due today, the week, and being led through it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from posecheck.cli_keep import PersonOption

if TYPE_CHECKING:
    from datetime import date

    from rich.console import Console

    from posecheck.core.dose import PlannedMove, Standing
    from posecheck.core.move import Move

LEVELS = ("light", "usual", "full")
_EXAMPLES = """Examples:

posecheck routine

posecheck routine --week

posecheck routine --minutes 20 --level light --start
"""


def routine_command(
    week: Annotated[
        bool, typer.Option("--week", help="Show the last seven days against each move's goal.")
    ] = False,
    start: Annotated[
        bool,
        typer.Option("--start", help="Lead me through it now, paced by the clock, no camera."),
    ] = False,
    level: Annotated[
        str,
        typer.Option(metavar="LEVEL", help="How much of each dose: light, usual or full."),
    ] = "usual",
    minutes: Annotated[
        float | None,
        typer.Option(metavar="N", help="At most about so long; what waited longest comes first."),
    ] = None,
    move: Annotated[
        list[str] | None,
        typer.Option("--move", "-m", metavar="ID", help="These moves only, due or not."),
    ] = None,
    person: PersonOption = None,
) -> None:
    """Plan today's routine: which moves are due, how much of each, about how long.

    A move is due by its days a week: three days a week are at least two days apart, and no more
    than three in seven days.
    """
    from datetime import date

    from rich.console import Console

    from posecheck.core.dose import Level, plan, standings
    from posecheck.core.errors import InputError
    from posecheck.library import ROUTINE, load_move, shipped_ids
    from posecheck.routine_log import read_sessions
    from posecheck.store.opening import Store

    if level not in LEVELS:
        raise InputError(f'--level: expected light, usual or full, got "{level}"')
    wanted = Level(level)
    today = date.today()
    with Store() as store:
        history = read_sessions(store, person)
    names = [name for name in shipped_ids() if name in ROUTINE]
    names += [name for name in move or [] if name not in names]
    moves = [load_move(name).move for name in names]
    rows = standings(moves, history, today, wanted)
    out = Console(highlight=False)
    if week:
        _show_week(rows, today, out)
        return
    planned = plan(moves, history, today, wanted, only=tuple(move or ()), minutes=minutes)
    _show_plan(planned, rows, moves, today, out)
    if start and planned:
        from posecheck.routine_run import lead

        lead(planned, out, person)


def _show_plan(
    planned: list[PlannedMove],
    rows: list[Standing],
    moves: list[Move],
    today: date,
    out: Console,
) -> None:
    from rich.markup import escape
    from rich.table import Table

    if not planned:
        out.print("Nothing is due today. Rest is part of it.")
        _show_next(rows, today, out)
        return
    total_s = sum(move.duration_s for move in planned)
    out.print(f"[bold]Today: {_moves(len(planned))}, about {_minutes(total_s)}[/]\n")
    table = Table("Move", "Sets × times", "Hold", "Sides", "About", box=None, pad_edge=False)
    for move in planned:
        hold = f"{move.hold_s:g} s" if move.hold_s else "–"
        sides = "both" if len(move.sides) > 1 else "–"
        table.add_row(
            escape(move.name), f"{move.sets} × {move.repetitions}", hold, sides,
            _minutes(move.duration_s),
        )  # fmt: skip
    out.print(table)
    notes = [f"{move.name}: {move.note}" for move in planned if move.note]
    for note in notes:
        out.print(f"[yellow]{escape(note)}[/]")
    out.print(f"\n{escape(moves[0].safety)}")
    out.print("\nBe led through it:  posecheck routine --start")


def _show_next(rows: list[Standing], today: date, out: Console) -> None:
    from rich.markup import escape

    coming = sorted(rows, key=lambda row: row.next_day)
    for row in coming[:3]:
        days = (row.next_day - today).days
        when = "tomorrow" if days == 1 else f"in {days} days"
        out.print(f"  {escape(row.name)}: {when}")


def _show_week(rows: list[Standing], today: date, out: Console) -> None:
    from datetime import timedelta

    from rich.markup import escape
    from rich.table import Table

    days = [today - timedelta(days=k) for k in range(6, -1, -1)]
    headings = [f"{day:%a}" for day in days[:-1]] + ["today"]
    table = Table("Move", *headings, "Done", "Goal", "Next", box=None, pad_edge=False)
    for row in rows:
        marks = ["[green]●[/]" if done else "[dim]·[/]" for done in row.days]
        wait = (row.next_day - today).days
        following = "today" if wait == 0 else ("tomorrow" if wait == 1 else f"in {wait} days")
        done = f"[green]{row.done_days}[/]" if row.met else str(row.done_days)
        pain = f" [yellow]pain {row.pain}[/]" if row.pain and row.pain >= 4 else ""
        table.add_row(escape(row.name) + pain, *marks, done, f"{row.goal_days} d", following)
    out.print(table)
    met = sum(row.met for row in rows)
    out.print(f"\n{met} of {len(rows)} moves reached their days in the last seven.")


def _minutes(seconds: float) -> str:
    return f"{max(1, round(seconds / 60))} min"


def _moves(count: int) -> str:
    return f"{count} move{'' if count == 1 else 's'}"


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command(name="routine", epilog=_EXAMPLES)(routine_command)
