"""Every page by the rules of accessibility, in a real Chromium: axe-core finds nothing serious."""

from __future__ import annotations

import re
from typing import Any

import pytest

from posecheck.ui.routes import titles
from tests.browsing import visiting

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("title", titles())
def test_axe_finds_nothing_serious(browser: Any, server: str, title: str, scheme: str) -> None:
    with visiting(browser, server, scheme=scheme) as visit:
        visit.open(title)
        visit.page.wait_for_timeout(1500)
        visit.shot(f"{re.sub('[^a-z]+', '-', title.lower())}-{scheme}")
        assert visit.serious() == []


@pytest.mark.parametrize("title", titles())
def test_a_page_fits_a_phone(browser: Any, server: str, title: str) -> None:
    with visiting(browser, server, width_px=390) as visit:
        visit.open(title)
        visit.page.wait_for_timeout(1000)
        visit.shot(f"{re.sub('[^a-z]+', '-', title.lower())}-phone")
        assert visit.overflow_px() <= 0
