"""Where the camera stands: yaw, facing words, distance from a plane."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthetic import film

from posecheck.core.pose import MIRROR_INDEX, N_LANDMARKS, Landmark
from posecheck.core.view import (
    View,
    body_yaw_deg,
    estimate_view,
    facing_of,
    typical_yaw_deg,
)

L = Landmark


def body(yaw_deg: float, n: int = 1, twist_deg: float = 0.0) -> np.ndarray:
    """(n, 33, 3) metres: hips and shoulders of a body turned by ``yaw_deg``; z away.

    Facing the camera the left side is at +x; facing the image's right the left side is far (+z).
    """
    world = np.zeros((n, N_LANDMARKS, 3))
    for turn, width, pair in (
        (yaw_deg, 0.10, (L.LEFT_HIP, L.RIGHT_HIP)),
        (yaw_deg + twist_deg, 0.17, (L.LEFT_SHOULDER, L.RIGHT_SHOULDER)),
    ):
        left = np.array([np.cos(np.radians(turn)), 0.0, np.sin(np.radians(turn))])
        world[:, pair[0]], world[:, pair[1]] = width * left, -width * left
    world[:, [L.LEFT_SHOULDER, L.RIGHT_SHOULDER], 1] = -0.5
    return world


@pytest.mark.parametrize(
    ("yaw_deg", "facing"),
    [(0, "front"), (30, "front"), (-30, "front"), (45, "oblique"), (-45, "oblique"), (90, "right"),
     (-90, "left"), (60, "right"), (-120, "left"), (135, "oblique"), (180, "back"),
     (-170, "back")],
)  # fmt: skip
def test_a_turned_body_reads_its_yaw_and_its_word(yaw_deg: float, facing: str) -> None:
    got = body_yaw_deg(body(yaw_deg))
    assert np.cos(np.radians(got - yaw_deg)) == pytest.approx(1.0)
    assert facing_of(float(got[0])) == facing


@pytest.mark.parametrize("azimuth_deg", [0.0, 45.0, -45.0, 90.0, -90.0, 180.0])
def test_a_filmed_person_reads_the_yaw_that_the_camera_was_placed_at(azimuth_deg: float) -> None:
    track = film("hip-extension-half-kneeling", ("left",), azimuth_deg).track
    yaw = typical_yaw_deg(estimate_view(track.t_s, track.world_m).yaw_deg)
    assert np.cos(np.radians(yaw - azimuth_deg)) > np.cos(np.radians(3.0))


@given(st.floats(-179.0, 179.0), st.floats(0.1, 10.0), st.floats(-5.0, 5.0))
def test_size_and_place_of_the_body_do_not_matter(
    yaw_deg: float, factor: float, shift_m: float
) -> None:
    got = body_yaw_deg(factor * body(yaw_deg) + shift_m)[0]
    assert np.cos(np.radians(got - yaw_deg)) == pytest.approx(1.0)


@given(st.floats(-179.0, 179.0))
def test_a_mirrored_body_faces_the_other_way(yaw_deg: float) -> None:
    mirrored = body(yaw_deg)[:, MIRROR_INDEX] * np.array([-1.0, 1.0, 1.0])
    assert np.cos(np.radians(body_yaw_deg(mirrored)[0] + yaw_deg)) == pytest.approx(1.0)


def test_trunk_rotation_counts_half_for_each_line() -> None:
    assert body_yaw_deg(body(20.0, twist_deg=30.0))[0] == pytest.approx(35.0, abs=0.1)


@given(st.floats(-180.0, 180.0))
def test_side_and_front_offsets_are_within_a_quarter_turn_and_complete_each_other(
    yaw_deg: float,
) -> None:
    view = View(np.array([yaw_deg]))
    side, front = view.offset_deg("side")[0], view.offset_deg("front")[0]
    assert 0.0 <= side <= 90.0
    assert side + front == pytest.approx(90.0)
    assert view.offset_deg("any")[0] == 0.0


@pytest.mark.parametrize(
    ("yaw_deg", "forward"), [(90.0, 1.0), (45.0, 1.0), (-90.0, -1.0), (135.0, 1.0), (-135.0, -1.0)]
)
def test_forward_is_the_image_side_that_the_body_faces(yaw_deg: float, forward: float) -> None:
    assert View(np.array([yaw_deg])).forward.tolist() == [forward]


def test_nobody_has_no_view() -> None:
    world = np.full((5, N_LANDMARKS, 3), np.nan)
    view = estimate_view(np.arange(5) / 30.0, world)
    assert np.isnan(view.yaw_deg).all()
    assert np.isnan(view.offset_deg("side")).all()
    assert np.isnan(view.offset_deg("any")).all()
    assert facing_of(typical_yaw_deg(view.yaw_deg)) == "unknown"


def test_frames_without_the_person_stay_without_a_view() -> None:
    world = body(90.0, n=60)
    world[20:40] = np.nan
    yaw = estimate_view(np.arange(60) / 30.0, world).yaw_deg
    assert np.isnan(yaw[20:40]).all()
    assert yaw[:20] == pytest.approx(90.0)
    assert yaw[40:] == pytest.approx(90.0)


def test_a_body_turned_away_is_averaged_on_the_circle() -> None:
    """Yaws of 175 and -175 are ten degrees apart, not 350."""
    world = np.concatenate([body(175.0, 30), body(-175.0, 30)])
    yaw = estimate_view(np.arange(60) / 30.0, world).yaw_deg
    assert (np.abs(yaw) > 174.0).all()
    assert abs(typical_yaw_deg(yaw)) > 174.0


@pytest.mark.parametrize("n", [1, 2, 3])
def test_a_few_frames_are_enough_for_a_view(n: int) -> None:
    assert estimate_view(np.arange(n) / 1.0, body(-90.0, n)).yaw_deg == pytest.approx(-90.0)


def test_one_wild_frame_moves_the_view_little() -> None:
    world = body(90.0, 61)
    world[30] = body(-60.0)[0]
    assert estimate_view(np.arange(61) / 30.0, world).yaw_deg == pytest.approx(90.0, abs=5.0)


def test_a_body_whose_hips_and_shoulders_face_apart_has_no_view() -> None:
    t_s = np.arange(60) / 30.0
    assert np.isfinite(estimate_view(t_s, body(10.0, 60, twist_deg=60.0)).yaw_deg).all()
    assert np.isnan(estimate_view(t_s, body(10.0, 60, twist_deg=120.0)).yaw_deg).all()


def test_a_body_that_flickers_between_front_and_back_has_no_view() -> None:
    t_s = np.arange(60) / 30.0
    world = np.where((np.arange(60) % 2 == 0)[:, None, None], body(20.0, 60), body(-160.0, 60))
    assert np.isnan(estimate_view(t_s, world).yaw_deg).all()
