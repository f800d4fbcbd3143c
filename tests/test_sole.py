"""The slope of a sole, and what it tells of a foot: drawn lines with known answers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from posecheck.core.sole import AHEAD_CM, SLOPE_ERROR, UP_CM, out_deg, sole_slope


def drawn(slope: float, *, up_cm: float = -1.0, noise: float = 0.0) -> np.ndarray:
    """A dark sole of 2.5 cm under a lighter shoe, on a light floor; so high in its middle."""
    up = UP_CM[:, None] - up_cm - slope * (AHEAD_CM - AHEAD_CM.mean())[None, :]
    grey = 150.0 - 90.0 * _step(up) + 60.0 * _step(up - 2.5) - 20.0 * _step(up - 9.0)
    return grey + np.random.default_rng(7).normal(0.0, noise, grey.shape)


def _step(up_cm: np.ndarray) -> np.ndarray:
    return np.clip(0.5 + up_cm / 0.4, 0.0, 1.0)


@given(slope=st.floats(-0.5, 0.05), up_cm=st.floats(-5.0, 3.5))
def test_lines_give_their_slope_back(slope: float, up_cm: float) -> None:
    assert sole_slope(drawn(slope, up_cm=up_cm)) == pytest.approx(slope, abs=0.5 * SLOPE_ERROR)


def test_noise_and_a_coarse_picture_move_it_little() -> None:
    coarse = ndimage.uniform_filter(drawn(-0.13, noise=15.0), 3)
    assert sole_slope(coarse) == pytest.approx(-0.13, abs=0.01)


def test_a_picture_without_lines_has_no_slope() -> None:
    assert np.isnan(sole_slope(np.full((len(UP_CM), len(AHEAD_CM)), 120.0)))


@given(
    turned_deg=st.floats(-10.0, 70.0), height_cm=st.floats(30.0, 120.0), behind=st.floats(0.0, 0.4)
)
def test_a_line_on_the_floor_points_where_it_was_laid(
    turned_deg: float, height_cm: float, behind: float
) -> None:
    distance_cm, turned = 250.0, np.radians(turned_deg)
    # Near the foot of the plane the rays run alike: `behind` along and `height / distance` down.
    ahead = np.cos(turned) + np.sin(turned) * behind
    slope = -np.sin(turned) * height_cm / distance_cm / ahead
    assert out_deg(slope, distance_cm / height_cm, behind) == pytest.approx(turned_deg, abs=1e-6)


def test_a_foot_seen_from_the_floor_or_not_at_all_is_not_told() -> None:
    assert np.isnan(out_deg(-0.1, float("nan"), 0.0))
    assert np.isnan(out_deg(float("nan"), 5.0, 0.0))
