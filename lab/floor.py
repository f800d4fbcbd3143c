"""Bases on the floor: sitting, and lying on the back with bent knees."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from lab.limbs import (
    Base,
    Plant,
    add_free_arm,
    axial_turns,
    free_leg,
    hand_to,
    plant,
    planted_leg,
    sign,
    two_bones,
)
from lab.rotations import FORWARD, LEFT, UP, Array, blend, rot_x, rot_y, unit
from lab.skeleton import SIDES, Placed, Skeleton, place

SEAT_SHARE = 0.062  # hip centre above the floor when sitting, of the body's height
BACK_SHARE = 0.064  # hip centre above the floor when lying on the back
THIGH_RADIUS_SHARE = 0.048  # the crossed ankle's centre above the other thigh's axis
LAY = rot_x(-90.0)  # upright to lying on the back, head towards +y


def _height_m(skeleton: Skeleton) -> float:
    """Roughly the body's height from its long bones, metres."""
    legs = skeleton.length_m("left_hip", "left_knee") + skeleton.length_m("left_knee", "left_ankle")
    return 2.05 * legs


def sitting(skeleton: Skeleton, base: Base, v: Mapping[str, float]) -> Placed:
    """Sit on the floor; ``base.front`` is the bent leg, both legs follow their joint angles."""
    turn = axial_turns(v)
    hips = 0.5 * (skeleton.rest_m["left_hip"] + skeleton.rest_m["right_hip"])
    seat = SEAT_SHARE * _height_m(skeleton) * UP
    root = seat - turn["pelvis"] @ (hips - skeleton.rest_m["root"])
    for side in SIDES:
        add_free_arm(turn, side, v)
        thigh, shank, foot = free_leg(turn, side, v)
        for segment, frame in (("thigh", thigh), ("shank", shank), ("foot", foot)):
            turn[f"{side}_{segment}"] = frame
    _hands_under_thigh(skeleton, root, turn, base.front, v)
    return place(skeleton, root, turn)


def _hands_under_thigh(
    skeleton: Skeleton, root: Array, turn: dict[str, Array], leg: str, v: Mapping[str, float]
) -> None:
    """Both hands hold the bent thigh from its sides, well above the knee."""
    placed = place(skeleton, root, turn)
    knee, hip = placed.joint_m[f"{leg}_knee"], placed.joint_m[f"{leg}_hip"]
    for side in SIDES:
        s = sign(side)
        target = knee + 0.40 * (hip - knee) + s * 0.085 * LEFT - 0.02 * UP
        pole = s * 0.8 * LEFT - 0.5 * UP - 0.3 * FORWARD
        hand_to(skeleton, placed, turn, side, target, pole, v[f"{side}_hand_on_knee"])


def supine(skeleton: Skeleton, base: Base, v: Mapping[str, float]) -> Placed:
    """Lie on the back, head towards +y, feet flat on the floor unless a leg is lifted or crossed.

    ``base.step_ratio`` is the distance from the hips to the planted ankles in thigh lengths. The
    working leg is ``base.front``; ``hand_on_knee`` holds its knee.
    """
    turn = axial_turns(v, LAY)
    hips = 0.5 * (skeleton.rest_m["left_hip"] + skeleton.rest_m["right_hip"])
    root = BACK_SHARE * _height_m(skeleton) * UP - LAY @ (hips - skeleton.rest_m["root"])
    half = 0.5 * base.stance_ratio * skeleton.length_m("left_hip", "right_hip")
    for side in SIDES:
        add_free_arm(turn, side, v)
        away = base.step_ratio * skeleton.length_m(f"{side}_hip", f"{side}_knee")
        flat = plant(skeleton, side, np.array([sign(side) * half, -away]))
        _supine_leg(skeleton, turn, root, side, flat, v)
    working = base.front
    if v[f"{working}_ankle_over"] > 0:
        _cross(skeleton, turn, root, working, v)
    _hands_to_knee(skeleton, root, turn, working, v)
    return place(skeleton, root, turn)


def _supine_leg(
    skeleton: Skeleton,
    turn: dict[str, Array],
    root: Array,
    side: str,
    flat: Plant,
    v: Mapping[str, float],
) -> None:
    locked = planted_leg(skeleton, turn, root, side, flat, v, ahead=UP + 0.2 * FORWARD)
    free = free_leg(turn, side, v)
    lift = v[f"{side}_lift"]
    for segment, a, b in zip(("thigh", "shank", "foot"), locked, free, strict=True):
        turn[f"{side}_{segment}"] = blend(a, b, lift)


def _cross(
    skeleton: Skeleton,
    turn: dict[str, Array],
    root: Array,
    side: str,
    v: Mapping[str, float],
) -> None:
    """Lay one ankle on the other thigh near its knee, with the own knee opened outward."""
    other, s = ("right" if side == "left" else "left"), sign(side)
    placed = place(skeleton, root, turn)
    hip, far_hip, far_knee = (
        placed.joint_m[n] for n in (f"{side}_hip", f"{other}_hip", f"{other}_knee")
    )
    thigh = far_hip - far_knee
    above = unit(np.cross(thigh, -LEFT))
    above = above * np.sign(above[2] or 1.0)
    radius = THIGH_RADIUS_SHARE * _height_m(skeleton)
    resting = far_knee + 0.24 * thigh + radius * above - s * 0.035 * LEFT
    slipped = far_knee + 0.02 * thigh + s * 1.9 * radius * LEFT - 0.6 * radius * above
    ankle = resting + v[f"{side}_ankle_slip"] * (slipped - resting)
    pole = rot_y(s * v[f"{side}_knee_open_deg"]) @ unit(UP + 0.5 * FORWARD)
    upper, lower = two_bones(
        hip,
        ankle,
        skeleton.length_m(f"{side}_hip", f"{side}_knee"),
        skeleton.length_m(f"{side}_knee", f"{side}_ankle"),
        pole,
        bends_back=True,
    )
    foot = lower @ rot_x(-v[f"{side}_ankle_dorsiflexion_deg"])
    share = v[f"{side}_ankle_over"]
    for segment, frame in (("thigh", upper), ("shank", lower), ("foot", foot)):
        turn[f"{side}_{segment}"] = blend(turn[f"{side}_{segment}"], frame, share)


def _hands_to_knee(
    skeleton: Skeleton, root: Array, turn: dict[str, Array], leg: str, v: Mapping[str, float]
) -> None:
    """Both hands hold the shin just under the drawn knee."""
    if max(v["left_hand_on_knee"], v["right_hand_on_knee"]) <= 0:
        return
    placed = place(skeleton, root, turn)
    knee, ankle = placed.joint_m[f"{leg}_knee"], placed.joint_m[f"{leg}_ankle"]
    across = turn[f"{leg}_shank"][:, 0]
    ahead = -turn[f"{leg}_shank"][:, 1]
    for side in SIDES:
        s = sign(side)
        target = knee + 0.22 * (ankle - knee) + 0.075 * ahead + s * 0.035 * across
        pole = s * 0.9 * LEFT - 0.3 * UP
        hand_to(skeleton, placed, turn, side, target, pole, v[f"{side}_hand_on_knee"])
