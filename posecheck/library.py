"""Reads what ships with posecheck and what a person added: move files and error bands."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from posecheck.core.errors import InputError, MoveError
from posecheck.core.move import MAX_FILE_BYTES, Move, move_sha256, parse_move
from posecheck.core.terms import AUTO

if TYPE_CHECKING:
    from posecheck.core.bands import ErrorBands
    from posecheck.core.recognise import MoveModel

#: The routine from ankle to shoulder, in the order in which it is done.
ROUTINE: tuple[str, ...] = (
    "knee-to-wall",
    "ankle-dorsiflexion",
    "knee-rotation",
    "hip-flexion-supine",
    "hip-external-rotation-supine",
    "hip-adduction-supine",
    "hip-extension-half-kneeling",
    "standing-hip",
    "spinal-rotation",
)


@dataclass(frozen=True, slots=True)
class LoadedMove:
    """A validated move and the hash of the file it came from."""

    move: Move
    sha256: str


@dataclass(frozen=True, slots=True)
class Shelf:
    """A person's own moves, and one line for each of their files that cannot be used."""

    moves: dict[str, LoadedMove]
    problems: tuple[str, ...]


@lru_cache(maxsize=1)
def error_bands() -> ErrorBands:
    """The ± of every measure, as the accuracy bench wrote it."""
    from posecheck.core.bands import ErrorBands

    text = resources.files("posecheck.data").joinpath("error_bands.json").read_text("utf-8")
    return ErrorBands.model_validate_json(text)


@lru_cache(maxsize=1)
def move_model() -> MoveModel:
    """What posecheck's moves look like in numbers, as ``python -m lab recognise`` wrote it."""
    from posecheck.core.recognise import MoveModel

    text = resources.files("posecheck.data").joinpath("recognise.json").read_text("utf-8")
    return MoveModel.model_validate_json(text)


def shipped_ids() -> list[str]:
    """Ids of the moves that ship with posecheck, in the routine's order."""
    folder = resources.files("posecheck.moves")
    found = {f.name.removesuffix(".toml") for f in folder.iterdir() if f.name.endswith(".toml")}
    return [*(name for name in ROUTINE if name in found), *sorted(found - set(ROUTINE))]


def own_moves_folder() -> Path:
    """Where a person's own move files lie; need not exist."""
    import platformdirs

    return platformdirs.user_config_path("posecheck", appauthor=False) / "moves"


def own_moves() -> Shelf:
    """A person's own moves. A file that is wrong becomes a problem; the others go on working."""
    folder = own_moves_folder()
    moves: dict[str, LoadedMove] = {}
    problems: list[str] = []
    shipped = set(shipped_ids())
    for path in sorted(folder.glob("*.toml")) if folder.is_dir() else ():
        try:
            loaded = _load_file(path)
            _check_id(path, loaded.move.id, shipped)
        except InputError as error:
            problems.append(str(error))
        else:
            moves[loaded.move.id] = loaded
    return Shelf(moves, tuple(problems))


def _check_id(path: Path, name: str, shipped: set[str]) -> None:
    """An own move is found by its file's name, so both must agree and none may be taken.

    Raises:
        MoveError: the id is taken, or is not the file's name.
    """
    if name in shipped or name == AUTO:
        raise MoveError(
            f'{path}: id "{name}" is taken by posecheck itself; give it another id and rename '
            "the file to match"
        )
    if name != path.stem:
        raise MoveError(
            f'{path}: id "{name}" does not match the file\'s name; write id = "{path.stem}" or '
            f"rename the file to {name}.toml"
        )


def check_own_file(path: Path, name: str) -> None:
    """What the shelf asks of a file beyond its content, if the file lies there.

    Raises:
        MoveError: the id is taken, or is not the file's name.
    """
    if path.resolve().parent == own_moves_folder().resolve():
        _check_id(path, name, set(shipped_ids()))


def move_ids() -> list[str]:
    """Ids of all usable moves: those of posecheck in the routine's order, then a person's own."""
    return [*shipped_ids(), *own_moves().moves]


def load_move(name_or_path: str) -> LoadedMove:
    """A move by its id, or from a person's own ``.toml`` file.

    Raises:
        InputError: no such move or file; near ids are named.
        MoveError: the file is wrong; names the field and the remedy.
    """
    if name_or_path.endswith(".toml") or "/" in name_or_path or "\\" in name_or_path:
        return _load_file(Path(name_or_path))
    if name_or_path == AUTO:
        raise InputError(
            'move "auto": only the check of a video finds the move by itself; name it here: '
            f"{', '.join(move_ids())}"
        )
    if name_or_path in shipped_ids():
        raw = resources.files("posecheck.moves").joinpath(f"{name_or_path}.toml").read_bytes()
        return LoadedMove(parse_move(raw, f"moves/{name_or_path}.toml"), move_sha256(raw))
    shelf = own_moves()
    if name_or_path in shelf.moves:
        return shelf.moves[name_or_path]
    broken = [line for line in shelf.problems if f"{name_or_path}.toml:" in line]
    if broken:
        raise MoveError(broken[0])
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
