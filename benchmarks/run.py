"""All speed and memory figures in one run, against their targets: `make bench`.

    python -m benchmarks.run [--quick] [--runs 3] [CLIP.mp4]

Throughputs are ratios to the bare loop (read, convert, detect) on the same clip in the same run,
medians of interleaved runs, since what else the machine does weighs on all alike. ``--quick`` uses
a short clip, a short live session instead of ten minutes, and leaves the ten-minute clip out.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

from benchmarks.app import app_rows
from benchmarks.app_live import LIVE_S, SESSIONS, SHORT_S, live_app_rows
from benchmarks.bare_loop import bare_loop_fps
from benchmarks.clips import lengthened
from benchmarks.engine import live_us, offline_us
from benchmarks.history import history_s
from benchmarks.live import live_rows
from benchmarks.rows import Row, print_table
from posecheck.estimate.models import resolve_model
from posecheck.pipeline import check
from posecheck.tracking import track_video

CLIP = Path("sample_videos/standing-hip-side-good.mp4")
MOVE = "standing-hip"
ROUNDS_OF_STARTS = 5
BARE_FRAME_US = 11_000.0


def throughput(clip: Path, runs: int) -> list[Row]:
    """Whole checks against the bare loop, files written included.

    One check of the short sample comes first: what a process imports once is no cost of a clip, and
    lies outside the bare loop's clock too. The starts are measured on their own.
    """
    model = resolve_model()
    with tempfile.TemporaryDirectory() as out:
        check(CLIP, MOVE, out=out, workers=1, video=True)

    def checked(workers: int, video: bool) -> float:
        with tempfile.TemporaryDirectory() as out:
            began = perf_counter()
            result = check(clip, MOVE, out=out, workers=workers, video=video)
            return result.clip.frames / (perf_counter() - began)

    contenders: dict[str, Callable[[], float]] = {
        "bare loop": lambda: bare_loop_fps(clip, model),
        "check --no-video --workers 1": lambda: checked(1, False),
        "check --no-video, all cores": lambda: checked(0, False),
        "check with video, all cores": lambda: checked(0, True),
    }
    targets = {
        "check --no-video --workers 1": 0.97,
        "check --no-video, all cores": 1.4,
        "check with video, all cores": 1.0,
    }
    spent: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(runs):
        for name, run in contenders.items():
            spent[name].append(run())
    fps = {name: statistics.median(values) for name, values in spent.items()}
    rows = [Row("bare loop", fps["bare loop"], "frames/s", "", True)]
    for name, target in targets.items():
        ratio = fps[name] / fps["bare loop"]
        rows.append(Row(name, ratio, "x bare loop", f"≥ {target}", ratio >= target))
    return rows


def engine(clip: Path, bare_fps: float) -> list[Row]:
    """The engine alone, CPU time; also scaled to a machine whose bare loop takes 11 ms a frame.

    A slower or busier machine is slower at both.
    """
    track = track_video(clip, resolve_model())
    rows = []
    for name, spent_us, target in (
        ("engine, live", live_us(track, MOVE), 150.0),
        ("engine, offline", offline_us(track, MOVE), 20.0),
    ):
        scaled = spent_us * BARE_FRAME_US / (1e6 / bare_fps)
        rows.append(Row(name, spent_us, "µs/frame", f"≤ {target:g}", spent_us <= target))
        rows.append(Row(f"{name}, scaled", scaled, "µs/frame", "", True))
    return rows


_PEAK = """
import resource, sys
from posecheck.pipeline import check
check(sys.argv[1], "standing-hip", out=sys.argv[2], workers=1, video=False)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def peak_mb(clip: Path) -> float:
    """Peak memory of a process that checks one clip, megabytes."""
    with tempfile.TemporaryDirectory() as out:
        done = subprocess.run(
            [sys.executable, "-c", _PEAK, str(clip), out],
            check=True, capture_output=True, text=True,
        )  # fmt: skip
    return float(done.stdout.split()[-1]) / 1024.0


def memory(folder: Path) -> list[Row]:
    """Ten minutes against one."""
    one = peak_mb(lengthened(CLIP, folder / "one.mp4", 60.0))
    ten = peak_mb(lengthened(CLIP, folder / "ten.mp4", 600.0))
    return [
        Row("peak memory, 1-minute clip", one, "MB", "", True),
        Row("10-minute clip above it", ten - one, "MB", "≤ 60", ten - one <= 60),
    ]


def starts() -> list[Row]:
    """Seconds until the command answers, and until the package is there."""

    def median_s(arguments: list[str]) -> float:
        spent = []
        for _ in range(ROUNDS_OF_STARTS):
            began = perf_counter()
            subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
            spent.append(perf_counter() - began)
        return statistics.median(spent)

    bare_s = median_s(["-c", "pass"])
    import_s = median_s(["-c", "import posecheck"]) - bare_s
    help_s = median_s(["-m", "posecheck", "--help"])
    return [
        Row("import posecheck", import_s, "s", "≤ 0.15", import_s <= 0.15),
        Row("posecheck --help", help_s, "s", "≤ 0.4", help_s <= 0.4),
    ]


def long_history() -> list[Row]:
    """The table and the progress query with 10,000 sessions."""
    spent = history_s(10_000)
    return [
        Row(f"{name}, 10,000 sessions", seconds, "s", "≤ 0.5", seconds <= 0.5)
        for name, seconds in spent.items()
    ]


def app(folder: Path, *, quick: bool) -> list[Row]:
    """The web pages in a real browser; nothing, said aloud, on a machine without one."""
    if shutil.which("chromium") is None:
        print("no chromium on this machine: the app's figures are left out")
        return []
    home = folder / "app"
    home.mkdir()
    live_s, sessions = (SHORT_S, 3) if quick else (LIVE_S, SESSIONS)
    return [*app_rows(home), *live_app_rows(live_s, sessions)]


def main() -> None:
    parser = argparse.ArgumentParser(description="speed and memory against their targets")
    parser.add_argument("clip", nargs="?", type=Path, default=CLIP)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="a short clip, no ten-minute one")
    given = parser.parse_args()
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        clip = given.clip
        if not given.quick:
            clip = lengthened(given.clip, Path(folder) / "minute.mp4", 60.0)
        rows += starts()
        rows += long_history()
        rows += throughput(clip, given.runs)
        bare_fps = next(row.value for row in rows if row.what == "bare loop")
        rows += engine(given.clip, bare_fps)
        rows += live_rows(quick=given.quick)
        if not given.quick:
            rows += memory(Path(folder))
        rows += app(Path(folder), quick=given.quick)
    print(f"{os.cpu_count()} cores; {given.runs} interleaved runs, medians")
    print_table(rows)


if __name__ == "__main__":
    main()
