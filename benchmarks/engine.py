"""Microseconds a frame of the engine: filters, view, measures, phases and scoring.

CPU time of the working thread: idle threads of a linear algebra library spin and would count.
"""

from __future__ import annotations

import statistics
from dataclasses import replace
from time import thread_time

import numpy as np

from posecheck.core.engine import assess
from posecheck.core.live import LiveEngine
from posecheck.core.neutral import Neutral
from posecheck.core.pose import PoseTrack
from posecheck.library import error_bands, load_move

FRAMES = 9000
LIVE_FRAMES = 1500
ROUNDS = 5


def repeated(track: PoseTrack, frames: int) -> PoseTrack:
    """The track played again and again until it has ``frames`` frames."""
    times = -(-frames // len(track))
    step_s = float(np.median(np.diff(track.t_s)))

    def again(values: np.ndarray) -> np.ndarray:
        return np.concatenate([values] * times)[:frames]

    return replace(
        track,
        t_s=np.arange(frames) * step_s,
        image_px=again(track.image_px),
        world_m=again(track.world_m),
        visibility=again(track.visibility),
        people_seen=again(track.people_seen),
        brightness=again(track.brightness),
    )


def offline_us(track: PoseTrack, move_id: str) -> float:
    """Median CPU time a frame of judging a recorded track, microseconds."""
    long = repeated(track, FRAMES)
    move, bands = load_move(move_id).move, error_bands()
    assess(long.slice(0, 300), move, bands)
    rounds = []
    for _ in range(ROUNDS):
        began = thread_time()
        assess(long, move, bands)
        rounds.append((thread_time() - began) / FRAMES * 1e6)
    return statistics.median(rounds)


def live_us(track: PoseTrack, move_id: str) -> float:
    """Median CPU time of one live step, microseconds."""
    long = repeated(track, LIVE_FRAMES)
    frames = [long.slice(i, i + 1) for i in range(LIVE_FRAMES)]
    engine = LiveEngine(load_move(move_id).move, error_bands(), "left", Neutral())
    spent = []
    for frame in frames:
        began = thread_time()
        engine.step(frame)
        spent.append((thread_time() - began) * 1e6)
    return statistics.median(spent)
