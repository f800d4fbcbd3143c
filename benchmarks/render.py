"""What pictures cost: the overlay, the film's encoders side by side, and the report.

    python -m benchmarks.render [CLIP]

Without a clip, a moving pattern with noise stands in for footage. Medians of interleaved rounds.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from posecheck.core.table import FrameState, State
from posecheck.render.keyframes import choose_key_shots
from posecheck.render.overlay import draw_overlay
from posecheck.render.report import render_report
from posecheck.render.video import AnnotatedVideo
from tests.render_factory import HEADLINES, make_result, make_table, standing_px

SIZE = (960, 540)
FRAMES = 150
ROUNDS = 5
_REALTIME = {"deadline": "realtime", "lag-in-frames": "0"}
ENCODERS: dict[str, tuple[str, str, dict[str, str]]] = {
    "VP8, fixed speed 16, static-thresh": (
        "libvpx", "webm", {**_REALTIME, "cpu-used": "-16", "static-thresh": "1000"}
    ),
    "VP8, adaptive speed 8": ("libvpx", "webm", {**_REALTIME, "cpu-used": "8"}),
    "VP9, speed 8, row-mt": (
        "libvpx-vp9", "webm", {**_REALTIME, "cpu-used": "8", "row-mt": "1", "tile-columns": "2"}
    ),
    "H.264, ultrafast": ("libx264", "mp4", {"preset": "ultrafast", "crf": "26"}),
}  # fmt: skip


def footage(clip: Path | None) -> list[np.ndarray]:
    """Up to FRAMES frames of the clip, or of a stand-in, at SIZE."""
    if clip is not None:
        frames = []
        with av.open(str(clip)) as container:
            for frame in container.decode(video=0):
                bgr = frame.to_ndarray(format="bgr24")
                frames.append(cv2.resize(bgr, SIZE, interpolation=cv2.INTER_AREA))
                if len(frames) == FRAMES:
                    break
        return frames
    rng = np.random.default_rng(7)
    still = cv2.GaussianBlur(rng.integers(0, 255, (SIZE[1], SIZE[0], 3), np.uint8), (31, 31), 0)
    frames = []
    for k in range(FRAMES):
        bgr = still.copy()
        cv2.ellipse(
            bgr, (480 + 3 * (k % 60), 270), (70, 200), k % 40 - 20, 0, 360, (90, 60, 30), -1
        )
        frames.append(cv2.add(bgr, rng.integers(0, 6, bgr.shape, np.uint8)))
    return frames


def drawn(frames: list[np.ndarray]) -> Iterator[np.ndarray]:
    points, sure = standing_px(*SIZE), np.ones(33)
    for k, frame in enumerate(frames):
        bgr = frame.copy()
        state = FrameState(
            State.HOLDING, "left", 1, "a", "Side hold", (k % 60) / 30, 2.0,
            "hip_flexion_left_deg", "Stand tall" if k % 60 > 30 else None,
        )  # fmt: skip
        draw_overlay(bgr, points, sure, state, 40 + k % 60, 5.0, label="Hip flexion")
        yield bgr


def overlay(frames: list[np.ndarray]) -> None:
    for _ in drawn(frames):
        pass


def encode(frames: list[np.ndarray], codec: str, suffix: str, options: dict[str, str]) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        av.open(str(Path(folder) / f"film.{suffix}"), "w") as container,
    ):
        stream = container.add_stream(codec, rate=30, options=dict(options))
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        stream.time_base = stream.codec_context.time_base = Fraction(1, 1000)
        stream.bit_rate, stream.thread_count = 1_250_000, 1
        for k, bgr in enumerate(frames):
            planar = cv2.cvtColor(bgr, cv2.COLOR_BGR2YUV_I420)
            frame = av.VideoFrame.from_ndarray(planar, format="yuv420p")
            frame.pts, frame.time_base = 33 * k, Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def film(frames: list[np.ndarray]) -> None:
    """Draw and encode as a check does, in two threads."""
    with (
        tempfile.TemporaryDirectory() as folder,
        AnnotatedVideo(Path(folder) / "annotated.webm") as sink,
    ):
        for k, bgr in enumerate(drawn(frames)):
            sink.write(bgr, k / 30)


def report() -> None:
    result = make_result(2)
    pictures = {s.time_s: np.full((640, 480, 3), 90, np.uint8) for s in choose_key_shots(result)}
    render_report(result, make_table(result), pictures, headline_columns=HEADLINES, video_name=None)


def main() -> None:
    frames = footage(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
    jobs: dict[str, tuple[Callable[[], object], int]] = {
        "overlay": (lambda: overlay(frames), len(frames)),
        "film: overlay and encoder": (lambda: film(frames), len(frames)),
        "report, 7 pictures, 2 charts": (report, 1),
    }
    for name, (codec, suffix, options) in ENCODERS.items():
        if codec in av.codecs_available:
            jobs[name] = (
                lambda c=codec, s=suffix, o=options: encode(frames, c, s, o),
                len(frames),
            )
    wall: dict[str, list[float]] = {name: [] for name in jobs}
    cpu: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(ROUNDS):
        for name, (job, count) in jobs.items():
            wall_s, cpu_s = time.perf_counter(), time.process_time()
            job()
            wall[name].append((time.perf_counter() - wall_s) / count * 1000)
            cpu[name].append((time.process_time() - cpu_s) / count * 1000)
    print(f"{SIZE[0]}x{SIZE[1]}, {len(frames)} frames, median of {ROUNDS} rounds")
    for name in jobs:
        print(
            f"{name:36s} {statistics.median(wall[name]):7.2f} ms wall "
            f"{statistics.median(cpu[name]):7.2f} ms cpu"
        )


if __name__ == "__main__":
    main()
