"""How long a position was kept, where the limb flickers: on tables written by hand."""

from __future__ import annotations

import numpy as np
import pytest
from squat import FPS, TEXT, course, one_squat, run, table

from posecheck.core.errors import MoveError
from posecheck.core.move import Move, parse_move
from posecheck.core.result import PhaseResult, Status
from posecheck.core.table import Reason

#: one_squat: way down from 1.0 to 2.5 s, then the hold.
DOWN_S = 2.5


def kept(edges: str = "rest", **more: str) -> Move:
    """The squat, its hold told by the knee's level too."""
    line = f'kept_by = {{ measure = "knee_flexion_deg", edges = "{edges}" }}'
    text = TEXT.replace("CRITERIA", "").replace("hold_s = 2.0\n", f"hold_s = 2.0\n{line}\n")
    head = "".join(f"{key} = {value}\n" for key, value in more.items())
    return parse_move((head + text).encode(), "squat.toml")


def down(knee_deg: np.ndarray, move: Move, **others: np.ndarray) -> PhaseResult:
    (repetition,), _ = run(table(knee_deg, **others), move)
    return repetition.phases[0]


def flicker(knee_deg: np.ndarray, *spans_s: tuple[float, float]) -> np.ndarray:
    """The leg's speed with landmarks that jump about during the spans, degrees a second."""
    t_s = np.arange(len(knee_deg)) / FPS
    speed = np.abs(np.gradient(knee_deg, t_s))
    for start_s, end_s in spans_s:
        speed[(t_s >= start_s) & (t_s < end_s)] = 60.0
    return speed


@pytest.mark.parametrize("edges", ["rest", "level"])
def test_a_flicker_in_mid_hold_does_not_end_it(edges: str) -> None:
    knee = one_squat(hold_s=4.0)
    speed = flicker(knee, (4.0, 4.6))
    by_rest_alone = down(knee, kept_none(), leg_speed_left_degps=speed)
    assert by_rest_alone.hold_s == pytest.approx(2.0, abs=0.3)
    phase = down(knee, kept(edges), leg_speed_left_degps=speed)
    assert phase.hold_s == pytest.approx(4.0, abs=0.2)
    assert phase.hold_start_s == pytest.approx(DOWN_S, abs=0.2)


def kept_none() -> Move:
    return parse_move(TEXT.replace("CRITERIA", "").encode(), "squat.toml")


def test_a_way_out_and_back_between_two_holds_is_no_hold() -> None:
    knee = course((1, 0), (1.5, 100), (2.5, 100), (1, 45), (1, 100), (1.2, 100), (1.5, 0), (1, 0))
    for edges in ("rest", "level"):
        assert down(knee, kept(edges)).hold_s == pytest.approx(2.5, abs=0.3)


def test_a_limb_that_will_not_rest_is_timed_by_its_level() -> None:
    knee = one_squat(hold_s=4.0)
    speed = flicker(knee, (2.0, 4.0), (5.0, 7.0))
    phase = down(knee, kept("level"), leg_speed_left_degps=speed)
    assert phase.hold_start_s == pytest.approx(DOWN_S, abs=0.15)
    assert phase.hold_s == pytest.approx(4.0, abs=0.25)


def test_a_slow_way_in_and_out_is_no_part_of_the_hold() -> None:
    knee = course((1, 0), (2.4, 60), (2, 60), (2.4, 0), (1, 0)) * 70.0 / 60.0
    assert down(knee, kept("level")).hold_s == pytest.approx(2.0, abs=0.25)


def hill(t_s: np.ndarray, start_s: float, end_s: float, height: float = 80.0) -> np.ndarray:
    """Speed of a minimum-jerk way."""
    u = np.clip((t_s - start_s) / (end_s - start_s), 0.0, 1.0)
    return height * 16.0 * u**2 * (1.0 - u) ** 2


def by_speed(unseen_share: float = 0.0) -> Move:
    """The squat, its hold told by how fast the picture of its foot moves."""
    line = (
        'kept_by = { measure = "knee_flexion_deg", edges = "level", speed = "foot_speed_pct", '
        f"unseen_share = {unseen_share} }}"
    )
    text = TEXT.replace("CRITERIA", "").replace("hold_s = 2.0\n", f"hold_s = 2.0\n{line}\n")
    return parse_move(text.encode(), "squat.toml")


@pytest.mark.parametrize(("unseen_share", "held_s"), [(0.0, 0.9), (0.1, 0.6)])
def test_a_limb_whose_landmarks_jump_is_timed_by_how_fast_its_picture_moves(
    unseen_share: float, held_s: float
) -> None:
    """Landmarks are half-way at 1.8 and at 4.6 s; the picture moves from 1.0 and 3.4 s on."""
    jump = course((1.6, 0), (0.4, 100), (2.4, 100), (0.4, 0), (2.0, 0))
    t_s = np.arange(len(jump)) / FPS
    speed = 1.0 + hill(t_s, 1.0, 2.5) + hill(t_s, 3.4, 4.9)
    phase = down(jump, by_speed(unseen_share), foot_speed_left_pct=speed)
    assert phase.hold_s == pytest.approx(held_s, abs=0.1)
    assert phase.hold_start_s == pytest.approx(2.95 - 0.5 * held_s, abs=0.06)
    assert phase.hold_error_s == pytest.approx(by_speed().hold_error_s)


@pytest.mark.parametrize("speed", [np.nan, 5.0])
def test_a_speed_that_is_not_known_or_shows_no_way_leaves_the_hold_to_the_level_and_less_sure(
    speed: float,
) -> None:
    knee = one_squat(hold_s=3.0)
    phase = down(knee, by_speed(), foot_speed_left_pct=np.full(len(knee), speed))
    assert phase.hold_s == pytest.approx(3.0, abs=0.2)
    assert phase.hold_error_s == pytest.approx(2.0 * by_speed().hold_error_s)


def test_a_way_back_too_small_to_be_told_from_rest_is_not_left_out() -> None:
    knee = one_squat(hold_s=3.0)
    never_moving = np.full(len(knee), 1.0)
    (repetition,), _ = run(table(knee, leg_speed_left_degps=never_moving), kept("level"))
    assert [phase.status for phase in repetition.phases] == ["done", "done"]
    assert repetition.complete


def test_a_pause_in_a_kept_position_is_not_held() -> None:
    knee = one_squat(hold_s=4.0)
    t_s = np.arange(len(knee)) / FPS
    gone = (t_s >= 4.0) & (t_s < 5.0)
    (repetition,), _ = run(table(knee, unseen=gone), kept("rest"))
    assert repetition.phases[0].hold_s == pytest.approx(3.0, abs=0.2)


def test_a_level_that_is_not_known_leaves_the_hold_to_the_rest() -> None:
    knee = one_squat(hold_s=3.0)
    move = parse_move(
        TEXT.replace("CRITERIA", "")
        .replace("hold_s = 2.0\n", 'hold_s = 2.0\nkept_by = { measure = "shin_lean_deg" }\n')
        .encode(),
        "squat.toml",
    )
    unknown = np.full(len(knee), np.nan)
    assert down(knee, move, shin_lean_left_deg=unknown).hold_s == pytest.approx(3.0, abs=0.15)


@pytest.mark.parametrize(("error_s", "status"), [(0.3, Status.NOT_MET), (0.8, Status.BORDERLINE)])
def test_a_hold_that_falls_short_by_less_than_its_error_is_borderline(
    error_s: float, status: Status
) -> None:
    move = kept("rest", hold_error_s=str(error_s))
    (repetition,), _ = run(table(one_squat(hold_s=1.4)), move)
    assert repetition.phases[0].hold_status == status
    assert ("short_hold" in {fault.id for fault in repetition.faults}) == (status is Status.NOT_MET)


def test_a_way_whose_end_is_blurred_is_timed_by_its_middle() -> None:
    """The limb seems awake for a second of the hold on either side; the knee bends late."""
    knee = course((1, 0), (1, 25), (1, 100), (4, 100), (1, 25), (1, 0), (1, 0))
    speed = flicker(knee, (1.0, 4.0), (6.0, 9.0))
    by_rest = down(knee, kept("rest"), leg_speed_left_degps=speed)
    assert by_rest.hold_s is not None
    assert by_rest.hold_s < 3.4
    text = TEXT.replace("CRITERIA", "").replace(
        "hold_s = 2.0\n",
        'hold_s = 2.0\nkept_by = { measure = "knee_flexion_deg", edges = "middle", '
        "after_middle = 0.5 }\n",
    )
    phase = down(knee, parse_move(text.encode(), "squat.toml"), leg_speed_left_degps=speed)
    assert phase.hold_start_s == pytest.approx(3.0, abs=0.2)
    assert phase.hold_s == pytest.approx(4.0, abs=0.25)


def test_a_long_pause_on_the_way_does_not_put_off_a_hold_by_its_middle() -> None:
    """Half-way before the position nobody knows how long the rest takes: no more than 1.2 s."""
    knee = course((1, 0), (0.5, 25), (3.5, 25), (1, 100), (4, 100), (1, 0), (1, 0))
    speed = flicker(knee, (1.0, 6.0))
    phase = down(knee, kept("middle"), leg_speed_left_degps=speed)
    assert phase.hold_start_s == pytest.approx(6.3, abs=0.4)


@pytest.mark.parametrize(("trunk_deg", "begins_s", "held_s"), [(120.0, 3.5, 2.0), (20.0, 2.5, 4.0)])
def test_of_two_measures_the_one_that_goes_farther_tells_the_edges(
    trunk_deg: float, begins_s: float, held_s: float
) -> None:
    """The trunk comes a second later than the knee, and leaves a second sooner."""
    knee = one_squat(hold_s=4.0)
    trunk = course((1.0, 0), (2.5, trunk_deg), (2.0, trunk_deg), (2.5, 0), (1.0, 0))
    text = TEXT.replace("CRITERIA", "").replace(
        "hold_s = 2.0\n",
        'hold_s = 2.0\nkept_by = { measure = "knee_flexion_deg", edges = "level", '
        'farther = "trunk_lean_deg" }\n',
    )
    phase = down(knee, parse_move(text.encode(), "squat.toml"), trunk_lean_deg=trunk[: len(knee)])
    assert phase.hold_start_s == pytest.approx(begins_s, abs=0.2)
    assert phase.hold_s == pytest.approx(held_s, abs=0.3)


@pytest.mark.parametrize("field", ["measure", "farther"])
def test_an_unknown_measure_that_keeps_a_position_is_named(field: str) -> None:
    line = 'kept_by = { measure = "knee_flexion_deg", farther = "trunk_lean_deg" }'
    line = line.replace(
        {"measure": "knee_flexion_deg", "farther": "trunk_lean_deg"}[field], "knee_flex_deg"
    )
    text = TEXT.replace("CRITERIA", "").replace("hold_s = 2.0\n", f"hold_s = 2.0\n{line}\n")
    with pytest.raises(MoveError, match=r'unknown measure "knee_flex_deg"; did you mean'):
        parse_move(text.encode(), "squat.toml")


@pytest.mark.parametrize(("reason", "hold_s"), [(Reason.NOT_VISIBLE, 4.0), (Reason.NOBODY, 3.2)])
def test_a_limb_hidden_for_a_moment_was_held_but_nobody_was_not(
    reason: Reason, hold_s: float
) -> None:
    knee = one_squat(hold_s=4.0)
    t_s = np.arange(len(knee)) / FPS
    gone = (t_s >= 4.0) & (t_s < 4.8)
    (repetition,), _ = run(table(knee, unseen=gone, reason=reason), kept("rest"))
    assert repetition.phases[0].hold_s == pytest.approx(hold_s, abs=0.2)


def test_a_limb_that_noise_keeps_awake_after_its_way_is_taken_to_rest() -> None:
    knee = one_squat(hold_s=4.0)
    speed = flicker(knee, (DOWN_S, DOWN_S + 1.5))
    assert down(knee, kept_none(), leg_speed_left_degps=speed).hold_s == pytest.approx(2.5, abs=0.3)
    phase = down(knee, kept("rest"), leg_speed_left_degps=speed)
    assert phase.hold_s == pytest.approx(4.0, abs=0.3)
    assert phase.hold_error_s == kept("rest").hold_error_s


def test_a_longer_rest_elsewhere_is_not_the_position_s_hold() -> None:
    """Half way back it rests longer than it held: neither start position nor deep any more."""
    knee = course((1, 0), (1.5, 100), (1.5, 100), (1, 40), (3, 40), (1, 0), (1, 0))
    phase = down(knee, kept("rest"))
    assert phase.hold_s == pytest.approx(1.5, abs=0.3)
    assert phase.hold_start_s == pytest.approx(DOWN_S, abs=0.3)
