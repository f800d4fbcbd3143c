"""What every move file must give on clean, faulty and badly filmed performances.

Runs over every shipped move. The motion lab performs the move; a move that it cannot perform yet is
skipped by name.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
import pytest
from synthetic import Film, film
from tracks import at_frames, dropped, nobody, padded, scaled

from lab.moves import FAULTS, Fault
from posecheck.core.catalog import resolve
from posecheck.core.engine import Assessment, assess
from posecheck.core.errors import MoveError
from posecheck.core.move import Move
from posecheck.core.pose import PoseTrack
from posecheck.core.result import Status
from posecheck.core.table import State
from posecheck.core.tape import Tape
from posecheck.library import error_bands, load_move, move_ids

MOVES = move_ids()
#: Side that the lab's half-kneeling scenes keep for a whole clip; standing legs may change.
TWO_SIDES = {"standing-hip": ("left", "right")}
AZIMUTHS = {"side": (90.0, -90.0), "front": (0.0,)}

#: Faults that show in another view than their position's numbers: move -> fault -> plane.
SHOWN_FROM = {
    "standing-hip": {"stance_collapse": "side"},
    "ankle-dorsiflexion": {"knee_cave": "front"},
    "hip-extension-half-kneeling": {"knee_cave": "front"},
    "hip-flexion-supine": {"knee_drift": "front"},
    "knee-to-wall": {"knee_cave": "front", "foot_turned_out": "front"},
}
#: What else a performed fault truly is: the lab cuts the hold before it puts the foot down.
#: And it puts the foot down in 0.8 s, quicker than any calm change of position. A slip ends it too.
ALSO_TRUE = {("standing-hip", "early_touchdown"): {"short_hold", "momentum"},
             ("hip-external-rotation-supine", "ankle_slips"): {"short_hold"}}  # fmt: skip
#: Share of the reach that stays short of the first position; kneeling ones begin 5-8 degrees in.
SHORT_OF_FIRST = {"ankle-dorsiflexion": 0.15, "hip-extension-half-kneeling": 0.15,
                  "hip-external-rotation-supine": 0.2}  # fmt: skip
#: The stick figure's leg is too short for more; a pelvis turned by less does not look narrower; an
#: ankle that slips by less still lies where its move asks for it.
STRENGTH = {("ankle-dorsiflexion", "heel_lift"): 0.6, ("spinal-rotation", "pelvis_turns"): 1.0,
            ("hip-external-rotation-supine", "ankle_slips"): 1.0}  # fmt: skip
#: What a side view without a scale cannot tell: its number is called borderline instead.
BORDERLINE = {("knee-to-wall", "not_touching"): "knee_over_toe_left_pct"}
#: Where the camera must look down at the feet.
FROM_ABOVE = {"knee-rotation": {"height_m": 1.7, "distance_m": 3.0}}


def planes_of(move: str) -> list[str]:
    """The views that some phase of the move takes its numbers from."""
    try:
        views = [phase.view for phase in load_move(move).move.phases]
    except MoveError:
        return ["side"]  # a wrong file fails its own tests, not the collection of all
    return [plane for plane in AZIMUTHS if plane in views]


def views_of(move: str) -> list[float]:
    return [azimuth for plane in planes_of(move) for azimuth in AZIMUTHS[plane]]


MOVES_AND_VIEWS = [(move, azimuth) for move in MOVES for azimuth in views_of(move)]


def performable(move: str) -> None:
    if move not in FAULTS:
        pytest.skip(f"the motion lab does not perform {move} yet")


@lru_cache(maxsize=128)
def shot(move: str, sides: tuple[str, ...], azimuth: float, faults: tuple[Fault, ...] = (),
         reach: float = 1.0, fps: float = 30.0, noise_px: float = 0.0,
         size_px: tuple[int, int] = (960, 540)) -> Film:  # fmt: skip
    performable(move)
    return film(
        move, sides, azimuth, faults=faults, reach=reach, fps=fps, noise_px=noise_px,
        width_px=size_px[0], height_px=size_px[1],
        **FROM_ABOVE.get(move, {}),
    )  # fmt: skip


def judged(track: PoseTrack, move: str) -> Assessment:
    return assess(track, load_move(move).move, error_bands())


@lru_cache(maxsize=64)
def clean(move: str, side: str, azimuth: float) -> Assessment:
    return judged(shot(move, (side,), azimuth).track, move)


def sides(assessment: Assessment) -> list[str]:
    return [repetition.side for repetition in assessment.repetitions]


def fault_ids(assessment: Assessment) -> set[str]:
    return {fault.id for repetition in assessment.repetitions for fault in repetition.faults}


def holds(assessment: Assessment) -> dict[tuple[int, str], float | None]:
    return {
        (k, phase.id): phase.hold_s
        for k, repetition in enumerate(assessment.repetitions)
        for phase in repetition.phases
        if phase.hold_target_s is not None
    }


def numbers(assessment: Assessment) -> dict[tuple[int, str, str], float | None]:
    """Repetition, phase, measure with its side taken relative to the working one, and value."""
    out = {}
    for k, repetition in enumerate(assessment.repetitions):
        for phase in repetition.phases:
            for measured in phase.measures:
                name = measured.measure.replace(f"_{repetition.side}_", "_working_")
                name = name.replace("_left_", "_other_").replace("_right_", "_other_")
                out[k, phase.id, name] = measured.value
    return out


def assert_same_numbers(
    got: Assessment, wanted: Assessment, tolerance_deg: float, tolerance_pct: float
) -> None:
    ours, theirs = numbers(got), numbers(wanted)
    assert ours.keys() == theirs.keys()
    for key, value in theirs.items():
        tolerance = tolerance_pct if key[2].endswith("_pct") else tolerance_deg
        assert ours[key] == (None if value is None else pytest.approx(value, abs=tolerance)), key


def assert_same_story(got: Assessment, wanted: Assessment, hold_s: float = 0.3) -> None:
    """Same repetitions, no fault more or less, holds of the same length."""
    assert sides(got) == sides(wanted)
    assert fault_ids(got) == fault_ids(wanted)
    ours, theirs = holds(got), holds(wanted)
    assert ours.keys() == theirs.keys()
    for key, value in theirs.items():
        assert ours[key] == pytest.approx(value, abs=hold_s), key


# --- counting ---


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize(("move", "azimuth"), MOVES_AND_VIEWS)
def test_a_clean_repetition_counts_once(move: str, azimuth: float, side: str) -> None:
    if not counts_from(move, azimuth):
        pytest.skip(f"{move} is not told apart from there")
    assessment = clean(move, side, azimuth)
    assert sides(assessment) == [side]
    assert assessment.repetitions[0].complete
    assert assessment.attempts == []


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize(("move", "azimuth"), MOVES_AND_VIEWS)
def test_a_clean_repetition_raises_no_fault_and_no_cue(
    move: str, azimuth: float, side: str
) -> None:
    assessment = clean(move, side, azimuth)
    assert fault_ids(assessment) == set()
    assert assessment.cues == []


def counts_from(move: str, azimuth: float) -> bool:
    """Whether the positions of the move are told apart by measures that this view carries."""
    plane = "front" if azimuth in AZIMUTHS["front"] else "side"
    return all(
        condition_plane in ("any", plane)
        for condition_plane in _condition_planes(load_move(move).move)
    )


def _condition_planes(move: Move) -> Sequence[str]:
    conditions = [*move.start, *(c for phase in move.phases for c in phase.enter)]
    return [resolve(condition.measure, "left").measure.plane for condition in conditions]


@pytest.mark.parametrize("move", MOVES)
def test_two_repetitions_count_two(move: str) -> None:
    both = TWO_SIDES.get(move, ("left", "left"))
    assessment = judged(shot(move, both, views_of(move)[0]).track, move)
    assert sides(assessment) == list(both)
    expected = [1, 1] if len(set(both)) == 2 else [1, 2]
    assert [repetition.index for repetition in assessment.repetitions] == expected
    first, second = assessment.repetitions
    assert first.end_s <= second.start_s


@pytest.mark.parametrize("move", MOVES)
def test_half_a_repetition_counts_none(move: str) -> None:
    reach = SHORT_OF_FIRST.get(move, 0.35)
    track = shot(move, ("left",), views_of(move)[0], reach=reach).track
    assert judged(track, move).repetitions == []


def test_a_chain_that_is_given_up_is_an_attempt_and_no_repetition() -> None:
    whole = shot("standing-hip", ("left",), 90.0)
    second = whole.performance.repetitions[0].phases[1]
    stop = int(np.searchsorted(whole.track.t_s, second.end_s - 0.3))
    assessment = judged(whole.track.slice(0, stop), "standing-hip")
    assert assessment.repetitions == []
    assert [side for _, _, side in assessment.attempts] == ["left"]


def _hover(track: PoseTrack, at: int, cycles: int = 6, frames: int = 3) -> PoseTrack:
    """The person wavers about the pose of frame ``at`` and then goes on."""
    wave = np.round(frames * np.sin(np.linspace(0.0, 2 * np.pi * cycles, cycles * 12))).astype(int)
    index = np.concatenate([np.arange(at), np.clip(at + wave, 0, len(track) - 1),
                            np.arange(at, len(track))])  # fmt: skip
    step_s = float(np.median(np.diff(track.t_s)))
    even = step_s * np.arange(len(index))
    return at_frames(track, index, even)


@pytest.mark.parametrize("crossing", ["in", "out"])
@pytest.mark.parametrize("move", MOVES)
def test_jitter_at_a_threshold_counts_one_repetition(move: str, crossing: str) -> None:
    azimuth = views_of(move)[0]
    base = shot(move, ("left",), azimuth)
    tape = Tape(load_move(move).move, "left")
    tape.extend(clean(move, "left", azimuth).table)
    entered = np.flatnonzero(tape.enter[0])
    started = np.flatnonzero(tape.start)
    # On its way from one end to the other a limb may pass the start position.
    reached = np.flatnonzero(tape.may_enter)
    back = started[started > reached[-1]]
    if not len(back):  # the start position is relative: its fixed limits hold throughout
        back = started[started > entered[0]]
    at = entered[0] if crossing == "in" else back[0]
    assert sides(judged(_hover(base.track, int(at)), move)) == ["left"]


# --- gaps ---


def _middle_s(move: str, azimuth: float) -> float:
    """A moment of the repetition's middle, while something is held."""
    phases = [p for p in shot(move, ("left",), azimuth).performance.repetitions[0].phases
              if p.hold_start_s is not None]  # fmt: skip
    phase = phases[len(phases) // 2]
    assert phase.hold_start_s is not None
    assert phase.hold_end_s is not None
    return 0.5 * (phase.hold_start_s + phase.hold_end_s)


@pytest.mark.parametrize("move", MOVES)
def test_nobody_for_four_seconds_ends_the_repetition_and_says_so(move: str) -> None:
    azimuth = views_of(move)[0]
    track = shot(move, ("left",), azimuth).track
    middle_s = _middle_s(move, azimuth)
    assessment = judged(nobody(track, middle_s - 2.0, middle_s + 2.0), move)
    assert assessment.repetitions == []
    gone = [
        state
        for t_s, state in zip(track.t_s, assessment.states, strict=True)
        if middle_s - 1.5 < t_s < middle_s + 1.9
    ]
    assert {state.state for state in gone} == {State.LOST}
    assert {state.reason for state in gone} == {"nobody was seen"}


@pytest.mark.parametrize("where", ["hold", "way_in"])
@pytest.mark.parametrize("move", MOVES)
def test_a_short_drop_out_changes_nothing(move: str, where: str) -> None:
    azimuth = views_of(move)[0]
    base = shot(move, ("left",), azimuth)
    first = base.performance.repetitions[0].phases[0]
    assert first.hold_start_s is not None
    at_s = _middle_s(move, azimuth) if where == "hold" else 0.5 * (
        first.start_s + first.hold_start_s)  # fmt: skip
    got = judged(nobody(base.track, at_s, at_s + 0.2), move)
    wanted = clean(move, "left", azimuth)
    # On the way in the hold's edge is judged by a movement that was not seen.
    assert_same_story(got, wanted, hold_s=0.1 if where == "hold" else 0.3)
    assert_same_numbers(got, wanted, tolerance_deg=0.5, tolerance_pct=1.0)


# --- the same movement, filmed otherwise ---


@pytest.mark.parametrize(("move", "azimuth"), MOVES_AND_VIEWS)
def test_a_mirrored_clip_gives_the_other_side_and_the_same_numbers(
    move: str, azimuth: float
) -> None:
    base = shot(move, ("left",), azimuth)
    got, wanted = judged(base.track.mirrored(), move), clean(move, "left", azimuth)
    assert sides(got) == ["right"] * len(wanted.repetitions)
    assert fault_ids(got) == fault_ids(wanted)
    assert_same_numbers(got, wanted, tolerance_deg=0.2, tolerance_pct=0.5)


CHANGES: dict[str, tuple[Callable[[str, float], PoseTrack], float, float]] = {
    # name: (track, degrees, percent) that a reported number may move by
    "24 fps": (lambda m, a: shot(m, ("left",), a, fps=24.0).track, 1.0, 2.0),
    "25 fps": (lambda m, a: shot(m, ("left",), a, fps=25.0).track, 1.0, 2.0),
    "60 fps": (lambda m, a: shot(m, ("left",), a, fps=60.0).track, 1.0, 2.0),
    "variable frame rate": (
        lambda m, a: dropped(shot(m, ("left",), a, fps=60.0).track, 0.4, seed=3), 1.0, 2.0,
    ),
    "30 fps with every third frame lost": (
        lambda m, a: dropped(shot(m, ("left",), a).track, 0.33, seed=5), 1.5, 2.0,
    ),
    "half size": (lambda m, a: scaled(shot(m, ("left",), a).track, 0.5), 0.2, 0.5),
    "4K": (lambda m, a: scaled(shot(m, ("left",), a).track, 4.0), 0.2, 0.5),
    "wider picture": (
        lambda m, a: padded(shot(m, ("left",), a).track, left_px=160, right_px=160), 0.2, 0.5,
    ),
    "square picture": (
        lambda m, a: padded(shot(m, ("left",), a).track, top_px=210, bottom_px=210), 0.2, 0.5,
    ),
    "portrait": (
        lambda m, a: shot(m, ("left",), a, size_px=(540, 960)).track, 2.0, 4.0,
    ),
    "noise of 1.5 px": (
        lambda m, a: shot(m, ("left",), a, noise_px=1.5).track, 2.5, 6.0,
    ),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("move", MOVES)
def test_the_same_movement_filmed_otherwise_tells_the_same(move: str, change: str) -> None:
    azimuth = views_of(move)[0]
    make, tolerance_deg, tolerance_pct = CHANGES[change]
    got, wanted = judged(make(move, azimuth), move), clean(move, "left", azimuth)
    assert_same_story(got, wanted)
    assert_same_numbers(got, wanted, tolerance_deg, tolerance_pct)


# --- against the truth ---


@pytest.mark.parametrize(("move", "azimuth"), MOVES_AND_VIEWS)
def test_holds_are_timed_within_a_third_of_a_second(move: str, azimuth: float) -> None:
    if not counts_from(move, azimuth):
        pytest.skip(f"{move} is not told apart from there")
    truth = {
        phase.id: (phase.hold_start_s, (phase.hold_end_s or 0.0) - phase.hold_start_s)
        for phase in shot(move, ("left",), azimuth).performance.repetitions[0].phases
        if phase.hold_start_s is not None
    }
    got = {
        phase.id: (phase.hold_start_s, phase.hold_s)
        for phase in clean(move, "left", azimuth).repetitions[0].phases
        if phase.hold_target_s is not None and phase.status != "not_seen"
    }
    assert got == {
        name: (pytest.approx(truth[name][0], abs=0.3), pytest.approx(truth[name][1], abs=0.3))
        for name in got
    }


@pytest.mark.parametrize(("move", "azimuth"), MOVES_AND_VIEWS)
def test_positions_begin_and_end_where_they_truly_do(move: str, azimuth: float) -> None:
    """A phase begins with the movement towards it; minimum-jerk starts are slow, hence 1 s."""
    truth = shot(move, ("left",), azimuth).performance.repetitions[0]
    got = clean(move, "left", azimuth).repetitions[0]
    starts = {phase.id: phase.start_s for phase in got.phases if phase.status != "not_seen"}
    wanted = {phase.id: phase.start_s for phase in truth.phases if phase.id in starts}
    assert starts == {name: pytest.approx(at_s, abs=1.0) for name, at_s in wanted.items()}
    assert got.end_s == pytest.approx(truth.end_s, abs=1.2)


# --- faults ---


def _plane_of(move: str, phase_id: str) -> str:
    """The view that the position needs in which the lab performs a fault."""
    try:
        phases = load_move(move).move.phases
    except MoveError:
        return "side"
    return next((p.view for p in phases if p.id == phase_id and p.view != "any"), "side")


def _fault_cases() -> list[tuple[str, str, float]]:
    cases = []
    for move in MOVES:
        for fault in FAULTS.get(move, {}):
            plane = SHOWN_FROM.get(move, {}).get(fault) or _plane_of(move, FAULTS[move][fault])
            cases.append((move, fault, AZIMUTHS[plane][0]))
    return cases


@lru_cache(maxsize=64)
def faulty(move: str, fault: str, azimuth: float) -> Assessment:
    strength = STRENGTH.get((move, fault), 0.8)
    return judged(shot(move, ("left",), azimuth, (Fault(fault, strength),)).track, move)


@pytest.mark.parametrize(("move", "fault", "azimuth"), _fault_cases())
def test_a_performed_fault_is_raised_from_the_view_that_shows_it(
    move: str, fault: str, azimuth: float
) -> None:
    assessment = faulty(move, fault, azimuth)
    if (move, fault) in BORDERLINE:
        (repetition,) = assessment.repetitions
        measures = {m.measure: m for m in repetition.phases[0].measures}
        assert measures[BORDERLINE[move, fault]].status is Status.BORDERLINE
        return
    assert fault in fault_ids(assessment)


@pytest.mark.parametrize(("move", "fault", "azimuth"), _fault_cases())
def test_a_performed_fault_raises_no_other(move: str, fault: str, azimuth: float) -> None:
    others = fault_ids(faulty(move, fault, azimuth)) - {fault} - ALSO_TRUE.get((move, fault), set())
    assert others == set()


@pytest.mark.parametrize(("move", "fault", "azimuth"), _fault_cases())
def test_a_performed_fault_does_not_lose_the_repetition(
    move: str, fault: str, azimuth: float
) -> None:
    if not counts_from(move, azimuth):
        pytest.skip(f"{move} is not told apart from there")
    assessment = faulty(move, fault, azimuth)
    assert sides(assessment) == ["left"]
    strength = STRENGTH.get((move, fault), 0.8)
    (truth,) = shot(move, ("left",), azimuth, (Fault(fault, strength),)).performance.repetitions
    (got,) = assessment.repetitions
    shared_s = min(got.end_s, truth.end_s) - max(got.start_s, truth.start_s)
    assert shared_s > 0.6 * (truth.end_s - truth.start_s)


@pytest.mark.parametrize(("move", "fault", "azimuth"), _fault_cases())
def test_a_raised_fault_overlaps_the_moment_it_was_performed(
    move: str, fault: str, azimuth: float
) -> None:
    repetitions = faulty(move, fault, azimuth).repetitions
    raised = [f for r in repetitions for f in r.faults if f.id == fault]
    strength = STRENGTH.get((move, fault), 0.8)
    performance = shot(move, ("left",), azimuth, (Fault(fault, strength),)).performance
    for found in raised:
        assert any(
            found.start_s < true.end_s + 0.5 and found.end_s > true.start_s - 0.5
            for true in performance.faults
        ), (found.start_s, found.end_s)


@pytest.mark.parametrize("move", MOVES)
def test_a_fault_in_one_repetition_is_told_of_that_one_only(move: str) -> None:
    performable(move)
    both = TWO_SIDES.get(move, ("left", "left"))
    fault = "short_hold" if "short_hold" in FAULTS[move] else "heel_lift"
    azimuth = AZIMUTHS[_plane_of(move, FAULTS[move][fault])][0]
    track = shot(move, both, azimuth, (Fault(fault, 0.8, repetition=2),)).track
    first, second = judged(track, move).repetitions
    assert {found.id for found in first.faults} == set()
    assert {found.id for found in second.faults} == {fault}


@pytest.mark.parametrize("azimuth", [45.0, -45.0, 60.0, -60.0])
@pytest.mark.parametrize("move", MOVES)
def test_a_clean_repetition_from_an_oblique_view_raises_no_fault(move: str, azimuth: float) -> None:
    assert fault_ids(clean(move, "left", azimuth)) == set()
