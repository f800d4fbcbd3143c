"""`posecheck history`, `people`, `delete`, `export`, `import`: what was kept, in and out."""

from __future__ import annotations

from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from posecheck.core import words
from posecheck.core.errors import InputError
from posecheck.history_words import found_words

if TYPE_CHECKING:
    from rich.console import Console

    from posecheck.store.opening import Store
    from posecheck.store.records import Filter, SessionRow

_EXAMPLES = """Examples:

posecheck history

posecheck history --move knee-to-wall --since 2026-01-01

posecheck history --measure toe_to_wall_cm --limit 0
"""
_IMPORT_EXAMPLES = """Example, a file tape.csv:

date,side,value,note

2026-03-01,left,9.5,after a run

2026-03-01,right,11,

posecheck import tape.csv
"""
_KINDS = {"check": "video", "measure": "measured", "live": "live", "import": "tape",
          "routine": "routine"}  # fmt: skip
_SHORT = 8

PersonFilter = Annotated[
    str | None,
    typer.Option("--person", metavar="NAME", envvar="POSECHECK_PERSON", show_default=False,
                 help="Of this person only; `posecheck people` lists them."),
]  # fmt: skip
MoveFilter = Annotated[
    str | None,
    typer.Option("--move", "-m", metavar="ID", show_default=False, help="Of this move only."),
]
SideFilter = Annotated[
    str | None,
    typer.Option(metavar="SIDE", show_default=False, help="With values of this side only."),
]
SinceFilter = Annotated[
    str, typer.Option("--since", metavar="DATE", show_default=False, help="From this day on.")
]
UntilFilter = Annotated[
    str, typer.Option("--until", metavar="DATE", show_default=False, help="Up to this day.")
]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command(name="history", epilog=_EXAMPLES)(history_command)
    app.command(name="people")(people_command)
    app.command(name="delete", no_args_is_help=True)(delete_command)
    app.command(name="export")(export_command)
    app.command(name="import", no_args_is_help=True, epilog=_IMPORT_EXAMPLES)(import_command)


def wanted_filter(
    person: str | None, move: str | None, side: str | None, since: str, until: str
) -> Filter:
    """What the filter options ask for.

    Raises:
        InputError: no such side, or a date that is none.
    """
    from posecheck.store.records import Filter

    if side not in (None, "left", "right"):
        raise InputError(f'--side: expected left or right, got "{side}"')
    return Filter(
        person=person, move=move, side=side, since=_day("--since", since, time.min),
        until=_day("--until", until, time.max),
    )  # fmt: skip


def _day(option: str, text: str, at: time) -> datetime | None:
    if not text:
        return None
    try:
        return datetime.combine(date.fromisoformat(text), at).astimezone()
    except ValueError:
        raise InputError(f'{option}: expected a date like 2026-03-01, got "{text}"') from None


# --- history ---


def history_command(
    person: PersonFilter = None,
    move: MoveFilter = None,
    side: SideFilter = None,
    measure: Annotated[
        str | None,
        typer.Option(metavar="NAME", show_default=False,
                     help="With this measure only, for example toe_to_wall_cm."),
    ] = None,
    since: SinceFilter = "",
    until: UntilFilter = "",
    limit: Annotated[
        int, typer.Option(min=0, metavar="N", help="The newest so many; 0 shows all.")
    ] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False,
    restore_backup: Annotated[
        bool,
        typer.Option("--restore-backup",
                     help="Put the newest backup in a damaged history's place."),
    ] = False,
) -> None:  # fmt: skip
    """Show what was kept: checks, measurements, live sessions, tape readings.

    Below the table, each measure's course as small bars. `posecheck progress`
    says which changes are real.
    """
    from dataclasses import replace

    from posecheck.store.opening import Store
    from posecheck.store.reading import count_sessions, repetitions, sessions

    if restore_backup:
        _restore()
        return
    wanted = replace(
        wanted_filter(person, move, side, since, until), measure=measure, limit=limit or None
    )
    with Store() as store:
        rows = sessions(store, wanted)
        total = count_sessions(store, wanted)
        if as_json:
            from posecheck.history_files import exported

            done = repetitions(store, [row.uid for row in rows])
            typer.echo(exported(rows, "json", done).decode(), nl=False)
            return
        if not rows:
            typer.echo(_nothing(store))
            return
        show(rows, total, store, wanted)


def _restore() -> None:
    from posecheck.store.backup import restore
    from posecheck.store.opening import default_url

    url = default_url()
    if url.get_backend_name() != "sqlite" or not url.database:
        raise InputError("--restore-backup: the history is on a server; ask whoever runs it")
    backup, kept = restore(Path(url.database))
    typer.echo(f"Back in place: {backup.name}")
    if kept is not None:
        typer.echo(f"The damaged file is kept: {kept}")


def _nothing(store: Store) -> str:
    from posecheck.store.reading import count_sessions
    from posecheck.store.records import Filter

    if count_sessions(store, Filter()):
        return "Nothing fits. `posecheck history` without options shows everything."
    return (
        "The history is empty. Check a video (posecheck check CLIP --move ID), and its result "
        f"is kept in {store.place}"
    )


def show(rows: list[SessionRow], total: int, store: Store, wanted: Filter) -> None:
    """Print the table and each measure's course below it."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    out = Console(highlight=False)
    several = len({row.person for row in rows}) > 1
    headings = ["When", *(["Who"] if several else []), "Move", "How", "Left / right", "Pain", "ID"]
    table = Table(*headings, box=None, pad_edge=False)
    for column in table.columns:
        column.no_wrap = column.header != "Left / right"
    for row in rows:
        who = [escape(row.person)] if several else []
        table.add_row(
            f"{row.taken_at.astimezone():%Y-%m-%d}", *who, escape(row.move_name),
            _KINDS.get(row.kind, row.kind), escape(found_words(row)),
            "" if row.pain is None else str(row.pain), f"[dim]{row.uid[:_SHORT]}[/]",
        )  # fmt: skip
    out.print(table)
    if total > len(rows):
        out.print(f"[dim]The newest {len(rows)} of {total}; --limit 0 shows all.[/]")
    _courses(store, wanted, out)


def _courses(store: Store, wanted: Filter, out: Console, most: int = 4) -> None:
    """Each measure's newest values as small bars."""
    from dataclasses import replace

    from rich.table import Table

    from posecheck.core.readings import name_of
    from posecheck.measured import kinds
    from posecheck.render.term_chart import SPARKS, sparkline
    from posecheck.store.reading import points

    known = kinds(store, wanted.person)
    if wanted.measure:
        known = [kind for kind in known if wanted.measure in (kind.name, *kind.columns)]
    newest = replace(wanted, limit=SPARKS, measure=None, side=None)
    table = Table(box=None, pad_edge=False, show_header=False)
    for kind in known[:most]:
        for column in kind.columns:
            side = name_of(column).side or ""
            values = [point.value for point in points(store, column, wanted.person, newest)]
            if len(values) > 1 and side in ("", wanted.side or side):
                first, last = (words.number(v, kind.unit) for v in (values[0], values[-1]))
                bars = f"[cyan]{sparkline(values)}[/]"
                table.add_row(f"{kind.label} {side}".strip(), bars, f"{first} → {last}")
    if table.row_count:
        out.print()
        out.print(table)


# --- people ---


def people_command(
    add: Annotated[
        str, typer.Option(metavar="NAME", show_default=False, help="Add a person.")
    ] = "",
    rename: Annotated[
        tuple[str, str] | None,
        typer.Option(metavar="OLD NEW", show_default=False, help="Give a person another name."),
    ] = None,
) -> None:
    """List the people of the history, add one, or rename one."""
    from posecheck.store import writing
    from posecheck.store.opening import Store
    from posecheck.store.reading import people

    with Store() as store:
        if add:
            writing.add_person(store, add)
        if rename is not None:
            writing.rename_person(store, *rename)
        known = people(store)
    if not known:
        typer.echo('Nobody yet. Without --person results go to "me".')
    for name, count in known:
        typer.echo(f"{name}: {count} session{'' if count == 1 else 's'}")


# --- delete ---


def delete_command(
    sessions: Annotated[
        list[str] | None,
        typer.Argument(metavar="ID...", show_default=False,
                       help="Sessions, by the IDs that `posecheck history` shows."),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="All sessions; with --person, all of this person.")
    ] = False,
    person: PersonFilter = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    undo: Annotated[
        bool, typer.Option("--undo", help="Bring back what the last deletion took.")
    ] = False,
) -> None:  # fmt: skip
    """Delete sessions from the history, or bring the last deleted ones back.

    It asks first. What was deleted can be brought back with --undo until the
    next run that keeps or deletes something. Recordings and reports are files
    of their own and stay.
    """
    from posecheck.store import writing
    from posecheck.store.opening import Store
    from posecheck.store.reading import sessions as find
    from posecheck.store.records import Filter

    with Store() as store:
        if undo:
            count = writing.undo_delete(store)
            typer.echo(f"{_sessions(count)} brought back.")
            return
        if bool(sessions) == everything:
            raise InputError("delete: expected IDs or --all; `posecheck history` shows the IDs")
        known = find(store, Filter(person=person))
        chosen = known if everything else [_by_id(known, given) for given in sessions or []]
        if not chosen:
            typer.echo("There is nothing to delete.")
            return
        for row in chosen[:5]:
            typer.echo(f"{row.taken_at.astimezone():%Y-%m-%d %H:%M}  {row.move_name}  "
                       f"{found_words(row)}")  # fmt: skip
        if len(chosen) > 5:
            typer.echo(f"and {len(chosen) - 5} more")
        if not yes and not typer.confirm(f"Delete {_sessions(len(chosen))}?"):
            typer.echo("Nothing was deleted.")
            return
        count = writing.delete(store, [row.uid for row in chosen])
    typer.echo(f"{_sessions(count)} deleted. Bring back with:  posecheck delete --undo")


def _by_id(known: list[SessionRow], given: str) -> SessionRow:
    fitting = [row for row in known if row.uid.startswith(given.lower())]
    if len(fitting) == 1:
        return fitting[0]
    said = "fits several sessions; give more of it" if fitting else "is no session's ID"
    raise InputError(f'"{given}" {said}; `posecheck history` shows the IDs. Nothing was deleted')


def _sessions(count: int) -> str:
    return f"{count} session{'' if count == 1 else 's'}"


# --- export, import ---


def export_command(
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="FILE", show_default=False,
                     help="Where to; stdout for CSV and JSON if left out."),
    ] = None,
    kind: Annotated[
        str, typer.Option("--format", "-f", metavar="FORMAT", help="csv, json or parquet.")
    ] = "csv",
    person: PersonFilter = None,
    move: MoveFilter = None,
    side: SideFilter = None,
    since: SinceFilter = "",
    until: UntilFilter = "",
) -> None:  # fmt: skip
    """Write the history to a file: a line a value, with its ±, unit and session.

    A session's own values come first, then those of each repetition or try, with its number.
    """
    from posecheck.history_files import exported
    from posecheck.staging import write_whole
    from posecheck.store.opening import Store
    from posecheck.store.reading import repetitions, sessions

    if kind == "parquet" and out is None:
        raise InputError("export: a Parquet file needs a place: add --out FILE.parquet")
    with Store() as store:
        rows = sessions(store, wanted_filter(person, move, side, since, until))
        done = repetitions(store, [row.uid for row in rows])
    content = exported(rows, kind, done)
    if out is None:
        typer.echo(content.decode(), nl=False)
        return
    write_whole(out, content)
    typer.echo(f"{_sessions(len(rows))}: {out}", err=True)


def import_command(
    file: Annotated[
        Path, typer.Argument(metavar="FILE.csv", show_default=False, help="The readings.")
    ],
    measure: Annotated[
        str, typer.Option(metavar="NAME", help="What was measured, with its unit.")
    ] = "toe_to_wall_cm",
    label: Annotated[str, typer.Option(metavar="TEXT", help="What to call it.")] = "",
    move: Annotated[
        str, typer.Option("--move", "-m", metavar="ID", help="The move it belongs to.")
    ] = "knee-to-wall",
    person: PersonFilter = None,
) -> None:
    """Take earlier readings into the history, such as those of a tape.

    The file has the headings date,side,value and if wanted error (the ±),
    note, pain and person. Numbers have a point: 11.5. A file with one bad line
    is not taken at all; the same file again changes nothing.
    """
    from posecheck.history_files import Tape, import_tape
    from posecheck.store.opening import Store

    tape = Tape(measure, label or _label(measure), move, _move_name(move))
    with Store() as store:
        count = import_tape(store, file, tape, person)
    typer.echo(f"{count} readings taken from {file}. See them with:  posecheck progress")


def _label(measure: str) -> str:
    stem, _, unit = measure.rpartition("_")
    if not stem or unit not in ("cm", "deg", "pct"):
        raise InputError(
            f'--measure: expected a name with its unit, like toe_to_wall_cm, got "{measure}"'
        )
    return stem.replace("_", " ").capitalize()


def _move_name(move: str) -> str:
    from posecheck.library import load_move, move_ids

    return load_move(move).move.name if move in move_ids() else move.replace("-", " ").capitalize()
