"""The command line: a thin layer over :mod:`posecheck.pipeline`."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from posecheck import __version__
from posecheck.cli_app import register as add_app_command
from posecheck.cli_history import register as add_history_commands
from posecheck.cli_keep import Keeper, NoSaveOption, NoteOption, PainOption, PersonOption
from posecheck.cli_live import register as add_live_commands
from posecheck.cli_measure import PointsOption, scale_input
from posecheck.cli_measure import register as add_measure_commands
from posecheck.cli_model import app as model_app
from posecheck.cli_moves import app as moves_app
from posecheck.cli_progress import register as add_progress_command
from posecheck.cli_routine import register as register_routine
from posecheck.cli_sessions import register as add_session_commands
from posecheck.cli_wall import register as add_wall_commands
from posecheck.core.errors import PosecheckError

if TYPE_CHECKING:
    from posecheck.cli_view import Checked
    from posecheck.core.result import Result
    from posecheck.progress import OnStep
    from posecheck.scaling import ScaleInput

EXIT_INPUT, EXIT_STOPPED = 2, 130
SIDES = ("auto", "left", "right")
_CHECK_EXAMPLES = """Examples:

posecheck check clip.mp4 --move standing-hip

posecheck check left.mov right.mov -m ankle-dorsiflexion --out results

posecheck check clip.mp4 --move auto

posecheck check side.mp4 front.mp4 -m standing-hip --combine

posecheck check clip.mp4 -m standing-hip --json | jq .verdict
"""

app = typer.Typer(
    name="posecheck",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Check the form of mobility moves from a video, on your own machine.",
)
app.add_typer(model_app, name="model")
add_app_command(app)
add_measure_commands(app)
add_wall_commands(app)
app.add_typer(moves_app, name="moves")
register_routine(app)
add_live_commands(app)
add_session_commands(app)
add_history_commands(app)
add_progress_command(app)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"posecheck {__version__}")
        raise typer.Exit


@app.callback(epilog="Start with:  posecheck check clip.mp4 --move standing-hip")
def _root(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Check the form of mobility moves from a video, on your own machine."""


@app.command(name="check", no_args_is_help=True, epilog=_CHECK_EXAMPLES)
def check_command(
    clips: Annotated[
        list[Path], typer.Argument(metavar="CLIP", help="One or more videos.", show_default=False)
    ],
    move: Annotated[
        str,
        typer.Option(
            "--move",
            "-m",
            metavar="ID",
            show_default=False,
            help="The move in the video; `posecheck moves` lists them. Or your own move file, or "
            "auto to find out which it is.",
        ),
    ] = "",
    side: Annotated[
        str,
        typer.Option(metavar="SIDE", help="The working side: left, right, or auto to find it."),
    ] = "auto",
    out: Annotated[
        Path,
        typer.Option("--out", "-o", metavar="DIR", help="Where the results go, a folder a clip."),
    ] = Path("posecheck-results"),
    model: Annotated[
        str,
        typer.Option(metavar="NAME", help="Pose model: full, lite, heavy, or a .task file."),
    ] = "full",
    workers: Annotated[
        int,
        typer.Option(
            min=0, metavar="N", help="Processes that look for poses; 0 uses the cores that pay."
        ),
    ] = 0,
    no_video: Annotated[
        bool, typer.Option("--no-video", help="Leave out the annotated video; faster.")
    ] = False,
    mirrored: Annotated[
        bool, typer.Option("--mirrored", help="The clip is mirrored, as some selfie cameras store.")
    ] = False,
    combine: Annotated[
        bool,
        typer.Option(
            "--combine",
            help="The clips show one person's same repetitions from several places: one result.",
        ),
    ] = False,
    sheet: Annotated[
        bool,
        typer.Option(
            "--sheet", help="Give centimetres too: the printed sheet stands beside the foot."
        ),
    ] = False,
    scale_points: PointsOption = "",
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the result as JSON on stdout, nothing else there.")
    ] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Show also what could not be measured, and why.")
    ] = False,
    person: PersonOption = None,
    pain: PainOption = None,
    note: NoteOption = "",
    no_save: NoSaveOption = False,
) -> None:
    """Check clips of a move and write a report for each.

    DIR/<clip name>/ gets report.html (open it in a browser), annotated.webm,
    result.json, measures.csv and track.parquet.

    With --combine, clips from the side and from the front make one report: each
    position is measured in the clip whose view carries it.

    Exit codes: 0 done, 2 a clip or an option cannot be used, 3 nobody was seen,
    130 stopped.
    """
    from posecheck.cli_view import Screen

    # What is wrong with every clip alike is said once, before the first is opened.
    _check_options(move, side, clips, combine)
    scale = _scale(sheet, scale_points, combine)
    screen = Screen(quiet=as_json, verbose=verbose)
    keeper = Keeper(person, pain, note, screen.error, saves=not no_save)
    done: list[Checked] = []
    codes: set[int] = set()
    try:
        for group in [clips] if combine else [[clip] for clip in clips]:
            try:
                with screen.progress(" + ".join(clip.name for clip in group)) as on_step:
                    checked = _check_group(
                        group,
                        move,
                        side,
                        out,
                        model,
                        workers,
                        not no_video,
                        mirrored,
                        scale,
                        on_step,
                    )
            except PosecheckError as error:
                screen.error(str(error))
                codes.add(error.exit_code)
                continue
            done.append(checked)
            screen.summary(*checked)
            keeper.keep(checked[0], group[0], checked[1])
    except KeyboardInterrupt:  # wherever it strikes: also while a result is shown or kept
        screen.error(_stopped(len(done), out))
        raise typer.Exit(EXIT_STOPPED) from None
    if as_json:
        _print_json([result for result, _ in done], single=combine or len(clips) == 1)
    elif len(clips) > 1 and not combine:
        screen.overview(done, failed=len(clips) - len(done))
    if codes:
        raise typer.Exit(next(code for code in (EXIT_INPUT, *sorted(codes)) if code in codes))


def _check_options(move: str, side: str, clips: list[Path], combine: bool) -> None:
    """Everything that can be known to be wrong before a clip is opened.

    Raises:
        InputError: no or an unknown move, an unknown side, two clips of one name, or one clip to
            combine.
        ImportError: OpenCV, or a library that it needs, is not here.
    """
    from posecheck.core.errors import InputError
    from posecheck.core.terms import AUTO
    from posecheck.library import load_move, move_ids

    if not move:
        raise InputError(
            "which move does the video show? Add --move auto to find it, or --move ID; known "
            f"moves: {', '.join(move_ids())}"
        )
    if move != AUTO:
        load_move(move)
    if side not in SIDES:
        raise InputError(f'--side: expected {", ".join(SIDES[:-1])} or {SIDES[-1]}, got "{side}"')
    _distinct_names(clips)
    if combine and len(clips) < 2:
        raise InputError(
            "--combine: expected two clips of one person, from the side and from the front; got 1"
        )
    # Pictures are drawn after the long part: a missing system library is told before it.
    import cv2  # noqa: F401


def _scale(sheet: bool, points: str, combine: bool) -> ScaleInput | None:
    """Where centimetres come from, if they were asked for.

    Raises:
        InputError: five numbers that are none, or a scale for clips that are combined.
    """
    from posecheck.core.errors import InputError

    if not (sheet or points):
        return None
    if combine:
        raise InputError(
            "--combine: takes no --sheet or --scale-points, since a scale belongs to one clip; "
            "check the clip with the sheet on its own"
        )
    return scale_input(None, None, points, "")


def _check_group(
    group: list[Path],
    move: str,
    side: str,
    out: Path,
    model: str,
    workers: int,
    video: bool,
    mirrored: bool,
    scale: ScaleInput | None,
    on_step: OnStep | None,
) -> Checked:
    """One clip, or several that are combined; gives the result and its folder."""
    from posecheck.combining import check_combined, folder_name
    from posecheck.pipeline import check

    options: dict[str, Any] = {
        "side": side, "out": out, "model": model, "workers": workers, "video": video,
        "mirrored": mirrored, "on_step": on_step,
    }  # fmt: skip
    if len(group) > 1:
        result = check_combined(group, move, **options)
    else:
        result = check(group[0], move, scale=scale, **options)
    return result, out / folder_name(group)


def _distinct_names(clips: list[Path]) -> None:
    """Two clips of one name would write to one folder."""
    from posecheck.core.errors import InputError

    seen: dict[str, Path] = {}
    for clip in clips:
        other = seen.setdefault(clip.stem, clip)
        if other is not clip:
            raise InputError(
                f"{other} and {clip} would both write to the folder {clip.stem}; rename one, or "
                "check them one at a time with different --out"
            )


def _stopped(finished: int, out: Path) -> str:
    if not finished:
        return "stopped: nothing was written"
    return f"stopped: {finished} finished clip{'s' if finished > 1 else ''} kept in {out}"


def _print_json(results: list[Result], single: bool) -> None:
    if single:
        for result in results:
            typer.echo(result.model_dump_json(indent=2))
    else:
        typer.echo("[" + ",\n".join(r.model_dump_json(indent=2) for r in results) + "]")


#: System libraries that OpenCV needs, and the Debian package that brings each.
_SYSTEM_LIBRARIES = {"libGL.so.1": "libgl1", "libgthread-2.0.so.0": "libglib2.0-0",
                     "libglib-2.0.so.0": "libglib2.0-0"}  # fmt: skip


def missing_library(error: ImportError) -> str | None:
    """One line with the install command if a system library is missing, else None."""
    for library, package in _SYSTEM_LIBRARIES.items():
        if library in str(error):
            return (
                f"{library} is missing, which OpenCV needs; on Debian or Ubuntu install it with: "
                f"sudo apt install {package}"
            )
    return None


def main() -> None:
    """Entry point: known errors become one line on stderr and an exit code."""
    # `kill` and a closed terminal end it as Ctrl-C does: temporary files go.
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), _terminated)
    try:
        app()
    except PosecheckError as error:
        _complain(str(error))
        sys.exit(error.exit_code)
    except ImportError as error:
        line = missing_library(error)
        if line is None:
            raise
        _complain(line)
        sys.exit(EXIT_INPUT)


def _terminated(number: int, _frame: object) -> None:
    sys.exit(128 + number)


def _complain(line: str) -> None:
    sys.stderr.write(f"posecheck: {line}\n")
