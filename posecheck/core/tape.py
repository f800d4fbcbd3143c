"""What one side's phase machine reads: conditions already judged, one entry a frame.

Conditions are judged here, over a whole table at once for a recording and over one frame at a time
live; either way by the same code, so that both give the same events.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from posecheck.core.bands import useful
from posecheck.core.catalog import COLUMN_INDEX, COLUMN_NAMES, Quantity, resolve
from posecheck.core.gate import Cell
from posecheck.core.maths import ARRAYS, FLOATS, Maths, Truth, Value
from posecheck.core.move import Condition, Move
from posecheck.core.pose import Array
from posecheck.core.table import MeasureTable
from posecheck.core.terms import Plane, Side
from posecheck.core.view import VIEW_BANDS_DEG

#: A view further off than this does not show what asks for it: oblique views mix the planes.
SEEN_WITHIN_DEG = VIEW_BANDS_DEG[1]
_OFF = {"side": "off_side_deg", "front": "off_front_deg"}
#: Growing numbers a frame: eight bytes each, where a list of floats takes four times that.
Series: TypeAlias = "array[Any]"


class Tape:
    """Growing record of one working side; indexing gives plain numbers.

    Attributes:
        columns: places in the catalogue of what is recorded, in the order of ``quantities``.
        t_s, start, pause, speed: a value a frame.
        enter: a series a phase: whether its conditions hold, those relative to an extreme left out.
        may_begin, may_enter: whether any first phase's, any phase's conditions hold; they spare the
            machine most of its work in most frames.
        may_fault: whether any measure fault is beyond its limit.
        followed: name to values that conditions compare with an extreme.
        fault_values: fault id to the values of its measure, NaN where the view does not show it.
        seen: plane to whether the frame's view shows it.
    """

    def __init__(self, move: Move, side: Side) -> None:
        self.move = move
        self.side = side
        self.quantities: dict[str, Quantity] = {name: resolve(name, side) for name in _names(move)}
        self.columns = [COLUMN_INDEX[q.column] for q in self.quantities.values()]
        self._sign = [q.sign for q in self.quantities.values()]
        self._place = {name: k for k, name in enumerate(self.quantities)}
        # A row a frame: one addition, and columns are cut out when a repetition is scored.
        self._values, self._errors, self._reasons = array("f"), array("f"), array("B")
        self.t_s = array("d")
        self.start = array("B")
        self.enter = [array("B") for _ in move.phases]
        self.may_begin, self.may_enter, self.may_fault = array("B"), array("B"), array("B")
        self.pause, self.speed = array("B"), array("d")
        self.followed = {name: array("d") for name in _followed(move)}
        self._roots = [k for k in range(len(move.phases)) if not move.predecessors(k)]
        self._start = self._conditions(move.start)
        self._enter = [self._conditions(phase.enter) for phase in move.phases]
        self._faults = [fault for fault in move.faults if fault.kind == "measure"]
        self._when = [self._conditions(fault.when) for fault in self._faults]
        self.fault_values = {fault.id: array("d") for fault in self._faults}
        self.seen = {plane: array("B") for plane in _OFF}

    def _conditions(self, conditions: Sequence[Condition]) -> list[tuple[int, float, float]]:
        """(place, above, below) of each."""
        return [
            (
                self._place[c.measure],
                -math.inf if c.above is None else c.above,
                math.inf if c.below is None else c.below,
            )
            for c in conditions
        ]

    def __len__(self) -> int:
        return len(self.t_s)

    def extend(self, table: MeasureTable) -> None:
        """Judge and add the rows of ``table``; their times must continue this tape's."""
        names = [COLUMN_NAMES[column] for column in self.columns]
        cells = [(table.columns[n], table.errors[n], table.reasons[n]) for n in names]
        self._add(ARRAYS, np.asarray(table.t_s), cells)

    def append(self, t_s: float, cells: Sequence[Cell]) -> None:
        """Judge and add one frame: the cells of ``columns``."""
        self._add(FLOATS, t_s, cells)

    def _add(self, m: Maths, t_s: Value, cells: Sequence[Cell]) -> None:
        put, put_row = (_append, _append_row) if m is FLOATS else (_extend, _extend_rows)
        values = [cell[0] * sign for cell, sign in zip(cells, self._sign, strict=True)]
        put(self.t_s, t_s)
        put_row(self._values, values)
        put_row(self._errors, [cell[1] for cell in cells])
        put_row(self._reasons, [cell[2] for cell in cells])
        speed = self._place[_speed(self.move)]
        put(self.speed, values[speed])
        put(self.pause, cells[speed][2])
        for name, series in self.followed.items():
            put(series, values[self._place[name]])
        never = t_s != t_s
        shown = {plane: values[self._place[off]] <= SEEN_WITHIN_DEG for plane, off in _OFF.items()}
        for plane, inside in shown.items():
            put(self.seen[plane], inside)
        put(self.start, _hold(self._start, values, never))
        enter = []
        for phase, conditions in zip(self.move.phases, self._enter, strict=True):
            holds = _hold(conditions, values, never)
            enter.append(holds if phase.seen_from == "any" else holds & shown[phase.seen_from])
        for phase_series, holds in zip(self.enter, enter, strict=True):
            put(phase_series, holds)
        put(self.may_enter, _any(enter, never))
        put(self.may_begin, _any([enter[k] for k in self._roots], never))
        put(self.may_fault, self._watch(m, put, values, shown, never))

    def _watch(
        self, m: Maths, put: Any, values: list[Value], shown: dict[str, Truth], never: Truth
    ) -> Truth:
        """Record the fault measures; whether any is beyond its limit."""
        beyond = never
        for fault, when in zip(self._faults, self._when, strict=True):
            value = values[self._place[fault.measure or ""]]
            if when:
                value = m.where(_hold(when, values, never), value, math.nan)
            if fault.seen_from in shown:
                value = m.where(shown[fault.seen_from], value, math.nan)
            put(self.fault_values[fault.id], value)
            if fault.from_start:
                # Its limit moves with the start: always worth a look.
                beyond = m.logical_not(never)
            elif fault.direction == "either":
                beyond = beyond | (abs(value) > fault.limit)
            elif fault.direction == "above":
                beyond = beyond | (value > fault.limit)
            else:
                beyond = beyond | (value < fault.limit)
        return beyond

    def series(
        self, name: str, first: int, last: int
    ) -> tuple[Array, Array, npt.NDArray[np.uint8]]:
        """Values, errors (±) and reason codes of a quantity in frames ``first`` up to ``last``."""
        place, width = self._place[name], len(self.columns)
        series: tuple[Series, ...] = (self._values, self._errors, self._reasons)
        values, errors, reasons = (
            np.array(rows[first * width : last * width]).reshape(-1, width)[:, place]
            for rows in series
        )
        return values, errors, reasons

    def let_go(self) -> None:
        """Forget all but the times, once everything is scored: half a kilobyte a frame."""
        for series, _ in self._all():
            if series is not self.t_s:
                del series[:]

    def forget(self, count: int) -> None:
        """Forget the first ``count`` frames; those that stay are numbered from 0 again."""
        for series, width in self._all():
            del series[: count * width]

    def last_start(self) -> int | None:
        """The newest frame in the start position; None without one."""
        at = self.start.tobytes().rfind(1)
        return None if at < 0 else at

    def _all(self) -> Iterator[tuple[Series, int]]:
        """Every growing series and how many numbers it has a frame."""
        for rows in (self._values, self._errors, self._reasons):
            yield rows, len(self.columns)
        judged: list[Series] = [self.start, self.pause, self.speed, self.may_begin, self.may_enter]
        judged += [self.may_fault, *self.enter, *self.followed.values()]
        for series in (self.t_s, *judged, *self.fault_values.values(), *self.seen.values()):
            yield series, 1

    def latest(self, name: str) -> tuple[float | None, float | None]:
        """The newest value of a quantity and its ±; None where it is not measured."""
        at = self._place[name] - len(self.columns)
        value, error = self._values[at], self._errors[at]
        told = math.isfinite(value) and useful(error, self.quantities[name].unit)
        return (value, error) if told else (None, None)

    def shown(self, plane: Plane, first: int, last: int) -> bool:
        """Whether frames ``first`` up to ``last`` were mostly seen from where ``plane`` needs."""
        if plane == "any":
            return True
        off, _, _ = self.series(_OFF[plane], first, last)
        return bool(np.mean(off <= SEEN_WITHIN_DEG) >= 0.5) if len(off) else False

    def straight(self, first: int, last: int) -> bool:
        """Whether frames ``first`` up to ``last`` were mostly seen along an axis of the body.

        From between the axes positions flow into one another: one that is not found may be there.
        """
        planes = [np.array(seen[first:last]) for seen in self.seen.values()]
        return bool(np.mean(np.any(planes, axis=0)) >= 0.5) if last > first else False

    def shows(self, plane: Plane, i: int) -> bool:
        """Whether frame ``i`` was seen from where ``plane`` needs."""
        return plane == "any" or bool(self.seen[plane][i])

    def times(self, first: int, last: int) -> Array:
        """Times of frames ``first`` up to, not including, ``last``, seconds."""
        return np.array(self.t_s[first:last])


def _append(series: Series, value: Value) -> None:
    series.append(value)


def _append_row(series: Series, row: list[Value]) -> None:
    series.extend(row)


def _extend_rows(series: Series, columns: list[npt.NDArray[Any]]) -> None:
    _extend(series, np.stack(columns, axis=1))


def _extend(series: Series, values: npt.NDArray[Any]) -> None:
    series.frombytes(np.ascontiguousarray(values, dtype=series.typecode).tobytes())


def _hold(conditions: list[tuple[int, float, float]], values: list[Value], never: Truth) -> Truth:
    """Whether all hold; a value that is not measured fulfils none, and no conditions never hold."""
    if not conditions:
        return never
    place, above, below = conditions[0]
    holds = (values[place] > above) & (values[place] < below)
    for place, above, below in conditions[1:]:
        holds = holds & (values[place] > above) & (values[place] < below)
    return holds


def _any(truths: Sequence[Truth], never: Truth) -> Truth:
    result = never
    for truth in truths:
        result = result | truth
    return result


def _speed(move: Move) -> str:
    return f"{move.held_by}_speed_degps"


def _names(move: Move) -> list[str]:
    names = [condition.measure for condition in move.start]
    for phase in move.phases:
        names += [condition.measure for condition in phase.enter]
        names += [criterion.measure for criterion in phase.criteria]
        names.append(phase.headline)
        if phase.kept_by is not None:
            kept_by = phase.kept_by
            names += [kept_by.measure, *filter(None, [kept_by.farther, kept_by.speed])]
    names += [fault.measure for fault in move.faults if fault.measure]
    names += [condition.measure for fault in move.faults for condition in fault.when]
    return list(dict.fromkeys([*names, _speed(move), *_OFF.values()]))


def _followed(move: Move) -> list[str]:
    conditions = [*move.start, *(c for phase in move.phases for c in phase.enter)]
    relative = [c.measure for c in conditions if c.fallen is not None or c.risen is not None]
    return list(dict.fromkeys(relative))
