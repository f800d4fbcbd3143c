"""How long somebody waits for the app's pages, in a real Chromium: `python -m benchmarks.app`.

Against these targets: first page usable 3 s after the command on a warm machine, any page 1 s after
its link with 10,000 sessions in the history, a result 2 s after its check. Needs Debian's chromium.
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

from benchmarks.run import CLIP, MOVE
from posecheck.pipeline import check
from posecheck.store.opening import Store
from posecheck.store.writing import save_all
from posecheck.ui.jobs import new_uid
from posecheck.ui.routes import titles
from tests.browsing import app_served, chromium, visiting
from tests.history_factory import many

ROOT = Path(__file__).resolve().parent.parent
SESSIONS = 10_000
FIRST_PAGE_S, SWITCH_S, RESULT_S = 3.0, 1.0, 2.0
_IDLE = (
    "document.querySelector('[data-testid=stApp]')?.getAttribute('data-test-script-state')"
    " === 'notRunning'"
)


def seconds(what: Callable[[], object]) -> float:
    began = perf_counter()
    what()
    return perf_counter() - began


def opened(page: Any, title: str) -> None:
    """The page is drawn and its script is done."""
    page.get_by_role("heading", name=title, exact=True).first.wait_for(timeout=60_000)
    page.wait_for_function(_IDLE)


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


def figures(home: Path) -> list[tuple[str, float, float]]:
    """(what, seconds, target); the first visit to each page is not counted: it loads libraries."""
    uid = seed(home)
    rows = []
    with chromium() as browser:
        began = perf_counter()
        with app_served(ROOT, home) as server, visiting(browser, server) as visit:
            page = visit.page
            opened(page, titles()[0])
            rows.append(("first page after the command", perf_counter() - began, FIRST_PAGE_S))
            for title in titles():
                visit.open(title)
                opened(page, title)
            for title in titles():

                def switch(title: str = title) -> None:
                    page.get_by_role("link", name=title, exact=True).click()
                    opened(page, title)

                rows.append((f'page "{title}", {SESSIONS} sessions', seconds(switch), SWITCH_S))

            def result() -> None:
                page.goto(f"{server}/check?check={uid}")
                page.locator(".pc-verdict").wait_for(timeout=60_000)

            rows.append(("a result, page loaded anew", seconds(result), RESULT_S))
            visit.complaints.clear()  # Streamlit looks under the page's own path first: 404
    return rows


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        rows = figures(Path(folder))
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    print("| what | seconds | target | reached |\n|---|---|---|---|")
    for what, spent_s, target_s in rows:
        reached = "yes" if spent_s <= target_s else "no"
        print(f"| {what} | {spent_s:.2f} | ≤ {target_s:g} | {reached} |")


if __name__ == "__main__":
    main()
