"""What one side's phase machine reads: conditions already judged, one entry a frame.

Conditions are judged here, over a whole table at once for a recording and over one frame at a time
live; either way by the same code, so that both give the same events.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from posecheck.core.catalog import COLUMN_INDEX, Quantity, resolve
from posecheck.core.move import Condition, Move
from posecheck.core.pose import Array, BoolArray
from posecheck.core.result import Side
from posecheck.core.table import ColumnMatrix, MeasureTable
from posecheck.core.view import VIEW_BANDS_DEG, Plane

SPEED = "leg_speed_degps"
#: A view further off than this does not show what asks for it: oblique views mix the planes.
SEEN_WITHIN_DEG = VIEW_BANDS_DEG[1]
_OFF = {"side": "off_side_deg", "front": "off_front_deg"}


class Tape:
    """Growing record of one working side.

    Attributes:
        t_s, start, pause, speed: plain lists, a value a frame.
        enter: a list a phase: whether its conditions hold, those relative to an extreme left out.
        may_begin, may_enter: whether any first phase's, any phase's conditions hold; they spare the
            machine most of its work in most frames.
        may_fault: whether any measure fault is beyond its limit.
        followed: name to list of values that conditions compare with an extreme.
        fault_values: fault id to the values of its measure, NaN where the view does not show it.
    """

    def __init__(self, move: Move, side: Side) -> None:
        self.move = move
        self.side = side
        self.quantities: dict[str, Quantity] = {name: resolve(name, side) for name in _names(move)}
        self.t_s: list[float] = []
        self.start: list[bool] = []
        self.enter: list[list[bool]] = [[] for _ in move.phases]
        self.may_begin: list[bool] = []
        self.may_enter: list[bool] = []
        self.may_fault: list[bool] = []
        self.pause: list[int] = []
        self.speed: list[float] = []
        self.followed: dict[str, list[float]] = {name: [] for name in _followed(move)}
        self._faults = [fault for fault in move.faults if fault.kind == "measure"]
        self.fault_values: dict[str, list[float]] = {fault.id: [] for fault in self._faults}
        self._prepare()
        self._chunks: list[tuple[Array, Array, npt.NDArray[np.uint8]]] = []

    def _prepare(self) -> None:
        """Lay the conditions out as arrays, so that a frame is judged in a few operations."""
        move, names = self.move, list(self.quantities)
        place = {name: k for k, name in enumerate(names)}
        self._place = place
        self._column = np.array([COLUMN_INDEX[q.column] for q in self.quantities.values()])
        self._sign = np.array([q.sign for q in self.quantities.values()])
        groups: Sequence[Sequence[Condition]] = [move.start, *(p.enter for p in move.phases)]
        flat = [(g, c) for g, group in enumerate(groups) for c in group]
        self._condition = np.array([place[c.measure] for _, c in flat])
        self._above = np.array([-np.inf if c.above is None else c.above for _, c in flat])
        self._below = np.array([np.inf if c.below is None else c.below for _, c in flat])
        # (conditions, groups): a group holds when none of its conditions fails.
        self._member = np.array(
            [[g == k for k in range(len(groups))] for g, _ in flat], dtype=float
        )
        self._empty = np.array([not group for group in groups])
        self._root = np.array([not move.predecessors(k) for k in range(len(move.phases))])
        self._fault = np.array([place[f.measure or ""] for f in self._faults], dtype=int)
        self._fault_sign = np.array([-1.0 if f.direction == "below" else 1.0 for f in self._faults])
        self._limit = self._fault_sign * np.array([f.limit for f in self._faults])
        # What is measured from the start position is compared where the start is known.
        self._moving_baseline = any(f.from_start for f in self._faults)
        self._either = np.array([f.direction == "either" for f in self._faults], dtype=bool)
        self._phase_off = [
            (k, COLUMN_INDEX[_OFF[phase.seen_from]])
            for k, phase in enumerate(move.phases)
            if phase.seen_from != "any"
        ]
        planes = [f.seen_from for f in self._faults]
        self._fault_off = [
            (np.array([p == plane for p in planes], dtype=bool), COLUMN_INDEX[name])
            for plane, name in _OFF.items()
            if plane in planes
        ]

    def __len__(self) -> int:
        return len(self.t_s)

    def extend(self, table: MeasureTable) -> None:
        """Judge and add the rows of ``table``; their times must continue this tape's."""
        columns, errors = _matrix(table.columns), _matrix(table.errors)
        reasons = _matrix(table.reasons)
        values = columns[:, self._column] * self._sign
        self._chunks.append((values, errors[:, self._column], reasons[:, self._column]))
        self.t_s.extend(table.t_s.tolist())
        self._judge(values, columns)
        self._watch(values, columns)
        speed = self._place[SPEED]
        self.pause.extend(reasons[:, self._column[speed]].tolist())
        self.speed.extend(values[:, speed].tolist())
        for name, series in self.followed.items():
            series.extend(values[:, self._place[name]].tolist())

    def _judge(self, values: Array, columns: Array) -> None:
        """Whether each group of conditions holds; a value that is not measured fulfils none."""
        value = values[:, self._condition]
        fails = ~((value > self._above) & (value < self._below))
        holds = (fails @ self._member == 0.0) & ~self._empty
        enter = holds[:, 1:]
        for phase, off in self._phase_off:
            enter[:, phase] &= columns[:, off] <= SEEN_WITHIN_DEG
        self.start.extend(holds[:, 0].tolist())
        for row, column in zip(self.enter, enter.T.tolist(), strict=True):
            row.extend(column)
        self.may_enter.extend(enter.any(axis=1).tolist())
        self.may_begin.extend((enter & self._root).any(axis=1).tolist())

    def _watch(self, values: Array, columns: Array) -> None:
        """Fault measures, and whether any is beyond its limit."""
        value = values[:, self._fault]
        for needs, off in self._fault_off:
            hidden = ~(columns[:, off] <= SEEN_WITHIN_DEG)
            value = np.where(hidden[:, None] & needs, np.nan, value)
        far = np.where(self._either, np.abs(value), value) if self._either.any() else value
        beyond: BoolArray = (far * self._fault_sign > self._limit).any(axis=1)
        if self._moving_baseline:
            beyond = np.ones(len(values), dtype=bool)
        self.may_fault.extend(beyond.tolist())
        for series, column in zip(self.fault_values.values(), value.T.tolist(), strict=True):
            series.extend(column)

    def series(self, name: str, first: int, last: int) -> tuple[Array, Array, Array]:
        """Values, errors (±) and reason codes of a quantity in frames ``first`` up to ``last``."""
        place = self._place[name]
        parts: tuple[list[npt.NDArray[Any]], ...] = ([], [], [])
        begin = 0
        for chunk in self._chunks:
            size = len(chunk[0])
            low, high = max(first - begin, 0), min(last - begin, size)
            if low < high:
                for part, matrix in zip(parts, chunk, strict=True):
                    part.append(matrix[low:high, place])
            begin += size
        values, errors, reasons = (np.concatenate(p) if p else np.empty(0) for p in parts)
        return values, errors, reasons

    def shown(self, plane: Plane, first: int, last: int) -> bool:
        """Whether frames ``first`` up to ``last`` were mostly seen from where ``plane`` needs."""
        if plane == "any":
            return True
        off, _, _ = self.series(_OFF[plane], first, last)
        return bool(np.mean(off <= SEEN_WITHIN_DEG) >= 0.5) if len(off) else False

    def times(self, first: int, last: int) -> Array:
        """Times of frames ``first`` up to, not including, ``last``, seconds."""
        return np.asarray(self.t_s[first:last], dtype=float)


def _matrix(columns: Mapping[str, npt.NDArray[Any]]) -> npt.NDArray[Any]:
    """(n, columns) in the catalogue's order, whatever mapping the table holds."""
    if isinstance(columns, ColumnMatrix):
        return columns.matrix
    return np.stack([columns[name] for name in COLUMN_INDEX], axis=1)


def _names(move: Move) -> list[str]:
    names = [condition.measure for condition in move.start]
    for phase in move.phases:
        names += [condition.measure for condition in phase.enter]
        names += [criterion.measure for criterion in phase.criteria]
        names.append(phase.headline)
    names += [fault.measure for fault in move.faults if fault.measure]
    return list(dict.fromkeys([*names, SPEED, *_OFF.values()]))


def _followed(move: Move) -> list[str]:
    conditions = [*move.start, *(c for phase in move.phases for c in phase.enter)]
    relative = [c.measure for c in conditions if c.fallen is not None or c.risen is not None]
    return list(dict.fromkeys(relative))
