"""The pictures of README and docs, each page of the app among them: `make pictures`.

Needs Playwright and a Chromium (Debian's package chromium). Report and checked video are of a
sample; the history and the recordings are made up (tests/filled_home.py).
"""

from __future__ import annotations

import sys
import tempfile
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "sample_videos" / "standing-hip-front-lean-bent-knee.mp4"
TARGET = ROOT / "docs" / "img"
WIDTH_PX, HEIGHT_PX, PHONE_PX = 1040, 1330, 390
#: No picture is higher: a long page is cut off at the bottom.
MOST_PX = 1500
WAIT_MS = 180_000
#: A page's title and what it must show before it is taken.
PAGES = (
    ("Today", "text=Your routine today"),
    ("Live", "text=Start the camera"),
    ("Replay", ".pl canvas"),
    ("Progress", "text=Take it with you"),
    ("Moves", ".pc-drawn"),
    ("Settings", "text=About and privacy"),
)
#: Folders as they are called at somebody's home, not in this script's temporary one.
_AS_AT_HOME = r"""
for (const e of document.querySelectorAll('.pc-kept .soft'))
  e.textContent = e.textContent.replace(/^.*?[/]filled[/]/, '~/');
"""


def main() -> None:
    sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
    TARGET.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        from tests.browsing import chromium

        with chromium() as browser:
            live_window()
            report(browser, home)
            first_visit(browser, home)
            app(browser, home)


def live_window() -> None:
    """The window of `posecheck live` in the middle of a hold that shows an angle."""
    from posecheck.capture.files import read_frames
    from posecheck.core.live_view import Plan
    from posecheck.library import load_move
    from posecheck.live_session import LiveSession

    sample = ROOT / "sample_videos" / "standing-hip-front-both-sides.mp4"
    plan = Plan(countdown_s=1.0, view="front")
    with LiveSession(load_move("standing-hip"), None, plan) as session:
        for frame in read_frames(sample):
            fed = session.feed(frame.bgr, frame.t_s)
            assert fed is not None
            state = fed.view.frame
            if state.value is not None and (state.hold_s or 0.0) > 1.3:
                break
    assert fed.picture is not None
    # A camera's pictures compress badly without loss.
    Image.fromarray(fed.picture[..., ::-1]).save(TARGET / "live.jpg", quality=82)


def report(browser: Any, folder: Path) -> None:
    """The report of a check."""
    import posecheck

    posecheck.check(SAMPLE, move="standing-hip", out=folder / "out", video=False)
    page = browser.new_page(viewport={"width": WIDTH_PX, "height": HEIGHT_PX})
    page.goto((folder / "out" / SAMPLE.stem / "report.html").as_uri())
    page.wait_for_load_state("networkidle")
    keep(page.screenshot(), "report")
    page.close()


def first_visit(browser: Any, home: Path) -> None:
    """Today, for somebody who was never here."""
    from tests.browsing import app_served

    with app_served(ROOT, home / "new") as address:
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(address)
        page.get_by_text("Three steps").wait_for(timeout=WAIT_MS)
        whole_page(page, "page-first-visit")
        page.close()


def app(browser: Any, home: Path) -> None:
    """Every page of somebody with a history, in light; some in dark and on a phone."""
    from filled_home import RECORDINGS, fill

    from posecheck.ui.routes import titles
    from tests.browsing import app_served

    fill(home / "filled")
    with app_served(ROOT, home / "filled") as address:
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(address)
        for title, sign in PAGES:
            if title in titles():
                open_page(page, title, sign)
                whole_page(page, f"page-{title.lower().replace(' ', '-')}")
        routine(page)
        checked(page)
        measured(page)
        for name, scheme, width in (("dark", "dark", 1280), ("phone", "light", PHONE_PX)):
            other = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
            newest, older = RECORDINGS
            other.goto(f"{address}/replay?session={newest}&beside={older}")
            other.locator(".pl canvas").nth(1).wait_for(timeout=WAIT_MS)
            other.get_by_label("Frame", exact=True).fill("190")
            whole_page(other, f"page-replay-{name}")
            open_page(other, "Progress", "text=Take it with you")
            whole_page(other, f"page-progress-{name}")
            other.close()
        page.close()


def open_page(page: Any, title: str, sign: str) -> None:
    page.get_by_role("link", name=title, exact=True).click()
    page.get_by_role("heading", name=title, exact=True).first.wait_for(timeout=WAIT_MS)
    page.locator(sign).first.wait_for(timeout=WAIT_MS)


def routine(page: Any) -> None:
    """In the middle of a hold."""
    open_page(page, *PAGES[0])
    page.get_by_role("button", name="Start: ").click()
    page.get_by_role("button", name="Start now").click()
    page.get_by_text("Hold", exact=True).wait_for(timeout=WAIT_MS)
    keep(page.screenshot(), "page-routine")


def checked(page: Any) -> None:
    """A sample's result."""
    open_page(page, "Check a video", "text=Check the video")
    page.get_by_text("A sample", exact=True).click()
    page.get_by_role("button", name="Check the video").click()
    page.locator(".pc-verdict").wait_for(timeout=WAIT_MS)
    page.get_by_role("button", name="Measures (CSV)").wait_for(timeout=WAIT_MS)
    whole_page(page, "page-check")


def measured(page: Any) -> None:
    """Knee-to-wall, of a sample with a printed sheet."""
    open_page(page, "Knee to wall", "text=Start the camera")
    page.get_by_text("A sample", exact=True).click()
    page.get_by_role("button", name="Measure", exact=True).click()
    page.get_by_test_id("stMetricValue").first.wait_for(timeout=WAIT_MS)
    whole_page(page, "page-knee-to-wall")


def whole_page(page: Any, name: str) -> None:
    """The page as far down as it goes, or as a picture may."""
    page.wait_for_timeout(1500)
    size = page.viewport_size
    main = "document.querySelector('[data-testid=stMainBlockContainer]').scrollHeight"
    page.set_viewport_size(size | {"height": min(MOST_PX, page.evaluate(main) + 40)})
    page.evaluate("document.querySelector('[data-testid=stMain]').scrollTop = 0")
    page.wait_for_timeout(2500)
    page.evaluate(_AS_AT_HOME)
    keep(page.screenshot(), name)
    page.set_viewport_size(size)


def keep(png: bytes, name: str) -> None:
    """A palette of 256 colours keeps it sharp and small."""
    picture = Image.open(BytesIO(png)).convert("RGB").quantize(256)
    picture.save(TARGET / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
