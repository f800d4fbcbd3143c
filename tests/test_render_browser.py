"""The report and the film in a real Chromium: offline, on a phone's width, playing and seeking."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from render_factory import HEADLINES, make_result, make_table

from posecheck.render.keyframes import choose_key_shots
from posecheck.render.report import render_report
from posecheck.render.video import write_annotated

pytestmark = [pytest.mark.browser, pytest.mark.slow]
DURATION_S = 4.0


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    playwright = pytest.importorskip("playwright.sync_api")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("no chromium on this machine")
    with playwright.sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report with its film: 4 s at 30 frames a second, brighter every second."""
    folder = tmp_path_factory.mktemp("report")
    frames = (
        (np.full((180, 320, 3), 40 + 50 * (k // 30), np.uint8), k / 30)
        for k in range(round(DURATION_S * 30))
    )
    write_annotated(frames, folder / "annotated.webm")
    result = make_result(2, sides=("left", "right"))
    pictures = {s.time_s: np.full((640, 480, 3), 90, np.uint8) for s in choose_key_shots(result)}
    html = render_report(
        result,
        make_table(result),
        pictures,
        headline_columns=HEADLINES,
        video_name="annotated.webm",
    )
    path = folder / "report.html"
    path.write_text(html, encoding="utf-8")
    return path


def open_page(browser, report: Path, **options):
    page = browser.new_context(**options).new_page()
    page.said, page.asked = [], []
    page.on("console", lambda message: page.said.append(message.text))
    page.on("pageerror", lambda error: page.said.append(str(error)))
    page.on("request", lambda request: page.asked.append(request.url))
    page.goto(report.as_uri())
    wait(page, "document.querySelector('video').readyState >= 2")
    return page


def wait(page, expression: str) -> None:
    """Until ``expression`` is true; the page's own policy forbids Playwright's polling."""
    seconds = 20
    assert page.evaluate(
        f"""async () => {{
          const end = performance.now() + {seconds * 1000};
          while (!({expression}) && performance.now() < end)
            await new Promise(done => setTimeout(done, 20));
          return Boolean({expression});
        }}"""
    ), f"{expression}: not within {seconds} s"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1200])
def test_the_report_opens_offline_and_quietly(browser, report, scheme: str, width: int) -> None:
    viewport = {"width": width, "height": 844}
    page = open_page(browser, report, viewport=viewport, color_scheme=scheme, offline=True)
    assert page.said == []
    assert all(url.startswith(("file:", "data:")) for url in page.asked)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert len(page.screenshot()) > 10_000
    shown = page.locator("svg.chart:visible")
    assert shown.count() == 2
    assert shown.first.bounding_box()["width"] > 300


def test_no_chart_text_is_smaller_than_a_phone_can_show(browser, report) -> None:
    page = open_page(browser, report, viewport={"width": 390, "height": 844})
    heights = page.evaluate(
        "[...document.querySelectorAll('svg.chart.narrow text')]"
        ".map(t => t.getBoundingClientRect().height)"
    )
    assert min(heights) >= 10


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_from_their_ground(browser, report, scheme: str) -> None:
    """WCAG AA: a contrast of 4.5 for every element that holds text of its own."""
    page = open_page(browser, report, color_scheme=scheme, reduced_motion="reduce")
    low = page.evaluate(_CONTRAST)
    assert low == []


def test_the_film_has_its_length_plays_and_seeks(browser, report) -> None:
    page = open_page(browser, report)
    duration = page.evaluate("document.querySelector('video').duration")
    assert duration == pytest.approx(DURATION_S, abs=0.06)
    page.evaluate(
        "async () => { const v = document.querySelector('video'); v.muted = true; await v.play(); }"
    )
    wait(page, "document.querySelector('video').currentTime > 0.3")
    for second in (3, 1):
        page.evaluate(_SEEK, second + 0.5)
        shown = np.frombuffer(page.locator("video").screenshot(), np.uint8)
        gray = cv2.imdecode(shown, cv2.IMREAD_GRAYSCALE)
        middle = gray[gray.shape[0] // 2, gray.shape[1] // 2]
        assert middle == pytest.approx(40 + 50 * second, abs=8)


def test_a_moment_on_the_page_jumps_in_the_film(browser, report) -> None:
    page = open_page(browser, report)
    page.locator(".fault a[data-t]").first.click()
    wanted = float(page.locator(".fault a[data-t]").first.get_attribute("data-t"))
    at = page.evaluate("document.querySelector('video').currentTime")
    assert at == pytest.approx(min(wanted, DURATION_S), abs=0.1)
    assert page.url.endswith("report.html")


def test_a_missing_film_hides_its_place(browser, report, tmp_path: Path) -> None:
    alone = tmp_path / "report.html"
    alone.write_bytes(report.read_bytes())
    page = browser.new_context().new_page()
    page.goto(alone.as_uri())
    wait(page, "document.querySelector('video').closest('section').hidden")


_SEEK = """async (t) => {
  const video = document.querySelector('video');
  video.pause();
  video.controls = false;
  const seeked = new Promise(done => video.addEventListener('seeked', done, {once: true}));
  video.currentTime = t;
  await seeked;
}"""

_CONTRAST = """() => {
  const rgb = (text) => (text.match(/[0-9.]+/g) || []).map(Number);
  const light = (c) => {
    const [r, g, b] = c.slice(0, 3).map(v => {
      v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (e) => {
    for (; e; e = e.parentElement) {
      const c = rgb(getComputedStyle(e).backgroundColor);
      if (c.length === 3 || c[3] === 1) return c;
    }
    return [255, 255, 255];
  };
  const bad = [];
  const skip = 'svg, svg *, script, video, video *';
  for (const e of document.querySelectorAll('body *')) {
    if (e.matches(skip)) continue;
    const own = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    if (!own || !e.getClientRects().length) continue;
    const a = light(rgb(getComputedStyle(e).color)), b = light(ground(e));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) bad.push([e.className || e.tagName, e.textContent.trim().slice(0, 30), ratio]);
  }
  return bad;
}"""
