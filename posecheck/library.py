"""Reads what ships with posecheck and what a person added: move files and error bands."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from importlib import resources
from pathlib import Path

from posecheck.core.bands import ErrorBands
from posecheck.core.errors import InputError, MoveError
from posecheck.core.move import MAX_FILE_BYTES, Move, move_sha256, parse_move


@dataclass(frozen=True, slots=True)
class LoadedMove:
    """A validated move and the hash of the file it came from."""

    move: Move
    sha256: str


@lru_cache(maxsize=1)
def error_bands() -> ErrorBands:
    """The ± of every measure, as the accuracy bench wrote it."""
    text = resources.files("posecheck.data").joinpath("error_bands.json").read_text("utf-8")
    return ErrorBands.model_validate_json(text)


def move_ids() -> list[str]:
    """Ids of the moves that ship with posecheck."""
    folder = resources.files("posecheck.moves")
    return sorted(
        f.name.removesuffix(".toml") for f in folder.iterdir() if f.name.endswith(".toml")
    )


def load_move(name_or_path: str) -> LoadedMove:
    """A move by its id, or from a person's own ``.toml`` file.

    Raises:
        InputError: no such move or file; near ids are named.
        MoveError: the file is wrong; names the field and the remedy.
    """
    if name_or_path.endswith(".toml") or "/" in name_or_path or "\\" in name_or_path:
        return _load_file(Path(name_or_path))
    if name_or_path in move_ids():
        raw = resources.files("posecheck.moves").joinpath(f"{name_or_path}.toml").read_bytes()
        return LoadedMove(parse_move(raw, f"moves/{name_or_path}.toml"), move_sha256(raw))
    near = get_close_matches(name_or_path, move_ids(), 3, 0.3)
    hint = f"did you mean {' or '.join(near)}? " if near else ""
    raise InputError(f'unknown move "{name_or_path}": {hint}known moves: {", ".join(move_ids())}')


def _load_file(path: Path) -> LoadedMove:
    try:
        size = path.stat().st_size
        if size > MAX_FILE_BYTES:
            raise MoveError(
                f"{path}: a move file has a few kilobytes, this one has {size / 1e6:.0f} MB; "
                "give a move file"
            )
        raw = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot read the move file: {error.strerror}") from error
    return LoadedMove(parse_move(raw, str(path)), move_sha256(raw))
