"""`posecheck live`, `posecheck cameras`, `posecheck doctor`."""

from __future__ import annotations

import json
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from posecheck.cli_keep import Keeper, NoSaveOption, NoteOption, PersonOption
from posecheck.core.errors import InputError

if TYPE_CHECKING:
    from posecheck.capture.camera import Asked, Camera, Got
    from posecheck.core.live_view import Plan
    from posecheck.core.result import Repetition
    from posecheck.library import LoadedMove
    from posecheck.live_run import Summary
    from posecheck.live_session import Fed
    from posecheck.session.recorder import Recorder

SIDES = ("auto", "left", "right")
VIEWS = ("auto", "side", "front")
_EXAMPLES = """Examples:

posecheck live --move standing-hip

posecheck live -m ankle-dorsiflexion --camera 1 --record

posecheck live -m standing-hip --camera http://192.168.1.20:8080/video

posecheck live -m standing-hip --headless | jq -c 'select(.event == "repetition")'
"""


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command(name="live", no_args_is_help=True, epilog=_EXAMPLES)(live_command)
    app.command(name="cameras")(cameras_command)
    app.command(name="doctor")(doctor_command)


def live_command(
    move: Annotated[
        str,
        typer.Option(
            "--move", "-m", metavar="ID", show_default=False,
            help="The move; `posecheck moves` lists them. Or your own move file.",
        ),
    ] = "",
    camera: Annotated[
        str,
        typer.Option(
            "--camera", "-c", metavar="WHICH",
            help="A number, /dev/videoN, an rtsp:// or http:// address (a phone), or a video "
            "file, played in real time.",
        ),
    ] = "0",
    side: Annotated[
        str, typer.Option(metavar="SIDE", help="The working side: left, right, or auto.")
    ] = "auto",
    repetitions: Annotated[
        int,
        typer.Option(min=0, metavar="N", help="Repetitions a side; 0 takes the move's least dose."),
    ] = 0,
    record: Annotated[
        bool,
        typer.Option("--record", "-r", help="Keep the poses (no picture), to replay and compare."),
    ] = False,
    video: Annotated[
        bool, typer.Option("--video", help="Keep the camera's pictures too; implies --record.")
    ] = False,
    sessions: Annotated[
        Path | None,
        typer.Option("--sessions", metavar="DIR", show_default=False,
                     help="Where sessions are kept; your data folder by default."),
    ] = None,
    headless: Annotated[
        bool, typer.Option("--headless", help="No window: print events as JSON lines.")
    ] = False,
    values: Annotated[
        bool,
        typer.Option("--values", help="With --headless: a line for every analysed frame too."),
    ] = False,
    countdown: Annotated[
        float, typer.Option(min=0, max=60, metavar="S", help="Seconds before the start.")
    ] = 3.0,
    no_setup: Annotated[
        bool, typer.Option("--no-setup", help="Start at once, without set-up check and countdown.")
    ] = False,
    view: Annotated[
        str,
        typer.Option(metavar="VIEW", help="Where the camera stands this time: side, front, or the "
                     "move's own place (auto)."),
    ] = "auto",
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No tones, no speech.")] = False,
    no_speech: Annotated[bool, typer.Option("--no-speech", help="Tones only.")] = False,
    size: Annotated[
        str, typer.Option(metavar="WxH", help="Picture size to ask the camera for.")
    ] = "1280x720",
    no_mirror: Annotated[
        bool, typer.Option("--no-mirror", help="Show the picture as the camera sees it.")
    ] = False,
    mirrored: Annotated[
        bool, typer.Option("--mirrored", help="This camera's picture is mirrored already.")
    ] = False,
    model: Annotated[
        str, typer.Option(metavar="NAME", help="Pose model: full, lite, heavy, or a .task file.")
    ] = "full",
    person: PersonOption = None,
    note: NoteOption = "",
    no_save: NoSaveOption = False,
) -> None:  # fmt: skip
    """Check a move live: a mirror, one angle, a hold clock, one cue at a time.

    First the set-up: step back until you are seen, turn as the move needs it,
    stand still, and a countdown starts. Space pauses, N goes on (skips the
    set-up, or goes to the other side), S changes the side, Q stops, F fills
    the screen. Nothing leaves this machine. The numbers go into the history;
    poses and pictures are kept only with --record and --video.

    Exit codes: 0 done or stopped, 2 the camera or an option cannot be used.
    """
    from posecheck.capture.camera import Camera
    from posecheck.capture.source import parse_source
    from posecheck.core.live_view import Plan
    from posecheck.library import load_move

    _check(move, side, view)
    loaded = load_move(move)
    plan = Plan(
        side=side,  # type: ignore[arg-type]  # one of SIDES
        repetitions=repetitions or max(1, loaded.move.dose.repetitions[0]),
        countdown_s=countdown, check_setup=not no_setup,
        view=None if view == "auto" else view,  # type: ignore[arg-type]  # one of VIEWS
    )  # fmt: skip
    show = _Headless(values) if headless else _Desktop(quiet, no_speech)
    with Camera(parse_source(camera), _asked(size)) as opened, ExitStack() as stack:
        assert opened.got is not None
        keeper = Keeper(person, None, note, _tell_problem, saves=not no_save)
        run = _Run(loaded, model, plan, opened, stack, keeper)
        if record or video:
            run.record(sessions, mirrored, video)
        run.go(show, mirror=not no_mirror, mirrored=mirrored)


def _check(move: str, side: str, view: str) -> None:
    from posecheck.library import move_ids

    if not move:
        raise InputError(f"which move? Add --move ID; known moves: {', '.join(move_ids())}")
    if side not in SIDES:
        raise InputError(f'--side: expected {", ".join(SIDES[:-1])} or {SIDES[-1]}, got "{side}"')
    if view not in VIEWS:
        raise InputError(f'--view: expected {", ".join(VIEWS[:-1])} or {VIEWS[-1]}, got "{view}"')


def _asked(size: str) -> Asked:
    from posecheck.capture.camera import Asked

    width, _, height = size.lower().partition("x")
    if not (width.isdecimal() and height.isdecimal() and int(width) and int(height)):
        raise InputError(f'--size: expected WIDTHxHEIGHT such as 1280x720, got "{size}"')
    return Asked(int(width), int(height))


class _Run:
    """The parts of one live run; ``stack`` closes them in the end."""

    def __init__(
        self, loaded: LoadedMove, model: str, plan: Plan, camera: Camera, stack: ExitStack,
        keeper: Keeper,
    ) -> None:  # fmt: skip
        from posecheck.estimate.models import resolve_model

        self._loaded, self._plan = loaded, plan
        self._camera, self._stack = camera, stack
        self._model = resolve_model(model)
        self._keeper, self._started_at = keeper, datetime.now().astimezone()
        self._recorder: Recorder | None = None
        self._video: Any = None

    def record(self, root: Path | None, mirrored: bool, video: bool) -> None:
        from posecheck import sessions
        from posecheck.session import private

        assert self._camera.got is not None
        self._recorder = sessions.begin(
            self._loaded, self._model, self._camera.got, self._plan, root=root,
            mirrored=mirrored, video=video,
        )  # fmt: skip
        if video:
            from posecheck.render.video import LiveVideo

            path = self._recorder.folder / sessions.VIDEO
            private.create(path).close()
            self._video = self._stack.enter_context(LiveVideo(path))

    def go(self, show: _Headless | _Desktop, *, mirror: bool, mirrored: bool) -> None:
        from posecheck.live_run import LiveRun
        from posecheck.live_session import LiveSession

        # The window first: loading the model takes a moment in which something should be seen.
        screen = show.screen(self._stack, self._loaded)
        session = self._stack.enter_context(
            LiveSession(
                self._loaded,
                self._model,
                self._plan,
                mirror=mirror,
                mirrored=mirrored,
                draw=show.draws,
                recorder=self._recorder,
                video=self._video,
                on_cues=show.sounds(self._stack),
            )
        )
        assert self._camera.got is not None
        show.opened(self._camera.got, self._loaded, self._plan, self._recorder)
        run = LiveRun(session, self._camera, tell=show.tell, on_fed=show.fed, screen=screen)
        summary = run.run()
        self._keep(summary, session.view.t_s)
        self._finish(summary, show)

    def _keep(self, summary: Summary, duration_s: float) -> None:
        """The numbers go into the history, recorded or not; nothing counted is nothing to keep."""
        from posecheck.saving import live_session_of

        if summary.repetitions:
            self._keeper.keep_session(
                lambda: live_session_of(
                    summary.repetitions, self._loaded, side=self._plan.side,
                    started_at=self._started_at, duration_s=duration_s, model=self._model.name,
                    folder=self._recorder.folder if self._recorder else None,
                    note=self._keeper.note,
                )
            )  # fmt: skip

    def _finish(self, summary: Summary, show: _Headless | _Desktop) -> None:
        from posecheck import sessions
        from posecheck.session.reader import open_recording

        if self._recorder is None:
            show.closed(summary, None)
            return
        counted = {
            side: sum(r.side == side for r in summary.repetitions) for side in ("left", "right")
        }
        self._recorder.close(summary.ended, counted)
        if self._recorder.frames:
            sessions.keep_result(open_recording(self._recorder.folder))
        show.closed(summary, self._recorder)


def _tell_problem(line: str) -> None:
    typer.echo(f"posecheck: {line}", err=True)


class _Headless:
    """Events as JSON lines on stdout; nothing else there."""

    draws = False

    def __init__(self, values: bool) -> None:
        self._values = values

    def sounds(self, _stack: ExitStack) -> None:
        return None

    def screen(self, _stack: ExitStack, _loaded: LoadedMove) -> None:
        return None

    def opened(self, got: Got, loaded: LoadedMove, plan: Plan, recorder: Recorder | None) -> None:
        from dataclasses import asdict

        self._line(
            "opened", 0.0,
            {"move": loaded.move.id, "camera": asdict(got), "plan": asdict(plan),
             "session": str(recorder.folder) if recorder else None},
        )  # fmt: skip

    def tell(self, name: str, t_s: float, data: dict[str, Any]) -> None:
        self._line(name, t_s, data)

    def fed(self, fed: Fed) -> None:
        if self._values:
            from posecheck.live_session import view_json

            view = view_json(fed.view)
            self._line("frame", view.pop("t_s"), view)

    def closed(self, summary: Summary, recorder: Recorder | None) -> None:
        pace = summary.pace
        self._line("summary", None, {
            "ended": summary.ended,
            "repetitions": [_brief(r) for r in summary.repetitions],
            "analysed": pace.analysed, "offered": pace.offered,
            "feed_ms_median": _rounded(pace.ms(50)), "feed_ms_p95": _rounded(pace.ms(95)),
            "session": str(recorder.folder) if recorder else None,
            "recording_failed": recorder.failed if recorder else None,
        })  # fmt: skip

    def _line(self, name: str, t_s: float | None, data: dict[str, Any]) -> None:
        line = {"event": name, "t_s": t_s, **data}
        typer.echo(json.dumps(line, ensure_ascii=False, allow_nan=False))


def _rounded(value: float) -> float | None:
    return round(value, 1) if value == value else None


def _brief(repetition: Repetition) -> dict[str, Any]:
    return {
        "side": repetition.side, "index": repetition.index, "start_s": repetition.start_s,
        "end_s": repetition.end_s, "complete": repetition.complete,
        "faults": [fault.id for fault in repetition.faults],
    }  # fmt: skip


class _Desktop:
    """A window, sounds, and a few lines in the terminal."""

    draws = True

    def __init__(self, quiet: bool, no_speech: bool) -> None:
        self._quiet, self._no_speech = quiet, no_speech

    def sounds(self, stack: ExitStack) -> Any:
        if self._quiet:
            return None
        from posecheck.sound.announcer import Announcer
        from posecheck.sound.player import SystemVoice

        voice = SystemVoice()
        typer.echo(f"Sound: {voice.name}", err=True)
        announcer = stack.enter_context(Announcer(voice, speak=not self._no_speech))
        return announcer.offer

    def screen(self, stack: ExitStack, loaded: LoadedMove) -> Any:
        from posecheck.live_window import Window
        from posecheck.render.live_overlay import waiting_picture

        window = stack.enter_context(Window(f"posecheck: {loaded.move.name}"))
        window.greet(waiting_picture(loaded.move.name, "One moment: loading the pose model"))
        return window

    def opened(self, got: Got, _loaded: LoadedMove, _plan: Plan, recorder: Recorder | None) -> None:
        rate = f", {got.fps:.0f} a second" if got.fps else ""
        codec = f", {got.fourcc}" if got.fourcc else ""
        typer.echo(f"Camera {got.source}: {got.width_px}x{got.height_px}{rate}{codec}", err=True)
        if recorder is not None:
            typer.echo(f"Recording to {recorder.folder}", err=True)

    def tell(self, name: str, _t_s: float, data: dict[str, Any]) -> None:
        if name in ("camera_lost", "camera_back", "slow"):
            typer.echo(_NOTICES[name].format(**data), err=True)

    def fed(self, _fed: Fed) -> None:
        return None

    def closed(self, summary: Summary, recorder: Recorder | None) -> None:
        from posecheck.cli_view import Screen

        if not summary.repetitions:
            typer.echo("No repetition was counted.")
        Screen(quiet=False, verbose=False).repetitions(summary.repetitions)
        if recorder is not None and recorder.failed:
            typer.echo(f"The recording broke off ({recorder.failed}): {recorder.folder}")
        elif recorder is not None:
            name = recorder.folder.name
            typer.echo(f"Session: {recorder.folder}")
            typer.echo(f"Look at it again:  posecheck replay {name}")


_NOTICES = {
    "camera_lost": "The camera is gone; waiting for it.",
    "camera_back": "The camera is back.",
    "slow": "This machine analyses {analysed_fps} of {offered_fps} pictures a second; the times "
    "stay right.",
}


def cameras_command(
    as_json: Annotated[bool, typer.Option("--json", help="Print the list as JSON.")] = False,
) -> None:
    """List the cameras of this machine, with what each gives."""
    from dataclasses import asdict

    from posecheck.capture.devices import find_cameras

    found = list(find_cameras())
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in found], indent=2, ensure_ascii=False))
        return
    if not found:
        typer.echo(
            "No camera was found. A phone works too: start a camera-stream app on it and "
            "give its address:\n  posecheck live --move ID --camera http://PHONE:PORT/video"
        )
        return  # fmt: skip
    from rich.console import Console
    from rich.table import Table

    table = Table("Camera", "Name", "Gives", box=None, pad_edge=False)
    for one in found:
        got = one.got
        gives = one.problem or ""
        if got is not None:
            rate = f", {got.fps:.0f} a second" if got.fps else ""
            gives = f"{got.width_px}x{got.height_px}{rate} {got.fourcc or ''}".strip()
        table.add_row(one.camera, one.name, gives)
    Console(highlight=False).print(table)
    typer.echo(f"\nUse one:  posecheck live --move ID --camera {found[0].camera}")


def doctor_command(
    camera: Annotated[
        str, typer.Option("--camera", "-c", metavar="WHICH", help="The camera to try.")
    ] = "0",
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Check camera, model, speed, sound, folders and disk of this machine.

    Exit codes: 0 everything that a live session needs is here, 1 something is
    missing (the lines marked "missing" say what to do).
    """
    from dataclasses import asdict

    from posecheck.doctor import examine

    findings = []
    for finding in examine(camera):
        findings.append(finding)
        if not as_json:
            typer.echo(f"{finding.state:<8} {finding.what}: {finding.text}")
    if as_json:
        typer.echo(json.dumps([asdict(f) for f in findings], indent=2, ensure_ascii=False))
    if any(finding.state == "missing" for finding in findings):
        raise typer.Exit(1)
