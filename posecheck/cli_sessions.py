"""`posecheck replay`, `rescore`, `compare` and `sessions list|show|delete|export`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from posecheck.core.compare import Difference, RepetitionPair
    from posecheck.core.result import Result
    from posecheck.session.folder import Listed
    from posecheck.session.reader import Recording

Name = Annotated[
    str,
    typer.Argument(
        metavar="SESSION",
        help="Its name, the beginning of it, its folder, or `last`; or a check's folder.",
    ),
]
Root = Annotated[
    Path | None,
    typer.Option("--sessions", metavar="DIR", show_default=False,
                 help="Where sessions are kept; your data folder by default."),
]  # fmt: skip
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON on stdout, nothing else there.")]

sessions_app = typer.Typer(help="Recorded sessions: list, show, delete, export.",
                           no_args_is_help=True)  # fmt: skip


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command(name="replay", no_args_is_help=True)(replay_command)
    app.command(name="rescore", no_args_is_help=True)(rescore_command)
    app.command(name="compare", no_args_is_help=True)(compare_command)
    app.add_typer(sessions_app, name="sessions")


def _open(name: str, root: Path | None) -> Recording:
    """The session; what is missing of it is said on stderr."""
    from posecheck.sessions import open_by_name

    recording = open_by_name(name, root)
    for problem in recording.problems:
        typer.echo(f"posecheck: {recording.info.id}: {problem}", err=True)
    return recording


# --- replay ---


def replay_command(
    session: Name,
    speed: Annotated[
        float,
        typer.Option(min=0, max=100, metavar="X",
                     help="1 as it was, 2 twice as fast; 0 as fast as this machine can."),
    ] = 1.0,
    start: Annotated[
        float, typer.Option("--from", min=0, metavar="S", help="Begin at this second.")
    ] = 0.0,
    headless: Annotated[
        bool, typer.Option("--headless", help="No window: print events as JSON lines.")
    ] = False,
    video: Annotated[
        Path | None,
        typer.Option("--video", metavar="FILE.webm", show_default=False,
                     help="Write the replay as a video instead of showing it."),
    ] = None,
    blur_faces: Annotated[
        bool, typer.Option("--blur-faces", help="Blur the face in the pictures that are shown.")
    ] = False,
    sessions: Root = None,
) -> None:  # fmt: skip
    """Play a recorded session through the same engine that judged it live.

    In the window: space pauses, Q stops. Without a recorded video the body is
    drawn on a dark ground. --headless prints what `posecheck live --headless`
    printed, and at the end whether it was the same.
    """
    from posecheck import replay as player

    recording = _open(session, sessions)
    if headless:
        _print_events(recording)
    elif video is not None:
        frames = player.write_video(recording, video, blur_faces=blur_faces, start_s=start)
        typer.echo(f"{frames} frames: {video}")
    else:
        from posecheck.live_window import Window

        with Window(f"posecheck: {recording.info.move.name}") as window:
            player.play(recording, window, speed=speed, start_s=start, blur_faces=blur_faces)


def _print_events(recording: Recording) -> None:
    from posecheck.sessions import recorded_events, replayed_events

    replayed = replayed_events(recording)
    for event in replayed:
        typer.echo(json.dumps(event, ensure_ascii=False))
    # A checked video was never judged live: there is nothing to be the same as.
    checked = recording.info.kind == "check"
    told = replayed if checked else recorded_events(recording)
    first = next((i for i, (a, b) in enumerate(zip(told, replayed, strict=False)) if a != b), None)
    if first is None and len(told) != len(replayed):
        first = min(len(told), len(replayed))
    line: dict[str, Any] = {
        "event": "summary", "t_s": None, "session": recording.info.id,
        "same_as_live": None if checked else first is None, "problems": recording.problems,
    }  # fmt: skip
    if first is not None:
        line["first_difference"] = {
            "live": told[first] if first < len(told) else None,
            "replay": replayed[first] if first < len(replayed) else None,
        }
    typer.echo(json.dumps(line, ensure_ascii=False))


# --- rescore ---


def rescore_command(
    session: Name,
    move: Annotated[
        str,
        typer.Option("--move", "-m", metavar="ID", show_default=False,
                     help="Another move, or your own move file; the session's own by default."),
    ] = "",
    as_json: AsJson = False,
    sessions: Root = None,
) -> None:  # fmt: skip
    """Score a recorded session with today's move files and engine.

    Shows what changed against the result of the day it was recorded.
    """
    from posecheck.core.compare import compare
    from posecheck.sessions import rescore

    recording = _open(session, sessions)
    found = rescore(recording, move or None)
    if as_json:
        typer.echo(found.now.model_dump_json(indent=2))
        return
    same_move = found.then.move.sha256 == found.now.move.sha256
    typer.echo(f"Session {recording.info.id}: {recording.info.move.name}")
    typer.echo(f"Then: posecheck {found.then.software_version}"
               + ("" if found.kept else " (scored again with the move of that day)")
               + f"; now: posecheck {found.now.software_version}, "
               + ("the same move file" if same_move else "a changed move file"))  # fmt: skip
    changed = _print_pairs(compare(found.then, found.now), ("Then", "Now"), only_changes=True)
    if not changed:
        typer.echo("Nothing changed.")
    typer.echo("")
    for line in found.now.verdict:
        typer.echo(line)


# --- compare ---


def compare_command(
    first: Annotated[str, typer.Argument(metavar="A", help="The earlier session.")],
    second: Annotated[str, typer.Argument(metavar="B", help="The later session.")],
    html: Annotated[
        Path | None,
        typer.Option("--html", metavar="FILE", show_default=False,
                     help="Write a page with the two bodies side by side in every position."),
    ] = None,
    as_json: AsJson = False,
    sessions: Root = None,
) -> None:  # fmt: skip
    """Put two sessions of one move side by side.

    The n-th repetition of a side stands beside the n-th, position beside
    position, however long each took. A change is called clear only when it is
    larger than the ± of both values together.
    """
    from posecheck import comparing
    from posecheck.core.compare import compare

    before, after = _open(first, sessions), _open(second, sessions)
    pair = comparing.scored(before, after)
    pairs = compare(pair.results[0], pair.results[1])
    if html is not None:
        comparing.write_page(pair, pairs, html)
    if as_json:
        typer.echo(json.dumps([_pair_json(p) for p in pairs], indent=2, ensure_ascii=False))
        return
    for letter, recording in zip("AB", (before, after), strict=True):
        typer.echo(f"{letter}: {recording.info.id}, {recording.info.started_at[:16]}")
    if not pairs:
        typer.echo("No repetition was found in either.")
    _print_pairs(pairs, ("A", "B"), only_changes=False)
    if html is not None:
        typer.echo(f"\nPage: {html}")


def _print_pairs(
    pairs: Sequence[RepetitionPair], names: tuple[str, str], *, only_changes: bool
) -> bool:
    """A table a repetition; True if anything was printed."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console(highlight=False)
    printed = False
    for pair in pairs:
        table = Table(title=f"[bold]Repetition {pair.index}, {pair.side}[/]", box=None,
                      title_justify="left", title_style="", pad_edge=False)  # fmt: skip
        for heading in ("Position, measure", *names, "Change", ""):
            left = heading in ("Position, measure", "")
            table.add_column(heading, justify="left" if left else "right")
        rows = 0
        for phase in pair.phases if pair.before and pair.after else ():
            lines = [d for d in phase.told if not only_changes or _differs(d)]
            if lines:
                table.add_row(f"[bold]{escape(phase.name)}[/]")
            for difference in lines:
                table.add_row(*_row(difference))
                rows += 1
        notes = _notes(pair, names)
        if rows or notes:
            printed = True
            console.print()
            console.print(table if rows else f"[bold]Repetition {pair.index}, {pair.side}[/]")
            for note in notes:
                console.print(escape(note))
    return printed


def _differs(difference: Difference) -> bool:
    """Whether the two read differently."""
    before = _number(difference.before, difference.unit)
    return before != _number(difference.after, difference.unit)


def _row(difference: Difference) -> tuple[str, ...]:
    from posecheck.comparing import change_words

    change, judgement = change_words(difference)
    return (f"  {difference.label}", _number(difference.before, difference.unit),
            _number(difference.after, difference.unit), change, judgement)  # fmt: skip


def _number(value: float | None, unit: str) -> str:
    from posecheck.core import words

    return "not measured" if value is None else words.number(value, unit)


def _notes(pair: RepetitionPair, names: tuple[str, str]) -> list[str]:
    if pair.before is None or pair.after is None:
        return [f"Only in {names[1] if pair.before is None else names[0]}."]
    lines = []
    if pair.faults_gone:
        lines.append(f"No longer: {', '.join(pair.faults_gone)}.")
    if pair.faults_new:
        lines.append(f"New: {', '.join(pair.faults_new)}.")
    return lines


def _pair_json(pair: RepetitionPair) -> dict[str, Any]:
    return {
        "side": pair.side, "index": pair.index,
        "only_in": None if pair.before and pair.after else "A" if pair.before else "B",
        "faults_gone": pair.faults_gone, "faults_new": pair.faults_new,
        "phases": [
            {
                "name": phase.name,
                "differences": [
                    {"label": d.label, "unit": d.unit, "a": d.before, "b": d.after,
                     "change": d.change, "error": d.error, "clear": d.clear}
                    for d in phase.differences
                ],
            }
            for phase in pair.phases
        ],
    }  # fmt: skip


# --- sessions ---


@sessions_app.command("list")
def list_command(as_json: AsJson = False, sessions: Root = None) -> None:
    """List the recorded sessions, the newest first."""
    from posecheck.session.folder import list_sessions, sessions_root

    root = sessions or sessions_root()
    found = list_sessions(root)
    if as_json:
        lines = [_listed_json(one) for one in found]
        typer.echo(json.dumps(lines, indent=2, ensure_ascii=False))
        return
    if not found:
        typer.echo(f"No sessions in {root}. Record one:  posecheck live --move ID --record")
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("Session", "Length", "Repetitions", "Size", "State", box=None, pad_edge=False)
    for column in table.columns:
        column.no_wrap = True
    for one in found:
        table.add_row(one.folder.name, *_cells(one), f"{one.size_bytes / 1e6:.1f} MB", one.state)
    console = Console(highlight=False)
    # A name that is cut cannot be copied: better a line that wraps.
    wanted = console.measure(table, options=console.options.update(max_width=1000)).maximum
    console.width = max(console.width, wanted)
    console.print(table, soft_wrap=True)


def _cells(one: Listed) -> tuple[str, str]:
    from posecheck.core import words

    if one.info is None or one.info.state != "finished":
        return "", ""
    counts = ", ".join(f"{n} {side}" for side, n in one.info.repetitions.items() if n) or "none"
    return words.length(one.info.duration_s), counts


def _listed_json(one: Listed) -> dict[str, Any]:
    info = one.info.model_dump(exclude={"move": {"definition"}}) if one.info else None
    return {"folder": str(one.folder), "state": one.state, "size_bytes": one.size_bytes,
            "problem": one.problem, "info": info}  # fmt: skip


@sessions_app.command("show")
def show_command(session: Name, as_json: AsJson = False, sessions: Root = None) -> None:
    """Show what a session holds and what was found in it."""
    from posecheck.cli_view import Screen
    from posecheck.sessions import kept_result, own_move, score

    recording = _open(session, sessions)
    result = kept_result(recording) or _scored(recording, score, own_move)
    info = recording.info
    if as_json:
        typer.echo(json.dumps({
            "session": info.model_dump(exclude={"move": {"definition"}}),
            "problems": recording.problems,
            "result": result.model_dump(mode="json") if result else None,
        }, indent=2, ensure_ascii=False))  # fmt: skip
        return
    camera = info.camera
    rows = {
        "Session": info.id, "Recorded": info.started_at, "Move": info.move.name,
        "Camera": f"{camera.source}, {camera.width_px}x{camera.height_px}",
        "Model": f"{info.model.name} ({info.model.mode})",
        "Frames": f"{len(recording.track)}, {recording.track.t_s[-1]:.1f} s",
        "Kept": _kept_words(recording),
        "State": info.ended or "cut off",
        "Folder": str(recording.folder),
    }  # fmt: skip
    for name, text in rows.items():
        typer.echo(f"{name + ':':<10} {text}")
    if result is None:
        typer.echo("\nNobody was seen in it.")
        return
    typer.echo("")
    for line in result.verdict:
        typer.echo(line)
    Screen(quiet=False, verbose=False).repetitions(result.repetitions)


def _kept_words(recording: Recording) -> str:
    from posecheck.session.checked import FILM

    if recording.info.kind == "check" and (recording.folder / FILM).is_file():
        return "poses and the film with the body drawn in"
    return "poses and video" if recording.info.video else "poses only, no picture"


def _scored(recording: Recording, score: Any, own_move: Any) -> Result | None:
    from posecheck.core.errors import NobodySeenError

    try:
        result: Result = score(recording, own_move(recording))[1]
    except NobodySeenError:
        return None
    return result


@sessions_app.command("delete")
def delete_command(
    session: Name,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    sessions: Root = None,
) -> None:
    """Delete a session with everything in it, after asking."""
    from posecheck.session.folder import delete_session, find_session, listed, sessions_root

    folder = find_session(session, sessions or sessions_root())
    size = listed(folder).size_bytes / 1e6
    if not yes:
        typer.confirm(f"Delete {folder.name} ({size:.1f} MB) for good?", abort=True)
    delete_session(folder)
    typer.echo(f"Deleted {folder.name}.")


@sessions_app.command("export")
def export_command(
    session: Name,
    form: Annotated[
        str,
        typer.Option("--format", "-f", metavar="FORM",
                     help="csv, parquet, json, trc (OpenSim, Pose2Sim) or movement (DeepLabCut)."),
    ] = "csv",
    out: Annotated[
        str,
        typer.Option("--out", "-o", metavar="FILE", show_default=False,
                     help="The file to write, or a folder for it; here, named after the session, "
                     "by default."),
    ] = "",
    sessions: Root = None,
) -> None:  # fmt: skip
    """Write a session's poses for another program."""
    from posecheck.session.export import ENDINGS, EVEN, even_rate_fps, export

    recording = _open(session, sessions)
    target = Path(out)
    if target.is_dir() or out.endswith(("/", "\\")):
        target /= f"{recording.info.id}{ENDINGS.get(form, '')}"
    export(recording, form, target)
    even = f", at even steps of {even_rate_fps(recording.track):.6g} a second"
    typer.echo(f"{len(recording.track)} frames{even if form in EVEN else ''}: {target}")
