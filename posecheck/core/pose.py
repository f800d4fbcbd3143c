"""Landmark names and the one frozen value that travels between stages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.floating[Any]]
BoolArray = npt.NDArray[np.bool_]


class Landmark(IntEnum):
    """The 33 BlazePose landmarks, in the model's order. Left and right are the person's own."""

    NOSE = 0
    LEFT_EYE_INNER = 1
    LEFT_EYE = 2
    LEFT_EYE_OUTER = 3
    RIGHT_EYE_INNER = 4
    RIGHT_EYE = 5
    RIGHT_EYE_OUTER = 6
    LEFT_EAR = 7
    RIGHT_EAR = 8
    MOUTH_LEFT = 9
    MOUTH_RIGHT = 10
    LEFT_SHOULDER = 11
    RIGHT_SHOULDER = 12
    LEFT_ELBOW = 13
    RIGHT_ELBOW = 14
    LEFT_WRIST = 15
    RIGHT_WRIST = 16
    LEFT_PINKY = 17
    RIGHT_PINKY = 18
    LEFT_INDEX = 19
    RIGHT_INDEX = 20
    LEFT_THUMB = 21
    RIGHT_THUMB = 22
    LEFT_HIP = 23
    RIGHT_HIP = 24
    LEFT_KNEE = 25
    RIGHT_KNEE = 26
    LEFT_ANKLE = 27
    RIGHT_ANKLE = 28
    LEFT_HEEL = 29
    RIGHT_HEEL = 30
    LEFT_FOOT_INDEX = 31
    RIGHT_FOOT_INDEX = 32


N_LANDMARKS = len(Landmark)

#: Index that holds each landmark's mirror twin (left <-> right); the nose maps to itself.
MIRROR_INDEX: npt.NDArray[np.intp] = np.array(
    [
        Landmark[
            name.replace("LEFT", "@").replace("RIGHT", "LEFT").replace("@", "RIGHT")
            if ("LEFT" in name) != ("RIGHT" in name)
            else name
        ]
        for name in Landmark.__members__
    ]
)


@dataclass(frozen=True, slots=True)
class PoseTrack:
    """One person's landmarks over time: what every stage after the estimator reads.

    A live frame is a track of length one. Frames without a person are present, with NaN landmarks
    and ``people_seen == 0``, so that time never has holes.

    Attributes:
        t_s: (n,) seconds since the clip's first frame, strictly rising.
        image_px: (n, 33, 2) pixels of the upright original frame, x right, y down; NaN if unseen.
        world_m: (n, 33, 3) metres, hip-centred, x right, y down, z away from the camera; NaN if
            unseen. Model scale, not a measured one.
        visibility: (n, 33) probability 0..1 that the landmark is in view and unoccluded.
        people_seen: (n,) how many people the model reported in the frame.
        brightness: (n,) mean luma of the frame, 0..255.
        foot_speed_px: (n, 2) how fast the picture moves at the left and the right foot, pixels a
            second; NaN where nobody looked, and everywhere if left out.
        width_px, height_px: size of the upright original frame.
        meta: provenance for re-scoring (model, mode, clip, software); plain JSON values.
    """

    t_s: Array
    image_px: Array
    world_m: Array
    visibility: Array
    people_seen: npt.NDArray[np.integer[Any]]
    brightness: Array
    width_px: int
    height_px: int
    meta: Mapping[str, Any] = field(default_factory=dict)
    foot_speed_px: Array = field(default_factory=lambda: np.empty((0, 2), np.float32))

    def __post_init__(self) -> None:
        n = len(self.t_s)
        if n and not len(self.foot_speed_px):
            nobody = np.full((n, 2), np.nan, np.float32)
            object.__setattr__(self, "foot_speed_px", nobody)
        expected = {
            "image_px": (n, N_LANDMARKS, 2),
            "world_m": (n, N_LANDMARKS, 3),
            "visibility": (n, N_LANDMARKS),
            "people_seen": (n,),
            "brightness": (n,),
            "foot_speed_px": (n, 2),
        }
        for name, shape in expected.items():
            got = getattr(self, name).shape
            if got != shape:
                raise ValueError(f"PoseTrack.{name}: expected shape {shape}, got {got}")
        if n > 1 and not bool(np.all(np.diff(self.t_s) > 0)):
            raise ValueError("PoseTrack.t_s: times must rise strictly")

    def __len__(self) -> int:
        return len(self.t_s)

    @property
    def seen(self) -> BoolArray:
        """(n,) whether the followed person has landmarks in the frame."""
        result: BoolArray = np.isfinite(self.image_px[:, Landmark.LEFT_HIP, 0])
        return result

    def slice(self, start: int, stop: int) -> PoseTrack:
        """Frames ``start`` up to, not including, ``stop``, with the same size and metadata."""
        return replace(
            self,
            t_s=self.t_s[start:stop],
            image_px=self.image_px[start:stop],
            world_m=self.world_m[start:stop],
            visibility=self.visibility[start:stop],
            people_seen=self.people_seen[start:stop],
            brightness=self.brightness[start:stop],
            foot_speed_px=self.foot_speed_px[start:stop],
        )

    def reflected(self) -> PoseTrack:
        """The same landmarks by name at the other side of the picture: x flipped, names kept.

        Puts a :meth:`mirrored` track back onto the pixels of the clip that it came from.
        """
        image_px = self.image_px.copy()
        image_px[..., 0] = self.width_px - image_px[..., 0]
        return replace(self, image_px=image_px)

    def mirrored(self) -> PoseTrack:
        """The same movement seen in a mirror: x flipped and left and right exchanged.

        Use for clips that a selfie camera stored mirrored, and in symmetry tests.
        """
        image_px = self.image_px[:, MIRROR_INDEX].copy()
        image_px[..., 0] = self.width_px - image_px[..., 0]
        world_m = self.world_m[:, MIRROR_INDEX].copy()
        world_m[..., 0] *= -1
        return replace(
            self,
            image_px=image_px,
            world_m=world_m,
            visibility=self.visibility[:, MIRROR_INDEX],
            foot_speed_px=self.foot_speed_px[:, ::-1],
        )
