"""Backups of the history: before its schema changes, once a day, and putting one back."""

from __future__ import annotations

import json
import os
import sqlite3
import tempfile
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from posecheck.core.errors import InputError

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

KEPT = 5
_MARK = ".backup-"


def backups(path: Path) -> list[Path]:
    """The backups beside a history file, the newest first."""
    found = path.parent.glob(f"{path.name}{_MARK}*")
    return sorted((p for p in found if not p.name.endswith(".part")), reverse=True)


def newest_backup(path: Path | None) -> Path | None:
    """The newest backup beside a history file, or None."""
    found = backups(path) if path else []
    return found[0] if found else None


def back_up(connection: Connection, path: Path | None, why: str) -> Path:
    """A copy of the whole history, whole or not there at all; the oldest ones go.

    A file is copied page by page; a server's tables are written out as JSON into the user's data
    folder.
    """
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")[:-3]
    if path is None:
        from platformdirs import user_data_path

        folder = user_data_path("posecheck", appauthor=False, ensure_exists=True)
        target = folder / f"server-history{_MARK}{stamp}-{why}.json"
        _dump_json(connection, target)
        return target
    target = path.with_name(f"{path.name}{_MARK}{stamp}-{why}")
    _copy_sqlite(path, target)
    for old in backups(path)[KEPT:]:
        old.unlink(missing_ok=True)
    return target


def _copy_sqlite(source: Path, target: Path) -> None:
    handle, name = tempfile.mkstemp(prefix=f"{target.name}.", suffix=".part", dir=target.parent)
    os.close(handle)
    part = Path(name)
    try:
        with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(part)) as new:
            old.backup(new)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _dump_json(connection: Connection, target: Path) -> None:
    import sqlalchemy as sa

    found = sa.MetaData()
    found.reflect(connection)
    content = {
        table.name: [dict(row) for row in connection.execute(sa.select(table)).mappings()]
        for table in found.sorted_tables
    }
    part = target.with_name(f"{target.name}.part")
    part.write_text(json.dumps(content, default=str), encoding="utf-8")
    part.replace(target)


def daily_backup(path: Path | None) -> None:
    """A backup if the newest is older than a day; nothing for a server or an empty history."""
    if path is None or not path.exists():
        return
    newest = newest_backup(path)
    today = datetime.now(UTC).strftime("%Y%m%d")
    if newest is not None and newest.name.split(_MARK)[1][:8] == today:
        return
    with closing(sqlite3.connect(path)) as connection:
        # The backup of nothing would stand in the way of a better one all day.
        if connection.execute("SELECT 1 FROM session LIMIT 1").fetchone() is None:
            return
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")[:-3]
    _copy_sqlite(path, path.with_name(f"{path.name}{_MARK}{stamp}-daily"))
    for old in backups(path)[KEPT:]:
        old.unlink(missing_ok=True)


def restore(path: Path) -> tuple[Path, Path | None]:
    """Puts the newest backup that can be opened in the history's place.

    Returns:
        the backup that was taken and where the old file lies now (None if there was none).

    Raises:
        InputError: there is no usable backup, or the files cannot be moved.
    """
    for backup in backups(path):
        if _is_sound(backup):
            break
    else:
        raise InputError(f"{path}: has no usable backup beside it")
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    kept: Path | None = None
    try:
        if path.exists():
            kept = path.with_name(f"{path.name}.damaged-{stamp}")
            path.rename(kept)
        for extra in ("-wal", "-shm"):
            left = path.with_name(path.name + extra)
            if left.exists():
                left.rename(path.with_name(f"{path.name}.damaged-{stamp}{extra}"))
        _copy_sqlite(backup, path)
    except OSError as error:
        raise InputError(f"{path}: the backup cannot be put back: {error.strerror}") from error
    return backup, kept


def _is_sound(backup: Path) -> bool:
    try:
        with closing(sqlite3.connect(f"file:{backup}?mode=ro", uri=True)) as connection:
            return bool(connection.execute("PRAGMA quick_check").fetchone()[0] == "ok")
    except sqlite3.DatabaseError:
        return False
