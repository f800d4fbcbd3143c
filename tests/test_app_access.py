"""Every page by the rules of accessibility, in a real Chromium: axe-core finds nothing serious."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from posecheck.ui.routes import titles
from tests.browsing import app_served, chromium, visiting

pytestmark = pytest.mark.browser

#: Streamlit's own, which no page of ours can change: the frame of the app around our pages.
NOT_OURS = frozenset[str]()


@pytest.fixture(scope="module")
def server(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with app_served(root, tmp_path_factory.mktemp("home")) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as running:
        yield running


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("title", titles())
def test_axe_finds_nothing_serious(browser: Any, server: str, title: str, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    with visiting(browser, server, scheme=scheme) as visit:
        visit.open(title)
        visit.page.wait_for_timeout(1500)
        visit.shot(f"{re.sub('[^a-z]+', '-', title.lower())}-{scheme}")
        found = axe.run(visit.page).response["violations"]
    serious = [
        f"{one['id']}: {one['help']}: {[node['html'][:200] for node in one['nodes']]}"
        for one in found
        if one["impact"] in ("serious", "critical") and one["id"] not in NOT_OURS
    ]
    assert serious == []


@pytest.mark.parametrize("title", titles())
def test_a_page_fits_a_phone(browser: Any, server: str, title: str) -> None:
    with visiting(browser, server, width_px=390) as visit:
        visit.open(title)
        visit.page.wait_for_timeout(1000)
        visit.shot(f"{re.sub('[^a-z]+', '-', title.lower())}-phone")
        assert visit.overflow_px() <= 0
