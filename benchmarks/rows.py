"""One figure of a benchmark and what it should reach."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """``target`` is empty for a figure that has none."""

    what: str
    value: float
    unit: str
    target: str
    reached: bool


def print_table(rows: Iterable[Row]) -> None:
    """A table in Markdown."""
    print("| what | figure | target | reached |\n|---|---|---|---|")
    for row in rows:
        reached = "" if not row.target else ("yes" if row.reached else "no")
        print(f"| {row.what} | {row.value:.3g} {row.unit} | {row.target} | {reached} |")
