"""From a video file to one person's landmarks over time: capture and estimate, wired."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

import posecheck
from posecheck.capture.files import VideoReader
from posecheck.capture.frame import Frame, VideoInfo
from posecheck.core.pose import N_LANDMARKS, PoseTrack
from posecheck.estimate.blocks import Sighting, block_frames
from posecheck.estimate.follow import Place, follow
from posecheck.estimate.lanes import estimate_in_order
from posecheck.estimate.poses import Float32

if TYPE_CHECKING:
    from posecheck.estimate.models import ModelFile

#: Longer side of the picture given to the model, which itself looks at 256x256 pixels around the
#: person. Measured: at 960 nothing is lost against 1920, at 640 small people begin to suffer.
INFERENCE_SIDE_PX = 960
#: One more worker pays from about this many frames on: it takes a second to start.
FRAMES_PER_WORKER = 150
#: Name of the running mode in the track's metadata; see docs/pose.md.
MODE = "blocks-1"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a clip is. ``frames_estimate`` is None if the file does not say its length."""

    frames_done: int
    frames_estimate: int | None
    t_s: float
    fps: float


@dataclass(slots=True)
class _Collected:
    """What is kept of a clip while it streams by: small arrays, no pictures."""

    t_s: list[float] = field(default_factory=list)
    brightness: list[float] = field(default_factory=list)
    people: list[int] = field(default_factory=list)
    poses: list[Float32] = field(default_factory=list)  # (k, 33, 6) each


def track_video(
    path: Path,
    model: ModelFile,
    *,
    workers: int = 0,
    on_progress: Callable[[Progress], None] | None = None,
) -> PoseTrack:
    """Follows one person through a video file.

    Args:
        path: the clip.
        model: from ``posecheck.estimate.models.resolve_model``.
        workers: lanes that look at frames side by side, one in this process and the others in
            their own; 0 for as many as there are cores, but one for each ``FRAMES_PER_WORKER``
            frames, since a worker takes a second to start. The landmarks do not depend on it.
        on_progress: called in this thread after each frame that is done.

    Returns:
        The track, one entry a frame; all NaN where (or if) nobody was seen. Landmarks are in
        pixels of the original upright frame, whatever size was looked at.

    Raises:
        InputError: the file or the model cannot be used; one line says why.
        WorkerLostError: a worker process was killed.
    """
    kept = _Collected()
    with VideoReader(path, rgb=True, max_side_px=INFERENCE_SIDE_PX) as reader:
        sightings = estimate_in_order(
            _noted(reader, kept),
            model.path,
            workers=workers or _worth_while(reader.info),
            frames_per_block=block_frames(reader.info.nominal_fps),
        )
        _collect(sightings, kept, reader.info, on_progress)
    meta = {
        "clip": path.name,
        "codec": reader.info.codec,
        "rotation_deg": reader.info.rotation_deg,
        "truncated": reader.truncated,
        "dropped_frames": reader.dropped,
        "model": model.name,
        "model_sha256": model.sha256,
        "mode": MODE,
        "inference_side_px": INFERENCE_SIDE_PX,
        "posecheck": posecheck.__version__,
        "mediapipe": metadata.version("mediapipe"),
    }
    return _followed(kept, reader.info, meta)


def _noted(frames: Iterable[Frame], kept: _Collected) -> Iterator[Frame]:
    """Passes frames on and keeps what is needed of them."""
    for frame in frames:
        kept.t_s.append(frame.t_s)
        kept.brightness.append(frame.brightness())
        yield frame


def _collect(
    sightings: Iterable[Sighting],
    kept: _Collected,
    info: VideoInfo,
    on_progress: Callable[[Progress], None] | None,
) -> None:
    start = perf_counter()
    for sighting in sightings:
        kept.people.append(sighting.people)
        kept.poses.append(sighting.poses.to_flat())
        if on_progress is not None:
            done = len(kept.poses)
            fps = done / max(1e-9, perf_counter() - start)
            on_progress(Progress(done, info.frames_estimate, kept.t_s[done - 1], fps))


def _followed(kept: _Collected, info: VideoInfo, meta: dict[str, object]) -> PoseTrack:
    """The followed person's track out of everybody's poses; empties ``kept.poses``."""
    t_s = np.array(kept.t_s)
    people = [[Place.of(person) for person in poses[..., :2]] for poses in kept.poses]
    chosen = follow(t_s, people, info.width_px, info.height_px)
    flat = np.full((len(t_s), N_LANDMARKS, 6), np.nan, np.float32)
    flat[..., 5] = 0.0
    for i in reversed(range(len(t_s))):  # from the end, so that memory moves over
        poses = kept.poses.pop()
        if chosen[i] >= 0:
            flat[i] = poses[chosen[i]]
    return PoseTrack(
        t_s=t_s,
        image_px=flat[..., :2],
        world_m=flat[..., 2:5],
        visibility=flat[..., 5],
        people_seen=np.array(kept.people, np.int16),
        brightness=np.array(kept.brightness, np.float32),
        width_px=info.width_px,
        height_px=info.height_px,
        meta=meta,
    )


def _worth_while(info: VideoInfo) -> int:
    """How many workers make this clip fastest on this machine."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    if info.frames_estimate is None:
        return cores or 1
    return max(1, min(cores or 1, info.frames_estimate // FRAMES_PER_WORKER + 1))
