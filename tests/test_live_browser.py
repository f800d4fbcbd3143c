"""The page "Live" in a real Chromium, with a clip as its webcam."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browsing import Visit, app_served, chromium, visiting

pytestmark = pytest.mark.browser

#: Slow enough for a machine with other work, quick enough to count by.
WEBCAM_FPS = 15
FEWEST_FPS = 8
#: What is written on the board, from inside its shadow.
READ_BOARD = """() => {
  const boards = [...document.querySelectorAll('*')].map(e => e.shadowRoot).filter(Boolean)
    .map(root => root.querySelector('.board')).filter(Boolean);
  if (!boards.length) return null;
  const text = name => boards[0].querySelector('.' + name).textContent;
  return Object.fromEntries(['heading', 'progress', 'number', 'of', 'seconds', 'message', 'small']
    .map(name => [name, text(name)]));
}"""
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
def webcam(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundled clip of three repetitions as a raw video, which Chromium plays over and over."""
    ffmpeg = shutil.which("ffmpeg")
    if ffmpeg is None:
        pytest.skip("no ffmpeg on this machine")
    target = tmp_path_factory.mktemp("webcam") / "ankle.y4m"
    subprocess.run(
        [
            ffmpeg, "-v", "error", "-i", str(root / "sample_videos" / "ankle-side-good.mp4"),
            "-vf", f"scale=640:360,fps={WEBCAM_FPS}", "-pix_fmt", "yuv420p", str(target),
        ],
        check=True,
    )  # fmt: skip
    return target


@pytest.fixture
def sessions(tmp_path: Path) -> Path:
    return tmp_path / "sessions"


@pytest.fixture
def visit(root: Path, webcam: Path, sessions: Path, tmp_path: Path) -> Iterator[Visit]:
    """Somebody on the page Live, before a webcam that shows the clip."""
    flags = (
        "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={webcam}",
    )  # fmt: skip
    with (
        app_served(root, tmp_path, POSECHECK_SESSIONS=str(sessions)) as server,
        chromium(*flags) as browser,
        visiting(browser, server, width_px=1366, permissions=["camera"]) as found,
    ):
        found.open("Live")
        found.page.get_by_role("button", name="Start the camera").wait_for(timeout=60_000)
        yield found


def start(visit: Visit) -> None:
    """Choose the move of the webcam's clip and two repetitions of its side."""
    page = visit.page
    page.get_by_role("combobox").first.click()
    page.get_by_role("option", name="Ankle dorsiflexion, half-kneeling").click()
    # This move has one place for the camera: the page has been drawn anew when the question goes.
    page.get_by_text("The camera stands", exact=True).wait_for(state="hidden", timeout=60_000)
    page.get_by_role("radio", name="Left").or_(page.get_by_role("button", name="Left")).click()
    count = page.get_by_label("Repetitions a side")
    count.fill("2")
    count.press("Enter")
    page.wait_for_timeout(1500)
    visit.shot("live-before")
    page.get_by_role("button", name="Start the camera").click()


def wait_for_the_set(page: Any) -> None:
    """Until the countdown is over; a machine that hardly analyses pictures may never get there."""
    small = ""
    limit_s = time.monotonic() + 240
    while "Recording" not in small:
        if time.monotonic() > limit_s:
            assert "pictures a second" in small, small
            pytest.skip("this machine is too busy to get through the set-up")
        page.wait_for_timeout(250)
        small = (page.evaluate(READ_BOARD) or {"small": small})["small"]


def test_a_clip_as_webcam_is_counted_timed_and_recorded(visit: Visit, sessions: Path) -> None:
    start(visit)
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
        page.wait_for_timeout(250)
        board = page.evaluate(READ_BOARD)
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
    folders = list(sessions.iterdir())
    assert len(folders) == 1
    info = json.loads((folders[0] / "session.json").read_text())
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
    assert (folders[0] / "track.parquet").is_file()
    assert page.get_by_text("2 on the left: repetitions counted.").count() == 1


def test_keys_pause_go_on_and_stop(visit: Visit, sessions: Path) -> None:
    start(visit)
    page = visit.page
    wait_for_the_set(page)
    page.keyboard.press("p")
    page.wait_for_function(f"() => ({READ_BOARD})()?.message.includes('goes on')", timeout=60_000)
    visit.shot("live-paused")
    page.keyboard.press("p")
    page.wait_for_function(f"() => !({READ_BOARD})()?.message.includes('goes on')", timeout=60_000)
    page.keyboard.press("q")
    page.get_by_role("heading", name="How it went").wait_for(timeout=60_000)
    (folder,) = sessions.iterdir()
    assert json.loads((folder / "session.json").read_text())["ended"] == "stopped"
