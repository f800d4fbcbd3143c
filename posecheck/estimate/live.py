"""Poses of a live camera: one person followed, without knowing what comes next."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from posecheck.core.closing import Closing
from posecheck.estimate.blocks import BlockTracker
from posecheck.estimate.follow import Follower, places, prominence
from posecheck.estimate.models import resolve_model
from posecheck.estimate.poses import Float32

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

#: So often everybody is looked for, though the followed person is held: it takes one more look.
LOOK_AROUND_S = 3.0
#: People are there, but not the followed one, for so long: somebody else is taken.
STRANGERS_S = 4.0
#: Name of the running mode in a session's information; see docs/live.md.
MODE = "live-1"


@dataclass(frozen=True, slots=True)
class Seen:
    """The followed person.

    Attributes:
        person: landmarks, (33, 6) as ``Poses.to_flat`` has them, or None.
        people: how many were seen.
        mask: (h, w) the person's silhouette in the picture looked at; None if not known.
    """

    person: Float32 | None
    people: int
    mask: Float32 | None = None


class PosesOfOne(Protocol):
    """What follows one person: :class:`LivePoses`, or what does its work elsewhere."""

    def load(self) -> None: ...
    def step(self, rgb: npt.NDArray[np.uint8], *, t_s: float, scale: float) -> Seen: ...
    def forget(self) -> None: ...
    def close(self) -> None: ...


class LivePoses(Closing):
    """Follows one person through frames as they come. Close it; one a session.

    Args:
        model: a .task file; the usual one if not given.
        masks: whether to give the person's silhouette too.
    """

    def __init__(self, model: Path | None = None, *, masks: bool = False) -> None:
        self._tracker = BlockTracker(model or resolve_model().path, masks=masks)
        self._follower = Follower()
        self._looked_s: float | None = None
        self._crowded = False
        self._followed_s = 0.0

    def close(self) -> None:
        """Frees the models. Safe to call twice."""
        self._tracker.close()

    def load(self) -> None:
        """It is loaded from the first."""

    def forget(self) -> None:
        """Whoever comes next may be somebody else."""
        self._follower = Follower()
        self._looked_s = None

    def step(self, rgb: npt.NDArray[np.uint8], *, t_s: float, scale: float) -> Seen:
        """Look at the next upright frame; arguments as ``PoseEstimator.detect``."""
        first = self._looked_s is None
        due = self._looked_s is None or t_s - self._looked_s >= LOOK_AROUND_S
        if due:
            self._looked_s = t_s
        if due and not first and not self._crowded:
            sighting = self._tracker.step_over_seam(rgb, t_s=t_s, scale=scale)
        else:
            # Several people are tracked for one block at a time: some may have left.
            sighting = self._tracker.step(rgb, t_s=t_s, scale=scale, starts_block=due)
        self._crowded = sighting.people > 1
        poses = sighting.poses
        height, width = rgb.shape[:2]
        where = places(poses)
        weights = [prominence(p, round(width * scale), round(height * scale)) for p in where]
        if where and t_s - self._followed_s > STRANGERS_S:
            self._follower = Follower()
        chosen = self._follower.step(t_s, where, weights)
        if chosen is not None or not where:
            self._followed_s = t_s
        if chosen is None:
            return Seen(None, sighting.people)
        return Seen(poses.to_flat()[chosen], sighting.people, poses.mask(chosen))
