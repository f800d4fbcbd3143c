"""The command line: a thin layer over :mod:`posecheck.pipeline`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from posecheck import __version__
from posecheck.cli_model import app as model_app
from posecheck.core.errors import NobodySeenError, PosecheckError

if TYPE_CHECKING:
    from posecheck.cli_view import Screen
    from posecheck.core.result import Result

EXIT_INPUT, EXIT_STOPPED = 2, 130

app = typer.Typer(
    name="posecheck",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Check the form of mobility moves from a video, on your own machine.",
)
app.add_typer(model_app, name="model")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"posecheck {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Check the form of mobility moves from a video, on your own machine.

    Start with: posecheck check clip.mp4 --move standing-hip
    """


@app.command(name="check", no_args_is_help=True)
def check_command(
    clips: Annotated[
        list[Path], typer.Argument(metavar="CLIP...", help="One or more videos.", show_default=False)
    ],
    move: Annotated[
        str,
        typer.Option(
            "--move", "-m", metavar="ID",
            help="The move in the video: standing-hip, ankle-dorsiflexion, "
            "hip-extension-half-kneeling, or your own move file.",
        ),
    ],
    side: Annotated[
        str, typer.Option(help="The working side: left, right, or auto to find it.")
    ] = "auto",
    out: Annotated[
        Path,
        typer.Option("--out", "-o", metavar="DIR", help="Where the results go, a folder a clip."),
    ] = Path("posecheck-results"),
    model: Annotated[
        str, typer.Option(help="Pose model: full, lite, heavy, or the path of a .task file.")
    ] = "full",
    workers: Annotated[
        int, typer.Option(min=0, help="Processes that estimate poses; 0 uses all cores.")
    ] = 0,
    no_video: Annotated[
        bool, typer.Option("--no-video", help="Leave out the annotated video; faster.")
    ] = False,
    mirrored: Annotated[
        bool, typer.Option("--mirrored", help="The clip is mirrored, as some selfie cameras store.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the result as JSON on stdout, nothing else there.")
    ] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Show every measured number.")
    ] = False,
) -> None:
    """Check clips of a move and write a report for each.

    Writes into DIR/<clip name>/: report.html (open it in a browser), annotated.webm, result.json,
    measures.csv and track.parquet.

    Exit codes: 0 done, 2 a clip or an option cannot be used, 3 nobody was seen.

      posecheck check clip.mp4 --move standing-hip
      posecheck check left.mov right.mov -m ankle-dorsiflexion --out results
      posecheck check clip.mp4 -m standing-hip --json | jq .verdict
    """
    from posecheck.cli_view import Screen
    from posecheck.library import load_move

    load_move(move)  # an unknown move is said before any clip is opened
    _distinct_names(clips)
    screen = Screen(quiet=as_json, verbose=verbose)
    results: list[Result] = []
    worst = 0
    for clip in clips:
        try:
            results.append(
                _check_one(screen, clip, move, side, out, model, workers, not no_video, mirrored)
            )
        except PosecheckError as error:
            screen.error(str(error))
            worst = max(worst, error.exit_code) if worst != EXIT_INPUT else EXIT_INPUT
            if not isinstance(error, NobodySeenError):
                worst = EXIT_INPUT
        except KeyboardInterrupt:
            screen.error(_stopped(len(results), out))
            raise typer.Exit(EXIT_STOPPED) from None
    if as_json:
        _print_json(results, single=len(clips) == 1)
    if worst:
        raise typer.Exit(worst)


def _check_one(
    screen: Screen,
    clip: Path,
    move: str,
    side: str,
    out: Path,
    model: str,
    workers: int,
    video: bool,
    mirrored: bool,
) -> Result:
    from posecheck.pipeline import REPORT, check

    with screen.progress(clip.name) as on_step:
        result = check(
            clip, move, side,  # type: ignore[arg-type]  # checked by the pipeline
            out=out, model=model, workers=workers, video=video, mirrored=mirrored, on_step=on_step,
        )  # fmt: skip
    screen.summary(result, out / clip.stem / REPORT)
    return result


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
    kept = f"{finished} finished clip{'s' if finished != 1 else ''} kept in {out}" if finished else (
        "nothing was written"
    )
    return f"stopped: {kept}"


def _print_json(results: list[Result], single: bool) -> None:
    if single:
        for result in results:
            typer.echo(result.model_dump_json(indent=2))
    else:
        typer.echo("[" + ",\n".join(r.model_dump_json(indent=2) for r in results) + "]")


@app.command(name="app")
def app_command(
    port: Annotated[int, typer.Option(help="Port on this machine.")] = 8501,
) -> None:
    """Open the web page, on this machine only."""
    import subprocess

    from posecheck.ui import ENTRY

    command = [
        sys.executable, "-m", "streamlit", "run", str(ENTRY),
        "--server.address", "127.0.0.1", "--server.port", str(port),
        "--browser.gatherUsageStats", "false",
    ]  # fmt: skip
    try:
        raise typer.Exit(subprocess.run(command, check=False).returncode)
    except KeyboardInterrupt:
        raise typer.Exit(0) from None


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


def _complain(line: str) -> None:
    sys.stderr.write(f"posecheck: {line}\n")
