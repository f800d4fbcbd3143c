"""Named joint angles to a posed skeleton: planted feet stay where they are.

Every pose is one mapping from the names in ``ANGLES`` to numbers. A *base* says what touches the
floor or a wall: ``standing`` plants the feet, ``half_kneeling`` the front foot and the rear knee
and shank; ``lab.floor`` sits and lies, ``lab.wall`` lunges at a wall and stands beside one. Planted
legs are solved from the pelvis (two bones, one solution); free legs follow their joint angles. A
new base is one function in ``BASES``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from scipy.optimize import brentq

from lab.errors import LabError, unknown_name
from lab.floor import sitting, supine
from lab.limbs import (
    Base,
    add_free_arm,
    axial_turns,
    hand_to,
    plant,
    planted_leg,
    sign,
    standing_turns,
)
from lab.rotations import BACK, LEFT, UP, Array, rot_x, segment_frame, unit
from lab.skeleton import SIDES, Placed, Skeleton, place
from lab.wall import wall_beside, wall_lunge

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
    "hand_on_knee": (0.0, 1.0, 0.0),  # 0 free arm, 1 hand on the front thigh or the drawn knee
    "hand_on_wall": (0.0, 1.0, 0.0),  # 0 free arm, 1 hand flat on the wall in front
    "tibial_rotation_deg": (-40.0, 50.0, 0.0),  # shank about its own axis, outward positive
    "foot_out_deg": (-20.0, 60.0, 0.0),  # heading of a planted foot at a wall, outward positive
    "ankle_over": (0.0, 1.0, 0.0),  # lying: 1 the ankle lies on the other thigh
    "ankle_slip": (0.0, 1.0, 0.0),  # lying: 1 it has slid off, down over the knee
    "knee_open_deg": (-30.0, 100.0, 0.0),  # lying: a crossed leg's knee, from up to outward
    "windmill": (0.0, 3.0, 0.0),  # 0 free arm, 1 in front, 2 overhead, 3 behind
    "forearm_off": (0.0, 1.0, 0.0),  # 0 forearm on the wall beside, 1 the arm hangs free
    "forearm_tilt_deg": (-50.0, 50.0, 0.0),  # forearm on the wall, forward of upright positive
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
    "toe_wall_m": (-0.02, 0.45, 0.10),  # tip of the shoe to the wall in front
    "foot_up_m": (0.0, 0.15, 0.0),  # the foot at the wall is lifted to be put elsewhere
    "knee_gap_m": (0.0, 0.60, 0.16),  # front of the knee to the wall in front
    "thigh_back_deg": (-10.0, 70.0, 12.0),  # thigh at the wall, hip behind the knee positive
    "kneel_lean_deg": (-20.0, 60.0, 0.0),  # rear thigh, forward positive
    "front_shin_tilt_deg": (-15.0, 55.0, float("nan")),  # drives kneel_lean_deg when a number
    **{f"{side}_{name}": limits for side in SIDES for name, limits in _SIDED.items()},
}

RESTING: dict[str, float] = {name: limits[2] for name, limits in ANGLES.items()}

KNEELING_POINT_DEG = 58.0  # how far a kneeling person's rear foot points


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


def pose_skeleton(skeleton: Skeleton, base: Base, values: Mapping[str, float]) -> Placed:
    """Pose one body; ``values`` may be partial, the rest stays at ``RESTING``."""
    if base.kind not in BASES:
        raise unknown_name("base", base.kind, BASES)
    full = {**RESTING, **values}
    return BASES[base.kind](skeleton, base, full)


def _standing(skeleton: Skeleton, base: Base, v: Mapping[str, float]) -> Placed:
    return place(skeleton, *standing_turns(skeleton, base, v))


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
    turn = axial_turns(v)
    width = 0.95 * skeleton.length_m("left_hip", "right_hip")
    step = base.step_ratio * skeleton.length_m(f"{front}_hip", f"{front}_knee")
    flat = plant(skeleton, front, np.array([sign(front) * width, -step]))

    def solve(lean_deg: float) -> tuple[Array, list[Array]]:
        root = _kneeling_root(skeleton, turn["pelvis"], rear, lean_deg, v["pelvis_shift_left_m"])
        return root, planted_leg(skeleton, turn, root, front, flat, v)

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
        add_free_arm(turn, side, v)
    _hands_to_thigh(skeleton, root, turn, front, v)
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


def _hands_to_thigh(
    skeleton: Skeleton, root: Array, turn: dict[str, Array], front: str, v: Mapping[str, float]
) -> None:
    """Blend each arm towards a hand on the front thigh; over the knee it would hide the joint."""
    if max(v["left_hand_on_knee"], v["right_hand_on_knee"]) <= 0:
        return
    placed = place(skeleton, root, turn)
    knee = placed.joint_m[f"{front}_knee"]
    along_thigh = unit(placed.joint_m[f"{front}_hip"] - knee)
    for side in SIDES:
        s = sign(side)
        target = knee + 0.20 * along_thigh + 0.085 * UP + s * 0.05 * LEFT
        pole = 0.6 * BACK + s * 0.8 * LEFT - 0.2 * UP
        hand_to(skeleton, placed, turn, side, target, pole, v[f"{side}_hand_on_knee"])


BASES: dict[str, Callable[[Skeleton, Base, Mapping[str, float]], Placed]] = {
    "standing": _standing,
    "half_kneeling": _half_kneeling,
    "sitting": sitting,
    "supine": supine,
    "wall_lunge": wall_lunge,
    "wall_beside": wall_beside,
}
