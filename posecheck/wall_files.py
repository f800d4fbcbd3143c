"""The files of a knee-to-wall test: report, pictures, ``result.json``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from posecheck.core.leg import facing_of
from posecheck.core.terms import Side
from posecheck.core.wall_result import SIDES, TryResult, WallResult
from posecheck.render.scale_picture import as_png, draw_scale
from posecheck.render.wall_report import render_wall_report
from posecheck.staging import staged_folder
from posecheck.wall_measure import ClipTries, still_of

if TYPE_CHECKING:
    from posecheck.render.text import Image

REPORT, RESULT = "report.html", "result.json"


def write_test(
    tests: Sequence[ClipTries], result: WallResult, out: Path, name: str, *, mirrored: bool = False
) -> Path:
    """Writes the folder ``out/name`` as a whole, and gives it.

    Raises:
        InputError: it cannot be written; says why.
    """
    with staged_folder(out, name) as folder:
        pictures = best_pictures(tests, result, mirrored=mirrored)
        for side, picture in pictures.items():
            (folder / f"{side}.png").write_bytes(as_png(picture))
        (folder / RESULT).write_text(result.model_dump_json(indent=2) + "\n", encoding="utf-8")
        (folder / REPORT).write_text(render_wall_report(result, pictures), encoding="utf-8")
    return out / name


def best_pictures(
    tests: Sequence[ClipTries], result: WallResult, *, mirrored: bool = False
) -> dict[Side, Image]:
    """The best try of each leg at the wall, with wall, ruler and the measured length on it."""
    found: dict[Side, Image] = {}
    for side in SIDES:
        best = next((one for one in result.tries if one.side == side and one.best), None)
        if best is not None:
            test = next(one for one in tests if one.called == best.clip)
            found[side] = draw_try(test, best, still_of(test, best, mirrored))
    return found


def draw_try(test: ClipTries, one: TryResult, bgr: np.ndarray) -> Image:
    """The measured length on a picture of the try."""
    facing = facing_of(one.side)
    sheet = test.found.sheet
    return draw_scale(
        np.asarray(bgr, np.uint8),
        test.found.scale,
        outline_px=None if sheet is None else sheet.outline_px,
        facing=facing,
        toe_cm=one.toe_to_wall_cm.value,
    )
