"""Several clips of one person and one move, checked together: one result and one report."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from posecheck.core.combine import combine
from posecheck.core.engine import SideChoice
from posecheck.core.errors import InputError
from posecheck.core.result import Result
from posecheck.pipeline import (
    REPORT,
    RESULT,
    VIDEO,
    Look,
    asked_move,
    check_choices,
    headlines,
    key_frames,
    look_at,
    write_clip_files,
)
from posecheck.progress import OnStep, Step


def check_combined(
    paths: Sequence[str | Path],
    move: str,
    side: SideChoice = "auto",
    *,
    out: str | Path | None = None,
    model: str = "full",
    workers: int = 0,
    video: bool = True,
    mirrored: bool = False,
    on_step: OnStep | None = None,
) -> Result:
    """Check one person's repetitions that were filmed from several places, as one.

    The repetitions are matched in order and by side; each phase is taken from the clip whose view
    carries it. The arguments are those of :func:`posecheck.check`, with several clips.

    Args:
        out: folder in which a folder named after the clips gets the report and ``result.json``, and
            a folder for each clip its annotated video, its own result, measures and landmarks.

    Returns:
        The combined result: each phase, measure and fault has the ``clip`` that it came from.

    Raises:
        InputError: a clip, the move or the folder cannot be used, or the clips do not belong
            together; the message says what to do.
        NobodySeenError: a clip shows no person.
    """
    clips = [Path(path) for path in paths]
    check_choices(side, workers)
    if len(clips) < 2:
        raise InputError(f"to combine: expected two clips of one person, got {len(clips)}")
    if len({clip.stem for clip in clips}) < len(clips):
        raise InputError("to combine: expected clips of different names; rename one of them")
    loaded = asked_move(move)
    looks = [
        look_at(
            clip, loaded, side, model=model, workers=workers, mirrored=mirrored, on_step=on_step
        )
        for clip in clips
    ]
    result = combine(looks[0].loaded.move, [look.result for look in looks])
    if out is not None:
        _write(looks, result, Path(out), video, on_step)
    return result


def folder_name(clips: Sequence[Path]) -> str:
    """The name of the folder with the combined result."""
    return "+".join(clip.stem for clip in clips)


def _write(
    looks: Sequence[Look], result: Result, out: Path, video: bool, on_step: OnStep | None
) -> None:
    from posecheck import outputs
    from posecheck.render.report import Film, render_combined
    from posecheck.staging import staged_folder

    with staged_folder(out, folder_name([look.clip for look in looks])) as folder:
        films: dict[str, Film] = {}
        for look in looks:
            own, name = folder / look.clip.stem, look.clip.name
            own.mkdir()
            write_clip_files(look, own, video, on_step)
            films[name] = Film(
                look.assessment.table,
                key_frames(look, result),
                headlines(look.loaded, result, name),
                f"{look.clip.stem}/{VIDEO}" if video else None,
            )
        if on_step is not None:
            on_step(Step("report", 0, None, 0.0))
        outputs.write_result_json(result, folder / RESULT)
        (folder / REPORT).write_text(render_combined(result, films), encoding="utf-8")
