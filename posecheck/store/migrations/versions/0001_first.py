"""The first schema: people, sessions, repetitions, measures, and what is remembered."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.Integer, primary_key=True)


def _text(name: str, size: int | None = None) -> sa.Column[str]:
    return sa.Column(name, sa.String(size) if size else sa.Text, nullable=False)


def _time(name: str, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _of(table: str, nullable: bool = False) -> sa.Column[int]:
    target = sa.ForeignKey(f"{table}.id", ondelete="CASCADE")
    return sa.Column(f"{table}_id", sa.Integer, target, nullable=nullable)


def _number(name: str, kind: type[Any] = sa.Integer) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)


def upgrade() -> None:
    op.create_table("person", _id(), _text("name", 80), _time("created_at"),
                    sa.UniqueConstraint("name"))  # fmt: skip
    op.create_table(
        "remembered", _id(), _of("person"), _text("key", 80),
        sa.Column("value", sa.JSON, nullable=False), _time("set_at"),
    )  # fmt: skip
    op.create_index("remembered_once", "remembered", ["person_id", "key"], unique=True)
    op.create_table(
        "session", _id(), _text("uid", 36), _of("person"), _time("taken_at"), _time("saved_at"),
        _text("kind", 16), _text("move_id", 80), _text("move_name", 160),
        _text("move_sha256", 64), _text("side", 8), _text("clip", 400), _text("clip_key", 80),
        _text("folder"), _number("duration_s", sa.Float), _text("model", 80),
        _text("software", 40), _text("verdict"), sa.Column("pain", sa.Integer), _text("note"),
        _time("deleted_at", nullable=True), sa.UniqueConstraint("uid"),
    )  # fmt: skip
    op.create_index("session_by_time", "session", ["person_id", "taken_at"])
    op.create_index("session_by_clip", "session", ["person_id", "clip_key"])
    op.create_table(
        "repetition", _id(), _of("session"), _number("number"), _text("side", 8),
        _number("start_s", sa.Float), _number("end_s", sa.Float),
        _number("complete", sa.Boolean), _number("met"), _number("borderline"),
        _number("not_met"), _number("not_measured"),
        sa.Column("faults", sa.JSON, nullable=False),
    )  # fmt: skip
    op.create_index("ix_repetition_session_id", "repetition", ["session_id"])
    op.create_table(
        "measure", _id(), _of("session"), _of("repetition", nullable=True), _text("name", 120),
        _text("side", 8), _text("label", 160), _text("unit", 16), _text("phase", 80),
        sa.Column("value", sa.Float), sa.Column("error", sa.Float),
        _number("valid", sa.Boolean), _text("status", 16), _text("reason"),
    )  # fmt: skip
    op.create_index("ix_measure_repetition_id", "measure", ["repetition_id"])
    op.create_index("measure_by_session", "measure", ["session_id", "repetition_id"])
    op.create_index("measure_by_name", "measure", ["name", "repetition_id", "session_id"])
