"""Angles and distances: known answers, and what must not matter."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from posecheck.core import geometry as g
from posecheck.core.maths import ARRAYS
from posecheck.core.measures import unshortened

ANGLES = st.floats(-179.0, 179.0)
COORDINATES = st.floats(-2000.0, 2000.0)
LENGTHS = st.floats(5.0, 800.0)


def at(x: float, y: float) -> np.ndarray:
    return np.array([x, y])


def segment(tilt_deg: float, length_px: float = 100.0) -> tuple[np.ndarray, np.ndarray]:
    """Lower and upper end of a segment tilted to the image's right; y is down."""
    low = at(300.0, 400.0)
    tilt = np.radians(tilt_deg)
    return low, low + length_px * at(np.sin(tilt), -np.cos(tilt))


@pytest.mark.parametrize(
    ("high", "tilt_deg"),
    [((0, -10), 0.0), ((10, -10), 45.0), ((10, 0), 90.0), ((-10, -10), -45.0), ((10, 10), 135.0)],
)
def test_tilt_is_zero_upright_and_positive_to_the_front(
    high: tuple[float, float], tilt_deg: float
) -> None:
    assert g.tilt_from_vertical_deg(at(0, 0), at(*high), 1.0) == pytest.approx(tilt_deg)
    assert g.tilt_from_vertical_deg(at(0, 0), at(*high), -1.0) == pytest.approx(-tilt_deg)


@pytest.mark.parametrize(
    ("bottom", "swing_deg"),
    [((0, 10), 0.0), ((10, 10), 45.0), ((10, 0), 90.0), ((10, -10), 135.0), ((-10, 10), -45.0)],
)
def test_a_hanging_segment_reads_zero_down_and_above_ninety_when_lifted_past_level(
    bottom: tuple[float, float], swing_deg: float
) -> None:
    assert g.hang_from_vertical_deg(at(0, 0), at(*bottom), 1.0) == pytest.approx(swing_deg)


@given(ANGLES, LENGTHS, COORDINATES, COORDINATES, st.floats(0.1, 20.0))
def test_moving_and_scaling_the_picture_changes_no_tilt(
    tilt_deg: float, length_px: float, dx: float, dy: float, factor: float
) -> None:
    low, high = segment(tilt_deg, length_px)
    shift = at(dx, dy)
    got = g.tilt_from_vertical_deg(factor * low + shift, factor * high + shift, 1.0)
    assert got == pytest.approx(tilt_deg, abs=1e-6)


@given(ANGLES, LENGTHS, st.integers(200, 4000))
def test_a_mirrored_picture_with_the_facing_turned_reads_the_same(
    tilt_deg: float, length_px: float, width_px: int
) -> None:
    low, high = segment(tilt_deg, length_px)
    flip = np.array([-1.0, 1.0])
    mirrored = [point * flip + at(width_px, 0) for point in (low, high)]
    assert g.tilt_from_vertical_deg(*mirrored, -1.0) == pytest.approx(tilt_deg, abs=1e-6)


@given(ANGLES, st.floats(-60.0, 60.0))
def test_a_rolled_camera_adds_its_roll_one_to_one(tilt_deg: float, roll_deg: float) -> None:
    low, high = segment(tilt_deg)
    c, s = np.cos(np.radians(roll_deg)), np.sin(np.radians(roll_deg))
    turn = np.array([[c, -s], [s, c]])  # y down: positive turns clockwise on screen
    got = g.tilt_from_vertical_deg(turn @ low, turn @ high, 1.0)
    assert float(g.wrap_deg(got - tilt_deg - roll_deg)) == pytest.approx(0.0, abs=1e-6)


@given(
    st.floats(1.0, 179.0), st.floats(-180.0, 180.0), LENGTHS, LENGTHS, st.floats(0.05, 50.0),
    st.booleans(),
)  # fmt: skip
def test_a_joint_angle_survives_turning_scaling_and_mirroring(
    angle_deg: float, turn_deg: float, first: float, second: float, factor: float, mirror: bool
) -> None:
    a, b = np.radians(turn_deg), np.radians(turn_deg + angle_deg)
    joint = at(123.0, -45.0)
    points = np.stack(
        [joint + first * at(np.cos(a), np.sin(a)), joint,
         joint + second * at(np.cos(b), np.sin(b))]
    )  # fmt: skip
    points = factor * points * (np.array([-1.0, 1.0]) if mirror else 1.0)
    assert g.joint_angle_deg(*points) == pytest.approx(angle_deg, abs=1e-4)


def test_normalised_coordinates_would_be_wrong_in_a_wide_picture() -> None:
    """Why pixels: the same 35 degree shin reads far less on x, y divided by width and height."""
    low, high = segment(35.0)
    size = at(1920.0, 1080.0)
    assert g.tilt_from_vertical_deg(low, high, 1.0) == pytest.approx(35.0)
    assert g.tilt_from_vertical_deg(low / size, high / size, 1.0) == pytest.approx(21.5, abs=0.1)


def test_right_angles_and_straight_lines_in_three_dimensions() -> None:
    origin = np.zeros(3)
    x, y = np.array([2.0, 0, 0]), np.array([0, 0.5, 0])
    assert g.joint_angle_deg(x, origin, y) == pytest.approx(90.0)
    assert g.joint_angle_deg(x, origin, -3.0 * x) == pytest.approx(180.0)
    assert g.joint_angle_deg(x, origin, x) == pytest.approx(0.0)


def test_a_zero_vector_has_no_angle_and_nan_stays_nan() -> None:
    zero, one = np.zeros(2), np.array([1.0, 0.0])
    assert np.isnan(g.angle_between_deg(zero, one))
    assert np.isnan(g.angle_between_deg(np.array([np.nan, 1.0]), one))
    assert np.isnan(g.tilt_from_vertical_deg(np.array([np.nan, 1.0]), one, 1.0))


@given(st.floats(-720.0, 720.0), st.integers(-3, 3))
def test_wrapping_keeps_the_direction(angle_deg: float, turns: int) -> None:
    wrapped = float(g.wrap_deg(np.asarray(angle_deg)))
    assert -180.0 <= wrapped <= 180.0
    again = float(g.wrap_deg(np.asarray(angle_deg + 360.0 * turns)))
    assert np.cos(np.radians(wrapped - again)) == pytest.approx(1.0)


def test_half_a_turn_wraps_to_minus_180() -> None:
    assert g.wrap_deg(np.array([180.0, -180.0, 190.0])).tolist() == [-180.0, -180.0, -170.0]


@given(COORDINATES, COORDINATES, COORDINATES, COORDINATES)
def test_distance_is_symmetric_and_euclidean(ax: float, ay: float, bx: float, by: float) -> None:
    a, b = at(ax, ay), at(bx, by)
    assert g.distance(a, b) == g.distance(b, a)
    assert g.distance(a, b) == pytest.approx(np.hypot(ax - bx, ay - by))


@given(st.floats(-170.0, 170.0), st.floats(0.0, 60.0), st.sampled_from([1.0, -1.0]))
def test_unshortening_undoes_the_foreshortening_of_a_planar_segment_exactly(
    tilt_deg: float, offset_deg: float, forward: float
) -> None:
    low, high = segment(tilt_deg)
    share = forward * np.cos(np.radians(offset_deg))
    squeeze = at(share, 1.0)  # an orthographic camera, offset_deg round, body to either side
    stretch = unshortened(ARRAYS, np.asarray(share))
    got = g.tilt_from_vertical_deg(low * squeeze, high * squeeze, stretch)
    assert got == pytest.approx(tilt_deg, abs=1e-6)


def test_beyond_sixty_degrees_nothing_is_unshortened() -> None:
    offsets_deg = np.array([0.0, 60.0, -60.0, 60.1, 90.0, np.nan])
    factor = unshortened(ARRAYS, np.cos(np.radians(offsets_deg)))
    assert factor[:3] == pytest.approx([1.0, 2.0, 2.0])
    assert np.isnan(factor[3:]).all()
