"""Poses of a clip in blocks of frames that do not depend on each other.

Tracking from frame to frame is faster and steadier than looking at each frame for itself, but it
makes every frame depend on the one before, and a clip then depends on how it was split between
processes. So a clip is cut into blocks by frame number alone; each starts from a forgotten past.
Whoever works on a block gets the same landmarks, bit for bit (visibility: within 1e-5, since its
built-in smoothing is undone by arithmetic).

Every block starts with a look for everybody in its first frame. If it shows one person, or nobody,
one person is tracked through the block, which costs a third less; if more, all of them are. The
same look happens when the tracked person appears, or jumps, within a block.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from posecheck.estimate.follow import Place, same_person
from posecheck.estimate.landmarker import PoseEstimator
from posecheck.estimate.poses import Poses

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

#: Most people looked for: the followed one and two others.
MAX_PEOPLE = 3
#: A block is about this long, within these numbers of frames: short enough to notice a second
#: person soon and to share out short clips, long enough that starting it costs only 3%.
BLOCK_S = 2.0
MIN_BLOCK_FRAMES = 16
MAX_BLOCK_FRAMES = 64


def block_frames(nominal_fps: float | None) -> int:
    """Frames in a block of a clip; depends on the file alone, never on the machine."""
    return min(MAX_BLOCK_FRAMES, max(MIN_BLOCK_FRAMES, round((nominal_fps or 30.0) * BLOCK_S)))


@dataclass(frozen=True, slots=True)
class Sighting:
    """What was seen in one frame: the poses, and how many people the last full look showed."""

    poses: Poses
    people: int


class BlockTracker:
    """Poses of blocks of frames, in one thread. Frames of a block come in order."""

    def __init__(self, model: Path) -> None:
        self._model = model
        self._one = PoseEstimator(model, mode="one")
        self._still = PoseEstimator(model, mode="still", people=MAX_PEOPLE)
        self._several: dict[int, PoseEstimator] = {}
        self._crowd: PoseEstimator | None = None
        self._people = 0
        self._last: tuple[float, Place] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Frees the models. Safe to call twice."""
        for estimator in (self._one, self._still, *self._several.values()):
            estimator.close()

    def step(
        self, rgb: npt.NDArray[np.uint8], *, t_s: float, scale: float, starts_block: bool
    ) -> Sighting:
        """Everybody seen in the next frame of a block; arguments as ``PoseEstimator.detect``."""
        if starts_block:
            self._forget()
            return self._look_around(rgb, t_s, scale, Poses.nobody())
        if self._crowd is not None:
            poses = self._crowd.detect(rgb, t_s=t_s, scale=scale)
            return Sighting(poses, len(poses))
        poses = self._one.detect(rgb, t_s=t_s, scale=scale)
        if not len(poses):
            self._last = None
            return Sighting(poses, 0)
        place = Place.of(poses.image_px[0])
        if self._last is None or not same_person(self._last[1], place, t_s - self._last[0]):
            return self._look_around(rgb, t_s, scale, poses)
        self._last = (t_s, place)
        return Sighting(poses, max(1, self._people))

    def _forget(self) -> None:
        for estimator in (self._one, *self._several.values()):
            estimator.forget()
        self._crowd = None
        self._last = None

    def _look_around(
        self, rgb: npt.NDArray[np.uint8], t_s: float, scale: float, known: Poses
    ) -> Sighting:
        """Looks for everybody, and decides how the block goes on. ``known``: seen by tracking."""
        poses = self._still.detect(rgb, t_s=t_s, scale=scale)
        poses = poses if len(poses) else known
        self._people = len(poses)
        if len(poses) > 1:
            self._crowd = self._estimator_for(len(poses))
        self._last = (t_s, Place.of(poses.image_px[0])) if len(poses) else None
        return Sighting(poses, len(poses))

    def _estimator_for(self, people: int) -> PoseEstimator:
        if people not in self._several:
            self._several[people] = PoseEstimator(self._model, mode="several", people=people)
        return self._several[people]
