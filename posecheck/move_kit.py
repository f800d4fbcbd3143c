"""What somebody needs to write a move of their own: a commented template and the JSON Schema."""

from __future__ import annotations

import json
import os
import re
import tempfile
from importlib import resources
from pathlib import Path
from typing import Any

from posecheck.core.catalog import known_names
from posecheck.core.errors import InputError
from posecheck.core.move import Move
from posecheck.core.terms import AUTO
from posecheck.library import move_ids, own_moves_folder

SCHEMA_NAME = "move.schema.json"
_ID = re.compile(r"[a-z][a-z0-9_-]{0,59}")


def move_schema() -> dict[str, Any]:
    """The JSON Schema of a move file, with the measures' names for an editor to complete."""
    schema = Move.model_json_schema(by_alias=True)
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "posecheck move file"
    names = known_names()
    _name_measures(schema, [*names, *(f"other_{name}" for name in names)])
    return schema


def _name_measures(node: Any, names: list[str]) -> None:
    if isinstance(node, dict):
        properties = node.get("properties")
        if isinstance(properties, dict):
            for field in ("measure", "headline"):
                if field in properties:
                    about = properties[field].get("description", "a measure of the catalogue")
                    properties[field] = {"type": "string", "enum": names, "description": about}
        for value in node.values():
            _name_measures(value, names)
    elif isinstance(node, list):
        for value in node:
            _name_measures(value, names)


def new_move(name: str, folder: Path | None = None) -> Path:
    """Write a commented template for a move of one's own, and the schema beside it.

    Args:
        name: the id: lower-case letters, digits, - and _.
        folder: where to; the person's own moves folder by default.

    Returns:
        The new file.

    Raises:
        InputError: the id cannot be used or is taken, or the folder cannot be written.
    """
    if not _ID.fullmatch(name):
        raise InputError(
            f'id "{name}": expected lower-case letters, digits, - and _, beginning with a letter, '
            "for example wall-squat"
        )
    if name in move_ids() or name == AUTO:
        raise InputError(f'id "{name}" is taken by another move; choose another one')
    folder = own_moves_folder() if folder is None else folder
    path = folder / f"{name}.toml"
    template = resources.files("posecheck.data").joinpath("new_move.toml").read_text("utf-8")
    text = template.replace("@ID@", name).replace("@NAME@", name.replace("-", " ").capitalize())
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if path.exists():
            raise InputError(f"{path}: there is such a file already; edit it or choose another id")
        _put(folder / SCHEMA_NAME, json.dumps(move_schema(), indent=1))
        _put(path, text)
    except OSError as error:
        raise InputError(f"{path}: cannot write it: {error.strerror or error}") from error
    return path


def _put(path: Path, text: str) -> None:
    """A whole file or none."""
    handle, partial = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(partial).chmod(0o644)
        Path(partial).replace(path)
    finally:
        Path(partial).unlink(missing_ok=True)
