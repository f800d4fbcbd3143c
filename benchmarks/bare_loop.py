"""Reading and detecting against the bare loop: read, convert, detect, and nothing else.

    python -m benchmarks.bare_loop [CLIP.mp4] [--runs 5]

The bare loop is what anybody writes first: OpenCV reads, converts BGR to RGB, and one MediaPipe
landmarker in video mode looks at every frame. Runs are interleaved and medians compared, so that
what else the machine does weighs on all alike. Model loading is outside the clock of the bare loop
and inside that of ours.
"""

from __future__ import annotations

import argparse
import os
import statistics
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

from posecheck.estimate.models import ModelFile, resolve_model
from posecheck.tracking import track_video

#: Throughput to reach, as a share of the bare loop's: one worker, and all cores (of two).
TARGETS = {"1 worker": 0.97, "all cores": 1.4}


def bare_loop_fps(clip: Path, model: ModelFile) -> float:
    """Frames a second of the plain loop on one clip."""
    import cv2
    import mediapipe as mp
    from mediapipe.tasks.python import BaseOptions, vision

    options = vision.PoseLandmarkerOptions(
        base_options=BaseOptions(model_asset_path=str(model.path)),
        running_mode=vision.RunningMode.VIDEO,
    )
    with vision.PoseLandmarker.create_from_options(options) as landmarker:
        video = cv2.VideoCapture(str(clip))
        frames, start = 0, perf_counter()
        while True:
            there, bgr = video.read()
            if not there:
                break
            image = mp.Image(mp.ImageFormat.SRGB, cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB))
            landmarker.detect_for_video(image, round(video.get(cv2.CAP_PROP_POS_MSEC)) + 1)
            frames += 1
        spent_s = perf_counter() - start
        video.release()
    return frames / spent_s


def track_fps(clip: Path, model: ModelFile, workers: int) -> float:
    """Frames a second of ``track_video``, its start included."""
    start = perf_counter()
    return len(track_video(clip, model, workers=workers)) / (perf_counter() - start)


def measure(clip: Path, runs: int) -> dict[str, float]:
    """Median frames a second by name, of interleaved runs."""
    model = resolve_model("full")
    contenders: dict[str, Callable[[], float]] = {
        "bare loop": lambda: bare_loop_fps(clip, model),
        "1 worker": lambda: track_fps(clip, model, 1),
        "all cores": lambda: track_fps(clip, model, 0),
    }
    results: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(runs):
        for name, run in contenders.items():
            results[name].append(run())
    return {name: statistics.median(values) for name, values in results.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description="reading and detecting against the bare loop")
    default = Path("sample_videos/standing-hip-side-good.mp4")
    parser.add_argument("clip", nargs="?", type=Path, default=default)
    parser.add_argument("--runs", type=int, default=5)
    given = parser.parse_args()
    fps = measure(given.clip, given.runs)
    print(f"{given.clip.name}, {os.cpu_count()} cores, medians of {given.runs} interleaved runs")
    print("| what | frames a second | of the bare loop | target |\n|---|---|---|---|")
    for name, value in fps.items():
        target = f"≥ {TARGETS[name]}" if name in TARGETS else ""
        print(f"| {name} | {value:.1f} | {value / fps['bare loop']:.2f} | {target} |")


if __name__ == "__main__":
    main()
