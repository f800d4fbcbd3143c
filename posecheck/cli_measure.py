"""`posecheck marker`: the sheet that turns pixels into centimetres."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

_MARKER_EXAMPLES = """Examples:

posecheck marker

posecheck marker --paper letter --out sheet.pdf
"""


def register(app: typer.Typer) -> None:
    """Adds this module's commands to the program."""
    app.command(name="marker", epilog=_MARKER_EXAMPLES)(marker_command)


def marker_command(
    paper: Annotated[str, typer.Option(metavar="NAME", help="Paper size: a4 or letter.")] = "a4",
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="FILE", help="Where the PDF goes.")
    ] = Path("posecheck-sheet.pdf"),
) -> None:
    """Make the sheet to print for measuring in centimetres.

    Page one is the sheet, page two shows how to set it up. Print at 100 %, never "fit
    to page", and check the 15 cm line on it with a ruler.
    """
    from posecheck.calibrate.sheet_pdf import sheet_pdf
    from posecheck.outputs import write_whole

    write_whole(out, sheet_pdf(paper.lower()))
    typer.echo(
        f"{out}: print page one at 100 % (actual size) and check its 15 cm line with a ruler; "
        "page two shows how to set it up"
    )
