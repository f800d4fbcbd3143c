"""Centimetres beside percent of the foot, wherever a scale is known."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import posecheck
from lab.truth import SUFFIX, read_truth
from posecheck.core.engine import assess
from posecheck.core.scale import PlaneScale, scale_from_points
from posecheck.core.scaled import put_centimetres
from posecheck.core.table import Reason
from posecheck.library import error_bands, load_move
from posecheck.outputs import read_track, write_track
from posecheck.scaling import ScaleInput
from tests.stickfigure import FOOT_M, PX_PER_M, Leg, Pose, measured, seen
from tests.synthetic import film

ROOT = Path(__file__).resolve().parent.parent
CM, PCT = "knee_over_toe_left_cm", "knee_over_toe_left_pct"
SCALE = scale_from_points(np.array([0.0, 500.0]), np.array([PX_PER_M, 500.0]), 100.0)


@pytest.mark.parametrize("yaw_deg", [90.0, -90.0])
def test_knee_over_toe_in_cm_is_the_distance_that_the_joints_have(yaw_deg: float) -> None:
    leg = Leg(thigh_tilt=10.0, knee_flexion=60.0)
    track = seen(Pose(leg, leg), yaw_deg)
    table = measured(track)
    put_centimetres(table, track, SCALE)
    reach_cm = 100.0 * (0.40 * np.sin(np.radians(50.0)) - (FOOT_M - 0.05))
    assert table.columns[CM] == pytest.approx(reach_cm, abs=0.15)


def test_the_error_in_cm_holds_both_the_measures_own_and_the_scales() -> None:
    leg = Leg(thigh_tilt=10.0, knee_flexion=60.0)
    track = seen(Pose(leg, leg))
    table = measured(track)
    put_centimetres(table, track, SCALE)
    own_cm = float(table.errors[PCT][0]) / 100.0 * 100.0 * FOOT_M
    value_cm = float(table.columns[CM][0])
    expected_cm = np.hypot(own_cm, SCALE.length_error * value_cm)
    assert float(table.errors[CM][0]) == pytest.approx(expected_cm, rel=1e-3)


def test_a_foot_off_the_floor_has_no_cm_either_and_says_why() -> None:
    track = seen(Pose(Leg(thigh_tilt=70.0, knee_flexion=85.0)))
    table = measured(track)
    put_centimetres(table, track, SCALE)
    assert np.isnan(table.columns[CM]).all()
    assert (table.reasons[CM] == Reason.FOOT_LIFTED).all()


def test_without_a_scale_nothing_is_said_of_centimetres() -> None:
    track = film("ankle-dorsiflexion").track
    move, bands = load_move("ankle-dorsiflexion").move, error_bands()

    def units(scale: PlaneScale | None) -> list[str]:
        (repetition,) = assess(track, move, bands, "left", scale=scale).repetitions
        return [m.unit for phase in repetition.phases for m in phase.measures]

    assert "cm" not in units(None)
    assert units(SCALE).count("cm") == 1


def test_a_scale_comes_back_from_json_as_it_was() -> None:
    again = PlaneScale.from_dict(json.loads(json.dumps(SCALE.as_dict(), allow_nan=False)))
    assert again.as_dict() == SCALE.as_dict()
    assert np.isnan(again.slant_deg)
    points = np.array([[10.0, 20.0], [300.0, 400.0]])
    assert again.cm(points) == pytest.approx(SCALE.cm(points))


def test_a_stored_track_keeps_its_scale(tmp_path: Path) -> None:
    track = film("ankle-dorsiflexion").track
    track.meta.update(scale=SCALE.as_dict())  # type: ignore[attr-defined]  # a dict of this test's
    write_track(track, tmp_path / "track.parquet")
    kept = read_track(tmp_path / "track.parquet").meta["scale"]
    assert PlaneScale.from_dict(kept).as_dict() == SCALE.as_dict()


@pytest.mark.slow
def test_a_filmed_knee_is_as_far_past_its_toe_as_it_truly_was() -> None:
    name = "ankle-side-good"
    truth = read_truth(ROOT / "sample_videos" / f"{name}{SUFFIX}")
    heel, toe = (truth["joints"][f"left_{part}"] for part in ("heel", "foot_index"))
    floor_px = np.array([truth_px(truth, point["m"][0] * [1, 1, 0]) for point in (heel, toe)])
    length_cm = 100.0 * float(np.hypot(*(toe["m"][0] - heel["m"][0])[:2]))
    given = ScaleInput(points=(*floor_px.ravel(), length_cm))  # type: ignore[arg-type]  # five
    result = posecheck.check(
        ROOT / "sample_videos" / f"{name}.mp4", move="ankle-dorsiflexion", scale=given
    )
    reps = truth["repetitions"]
    for found, true in zip(result.repetitions, reps, strict=True):
        (cm,) = (m for phase in found.phases for m in phase.measures if m.unit == "cm")
        held = (truth["t_s"] >= true["phases"][0]["hold_start_s"]) & (
            truth["t_s"] <= true["phases"][0]["hold_end_s"]
        )
        true_cm = float(np.median(truth["measures"][cm.measure][held]))
        assert cm.value is not None
        assert cm.error is not None
        assert abs(cm.value - true_cm) <= cm.error < 8.0


def truth_px(truth: dict, point_m: np.ndarray) -> np.ndarray:
    """A point of the lab's world in the picture."""
    x, y, w = np.array(truth["camera"]["matrix"]) @ np.append(point_m, 1.0)
    return np.array([x / w, y / w])
