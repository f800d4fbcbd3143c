"""How long somebody waits for the app's pages, in a real Chromium: `python -m benchmarks.app`.

Against these targets: first page usable 3 s after the command on a warm machine, any page 1 s after
its link with 10,000 sessions in the history, the result of a clip of 30 s within 2 s of its
analysis. Needs Debian's chromium.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

from sqlalchemy.engine import make_url

from benchmarks.clips import lengthened
from benchmarks.rows import Row, print_table
from posecheck.pipeline import check
from posecheck.store.opening import Store
from posecheck.store.writing import save_all
from posecheck.ui.jobs import new_uid
from posecheck.ui.routes import titles
from tests.browsing import IDLE, app_served, chromium, visiting
from tests.history_factory import many

ROOT = Path(__file__).resolve().parent.parent
CLIP, MOVE = ROOT / "sample_videos" / "standing-hip-side-good.mp4", "standing-hip"
CLIP_S = 30.0
SESSIONS = 10_000
#: One start says little on a shared machine.
FIRST_VISITS = 3
FIRST_PAGE_S, SWITCH_S, RESULT_S = 3.0, 1.0, 2.0
#: Notes when the progress last told something new, and when the verdict came.
_WATCH = """() => {
  let told = '';
  new MutationObserver(() => {
    const text = document.querySelector('[data-testid=stProgress]')?.innerText ?? told;
    if (text !== told) { told = text; window.pcNews = performance.now(); }
    if (!window.pcVerdict && document.querySelector('.pc-verdict'))
      window.pcVerdict = performance.now();
  }).observe(document.body, { childList: true, subtree: true, characterData: true });
}"""


def seconds(what: Callable[[], object]) -> float:
    began = perf_counter()
    what()
    return perf_counter() - began


def opened(page: Any, title: str) -> None:
    """The page is drawn and its script is done."""
    page.get_by_role("heading", name=title, exact=True).first.wait_for(timeout=60_000)
    page.wait_for_function(IDLE)


def seed(home: Path) -> str:
    """Fill a home with a long history and one finished check; gives the check's uid."""
    with Store(make_url(f"sqlite:///{home}/history.db")) as store:
        save_all(store, list(many(datetime.now(UTC), SESSIONS)))
    uid = new_uid(datetime.now())
    out = home / "out"
    check(CLIP, MOVE, out=out, page=True)
    kept = home / "data" / "posecheck" / "checks" / uid
    shutil.copytree(out / CLIP.stem, kept)
    return uid


def app_rows(home: Path) -> list[Row]:
    """Every wait; the first visit to each page is not counted: it loads libraries."""
    uid = seed(home)
    clip = lengthened(CLIP, home / "half a minute.mp4", CLIP_S)
    rows = []
    with chromium() as browser:
        for visit_no in range(1, FIRST_VISITS + 1):
            began = perf_counter()
            new = home / f"new {visit_no}"
            with app_served(ROOT, new) as server, visiting(browser, server) as visit:
                opened(visit.page, titles()[0])
                rows.append(row(f"first page after the command, nothing kept yet ({visit_no})",
                                perf_counter() - began, FIRST_PAGE_S))  # fmt: skip
        began = perf_counter()
        with app_served(ROOT, home) as server, visiting(browser, server) as visit:
            page = visit.page
            opened(page, titles()[0])
            rows.append(row("first page after the command", perf_counter() - began, FIRST_PAGE_S))
            for title in titles():
                visit.open(title)
                opened(page, title)
            for title in titles():

                def switch(title: str = title) -> None:
                    page.get_by_role("link", name=title, exact=True).click()
                    opened(page, title)

                rows.append(row(f'page "{title}", {SESSIONS} sessions', seconds(switch), SWITCH_S))

            visit.open("Check a video")
            rows.append(row(f"a clip of {CLIP_S:.0f} s, its result after its last step",
                            after_the_last_step_s(page, clip), RESULT_S))  # fmt: skip

            def result() -> None:
                page.goto(f"{server}/check?check={uid}")
                page.locator(".pc-verdict").wait_for(timeout=60_000)

            rows.append(row("a result, page loaded anew", seconds(result), RESULT_S))
            visit.complaints.clear()  # Streamlit looks under the page's own path first: 404
    return rows


def row(what: str, spent_s: float, target_s: float) -> Row:
    return Row(what, spent_s, "s", f"≤ {target_s:g}", spent_s <= target_s)


def after_the_last_step_s(page: Any, clip: Path) -> float:
    """Check a clip as a visitor does: from the last news of its progress to its verdict."""
    page.set_input_files("input[type=file]", str(clip))
    button = page.get_by_role("button", name="Check the video")
    page.wait_for_function("one => !one.disabled", arg=button.element_handle(), timeout=60_000)
    page.evaluate(_WATCH)
    button.click()
    page.locator(".pc-verdict").wait_for(timeout=300_000)
    return float(page.evaluate("(window.pcVerdict - window.pcNews) / 1000"))


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        rows = app_rows(Path(folder))
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    print_table(rows)


if __name__ == "__main__":
    main()
