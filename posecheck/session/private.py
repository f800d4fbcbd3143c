"""Files that only their owner may read: somebody's body in motion is nobody else's business."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import BinaryIO

OWNER_FILE, OWNER_FOLDER = 0o600, 0o700


def create(path: Path) -> BinaryIO:
    """A new file of mode 0600, opened for writing; an older one of the name is emptied."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0)
    return os.fdopen(os.open(path, flags, OWNER_FILE), "wb")


def replace_text(path: Path, text: str) -> None:
    """Put a whole new text in place of ``path``; whoever looks sees the old or the new one."""
    temp = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with create(temp) as file:
            file.write(text.encode("utf-8"))
            file.flush()
            os.fsync(file.fileno())
        temp.replace(path)
    finally:
        with contextlib.suppress(OSError):
            temp.unlink(missing_ok=True)


def make_folder(path: Path) -> None:
    """A new folder of mode 0700, with those above it.

    Raises:
        FileExistsError: it is there already.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=OWNER_FOLDER)
    path.mkdir(mode=OWNER_FOLDER)
