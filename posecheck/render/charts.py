"""A measure over time: what a chart shows, worked out once for the page and for the report.

``chart_data`` thins the lines out and lines up phases, holds, faults and targets. From that,
``chart_page.draw`` makes the interactive chart of the web page and ``chart_svg.draw`` the still one
of the report: as Vega-Lite it would cost a check two seconds of start-up, written here it takes ten
milliseconds and follows light, dark, phone and print by CSS.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from posecheck.core import words
from posecheck.core.result import PhaseResult, Repetition, Result, Status
from posecheck.core.table import MeasureTable, column_unit
from posecheck.render.marks import split_column

Array = npt.NDArray[np.floating[Any]]
Target = float | tuple[float | None, float | None] | None

MAX_POINTS = 600
#: With more repetitions than this the phases would be slivers: repetitions are shaded instead.
MAX_REPETITIONS_WITH_PHASES = 8
#: Measures that move files name by their opposite sign.
_FLIPPED = {"hip_extension": "hip_flexion"}


class Headline(NamedTuple):
    """A column to chart: its label in words, and a target that holds over the whole clip.

    ``target`` is a least value, a (low, high) pair, or None to take each phase's own target from
    the result.
    """

    column: str
    label: str
    target: Target = None


class Band(NamedTuple):
    """A stretch of time with a name and the number that stands for it where it is narrow."""

    start_s: float
    end_s: float
    name: str
    number: str


class Zone(NamedTuple):
    """Values that meet a target during a stretch of time; None is open to that side."""

    start_s: float
    end_s: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Trace:
    """One side's line: times, values and ± half widths, NaN where not measured."""

    side: str | None
    t_s: Array
    value: Array
    error: Array


@dataclass(frozen=True, slots=True)
class ChartData:
    """Everything one chart shows."""

    stem: str
    label: str
    unit: str
    traces: tuple[Trace, ...]
    bands: tuple[Band, ...]
    bands_are_phases: bool
    holds: tuple[Band, ...]
    faults: tuple[Band, ...]
    zones: tuple[Zone, ...]
    end_s: float

    @property
    def value_range(self) -> tuple[float, float]:
        """Lowest and highest value that must fit, targets and error bands included."""
        parts = [t.value - t.error for t in self.traces] + [t.value + t.error for t in self.traces]
        bounds = [v for zone in self.zones for v in (zone.low, zone.high) if v is not None]
        every = np.concatenate([*parts, np.asarray(bounds, dtype=np.float64)])
        every = every[np.isfinite(every)]
        return (float(every.min()), float(every.max())) if every.size else (0.0, 1.0)

    @property
    def summary(self) -> str:
        """One sentence for those who hear the page."""
        said = []
        for trace in self.traces:
            seen = trace.value[np.isfinite(trace.value)]
            who = f"{trace.side} side" if trace.side else "it"
            if seen.size:
                low, high = (words.number(v, self.unit) for v in (seen.min(), seen.max()))
                said.append(f"{who} went from {low} to {high}")
            else:
                said.append(f"{who} was not measured")
        return f"{self.label} over {words.length(self.end_s)}: {'; '.join(said)}."


def charts_data(
    table: MeasureTable,
    result: Result,
    headlines: Sequence[Headline],
    clip: str | None = None,
) -> list[ChartData]:
    """One chart a measure; left and right of the same measure share it. Unknown columns are left
    out, and so are measures that were never measured.

    ``clip`` is the one of a combined result's clips that ``table`` was measured in.
    """
    groups: dict[tuple[str, str], list[Headline]] = {}
    for headline in headlines:
        stem, _, unit = split_column(headline.column)
        if headline.column in table.columns:
            groups.setdefault((stem, unit), []).append(headline)
    charts = [chart_data(table, result, group, clip) for group in groups.values()]
    return [c for c in charts if any(np.isfinite(t.value).any() for t in c.traces)]


def chart_data(
    table: MeasureTable, result: Result, group: Sequence[Headline], clip: str | None = None
) -> ChartData:
    """The chart of columns that share a measure and a unit."""
    stem, _, _ = split_column(group[0].column)
    bands, are_phases = _bands(result, clip)
    last_s = float(table.t_s[-1]) if len(table) else 0.0
    end_s = max(result.clip.duration_s if clip is None else 0.0, last_s, 0.1)
    return ChartData(
        stem=stem,
        label=group[0].label,
        unit=column_unit(group[0].column),
        traces=tuple(_trace(table, h.column) for h in group),
        bands=tuple(bands),
        bands_are_phases=are_phases,
        holds=tuple(_holds(result, clip)),
        faults=tuple(_faults(result, clip)),
        zones=tuple(_zones(result, group, end_s, clip)),
        end_s=end_s,
    )


def fault_numbers(result: Result) -> dict[str, int]:
    """Fault id to the number that marks it in charts and lists.

    What is worth fixing first comes first, then in order of appearance.
    """
    every = [fault for rep in result.repetitions for fault in rep.faults]
    heavy = {fault.id for fault in every if fault.severity == "fault"}
    ranked = sorted(every, key=lambda fault: (fault.id not in heavy, fault.start_s))
    return {name: k for k, name in enumerate(dict.fromkeys(f.id for f in ranked), start=1)}


def _phases_of(rep: Repetition, clip: str | None) -> Iterator[tuple[int, PhaseResult]]:
    """The phases that came from a clip, with their numbers in the move."""
    for k, phase in enumerate(rep.phases, start=1):
        if phase.clip == clip:
            yield k, phase


def _bands(result: Result, clip: str | None) -> tuple[list[Band], bool]:
    if len(result.repetitions) > MAX_REPETITIONS_WITH_PHASES:
        return [
            Band(rep.start_s, rep.end_s, f"{rep.side} {rep.index}", str(k))
            for k, rep in enumerate(result.repetitions, start=1)
            if rep.clip == clip
        ], False
    return [
        Band(phase.start_s, phase.end_s, phase.name, str(k))
        for rep in result.repetitions
        for k, phase in _phases_of(rep, clip)
        if phase.start_s is not None and phase.end_s is not None
    ], True


def _holds(result: Result, clip: str | None) -> Iterator[Band]:
    for rep in result.repetitions:
        for _, phase in _phases_of(rep, clip):
            if phase.hold_s and phase.hold_start_s is not None:
                text = words.seconds(phase.hold_s)
                yield Band(phase.hold_start_s, phase.hold_start_s + phase.hold_s, text, "")


def _faults(result: Result, clip: str | None) -> Iterator[Band]:
    numbers = fault_numbers(result)
    for rep in result.repetitions:
        for fault in (fault for fault in rep.faults if fault.clip == clip):
            yield Band(fault.start_s, fault.end_s, fault.name, str(numbers[fault.id]))


def _zones(
    result: Result, group: Sequence[Headline], end_s: float, clip: str | None
) -> Iterator[Zone]:
    asked = [h.target for h in group if h.target is not None]
    if asked:
        low, high = asked[0] if isinstance(asked[0], tuple) else (asked[0], None)
        yield Zone(0.0, end_s, low, high)
        return
    columns = {h.column for h in group}
    for rep in result.repetitions:
        yield from _phase_zones(rep, columns, clip)


def _phase_zones(rep: Repetition, columns: set[str], clip: str | None) -> Iterator[Zone]:
    for _, phase in _phases_of(rep, clip):
        if phase.start_s is None or phase.end_s is None:
            continue
        for measure in phase.measures:
            low, high = measure.target_low, measure.target_high
            column, flipped = _unflipped(measure.measure)
            if column not in columns or (low is None and high is None):
                continue
            if measure.status is Status.INFO:
                continue
            if flipped:
                low, high = (None if v is None else -v for v in (high, low))
            yield Zone(phase.start_s, phase.end_s, low, high)


def _unflipped(column: str) -> tuple[str, bool]:
    for name, base in _FLIPPED.items():
        if column.startswith(f"{name}_"):
            return base + column.removeprefix(name), True
    return column, False


def _trace(table: MeasureTable, column: str) -> Trace:
    value = np.asarray(table.columns[column], dtype=np.float64)
    error = table.errors.get(column)
    half = np.zeros_like(value) if error is None else np.asarray(error, dtype=np.float64)
    keep = thin(value, MAX_POINTS)
    half = np.where(np.isfinite(half), half, 0.0)
    return Trace(split_column(column)[1], table.t_s[keep], value[keep], half[keep])


def thin(value: Array, max_points: int) -> npt.NDArray[np.intp]:
    """Indices of at most ``max_points`` samples that keep every stretch's peak, dip and gap."""
    n = len(value)
    if n <= max_points:
        return np.arange(n)
    starts = np.linspace(0, n, max_points // 2 + 1, dtype=np.intp)[:-1]
    longest = int(np.diff(starts, append=n).max())
    spots = starts[:, None] + np.arange(longest)  # a row a stretch; the last sample fills it up
    spots = np.minimum(spots, np.append(starts[1:], n)[:, None] - 1)
    seen = np.isfinite(value)[spots]
    rows = np.arange(len(starts))
    dips = spots[rows, np.where(seen, value[spots], np.inf).argmin(axis=1)]
    peaks = spots[rows, np.where(seen, value[spots], -np.inf).argmax(axis=1)]
    return np.unique(np.concatenate([[0, n - 1], dips, peaks])).astype(np.intp)
