"""Pictures of a checked clip, from its own pixels: the key frames and the annotated video."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from posecheck.capture.files import VideoReader, frames_at
from posecheck.core.engine import Assessment
from posecheck.core.pose import PoseTrack
from posecheck.core.result import Result
from posecheck.progress import OnStep, Step
from posecheck.render.keyframes import KeyShot, choose_key_shots, common_crop, draw_key_frame
from posecheck.render.overlay import draw_overlay
from posecheck.render.video import MAX_SIDE_PX, AnnotatedVideo

if TYPE_CHECKING:
    from posecheck.render.text import Image


def key_pictures(
    clip: Path, assessment: Assessment, result: Result, shots: Sequence[KeyShot] | None = None
) -> list[tuple[KeyShot, Image]]:
    """One drawn picture a phase of the best repetitions, in the order of the move.

    ``shots`` are the moments to show; those of ``result`` if left out.

    Cut from full-size pixels; of the clip only what leads to these frames is read again.
    """
    smooth = _where_seen(assessment, result)
    shots = choose_key_shots(result) if shots is None else shots
    indices = [int(np.argmin(np.abs(smooth.t_s - shot.time_s))) for shot in shots]
    if not shots:
        return []
    crop = common_crop(smooth.image_px[indices], smooth.width_px, smooth.height_px)
    drawn: dict[int, Image] = {}
    for frame in frames_at(clip, {i: float(smooth.t_s[i]) for i in indices}):
        i = frame.index
        for k in (k for k, index in enumerate(indices) if index == i):
            drawn[k] = draw_key_frame(
                frame.bgr, smooth.image_px[i], smooth.visibility[i], shots[k], crop
            )
    return [(shots[k], drawn[k]) for k in sorted(drawn)]


def annotate(
    clip: Path, target: Path, assessment: Assessment, result: Result, on_step: OnStep | None
) -> None:
    """Write the clip again with skeleton, angle, phase, hold clock and cue."""
    smooth = _where_seen(assessment, result)
    began_s, total = perf_counter(), len(smooth)
    with VideoReader(clip, max_side_px=MAX_SIDE_PX) as reader, AnnotatedVideo(target) as sink:
        for frame in reader:
            i = frame.index
            if i >= total:
                break
            bgr = np.ascontiguousarray(frame.bgr)
            _draw(bgr, frame.scale, i, smooth, assessment)
            sink.write(bgr, frame.t_s)
            if on_step is not None:
                on_step(Step("video", i + 1, total, (i + 1) / (perf_counter() - began_s)))


def _draw(bgr: Image, scale: float, i: int, smooth: PoseTrack, assessment: Assessment) -> None:
    state = assessment.states[i]
    value = error = None
    if state.headline is not None:
        value = state.headline_sign * float(assessment.table.columns[state.headline][i])
        error = float(assessment.table.errors[state.headline][i])
    draw_overlay(
        bgr, smooth.image_px[i] / scale, smooth.visibility[i], state, value, error,
        label=state.headline_label,
    )  # fmt: skip


def _where_seen(assessment: Assessment, result: Result) -> PoseTrack:
    """The smoothed landmarks on the clip's own pixels: a mirrored clip is drawn as it is stored."""
    return assessment.smooth.reflected() if result.mirrored else assessment.smooth
