"""`posecheck model list|get|path`: the pose models on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from posecheck.estimate.models import KnownModel

app = typer.Typer(help="The pose models: which are here, where, and fetching more.")

Name = Annotated[str, typer.Argument(help="full, lite or heavy", show_default=True)]


@app.command("list")
def list_command() -> None:
    """List the models, with their size and whether they can be used."""
    from rich.console import Console
    from rich.table import Table

    from posecheck.estimate.models import list_models

    table = Table("Model", "State", "Size", "What it is", "Where", box=None, pad_edge=False)
    for column in (0, 1, 2):
        table.columns[column].no_wrap = True
    table.columns[4].overflow = "fold"
    table.columns[2].justify = "right"
    for entry in list_models():
        place = str(entry.path)
        if entry.state == "missing" and not entry.model.in_package:
            place = f"fetch it with: posecheck model get {entry.model.name}"
        size = megabytes(entry.model.size_bytes)
        table.add_row(entry.model.name, entry.state, size, entry.model.about, place)
    Console(highlight=False, soft_wrap=True).print(table)


@app.command("path")
def path_command(name: Name = "full") -> None:
    """Print where a model lies, after checking it."""
    from posecheck.estimate.models import resolve_model

    typer.echo(resolve_model(name).path)


@app.command("get")
def get_command(name: Annotated[str, typer.Argument(help="lite or heavy")]) -> None:
    """Fetch a model over HTTPS, its address and size shown first, and check it."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn

    from posecheck.estimate.models import get_model

    console = Console(stderr=True, highlight=False, soft_wrap=True)

    def announce(model: KnownModel) -> None:
        console.print(f"Fetching {model.name} ({megabytes(model.size_bytes)}) from {model.url}")

    columns = (BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", visible=False)

        def show(done_bytes: int, total_bytes: int) -> None:
            progress.update(task, completed=done_bytes, total=total_bytes, visible=True)

        model = get_model(name, on_start=announce, on_progress=show)
    typer.echo(f"{model.name}: {model.path}")


def megabytes(size_bytes: int) -> str:
    """A file's size for people: `9.4 MB`."""
    return f"{size_bytes / 1e6:.1f} MB"
