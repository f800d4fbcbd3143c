"""Which move a clip shows: the right one from any side, and none rather than a guess."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError
from synthetic import film
from tracks import nobody

from lab.confusion import Taken, page, shares
from lab.moves import MOVES
from posecheck import pipeline
from posecheck.core.errors import InputError, NobodySeenError
from posecheck.core.pose import PoseTrack
from posecheck.core.posture import FEWEST_FRAMES, features
from posecheck.core.recognise import NOTHING, MoveModel, Recognition, recognise
from posecheck.core.terms import AUTO
from posecheck.library import load_move, move_model, own_moves, shipped_ids
from posecheck.move_kit import new_move
from posecheck.outputs import write_track

#: From where each move asks to be filmed.
AZIMUTH_DEG = {
    "knee-to-wall": -90.0, "ankle-dorsiflexion": -90.0, "knee-rotation": 0.0,
    "hip-flexion-supine": -90.0, "hip-external-rotation-supine": 0.0,
    "hip-adduction-supine": 0.0, "hip-extension-half-kneeling": -90.0, "standing-hip": -90.0,
    "spinal-rotation": 0.0,
}  # fmt: skip


@lru_cache(maxsize=32)
def clip(move: str, azimuth_deg: float | None = None, side: str = "left") -> PoseTrack:
    at = AZIMUTH_DEG[move] if azimuth_deg is None else azimuth_deg
    return film(move, (side,), at, fps=15.0).track


def taken_for(track: PoseTrack) -> str | None:
    return recognise(track, move_model(), MOVES).move_id


def still(move: str, seconds: float = 6.0) -> PoseTrack:
    """A clip's first frame for as long: somebody who gets ready and never moves."""
    first, n = clip(move).slice(0, 1), int(seconds * 15)
    times = np.arange(n) / 15.0
    return replace(
        first, t_s=times, **{name: np.repeat(getattr(first, name), n, axis=0) for name in
        ("image_px", "world_m", "visibility", "people_seen", "brightness", "foot_speed_px")},
    )  # fmt: skip


@pytest.mark.parametrize("move", MOVES)
def test_each_of_the_nine_moves_is_recognised_from_where_it_is_filmed(move: str) -> None:
    assert taken_for(clip(move)) == move


@pytest.mark.parametrize("move", MOVES)
def test_the_other_leg_and_a_mirrored_clip_read_alike(move: str) -> None:
    track = clip(move)
    there, mirrored = features(track), features(track.mirrored())
    assert mirrored == pytest.approx(there, abs=0.02)


@pytest.mark.parametrize("scale", [0.5, 1.0, 3.0])
def test_the_size_of_the_picture_does_not_matter(scale: float) -> None:
    track = clip("standing-hip")
    other = replace(track, image_px=track.image_px * np.float32(scale))
    assert features(other) == pytest.approx(features(track), abs=0.01)


@pytest.mark.parametrize("move", MOVES)
def test_somebody_who_never_moves_is_taken_for_no_move(move: str) -> None:
    seen = recognise(still(move), move_model(), MOVES)
    assert seen.move_id is None
    assert NOTHING not in seen.nearest


def test_a_scrambled_body_is_far_from_every_move() -> None:
    track = clip("standing-hip")
    order = np.random.default_rng(3).permutation(33)
    scrambled = replace(track, image_px=track.image_px[:, order], world_m=track.world_m[:, order])
    seen = recognise(scrambled, move_model(), MOVES)
    assert seen.move_id is None
    assert seen.far


def test_nobody_and_hardly_anybody_are_taken_for_nothing() -> None:
    track = clip("standing-hip")
    for few in (nobody(track, -1.0, 999.0), track.slice(0, FEWEST_FRAMES - 1)):
        assert features(few) == {}
        assert recognise(few, move_model(), MOVES) == Recognition(None, (), far=True)


def test_a_move_that_is_not_on_the_shelf_is_not_given_out() -> None:
    among = [move for move in MOVES if move != "standing-hip"]
    assert recognise(clip("standing-hip"), move_model(), among).move_id is None


def test_gaps_in_the_track_are_no_hindrance() -> None:
    track = clip("standing-hip")
    assert taken_for(nobody(track, 8.0, 9.5)) == "standing-hip"


# --- the way through the house ---


def test_a_rescore_finds_the_move_and_says_that_it_found_it(tmp_path: Path) -> None:
    path = tmp_path / "track.parquet"
    write_track(clip("ankle-dorsiflexion"), path)
    found, asked = (pipeline.rescore(path, move) for move in (AUTO, "ankle-dorsiflexion"))
    assert found.move.id == "ankle-dorsiflexion"
    assert (found.move.found, asked.move.found) == (True, False)
    assert found.repetitions == asked.repetitions


def test_not_sure_is_one_line_that_says_what_to_do() -> None:
    with pytest.raises(InputError) as told:
        pipeline.shown_move(still("standing-hip"))
    line = str(told.value)
    assert "not sure which move this is" in line
    assert "Choose the move yourself" in line
    assert "\n" not in line


def test_a_clip_without_anybody_says_so_and_nothing_of_moves() -> None:
    track = clip("standing-hip")
    with pytest.raises(NobodySeenError):
        pipeline.shown_move(nobody(track, -1.0, 999.0))


def test_the_model_knows_every_move_that_ships() -> None:
    assert set(shipped_ids()) <= set(MOVES)
    assert set(move_model().weights) == {*MOVES, NOTHING}


def test_no_move_of_ones_own_can_be_called_auto(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("posecheck.library.own_moves_folder", lambda: tmp_path)
    with pytest.raises(InputError, match='"auto" is taken'):
        new_move(AUTO, tmp_path)
    made = new_move("wall-squat", tmp_path)
    (tmp_path / "auto.toml").write_text(made.read_text().replace("wall-squat", AUTO))
    (tmp_path / "broken.toml").write_text("id = ")
    assert list(own_moves().moves) == ["wall-squat"]
    assert pipeline.shown_move(clip("standing-hip")).move.id == "standing-hip"
    with pytest.raises(InputError, match="only the check of a video"):
        load_move(AUTO)


def test_a_model_file_whose_rows_do_not_fit_is_refused() -> None:
    plain = move_model().model_dump()
    plain["scale"] = plain["scale"][:-1]
    with pytest.raises(ValidationError, match="one for each feature"):
        MoveModel.model_validate(plain)


# --- the confusion table ---


def test_shares_and_the_page_count_right_unsure_and_wrong() -> None:
    rows = [
        Taken("a", "standing-hip", Recognition("standing-hip", ("standing-hip",), far=False)),
        Taken("b", "standing-hip", Recognition(None, ("standing-hip", "knee-to-wall"), far=False)),
        Taken("c", "knee-to-wall", Recognition("standing-hip", ("standing-hip",), far=False)),
        Taken("d", "knee-to-wall", Recognition("knee-to-wall", ("knee-to-wall",), far=False)),
    ]
    assert shares(rows) == {"right": 0.5, "unsure": 0.25, "wrong": 0.25}
    text = page(rows, "python -m lab recognise", move_model())
    assert "| 1 `standing-hip` | 1 | · | 1 |" in text
    assert "| 2 `knee-to-wall` | 1 | 1 | · |" in text
    assert "- `c`: standing-hip" in text


@pytest.mark.slow
def test_a_sample_video_is_taken_for_what_it_shows() -> None:
    from posecheck import check

    sample = Path(__file__).parent.parent / "sample_videos" / "ankle-side-good.mp4"
    assert check(sample, AUTO).move.id == "ankle-dorsiflexion"
