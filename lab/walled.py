"""The moves at a wall as keyframes, with their faults."""

from __future__ import annotations

from lab.chains import chain, only_side, shorten, step_of
from lab.limbs import sign
from lab.performance import FaultSpan, Performance, Phase, Repetition
from lab.pose import Base
from lab.scene import Fault, Scene, active_faults
from lab.script import Script, Step, fault_span, play

_GAP_AT_REST_M = 0.07  # start: knee this much further from the wall than the toes


def _lunge_fault(step: Step, fault: Fault, side: str) -> None:
    k, v = fault.strength, step.values
    angles = {
        "heel_lift": (f"{side}_heel_raise_deg", 7.0 + 11.0 * k),
        "knee_cave": (f"{side}_knee_in_deg", 14.0 + 14.0 * k),
        "foot_turned_out": (f"{side}_foot_out_deg", 18.0 + 18.0 * k),
    }
    if fault.id in angles:
        name, usual_deg = angles[fault.id]
        v[name] = usual_deg if fault.degrees is None else fault.degrees
    elif fault.id == "not_touching":
        v["knee_gap_m"] = 0.02 + 0.03 * k


def knee_to_wall(scene: Scene) -> Performance:
    """Touch the wall with the knee, put the foot further back, touch again; side: front leg."""
    side = only_side(scene)
    base = Base("wall_lunge", front=side, stance_ratio=0.9)
    tries_m = [
        scene.distances_cm[i % len(scene.distances_cm)] / 100.0 for i in range(len(scene.sides))
    ]
    rest = step_of(scene, "start", side)
    script = Script(_at(rest.values, tries_m[0]))
    script.hold(1.6)
    repetitions: list[Repetition] = []
    spans: list[FaultSpan] = []
    for index, toe_wall_m in enumerate(tries_m, start=1):
        here = active_faults(scene, index)
        start = _at(rest.values, toe_wall_m)
        step = step_of(scene, "touch", side)
        step.values["toe_wall_m"] = toe_wall_m
        step.values["knee_gap_m"] += (1.0 - scene.reach) * start["knee_gap_m"]
        for fault in here:
            _lunge_fault(step, fault, side)
            start[f"{side}_foot_out_deg"] = step.values[f"{side}_foot_out_deg"]
        if script.values != start:
            _put_foot(script, start)
        phase = play(script, step, start)
        spans += [fault_span(f, phase, side) for f in here]
        back_s = script.t_s
        script.go(start, rest.move_s)
        home = Phase("return", back_s, script.t_s, None, None)
        repetitions.append(Repetition(side, phase.start_s, script.t_s, [phase, home]))
        script.hold(rest.hold_s)
    script.hold(0.6)
    return Performance(scene.move, base, script.keyframes, repetitions, spans)


def _at(values: dict[str, float], toe_wall_m: float) -> dict[str, float]:
    return {**values, "toe_wall_m": toe_wall_m, "knee_gap_m": toe_wall_m + _GAP_AT_REST_M}


def _put_foot(script: Script, start: dict[str, float]) -> None:
    """Lift the front foot and set it down where the next try starts."""
    now = script.values
    halfway = {k: 0.5 * (now[k] + start[k]) for k in now}
    script.go({**halfway, "foot_up_m": 0.035}, 0.4)
    script.go(start, 0.4)
    script.hold(0.7)


def _rotation_fault(step: Step, fault: Fault, side: str) -> None:
    inside = "right" if side == "left" else "left"
    s, k, v = sign(side), fault.strength, step.values
    if fault.id == "pelvis_turns":
        v["pelvis_turn_deg"] += s * (16.0 + 14.0 * k)
        v["spine_twist_deg"] -= s * (10.0 + 6.0 * k)
    elif fault.id == "forearm_leaves":
        v[f"{inside}_forearm_off"] = 0.6 + 0.4 * k
        v[f"{inside}_shoulder_abduction_deg"] = 50.0 - 20.0 * k
        v[f"{inside}_elbow_flexion_deg"] = 80.0
    elif fault.id == "elbow_angle":
        v[f"{inside}_forearm_tilt_deg"] = 38.0 + 12.0 * k
    elif fault.id == "arm_only":
        v["spine_twist_deg"] = s * (9.0 - 6.0 * k)
        v["pelvis_turn_deg"] = 0.0
        v["head_turn_deg"] = s * 4.0
    elif fault.id == "short_hold":
        shorten(step, k)


def spinal_rotation(scene: Scene) -> Performance:
    """Windmill away from the wall and back; the side is the outside arm's."""
    base = Base("wall_beside", front=only_side(scene), stance_ratio=1.15)
    order = ("front", "overhead", "behind")
    return chain(scene, base, order, _rotation_fault, back_through=("overhead", "front"))
