"""The poses of all people seen in one frame: what the model's adapter gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import numpy.typing as npt

from posecheck.core.pose import N_LANDMARKS

Float32 = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Poses:
    """k people in one frame, in no particular order.

    Attributes:
        image_px: (k, 33, 2) pixels of the original upright frame, x right, y down.
        world_m: (k, 33, 3) metres, hip-centred, x right, y down, z away from the camera.
        visibility: (k, 33) probability 0..1.
        masks: of each, (h, w) probability 0..1 that a pixel of the picture looked at shows the
            person, or None; empty where nobody asked. They do not travel between processes, nor
            from a close-up into the whole picture.
    """

    image_px: Float32
    world_m: Float32
    visibility: Float32
    masks: tuple[Float32 | None, ...] = ()

    def __len__(self) -> int:
        return len(self.image_px)

    @classmethod
    def nobody(cls) -> Self:
        return cls.from_flat(np.empty((0, N_LANDMARKS, 6), np.float32))

    @classmethod
    def from_flat(cls, flat: Float32) -> Self:
        """From (k, 33, 6): x, y in pixels, world x, y, z, visibility."""
        return cls(flat[..., :2], flat[..., 2:5], flat[..., 5])

    def to_flat(self) -> Float32:
        """(k, 33, 6): x, y in pixels, world x, y, z, visibility; for moving between processes."""
        return np.concatenate([self.image_px, self.world_m, self.visibility[..., None]], axis=-1)

    def shifted(self, x_px: float, y_px: float) -> Poses:
        """The same people when (0, 0) lies at (``x_px``, ``y_px``) of a larger picture."""
        offset = np.array([x_px, y_px], np.float32)
        return Poses(self.image_px + offset, self.world_m, self.visibility)

    def and_also(self, others: Poses) -> Poses:
        """These people, then the others."""
        both = Poses.from_flat(np.concatenate([self.to_flat(), others.to_flat()]))
        return replace(both, masks=self._every_mask() + others._every_mask())

    def mask(self, index: int) -> Float32 | None:
        """One person's silhouette, None where it is not known."""
        return self.masks[index] if self.masks else None

    def _every_mask(self) -> tuple[Float32 | None, ...]:
        return self.masks or (None,) * len(self)

    def only(self, wanted: Sequence[bool] | Sequence[int]) -> Poses:
        """The wanted people: a flag for each, or their indices."""
        index = np.asarray(wanted, dtype=None if len(wanted) else np.intp)
        kept = np.arange(len(self))[index]
        masks = tuple(self.masks[i] for i in kept) if self.masks else ()
        return Poses(self.image_px[index], self.world_m[index], self.visibility[index], masks)
