"""Counting, statuses, credit, holds, faults and cues, on tables written by hand."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from squat import FPS, TEXT, course, one_squat, reel, run, squat, table

from posecheck.core.engine import _cues
from posecheck.core.move import parse_move
from posecheck.core.result import FaultResult, Repetition, Status
from posecheck.core.table import Reason, State

PEAK = '{{ measure = "knee_flexion_deg", stat = "peak", {} }}'
HOLD = '{{ measure = "knee_flexion_deg", stat = "hold", {} }}'


def status(depth_deg: float, error: float, target: str, stat: str = HOLD) -> Status:
    repetitions, _ = run(table(one_squat(depth_deg=depth_deg), error=error),
                         squat(stat.format(target)))  # fmt: skip
    return repetitions[0].phases[0].measures[0].status


# --- counting ---


def test_one_squat_is_one_repetition_with_its_times() -> None:
    (repetition,), _ = run(table(one_squat(hold_s=3.0)))
    assert (repetition.side, repetition.index, repetition.complete) == ("left", 1, True)
    assert repetition.start_s == pytest.approx(1.0, abs=0.4)
    assert repetition.end_s == pytest.approx(7.0, abs=0.5)
    assert repetition.phases[0].hold_s == pytest.approx(3.0, abs=0.15)


@pytest.mark.parametrize("count", [0, 2, 5])
def test_every_squat_counts_once(count: int) -> None:
    knee = np.concatenate([np.zeros(15), *[one_squat()] * count])
    repetitions, _ = run(table(knee))
    assert [r.index for r in repetitions] == list(range(1, count + 1))


def test_going_half_way_counts_nothing() -> None:
    repetitions, machine = run(table(one_squat(depth_deg=55.0)))
    assert repetitions == []
    assert not machine.in_repetition


@pytest.mark.parametrize("centre", [20.0, 60.0], ids=["start", "enter"])
@given(st.integers(0, 10_000), st.floats(0.5, 8.0))
@settings(max_examples=15, deadline=None)
def test_noise_at_a_threshold_counts_one_repetition(
    centre: float, seed: int, noise_deg: float
) -> None:
    """Two seconds about a threshold on the way down and again on the way up."""
    noise = np.random.default_rng(seed).uniform(-noise_deg, noise_deg, 60)
    down = course((1, 0), (0.5, centre))
    knee = np.concatenate([
        down, centre + noise, course((0.5, 100 - centre), (2, 100 - centre), (0.5, 0)) + centre,
        centre + noise[::-1], down[::-1],
    ])  # fmt: skip
    repetitions, _ = run(table(knee))
    assert len(repetitions) == 1


def test_a_short_touch_of_the_threshold_is_no_repetition() -> None:
    """Entering takes a dwell: two frames above are a glitch."""
    knee = np.zeros(120)
    knee[60:62] = 90.0
    repetitions, _ = run(table(knee))
    assert repetitions == []


# --- statuses ---


@pytest.mark.parametrize(
    ("depth_deg", "expected"),
    [(90.0, Status.MET), (85.1, Status.MET), (84.9, Status.BORDERLINE), (80.0, Status.BORDERLINE),
     (75.1, Status.BORDERLINE), (74.9, Status.NOT_MET), (62.0, Status.NOT_MET)],
)  # fmt: skip
def test_at_least_is_borderline_inside_the_error(depth_deg: float, expected: Status) -> None:
    assert status(depth_deg, 5.0, "at_least = 80") == expected


@pytest.mark.parametrize(
    ("depth_deg", "expected"),
    [(70.0, Status.MET), (77.0, Status.BORDERLINE), (83.0, Status.BORDERLINE),
     (86.0, Status.NOT_MET)],
)  # fmt: skip
def test_at_most_is_borderline_inside_the_error(depth_deg: float, expected: Status) -> None:
    assert status(depth_deg, 5.0, "at_most = 80") == expected


@pytest.mark.parametrize(
    ("depth_deg", "expected"),
    [(90.0, Status.MET), (98.0, Status.BORDERLINE), (82.0, Status.BORDERLINE),
     (108.0, Status.NOT_MET), (70.0, Status.NOT_MET)],
)  # fmt: skip
def test_a_range_is_judged_at_its_nearer_edge(depth_deg: float, expected: Status) -> None:
    assert status(depth_deg, 4.0, "at_least = 80, at_most = 100") == expected


@given(st.floats(61.0, 130.0), st.floats(0.5, 20.0), st.floats(65.0, 120.0))
@settings(max_examples=40, deadline=None)
def test_borderline_is_exactly_closer_than_the_error(
    depth_deg: float, error: float, target_deg: float
) -> None:
    repetitions, _ = run(table(one_squat(depth_deg=depth_deg), error=error),
                         squat(HOLD.format(f"at_least = {target_deg}")))  # fmt: skip
    measured = repetitions[0].phases[0].measures[0]
    margin = depth_deg - target_deg
    if abs(abs(margin) - error) < 0.1:
        return
    wanted = Status.BORDERLINE if abs(margin) < error else (
        Status.MET if margin > 0 else Status.NOT_MET)  # fmt: skip
    assert measured.status == wanted


def test_without_a_target_a_number_is_for_information() -> None:
    repetitions, _ = run(table(one_squat()), squat('{ measure = "knee_flexion_deg" }'))
    (measured,) = repetitions[0].phases[0].measures
    assert (measured.status, measured.target) == (Status.INFO, None)
    assert measured.value == pytest.approx(100.0, abs=0.5)
    assert repetitions[0].met == 1  # the hold


def test_what_the_view_cannot_show_is_not_measured_and_says_why() -> None:
    knee = one_squat()
    hidden = table(knee, leg_side_raise_left_deg=np.full(len(knee), np.nan))
    repetitions, _ = run(hidden, squat('{ measure = "leg_side_raise_deg", at_least = 40 }'))
    (measured,) = repetitions[0].phases[0].measures
    assert measured.status == Status.NOT_MEASURED
    assert (measured.value, measured.error) == (None, None)
    assert measured.reason == Reason.WRONG_VIEW.text
    assert repetitions[0].not_measured == 1
    assert repetitions[0].not_met == 0


def test_a_peak_is_the_best_held_second_not_the_highest_frame() -> None:
    knee = one_squat(depth_deg=90.0)
    knee[100:103] += 25.0
    repetitions, _ = run(table(knee), squat(PEAK.format("at_least = 80")))
    assert repetitions[0].phases[0].measures[0].value == pytest.approx(90.0, abs=1.0)


def test_counts_of_a_repetition_add_up() -> None:
    criteria = ", ".join([PEAK.format("at_least = 80"), PEAK.format("at_least = 100.5"),
                          PEAK.format("at_least = 150"), PEAK.format("at_most = 200"),
                          '{ measure = "knee_flexion_deg" }'])  # fmt: skip
    (repetition,), _ = run(table(one_squat()), squat(criteria))
    counts = (repetition.met, repetition.borderline, repetition.not_met, repetition.not_measured)
    assert counts == (3, 1, 1, 0)  # the hold is met too


# --- holds ---


@pytest.mark.parametrize(
    ("hold_s", "expected"),
    [(3.0, Status.MET), (2.1, Status.BORDERLINE), (1.85, Status.BORDERLINE), (1.4, Status.NOT_MET)],
)
def test_a_hold_is_borderline_within_a_third_of_a_second(hold_s: float, expected: Status) -> None:
    (repetition,), _ = run(table(one_squat(hold_s=hold_s)))
    assert repetition.phases[0].hold_status == expected
    short = [fault.id for fault in repetition.faults]
    assert short == (["short_hold"] if expected == Status.NOT_MET else [])


@pytest.mark.parametrize("fps", [15.0, 24.0, 60.0])
def test_a_hold_lasts_as_long_at_any_frame_rate(fps: float) -> None:
    (repetition,), _ = run(table(one_squat(hold_s=4.0, fps=fps), fps=fps))
    assert repetition.phases[0].hold_s == pytest.approx(4.0, abs=0.2)


def _away(n: int, start_s: float, end_s: float) -> np.ndarray:
    t_s = np.arange(n) / FPS
    return (t_s >= start_s) & (t_s < end_s)


@pytest.mark.parametrize("reason", [Reason.NOBODY, Reason.NOT_VISIBLE, Reason.OUT_OF_FRAME])
def test_a_hold_pauses_while_unseen_and_says_why(reason: Reason) -> None:
    knee = one_squat(hold_s=5.0)
    away = _away(len(knee), 4.5, 6.0)
    shots = reel(table(knee, unseen=away, reason=reason))
    paused = shots[round(5.0 * FPS) : round(5.9 * FPS)]
    assert {shot.state for shot in paused} == {State.LOST if reason == Reason.NOBODY
                                               else State.PAUSED}  # fmt: skip
    assert {shot.reason for shot in paused} == {reason.text}
    assert len({shot.hold_s for shot in paused}) == 1
    (repetition,), _ = run(table(knee, unseen=away, reason=reason))
    assert repetition.phases[0].hold_s is not None
    assert repetition.phases[0].hold_s <= 5.0 - 1.5 + 0.3


def test_a_blink_in_a_hold_changes_nothing() -> None:
    knee = one_squat(hold_s=5.0)
    plain, _ = run(table(knee))
    blinked, _ = run(table(knee, unseen=_away(len(knee), 4.5, 4.7)))
    assert blinked == plain


def test_time_out_of_the_position_is_not_held() -> None:
    down, up = [(1, 0), (1.5, 100), (1.5, 100)], [(1.5, 100), (1.5, 0), (1, 0)]
    dip = course(*down, (0.6, 75), (0.6, 100), *up)
    (repetition,), _ = run(table(dip))
    assert repetition.phases[0].hold_s == pytest.approx(1.5, abs=0.3)


def test_gone_for_long_the_repetition_is_given_up_until_the_start_is_seen_again() -> None:
    knee = np.concatenate([one_squat(hold_s=8.0), one_squat()])
    repetitions, machine = run(table(knee, unseen=_away(len(knee), 3.5, 7.5)))
    assert len(repetitions) == 1
    assert repetitions[0].start_s > 12.0
    assert len(machine.attempts) == 1


# --- credit ---


def _heel(n: int, start_s: float, end_s: float, deg: float) -> np.ndarray:
    return np.where(_away(n, start_s, end_s), deg, 0.0)


def test_reach_while_compensating_is_shown_and_not_credited() -> None:
    knee = course((1, 0), (1.5, 85), (2.5, 85), (1, 110), (2, 110), (1.5, 0), (1, 0))
    lifted = table(knee, heel_lift_left_deg=_heel(len(knee), 5.0, 8.5, 14.0))
    (repetition,), _ = run(lifted)
    (measured,) = repetition.phases[0].measures
    assert measured.value == pytest.approx(85.0, abs=1.5)
    assert measured.uncredited_value == pytest.approx(110.0, abs=1.5)
    assert measured.status == Status.MET
    assert measured.reason == "not credited while: heel lifts"


def test_nothing_is_credited_when_all_of_it_was_compensated() -> None:
    knee = one_squat()
    (repetition,), _ = run(table(knee, heel_lift_left_deg=np.full(len(knee), 14.0)))
    (measured,) = repetition.phases[0].measures
    assert measured.value is None
    assert measured.uncredited_value == pytest.approx(100.0, abs=1.0)
    assert measured.status == Status.NOT_MEASURED
    assert "heel lifts" in str(measured.reason)


def test_within_tolerance_everything_is_credited() -> None:
    """Past warn, not past fault: told, and counted."""
    knee = one_squat()
    (repetition,), _ = run(table(knee, heel_lift_left_deg=np.full(len(knee), 8.0)))
    (measured,) = repetition.phases[0].measures
    assert measured.value == pytest.approx(100.0, abs=1.0)
    assert measured.uncredited_value is None
    assert [(f.id, f.severity) for f in repetition.faults] == [("heel_lift", "warn")]


def test_a_fault_that_is_no_compensation_takes_no_credit() -> None:
    knee = one_squat()
    (repetition,), _ = run(table(knee, trunk_lean_deg=np.full(len(knee), 50.0)))
    assert repetition.phases[0].measures[0].value == pytest.approx(100.0, abs=1.0)
    assert [fault.id for fault in repetition.faults] == ["trunk"]


# --- faults ---


def _faults(start_s: float, end_s: float, deg: float = 14.0) -> list[FaultResult]:
    knee = one_squat(hold_s=5.0)
    (repetition,), _ = run(table(knee, heel_lift_left_deg=_heel(len(knee), start_s, end_s, deg)))
    return repetition.faults


def test_a_fault_has_its_interval_worst_value_and_words() -> None:
    (fault,) = _faults(4.0, 5.0)
    assert fault.start_s == pytest.approx(4.0, abs=0.05)
    assert fault.end_s == pytest.approx(5.0, abs=0.05)
    assert (fault.value, fault.unit, fault.severity, fault.phase) == (14.0, "°", "fault", "down")
    assert fault.cue == "Heel down"


@pytest.mark.parametrize(("seconds", "count"), [(0.2, 0), (0.28, 0), (0.4, 1), (2.0, 1)])
def test_a_fault_must_last_for_its_dwell(seconds: float, count: int) -> None:
    assert len(_faults(4.0, 4.0 + seconds)) == count


@pytest.mark.parametrize(("deg", "severity"), [(4.9, None), (5.1, "warn"), (10.0, "fault")])
def test_severity_follows_the_worst_value(deg: float, severity: str | None) -> None:
    assert [f.severity for f in _faults(4.0, 5.0, deg)] == ([severity] if severity else [])


@pytest.mark.parametrize(("pause_s", "count"), [(0.2, 1), (0.7, 2)])
def test_a_short_easing_does_not_cut_a_fault_in_two(pause_s: float, count: int) -> None:
    knee = one_squat(hold_s=5.0)
    heel = _heel(len(knee), 3.5, 4.5, 14.0) + _heel(len(knee), 4.5 + pause_s, 6.2, 14.0)
    (repetition,), _ = run(table(knee, heel_lift_left_deg=heel))
    assert len(repetition.faults) == count


def test_a_fault_outside_its_phases_and_repetitions_does_not_count() -> None:
    knee = np.concatenate([np.zeros(60), one_squat()])
    standing = _heel(len(knee), 0.0, 2.0, 14.0)
    (repetition,), _ = run(table(knee, heel_lift_left_deg=standing,
                                 trunk_lean_deg=3.0 * standing))  # fmt: skip
    assert repetition.faults == []


def test_an_unmeasured_fault_is_not_raised() -> None:
    knee = one_squat()
    (repetition,), _ = run(table(knee, heel_lift_left_deg=np.full(len(knee), np.nan)))
    assert repetition.faults == []


# --- cues ---

FAULT_TIMES = st.lists(
    st.tuples(st.sampled_from(["heel_lift", "trunk", "short_hold"]), st.floats(0.0, 20.0),
              st.floats(0.1, 6.0)),
    max_size=12,
)  # fmt: skip


def _repetition(times: list[tuple[str, float, float]]) -> Repetition:
    cues = {"heel_lift": "Heel down", "trunk": "Chest up", "short_hold": "Stay"}
    faults = [
        FaultResult(
            id=name,
            name=name,
            severity="fault",
            phase=None,
            start_s=start,
            end_s=start + length,
            value=None,
            unit=None,
            cue=cues[name],
            explain="x",
            easier="x",
        )
        for name, start, length in times
    ]
    faults.sort(key=lambda fault: fault.start_s)
    return Repetition(
        index=1, side="left", start_s=0.0, end_s=30.0, complete=True, phases=[], faults=faults,
        met=0, borderline=0, not_met=0, not_measured=0,
    )  # fmt: skip


@given(FAULT_TIMES)
@settings(max_examples=200, deadline=None)
def test_there_is_never_more_than_one_cue_and_the_most_important_wins(
    times: list[tuple[str, float, float]],
) -> None:
    move = squat()
    rank = {fault.id: k for k, fault in enumerate(move.faults)}
    repetition = _repetition(times)
    cues = _cues(move, [repetition])
    assert bool(cues) == bool(times)
    for cue in cues:
        assert cue.end_s > cue.t_s
        assert any(f.id == cue.id and f.start_s == cue.t_s for f in repetition.faults)
    for first, second in pairwise(cues):
        assert first.end_s <= second.t_s
    for fault in repetition.faults:
        shown = [cue for cue in cues if cue.t_s <= fault.start_s < cue.end_s]
        assert len(shown) == 1
        assert rank[shown[0].id] <= rank[fault.id]


def test_a_more_important_fault_interrupts_and_a_lesser_one_waits() -> None:
    cues = _cues(squat(), [_repetition([("trunk", 1.0, 4.0), ("heel_lift", 2.0, 1.0),
                                        ("short_hold", 2.5, 1.0)])])  # fmt: skip
    assert [(cue.id, cue.t_s, cue.end_s) for cue in cues] == [
        ("trunk", 1.0, 2.0), ("heel_lift", 2.0, 4.0),
    ]  # fmt: skip


@pytest.mark.parametrize(("error_deg", "told"), [(44.0, True), (46.0, False)])
def test_an_angle_that_may_be_anything_is_no_number(error_deg: float, told: bool) -> None:
    repetitions, _ = run(table(one_squat(), error=error_deg), squat(HOLD.format("at_least = 80")))
    measured = repetitions[0].phases[0].measures[0]
    if told:
        assert measured.value == pytest.approx(100.0, abs=1.0)
        return
    assert (measured.value, measured.error, measured.status) == (None, None, Status.NOT_MEASURED)
    assert measured.reason == "it is only known within ± 46° here"


@pytest.mark.parametrize(("held_s", "count"), [(0.1, 0), (1.0, 1)])
def test_what_a_clip_s_end_cuts_off_counts_only_if_it_was_held(held_s: float, count: int) -> None:
    repetitions, machine = run(table(course((1, 0), (1.5, 100), (held_s, 100))))
    assert len(repetitions) == count
    assert len(machine.attempts) == 1 - count


def test_what_compensates_is_told_itself_with_its_own_number() -> None:
    heel = '{ measure = "heel_lift_deg", stat = "peak", at_most = 5 }'
    knee = one_squat()
    lifted = table(knee, heel_lift_left_deg=np.full(len(knee), 14.0))
    (repetition,), _ = run(lifted, squat(heel))
    (measured,) = repetition.phases[0].measures
    assert measured.value == pytest.approx(14.0, abs=0.5)
    assert measured.status is Status.NOT_MET
    assert measured.uncredited_value is None


@pytest.mark.parametrize(("off_front_deg", "status"), [(0.0, "skipped"), (90.0, "not_seen")])
def test_a_position_passed_without_rest_is_left_out_only_where_its_view_was_shown(
    off_front_deg: float, status: str
) -> None:
    deep = """[[phases]]
id = "deep"
name = "Deep"
say = "Deep"
view = "front"
enter = [{ measure = "knee_flexion_deg", above = 110 }]
hold_s = 2.0
headline = "knee_flexion_deg"

[[phases]]
id = "up"
"""
    text = TEXT.replace("CRITERIA", "").replace('[[phases]]\nid = "up"\n', deep)
    move = parse_move(text.encode(), "deep.toml")
    knee_deg = course((1, 0), (1.5, 90), (2.5, 90), (1, 130), (1.5, 0), (1, 0))
    off_deg = np.full(len(knee_deg), off_front_deg)
    ((repetition,), _) = run(table(knee_deg, off_front_deg=off_deg), move)
    assert [phase.status for phase in repetition.phases] == ["done", status, "done"]


def turned(*legs: tuple[float, float]) -> list[list[str]]:
    """Two opposite ends in no order, at 50 and at -50: what each repetition says of them."""
    text = TEXT.replace("CRITERIA", "").replace("start =", "start_dwell_s = 0.7\nstart =")
    text = text.replace("above = 60 }", "above = 40 }").replace(
        "below = 20 }]", "below = 20, above = -20 }]"
    )
    other = """[[phases]]
id = "other"
name = "Other"
say = "Other"
view = "side"
after = []
enter = [{ measure = "knee_flexion_deg", below = -40 }]
hold_s = 2.0
headline = "knee_flexion_deg"

[[phases]]
id = "up"
"""
    move = parse_move(text.replace('[[phases]]\nid = "up"\n', other).encode(), "ends.toml")
    repetitions, _ = run(table(course((1, 0), *legs)), move)
    return [[phase.status for phase in one.phases[:2]] for one in repetitions]


BOTH = ((1, 50), (2.5, 50), (2, -50), (2.5, -50))


@pytest.mark.parametrize(
    "middle", [(), ((1.5, -30), (1, -30))], ids=["hurried past", "seen beside itself"]
)
def test_ends_in_no_order_that_come_again_are_the_next_repetition(
    middle: tuple[tuple[float, float], ...],
) -> None:
    assert turned(*BOTH, *middle, *BOTH, (1.5, 0), (1, 0)) == [["done", "done"]] * 2


def test_an_end_that_was_only_brushed_is_visited_when_it_is_held() -> None:
    brushed = ((1, 45), (0.1, 45))
    after = ((2, -50), (2.5, -50), (2, 50), (2.5, 50), (1.5, 0), (1, 0))
    assert turned(*brushed, *after) == [["done", "done"]]
