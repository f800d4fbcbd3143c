"""From a video file to one person's landmarks over time: capture and estimate, wired."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from importlib import metadata
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import numpy.typing as npt

import posecheck
from posecheck.capture.files import VideoReader
from posecheck.capture.frame import Frame, VideoInfo
from posecheck.core.pose import N_LANDMARKS, PoseTrack
from posecheck.estimate.blocks import BlockTracker, Sighting, block_frames
from posecheck.estimate.feet import FootFlow
from posecheck.estimate.follow import Place, follow, same_person
from posecheck.estimate.lanes import estimate_in_order
from posecheck.estimate.picture import INFERENCE_SIDE_PX
from posecheck.estimate.poses import Float32
from posecheck.memory import give_memory_back

if TYPE_CHECKING:
    from posecheck.estimate.models import ModelFile

#: One more worker pays from about this many frames on: it takes a second to start.
FRAMES_PER_WORKER = 150
#: Name of the running mode in the track's metadata; see docs/pose.md.
MODE = "blocks-2"
#: A block may take this many frames to find again who was there before it.
SEAM_FRAMES = 3
#: A person whose hips are nearer to the picture's edge than this share of it may have walked out.
EDGE = 0.05


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a clip is. ``frames_estimate`` is None if the file does not say its length."""

    frames_done: int
    frames_estimate: int | None
    t_s: float
    fps: float


class _Everybody:
    """All people's poses, a frame after the other, in a few large pieces.

    An array a frame would live long between pictures that come and go, and pin their memory: at
    five minutes that came to 150 MB. What a frame has in place of one person is kept on its own.
    """

    def __init__(self, piece: int = 2048) -> None:
        self._piece = piece
        self._pieces: list[Float32] = []
        self._odd: dict[int, Float32] = {}  # frames that show nobody, or several people
        self._frames = 0

    def __len__(self) -> int:
        return self._frames

    def append(self, poses: Float32) -> None:
        """The next frame's people, (k, 33, 6)."""
        if self._frames == len(self._pieces) * self._piece:
            self._pieces.append(np.empty((self._piece, N_LANDMARKS, 6), np.float32))
        self._frames += 1
        self[self._frames - 1] = poses

    def __setitem__(self, frame: int, poses: Float32) -> None:
        if len(poses) == 1:
            self._odd.pop(frame, None)
            self._pieces[frame // self._piece][frame % self._piece] = poses[0]
        else:
            self._odd[frame] = poses

    def __getitem__(self, frame: int) -> Float32:
        if frame in self._odd:
            return self._odd[frame]
        place = frame % self._piece
        return self._pieces[frame // self._piece][place : place + 1]

    def take(self, chosen: npt.NDArray[np.integer[Any]]) -> Float32:
        """(n, 33, 6) of the chosen person a frame, NaN (not visible) for -1; empties this."""
        flat = np.empty((self._frames, N_LANDMARKS, 6), np.float32)
        for first in reversed(range(0, self._frames, self._piece)):
            rows = flat[first : first + self._piece]
            rows[:] = self._pieces.pop()[: len(rows)]  # from the end, so that memory moves over
        for frame, poses in self._odd.items():
            if chosen[frame] >= 0:
                flat[frame] = poses[chosen[frame]]
        nobody = chosen < 0
        flat[nobody], flat[nobody, :, 5] = np.nan, 0.0
        self._odd, self._frames = {}, 0
        return flat


@dataclass(slots=True)
class _Collected:
    """What is kept of a clip while it streams by: small arrays, no pictures."""

    t_s: list[float] = field(default_factory=list)
    brightness: list[float] = field(default_factory=list)
    people: list[int] = field(default_factory=list)
    poses: _Everybody = field(default_factory=_Everybody)

    def places(self, frame: int) -> list[Place]:
        """Where the people of a frame are."""
        return [Place.of(person) for person in self.poses[frame][..., :2]]


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
            frames_per_block=_block_frames(reader.info),
        )
        # Closed here, not when it is collected: at the program's end its threads no longer run.
        with closing(sightings):
            _collect(sightings, kept, reader.info, on_progress)
    _mend_seams(path, model.path, kept, reader.info)
    give_memory_back()  # before anything else grows
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


def watch_feet(
    path: Path, track: PoseTrack, *, on_progress: Callable[[Progress], None] | None = None
) -> PoseTrack:
    """The track with how fast the picture moves at the person's feet: reads the file once more.

    Args:
        on_progress: as for :func:`track_video`.

    Raises:
        InputError: the file cannot be read any more.
    """
    flow, start = FootFlow(), perf_counter()
    speeds = np.full((len(track), 2), np.nan, np.float32)
    with VideoReader(path, rgb=True, max_side_px=INFERENCE_SIDE_PX) as reader:
        for frame in reader:
            if frame.index >= len(track):
                break
            gray = np.asarray(cv2.cvtColor(frame.rgb, cv2.COLOR_RGB2GRAY), np.uint8)
            speeds[frame.index] = flow.step(
                gray, track.image_px[frame.index], t_s=frame.t_s, scale=frame.scale
            )
            if on_progress is not None:
                done = frame.index + 1
                fps = done / max(1e-9, perf_counter() - start)
                on_progress(Progress(done, len(track), frame.t_s, fps))
    return replace(track, foot_speed_px=speeds)


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


def _mend_seams(path: Path, model: Path, kept: _Collected, info: VideoInfo) -> None:
    """Looks again where a person was lost only because a new block forgot them.

    Starting a block afresh fails where the model can hold on to a person but would not find them:
    in an unusual position, small, or beside somebody who is easier to see. Such a block is done
    again as one with the block before it, and so on while the next block has not got the person.
    Costs a second reading of the file, and nothing where no seam is torn.
    """
    size = _block_frames(info)
    torn = _torn_seams(kept, size, info)
    if not torn:
        return
    holding = False
    with (
        VideoReader(path, rgb=True, max_side_px=INFERENCE_SIDE_PX) as reader,
        BlockTracker(model) as tracker,
    ):
        for frame in reader:
            i, at_seam = frame.index, frame.index % size == 0
            if i >= len(kept.poses):
                break
            if at_seam:
                goes_on = holding and (i in torn or _lost_between(kept, i - 1, i, info))
                holding = goes_on or i + size in torn
            if not holding:
                continue
            if at_seam and goes_on:
                seen = tracker.step_over_seam(frame.rgb, t_s=frame.t_s, scale=frame.scale)
            else:
                seen = tracker.step(
                    frame.rgb, t_s=frame.t_s, scale=frame.scale, starts_block=at_seam
                )
            kept.poses[i], kept.people[i] = seen.poses.to_flat(), seen.people


def _torn_seams(kept: _Collected, size: int, info: VideoInfo) -> set[int]:
    """First frames of the blocks that lost somebody who was there at the end of the one before."""
    return {i for i in range(size, len(kept.poses), size) if _lost_between(kept, i - 1, i, info)}


def _lost_between(kept: _Collected, before: int, after: int, info: VideoInfo) -> bool:
    """Whether somebody well inside frame ``before`` is in none of the frames from ``after`` on."""
    frames = range(after, min(after + SEAM_FRAMES, len(kept.poses)))
    now = [(i, place) for i in frames for place in kept.places(i)]
    return any(
        not any(same_person(old, p, kept.t_s[i] - kept.t_s[before]) for i, p in now)
        for old in kept.places(before)
        if _well_inside(old, info)
    )


def _well_inside(place: Place, info: VideoInfo) -> bool:
    x, y = place.x_px / info.width_px, place.y_px / info.height_px
    return EDGE < x < 1 - EDGE and EDGE < y < 1 - EDGE


def _followed(kept: _Collected, info: VideoInfo, meta: dict[str, object]) -> PoseTrack:
    """The followed person's track out of everybody's poses; empties ``kept.poses``."""
    t_s = np.array(kept.t_s)
    people = [kept.places(i) for i in range(len(t_s))]
    chosen = follow(t_s, people, info.width_px, info.height_px)
    flat = kept.poses.take(chosen)
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


def _block_frames(info: VideoInfo) -> int:
    return block_frames(info.nominal_fps, info.frames_estimate)


def _worth_while(info: VideoInfo) -> int:
    """How many workers make this clip fastest on this machine."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    if info.frames_estimate is None:
        return cores or 1
    return max(1, min(cores or 1, info.frames_estimate // FRAMES_PER_WORKER + 1))
