"""How a live session keeps up, and how quickly a long recording opens and is scored again.

    python -m benchmarks.live [--seconds 600]

The camera is made up: 1280x720 at 30 pictures a second, each decoded from JPEG when it is due, as
from a webcam. Everything else is what `posecheck live --record` does, drawing included. Figures in
milliseconds depend on what else the machine does; the shares and ratios are to be looked at first.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from time import monotonic, perf_counter, process_time, sleep
from typing import Any

import cv2
import numpy as np
import psutil

from benchmarks.rows import Row, print_table
from posecheck.capture.camera import Asked, Camera, Got, Pixels
from posecheck.capture.files import read_frames
from posecheck.capture.source import Source
from posecheck.core.live_view import Plan
from posecheck.core.pose import PoseTrack
from posecheck.estimate.models import resolve_model
from posecheck.library import load_move
from posecheck.live_run import LiveRun
from posecheck.live_session import LiveSession
from posecheck.session.reader import open_recording
from posecheck.session.recorder import Recorder
from posecheck.sessions import begin, own_move, score
from posecheck.tracking import track_video

CLIP = Path("sample_videos/standing-hip-side-good.mp4")
MOVE = "standing-hip"
WIDTH_PX, HEIGHT_PX, FPS = 1280, 720, 30.0
FULL_S, SHORT_S, HALF_CORE_S = 600.0, 40.0, 25.0
LONG_S = 1800.0
#: Memory is settled after so much of a run; growth is counted from there.
_SETTLED = 0.15
_SOURCE = Source("file", "made up", "made up")


class JpegCamera:
    """A device that gives a clip's pictures to and fro, as JPEGs decoded when they are due."""

    def __init__(self, clip: Path, seconds: float) -> None:
        self.got = Got("made up", WIDTH_PX, HEIGHT_PX, FPS, "MJPG")
        there = [_jpeg(frame.bgr) for frame in read_frames(clip)]
        self._pictures = [*there, *there[-2:0:-1]]
        self._total = round(seconds * FPS)
        self._next, self._began_s = 0, 0.0

    def read(self) -> tuple[float | None, Pixels] | None:
        if self._next >= self._total:
            return None
        if not self._next:
            self._began_s = monotonic()
        sleep(max(0.0, self._began_s + self._next / FPS - monotonic()))
        raw = self._pictures[self._next % len(self._pictures)]
        self._next += 1
        return None, np.asarray(cv2.imdecode(raw, cv2.IMREAD_COLOR), np.uint8)

    def close(self) -> None:
        self._pictures = []


def _jpeg(bgr: Pixels) -> Any:
    return cv2.imencode(".jpg", cv2.resize(bgr, (WIDTH_PX, HEIGHT_PX)))[1]


def run_live(clip: Path, seconds: float, folder: Path) -> dict[str, Any]:
    """One live session in this process; its figures."""
    device = JpegCamera(clip, seconds)
    loaded, model = load_move(MOVE), resolve_model()
    # More repetitions than anybody does: the session must not end by itself.
    plan = Plan(repetitions=10_000, check_setup=False)
    recorder = begin(loaded, model, device.got, plan, root=folder)
    told: list[str] = []
    times_s: list[float] = []
    memory_mb: list[float] = []
    over = threading.Event()

    def watch() -> None:
        me = psutil.Process()
        while not over.wait(1.0):
            memory_mb.append(me.memory_info().rss / 1e6)

    def opener(_source: Source, _asked: Asked) -> JpegCamera:
        return device

    with (
        Camera(_SOURCE, opener=opener) as camera,
        LiveSession(loaded, model, plan, recorder=recorder) as session,
    ):
        threading.Thread(target=watch, daemon=True).start()
        began_s, began_cpu_s = monotonic(), process_time()
        run = LiveRun(
            session, camera, tell=lambda name, _t, _data: told.append(name),
            on_fed=lambda fed: times_s.append(fed.view.t_s),
        )  # fmt: skip
        pace = run.run().pace
        spent_s, cpu_s = monotonic() - began_s, process_time() - began_cpu_s
    over.set()
    recorder.close("bench")
    feed_ms = list(pace.feed_ms)
    fifth = max(1, len(feed_ms) // 5)
    gaps_s = np.diff(times_s[len(times_s) // 5 :])
    settled = memory_mb[int(_SETTLED * len(memory_mb)) :] or [0.0]
    return {
        "share": pace.share,
        "feed_ms_median": pace.ms(50),
        "feed_ms_p95": pace.ms(95),
        "late_to_early": statistics.median(feed_ms[-fifth:]) / statistics.median(feed_ms[:fifth]),
        "memory_growth_mb": statistics.median(settled[-5:]) - statistics.median(settled[:5]),
        "gap_p95_to_median": float(np.percentile(gaps_s, 95) / np.median(gaps_s)),
        "analysed_fps": 1.0 / float(np.mean(gaps_s)),
        "cpu_ms": 1e3 * cpu_s / max(1, len(times_s)),
        "cores": cpu_s / spent_s,
        "told_slow": "slow" in told,
        "seconds": seconds,
    }


def in_child(clip: Path, seconds: float, *, half_core: bool = False) -> dict[str, Any]:
    """:func:`run_live` in a process of its own, on half a core if asked."""
    with tempfile.TemporaryDirectory() as folder:
        command = [
            sys.executable, "-m", "benchmarks.live", str(clip), "--child", folder, "--seconds",
            str(seconds), *(["--half-core"] if half_core else []),
        ]  # fmt: skip
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _take_half_a_core() -> None:
    """Stay on one core, beside two processes that take as much of it as the session's threads."""
    core = {min(os.sched_getaffinity(0))}
    os.sched_setaffinity(0, core)
    multiprocessing.get_context("spawn").Process(target=_burn, daemon=True).start()


def _burn() -> None:
    while True:
        pass


def keeping_up(clip: Path, seconds: float) -> list[Row]:
    """A session of ``seconds`` with all cores, and a short one with half of one."""
    full = in_child(clip, seconds)
    name = f"live {seconds:.0f} s at 720p"
    rows = [
        Row(f"{name}: analysed/offered", full["share"], "", "≥ 0.97", full["share"] >= 0.97),
        Row(f"{name}: picture in to overlay out, p95", full["feed_ms_p95"], "ms", "≤ 60",
            full["feed_ms_p95"] <= 60),
        Row(f"{name}: the same, median", full["feed_ms_median"], "ms", "", True),
        Row(f"{name}: last fifth to first", full["late_to_early"], "x", "≤ 1.25",
            full["late_to_early"] <= 1.25),
        Row(f"{name}: memory growth", full["memory_growth_mb"], "MB", "≤ 20",
            full["memory_growth_mb"] <= 20),
        Row(f"{name}: processor time a picture", full["cpu_ms"], "ms", "", True),
        Row(f"{name}: processor", full["cores"], "cores", "", True),
    ]  # fmt: skip
    if not hasattr(os, "sched_setaffinity"):
        return rows
    half = in_child(clip, HALF_CORE_S, half_core=True)
    return [
        *rows,
        Row("on half a core: analysed", half["analysed_fps"], "a second", "", True),
        Row("on half a core: processor", half["cores"], "cores", "", True),
        Row("on half a core: the tool says so", half["told_slow"], "", "1", half["told_slow"]),
        Row("on half a core: long gap to usual gap", half["gap_p95_to_median"], "x", "≤ 3",
            half["gap_p95_to_median"] <= 3),
    ]  # fmt: skip


def long_recording(folder: Path, clip: Path) -> Path:
    """A finished recording of half an hour, from a clip's poses over and over."""
    model, loaded = resolve_model(), load_move(MOVE)
    once = track_video(clip, model)
    got = Got("made up", once.width_px, once.height_px, FPS, None)
    recorder = begin(loaded, model, got, Plan(check_setup=False), root=folder)
    _record(recorder, once)
    recorder.close("bench")
    return recorder.folder


def _record(recorder: Recorder, once: PoseTrack) -> None:
    index, total = 0, round(LONG_S * FPS)
    frames = [once.slice(i, i + 1) for i in range(len(once))]
    while index < total:
        for frame in frames[: total - index]:
            recorder.frame(replace(frame, t_s=np.array([index / FPS])))
            index += 1


def long_rows(clip: Path) -> list[Row]:
    """Opening half an hour, and scoring it again."""
    with tempfile.TemporaryDirectory() as folder:
        place = long_recording(Path(folder), clip)
        open_s, open_cpu_s = _median_s(lambda: open_recording(place), 5)
        recording = open_recording(place)
        score_s, score_cpu_s = _median_s(lambda: score(recording, own_move(recording)), 3)
    times = LONG_S / score_s
    return [
        Row("open a 30-minute recording", open_s, "s", "≤ 1", open_s <= 1),
        Row("the same, processor time", open_cpu_s, "s", "", True),
        Row("score it again", times, "x real time", "≥ 500", times >= 500),
        Row("the same, by processor time", LONG_S / score_cpu_s, "x real time", "", True),
    ]


def _median_s(do: Callable[[], object], runs: int) -> tuple[float, float]:
    """Seconds by the clock and of the processor; they part where the machine is busy."""
    spent, busy = [], []
    for _ in range(runs):
        began, began_cpu = perf_counter(), process_time()
        do()
        spent.append(perf_counter() - began)
        busy.append(process_time() - began_cpu)
    return statistics.median(spent), statistics.median(busy)


def live_rows(*, quick: bool, clip: Path = CLIP) -> list[Row]:
    """All of it: ten minutes, or less than one where ``quick``."""
    return [*keeping_up(clip, SHORT_S if quick else FULL_S), *long_rows(clip)]


def main() -> None:
    parser = argparse.ArgumentParser(description="live sessions against their targets")
    parser.add_argument("clip", nargs="?", type=Path, default=CLIP)
    parser.add_argument("--seconds", type=float, default=FULL_S)
    parser.add_argument("--half-core", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child is None:
        print(f"{os.cpu_count()} cores; load before the run {os.getloadavg()[0]:.1f}")
        print_table([*keeping_up(given.clip, given.seconds), *long_rows(given.clip)])
        return
    if given.half_core:
        _take_half_a_core()
    print(json.dumps(run_live(given.clip, given.seconds, given.child)))


if __name__ == "__main__":
    main()
