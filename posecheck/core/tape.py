"""What one side's phase machine reads: conditions already judged, one entry a frame.

Conditions are judged here, over a whole table at once for a recording and over one frame at a time
live; either way by the same code, so that both give the same events.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from posecheck.core.catalog import Quantity, resolve
from posecheck.core.move import Condition, Fault, Move
from posecheck.core.pose import Array
from posecheck.core.result import Side
from posecheck.core.table import MeasureTable
from posecheck.core.view import Plane

SPEED = "leg_speed_degps"
#: A view further off than this does not show what asks for it.
SEEN_WITHIN_DEG = 60.0
_OFF = {"side": "off_side_deg", "front": "off_front_deg"}


class Tape:
    """Growing record of one working side.

    Attributes:
        t_s, start, enter, pause, speed: plain lists, a value a frame (``enter``: a list a phase).
        may_begin, may_enter: whether any first phase's, any phase's conditions hold; they spare the
            machine most of its work in most frames.
        may_fault: whether any measure fault is beyond its limit.
        followed: name to list of values that conditions compare with an extreme.
        fault_values: fault id to the values of its measure, NaN where the view does not show it.
    """

    def __init__(self, move: Move, side: Side) -> None:
        self.move = move
        self.side = side
        self.t_s: list[float] = []
        self.start: list[bool] = []
        self.enter: list[list[bool]] = [[] for _ in move.phases]
        self.may_begin: list[bool] = []
        self.may_enter: list[bool] = []
        self.may_fault: list[bool] = []
        self.pause: list[int] = []
        self.speed: list[float] = []
        self.quantities: dict[str, Quantity] = {
            name: resolve(name, side) for name in _names(move)
        }
        self.followed: dict[str, list[float]] = {name: [] for name in _followed(move)}
        self.fault_values: dict[str, list[float]] = {
            fault.id: [] for fault in move.faults if fault.kind == "measure"
        }
        self._tables: list[MeasureTable] = []

    def __len__(self) -> int:
        return len(self.t_s)

    def extend(self, table: MeasureTable) -> None:
        """Judge and add the rows of ``table``; their times must continue this tape's."""
        speed = resolve(SPEED, self.side)
        self._tables.append(table)
        self.t_s.extend(table.t_s.tolist())
        self.start.extend(self._all(self.move.start, table).tolist())
        begin = np.zeros(len(table), dtype=bool)
        enter = np.zeros(len(table), dtype=bool)
        for k, phase in enumerate(self.move.phases):
            holds = self._all(phase.enter, table)
            self.enter[k].extend(holds.tolist())
            enter |= holds
            if not self.move.predecessors(k):
                begin |= holds
        self.may_begin.extend(begin.tolist())
        self.may_enter.extend(enter.tolist())
        self.may_fault.extend(self._any_fault(table).tolist())
        self.pause.extend(table.reasons[speed.column].tolist())
        self.speed.extend(table.columns[speed.column].tolist())
        for name, values in self.followed.items():
            values.extend(self._value(name, table).tolist())
        for fault in self.move.faults:
            if fault.kind == "measure":
                self.fault_values[fault.id].extend(self.fault_value(fault, table).tolist())

    def _value(self, name: str, table: MeasureTable) -> Array:
        quantity = self.quantities[name]
        return quantity.sign * table.columns[quantity.column]

    def _any_fault(self, table: MeasureTable) -> npt.NDArray[np.bool_]:
        beyond = np.zeros(len(table), dtype=bool)
        for fault in self.move.faults:
            if fault.kind != "measure" or fault.measure is None:
                continue
            if fault.from_start:
                return np.ones(len(table), dtype=bool)
            value = self.fault_value(fault, table)
            beyond |= value > fault.limit if fault.direction == "above" else value < fault.limit
        return beyond

    def fault_value(self, fault: Fault, table: MeasureTable) -> Array:
        """(n,) the measure behind a fault; NaN where the view does not show it."""
        assert fault.measure is not None
        value = self._value(fault.measure, table)
        if fault.seen_from != "any":
            value = np.where(table.columns[_OFF[fault.seen_from]] <= SEEN_WITHIN_DEG, value, np.nan)
        return value

    def shown(self, plane: Plane, first: int, last: int) -> bool:
        """Whether frames ``first`` up to ``last`` were mostly seen from where ``plane`` needs."""
        if plane == "any":
            return True
        off, _, _ = self.series(_OFF[plane], first, last)
        return bool(np.mean(off <= SEEN_WITHIN_DEG) >= 0.5) if len(off) else False

    def _all(
        self, conditions: tuple[Condition, ...], table: MeasureTable
    ) -> npt.NDArray[np.bool_]:
        """Whether all bounds hold; a value that is not measured fulfils none."""
        ok = np.full(len(table), bool(conditions))
        for condition in conditions:
            value = self._value(condition.measure, table)
            if condition.above is not None:
                ok &= value > condition.above
            if condition.below is not None:
                ok &= value < condition.below
            if condition.above is None and condition.below is None:
                ok &= np.isfinite(value)
        return ok

    def series(self, name: str, first: int, last: int) -> tuple[Array, Array, Array]:
        """Values, errors (±) and reason codes of a quantity in frames ``first`` up to ``last``."""
        quantity = self.quantities[name]
        parts: tuple[list[Array], list[Array], list[Array]] = ([], [], [])
        begin = 0
        for table in self._tables:
            low, high = max(first - begin, 0), min(last - begin, len(table))
            if low < high:
                parts[0].append(quantity.sign * table.columns[quantity.column][low:high])
                parts[1].append(table.errors[quantity.column][low:high])
                parts[2].append(table.reasons[quantity.column][low:high])
            begin += len(table)
        empty = np.empty(0)
        values, errors, reasons = (np.concatenate(p) if p else empty for p in parts)
        return values, errors, reasons

    def times(self, first: int, last: int) -> Array:
        """Times of frames ``first`` up to, not including, ``last``, seconds."""
        return np.asarray(self.t_s[first:last], dtype=float)


def _names(move: Move) -> list[str]:
    names = [condition.measure for condition in move.start]
    for phase in move.phases:
        names += [condition.measure for condition in phase.enter]
        names += [criterion.measure for criterion in phase.criteria]
        names.append(phase.headline)
    names += [fault.measure for fault in move.faults if fault.measure]
    return list(dict.fromkeys([*names, SPEED, *_OFF.values()]))


def _followed(move: Move) -> list[str]:
    relative = [
        condition.measure
        for phase in move.phases
        for condition in phase.enter
        if condition.fallen is not None or condition.risen is not None
    ]
    return list(dict.fromkeys(relative))
