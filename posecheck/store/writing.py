"""Putting sessions into the history, taking them out, and undoing that."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import UTC
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from posecheck.core.errors import InputError
from posecheck.store.backup import backups, daily_backup
from posecheck.store.opening import Store, now
from posecheck.store.records import DEFAULT_PERSON, MeasureRecord, RepetitionRecord, SessionRecord
from posecheck.store.tables import measure, person, remembered, repetition, session

_NAME_LENGTH = 80


def add_person(store: Store, name: str) -> None:
    """A new person.

    Raises:
        InputError: the name is empty, too long or taken.
    """
    name = name.strip()
    if not 0 < len(name) <= _NAME_LENGTH:
        raise InputError(f"a person's name: expected 1 to {_NAME_LENGTH} characters")
    with store.writing() as connection:
        if _find_person(connection, name) is not None:
            raise InputError(f'there is a person "{name}" already')
        connection.execute(sa.insert(person).values(name=name, created_at=now()))


def rename_person(store: Store, old: str, new: str) -> None:
    """Gives a person another name.

    Raises:
        InputError: nobody of the old name, or the new one is taken or unusable.
    """
    new = new.strip()
    if not 0 < len(new) <= _NAME_LENGTH:
        raise InputError(f"a person's name: expected 1 to {_NAME_LENGTH} characters")
    with store.writing() as connection:
        found = person_id(connection, old)
        if _find_person(connection, new) is not None:
            raise InputError(f'there is a person "{new}" already')
        connection.execute(sa.update(person).where(person.c.id == found).values(name=new))


def forget_person(store: Store, name: str) -> int:
    """Removes a person with all their sessions, for good; gives how many sessions there were.

    Somebody whom the history does not know is no error. Where nobody is left, the backups go too;
    else they hold a copy until newer ones take their place.

    Raises:
        InputError: the database refuses, or a backup cannot be removed.
    """
    with store.writing() as connection:
        found = _find_person(connection, name)
        if found is None:
            return 0
        mine = session.c.person_id == found
        count = connection.execute(sa.select(sa.func.count(session.c.id)).where(mine)).scalar()
        connection.execute(sa.delete(person).where(person.c.id == found))
        others = connection.execute(sa.select(sa.func.count(person.c.id))).scalar()
    if not others and store.path is not None:
        with store.told_plainly():
            for backup in backups(store.path):
                backup.unlink(missing_ok=True)
    return int(count or 0)


def person_id(connection: Connection, name: str | None) -> int:
    """The number of a person; the default person is made when first needed.

    Raises:
        InputError: nobody of that name; the known ones are listed.
    """
    wanted = (name or DEFAULT_PERSON).strip()
    found = _find_person(connection, wanted)
    if found is not None:
        return found
    if wanted == DEFAULT_PERSON:
        done = connection.execute(sa.insert(person).values(name=wanted, created_at=now()))
        return int(done.inserted_primary_key[0])  # type: ignore[index]
    known = connection.execute(sa.select(person.c.name).order_by(person.c.name)).scalars().all()
    listed = ", ".join(known) if known else "nobody yet"
    raise InputError(
        f'no person "{wanted}" in the history (known: {listed}); add one with: '
        f"posecheck people --add {wanted}"
    )


def _find_person(connection: Connection, name: str) -> int | None:
    found = connection.execute(sa.select(person.c.id).where(person.c.name == name)).scalar()
    return None if found is None else int(found)


def save(store: Store, record: SessionRecord, who: str | None = None) -> str:
    """Keeps a session as a whole; gives its uid.

    What was deleted before can no longer be brought back after this.

    Raises:
        InputError: an unknown person, a value that cannot be, or the database refuses.
    """
    return save_all(store, [record], who)[0]


def save_all(store: Store, records: Sequence[SessionRecord], who: str | None = None) -> list[str]:
    """Keeps several sessions in one transaction: all of them or none; gives their uids.

    Raises:
        InputError: an unknown person, a value that cannot be, or the database refuses.
    """
    return save_all_of(store, [(who, record) for record in records])


def save_all_of(store: Store, owned: Sequence[tuple[str | None, SessionRecord]]) -> list[str]:
    """Keeps sessions of several people in one transaction; see :func:`save_all`."""
    for _, record in owned:
        _check(record)
    with store.told_plainly():
        daily_backup(store.path)
    with store.writing() as connection:
        _forget_deleted(connection)
        owners = {who: person_id(connection, who) for who in {who for who, _ in owned}}
        return [_insert(connection, record, owners[who]) for who, record in owned]


def _check(record: SessionRecord) -> None:
    if record.pain is not None and not 0 <= record.pain <= 10:
        raise InputError(f"pain: expected 0 to 10, got {record.pain}")
    for one in _all_measures(record):
        if one.error is not None and one.error < 0:
            raise InputError(f"{one.name}: the ± cannot be negative, got {one.error:g}")
        if one.unit == "cm" and one.name.startswith("toe_to_wall") and (one.value or 0.0) < 0:
            raise InputError(f"{one.name}: a distance cannot be negative, got {one.value:g}")


def _all_measures(record: SessionRecord) -> Iterable[MeasureRecord]:
    yield from record.measures
    for one in record.repetitions:
        yield from one.measures


def _insert(connection: Connection, record: SessionRecord, owner: int) -> str:
    if record.clip_key:
        connection.execute(
            sa.delete(session).where(
                session.c.person_id == owner,
                session.c.clip_key == record.clip_key,
                session.c.move_id == record.move_id,
                session.c.kind == record.kind,
            )
        )
    uid = record.uid or str(uuid.uuid4())
    row = {
        "uid": uid, "person_id": owner, "taken_at": record.taken_at.astimezone(UTC),
        "saved_at": now(), "kind": record.kind, "move_id": record.move_id,
        "move_name": record.move_name, "move_sha256": record.move_sha256, "side": record.side,
        "clip": record.clip, "clip_key": record.clip_key, "folder": record.folder,
        "duration_s": record.duration_s, "model": record.model, "software": record.software,
        "verdict": record.verdict, "pain": record.pain, "note": record.note,
    }  # fmt: skip
    done = connection.execute(sa.insert(session).values(**row))
    number = int(done.inserted_primary_key[0])  # type: ignore[index]
    rows = [_measure_row(one, number, None) for one in record.measures]
    for one in record.repetitions:
        owner_row = connection.execute(sa.insert(repetition).values(**_repetition_row(one, number)))
        key = int(owner_row.inserted_primary_key[0])  # type: ignore[index]
        rows += [_measure_row(m, number, key) for m in one.measures]
    if rows:
        connection.execute(sa.insert(measure), rows)
    return uid


def _repetition_row(one: RepetitionRecord, session_number: int) -> dict[str, Any]:
    return {
        "session_id": session_number, "number": one.number, "side": one.side,
        "start_s": one.start_s, "end_s": one.end_s, "complete": one.complete, "met": one.met,
        "borderline": one.borderline, "not_met": one.not_met,
        "not_measured": one.not_measured, "faults": list(one.faults),
    }  # fmt: skip


def _measure_row(
    one: MeasureRecord, session_number: int, repetition_number: int | None
) -> dict[str, Any]:
    return {
        "session_id": session_number, "repetition_id": repetition_number, "name": one.name,
        "side": one.side, "label": one.label, "unit": one.unit, "phase": one.phase,
        "value": one.value, "error": one.error, "valid": one.valid, "status": one.status,
        "reason": one.reason,
    }  # fmt: skip


# --- taking out, and back ---


def delete(store: Store, uids: Sequence[str]) -> int:
    """Marks sessions as deleted; they can be brought back until something new is saved or deleted.

    Returns:
        how many there were.

    Raises:
        InputError: the database refuses.
    """
    with store.writing() as connection:
        _forget_deleted(connection)
        done = connection.execute(
            sa.update(session)
            .where(session.c.uid.in_(list(uids)), session.c.deleted_at.is_(None))
            .values(deleted_at=now())
        )
        return int(done.rowcount)


def undo_delete(store: Store) -> int:
    """Brings back what the last deletion took; gives how many sessions.

    Raises:
        InputError: there is nothing to bring back.
    """
    with store.writing() as connection:
        done = connection.execute(
            sa.update(session).where(session.c.deleted_at.is_not(None)).values(deleted_at=None)
        )
        if not done.rowcount:
            raise InputError(
                "nothing to undo: a deletion can be undone until the next one, or until something "
                "new is saved"
            )
        return int(done.rowcount)


def _forget_deleted(connection: Connection) -> None:
    connection.execute(sa.delete(session).where(session.c.deleted_at.is_not(None)))


# --- what a person told once ---


def remember(store: Store, who: str | None, key: str, value: Any) -> None:
    """Keeps a JSON value under a person's key, in place of an earlier one; None forgets it.

    Raises:
        InputError: an unknown person, or the database refuses.
    """
    with store.writing() as connection:
        owner = person_id(connection, who)
        mine = sa.and_(remembered.c.person_id == owner, remembered.c.key == key)
        connection.execute(sa.delete(remembered).where(mine))
        if value is not None:
            connection.execute(
                sa.insert(remembered).values(person_id=owner, key=key, value=value, set_at=now())
            )
