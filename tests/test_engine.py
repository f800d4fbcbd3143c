"""The engine over whole tracks: odd clips, quality notes, states for the overlay, words."""

from __future__ import annotations

import warnings
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise

import numpy as np
import pytest
from synthetic import film
from tracks import at_frames, dropped, hidden, nobody, padded, scaled

from lab.moves import Fault
from posecheck.core.engine import Assessment, assess, smooth_track
from posecheck.core.feedback import next_time, praise, verdict
from posecheck.core.pose import N_LANDMARKS, Landmark, PoseTrack
from posecheck.core.table import State
from posecheck.library import error_bands, load_move, shipped_ids

L = Landmark
MOVE = "hip-extension-half-kneeling"


@lru_cache(maxsize=8)
def clip(move: str = MOVE, azimuth_deg: float = -90.0, **scene: object) -> PoseTrack:
    return film(move, ("left",), azimuth_deg, **scene).track  # type: ignore[arg-type]


def judged(track: PoseTrack, move: str = MOVE, side: str = "auto") -> Assessment:
    return assess(track, load_move(move).move, error_bands(), side)  # type: ignore[arg-type]


def empty(n: int, fps: float = 30.0) -> PoseTrack:
    """A clip of ``n`` frames with nobody in it."""
    return PoseTrack(
        t_s=np.arange(n) / fps,
        image_px=np.full((n, N_LANDMARKS, 2), np.nan, np.float32),
        world_m=np.full((n, N_LANDMARKS, 3), np.nan, np.float32),
        visibility=np.zeros((n, N_LANDMARKS), np.float32),
        people_seen=np.zeros(n, np.int16),
        brightness=np.full(n, 120.0, np.float32),
        width_px=960,
        height_px=540,
    )


# --- odd clips ---


@pytest.mark.parametrize("move", shipped_ids())
@pytest.mark.parametrize("n", [1, 2, 3, 40])
def test_nobody_in_the_clip_is_no_repetition_and_lost(move: str, n: int) -> None:
    assessment = judged(empty(n), move)
    assert assessment.repetitions == []
    assert assessment.attempts == []
    assert assessment.quality.seen_fraction == 0.0
    assert assessment.quality.view.facing == "unknown"
    assert assessment.states[n - 1].repetition == 0
    if n == 40:
        assert assessment.states[39].state == State.LOST
        assert assessment.states[39].reason == "nobody was seen"


@pytest.mark.parametrize("n", [1, 2, 3, 8])
def test_a_clip_of_a_few_frames_is_judged_without_fuss(n: int) -> None:
    assessment = judged(clip().slice(0, n))
    assert assessment.repetitions == []
    assert len(assessment.table) == len(assessment.states) == n


@pytest.mark.parametrize("fps", [1.0, 5.0])
def test_a_clip_of_a_few_frames_a_second_says_so(fps: float) -> None:
    every = round(30.0 / fps)
    track = clip()
    index = np.arange(0, len(track), every)
    assessment = judged(at_frames(track, index))
    assert "few_frames" in [note.id for note in assessment.quality.notes]
    assert len(assessment.repetitions) <= 1


@pytest.mark.parametrize("case", ["front", "back", "nobody", "one frame", "gaps", "two frames"])
@pytest.mark.parametrize("move", shipped_ids())
def test_no_clip_makes_the_engine_warn(move: str, case: str) -> None:
    """Warnings of numpy would end up on a person's terminal."""
    made = {
        "front": lambda: clip(azimuth_deg=0.0),
        "back": lambda: clip(azimuth_deg=180.0),
        "nobody": lambda: empty(30),
        "one frame": lambda: clip().slice(0, 1),
        "two frames": lambda: clip().slice(0, 2),
        "gaps": lambda: nobody(nobody(clip(), 0.0, 0.5), 3.0, 4.0),
    }[case]()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        judged(made, move)


def test_judging_twice_gives_the_same_and_leaves_the_track_alone() -> None:
    track = clip()
    before = track.image_px.copy(), track.world_m.copy(), track.visibility.copy()
    first, second = judged(track), judged(track)
    assert first.repetitions == second.repetitions
    assert first.quality == second.quality
    assert first.cues == second.cues
    for kept, now in zip(before, (track.image_px, track.world_m, track.visibility), strict=True):
        np.testing.assert_array_equal(kept, now)


def test_where_the_clip_starts_in_time_does_not_matter() -> None:
    track = clip()
    later = judged(replace(track, t_s=track.t_s + 3600.0)).repetitions
    (first,), (second,) = judged(track).repetitions, later
    assert second.start_s - first.start_s == pytest.approx(3600.0, abs=0.04)
    assert [p.hold_s for p in second.phases] == pytest.approx([p.hold_s for p in first.phases],
                                                              abs=0.05)  # fmt: skip


def test_only_the_side_that_is_asked_for_is_judged() -> None:
    track = clip("standing-hip", 90.0)
    assert [r.side for r in judged(track, "standing-hip", "left").repetitions] == ["left"]
    assert judged(track, "standing-hip", "right").repetitions == []


def test_another_move_is_not_taken_for_this_one() -> None:
    assert judged(clip("standing-hip", 90.0), "ankle-dorsiflexion").repetitions == []
    assert judged(clip(), "standing-hip").repetitions == []


# --- smoothing ---


def test_the_smooth_track_keeps_the_frame_and_the_raw_face() -> None:
    track = clip(noise_px=2.0)
    smooth = smooth_track(track)
    assert len(smooth) == len(track)
    np.testing.assert_array_equal(smooth.t_s, track.t_s)
    np.testing.assert_allclose(smooth.image_px[:, L.MOUTH_LEFT], track.image_px[:, L.MOUTH_LEFT])
    truth = clip().image_px[:, L.LEFT_KNEE]
    raw = np.abs(track.image_px[:, L.LEFT_KNEE] - truth).mean()
    assert np.abs(smooth.image_px[:, L.LEFT_KNEE] - truth).mean() < 0.6 * raw


# --- quality ---


def notes(track: PoseTrack, move: str = MOVE) -> list[str]:
    return [note.id for note in judged(track, move).quality.notes]


def test_a_good_clip_has_no_note() -> None:
    assert notes(clip()) == []


def _dark() -> PoseTrack:
    return replace(clip(), brightness=np.full(len(clip()), 20.0, np.float32))


def _crowd() -> PoseTrack:
    people = clip().people_seen.copy()
    people[50:60] = 2
    return replace(clip(), people_seen=people)


def _moved(dx: float, dy: float) -> PoseTrack:
    return replace(clip(), image_px=clip().image_px + np.array([dx, dy], np.float32))


QUALITY = {
    "view_off": lambda: clip(azimuth_deg=0.0),
    "too_dark": _dark,
    "two_people": _crowd,
    "not_seen": lambda: nobody(clip(), 2.0, 8.0),
    "feet_out": lambda: _moved(0.0, 180.0),
    "head_out": lambda: _moved(0.0, -260.0),
    "too_far": lambda: padded(scaled(clip(), 0.3), 400, 300, 400, 300),
    "few_frames": lambda: dropped(clip(), 0.8, seed=1),
}


@pytest.mark.parametrize("note", QUALITY)
def test_each_filming_problem_is_said_once_in_words_of_what_to_move(note: str) -> None:
    found = judged(QUALITY[note]()).quality.notes
    assert [n.id for n in found].count(note) == 1
    (said,) = (n for n in found if n.id == note)
    assert said.text.endswith(".")
    assert 0.0 <= said.start_s <= said.end_s <= clip().t_s[-1] + 0.01


def test_a_clip_from_the_front_asks_for_the_positions_that_need_the_side() -> None:
    notes = judged(clip("standing-hip", 0.0), "standing-hip").quality.notes
    (said,) = (n for n in notes if n.id == "other_view")
    assert "from the side" in said.text
    assert all(name in said.text for name in ("Knee to chest", "Thigh level", "Leg behind"))
    assert "Leg out to the side" not in said.text


def test_a_tilted_camera_is_told_by_about_its_angle() -> None:
    assessment = judged(clip("standing-hip", 90.0, roll_deg=8.0), "standing-hip")
    assert abs(assessment.quality.view.roll_deg or 0.0) == pytest.approx(8.0, abs=2.0)
    assert "camera_rolled" in [n.id for n in assessment.quality.notes]


@pytest.mark.parametrize(
    ("azimuth_deg", "facing", "near"),
    [(90.0, "right", "right"), (-90.0, "left", "left"), (0.0, "front", None),
     (180.0, "back", None)],
)  # fmt: skip
def test_the_view_is_named(azimuth_deg: float, facing: str, near: str | None) -> None:
    view = judged(clip(azimuth_deg=azimuth_deg)).quality.view
    assert (view.facing, view.near_side) == (facing, near)
    assert view.yaw_deg is not None
    assert np.cos(np.radians(view.yaw_deg - azimuth_deg)) > 0.99


# --- states for the overlay ---


def test_states_tell_of_each_frame_what_the_repetitions_tell_of_the_whole() -> None:
    track = clip("standing-hip", 90.0)
    assessment = judged(track, "standing-hip")
    states = list(assessment.states)
    assert len(states) == len(track)
    (repetition,) = assessment.repetitions
    for t_s, state in zip(track.t_s, states, strict=True):
        inside = repetition.start_s + 0.05 < t_s < repetition.end_s - 0.05
        outside = t_s < repetition.start_s - 0.05 or t_s > repetition.end_s + 0.05
        if inside:
            assert (state.repetition, state.side) == (1, "left")
        if outside:
            assert state.repetition == 0
            assert state.phase_id is None
            assert state.state == State.READY
        if state.phase_id is not None:
            assert state.headline in assessment.table.columns
    shown = list(dict.fromkeys(s.phase_id for s in states if s.phase_id))
    wanted = [phase.id for phase in repetition.phases if phase.status != "not_seen"]
    assert [name for name in wanted if name in shown] == shown
    assert set(wanted[:-1]) <= set(shown)


def test_the_hold_clock_rises_to_the_hold_and_starts_anew_in_each_position() -> None:
    assessment = judged(clip())
    states = list(assessment.states)
    clock = [s.hold_s for s in states if s.phase_id == "extend" and s.hold_s is not None]
    assert clock[0] == pytest.approx(0.0, abs=1.0)
    assert all(b >= a for a, b in pairwise(clock))
    assert {s.hold_target_s for s in states if s.phase_id == "extend"} == {2.0}
    assert max(clock) == pytest.approx(5.6, abs=0.9)


def test_a_hidden_leg_pauses_with_its_reason() -> None:
    track = hidden(clip(), [L.LEFT_HIP, L.LEFT_KNEE, L.LEFT_ANKLE], 5.0, 6.5)
    states = [s for t, s in zip(track.t_s, judged(track).states, strict=True) if 5.5 < t < 6.4]
    assert {s.state for s in states} == {State.PAUSED}
    assert {s.reason for s in states} == {"a joint was hidden"}


def test_cues_of_the_frames_are_the_cues_of_the_result() -> None:
    track = film("ankle-dorsiflexion", ("left",), -90.0,
                 faults=(Fault("trunk_collapse", 0.8), Fault("short_hold", 0.8))).track  # fmt: skip
    assessment = judged(track, "ankle-dorsiflexion")
    assert assessment.cues
    for t_s, state in zip(track.t_s, assessment.states, strict=True):
        due = [cue.text for cue in assessment.cues if cue.t_s <= t_s < cue.end_s]
        assert len(due) <= 1
        assert state.cue == (due[0] if due else None)


# --- words ---


def told(assessment: Assessment, move: str = MOVE) -> list[str]:
    attempts = [tuple(attempt) for attempt in assessment.attempts]
    return verdict(load_move(move).move, assessment.repetitions, assessment.quality.notes,
                   attempts)  # type: ignore[arg-type]  # fmt: skip


@pytest.mark.parametrize("case", ["clean", "fault", "nothing", "wrong view"])
def test_the_verdict_is_three_lines_or_fewer_in_plain_words(case: str) -> None:
    track = {
        "clean": clip,
        "fault": lambda: film(MOVE, ("left",), -90.0, faults=(Fault("short_hold", 0.9),)).track,
        "nothing": lambda: clip().slice(0, 40),
        "wrong view": lambda: clip(azimuth_deg=0.0),
    }[case]()
    assessment = judged(track)
    lines = told(assessment)
    assert 1 <= len(lines) <= 3
    for line in lines:
        assert line.endswith(".")
        assert "_" not in line
        assert "nan" not in line.lower()
    if case == "fault":
        assert "Stay there" in lines[-1]
    if case == "nothing":
        assert lines[0].startswith("No full repetition")


def test_what_to_change_comes_before_the_filming_and_praise_has_its_number() -> None:
    track = replace(film(MOVE, ("left",), -90.0, faults=(Fault("short_hold", 0.9),)).track,
                    brightness=np.full(len(_short()), 10.0, np.float32))  # fmt: skip
    assessment = judged(track)
    advice = next_time(load_move(MOVE).move, assessment.repetitions, assessment.quality.notes)
    assert advice[0].startswith("Stay there")
    assert advice[-1].startswith("The picture is dark")
    good = praise(judged(clip()).repetitions)
    assert good
    assert all(any(c.isdigit() for c in line) for line in good)


def _short() -> PoseTrack:
    return film(MOVE, ("left",), -90.0, faults=(Fault("short_hold", 0.9),)).track


def test_a_move_filmed_from_where_it_does_not_show_asks_for_the_other_side_only() -> None:
    """Nothing is said of the person: what was not seen may have been done."""
    notes = judged(clip(azimuth_deg=0.0)).quality.notes
    lines = verdict(load_move(MOVE).move, [], notes, [(1.0, 2.0, "left")])
    assert lines[0].startswith("No full repetition")
    assert len(lines) == 2
    assert "film from the side" in lines[1]
