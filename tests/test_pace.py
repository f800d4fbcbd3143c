"""When a limb was on its way, from speeds of known ways."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from posecheck.core.pace import ways_s


def speeds(t_s: np.ndarray, *ways: tuple[float, float], noise: float = 0.0) -> np.ndarray:
    """Speed between each frame and the one before, of minimum-jerk ways as far as they are long."""
    place = np.zeros(len(t_s))
    for start_s, end_s in ways:
        u = np.clip((t_s - start_s) / (end_s - start_s), 0.0, 1.0)
        place += 50.0 * u**3 * (10.0 - 15.0 * u + 6.0 * u**2)
    speed = np.diff(place, prepend=place[:1]) / np.diff(t_s, prepend=t_s[0] - 1.0)
    return np.hypot(speed, np.random.default_rng(5).uniform(0.0, noise, len(t_s)))


@given(
    start_s=st.floats(1.0, 3.0), lasts_s=st.floats(0.9, 2.6),
    fps=st.sampled_from([12.0, 30.0, 60.0]), noise=st.sampled_from([0.0, 6.0]),
)  # fmt: skip
def test_a_way_is_told_from_beginning_to_end(
    start_s: float, lasts_s: float, fps: float, noise: float
) -> None:
    t_s = np.arange(0.0, 9.0, 1.0 / fps)
    (found,) = ways_s(t_s, speeds(t_s, (start_s, start_s + lasts_s), noise=noise))
    assert found == pytest.approx((start_s, start_s + lasts_s), abs=0.06 + 0.05 * lasts_s)


def test_ways_are_told_in_turn() -> None:
    t_s = np.arange(0.0, 12.0, 1.0 / 15.0)
    ways = [(1.0, 2.4), (4.2, 5.8), (7.8, 9.0)]
    found = ways_s(t_s, speeds(t_s, *ways, noise=5.0))
    assert np.array(found) == pytest.approx(np.array(ways), abs=0.12)


def test_a_frame_that_is_far_too_fast_makes_no_way() -> None:
    t_s = np.arange(0.0, 8.0, 1.0 / 12.0)
    speed = speeds(t_s, (2.0, 3.6), noise=4.0)
    plain = ways_s(t_s, speed)
    speed[[30, 66]] = 400.0  # in the middle of the way, and long after it
    assert np.array(ways_s(t_s, speed)) == pytest.approx(np.array(plain), abs=0.12)


def test_a_limb_that_rests_or_is_not_watched_has_no_way() -> None:
    t_s = np.arange(0.0, 6.0, 1.0 / 30.0)
    trembling = speeds(t_s, noise=6.0)
    assert ways_s(t_s, trembling) == []
    assert ways_s(t_s, np.full(len(t_s), np.nan)) == []
    assert ways_s(t_s[:3], trembling[:3]) == []


def test_a_way_that_the_clip_cuts_off_is_not_told() -> None:
    t_s = np.arange(0.0, 6.0, 1.0 / 30.0)
    assert ways_s(t_s, speeds(t_s, (5.2, 7.2))) == []


def test_frames_without_a_speed_are_passed_over() -> None:
    t_s = np.arange(0.0, 6.0, 1.0 / 30.0)
    speed = speeds(t_s, (2.0, 3.4))
    speed[::3] = np.nan
    assert np.array(ways_s(t_s, speed)) == pytest.approx(np.array([(2.0, 3.4)]), abs=0.1)
