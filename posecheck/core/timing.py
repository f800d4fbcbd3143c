"""When a hold really began and ended: the slow ends of a movement taken off.

A hold is found by low speed, so it swallows the last part of the way in and the first of the way
out. Reaching movements follow the minimum-jerk curve (Flash and Hogan 1985): speed over its peak is
16 u^2 (1-u)^2 at share u of the movement. The peak's moment and height and the speed at the hold's
edge give the rest.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from posecheck.core.tape import Tape
from posecheck.core.trace import Hold

_LOOK_S = 2.5
#: A peak hardly above the edge's speed says nothing of the movement's shape.
_LARGEST_SHARE = 0.9
_LARGEST_TRIM_S = 0.8
_PAST_PEAK = 0.7


@dataclass(frozen=True, slots=True)
class Held:
    """When a hold began and ended, and its length without pauses, all in seconds.

    ``sure`` is False where what tells it best was not known.
    """

    start_s: float
    end_s: float
    held_s: float
    sure: bool = True


def true_hold(tape: Tape, hold: Hold) -> Held:
    """A hold of low speed without the movements' slow ends."""
    before_s = _tail_s(tape, hold.first, -1)
    after_s = _tail_s(tape, hold.last, +1)
    start_s, end_s = tape.t_s[hold.first], tape.t_s[hold.last]
    held_s = max(0.0, hold.held_s - before_s - after_s)
    return Held(start_s + before_s, max(start_s + before_s, end_s - after_s), held_s)


def _tail_s(tape: Tape, edge: int, step: int) -> float:
    """How long the movement beside a hold's edge goes on inside the hold."""
    peak, peak_at = tape.speed[edge], edge
    i = edge
    while 0 <= i + step < len(tape):
        i += step
        speed = tape.speed[i]
        far = abs(tape.t_s[i] - tape.t_s[edge]) > _LOOK_S
        if speed != speed or far or speed < _PAST_PEAK * peak:
            break
        if speed > peak:
            peak, peak_at = speed, i
    edge_speed = tape.speed[edge]
    if not (peak > 0.0 and edge_speed == edge_speed):
        return 0.0
    share = edge_speed / peak
    if share >= _LARGEST_SHARE:
        return 0.0
    # 4 u (1-u) = sqrt(share), the root on this side of the movement's middle.
    u = 0.5 * (1.0 - math.sqrt(1.0 - math.sqrt(share)))
    half_s = abs(tape.t_s[peak_at] - tape.t_s[edge]) / (1.0 - 2.0 * u)
    return min(2.0 * half_s * u, _LARGEST_TRIM_S)
