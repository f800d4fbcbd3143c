"""Points clicked on a picture in a real Chromium: by mouse, by finger's width, by keyboard."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from posecheck.scaling import ScaleInput, clip_scale
from tests.browsing import Visit, chromium, visiting

pytestmark = pytest.mark.browser

WAIT_MS = 90_000
MEASURE_MS = 240_000
CLIP = "knee-to-wall-side-sheet"
CORNERS = ("upper left", "upper right", "lower right", "lower left")
#: A click lands on whole pixels of the screen, and the picture is shown smaller than it is.
CLICK_PX = 2.0


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as running:
        yield running


@pytest.fixture
def visit(browser: Any, server: str, request: pytest.FixtureRequest) -> Iterator[Visit]:
    """Somebody who has a sheet of plain paper, so far as the page knows, and clicks its corners."""
    with visiting(browser, server, width_px=getattr(request, "param", 1280)) as found:
        found.open("Knee to wall")
        page = found.page
        page.get_by_role("button", name="Start the camera").wait_for(timeout=WAIT_MS)
        page.get_by_text("A sample", exact=True).click()
        page.get_by_role("button", name="Measure", exact=True).wait_for(timeout=WAIT_MS)
        page.get_by_text("A bare sheet of paper", exact=True).click()
        page.get_by_role("application").wait_for(timeout=WAIT_MS)
        chosen = page.get_by_role("combobox", name="Sample")
        if "side, sheet" not in chosen.input_value():
            chosen.click()
            page.get_by_role("option", name="side, sheet").click()
        page.wait_for_timeout(1500)
        yield found


@pytest.fixture(scope="module")
def corners_px(root: Path) -> list[tuple[float, float]]:
    """Where the sheet's corners are in the sample, from its printed pattern."""
    sheet = clip_scale(root / "sample_videos" / f"{CLIP}.mp4", ScaleInput()).sheet
    assert sheet is not None
    by_height = sorted(((float(x), float(y)) for x, y in sheet.outline_px), key=lambda p: p[1])
    upper, lower = sorted(by_height[:2]), sorted(by_height[2:])
    return [*upper, *reversed(lower)]


def click_on(page: Any, point_px: tuple[float, float]) -> None:
    """A point of the picture, whatever size it is shown at."""
    stage = page.get_by_role("application")
    stage.scroll_into_view_if_needed()
    box = stage.bounding_box()
    width, height = stage.locator("img").evaluate("e => [e.naturalWidth, e.naturalHeight]")
    page.mouse.click(
        box["x"] + point_px[0] / width * box["width"],
        box["y"] + point_px[1] / height * box["height"],
    )


def told(page: Any) -> list[float]:
    """The points as the page has them, in the picture's pixels."""
    text = page.get_by_label("The same as numbers").input_value()
    return [float(part) for part in text.replace(";", ",").split(",") if part.strip()]


def say(page: Any) -> Any:
    return page.locator(".pk-say")


def test_a_clicked_sheet_gives_centimetres_within_their_error(
    visit: Visit, root: Path, corners_px: list[tuple[float, float]]
) -> None:
    page = visit.page
    for corner, name in zip(corners_px, CORNERS, strict=True):
        page.get_by_text(f"{name} corner", exact=False).and_(say(page)).wait_for(timeout=WAIT_MS)
        click_on(page, corner)
    page.get_by_text("All points are set.").wait_for(timeout=WAIT_MS)
    page.wait_for_timeout(1500)
    flat = [value for corner in corners_px for value in corner]
    assert told(page) == pytest.approx(flat, abs=CLICK_PX)
    assert visit.serious() == []
    visit.shot("pick-corners")
    page.get_by_role("button", name="Measure", exact=True).click()
    value = page.get_by_test_id("stMetricValue").first
    value.wait_for(timeout=MEASURE_MS)
    visit.shot("pick-measured")
    with page.expect_download() as download:
        page.get_by_role("button", name="Numbers (JSON)").click()
    tries = json.loads(Path(download.value.path()).read_text("utf-8"))["tries"]
    found = [one["toe_to_wall_cm"] for one in tries if one["valid"]]
    assert found
    truth = json.loads((root / "sample_videos" / f"{CLIP}.truth.json").read_text("utf-8"))
    phases = [phase for rep in truth["repetitions"] for phase in rep["phases"]]
    true_cm = [one["peak"]["toe_to_wall_left_cm"] for one in phases if one["id"] == "touch"]
    for one in found:
        assert min(abs(one["value"] - true) for true in true_cm) <= one["error"]


@pytest.mark.parametrize("visit", [390], indirect=True)
def test_points_are_set_moved_and_taken_back_without_a_mouse(visit: Visit) -> None:
    page = visit.page
    stage = page.get_by_role("application")
    stage.focus()
    page.keyboard.press("Enter")
    page.get_by_text("upper right corner").and_(say(page)).wait_for(timeout=WAIT_MS)
    for _ in range(3):
        page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.get_by_text("lower right corner").and_(say(page)).wait_for(timeout=WAIT_MS)
    page.wait_for_timeout(1500)
    first_x, first_y, second_x, second_y = told(page)
    assert (second_x - first_x, second_y - first_y) == (60.0, 1.0)
    visit.shot("pick-phone")
    page.keyboard.press("Backspace")
    page.get_by_text("upper right corner").and_(say(page)).wait_for(timeout=WAIT_MS)
    page.get_by_role("button", name="Clear").click()
    page.get_by_text("upper left corner").and_(say(page)).wait_for(timeout=WAIT_MS)
    page.wait_for_timeout(1500)
    assert told(page) == []
    assert visit.overflow_px() == 0
