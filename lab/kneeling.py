"""The half-kneeling moves as keyframes, with their faults."""

from __future__ import annotations

from collections.abc import Callable

from lab.errors import LabError
from lab.performance import Performance, Phase, Repetition
from lab.pose import Base
from lab.scene import Fault, Scene, active_faults, position_values, positions
from lab.script import Script, Step, fault_span, play


def _ankle_fault(step: Step, fault: Fault, side: str) -> None:
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


def _extension_fault(step: Step, fault: Fault, side: str) -> None:
    front = "right" if side == "left" else "left"
    k, v = fault.strength, step.values
    if fault.id == "trunk_lean":
        v["kneel_lean_deg"] -= 3.0 + 5.0 * k
        v["pelvis_tilt_deg"] += 8.0 + 9.0 * k
        v["spine_flexion_deg"] += 5.0 + 8.0 * k
    elif fault.id == "back_arch":
        v["kneel_lean_deg"] -= 2.0 + 4.0 * k
        v["pelvis_tilt_deg"] -= 2.0 * k
        v["spine_flexion_deg"] -= 24.0 + 10.0 * k
        v["head_flexion_deg"] -= 8.0
    elif fault.id == "knee_cave":
        v[f"{front}_knee_in_deg"] = 12.0 + 16.0 * k
    elif fault.id == "short_hold":
        step.hold_s = 1.2 - 0.9 * k


def _half_kneeling(
    scene: Scene, active: str, base: Base, apply: Callable[[Step, Fault, str], None]
) -> Performance:
    """Repeat start -> ``active`` -> start; one side a clip, since the legs do not change over."""
    if len(set(scene.sides)) != 1:
        raise LabError(f"{scene.move}: one side a clip (the legs stay in place), got {scene.sides}")
    side = scene.sides[0]
    rest, goal = _rest_and_goal(scene, active, side)
    spec, rest_spec = positions()[scene.move][active], positions()[scene.move]["start"]
    script = Script(rest)
    script.hold(1.6)
    repetitions, spans = [], []
    for index in range(1, len(scene.sides) + 1):
        here = active_faults(scene, index)
        step = Step(
            active, dict(goal), spec["move_s"] / scene.tempo, spec["hold_s"] * scene.hold_scale
        )
        for fault in here:
            apply(step, fault, side)
        phase = play(script, step, rest)
        spans += [fault_span(f, phase, side) for f in here]
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


def _rest_and_goal(
    scene: Scene, active: str, side: str
) -> tuple[dict[str, float], dict[str, float]]:
    """Angle values at the start and at the end of the range."""
    rest = position_values(scene.move, "start", side)
    goal = position_values(scene.move, active, side)
    for values in (rest, goal):
        if scene.arm_up:
            values |= {
                f"{side}_shoulder_flexion_deg": 166.0,
                f"{side}_shoulder_abduction_deg": 8.0,
                f"{side}_elbow_flexion_deg": 8.0,
            }
    for name in ("front_shin_tilt_deg", "kneel_lean_deg"):
        goal[name] = rest[name] + scene.reach * (goal[name] - rest[name])
    return rest, goal


def ankle_dorsiflexion(scene: Scene) -> Performance:
    """Rock the front knee over the toes and back; the side is the front leg's."""
    base = Base("half_kneeling", front=scene.sides[0], step_ratio=0.8)
    return _half_kneeling(scene, "rock_forward", base, _ankle_fault)


def hip_extension(scene: Scene) -> Performance:
    """Settle the hips forward and come back; the side is the rear leg's."""
    front = "right" if scene.sides[0] == "left" else "left"
    base = Base("half_kneeling", front=front, step_ratio=1.12)
    return _half_kneeling(scene, "extend", base, _extension_fault)
