"""What a clip shows of posture and motion, in two dozen numbers: what a move is told by.

Angles are those between the body's own segments, so that they read alike from every camera; only
what says how the body lies to the floor is read from the picture. Left and right are sorted by
size: which side works does not matter, and a mirrored clip reads the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from posecheck.core.legs import untangle
from posecheck.core.pose import Array, Landmark, PoseTrack

L = Landmark
_PAIRS = {
    part: [Landmark[f"LEFT_{part}"], Landmark[f"RIGHT_{part}"]]
    for part in ("SHOULDER", "ELBOW", "WRIST", "HIP", "KNEE", "ANKLE", "HEEL", "FOOT_INDEX")
}
#: A clip with fewer frames of a person than this says nothing of a move.
FEWEST_FRAMES = 10
#: Outer percentiles that count as reached: single wild frames do not.
_LOW, _HIGH = 5.0, 95.0
#: What turns a component to the person's left into an outward one, of the left and right limb.
_OUTWARD = np.array([1.0, -1.0])


def features(track: PoseTrack) -> dict[str, float]:
    """The numbers by which a move is recognised, by name; empty if hardly anybody is seen.

    Args:
        track: raw or filtered landmarks.

    Returns:
        Angles in degrees over 90, lengths and travels in leg lengths, shares as they are. ``hi``
        and ``lo`` are the larger and the smaller of both sides.
    """
    seen = track.seen
    if seen.sum() < FEWEST_FRAMES:
        return {}
    track = untangle(track)
    world = track.world_m[seen].astype(np.float64)
    picture = track.image_px[seen].astype(np.float64)
    return dict(_all(world, picture / _px_per_m(world, picture)))


def _px_per_m(world: Array, picture: Array) -> float:
    """The picture's scale: what fits the world landmarks onto it best, whatever the posture."""
    flat = world[..., :2] - world[..., :2].mean(axis=1, keepdims=True)
    seen = picture - picture.mean(axis=1, keepdims=True)
    return max(float((flat * seen).sum() / max((flat * flat).sum(), 1e-9)), 1e-6)


def _all(world: Array, picture: Array) -> Iterator[tuple[str, float]]:
    """Every feature; ``picture`` is in metres of the model's scale."""
    joint = {part: world[:, pair] for part, pair in _PAIRS.items()}
    flat = {part: picture[:, pair] for part, pair in _PAIRS.items()}
    thigh, shank = joint["KNEE"] - joint["HIP"], joint["ANKLE"] - joint["KNEE"]
    leg_m = float(np.median(_length(thigh) + _length(shank)))
    trunk = joint["SHOULDER"].mean(axis=1) - joint["HIP"].mean(axis=1)
    axes = _body_axes(trunk, joint["HIP"])
    yield from _trunk(trunk, flat)
    yield from _legs(joint, thigh, shank, axes, leg_m)
    yield from _working_leg(joint, thigh, shank, axes, leg_m)
    yield from _arms(joint, trunk)
    yield from _twist(joint)
    yield from _places(flat, leg_m)


def _body_axes(trunk: Array, hips: Array) -> Array:
    """(n, 3, 3) unit vectors of the body in each frame: forward, to its left, up its trunk."""
    up = _unit(trunk)
    left = hips[:, 0] - hips[:, 1]
    across = _unit(left - (left * up).sum(axis=1, keepdims=True) * up)
    return np.stack([np.cross(across, up), across, up], axis=1)


def _trunk(trunk: Array, flat: dict[str, Array]) -> Iterator[tuple[str, float]]:
    seen = flat["SHOULDER"].mean(axis=1) - flat["HIP"].mean(axis=1)
    tilt = np.degrees(np.arctan2(np.abs(seen[:, 0]), -seen[:, 1])) / 90.0
    yield "trunk_tilt", float(np.median(tilt))
    yield "trunk_tilt_range", float(_range(tilt))
    yield "trunk_up", float(np.median(-_unit(trunk)[:, 1]))


def _legs(
    joint: dict[str, Array], thigh: Array, shank: Array, axes: Array, leg_m: float
) -> Iterator[tuple[str, float]]:
    down = -axes[:, None, 2]
    hip = _between(thigh, np.broadcast_to(down, thigh.shape))
    knee = _between(thigh, shank)
    yield from _sorted("hip_flexion", np.median(hip, axis=0))
    yield from _sorted("hip_flexion_range", _range(hip))
    yield from _sorted("knee_flexion", np.median(knee, axis=0))
    yield from _sorted("knee_flexion_range", _range(knee))
    body = np.einsum("nij,nsj->nsi", axes, _unit(thigh))
    outward = body[..., 1] * _OUTWARD
    yield from _sorted("thigh_outward", np.percentile(outward, _HIGH, axis=0))
    yield from _sorted("thigh_inward", np.percentile(outward, _LOW, axis=0))
    yield from _sorted("thigh_outward_range", _range(outward))
    foot = np.einsum("nij,nsj->nsi", axes, _unit(joint["FOOT_INDEX"] - joint["HEEL"]))
    yield from _sorted("foot_outward_range", _range(foot[..., 1]))
    for name, bone in (("thigh", thigh), ("shank", shank)):
        began = np.median(_first(bone), axis=0)
        turned = _between(bone, np.broadcast_to(began, bone.shape))
        yield from _sorted(f"{name}_turn", np.percentile(turned, _HIGH, axis=0))
    # Ankle of one leg to the knee of the other: short where it lies on the thigh.
    across = _length(joint["ANKLE"] - joint["KNEE"][:, ::-1]) / leg_m
    yield from _sorted("ankle_to_knee", np.percentile(across, _LOW, axis=0))


def _working_leg(
    joint: dict[str, Array], thigh: Array, shank: Array, axes: Array, leg_m: float
) -> Iterator[tuple[str, float]]:
    """The leg that goes furthest from where it began, and how it lies out there."""
    hips = joint["HIP"].mean(axis=1)[:, None]
    ends = np.stack([joint["KNEE"] - hips, joint["ANKLE"] - hips], axis=2)
    ends = np.einsum("nij,nspj->nspi", axes, ends)
    away = _length(ends - np.median(_first(ends), axis=0)).sum(axis=2) / leg_m
    side = int(np.percentile(away, 80, axis=0).argmax())
    far = away[:, side] >= np.percentile(away[:, side], 75)
    yield "away", float(np.percentile(away[:, side], 90))
    across = _length(joint["ANKLE"][:, side] - joint["KNEE"][:, 1 - side]) / leg_m
    yield "ankle_to_knee_away", float(np.median(across[far]))
    lifted = _between(thigh[:, side], -axes[:, 2])
    yield "hip_flexion_peak", float(np.percentile(lifted, _HIGH))
    hands = _length(joint["WRIST"] - joint["KNEE"][:, [side]]) / leg_m
    yield from _sorted("hand_to_knee_away", np.median(hands[far], axis=0))
    for name, bone in (("thigh", thigh), ("shank", shank)):
        lies = np.einsum("nij,nj->ni", axes, _unit(bone[:, side])) * [1.0, _OUTWARD[side], 1.0]
        for axis, value in zip(("ahead", "out", "up"), np.median(lies[far], axis=0), strict=True):
            yield f"{name}_away_{axis}", float(value)


def _first(values: Array) -> Array:
    """The first twelfth of a clip: where it began."""
    return values[: max(3, len(values) // 12)]


def _arms(joint: dict[str, Array], trunk: Array) -> Iterator[tuple[str, float]]:
    upper, fore = joint["ELBOW"] - joint["SHOULDER"], joint["WRIST"] - joint["ELBOW"]
    raised = _between(upper, np.broadcast_to(-trunk[:, None], upper.shape))
    yield from _sorted("arm_raise", np.percentile(raised, _HIGH, axis=0))
    yield from _sorted("arm_raise_range", _range(raised))
    yield from _sorted("elbow_flexion", np.median(_between(upper, fore), axis=0))


def _twist(joint: dict[str, Array]) -> Iterator[tuple[str, float]]:
    """How far the shoulders turn against the hips, about the camera's vertical."""
    hips, shoulders = (joint[p][:, 0] - joint[p][:, 1] for p in ("HIP", "SHOULDER"))
    turn = np.arctan2(shoulders[:, 2], shoulders[:, 0]) - np.arctan2(hips[:, 2], hips[:, 0])
    wrapped = np.angle(np.exp(1j * turn))
    yield "twist_range", float(_range(np.degrees(wrapped) / 90.0))


def _places(flat: dict[str, Array], leg_m: float) -> Iterator[tuple[str, float]]:
    """Where hips, knees and feet are in the picture, and how far they travel."""
    hips, knees, ankles = flat["HIP"].mean(axis=1), flat["KNEE"], flat["ANKLE"]
    yield from _sorted("knee_drop", np.median(knees[..., 1] - hips[:, None, 1], axis=0) / leg_m)
    yield from _sorted("ankle_drop", np.median(ankles[..., 1] - hips[:, None, 1], axis=0) / leg_m)
    lifted = np.abs(ankles[:, 0, 1] - ankles[:, 1, 1]) / leg_m
    yield "foot_lift", float(np.percentile(lifted, _HIGH))
    yield "feet_level", float(np.median(lifted))
    yield "feet_apart", float(np.median(_length(ankles[:, 0] - ankles[:, 1])) / leg_m)
    yield "hip_travel", float(_travel(hips) / leg_m)
    yield from _sorted("knee_travel", _travel(knees) / leg_m)
    yield from _sorted("ankle_travel", _travel(ankles) / leg_m)
    yield from _sorted("wrist_travel", _travel(flat["WRIST"] - hips[:, None]) / leg_m)


def _sorted(name: str, both: Sequence[float] | Array) -> Iterator[tuple[str, float]]:
    yield f"{name}_hi", float(max(both))
    yield f"{name}_lo", float(min(both))


def _range(values: Array) -> Array:
    """Outer percentiles' distance over time (the first axis)."""
    low, high = np.percentile(values, [_LOW, _HIGH], axis=0)
    result: Array = high - low
    return result


def _travel(points: Array) -> Array:
    """Extent of a path in the picture: (n, ..., 2) to (...)."""
    return np.asarray(np.hypot(*np.moveaxis(_range(points), -1, 0)))


def _length(vectors: Array) -> Array:
    return np.asarray(np.linalg.norm(vectors, axis=-1))


def _unit(vectors: Array) -> Array:
    return np.asarray(vectors / np.maximum(_length(vectors)[..., None], 1e-9))


def _between(a: Array, b: Array) -> Array:
    """Angle between vectors in right angles: 0 for the same direction, 2 for opposite ones."""
    cosine = np.clip((_unit(a) * _unit(b)).sum(axis=-1), -1.0, 1.0)
    return np.asarray(np.degrees(np.arccos(cosine)) / 90.0)
