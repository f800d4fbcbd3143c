"""From a video file to one person's landmarks over time: capture and estimate, wired."""

from __future__ import annotations

import platform
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from posecheck.capture.files import VideoReader
from posecheck.core.pose import N_LANDMARKS, PoseTrack
from posecheck.estimate.landmarker import PoseEstimator

if TYPE_CHECKING:
    from posecheck.estimate.models import ModelFile

#: Longer side of the picture given to the model, which looks at 256x256 pixels of the person.
INFERENCE_SIDE_PX = 960


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a clip is. ``frames_estimate`` is None if the file does not say its length."""

    frames_done: int
    frames_estimate: int | None
    t_s: float
    fps: float


def track_video(
    path: Path,
    model: ModelFile,
    *,
    workers: int = 0,
    on_progress: Callable[[Progress], None] | None = None,
) -> PoseTrack:
    """Follows one person through a video file.

    Raises:
        InputError: the file or the model cannot be used.
    """
    start = perf_counter()
    times: list[float] = []
    seen: list[int] = []
    light: list[float] = []
    rows: list[Any] = []
    nobody = np.full((N_LANDMARKS, 6), np.nan, np.float32)
    with (
        VideoReader(path, rgb=True, max_side_px=INFERENCE_SIDE_PX) as reader,
        PoseEstimator(model.path, mode="unsmoothed", people=1) as estimator,
    ):
        for frame in reader:
            poses = estimator.detect(frame.rgb, t_s=frame.t_s, scale=frame.scale)
            rows.append(poses.to_flat()[0] if len(poses) else nobody)
            times.append(frame.t_s)
            seen.append(len(poses))
            light.append(frame.brightness())
            if on_progress is not None:
                fps = len(times) / (perf_counter() - start)
                on_progress(Progress(len(times), reader.info.frames_estimate, frame.t_s, fps))
    flat = np.array(rows)
    return PoseTrack(
        t_s=np.array(times),
        image_px=flat[..., :2],
        world_m=flat[..., 2:5],
        visibility=np.nan_to_num(flat[..., 5]),
        people_seen=np.array(seen, np.int16),
        brightness=np.array(light, np.float32),
        width_px=reader.info.width_px,
        height_px=reader.info.height_px,
        meta={
            "clip": path.name,
            "codec": reader.info.codec,
            "rotation_deg": reader.info.rotation_deg,
            "truncated": reader.truncated,
            "dropped_frames": reader.dropped,
            "model": model.name,
            "model_sha256": model.sha256,
            "mode": "unsmoothed",
            "mediapipe": metadata.version("mediapipe"),
            "python": platform.python_version(),
        },
    )
