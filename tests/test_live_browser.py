"""The page "Live" in a real Chromium, with a clip as its webcam."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browsing import Visit, app_served, chromium, focus_by_tab, visiting
from tests.webcams import STEP_MS, read_board, wait_for_board, webcam_flags, write_webcam

pytestmark = pytest.mark.browser

WAIT_MS = 90_000
#: Slow enough for a machine with other work, quick enough to count by.
WEBCAM_FPS = 15
FEWEST_FPS = 8
#: Where the picture that comes back differs from what the webcam shows, a picture apart.
LOOK = """() => {
  const frame = [...document.querySelectorAll('iframe')].map(f => f.contentDocument)
    .find(d => d && d.querySelector('video'));
  const video = frame && frame.querySelector('video');
  if (!video || !video.videoWidth) return null;
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [160, 90];
  const context = canvas.getContext('2d');
  context.drawImage(video, 0, 0, 160, 90);
  const data = context.getImageData(0, 0, 160, 90).data;
  const orange = [];
  for (let k = 0; k < data.length; k += 4)
    if (data[k] > 200 && data[k + 1] > 130 && data[k + 1] < 215 && data[k + 2] < 110)
      orange.push([(k / 4) % 160, Math.floor(k / 4 / 160)]);
  return orange;
}"""


@pytest.fixture(scope="module")
def browser(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Its webcam shows a bundled clip of three repetitions."""
    webcam = write_webcam(
        root / "sample_videos" / "ankle-side-good.mp4",
        tmp_path_factory.mktemp("webcam") / "ankle.y4m", width_px=640, height_px=360,
        fps=WEBCAM_FPS,
    )  # fmt: skip
    with chromium(*webcam_flags(webcam)) as running:
        yield running


@pytest.fixture(scope="module")
def root_of_sessions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("recorded") / "sessions"


@pytest.fixture(scope="module")
def server(
    root: Path, root_of_sessions: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    home = tmp_path_factory.mktemp("home")
    with app_served(root, home, POSECHECK_SESSIONS=str(root_of_sessions)) as address:
        yield address


class Sessions:
    """What was recorded since the test began."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._before = self._all()

    def _all(self) -> set[Path]:
        return set(self._root.iterdir()) if self._root.is_dir() else set()

    def new(self) -> list[Path]:
        return sorted(self._all() - self._before)

    def info(self) -> dict[str, Any]:
        """What the only one says about itself."""
        (folder,) = self.new()
        found: dict[str, Any] = json.loads((folder / "session.json").read_text())
        return found


@pytest.fixture
def sessions(root_of_sessions: Path) -> Sessions:
    return Sessions(root_of_sessions)


@pytest.fixture
def visit(browser: Any, server: str, request: pytest.FixtureRequest) -> Iterator[Visit]:
    """Somebody on the page Live, before the webcam."""
    width, scheme = getattr(request, "param", (1366, "light"))
    with visiting(browser, server, width_px=width, scheme=scheme, permissions=["camera"]) as found:
        open_live(found)
        yield found


def open_live(visit: Visit) -> None:
    visit.open("Live")
    visit.page.get_by_role("button", name="Start the camera").wait_for(timeout=WAIT_MS)


def choose(visit: Visit, repetitions: int = 40) -> None:
    """The move of the webcam's clip, and so many repetitions of its side."""
    page = visit.page
    page.get_by_role("combobox").first.click()
    page.get_by_role("option", name="Ankle dorsiflexion, half-kneeling").click()
    # This move has one place for the camera: the page has been drawn anew when the question goes.
    page.get_by_text("The camera stands", exact=True).wait_for(state="hidden", timeout=60_000)
    page.get_by_role("radio", name="Left").or_(page.get_by_role("button", name="Left")).click()
    count = page.get_by_label("Repetitions a side")
    count.fill(str(repetitions))
    count.press("Enter")
    page.wait_for_timeout(1500)
    visit.shot("live-before")


def start(visit: Visit, repetitions: int = 40) -> None:
    choose(visit, repetitions)
    visit.page.get_by_role("button", name="Start the camera").click()


def stop(page: Any) -> None:
    # The keys come a moment after the board.
    page.get_by_role("button", name="Stop").wait_for(timeout=WAIT_MS)
    page.keyboard.press("q")
    page.get_by_role("heading", name="How it went").wait_for(timeout=WAIT_MS)


def test_a_clip_as_webcam_is_counted_timed_and_recorded(visit: Visit, sessions: Sessions) -> None:
    start(visit, 2)
    page = visit.page
    boards: list[dict[str, str]] = []
    skeletons: set[str] = set()
    limit_s = time.monotonic() + 240
    held = False
    while not page.get_by_role("heading", name="How it went").count():
        if time.monotonic() > limit_s:
            visit.shot("live-late")
            busy = sum("pictures a second" in board["small"] for board in boards[-40:])
            assert busy > 10, boards[-3:]
            pytest.skip("this machine is too busy to judge a count by")
        page.wait_for_timeout(STEP_MS)
        board = read_board(page)
        if board is None:
            continue
        boards.append(board)
        orange = page.evaluate(LOOK)
        if orange:
            skeletons.add(json.dumps(orange))
        if not held and board["seconds"] and float(board["seconds"]) > 1.0:
            held = True
            visit.shot("live-holding")
    visit.shot("live-after")
    info = sessions.info()
    if info["frames"] / max(info["duration_s"], 1) < FEWEST_FPS:
        pytest.skip("this machine is too busy to judge a count by")
    assert len(skeletons) > 5, "the skeleton does not move"
    clock = [float(board["seconds"]) for board in boards if board["seconds"]]
    assert max(clock) >= 2.0, "the hold clock does not run"
    progress = [board["progress"] for board in boards]
    assert "Left side, 2 to go" in progress
    assert "Left side, 1 to go" in progress
    assert {b["number"] for b in boards} >= {"3", "2", "1"}, "no countdown"
    assert info["state"] == "finished"
    assert info["repetitions"] == {"left": 2, "right": 0}
    assert (sessions.new()[0] / "track.parquet").is_file()
    assert page.get_by_text("2 on the left: repetitions counted.").count() == 1

    visit.press("Look at it again", page.locator(".pl canvas").first)
    chosen = page.get_by_role("combobox", name="Session").input_value()
    assert "Ankle dorsiflexion, half-kneeling" in chosen
    page.get_by_role("combobox", name="Play").select_option(
        label="Repetition 2, left, over and over"
    )
    assert "Repetition 2, left" in page.locator(".pl-now").inner_text()
    visit.shot("live-in-replay")


def test_without_a_mouse_it_starts_pauses_stops_and_starts_again(
    visit: Visit, sessions: Sessions
) -> None:
    choose(visit)
    page = visit.page
    page.evaluate("document.activeElement.blur()")
    focus_by_tab(page, "Start the camera")
    page.keyboard.press("Enter")
    wait_for_board(page, "small", "Recording")
    page.keyboard.press("p")
    wait_for_board(page, "message", "goes on")
    visit.shot("live-paused")
    page.keyboard.press("p")
    wait_for_board(page, "message", "goes on", gone=True)
    focus_by_tab(page, "Stop")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="How it went").wait_for(timeout=WAIT_MS)
    assert sessions.info()["ended"] == "stopped"
    focus_by_tab(page, "Once more")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Start the camera").wait_for(timeout=WAIT_MS)


def test_a_refresh_goes_on_with_the_set_and_its_recording(visit: Visit, sessions: Sessions) -> None:
    start(visit)
    page = visit.page
    wait_for_board(page, "of", "Shin tilt")
    page.reload()
    board = wait_for_board(page, "small", "Recording")
    assert board["progress"].startswith("Left side")
    # It is the same set: nobody counts down again.
    while "Shin tilt" not in board["of"]:
        assert board["of"] != "starts in"
        page.wait_for_timeout(STEP_MS)
        board = read_board(page) or board
    stop(page)
    info = sessions.info()
    assert (info["state"], info["ended"]) == ("finished", "stopped")
    assert info["duration_s"] > 5
    visit.forgive_404()


def test_two_windows_have_a_set_each_and_one_set_has_one_window(
    visit: Visit, browser: Any, server: str, sessions: Sessions
) -> None:
    start(visit)
    page = visit.page
    wait_for_board(page, "small", "Recording")
    with visiting(browser, server, permissions=["camera"]) as other:
        open_live(other)
        other.page.get_by_role("button", name="Start the camera").click()
        wait_for_board(other.page, "heading", "Standing hip sequence")
        wait_for_board(other.page, "message", "camera", gone=True)
        stop(other.page)
        board = read_board(page)
        assert board is not None
        assert "Standing hip" not in board["heading"]
        assert "Left side" in board["progress"]
        # The address of a set that is under way takes it over.
        other.page.goto(page.url)
        wait_for_board(other.page, "progress", "Left side")
        page.get_by_text("It goes on in another window of yours.").wait_for(timeout=WAIT_MS)
        stop(other.page)
        other.forgive_404()
    moves = [json.loads((one / "session.json").read_text())["move"]["id"] for one in sessions.new()]
    assert sorted(moves) == ["ankle-dorsiflexion", "standing-hip"]


@pytest.mark.parametrize("visit", [(1280, "light"), (1280, "dark"), (390, "light")], indirect=True)
def test_a_running_set_can_be_read_by_everybody(
    visit: Visit, request: pytest.FixtureRequest
) -> None:
    page, name = visit.page, request.node.callspec.id
    start(visit)
    wait_for_board(page, "message", "camera", gone=True)
    assert visit.serious() == []
    assert visit.overflow_px() <= 0
    visit.shot(f"live-running-{name}")
    stop(page)
    assert visit.serious() == []
    visit.shot(f"live-done-{name}")
