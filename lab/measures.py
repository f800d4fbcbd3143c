"""Clinical measures from true 3-D joints, by the definitions the checker itself uses.

Definitions follow the projected, side-view ones of motion analysis (flexion + with 0 upright, as in
Sports2D), taken in the body's own planes instead of the image: the sagittal plane is at right
angles to the line between the hips, the frontal plane holds that line and the vertical. They are
"projected" angles, not the ISB joint coordinate system. All angles in degrees.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from lab.rotations import UP, Array, unit
from lab.skeleton import JOINTS, SIDES, Placed
from lab.wall import SHOE_TIP_M, Wall

#: A direction closer than this (share of its length) to a plane's normal has no angle in it.
MIN_IN_PLANE = 0.30

_SIDED = {
    "hip_flexion_{s}_deg": "thigh against trunk in the sagittal plane; extension negative",
    "hip_abduction_{s}_deg": "hip to knee against the normal of the pelvis line, frontal plane; "
    "outward positive",
    "hip_opening_{s}_deg": "hip to knee out of the sagittal plane (asin); outward positive",
    "leg_side_raise_{s}_deg": "hip to ankle against the vertical, frontal plane; outward positive",
    "knee_flexion_{s}_deg": "bend between thigh and shank, 3-D; 0 at neutral standing",
    "shin_tilt_{s}_deg": "ankle to knee against the vertical, sagittal plane; forward positive",
    "ankle_dorsiflexion_{s}_deg": "shank against foot (heel to toe), 3-D; 0 at neutral standing, "
    "toes towards the shin positive",
    "heel_lift_{s}_deg": "foot pitch, heel above toe, against the flat foot; heel up positive",
    "thigh_tilt_{s}_deg": "hip to knee against straight down, sagittal plane; forward positive",
    "straightness_{s}_deg": "angle shoulder-hip-heel, 3-D; 180 straight",
    "knee_over_toe_{s}_cm": "knee ahead of the toe tip along the foot's heading; past it positive",
    "knee_over_toe_{s}_pct": "the same in percent of the foot's length heel to toe tip",
    "knee_in_{s}_cm": "knee towards the midline of the vertical plane ankle-toe; inward positive",
    "foot_height_{s}_cm": "lower one of heel and toe above its height in flat stance",
    "tibial_rotation_{s}_deg": "heel-to-toe about the shank's axis against the plane of thigh and "
    "shank; outward positive; unknown for a straight knee",
    "foot_yaw_{s}_deg": "heading of heel to toe on the floor against the pelvis; outward positive",
    "ankle_over_thigh_{s}_pct": "ankle beyond the other thigh's axis, away from its own side, "
    "percent of hip width",
    "ankle_to_thigh_{s}_cm": "ankle centre to the other thigh's axis, shortest way",
    "knee_past_midline_{s}_pct": "knee across the midline of the pelvis, percent of hip width; on "
    "its own side negative",
    "elbow_flexion_{s}_deg": "bend between upper arm and forearm, 3-D; 0 straight",
    "arm_elevation_{s}_deg": "upper arm against straight down the trunk, 3-D; 180 overhead",
}
_WHOLE = {
    "trunk_lean_deg": "mid-hip to mid-shoulder against the vertical, sagittal plane; "
    "forward positive",
    "trunk_side_lean_deg": "the same in the frontal plane; towards the person's left positive",
    "pelvis_obliquity_deg": "slope of the hip line; left hip higher positive",
    "trunk_twist_deg": "shoulder line against hip line about the vertical; "
    "towards the person's left positive",
    "pelvis_turn_deg": "hip line about the vertical against the clip's first frame; to the "
    "person's left positive",
}

#: column -> definition, for the truth file and its readers.
MEASURES: dict[str, str] = {
    **{name.format(s=side): text for name, text in _SIDED.items() for side in SIDES},
    **_WHOLE,
}

#: Columns from which the body's own neutral standing value is subtracted, so that neutral standing
#: reads 0. Not so: shin tilt (what an inclinometer reads), straightness, and lengths over the foot.
NEUTRAL_SUBTRACTED: tuple[str, ...] = tuple(
    name
    for name in MEASURES
    if name.startswith(
        (
            "hip_flexion",
            "hip_abduction",
            "hip_opening",
            "knee_flexion",
            "ankle_dorsiflexion",
            "heel_lift",
            "foot_height",
            "thigh_tilt",
            "leg_side_raise",
            "trunk_lean",
            "trunk_side_lean",
        )
    )
)


def measure(joints_m: Array, neutral: Mapping[str, float] | None = None) -> dict[str, Array]:
    """All of ``MEASURES`` for (n, joints, 3) world metres in the order of ``JOINTS``.

    ``neutral`` holds the values of neutral standing (from ``neutral_values``); without it the raw
    values come back. NaN where a direction has no angle in its plane (``MIN_IN_PLANE``).
    """
    j = {name: joints_m[:, i] for i, name in enumerate(JOINTS)}
    planes = _planes(j)
    out = _trunk(j, planes)
    for side, outward in (("left", 1.0), ("right", -1.0)):
        out |= _leg(j, planes, side, outward)
    if neutral is not None:
        for name in NEUTRAL_SUBTRACTED:
            out[name] = out[name] - neutral[name]
    return {name: out[name] for name in MEASURES}


def neutral_values(neutral_joints_m: Array) -> dict[str, float]:
    """Raw values of one neutral standing frame, (joints, 3) metres, to subtract later."""
    raw = measure(neutral_joints_m[None])
    return {name: float(raw[name][0]) for name in NEUTRAL_SUBTRACTED}


def thorax_turn_deg(placed: Sequence[Placed]) -> Array:
    """(n,) the rib cage against the pelvis about the body's long axis, to the left positive.

    From the true bones, not the shoulder line, which an arm that swings behind carries along.
    """
    turns = [p.bone_turn["pelvis"].T @ p.bone_turn["thorax"] for p in placed]
    return np.array([float(np.degrees(np.arctan2(t[1, 0], t[0, 0]))) for t in turns])


def wall_measures(joints_m: Array, wall: Wall, knee_pad_m: float) -> dict[str, Array]:
    """Distances to the wall in cm: tip of the shoe, front of the knee, elbow and wrist centres.

    The shoe's tip is ``SHOE_TIP_M`` ahead of the toe tip on the skin: what a tape on the floor
    reads.
    """
    out = {}
    for side in SIDES:
        for name, joint, nearer_m in (
            ("toe_to_wall", "foot_index", SHOE_TIP_M),
            ("knee_to_wall", "knee", knee_pad_m),
            ("elbow_to_wall", "elbow", 0.0),
            ("wrist_to_wall", "wrist", 0.0),
        ):
            away = (joints_m[:, JOINTS.index(f"{side}_{joint}")] - wall.point_m) @ wall.normal
            out[f"{name}_{side}_cm"] = 100.0 * (away - nearer_m)
    return out


def pelvis_yaw_deg(joints_m: Array, camera_position_m: Array) -> Array:
    """(n,) facing of the pelvis as the camera sees it: 0 towards it, +90 to the image's right."""
    left = joints_m[:, JOINTS.index("left_hip")] - joints_m[:, JOINTS.index("right_hip")]
    forward = np.stack([left[:, 1], -left[:, 0]], axis=1)
    middle = 0.5 * (joints_m[:, JOINTS.index("left_hip")] + joints_m[:, JOINTS.index("right_hip")])
    to_camera = (camera_position_m - middle)[:, :2]
    turn = np.arctan2(forward[:, 1], forward[:, 0]) - np.arctan2(to_camera[:, 1], to_camera[:, 0])
    return (np.degrees(turn) + 180.0) % 360.0 - 180.0


def _dot(a: Array, b: Array) -> Array:
    return np.sum(a * b, axis=-1)


def _angle_in_plane(vector: Array, along: Array, ahead: Array) -> Array:
    """Signed degrees from ``along`` towards ``ahead``; NaN when the vector leaves their plane."""
    v = unit(vector)
    x, y = _dot(v, ahead), _dot(v, along)
    angle = np.degrees(np.arctan2(x, y))
    return np.where(np.hypot(x, y) >= MIN_IN_PLANE, angle, np.nan)


def _between(a: Array, b: Array) -> Array:
    return np.degrees(np.arccos(np.clip(_dot(unit(a), unit(b)), -1.0, 1.0)))


def _planes(j: Mapping[str, Array]) -> dict[str, Array]:
    """Per-frame unit axes: hip line, level forward and left, trunk."""
    hip_line = unit(j["left_hip"] - j["right_hip"])
    forward = unit(np.cross(hip_line, np.broadcast_to(UP, hip_line.shape)))
    left = np.cross(np.broadcast_to(UP, hip_line.shape), forward)
    mid_hip = 0.5 * (j["left_hip"] + j["right_hip"])
    trunk = 0.5 * (j["left_shoulder"] + j["right_shoulder"]) - mid_hip
    up = np.broadcast_to(UP, hip_line.shape)
    return {"hip_line": hip_line, "forward": forward, "left": left, "up": up, "trunk": trunk}


def _trunk(j: Mapping[str, Array], p: Mapping[str, Array]) -> dict[str, Array]:
    shoulder_line = j["left_shoulder"] - j["right_shoulder"]
    turn = np.arctan2(shoulder_line[:, 1], shoulder_line[:, 0]) - np.arctan2(
        p["hip_line"][:, 1], p["hip_line"][:, 0]
    )
    return {
        "trunk_lean_deg": _angle_in_plane(p["trunk"], p["up"], p["forward"]),
        "trunk_side_lean_deg": _angle_in_plane(p["trunk"], p["up"], p["left"]),
        "pelvis_obliquity_deg": np.degrees(np.arcsin(np.clip(p["hip_line"][:, 2], -1, 1))),
        "trunk_twist_deg": _wrapped(np.degrees(turn)),
        "pelvis_turn_deg": _wrapped(_heading_deg(p["hip_line"]) - _heading_deg(p["hip_line"])[0]),
    }


def _heading_deg(vector: Array) -> Array:
    return np.degrees(np.arctan2(vector[:, 1], vector[:, 0]))


def _wrapped(angle_deg: Array) -> Array:
    return (angle_deg + 180.0) % 360.0 - 180.0


def _leg(
    j: Mapping[str, Array], p: Mapping[str, Array], side: str, outward: float
) -> dict[str, Array]:
    hip, knee, ankle, heel, toe, shoulder = (
        j[f"{side}_{n}"] for n in ("hip", "knee", "ankle", "heel", "foot_index", "shoulder")
    )
    thigh, shank, foot = knee - hip, ankle - knee, toe - heel
    # Sagittal plane of the pelvis: trunk direction without its part along the hip line.
    trunk_up = unit(p["trunk"] - _dot(p["trunk"], p["hip_line"])[:, None] * p["hip_line"])
    trunk_ahead = np.cross(p["hip_line"], trunk_up)
    # Frontal plane: the pelvis-line normal lies in it and leans with the pelvis.
    normal = np.cross(p["forward"], p["hip_line"])
    names = {
        "hip_flexion": _angle_in_plane(thigh, -trunk_up, trunk_ahead),
        "hip_abduction": _angle_in_plane(
            thigh, normal * np.where(normal[:, 2:] > 0, -1.0, 1.0), outward * p["hip_line"]
        ),
        "hip_opening": np.degrees(
            np.arcsin(np.clip(outward * _dot(unit(thigh), p["hip_line"]), -1, 1))
        ),
        "leg_side_raise": _angle_in_plane(ankle - hip, -p["up"], outward * p["left"]),
        "knee_flexion": _between(thigh, shank),
        "shin_tilt": _angle_in_plane(-shank, p["up"], p["forward"]),
        "ankle_dorsiflexion": 90.0 - _between(-shank, foot),
        "heel_lift": np.degrees(np.arcsin(np.clip(-unit(foot)[:, 2], -1, 1))),
        "thigh_tilt": _angle_in_plane(thigh, -p["up"], p["forward"]),
        "straightness": _between(shoulder - hip, heel - hip),
    }
    out = {f"{name}_{side}_deg": value for name, value in names.items()}
    out |= _over_foot(knee, ankle, heel, toe, side, outward)
    return out | _turned(j, p, side, outward) | _across(j, p, side, outward)


def _turned(
    j: Mapping[str, Array], p: Mapping[str, Array], side: str, outward: float
) -> dict[str, Array]:
    """Foot against shank and pelvis, and the arm's angles."""
    hip, knee, ankle, heel, toe, shoulder, elbow, wrist = (
        j[f"{side}_{n}"]
        for n in ("hip", "knee", "ankle", "heel", "foot_index", "shoulder", "elbow", "wrist")
    )
    shank, thigh, foot = unit(ankle - knee), unit(knee - hip), toe - heel
    hinge = np.cross(thigh, shank)  # to the person's right while the knee bends
    bent = np.linalg.norm(hinge, axis=1) >= np.sin(np.radians(20.0))
    ahead = np.cross(shank, unit(np.where(bent[:, None], hinge, np.nan)))
    aside = outward * np.cross(ahead, shank)
    yaw = _heading_deg(foot) - _heading_deg(p["forward"])
    return {
        f"tibial_rotation_{side}_deg": _angle_in_plane(foot, ahead, aside),
        f"foot_yaw_{side}_deg": outward * _wrapped(yaw),
        f"elbow_flexion_{side}_deg": _between(elbow - shoulder, wrist - elbow),
        f"arm_elevation_{side}_deg": _between(elbow - shoulder, -p["trunk"]),
    }


def _across(
    j: Mapping[str, Array], p: Mapping[str, Array], side: str, outward: float
) -> dict[str, Array]:
    """How far knee and ankle are across, in shares of the distance between the hips."""
    other = "right" if side == "left" else "left"
    width = np.linalg.norm(j["left_hip"] - j["right_hip"], axis=1)
    inward = -outward * p["hip_line"]
    middle = 0.5 * (j["left_hip"] + j["right_hip"])
    hip, knee, ankle = j[f"{other}_hip"], j[f"{other}_knee"], j[f"{side}_ankle"]
    thigh = knee - hip
    share = np.clip(_dot(ankle - hip, thigh) / _dot(thigh, thigh), 0.0, 1.0)
    away = ankle - (hip + share[:, None] * thigh)
    return {
        f"ankle_over_thigh_{side}_pct": 100.0 * _dot(away, inward) / width,
        f"ankle_to_thigh_{side}_cm": 100.0 * np.linalg.norm(away, axis=1),
        f"knee_past_midline_{side}_pct": 100.0 * _dot(j[f"{side}_knee"] - middle, inward) / width,
    }


def _over_foot(
    knee: Array, ankle: Array, heel: Array, toe: Array, side: str, outward: float
) -> dict[str, Array]:
    """Where the knee is over the foot; NaN while the foot points steeply up or down."""
    foot = toe - heel
    length = np.linalg.norm(foot, axis=1)
    level = foot * [1.0, 1.0, 0.0]
    flat = np.linalg.norm(level, axis=1) >= 0.5 * length
    heading = unit(np.where(flat[:, None], level, np.nan))
    ahead = _dot(knee - toe, heading)
    aside = np.cross(np.broadcast_to(UP, heading.shape), heading)  # to the person's left
    return {
        f"knee_over_toe_{side}_cm": 100.0 * ahead,
        f"knee_over_toe_{side}_pct": 100.0 * ahead / length,
        f"knee_in_{side}_cm": -100.0 * outward * _dot(knee - ankle, aside),
        f"foot_height_{side}_cm": 100.0 * np.minimum(heel[:, 2], toe[:, 2]),
    }
