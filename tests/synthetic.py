"""Poses with known answers: the motion lab's stick figure, filmed by a pinhole camera.

No picture and no model are involved, so that a wrong answer is the engine's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from scipy.interpolate import CubicSpline

from lab.camera import Camera
from lab.moves import Fault, Scene, perform
from lab.performance import Performance
from lab.pose import pose_skeleton
from lab.skeleton import generic_skeleton
from lab.stick import filmed
from posecheck.core.pose import PoseTrack

#: Posing is slow: joints follow a spline between poses so far apart, seconds, while the body moves
#: and while it only sways. Off by 3 mm at a sudden turn, else by less than one.
_POSED_EVERY_S = 1.0 / 15.0
_SWAYING_EVERY_S = 0.25


@dataclass(frozen=True)
class Film:
    """A synthetic clip: the track, what was performed, and the joints, (n, J, 3) metres."""

    track: PoseTrack
    performance: Performance
    joints_m: np.ndarray


def film(
    move: str = "standing-hip",
    sides: tuple[str, ...] = ("left",),
    azimuth_deg: float = 90.0,
    *,
    faults: tuple[Fault, ...] = (),
    fps: float = 30.0,
    width_px: int = 960,
    height_px: int = 540,
    noise_px: float = 0.0,
    seed: int = 0,
    roll_deg: float = 0.0,
    distance_m: float = 4.0,
    height_m: float = 1.1,
    **scene: object,
) -> Film:
    """Perform a lab scene and film its joints; see :class:`lab.moves.Scene` for the rest."""
    performance, path = _performed(Scene(move, sides, faults, **scene))  # type: ignore[arg-type]
    t_s = np.arange(0.0, performance.duration_s, 1.0 / fps)
    joints = path(t_s)
    camera = Camera(
        azimuth_deg=azimuth_deg, width_px=width_px, height_px=height_px, roll_deg=roll_deg,
        distance_m=distance_m, height_m=height_m,
        fov_deg=40.0 if height_px < width_px else 60.0,
    )  # fmt: skip
    track = filmed(t_s, joints, camera, noise_px=noise_px, seed=seed)
    return Film(track, performance, joints)


@lru_cache(maxsize=64)
def _performed(scene: Scene) -> tuple[Performance, CubicSpline]:
    """A performance and its joints' paths in metres; posing is slow, so it is sampled and kept."""
    performance = perform(scene)
    skeleton = generic_skeleton()
    t_s = _pose_times(performance)
    joints = np.stack(
        [
            pose_skeleton(skeleton, performance.base, performance.values_at(t)).truth_joints()
            for t in t_s
        ]
    )
    return performance, CubicSpline(t_s, joints)


def _pose_times(performance: Performance) -> np.ndarray:
    frames = performance.keyframes
    parts = []
    for a, b in pairwise(frames):
        still = dict(a.values) == dict(b.values)
        count = max(1, round((b.t_s - a.t_s) / (_SWAYING_EVERY_S if still else _POSED_EVERY_S)))
        parts.append(np.linspace(a.t_s, b.t_s, count, endpoint=False))
    return np.append(np.concatenate(parts), frames[-1].t_s)
