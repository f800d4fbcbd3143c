"""Moves as performances: positions from ``data/positions.toml``, faults with strength."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from lab.errors import LabError, unknown_name
from lab.performance import FaultSpan, Keyframe, Performance, Phase, Repetition
from lab.pose import ANGLES, RESTING, Base

DATA = Path(__file__).with_name("data")
STANDING_ORDER = ("flexion", "lower", "open", "side_hold", "turn_in", "extension")

#: move -> fault id -> phase it shows in when the request names none.
FAULTS: dict[str, dict[str, str]] = {
    "standing-hip": {
        "skipped_position": "open",
        "short_hold": "side_hold",
        "trunk_lean_away": "side_hold",
        "momentum": "side_hold",
        "bent_knee": "side_hold",
        "trunk_dropped": "extension",
        "stance_collapse": "open",
        "early_touchdown": "side_hold",
    },
    "ankle-dorsiflexion": dict.fromkeys(
        ("heel_lift", "knee_cave", "short_reach", "trunk_collapse", "short_hold", "bouncing"),
        "rock_forward",
    ),
    "hip-extension-half-kneeling": dict.fromkeys(
        ("trunk_lean", "knee_cave", "short_hold"), "extend"
    ),
}


@dataclass(frozen=True)
class Fault:
    """A fault to perform.

    Attributes:
        id: a key of ``FAULTS[move]``.
        strength: 0 (just past a strict eye's limit) to 1 (plain to anybody).
        phase: where it shows; the fault's own default if empty.
        repetition: 1-based repetition, or 0 for every one.
        variant: ``arched`` makes trunk_dropped an arched back instead.
    """

    id: str
    strength: float = 0.7
    phase: str = ""
    repetition: int = 0
    variant: str = ""


@dataclass(frozen=True)
class Scene:
    """What is performed: a move, the sides in order, faults, and how fast and far.

    Attributes:
        tempo: 1 as in the positions file; 2 moves twice as fast. Holds keep their length.
        hold_scale: factor on every hold.
        reach: factor on the working angles of each position (1 = the positions file).
        arm_up: hip-extension: the working side's arm overhead.
    """

    move: str
    sides: tuple[str, ...] = ("left",)
    faults: tuple[Fault, ...] = ()
    tempo: float = 1.0
    hold_scale: float = 1.0
    reach: float = 1.0
    arm_up: bool = False
    sway_seed: int = 1
    title: str = ""


@cache
def positions() -> dict[str, dict[str, dict[str, Any]]]:
    """Move -> position -> parts, from ``data/positions.toml``."""
    with (DATA / "positions.toml").open("rb") as file:
        return tomllib.load(file)


def check_scene(scene: Scene) -> None:
    """Raise ``LabError`` for a move, side, fault or phase that does not exist."""
    if scene.move not in FAULTS:
        raise unknown_name("move", scene.move, FAULTS)
    for side in scene.sides:
        if side not in ("left", "right"):
            raise unknown_name("side", side, ("left", "right"))
    for fault in scene.faults:
        if fault.id not in FAULTS[scene.move]:
            raise unknown_name(f"fault of {scene.move}", fault.id, FAULTS[scene.move])
        if fault.phase and fault.phase not in positions()[scene.move]:
            raise unknown_name(f"phase of {scene.move}", fault.phase, positions()[scene.move])
        if not 0.0 <= fault.strength <= 1.0:
            raise LabError(f"fault {fault.id}: strength {fault.strength:g} is outside 0..1")
    if scene.tempo <= 0 or scene.hold_scale <= 0 or not scene.sides:
        raise LabError("a scene needs at least one side, and tempo and hold_scale above 0")


def perform(scene: Scene) -> Performance:
    """The whole performance of a scene."""
    check_scene(scene)
    performance = _BUILDERS[scene.move](scene)
    performance.sway_seed = scene.sway_seed
    performance.check()
    return performance


class _Script:
    """Writes keyframes one after another and remembers the time."""

    def __init__(self, values: Mapping[str, float]) -> None:
        self.t_s = 0.0
        self.keyframes = [Keyframe(0.0, dict(values))]

    @property
    def values(self) -> dict[str, float]:
        return dict(self.keyframes[-1].values)

    def go(self, values: Mapping[str, float], move_s: float) -> None:
        """Reach ``values`` in ``move_s`` seconds; hold still by passing the same values."""
        self.t_s += move_s
        self.keyframes.append(Keyframe(self.t_s, dict(values)))

    def hold(self, hold_s: float) -> None:
        self.go(self.values, hold_s)


def _position(move: str, name: str, side: str, reach: float = 1.0) -> dict[str, float]:
    """Angle values of one position for a working side; ``reach`` scales the moving leg."""
    parts = positions()[move][name]
    other = "right" if side == "left" else "left"
    to_stance = -1.0 if side == "left" else 1.0  # the stance side lies to the right of a left leg
    owner = {"moving": side, "stance": other}
    owner |= (
        {"front": side, "rear": other}
        if move == "ankle-dorsiflexion"
        else {"front": other, "rear": side}
    )
    values = dict(RESTING)
    for part, leg in owner.items():
        for key, value in parts.get(part, {}).items():
            scale = reach if part == "moving" and key.endswith("_deg") else 1.0
            values[f"{leg}_{key}"] = value * scale
    for key, value in parts.get("both", {}).items():
        values[f"left_{key}"] = values[f"right_{key}"] = value
    signed = {
        "shift_to_stance_m": ("pelvis_shift_left_m", to_stance),
        "list_to_stance_deg": ("pelvis_list_deg", to_stance),
        "side_to_stance_deg": ("spine_side_deg", to_stance),
        "turn_to_moving_deg": ("pelvis_turn_deg", -to_stance),
        "twist_to_stance_deg": ("spine_twist_deg", to_stance),
        "shift_forward_m": ("pelvis_shift_forward_m", 1.0),
    }
    for key, value in parts.get("trunk", {}).items():
        name_, sign = signed.get(key, (key, 1.0))
        if name_ not in ANGLES:
            raise unknown_name(f"angle in positions.toml, {move}.{name}", key, ANGLES)
        values[name_] = sign * value
    return values


@dataclass
class _Step:
    """One position on the way through a repetition, ready for faults to change."""

    id: str
    values: dict[str, float]
    move_s: float
    hold_s: float
    touch_down: bool = False
    overshoot: dict[str, float] = field(default_factory=dict)
    bounce: dict[str, float] = field(default_factory=dict)


def _active(scene: Scene, repetition: int) -> list[Fault]:
    return [f for f in scene.faults if f.repetition in (0, repetition)]


def _fault_phase(scene: Scene, fault: Fault) -> str:
    return fault.phase or FAULTS[scene.move][fault.id]


# --- standing-hip ---------------------------------------------------------------------------


def _standing_fault(step: _Step, fault: Fault, side: str) -> None:
    """Change one position of the standing hip sequence by one fault."""
    other = "right" if side == "left" else "left"
    to_stance = -1.0 if side == "left" else 1.0
    k, v = fault.strength, step.values
    if fault.id == "short_hold":
        step.hold_s = 1.1 - 0.8 * k
    elif fault.id == "trunk_lean_away":
        v["spine_side_deg"] += to_stance * (10.0 + 14.0 * k)
        v["pelvis_list_deg"] += to_stance * 4.0 * k
        v["pelvis_shift_left_m"] -= to_stance * 0.03 * k
    elif fault.id == "momentum":
        step.move_s = 0.75 - 0.35 * k
        step.overshoot = {
            f"{side}_hip_abduction_deg": 10.0 + 8.0 * k,
            f"{side}_hip_flexion_deg": 6.0,
        }
    elif fault.id == "bent_knee":
        v[f"{side}_knee_flexion_deg"] += 16.0 + 34.0 * k
    elif fault.id == "trunk_dropped" and fault.variant == "arched":
        v["spine_flexion_deg"] -= 14.0 + 16.0 * k
        v["pelvis_tilt_deg"] += 8.0 * k
    elif fault.id == "trunk_dropped":
        v["pelvis_tilt_deg"] += 4.0 + 14.0 * k
        v["spine_flexion_deg"] += 14.0 + 24.0 * k
        v[f"{side}_hip_flexion_deg"] += 8.0 + 14.0 * k
        v["head_flexion_deg"] = 10.0
    elif fault.id == "stance_collapse":
        v[f"{other}_knee_flexion_deg"] += 12.0 + 24.0 * k
        v[f"{other}_knee_in_deg"] = 8.0 + 22.0 * k
        v["pelvis_list_deg"] -= to_stance * (4.0 + 8.0 * k)
    elif fault.id == "early_touchdown":
        step.touch_down = True
        step.hold_s = min(step.hold_s, 1.0)


def _standing_hip(scene: Scene) -> Performance:
    stand = _position(scene.move, "stand", scene.sides[0])
    script = _Script(stand)
    script.hold(1.6)
    repetitions, spans = [], []
    for index, side in enumerate(scene.sides, start=1):
        faults = _active(scene, index)
        skipped = {_fault_phase(scene, f): f for f in faults if f.id == "skipped_position"}
        repetition = Repetition(side, script.t_s, script.t_s)
        open_skips: list[Fault] = []
        for name in STANDING_ORDER:
            if name in skipped:
                open_skips.append(skipped[name])
                continue
            spec = positions()[scene.move][name]
            step = _Step(
                name,
                _position(scene.move, name, side, scene.reach),
                spec["move_s"] / scene.tempo,
                spec["hold_s"] * scene.hold_scale,
            )
            here = [
                f for f in faults if f.id != "skipped_position" and _fault_phase(scene, f) == name
            ]
            for fault in here:
                _standing_fault(step, fault, side)
            phase = _play(script, step, stand)
            repetition.phases.append(phase)
            spans += [_span(f, phase, side) for f in here]
            for fault in open_skips:  # a skip is on show on the way to the next position
                spans.append(
                    FaultSpan(
                        fault.id,
                        phase.start_s,
                        phase.hold_start_s or phase.end_s,
                        fault.strength,
                        side,
                        _fault_phase(scene, fault),
                    )
                )
            open_skips = []
        start = script.t_s
        script.go(stand, 1.9 / scene.tempo)
        repetition.phases.append(Phase("return", start, script.t_s, None, None))
        repetition.end_s = script.t_s
        for fault in open_skips:
            spans.append(
                FaultSpan(
                    fault.id, start, script.t_s, fault.strength, side, _fault_phase(scene, fault)
                )
            )
        repetitions.append(repetition)
        script.hold(1.6)
    return Performance(scene.move, Base("standing"), script.keyframes, repetitions, spans)


def _play(script: _Script, step: _Step, rest: Mapping[str, float]) -> Phase:
    """Move into a position and hold it; returns when that happened."""
    start = script.t_s
    if step.overshoot:
        far = {k: v + step.overshoot.get(k, 0.0) for k, v in step.values.items()}
        script.go(far, step.move_s)
        near = {k: v - 0.4 * step.overshoot.get(k, 0.0) for k, v in step.values.items()}
        script.go(near, 0.8 * step.move_s)
        script.go(step.values, 0.6 * step.move_s)
    else:
        script.go(step.values, step.move_s)
    hold_start = script.t_s
    if step.bounce:
        _bounce(script, step)
    else:
        script.hold(step.hold_s)
    hold_end = script.t_s
    if step.touch_down:
        script.go(rest, 0.8)
        script.hold(0.4)
    return Phase(step.id, start, script.t_s, hold_start, hold_end)


def _bounce(script: _Script, step: _Step) -> None:
    """Bob between the position and ``bounce`` short of it for the length of the hold."""
    back = {k: v - step.bounce.get(k, 0.0) for k, v in step.values.items()}
    period_s = 0.8
    for _ in range(max(int(step.hold_s / period_s), 2)):
        script.go(back, 0.5 * period_s)
        script.go(step.values, 0.5 * period_s)


def _span(fault: Fault, phase: Phase, side: str) -> FaultSpan:
    """A fault lasts from halfway into the position to the end of its phase."""
    start = phase.start_s
    if phase.hold_start_s is not None and fault.id not in ("momentum", "short_hold"):
        start = 0.5 * (phase.start_s + phase.hold_start_s)
    if fault.id == "early_touchdown" and phase.hold_end_s is not None:
        start = phase.hold_end_s + 0.4
    end = phase.end_s
    if fault.id == "momentum" and phase.hold_start_s is not None:
        end = phase.hold_start_s
    return FaultSpan(fault.id, start, end, fault.strength, side, phase.id)


# --- half-kneeling moves --------------------------------------------------------------------


def _ankle_fault(step: _Step, fault: Fault, side: str) -> None:
    k, v = fault.strength, step.values
    if fault.id == "heel_lift":
        v[f"{side}_heel_raise_deg"] = 7.0 + 12.0 * k
        v["front_shin_tilt_deg"] += 4.0 * k
    elif fault.id == "knee_cave":
        v[f"{side}_knee_in_deg"] = 12.0 + 16.0 * k
    elif fault.id == "short_reach":
        v["front_shin_tilt_deg"] -= 12.0 + 10.0 * k
    elif fault.id == "trunk_collapse":
        v["pelvis_tilt_deg"] += 8.0 + 10.0 * k
        v["spine_flexion_deg"] += 16.0 + 20.0 * k
        v["head_flexion_deg"] = 12.0
    elif fault.id == "short_hold":
        step.hold_s = 1.2 - 0.9 * k
    elif fault.id == "bouncing":
        step.bounce = {"front_shin_tilt_deg": 6.0 + 8.0 * k}


def _extension_fault(step: _Step, fault: Fault, side: str) -> None:
    front = "right" if side == "left" else "left"
    k, v = fault.strength, step.values
    if fault.id == "trunk_lean":
        v["kneel_lean_deg"] -= 3.0 + 5.0 * k
        v["pelvis_tilt_deg"] += 8.0 + 9.0 * k
        v["spine_flexion_deg"] += 5.0 + 8.0 * k
    elif fault.id == "knee_cave":
        v[f"{front}_knee_in_deg"] = 12.0 + 16.0 * k
    elif fault.id == "short_hold":
        step.hold_s = 1.2 - 0.9 * k


def _half_kneeling(
    scene: Scene, active: str, base: Base, apply: Callable[[_Step, Fault, str], None]
) -> Performance:
    """Repeat start -> ``active`` -> start; one side a clip, since the legs do not change over."""
    if len(set(scene.sides)) != 1:
        raise LabError(f"{scene.move}: one side a clip (the legs stay in place), got {scene.sides}")
    side = scene.sides[0]
    rest = _position(scene.move, "start", side)
    spec, rest_spec = positions()[scene.move][active], positions()[scene.move]["start"]
    goal = _position(scene.move, active, side)
    for values in (rest, goal):
        if scene.arm_up:
            values |= {
                f"{side}_shoulder_flexion_deg": 166.0,
                f"{side}_shoulder_abduction_deg": 8.0,
                f"{side}_elbow_flexion_deg": 8.0,
            }
    for name in ("front_shin_tilt_deg", "kneel_lean_deg"):
        goal[name] = rest[name] + scene.reach * (goal[name] - rest[name])
    script = _Script(rest)
    script.hold(1.6)
    repetitions, spans = [], []
    for index in range(1, len(scene.sides) + 1):
        here = _active(scene, index)
        step = _Step(
            active, dict(goal), spec["move_s"] / scene.tempo, spec["hold_s"] * scene.hold_scale
        )
        for fault in here:
            apply(step, fault, side)
        phase = _play(script, step, rest)
        spans += [_span(f, phase, side) for f in here]
        start = script.t_s
        script.go(rest, rest_spec["move_s"] / scene.tempo)
        repetitions.append(
            Repetition(
                side,
                phase.start_s,
                script.t_s,
                [phase, Phase("return", start, script.t_s, None, None)],
            )
        )
        script.hold(rest_spec["hold_s"])
    script.hold(0.6)
    return Performance(scene.move, base, script.keyframes, repetitions, spans)


def _ankle(scene: Scene) -> Performance:
    base = Base("half_kneeling", front=scene.sides[0], step_ratio=0.8)
    return _half_kneeling(scene, "rock_forward", base, _ankle_fault)


def _extension(scene: Scene) -> Performance:
    front = "right" if scene.sides[0] == "left" else "left"
    base = Base("half_kneeling", front=front, step_ratio=1.12)
    return _half_kneeling(scene, "extend", base, _extension_fault)


_BUILDERS: dict[str, Callable[[Scene], Performance]] = {
    "standing-hip": _standing_hip,
    "ankle-dorsiflexion": _ankle,
    "hip-extension-half-kneeling": _extension,
}

MOVES: Sequence[str] = tuple(_BUILDERS)
