"""Measures over time, and what the engine thinks at each moment: the values that views read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from posecheck.core.pose import Array


class Reason(IntEnum):
    """Why a value is missing. ``OK`` means it is there."""

    OK = 0
    NOBODY = 1
    NOT_VISIBLE = 2
    OUT_OF_FRAME = 3
    WRONG_VIEW = 4
    NO_SCALE = 5
    NO_NEUTRAL = 6
    FORESHORTENED = 7
    OFF_PLANE = 8
    FOOT_LIFTED = 9

    @property
    def text(self) -> str:
        return _REASON_TEXT[self]


_REASON_TEXT = {
    Reason.OK: "",
    Reason.NOBODY: "nobody was seen",
    Reason.NOT_VISIBLE: "a joint was hidden",
    Reason.OUT_OF_FRAME: "a joint was outside the picture",
    Reason.WRONG_VIEW: "this camera position cannot show it",
    Reason.NO_SCALE: "no scale in centimetres is known",
    Reason.NO_NEUTRAL: "no still upright moment was seen to compare with",
    Reason.FORESHORTENED: "the limb points at the camera or away from it",
    Reason.OFF_PLANE: "the limb leaves the plane of this measure",
    Reason.FOOT_LIFTED: "the foot does not stand on the floor",
}


class ColumnMatrix(Mapping[str, Any]):
    """A (columns, n) matrix that reads like a dict of (n,) columns."""

    def __init__(self, rows: npt.NDArray[Any], index: Mapping[str, int]) -> None:
        self._rows = rows
        self._index = index

    def __getitem__(self, column: str) -> npt.NDArray[Any]:
        result: npt.NDArray[Any] = self._rows[self._index[column]]
        return result

    def __iter__(self) -> Iterator[str]:
        return iter(self._index)

    def __len__(self) -> int:
        return len(self._index)


@dataclass(frozen=True, slots=True)
class MeasureTable:
    """Every measure in every frame.

    Attributes:
        t_s: (n,) seconds.
        columns: column name with side and unit (``hip_flexion_left_deg``, ``trunk_lean_deg``) to
            (n,) values, NaN where not measured.
        errors: the same names to (n,) half widths (±) in the same unit, NaN where not measured.
        reasons: the same names to (n,) uint8 codes of :class:`Reason`.
    """

    t_s: Array
    columns: Mapping[str, Array]
    errors: Mapping[str, Array]
    reasons: Mapping[str, npt.NDArray[np.uint8]]

    def __len__(self) -> int:
        return len(self.t_s)


class State(StrEnum):
    """What the engine is doing at a moment."""

    READY = "ready"
    MOVING = "moving"
    HOLDING = "holding"
    PAUSED = "paused"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class FrameState:
    """The engine's view at one moment: enough to draw the overlay without asking again.

    Attributes:
        state: see :class:`State`.
        side: the working side, "left" or "right", or None before it is known.
        repetition: 1-based number of the repetition under way, 0 between repetitions.
        phase_id, phase_name: the phase under way, None between repetitions.
        hold_s, hold_target_s: the hold clock and its goal, None where the phase has no hold.
        headline: the column that matters now (``hip_flexion_left_deg``), or None; its value times
            ``headline_sign`` is what ``headline_label`` names (extension is negative flexion).
        value, error: the headline's reading now, sign applied, and its ±; None where it is not
            measured. Live only: a recording's views read the table.
        cue, cue_id: the one cue to show now and the id of its fault, or None.
        reason: why the hold is paused or the person lost, in plain words, or None.
    """

    state: State
    side: str | None = None
    repetition: int = 0
    phase_id: str | None = None
    phase_name: str | None = None
    hold_s: float | None = None
    hold_target_s: float | None = None
    headline: str | None = None
    headline_sign: float = 1.0
    headline_label: str | None = None
    value: float | None = None
    error: float | None = None
    cue: str | None = None
    cue_id: str | None = None
    reason: str | None = None


def column_unit(column: str) -> str:
    """The unit sign of a column name: ``hip_flexion_left_deg`` gives ``°``."""
    return _UNIT_SIGN.get(column.rsplit("_", 1)[-1], "")


_UNIT_SIGN: Mapping[str, str] = {"deg": "°", "cm": "cm", "pct": "%", "degps": "°/s"}
