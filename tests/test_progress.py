"""Progress: noise is never called a change, and a change is never called noise."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from posecheck.core.progress import (
    NOT_TOLD,
    REAL,
    UNKNOWN,
    change,
    mdc,
    progress,
    sides,
)
from posecheck.core.progress_words import change_line, trend_line
from posecheck.core.readings import Name, Reading, name_of
from posecheck.core.trend import trend

DAY = datetime(2026, 3, 1, 9, tzinfo=UTC)
TOE = Name("toe_to_wall", "left", "cm")
HIP = Name("hip_flexion", "left", "deg")


def on(day: float, value: float, error: float | None = 0.6) -> Reading:
    return Reading(DAY + timedelta(days=day), value, error)


# --- names ---


@pytest.mark.parametrize(
    ("full", "parts"),
    [
        ("toe_to_wall_left_cm", Name("toe_to_wall", "left", "cm")),
        ("hip_flexion_right_deg", Name("hip_flexion", "right", "deg")),
        ("trunk_lean_deg", Name("trunk_lean", None, "deg")),
    ],
)
def test_a_name_comes_apart_and_together_again(full: str, parts: Name) -> None:
    assert name_of(full) == parts
    assert parts.full == full


# --- changes ---


def test_a_change_within_both_errors_cannot_be_told() -> None:
    assert change(HIP, on(0, 100.0, 6.0), on(7, 108.0, 6.0)).words == NOT_TOLD
    assert change(HIP, on(0, 100.0, 6.0), on(7, 109.0, 6.0)).words == REAL


def test_the_published_figure_counts_where_the_camera_claims_less() -> None:
    assert mdc(TOE, on(0, 10.0, 0.1), on(7, 11.0, 0.1)) == 1.9
    assert mdc(TOE, on(0, 10.0, 2.0), on(7, 11.0, 2.0)) == pytest.approx(np.hypot(2.0, 2.0))
    assert mdc(TOE, on(0, 10.0, None), on(7, 11.0, None)) == 1.9
    assert change(TOE, on(0, 10.0), on(7, 11.8)).words == NOT_TOLD
    assert change(TOE, on(0, 10.0), on(7, 12.0)).words == REAL


def test_without_any_error_nothing_is_judged() -> None:
    found = change(HIP, on(0, 100.0, None), on(7, 170.0, 6.0))
    assert found.words == UNKNOWN
    assert found.real is None


def test_a_change_is_said_with_what_it_is_measured_against() -> None:
    line = change_line(change(TOE, on(0, 10.0), on(7, 11.2)), "cm")
    assert line == "+1.2 cm: no change that can be told (not more than 1.9 cm)"
    line = change_line(change(TOE, on(0, 12.0), on(7, 9.5)), "cm")
    assert line == "−2.5 cm: real change (more than 1.9 cm)"


@settings(deadline=None)
@given(some.lists(some.floats(-0.9, 0.9), min_size=2, max_size=20))
def test_readings_within_half_the_noise_never_make_a_change(noise: list[float]) -> None:
    found = progress(TOE, [on(k, 10.0 + one) for k, one in enumerate(noise)])
    assert found.since_baseline is not None
    assert found.since_baseline.real is False


# --- one measure ---


def test_order_does_not_matter_and_the_first_day_is_the_baseline() -> None:
    readings = [on(20, 13.0), on(0, 9.0), on(0.1, 10.0), on(0.2, 14.0), on(10, 12.5)]
    found = progress(TOE, readings)
    assert found.baseline.value == 10.0
    assert found.newest.value == 13.0
    assert found.since_baseline is not None
    assert found.since_baseline.value == pytest.approx(3.0)
    assert found.since_last is not None
    assert found.since_last.value == pytest.approx(0.5)
    assert found.best is not None
    assert found.best.value == 14.0


def test_one_reading_is_a_baseline_and_no_change() -> None:
    found = progress(TOE, [on(0, 10.0)])
    assert (found.since_baseline, found.since_last, found.trend) == (None, None, None)
    assert found.band == 1.9
    with pytest.raises(ValueError, match="at least one"):
        progress(TOE, [])


def test_the_best_is_the_least_where_less_is_better() -> None:
    lift = progress(name_of("heel_lift_left_deg"), [on(0, 4.0), on(1, 2.0), on(2, 3.0)])
    assert lift.best is not None
    assert lift.best.value == 2.0
    assert progress(name_of("trunk_lean_deg"), [on(0, 4.0)]).best is None


# --- trend ---


def test_a_steady_rise_is_found_with_its_slope() -> None:
    found = trend([on(7 * k, 10.0 + 0.5 * k, 0.3) for k in range(8)])
    assert found is not None
    assert found.per_week == pytest.approx(0.5)
    assert found.told
    assert trend_line(found, "cm").endswith(": rising")
    line = found.line()
    assert line[0][1] == pytest.approx(10.0)
    assert line[-1][1] == pytest.approx(13.5)


def test_three_readings_on_a_line_by_luck_are_not_certain() -> None:
    found = trend([on(7 * k, 10.0 + 0.1 * k, 0.6) for k in range(3)])
    assert found is not None
    assert not found.told
    assert "no trend that can be told" in trend_line(found, "cm")


def test_too_few_or_too_close_readings_make_no_trend() -> None:
    assert trend([on(0, 10.0), on(30, 12.0)]) is None
    assert trend([on(0, 10.0), on(0.1, 11.0), on(0.2, 12.0)]) is None
    assert trend([on(0, 10.0), on(1, 11.0), on(2, 12.0)]) is None
    assert trend_line(None, "cm").startswith("no trend yet")


def test_the_uncertainty_of_a_trend_covers_the_truth() -> None:
    """95% of intervals hold the true slope, whatever the noise claims to be."""
    rng = np.random.default_rng(3)
    held = 0
    for _ in range(400):
        noise = rng.normal(0.0, 0.5, 10)
        found = trend([on(7 * k, 10.0 + 0.2 * k + noise[k], 0.98) for k in range(10)])
        assert found is not None
        held += abs(found.per_week - 0.2) <= found.error
    assert held / 400 >= 0.95


# --- sides ---


def test_a_difference_counts_when_it_is_seen_twice_running() -> None:
    left = [on(0, 10.0), on(7, 10.1), on(14, 9.8)]
    found = sides(TOE, left, [on(0, 10.0), on(7.2, 12.5), on(14.1, 12.4)])
    assert found is not None
    assert found.difference == pytest.approx(-2.6)
    assert found.words == "a difference, seen twice running"
    once = sides(TOE, left, [on(0, 10.0), on(7, 10.2), on(14, 12.4)])
    assert once is not None
    assert once.words == "once; measure it again"
    other_way = sides(TOE, left, [on(7, 7.0), on(14, 12.4)])
    assert other_way is not None
    assert not other_way.repeated


def test_sides_are_compared_on_one_day_only() -> None:
    assert sides(TOE, [on(0, 10.0)], [on(3, 14.0)]) is None
    small = sides(TOE, [on(0, 10.0)], [on(0.1, 11.5)])
    assert small is not None
    assert small.words == "no difference that can be told"


def test_another_unit_changes_numbers_and_no_judgement() -> None:
    found = progress(TOE, [on(7 * k, 9.0 + 0.6 * k) for k in range(6)])
    inches = found.scaled(1 / 2.54)
    assert inches.newest.value == pytest.approx(12.0 / 2.54)
    assert inches.since_baseline is not None
    assert inches.since_baseline.words == REAL
    assert inches.trend is not None
    assert inches.trend.told
    assert inches.trend.line()[-1][1] == pytest.approx(12.0 / 2.54)
