"""The page in a real Chromium: a clip is checked for real, and nothing leaves this machine."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browsing import Visit, focus_by_tab, visiting

pytestmark = pytest.mark.browser

CHECK_MS = 180_000


@pytest.fixture(scope="module")
def clip(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four seconds of a person: quick to check."""
    from posecheck.capture.files import read_frames
    from tests.videos import write_clip

    real = root.parent / "shared" / "testdata" / "pose2sim" / "balance_cam01.mp4"
    samples = sorted((root / "sample_videos").glob("standing-hip*.mp4"))
    for source in (*samples, real):
        if source.is_file():
            break
    else:
        pytest.skip("no clip of a person on this machine")
    pictures = []
    for frame in read_frames(source, max_side_px=640, rgb=True):
        height, width = (side // 2 * 2 for side in frame.rgb.shape[:2])
        pictures.append(frame.rgb[:height, :width])
        if len(pictures) == 100:
            break
    return write_clip(tmp_path_factory.mktemp("clips") / "mine.mp4", pictures=pictures)


@pytest.fixture
def visit(browser: Any, server: str, request: pytest.FixtureRequest) -> Iterator[Visit]:
    width, scheme = getattr(request, "param", (1280, "light"))
    with visiting(browser, server, width_px=width, scheme=scheme, accept_downloads=True) as found:
        found.open("Check a video")
        found.page.get_by_role("button", name="Check the video").wait_for()
        yield found


def check(page: Any, clip: Path) -> None:
    """Upload the clip, check it, and wait for the verdict."""
    begin(page, clip)
    page.locator(".pc-verdict").wait_for(timeout=CHECK_MS)
    page.get_by_role("button", name="Measures (CSV)").wait_for()


def begin(page: Any, clip: Path) -> None:
    """Upload the clip and start its check."""
    page.set_input_files("input[type=file]", str(clip))
    button = page.get_by_role("button", name="Check the video")
    page.wait_for_function(
        "button => !button.disabled", arg=button.element_handle(), timeout=30_000
    )
    button.click()


def contrast(page: Any, selector: str) -> float:
    """Of an element's text against the page, by WCAG's formula."""
    return float(
        page.evaluate(
            """selector => {
              const canvas = document.createElement('canvas').getContext('2d');
              const light = colour => {
                canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
                return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3)
                  .map(v => v / 255).map(v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
                  .reduce((sum, v, k) => sum + v * [.2126, .7152, .0722][k], 0);
              };
              const back = getComputedStyle(document.querySelector('.stApp')).backgroundColor;
              const a = light(back);
              const b = light(getComputedStyle(document.querySelector(selector)).color);
              return (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
            }""",
            selector,
        )
    )


@pytest.mark.parametrize(
    "visit",
    [(1280, "light"), (1280, "dark"), (390, "light")],
    ids=["light", "dark", "phone"],
    indirect=True,
)
def test_a_clip_is_checked_and_its_result_can_be_read(
    visit: Visit, clip: Path, request: pytest.FixtureRequest
) -> None:
    page, name = visit.page, request.node.callspec.id
    visit.shot(f"{name}-start")
    assert visit.overflow_px() <= 0
    check(page, clip)
    assert "mine.mp4" in page.locator(".pc .kicker").inner_text()
    assert page.locator("video").count() == 1
    assert contrast(page, ".pc-verdict p") >= 7
    visit.shot(f"{name}-result")
    assert visit.overflow_px() <= 0
    with page.expect_download() as download:
        page.get_by_role("button", name="Report").click()
    assert download.value.suggested_filename == "mine-report.html"
    assert "<h1>" in Path(download.value.path()).read_text("utf-8")


def test_a_refresh_keeps_a_check_and_a_click_takes_its_film_to_a_moment(
    visit: Visit, root: Path
) -> None:
    page = visit.page
    begin(page, root / "sample_videos" / "standing-hip-front-lean-bent-knee.mp4")
    page.get_by_role("button", name="Cancel").wait_for()
    page.reload()
    page.get_by_role("button", name="Cancel").wait_for()
    page.locator(".pc-verdict").wait_for(timeout=CHECK_MS)
    page.locator("video").wait_for()
    assert seconds_of_film(page) == 0
    page.get_by_role("button", name=re.compile("Trunk leans away, 00:")).first.click()
    page.wait_for_function("document.querySelector('video').currentTime > 8")
    page.get_by_role("button", name=re.compile("Knee to chest, 00:")).click()
    page.wait_for_function("document.querySelector('video').currentTime < 6")
    visit.shot("strip")

    before_s = seconds_of_film(page)
    chart = page.get_by_test_id("stVegaLiteChart").first
    chart.scroll_into_view_if_needed()
    size = chart.bounding_box()
    page.mouse.click(size["x"] + 0.9 * size["width"], size["y"] + 0.5 * size["height"])
    page.wait_for_function(
        "before => document.querySelector('video').currentTime > before + 3", arg=before_s
    )
    address = page.url
    page.reload()
    page.locator(".pc-verdict").wait_for(timeout=CHECK_MS)
    assert page.url == address
    visit.forgive_404()


def seconds_of_film(page: Any) -> float:
    return float(page.evaluate("document.querySelector('video').currentTime"))


def test_a_text_file_is_refused_in_one_sentence(visit: Visit, tmp_path: Path) -> None:
    diary = tmp_path / "diary.mp4"
    diary.write_text("Dear diary,\n")
    page = visit.page
    page.set_input_files("input[type=file]", str(diary))
    page.wait_for_timeout(1000)
    page.get_by_role("button", name="Check the video").click()
    alert = page.get_by_role("alert").first
    alert.wait_for(timeout=CHECK_MS)
    assert "diary.mp4: expected a video" in alert.inner_text()
    assert "/tmp" not in alert.inner_text()


def test_the_whole_way_goes_by_keyboard(visit: Visit) -> None:
    """From the first key to the report of a sample, and the check of another one cancelled."""
    page = visit.page
    focus_by_tab(page, "Your video")
    page.keyboard.press("ArrowRight")
    focused = "document.activeElement.innerText.trim()"
    if page.evaluate(focused) != "A sample":
        focus_by_tab(page, "A sample")
    page.keyboard.press("Enter")
    sample = page.get_by_role("combobox", name="Sample, to try it without a camera")
    sample.wait_for()
    sample.focus()
    # Typing filters the list.
    page.keyboard.type("hip flexion")
    page.wait_for_timeout(500)
    page.keyboard.press("Enter")
    page.wait_for_timeout(1500)
    focus_by_tab(page, "Check the video")
    page.keyboard.press("Enter")
    page.locator(".pc-verdict").wait_for(timeout=CHECK_MS)
    page.get_by_role("button", name="Measures (CSV)").wait_for()
    with page.expect_download() as download:
        focus_by_tab(page, "Report")
        page.keyboard.press("Enter")
    assert download.value.suggested_filename.endswith("-report.html")
    visit.shot("keyboard")


def test_a_check_is_cancelled(visit: Visit, clip: Path) -> None:
    page = visit.page
    begin(page, clip)
    page.get_by_role("button", name="Cancel").click()
    page.get_by_text("Stopped").wait_for(timeout=20_000)
