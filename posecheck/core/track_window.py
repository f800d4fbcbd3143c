"""The last seconds of a live track, kept in a fixed amount of memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from posecheck.core.pose import PoseTrack


class TrackWindow:
    """Frames of the last ``length_s`` seconds, each a track of length one."""

    def __init__(self, length_s: float) -> None:
        self._length_s = length_s
        self._frames: deque[PoseTrack] = deque()

    def add(self, frame: PoseTrack) -> None:
        """Add the newest frame and forget those that are too old."""
        self._frames.append(frame)
        while frame.t_s[0] - self._frames[0].t_s[0] > self._length_s:
            self._frames.popleft()

    def __bool__(self) -> bool:
        return bool(self._frames)

    def clear(self) -> None:
        self._frames.clear()

    def last(self, length_s: float) -> PoseTrack:
        """One track of the frames of the last ``length_s`` seconds; at least one was added."""
        end_s = self._frames[-1].t_s[0]
        return joined([f for f in self._frames if end_s - f.t_s[0] <= length_s])


def joined(frames: Sequence[PoseTrack]) -> PoseTrack:
    """Tracks that follow each other in time as one, with the size and metadata of the last."""
    return replace(
        frames[-1],
        t_s=np.concatenate([f.t_s for f in frames]),
        image_px=np.concatenate([f.image_px for f in frames]),
        world_m=np.concatenate([f.world_m for f in frames]),
        visibility=np.concatenate([f.visibility for f in frames]),
        people_seen=np.concatenate([f.people_seen for f in frames]),
        brightness=np.concatenate([f.brightness for f in frames]),
        foot_speed_px=np.concatenate([f.foot_speed_px for f in frames]),
    )
