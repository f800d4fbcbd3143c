"""A performance: keyframes of named joint angles with smooth timing, and what it is meant to show.

Between two keyframes every value follows the minimum-jerk curve (Flash and Hogan 1985: position
10 u^3 - 15 u^4 + 6 u^5), so speed and acceleration are zero at each keyframe.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from lab.pose import RESTING, Base, check_angles


@dataclass(frozen=True)
class Keyframe:
    """All angle values (see ``lab.pose.ANGLES``) at one time, seconds from the clip's start."""

    t_s: float
    values: Mapping[str, float]


@dataclass
class Phase:
    """One part of a repetition: the way into a position and the hold there, seconds."""

    id: str
    start_s: float
    end_s: float
    hold_start_s: float | None
    hold_end_s: float | None


@dataclass
class Repetition:
    """One repetition of the move by one side; times in seconds."""

    side: str
    start_s: float
    end_s: float
    phases: list[Phase] = field(default_factory=list)


@dataclass
class FaultSpan:
    """When a fault is on show. ``side`` and ``phase`` say where it belongs."""

    id: str
    start_s: float
    end_s: float
    strength: float
    side: str
    phase: str


@dataclass
class Performance:
    """Everything about a clip but the body, the camera and the light."""

    move: str
    base: Base
    keyframes: list[Keyframe]
    repetitions: list[Repetition]
    faults: list[FaultSpan]
    sway_seed: int = 0
    sway_scale: float = 1.0

    @property
    def duration_s(self) -> float:
        return self.keyframes[-1].t_s

    def check(self) -> None:
        """Raise ``LabError`` if a keyframe asks for what no body does, or time runs backwards."""
        for frame in self.keyframes:
            check_angles(frame.values, f"{self.move} at {frame.t_s:.2f} s")
        times = [k.t_s for k in self.keyframes]
        if any(b <= a for a, b in pairwise(times)):
            raise ValueError(f"{self.move}: keyframe times must rise, got {times}")

    def values_at(self, t_s: float) -> dict[str, float]:
        """Angle values at a time, with the body's natural sway on top."""
        times = [k.t_s for k in self.keyframes]
        i = int(np.clip(np.searchsorted(times, t_s, side="right") - 1, 0, len(times) - 2))
        a, b = self.keyframes[i], self.keyframes[i + 1]
        share = min_jerk((t_s - a.t_s) / (b.t_s - a.t_s))
        values: dict[str, float] = {}
        for name, rest in RESTING.items():
            first, last = a.values.get(name, rest), b.values.get(name, rest)
            values[name] = first + (last - first) * share
        for name, change in sway(t_s, self.sway_seed).items():
            values[name] += self.sway_scale * change
        return values


def min_jerk(share: float) -> float:
    """Minimum-jerk progress 0..1 at time share 0..1; outside it stays at the end."""
    u = float(np.clip(share, 0.0, 1.0))
    return u**3 * (10.0 - 15.0 * u + 6.0 * u * u)


#: angle -> peak sway: breathing and balance, small next to any fault threshold.
_SWAY = {
    "pelvis_shift_left_m": 0.004,
    "pelvis_shift_forward_m": 0.004,
    "spine_flexion_deg": 0.6,
    "spine_side_deg": 0.6,
    "spine_twist_deg": 0.8,
    "head_flexion_deg": 1.2,
    "head_turn_deg": 1.5,
    "left_hip_flexion_deg": 0.7,
    "right_hip_flexion_deg": 0.7,
    "left_hip_abduction_deg": 0.5,
    "right_hip_abduction_deg": 0.5,
    "left_shoulder_abduction_deg": 1.0,
    "right_shoulder_abduction_deg": 1.0,
}


def sway(t_s: float, seed: int) -> dict[str, float]:
    """Slow sums of two sines, 0.15 to 0.6 Hz, the same for the same seed; zero at t = 0."""
    rng = np.random.default_rng(seed)
    change = {}
    for name, peak in _SWAY.items():
        hz, phase = rng.uniform(0.15, 0.6, 2), rng.uniform(0, 2 * np.pi, 2)
        wave = np.sin(2 * np.pi * hz * t_s + phase) - np.sin(phase)
        change[name] = 0.4 * peak * float(wave.sum()) * min_jerk(t_s / 0.5)
    return change
