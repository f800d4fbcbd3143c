"""A body's rest joints, and forward kinematics from segment rotations to posed joints.

Bones move in rigid *segments* (pelvis, thigh, shank, ...). A segment rotation is the turn from the
body's own *neutral* posture (legs vertical, arms hanging, facing -y); ``Skeleton.align`` holds the
turn from the modelled rest posture (an A pose) to neutral.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from lab.rotations import UP, Array, align, rot_z

SIDES = ("left", "right")

#: Truth joints, in the order of the truth file. Sided ones come left, then right.
JOINTS: tuple[str, ...] = (
    "nose",
    *(
        f"{side}_{name}"
        for name in (
            "ear",
            "shoulder",
            "elbow",
            "wrist",
            "hip",
            "knee",
            "ankle",
            "heel",
            "foot_index",
        )
        for side in SIDES
    ),
)

#: segment -> (parent segment, joint the segment turns about). Parents come first.
SEGMENTS: dict[str, tuple[str | None, str]] = {
    "pelvis": (None, "root"),
    "spine_low": ("pelvis", "spine_low"),
    "spine_mid": ("spine_low", "spine_mid"),
    "thorax": ("spine_mid", "spine_high"),
    "neck": ("thorax", "neck"),
    "head": ("neck", "head"),
    **{
        f"{side}_{segment}": (
            parent if parent in ("pelvis", "thorax") else f"{side}_{parent}",
            f"{side}_{joint}",
        )
        for side in SIDES
        for segment, parent, joint in (
            ("clavicle", "thorax", "clavicle"),
            ("upper_arm", "clavicle", "shoulder"),
            ("forearm", "upper_arm", "elbow"),
            ("hand", "forearm", "wrist"),
            ("thigh", "pelvis", "hip"),
            ("shank", "thigh", "knee"),
            ("foot", "shank", "ankle"),
        )
    },
}

#: Truth landmarks that are no joint centre: the segment that carries them.
CARRIED = {
    "nose": "head",
    **{f"{side}_ear": "head" for side in SIDES},
    **{f"{side}_heel": f"{side}_foot" for side in SIDES},
    **{f"{side}_foot_index": f"{side}_foot" for side in SIDES},
}

TOE_OUT_DEG = 6.0
ARM_OUT_DEG = 9.0
ELBOW_REST_DEG = 14.0


@dataclass(frozen=True)
class Skeleton:
    """Rest positions of one body.

    Attributes:
        rest_m: joint or carried landmark -> (3,) metres in the rest posture, z up, facing -y.
        sole_m: how far each ankle is above the sole when the foot is flat, metres.
        knee_pad_m: how far the knee centre is above the floor when kneeling, metres.
    """

    rest_m: Mapping[str, Array]
    sole_m: float
    knee_pad_m: float = 0.055
    align: Mapping[str, Array] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "align", _neutral_alignment(self.rest_m))

    def length_m(self, first: str, second: str) -> float:
        """Distance between two rest joints, metres."""
        return float(np.linalg.norm(self.rest_m[second] - self.rest_m[first]))

    def neutral_offset(self, segment: str, start: str, end: str) -> Array:
        """(3,) metres from ``start`` to ``end``, both carried by ``segment``, at neutral."""
        return self.align[segment] @ (self.rest_m[end] - self.rest_m[start])


def _neutral_alignment(rest_m: Mapping[str, Array]) -> dict[str, Array]:
    """Rest posture to neutral: straight vertical legs, feet slightly out, arms hanging."""
    turns = {segment: np.eye(3) for segment in SEGMENTS}
    for side, sign in (("left", 1.0), ("right", -1.0)):
        hip, knee, ankle = (rest_m[f"{side}_{j}"] for j in ("hip", "knee", "ankle"))
        turns[f"{side}_thigh"] = align(knee - hip, -UP)
        turns[f"{side}_shank"] = align(ankle - knee, -UP)
        toe = rest_m[f"{side}_foot_index"] - rest_m[f"{side}_heel"]
        toe_in_deg = np.degrees(np.arctan2(toe[0], -toe[1]))
        turns[f"{side}_foot"] = rot_z(sign * TOE_OUT_DEG - toe_in_deg)
        shoulder, elbow, wrist = (rest_m[f"{side}_{j}"] for j in ("shoulder", "elbow", "wrist"))
        turns[f"{side}_upper_arm"] = align(elbow - shoulder, -UP)
        turns[f"{side}_forearm"] = align(wrist - elbow, -UP)
        turns[f"{side}_hand"] = turns[f"{side}_forearm"]
    return turns


def place(skeleton: Skeleton, root_m: Array, turn: Mapping[str, Array]) -> Placed:
    """Joint positions for given segment turns (neutral to world) and pelvis root position."""
    bone_turn = {s: turn[s] @ skeleton.align[s] for s in SEGMENTS}
    joint_m: dict[str, Array] = {"root": np.asarray(root_m, float)}
    for parent, joint in SEGMENTS.values():
        if parent is None:
            continue
        anchor = SEGMENTS[parent][1]
        offset = skeleton.rest_m[joint] - skeleton.rest_m[anchor]
        joint_m[joint] = joint_m[anchor] + bone_turn[parent] @ offset
    for name, segment in CARRIED.items():
        anchor = SEGMENTS[segment][1]
        offset = skeleton.rest_m[name] - skeleton.rest_m[anchor]
        joint_m[name] = joint_m[anchor] + bone_turn[segment] @ offset
    return Placed(bone_turn, joint_m)


@dataclass(frozen=True)
class Placed:
    """One posed frame: segment turns from rest (3, 3) and joint positions (3,) in world metres."""

    bone_turn: Mapping[str, Array]
    joint_m: Mapping[str, Array]

    def truth_joints(self) -> Array:
        """(len(JOINTS), 3) world metres in the order of ``JOINTS``."""
        return np.stack([self.joint_m[name] for name in JOINTS])


def generic_skeleton(height_m: float = 1.72) -> Skeleton:
    """A made-up adult with plain proportions, for tests that must not need a body model."""
    s = height_m / 1.72
    half = {
        "clavicle": (0.02, 0.0, 0.50),
        "shoulder": (0.18, 0.0, 0.50),
        "elbow": (0.36, 0.0, 0.29),
        "wrist": (0.50, -0.10, 0.12),
        "ear": (0.075, 0.0, 0.66),
        "hip": (0.095, 0.0, 0.0),
        "knee": (0.13, -0.02, -0.41),
        "ankle": (0.16, 0.01, -0.82),
        "heel": (0.16, 0.05, -0.88),
        "foot_index": (0.155, -0.19, -0.89),
    }
    rest = {
        "root": (0.0, 0.0, 0.0),
        "spine_low": (0.0, 0.03, 0.09),
        "spine_mid": (0.0, 0.03, 0.16),
        "spine_high": (0.0, 0.04, 0.24),
        "neck": (0.0, 0.02, 0.55),
        "head": (0.0, -0.01, 0.63),
        "nose": (0.0, -0.12, 0.65),
    }
    for name, (x, y, z) in half.items():
        rest[f"left_{name}"] = (x, y, z)
        rest[f"right_{name}"] = (-x, y, z)
    return Skeleton({k: s * np.array(v) for k, v in rest.items()}, sole_m=0.09 * s)
