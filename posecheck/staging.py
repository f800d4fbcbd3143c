"""Files and folders that appear under their name only when they are whole.

Whoever looks at the folder sees the whole result of one run, never half of one.
"""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from posecheck.core.errors import InputError


@contextmanager
def staged_folder(out: Path, name: str) -> Iterator[Path]:
    """A new folder to fill; becomes ``out/name`` when the block ends well, else it is removed.

    An earlier result of the same name is replaced as a whole.

    Raises:
        InputError: the folder cannot be made or filled; says why and what to do.
    """
    final = out / name
    stage: Path | None = None
    try:
        if final.exists() and not final.is_dir():
            raise InputError(
                f"{final}: expected a folder or nothing there, found a file; move it away"
            )
        out.mkdir(parents=True, exist_ok=True)
        stage = Path(tempfile.mkdtemp(prefix=f".{name}.", suffix=".part", dir=out))
        stage.chmod(0o755 & ~_umask())
        yield stage
        _swap(stage, final)
    except OSError as error:
        raise cannot_write(out, error) from error
    finally:
        if stage is not None:
            shutil.rmtree(stage, ignore_errors=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _swap(stage: Path, final: Path) -> None:
    if not final.exists():
        stage.rename(final)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{final.name}.", suffix=".old", dir=final.parent))
    final.rename(old / "was")
    try:
        stage.rename(final)
    except OSError:
        (old / "was").rename(final)
        raise
    finally:
        shutil.rmtree(old, ignore_errors=True)


def cannot_write(place: Path, error: OSError) -> InputError:
    """One line for a failed write, with what to do about the usual causes."""
    remedy = {
        errno.ENOSPC: "the disk is full: free some space or give another --out",
        errno.EDQUOT: "your disk quota is used up: free some space or give another --out",
        errno.EACCES: "no permission to write there: give another --out",
        errno.EROFS: "that disk is read-only: give another --out",
        errno.EPERM: "not permitted: give another --out",
        errno.ENOTDIR: "a part of that path is a file: give another --out",
        errno.EEXIST: "a file of that name is in the way: give another --out",
    }.get(error.errno or 0, f"{error.strerror or error}")
    return InputError(f"{place}: cannot write the result: {remedy}")


def write_whole(path: Path, data: bytes) -> None:
    """One file that appears under its name only when it is whole; an earlier one is replaced.

    Raises:
        InputError: it cannot be written; says why and what to do.
    """
    part: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
        part = Path(name)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        part.chmod(0o644 & ~_umask())
        part.replace(path)
    except OSError as error:
        if part is not None:
            part.unlink(missing_ok=True)
        raise cannot_write(path, error) from error
