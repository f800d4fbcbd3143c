"""A fault is judged from where it shows; from elsewhere it is withheld, not guessed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from squat import FPS, TEXT, course, one_squat, run, table
from synthetic import film

from lab.moves import Fault
from posecheck.core.engine import Assessment, assess
from posecheck.core.errors import MoveError
from posecheck.core.move import Move, parse_move
from posecheck.core.pose import Landmark, PoseTrack
from posecheck.core.result import Status
from posecheck.library import error_bands, load_move

SIDE, FRONT, OBLIQUE = 90.0, 0.0, 45.0


def checked(azimuth_deg: float, fault: Fault) -> Assessment:
    track = film("standing-hip", ("left",), azimuth_deg, faults=(fault,)).track
    return assess(track, load_move("standing-hip").move, error_bands())


def fault_ids(assessment: Assessment) -> set[str]:
    return {fault.id for repetition in assessment.repetitions for fault in repetition.faults}


@pytest.mark.parametrize("fault", ["momentum", "early_touchdown"])
def test_a_fault_of_a_position_is_told_from_the_view_that_it_asks_for(fault: str) -> None:
    """The side hold asks for the front: from the side its leg points at the camera."""
    performed = Fault(fault, 1.0, phase="side_hold")
    assert fault in fault_ids(checked(FRONT, performed))
    assert fault not in fault_ids(checked(SIDE, performed))


def test_a_swing_behind_is_told_from_the_side() -> None:
    assert "momentum" in fault_ids(checked(SIDE, Fault("momentum", 1.0, phase="extension")))


@pytest.mark.parametrize(("azimuth_deg", "status"), [(FRONT, "skipped"), (OBLIQUE, "not_seen")])
def test_a_position_is_called_left_out_only_along_an_axis_of_the_body(
    azimuth_deg: float, status: str
) -> None:
    assessment = checked(azimuth_deg, Fault("skipped_position", 1.0, phase="open"))
    (repetition,) = assessment.repetitions
    found = {phase.id: phase.status for phase in repetition.phases}
    assert found["open"] == status
    assert ("skipped_position" in fault_ids(assessment)) == (status == "skipped")


def lowered(track: PoseTrack, landmarks: list[Landmark], share: float) -> PoseTrack:
    """Landmarks further down the picture by a share of the shoulder line, once the leg is on its
    way."""
    image_px = track.image_px.copy()
    under_way = np.flatnonzero(track.t_s > 2.5)
    wide_px = np.ptp(image_px[0, [Landmark.LEFT_SHOULDER, Landmark.RIGHT_SHOULDER], 0])
    image_px[np.ix_(under_way, landmarks, [1])] += share * wide_px
    return replace(track, image_px=image_px)


def test_a_head_that_sinks_is_no_pelvis_that_rolls_and_a_shoulder_with_it_is() -> None:
    move = load_move("hip-external-rotation-supine").move
    track = film(move.id, ("left",), FRONT).track
    head = lowered(track, [Landmark.LEFT_EAR, Landmark.RIGHT_EAR], 0.3)
    assert "pelvis_rolls" not in fault_ids(assess(head, move, error_bands()))
    trunk = lowered(head, [Landmark.LEFT_SHOULDER], 0.1)
    assert "pelvis_rolls" in fault_ids(assess(trunk, move, error_bands()))


def looks_standing(track: PoseTrack, start_s: float, end_s: float) -> PoseTrack:
    """The left leg as it stood at first, from ``start_s`` to ``end_s``: it points at the camera."""
    image_px, world_m = track.image_px.copy(), track.world_m.copy()
    leg = [m for m in Landmark if m.name in {f"LEFT_{part}" for part in LEG}]
    during = np.flatnonzero((track.t_s >= start_s) & (track.t_s < end_s))
    standing = int(np.searchsorted(track.t_s, 0.5))
    for points in (image_px, world_m):
        points[np.ix_(during, leg)] = points[standing, leg]
    return replace(track, image_px=image_px, world_m=world_m)


LEG = ("KNEE", "ANKLE", "HEEL", "FOOT_INDEX")


@pytest.mark.parametrize(("azimuth_deg", "hidden"), [(SIDE, True), (FRONT, False)])
def test_a_leg_that_points_at_the_camera_is_no_foot_on_the_floor(
    azimuth_deg: float, hidden: bool
) -> None:
    """From the side the opening and the side hold may look like standing; from the front not."""
    shot = film("standing-hip", ("left",), azimuth_deg)
    phases = {phase.id: phase for phase in shot.performance.repetitions[0].phases}
    track = looks_standing(shot.track, phases["open"].start_s + 0.5, phases["turn_in"].end_s)
    assessment = assess(track, load_move("standing-hip").move, error_bands())
    assert bool(assessment.repetitions) == hidden
    if hidden:
        (repetition,) = assessment.repetitions
        status = {phase.id: phase.status for phase in repetition.phases}
        assert {status[p] for p in ("side_hold", "turn_in")} == {"not_seen"}
        assert fault_ids(assessment) & {"early_touchdown", "skipped_position"} == set()


def watched(seen_from: str) -> Move:
    text = TEXT.replace("CRITERIA", "").replace(
        'id = "trunk"\n', f'id = "trunk"\nseen_from = "{seen_from}"\n'
    )
    return parse_move(text.encode(), "squat.toml")


@pytest.mark.parametrize("seen_from", ["side", "phase"])
@pytest.mark.parametrize(("share_seen", "raised"), [(0.9, True), (0.3, False)])
def test_a_camera_at_the_edge_of_a_view_raises_a_fault_only_if_it_mostly_shows_it(
    seen_from: str, share_seen: float, raised: bool
) -> None:
    knee = one_squat()
    at = np.arange(len(knee)) % 10 < 10 * share_seen
    given = table(
        knee, trunk_lean_deg=np.full(len(knee), 40.0), off_side_deg=np.where(at, 30.0, 40.0)
    )
    (repetition,), _ = run(given, watched(seen_from))
    assert ("trunk" in {fault.id for fault in repetition.faults}) == raised


def shallow(certain: bool) -> Move:
    criteria = '{ measure = "knee_flexion_deg", stat = "peak", at_least = 110 }'
    fault = f"""
[[faults]]
id = "shallow"
name = "Not deep enough"
kind = "not_reached"
measure = "knee_flexion_deg"
certain = {str(certain).lower()}
cue = "Deeper"
explain = "Deeper."
easier = "Hold on."
"""
    return parse_move((TEXT.replace("CRITERIA", criteria) + fault).encode(), "squat.toml")


@pytest.mark.parametrize(
    ("error", "certain", "severity"),
    [(5.0, True, "fault"), (20.0, True, None), (5.0, False, "fault"), (20.0, False, "warn")],
)
def test_what_falls_short_by_less_than_its_error_is_borderline_and_a_hint_at_most(
    error: float, certain: bool, severity: str | None
) -> None:
    (repetition,), _ = run(table(one_squat(depth_deg=100.0), error=error), shallow(certain))
    (measured,) = repetition.phases[0].measures
    assert measured.status == (Status.NOT_MET if error < 10.0 else Status.BORDERLINE)
    found = [fault.severity for fault in repetition.faults if fault.id == "shallow"]
    assert found == ([] if severity is None else [severity])


def test_what_was_not_held_has_no_held_value() -> None:
    """The way in and back say nothing of the position."""
    text = TEXT.replace("CRITERIA", '{ measure = "knee_flexion_deg", stat = "hold" }')
    move = parse_move(text.encode(), "squat.toml")
    knee = one_squat(hold_s=3.0)
    never_at_rest = np.full(len(knee), 50.0)
    (repetition,), _ = run(table(knee, leg_speed_left_degps=never_at_rest), move)
    (measured,) = repetition.phases[0].measures
    assert (measured.value, measured.status) == (None, Status.NOT_MEASURED)
    assert measured.reason == "it was not held"


def both(yields_to: str = "") -> Move:
    """The squat whose trunk fault yields to the lifted heel, or to nothing."""
    text = TEXT.replace("CRITERIA", "").replace(
        'id = "trunk"\n', f'id = "trunk"\nyields_to = [{yields_to}]\n'
    )
    return parse_move(text.encode(), "squat.toml")


@pytest.mark.parametrize(
    ("yields_to", "heel_deg", "found"),
    [
        ("", 20.0, {"heel_lift", "trunk"}),
        ('"heel_lift"', 20.0, {"heel_lift"}),
        ('"heel_lift"', 0.0, {"trunk"}),
    ],
)
def test_a_fault_is_not_told_while_one_lasts_that_moves_its_measure_too(
    yields_to: str, heel_deg: float, found: set[str]
) -> None:
    knee = one_squat()
    down = knee > 80.0
    given = table(
        knee,
        trunk_lean_deg=np.where(down, 40.0, 0.0),
        heel_lift_left_deg=np.where(down, heel_deg, 0.0),
    )
    (repetition,), _ = run(given, both(yields_to))
    assert {fault.id for fault in repetition.faults} == found


@pytest.mark.parametrize("name", ["nothing", "trunk", "short_hold"])
def test_a_fault_yields_only_to_another_that_a_measure_tells(name: str) -> None:
    with pytest.raises(MoveError, match=f'yields_to names "{name}"; .*: heel_lift'):
        both(f'"{name}"')


@pytest.mark.parametrize(("swing_pct", "told"), [(0.0, True), (4.5, False), (3.0, True)])
def test_an_end_that_the_foot_headed_for_is_not_called_left_out(
    swing_pct: float, told: bool
) -> None:
    """Between the start position's bound, 4.2 %, and the outward end, 4.8 %, nobody can say."""
    swing = course(
        (1, 0), (1.2, -20), (2.5, -20), (1.5, swing_pct), (0.5, swing_pct), (1, 0), (1, 0)
    )
    still = np.zeros(len(swing))
    given = table(
        still,
        foot_swing_left_pct=swing,
        foot_aside_left_pct=swing,
        hip_bend_left_deg=still + 90.0,
        leg_speed_left_degps=np.abs(np.gradient(swing, 1.0 / FPS)) * 3.0,
    )
    (repetition,), _ = run(given, load_move("knee-rotation").move)
    assert {phase.id: phase.status for phase in repetition.phases}["outward"] == "skipped"
    assert ("one_end" in {fault.id for fault in repetition.faults}) == told


@pytest.mark.parametrize(("lifted_s", "told"), [((3.0, 4.0), True), ((6.0, 6.8), False)])
def test_a_fault_of_a_position_is_not_told_of_the_way_back(
    lifted_s: tuple[float, float], told: bool
) -> None:
    """The squat is held from 2.5 to 5.5 s and left until 7.0 s."""
    knee = one_squat()
    t_s = np.arange(len(knee)) / FPS
    lifted = (t_s >= lifted_s[0]) & (t_s < lifted_s[1])
    given = table(knee, heel_lift_left_deg=np.where(lifted, 20.0, 0.0))
    (repetition,), _ = run(given, parse_move(TEXT.replace("CRITERIA", "").encode(), "squat.toml"))
    assert ("heel_lift" in {fault.id for fault in repetition.faults}) == told


@pytest.mark.parametrize(("seen", "status"), [(True, Status.NOT_MET), (False, Status.NOT_MEASURED)])
def test_a_hold_whose_end_is_not_measured_is_not_called_short(seen: bool, status: Status) -> None:
    """The leg seems to leave and is back: where its angle is not known nobody saw it go."""
    knee = course(
        (1, 0), (1.5, 100), (0.8, 100), (0.8, 62), (0.8, 100), (0.5, 100), (1.5, 0), (1, 0)
    )
    t_s = np.arange(len(knee)) / FPS
    hidden = (t_s >= 3.3) & (t_s < 4.9) & (not seen)
    thigh = np.where(hidden, np.nan, knee)
    text = TEXT.replace("CRITERIA", "").replace(
        'headline = "knee_flexion_deg"', 'headline = "thigh_tilt_deg"', 1
    )
    given = table(knee, thigh_tilt_left_deg=thigh)
    (repetition,), _ = run(given, parse_move(text.encode(), "squat.toml"))
    assert repetition.phases[0].hold_status == status
    assert ("short_hold" in {fault.id for fault in repetition.faults}) == seen
