"""Moves as performances: a scene, with its faults, becomes keyframes, phases and fault spans."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lab.kneeling import ankle_dorsiflexion, hip_extension
from lab.lying import hip_adduction, hip_external_rotation, hip_flexion
from lab.performance import Performance
from lab.scene import FAULTS, Fault, Scene, check_scene, positions
from lab.seated import knee_rotation
from lab.standing import STANDING_ORDER, standing_hip
from lab.walled import knee_to_wall, spinal_rotation

__all__ = [
    "FAULTS",
    "MOVES",
    "STANDING_ORDER",
    "Fault",
    "Scene",
    "check_scene",
    "perform",
    "positions",
]

_BUILDERS: dict[str, Callable[[Scene], Performance]] = {
    "standing-hip": standing_hip,
    "ankle-dorsiflexion": ankle_dorsiflexion,
    "hip-extension-half-kneeling": hip_extension,
    "knee-to-wall": knee_to_wall,
    "knee-rotation": knee_rotation,
    "hip-flexion-supine": hip_flexion,
    "hip-external-rotation-supine": hip_external_rotation,
    "hip-adduction-supine": hip_adduction,
    "spinal-rotation": spinal_rotation,
}

MOVES: Sequence[str] = tuple(_BUILDERS)


def perform(scene: Scene) -> Performance:
    """The whole performance of a scene."""
    check_scene(scene)
    performance = _BUILDERS[scene.move](scene)
    performance.sway_seed = scene.sway_seed
    performance.check()
    return performance
