"""Seated tibial rotation as keyframes, with its faults."""

from __future__ import annotations

from lab.chains import chain, only_side, shorten
from lab.performance import Performance
from lab.pose import Base
from lab.scene import Fault, Scene
from lab.script import Step


def _fault(step: Step, fault: Fault, side: str) -> None:
    k, v = fault.strength, step.values
    way = 1.0 if v[f"{side}_tibial_rotation_deg"] > 0 else -1.0
    if fault.id == "thigh_moves":
        v[f"{side}_hip_abduction_deg"] += way * (10.0 + 12.0 * k)
        v[f"{side}_tibial_rotation_deg"] *= 0.8
    elif fault.id == "knee_angle":
        v[f"{side}_knee_flexion_deg"] -= 16.0 + 14.0 * k
        v[f"{side}_hip_flexion_deg"] -= 8.0 + 7.0 * k
    elif fault.id == "short_hold":
        shorten(step, k)


def knee_rotation(scene: Scene) -> Performance:
    """Turn the shin inward, then outward, and back; the side is the turning leg's."""
    base = Base("sitting", front=only_side(scene))
    return chain(scene, base, ("inward", "outward"), _fault)
