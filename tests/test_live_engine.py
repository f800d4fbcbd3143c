"""The live engine: what it says frame by frame, again after a reset, and against the recording."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest
from synthetic import film
from tracks import dropped, frame_of, nobody, repeated

from posecheck.core.engine import assess
from posecheck.core.live import LiveEngine
from posecheck.core.neutral import Neutral
from posecheck.core.pose import PoseTrack
from posecheck.core.result import Repetition
from posecheck.core.table import FrameState, State
from posecheck.library import error_bands, load_move, move_ids

AZIMUTH = {"standing-hip": 90.0}
PERFORMED = [m for m in ("standing-hip", "ankle-dorsiflexion", "hip-extension-half-kneeling")
             if m in move_ids()]  # fmt: skip


@lru_cache(maxsize=8)
def clip(move: str, noise_px: float = 0.0) -> PoseTrack:
    return film(move, ("left",), AZIMUTH.get(move, -90.0), noise_px=noise_px).track


def engine(move: str, neutral: Neutral | None = None, side: str = "left") -> LiveEngine:
    return LiveEngine(
        load_move(move).move,
        error_bands(),
        side,
        neutral or Neutral(),  # type: ignore[arg-type]
    )


def played(live: LiveEngine, track: PoseTrack) -> list[FrameState]:
    return [live.step(frame_of(track, i)) for i in range(len(track))]


@lru_cache(maxsize=8)
def live_result(move: str, noise_px: float = 0.0) -> tuple[list[FrameState], list[Repetition]]:
    live = engine(move)
    states = played(live, clip(move, noise_px))
    return states, live.repetitions


@pytest.mark.parametrize("move", PERFORMED)
def test_live_counts_the_repetitions_that_the_recording_counts(move: str) -> None:
    recorded = assess(clip(move), load_move(move).move, error_bands(), "left").repetitions
    _, live = live_result(move)
    assert [r.side for r in live] == [r.side for r in recorded] == ["left"]
    assert live[0].complete == recorded[0].complete
    for ours, theirs in zip(live[0].phases, recorded[0].phases, strict=True):
        if theirs.hold_target_s is not None and theirs.status == "done":
            assert ours.hold_s == pytest.approx(theirs.hold_s, abs=0.5), ours.id


@pytest.mark.parametrize("move", PERFORMED)
def test_a_reset_engine_equals_a_fresh_one(move: str) -> None:
    track = clip(move)
    live = engine(move)
    played(live, track.slice(100, 260))
    live.reset()
    states = played(live, track)
    assert (states, live.repetitions) == live_result(move)


def test_live_twice_on_the_same_track_is_the_same_event_for_event() -> None:
    move = PERFORMED[-1]
    live = engine(move)
    assert (played(live, clip(move)), live.repetitions) == live_result(move)


def test_two_sessions_do_not_mix() -> None:
    move = PERFORMED[-1]
    track = clip(move)
    one, two = engine(move), engine(move)
    states = []
    for i in range(len(track)):
        states.append(one.step(frame_of(track, i)))
        if i % 3 == 0:
            two.step(frame_of(track, len(track) - 1 - i).__class__(
                t_s=np.array([i / 30.0]), **_rest(track, len(track) - 1 - i)))  # fmt: skip
    assert (states, one.repetitions) == live_result(move)


def _rest(track: PoseTrack, i: int) -> dict[str, object]:
    frame = frame_of(track, i)
    names = ("image_px", "world_m", "visibility", "people_seen", "brightness", "width_px",
             "height_px")  # fmt: skip
    return {name: getattr(frame, name) for name in names}


def test_nothing_of_the_future_is_used() -> None:
    """What was said up to a moment does not depend on what comes after it."""
    move = PERFORMED[-1]
    states, _ = live_result(move)
    half = len(clip(move)) // 2
    assert played(engine(move), clip(move).slice(0, half)) == states[:half]


@pytest.mark.parametrize("move", PERFORMED)
def test_live_knows_neither_fault_nor_cue_in_a_clean_repetition(move: str) -> None:
    states, repetitions = live_result(move)
    assert [f.id for r in repetitions for f in r.faults] == []
    assert {s.cue for s in states} == {None}


@pytest.mark.parametrize("move", PERFORMED)
def test_noise_of_a_pixel_does_not_change_the_live_count(move: str) -> None:
    assert [r.side for r in live_result(move, noise_px=1.0)[1]] == ["left"]


@pytest.mark.parametrize("move", PERFORMED)
def test_the_live_phases_come_in_the_moves_order(move: str) -> None:
    states, _ = live_result(move)
    seen = list(dict.fromkeys(s.phase_id for s in states if s.phase_id))
    phases = load_move(move).move.phases
    wanted = [p.id for p in phases if not p.final and p.seen_from != "front"]
    assert seen == wanted


def test_an_uneven_frame_rate_does_not_change_the_live_count() -> None:
    move = PERFORMED[-1]
    live = engine(move)
    played(live, dropped(clip(move), 0.4, seed=2))
    assert len(live.repetitions) == 1


def test_somebody_who_leaves_is_lost_and_found_again() -> None:
    move = PERFORMED[-1]
    track = nobody(clip(move), 0.3, 1.3)
    live = engine(move)
    states = played(live, track)
    gone = [s for t, s in zip(track.t_s, states, strict=True) if 0.75 < t < 1.25]
    assert {s.state for s in gone} == {State.LOST}
    assert {s.reason for s in gone} == {"nobody was seen"}
    assert states[-1].state == State.READY
    assert states[-1].reason is None
    assert len(live.repetitions) == 1


def test_gone_in_mid_repetition_for_long_counts_nothing() -> None:
    move = PERFORMED[-1]
    live = engine(move)
    played(live, nobody(clip(move), 4.5, 8.6))
    assert live.repetitions == []


def test_the_other_side_stays_ready() -> None:
    live = engine("standing-hip", side="right")
    played(live, clip("standing-hip"))
    assert live.repetitions == []


def test_the_hold_clock_runs_and_shows_its_goal() -> None:
    move = "hip-extension-half-kneeling"
    states, _ = live_result(move)
    holding = [s for s in states if s.state == State.HOLDING]
    assert holding
    assert {s.hold_target_s for s in holding} == {2.0}
    assert max(s.hold_s or 0.0 for s in holding) > 4.0


def test_the_recordings_neutral_may_be_handed_to_the_live_engine() -> None:
    move = "standing-hip"
    recorded = assess(clip(move), load_move(move).move, error_bands(), "left")
    live = engine(move, recorded.neutral)
    played(live, clip(move))
    ours, theirs = live.repetitions[0].phases[0], recorded.repetitions[0].phases[0]
    for a, b in zip(ours.measures, theirs.measures, strict=True):
        assert a.value == pytest.approx(b.value, abs=4.0), a.measure
        assert a.error == b.error


@pytest.mark.parametrize("move", PERFORMED)
def test_a_long_session_forgets_what_it_no_longer_needs_and_says_the_same(
    move: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    track = repeated(clip(move), 4)
    monkeypatch.setattr("posecheck.core.live._FORGET_FROM", 10**9)
    whole = engine(move)
    remembered = played(whole, track)
    monkeypatch.setattr("posecheck.core.live._FORGET_FROM", 300)
    short = engine(move)
    assert played(short, track) == remembered
    assert short.repetitions == whole.repetitions
    assert len(whole.repetitions) == 4
    assert len(whole.tape) == len(track)
    assert len(short.tape) < len(clip(move)) + 300
