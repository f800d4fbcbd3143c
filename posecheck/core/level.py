"""How long a position was kept, told by the level of one measure as well as by the limb's rest.

Landmarks of small or hidden limbs flicker, and a flicker ends a rest. The measure that tells the
position from the way there does not leave its level for it: what lies between two rests at the same
level is one hold. The level also tells when a slow movement was over. Reaching movements follow the
minimum-jerk curve (Flash and Hogan 1985): the middle half of the way takes 0.282 of the time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from posecheck.core.machine import BRIDGE_S
from posecheck.core.move import Condition, KeptBy
from posecheck.core.pace import ways_s
from posecheck.core.pose import Array
from posecheck.core.table import Reason
from posecheck.core.tape import Tape
from posecheck.core.timing import Held, true_hold
from posecheck.core.trace import Hold, PhaseTrace, RepetitionTrace

#: The start position's level is taken from so long before the movement.
_REST_S = 1.0
_FEWEST_FRAMES = 3
#: Away from its level for longer than this, the position is left; a shorter excursion is a flicker.
_LEFT_S = 0.2
#: How far off the level a movement's time is read, as shares of its way.
_NEAR, _HALF, _FAR = 0.25, 0.5, 0.75
#: No calm change of position goes on longer after its middle.
_LONGEST_TAIL_S = 1.2
#: Nor is it over sooner than so long after its middle, as far as a rest can tell.
_SHORTEST_TAIL_S = 0.8
#: Nobody leaves a position and takes it again while a limb is hidden for no longer.
_HIDDEN_S = 1.0
#: When landmarks say that a way was half done is told to this by landmarks that flicker.
_ROUGHLY_S = 2.0
#: Rest and level that disagree by more: noise kept the limb awake, or froze it on its way.
_AGREE_S = 0.6


@dataclass(frozen=True, slots=True)
class _Edge:
    """One end of a level, seconds: where half the way is done, and where the movement is over."""

    half_s: float
    over_s: float


def keep_holds_in_position(tape: Tape, trace: RepetitionTrace) -> None:
    """Take from each phase the holds that were made elsewhere, on the way back or beyond.

    A person who rests where the next position is not reached yet still counts as in the last one.
    A phase all of whose holds lie elsewhere keeps them.
    """
    for phase in trace.phases:
        spec = tape.move.phases[phase.index]
        if spec.kept_by is None:
            continue
        asked = [c for c in spec.enter if c.measure == spec.kept_by.measure]
        there = [hold for hold in phase.holds if _fulfils(tape, hold, asked)]
        phase.holds = there or phase.holds


def _fulfils(tape: Tape, hold: Hold, asked: Sequence[Condition]) -> bool:
    """Whether a hold's level lies where the conditions ask for; what is not known may."""
    for condition in asked:
        level = _median(tape.series(condition.measure, hold.first, hold.last + 1)[0])
        low, high = condition.above, condition.below
        if (low is not None and level <= low) or (high is not None and level >= high):
            return False
    return True


def held(tape: Tape, trace: RepetitionTrace, phase: PhaseTrace) -> Held | None:
    """Start, end and length of the phase's longest hold, seconds; None without one.

    Where the move names no measure that tells the position (``kept_by``), or where that measure is
    not known or does not change, the limb's rest alone tells.
    """
    rests = [(true_hold(tape, hold), hold) for hold in phase.holds]
    if not rests:
        return None
    longest, hold = max(rests, key=lambda rest: rest[0].held_s)
    kept_by = tape.move.phases[phase.index].kept_by
    if kept_by is None:
        return longest
    measure = _telling(tape, trace, phase, hold, kept_by)
    edges = _edges(tape, trace, phase, hold, measure)
    if edges is None:
        return replace(longest, sure=kept_by.speed is None)
    before, after = edges
    inside = [
        rest for rest, _ in rests if rest.end_s > before.half_s and rest.start_s < after.half_s
    ]
    start_s = min((rest.start_s for rest in inside), default=longest.start_s)
    end_s = max((rest.end_s for rest in inside), default=longest.end_s)
    if measure == kept_by.farther:
        start_s, end_s = before.over_s, after.over_s
    elif kept_by.edges == "level":
        start_s, end_s = _agreed(start_s, before.over_s), _agreed(end_s, after.over_s)
    else:
        begun_s, back_s = tape.t_s[phase.first or 0], tape.t_s[min(trace.last, len(tape) - 1)]
        outer_s = before.half_s - begun_s, back_s - after.half_s
        if kept_by.edges == "middle":
            inner_s = [min(kept_by.after_middle * one_s, _LONGEST_TAIL_S) for one_s in outer_s]
            start_s = _agreed(start_s, before.half_s + inner_s[0])
            end_s = _agreed(end_s, after.half_s - inner_s[1])
        else:
            # Noise may keep a limb awake long after its way is done.
            start_s = min(start_s, before.half_s + _tail_s(outer_s[0]))
            end_s = max(end_s, after.half_s - _tail_s(outer_s[1]))
    by_speed = _seen_to_move(tape, trace, phase, kept_by, before, after)
    start_s, end_s = by_speed or (start_s, end_s)
    end_s = max(start_s, end_s)
    held_s = max(0.0, end_s - start_s - _paused_s(tape, start_s, end_s))
    return Held(start_s, end_s, held_s, sure=kept_by.speed is None or by_speed is not None)


def _seen_to_move(
    tape: Tape,
    trace: RepetitionTrace,
    phase: PhaseTrace,
    kept_by: KeptBy,
    before: _Edge,
    after: _Edge,
) -> tuple[float, float] | None:
    """When the picture of the limb stopped moving and began again; None where it is not known."""
    if kept_by.speed is None:
        return None
    first, last = _reach(tape, trace)
    ways = ways_s(tape.times(first, last), tape.series(kept_by.speed, first, last)[0])
    visited = _visited(trace)
    at = visited.index(phase)
    if len(ways) == len(visited) + 1:
        there, back = ways[at], ways[at + 1]
    else:
        # Landmarks that flicker tell roughly which of them lead to this position and away.
        pairs = [
            (abs(sum(there) / 2 - before.half_s), abs(sum(back) / 2 - after.half_s), there, back)
            for there, back in combinations(ways, 2)
        ]
        nowhere = (np.inf, np.inf, (np.nan, np.nan), (np.nan, np.nan))
        there_off_s, back_off_s, there, back = min(
            pairs, key=lambda pair: pair[0] + pair[1], default=nowhere
        )
        if max(there_off_s, back_off_s) > _ROUGHLY_S:
            return None
    unseen = kept_by.unseen_share
    return there[1] + unseen * (there[1] - there[0]), back[0] - unseen * (back[1] - back[0])


def _visited(trace: RepetitionTrace) -> list[PhaseTrace]:
    """The positions that were held, in the order in which they were taken."""
    return sorted((p for p in trace.phases if p.first is not None and p.holds),
                  key=lambda p: p.first or 0)  # fmt: skip


def _tail_s(other_half_s: float) -> float:
    """How long one half of a way may take at most, from how long the other half took, seconds."""
    return min(max(other_half_s, _SHORTEST_TAIL_S), _LONGEST_TAIL_S)


def _agreed(rest_s: float, level_s: float) -> float:
    """The middle of two readings of one moment; the level's where they are not of one moment."""
    return 0.5 * (rest_s + level_s) if abs(rest_s - level_s) <= _AGREE_S else level_s


def _telling(
    tape: Tape, trace: RepetitionTrace, phase: PhaseTrace, hold: Hold, kept_by: KeptBy
) -> str:
    """The measure that tells the hold's edges: of the two that may, the one that goes farther."""

    def way(measure: str) -> float:
        level = _median(tape.series(measure, hold.first, hold.last + 1)[0])
        return sum(abs(base - level) for base in _bases(tape, trace, phase, measure))

    other = kept_by.farther
    return other if other and way(other) > way(kept_by.measure) else kept_by.measure


def _edges(
    tape: Tape,
    trace: RepetitionTrace,
    phase: PhaseTrace,
    hold: Hold,
    measure: str,
) -> tuple[_Edge, _Edge] | None:
    """Both ends of the level that ``hold`` lies on; None where either is not to be seen."""
    first, last = _reach(tape, trace)
    t_s = tape.times(first, last)
    values = tape.series(measure, first, last)[0].astype(float)
    level = _median(values[hold.first - first : hold.last + 1 - first])
    bases = _bases(tape, trace, phase, measure)
    found = []
    for step, base in zip((-1, 1), bases, strict=True):
        away = (values - level) / (base - level) if base != level else np.full(len(values), np.nan)
        middle = (hold.first + hold.last) // 2 - first
        found.append(_edge(t_s, away, middle, step))
    before, after = found
    return None if before is None or after is None else (before, after)


def _reach(tape: Tape, trace: RepetitionTrace) -> tuple[int, int]:
    """Frames that may be looked at: no more after the end than a live session has by then."""
    first, last = trace.first, min(trace.last, len(tape) - 1)
    until_s = tape.t_s[last] + tape.move.start_dwell_s
    while first > 0 and tape.t_s[trace.first] - tape.t_s[first - 1] <= _REST_S:
        first -= 1
    while last + 1 < len(tape) and tape.t_s[last + 1] <= until_s:
        last += 1
    return first, last + 1


def _bases(
    tape: Tape, trace: RepetitionTrace, phase: PhaseTrace, measure: str
) -> tuple[float, float]:
    """The measure's level before and after: of the positions beside it, else of the start one."""
    first, last = _reach(tape, trace)
    end = min(trace.last, len(tape) - 1)
    rest = [i for i in range(first, trace.first) if tape.start[i]]
    before = _median(tape.series(measure, rest[0], rest[-1] + 1)[0]) if _enough(rest) else np.nan
    after = _median(tape.series(measure, end, last)[0])
    visited = _visited(trace)
    at = visited.index(phase)
    if at > 0:
        before = _level(tape, visited[at - 1], measure)
    if at + 1 < len(visited):
        after = _level(tape, visited[at + 1], measure)
    # A clip that is cut close shows the start position on one side only.
    return (after if np.isnan(before) else before, before if np.isnan(after) else after)


def _enough(frames: Sequence[int]) -> bool:
    return len(frames) >= _FEWEST_FRAMES


def _level(tape: Tape, phase: PhaseTrace, measure: str) -> float:
    hold = phase.longest_hold
    assert hold is not None
    return _median(tape.series(measure, hold.first, hold.last + 1)[0])


def _median(values: Array) -> float:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else float("nan")


def _edge(t_s: Array, away: Array, middle: int, step: int) -> _Edge | None:
    """Where the level ends, going from its middle by ``step``; ``away`` is 0 on it, 1 off it."""
    left: int | None = None
    for k in _walk(len(away), middle, step):
        if away[k] > _HALF:
            left = k if left is None else left
            if abs(t_s[k] - t_s[left]) >= _LEFT_S:
                break
        elif away[k] == away[k]:
            left = None
    if left is None:
        return None
    half_s = _crossing(t_s, away, left, -step, _HALF)
    near_s = _crossing(t_s, away, left, -step, _NEAR)
    far_s = _crossing(t_s, away, left, step, _FAR)
    if half_s is None or near_s is None:
        return None
    near, half, far = (_time_share(1.0 - share) for share in (_NEAR, _HALF, _FAR))
    if far_s is None:
        lasts_s = abs(half_s - near_s) / (near - half)
    else:
        lasts_s = abs(far_s - near_s) / (near - far)
    return _Edge(half_s, half_s - step * min((1.0 - half) * lasts_s, _LONGEST_TAIL_S))


def _time_share(way_share: float) -> float:
    """Share of a minimum-jerk movement's time in which it does this share of its way."""
    u = np.linspace(0.0, 1.0, 201)
    return float(np.interp(way_share, u**3 * (10.0 - 15.0 * u + 6.0 * u**2), u))


def _walk(n: int, start: int, step: int) -> Iterator[int]:
    return iter(range(start + step, n if step > 0 else -1, step))


def _crossing(t_s: Array, away: Array, start: int, step: int, share: float) -> float | None:
    """When ``away`` passes ``share`` on the way by ``step`` from ``start``; None if never."""
    before = start
    for k in _walk(len(away), start, step):
        a, b = away[before], away[k]
        if b != b:
            continue
        if (a - share) * (b - share) <= 0.0 and a != b:
            return float(t_s[before] + (t_s[k] - t_s[before]) * (share - a) / (b - a))
        before = k
    return None


def _paused_s(tape: Tape, start_s: float, end_s: float) -> float:
    """Time in which nobody, or not enough, was seen; short gaps are bridged.

    A limb that is hidden for a moment, with the level the same before and after, has not moved.
    """
    total_s = 0.0
    since: float | None = None
    bridge_s = BRIDGE_S
    for t_s, paused in zip(tape.t_s, tape.pause, strict=True):
        inside = start_s <= t_s <= end_s
        if inside and paused:
            since = t_s if since is None else since
            bridge_s = _HIDDEN_S if paused == Reason.NOT_VISIBLE else BRIDGE_S
        elif since is not None:
            gap_s = min(t_s, end_s) - since
            total_s += gap_s if gap_s > bridge_s else 0.0
            since = None
    return total_s
