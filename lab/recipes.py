"""Recipes from the data files: named scenes and rooms, the samples and the bench."""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Mapping
from functools import cache
from itertools import cycle, zip_longest
from pathlib import Path
from typing import Any, TypeVar

from lab.bodies import body_spec
from lab.camera import camera_named
from lab.clip import Recipe
from lab.errors import LabError, unknown_name
from lab.moves import Fault, Scene, check_scene
from lab.room import Room
from lab.sheet import Sheet

DATA = Path(__file__).with_name("data")
_T = TypeVar("_T")


@cache
def _table(name: str) -> dict[str, Any]:
    with (DATA / name).open("rb") as file:
        return tomllib.load(file)


def _build(kind: type[_T], row: Mapping[str, Any], where: str) -> _T:
    """A dataclass from a table row; an unknown field is named."""
    known = [f.name for f in dataclasses.fields(kind)]  # type: ignore[arg-type]
    for key in row:
        if key not in known:
            raise unknown_name(f"field of {where}", key, known)
    return kind(**row)


def scene_names() -> list[str]:
    """Names in ``data/scenes.toml``, in its order."""
    return list(_table("scenes.toml"))


def scene_named(name: str) -> Scene:
    """A scene of ``data/scenes.toml``, checked."""
    table = _table("scenes.toml")
    if name not in table:
        raise unknown_name("scene", name, table)
    row = dict(table[name])
    row["sides"] = tuple(row.get("sides", ("left",)))
    if "distances_cm" in row:
        row["distances_cm"] = tuple(row["distances_cm"])
    row["faults"] = tuple(
        _build(Fault, f, f"a fault of scene {name}") for f in row.get("faults", ())
    )
    scene = _build(Scene, row, f"scene {name}")
    check_scene(scene)
    return scene


def room_named(name: str) -> Room:
    """A room of ``data/rooms.toml``."""
    table = _table("rooms.toml")
    if name not in table:
        raise unknown_name("room", name, table)
    return _build(Room, table[name], f"room {name}")


def recipe(
    name: str,
    scene: str,
    body: str,
    camera: str,
    room: str = "studio",
    camera_changes: Mapping[str, Any] | None = None,
    scene_changes: Mapping[str, Any] | None = None,
    sheet: Mapping[str, Any] | None = None,
    **rest: Any,
) -> Recipe:
    """A recipe from names; ``rest`` are fields of ``Recipe`` (noise, gain, blur, crf).

    ``camera_changes`` and ``scene_changes`` override fields of the named camera and scene;
    ``sheet`` holds the fields of a printed page.
    """
    body_spec(body)
    view = camera_named(camera, **(camera_changes or {}))
    view.check()
    row = {
        "name": name,
        "scene": _changed(scene_named(scene), scene_changes or {}),
        "body": body,
        "camera": view,
        "room": room_named(room),
        "sheet": None if sheet is None else _build(Sheet, sheet, "sheet"),
        **rest,
    }
    return _build(Recipe, row, f"clip {name}")


def _changed(scene: Scene, changes: Mapping[str, Any]) -> Scene:
    """A scene with some fields changed, checked again."""
    known = [f.name for f in dataclasses.fields(Scene)]
    for key in changes:
        if key not in known:
            raise unknown_name("field of scene", key, known)
    row = {k: tuple(v) if isinstance(v, list) else v for k, v in changes.items()}
    made = dataclasses.replace(scene, **row)
    check_scene(made)
    return made


def samples() -> list[tuple[Recipe, float]]:
    """The sample clips and the moment, seconds, that shows each best."""
    rows = []
    for entry in _table("samples.toml")["clip"]:
        row = dict(entry)
        show_s = float(row.pop("show_s", 5.0))
        rows.append((recipe(**row), show_s))
    return rows


#: The list of clips for the bodies of each split.
_LISTS = {"test": "bench.toml", "tune": "tune.toml"}


def bench(split: str = "test") -> list[Recipe]:
    """The clips of one split, one of each group in turn; bodies of the other split are refused.

    So a bench that is cut short still holds every move.
    """
    groups: list[list[Recipe]] = []
    for index, group in enumerate(_table(_LISTS[split])["group"], start=1):
        row = dict(group)
        scenes, cameras = row.pop("scenes"), row.pop("cameras")
        bodies, rooms = cycle(row.pop("bodies")), cycle(row.pop("rooms"))
        made: list[Recipe] = []
        for scene in scenes:
            for camera in cameras:
                body = next(bodies)
                if body_spec(body).split != split:
                    raise LabError(
                        f"{_LISTS[split]}, group {index}: {body} is no {split} body; use one"
                    )
                name = f"{scene}__{camera}__{body}__g{index}"
                made.append(recipe(name, scene, body, camera, next(rooms), **row))
        groups.append(made)
    return [r for turn in zip_longest(*groups) for r in turn if r is not None]


#: The knee-to-wall scene whose clips are rendered a second time, beside a bare sheet.
_BARE_SCENE = "wall-two"


def wall_clips(split: str, *, bare: bool = False) -> list[Recipe]:
    """The knee-to-wall clips of ``data/knee_to_wall.toml`` with bodies of one split.

    ``bare``: those in which nothing is done wrong, with a bare sheet where the printed one stood.
    """
    made = []
    for number, entry in enumerate(_table("knee_to_wall.toml")["clip"], start=1):
        row = dict(entry)
        if row.pop("split") != split:
            continue
        body = str(row["body"])
        if body_spec(body).split != split:
            raise LabError(f"knee-to-wall clip {number}: {body} is no {split} body")
        name = f"{row['scene']}__{row['camera']}__{body}__k{number}"
        if bare:
            if row["scene"] != _BARE_SCENE:
                continue
            row["sheet"], name = {**row["sheet"], "image": "blank"}, f"bare-{name}"
        made.append(recipe(name, **row))
    return made
