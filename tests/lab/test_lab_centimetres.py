"""The centimetre study's figures and page, from tries that are made up."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from lab.centimetres import Measured, Row, figures
from lab.centimetres_page import Study, write_page
from lab.errors import LabError
from lab.recipes import wall_clips

GOOD = Row(
    clip="a", body="ada", side="left", camera="0° off", true_cm=8.0, seen_cm=8.2, error_cm=0.5,
    fault="", refusals=(), behind=0.0, true_lift_cm=0.0, seen_lift_cm=0.1, px_per_cm=2.5,
)  # fmt: skip
LIFTED = replace(GOOD, fault="heel_lift", refusals=("heel_up",), true_lift_cm=1.5)


def measured(*rows: Row) -> Measured:
    return Measured(list(rows), clips=2, refused={})


def written(path: Path, blind: Measured) -> str:
    path.write_text(
        "before\n<!-- table: python -m lab centimetres -->\n<!-- end of table -->\nafter\n"
    )
    test = measured(GOOD, LIFTED, replace(GOOD, side="right", seen_cm=8.3))
    study = Study(
        {"sheet": test, "points": test}, {}, {"sheet": blind, "points": measured(GOOD, LIFTED)}
    )
    write_page(study, path)
    return path.read_text(encoding="utf-8")


def test_errors_and_cover_are_those_of_good_tries_that_counted() -> None:
    far = replace(GOOD, side="right", seen_cm=9.0)
    unseen = replace(GOOD, seen_cm=float("nan"), refusals=("no try seen",))
    found = figures([GOOD, far, unseen, LIFTED, replace(LIFTED, refusals=())])
    assert (found["good_tries"], found["false_refusals"]) == (3, 1)
    assert found["mae_cm"] == pytest.approx(0.6)
    assert found["coverage"] == pytest.approx(0.5)
    assert found["side_difference_mae_cm"] == pytest.approx(0.8)
    assert (found["heel_lifts_caught"], found["heel_lifts"]) == (1, 2)
    assert (found["false_heel_alarms"], found["not_lifted"]) == (0, 3)


def test_the_page_says_of_each_aim_whether_it_was_missed(tmp_path: Path) -> None:
    blind = measured(replace(GOOD, seen_cm=9.0), replace(LIFTED, refusals=()))
    text = written(tmp_path / "page.md", blind)
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "| toe to wall, printed sheet: MAE at most 0.6 cm | 0.25 cm | 1.00 cm: missed |" in text
    assert "| stated ±, printed sheet: covers 95% | 2 of 2 | 0 of 1: missed |" in text
    assert "| heel lifts of 1.5 cm refused: 95% | 1 of 1 | 0 of 1: missed |" in text
    kept = json.loads((tmp_path / "page.json").read_text(encoding="utf-8"))
    assert kept["blind"]["sheet"]["mae_cm"] == pytest.approx(1.0)


def test_a_page_without_its_marks_is_refused(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("nothing")
    with pytest.raises(LabError, match="needs the marks"):
        write_page(Study({"sheet": measured(GOOD), "points": measured(GOOD)}, {},
                         {"sheet": measured(GOOD), "points": measured(GOOD)}), page)  # fmt: skip


def test_the_blind_clips_are_as_many_as_the_page_promises() -> None:
    clips = wall_clips("blind")
    tries = [(clip, k) for clip in clips for k in range(1, 1 + len(clip.scene.sides))]
    wrong = [
        fault.id for clip, k in tries for fault in clip.scene.faults if fault.repetition in (0, k)
    ]
    assert len({clip.body for clip in clips}) == 8
    assert len(tries) - len(wrong) >= 40
    assert wrong.count("heel_lift") >= 6
    assert {clip.body for clip in clips}.isdisjoint(
        clip.body for split in ("tune", "test") for clip in wall_clips(split)
    )
