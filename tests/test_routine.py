"""The guided routine: what is due, and being led through it. No clock anywhere."""

from __future__ import annotations

import queue
from datetime import UTC, date, datetime, timedelta
from io import StringIO

import pytest
from rich.console import Console

from posecheck.core.adherence import weeks_done
from posecheck.core.dose import (
    PAIN_STOPS,
    Level,
    PlannedMove,
    Position,
    Session,
    goal_of,
    plan,
    standings,
)
from posecheck.core.errors import InputError
from posecheck.core.move import Move
from posecheck.core.routine import (
    Counted,
    Easier,
    Event,
    Go,
    MoveRecord,
    Outcome,
    Pain,
    Pause,
    Resume,
    RoutineState,
    Skip,
    Stage,
    Stop,
    Tick,
    begin,
    step,
    summary,
)
from posecheck.library import load_move
from posecheck.routine_log import keep_records, read_sessions
from posecheck.routine_run import Typed, event_of, run
from posecheck.store.opening import Store
from posecheck.store.reading import sessions as store_sessions
from posecheck.store.records import Filter

TODAY = date(2026, 3, 12)
ANKLE = load_move("ankle-dorsiflexion").move
HIP = load_move("standing-hip").move


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def weekly(move: Move, days: tuple[int, int]) -> Move:
    return move.model_copy(update={"dose": move.dose.model_copy(update={"days_per_week": days})})


def a_move(name: str = "lunge", **changes: object) -> PlannedMove:
    values: dict[str, object] = {
        "move_id": name, "name": name.capitalize(), "sets": 2, "repetitions": 3,
        "sides": ("left", "right"), "positions": (Position("down", "Down", 4.0),),
        "least_sets": 1, "least_repetitions": 2, "least_hold_s": 2.0,
    }  # fmt: skip
    return PlannedMove(**(values | changes))  # type: ignore[arg-type]


def play(state: RoutineState, *events: tuple[float, Event]) -> RoutineState:
    for t_s, event in events:
        state = step(state, event, t_s)
    return state


# --- what is due ---


def test_a_level_takes_the_low_end_the_middle_or_the_high_end_of_a_dose() -> None:
    goals = [goal_of(ANKLE.dose, level) for level in Level]
    assert [g.sets for g in goals] == [1, 2, 3]
    assert [g.repetitions for g in goals] == [5, 6, 8]
    assert [g.hold_s for g in goals] == [5.0, 12.0, 30.0]
    assert [g.days_per_week for g in goals] == [2, 4, 7]


def test_without_a_history_everything_is_due() -> None:
    assert [p.move_id for p in plan([ANKLE, HIP], [], TODAY)] == [ANKLE.id, HIP.id]


def test_a_move_done_today_is_not_due_again_today() -> None:
    assert plan([weekly(ANKLE, (7, 7))], [Session(TODAY, ANKLE.id)], TODAY) == []


@pytest.mark.parametrize(("days_since", "due"), [(1, False), (2, True), (3, True)])
def test_three_days_a_week_are_two_days_apart(days_since: int, due: bool) -> None:
    history = [Session(ago(days_since), ANKLE.id)]
    assert bool(plan([weekly(ANKLE, (3, 3))], history, TODAY)) is due


def test_a_week_that_has_its_days_waits_for_the_oldest_to_leave_it() -> None:
    move = weekly(ANKLE, (3, 3))
    history = [Session(ago(k), ANKLE.id) for k in (2, 4, 6)]
    (row,) = standings([move], history, TODAY)
    assert row.met
    assert row.next_day == TODAY + timedelta(days=1)
    assert plan([move], history, TODAY) == []


def test_a_weekly_move_is_due_after_seven_days() -> None:
    move = weekly(ANKLE, (1, 1))
    assert plan([move], [Session(ago(6), ANKLE.id)], TODAY) == []
    assert len(plan([move], [Session(ago(7), ANKLE.id)], TODAY)) == 1


def test_the_week_shows_its_days_and_counts_a_day_once() -> None:
    history = [Session(ago(1), HIP.id), Session(ago(1), HIP.id), Session(ago(6), HIP.id),
               Session(ago(7), HIP.id), Session(TODAY + timedelta(days=2), HIP.id)]  # fmt: skip
    (row,) = standings([HIP], history, TODAY)
    assert row.days == (True, False, False, False, False, True, False)
    assert (row.done_days, row.goal_days, row.last) == (2, 3, ago(1))


def test_what_waited_longest_comes_first_when_time_is_short() -> None:
    history = [Session(ago(5), ANKLE.id), Session(ago(9), HIP.id)]
    assert [p.move_id for p in plan([ANKLE, HIP], history, TODAY, minutes=1)] == [HIP.id]
    assert [p.move_id for p in plan([ANKLE, HIP], history, TODAY, minutes=60)] == [
        ANKLE.id, HIP.id,
    ]  # fmt: skip


def test_moves_that_are_asked_for_come_due_or_not() -> None:
    history = [Session(TODAY, HIP.id)]
    assert [p.move_id for p in plan([ANKLE, HIP], history, TODAY, only=[HIP.id])] == [HIP.id]
    with pytest.raises(InputError, match=r'unknown move "squat"'):
        plan([ANKLE, HIP], history, TODAY, only=["squat"])
    with pytest.raises(InputError, match="minutes: expected more than 0"):
        plan([ANKLE], history, TODAY, minutes=0)


def test_after_pain_a_move_comes_light_and_says_why() -> None:
    history = [Session(ago(4), ANKLE.id, pain=6), Session(ago(9), ANKLE.id, pain=0)]
    (planned,) = plan([ANKLE], history, TODAY, Level.FULL)
    assert (planned.sets, planned.repetitions, planned.hold_s) == (1, 5, 5.0)
    assert "6 of 10" in planned.note
    (planned,) = plan([ANKLE], [Session(ago(4), ANKLE.id, pain=3)], TODAY, Level.FULL)
    assert planned.sets == 3


# --- being led ---


def test_with_a_camera_sets_sides_and_repetitions_are_counted_through() -> None:
    state = begin([a_move()], 0.0)
    seen = []
    t_s = 0.0
    while state.stage is not Stage.PAIN:
        t_s += 1.0
        event: Event = Counted(4.0) if state.stage is Stage.WORK else Go()
        seen.append((state.stage, state.set_no, state.side))
        state = step(state, event, t_s)
    working = [(set_no, side) for stage, set_no, side in seen if stage is Stage.WORK]
    assert (
        working == [(0, "left")] * 3 + [(0, "right")] * 3 + [(1, "left")] * 3 + [(1, "right")] * 3
    )
    assert sum(stage is Stage.REST for stage, _, _ in seen) == 1
    state = step(state, Pain(2), t_s)
    assert state.stage is Stage.DONE
    (record,) = state.records
    assert (record.outcome, record.left, record.right, record.planned) == (Outcome.DONE, 6, 6, 12)
    assert record.held_s == 48.0
    assert summary(state) == [
        "Lunge: 12 of 12 repetitions, 6 left and 6 right, 48 s held, pain 2 of 10"
    ]


def test_paced_each_position_is_said_held_and_left_again() -> None:
    state = begin([a_move(sets=1, repetitions=1, sides=("left",))], 100.0, paced=True)
    said = []
    for tenth in range(300):
        t_s = 100.0 + tenth / 10
        state = step(state, Tick(), t_s)
        if not said or said[-1][1] != state.say:
            said.append((round(t_s, 1), state.say))
    assert said == [
        (100.0, "Get ready: Lunge"), (110.0, "Down"), (113.0, "Hold"), (117.0, "And back"),
        (120.0, "How much did it hurt, 0 to 10?"),
    ]  # fmt: skip
    assert (state.left, state.held_s) == (1, 4.0)


@pytest.mark.parametrize("gap_s", [0.1, 0.7, 2.9, 13.0, 400.0])
def test_how_often_it_ticks_changes_nothing(gap_s: float) -> None:
    state = begin([a_move()], 0.0, paced=True)
    t_s = 0.0
    while t_s < 200.0:
        t_s += gap_s
        state = step(state, Tick(), t_s)
    # 2 sets of 2 sides: 10 s to get ready, 3 repetitions of 3 + 4 + 3 s; 30 s between the sets.
    assert state.stage is Stage.PAIN
    assert state.since_s == pytest.approx(190.0)
    assert (state.left, state.right, state.held_s) == (6, 6, 48.0)


def test_countdowns_tell_what_is_left_and_a_pause_stands_still() -> None:
    state = begin([a_move()], 0.0)
    assert step(state, Tick(), 4.0).left_s(4.0) == pytest.approx(6.0)
    state = play(state, (4.0, Pause()), (50.0, Tick()), (50.0, Go()), (50.0, Counted()))
    assert state.stage is Stage.READY
    assert state.left_s(50.0) == pytest.approx(6.0)
    state = step(state, Resume(), 60.0)
    assert state.left_s(60.0) == pytest.approx(6.0)
    assert step(state, Tick(), 66.0).stage is Stage.WORK


def test_a_repetition_that_is_counted_while_getting_ready_is_not_taken() -> None:
    assert step(begin([a_move()], 0.0), Counted(), 1.0).left == 0


def test_skipping_goes_on_to_the_next_move() -> None:
    state = step(begin([a_move(), a_move("squat")], 0.0), Skip(), 1.0)
    assert (state.move_no, state.stage) == (1, Stage.READY)
    assert state.records[0].outcome is Outcome.SKIPPED
    assert state.records[0].left + state.records[0].right == 0


def test_skipping_a_move_that_was_begun_asks_for_pain_first() -> None:
    state = play(begin([a_move(), a_move("squat")], 0.0), (0.0, Go()), (1.0, Counted()),
                 (2.0, Skip()))  # fmt: skip
    assert state.stage is Stage.PAIN
    state = step(state, Skip(), 3.0)
    assert state.records[0].outcome is Outcome.PART
    assert state.records[0].pain is None
    assert state.records[0].left == 1


@pytest.mark.parametrize("level", [4, 10])
def test_pain_from_four_on_stops_the_move_at_once_and_says_what_to_do(level: int) -> None:
    state = play(begin([a_move(), a_move("squat")], 0.0), (0.0, Go()), (1.0, Counted()),
                 (2.0, Pain(level)))  # fmt: skip
    assert state.move_no == 1
    (record,) = state.records
    assert record.outcome is Outcome.PAIN
    assert "less range or load" in record.advice
    assert summary(state)[-1] == record.advice
    assert (record.left, record.pain) == (1, level)


def test_less_pain_is_noted_and_the_move_goes_on_the_worst_counts() -> None:
    state = play(begin([a_move()], 0.0), (0.0, Go()), (1.0, Pain(3)), (2.0, Counted()))
    assert state.stage is Stage.WORK
    state = play(state, (3.0, Skip()), (4.0, Pain(1)))
    assert state.records[0].pain == 3


def test_pain_after_the_last_repetition_is_told_as_pain() -> None:
    state = play(begin([a_move(sets=1, repetitions=1, sides=("left",))], 0.0), (0.0, Go()),
                 (1.0, Counted()), (2.0, Pain(7)))  # fmt: skip
    assert state.records[0].outcome is Outcome.PAIN


@pytest.mark.parametrize("level", [-1, 11])
def test_pain_outside_the_scale_is_refused(level: int) -> None:
    with pytest.raises(InputError, match="pain: expected 0"):
        step(begin([a_move()], 0.0), Pain(level), 0.0)


def test_easier_means_fewer_and_shorter_but_no_less_than_the_dose() -> None:
    state = step(begin([a_move()], 0.0), Easier(), 0.0)
    assert state.move is not None
    assert (state.move.sets, state.move.repetitions, state.move.hold_s) == (1, 2, 2.0)
    again = step(state, Easier(), 0.0)
    assert again.move is not None
    assert again.move.hold_s == 2.0


def test_easier_after_enough_repetitions_goes_on_to_the_other_side() -> None:
    state = play(begin([a_move()], 0.0), (0.0, Go()), (1.0, Counted()), (2.0, Counted()),
                 (3.0, Easier()))  # fmt: skip
    assert (state.side, state.stage) == ("right", Stage.READY)


def test_stopping_ends_the_routine_after_the_question() -> None:
    state = play(begin([a_move(), a_move("squat")], 0.0), (0.0, Go()), (1.0, Counted()),
                 (2.0, Stop()))  # fmt: skip
    assert state.stage is Stage.PAIN
    state = step(state, Pain(0), 3.0)
    assert state.stage is Stage.DONE
    assert len(state.records) == 1
    assert step(state, Counted(), 4.0) == state


def test_an_empty_plan_is_done_at_once() -> None:
    state = begin([], 0.0)
    assert (state.stage, state.say, state.side) == (Stage.DONE, "Done for today", None)


def test_a_whole_routine_of_every_shipped_move_comes_to_its_end() -> None:
    moves = [ANKLE, HIP, load_move("hip-extension-half-kneeling").move]
    planned = plan(moves, [], TODAY, Level.LIGHT)
    state, t_s = begin(planned, 0.0, paced=True), 0.0
    while state.stage is not Stage.DONE:
        t_s += 1.0
        state = step(state, Pain(0) if state.stage is Stage.PAIN else Tick(), t_s)
    assert [r.outcome for r in state.records] == [Outcome.DONE] * 3
    assert t_s == pytest.approx(sum(p.duration_s for p in planned), abs=10.0)


# --- in a terminal ---


def test_typed_words_mean_events() -> None:
    ready = begin([a_move()], 0.0)
    asked = play(ready, (0.0, Go()), (1.0, Counted()), (2.0, Skip()))
    paused = step(ready, Pause(), 0.0)
    assert event_of("\n", ready) == Go()
    assert event_of("\n", asked) == Skip()
    assert event_of("p\n", ready) == Pause()
    assert event_of("p\n", paused) == Resume()
    assert event_of(" E \n", ready) == Easier()
    assert event_of("7\n", ready) == Pain(7)
    assert event_of("11\n", ready) is None
    assert event_of("what?\n", ready) is None


def _led(lines: list[str | None]) -> RoutineState:
    """Run the terminal loop on a clock that only its own sleep moves."""
    typed: queue.SimpleQueue[Typed] = queue.SimpleQueue()
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds
        if not lines:
            return
        if now[0] > 12.0:
            typed.put(Typed(lines.pop(0)))

    out = Console(file=StringIO(), width=80)
    return run([a_move(), a_move("squat")], typed, out, clock=lambda: now[0], sleep=sleep)


def test_the_terminal_loop_ends_with_what_was_typed() -> None:
    state = _led(["e", "6", "q"])
    assert [(r.name, r.outcome, r.eased, r.pain) for r in state.records] == [
        ("Lunge", Outcome.PAIN, True, 6), ("Squat", Outcome.SKIPPED, False, None),
    ]  # fmt: skip


def test_ctrl_c_keeps_what_was_done_until_then() -> None:
    now = [0.0]

    def sleep(_: float) -> None:
        now[0] += 1.0
        if now[0] > 60.0:
            raise KeyboardInterrupt

    quiet = Console(file=StringIO())
    state = run([a_move()], queue.SimpleQueue(), quiet, clock=lambda: now[0], sleep=sleep)
    assert state.stage is Stage.DONE
    assert [r.outcome for r in state.records] == [Outcome.PART]
    assert 0 < state.records[0].left < state.records[0].planned


def test_the_terminal_loop_ends_when_nobody_can_type_any_more() -> None:
    assert _led([None]).stage is Stage.DONE


# --- what is kept ---


def test_what_was_done_is_kept_and_counts_from_then_on() -> None:
    def record(name: str, left: int, pain: int | None) -> MoveRecord:
        return MoveRecord(name, name.capitalize(), Outcome.DONE, left, left, 6, 24.0, pain, False)

    at = datetime(2026, 3, 12, 18, tzinfo=UTC)
    with Store() as store:
        assert read_sessions(store) == []
        records = [record("lunge", 3, 2), record("squat", 0, None), record("hinge", 1, None)]
        assert keep_records(store, records, at) == 2
        assert keep_records(store, [record("squat", 0, None)], at) == 0
        assert keep_records(store, [record("squat", 0, PAIN_STOPS - 1)], at) == 0
        day = at.astimezone().date()
        assert read_sessions(store) == [Session(day, "lunge", 2), Session(day, "hinge")]
        assert read_sessions(store, None, at + timedelta(seconds=1)) == []
        (hinge, lunge) = store_sessions(store, Filter())
        assert (lunge.kind, hinge.kind) == ("routine", "routine")
        assert lunge.verdict.startswith("Lunge: 6 of 6 repetitions")
        with pytest.raises(InputError, match='no person "Anan"'):
            read_sessions(store, "Anan")


# --- week by week ---


def test_weeks_count_days_not_sessions_and_begin_with_the_first_one() -> None:
    # TODAY is a Thursday; ten days before it is the Monday of the week before.
    done = [Session(ago(10), "standing-hip"), Session(ago(10), "standing-hip"),
            Session(ago(5), "standing-hip"), Session(ago(1), "ankle-dorsiflexion"),
            Session(TODAY + timedelta(days=1), "standing-hip")]  # fmt: skip
    weeks = weeks_done([ANKLE, HIP], done, TODAY, weeks=4)
    counts = [(w.move_id, (TODAY - w.monday).days, w.days) for w in weeks]
    assert counts == [
        ("ankle-dorsiflexion", 10, 0), ("ankle-dorsiflexion", 3, 1),
        ("standing-hip", 10, 2), ("standing-hip", 3, 0),
    ]  # fmt: skip
    assert weeks[2].goal == goal_of(HIP.dose, Level.USUAL).days_per_week
    assert weeks[2].share == pytest.approx(2 / weeks[2].goal)
    assert weeks_done([ANKLE, HIP], [], TODAY) == []
