"""The only wiring: from a clip to poses, to an assessment, to the files a person opens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import posecheck
from posecheck.core.engine import Assessment, Counts, SideChoice, assess
from posecheck.core.errors import InputError, NobodySeenError
from posecheck.core.feedback import next_time, praise, verdict
from posecheck.core.pose import PoseTrack
from posecheck.core.recognise import recognise
from posecheck.core.result import ClipInfo, ModelInfo, MoveInfo, Note, Quality, Result
from posecheck.core.scale import PlaneScale
from posecheck.core.terms import AUTO
from posecheck.library import LoadedMove, error_bands, load_move, move_model, shipped_ids
from posecheck.memory import give_memory_back
from posecheck.progress import OnStep, Step

if TYPE_CHECKING:
    from posecheck.scaling import ScaleInput

REPORT = "report.html"
VIDEO = "annotated.webm"
RESULT = "result.json"
MEASURES = "measures.csv"
TRACK = "track.parquet"
SIDE_CHOICES: tuple[SideChoice, ...] = ("auto", "left", "right")


def check(
    path: str | Path,
    move: str,
    side: SideChoice = "auto",
    *,
    out: str | Path | None = None,
    model: str = "full",
    workers: int = 0,
    video: bool = True,
    mirrored: bool = False,
    scale: ScaleInput | None = None,
    name: str | None = None,
    page: bool = False,
    on_step: OnStep | None = None,
) -> Result:
    """Check the form of one move in one video.

    Args:
        path: a video file (mp4, mov, webm, avi, gif).
        move: the id of a move ("standing-hip"), the path of a move file, or "auto" to find out
            which of posecheck's moves the clip shows.
        side: the working side; "auto" finds it for every repetition.
        out: folder in which a folder named after the clip gets the report, the annotated video,
            the measures and the landmarks; None writes nothing.
        model: "full", "lite", "heavy" or the path of a .task file.
        workers: processes that estimate poses; 0 means as many as the machine has cores.
        video: whether to write the annotated video (it needs ``out``).
        mirrored: the clip was stored mirrored, as some selfie cameras do.
        scale: where centimetres come from: a printed sheet in the picture or two points; None gives
            no measure in centimetres.
        name: what the results call the clip; None takes its file's name.
        page: whether to add what the web page shows of a result (it needs ``out``).
        on_step: called now and then with the progress.

    Returns:
        what was found, the same as in ``result.json``.

    Raises:
        InputError: clip, move, model or folder cannot be used, or "auto" is not sure; the message
            says what to do.
        NobodySeenError: the clip shows no person.
    """
    check_choices(side, workers)
    look = look_at(
        Path(path), asked_move(move), side, model=model, workers=workers, mirrored=mirrored,
        scale=scale, name=name, on_step=on_step,
    )  # fmt: skip
    if out is not None:
        _write_all(look, Path(out), video, on_step, page=page)
    return look.result


@dataclass(frozen=True, slots=True)
class Look:
    """One clip after its check, with what its files are made of."""

    clip: Path
    loaded: LoadedMove
    track: PoseTrack
    assessment: Assessment
    result: Result


def asked_move(move: str) -> LoadedMove | None:
    """The move that was asked for; None where it is to be found in the clip.

    Raises:
        InputError: no such move, or its file is wrong.
    """
    return None if move == AUTO else load_move(move)


def look_at(
    clip: Path,
    loaded: LoadedMove | None,
    side: SideChoice,
    *,
    model: str,
    workers: int,
    mirrored: bool,
    scale: ScaleInput | None = None,
    name: str | None = None,
    on_step: OnStep | None = None,
) -> Look:
    """Find the poses of a clip and judge them; see :func:`check`.

    ``loaded`` is None where the move is to be found in the clip.
    """
    from posecheck.estimate.models import resolve_model
    from posecheck.tracking import Progress, track_video, watch_feet

    known_scale = _scale(clip, scale, mirrored)

    def tells(stage: str) -> Callable[[Progress], None]:
        def on_progress(p: Progress) -> None:
            if on_step is not None:
                on_step(Step(stage, p.frames_done, p.frames_estimate, p.fps))

        return on_progress

    track = track_video(clip, resolve_model(model), workers=workers, on_progress=tells("poses"))
    known = {"clip": name, "scale": known_scale.as_dict() if known_scale else None}
    track = replace(track, meta={**track.meta, **{k: v for k, v in known.items() if v}})
    shown = loaded or shown_move(track)
    found = loaded is None
    if shown.move.follows_feet:
        track = watch_feet(clip, track, on_progress=tells("feet"))
    look = Look(clip, shown, track, *score(track, shown, side, mirrored=mirrored, found=found))
    give_memory_back()  # what the judging needed; pictures follow
    return look


def _scale(clip: Path, given: ScaleInput | None, mirrored: bool) -> PlaneScale | None:
    """Found before the long part, so that a sheet that cannot be read is told at once."""
    if given is None:
        return None
    from posecheck.scaling import clip_scale

    return clip_scale(clip, given, mirrored=mirrored).scale


def check_choices(side: str, workers: int) -> None:
    if side not in SIDE_CHOICES:
        raise InputError(f'side: expected one of {", ".join(SIDE_CHOICES)}, got "{side}"')
    if workers < 0:
        raise InputError(f"workers: expected 0 (all cores) or more, got {workers}")


def shown_move(track: PoseTrack) -> LoadedMove:
    """The move that a track shows, out of posecheck's own.

    Raises:
        NobodySeenError: no frame shows a person.
        InputError: it is not clear which; names the likeliest.
    """
    check_somebody(track)
    known = shipped_ids()
    seen = recognise(track, move_model(), known)
    if seen.move_id is not None:
        return load_move(seen.move_id)
    likely = [load_move(name).move for name in seen.nearest if name in known]
    if seen.far or not likely:
        like = f"it looks like none of these: {', '.join(known)}"
    else:
        like = f"it looks most like {' or '.join(f'{m.name} ({m.id})' for m in likely)}"
    raise InputError(
        f"{_clip_name(track)}: not sure which move this is: {like}. Choose the move yourself, or "
        "film the whole body from where the move asks for"
    )


def check_somebody(track: PoseTrack) -> None:
    """
    Raises:
        NobodySeenError: no frame shows a person.
    """
    if not track.seen.any():
        raise NobodySeenError(
            f"{_clip_name(track)}: no person was found in {len(track)} frames; film the whole "
            "body, in light, filling most of the picture"
        )


def _clip_name(track: PoseTrack) -> str:
    return str(track.meta.get("clip", "clip"))


def score(
    track: PoseTrack,
    loaded: LoadedMove,
    side: SideChoice,
    *,
    mirrored: bool = False,
    found: bool = False,
    counts: Counts | None = None,
) -> tuple[Assessment, Result]:
    """Judge a track: what a check does after the poses are known, and all that a re-score does.

    ``found`` says that the move was found in the clip, not asked for; ``counts`` is as for
    :func:`posecheck.core.engine.assess`.

    Raises:
        NobodySeenError: no frame shows a person.
    """
    check_somebody(track)
    move = loaded.move
    kept_scale = track.meta.get("scale")
    assessment = assess(
        track.mirrored() if mirrored else track,
        move,
        error_bands(),
        side,
        scale=PlaneScale.from_dict(kept_scale) if kept_scale else None,
        counts=counts,
    )
    quality = _with_file_notes(assessment.quality, track)
    repetitions = assessment.repetitions
    result = Result(
        software_version=posecheck.__version__,
        clip=_clip_info(_clip_name(track), track),
        move=MoveInfo(id=move.id, name=move.name, sha256=loaded.sha256, found=found),
        model=ModelInfo(
            name=str(track.meta.get("model", "unknown")),
            sha256=str(track.meta.get("model_sha256", "")),
            mode=str(track.meta.get("mode", "unknown")),
        ),
        side=side,
        mirrored=mirrored,
        quality=quality,
        repetitions=repetitions,
        cues=assessment.cues,
        verdict=verdict(move, repetitions, quality.notes, assessment.attempts),
        praise=praise(repetitions),
        next_time=next_time(move, repetitions, quality.notes),
        safety=move.safety,
    )
    return assessment, result


def _clip_info(name: str, track: PoseTrack) -> ClipInfo:
    t_s = track.t_s
    spacing_s = float(np.median(np.diff(t_s))) if len(t_s) > 1 else 0.0
    return ClipInfo(
        name=name,
        duration_s=round(float(t_s[-1]) + spacing_s, 3) if len(t_s) else 0.0,
        frames=len(track),
        seen_frames=int(track.seen.sum()),
        fps=round(1.0 / spacing_s, 2) if spacing_s else 0.0,
        width_px=track.width_px,
        height_px=track.height_px,
        rotation_deg=int(track.meta.get("rotation_deg", 0)),
    )


def _with_file_notes(quality: Quality, track: PoseTrack) -> Quality:
    if not track.meta.get("truncated"):
        return quality
    end_s = round(float(track.t_s[-1]), 2)
    cut = Note(
        id="truncated",
        text=f"The file breaks off after {end_s:.1f} s: what came before was checked; copy it "
        "again from the camera for the rest.",
        start_s=end_s,
        end_s=end_s,
    )
    return quality.model_copy(update={"notes": [cut, *quality.notes]})


# --- files ---


def _write_all(look: Look, out: Path, video: bool, on_step: OnStep | None, *, page: bool) -> None:
    from posecheck.page_data import write_page
    from posecheck.render.report import render_report
    from posecheck.staging import staged_folder

    result, table = look.result, look.assessment.table
    columns = headlines(look.loaded, result)
    with staged_folder(out, look.clip.stem) as folder:
        if on_step is not None:
            on_step(Step("report", 0, None, 0.0))
        frames = key_frames(look, result)
        report = render_report(
            result, table, frames, headline_columns=columns, video_name=VIDEO if video else None
        )
        (folder / REPORT).write_text(report, encoding="utf-8")
        if page:
            write_page(folder, result, table, frames, columns)
        # The long part comes last: when it is done, all is there.
        write_clip_files(look, folder, video, on_step)


def write_clip_files(look: Look, folder: Path, video: bool, on_step: OnStep | None) -> None:
    """All of a clip's files but its report: film, result, measures and landmarks."""
    from posecheck import outputs
    from posecheck.pictures import annotate

    outputs.write_result_json(look.result, folder / RESULT)
    outputs.write_measures_csv(look.assessment.table, folder / MEASURES)
    outputs.write_track(look.track, folder / TRACK)
    if video:
        annotate(look.clip, folder / VIDEO, look.assessment, look.result, on_step)


def key_frames(look: Look, result: Result) -> dict[float, np.ndarray]:
    """Key time to its drawn picture, of the phases of ``result`` that this clip shows.

    ``result`` is the clip's own, or the combined one that it is a part of.
    """
    from posecheck.pictures import key_pictures
    from posecheck.render.keyframes import choose_key_shots

    part = look.clip.name if result.parts else None
    shots = [shot for shot in choose_key_shots(result) if shot.phase.clip == part]
    return {s.time_s: p for s, p in key_pictures(look.clip, look.assessment, look.result, shots)}


def headlines(
    loaded: LoadedMove, result: Result, clip: str | None = None
) -> list[tuple[str, str, None]]:
    """The columns worth a chart, most important first: what the move's phases watch.

    ``clip`` is one of a combined result's clips: only the phases that came from it count.
    """
    from posecheck.core.catalog import resolve

    sides = list(dict.fromkeys(repetition.side for repetition in result.repetitions))
    if not sides:
        sides = ["left", "right"] if result.side == "auto" else [result.side]
    shown = {p.id for r in result.repetitions for p in r.phases if p.clip == clip}
    phases = [phase for phase in loaded.move.phases if clip is None or phase.id in shown]
    names = [phase.headline for phase in phases]
    names += [c.measure for phase in phases for c in phase.criteria]
    scaled = any(m.unit == "cm" for r in result.repetitions for p in r.phases for m in p.measures)
    wanted: dict[str, str] = {}
    for name in names:
        for side in sides:
            quantity = resolve(name, side)
            if quantity.measure.public and (scaled or quantity.unit != "cm"):
                wanted.setdefault(quantity.column, quantity.measure.label)
    return [(column, label, None) for column, label in wanted.items()]


def rescore(
    track_path: str | Path, move: str, side: SideChoice = "auto", *, mirrored: bool = False
) -> Result:
    """Judge a recorded ``track.parquet`` again, with today's move files and engine.

    Raises:
        InputError: the track or the move cannot be used.
    """
    from posecheck.outputs import read_track

    check_choices(side, 0)
    loaded = asked_move(move)
    track = read_track(Path(track_path))
    found = loaded is None
    return score(track, loaded or shown_move(track), side, mirrored=mirrored, found=found)[1]


__all__ = ["Step", "check", "rescore", "score"]
