"""Opening the history: where it is, its schema brought up to date, and errors in plain words."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from posecheck.core.closing import Closing
from posecheck.core.errors import InputError
from posecheck.store.backup import back_up, newest_backup
from posecheck.store.tables import SCHEMA, SCHEMAS

URL_VARIABLE = "POSECHECK_DATABASE_URL"
FILE_NAME = "history.db"
#: How long a write waits for another program's.
BUSY_S = 15.0
_WRITES = "posecheck_writes"
#: Any number, the same for all of them: one migration at a time on a server.
_MIGRATION_LOCK = 7_405_113


def default_url() -> URL:
    """The history's address: ``POSECHECK_DATABASE_URL``, else a file in the user's data folder.

    Raises:
        InputError: the variable holds no address that can be used.
    """
    given = os.environ.get(URL_VARIABLE, "").strip()
    if not given:
        import platformdirs

        folder = platformdirs.user_data_path("posecheck", appauthor=False)
        return URL.create("sqlite", database=str(folder / FILE_NAME))
    try:
        url = make_url(given)
    except ArgumentError as error:
        raise InputError(
            f"{URL_VARIABLE}: expected an address like postgresql://user@host/name or "
            f'sqlite:///folder/history.db, got "{given}"'
        ) from error
    if url.drivername in ("postgresql", "postgres"):
        # The driver that is named among the extras; the other one may not be there.
        url = url.set(drivername="postgresql+psycopg")
    return url


def is_begun() -> bool:
    """Whether there is a history to be read; one that is not there is made by opening it.

    A server's counts as begun: only opening tells.

    Raises:
        InputError: see :func:`default_url`.
    """
    place = default_url()
    if place.get_backend_name() != "sqlite" or not place.database:
        return True
    return Path(place.database).exists()


class Store(Closing):
    """An open history. Use as a context manager, or close it.

    Args:
        url: an address; None for :func:`default_url`.

    Raises:
        InputError: it cannot be opened: damaged, locked, read-only, or written by a newer
            posecheck; says what to do.
    """

    def __init__(self, url: URL | None = None) -> None:
        self.url = url or default_url()
        self.path = Path(self.url.database) if self._is_sqlite and self.url.database else None
        with self.told_plainly():
            self._engine = self._connectable()
            self._bring_up_to_date()

    @property
    def _is_sqlite(self) -> bool:
        return self.url.get_backend_name() == "sqlite"

    def close(self) -> None:
        """Lets go of the database. Safe to call twice."""
        self._engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one state of the history.

        Raises:
            InputError: the database refuses; says why.
        """
        with self.told_plainly(), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction: everything in the block is kept, or nothing.

        Raises:
            InputError: the database refuses; says why.
        """
        with (
            self.told_plainly(),
            self._engine.connect().execution_options(**{_WRITES: True}) as connection,
            connection.begin(),
        ):
            yield connection

    def _connectable(self) -> Engine:
        if not self._is_sqlite:
            try:
                return sa.create_engine(self.url, pool_pre_ping=True)
            except (NoSuchModuleError, ImportError) as error:
                raise InputError(
                    f"{URL_VARIABLE}: the driver for {self.url.drivername} is not installed; "
                    "install it with: pip install 'posecheck[postgres]'"
                ) from error
        if self.path is not None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        engine = sa.create_engine(self.url, connect_args={"timeout": BUSY_S})
        sa.event.listen(engine, "connect", _set_up_sqlite)
        sa.event.listen(engine, "begin", _begin_sqlite)
        return engine

    def _bring_up_to_date(self) -> None:
        with self._engine.connect() as connection:
            version = _version(connection)
        if version == SCHEMA:
            return
        self._check_known(version)
        with self.writing() as connection:
            if not self._is_sqlite:
                connection.execute(
                    sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK}
                )
            # Another program may have done it in the meantime.
            version = _version(connection)
            if version == SCHEMA:
                return
            self._check_known(version)
            if version is not None:
                back_up(connection, self.path, f"before-schema-{SCHEMA}")
            migrate(connection)

    def _check_known(self, version: str | None) -> None:
        if version is not None and version not in SCHEMAS:
            raise InputError(
                f"{self.place}: this history was written by a newer posecheck (schema {version}, "
                f"this one knows up to {SCHEMA}); update posecheck. Nothing was changed"
            )

    @property
    def place(self) -> str:
        """Where the history is, for people: without a password."""
        return str(self.path) if self.path else self.url.render_as_string(hide_password=True)

    @contextmanager
    def told_plainly(self) -> Iterator[None]:
        """Turns what a database says into one line for a person: raises InputError."""
        try:
            yield
        except DBAPIError as error:
            raise InputError(self._in_words(error)) from error
        except SQLAlchemyError as error:
            raise InputError(f"{self.place}: the history refused: {_first_line(error)}") from error
        except OSError as error:
            raise InputError(
                f"{self.place}: the history cannot be opened: {error.strerror}; set "
                f"{URL_VARIABLE} to another place, or use --no-save"
            ) from error

    def _in_words(self, error: DBAPIError) -> str:
        said = str(error.orig).lower()
        if "locked" in said or "busy" in said:
            return (
                f"{self.place}: another program has kept the history busy for {BUSY_S:.0f} s; "
                "close it and try again. Nothing was changed"
            )
        if "readonly" in said or "read-only" in said:
            return (
                f"{self.place}: the history is read-only; make the file and its folder writable, "
                f"set {URL_VARIABLE} to another place, or use --no-save"
            )
        if "malformed" in said or "not a database" in said or "corrupt" in said:
            return self._damaged()
        if "unable to open" in said:
            return (
                f"{self.place}: the history cannot be opened there; set {URL_VARIABLE} to a place "
                "that can be written, or use --no-save"
            )
        if "full" in said:
            return f"{self.place}: the disk is full; free some space. Nothing was changed"
        return f"{self.place}: the history refused: {_first_line(error.orig)}"

    def _damaged(self) -> str:
        backup = newest_backup(self.path)
        remedy = (
            f"put its newest backup ({backup.name}) in its place with: posecheck history "
            "--restore-backup (the damaged file is kept beside it)"
            if backup
            else "it has no backup yet; move the file away to start anew"
        )
        return f"{self.place}: the history file is damaged: {remedy}"


def _first_line(error: object) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def _set_up_sqlite(connection: Any, _record: object) -> None:
    # Transactions are begun by `_begin_sqlite`, not by the driver's guess.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute(f"PRAGMA busy_timeout={int(BUSY_S * 1000)}")
    cursor.execute("PRAGMA synchronous=NORMAL")
    mode = cursor.execute("PRAGMA journal_mode").fetchone()[0]
    if mode != "wal":
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            # A read-only file can still be read in the mode that it has.
            if "readonly" not in str(error):
                raise
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A write takes its lock at once: a read that turns into a write would be refused, not queued.
    writes = connection.get_execution_options().get(_WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _version(connection: Connection) -> str | None:
    """The schema's version, None for an empty database."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)


def migrate(connection: Connection, target: str = "head") -> None:
    """Runs the migrations up to ``target`` within the connection's transaction."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    config.attributes["connection"] = connection
    command.upgrade(config, target)


def now() -> datetime:
    """The present moment, with its zone."""
    return datetime.now(UTC)
