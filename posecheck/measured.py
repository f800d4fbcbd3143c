"""A person's measures over time: the history's points, judged by the core."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from posecheck.core.errors import InputError
from posecheck.core.progress import Measured, Progress, progress, sides
from posecheck.core.readings import Name, Reading, name_of
from posecheck.store.reading import measured_names, points
from posecheck.store.records import DEFAULT_PERSON, Filter, Point

if TYPE_CHECKING:
    from posecheck.store.opening import Store


@dataclass(frozen=True, slots=True)
class Kind:
    """A measure that a person has values of, both sides together.

    Attributes:
        name: as move files write it, without side: ``toe_to_wall_cm``.
        label: plain words, without side.
        unit: its sign.
        columns: the names with side that have values.
        count: in how many sessions, both sides together.
    """

    name: str
    label: str
    unit: str
    columns: tuple[str, ...]
    count: int


def kinds(store: Store, who: str | None = None) -> list[Kind]:
    """Every measure that has values, most often first; centimetres before all else."""
    found: dict[str, Kind] = {}
    for column, label, unit, count in measured_names(store, who):
        name = name_of(column)
        both = Name(name.stem, None, name.unit).full
        plain = label.removesuffix(", left").removesuffix(", right")
        known = found.get(both, Kind(both, plain, unit, (), 0))
        found[both] = replace(
            known, columns=tuple(sorted((*known.columns, column))), count=known.count + count
        )
    return sorted(found.values(), key=lambda kind: (kind.unit != "cm", -kind.count, kind.label))


def kind_of(known: Iterable[Kind], wanted: str) -> Kind:
    """The kind of a name with or without side.

    Raises:
        InputError: nothing of that name was measured; lists what was.
    """
    listed = list(known)
    for kind in listed:
        if wanted in (kind.name, *kind.columns):
            return kind
    names = ", ".join(kind.name for kind in listed) or "nothing yet"
    raise InputError(f'no measure "{wanted}" in the history; measured: {names}')


def measured(
    store: Store, kind: Kind, who: str | None = None, wanted: Filter | None = None
) -> Measured | None:
    """A measure's whole course; None if no value fits the filter."""
    readings: dict[str, list[Reading]] = {}
    tracks: dict[str, Progress] = {}
    for column in kind.columns:
        name = name_of(column)
        found = points(store, column, who or DEFAULT_PERSON, wanted)
        readings[name.side or ""] = known = [_reading(point) for point in found]
        if known:
            tracks[name.side or ""] = progress(name, known)
    if not tracks:
        return None
    both = sides(name_of(kind.name), readings.get("left", []), readings.get("right", []))
    return Measured(kind.label, kind.unit, tracks, both)


def _reading(point: Point) -> Reading:
    # Days are those of the person's own clock.
    return Reading(point.taken_at.astimezone(), point.value, point.error)
