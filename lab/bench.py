"""The bench: many clips for tuning and reporting, rendered once and kept by recipe."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lab.clip import Recipe, make_clip
from lab.recipes import bench
from lab.truth import SUFFIX


def is_current(recipe: Recipe, folder: Path) -> bool:
    """Whether this very recipe is already rendered in ``folder``."""
    video, note = folder / f"{recipe.name}.mp4", folder / f"{recipe.name}{SUFFIX}"
    if not (video.exists() and note.exists()):
        return False
    with note.open(encoding="utf-8") as file:
        return bool(json.load(file).get("recipe") == recipe.digest)


def make_bench(folder: Path, limit: int | None, progress: Callable[[str], Any]) -> tuple[int, int]:
    """Render what is missing; returns how many clips were made and how many were kept."""
    made = kept = 0
    for recipe in bench()[:limit]:
        if is_current(recipe, folder):
            kept += 1
            continue
        make_clip(recipe, folder, progress(recipe.name))
        made += 1
    return made, kept
