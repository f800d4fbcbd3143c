"""The standing hip sequence as keyframes, with its faults."""

from __future__ import annotations

from lab.performance import FaultSpan, Performance, Phase, Repetition
from lab.pose import Base
from lab.scene import Fault, Scene, active_faults, fault_phase, position_values, positions
from lab.script import Script, Step, fault_span, play

STANDING_ORDER = ("flexion", "lower", "open", "side_hold", "turn_in", "extension")
_RETURN_S = 1.9


def _standing_fault(step: Step, fault: Fault, side: str) -> None:
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


def standing_hip(scene: Scene) -> Performance:
    """Stand, then one chain of positions for each side of the scene, standing between them."""
    stand = position_values(scene.move, "stand", scene.sides[0])
    script = Script(stand)
    script.hold(1.6)
    repetitions: list[Repetition] = []
    spans: list[FaultSpan] = []
    for index, side in enumerate(scene.sides, start=1):
        repetition, shown = _chain(script, scene, side, active_faults(scene, index), stand)
        repetitions.append(repetition)
        spans += shown
        script.hold(1.6)
    return Performance(scene.move, Base("standing"), script.keyframes, repetitions, spans)


def _chain(
    script: Script, scene: Scene, side: str, faults: list[Fault], stand: dict[str, float]
) -> tuple[Repetition, list[FaultSpan]]:
    """One repetition: its phases, and when its faults are on show."""
    repetition = Repetition(side, script.t_s, script.t_s)
    spans: list[FaultSpan] = []
    skips: list[Fault] = []  # skipped since the last position; on show on the way to the next
    for name in STANDING_ORDER:
        here = [f for f in faults if fault_phase(scene, f) == name]
        skipped = [f for f in here if f.id == "skipped_position"]
        if skipped:
            skips += skipped
            continue
        step = _step(scene, name, side)
        for fault in here:
            _standing_fault(step, fault, side)
        phase = play(script, step, stand)
        repetition.phases.append(phase)
        spans += [fault_span(f, phase, side) for f in here]
        spans += [_skip_span(scene, f, side, phase.start_s, phase.hold_start_s) for f in skips]
        skips = []
    start_s = script.t_s
    script.go(stand, _RETURN_S / scene.tempo)
    repetition.phases.append(Phase("return", start_s, script.t_s, None, None))
    repetition.end_s = script.t_s
    spans += [_skip_span(scene, f, side, start_s, script.t_s) for f in skips]
    return repetition, spans


def _step(scene: Scene, name: str, side: str) -> Step:
    spec = positions()[scene.move][name]
    values = position_values(scene.move, name, side, scene.reach)
    return Step(name, values, spec["move_s"] / scene.tempo, spec["hold_s"] * scene.hold_scale)


def _skip_span(
    scene: Scene, fault: Fault, side: str, start_s: float, end_s: float | None
) -> FaultSpan:
    phase = fault_phase(scene, fault)
    return FaultSpan(fault.id, start_s, end_s or start_s, fault.strength, side, phase)
