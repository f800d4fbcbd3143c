"""The accuracy table counts what it says it counts, and its files are whole."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from lab.accuracy_page import page
from lab.accuracy_report import summary, write_report
from lab.errors import LabError
from lab.fit_bands import _with_widths, coverage_left_out, make_bands
from lab.judged import ClipResult, judge, read_clips
from lab.tables import Errors, frame_errors
from lab.targets import TARGETS, compare
from posecheck.core.bands import Band, ErrorBands
from posecheck.library import error_bands

ROOT = Path(__file__).resolve().parents[2]
PRIOR = ErrorBands.model_validate_json((ROOT / "lab/data/bands_prior.json").read_text())


def figures_with(measures: dict[str, Any]) -> dict[str, Any]:
    return {
        "measures": measures,
        "repetitions": {"exact_share": 1.0},
        "hold_error_s": {"holds": 0},
        "fault_totals": {"recall": None, "precision": None},
        "wrong_view": {"unwidened": 0},
    }


def test_a_target_is_reached_missed_or_unmeasured() -> None:
    cells = {"shin_tilt_deg": {"0-15": {"mae": 1.9}, "15-35": {"mae": 3.4}}}
    rows = {(r["measure"], r["band"]): r["reached"] for r in compare(figures_with(cells))}
    assert rows[("shin_tilt_deg", "0-15")] is True
    assert rows[("shin_tilt_deg", "15-35")] is False
    assert rows[("shin_tilt_deg", "35-60")] is None
    assert rows[("fault recall", "")] is None
    assert all(limit is None or limit > 0 for t in TARGETS for limit in t.limits)


def band(widths: tuple[float | None, ...]) -> Band:
    return Band.model_validate({"half_width": widths})


def test_a_worse_view_is_never_surer_and_few_clips_keep_the_prior() -> None:
    start = ErrorBands(source="test", bands={"shin_tilt_deg": band((9.0, 9.0, 9.0, None))})
    many = Errors(
        ours=[np.linspace(-4, 4, 100)] * 4,
        clips=list("abcd"),
        bodies=["fay", "gus", "hana", "ivan"],
    )
    few = Errors(ours=[np.zeros(500)], clips=["a"], bodies=["fay"])
    cells = {"shin_tilt_deg": [many, few, Errors(), Errors()]}
    row = _with_widths(cells, start, leave_out=None).bands["shin_tilt_deg"].half_width
    assert row[0] == 5.0  # 95th percentile 3.8, margin 25%, rounded up
    assert row[1] == 9.0
    assert row[2] is not None
    assert row[2] > row[1]
    assert row[3] is None


def test_a_body_left_out_takes_no_part_in_its_own_width() -> None:
    start = ErrorBands(source="test", bands={"shin_tilt_deg": band((9.0, 9.0, 9.0, None))})
    wild = Errors(
        ours=[np.full(100, 1.0)] * 3 + [np.full(100, 20.0)],
        clips=list("abcd"),
        bodies=["fay", "gus", "hana", "ivan"],
    )
    cells = {"shin_tilt_deg": [wild, Errors(), Errors(), Errors()]}
    left_out = _with_widths(cells, start, leave_out="ivan").bands["shin_tilt_deg"].half_width[0]
    kept = _with_widths(cells, start, leave_out=None).bands["shin_tilt_deg"].half_width[0]
    assert left_out == 2.0
    assert kept is not None
    assert kept > 20


def test_an_empty_folder_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(LabError, match="no clip with"):
        read_clips([tmp_path], tmp_path)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> list[ClipResult]:
    cache = ROOT / ".lab-cache" / "tracks"
    folder = tmp_path_factory.mktemp("clips")
    for name in ("ankle-side-heel-lift-vfr", "standing-hip-front-lean-bent-knee"):
        for suffix in (".mp4", ".truth.json"):
            (folder / (name + suffix)).symlink_to(ROOT / "sample_videos" / (name + suffix))
    return judge(read_clips([folder], cache), error_bands())


@pytest.mark.slow
def test_the_report_holds_every_part(results: list[ClipResult], tmp_path: Path) -> None:
    figures = summary(results, "make accuracy SMALL=1")
    write_report(figures, tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["accuracy.json", "accuracy.md"]
    assert json.loads((tmp_path / "accuracy.json").read_text())["clips"] == 2
    text = (tmp_path / "accuracy.md").read_text()
    for part in (
        "Targets",
        "Move by move",
        "Measures",
        "Repetitions and holds",
        "Faults",
        "Clip by clip",
    ):
        assert f"## {part}" in text
    assert figures["faults"]["ankle-dorsiflexion: heel_lift"]["hit"] == 1
    assert figures["repetitions"]["exact_clips"] == 2
    assert [(m["move"], m["asked"], m["exact_clips"]) for m in figures["by_move"]] == [
        ("ankle-dorsiflexion", True, 1),
        ("standing-hip", True, 1),
    ]
    shin = figures["measures"]["shin_tilt_deg"]["0-15"]
    assert shin["mae"] < 8
    assert shin["peaks"] > 0
    assert "naive_mae" in shin


@pytest.mark.slow
def test_errors_are_ours_less_the_truth(results: list[ClipResult]) -> None:
    result = results[0]
    column = "shin_tilt_left_deg"
    by_hand = result.assessment.table.columns[column] - result.true(column)
    cell = frame_errors([result])["shin_tilt_deg"][0]
    counted = np.concatenate(cell.ours)
    assert np.isclose(counted, np.nanmax(by_hand)).any()
    assert cell.given == len(counted)


@pytest.mark.slow
def test_bands_learn_offsets_on_tune_bodies_only(results: list[ClipResult]) -> None:
    clips = [r.clip for r in results]
    fitted = make_bands(clips, PRIOR, "test")
    as_test = [SimpleNamespace(**vars(c)) for c in clips]
    for clip in as_test:
        clip.truth = {**clip.truth, "split": "test"}
    untouched = make_bands(as_test, PRIOR, "test")  # type: ignore[arg-type]
    assert all(
        untouched.bands[n].typical_offset == PRIOR.bands[n].typical_offset for n in PRIOR.bands
    )
    assert fitted.bands.keys() == PRIOR.bands.keys()
    covered = coverage_left_out(as_test, fitted, PRIOR)  # type: ignore[arg-type]
    assert 0.5 < covered["all"] <= 1.0


def test_the_page_says_so_where_nothing_was_measured() -> None:
    figures = figures_with({}) | {
        "command": "make accuracy",
        "clips": 0,
        "bodies": [],
        "splits": [],
        "moves": [],
        "seconds": 0,
        "rows": [],
        "faults": {},
        "by_move": [],
    }
    figures["repetitions"] |= {"exact_clips": 0, "clips": 0, "found": 0, "missed": 0, "extra": 0}
    figures["wrong_view"] = {"frames": 0, "unwidened": 0}
    figures["targets"] = compare(figures)
    assert "| Hip flexion, mean error | 0-15° off | ≤ 3 | not measured | – |" in page(figures)
