"""A live session's pose model for tests: it sees what a made-up track says."""

from __future__ import annotations

import numpy as np

from posecheck.core.pose import PoseTrack
from posecheck.estimate.live import Seen


class ScriptedPoses:
    """Stands in for ``LivePoses``: gives the track's frame nearest to a picture's time."""

    def __init__(self, track: PoseTrack) -> None:
        self._track = track
        self.closed = 0
        self.forgotten = 0

    def step(self, _rgb: object, *, t_s: float, scale: float) -> Seen:
        track = self._track
        i = int(np.argmin(np.abs(track.t_s - t_s)))
        if not track.seen[i]:
            return Seen(None, 0)
        flat = np.concatenate(
            [track.image_px[i], track.world_m[i], track.visibility[i][:, None]], axis=1
        )
        assert scale == 1.0, "made-up landmarks are on the picture's own pixels"
        return Seen(flat.astype(np.float32), int(track.people_seen[i]))

    def load(self) -> None:
        return None

    def forget(self) -> None:
        self.forgotten += 1

    def close(self) -> None:
        self.closed += 1


def until(fact: object, within_s: float = 60.0) -> None:
    """Wait for a condition, long enough for a machine that is busy with other things."""
    import time

    end_s = time.monotonic() + within_s
    while not fact():  # type: ignore[operator]
        assert time.monotonic() < end_s, "waited in vain"
        time.sleep(0.01)
