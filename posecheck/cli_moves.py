"""`posecheck moves list|show|validate|new|schema`: the moves, and moves of one's own."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

if TYPE_CHECKING:
    from rich.console import Console

    from posecheck.core.move import Move


class _ShowByName(TyperGroup):
    """`posecheck moves ID` is short for `posecheck moves show ID`."""

    # Typer brings Click or carries its own, by version: their types are left open.
    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            args = ["show", *args]
        return super().resolve_command(ctx, args)


app = typer.Typer(
    cls=_ShowByName,
    help="The moves: list them, see how one goes, check or begin a move file of your own.",
    invoke_without_command=True,
    epilog="posecheck moves ID is short for posecheck moves show ID.",
)

#: How ``moves show`` says from where a fault is seen.
_VIEW_WORDS = {
    "side": "from the side",
    "front": "from the front",
    "phase": "from where each position asks for",
}


@app.callback()
def _default(ctx: typer.Context) -> None:
    if ctx.invoked_subcommand is None:
        list_command()


@app.command("list")
def list_command() -> None:
    """List the moves: those of posecheck in the routine's order, then your own."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from posecheck.library import load_move, own_moves, own_moves_folder, shipped_ids

    shelf = own_moves()
    moves = [load_move(name).move for name in shipped_ids()]
    moves += [loaded.move for loaded in shelf.moves.values()]
    table = Table("Move", "Name", "Filmed from the", box=None, pad_edge=False)
    table.columns[0].no_wrap = True
    for move in moves:
        table.add_row(move.id, escape(move.name), _views(move))
    out = Console(highlight=False)
    out.print(table)
    out.print("\nHow to film one and how it goes:  posecheck moves ID")
    if shelf.moves or shelf.problems:
        out.print(f"Your own moves lie in {escape(str(own_moves_folder()))}", soft_wrap=True)
    else:
        out.print("A move of your own:  posecheck moves new ID")
    for line in shelf.problems:
        sys.stderr.write(f"posecheck: left out: {line}\n")


@app.command("show")
def show_command(
    name: Annotated[str, typer.Argument(metavar="ID", help="A move, or a move file.")],
    svg: Annotated[
        Path | None,
        typer.Option("--svg", metavar="FILE", help="Write the stick figures as an SVG picture."),
    ] = None,
) -> None:
    """Tell how to film a move and how it goes, with a stick figure of each position."""
    from posecheck.core.errors import InputError
    from posecheck.library import load_move

    move = load_move(name).move
    if svg is None:
        _show(move)
        return
    from posecheck.render.figure import figures_svg
    from posecheck.staging import cannot_write

    drawn = figures_svg(move)
    if not drawn:
        raise InputError(f"{move.id}: the move file has no figure; add one to its phases")
    try:
        svg.write_text(drawn, encoding="utf-8")
    except OSError as error:
        raise cannot_write(svg, error) from error
    typer.echo(svg)


@app.command("validate")
def validate_command(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FILE]...", help="Move files to check; all of your own if left out."
        ),
    ] = None,
) -> None:
    """Check move files: one line each, with file, field and remedy. Exit 2 if one is wrong."""
    from posecheck.core.errors import InputError
    from posecheck.library import check_own_file, load_move, own_moves_folder

    wrong = 0
    folder = own_moves_folder()
    files = files or sorted(folder.glob("*.toml"))
    if not files:
        typer.echo(f"No move file in {folder} yet; begin one with  posecheck moves new ID")
    seen: dict[str, Path] = {}
    for path in files:
        try:
            move = load_move(str(path.resolve() if path.parent == Path() else path)).move
            check_own_file(path, move.id)
            _check_once(path, move.id, seen)
        except InputError as error:
            wrong += 1
            sys.stderr.write(f"posecheck: {error}\n")
            continue
        positions = sum(not phase.final for phase in move.phases)
        typer.echo(
            f"{path}: good: {move.name}, {_count(positions, 'position')}, "
            f"{_count(len(move.faults), 'fault')}"
        )
        for line in _wishes(move):
            typer.echo(f"  could be better: {line}")
    if wrong:
        raise typer.Exit(2)


@app.command("new")
def new_command(
    name: Annotated[str, typer.Argument(metavar="ID", help="Such as wall-squat.")],
) -> None:
    """Begin a move of your own: a commented file that works as it is, to be changed."""
    from posecheck.move_kit import new_move

    path = new_move(name)
    typer.echo(
        f"{path}\n\nEdit it, then:\n  posecheck moves validate {path}\n"
        f"  posecheck moves show {name}\n  posecheck check CLIP --move {name}"
    )


@app.command("schema")
def schema_command() -> None:
    """Print the JSON Schema of move files, for editors that check and complete TOML."""
    import json

    from posecheck.move_kit import move_schema

    typer.echo(json.dumps(move_schema(), indent=1))


def _check_once(path: Path, name: str, seen: dict[str, Path]) -> None:
    """
    Raises:
        MoveError: another of the given files has this id.
    """
    from posecheck.core.errors import MoveError

    if name in seen:
        raise MoveError(
            f'{path}: id "{name}" is that of {seen[name]} too; give one of them another id'
        )
    seen[name] = path


def _count(n: int, word: str) -> str:
    return f"{n} {word}" if n == 1 else f"{n} {word}s"


def dose_words(move: Move) -> str:
    """A dose in words: `1–3 × 5–8, hold 5–30 s, 2–7 days a week`."""
    dose = move.dose
    hold = f", hold {_span(dose.hold_s)} s" if dose.hold_s[1] > 0 else ""
    sides = " a side" if dose.per_side else ""
    days = _span(dose.days_per_week)
    return f"{_span(dose.sets)} × {_span(dose.repetitions)}{sides}{hold}, {days} d/week"


def _span(pair: tuple[float, float]) -> str:
    low, high = pair
    return f"{low:g}" if low == high else f"{low:g}–{high:g}"


def _views(move: Move) -> str:
    views = [phase.view for phase in move.phases if phase.view != "any" and not phase.final]
    return " and ".join(dict.fromkeys([move.camera.plane, *views]))


def _wishes(move: Move) -> list[str]:
    """What a good move file has and this one lacks."""
    out = []
    # The way back ends where the start's own figure shows.
    without = [p.name for p in move.phases if p.figure is None and not p.final]
    if without:
        out.append(f"no figure for {', '.join(without)}")
    criteria = [c for phase in move.phases for c in phase.criteria]
    if not any(c.has_target for c in criteria):
        out.append("no criterion has a target, so nobody learns how they did")
    if not move.references:
        out.append("references is empty: say where the targets come from")
    if move.easier is None:
        out.append("easier is missing: say how to make the whole move easier")
    return out


def _show(move: Move) -> None:
    """Camera placement first: it is needed before anything can be filmed."""
    from rich.console import Console
    from rich.markup import escape
    from rich.padding import Padding

    out = Console(highlight=False)
    out.print(f"[bold]{escape(move.name)}[/] ({move.id})\n{escape(move.about)}\n")
    out.print("[bold]Filming[/]")
    for line in (move.camera.place, *move.setup):
        out.print(Padding.indent(escape(line), 2))
    out.print("\n[bold]The move[/]")
    for k, line in enumerate(move.how, start=1):
        out.print(f"  {k}. {escape(line)}")
    _draw(move, out)
    out.print(f"[bold]How much[/]  {dose_words(move)}")
    if move.easier:
        out.print(f"[bold]Easier[/]  {escape(move.easier)}")
    if move.faults:
        out.print("\n[bold]What it watches for[/]")
        for fault in move.faults:
            view = f" [dim]({_VIEW_WORDS[fault.seen_from]})[/]" if fault.seen_from != "any" else ""
            out.print(f"  {escape(fault.name)}: “{escape(fault.cue)}”{view}")
    if move.notes:
        out.print(f"\n[bold]What the camera cannot see[/]\n  {escape(move.notes)}")
    out.print(f"\n{escape(move.safety)}")
    out.print(f"\nThen:  posecheck check CLIP --move {move.id}")


def _draw(move: Move, out: Console) -> None:
    """Stick figures side by side, as many in a row as fit; the working side is drawn solid."""
    from rich.text import Text

    from posecheck.render.figure import figure_lines, pictured

    tiles = [(name, figure_lines(figure)) for name, figure in pictured(move)]
    out.print()
    row: list[tuple[str, list[str]]] = []
    used = 0
    for name, lines in tiles:
        width = max(len(lines[0]), 16) + 2
        if row and used + width > out.width:
            _draw_row(row, out)
            row, used = [], 0
        row.append((name, lines))
        used += width
    if row:
        _draw_row(row, out)
        out.print(Text("Solid: the working side; dotted: the other.", style="dim"))
        out.print()


def _draw_row(row: list[tuple[str, list[str]]], out: Console) -> None:
    from rich.text import Text

    tall = max(len(lines) for _, lines in row)
    widths = [max(len(lines[0]), 16) for _, lines in row]
    for k in range(tall):
        cells = []
        for (_, lines), width in zip(row, widths, strict=True):
            skip = k - (tall - len(lines))
            cells.append((lines[skip] if skip >= 0 else "").center(width))
        out.print(Text("  ".join(cells).rstrip()), no_wrap=True, overflow="crop")
    names = [
        _short(name, width).center(width) for (name, _), width in zip(row, widths, strict=True)
    ]
    out.print(Text("  ".join(names).rstrip(), style="bold"), no_wrap=True, overflow="crop")
    out.print()


def _short(name: str, width: int) -> str:
    return name if len(name) <= width else f"{name[: width - 1]}…"
