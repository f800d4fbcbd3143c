"""Bases at a wall: the knee-to-wall lunge, and standing side-on with a forearm on the wall."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from lab.errors import LabError
from lab.limbs import (
    Base,
    Plant,
    add_free_arm,
    axial_turns,
    hand_to,
    planted_leg,
    sign,
    standing_turns,
)
from lab.rotations import BACK, FORWARD, LEFT, UP, Array, blend, rot_x, rot_z, segment_frame, unit
from lab.skeleton import SIDES, TOE_OUT_DEG, Placed, Skeleton, place

SHOE_TIP_M = 0.0135  # the shoe reaches this far beyond the toe tip on the skin
WALL_AHEAD_M = 0.40  # the wall in front of the lunge stands at y = -WALL_AHEAD_M
ELBOW_PAD_M = 0.045  # elbow and wrist centre from a wall that the forearm lies on
REAR_FOOT_M = 0.13  # rear toe behind the front heel at the first try


@dataclass(frozen=True)
class Wall:
    """A plane that the move needs: a point on it and its normal into the room, (3,) metres."""

    point_m: Array
    normal: Array


def wall_of(skeleton: Skeleton, base: Base) -> Wall | None:
    """The wall that goes with a base; None where it needs none."""
    if base.kind == "wall_lunge":
        return Wall(WALL_AHEAD_M * FORWARD, BACK)
    if base.kind == "wall_beside":
        inside = -sign(base.front)
        return Wall(inside * _reach_aside_m(skeleton) * LEFT, -inside * LEFT)
    return None


# --- the lunge ---


def wall_lunge(skeleton: Skeleton, base: Base, v: Mapping[str, float]) -> Placed:
    """Front foot ``toe_wall_m`` from the wall, its knee ``knee_gap_m`` from it, both in metres.

    Raises:
        LabError: the shin is too short to bring the knee where it is asked.
    """
    front = base.front
    rear = "right" if front == "left" else "left"
    turn = axial_turns(v)
    thigh, shank, foot, knee = _front_leg(skeleton, base, v)
    for segment, frame in (("thigh", thigh), ("shank", shank), ("foot", foot)):
        turn[f"{front}_{segment}"] = frame
    hip = knee - thigh @ (-skeleton.length_m(f"{front}_hip", f"{front}_knee") * UP)
    root = hip - turn["pelvis"] @ (skeleton.rest_m[f"{front}_hip"] - skeleton.rest_m["root"])
    for segment, frame in zip(
        ("thigh", "shank", "foot"), _rear_leg(skeleton, turn, root, base, rear, v), strict=True
    ):
        turn[f"{rear}_{segment}"] = frame
    for side in SIDES:
        add_free_arm(turn, side, v)
    _hands_to_wall(skeleton, root, turn, v)
    return place(skeleton, root, turn)


def _half_stance_m(skeleton: Skeleton, base: Base) -> float:
    return 0.5 * base.stance_ratio * skeleton.length_m("left_hip", "right_hip")


def _front_leg(
    skeleton: Skeleton, base: Base, v: Mapping[str, float]
) -> tuple[Array, Array, Array, Array]:
    """Turns of thigh, shank and foot, and the knee (3,) metres."""
    side, s = base.front, sign(base.front)
    heading = rot_z(s * (v[f"{side}_foot_out_deg"] - TOE_OUT_DEG))
    offset = skeleton.neutral_offset(f"{side}_foot", f"{side}_ankle", f"{side}_foot_index")
    toe = (
        s * _half_stance_m(skeleton, base) * LEFT
        + (v["toe_wall_m"] + SHOE_TIP_M - WALL_AHEAD_M) * BACK
        + (skeleton.sole_m + offset[2] + v["foot_up_m"]) * UP
    )
    foot = heading @ rot_x(v[f"{side}_heel_raise_deg"])
    ankle = toe - foot @ offset
    shank_m = skeleton.length_m(f"{side}_knee", f"{side}_ankle")
    ahead = -WALL_AHEAD_M + skeleton.knee_pad_m + v["knee_gap_m"] - ankle[1]
    inward_deg = v[f"{side}_knee_in_deg"] - v[f"{side}_foot_out_deg"]
    aside = -s * abs(ahead) * np.tan(np.radians(inward_deg))
    up2 = shank_m**2 - ahead**2 - aside**2
    if up2 < (0.35 * shank_m) ** 2:
        raise LabError(
            f"the knee cannot come {100 * v['knee_gap_m']:.0f} cm from the wall with the toes "
            f"{100 * v['toe_wall_m']:.0f} cm away: lower toe_wall_m"
        )
    knee = ankle + np.array([aside, ahead, np.sqrt(up2)])
    hinge = rot_z(-s * inward_deg) @ LEFT
    back = np.radians(v["thigh_back_deg"])
    to_hip = np.array([-0.35 * aside, np.sin(back), np.cos(back)])
    return segment_frame(-to_hip, hinge), segment_frame(ankle - knee, hinge), foot, knee


def _rear_leg(
    skeleton: Skeleton,
    turn: Mapping[str, Array],
    root: Array,
    base: Base,
    side: str,
    v: Mapping[str, float],
) -> list[Array]:
    """A planted rear leg whose heel rises as far as its length asks for."""
    offset = skeleton.neutral_offset(f"{side}_foot", f"{side}_ankle", f"{side}_foot_index")
    front_m = float(np.linalg.norm(offset[:2])) + 0.05  # heel to toe, roughly
    toe = (
        sign(side) * _half_stance_m(skeleton, base) * LEFT
        + (0.10 - WALL_AHEAD_M + front_m + REAR_FOOT_M - offset[1]) * BACK
        + (skeleton.sole_m + offset[2]) * UP
    )
    flat = Plant(toe - offset, toe, np.eye(3))
    hip = root + turn["pelvis"] @ (skeleton.rest_m[f"{side}_hip"] - skeleton.rest_m["root"])
    reach = 0.992 * (
        skeleton.length_m(f"{side}_hip", f"{side}_knee")
        + skeleton.length_m(f"{side}_knee", f"{side}_ankle")
    )

    def too_far_m(raise_deg: float) -> float:
        ankle = toe + rot_x(raise_deg) @ (flat.ankle_m - toe)
        return float(np.linalg.norm(hip - ankle)) - reach

    rise_deg = 0.0
    if too_far_m(0.0) > 0:
        rise_deg = 60.0 if too_far_m(60.0) > 0 else float(brentq(too_far_m, 0.0, 60.0, xtol=1e-3))
    return planted_leg(skeleton, turn, root, side, flat, {**v, f"{side}_heel_raise_deg": rise_deg})


def _hands_to_wall(
    skeleton: Skeleton, root: Array, turn: dict[str, Array], v: Mapping[str, float]
) -> None:
    """Flat hands on the wall at the height of the chest."""
    placed = place(skeleton, root, turn)
    for side in SIDES:
        s = sign(side)
        shoulder = placed.joint_m[f"{side}_shoulder"]
        target = np.array([shoulder[0] + s * 0.06, -WALL_AHEAD_M + 0.055, shoulder[2] - 0.06])
        flat = segment_frame(UP, s * BACK)
        pole = s * 0.7 * LEFT - 0.7 * UP
        share = v[f"{side}_hand_on_wall"]
        hand_to(skeleton, placed, turn, side, target, pole, share, flat)


# --- side-on ---


def _reach_aside_m(skeleton: Skeleton) -> float:
    """Wall from the midline: the inside upper arm lies nearly level between shoulder and wall."""
    upper = skeleton.length_m("left_shoulder", "left_elbow")
    return float(skeleton.rest_m["left_shoulder"][0] + 0.80 * upper + ELBOW_PAD_M)


def wall_beside(skeleton: Skeleton, base: Base, v: Mapping[str, float]) -> Placed:
    """Stand with the wall at the side opposite ``base.front``, whose arm is the windmill's."""
    outside = base.front
    inside = "right" if outside == "left" else "left"
    root, turn = standing_turns(skeleton, base, v)
    _windmill(turn, outside, v)
    _forearm_on_wall(skeleton, root, turn, inside, v)
    return place(skeleton, root, turn)


def _windmill(turn: dict[str, Array], side: str, v: Mapping[str, float]) -> None:
    """The outside arm in front, overhead, behind, as directions in the thorax."""
    at = v[f"{side}_windmill"]
    if at <= 0:
        return
    s, thorax = sign(side), turn["thorax"]
    behind = rot_z(s * -14.0) @ (s * LEFT)
    stops = (
        turn[f"{side}_upper_arm"],
        thorax @ segment_frame(unit(FORWARD + 0.15 * s * LEFT), LEFT),
        thorax @ segment_frame(unit(UP + 0.12 * s * LEFT), LEFT),
        thorax @ segment_frame(unit(behind + 0.05 * UP), -s * UP),
    )
    k = min(int(at), 2)
    arm = blend(stops[k], stops[k + 1], at - k)
    turn[f"{side}_upper_arm"] = arm
    turn[f"{side}_forearm"] = arm @ rot_x(-v[f"{side}_elbow_flexion_deg"])
    turn[f"{side}_hand"] = turn[f"{side}_forearm"]


def _forearm_on_wall(
    skeleton: Skeleton, root: Array, turn: dict[str, Array], side: str, v: Mapping[str, float]
) -> None:
    """Elbow and wrist on the wall beside; the elbow as near to its resting place as it reaches."""
    s = sign(side)
    placed = place(skeleton, root, turn)
    shoulder = placed.joint_m[f"{side}_shoulder"]
    upper_m = skeleton.length_m(f"{side}_shoulder", f"{side}_elbow")
    wall_x = s * (_reach_aside_m(skeleton) - ELBOW_PAD_M)
    across = wall_x - shoulder[0]
    free_m = np.sqrt(max(upper_m**2 - across**2, 0.0))
    elbow = np.array([wall_x, shoulder[1] - free_m, shoulder[2]])  # level, ahead of the shoulder
    if across * s > upper_m:
        elbow = shoulder + upper_m * s * LEFT
    tilt = np.radians(v[f"{side}_forearm_tilt_deg"])
    fore_dir = np.cos(tilt) * UP + np.sin(tilt) * FORWARD
    upper_dir = elbow - shoulder
    hinge = np.cross(fore_dir, unit(upper_dir))
    upper, fore = segment_frame(upper_dir, hinge), segment_frame(fore_dir, hinge)
    share = 1.0 - v[f"{side}_forearm_off"]
    for segment, frame in (("upper_arm", upper), ("forearm", fore)):
        turn[f"{side}_{segment}"] = blend(turn[f"{side}_{segment}"], frame, share)
    turn[f"{side}_hand"] = turn[f"{side}_forearm"]
