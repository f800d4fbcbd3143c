"""From a result to the history: which value of many counts, and what a check leaves there."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from posecheck import cli
from posecheck.core.errors import InputError
from posecheck.core.result import Measurement, Result, Status
from posecheck.library import load_move
from posecheck.saving import (
    clip_key,
    filmed_at,
    live_session_of,
    save_result,
    save_session,
    session_of,
)
from posecheck.store.opening import Store
from posecheck.store.reading import sessions
from posecheck.store.records import Filter, SessionRow
from tests.render_factory import make_repetition, make_result


def history() -> list[SessionRow]:
    with Store() as store:
        return sessions(store, Filter())


def with_values(
    *values: float | None, low: float | None = None, high: float | None = None
) -> Result:
    """A result whose repetitions each measured one thing once."""
    result = make_result()
    reps = []
    for k, value in enumerate(values, start=1):
        rep = make_repetition(k, "left", float(k))
        one = Measurement(
            measure="hip_flexion_left_deg", label="Hip flexion", unit="°", value=value, error=4.0,
            status=Status.MET if value is not None else Status.NOT_MEASURED,
            target_low=low, target_high=high, reason=None if value is not None else "hidden",
        )  # fmt: skip
        first = rep.phases[0].model_copy(update={"measures": [one]})
        rest = [phase.model_copy(update={"measures": []}) for phase in rep.phases[1:]]
        reps.append(rep.model_copy(update={"phases": [first, *rest]}))
    return result.model_copy(update={"repetitions": reps})


@pytest.mark.parametrize(
    ("values", "bounds", "kept"),
    [
        ((100.0, 112.0, 90.0), {"low": 110.0}, 112.0),
        ((100.0, 112.0, 90.0), {"high": 95.0}, 90.0),
        ((100.0, 112.0, 90.0), {}, 100.0),
        ((None, 80.0, None), {"low": 110.0}, 80.0),
    ],
)
def test_a_session_keeps_the_value_that_counts(
    values: tuple[float | None, ...], bounds: dict[str, float], kept: float
) -> None:
    record = session_of(with_values(*values, **bounds))
    assert [(m.name, m.value, m.error) for m in record.measures] == [
        ("hip_flexion_left_deg", kept, 4.0)
    ]
    assert len(record.repetitions) == len(values)
    assert [m.value for rep in record.repetitions for m in rep.measures] == list(values)


def test_a_result_without_a_value_keeps_its_repetitions() -> None:
    record = session_of(with_values(None))
    assert record.measures == ()
    assert record.repetitions[0].measures[0].valid is False
    assert record.repetitions[0].measures[0].reason == "hidden"


def test_saving_a_live_session_needs_no_clip(tmp_path: Path) -> None:
    moment = datetime(2026, 5, 1, 7, 0, tzinfo=UTC)
    uid = save_result(
        make_result(), kind="live", taken_at=moment, folder=tmp_path, pain=3, note="stiff"
    )
    (row,) = history()
    assert (row.uid, row.kind, row.taken_at, row.pain, row.note) == (
        uid,
        "live",
        moment,
        3,
        "stiff",
    )
    assert row.folder == str(tmp_path)
    assert row.verdict


def test_a_live_session_lands_in_the_history_recorded_or_not() -> None:
    moment = datetime(2026, 5, 1, 7, 0, tzinfo=UTC)
    result = with_values(100.0, 112.0, low=110.0)
    record = live_session_of(
        result.repetitions, load_move("standing-hip"), started_at=moment, duration_s=42.0
    )
    save_session(record)
    (row,) = history()
    assert (row.kind, row.taken_at, row.repetitions, row.folder) == ("live", moment, 2, "")
    assert [m.value for m in row.measures] == [112.0]


@pytest.mark.slow
@pytest.mark.parametrize("options", [[], ["--no-save"]])
def test_the_live_command_keeps_its_numbers(options: list[str], sample_videos: Path) -> None:
    done = CliRunner().invoke(
        cli.app,
        ["live", "-m", "ankle-dorsiflexion", "--headless", "--no-setup", "--quiet", "--camera",
         str(sample_videos / "ankle-side-good.mp4"), *options],
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    kept = history()
    assert len(kept) == (0 if options else 1)
    if kept:
        assert (kept[0].kind, kept[0].move_id) == ("live", "ankle-dorsiflexion")
        assert kept[0].repetitions >= 1
        assert any(m.name.startswith("shin_tilt") for m in kept[0].measures)


def test_a_clip_is_known_again_under_another_name(tmp_path: Path) -> None:
    first, second = tmp_path / "a.mp4", tmp_path / "b.mp4"
    first.write_bytes(b"x" * 600_000)
    second.write_bytes(b"x" * 600_000)
    os.utime(first, (1_700_000_000, 1_700_000_000))
    assert clip_key(first) == clip_key(second)
    second.write_bytes(b"x" * 599_999 + b"y")
    assert clip_key(first) != clip_key(second)
    assert filmed_at(first) == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    assert clip_key(tmp_path / "gone.mp4") == ""


# --- the command ---


@pytest.fixture
def clip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clip whose check gives a ready result."""
    monkeypatch.setattr("posecheck.pipeline.check", lambda *_, **__: make_result())
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"film")
    return path


def check(clip: Path, *options: str) -> str:
    done = CliRunner().invoke(
        cli.app, ["check", str(clip), "-m", "standing-hip", "-o", str(clip.parent), *options]
    )
    assert done.exit_code == 0, done.output
    return done.output


def test_a_check_lands_in_the_history_once_however_often_it_is_run(clip: Path) -> None:
    check(clip, "--pain", "2", "--note", "after the run")
    check(clip, "--pain", "1")
    (row,) = history()
    assert (row.kind, row.move_id, row.pain, row.note) == ("check", "standing-hip", 1, "")
    assert row.folder == str(clip.parent / "clip")
    assert row.measures


def test_no_save_leaves_it_out(clip: Path) -> None:
    check(clip, "--no-save")
    assert history() == []


def test_a_history_that_refuses_does_not_cost_the_result(
    clip: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("POSECHECK_DATABASE_URL", f"sqlite:///{tmp_path}/file/history.db")
    assert "the result is not in the history" in check(clip)


def test_an_unknown_person_is_told_before_the_check(clip: Path) -> None:
    done = CliRunner().invoke(cli.app, ["check", str(clip), "-m", "standing-hip", "--person", "Bo"])
    assert isinstance(done.exception, InputError)
    assert 'no person "Bo"' in str(done.exception)
    assert history() == []
