"""`posecheck marker`, `calibrate`: the sheet that turns pixels into centimetres,
and finding it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from posecheck.scaling import ScaleInput

_MARKER_EXAMPLES = """Examples:

posecheck marker

posecheck marker --paper letter --out sheet.pdf
"""

_CALIBRATE_EXAMPLES = """Examples:

posecheck calibrate clip.mp4

posecheck calibrate clip.mp4 --ruler-cm 14.6 --sheet-behind-cm 5

posecheck calibrate clip.mp4 --scale-points 412,655,903,661,60 --wall-point 903,661
"""

RulerOption = Annotated[
    float | None,
    typer.Option(
        "--ruler-cm",
        metavar="CM",
        help="What the sheet's 15 cm line measures, if not 15.0.",
        show_default=False,
    ),
]
BehindOption = Annotated[
    float | None,
    typer.Option(
        "--sheet-behind-cm",
        metavar="CM",
        help="How far behind the foot's middle the sheet stands, seen from the camera; negative: "
        "in front of it. Left out: on the foot's inner side, about 6.",
        show_default=False,
    ),
]
PointsOption = Annotated[
    str,
    typer.Option(
        "--scale-points",
        metavar="X1,Y1,X2,Y2,CM",
        help="Instead of a sheet: two points on the floor in the foot's line, in pixels, and "
        "their distance.",
        show_default=False,
    ),
]
WallOption = Annotated[
    str,
    typer.Option(
        "--wall-point",
        metavar="X,Y",
        help="With --scale-points: where wall and floor meet, in pixels.",
        show_default=False,
    ),
]
MirroredOption = Annotated[
    bool, typer.Option("--mirrored", help="The clip is mirrored, as some selfie cameras store.")
]


def scale_input(
    ruler_cm: float | None, behind_cm: float | None, points: str, wall: str
) -> ScaleInput:
    """The options about the scale, read.

    Raises:
        InputError: one of them is not as it should be; shows an example.
    """
    from posecheck.core.errors import InputError
    from posecheck.scaling import ScaleInput, parse_numbers

    if wall and not points:
        raise InputError("--wall-point: needs --scale-points beside it; the sheet tells its wall")
    five = parse_numbers(points, 5, "--scale-points", "412,655,903,661,60") if points else None
    two = parse_numbers(wall, 2, "--wall-point", "903,661") if wall else None
    return ScaleInput(
        points=five,  # type: ignore[arg-type]  # five numbers, as asked
        wall=two,  # type: ignore[arg-type]  # two
        behind_leg_cm=behind_cm,
        ruler_cm=ruler_cm,
    )


def register(app: typer.Typer) -> None:
    """Adds this module's commands to the program."""
    app.command(name="marker", epilog=_MARKER_EXAMPLES)(marker_command)
    app.command(name="calibrate", no_args_is_help=True, epilog=_CALIBRATE_EXAMPLES)(
        calibrate_command
    )


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
    from posecheck.staging import write_whole

    write_whole(out, sheet_pdf(paper.lower()))
    typer.echo(
        f"{out}: print page one at 100 % (actual size) and check its 15 cm line with a ruler; "
        "page two shows how to set it up"
    )


def calibrate_command(
    clip: Annotated[
        Path, typer.Argument(metavar="CLIP", help="A video or a picture with the sheet in it.")
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", metavar="FILE", help="Where the picture goes; CLIP-scale.png here."
        ),
    ] = None,
    at: Annotated[
        float | None,
        typer.Option(metavar="S", help="Draw on the picture at this second.", show_default=False),
    ] = None,
    ruler_cm: RulerOption = None,
    sheet_behind_cm: BehindOption = None,
    scale_points: PointsOption = "",
    wall_point: WallOption = "",
    mirrored: MirroredOption = False,
) -> None:
    """Find the sheet in a clip and show what was found on a picture.

    Tells how large it is, how far off square the camera stands and how sure the
    centimetres are, or why there are none. Exit codes: 0 found, 2 no usable scale.
    """
    from rich.console import Console
    from rich.table import Table

    from posecheck.render.scale_picture import add_caption, as_png, draw_scale
    from posecheck.scaling import clip_scale, describe, still_frame
    from posecheck.staging import write_whole

    found = clip_scale(
        clip, scale_input(ruler_cm, sheet_behind_cm, scale_points, wall_point), mirrored=mirrored
    )
    still = still_frame(clip, at)
    if mirrored:
        still = still[:, ::-1].copy()
    outline = None if found.sheet is None else found.sheet.outline_px
    picture = draw_scale(still, found.scale, outline_px=outline)
    lines = describe(found)
    add_caption(picture, [f"{what}: {value}" for what, value in lines])
    target = out or Path(f"{clip.stem}-scale.png")
    write_whole(target, as_png(picture))
    table = Table(box=None, pad_edge=False, show_header=False)
    for what, value in lines:
        table.add_row(what, value)
    console = Console(highlight=False)
    console.print(table)
    console.print(f"Picture: {target}", soft_wrap=True)
