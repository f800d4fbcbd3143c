"""A session of the history in a few words."""

from __future__ import annotations

from posecheck.core import words
from posecheck.store.records import SessionRow


def found_words(row: SessionRow, *, sides: bool = False) -> str:
    """A session's most telling measure: ``Toe to wall 11.9 / 12.4 cm ± 0.6 cm``, left / right.

    ``sides``: where no heading says which is which, ``Toe to wall left 11.9, right ...``.
    """
    values = [one for one in row.measures if one.valid and one.value is not None]
    if not values and row.kind == "routine":
        return row.verdict.partition(": ")[2]
    if not values:
        return f"{row.repetitions} repetitions, no value" if row.repetitions else "no value"
    values.sort(key=lambda one: (one.unit != "cm", one.status not in ("met", "not_met")))
    label, unit = _plain(values[0].label), values[0].unit
    same = sorted((one for one in values if _plain(one.label) == label), key=lambda one: one.side)
    errors = [one.error for one in same if one.error is not None]
    numbers = [words.number(one.value or 0.0, unit) for one in same]
    # The unit once, at the end.
    numbers[:-1] = [number.removesuffix(unit).rstrip() for number in numbers[:-1]]
    error = f" {words.plus_minus(max(errors), unit)}" if errors else ""
    if not sides:
        return f"{label} {' / '.join(numbers)}{error}"
    named = [f"{one.side} {number}".strip() for one, number in zip(same, numbers, strict=True)]
    return f"{label} {', '.join(named)}{error}"


def _plain(label: str) -> str:
    return label.removesuffix(", left").removesuffix(", right")
