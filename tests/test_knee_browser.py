"""The page "Knee to wall" in a real Chromium: a clip is uploaded, and held before the webcam."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browsing import Visit, chromium, visiting
from tests.webcams import wait_for_board, webcam_flags, write_webcam

pytestmark = pytest.mark.browser

WAIT_MS = 90_000
MEASURE_MS = 240_000
CLIP = "knee-to-wall-side-sheet"


@pytest.fixture(scope="module")
def browser(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Its webcam shows three tries beside a printed sheet."""
    webcam = write_webcam(
        root / "sample_videos" / f"{CLIP}.mp4", tmp_path_factory.mktemp("webcam") / "wall.y4m",
        width_px=960, height_px=540, fps=12,
    )  # fmt: skip
    with chromium(*webcam_flags(webcam)) as running:
        yield running


@pytest.fixture
def visit(browser: Any, server: str, request: pytest.FixtureRequest) -> Iterator[Visit]:
    width, scheme = getattr(request, "param", (1280, "light"))
    with visiting(
        browser, server, width_px=width, scheme=scheme, permissions=["camera"],
        accept_downloads=True,
    ) as found:  # fmt: skip
        found.open("Knee to wall")
        found.page.get_by_role("button", name="Start the camera").wait_for(timeout=WAIT_MS)
        yield found


@pytest.fixture(scope="module")
def true_cm(root: Path) -> list[float]:
    """Toe to wall of each try as it was rendered."""
    truth = json.loads((root / "sample_videos" / f"{CLIP}.truth.json").read_text("utf-8"))
    phases = [phase for rep in truth["repetitions"] for phase in rep["phases"]]
    return [one["peak"]["toe_to_wall_left_cm"] for one in phases if one["id"] == "touch"]


def readings(page: Any) -> list[tuple[float, float]]:
    """Toe to wall of every try that counts, with its error, from the page's own download."""
    with page.expect_download() as download:
        page.get_by_role("button", name="Numbers (JSON)").click()
    result = json.loads(Path(download.value.path()).read_text("utf-8"))
    found = [one["toe_to_wall_cm"] for one in result["tries"] if one["valid"]]
    return [(one["value"], one["error"]) for one in found]


def assert_true(found: list[tuple[float, float]], true_cm: list[float]) -> None:
    for value, error in found:
        nearest = min(true_cm, key=lambda true, value=value: abs(true - value))
        assert abs(value - nearest) <= error, f"{value} ± {error} cm, rendered {nearest} cm"


def start(page: Any) -> None:
    """With the left leg alone."""
    leg = page.get_by_test_id("stButtonGroup").filter(has_text="Which leg")
    leg.get_by_text("Left", exact=True).click()
    page.wait_for_timeout(1000)
    page.get_by_role("button", name="Start the camera").click()


def upload(page: Any, root: Path) -> Any:
    """Choose the clip; gives the button that measures it."""
    page.get_by_text("Videos", exact=True).click()
    page.set_input_files("input[type=file]", str(root / "sample_videos" / f"{CLIP}.mp4"))
    measure = page.get_by_role("button", name="Measure", exact=True, disabled=False)
    measure.wait_for(timeout=WAIT_MS)
    return measure


def test_an_uploaded_clip_is_measured_within_its_error_through_a_refresh(
    visit: Visit, root: Path, true_cm: list[float]
) -> None:
    page = visit.page
    measure = upload(page, root)
    visit.shot("knee-upload")
    measure.click()
    cancel = page.get_by_role("button", name="Cancel")
    cancel.wait_for(timeout=WAIT_MS)
    page.reload()
    cancel.wait_for(timeout=WAIT_MS)
    bar = page.get_by_test_id("stProgress")
    bar.filter(has_text="frames").wait_for(timeout=MEASURE_MS)
    assert visit.serious() == []
    visit.shot("knee-measuring")
    value = page.get_by_test_id("stMetricValue").first
    value.wait_for(timeout=MEASURE_MS)
    assert " cm ± " in value.inner_text()
    found = readings(page)
    assert len(found) == len(true_cm)
    assert_true(found, true_cm)
    assert visit.serious() == []
    visit.shot("knee-result")
    page.reload()
    value.wait_for(timeout=WAIT_MS)
    visit.forgive_404()


def test_measuring_is_cancelled_and_leaves_the_form(visit: Visit, root: Path) -> None:
    page = visit.page
    upload(page, root).click()
    page.get_by_test_id("stProgress").filter(has_text="frames").wait_for(timeout=MEASURE_MS)
    page.get_by_role("button", name="Cancel").click()
    page.get_by_text("Stopped: nothing was kept").wait_for(timeout=WAIT_MS)
    page.get_by_role("button", name="Measure", exact=True, disabled=False).wait_for()
    assert page.get_by_test_id("stMetricValue").count() == 0


def test_before_the_webcam_the_centimetres_are_within_their_error(
    visit: Visit, true_cm: list[float]
) -> None:
    page = visit.page
    start(page)
    wait_for_board(page, "progress", "left 0 of 3")
    wait_for_board(page, "progress", "left 1 of 3")
    assert visit.serious() == []
    visit.shot("knee-live")
    page.keyboard.press("q")
    page.get_by_test_id("stMetricValue").first.wait_for(timeout=MEASURE_MS)
    found = readings(page)
    assert found
    assert_true(found, true_cm)
    assert visit.serious() == []
    visit.shot("knee-live-result")
    visit.press("Measure again", page.get_by_role("button", name="Start the camera"))


@pytest.mark.parametrize("visit", [(1280, "dark"), (390, "light")], indirect=True)
def test_a_running_test_can_be_read_by_everybody(
    visit: Visit, request: pytest.FixtureRequest
) -> None:
    page = visit.page
    assert visit.serious() == []
    assert visit.overflow_px() <= 0
    start(page)
    wait_for_board(page, "heading", "Left leg")
    assert visit.serious() == []
    assert visit.overflow_px() <= 0
    visit.shot(f"knee-running-{request.node.callspec.id}")
    page.keyboard.press("q")
    page.get_by_role("button", name="Measure again").wait_for(timeout=MEASURE_MS)
    assert visit.serious() == []
    assert visit.overflow_px() <= 0
