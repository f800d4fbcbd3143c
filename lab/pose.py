"""Named joint angles to a posed skeleton: planted feet stay where they are.

Every pose is one mapping from the names in ``ANGLES`` to numbers. A *base* says what touches the
floor: ``standing`` plants the feet, ``half_kneeling`` plants the front foot and the rear knee and
shank. Planted legs are solved from the pelvis (two bones, one solution); free legs follow their
joint angles. New bases (sitting, lying, at a wall) are one function in ``BASES``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from lab.errors import LabError, unknown_name
from lab.rotations import (
    BACK,
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
from lab.skeleton import SIDES, Placed, Skeleton, place

_SIDED: dict[str, tuple[float, float, float]] = {
    "hip_flexion_deg": (-35.0, 140.0, 0.0),
    "hip_abduction_deg": (-30.0, 80.0, 0.0),
    "hip_rotation_deg": (-50.0, 60.0, 0.0),  # outward positive
    "knee_flexion_deg": (-5.0, 155.0, 0.0),
    "ankle_dorsiflexion_deg": (-60.0, 40.0, 0.0),
    "shoulder_flexion_deg": (-60.0, 180.0, 2.0),
    "shoulder_abduction_deg": (-10.0, 180.0, 11.0),
    "shoulder_rotation_deg": (-90.0, 95.0, 0.0),
    "elbow_flexion_deg": (0.0, 150.0, 14.0),
    "heel_raise_deg": (-5.0, 60.0, 0.0),  # planted foot, pitch about the toes
    "knee_in_deg": (-30.0, 40.0, 0.0),  # planted leg, knee turned towards the midline
    "lift": (0.0, 1.0, 0.0),  # 0 planted, 1 free
    "hand_on_knee": (0.0, 1.0, 0.0),  # 0 free arm, 1 hand on the front thigh
}

#: name -> (lowest, highest, resting value); the limits are generous anatomical ones.
ANGLES: dict[str, tuple[float, float, float]] = {
    "pelvis_tilt_deg": (-30.0, 95.0, 0.0),  # forward positive
    "pelvis_list_deg": (-35.0, 35.0, 0.0),  # towards the person's left positive
    "pelvis_turn_deg": (-180.0, 180.0, 0.0),  # to the person's left positive
    "spine_flexion_deg": (-35.0, 70.0, 0.0),
    "spine_side_deg": (-40.0, 40.0, 0.0),
    "spine_twist_deg": (-60.0, 60.0, 0.0),
    "head_flexion_deg": (-60.0, 60.0, 0.0),
    "head_turn_deg": (-80.0, 80.0, 0.0),
    "pelvis_shift_left_m": (-0.25, 0.25, 0.0),
    "pelvis_shift_forward_m": (-0.25, 0.25, 0.0),
    "kneel_lean_deg": (-20.0, 60.0, 0.0),  # rear thigh, forward positive
    "front_shin_tilt_deg": (-15.0, 55.0, float("nan")),  # drives kneel_lean_deg when a number
    **{f"{side}_{name}": limits for side in SIDES for name, limits in _SIDED.items()},
}

RESTING: dict[str, float] = {name: limits[2] for name, limits in ANGLES.items()}

KNEELING_POINT_DEG = 58.0  # how far a kneeling person's rear foot points

_SPINE = (("spine_low", 0.35), ("spine_mid", 0.7), ("thorax", 1.0))
_SCAPULA_SHARE, _SCAPULA_FROM_DEG = 0.25, 35.0


def check_angles(values: Mapping[str, float], where: str = "pose") -> None:
    """Raise ``LabError`` for a name that does not exist or a value no body reaches."""
    for name, value in values.items():
        if name not in ANGLES:
            raise unknown_name(f"angle in {where}", name, ANGLES)
        low, high, _ = ANGLES[name]
        if np.isfinite(value) and not low <= value <= high:
            raise LabError(
                f"{where}: {name} = {value:g} is outside the anatomical range {low:g}..{high:g}"
            )


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


def pose_skeleton(skeleton: Skeleton, base: Base, values: Mapping[str, float]) -> Placed:
    """Pose one body; ``values`` may be partial, the rest stays at ``RESTING``."""
    if base.kind not in BASES:
        raise unknown_name("base", base.kind, BASES)
    full = {**RESTING, **values}
    return BASES[base.kind](skeleton, base, full)


def _sign(side: str) -> float:
    return 1.0 if side == "left" else -1.0


def _axial_turns(v: Mapping[str, float]) -> dict[str, Array]:
    """World turns of pelvis, spine, neck and head."""
    pelvis = rot_z(v["pelvis_turn_deg"]) @ rot_y(v["pelvis_list_deg"]) @ rot_x(v["pelvis_tilt_deg"])
    spine = rot_x(v["spine_flexion_deg"]) @ rot_y(v["spine_side_deg"]) @ rot_z(v["spine_twist_deg"])
    turn = {"pelvis": pelvis}
    for segment, share in _SPINE:
        turn[segment] = pelvis @ fraction(spine, share)
    head = rot_z(v["head_turn_deg"]) @ rot_x(v["head_flexion_deg"])
    turn["neck"] = turn["thorax"] @ fraction(head, 0.5)
    turn["head"] = turn["thorax"] @ head
    return turn


def _add_free_arm(turn: dict[str, Array], side: str, v: Mapping[str, float]) -> None:
    s = _sign(side)
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


def _free_leg(turn: Mapping[str, Array], side: str, v: Mapping[str, float]) -> list[Array]:
    """Turns of thigh, shank and foot from the joint angles: flexion, then abduction, then twist."""
    s = _sign(side)
    thigh = (
        turn["pelvis"]
        @ rot_x(-v[f"{side}_hip_flexion_deg"])
        @ rot_y(-s * v[f"{side}_hip_abduction_deg"])
        @ rot_z(s * v[f"{side}_hip_rotation_deg"])
    )
    shank = thigh @ rot_x(v[f"{side}_knee_flexion_deg"])
    foot = shank @ rot_x(-v[f"{side}_ankle_dorsiflexion_deg"])
    return [thigh, shank, foot]


def _two_bones(
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
class _Plant:
    """Where one flat foot stands: ankle and toe tip in world metres, heading (3, 3)."""

    ankle_m: Array
    toe_m: Array
    heading: Array


def _plant(skeleton: Skeleton, side: str, ankle_xy: Array) -> _Plant:
    """A flat foot whose ankle is above ``ankle_xy``."""
    ankle = np.array([ankle_xy[0], ankle_xy[1], skeleton.sole_m])
    foot = f"{side}_foot"
    toe = ankle + skeleton.neutral_offset(foot, f"{side}_ankle", f"{side}_foot_index")
    return _Plant(ankle, toe, np.eye(3))


def _planted_leg(
    skeleton: Skeleton,
    turn: Mapping[str, Array],
    root: Array,
    side: str,
    plant: _Plant,
    v: Mapping[str, float],
) -> list[Array]:
    """Turns of thigh, shank and foot that keep the foot's toes where they are planted."""
    foot = plant.heading @ rot_x(v[f"{side}_heel_raise_deg"])
    ankle = plant.toe_m + foot @ (plant.ankle_m - plant.toe_m)
    hip = root + turn["pelvis"] @ (skeleton.rest_m[f"{side}_hip"] - skeleton.rest_m["root"])
    s = _sign(side)
    pole = rot_z(-s * v[f"{side}_knee_in_deg"] + 0.5 * s * 6.0) @ FORWARD
    thigh, shank = _two_bones(
        hip,
        ankle,
        skeleton.length_m(f"{side}_hip", f"{side}_knee"),
        skeleton.length_m(f"{side}_knee", f"{side}_ankle"),
        pole,
        bends_back=True,
    )
    return [thigh, shank, foot]


def _standing_root(
    skeleton: Skeleton, pelvis: Array, plants: Mapping[str, _Plant], v: Mapping[str, float]
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


def _standing(skeleton: Skeleton, base: Base, v: Mapping[str, float]) -> Placed:
    turn = _axial_turns(v)
    half = 0.5 * base.stance_ratio * skeleton.length_m("left_hip", "right_hip")
    plants = {s: _plant(skeleton, s, np.array([_sign(s) * half, 0.0])) for s in SIDES}
    root = _standing_root(skeleton, turn["pelvis"], plants, v)
    for side in SIDES:
        _add_free_arm(turn, side, v)
        locked = _planted_leg(skeleton, turn, root, side, plants[side], v)
        free = _free_leg(turn, side, v)
        lift = v[f"{side}_lift"]
        for segment, a, b in zip(("thigh", "shank", "foot"), locked, free, strict=True):
            share = lift**2 if segment == "foot" else lift  # the sole tips once it is off the floor
            turn[f"{side}_{segment}"] = blend(a, b, share)
    return place(skeleton, root, turn)


def _kneeling_root(
    skeleton: Skeleton, pelvis: Array, rear: str, lean_deg: float, shift_left_m: float
) -> Array:
    """Pelvis root when the rear thigh leans forward by ``lean_deg`` over its planted knee."""
    thigh_m = skeleton.length_m(f"{rear}_hip", f"{rear}_knee")
    knee = skeleton.knee_pad_m * UP
    hip = knee + thigh_m * (rot_x(lean_deg) @ UP) + shift_left_m * LEFT
    return hip - pelvis @ (skeleton.rest_m[f"{rear}_hip"] - skeleton.rest_m["root"])


def _half_kneeling(skeleton: Skeleton, base: Base, v: Mapping[str, float]) -> Placed:
    front, rear = base.front, "right" if base.front == "left" else "left"
    turn = _axial_turns(v)
    width = 0.95 * skeleton.length_m("left_hip", "right_hip")
    step = base.step_ratio * skeleton.length_m(f"{front}_hip", f"{front}_knee")
    plant = _plant(skeleton, front, np.array([_sign(front) * width, -step]))

    def solve(lean_deg: float) -> tuple[Array, list[Array]]:
        root = _kneeling_root(skeleton, turn["pelvis"], rear, lean_deg, v["pelvis_shift_left_m"])
        return root, _planted_leg(skeleton, turn, root, front, plant, v)

    def tilt_error(lean_deg: float) -> float:
        down = -solve(lean_deg)[1][1][:, 2]
        return float(np.degrees(np.arctan2(down[1], -down[2]))) - v["front_shin_tilt_deg"]

    lean = v["kneel_lean_deg"]
    if np.isfinite(v["front_shin_tilt_deg"]):
        if tilt_error(-15.0) * tilt_error(58.0) > 0:
            raise LabError(
                f"front_shin_tilt_deg = {v['front_shin_tilt_deg']:g} cannot be reached with "
                f"step_ratio {base.step_ratio:g}; change one of them"
            )
        lean = float(brentq(tilt_error, -15.0, 58.0, xtol=1e-4))
    root, front_leg = solve(lean)
    hip = root + turn["pelvis"] @ (skeleton.rest_m[f"{rear}_hip"] - skeleton.rest_m["root"])
    rear_thigh = segment_frame(skeleton.knee_pad_m * UP - hip, LEFT)
    rear_shank, rear_foot = _lying_shank(skeleton, rear)
    for segment, a, b in zip(
        ("thigh", "shank", "foot"), front_leg, (rear_thigh, rear_shank, rear_foot), strict=True
    ):
        turn[f"{front}_{segment}"], turn[f"{rear}_{segment}"] = a, b
    for side in SIDES:
        _add_free_arm(turn, side, v)
    _hands_to_knee(skeleton, root, turn, front, v)
    return place(skeleton, root, turn)


def _lying_shank(skeleton: Skeleton, rear: str) -> tuple[Array, Array]:
    """Turns of a kneeling shank and its pointed foot, toes just touching the floor."""
    shank_m = skeleton.length_m(f"{rear}_knee", f"{rear}_ankle")
    toe = skeleton.neutral_offset(f"{rear}_foot", f"{rear}_ankle", f"{rear}_foot_index")

    def toe_height_m(pitch_deg: float) -> float:
        drop = rot_x(pitch_deg) @ (-shank_m * UP) + rot_x(pitch_deg + KNEELING_POINT_DEG) @ toe
        return float(skeleton.knee_pad_m + drop[2]) - 0.012

    pitch_deg = float(brentq(toe_height_m, 60.0, 110.0, xtol=1e-3))
    return rot_x(pitch_deg), rot_x(pitch_deg + KNEELING_POINT_DEG)


def _hands_to_knee(
    skeleton: Skeleton, root: Array, turn: dict[str, Array], front: str, v: Mapping[str, float]
) -> None:
    """Blend each arm towards a hand on the front thigh; over the knee it would hide the joint."""
    if max(v["left_hand_on_knee"], v["right_hand_on_knee"]) <= 0:
        return
    placed = place(skeleton, root, turn)
    knee = placed.joint_m[f"{front}_knee"]
    along_thigh = unit(placed.joint_m[f"{front}_hip"] - knee)
    for side in SIDES:
        share, s = v[f"{side}_hand_on_knee"], _sign(side)
        target = knee + 0.20 * along_thigh + 0.085 * UP + s * 0.05 * LEFT
        upper, fore = _two_bones(
            placed.joint_m[f"{side}_shoulder"],
            target,
            skeleton.length_m(f"{side}_shoulder", f"{side}_elbow"),
            skeleton.length_m(f"{side}_elbow", f"{side}_wrist"),
            0.6 * BACK + s * 0.8 * LEFT - 0.2 * UP,
            bends_back=False,
        )
        turn[f"{side}_upper_arm"] = blend(turn[f"{side}_upper_arm"], upper, share)
        turn[f"{side}_forearm"] = blend(turn[f"{side}_forearm"], fore, share)
        turn[f"{side}_hand"] = turn[f"{side}_forearm"]


BASES: dict[str, Callable[[Skeleton, Base, Mapping[str, float]], Placed]] = {
    "standing": _standing,
    "half_kneeling": _half_kneeling,
}
