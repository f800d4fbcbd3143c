"""Smoothing without lag, outliers and gaps; and the live filter's states."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from posecheck.core.filters import (
    MAX_BRIDGED_GAP_S,
    OneEuro,
    rate_per_s,
    seen_spans,
    smooth_recorded,
)


def times(seconds: float = 8.0, fps: float = 30.0) -> np.ndarray:
    return np.arange(0.0, seconds, 1.0 / fps)


def sine(t_s: np.ndarray, hz: float, amplitude: float = 100.0) -> np.ndarray:
    return amplitude * np.sin(2.0 * np.pi * hz * t_s)[:, None]


def fitted(t_s: np.ndarray, values: np.ndarray, hz: float) -> tuple[float, float]:
    """Amplitude and phase in degrees of ``values`` at ``hz``, away from the ends."""
    inside = (t_s > 1.5) & (t_s < t_s[-1] - 1.5)
    angle = 2.0 * np.pi * hz * t_s[inside]
    basis = np.stack([np.sin(angle), np.cos(angle)], axis=1)
    (a, b), *_ = np.linalg.lstsq(basis, values[inside, 0], rcond=None)
    return float(np.hypot(a, b)), float(np.degrees(np.arctan2(b, a)))


@pytest.mark.parametrize("fps", [24.0, 30.0, 60.0])
@pytest.mark.parametrize(("hz", "share_lost"), [(0.1, 0.01), (0.2, 0.01), (0.5, 0.04)])
def test_movement_below_half_a_hertz_keeps_amplitude_and_phase(
    hz: float, share_lost: float, fps: float
) -> None:
    """To and fro without a hold loses a little at its turns, to the median; never any time."""
    t_s = times(max(12.0, 3.0 / hz), fps)
    amplitude, phase_deg = fitted(t_s, smooth_recorded(t_s, sine(t_s, hz)), hz)
    assert amplitude == pytest.approx(100.0, rel=share_lost)
    assert phase_deg == pytest.approx(0.0, abs=0.5)


def test_movement_above_the_cut_off_is_gone() -> None:
    t_s = times(12.0)
    slow, fast = sine(t_s, 0.4), sine(t_s, 9.0, 20.0)
    amplitude, _ = fitted(t_s, smooth_recorded(t_s, slow + fast), 9.0)
    assert amplitude < 0.5


def test_played_backwards_the_result_is_the_same_backwards() -> None:
    rng = np.random.default_rng(2)
    t_s = times(5.0)
    values = rng.normal(0.0, 3.0, (len(t_s), 2)) + sine(t_s, 0.4)
    forward = smooth_recorded(t_s, values)
    backward = smooth_recorded(t_s, values[::-1])[::-1]
    assert forward == pytest.approx(backward, abs=1e-2)


def test_white_noise_shrinks_to_less_than_half() -> None:
    rng = np.random.default_rng(1)
    t_s = times(20.0)
    noise = rng.normal(0.0, 2.0, (len(t_s), 4))
    assert smooth_recorded(t_s, 500.0 + noise).std(axis=0).max() < 0.5 * 2.0


@pytest.mark.parametrize(
    ("frame", "spike"),
    [(25, 40.0), (25, -15.0), (100, 80.0), (100, -300.0), (100, 5000.0)],
    ids=["still", "still, small", "moving", "moving, far", "absurd"],
)
def test_a_single_wild_frame_leaves_no_trace(frame: int, spike: float) -> None:
    """Less than what the movement covers from one frame to the next where it is quickest."""
    t_s = times()
    clean = sine(t_s, 0.3)
    dirty = clean.copy()
    dirty[frame] += spike
    difference = smooth_recorded(t_s, dirty) - smooth_recorded(t_s, clean)
    assert np.abs(difference).max() < 1.05 * np.abs(np.diff(clean[:, 0])).max()


@pytest.mark.parametrize("every", [3, 4])
def test_a_landmark_that_jumps_in_every_third_frame_follows_the_majority(every: int) -> None:
    t_s = times()
    clean = sine(t_s, 0.2)
    torn = clean.copy()
    torn[::every] += 200.0
    assert np.abs(smooth_recorded(t_s, torn) - clean)[30:-30].max() < 20.0


@pytest.mark.parametrize("gap_s", [0.1, 0.2, 0.26])
def test_a_short_gap_is_bridged(gap_s: float) -> None:
    t_s = times()
    clean = sine(t_s, 0.3)
    holed = clean.copy()
    holed[(t_s >= 3.0) & (t_s < 3.0 + gap_s)] = np.nan
    got = smooth_recorded(t_s, holed)
    assert np.isfinite(got).all()
    assert np.abs(got - smooth_recorded(t_s, clean)).max() < 4.0


def test_a_long_gap_stays_unknown_and_its_edges_do_not_bleed() -> None:
    t_s = times()
    values = np.full((len(t_s), 1), 10.0)
    gone = (t_s >= 3.0) & (t_s < 3.5)
    values[gone] = np.nan
    values[t_s >= 3.5] = 90.0
    got = smooth_recorded(t_s, values)
    assert np.isnan(got[gone]).all()
    assert got[t_s < 3.0] == pytest.approx(10.0)
    assert got[t_s >= 3.5] == pytest.approx(90.0)


def test_spans_split_at_gaps_longer_than_may_be_bridged() -> None:
    t_s = times(3.0, 10.0)
    seen = np.ones(len(t_s), bool)
    seen[5:7] = False  # 0.3 s from frame to frame
    assert seen_spans(t_s, seen) == [(0, 30)]
    seen[5:8] = False
    assert seen_spans(t_s, seen) == [(0, 5), (8, 30)]
    assert seen_spans(t_s, np.zeros(len(t_s), bool)) == []
    assert MAX_BRIDGED_GAP_S == 0.3


def test_unseen_ends_stay_unknown() -> None:
    t_s = times(2.0)
    values = sine(t_s, 0.3)
    values[:3] = np.nan
    values[-3:] = np.nan
    got = smooth_recorded(t_s, values)
    assert np.isnan(got[:3]).all()
    assert np.isnan(got[-3:]).all()
    assert np.isfinite(got[3:-3]).all()


def test_frames_at_uneven_times_give_the_same_curve() -> None:
    even = times(12.0, 60.0)
    keep = np.random.default_rng(4).random(len(even)) > 0.4
    keep[[0, -1]] = True
    uneven = even[keep]
    amplitude, phase_deg = fitted(uneven, smooth_recorded(uneven, sine(uneven, 0.4)), 0.4)
    assert amplitude == pytest.approx(100.0, rel=0.03)
    assert phase_deg == pytest.approx(0.0, abs=0.5)


@pytest.mark.parametrize("n", [0, 1, 2, 3, 4, 6, 7, 8])
@pytest.mark.parametrize("fps", [1.0, 5.0, 30.0])
def test_few_frames_and_slow_clips_come_back_whole(n: int, fps: float) -> None:
    t_s = np.arange(n) / fps
    values = np.linspace(0.0, 5.0, n)[:, None]
    got = smooth_recorded(t_s, values)
    assert got.shape == (n, 1)
    assert np.isfinite(got).all()
    assert got == pytest.approx(values, abs=2.0)


def test_one_frame_a_second_is_passed_through_untouched() -> None:
    t_s = np.arange(20.0)
    values = np.sin(t_s)[:, None] * 10.0
    assert smooth_recorded(t_s, values) == pytest.approx(values)


def test_the_input_is_left_alone() -> None:
    t_s = times(2.0)
    values = sine(t_s, 0.4)
    values[10] = np.nan
    kept = values.copy()
    smooth_recorded(t_s, values)
    np.testing.assert_array_equal(values, kept)


@given(st.floats(-500.0, 500.0), st.floats(0.1, 10.0))
@settings(max_examples=20, deadline=None)
def test_smoothing_is_unchanged_by_shift_and_scale(shift: float, factor: float) -> None:
    t_s = times(3.0)
    values = sine(t_s, 0.4) + np.random.default_rng(0).normal(0.0, 1.0, (len(t_s), 1))
    plain = smooth_recorded(t_s, values)
    assert smooth_recorded(t_s, factor * values + shift) == pytest.approx(
        factor * plain + shift, abs=1e-6 * max(1.0, abs(shift), 100.0 * factor)
    )


def test_a_rate_is_per_second_at_any_frame_rate() -> None:
    for fps in (10.0, 30.0, 60.0):
        t_s = times(2.0, fps)
        assert rate_per_s(t_s, 7.0 * t_s[:, None]) == pytest.approx(7.0)
    uneven = np.array([0.0, 0.1, 0.15, 0.4, 0.5])
    assert rate_per_s(uneven, 7.0 * uneven) == pytest.approx(7.0)
    assert np.isnan(rate_per_s(np.array([0.0]), np.array([1.0]))).all()


# --- live ---


def test_a_constant_stays_itself() -> None:
    euro = OneEuro()
    for i in range(100):
        assert euro.step(i / 30.0, np.array([42.0, -7.0])) == pytest.approx([42.0, -7.0])


def test_nan_gives_nan_and_leaves_the_state_untouched() -> None:
    euro, plain = OneEuro(), OneEuro()
    for i in range(10):
        value = np.array([float(i), 2.0 * i])
        euro.step(i / 30.0, value)
        plain.step(i / 30.0, value)
    got = euro.step(10 / 30.0, np.array([np.nan, 20.0]))
    wanted = plain.step(10 / 30.0, np.array([10.0, 20.0]))
    assert np.isnan(got[0])
    assert got[1] == pytest.approx(wanted[1])
    held = euro.step(11 / 30.0, np.array([9.0, 22.0]))
    assert 8.0 < held[0] <= 9.5


def test_after_a_long_gap_a_value_starts_afresh() -> None:
    euro = OneEuro()
    for i in range(30):
        euro.step(i / 30.0, np.array([0.0]))
    assert euro.step(1.0 + MAX_BRIDGED_GAP_S, np.array([100.0]))[0] == 100.0
    assert euro.step(1.4, np.array([100.0]))[0] == pytest.approx(100.0)


def test_a_value_first_seen_late_starts_at_itself() -> None:
    euro = OneEuro()
    euro.step(0.0, np.array([1.0, np.nan]))
    assert euro.step(0.033, np.array([1.0, 55.0]))[1] == 55.0


def test_quick_movement_lags_little_and_stillness_is_calm() -> None:
    rng = np.random.default_rng(3)
    t_s = times(6.0)
    truth = np.clip(60.0 * (t_s - 3.0), 0.0, 90.0)
    euro = OneEuro()
    got = np.array(
        [euro.step(t, np.array([v]))[0]
         for t, v in zip(t_s, truth + rng.normal(0.0, 2.0, len(t_s)), strict=True)]
    )  # fmt: skip
    still = (t_s > 1.0) & (t_s < 2.9)
    assert got[still].std() < 1.2
    moving = (t_s > 3.5) & (t_s < 4.4)
    assert np.abs(got - truth)[moving].mean() / 60.0 < 0.1  # seconds of lag


@given(hnp.arrays(float, (20, 2), elements=st.floats(-180.0, 180.0)))
@settings(max_examples=30, deadline=None)
def test_filtered_values_stay_within_what_was_seen(values: np.ndarray) -> None:
    euro = OneEuro()
    got = np.stack([euro.step(i / 30.0, value) for i, value in enumerate(values)])
    assert (got >= values.min(axis=0) - 1e-9).all()
    assert (got <= values.max(axis=0) + 1e-9).all()


@given(hnp.arrays(float, (15, 2), elements=st.floats(-180.0, 180.0)))
@settings(max_examples=20, deadline=None)
def test_a_reset_filter_equals_a_fresh_one(values: np.ndarray) -> None:
    used = OneEuro()
    for i, value in enumerate(values[::-1]):
        used.step(i / 30.0, value)
    used = OneEuro(used.min_cutoff_hz, used.beta, used.derivative_cutoff_hz)
    fresh = OneEuro()
    for i, value in enumerate(values):
        np.testing.assert_array_equal(used.step(i / 30.0, value), fresh.step(i / 30.0, value))
