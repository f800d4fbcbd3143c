"""One measure over time: its name in parts, and its readings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from posecheck.core import words
from posecheck.core.terms import Side

_MORE_IS_BETTER = {
    "toe_to_wall", "shin_tilt", "ankle_dorsiflexion", "knee_over_toe", "hip_flexion",
    "hip_extension", "hip_abduction", "leg_side_raise", "thigh_side_raise", "straightness",
    "trunk_rotation",
}  # fmt: skip
_LESS_IS_BETTER = {"heel_lift", "knee_cave", "leg_speed", "trunk_speed"}


@dataclass(frozen=True, slots=True)
class Reading:
    """One session's value of one measure; ``error`` is its ± (95%), None where unknown."""

    at: datetime
    value: float
    error: float | None = None

    def scaled(self, factor: float) -> Reading:
        """The same in another unit."""
        return Reading(
            self.at, self.value * factor, None if self.error is None else self.error * factor
        )


@dataclass(frozen=True, slots=True)
class Name:
    """A measure's name in its parts: ``toe_to_wall_left_cm``."""

    stem: str
    side: Side | None
    unit: str

    @property
    def full(self) -> str:
        return "_".join(part for part in (self.stem, self.side, self.unit) if part)

    def of(self, side: Side) -> Name:
        """The same measure of a side."""
        return Name(self.stem, side, self.unit)

    @property
    def better(self) -> int:
        """+1 where more is better, -1 where less is, 0 where neither can be said."""
        return (self.stem in _MORE_IS_BETTER) - (self.stem in _LESS_IS_BETTER)


def name_of(full: str) -> Name:
    """The parts of ``toe_to_wall_left_cm`` or ``trunk_lean_deg``."""
    stem, _, unit = full.rpartition("_")
    head, _, tail = stem.rpartition("_")
    if tail == "left":
        return Name(head, "left", unit)
    if tail == "right":
        return Name(head, "right", unit)
    return Name(stem, None, unit)


def signed(value: float, unit: str) -> str:
    """A change with its sign: ``+1.2 cm``."""
    text = words.number(value, unit)
    return text if text.startswith("\N{MINUS SIGN}") else f"+{text}"
