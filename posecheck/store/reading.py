"""Asking the history: sessions, the points of a measure, people, what was remembered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from posecheck.core.errors import InputError
from posecheck.store.opening import Store
from posecheck.store.records import (
    DEFAULT_PERSON,
    Filter,
    Kind,
    MeasureRecord,
    Point,
    RepetitionRecord,
    SessionRow,
)
from posecheck.store.tables import measure, person, remembered, repetition, session

#: Databases limit how many values one question may name.
_AT_ONCE = 500


def people(store: Store) -> list[tuple[str, int]]:
    """Every person with the number of their sessions."""
    counted = sa.func.count(session.c.id)
    query = (
        sa.select(person.c.name, counted)
        .outerjoin(
            session, sa.and_(session.c.person_id == person.c.id, session.c.deleted_at.is_(None))
        )
        .group_by(person.c.name)
        .order_by(person.c.name)
    )
    with store.reading() as connection:
        return [(str(name), int(count)) for name, count in connection.execute(query)]


def known_person(store: Store, name: str | None) -> str | None:
    """The name if somebody has it, None for None.

    Raises:
        InputError: nobody of that name; the known ones are listed.
    """
    if name is None:
        return None
    names = [one for one, _ in people(store)]
    if name not in names and name != DEFAULT_PERSON:
        listed = ", ".join(names) if names else "nobody yet"
        raise InputError(f'no person "{name}" in the history; known: {listed}')
    return name


def sessions(store: Store, wanted: Filter) -> list[SessionRow]:
    """The sessions that fit, the newest first, each with its own values.

    Raises:
        InputError: an unknown person, or the database refuses.
    """
    known_person(store, wanted.person)
    repetitions = (
        sa.select(sa.func.count(repetition.c.id))
        .where(repetition.c.session_id == session.c.id)
        .scalar_subquery()
    )
    query = (
        sa.select(session, person.c.name.label("person"), repetitions.label("repetitions"))
        .join(person, person.c.id == session.c.person_id)
        .where(*_conditions(wanted))
        .order_by(session.c.taken_at.desc(), session.c.id.desc())
    )
    if wanted.limit is not None:
        query = query.limit(wanted.limit)
    with store.reading() as connection:
        rows = connection.execute(query).mappings().all()
        own = _own_measures(connection, [int(row["id"]) for row in rows])
    return [
        SessionRow(
            uid=row["uid"], person=row["person"], taken_at=row["taken_at"], kind=row["kind"],
            move_id=row["move_id"], move_name=row["move_name"], clip=row["clip"],
            folder=row["folder"], repetitions=int(row["repetitions"]), pain=row["pain"],
            note=row["note"], verdict=row["verdict"], measures=tuple(own[int(row["id"])]),
        )
        for row in rows
    ]  # fmt: skip


def folders(store: Store, wanted: Filter, kind: Kind) -> list[tuple[str, str]]:
    """(uid, folder) of the sessions of that kind that left files, the newest first."""
    query = (
        sa.select(session.c.uid, session.c.folder)
        .join(person, person.c.id == session.c.person_id)
        .where(*_conditions(wanted), session.c.kind == kind, session.c.folder != "")
        .order_by(session.c.taken_at.desc())
        .limit(wanted.limit)
    )
    with store.reading() as connection:
        return [(str(uid), str(folder)) for uid, folder in connection.execute(query)]


def count_sessions(store: Store, wanted: Filter) -> int:
    """How many sessions fit, whatever the limit."""
    query = (
        sa.select(sa.func.count(session.c.id))
        .join(person, person.c.id == session.c.person_id)
        .where(*_conditions(wanted))
    )
    with store.reading() as connection:
        return int(connection.execute(query).scalar() or 0)


def _conditions(wanted: Filter) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = [session.c.deleted_at.is_(None)]
    if wanted.person is not None:
        found.append(person.c.name == wanted.person)
    if wanted.move is not None:
        found.append(session.c.move_id == wanted.move)
    if wanted.since is not None:
        found.append(session.c.taken_at >= wanted.since)
    if wanted.until is not None:
        found.append(session.c.taken_at <= wanted.until)
    if wanted.side is not None or wanted.measure is not None:
        has = sa.select(measure.c.id).where(
            measure.c.session_id == session.c.id, measure.c.repetition_id.is_(None)
        )
        if wanted.side is not None:
            has = has.where(measure.c.side == wanted.side)
        if wanted.measure is not None:
            has = has.where(_named(wanted.measure))
        found.append(has.exists())
    return found


def _named(name: str) -> sa.ColumnElement[bool]:
    """A measure by its full name, or by its name without side: ``toe_to_wall_cm``."""
    stem, _, unit = name.rpartition("_")
    both = [name, f"{stem}_left_{unit}", f"{stem}_right_{unit}"]
    return measure.c.name.in_(both)


def _own_measures(connection: Connection, ids: list[int]) -> dict[int, list[MeasureRecord]]:
    found: dict[int, list[MeasureRecord]] = defaultdict(list)
    for first in range(0, len(ids), _AT_ONCE):
        query = (
            sa.select(measure)
            .where(
                measure.c.session_id.in_(ids[first : first + _AT_ONCE]),
                measure.c.repetition_id.is_(None),
            )
            .order_by(measure.c.id)
        )
        for row in connection.execute(query).mappings():
            found[int(row["session_id"])].append(as_measure(row))
    return found


def repetitions(store: Store, uids: Sequence[str]) -> dict[str, list[RepetitionRecord]]:
    """Every repetition or try of some sessions, with what was measured in it, by session."""
    found: dict[str, list[RepetitionRecord]] = {}
    with store.reading() as connection:
        for first in range(0, len(uids), _AT_ONCE):
            some = uids[first : first + _AT_ONCE]
            own = _measures_of(connection, some)
            query = (
                sa.select(repetition, session.c.uid)
                .join(session, session.c.id == repetition.c.session_id)
                .where(session.c.uid.in_(some))
                .order_by(repetition.c.id)
            )
            for row in connection.execute(query).mappings():
                found.setdefault(str(row["uid"]), []).append(_as_repetition(row, own[row["id"]]))
    return found


def _measures_of(connection: Connection, uids: Sequence[str]) -> dict[int, list[MeasureRecord]]:
    found: dict[int, list[MeasureRecord]] = defaultdict(list)
    query = (
        sa.select(measure)
        .join(session, session.c.id == measure.c.session_id)
        .where(session.c.uid.in_(uids), measure.c.repetition_id.is_not(None))
        .order_by(measure.c.id)
    )
    for row in connection.execute(query).mappings():
        found[int(row["repetition_id"])].append(as_measure(row))
    return found


def _as_repetition(row: Any, measures: Sequence[MeasureRecord]) -> RepetitionRecord:
    return RepetitionRecord(
        number=row["number"], side=row["side"], start_s=row["start_s"], end_s=row["end_s"],
        complete=bool(row["complete"]), met=row["met"], borderline=row["borderline"],
        not_met=row["not_met"], not_measured=row["not_measured"], faults=tuple(row["faults"]),
        measures=tuple(measures),
    )  # fmt: skip


def as_measure(row: Any) -> MeasureRecord:
    """A row of the measure table as a value."""
    return MeasureRecord(
        name=row["name"], side=row["side"], label=row["label"], unit=row["unit"],
        value=row["value"], error=row["error"], valid=bool(row["valid"]),
        status=row["status"], reason=row["reason"], phase=row["phase"],
    )  # fmt: skip


def points(
    store: Store, name: str, who: str | None = None, wanted: Filter | None = None
) -> list[Point]:
    """Every valid value of a measure (full name, with side), the oldest first.

    With a limit in ``wanted``: the newest so many.

    Raises:
        InputError: an unknown person, or the database refuses.
    """
    known_person(store, who)
    wanted = wanted or Filter()
    query = (
        sa.select(
            session.c.taken_at, measure.c.value, measure.c.error, session.c.uid, session.c.kind
        )
        .join(session, session.c.id == measure.c.session_id)
        .join(person, person.c.id == session.c.person_id)
        .where(
            measure.c.name == name,
            measure.c.repetition_id.is_(None),
            measure.c.valid.is_(True),
            measure.c.value.is_not(None),
            person.c.name == (who or DEFAULT_PERSON),
            *_conditions(wanted),
        )
        .order_by(session.c.taken_at.desc(), session.c.id.desc())
        .limit(wanted.limit)
    )
    with store.reading() as connection:
        return [Point(*row) for row in reversed(connection.execute(query).all())]


def measured_names(store: Store, who: str | None = None) -> list[tuple[str, str, str, int]]:
    """Every measure that has values: (name, label, unit, how many sessions), most often first."""
    counted = sa.func.count(measure.c.id)
    query = (
        sa.select(measure.c.name, sa.func.min(measure.c.label), measure.c.unit, counted)
        .join(session, session.c.id == measure.c.session_id)
        .join(person, person.c.id == session.c.person_id)
        .where(
            measure.c.repetition_id.is_(None),
            measure.c.valid.is_(True),
            measure.c.value.is_not(None),
            session.c.deleted_at.is_(None),
            person.c.name == (who or DEFAULT_PERSON),
        )
        .group_by(measure.c.name, measure.c.unit)
        .order_by(counted.desc(), measure.c.name)
    )
    with store.reading() as connection:
        return [(str(n), str(lab), str(u), int(c)) for n, lab, u, c in connection.execute(query)]


def done_moves(
    store: Store, who: str | None = None, since: datetime | None = None
) -> list[tuple[datetime, str, int | None]]:
    """(when, move id, pain) of every session of a person from a moment on, the oldest first.

    Raises:
        InputError: an unknown person, or the database refuses.
    """
    known_person(store, who)
    query = (
        sa.select(session.c.taken_at, session.c.move_id, session.c.pain)
        .join(person, person.c.id == session.c.person_id)
        .where(person.c.name == (who or DEFAULT_PERSON), *_conditions(Filter(since=since)))
        .order_by(session.c.taken_at, session.c.id)
    )
    with store.reading() as connection:
        return [(at, str(move), pain) for at, move, pain in connection.execute(query)]


def recall(store: Store, who: str | None, key: str) -> Any:
    """What was remembered of a person under a key, or None."""
    query = (
        sa.select(remembered.c.value)
        .join(person, person.c.id == remembered.c.person_id)
        .where(person.c.name == (who or DEFAULT_PERSON), remembered.c.key == key)
    )
    with store.reading() as connection:
        return connection.execute(query).scalar()
