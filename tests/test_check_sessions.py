"""A checked video's folder on the command line: replayed, scored again, compared, exported."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from session_factory import checked, random_track, recorded

from posecheck.capture.files import read_frames
from tests.commands import Run


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    return checked(tmp_path / "mine")


def test_its_replay_tells_the_repetitions(mine: Path, run: Run) -> None:
    done = run("replay", mine, "--headless")
    assert (done.code, done.err) == (0, "")
    *events, summary = (json.loads(line) for line in done.out.splitlines())
    counted = [event for event in events if event["event"] == "repetition"]
    assert [(one["side"], one["index"]) for one in counted] == [("left", 1)]
    # The film has no countdown that would swallow its beginning.
    assert events[0]["event"] == "phase"
    # It was never judged live.
    assert summary["same_as_live"] is None


def test_its_replay_can_be_written_as_a_video(mine: Path, run: Run, tmp_path: Path) -> None:
    done = run("replay", mine, "--from", 2, "--video", tmp_path / "again.webm")
    assert done.code == 0
    frames = list(read_frames(tmp_path / "again.webm"))
    assert done.out.startswith(f"{len(frames)} frames: ")
    assert len(frames) > 30


@pytest.mark.parametrize("mirrored", [False, True])
def test_todays_rules_find_what_they_found(tmp_path: Path, run: Run, mirrored: bool) -> None:
    folder = checked(tmp_path / "mine", mirrored=mirrored)
    done = run("rescore", folder)
    assert (done.code, done.err) == (0, "")
    assert "Nothing changed." in done.out
    assert f"1 repetition on the {'right' if mirrored else 'left'}." in done.out


def test_as_another_move_it_shows_what_is_gone(mine: Path, run: Run) -> None:
    done = run("rescore", mine, "--move", "standing-hip")
    assert done.code == 0
    assert "a changed move file" in done.out
    assert "Nothing changed." not in done.out


def test_two_checks_are_compared_in_what_was_measured(mine: Path, run: Run, tmp_path: Path) -> None:
    slower = checked(tmp_path / "slower", "slower.mp4", hold_scale=1.6)
    page = tmp_path / "beside.html"
    done = run("compare", mine, slower, "--html", page)
    assert (done.code, done.err) == (0, "")
    assert "Repetition 1, left" in done.out
    # A number that neither has is no line.
    for line in done.out.splitlines():
        assert line.count("not measured") < 2
    assert "<figure>" in page.read_text("utf-8")
    (first, *_) = json.loads(run("compare", mine, slower, "--json").out)
    hold = next(
        one for phase in first["phases"] for one in phase["differences"] if one["label"] == "Hold"
    )
    assert hold["b"] > hold["a"]


def test_a_check_stands_beside_a_live_session(mine: Path, run: Run, tmp_path: Path) -> None:
    from session_factory import session_info
    from synthetic import film

    live = recorded(
        tmp_path / "live", film("ankle-dorsiflexion").track,
        info=session_info("live", "ankle-dorsiflexion"),
    )  # fmt: skip
    done = run("compare", live, mine)
    assert done.code == 0
    assert "Repetition 1, left" in done.out


def test_it_is_shown_and_exported(run: Run, tmp_path: Path) -> None:
    folder = checked(tmp_path / "mine", filmed=True, fps=10.0)
    shown = run("sessions", "show", folder)
    assert shown.code == 0
    assert "the film with the body drawn in" in shown.out
    assert "mine.mp4" in shown.out
    assert run("sessions", "export", folder, "--out", tmp_path / "poses.csv").code == 0
    assert (tmp_path / "poses.csv").read_text("utf-8").count("\n") > 50


def test_another_folder_is_refused_with_what_was_expected(run: Run, tmp_path: Path) -> None:
    (tmp_path / "holiday").mkdir()
    said = run("rescore", tmp_path / "holiday").complaint()
    assert "expected a session's folder" in said
    assert "result.json" in said


def test_a_damaged_result_is_one_line(mine: Path, run: Run) -> None:
    (mine / "result.json").write_text("{}")
    assert "not a result of this posecheck" in run("rescore", mine).complaint()


def test_checks_of_two_moves_are_not_compared(mine: Path, run: Run, tmp_path: Path) -> None:
    other = recorded(tmp_path / "other", random_track(30))
    assert "move" in run("compare", mine, other).complaint()
