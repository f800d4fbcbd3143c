"""The page "Live" in a real Chromium on this machine's cores: pace, lag, memory.

    python -m benchmarks.app_live [--seconds 300] [--sessions 20]

Chromium's webcam is a bundled clip at 960x540 and 30 pictures a second, each with its number in
black and white cells along its upper edge. The page shows the webcam's own picture beside the one
that comes back, so that the difference of the two numbers is the whole lag: through the browser's
encoder, the pose model, the drawing, and back. Needs Debian's chromium.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any

import cv2
import numpy as np
import psutil

from benchmarks.app import ROOT, opened
from benchmarks.rows import Row, print_table
from posecheck.capture.files import read_frames
from posecheck.session.reader import open_recording
from tests.browsing import Visit, app_served, chromium, visiting

CLIP = ROOT / "sample_videos" / "standing-hip-side-good.mp4"
WIDTH_PX, HEIGHT_PX, FPS = 960, 540, 30
LIVE_S, SHORT_S, SESSIONS, SESSION_S = 300.0, 30.0, 20, 6.0
LEAST_FPS, FLAT_MS, KEPT_MB = 25.0, 100.0, 30.0
#: White, a number of so many digits, black: which end is which shows in a mirror too.
_DIGITS, _BAND_PX = 10, 28
_CELLS = _DIGITS + 2

#: A video of the webcam's own picture, in the page beside the one that comes back.
_OWN = """async () => {
  const stream = await navigator.mediaDevices.getUserMedia(
    { video: { width: { ideal: 960 }, height: { ideal: 540 }, frameRate: { ideal: 30 } } });
  const video = document.createElement('video');
  Object.assign(video, { id: 'own', muted: true, srcObject: stream });
  document.body.append(video);
  await video.play();
}"""
_COMES_BACK = """() => [...document.querySelectorAll('iframe')].some(f =>
  f.contentDocument?.querySelector('video')?.videoWidth)"""
#: Brightness of every cell in both pictures of this moment, null where one is not there yet.
_LOOK = """([cells, band]) => {
  const frame = [...document.querySelectorAll('iframe')].map(f => f.contentDocument)
    .find(d => d && d.querySelector('video'));
  const videos = [document.querySelector('#own'), frame && frame.querySelector('video')];
  if (!videos.every(v => v && v.videoWidth)) return null;
  return videos.map(video => {
    const canvas = new OffscreenCanvas(960, band);
    const context = canvas.getContext('2d');
    const { videoWidth: wide, videoHeight: high } = video;
    context.drawImage(video, 0, 0, wide, high * band / 540, 0, 0, 960, band);
    return Array.from({ length: cells }, (_, k) =>
      context.getImageData((k + .5) * 960 / cells, band / 2, 1, 1).data[1]);
  });
}"""


def write_webcam(target: Path) -> int:
    """The clip as Chromium's fake webcam takes it, JPEG after JPEG; gives how many pictures."""
    number = 0
    with target.open("wb") as file:
        for frame in read_frames(CLIP):
            bgr = np.ascontiguousarray(cv2.resize(frame.bgr, (WIDTH_PX, HEIGHT_PX)))
            digits = [1, *((number >> k) & 1 for k in range(_DIGITS)), 0]
            for k, digit in enumerate(digits):
                left, right = (round(j * WIDTH_PX / _CELLS) for j in (k, k + 1))
                bgr[:_BAND_PX, left:right] = 255 * digit
            file.write(cv2.imencode(".jpg", bgr)[1].tobytes())
            number += 1
    return number


def number_of(cells: list[int]) -> int | None:
    """The number that the cells write, mirrored or not; None where they cannot be read."""
    digits = [int(light > 128) for light in cells]
    if digits[0] == 0 and digits[-1] == 1:
        digits.reverse()
    if digits[0] != 1 or digits[-1] != 0:
        return None
    return sum(digit << k for k, digit in enumerate(digits[1:-1]))


@contextmanager
def live_page(home: Path) -> Iterator[tuple[Visit, psutil.Process, int]]:
    """Somebody before the webcam on the page Live; the server; pictures in the clip."""
    webcam = home / "webcam.mjpeg"
    pictures = write_webcam(webcam)
    flags = (
        "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={webcam}",
    )  # fmt: skip
    with (
        app_served(ROOT, home, POSECHECK_SESSIONS=str(home / "sessions")) as server,
        chromium(*flags) as browser,
        visiting(browser, server, width_px=1366, permissions=["camera"]) as visit,
    ):
        opened(visit.page, "Today")
        visit.open("Live")
        yield visit, _server(), pictures
    webcam.unlink()


def _server() -> psutil.Process:
    """The page's server, which this program started."""
    for process in psutil.Process().children(recursive=True):
        if "app" in process.cmdline() and "posecheck" in process.cmdline():
            return process
    raise RuntimeError("the page's server is not there")


def start(page: Any) -> None:
    """Begin a set; its pictures come back, and it can be stopped."""
    page.get_by_role("button", name="Start the camera").click()
    page.wait_for_function(_COMES_BACK, timeout=120_000)
    page.get_by_role("button", name="Stop").wait_for(timeout=60_000)


def stop(page: Any) -> None:
    page.get_by_role("button", name="Stop").click()
    page.get_by_role("heading", name="How it went").wait_for(timeout=60_000)


def long_session(visit: Visit, home: Path, pictures: int, seconds: float) -> list[Row]:
    """Pace and lag of one session that goes on and on."""
    page = visit.page
    page.get_by_label("Repetitions a side").fill("50")
    page.keyboard.press("Tab")
    page.wait_for_timeout(1000)
    start(page)
    page.evaluate(_OWN)
    lags: list[tuple[float, float]] = []
    began_s = monotonic()
    while (spent_s := monotonic() - began_s) < seconds:
        page.wait_for_timeout(500)
        both = page.evaluate(_LOOK, [_CELLS, _BAND_PX])
        own, back = (number_of(cells) for cells in both) if both else (None, None)
        if own is not None and back is not None:
            lags.append((spent_s, 1000.0 * ((own - back) % pictures) / FPS))
    stop(page)
    (folder,) = (home / "sessions").iterdir()
    t_s = open_recording(folder).track.t_s
    return [*_pace(t_s), *_lag(lags)]


def _pace(t_s: np.ndarray) -> list[Row]:
    """Analysed pictures a second, over all and in the last fifth."""
    whole = (len(t_s) - 1) / (t_s[-1] - t_s[0])
    late = t_s[t_s > t_s[-1] - (t_s[-1] - t_s[0]) / 5]
    end = (len(late) - 1) / (late[-1] - late[0])
    return [
        Row(what, value, "frames/s", f"≥ {LEAST_FPS:g}", value >= LEAST_FPS)
        for what, value in (("live, analysed", whole), ("live, the last fifth", end))
    ]


def _lag(lags: list[tuple[float, float]]) -> list[Row]:
    """From the webcam to the picture that comes back, of the first and of the last fifth."""
    fifth = max(1, len(lags) // 5)
    first, last = (
        statistics.median(lag for _, lag in part) for part in (lags[:fifth], lags[-fifth:])
    )
    return [
        Row(f"lag, the first {lags[fifth][0]:.0f} s", first, "ms", "", True),
        Row("lag, the last ones against it", last - first, "ms", f"≤ {FLAT_MS:g}",
            last - first <= FLAT_MS),
    ]  # fmt: skip


def memory(visit: Visit, server: psutil.Process, sessions: int) -> list[Row]:
    """The server's memory before the first of many short sessions, after it, and at the end."""
    page = visit.page
    at_start = _settled_mb(visit, server)
    after: list[float] = []
    for _ in range(sessions):
        start(page)
        page.wait_for_timeout(1000 * SESSION_S)
        stop(page)
        after.append(server.memory_info().rss / 1e6)
        page.get_by_role("button", name="Once more").click()
        page.get_by_role("button", name="Start the camera").wait_for(timeout=60_000)
    end = _settled_mb(visit, server)
    print("after each:", json.dumps([round(mb) for mb in after]))
    return [
        Row("server's memory at its start", at_start, "MB", "", True),
        Row("after the first live session", after[0], "MB", "", True),
        Row(f"after {sessions}, against the start", end - at_start, "MB", f"≤ {KEPT_MB:g}",
            end - at_start <= KEPT_MB),
        Row(f"after {sessions}, against the first", end - after[0], "MB", "", True),
    ]  # fmt: skip


def _settled_mb(visit: Visit, server: psutil.Process) -> float:
    visit.page.wait_for_timeout(5000)
    return float(server.memory_info().rss / 1e6)


def live_app_rows(seconds: float, sessions: int) -> list[Row]:
    """Both measurements; zero leaves one out."""
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        if seconds:
            with live_page(home) as (visit, _, pictures):
                rows += long_session(visit, home, pictures, seconds)
        if sessions:
            with live_page(home) as (visit, server, _):
                rows += memory(visit, server, sessions)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description="pace, lag and memory of the page Live")
    parser.add_argument("--seconds", type=float, default=LIVE_S, help="of the long session")
    parser.add_argument("--sessions", type=int, default=SESSIONS, help="short ones, for memory")
    given = parser.parse_args()
    rows = live_app_rows(given.seconds, given.sessions)
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    print_table(rows)


if __name__ == "__main__":
    main()
