"""The app's own server and a real Chromium, for the tests that a browser plays."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.commands import kept_in

START_S = 120
ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
#: Below it Streamlit hides the way between pages behind a menu.
PHONE_PX = 768
#: The page's script is done: nothing on it is faded because it may be replaced.
IDLE = (
    "document.querySelector('[data-testid=stApp]')?.getAttribute('data-test-script-state')"
    " === 'notRunning'"
)
SCREENSHOTS = os.environ.get("POSECHECK_SCREENSHOTS")


@contextmanager
def app_served(root: Path, home: Path, **environment: str) -> Iterator[str]:
    """`posecheck app` on a free port of the loopback, for somebody whose folders are in ``home``.

    Gives its address; the server ends with the block.
    """
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "posecheck", "app", "--headless", "--port", str(port)],
        cwd=root, env=os.environ | kept_in(home) | environment, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    try:
        wait_until_served(address, process)
        yield address
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def free_port() -> int:
    """A port of the loopback that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        found: int = probe.getsockname()[1]
    return found


def wait_until_served(address: str, process: subprocess.Popen[Any]) -> None:
    """Until the server answers; the test fails if it ends, or takes too long."""
    limit_s = time.monotonic() + START_S
    while True:
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=2):
                return
        except OSError:
            if time.monotonic() > limit_s or process.poll() is not None:
                pytest.fail(f"the server did not start in {START_S} s")
            time.sleep(0.05)


@contextmanager
def chromium(*more: str) -> Iterator[Any]:
    """A headless Chromium of the system; the test is skipped where there is none."""
    playwright = pytest.importorskip("playwright.sync_api")
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.skip("no chromium on this machine")
    with playwright.sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=program, args=[*ARGUMENTS, *more])
        yield running
        running.close()


@dataclass
class Visit:
    """A page and what its browser complained about or asked of other hosts."""

    page: Any
    server: str
    complaints: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        own = (self.server, self.server.replace("http", "ws"), "data:", "blob:")
        page = self.page
        page.on("console", lambda m: self.complaints.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda r: None if r.url.startswith(own) else self._stranger(r.url))

    def _stranger(self, address: str) -> None:
        self.strangers.append(address)

    def open(self, title: str) -> None:
        """Go to a page by its link, as a visitor does."""
        self.page.get_by_role("link", name=title, exact=True).click()
        self.page.get_by_role("heading", name=title, exact=True).first.wait_for(timeout=60_000)

    def press(self, label: str, shows: Any, timeout_ms: float = 90_000) -> None:
        """Press a button until what it leads to shows, three times at most, as a person would.

        With the browser slowed down twentyfold one press of 127 was lost that came just as the
        webcam's end had the page drawn anew; the server never heard of it.
        """
        from playwright.sync_api import TimeoutError as NothingShown

        button = self.page.get_by_role("button", name=label, exact=True)
        button.click(timeout=timeout_ms)
        for _ in range(2):
            try:
                shows.wait_for(timeout=timeout_ms / 3)
            except NothingShown:
                if button.count():
                    button.click()
            else:
                return
        shows.wait_for(timeout=timeout_ms)

    def overflow_px(self) -> int:
        """How much wider than the window the page is."""
        return int(
            self.page.evaluate(
                "Math.max(...['html', '[data-testid=stMain]'].map(s => {"
                "const e = document.querySelector(s); return e.scrollWidth - e.clientWidth}))"
            )
        )

    def forgive_404(self) -> None:
        """Streamlit looks for its server beside a page with its own address first."""
        self.complaints[:] = [one for one in self.complaints if "404" not in one]

    def serious(self) -> list[str]:
        """What axe-core finds serious on the page, once it is drawn."""
        self.page.wait_for_function(IDLE, timeout=60_000)
        axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
        return [
            f"{one['id']}: {one['help']}: {[node['html'][:200] for node in one['nodes']]}"
            for one in axe.run(self.page).response["violations"]
            if one["impact"] in ("serious", "critical")
        ]

    def shot(self, name: str) -> None:
        """Keep a picture of the whole page where POSECHECK_SCREENSHOTS says."""
        if SCREENSHOTS:
            size = self.page.viewport_size
            height = self.page.evaluate(
                "document.querySelector('[data-testid=stMainBlockContainer]').scrollHeight"
            )
            self.page.set_viewport_size(size | {"height": min(10_000, height + 120)})
            self.page.wait_for_timeout(1500)
            self.page.screenshot(path=str(Path(SCREENSHOTS) / f"{name}.png"))
            self.page.set_viewport_size(size)


def focus_by_tab(page: Any, label: str, most: int = 60) -> None:
    """Press Tab until the button of this label has the focus."""
    focused = "document.activeElement.matches('button, a') ? document.activeElement.innerText : ''"
    for _ in range(most):
        page.keyboard.press("Tab")
        said = page.evaluate(focused)
        # An icon's name stands before the label, a key's after it.
        if label in said.split("\n"):
            return
    pytest.fail(f"{label} is not reached by Tab")


@contextmanager
def visiting(
    browser: Any, server: str, *, width_px: int = 1280, scheme: str = "light", **options: Any
) -> Iterator[Visit]:
    """Somebody who comes to the first page; afterwards nothing may have gone wrong."""
    context = browser.new_context(
        viewport={"width": width_px, "height": 844}, color_scheme=scheme, **options
    )
    visit = Visit(context.new_page(), server)
    visit.page.goto(server)
    yield visit
    context.close()
    assert visit.complaints == []
    assert visit.strangers == []
