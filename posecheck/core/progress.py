"""Progress that can be believed: every change beside what the measure cannot tell from noise.

Readings with their times go in, changes with their minimal detectable change (MDC) come out. A
change counts as real only where it is larger than the MDC; below it, it is said that nothing can be
told, not that nothing changed.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from statistics import median

from posecheck.core.readings import Name, Reading
from posecheck.core.trend import Trend, trend

#: Between two sessions of one person, by published repeat tests (science 1): the wider of the two
#: figures of the review, tape and inclinometer.
_MDC: dict[tuple[str, str], float] = {("toe_to_wall", "cm"): 1.9, ("shin_tilt", "deg"): 4.7}
#: Between the sides (science 1): flagged only when it is seen twice running.
_SIDE_MDC: dict[tuple[str, str], float] = {("toe_to_wall", "cm"): 2.0, ("shin_tilt", "deg"): 5.0}

CM_PER_INCH = 2.54
REAL = "real change"
NOT_TOLD = "no change that can be told"
UNKNOWN = "cannot be judged: its ± is not known"


@dataclass(frozen=True, slots=True)
class Change:
    """From one reading to a later one.

    Attributes:
        value: later less earlier, in the measure's unit.
        mdc: least change that is not noise (95%); None where no error is known.
    """

    value: float
    mdc: float | None

    @property
    def real(self) -> bool | None:
        """Whether it is larger than noise; None where nobody can tell."""
        return None if self.mdc is None else abs(self.value) > self.mdc

    def scaled(self, factor: float) -> Change:
        """The same in another unit."""
        return Change(self.value * factor, None if self.mdc is None else self.mdc * factor)

    @property
    def words(self) -> str:
        return UNKNOWN if self.real is None else REAL if self.real else NOT_TOLD


def mdc(name: Name, one: Reading, other: Reading) -> float | None:
    """The minimal detectable change between two readings, 95%, in the measure's unit.

    Both errors together, or the published figure of repeat tests where that is larger: it holds
    also what differs in a person from day to day. None if neither is known. Source: science 1.
    """
    return _least_told(_MDC.get((name.stem, name.unit)), one, other)


def _least_told(published: float | None, one: Reading, other: Reading) -> float | None:
    if one.error is None or other.error is None:
        return published
    return max(math.hypot(one.error, other.error), published or 0.0)


def change(name: Name, earlier: Reading, later: Reading) -> Change:
    """What lies between two readings of one measure."""
    return Change(later.value - earlier.value, mdc(name, earlier, later))


# --- one measure ---


@dataclass(frozen=True, slots=True)
class Progress:
    """What can be said of one measure of one side.

    Attributes:
        readings: in order of time.
        baseline: the first day's middle reading.
        band: the MDC about the baseline; None where no error is known.
        since_baseline, since_last: the newest against the baseline and the one before; None where
            there is no other.
        best: the personal best, None where neither more nor less is better.
    """

    name: Name
    readings: tuple[Reading, ...]
    baseline: Reading
    band: float | None
    since_baseline: Change | None
    since_last: Change | None
    best: Reading | None
    trend: Trend | None

    @property
    def newest(self) -> Reading:
        return self.readings[-1]

    def scaled(self, factor: float) -> Progress:
        """The same in another unit, all judgements kept."""
        return replace(
            self,
            readings=tuple(one.scaled(factor) for one in self.readings),
            baseline=self.baseline.scaled(factor),
            band=None if self.band is None else self.band * factor,
            since_baseline=self.since_baseline and self.since_baseline.scaled(factor),
            since_last=self.since_last and self.since_last.scaled(factor),
            best=self.best and self.best.scaled(factor),
            trend=self.trend and self.trend.scaled(factor),
        )


def progress(name: Name, readings: Iterable[Reading]) -> Progress:
    """Judge one measure's readings, in any order.

    Raises:
        ValueError: there is no reading.
    """
    known = tuple(sorted(readings, key=lambda one: one.at))
    if not known:
        raise ValueError("expected at least one reading")
    first = _first_day(known)
    newest = known[-1]
    later = newest.at.date() > first.at.date()
    before = known[-2] if len(known) > 1 else None
    return Progress(
        name=name,
        readings=known,
        baseline=first,
        band=mdc(name, first, newest if later else first),
        since_baseline=change(name, first, newest) if later else None,
        since_last=change(name, before, newest) if before else None,
        best=_best(name, known),
        trend=trend(known),
    )


def _first_day(known: tuple[Reading, ...]) -> Reading:
    day = known[0].at.date()
    same = [one for one in known if one.at.date() == day]
    middle = median(one.value for one in same)
    return min(same, key=lambda one: abs(one.value - middle))


def _best(name: Name, known: tuple[Reading, ...]) -> Reading | None:
    if not name.better:
        return None
    return max(known, key=lambda one: name.better * one.value)


# --- left against right ---


@dataclass(frozen=True, slots=True)
class Sides:
    """Left less right on the last day on which both were measured.

    Attributes:
        mdc: least difference that is not noise; None where unknown.
        repeated: whether the day before that one, with both sides, showed it too.
    """

    day: date
    difference: float
    mdc: float | None
    repeated: bool

    def scaled(self, factor: float) -> Sides:
        """The same in another unit."""
        least = None if self.mdc is None else self.mdc * factor
        return replace(self, difference=self.difference * factor, mdc=least)

    @property
    def told(self) -> bool | None:
        return None if self.mdc is None else abs(self.difference) >= self.mdc

    @property
    def words(self) -> str:
        if self.told is None:
            return UNKNOWN
        if not self.told:
            return "no difference that can be told"
        return "a difference, seen twice running" if self.repeated else "once; measure it again"


def sides(name: Name, left: Iterable[Reading], right: Iterable[Reading]) -> Sides | None:
    """Compare the sides; None if no day has both.

    One day's difference is not enough to go by: 68% of healthy people differ by up to 1.5 cm, and
    single readings by more (science 1).
    """
    ours, theirs = _by_day(left), _by_day(right)
    days = sorted(ours.keys() & theirs.keys())
    if not days:
        return None
    published = _SIDE_MDC.get((name.stem, name.unit))
    pairs = [
        (ours[d].value - theirs[d].value, _least_told(published, ours[d], theirs[d]))
        for d in days[-2:]
    ]
    difference, least = pairs[-1]
    repeated = len(pairs) == 2 and all(m is not None and abs(d) >= m for d, m in pairs)
    repeated = repeated and pairs[0][0] * difference > 0
    return Sides(days[-1], difference, least, repeated)


def _by_day(readings: Iterable[Reading]) -> dict[date, Reading]:
    found: dict[date, list[Reading]] = defaultdict(list)
    for one in readings:
        found[one.at.date()].append(one)
    return {day: max(same, key=lambda one: one.at) for day, same in found.items()}


# --- both sides ---


@dataclass(frozen=True, slots=True)
class Measured:
    """One measure over time.

    Attributes:
        label: plain words, without side; unit: its sign.
        tracks: by "left" and "right", or by "" where there are no sides; at least one.
    """

    label: str
    unit: str
    tracks: dict[str, Progress]
    sides: Sides | None

    def in_inches(self) -> Measured:
        """Lengths in inches; everything else as it is."""
        if self.unit != "cm":
            return self
        factor = 1.0 / CM_PER_INCH
        return Measured(
            self.label,
            "in",
            {side: one.scaled(factor) for side, one in self.tracks.items()},
            self.sides and self.sides.scaled(factor),
        )
