"""The page "Knee to wall": a video in, centimetres and reasons out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from posecheck.core.wall_tries import Refusal
from posecheck.store.opening import Store
from posecheck.store.reading import points
from posecheck.ui import clips
from tests.app_pages import app_page, text_of
from tests.test_knee_result import a_try, clip_tries
from tests.videos import write_clip


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    folder = tmp_path / "samples"
    folder.mkdir()
    write_clip(folder / "knee-to-wall-side-sheet.mp4", frames=6)
    monkeypatch.setattr(clips, "SAMPLES", folder)
    monkeypatch.setenv("POSECHECK_DATABASE_URL", f"sqlite:///{tmp_path / 'history.db'}")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return app_page("knee")


def choose_sample(page: AppTest) -> AppTest:
    page.run()
    page.segmented_control(key="wall-source").set_value("A sample").run()
    return page


def test_without_a_video_it_says_what_to_do(page: AppTest) -> None:
    page.run()
    assert not page.exception
    assert page.button(key="measure").disabled
    said = text_of(page)
    assert "Choose a video first" in said
    assert "Print the sheet at 100 %" in said


def test_a_sample_is_measured_and_kept(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    def measured(clip: Path, *_: object, **__: object) -> object:
        found = clip_tries(a_try("left", 10.4), a_try("left", 12.0, Refusal.HEEL_UP))
        return type(found)(clip, found.found, found.tries, [], 12.0, found.stills)

    monkeypatch.setattr("posecheck.wall_measure.measure_clip", measured)
    choose_sample(page)
    page.button(key="measure").click().run()
    assert not page.exception
    assert page.metric[0].value == "10.4 cm ± 0.9 cm"
    said = text_of(page)
    assert "Kept in your history" in said
    assert "The right leg was not measured" in said
    shown = page.dataframe[0].value
    assert list(shown["Result"]) == ["counts, best", "does not count"]
    assert "heel came up" in shown["Why"][1]
    with Store() as store:
        assert [one.value for one in points(store, "toe_to_wall_left_cm", "me")] == [10.4]


def test_a_clip_without_a_sheet_is_one_sentence(page: AppTest) -> None:
    choose_sample(page)
    page.button(key="measure").click().run()
    assert not page.exception
    assert "sheet" in page.error[0].value


def test_wrong_points_show_an_example(page: AppTest) -> None:
    choose_sample(page)
    page.segmented_control(key="scale").set_value("Two points on the floor").run()
    page.text_input(key="points").set_value("1, 2, three")
    page.button(key="measure").click().run()
    assert "such as 412, 655, 903, 661, 60" in page.error[0].value
    assert np.size(page.metric) == 0
