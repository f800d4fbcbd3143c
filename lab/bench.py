"""The bench: many clips for tuning and reporting, rendered once and kept by recipe."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lab.clip import Recipe, make_clip, write_truth_again
from lab.recipes import bench
from lab.truth import SUFFIX, TRUTH_VERSION


def is_current(recipe: Recipe, folder: Path) -> bool:
    """Whether this very recipe is already rendered in ``folder``."""
    video, note = folder / f"{recipe.name}.mp4", folder / f"{recipe.name}{SUFFIX}"
    if not (video.exists() and note.exists()):
        return False
    return bool(_note(note).get("recipe") == recipe.digest)


def _note(path: Path) -> dict[str, Any]:
    with path.open(encoding="utf-8") as file:
        return dict(json.load(file))


def freshen(recipe: Recipe, folder: Path, progress: Any) -> bool:
    """Render a clip if it is not current, else only renew an old truth; whether it was rendered."""
    if not is_current(recipe, folder):
        make_clip(recipe, folder, progress)
        return True
    if _note(folder / f"{recipe.name}{SUFFIX}").get("truth") != TRUTH_VERSION:
        write_truth_again(recipe, folder)
    return False


def make_bench(
    folder: Path, limit: int | None, progress: Callable[[str], Any], split: str = "test"
) -> tuple[int, int]:
    """Render what is missing; returns how many clips were made and how many were kept."""
    made = kept = 0
    for recipe in bench(split)[:limit]:
        rendered = freshen(recipe, folder, progress(recipe.name))
        made, kept = made + rendered, kept + (not rendered)
    return made, kept
