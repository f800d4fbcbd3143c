"""When a limb was half-way between two positions, by the curve that fits the whole way best.

Landmarks of a small limb jump, lag, and stop before the limb does. No single moment of a way tells
then when it began or was over; all of it together does. Reaching movements follow the minimum-jerk
curve (Flash and Hogan 1985), so that curve is laid through the way, with the least sum of absolute
differences: a few frames that jump do not move it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from posecheck.core.beside import Span, back, neighbours, reach, rests_beside
from posecheck.core.move import KeptBy
from posecheck.core.pose import Array
from posecheck.core.tape import Tape
from posecheck.core.trace import Hold, PhaseTrace, RepetitionTrace

#: How much a way's read length counts beside the usual one, both as logarithms: readings scatter by
#: 0.22 and come out long by 1.17, since smoothing draws a way out (lab, tune bodies); calm ways
#: differ by 0.2 to 0.3.
_READ_SHARE, _DRAWN_OUT = 1.0 / 3.0, 1.17
#: A way between two positions is on average twice as far as those to and from the start position
#: that lies between them; at equal jerk, time goes with the cube root of that.
_BETWEEN = 2.0 ** (1.0 / 3.0)
#: A way is looked for no farther than this into the rests at its ends.
_INTO_REST_S = 3.0
_FEWEST_FRAMES = 4
#: A measure that lay still is still not known better than this, % of a segment's length or degrees.
_FLICKER = 2.2
#: Further off both levels than this, as a share of the way, a frame says no more than at it.
_BEYOND = 0.3
#: How finely a way's middle is looked for: at most so many places, no closer than this.
_MOST_PLACES, _STEP_S = 400, 0.03
#: Lengths that a way may have, seconds: no calm way between two positions is shorter or longer.
_LENGTHS_S = np.geomspace(0.7, 3.2, 26)


@dataclass(frozen=True, slots=True)
class _Way:
    """A way to a position, or back from it, seen from the position.

    Attributes:
        step: -1 for the way there, 1 for the way back.
        t_s: times, negative on the way there, so that they rise from the position to the other end.
        off: how far off the position each frame is, 1 at the other end.
        unseen: shares of the way at the position and at the other end that no measure follows.
        between: whether the other end is a position too, not the start one.
    """

    step: int
    t_s: Array
    off: Array
    unseen: tuple[float, float]
    between: bool


def ends_s(
    tape: Tape, trace: RepetitionTrace, phase: PhaseTrace, hold: Hold, kept_by: KeptBy
) -> tuple[float, float] | None:
    """When a hold began and ended, by the curves of both ways; None where one is not seen.

    Of all ways only those between two positions, the farthest, tell how long they took (lab, tune
    bodies). A person turns at one pace, so the others go by them.
    """
    usual_s = kept_by.way_s
    ways = _ways(tape, trace, phase, hold, kept_by)
    if usual_s is None or ways is None:
        return None
    read_s = [seeming_length_s(w.t_s, w.off, w.unseen) for w in ways if w.between]
    if read_s:
        read = float(np.exp(np.mean(np.log(read_s)))) / _DRAWN_OUT
        usual_s = read**_READ_SHARE * usual_s ** (1.0 - _READ_SHARE)
    ends = []
    for way in ways:
        lasts_s = usual_s if way.between else usual_s / _BETWEEN
        middle = middle_s(way.t_s, way.off, lasts_s, way.unseen)
        ends.append(way.step * (middle - 0.5 * lasts_s))
    return ends[0], ends[1]


def _ways(
    tape: Tape, trace: RepetitionTrace, phase: PhaseTrace, hold: Hold, kept_by: KeptBy
) -> list[_Way] | None:
    """The ways there and back; None where one of them, or a rest beside it, is not seen."""
    rests, others = rests_beside(tape, trace, phase), neighbours(trace, phase)
    held = _points(tape, kept_by, (hold.first, hold.last + 1))
    ways = []
    for step, rest, other in zip((-1, 1), rests, others, strict=True):
        span = _span(tape, trace, hold, step, rest)
        # A clip that is cut close shows the start position on one side only.
        base = _points(tape, kept_by, rest or back(tape, trace))
        off = away(_points(tape, kept_by, span), held, base)
        seen = np.isfinite(off)
        if seen.sum() < _FEWEST_FRAMES:
            return None
        beyond = None if other is None else tape.move.phases[other.index].kept_by
        unseen = kept_by.unseen_share, 0.0 if beyond is None else beyond.unseen_share
        t_s = step * tape.times(*span)[seen]
        ways.append(_Way(step, t_s, off[seen], unseen, other is not None))
    return ways


def _span(tape: Tape, trace: RepetitionTrace, hold: Hold, step: int, rest: Span | None) -> Span:
    """Frames of the way there (``step`` -1) or back: from the middle of one rest to the other's."""
    inner = _into(tape, (hold.first, hold.last + 1), -step)
    if rest is None:
        first, last = reach(tape, trace)
        outer = first if step < 0 else last - 1
    else:
        outer = _into(tape, rest, step)
    return min(inner, outer), max(inner, outer) + 1


def _into(tape: Tape, rest: Span, step: int) -> int:
    """The frame half-way into a rest by ``step``, but not too far into it."""
    edge = rest[0] if step > 0 else rest[1] - 1
    middle = (rest[0] + rest[1] - 1) // 2
    while abs(tape.t_s[middle] - tape.t_s[edge]) > _INTO_REST_S:
        middle -= step
    return middle


def _points(tape: Tape, kept_by: KeptBy, span: Span) -> Array:
    """(n, k) the measures that tell the place on the way."""
    return np.stack([tape.series(name, *span)[0] for name in kept_by.along], axis=1).astype(float)


def away(points: Array, level: Array, base: Array) -> Array:
    """(n,) how far each frame lies off the level: 0 on it, 1 at the base, NaN where not measured.

    Each measure counts by how far it goes on the way against how much it flickers at its ends.

    Args:
        points: (n, k) the measures of the frames in question, in one unit.
        level, base: (m, k) those of frames at rest at either end.
    """
    level, base = (rest[np.isfinite(rest).all(axis=1)] for rest in (level, base))
    if not (len(level) and len(base)):
        return np.full(len(points), np.nan)
    at, to = np.median(level, axis=0), np.median(base, axis=0)
    flicker = np.mean(np.concatenate([level - at, base - to]) ** 2, axis=0)
    weights = (to - at) / (flicker + _FLICKER**2)
    way = float((to - at) @ weights)
    return (points - at) @ weights / way if way > 0.0 else np.full(len(points), np.nan)


def seeming_length_s(t_s: Array, off: Array, unseen: tuple[float, float]) -> float:
    """How long the way itself seems to take, seconds; arguments as in ``middle_s``."""
    differences = [_fit(t_s, off, length, unseen)[0] for length in _LENGTHS_S]
    return float(_LENGTHS_S[int(np.argmin(differences))])


def middle_s(t_s: Array, off: Array, length_s: float, unseen: tuple[float, float]) -> float:
    """When half the way was done, seconds, if all of it took ``length_s``.

    Args:
        t_s: (n,) times, rising from the level to the base; those of a way to the level negative.
        off: (n,) how far each frame is off the level, as ``away`` gives it, all known.
        unseen: shares of the way at the level and at the base in which the measures stand still.
    """
    return _fit(t_s, off, length_s, unseen)[1]


def _fit(
    t_s: Array, off: Array, length_s: float, unseen: tuple[float, float]
) -> tuple[float, float]:
    """The least mean difference from the curve, and where its middle then lies, seconds."""
    first_s, last_s = float(t_s.min()), float(t_s.max())
    step_s = max(_STEP_S, (last_s - first_s) / _MOST_PLACES)
    middles = np.arange(first_s, last_s + step_s, step_s)
    share = minimum_jerk((t_s[None, :] - middles[:, None]) / length_s + 0.5)
    curve = np.clip((share - unseen[0]) / (1.0 - sum(unseen)), 0.0, 1.0)
    seen = np.clip(off, -_BEYOND, 1.0 + _BEYOND)
    differences = np.abs(curve - seen).mean(axis=1)
    best = int(np.argmin(differences))
    return float(differences[best]), float(middles[best])


def minimum_jerk(time_share: Array) -> Array:
    """Share of a minimum-jerk way that is done at a share of its time."""
    u = np.clip(time_share, 0.0, 1.0)
    return u**3 * (10.0 - 15.0 * u + 6.0 * u**2)
