"""What a scene says happens is what its joints do."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from lab.errors import LabError
from lab.measures import measure, neutral_values, pelvis_yaw_deg
from lab.moves import STANDING_ORDER, Fault, Scene, perform
from lab.performance import Repetition
from lab.pose import Base, pose_skeleton
from lab.skeleton import JOINTS, generic_skeleton

BODY = generic_skeleton()
NEUTRAL = neutral_values(pose_skeleton(BODY, Base("standing"), {}).truth_joints())


def held(scene: Scene, repetition: int = 0) -> dict[str, dict[str, float]]:
    """Phase -> measure -> value in the middle of its hold, without sway."""
    performance = perform(scene)
    performance.sway_scale = 0.0
    values = {}
    for phase in performance.repetitions[repetition].phases:
        if phase.hold_start_s is None or phase.hold_end_s is None:
            continue
        middle = 0.5 * (phase.hold_start_s + phase.hold_end_s)
        placed = pose_skeleton(BODY, performance.base, performance.values_at(middle))
        row = measure(placed.truth_joints()[None], NEUTRAL)
        values[phase.id] = {k: float(v[0]) for k, v in row.items()}
    return values


def phases(repetition: Repetition) -> list[str]:
    return [p.id for p in repetition.phases]


@pytest.mark.parametrize("side", ["left", "right"])
def test_the_standing_hip_positions_are_what_the_routine_asks(side: str) -> None:
    at = held(Scene("standing-hip", (side,)))
    assert 110 <= at["flexion"][f"hip_flexion_{side}_deg"] <= 125
    assert 105 <= at["flexion"][f"knee_flexion_{side}_deg"] <= 130
    assert at["lower"][f"thigh_tilt_{side}_deg"] == pytest.approx(90, abs=10)
    assert 55 <= at["open"][f"hip_opening_{side}_deg"] <= 70
    assert 50 <= at["side_hold"][f"leg_side_raise_{side}_deg"] <= 70
    assert abs(at["side_hold"][f"knee_flexion_{side}_deg"]) < 8
    assert abs(at["side_hold"]["trunk_side_lean_deg"]) < 10
    assert -22 <= at["extension"][f"hip_flexion_{side}_deg"] <= -8
    assert at["extension"][f"straightness_{side}_deg"] > 155
    assert 25 <= at["extension"]["trunk_lean_deg"] <= 45


@pytest.mark.parametrize("side", ["left", "right"])
def test_the_half_kneeling_positions_are_what_the_routine_asks(side: str) -> None:
    rock = held(Scene("ankle-dorsiflexion", (side,)))["rock_forward"]
    assert rock[f"knee_over_toe_{side}_cm"] > 2
    assert rock[f"heel_lift_{side}_deg"] == pytest.approx(0, abs=0.5)
    extend = held(Scene("hip-extension-half-kneeling", (side,)))["extend"]
    assert -18 <= extend[f"hip_flexion_{side}_deg"] <= -8
    assert abs(extend["trunk_lean_deg"]) < 8


def test_phases_follow_each_other_without_gaps() -> None:
    performance = perform(Scene("standing-hip", ("left", "right")))
    assert [r.side for r in performance.repetitions] == ["left", "right"]
    for repetition in performance.repetitions:
        assert phases(repetition) == [*STANDING_ORDER, "return"]
        assert repetition.phases[0].start_s == repetition.start_s
        assert repetition.phases[-1].end_s == repetition.end_s
        for a, b in pairwise(repetition.phases):
            assert a.end_s == pytest.approx(b.start_s)
    first = performance.repetitions[0].start_s
    assert first >= 1.0  # stands before it starts
    assert performance.duration_s - performance.repetitions[-1].end_s >= 1.0


def test_a_skipped_position_is_missing_and_named() -> None:
    performance = perform(Scene("standing-hip", faults=(Fault("skipped_position", phase="open"),)))
    assert "open" not in phases(performance.repetitions[0])
    assert performance.faults[0].phase == "open"


def test_a_fault_can_be_kept_to_one_repetition() -> None:
    scene = Scene("ankle-dorsiflexion", ("left",) * 3, (Fault("heel_lift", 1.0, repetition=2),))
    lifts = [held(scene, i)["rock_forward"]["heel_lift_left_deg"] for i in range(3)]
    assert lifts[0] < 1 < 10 < lifts[1]
    assert lifts[2] < 1
    assert len(perform(scene).faults) == 1


@pytest.mark.parametrize(
    ("move", "fault", "phase", "column", "least"),
    [
        ("standing-hip", "bent_knee", "side_hold", "knee_flexion_left_deg", 30),
        ("standing-hip", "trunk_dropped", "extension", "trunk_lean_deg", 55),
        ("standing-hip", "stance_collapse", "open", "knee_flexion_right_deg", 25),
        ("ankle-dorsiflexion", "knee_cave", "rock_forward", "knee_in_left_cm", 5),
        ("ankle-dorsiflexion", "trunk_collapse", "rock_forward", "trunk_lean_deg", 45),
        ("hip-extension-half-kneeling", "trunk_lean", "extend", "trunk_lean_deg", 15),
        ("hip-extension-half-kneeling", "knee_cave", "extend", "knee_in_right_cm", 4),
    ],
)
def test_a_fault_shows_in_its_measure(
    move: str, fault: str, phase: str, column: str, least: float
) -> None:
    good = held(Scene(move, ("left",)))[phase][column]
    bad = held(Scene(move, ("left",), (Fault(fault, 0.9),)))[phase][column]
    assert good < least <= bad


def test_leaning_away_goes_to_the_stance_side() -> None:
    for side, sign in (("left", -1), ("right", 1)):
        scene = Scene("standing-hip", (side,), (Fault("trunk_lean_away", 0.8),))
        assert sign * held(scene)["side_hold"]["trunk_side_lean_deg"] > 15


def test_an_early_touchdown_puts_the_foot_on_the_floor() -> None:
    performance = perform(Scene("standing-hip", faults=(Fault("early_touchdown"),)))
    performance.sway_scale = 0.0
    span = performance.faults[0]
    times = np.linspace(span.start_s, span.end_s, 12)
    placed = [pose_skeleton(BODY, performance.base, performance.values_at(t)) for t in times]
    height = measure(np.stack([p.truth_joints() for p in placed]), NEUTRAL)["foot_height_left_cm"]
    assert height.min() < 0.5


def test_short_reach_stops_before_the_toes_or_well_short_of_the_good_one() -> None:
    good = held(Scene("ankle-dorsiflexion"))["rock_forward"]["knee_over_toe_left_cm"]
    short = held(Scene("ankle-dorsiflexion", faults=(Fault("short_reach", 0.8),)))
    assert short["rock_forward"]["knee_over_toe_left_cm"] < min(0.0, good - 5)


def test_yaw_follows_the_convention() -> None:
    still = pose_skeleton(BODY, Base("standing"), {}).truth_joints()[None]
    assert pelvis_yaw_deg(still, np.array([0, -3.0, 1]))[0] == pytest.approx(0, abs=1e-6)
    assert pelvis_yaw_deg(still, np.array([-3.0, 0, 1]))[0] == pytest.approx(90, abs=1e-6)
    assert pelvis_yaw_deg(still, np.array([3.0, 0, 1]))[0] == pytest.approx(-90, abs=1e-6)


def test_a_direction_out_of_the_plane_has_no_angle() -> None:
    joints = pose_skeleton(
        BODY, Base("standing"), {"left_lift": 1.0, "left_hip_flexion_deg": 90.0}
    ).truth_joints()[None]
    assert np.isnan(measure(joints, NEUTRAL)["hip_abduction_left_deg"][0])
    assert len(JOINTS) == joints.shape[1]


def test_wrong_scenes_are_refused_with_near_names() -> None:
    with pytest.raises(LabError, match="did you mean standing-hip"):
        perform(Scene("standing-hips"))
    with pytest.raises(LabError, match="unknown fault of ankle-dorsiflexion"):
        perform(Scene("ankle-dorsiflexion", faults=(Fault("bent_knee"),)))
    with pytest.raises(LabError, match="unknown phase"):
        perform(Scene("standing-hip", faults=(Fault("short_hold", phase="opne"),)))
    with pytest.raises(LabError, match="strength 3 is outside"):
        perform(Scene("standing-hip", faults=(Fault("short_hold", 3.0),)))
    with pytest.raises(LabError, match="one side a clip"):
        perform(Scene("ankle-dorsiflexion", ("left", "right")))
