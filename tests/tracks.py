"""What can happen to a track on its way: cut, thinned, hidden, resized. All give a new track."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from posecheck.core.pose import Landmark, PoseTrack


def at_frames(track: PoseTrack, index: np.ndarray, t_s: np.ndarray | None = None) -> PoseTrack:
    """The frames of ``index`` at their own times, or at ``t_s`` seconds."""
    return replace(
        track,
        t_s=track.t_s[index] if t_s is None else t_s,
        image_px=track.image_px[index],
        world_m=track.world_m[index],
        visibility=track.visibility[index],
        people_seen=track.people_seen[index],
        brightness=track.brightness[index],
        foot_speed_px=track.foot_speed_px[index],
    )


def dropped(track: PoseTrack, share: float, seed: int = 0) -> PoseTrack:
    """A variable frame rate: a random ``share`` of the frames gone, the first one kept."""
    keep = np.random.default_rng(seed).random(len(track)) >= share
    keep[0] = True
    return at_frames(track, np.flatnonzero(keep))


def repeated(track: PoseTrack, times: int, fps: float = 30.0) -> PoseTrack:
    """The clip over and over, at ``fps`` frames a second."""
    index = np.tile(np.arange(len(track)), times)
    return at_frames(track, index, np.arange(len(index)) / fps)


def nobody(track: PoseTrack, start_s: float, end_s: float) -> PoseTrack:
    """The person gone from ``start_s`` up to ``end_s``: frames stay, landmarks are NaN."""
    gone = (track.t_s >= start_s) & (track.t_s < end_s)
    image_px, world_m, seen = track.image_px.copy(), track.world_m.copy(), track.people_seen.copy()
    visibility = track.visibility.copy()
    image_px[gone], world_m[gone], visibility[gone], seen[gone] = np.nan, np.nan, 0.0, 0
    return replace(
        track, image_px=image_px, world_m=world_m, visibility=visibility, people_seen=seen
    )


def hidden(
    track: PoseTrack, landmarks: Iterable[Landmark], start_s: float, end_s: float
) -> PoseTrack:
    """The landmarks of little visibility from ``start_s`` up to ``end_s``."""
    visibility = track.visibility.copy()
    during = (track.t_s >= start_s) & (track.t_s < end_s)
    visibility[np.ix_(during, list(landmarks))] = 0.05
    return replace(track, visibility=visibility)


def scaled(track: PoseTrack, factor: float) -> PoseTrack:
    """The same clip in another resolution."""
    return replace(
        track,
        image_px=track.image_px * np.float32(factor),
        width_px=round(track.width_px * factor),
        height_px=round(track.height_px * factor),
    )


def padded(track: PoseTrack, left_px: int = 0, top_px: int = 0, right_px: int = 0,
           bottom_px: int = 0) -> PoseTrack:  # fmt: skip
    """The same pixels in a larger picture of another aspect ratio."""
    return replace(
        track,
        image_px=track.image_px + np.array([left_px, top_px], np.float32),
        width_px=track.width_px + left_px + right_px,
        height_px=track.height_px + top_px + bottom_px,
    )


def frame_of(track: PoseTrack, i: int) -> PoseTrack:
    """Frame ``i`` alone, as a live session gives it."""
    return track.slice(i, i + 1)
