"""Scenes: what is performed, which faults there are, and the positions of the data file."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from lab.errors import LabError, unknown_name
from lab.pose import ANGLES, RESTING

DATA = Path(__file__).with_name("data")

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
        ("trunk_lean", "back_arch", "knee_cave", "short_hold"), "extend"
    ),
    "knee-to-wall": dict.fromkeys(
        ("heel_lift", "knee_cave", "foot_turned_out", "not_touching"), "touch"
    ),
    "knee-rotation": {
        "thigh_moves": "outward",
        "knee_angle": "outward",
        "one_end": "outward",
        "short_hold": "outward",
    },
    "hip-flexion-supine": dict.fromkeys(
        ("knee_drift", "other_foot_lifts", "head_lifts", "short_hold"), "to_chest"
    ),
    "hip-external-rotation-supine": dict.fromkeys(
        ("pelvis_rolls", "ankle_slips", "short_hold"), "open"
    ),
    "hip-adduction-supine": dict.fromkeys(
        ("pelvis_rolls", "short_of_midline", "short_hold"), "across"
    ),
    "spinal-rotation": dict.fromkeys(
        ("pelvis_turns", "forearm_leaves", "elbow_angle", "arm_only", "short_hold"), "behind"
    ),
}
#: Moves whose named side is the front leg; in the other moves on one knee it is the rear one.
_SIDE_IN_FRONT = ("ankle-dorsiflexion", "knee-to-wall")


@dataclass(frozen=True)
class Fault:
    """A fault to perform.

    Attributes:
        id: a key of ``FAULTS[move]``.
        strength: 0 (just past a strict eye's limit) to 1 (plain to anybody).
        phase: where it shows; the fault's own default if empty.
        repetition: 1-based repetition, or 0 for every one.
        variant: ``arched`` makes trunk_dropped an arched back instead; ``across`` lets the knee of
            knee_drift fall inward instead of outward.
        degrees: knee-to-wall: the fault's own angle (pitch of a lifted foot, turn of the foot, cave
            of the knee) instead of what the strength gives.
    """

    id: str
    strength: float = 0.7
    phase: str = ""
    repetition: int = 0
    variant: str = ""
    degrees: float | None = None


@dataclass(frozen=True)
class Scene:
    """What is performed: a move, the sides in order, faults, and how fast and far.

    Attributes:
        tempo: 1 as in the positions file; 2 moves twice as fast. Holds keep their length.
        hold_scale: factor on every hold.
        reach: factor on the working angles of each position (1 = the positions file); knee-to-wall:
            share of the knee's way to the wall.
        arm_up: hip-extension: the working side's arm overhead.
        distances_cm: knee-to-wall: shoe tip to wall of one try after the other, repeated if short.
    """

    move: str
    sides: tuple[str, ...] = ("left",)
    faults: tuple[Fault, ...] = ()
    tempo: float = 1.0
    hold_scale: float = 1.0
    reach: float = 1.0
    arm_up: bool = False
    distances_cm: tuple[float, ...] = (8.0, 10.0, 11.5)
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
    for distance in scene.distances_cm:
        if not 0.0 <= distance <= 25.0:
            raise LabError(f"distances_cm: {distance:g} is outside 0..25 cm")
    if scene.move == "knee-to-wall" and not scene.distances_cm:
        raise LabError("knee-to-wall needs at least one distance in distances_cm")
    if scene.tempo <= 0 or scene.hold_scale <= 0 or not scene.sides:
        raise LabError("a scene needs at least one side, and tempo and hold_scale above 0")


def position_values(move: str, name: str, side: str, reach: float = 1.0) -> dict[str, float]:
    """Angle values of one position for a working side; ``reach`` scales the moving leg."""
    parts = positions()[move][name]
    other = "right" if side == "left" else "left"
    to_stance = -1.0 if side == "left" else 1.0  # the stance side lies to the right of a left leg
    owner = {"moving": side, "stance": other}
    owner |= (
        {"front": side, "rear": other} if move in _SIDE_IN_FRONT else {"front": other, "rear": side}
    )
    values = dict(RESTING)
    for part, leg in owner.items():
        for key, value in parts.get(part, {}).items():
            reaches = key.endswith("_deg") or key in ("ankle_over", "windmill")
            scale = reach if part == "moving" and reaches else 1.0
            values[f"{leg}_{key}"] = value * scale
    for key, value in parts.get("both", {}).items():
        values[f"left_{key}"] = values[f"right_{key}"] = value
    signed = {
        "shift_to_stance_m": ("pelvis_shift_left_m", to_stance),
        "list_to_stance_deg": ("pelvis_list_deg", to_stance),
        "side_to_stance_deg": ("spine_side_deg", to_stance),
        "turn_to_moving_deg": ("pelvis_turn_deg", -to_stance),
        "twist_to_stance_deg": ("spine_twist_deg", to_stance),
        "twist_to_moving_deg": ("spine_twist_deg", -to_stance),
        "head_turn_to_moving_deg": ("head_turn_deg", -to_stance),
        "shift_forward_m": ("pelvis_shift_forward_m", 1.0),
    }
    for key, value in parts.get("trunk", {}).items():
        name_, sign = signed.get(key, (key, 1.0))
        if name_ not in ANGLES:
            raise unknown_name(f"angle in positions.toml, {move}.{name}", key, ANGLES)
        values[name_] = sign * value
    return values


def active_faults(scene: Scene, repetition: int) -> list[Fault]:
    return [f for f in scene.faults if f.repetition in (0, repetition)]


def fault_phase(scene: Scene, fault: Fault) -> str:
    return fault.phase or FAULTS[scene.move][fault.id]


#: What a fault brings with it: true as well, so found or not it is no mistake.
_ENTAILED: dict[tuple[str, str], tuple[str, ...]] = {
    # The foot is put down in 0.8 s, quicker than any calm change of position.
    ("standing-hip", "early_touchdown"): ("short_hold", "momentum"),
    # The leg travels the way of two positions in the time of one.
    ("standing-hip", "skipped_position"): ("momentum",),
    ("ankle-dorsiflexion", "bouncing"): ("short_hold",),
    ("hip-external-rotation-supine", "ankle_slips"): ("short_hold",),
}


def entailed(move: str, fault: str) -> tuple[str, ...]:
    """Faults that this one brings with it."""
    return _ENTAILED.get((move, fault), ())
