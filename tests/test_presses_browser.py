"""A press on a page that is being drawn anew, in a real Chromium with the server's own settings."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from posecheck.cli_app import server_flags
from tests.browsing import chromium, free_port, visiting, wait_until_served

pytestmark = pytest.mark.browser

#: As on the page Live: a board with its keys is drawn anew by itself, beside parts that have the
#: whole page drawn anew. Here that takes long, so that a press surely waits.
PAGE = """
import sys
from time import sleep
import streamlit as st

@st.fragment(run_every=0.25)
def board():
    st.button("Press", on_click=lambda: print("pressed", file=sys.stderr, flush=True))

st.checkbox("Draw anew")
board()
for step in range(30):
    sleep(0.1)
    st.text(f"drawing {step}")
st.text("drawn")
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """The page's address, and where its presses are written."""
    script, log = tmp_path / "page.py", tmp_path / "log"
    script.write_text(PAGE)
    port = free_port()
    flags = server_flags(port, "127.0.0.1", 1, headless=True)
    with log.open("w") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", str(script), *flags],
            stdout=subprocess.DEVNULL, stderr=errors,
        )  # fmt: skip
        try:
            address = f"http://127.0.0.1:{port}"
            wait_until_served(address, process)
            yield address, log
        finally:
            process.terminate()
            process.wait(15)


def test_a_press_is_heard_though_the_page_is_drawn_anew_twice_meanwhile(
    server: tuple[str, Path],
) -> None:
    address, log = server
    with chromium() as browser, visiting(browser, address) as visit:
        page = visit.page
        page.get_by_text("drawn", exact=True).wait_for(timeout=60_000)
        page.wait_for_timeout(500)
        page.get_by_text("Draw anew").click()
        page.wait_for_timeout(500)
        page.get_by_role("button", name="Press").click()
        page.wait_for_timeout(200)
        page.get_by_text("Draw anew").click()
        limit_s = time.monotonic() + 60
        while "pressed" not in log.read_text() and time.monotonic() < limit_s:
            page.wait_for_timeout(250)
        assert log.read_text().count("pressed") == 1
