"""The same angles as peers take them: three points or one line, no neutral, no view, no gate."""

from __future__ import annotations

import numpy as np

from lab.rotations import Array
from posecheck.core import geometry as g
from posecheck.core.engine import Assessment
from posecheck.core.joints import ANKLE, HEEL, HIP, KNEE, SHOULDER, TOE, gather
from posecheck.core.pose import Landmark


def naive_measures(assessment: Assessment) -> dict[str, Array]:
    """Column -> (n,) naive values: image points, but trunk rotation from the world landmarks."""
    px = gather(assessment.smooth).px
    forward = assessment.view.forward
    middle = [px[:, part].mean(axis=1) for part in (HIP, SHOULDER)]
    out = {
        "trunk_lean_deg": g.tilt_from_vertical_deg(*middle, forward),
        "trunk_side_lean_deg": g.tilt_from_vertical_deg(*middle, 1.0),
        "pelvis_obliquity_deg": _slope_deg(px[:, HIP, 1], px[:, HIP, 0]),
        "trunk_rotation_deg": _trunk_rotation_deg(assessment.smooth.world_m),
    }
    for k, side in enumerate(("left", "right")):
        hip, knee, ankle, shoulder, heel, toe = (
            px[:, part, k] for part in (HIP, KNEE, ANKLE, SHOULDER, HEEL, TOE)
        )
        outward = (1.0, -1.0)[k]
        foot_px = np.linalg.norm(toe - heel, axis=1)
        named = {
            "hip_flexion": 180.0 - g.joint_angle_deg(shoulder, hip, knee),
            "knee_flexion": 180.0 - g.joint_angle_deg(hip, knee, ankle),
            "shin_tilt": g.tilt_from_vertical_deg(ankle, knee, forward),
            "thigh_tilt": g.hang_from_vertical_deg(hip, knee, forward),
            "leg_side_raise": g.hang_from_vertical_deg(hip, ankle, outward),
            "hip_abduction": g.joint_angle_deg(px[:, HIP, 1 - k], hip, ankle) - 90.0,
            "straightness": g.joint_angle_deg(shoulder, hip, heel),
            "ankle_dorsiflexion": 90.0 - g.joint_angle_deg(knee, ankle, toe),
            "heel_lift": _pitch_deg(heel, toe, forward),
        }
        out |= {f"{name}_{side}_deg": value for name, value in named.items()}
        ahead = (knee - toe)[:, 0] * forward
        out[f"knee_over_toe_{side}_pct"] = 100.0 * ahead / np.maximum(foot_px, 1.0)
    return out


def _slope_deg(start: Array, end: Array) -> Array:
    """Slope of a line in the picture, degrees, its end higher positive; either way round."""
    step = end - start
    return np.degrees(np.arctan2(-step[:, 1], np.abs(step[:, 0])))


def _pitch_deg(heel: Array, toe: Array, forward: Array) -> Array:
    step = toe - heel
    return np.degrees(np.arctan2(step[:, 1], step[:, 0] * forward))


def _trunk_rotation_deg(world_m: Array) -> Array:
    """Shoulder yaw minus hip yaw, to the person's left positive."""
    yaw = [
        np.arctan2(line[:, 2], line[:, 0])
        for line in (
            world_m[:, Landmark.LEFT_SHOULDER] - world_m[:, Landmark.RIGHT_SHOULDER],
            world_m[:, Landmark.LEFT_HIP] - world_m[:, Landmark.RIGHT_HIP],
        )
    ]
    return (np.degrees(yaw[0] - yaw[1]) + 180.0) % 360.0 - 180.0
