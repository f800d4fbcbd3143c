"""Limbs that the bases share: trunk and free limbs by joint angle, planted ones by two bones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from lab.rotations import (
    FORWARD,
    LEFT,
    UP,
    Array,
    blend,
    fraction,
    rot_x,
    rot_y,
    rot_z,
    segment_frame,
    unit,
)
from lab.skeleton import SIDES, Placed, Skeleton

_SPINE = (("spine_low", 0.35), ("spine_mid", 0.7), ("thorax", 1.0))
_SCAPULA_SHARE, _SCAPULA_FROM_DEG = 0.25, 35.0


@dataclass(frozen=True)
class Base:
    """What stays on the floor.

    Attributes:
        kind: a key of ``BASES``.
        front: the side of the front foot when half-kneeling.
        stance_ratio: distance between the ankles over the distance between the hips.
        step_ratio: half-kneeling: front ankle ahead of the rear knee, in thigh lengths.
    """

    kind: str = "standing"
    front: str = "left"
    stance_ratio: float = 0.92
    step_ratio: float = 1.0


def sign(side: str) -> float:
    return 1.0 if side == "left" else -1.0


def axial_turns(v: Mapping[str, float], lay: Array | None = None) -> dict[str, Array]:
    """World turns of pelvis, spine, neck and head; ``lay`` (3, 3) turns an upright body first."""
    pelvis = rot_z(v["pelvis_turn_deg"]) @ rot_y(v["pelvis_list_deg"]) @ rot_x(v["pelvis_tilt_deg"])
    if lay is not None:
        pelvis = lay @ pelvis
    spine = rot_x(v["spine_flexion_deg"]) @ rot_y(v["spine_side_deg"]) @ rot_z(v["spine_twist_deg"])
    turn = {"pelvis": pelvis}
    for segment, share in _SPINE:
        turn[segment] = pelvis @ fraction(spine, share)
    head = rot_z(v["head_turn_deg"]) @ rot_x(v["head_flexion_deg"])
    turn["neck"] = turn["thorax"] @ fraction(head, 0.5)
    turn["head"] = turn["thorax"] @ head
    return turn


def add_free_arm(turn: dict[str, Array], side: str, v: Mapping[str, float]) -> None:
    s = sign(side)
    flexion, abduction = v[f"{side}_shoulder_flexion_deg"], v[f"{side}_shoulder_abduction_deg"]
    raised = max(np.hypot(flexion, abduction) - _SCAPULA_FROM_DEG, 0.0)
    turn[f"{side}_clavicle"] = turn["thorax"] @ rot_y(-s * _SCAPULA_SHARE * raised)
    arm = (
        turn["thorax"]
        @ rot_x(-flexion)
        @ rot_y(-s * abduction)
        @ rot_z(s * v[f"{side}_shoulder_rotation_deg"])
    )
    turn[f"{side}_upper_arm"] = arm
    turn[f"{side}_forearm"] = arm @ rot_x(-v[f"{side}_elbow_flexion_deg"])
    turn[f"{side}_hand"] = turn[f"{side}_forearm"]


def free_leg(turn: Mapping[str, Array], side: str, v: Mapping[str, float]) -> list[Array]:
    """Turns of thigh, shank and foot from the joint angles: flexion, then abduction, then twist."""
    s = sign(side)
    thigh = (
        turn["pelvis"]
        @ rot_x(-v[f"{side}_hip_flexion_deg"])
        @ rot_y(-s * v[f"{side}_hip_abduction_deg"])
        @ rot_z(s * v[f"{side}_hip_rotation_deg"])
    )
    shank = thigh @ rot_x(v[f"{side}_knee_flexion_deg"])
    shank = shank @ rot_z(s * v[f"{side}_tibial_rotation_deg"])
    foot = shank @ rot_x(-v[f"{side}_ankle_dorsiflexion_deg"])
    return [thigh, shank, foot]


def two_bones(
    start: Array, end: Array, first_m: float, second_m: float, pole: Array, bends_back: bool
) -> tuple[Array, Array]:
    """Frames of two bones from ``start`` to ``end`` with the middle joint towards ``pole``.

    Out of reach, the chain points at ``end`` at (almost) its full length.
    """
    gap = end - start
    reach = min(float(np.linalg.norm(gap)), 0.99995 * (first_m + second_m))
    d = unit(gap)
    p = unit(pole - (pole @ d) * d)
    along = (reach**2 + first_m**2 - second_m**2) / (2.0 * reach)
    aside = np.sqrt(max(first_m**2 - along**2, 0.0))
    middle = start + along * d + aside * p
    hinge = np.cross(-d, p) if bends_back else np.cross(p, -d)
    return segment_frame(middle - start, hinge), segment_frame(start + reach * d - middle, hinge)


@dataclass(frozen=True)
class Plant:
    """Where one flat foot stands: ankle and toe tip in world metres, heading (3, 3)."""

    ankle_m: Array
    toe_m: Array
    heading: Array


def plant(skeleton: Skeleton, side: str, ankle_xy: Array) -> Plant:
    """A flat foot whose ankle is above ``ankle_xy``."""
    ankle = np.array([ankle_xy[0], ankle_xy[1], skeleton.sole_m])
    foot = f"{side}_foot"
    toe = ankle + skeleton.neutral_offset(foot, f"{side}_ankle", f"{side}_foot_index")
    return Plant(ankle, toe, np.eye(3))


def planted_leg(
    skeleton: Skeleton,
    turn: Mapping[str, Array],
    root: Array,
    side: str,
    plant: Plant,
    v: Mapping[str, float],
    ahead: Array = FORWARD,
) -> list[Array]:
    """Turns of thigh, shank and foot that keep the foot's toes where they are planted.

    The knee bends towards ``ahead`` (3,), turned by ``knee_in_deg``.
    """
    foot = plant.heading @ rot_x(v[f"{side}_heel_raise_deg"])
    ankle = plant.toe_m + foot @ (plant.ankle_m - plant.toe_m)
    hip = root + turn["pelvis"] @ (skeleton.rest_m[f"{side}_hip"] - skeleton.rest_m["root"])
    s = sign(side)
    pole = rot_z(-s * v[f"{side}_knee_in_deg"] + 0.5 * s * 6.0) @ ahead
    thigh, shank = two_bones(
        hip,
        ankle,
        skeleton.length_m(f"{side}_hip", f"{side}_knee"),
        skeleton.length_m(f"{side}_knee", f"{side}_ankle"),
        pole,
        bends_back=True,
    )
    return [thigh, shank, foot]


def hand_to(
    skeleton: Skeleton,
    placed: Placed,
    turn: dict[str, Array],
    side: str,
    target: Array,
    pole: Array,
    share: float,
    hand: Array | None = None,
) -> None:
    """Blend one arm from where it is towards a wrist at ``target``, the elbow towards ``pole``.

    ``placed`` tells where the shoulder is. ``hand`` is the hand's turn; the forearm's if None.
    """
    upper, fore = two_bones(
        placed.joint_m[f"{side}_shoulder"],
        target,
        skeleton.length_m(f"{side}_shoulder", f"{side}_elbow"),
        skeleton.length_m(f"{side}_elbow", f"{side}_wrist"),
        pole,
        bends_back=False,
    )
    turn[f"{side}_upper_arm"] = blend(turn[f"{side}_upper_arm"], upper, share)
    turn[f"{side}_forearm"] = blend(turn[f"{side}_forearm"], fore, share)
    loose = turn[f"{side}_forearm"]
    turn[f"{side}_hand"] = loose if hand is None else blend(loose, hand, share)


def _standing_root(
    skeleton: Skeleton, pelvis: Array, plants: Mapping[str, Plant], v: Mapping[str, float]
) -> Array:
    """Pelvis root so that planted legs reach their ankles with the asked knee flexion."""
    shift = v["pelvis_shift_left_m"] * LEFT + v["pelvis_shift_forward_m"] * FORWARD
    heights = []
    for side in SIDES:
        hip = pelvis @ (skeleton.rest_m[f"{side}_hip"] - skeleton.rest_m["root"])
        thigh = skeleton.length_m(f"{side}_hip", f"{side}_knee")
        shank = skeleton.length_m(f"{side}_knee", f"{side}_ankle")
        bend = np.radians(max(v[f"{side}_knee_flexion_deg"], 1.0) if v[f"{side}_lift"] < 1 else 1.0)
        reach2 = thigh**2 + shank**2 + 2 * thigh * shank * np.cos(bend)
        aside = (shift + hip - plants[side].ankle_m)[:2]
        up = np.sqrt(max(reach2 - float(aside @ aside), 0.04))
        heights.append(plants[side].ankle_m[2] + up - hip[2] + 0.5 * v[f"{side}_lift"])
    return shift + min(heights) * UP


def standing_turns(
    skeleton: Skeleton, base: Base, v: Mapping[str, float]
) -> tuple[Array, dict[str, Array]]:
    """Pelvis root (3,) metres and segment turns of a body on its feet."""
    turn = axial_turns(v)
    half = 0.5 * base.stance_ratio * skeleton.length_m("left_hip", "right_hip")
    plants = {s: plant(skeleton, s, np.array([sign(s) * half, 0.0])) for s in SIDES}
    root = _standing_root(skeleton, turn["pelvis"], plants, v)
    for side in SIDES:
        add_free_arm(turn, side, v)
        locked = planted_leg(skeleton, turn, root, side, plants[side], v)
        free = free_leg(turn, side, v)
        lift = v[f"{side}_lift"]
        for segment, a, b in zip(("thigh", "shank", "foot"), locked, free, strict=True):
            share = lift**2 if segment == "foot" else lift  # the sole tips once it is off the floor
            turn[f"{side}_{segment}"] = blend(a, b, share)
    return root, turn
