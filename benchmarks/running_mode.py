"""Which of MediaPipe's running modes reads a recorded clip best: the table in docs/pose.md.

    python -m benchmarks.running_mode [CLIP.mp4 ...]

A clip needs its truth beside it (CLIP.truth.json, as the motion lab writes); without arguments the
bundled samples are used.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab.truth import read_truth
from posecheck.capture.files import VideoReader
from posecheck.capture.frame import Frame
from posecheck.core.filters import smooth_recorded
from posecheck.core.pose import MIRROR_INDEX, Landmark
from posecheck.estimate.blocks import BlockTracker, block_frames
from posecheck.estimate.landmarker import Mode, PoseEstimator
from posecheck.estimate.models import resolve_model
from posecheck.estimate.picture import INFERENCE_SIDE_PX
from posecheck.estimate.poses import Poses

Array = NDArray[np.floating[Any]]
Look = Callable[[Frame], Poses]

#: Truth has joints; the model's landmarks lie on them but for a constant offset.
JOINTS = [
    name
    for name in Landmark.__members__
    if name.split("_")[-1] in ("SHOULDER", "HIP", "KNEE", "ANKLE", "HEEL") or "FOOT" in name
]
INDEX = [int(Landmark[name]) for name in JOINTS]
MIRRORED = [JOINTS.index(Landmark(int(MIRROR_INDEX[i])).name) for i in INDEX]
LAGS_MS = np.arange(-300, 301, 10)
#: A frame counts as swapped if exchanging left and right brings it this much nearer to the truth.
SWAP_GAIN = 0.7


@dataclass(frozen=True)
class Row:
    """One mode on one clip."""

    mode: str
    ms: float
    lost: int
    swapped: int
    error_px: float
    filtered_px: float
    jitter_px: float
    lag_ms: float


@contextmanager
def estimator(mode: Mode, people: int) -> Iterator[Look]:
    with PoseEstimator(resolve_model("full").path, mode=mode, people=people) as one:
        yield lambda f: one.detect(f.rgb, t_s=f.t_s, scale=f.scale)


@contextmanager
def blocks(fps: float | None) -> Iterator[Look]:
    size = block_frames(fps)
    with BlockTracker(resolve_model("full").path) as tracker:
        yield (
            lambda f: (
                tracker.step(
                    f.rgb, t_s=f.t_s, scale=f.scale, starts_block=f.index % size == 0
                ).poses
            )
        )


def read(clip: Path, look: Look) -> tuple[Array, Array, float]:
    """Times (n,), landmarks (n, joints, 2) in pixels, CPU milliseconds a frame."""
    t_s, found, spent_s = [], [], 0.0
    with VideoReader(clip, rgb=True, max_side_px=INFERENCE_SIDE_PX) as reader:
        for frame in reader:
            start = process_time()
            poses = look(frame)
            spent_s += process_time() - start
            t_s.append(frame.t_s)
            found.append(poses.image_px[0] if len(poses) else np.full((33, 2), np.nan))
    return np.array(t_s), np.array(found, np.float64)[:, INDEX], spent_s / len(t_s) * 1000


def judge(mode: str, t_s: Array, found: Array, ms: float, truth: dict[str, Any]) -> Row:
    """Errors are taken after each landmark's constant offset (its median) is removed."""
    true = np.stack([truth["joints"][name.lower()]["px"] for name in JOINTS], axis=1)
    n = min(len(found), len(true))
    t_s, found, true = t_s[:n], found[:n], true[:n]
    as_given, exchanged = _distance(found, true), _distance(found[:, MIRRORED], true)
    swapped = np.nanmean(exchanged, axis=1) < SWAP_GAIN * np.nanmean(as_given, axis=1)
    smooth = smooth_recorded(t_s, found.reshape(n, -1)).reshape(found.shape)
    still = _holds(t_s, truth)
    off = (found - true)[still]
    off = off - _moving_mean(off, 15)
    return Row(
        mode=mode,
        ms=ms,
        lost=int(np.isnan(found[:, 0, 0]).sum()),
        swapped=int(swapped.sum()),
        error_px=float(np.nanmean(_distance(_centred(found, true), true))),
        filtered_px=float(np.nanmean(_distance(_centred(smooth, true), true))),
        jitter_px=float(np.sqrt(np.nanmean(off**2))),
        lag_ms=_lag_ms(t_s, found, true),
    )


def _distance(a: Array, b: Array) -> Array:
    distance: Array = np.linalg.norm(a - b, axis=-1)
    return distance


def _centred(found: Array, true: Array) -> Array:
    return found - np.nanmedian(found - true, axis=0)


def _moving_mean(values: Array, width: int) -> Array:
    kernel = np.ones(width) / width
    return np.apply_along_axis(lambda v: np.convolve(v, kernel, mode="same"), 0, values)


def _holds(t_s: Array, truth: dict[str, Any]) -> NDArray[np.bool_]:
    still = np.zeros(len(t_s), bool)
    for repetition in truth["repetitions"]:
        for phase in repetition["phases"]:
            if phase.get("hold_start_s") is not None:
                still |= (t_s > phase["hold_start_s"] + 0.5) & (t_s < phase["hold_end_s"])
    return still


def _lag_ms(t_s: Array, found: Array, true: Array) -> float:
    """Delay at which the moving landmarks fit the truth best; positive is late."""
    moving = np.nanstd(true, axis=0).max(axis=-1) > 15
    if not moving.any():
        return float("nan")
    found, true = _centred(found, true)[:, moving], true[:, moving]
    flat = true.reshape(len(t_s), -1)

    def misfit(lag_ms: float) -> float:
        late = np.stack([np.interp(t_s - lag_ms / 1000, t_s, c) for c in flat.T], axis=1)
        return float(np.nanmean(np.abs(found.reshape(len(t_s), -1) - late)))

    return float(LAGS_MS[int(np.argmin([misfit(float(lag)) for lag in LAGS_MS]))])


def rows_of(clip: Path) -> Iterator[Row]:
    truth = read_truth(clip.with_suffix(".truth.json"))
    tries: list[tuple[str, Mode, int]] = [
        ("video, 1 person, built-in smoothing", "smoothed", 1),
        ("video, 1 person, smoothing undone", "one", 1),
        ("video, 2 people", "several", 2),
        ("image, 1 person", "still", 1),
        ("image, 2 people", "still", 2),
    ]
    for name, mode, people in tries:
        with estimator(mode, people) as look:
            yield judge(name, *read(clip, look), truth)
    with VideoReader(clip) as reader:
        fps = reader.info.nominal_fps
    with blocks(fps) as look:
        yield judge("blocks (used)", *read(clip, look), truth)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("clips", nargs="*", type=Path)
    clips = parser.parse_args().clips or sorted(Path("sample_videos").glob("[!.]*.mp4"))
    for clip in clips:
        print(f"\n{clip.stem}\n")
        print("| mode | CPU ms | lost | swapped | error px | filtered px | jitter px | lag ms |")
        print("|---|---|---|---|---|---|---|---|")
        for r in rows_of(clip):
            print(
                f"| {r.mode} | {r.ms:.1f} | {r.lost} | {r.swapped} | {r.error_px:.2f} "
                f"| {r.filtered_px:.2f} | {r.jitter_px:.2f} | {r.lag_ms:.0f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
