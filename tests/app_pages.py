"""Opening a page of the app without a browser."""

from __future__ import annotations

from pathlib import Path

from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

TIMEOUT_S = 30
APP = Path(__file__).resolve().parent.parent / "app.py"


def app_page(name: str = "") -> AppTest:
    """A page by its path, not run yet; the default page without one."""
    page = AppTest.from_file(str(APP), default_timeout=TIMEOUT_S)
    if name:
        # AppTest.switch_page knows pages that are files only; this is what it sets for them.
        page._page_hash = calc_hash(name)
    return page


def text_of(page: AppTest) -> str:
    """Everything that the page says, in one string."""
    kinds = (
        page.title, page.subheader, page.markdown, page.caption, page.error, page.info,
        page.warning, page.success,
    )  # fmt: skip
    said = [element.value for kind in kinds for element in kind]
    return "\n".join([*said, *(html.proto.body for html in page.get("html"))])
