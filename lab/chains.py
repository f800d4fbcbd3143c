"""Moves with planted feet on one side: from a start through positions and back, again and again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from lab.errors import LabError
from lab.performance import FaultSpan, Performance, Phase, Repetition
from lab.pose import Base
from lab.scene import Fault, Scene, active_faults, fault_phase, position_values, positions
from lab.script import Script, Step, fault_span, play

Apply = Callable[[Step, Fault, str], None]
SKIPPED = ("one_end",)  # faults that leave their position out


def only_side(scene: Scene) -> str:
    """The one side of a scene whose legs do not change over."""
    if len(set(scene.sides)) != 1:
        raise LabError(f"{scene.move}: one side a clip (the legs stay in place), got {scene.sides}")
    return scene.sides[0]


def step_of(scene: Scene, name: str, side: str) -> Step:
    """A position of the data file as a step, at the scene's tempo, hold and reach."""
    spec = positions()[scene.move][name]
    values = position_values(scene.move, name, side, scene.reach)
    return Step(name, values, spec["move_s"] / scene.tempo, spec["hold_s"] * scene.hold_scale)


def chain(
    scene: Scene,
    base: Base,
    order: Sequence[str],
    apply: Apply,
    back_through: Sequence[str] = (),
    via: Mapping[str, str] | None = None,
) -> Performance:
    """Each repetition: start, the positions in ``order``, back (through ``back_through``), start.

    ``apply`` changes a step by one fault that shows in it; ``via`` names the position that is
    passed on the way into another one.
    """
    side = only_side(scene)
    rest = step_of(scene, "start", side)
    script = Script(rest.values)
    script.hold(1.6)
    repetitions: list[Repetition] = []
    spans: list[FaultSpan] = []
    for index in range(1, len(scene.sides) + 1):
        repetition = Repetition(side, script.t_s, script.t_s)
        faults = active_faults(scene, index)
        left_out = {fault_phase(scene, f): f for f in faults if f.id in SKIPPED}
        for name in order:
            if name in left_out:
                continue
            step = step_of(scene, name, side)
            if via and name in via:
                step.via = position_values(scene.move, via[name], side)
            here = [f for f in faults if fault_phase(scene, f) == name]
            for fault in here:
                apply(step, fault, side)
            phase = play(script, step, rest.values)
            repetition.phases.append(phase)
            spans += [fault_span(f, phase, side) for f in here]
        start_s = script.t_s
        for name in back_through:
            script.go(position_values(scene.move, name, side, scene.reach), 0.8 * rest.move_s)
        script.go(rest.values, rest.move_s)
        repetition.phases.append(Phase("return", start_s, script.t_s, None, None))
        repetition.end_s = script.t_s
        spans += [
            FaultSpan(f.id, start_s, script.t_s, f.strength, side, name)
            for name, f in left_out.items()
        ]
        repetitions.append(repetition)
        script.hold(rest.hold_s)
    script.hold(0.6)
    return Performance(scene.move, base, script.keyframes, repetitions, spans)


def shorten(step: Step, strength: float) -> None:
    """The fault of a hold that is too short: 1.2 s down to 0.3 s."""
    step.hold_s = 1.2 - 0.9 * strength
