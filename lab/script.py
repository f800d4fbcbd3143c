"""Writing a performance step by step: keyframes, holds, bounces and what they show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lab.performance import FaultSpan, Keyframe, Phase
from lab.scene import Fault


class Script:
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


@dataclass
class Step:
    """One position on the way through a repetition, ready for faults to change.

    ``via`` is passed on the way in; ``slip`` are the values to which the body slips halfway through
    the hold, where it stays for the rest of it.
    """

    id: str
    values: dict[str, float]
    move_s: float
    hold_s: float
    touch_down: bool = False
    overshoot: dict[str, float] = field(default_factory=dict)
    bounce: dict[str, float] = field(default_factory=dict)
    via: dict[str, float] = field(default_factory=dict)
    slip: dict[str, float] = field(default_factory=dict)


def play(script: Script, step: Step, rest: Mapping[str, float]) -> Phase:
    """Move into a position and hold it; returns when that happened."""
    start = script.t_s
    if step.overshoot:
        far = {k: v + step.overshoot.get(k, 0.0) for k, v in step.values.items()}
        script.go(far, step.move_s)
        near = {k: v - 0.4 * step.overshoot.get(k, 0.0) for k, v in step.values.items()}
        script.go(near, 0.8 * step.move_s)
        script.go(step.values, 0.6 * step.move_s)
    elif step.via:
        script.go(step.via, 0.5 * step.move_s)
        script.go(step.values, 0.5 * step.move_s)
    else:
        script.go(step.values, step.move_s)
    hold_start = script.t_s
    if step.bounce:
        _bounce(script, step)
    elif step.slip:
        script.hold(0.4 * step.hold_s)
        script.go(step.slip, 0.6)
        script.hold(max(0.6 * step.hold_s - 0.6, 0.4))
    else:
        script.hold(step.hold_s)
    hold_end = script.t_s
    if step.touch_down:
        script.go(rest, 0.8)
        script.hold(0.4)
    return Phase(step.id, start, script.t_s, hold_start, hold_end)


def _bounce(script: Script, step: Step) -> None:
    """Bob between the position and ``bounce`` short of it for the length of the hold."""
    back = {k: v - step.bounce.get(k, 0.0) for k, v in step.values.items()}
    period_s = 0.8
    for _ in range(max(int(step.hold_s / period_s), 2)):
        script.go(back, 0.5 * period_s)
        script.go(step.values, 0.5 * period_s)


def fault_span(fault: Fault, phase: Phase, side: str) -> FaultSpan:
    """A fault lasts from halfway into the position to the end of its phase."""
    start = phase.start_s
    if phase.hold_start_s is not None and fault.id not in ("momentum", "short_hold"):
        start = 0.5 * (phase.start_s + phase.hold_start_s)
    if fault.id == "ankle_slips" and None not in (phase.hold_start_s, phase.hold_end_s):
        start = phase.hold_start_s + 0.4 * (phase.hold_end_s - phase.hold_start_s)  # type: ignore
    if fault.id == "early_touchdown" and phase.hold_end_s is not None:
        start = phase.hold_end_s + 0.4
    end = phase.end_s
    if fault.id == "momentum" and phase.hold_start_s is not None:
        end = phase.hold_start_s
    return FaultSpan(fault.id, start, end, fault.strength, side, phase.id)
