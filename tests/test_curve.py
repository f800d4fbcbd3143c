"""How long a position was kept, by the curve of the ways to and from it: ways of known length."""

from __future__ import annotations

import numpy as np
import pytest
from squat import FPS, TEXT, course, one_squat, run, table

from posecheck.core import curve
from posecheck.core.errors import MoveError
from posecheck.core.move import Move, parse_move
from posecheck.core.result import PhaseResult
from posecheck.library import load_move

#: one_squat: way down from 1.0 to 2.5 s, then the hold; both ways take 1.5 s.
DOWN_S, WAY_S = 2.5, 1.5


def curved(way_s: float = WAY_S, unseen_share: float = 0.0, along: str = "") -> Move:
    """The squat, its hold told by the curve; ``way_s``: how long a way to or from it takes."""
    names = f'["{along or "knee_flexion_deg"}"]'
    line = (
        f'kept_by = {{ measure = "knee_flexion_deg", edges = "curve", along = {names}, '
        f"way_s = {way_s * 2.0 ** (1.0 / 3.0)}, unseen_share = {unseen_share} }}"
    )
    text = TEXT.replace("CRITERIA", "").replace("hold_s = 2.0\n", f"hold_s = 2.0\n{line}\n")
    return parse_move(text.encode(), "squat.toml")


def down(knee_deg: np.ndarray, move: Move, **others: np.ndarray) -> PhaseResult:
    (repetition,), _ = run(table(knee_deg, **others), move)
    return repetition.phases[0]


def way(length_s: float, at_s: float, unseen: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    """Times and places of a way whose middle is at ``at_s``, seen but for its ends."""
    t_s = np.arange(0.0, 6.0, 1.0 / FPS)
    done = curve.minimum_jerk((t_s - at_s) / length_s + 0.5)
    return t_s, np.clip((done - unseen[0]) / (1.0 - sum(unseen)), 0.0, 1.0)


@pytest.mark.parametrize("unseen", [(0.0, 0.0), (0.33, 0.0), (0.0, 0.33)])
@pytest.mark.parametrize("length_s", [0.9, 1.4, 2.4])
def test_a_ways_length_and_middle_are_read_off_its_curve(
    length_s: float, unseen: tuple[float, float]
) -> None:
    t_s, off = way(length_s, 2.7, unseen)
    assert curve.seeming_length_s(t_s, off, unseen) == pytest.approx(length_s, rel=0.06)
    assert curve.middle_s(t_s, off, length_s, unseen) == pytest.approx(2.7, abs=0.04)


def test_a_few_frames_that_jump_do_not_move_a_ways_middle() -> None:
    t_s, off = way(1.4, 2.7, (0.0, 0.0))
    jumping = np.where(((t_s > 1.0) & (t_s < 1.3)) | ((t_s > 4.5) & (t_s < 4.8)), 1.0 - off, off)
    assert curve.middle_s(t_s, jumping, 1.4, (0.0, 0.0)) == pytest.approx(2.7, abs=0.04)


def test_the_steadier_of_two_measures_tells_the_place() -> None:
    steady, half_way = np.zeros((20, 2)), np.array([[5.0, 10.0]])
    flickers = np.stack([np.zeros(20), np.tile([-20.0, 20.0], 10)], axis=1)
    for rest, place in ((steady, 0.75), (flickers, 0.5)):
        off = curve.away(half_way, rest, rest + 10.0)
        assert off[0] == pytest.approx(place, abs=0.02)


def test_a_place_is_not_told_where_both_ends_look_alike_or_one_is_unknown() -> None:
    rest = np.ones((5, 2))
    assert np.isnan(curve.away(rest, rest, rest)).all()
    assert np.isnan(curve.away(rest, rest, np.full((5, 2), np.nan))).all()


@pytest.mark.parametrize("hold_s", [2.0, 9.0])
def test_a_hold_lasts_from_the_end_of_one_way_to_the_beginning_of_the_next(hold_s: float) -> None:
    phase = down(one_squat(hold_s), curved())
    assert phase.hold_start_s == pytest.approx(DOWN_S, abs=0.08)
    assert phase.hold_s == pytest.approx(hold_s, abs=0.12)


def test_what_a_measure_no_longer_follows_at_its_end_is_put_back() -> None:
    """A landmark that stops at 70% of the way makes the position seem reached too early."""
    seen = np.minimum(one_squat(hold_s=2.0), 70.0)
    assert down(seen, curved()).hold_s == pytest.approx(2.35, abs=0.15)
    assert down(seen, curved(unseen_share=0.3)).hold_s == pytest.approx(2.0, abs=0.12)


@pytest.mark.parametrize("way_s", [0.8, 1.4])
def test_a_measure_that_jumps_is_timed_from_its_middle_by_how_long_a_way_usually_takes(
    way_s: float,
) -> None:
    """It is half-way at 1.8 and at 5.0 s, and jumps there in 0.4 s."""
    jump = course((1.6, 0), (0.4, 100), (2.8, 100), (0.4, 0), (1.5, 0))
    phase = down(jump, curved(way_s))
    assert phase.hold_start_s == pytest.approx(1.8 + 0.5 * way_s, abs=0.08)
    assert phase.hold_s == pytest.approx(3.2 - way_s, abs=0.12)


def test_landmarks_that_jump_in_the_hold_do_not_end_it() -> None:
    knee = one_squat(hold_s=4.0)
    t_s = np.arange(len(knee)) / FPS
    seen = np.where(((t_s > 3.0) & (t_s < 3.3)) | ((t_s > 5.8) & (t_s < 6.1)), 20.0, knee)
    phase = down(knee, curved(along="shin_lean_deg"), shin_lean_left_deg=seen)
    assert phase.hold_start_s == pytest.approx(DOWN_S, abs=0.08)
    assert phase.hold_s == pytest.approx(4.0, abs=0.12)


def test_a_clip_that_begins_with_the_way_is_timed_by_where_it_ends() -> None:
    knee = one_squat(hold_s=2.0)[round(0.95 * FPS) :]
    phase = down(knee, curved())
    assert phase.hold_start_s == pytest.approx(DOWN_S - 0.95, abs=0.1)
    assert phase.hold_s == pytest.approx(2.0, abs=0.15)


def test_a_measure_that_is_not_known_leaves_the_hold_to_the_rest() -> None:
    knee = one_squat(hold_s=3.0)
    unknown = np.full(len(knee), np.nan)
    phase = down(knee, curved(along="shin_lean_deg"), shin_lean_left_deg=unknown)
    assert phase.hold_s == pytest.approx(3.0, abs=0.15)


def turned(pace: float) -> list[PhaseResult]:
    """Held inward and outward for 3 s, with ways of 1.35, 1.7 and 1.35 s at pace 1.

    The toe stops before the foot does on its way outward, as it does in the lab.
    """
    to_s, between_s = 1.35 / pace, 1.7 / pace
    foot = course((1.5, 0), (to_s, -20), (3, -20), (between_s, 32), (3, 32), (to_s, 0), (1.5, 0))
    seen = np.minimum(foot, 16.0)
    still = np.zeros(len(foot))
    given = table(
        still,
        foot_swing_left_pct=seen,
        foot_aside_left_pct=seen,
        toe_aside_left_pct=seen + 12.0,
        toe_below_left_pct=40.0 - 0.5 * seen,
        hip_bend_left_deg=still + 90.0,
        leg_speed_left_degps=np.abs(np.gradient(seen, 1.0 / FPS)),
    )
    (repetition,), _ = run(given, load_move("knee-rotation").move)
    return repetition.phases[:2]


@pytest.mark.parametrize(("pace", "error_s"), [(0.8, 0.5), (1.0, 0.2), (1.25, 0.35)])
def test_the_holds_of_a_turning_foot_are_told_at_any_pace(pace: float, error_s: float) -> None:
    for phase in turned(pace):
        assert phase.hold_s == pytest.approx(3.0, abs=error_s), phase.id


def test_a_turn_that_looks_slow_is_taken_to_be_slower_than_the_usual_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read = [phase.hold_s or 0.0 for phase in turned(0.6)]
    monkeypatch.setattr(curve, "_READ_SHARE", 0.0)
    not_read = [phase.hold_s or 0.0 for phase in turned(0.6)]
    for nearer_s, farther_s in zip(read, not_read, strict=True):
        assert 3.0 < nearer_s < farther_s - 0.1


@pytest.mark.parametrize(
    "more",
    ['edges = "curve", along = ["shin_lean_deg"]', 'edges = "curve", way_s = 1.7', "way_s = 1.7"],
)
def test_a_curve_asks_for_its_measures_and_for_how_long_a_way_usually_takes(more: str) -> None:
    line = f'kept_by = {{ measure = "knee_flexion_deg", {more} }}'
    text = TEXT.replace("CRITERIA", "").replace("hold_s = 2.0\n", f"hold_s = 2.0\n{line}\n")
    with pytest.raises(MoveError, match='edges = "curve" needs along and way_s'):
        parse_move(text.encode(), "squat.toml")


def test_an_unknown_measure_of_a_curve_is_named() -> None:
    with pytest.raises(MoveError, match=r'unknown measure "knee_flex_deg"; did you mean'):
        curved(along="knee_flex_deg")
