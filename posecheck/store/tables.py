"""The tables of the history, in SQLAlchemy Core: what one session leaves behind.

Changing them takes a new file in ``migrations/versions`` and a new ``SCHEMA``.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)
from sqlalchemy.types import TypeDecorator

#: The newest schema, and all of them in order; the names of the files in ``migrations/versions``.
SCHEMAS = ("0001",)
SCHEMA = SCHEMAS[-1]


class UtcTime(TypeDecorator[datetime]):
    """A moment: stored in UTC (SQLite keeps no zone), given back with its zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without a zone cannot be stored: {value}")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        if not isinstance(value, datetime):
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


metadata = MetaData()

person = Table(
    "person",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(80), nullable=False, unique=True),
    Column("created_at", UtcTime, nullable=False),
)

#: What a person told once and need not tell again, such as a tape reading: key to JSON.
remembered = Table(
    "remembered",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("person_id", ForeignKey("person.id", ondelete="CASCADE"), nullable=False),
    Column("key", String(80), nullable=False),
    Column("value", JSON, nullable=False),
    Column("set_at", UtcTime, nullable=False),
    Index("remembered_once", "person_id", "key", unique=True),
)

session = Table(
    "session",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("uid", String(36), nullable=False, unique=True),
    Column("person_id", ForeignKey("person.id", ondelete="CASCADE"), nullable=False),
    Column("taken_at", UtcTime, nullable=False),
    Column("saved_at", UtcTime, nullable=False),
    Column("kind", String(16), nullable=False),  # see records.Kind
    Column("move_id", String(80), nullable=False),
    Column("move_name", String(160), nullable=False),
    Column("move_sha256", String(64), nullable=False),
    Column("side", String(8), nullable=False),
    Column("clip", String(400), nullable=False),
    Column("clip_key", String(80), nullable=False),
    Column("folder", Text, nullable=False),
    Column("duration_s", Float, nullable=False),
    Column("model", String(80), nullable=False),
    Column("software", String(40), nullable=False),
    Column("verdict", Text, nullable=False),
    Column("pain", Integer),  # 0 to 10, null where not asked
    Column("note", Text, nullable=False),
    Column("deleted_at", UtcTime),
    Index("session_by_time", "person_id", "taken_at"),
    Index("session_by_clip", "person_id", "clip_key"),
)

repetition = Table(
    "repetition",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("session_id", ForeignKey("session.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("number", Integer, nullable=False),
    Column("side", String(8), nullable=False),
    Column("start_s", Float, nullable=False),
    Column("end_s", Float, nullable=False),
    Column("complete", Boolean, nullable=False),
    Column("met", Integer, nullable=False),
    Column("borderline", Integer, nullable=False),
    Column("not_met", Integer, nullable=False),
    Column("not_measured", Integer, nullable=False),
    Column("faults", JSON, nullable=False),  # ids of what went wrong
)

#: One number with its error. ``repetition_id`` is null for the session's own value, the one that
#: progress is made of; the others belong to one repetition (and phase) each.
measure = Table(
    "measure",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("session_id", ForeignKey("session.id", ondelete="CASCADE"), nullable=False),
    Column("repetition_id", ForeignKey("repetition.id", ondelete="CASCADE"), index=True),
    Column("name", String(120), nullable=False),
    Column("side", String(8), nullable=False),  # left, right, or empty
    Column("label", String(160), nullable=False),
    Column("unit", String(16), nullable=False),
    Column("phase", String(80), nullable=False),
    Column("value", Float),
    Column("error", Float),
    Column("valid", Boolean, nullable=False),
    Column("status", String(16), nullable=False),
    Column("reason", Text, nullable=False),
    Index("measure_by_session", "session_id", "repetition_id"),
    Index("measure_by_name", "name", "repetition_id", "session_id"),
)

#: Children after their parents: the order to copy in.
TABLES = (person, remembered, session, repetition, measure)
