"""A small move of one position, and tables of measures written by hand for it."""

from __future__ import annotations

import numpy as np

from posecheck.core.catalog import columns
from posecheck.core.machine import PhaseMachine
from posecheck.core.move import Move, parse_move
from posecheck.core.result import Repetition
from posecheck.core.scoring import score_repetition
from posecheck.core.table import FrameState, MeasureTable, Reason
from posecheck.core.tape import Tape

TEXT = """
schema = 1
id = "squat"
name = "Squat"
about = "A squat."
posture = "standing"
how = ["Sit down."]
safety = "Pain is a stop sign."
start = [{ measure = "knee_flexion_deg", below = 20 }]
camera = { plane = "side", place = "At your side." }
dose = { sets = [1, 3], repetitions = [5, 8], hold_s = [2.0, 5.0], days_per_week = [1, 5] }

[[phases]]
id = "down"
name = "Down"
say = "Down"
view = "side"
enter = [{ measure = "knee_flexion_deg", above = 60 }]
hold_s = 2.0
headline = "knee_flexion_deg"
criteria = [CRITERIA]

[[phases]]
id = "up"
name = "Up"
say = "Up"
view = "any"
final = true
headline = "knee_flexion_deg"

[[faults]]
id = "heel_lift"
name = "Heel lifts"
phases = ["down"]
measure = "heel_lift_deg"
warn = 5
fault = 10
dwell_s = 0.3
compensation = true
cue = "Heel down"
explain = "The heel lifts."
easier = "Go less deep."

[[faults]]
id = "trunk"
name = "Trunk drops"
measure = "trunk_lean_deg"
warn = 20
fault = 30
dwell_s = 0.3
cue = "Chest up"
explain = "The trunk drops."
easier = "Go less deep."

[[faults]]
id = "short_hold"
name = "Held too short"
kind = "short_hold"
cue = "Stay"
explain = "Stay there."
easier = "Go less deep."
"""
FPS = 30.0


def squat(criteria: str = '{ measure = "knee_flexion_deg", stat = "peak", at_least = 80 }') -> Move:
    return parse_move(TEXT.replace("CRITERIA", criteria).encode(), "squat.toml")


def course(*legs: tuple[float, float], fps: float = FPS) -> np.ndarray:
    """Values over time: (seconds, value reached) pairs, minimum-jerk ways between; starts at 0."""
    out, now = [], 0.0
    for seconds, value in legs:
        u = np.arange(1, round(seconds * fps) + 1) / round(seconds * fps)
        out.append(now + (value - now) * u**3 * (10.0 - 15.0 * u + 6.0 * u * u))
        now = value
    return np.concatenate(out)


def one_squat(hold_s: float = 3.0, depth_deg: float = 100.0, fps: float = FPS) -> np.ndarray:
    return course((1, 0), (1.5, depth_deg), (hold_s, depth_deg), (1.5, 0), (1, 0), fps=fps)


def table(
    knee_deg: np.ndarray, *, fps: float = FPS, error: float = 1.0,
    unseen: np.ndarray | None = None, reason: Reason = Reason.NOBODY, **others: np.ndarray,
) -> MeasureTable:  # fmt: skip
    """A table of the left side's knee; the leg's speed follows from it, all else is 0."""
    n = len(knee_deg)
    t_s = np.arange(n) / fps
    names = [name for name, _, _ in columns(public_only=False)]
    values = {name: np.zeros(n) for name in names}
    values["knee_flexion_left_deg"] = knee_deg
    values["leg_speed_left_degps"] = np.abs(np.gradient(knee_deg, t_s))
    values |= others
    assert set(values) == set(names)
    codes = {name: np.where(np.isfinite(values[name]), 0, Reason.WRONG_VIEW) for name in names}
    if unseen is not None:
        codes = {name: np.where(unseen, reason, code) for name, code in codes.items()}
    return MeasureTable(
        t_s,
        {name: np.where(codes[name] == 0, values[name], np.nan) for name in names},
        {name: np.where(codes[name] == 0, error, np.nan) for name in names},
        {name: code.astype(np.uint8) for name, code in codes.items()},
    )


def run(given: MeasureTable, move: Move | None = None) -> tuple[list[Repetition], PhaseMachine]:
    """The left side's repetitions, and the machine as it stands after the last frame."""
    tape = Tape(move or squat(), "left")
    tape.extend(given)
    machine = PhaseMachine(tape)
    for i in range(len(tape)):
        machine.step(i)
    machine.finish(len(tape))
    return [score_repetition(tape, t, k + 1) for k, t in enumerate(machine.finished)], machine


def reel(given: MeasureTable, move: Move | None = None) -> list[FrameState]:
    """State, hold clock and reason after each frame."""
    tape = Tape(move or squat(), "left")
    tape.extend(given)
    machine = PhaseMachine(tape)
    out = []
    for i in range(len(tape)):
        machine.step(i)
        out.append(
            FrameState(machine.state, hold_s=machine.hold_s, reason=machine.pause.text or None)
        )
    return out
