"""Today, Routine, Progress and Replay of somebody with a history, in a real Chromium."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from filled_home import RECORDINGS, fill

from tests.browsing import Visit, app_served, visiting

pytestmark = pytest.mark.browser

WAIT_MS = 90_000
_RING_MOVED = "before => document.querySelector('.pc-ring').innerText !== before"


@pytest.fixture(scope="module")
def server(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("home")
    fill(home)
    with app_served(root, home) as address:
        yield address


@pytest.fixture(params=[(1280, "light"), (1280, "dark"), (390, "light")], ids=str)
def visit(browser: Any, server: str, request: pytest.FixtureRequest) -> Iterator[Visit]:
    width, scheme = request.param
    with visiting(browser, server, width_px=width, scheme=scheme) as found:
        yield found


def assert_clean(visit: Visit, name: str) -> None:
    """Nothing serious for axe-core, nothing wider than the window."""
    visit.page.wait_for_timeout(1000)
    visit.shot(f"{name}-{visit.page.viewport_size['width']}")
    assert visit.serious() == []
    assert visit.overflow_px() <= 0


def test_progress_draws_both_sides(visit: Visit) -> None:
    visit.open("Progress")
    page = visit.page
    page.get_by_text("real change (more than 1.9 cm)").first.wait_for(timeout=WAIT_MS)
    page.locator("canvas, svg.marks").nth(3).wait_for(timeout=WAIT_MS)
    assert_clean(visit, "progress")
    with page.expect_download() as download:
        page.get_by_role("button", name="History (CSV)").click()
    assert "toe_to_wall_left_cm" in Path(download.value.path()).read_text("utf-8")
    with page.expect_download() as download:
        page.get_by_role("button", name="Chart (SVG)").click()
    assert Path(download.value.path()).read_text("utf-8").startswith("<svg")


def now(page: Any) -> str:
    return str(page.locator(".pl-now").inner_text())


def test_replay_steps_plays_and_loops(visit: Visit) -> None:
    visit.open("Replay")
    page = visit.page
    page.locator(".pl canvas").first.wait_for(timeout=WAIT_MS)
    assert now(page).startswith("00:00.00")
    page.get_by_role("button", name="One frame on").click()
    assert now(page).startswith("00:00.03")
    page.locator(".pl canvas").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    assert now(page).startswith("00:00.00")
    page.get_by_label("Speed").select_option("2")
    page.get_by_role("combobox", name="Play").select_option("1")
    began = now(page)
    assert "Repetition 1" in began
    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_function(
        "began => document.querySelector('[data-testid=stMain]') && "
        "![...document.querySelectorAll('*')].some(e => e.shadowRoot && "
        "e.shadowRoot.querySelector('.pl-now')?.innerText === began)",
        arg=began, timeout=WAIT_MS,
    )  # fmt: skip
    page.get_by_role("button", name="Pause", exact=True).click()
    assert_clean(visit, "replay")


def test_two_sessions_run_side_by_side_and_survive_a_refresh(browser: Any, server: str) -> None:
    newest, older = RECORDINGS
    with visiting(browser, server) as visit:
        page = visit.page
        page.goto(f"{server}/replay?session={newest}&beside={older}")
        page.locator(".pl canvas").nth(1).wait_for(timeout=WAIT_MS)
        page.get_by_role("heading", name="What differs").wait_for(timeout=WAIT_MS)
        page.reload()
        page.locator(".pl canvas").nth(1).wait_for(timeout=WAIT_MS)
        page.get_by_role("button", name="Score with today's rules").click()
        page.get_by_text(re.compile("Then posecheck")).wait_for(timeout=WAIT_MS)
        assert_clean(visit, "replay-two")
        visit.forgive_404()


def test_the_routine_goes_on_after_a_refresh(visit: Visit) -> None:
    page = visit.page
    page.get_by_role("button", name=re.compile("^Start: ")).click()
    say = page.locator(".pc-say")
    say.wait_for(timeout=WAIT_MS)
    assert say.inner_text().startswith("Get ready")
    page.get_by_role("button", name="Start now").click()
    page.wait_for_function(
        "!document.querySelector('.pc-say').innerText.startsWith('Get ready')", timeout=WAIT_MS
    )
    page.reload()
    say.wait_for(timeout=WAIT_MS)
    assert not say.inner_text().startswith("Get ready")
    page.get_by_role("button", name="Pause").click()
    page.get_by_role("button", name="Go on").wait_for(timeout=WAIT_MS)
    assert_clean(visit, "routine")
    page.get_by_role("button", name="Stop").click()
    page.get_by_role("heading", name="Done for today").wait_for(timeout=WAIT_MS)
    visit.forgive_404()


def test_pain_ends_the_move_that_hurts_and_no_other(visit: Visit) -> None:
    """The page ticks twice a second and may send the answer along again."""
    page = visit.page
    page.get_by_role("button", name=re.compile("^Start: ")).click()
    page.get_by_role("button", name="Start now").click()
    page.get_by_role("button", name="It hurts").click()
    page.get_by_role("radio", name="5", exact=True).click()
    page.get_by_text(re.compile("^Move 2 of ")).wait_for(timeout=WAIT_MS)
    for _ in range(5):  # later ticks of the page
        page.wait_for_function(_RING_MOVED, arg=page.locator(".pc-ring").inner_text())
    assert page.get_by_text(re.compile("^Move 2 of ")).count() == 1
    page.get_by_role("button", name="Stop").click()
    page.get_by_role("heading", name="Done for today").wait_for(timeout=WAIT_MS)
    advice = page.get_by_text("pain 5 of 10. Leave it for today")
    advice.first.wait_for(timeout=WAIT_MS)
    page.get_by_role("button", name="Back to today").wait_for(timeout=WAIT_MS)
    assert advice.count() == 1


def test_on_a_phone_every_page_is_one_touch_away(browser: Any, server: str) -> None:
    with visiting(browser, server, width_px=390) as visit:
        page = visit.page
        visit.open("Settings")
        visit.open("Progress")
        box = page.get_by_role("link", name="Replay", exact=True).bounding_box()
        assert box["height"] >= 40
        assert box["width"] >= 60
        assert page.get_by_test_id("stSidebar").count() == 0


def test_the_tab_bears_our_own_icon_on_every_page(visit: Visit) -> None:
    page, own = visit.page, "link[rel~=icon][href^='data:image/svg+xml']"
    page.locator(own).wait_for(state="attached", timeout=WAIT_MS)
    visit.open("Moves")
    page.wait_for_timeout(500)
    assert page.locator(own).count() == 1
