"""Pictures of somebody at the wall, read for the knee-to-wall test: the same live and recorded."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from posecheck.core.closing import Closing
from posecheck.core.leg import facing_of_feet, see_leg
from posecheck.core.scale import PlaneScale
from posecheck.core.shoe import ShoeWatch
from posecheck.core.wall_tries import Shoe, WallFrame
from posecheck.estimate.live import LivePoses, PosesOfOne
from posecheck.estimate.picture import inference_picture

Picture = npt.NDArray[np.uint8]

#: Somebody has turned round when the feet pointed the other way for so long.
_TURNED_S = 0.6


@dataclass(frozen=True, slots=True)
class Read:
    """What one picture gave: the test's frame, and the (33, 2) landmarks in pixels to draw."""

    frame: WallFrame
    landmarks_px: npt.NDArray[np.float32] | None
    facing: float


class WallReader(Closing):
    """Reads one person's pictures; close it.

    Args:
        scale: of the leg's plane.
        model: the pose model's file.
        mirrored: the pictures are mirrored; they are put right first.
        shoe_cm: the shoe's length, where somebody measured it.
        poses: who looks at the pictures; the model in this process if not given. Closed with this.
    """

    def __init__(
        self,
        scale: PlaneScale,
        model: Path | None = None,
        *,
        mirrored: bool = False,
        shoe_cm: float | None = None,
        poses: PosesOfOne | None = None,
    ) -> None:
        self._scale, self._mirrored, self._shoe_cm = scale, mirrored, shoe_cm
        self._poses = poses or LivePoses(model, masks=True)
        self._watches: dict[float, ShoeWatch] = {}
        self._facing = float("nan")
        self._other_since: float | None = None

    def close(self) -> None:
        """Frees the model. Safe to call twice."""
        self._poses.close()

    def rescaled(self, scale: PlaneScale) -> None:
        """Takes another scale from here on: camera or sheet stand elsewhere."""
        self._scale = scale
        self._watches.clear()

    def enlarged(self, scale: PlaneScale) -> None:
        """The pictures are of another size from here on; camera and sheet stand where they did."""
        self._scale = scale
        for facing, watch in self._watches.items():
            watch.enlarged(scale.faced(facing))

    def read(self, bgr: Picture, t_s: float) -> Read:
        """Reads the next upright picture, (h, w, 3)."""
        if self._mirrored:
            bgr = np.ascontiguousarray(bgr[:, ::-1])
        rgb, shrink = inference_picture(bgr)
        seen = self._poses.step(rgb, t_s=t_s, scale=shrink)
        if seen.person is None:
            return Read(WallFrame(t_s, None), None, self._facing)
        landmarks = seen.person[:, :2]
        facing = self._faces(facing_of_feet(landmarks), t_s)
        if not np.isfinite(facing):
            return Read(WallFrame(t_s, None), landmarks, facing)
        scale = self._scale.faced(facing)
        leg = see_leg(landmarks, seen.mask, shrink, facing, scale)
        if facing not in self._watches:
            self._watches[facing] = ShoeWatch(scale, facing, length_cm=self._shoe_cm)
        watch = self._watches[facing]
        gray = np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2GRAY), np.uint8)
        lift = watch.step(t_s, gray, leg)
        shoe = Shoe(watch.length_cm, watch.sure)
        frame = WallFrame(t_s, leg, lift, watch.rear_ahead_cm, shoe, watch.foot_out_deg)
        return Read(frame, landmarks, facing)

    def _faces(self, now: float, t_s: float) -> float:
        if not np.isfinite(self._facing):
            self._facing = now
        if now != -self._facing:
            self._other_since = None
        elif self._other_since is None:
            self._other_since = t_s
        elif t_s - self._other_since >= _TURNED_S:
            self._facing, self._other_since = now, None
        return self._facing
