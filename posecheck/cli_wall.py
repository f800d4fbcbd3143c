"""`posecheck measure knee-to-wall`: the guided test, from videos or from a camera."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from posecheck.cli_keep import NoSaveOption, NoteOption, PainOption, PersonOption
from posecheck.cli_measure import (
    BehindOption,
    MirroredOption,
    PointsOption,
    RulerOption,
    WallOption,
    scale_input,
)

if TYPE_CHECKING:
    from posecheck.cli_view import Screen
    from posecheck.core.wall_result import WallResult
    from posecheck.scaling import ScaleInput
    from posecheck.wall_measure import ClipTries, Personal

_EXAMPLES = """Examples:

posecheck marker --out sheet.pdf

posecheck measure knee-to-wall left.mp4 right.mp4

posecheck measure knee-to-wall left.mp4 --tape-left-cm 10.5

posecheck measure knee-to-wall left.mp4 --scale-points 412,655,903,661,60 --wall-point 903,661

posecheck measure knee-to-wall --camera 0

posecheck measure knee-to-wall left.mp4 --json | jq .toe_to_wall_left_cm
"""

app = typer.Typer(no_args_is_help=True, help="Measure in centimetres, beside a printed sheet.")


def register(root: typer.Typer) -> None:
    """Adds this module's commands to the program."""
    root.add_typer(app, name="measure")


@app.callback()
def _group() -> None:
    """Measure in centimetres, beside a printed sheet."""


@app.command(name="knee-to-wall", no_args_is_help=True, epilog=_EXAMPLES)
def knee_to_wall_command(
    clips: Annotated[
        list[Path] | None,
        typer.Argument(metavar="CLIP", help="One video a leg, or one of both.",
                       show_default=False),
    ] = None,
    camera: Annotated[
        str,
        typer.Option("--camera", "-c", metavar="WHICH", show_default=False,
                     help="Measure live: a camera's number, an address, or a video played as one."),
    ] = "",
    side: Annotated[
        str, typer.Option(metavar="SIDE", help="Which leg: left, right, or auto for both.")
    ] = "auto",
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="DIR", help="Where the report's folder goes.")
    ] = Path("posecheck-out"),
    tape_left_cm: Annotated[
        float | None,
        typer.Option(metavar="CM", show_default=False,
                     help="What a tape shows for the best left try; remembered for this person."),
    ] = None,
    tape_right_cm: Annotated[
        float | None, typer.Option(metavar="CM", show_default=False, help="The same, right.")
    ] = None,
    shoe_cm: Annotated[
        float | None,
        typer.Option(metavar="CM", show_default=False,
                     help="The shoe's length from heel to tip; remembered."),
    ] = None,
    ruler_cm: RulerOption = None,
    sheet_behind_cm: BehindOption = None,
    scale_points: PointsOption = "",
    wall_point: WallOption = "",
    paper_corners: Annotated[
        str,
        typer.Option(metavar="X1,Y1,...,X4,Y4", show_default=False,
                     help="Instead of the printed sheet: the corners of a bare one, in pixels, "
                     "upper left first, clockwise."),
    ] = "",
    paper: Annotated[
        str, typer.Option(metavar="NAME", help="With --paper-corners: a4 or letter.")
    ] = "a4",
    height_cm: Annotated[
        float | None,
        typer.Option(metavar="CM", show_default=False,
                     help="Instead of a sheet: your height. Coarse."),
    ] = None,
    person: PersonOption = None,
    pain: PainOption = None,
    note: NoteOption = "",
    no_save: NoSaveOption = False,
    mirrored: MirroredOption = False,
    headless: Annotated[
        bool, typer.Option("--headless", help="With --camera: no window, events as JSON lines.")
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="With --camera: no tones, no speech.")
    ] = False,
    no_speech: Annotated[
        bool, typer.Option("--no-speech", help="With --camera: tones only.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the result as JSON on stdout.")
    ] = False,
) -> None:  # fmt: skip
    """Measure the knee-to-wall test: toe to wall in centimetres, each with its ±.

    Foot flat and straight, heel down; touch the wall with the knee and come back,
    three times a leg, with the foot a little further back each time. The furthest
    valid try counts. The sheet of `posecheck marker` stands on the floor, one edge
    at the wall, at the inner side of the foot; the camera square to the foot, low,
    2 to 3 m away, on the side of the leg that is measured.

    Exit codes: 0 measured, 2 no usable scale or bad input, 3 no try counted.
    """
    from posecheck.cli_view import Screen
    from posecheck.core.errors import InputError

    if bool(clips) == bool(camera):
        raise InputError("give one or two videos, or --camera WHICH, and not both")
    if side not in ("auto", "left", "right"):
        raise InputError(f'--side: expected left, right or auto, got "{side}"')
    given = _scale(ruler_cm, sheet_behind_cm, scale_points, wall_point, paper_corners, paper,
                   height_cm)  # fmt: skip
    typed = _personal(tape_left_cm, tape_right_cm, shoe_cm)
    screen = Screen(quiet=as_json or headless, verbose=False)
    run = _Kept(person, pain, note, saves=not no_save, screen=screen)
    personal = run.recall(typed)
    if camera:
        from posecheck.wall_window import live_test

        tests = live_test(
            camera, given, personal, side, mirrored=mirrored, headless=headless,
            tones=not quiet, voice=not no_speech,
        )  # fmt: skip
    else:
        tests = _measure(list(clips or []), given, personal, side, mirrored, screen)
    result = _finish(tests, personal, typed, out, side, mirrored, run)
    if as_json:
        typer.echo(result.model_dump_json(indent=2))
    elif not headless:
        show(result, out / folder_name(result))
    if not (result.toe_to_wall_left_cm.valid or result.toe_to_wall_right_cm.valid):
        raise typer.Exit(3)


def folder_name(result: WallResult) -> str:
    """The report's folder within ``--out``."""
    return Path(result.clips[0]).stem + "-knee-to-wall"


def _scale(
    ruler_cm: float | None, behind_cm: float | None, points: str, wall: str, corners: str,
    paper: str, height_cm: float | None,
) -> ScaleInput:  # fmt: skip
    from dataclasses import replace

    from posecheck.core.errors import InputError
    from posecheck.scaling import parse_numbers

    ways = [bool(points), bool(corners), height_cm is not None]
    if sum(ways) > 1:
        raise InputError(
            "--scale-points, --paper-corners and --height-cm exclude each other: give one, or none "
            "for the printed sheet"
        )
    given = scale_input(ruler_cm, behind_cm, points, wall)
    if not corners and height_cm is None:
        return given
    eight = None
    if corners:
        example = "300,200,380,202,379,315,299,313"
        eight = parse_numbers(corners, 8, "--paper-corners", example)
    return replace(given, paper_corners=eight, paper=paper, height_cm=height_cm)


def _personal(left: float | None, right: float | None, shoe: float | None) -> Personal:
    from posecheck.core.errors import InputError
    from posecheck.wall_measure import Personal, Tape, check_personal

    if left is not None and right is not None:
        raise InputError(
            "give one tape reading, --tape-left-cm or --tape-right-cm: the other leg is told from "
            "the same shoe"
        )
    tape = None
    if left is not None:
        tape = Tape("left", left)
    elif right is not None:
        tape = Tape("right", right)
    personal = Personal(shoe_cm=shoe, tape=tape)
    check_personal(personal)
    return personal


def _measure(
    clips: list[Path], given: ScaleInput, personal: Personal, side: str, mirrored: bool,
    screen: Screen,
) -> list[ClipTries]:  # fmt: skip
    from posecheck.progress import Step
    from posecheck.wall_measure import measure_clip

    tests = []
    for clip in clips:
        with screen.progress(clip.name) as on_step:

            def on_frame(done: int, total: int | None, rate: float) -> None:
                if on_step is not None:
                    on_step(Step("poses", done, total, rate))  # called in this turn only

            tests.append(
                measure_clip(
                    clip, given, personal, sides=side,  # type: ignore[arg-type]  # checked above
                    mirrored=mirrored, on_frame=on_frame,
                )
            )  # fmt: skip
    return tests


def _finish(
    tests: list[ClipTries], personal: Personal, typed: Personal, out: Path, side: Any,
    mirrored: bool, run: _Kept,
) -> WallResult:  # fmt: skip
    """The result with what was before, written and kept."""
    from posecheck.wall_files import write_test
    from posecheck.wall_measure import build_result

    result = run.compared(build_result(tests, personal, side), tests)
    folder = write_test(tests, result, out, folder_name(result), mirrored=mirrored)
    run.keep(result, typed, tests, folder)
    return result


class _Kept:
    """The history's part of one run; what cannot be kept is told, and never ends it."""

    def __init__(
        self, person: str | None, pain: int | None, note: str, *, saves: bool, screen: Screen
    ) -> None:
        from posecheck.store.opening import Store

        self._person, self._pain, self._note = person, pain, note
        self._screen, self._store = screen, None
        self._stack = ExitStack()
        if saves:
            self._store = self._stack.enter_context(Store())

    def recall(self, typed: Personal) -> Personal:
        from posecheck.wall_keep import recalled

        return typed if self._store is None else recalled(self._store, self._person, typed)

    def compared(self, result: WallResult, tests: list[ClipTries]) -> WallResult:
        from posecheck.wall_keep import compared

        if self._store is None:
            return result
        return compared(self._store, self._person, result, _taken_at(tests))

    def keep(
        self, result: WallResult, typed: Personal, tests: list[ClipTries], folder: Path
    ) -> None:
        from posecheck.core.errors import PosecheckError
        from posecheck.saving import save_session
        from posecheck.wall_keep import remember_personal, session_of_test

        if self._store is None:
            return
        files = [test.clip for test in tests if test.clip.is_file()]
        record = session_of_test(
            result, taken_at=_taken_at(tests), clips=files, folder=folder,
            duration_s=sum(test.duration_s for test in tests), pain=self._pain, note=self._note,
        )  # fmt: skip
        try:
            save_session(record, person=self._person, store=self._store)
            remember_personal(self._store, self._person, result, typed)
        except PosecheckError as error:
            self._screen.error(f"the result is not in the history: {error}")
        self._stack.close()


def _taken_at(tests: list[ClipTries]):  # type: ignore[no-untyped-def]  # datetime, imported late
    from posecheck.saving import filmed_at

    return max(filmed_at(test.clip if test.clip.is_file() else None) for test in tests)


def show(result: WallResult, folder: Path) -> None:
    """The verdict, every try, and where the report is."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from posecheck.render.wall_report import told, try_word

    console = Console(highlight=False)
    for line in [*result.notes, *result.verdict]:
        console.print(escape(line))
    if result.tries:
        table = Table(box=None, pad_edge=False)
        for heading in ("Try", "Toe to wall", "Shin tilt", "Heel lift", ""):
            table.add_column(heading, justify="left" if heading in ("Try", "") else "right")
        for one in result.tries:
            status, word = try_word(one)
            colour = "green" if status == "met" else "red"
            table.add_row(
                f"{one.side} {one.number}", told(one.toe_to_wall_cm, "cm"),
                told(one.shin_tilt_deg, "°"), told(one.heel_lift_cm, "cm"),
                f"[{colour}]{word}[/]",
            )  # fmt: skip
        console.print()
        console.print(table)
        for one in result.tries:
            if not one.valid:
                console.print(f"  {one.side} {one.number}: {escape(one.toe_to_wall_cm.reason)}")
    console.print()
    console.print(f"Report: {escape(str(folder / 'report.html'))}", soft_wrap=True)
