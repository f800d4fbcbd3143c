"""Measures of poses with known joint angles, from each view; and why there is no number."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stickfigure import (
    BANDS,
    FOOT_M,
    FOREARM_M,
    HALF_HIPS_M,
    THIGH_M,
    TRUNK_M,
    UPPER_ARM_M,
    Leg,
    Pose,
    measured,
    neutral_of,
    seen,
    value,
)
from synthetic import film
from tracks import hidden, nobody

from lab.measures import measure as lab_measure
from lab.measures import neutral_values
from lab.pose import Base, pose_skeleton
from lab.skeleton import generic_skeleton
from posecheck.core.catalog import CATALOG, SIDES, known_names, resolve
from posecheck.core.catalog import columns as catalog_columns
from posecheck.core.engine import smooth_track
from posecheck.core.errors import MoveError
from posecheck.core.pose import Landmark
from posecheck.core.table import Reason

L = Landmark
SIDE_VIEWS = [90.0, -90.0, 75.0, -110.0, 60.0, -125.0]
FRONT_VIEWS = [0.0, 180.0, 15.0, -15.0, 30.0, 165.0]

THIGHS = st.floats(-25.0, 120.0)
KNEES = st.floats(0.0, 120.0)
LEANS = st.floats(-25.0, 45.0)
quick = settings(max_examples=25, deadline=None)

#: The measure columns of measures.csv, in order.
PUBLIC = [name for name, _, _ in catalog_columns()]


# --- sagittal ---


@pytest.mark.parametrize("yaw_deg", SIDE_VIEWS)
@pytest.mark.parametrize("side", SIDES)
def test_sagittal_angles_read_what_the_joints_do(side: str, yaw_deg: float) -> None:
    # Both legs alike: a foot higher than the other would not stand on the floor.
    leg = Leg(thigh_tilt=70.0, knee_flexion=85.0, heel_up=12.0)
    pose = Pose(leg, leg, trunk_lean=8.0)
    table = measured(seen(pose, yaw_deg))
    wanted = {
        f"hip_flexion_{side}_deg": 78.0,
        f"thigh_tilt_{side}_deg": 70.0,
        f"knee_flexion_{side}_deg": 85.0,
        f"shin_tilt_{side}_deg": 15.0,
        f"heel_lift_{side}_deg": 12.0,
        f"ankle_dorsiflexion_{side}_deg": 3.0,
        "trunk_lean_deg": 8.0,
    }
    got = {column: float(table.columns[column][2]) for column in wanted}
    assert got == {column: pytest.approx(angle, abs=0.1) for column, angle in wanted.items()}


@given(THIGHS, KNEES, LEANS, st.sampled_from([90.0, -90.0, 60.0, -60.0, 120.0]))
@quick
def test_hip_flexion_is_thigh_tilt_plus_trunk_lean(
    thigh_deg: float, knee_deg: float, lean_deg: float, yaw_deg: float
) -> None:
    track = seen(Pose(Leg(thigh_deg, knee_deg), trunk_lean=lean_deg), yaw_deg)
    assert value(track, "hip_flexion_left_deg") == pytest.approx(thigh_deg + lean_deg, abs=0.1)
    assert value(track, "knee_flexion_left_deg") == pytest.approx(knee_deg, abs=0.1)
    assert value(track, "shin_tilt_left_deg") == pytest.approx(knee_deg - thigh_deg, abs=0.1)
    assert value(track, "trunk_lean_deg") == pytest.approx(lean_deg, abs=0.1)


def test_extension_is_negative_flexion() -> None:
    track = seen(Pose(Leg(thigh_tilt=-18.0), trunk_lean=5.0))
    assert value(track, "hip_flexion_left_deg") == pytest.approx(-13.0, abs=0.1)
    extension = resolve("hip_extension_deg", "left")
    assert extension.sign * value(track, extension.column) == pytest.approx(13.0, abs=0.1)


@pytest.mark.parametrize("yaw_deg", [90.0, -90.0])
@pytest.mark.parametrize(("lean_deg", "sign"), [(20.0, 1), (-20.0, -1)])
def test_leaning_forward_is_positive_whichever_way_the_person_faces(
    lean_deg: float, sign: int, yaw_deg: float
) -> None:
    assert np.sign(value(seen(Pose(trunk_lean=lean_deg), yaw_deg), "trunk_lean_deg")) == sign


def test_a_knee_to_chest_thigh_past_level_reads_above_ninety() -> None:
    track = seen(Pose(Leg(thigh_tilt=118.0, knee_flexion=125.0), trunk_lean=6.0))
    assert value(track, "hip_flexion_left_deg") == pytest.approx(124.0, abs=0.1)


def test_straightness_is_180_for_one_line_from_shoulder_to_heel() -> None:
    bent = seen(Pose(Leg(thigh_tilt=-30.0), trunk_lean=0.0))
    tipped = seen(Pose(Leg(thigh_tilt=-30.0), trunk_lean=30.0))
    assert value(tipped, "straightness_left_deg") > 172.0  # the heel sits behind the ankle
    assert value(bent, "straightness_left_deg") == pytest.approx(
        value(tipped, "straightness_left_deg") - 30.0, abs=15.0
    )
    assert value(bent, "straightness_left_deg") < 160.0


def test_a_lifted_heel_does_not_pass_for_dorsiflexion() -> None:
    flat_leg = Leg(thigh_tilt=40.0, knee_flexion=75.0)
    lifted_leg = replace(flat_leg, heel_up=15.0)
    flat, lifted = seen(Pose(flat_leg, flat_leg)), seen(Pose(lifted_leg, lifted_leg))
    assert value(flat, "ankle_dorsiflexion_left_deg") == pytest.approx(35.0, abs=0.1)
    assert value(lifted, "ankle_dorsiflexion_left_deg") == pytest.approx(20.0, abs=0.1)
    assert value(lifted, "heel_lift_left_deg") == pytest.approx(15.0, abs=0.1)
    assert value(lifted, "shin_tilt_left_deg") == pytest.approx(35.0, abs=0.1)


@pytest.mark.parametrize("yaw_deg", [90.0, -90.0, 70.0])
def test_knee_over_toe_is_in_percent_of_the_foot_and_positive_past_the_toe(yaw_deg: float) -> None:
    leg = Leg(thigh_tilt=10.0, knee_flexion=60.0)
    reach_m = 0.40 * np.sin(np.radians(50.0)) - (FOOT_M - 0.05)
    got = value(seen(Pose(leg, leg), yaw_deg), "knee_over_toe_left_pct")
    assert got == pytest.approx(100.0 * reach_m / FOOT_M, abs=0.5)
    assert got > 0
    assert value(seen(Pose(), yaw_deg), "knee_over_toe_left_pct") < 0


def test_a_foot_off_the_floor_has_no_heel_lift_dorsiflexion_or_reach() -> None:
    table = measured(seen(Pose(Leg(thigh_tilt=70.0, knee_flexion=85.0))))
    for column in ("heel_lift_left_deg", "ankle_dorsiflexion_left_deg", "knee_over_toe_left_pct"):
        assert np.isnan(table.columns[column]).all()
        assert (table.reasons[column] == Reason.FOOT_LIFTED).all()
        assert np.isfinite(table.columns[column.replace("left", "right")]).all()


def test_a_limb_that_leaves_the_plane_has_no_angle_in_it() -> None:
    table = measured(seen(Pose(Leg(abduction=50.0)), 60.0))
    assert np.isnan(table.columns["hip_flexion_left_deg"]).all()
    assert set(table.reasons["hip_flexion_left_deg"]) <= {Reason.OFF_PLANE, Reason.FORESHORTENED}
    assert np.isfinite(table.columns["hip_flexion_right_deg"]).all()


# --- frontal ---


@pytest.mark.parametrize("yaw_deg", FRONT_VIEWS)
@pytest.mark.parametrize("side", SIDES)
def test_a_leg_raised_to_the_side_reads_outward_positive(side: str, yaw_deg: float) -> None:
    pose = replace(Pose(), **{side: Leg(abduction=40.0)})
    table = measured(seen(pose, yaw_deg))
    other = "right" if side == "left" else "left"
    for column in ("leg_side_raise", "thigh_side_raise", "hip_abduction"):
        assert table.columns[f"{column}_{side}_deg"][2] == pytest.approx(40.0, abs=0.1)
        assert table.columns[f"{column}_{other}_deg"][2] == pytest.approx(0.0, abs=0.1)


@given(st.floats(-10.0, 80.0), st.floats(-25.0, 25.0), st.sampled_from([0.0, 180.0, 20.0]))
@quick
def test_abduction_is_the_raise_less_what_the_pelvis_tips(
    raise_deg: float, obliquity_deg: float, yaw_deg: float
) -> None:
    pose = Pose(left=Leg(abduction=raise_deg), obliquity=obliquity_deg)
    table = measured(seen(pose, yaw_deg))
    assert table.columns["leg_side_raise_left_deg"][2] == pytest.approx(raise_deg, abs=0.1)
    assert table.columns["pelvis_obliquity_deg"][2] == pytest.approx(obliquity_deg, abs=0.1)
    abduction = table.columns["hip_abduction_left_deg"][2]
    assert abduction == pytest.approx(raise_deg - obliquity_deg, abs=0.1)


@pytest.mark.parametrize("yaw_deg", [0.0, 180.0, 20.0, -20.0])
@pytest.mark.parametrize("lean_deg", [15.0, -15.0])
def test_leaning_to_the_persons_left_is_positive_from_front_and_back(
    lean_deg: float, yaw_deg: float
) -> None:
    track = seen(Pose(side_lean=lean_deg), yaw_deg)
    assert value(track, "trunk_side_lean_deg") == pytest.approx(lean_deg, abs=0.1)


@pytest.mark.parametrize(("side", "lean_deg"), [("left", -12.0), ("right", 12.0)])
def test_leaning_away_is_away_from_the_working_leg(side: str, lean_deg: float) -> None:
    track = seen(Pose(side_lean=lean_deg), 0.0)
    for name, sign in (("trunk_lean_away_deg", 1), ("trunk_lean_toward_deg", -1)):
        quantity = resolve(name, side)  # type: ignore[arg-type]
        got = quantity.sign * value(track, quantity.column)
        assert got == pytest.approx(sign * 12.0, abs=0.1)


# --- any view ---


@pytest.mark.parametrize("yaw_deg", [0.0, 90.0, -45.0, 180.0])
def test_a_lifted_foot_is_as_high_as_it_is_from_every_side(yaw_deg: float) -> None:
    track = seen(Pose(left=Leg(thigh_tilt=60.0, knee_flexion=60.0)), yaw_deg)
    lifted_m = 0.42 * (1.0 - np.cos(np.radians(60.0)))
    table = measured(track)
    assert table.columns["foot_lift_left_pct"][2] == pytest.approx(100 * lifted_m / 0.82, abs=0.5)
    assert table.columns["foot_lift_right_pct"][2] == pytest.approx(-100 * lifted_m / 0.82, abs=0.5)


@pytest.mark.parametrize("yaw_deg", [0.0, 90.0, -45.0, 135.0, 180.0])
@pytest.mark.parametrize(
    ("leg", "elevation_deg", "azimuth_deg"),
    [(Leg(thigh_tilt=90.0, knee_flexion=90.0), 90.0, 0.0), (Leg(abduction=50.0), 50.0, 90.0),
     (Leg(thigh_tilt=-30.0), 30.0, 180.0)],
    ids=["ahead", "outward", "behind"],
)  # fmt: skip
def test_coarse_directions_do_not_depend_on_the_view(
    leg: Leg, elevation_deg: float, azimuth_deg: float, yaw_deg: float
) -> None:
    table = measured(seen(Pose(left=leg, right=leg), yaw_deg))
    for side in SIDES:
        elevation = table.columns[f"thigh_elevation_{side}_deg"][2]
        assert elevation == pytest.approx(elevation_deg, abs=1)
        azimuth = table.columns[f"thigh_azimuth_{side}_deg"][2]
        assert np.cos(np.radians(azimuth - azimuth_deg)) == pytest.approx(1.0, abs=1e-3)
        assert table.columns[f"knee_bend_{side}_deg"][2] == pytest.approx(leg.knee_flexion, abs=1)


def test_a_swinging_leg_reads_its_angular_speed() -> None:
    poses = [Pose(left=Leg(thigh_tilt=60.0 * i / 30.0)) for i in range(30)]
    table = measured(seen(poses))
    assert table.columns["leg_speed_left_degps"][5:25] == pytest.approx(60.0, rel=0.1)
    assert table.columns["leg_speed_right_degps"][5:25] == pytest.approx(0.0, abs=1.0)


# --- arms, and what lies to the side ---


@pytest.mark.parametrize("yaw_deg", [0.0, 25.0, -25.0])
def test_an_arm_out_to_the_side_reads_its_raise_elbow_and_hand(yaw_deg: float) -> None:
    table = measured(seen(Pose(arm_raise=90.0, elbow_bend=90.0), yaw_deg))
    for side in SIDES:
        assert table.columns[f"arm_elevation_{side}_deg"][2] == pytest.approx(90.0, abs=0.1)
        assert table.columns[f"elbow_flexion_{side}_deg"][2] == pytest.approx(90.0, abs=0.1)
        height = table.columns[f"hand_height_{side}_pct"][2]
        assert height == pytest.approx(100.0 * FOREARM_M / TRUNK_M, abs=0.1)
        aside = table.columns[f"hand_aside_{side}_pct"][2]
        square = 100.0 * UPPER_ARM_M / TRUNK_M
        assert aside == pytest.approx(square * np.cos(np.radians(yaw_deg)), abs=0.1)
        assert table.columns[f"forearm_length_{side}_pct"][2] == pytest.approx(
            100.0 * FOREARM_M / TRUNK_M, abs=0.1
        )


def test_a_forearm_has_no_length_while_the_upper_arm_hangs() -> None:
    table = measured(seen(Pose(arm_raise=20.0, elbow_bend=90.0), 0.0))
    assert np.isnan(table.columns["forearm_length_left_pct"]).all()


@pytest.mark.parametrize(("twist_deg", "sense"), [(40.0, 1.0), (-40.0, -1.0)])
def test_shoulders_that_turn_read_their_sense_and_nothing_where_the_clip_begins(
    twist_deg: float, sense: float
) -> None:
    track = seen([Pose()] * 60 + [Pose(twist=twist_deg)] * 60, 0.0)
    rotation = measured(track, neutral_of(track)).columns["trunk_rotation_deg"]
    assert rotation[:60] == pytest.approx(0.0, abs=0.5)
    assert (sense * rotation[70:] > 30.0).all()


def test_a_shoulder_that_its_arm_draws_along_is_hardly_a_turn() -> None:
    track = seen([Pose(arm_raise=85.0)] * 120, 0.0)
    pixels, metres = track.image_px.copy(), track.world_m.copy()
    line_px = pixels[60:, L.LEFT_SHOULDER] - pixels[60:, L.RIGHT_SHOULDER]
    pixels[60:, L.LEFT_SHOULDER] -= 0.08 * line_px
    line_m = np.linalg.norm(metres[60:, L.LEFT_SHOULDER] - metres[60:, L.RIGHT_SHOULDER], axis=1)
    metres[60:, L.LEFT_SHOULDER, 2] += 0.1 * line_m
    drawn = replace(track, image_px=pixels, world_m=metres)
    rotation = measured(drawn, neutral_of(drawn)).columns["trunk_rotation_deg"]
    assert (rotation[70:] > 0.0).all()
    assert (rotation[70:] < 12.0).all()


@pytest.mark.parametrize("side_lean", [-25.0, 25.0])
def test_a_lean_is_no_turn_and_makes_none_look_larger(side_lean: float) -> None:
    leaned = [Pose()] * 60 + [Pose(side_lean=side_lean)] * 30
    upright = [Pose()] * 90
    turned = [Pose(twist=40.0)] * 30
    readings = []
    for poses in (leaned, upright):
        track = seen(poses + turned, 0.0)
        readings.append(measured(track, neutral_of(track)).columns["trunk_rotation_deg"])
    assert readings[0][:80] == pytest.approx(0.0, abs=0.5)
    assert readings[0][100:] == pytest.approx(readings[1][100:], abs=6.0)


def test_no_rotation_is_read_while_an_arm_is_overhead() -> None:
    track = seen([Pose()] * 60 + [Pose(twist=40.0, arm_raise=175.0)] * 60, 0.0)
    rotation = measured(track, neutral_of(track)).columns["trunk_rotation_deg"]
    assert np.isfinite(rotation[:60]).all()
    assert np.isnan(rotation[60:]).all()


@pytest.mark.parametrize("yaw_deg", [0.0, 180.0])
@pytest.mark.parametrize("sense", [1.0, -1.0])
@pytest.mark.parametrize(
    ("hips_deg", "beyond_deg"), [(0.0, 0.0), (11.0, 0.0), (-11.0, 0.0), (16.0, 4.0)]
)
def test_a_trunk_tips_by_its_shoulders_and_by_hips_that_slope_further_than_they_stray(
    hips_deg: float, beyond_deg: float, sense: float, yaw_deg: float
) -> None:
    track = seen([Pose()] * 60 + [Pose(obliquity=-sense * hips_deg)] * 60, yaw_deg)
    pixels = track.image_px.copy()
    low, high = (L.LEFT_SHOULDER, L.RIGHT_SHOULDER)[:: int(sense)]
    wide_px = abs(pixels[60:, low, 0] - pixels[60:, high, 0])
    pixels[60:, low, 1] += np.tan(np.radians(6.0)) * wide_px
    for ear, over_deg in ((L.LEFT_EAR, 1.0), (L.RIGHT_EAR, 3.0)):
        pixels[60:, ear, 1] = pixels[60:, high, 1] + np.tan(np.radians(over_deg)) * wide_px
    drawn = replace(track, image_px=pixels)
    columns = measured(drawn, neutral_of(drawn)).columns
    assert columns["trunk_tip_deg"][:60] == pytest.approx(0.0, abs=0.1)
    assert columns["trunk_tip_deg"][60:] == pytest.approx(sense * (6.0 + beyond_deg), abs=0.1)
    rise = columns[f"shoulder_rise_{'right' if sense > 0 else 'left'}_deg"][60:]
    assert rise == pytest.approx(0.5 * (6.0 + 2.0) + beyond_deg, abs=0.1)


@pytest.mark.parametrize("yaw_deg", [0.0, 30.0, 90.0])
def test_a_leg_swung_outward_lies_outward_of_the_midline(yaw_deg: float) -> None:
    table = measured(seen(Pose(left=Leg(abduction=30.0)), yaw_deg))
    knee_m = HALF_HIPS_M + 0.5 * THIGH_M
    swung = table.columns["knee_past_midline_left_pct"][2]
    assert swung == pytest.approx(-100.0 * knee_m / (2.0 * HALF_HIPS_M), abs=0.5)
    assert table.columns["knee_past_midline_right_pct"][2] == pytest.approx(-50.0, abs=0.5)


@pytest.mark.parametrize("yaw_deg", [0.0, 50.0, 90.0])
@pytest.mark.parametrize("lean_deg", [0.0, -90.0])
def test_a_hip_bends_by_as_much_lying_as_standing_from_any_side(
    lean_deg: float, yaw_deg: float
) -> None:
    leg = Leg(70.0 - lean_deg, 80.0)
    table = measured(seen(Pose(leg, leg, trunk_lean=lean_deg), yaw_deg))
    assert table.columns["hip_bend_left_deg"][2] == pytest.approx(70.0, abs=0.5)


def test_the_foots_swing_counts_from_where_the_clip_begins() -> None:
    track = seen([Pose(left=Leg(abduction=10.0))] * 60, 0.0)
    table = measured(track, neutral_of(track))
    assert table.columns["foot_swing_left_pct"] == pytest.approx(0.0, abs=0.1)


@pytest.mark.parametrize(
    ("moved", "swing_pct", "aside_pct"), [((8.0, 0.0), 8.0, 8.0), ((0.0, -16.0), 0.0, 8.0)]
)
def test_a_toe_that_moves_up_in_the_picture_counts_half_as_much_as_one_that_moves_aside(
    moved: tuple[float, float], swing_pct: float, aside_pct: float
) -> None:
    """``moved``: of the left toe to the picture's right and down, % of the shank."""
    track = seen([Pose()] * 120, 0.0)
    image_px = track.image_px.copy()
    shank_px = np.hypot(*(image_px[0, L.LEFT_ANKLE] - image_px[0, L.LEFT_KNEE]))
    image_px[60:, L.LEFT_FOOT_INDEX] += 0.01 * shank_px * np.array(moved)
    track = replace(track, image_px=image_px)
    table = measured(track, neutral_of(track))
    assert table.columns["foot_swing_left_pct"][90] == pytest.approx(swing_pct, abs=0.2)
    assert table.columns["foot_aside_left_pct"][90] == pytest.approx(aside_pct, abs=0.2)
    assert table.columns["foot_aside_left_pct"][30] == pytest.approx(0.0, abs=0.2)


# --- invariances ---

#: Measures of the whole body that are positive to the person's left.
LEFTWARD = {
    column
    for column, measure, side in catalog_columns(public_only=False)
    if side is None and "left" in measure.definition
}


@given(THIGHS, KNEES, LEANS, st.sampled_from([90.0, -60.0, 20.0, 180.0]))
@quick
def test_a_mirrored_pose_swaps_the_sides_and_keeps_the_numbers(
    thigh_deg: float, knee_deg: float, lean_deg: float, yaw_deg: float
) -> None:
    pose = Pose(Leg(thigh_deg, knee_deg, 5.0, 10.0), Leg(), lean_deg, 4.0, 3.0)
    track = seen([pose] * 5 + [Pose()] * 5, yaw_deg)  # the stand tells how long the limbs are
    ours, theirs = measured(track), measured(track.mirrored())
    for column, numbers in ours.columns.items():
        twin = column.replace("_left_", "@").replace("_right_", "_left_").replace("@", "_right_")
        flipped = column in LEFTWARD
        expected = -numbers if flipped else numbers
        # An arccosine near 1 keeps a few hundredths of a degree in single precision.
        assert theirs.columns[twin] == pytest.approx(expected, abs=0.1, nan_ok=True), column


@given(st.floats(0.5, 4.0), st.sampled_from([(1920, 1080), (1080, 1920), (900, 900)]))
@quick
def test_resolution_and_aspect_ratio_change_no_number(
    zoom: float, size_px: tuple[int, int]
) -> None:
    pose = Pose(Leg(70.0, 80.0, 4.0), Leg(5.0, 10.0), 7.0)
    base = measured(seen(pose, 75.0))
    wide, high = (round(side * zoom) for side in size_px)
    other = measured(seen(pose, 75.0, px_per_m=200.0 * zoom, width_px=wide, height_px=high))
    for column, numbers in base.columns.items():
        assert other.columns[column] == pytest.approx(numbers, abs=0.01, nan_ok=True), column


# --- neutral ---


def test_the_persons_own_neutral_is_subtracted_where_it_was_seen() -> None:
    """Somebody who stands with bent knees and a lean reads 0 standing."""
    stand = Pose(Leg(6.0, 12.0), Leg(6.0, 12.0), trunk_lean=4.0)
    lifted = Pose(Leg(96.0, 102.0), Leg(6.0, 12.0), trunk_lean=4.0)
    track = seen([stand] * 40 + [lifted] * 5)
    table = measured(track, neutral_of(track))
    assert table.columns["hip_flexion_left_deg"][10] == pytest.approx(0.0, abs=0.1)
    assert table.columns["knee_flexion_left_deg"][10] == pytest.approx(0.0, abs=0.1)
    assert table.columns["hip_flexion_left_deg"][-1] == pytest.approx(90.0, abs=0.1)
    assert table.columns["shin_tilt_left_deg"][10] == pytest.approx(6.0, abs=0.1)  # no neutral


def test_an_unseen_neutral_takes_the_typical_offset_and_widens_the_error() -> None:
    band = BANDS.bands["hip_flexion_deg"].model_copy(
        update={"typical_offset": 5.0, "offset_error": 3.0}
    )
    bands = BANDS.model_copy(update={"bands": {**BANDS.bands, "hip_flexion_deg": band}})
    table = measured(seen(Pose(Leg(90.0, 90.0))), bands=bands)
    assert table.columns["hip_flexion_left_deg"][2] == pytest.approx(85.0, abs=0.1)
    assert table.errors["hip_flexion_left_deg"][2] == pytest.approx(np.hypot(1.0, 3.0))


def test_nobody_who_moves_or_lifts_a_leg_gives_a_neutral() -> None:
    lifted = seen(Pose(Leg(80.0, 90.0)), frames=60)
    swinging = seen([Pose(Leg(i * 1.0), Leg(-i * 1.0)) for i in range(25)])
    for track in (lifted, swinging):
        assert "hip_flexion_left_deg" not in neutral_of(track).seen


def test_a_front_view_stand_tells_nothing_of_the_sagittal_neutral() -> None:
    found = neutral_of(seen(Pose(), 0.0, frames=60))
    assert "hip_flexion_left_deg" not in found.seen
    assert "hip_abduction_left_deg" in found.seen


# --- reasons ---


def reason(track, column: str) -> Reason:  # type: ignore[no-untyped-def]
    table = measured(track)
    k = len(track) // 2
    assert np.isnan(table.columns[column][k])
    assert np.isnan(table.errors[column][k])
    return Reason(int(table.reasons[column][k]))


def test_a_view_that_cannot_show_a_measure_gives_the_reason_and_no_number() -> None:
    assert reason(seen(Pose(), 0.0), "hip_flexion_left_deg") == Reason.WRONG_VIEW
    assert reason(seen(Pose(), 20.0), "shin_tilt_right_deg") == Reason.WRONG_VIEW
    assert reason(seen(Pose(), 90.0), "leg_side_raise_left_deg") == Reason.WRONG_VIEW
    assert reason(seen(Pose(), -75.0), "trunk_side_lean_deg") == Reason.WRONG_VIEW


def test_a_hidden_joint_gives_the_reason_and_no_number() -> None:
    track = hidden(seen(Pose()), [L.LEFT_KNEE], 0.0, 9.0)
    assert reason(track, "hip_flexion_left_deg") == Reason.NOT_VISIBLE
    assert reason(track, "knee_flexion_left_deg") == Reason.NOT_VISIBLE
    assert value(track, "hip_flexion_right_deg") == pytest.approx(0.0, abs=0.1)
    assert value(track, "heel_lift_left_deg") == pytest.approx(0.0, abs=0.1)


def test_the_far_shoulder_may_hide_in_a_side_view() -> None:
    track = hidden(seen(Pose()), [L.LEFT_SHOULDER], 0.0, 9.0)
    assert value(track, "trunk_lean_deg") == pytest.approx(0.0, abs=0.1)


def test_a_joint_outside_the_picture_gives_the_reason_and_no_number() -> None:
    track = seen(Pose(), height_px=380)  # the ankles are below the lower edge
    assert reason(track, "heel_lift_left_deg") == Reason.OUT_OF_FRAME
    assert reason(track, "shin_tilt_right_deg") == Reason.OUT_OF_FRAME
    assert value(track, "trunk_lean_deg") == pytest.approx(0.0, abs=0.1)


def test_nobody_gives_the_reason_for_every_column() -> None:
    table = measured(nobody(seen(Pose()), 0.05, 0.08))
    for column in PUBLIC:
        assert table.reasons[column][2] == Reason.NOBODY, column
        assert np.isnan(table.columns[column][2])


def test_centimetres_need_a_scale() -> None:
    assert reason(seen(Pose()), "knee_over_toe_left_cm") == Reason.NO_SCALE


@given(
    st.floats(-180.0, 180.0), THIGHS, KNEES, st.floats(-20.0, 70.0),
    st.sets(st.sampled_from(sorted(Landmark)), max_size=4), st.integers(380, 800),
)  # fmt: skip
@quick
def test_there_is_a_number_exactly_where_the_reason_is_ok(
    yaw_deg: float, thigh_deg: float, knee_deg: float, out_deg: float, gone: set[Landmark],
    height_px: int,
) -> None:  # fmt: skip
    pose = Pose(Leg(thigh_deg, knee_deg, 0.0, out_deg))
    table = measured(hidden(seen(pose, yaw_deg, height_px=height_px), gone, 0.0, 9.0))
    for column, codes in table.reasons.items():
        fine = codes == Reason.OK
        assert (np.isfinite(table.columns[column]) == fine).all(), column
        assert (np.isfinite(table.errors[column]) == fine).all(), column
        assert (table.errors[column][fine] > 0).all(), column


def test_the_error_widens_with_the_distance_from_the_plane() -> None:
    errors = [
        float(measured(seen(Pose(), yaw)).errors["hip_flexion_left_deg"][2])
        for yaw in (90.0, 70.0, 50.0, 20.0)
    ]
    assert errors[:3] == [1.0, 2.0, 3.0]
    assert np.isnan(errors[3])


# --- columns and names ---

LISTED = (
    "hip_flexion_{}_deg", "hip_abduction_{}_deg", "leg_side_raise_{}_deg", "knee_flexion_{}_deg",
    "shin_tilt_{}_deg", "ankle_dorsiflexion_{}_deg", "heel_lift_{}_deg", "knee_over_toe_{}_pct",
    "knee_over_toe_{}_cm", "straightness_{}_deg",
)  # fmt: skip


def test_the_promised_columns_are_there_under_their_names() -> None:
    promised = {name.format(side) for name in LISTED for side in SIDES}
    promised |= {"trunk_lean_deg", "trunk_side_lean_deg"}
    assert promised <= set(PUBLIC)


def test_there_is_one_column_a_measure_with_its_unit_and_both_sides() -> None:
    columns = PUBLIC
    assert len(columns) == len(set(columns))
    assert columns == [
        column
        for m in CATALOG
        if m.public
        for column in ([m.column(side) for side in SIDES] if m.sided else [m.column()])
    ]
    assert all(c.rsplit("_", 1)[1] in ("deg", "pct", "cm", "degps") for c in columns)
    twins = {c.replace("_left_", "_right_") for c in columns if "_left_" in c}
    assert twins == {c for c in columns if "_right_" in c}


def test_the_table_has_every_column_of_the_catalogue() -> None:
    table = measured(seen(Pose()))
    assert set(PUBLIC) <= set(table.columns)
    assert table.columns.keys() == table.errors.keys() == table.reasons.keys()
    assert {len(v) for v in table.columns.values()} == {5}


@pytest.mark.parametrize("side", SIDES)
def test_every_name_of_a_move_file_leads_to_a_column(side: str) -> None:
    table = measured(seen(Pose()))
    for name in known_names():
        assert resolve(name, side).column in table.columns  # type: ignore[arg-type]
    assert resolve("other_knee_flexion_deg", "left").column == "knee_flexion_right_deg"
    assert resolve("other_knee_flexion_deg", "right").column == "knee_flexion_left_deg"


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(MoveError, match=r'unknown measure "knee_angle"; known: .*knee_flexion_deg'):
        resolve("knee_angle", "left")


def test_every_measure_is_described_for_people() -> None:
    for m in CATALOG:
        assert m.label[0].isupper()
        assert m.definition.endswith(".")
        assert m.landmarks or not m.public


# --- a whole movement against the lab's own definitions ---

CASES = [
    ("standing-hip", 90.0, "hip_flexion_left_deg", 2.0),
    ("standing-hip", 90.0, "thigh_tilt_left_deg", 2.0),
    ("standing-hip", 90.0, "trunk_lean_deg", 2.0),
    ("standing-hip", 0.0, "leg_side_raise_left_deg", 3.0),
    ("standing-hip", 0.0, "trunk_side_lean_deg", 2.0),
    ("standing-hip", 0.0, "pelvis_obliquity_deg", 2.0),
    ("ankle-dorsiflexion", -90.0, "shin_tilt_left_deg", 2.5),
    ("ankle-dorsiflexion", -90.0, "knee_over_toe_left_pct", 4.0),
    ("hip-extension-half-kneeling", -90.0, "thigh_tilt_left_deg", 2.0),
]


@pytest.mark.parametrize(("move", "azimuth_deg", "column", "tolerance"), CASES)
def test_a_filmed_movement_reads_what_the_joints_did(
    move: str, azimuth_deg: float, column: str, tolerance: float
) -> None:
    """Mean error over all frames where both give a number; perspective and filter included."""
    clip = film(move, ("left",), azimuth_deg)
    table = measured(smooth_track(clip.track))
    stand = pose_skeleton(generic_skeleton(), Base("standing"), {}).truth_joints()
    raw_truth = lab_measure(clip.joints_m)[column]
    both = np.isfinite(table.columns[column]) & np.isfinite(raw_truth)
    assert both.mean() > 0.3
    error = (table.columns[column] - raw_truth)[both]
    assert neutral_values(stand)  # the lab's neutral is a pose of its own; raw is compared with raw
    assert np.abs(error).mean() < tolerance
