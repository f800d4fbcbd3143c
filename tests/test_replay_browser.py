"""A checked video's film on the page "Replay": each of its frames carries its number."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from session_factory import checked

from tests.browsing import Visit, app_served, visiting
from tests.videos import BITS

pytestmark = pytest.mark.browser

WAIT_MS = 90_000
FPS = 15
FIRST, SECOND = "20251124-180000-0123456789abcdef", "20251125-180000-0123456789abcdef"
#: The numbers that the films show, and the places of the players.
_LOOK = """bits => {
  const root = [...document.querySelectorAll('*')].map(e => e.shadowRoot).filter(Boolean)
    .map(r => r.querySelector('.pl-root')).find(Boolean);
  if (!root) return null;
  const read = canvas => {
    const context = canvas.getContext('2d');
    let number = 0;
    for (let bit = 0; bit < bits; bit += 1) {
      const x = (bit + .5) * canvas.width / bits, y = canvas.height * .75;
      if (context.getImageData(x, y, 1, 1).data[1] > 128) number += 2 ** bit;
    }
    return number;
  };
  return { shown: [...root.querySelectorAll('canvas')].map(read),
           frame: Number(root.querySelector('input[type=range]').value) };
}"""


@pytest.fixture(scope="module")
def server(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("home")
    kept = home / "data" / "posecheck" / "checks"
    checked(kept / FIRST, "first.mp4", filmed=True, fps=FPS)
    checked(kept / SECOND, "second.mp4", filmed=True, fps=FPS, hold_scale=1.5, mirrored=True)
    with app_served(root, home) as address:
        yield address


@pytest.fixture
def visit(browser: Any, server: str) -> Iterator[Visit]:
    with visiting(browser, server) as found:
        found.page.goto(f"{server}/replay?session={FIRST}")
        found.page.locator(".pl canvas").first.wait_for(timeout=WAIT_MS)
        yield found
        found.forgive_404()


def look(page: Any) -> tuple[list[int], int]:
    found = page.evaluate(_LOOK, BITS)
    return found["shown"], found["frame"]


def wait_for_frame(page: Any, frame: int) -> None:
    """Until the film shows the frame that the slider says, and that is asked for."""
    for _ in range(200):
        shown, at = look(page)
        if (shown[0], at) == (frame % 2**BITS, frame):
            return
        page.wait_for_timeout(100)
    pytest.fail(f"frame {frame}: the film shows {shown}, the slider {at}")


def test_every_step_shows_its_own_frame(visit: Visit) -> None:
    page = visit.page
    wait_for_frame(page, 0)
    for frame in (1, 2, 3):
        page.get_by_role("button", name="One frame on").click()
        wait_for_frame(page, frame)
    page.get_by_role("button", name="One frame back").click()
    wait_for_frame(page, 2)
    slider = page.get_by_label("Frame", exact=True)
    for frame in (97, 41, 98):
        slider.fill(str(frame))
        wait_for_frame(page, frame)


def test_a_repetition_plays_over_and_over_and_stops_on_a_frame(visit: Visit) -> None:
    page = visit.page
    loop = page.get_by_role("combobox", name="Play")
    loop.select_option("1")
    _, first = look(page)
    assert first > 0
    page.get_by_label("Speed").select_option("2")
    page.get_by_role("button", name="Play", exact=True).click()
    seen = [first]
    for _ in range(900):
        page.wait_for_timeout(50)
        seen.append(look(page)[1])
        if seen[-1] < seen[-2]:
            break
    else:
        pytest.fail("it does not begin again")
    assert len(set(seen)) > 10, "it jumps"
    assert min(seen) >= first
    page.get_by_role("button", name="Pause", exact=True).click()
    page.wait_for_timeout(500)
    wait_for_frame(page, look(page)[1])


def test_two_films_keep_to_the_same_position(visit: Visit) -> None:
    page = visit.page
    page.get_by_role("combobox", name="Beside it").click()
    page.get_by_role("option", name=re.compile("second.mp4")).click()
    page.locator(".pl canvas").nth(1).wait_for(timeout=WAIT_MS)
    page.get_by_role("heading", name="What differs").wait_for(timeout=WAIT_MS)
    page.get_by_label("Frame", exact=True).fill("100")
    wait_for_frame(page, 100)
    before, _ = look(page)
    page.get_by_label("Speed").select_option("1")
    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_function(
        "([look, bits, first]) => (0, eval)(`(${look})`)(bits).shown[1] > first + 10",
        arg=[_LOOK, BITS, before[1]], timeout=WAIT_MS,
    )  # fmt: skip
    page.get_by_role("button", name="Pause", exact=True).click()
    page.get_by_role("button", name="Score with today's rules").click()
    page.get_by_text("Nothing changed.").wait_for(timeout=WAIT_MS)
    assert visit.serious() == []
    visit.shot("replay-two-films")
