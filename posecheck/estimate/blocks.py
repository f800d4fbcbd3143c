"""Poses of a clip in blocks of frames that do not depend on each other.

Tracking from frame to frame is faster and steadier than looking at each frame for itself, but it
makes every frame depend on the one before, and a clip then depends on how it was split between
processes. So a clip is cut into blocks by frame number alone; each starts from a forgotten past.
Whoever works on a block gets the same landmarks, bit for bit (visibility: within 1e-5, since its
built-in smoothing is undone by arithmetic).

Every block starts with a look for everybody in its first frame. If it shows one person, or nobody,
one person is tracked through the block, which costs a third less; if more, all of them are. The
same look happens when a person appears within a block. A tracked person who is lost is looked for
in a close-up of their last place before anybody else is taken.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from posecheck.core.closing import Closing
from posecheck.estimate.follow import GIVE_UP_S, Place, places, same_person
from posecheck.estimate.landmarker import PoseEstimator
from posecheck.estimate.poses import Poses

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

#: Most people looked for: the followed one and two others.
MAX_PEOPLE = 3
#: A block is about this long, within these numbers of frames: short enough to notice a second
#: person soon and to share out short clips, long enough that starting it costs only 2%.
BLOCK_S = 3.0
MIN_BLOCK_FRAMES = 16
MAX_BLOCK_FRAMES = 96
#: A clip of so many frames has blocks twice as long, which start half as often.
LONG_CLIP_FRAMES = 1350
#: A close look shows a square this many body sizes wide around the last place, if it has at least
#: ``MIN_CLOSE_UP_PX`` pixels left inside the picture.
CLOSE_UP = 1.6
MIN_CLOSE_UP_PX = 32


def block_frames(nominal_fps: float | None, frames: int | None = None) -> int:
    """Frames in a block of a clip; depends on the file alone, never on the machine.

    ``frames``: how many the file says it has, None where it does not say.
    """
    short = min(MAX_BLOCK_FRAMES, max(MIN_BLOCK_FRAMES, round((nominal_fps or 30.0) * BLOCK_S)))
    return 2 * short if (frames or 0) >= LONG_CLIP_FRAMES else short


@dataclass(frozen=True, slots=True)
class Sighting:
    """What was seen in one frame: the poses, and how many people the last full look showed."""

    poses: Poses
    people: int


class BlockTracker(Closing):
    """Poses of blocks of frames, in one thread. Frames of a block come in order."""

    def __init__(self, model: Path, *, masks: bool = False) -> None:
        self._model, self._masks = model, masks
        self._one = PoseEstimator(model, mode="one", masks=masks)
        self._still = PoseEstimator(model, mode="still", people=MAX_PEOPLE, masks=masks)
        self._several: dict[int, PoseEstimator] = {}
        self._crowd: PoseEstimator | None = None
        self._people = 0
        self._last: tuple[float, Place] | None = None

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
        return self._go_on(rgb, t_s, scale)

    def step_over_seam(self, rgb: npt.NDArray[np.uint8], *, t_s: float, scale: float) -> Sighting:
        """The first frame of a block, without forgetting who was tracked in the one before."""
        sighting = self._go_on(rgb, t_s, scale)
        if self._crowd is not None or self._last is None or self._last[0] != t_s:
            return sighting
        around = self._still.detect(rgb, t_s=t_s, scale=scale)
        others = around.only([not same_person(self._last[1], p, 0.0) for p in places(around)])
        self._people = 1 + len(others)
        return Sighting(sighting.poses.only([0]).and_also(others), self._people)

    def _go_on(self, rgb: npt.NDArray[np.uint8], t_s: float, scale: float) -> Sighting:
        if self._crowd is not None:
            poses = self._crowd.detect(rgb, t_s=t_s, scale=scale)
            return Sighting(poses, len(poses))
        poses = self._one.detect(rgb, t_s=t_s, scale=scale)
        if self._last is not None:
            last_s, place = self._last
            now = Place.of(poses.image_px[0]) if len(poses) else None
            if now is not None and same_person(place, now, t_s - last_s):
                self._last = (t_s, now)
                return Sighting(poses, max(1, self._people))
            if t_s - last_s <= GIVE_UP_S:
                return self._look_closer(rgb, t_s, scale, poses)
            self._last = None
        return self._look_around(rgb, t_s, scale, poses) if len(poses) else Sighting(poses, 0)

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

    def _look_closer(
        self, rgb: npt.NDArray[np.uint8], t_s: float, scale: float, elsewhere: Poses
    ) -> Sighting:
        """Looks for the lost person where they were last, closely enough to see small people.

        ``elsewhere``: who was seen instead; kept as somebody else.
        """
        assert self._last is not None
        last_s, place = self._last
        height, width = rgb.shape[:2]
        half = CLOSE_UP * place.size_px / scale / 2
        x, y = place.x_px / scale, place.y_px / scale
        left, right = _span(x - half, x + half, width)
        top, bottom = _span(y - half, y + half, height)
        if right - left < MIN_CLOSE_UP_PX or bottom - top < MIN_CLOSE_UP_PX:
            return Sighting(elsewhere, len(elsewhere))
        found = self._still.detect(rgb[top:bottom, left:right], t_s=t_s, scale=scale)
        found = found.shifted(left * scale, top * scale)
        fits = [i for i, p in enumerate(places(found)) if same_person(place, p, t_s - last_s)]
        if not fits:
            return Sighting(elsewhere, len(elsewhere))
        found = found.only(fits[:1])
        self._last = (t_s, places(found)[0])
        self._people = max(self._people, 1 + len(elsewhere))
        return Sighting(found.and_also(elsewhere), 1 + len(elsewhere))

    def _estimator_for(self, people: int) -> PoseEstimator:
        if people not in self._several:
            self._several[people] = PoseEstimator(
                self._model, mode="several", people=people, masks=self._masks
            )
        return self._several[people]


def _span(start: float, stop: float, size: int) -> tuple[int, int]:
    return max(0, int(start)), min(size, int(stop))
