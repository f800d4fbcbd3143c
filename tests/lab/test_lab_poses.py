"""Planted feet stay, angles arrive as asked, and impossible ones are refused."""

from __future__ import annotations

import numpy as np
import pytest

from lab.errors import LabError
from lab.measures import measure, neutral_values
from lab.moves import FAULTS, Fault, Scene, perform, positions
from lab.performance import Performance, min_jerk
from lab.pose import ANGLES, Base, check_angles, pose_skeleton
from lab.skeleton import JOINTS, generic_skeleton

BODY = generic_skeleton()
NEUTRAL = neutral_values(pose_skeleton(BODY, Base("standing"), {}).truth_joints())
MOVES = tuple(FAULTS)


def joints_of(performance: Performance, step_s: float = 0.1) -> tuple[np.ndarray, np.ndarray]:
    """Times and (n, joints, 3) metres of the whole performance, without sway."""
    performance.sway_scale = 0.0
    t_s = np.arange(0.0, performance.duration_s, step_s)
    joints = [
        pose_skeleton(BODY, performance.base, performance.values_at(t)).truth_joints() for t in t_s
    ]
    return t_s, np.stack(joints)


def joint(joints: np.ndarray, name: str) -> np.ndarray:
    return joints[:, JOINTS.index(name)]


def test_neutral_standing_reads_zero() -> None:
    still = pose_skeleton(BODY, Base("standing"), {}).truth_joints()[None]
    values = measure(still, NEUTRAL)
    for name in ("hip_flexion", "hip_abduction", "knee_flexion", "heel_lift", "thigh_tilt"):
        assert values[f"{name}_left_deg"][0] == pytest.approx(0.0, abs=1e-6)
    assert values["trunk_lean_deg"][0] == pytest.approx(0.0, abs=1e-6)
    assert values["straightness_left_deg"][0] > 170


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize(
    ("angle", "column", "value"),
    [
        ("hip_flexion_deg", "hip_flexion_{s}_deg", 90.0),
        ("hip_flexion_deg", "hip_flexion_{s}_deg", -15.0),
        ("hip_abduction_deg", "leg_side_raise_{s}_deg", 55.0),
        ("knee_flexion_deg", "knee_flexion_{s}_deg", 100.0),
        ("ankle_dorsiflexion_deg", "ankle_dorsiflexion_{s}_deg", 20.0),
    ],
)
def test_a_free_leg_has_the_asked_angle(side: str, angle: str, column: str, value: float) -> None:
    values = {f"{side}_lift": 1.0, f"{side}_{angle}": value}
    joints = pose_skeleton(BODY, Base("standing"), values).truth_joints()[None]
    # The neutral posture is not exactly straight (feet are a little closer than the hips).
    assert measure(joints, NEUTRAL)[column.format(s=side)][0] == pytest.approx(value, abs=2.5)


def test_left_and_right_are_mirror_images() -> None:
    t_s, left = joints_of(perform(Scene("standing-hip", ("left",))), 1.0)
    _, right = joints_of(perform(Scene("standing-hip", ("right",))), 1.0)
    mirror = [
        JOINTS.index(n.replace("left", "@").replace("right", "left").replace("@", "right"))
        for n in JOINTS
    ]
    assert len(t_s) == len(right)
    np.testing.assert_allclose(right[:, mirror] * [-1, 1, 1], left, atol=1e-9)


def test_the_stance_foot_stays_where_it_is() -> None:
    _, joints = joints_of(perform(Scene("standing-hip", ("left",))), 0.3)
    for name in ("right_ankle", "right_heel", "right_foot_index"):
        path = joint(joints, name)
        assert np.ptp(path, axis=0).max() < 1e-3


def test_the_floor_holds_the_moving_foot_up() -> None:
    _, joints = joints_of(perform(Scene("standing-hip", ("left", "right"))), 0.3)
    flat = joint(joints, "left_foot_index")[0, 2]
    for side in ("left", "right"):
        assert joint(joints, f"{side}_foot_index")[:, 2].min() > flat - 0.02


def test_a_half_kneeling_body_keeps_front_foot_and_rear_knee() -> None:
    for move in ("ankle-dorsiflexion", "hip-extension-half-kneeling"):
        performance = perform(Scene(move, ("left",)))
        rear = "right" if performance.base.front == "left" else "left"
        _, joints = joints_of(performance, 0.5)
        for name in (f"{performance.base.front}_foot_index", f"{rear}_knee", f"{rear}_ankle"):
            assert np.ptp(joint(joints, name), axis=0).max() < 1e-3
        assert joint(joints, f"{rear}_knee")[0, 2] == pytest.approx(BODY.knee_pad_m, abs=1e-3)


def test_bones_keep_their_length() -> None:
    _, joints = joints_of(perform(Scene("standing-hip", ("left",))), 0.6)
    for first, second in (("left_hip", "left_knee"), ("right_knee", "right_ankle")):
        length = np.linalg.norm(joint(joints, first) - joint(joints, second), axis=1)
        assert np.ptp(length) < 1e-6


def test_nothing_jumps_between_frames() -> None:
    for move in MOVES:
        _, joints = joints_of(perform(Scene(move, ("left",), tempo=3.0, hold_scale=0.2)), 0.07)
        assert np.abs(np.diff(joints, axis=0)).max() < 0.4  # 6 m/s at three times the tempo


def test_the_shin_tilt_drives_the_rock_forward() -> None:
    values = {"front_shin_tilt_deg": 38.0}
    placed = pose_skeleton(BODY, Base("half_kneeling", step_ratio=0.8), values)
    tilt = measure(placed.truth_joints()[None])["shin_tilt_left_deg"][0]
    assert tilt == pytest.approx(38.0, abs=0.3)


def test_an_unreachable_shin_tilt_is_refused() -> None:
    with pytest.raises(LabError, match="cannot be reached"):
        pose_skeleton(BODY, Base("half_kneeling", step_ratio=2.5), {"front_shin_tilt_deg": 5.0})


def test_angles_out_of_range_and_unknown_ones_are_named() -> None:
    with pytest.raises(LabError, match=r"left_hip_flexion_deg = 170 .* -35\.\.140"):
        check_angles({"left_hip_flexion_deg": 170.0})
    with pytest.raises(LabError, match="did you mean left_hip_flexion_deg"):
        check_angles({"left_hip_flexon_deg": 10.0})


def test_every_position_in_the_data_is_within_range() -> None:
    for move in positions():
        for side in ("left", "right"):
            perform(Scene(move, (side,)))  # checks every keyframe
    assert all(low <= rest <= high for low, high, rest in ANGLES.values() if np.isfinite(rest))


@pytest.mark.parametrize(("move", "fault"), [(m, f) for m in MOVES for f in FAULTS[m]])
@pytest.mark.parametrize("strength", [0.0, 1.0])
def test_every_fault_can_be_performed_on_both_sides(move: str, fault: str, strength: float) -> None:
    for side in ("left", "right"):
        performance = perform(Scene(move, (side,), (Fault(fault, strength),)))
        assert [f.id for f in performance.faults] == [fault]
        span = performance.faults[0]
        for t in (span.start_s, 0.5 * (span.start_s + span.end_s)):
            pose_skeleton(BODY, performance.base, performance.values_at(t))


def test_minimum_jerk_starts_and_ends_at_rest() -> None:
    u = np.linspace(0, 1, 1001)
    x = np.array([min_jerk(v) for v in u])
    speed = np.gradient(x, u)
    assert (x[0], x[-1]) == (0.0, 1.0)
    assert speed[0] < 1e-3
    assert speed[-1] < 1e-3
    assert speed.max() == pytest.approx(1.875, abs=0.01)
    assert min_jerk(-1) == 0.0
    assert min_jerk(2) == 1.0
