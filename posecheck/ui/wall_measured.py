"""A knee-to-wall test brought to its result: against the history, kept, with its pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from posecheck.core.wall_result import WallResult
from posecheck.core.wall_test import Sides
from posecheck.ui.keeping import make_known
from posecheck.wall_measure import ClipTries, Personal, build_result

_NOT_KEPT = "Not kept, as the settings ask."
_NOTHING = "Nothing was kept: no try was seen."


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose measurement it is, and whether it is kept."""

    person: str
    keep: bool


@dataclass(frozen=True, slots=True)
class Measured:
    """What the page shows after a measurement.

    Attributes:
        pictures: (h, w, 3) BGR of each side's best try, by side.
        scales: the same of each clip, with its scale drawn in.
        kept: one sentence about the history.
    """

    result: WallResult
    pictures: dict[str, np.ndarray]
    scales: list[np.ndarray]
    kept: str


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
        make_known(store, owner.person)
        return remembered(store, owner.person, typed)


def measured(
    tests: Sequence[ClipTries], personal: Personal, typed: Personal, owner: Owner, *,
    sides: Sides = "auto", mirrored: bool = False,
) -> Measured:  # fmt: skip
    """The result of these tests, compared and kept.

    Raises:
        InputError: a typed tape reading fits no try, or the history cannot be written.
    """
    from posecheck.wall_files import best_pictures

    result, kept = _kept(build_result(tests, personal, sides), typed, tests, owner)
    pictures = {str(s): p for s, p in best_pictures(tests, result, mirrored=mirrored).items()}
    return Measured(result, pictures, [_scale_picture(one, mirrored) for one in tests], kept)


def _scale_picture(test: ClipTries, mirrored: bool) -> np.ndarray:
    from posecheck.render.scale_picture import draw_scale
    from posecheck.scaling import still_frame

    if test.stills:
        still = next(iter(test.stills.values()))
    else:
        still = still_frame(test.clip, None)
        still = np.ascontiguousarray(still[:, ::-1]) if mirrored else still
    sheet = test.found.sheet
    outline = None if sheet is None else sheet.outline_px
    return draw_scale(np.asarray(still, np.uint8), test.found.scale, outline_px=outline)


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
