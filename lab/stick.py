"""Tracks without a picture or a model: joints filmed by a pinhole camera, as landmarks.

Exact for tests; with :func:`model_like`, as far off as the pose model is, for tuning on many more
performances than could be rendered.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lab.camera import Camera, place_camera
from lab.rotations import Array
from lab.skeleton import JOINTS
from posecheck.core.pose import N_LANDMARKS, Landmark, PoseTrack

_INDEX = {name: JOINTS.index(name) for name in JOINTS}
#: Fingers and face points follow the nearest joint that the skeleton has.
_STAND_IN = {"eye": "ear", "mouth": "nose", "pinky": "wrist", "index": "wrist", "thumb": "wrist"}
#: A joint that the model puts wrongly stays so for about this many frames.
_DRIFT_FRAMES = 8


def filmed(
    t_s: Array, joints_m: Array, camera: Camera, *, noise_px: float = 0.0, seed: int = 0
) -> PoseTrack:
    """Landmarks of joints, as a perfect model would see them, with noise in the picture.

    Args:
        t_s: (n,) seconds; joints_m: (n, len(JOINTS), 3) world metres, as ``truth_joints`` gives.
    """
    subject = 0.5 * (joints_m.min(axis=(0, 1)) + joints_m.max(axis=(0, 1)))
    view = place_camera(camera, subject)
    px = view.project(joints_m)
    if noise_px:
        px += np.random.default_rng(seed).normal(0.0, noise_px, px.shape)
    hips = joints_m[:, [_INDEX["left_hip"], _INDEX["right_hip"]]].mean(axis=1, keepdims=True)
    world = (joints_m - hips) @ view.rotation.T
    order = [_INDEX[_joint_of(landmark)] for landmark in Landmark]
    n = len(t_s)
    return PoseTrack(
        t_s=t_s,
        image_px=px[:, order].astype(np.float32),
        world_m=world[:, order].astype(np.float32),
        visibility=np.full((n, N_LANDMARKS), 0.99, np.float32),
        people_seen=np.ones(n, np.int16),
        brightness=np.full(n, 130.0, np.float32),
        width_px=camera.width_px,
        height_px=camera.height_px,
        meta={"clip": "synthetic.mp4"},
    )


def model_like(track: PoseTrack, rng: np.random.Generator) -> PoseTrack:
    """The track with errors like the pose model's: each joint off by a few centimetres, slowly
    changing, twice as far in depth, and the depth itself too flat."""
    n = len(track)
    knots = max(2, n // _DRIFT_FRAMES + 2)
    at = np.linspace(0.0, knots - 1.0, n)
    low = np.minimum(at.astype(int), knots - 2)
    share = (at - low)[:, None, None]
    drift = rng.normal(0.0, 0.015, (knots, N_LANDMARKS, 3))
    off_m = rng.normal(0.0, 0.025, (1, N_LANDMARKS, 3))
    off_m = off_m + drift[low] * (1.0 - share) + drift[low + 1] * share
    off_m[..., 2] *= 2.0
    world = track.world_m + off_m
    world[..., 2] *= rng.uniform(0.75, 1.1)
    px = track.image_px + off_m[..., :2] * _px_per_m(track) * rng.uniform(0.4, 1.0)
    return replace(track, image_px=px.astype(np.float32), world_m=world.astype(np.float32))


def _px_per_m(track: PoseTrack) -> float:
    flat = track.world_m[..., :2] - track.world_m[..., :2].mean(axis=1, keepdims=True)
    seen = track.image_px - track.image_px.mean(axis=1, keepdims=True)
    return float((flat * seen).sum() / (flat * flat).sum())


def _joint_of(landmark: Landmark) -> str:
    name = landmark.name.lower()
    if name in _INDEX:
        return name
    side = "left" if "left" in name else "right"
    for part, joint in _STAND_IN.items():
        if part in name:
            return joint if joint in _INDEX else f"{side}_{joint}"
    raise KeyError(name)
