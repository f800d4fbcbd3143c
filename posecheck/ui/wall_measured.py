"""A knee-to-wall test brought to its result: against the history, kept, with its pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict

from posecheck.core.terms import Side
from posecheck.core.wall_result import WallResult
from posecheck.core.wall_test import Sides
from posecheck.render.keyframes import jpeg_address
from posecheck.render.scale_picture import draw_scale
from posecheck.render.text import Image
from posecheck.scaling import ClipScale, ScaleInput, clip_scale, describe, still_frame
from posecheck.ui.keeping import is_known, make_known
from posecheck.wall_measure import ClipTries, Personal, build_result

_NOT_KEPT = "Not kept, as the settings ask."
_NOTHING = "Nothing was kept: no try was seen."


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose measurement it is, and whether it is kept."""

    person: str
    keep: bool


class Measured(BaseModel):
    """What the page shows after a measurement.

    Attributes:
        pictures: each side's best try, as an address within the page.
        scales: the same of each clip, with its scale drawn in.
        kept: one sentence about the history.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    result: WallResult
    pictures: dict[Side, str]
    scales: list[str]
    kept: str


class Look(BaseModel):
    """What a scale looks like in a clip.

    Attributes:
        name: what the person calls the clip.
        facts: what and how much, for a person.
        picture: with the scale drawn in, as an address within the page; empty without a scale.
        error: why there is no scale; empty where there is one.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    facts: list[tuple[str, str]] = []
    picture: str = ""
    error: str = ""


class Found(BaseModel):
    """What a job hands to its page, one or the other."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    measured: Measured | None = None
    looks: list[Look] = []


def recalled(owner: Owner, typed: Personal) -> Personal:
    """What is known of the person: what was typed now, else what was remembered.

    Raises:
        InputError: the history cannot be read.
    """
    from posecheck.store.opening import Store
    from posecheck.wall_keep import recalled as remembered

    if not owner.keep:
        return typed
    with Store() as store:
        # Somebody new is not brought in before there is something to keep.
        return remembered(store, owner.person, typed) if is_known(store, owner.person) else typed


def measured(
    tests: Sequence[ClipTries], personal: Personal, typed: Personal, owner: Owner, *,
    sides: Sides = "auto", mirrored: bool = False, keeping: Callable[[], None] | None = None,
) -> Measured:  # fmt: skip
    """The result of these tests, compared and kept.

    Args:
        keeping: called when all is there and is about to be kept.

    Raises:
        InputError: a typed tape reading fits no try, or the history cannot be written.
    """
    from posecheck.wall_files import best_pictures

    result = build_result(tests, personal, sides)
    best = best_pictures(tests, result, mirrored=mirrored)
    scales = [jpeg_address(_scale_picture(one, mirrored)) for one in tests]
    if keeping is not None:
        keeping()
    result, kept = _kept(result, typed, tests, owner)
    pictures = {side: jpeg_address(picture) for side, picture in best.items()}
    return Measured(result=result, pictures=pictures, scales=scales, kept=kept)


def look_of(clip: Path, name: str, given: ScaleInput, *, mirrored: bool) -> Look:
    """The scale of a clip, drawn on its middle picture.

    Raises:
        InputError: no usable scale; says why and what to do.
    """
    found = clip_scale(clip, given, mirrored=mirrored)
    picture = _with_scale(still_frame(clip, None, mirrored=mirrored), found)
    return Look(name=name, facts=list(describe(found)), picture=jpeg_address(picture))


def _scale_picture(test: ClipTries, mirrored: bool) -> Image:
    still = next(iter(test.stills.values()), None)
    if still is None:
        still = still_frame(test.clip, None, mirrored=mirrored)
    return _with_scale(still, test.found)


def _with_scale(bgr: np.ndarray, found: ClipScale) -> Image:
    outline = None if found.sheet is None else found.sheet.outline_px
    return draw_scale(np.asarray(bgr, np.uint8), found.scale, outline_px=outline)


def _kept(
    result: WallResult, typed: Personal, tests: Sequence[ClipTries], owner: Owner
) -> tuple[WallResult, str]:
    """The result with what was before, and one sentence about the history."""
    from posecheck.saving import save_session
    from posecheck.store.opening import Store
    from posecheck.wall_keep import compared, remember_personal, session_of_test

    if not (owner.keep and result.tries):
        return result, _NOT_KEPT if result.tries else _NOTHING
    now = datetime.now(UTC)
    with Store() as store:
        make_known(store, owner.person)
        result = compared(store, owner.person, result, now)
        remember_personal(store, owner.person, result, typed)
        record = session_of_test(
            result, taken_at=now, clips=[test.clip for test in tests if test.clip.is_file()],
            duration_s=sum(test.duration_s for test in tests),
        )  # fmt: skip
        save_session(record, person=owner.person, store=store)
    return result, "Kept in your history."
