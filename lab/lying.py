"""The moves on the back as keyframes, with their faults."""

from __future__ import annotations

from lab.chains import chain, only_side, shorten
from lab.limbs import sign
from lab.performance import Performance
from lab.pose import Base
from lab.scene import Fault, Scene
from lab.script import Step

_FOOT_AWAY = 1.30  # hips to ankles, in thigh lengths


def _base(scene: Scene) -> Base:
    return Base("supine", front=only_side(scene), stance_ratio=1.15, step_ratio=_FOOT_AWAY)


def _roll(step: Step, towards_left_deg: float) -> None:
    """Roll the pelvis while the ribs stay on the floor."""
    step.values["pelvis_turn_deg"] += towards_left_deg
    step.values["spine_twist_deg"] -= 0.8 * towards_left_deg


def _flexion_fault(step: Step, fault: Fault, side: str) -> None:
    other = "right" if side == "left" else "left"
    k, v = fault.strength, step.values
    if fault.id == "knee_drift" and fault.variant == "across":
        v[f"{side}_hip_abduction_deg"] -= 18.0 + 14.0 * k
    elif fault.id == "knee_drift":
        v[f"{side}_hip_abduction_deg"] += 18.0 + 20.0 * k
    elif fault.id == "other_foot_lifts":
        v[f"{other}_lift"] = 1.0
        v[f"{other}_hip_flexion_deg"] = 70.0 + 20.0 * k
        v[f"{other}_knee_flexion_deg"] = 90.0
    elif fault.id == "head_lifts":
        v["spine_flexion_deg"] += 20.0 + 16.0 * k
        v["head_flexion_deg"] += 22.0 + 10.0 * k
    elif fault.id == "short_hold":
        shorten(step, k)


def hip_flexion(scene: Scene) -> Performance:
    """Draw one bent knee to the chest with both hands; the side is that knee's."""
    return chain(scene, _base(scene), ("to_chest",), _flexion_fault)


def _rotation_fault(step: Step, fault: Fault, side: str) -> None:
    k = fault.strength
    if fault.id == "pelvis_rolls":
        _roll(step, sign(side) * (12.0 + 14.0 * k))
    elif fault.id == "ankle_slips":
        step.slip = {**step.values, f"{side}_ankle_slip": 0.7 + 0.3 * k}
    elif fault.id == "short_hold":
        shorten(step, k)


def hip_external_rotation(scene: Scene) -> Performance:
    """Ankle onto the other thigh, knee opened outward; the side is the crossed leg's."""
    order = ("open",)
    return chain(scene, _base(scene), order, _rotation_fault, ("lift",), {"open": "lift"})


def _adduction_fault(step: Step, fault: Fault, side: str) -> None:
    k, v = fault.strength, step.values
    if fault.id == "pelvis_rolls":
        _roll(step, -sign(side) * (12.0 + 14.0 * k))
    elif fault.id == "short_of_midline":
        v[f"{side}_hip_abduction_deg"] = -7.0 + 7.0 * k
    elif fault.id == "short_hold":
        shorten(step, k)


def hip_adduction(scene: Scene) -> Performance:
    """Draw one bent knee across the midline; the side is that knee's."""
    return chain(scene, _base(scene), ("across",), _adduction_fault)
