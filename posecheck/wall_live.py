"""Knee-to-wall live: find the scale, guide through the tries, say what was seen.

``LiveWall`` knows no camera, no window and no clock: pictures with their times go in. The tries
come from the same test that reads video files. ``wall_window`` shows it on the desktop, the page
Knee to wall in the browser.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from posecheck.calibrate.find import MOVED_CM, find_sheet
from posecheck.calibrate.markers import see_markers
from posecheck.calibrate.sheet import MARKER_CM
from posecheck.core.closing import Closing
from posecheck.core.errors import InputError
from posecheck.core.leg import facing_of
from posecheck.core.wall_test import AT_WALL, Sides, Stage, WallTest, WallView
from posecheck.core.wall_tries import Try
from posecheck.core.wall_words import TO_MEND, heading, progress, reading, try_told
from posecheck.estimate.live import LivePoses, PosesOfOne
from posecheck.render.wall_overlay import WallWords, draw_wall_live
from posecheck.scaling import ClipScale, ScaleInput, paper_scale, points_scale, sheet_scale
from posecheck.wall_measure import ClipTries, Personal, coarse_note, missed_notes, rules, terms_of
from posecheck.wall_reading import WallReader

Picture = npt.NDArray[np.uint8]

#: The sheet is taken from so many pictures, this far apart.
_SHEET_PICTURES, _SHEET_EVERY_S = 5, 0.25
#: While measuring, it is looked at again so often; so many looks must agree that it moved.
_LOOK_EVERY_S, _LOOKS = 2.0, 2
#: What a try showed stays to be read for so long, or until the next one begins.
_READ_S = 6.0
#: Pictures looked at a second, over so long; with fewer than this many short touches are lost.
_PACE_S, _FEW_FPS = 4.0, 5.0
#: Widths and heights that change by shares further apart than this are another picture's.
_SAME_SHAPE = 0.02


#: Stages in which the last try may still be read, and those of the next one.
_CALM = frozenset({Stage.READY, Stage.STAND, Stage.BACK, Stage.SEEK, Stage.SIDE_DONE})
_UNDER_WAY = AT_WALL | {Stage.APPROACH}


@dataclass(frozen=True, slots=True)
class LiveShown:
    """What to show after a picture.

    Attributes:
        prompt: one sentence. wrong: whether something has to be put right.
        reason: why there is no scale yet, empty when there is one.
        note: that the machine looks at too few pictures, and what helps; empty when it keeps up.
        view: the test's; None while there is no scale.
        finished: the try that ended with this picture.
        said: a new sentence to be heard, or None.
    """

    prompt: str
    wrong: bool
    reason: str
    note: str
    view: WallView | None
    finished: Try | None
    said: str | None
    done: bool


@dataclass(slots=True)
class _Sheet:
    """Looking for the sheet, and watching it."""

    pictures: deque[tuple[float, npt.NDArray[np.uint8]]] = field(
        default_factory=lambda: deque(maxlen=_SHEET_PICTURES)
    )
    looked_s: float = float("-inf")
    moved: int = 0


class LiveWall(Closing):
    """One live knee-to-wall test; close it.

    Args:
        given: two points for a scale, or nothing for the sheet.
        waits: points are to come, by :meth:`give`; the sheet is not looked for.
        poses: who looks at the pictures; the model in this process if not given, loaded now: while
            it loads no picture is looked at. Closed with this.
    """

    def __init__(
        self,
        given: ScaleInput,
        personal: Personal,
        sides: Sides = "auto",
        *,
        waits: bool = False,
        mirrored: bool = False,
        model: Path | None = None,
        poses: PosesOfOne | None = None,
    ) -> None:
        self._given, self._personal, self._sides = given, personal, sides
        self._mirrored = mirrored
        self._poses = poses or LivePoses(model, masks=True)
        self._waits = waits
        self._sheet = _Sheet()
        self._found: ClipScale | None = None
        self._reader: WallReader | None = None
        self._test: WallTest | None = None
        self._reason = ""
        self._said = ""
        self._told: tuple[Try, str, float] | None = None
        self._tries = 0
        self._held: Picture | None = None
        self._last = np.zeros((1, 1, 3), np.uint8)
        self._t_s = 0.0
        self._looked_s: deque[float] = deque()
        self._slowest_fps = float("inf")
        self._size_px = (0, 0)
        self.stills: dict[float, Picture] = {}
        self.scales: list[ClipScale] = []
        if given.points is not None:
            self.give(given)

    def give(self, given: ScaleInput) -> None:
        """Takes another scale from here on, of points in the picture as it comes.

        Raises:
            InputError: they cannot be right.
        """
        if given.paper_corners is not None:
            scale = paper_scale(given, self._size_px)
        else:
            scale = points_scale(given)
        self._given, self._waits = given, False
        self._take(ClipScale(scale, None))

    def wait(self) -> None:
        """The scale is of no use any more: another one is to come, by :meth:`give`."""
        self._found, self._waits, self._reason = None, True, ""

    def close(self) -> None:
        """Frees the model. Safe to call twice."""
        self._poses.close()

    @property
    def tries(self) -> list[Try]:
        return [] if self._test is None else self._test.tries

    @property
    def waits(self) -> bool:
        """Whether points are to come, by :meth:`give`."""
        return self._waits

    @property
    def found(self) -> ClipScale | None:
        """The scale that is measured with now."""
        return self._found

    def feed(self, bgr: Picture, t_s: float) -> LiveShown:
        """Takes the next upright picture; times must rise."""
        self._t_s = t_s
        self._looked_s.append(t_s)
        self._resized((bgr.shape[1], bgr.shape[0]))
        if self._mirrored:
            bgr = np.ascontiguousarray(bgr[:, ::-1])
        self._last = bgr
        if self._waits:
            return self._shown("First the scale: points in the picture are needed.", None, None)
        if self._found is None:
            self._look_for_sheet(bgr, t_s)
        elif self._found.sheet is not None and t_s - self._sheet.looked_s >= _LOOK_EVERY_S:
            self._watch_sheet(bgr, t_s)
        if self._found is None or self._reader is None or self._test is None:
            prompt = "Looking for the sheet: one edge at the wall, pattern to the camera."
            return self._shown(prompt, None, None)
        read = self._reader.read(bgr, t_s)
        view = self._test.step(read.frame)
        return self._after(view, bgr)

    def finish(self) -> list[ClipTries]:
        """All tries, as the clips' tests are."""
        if self._test is None or not self.scales:
            raise InputError(
                self._reason
                or "no picture showed the sheet, so nothing could be measured; print "
                "one with: posecheck marker"
            )
        self._test.finish()
        stills = self.stills or {self._t_s: self._last}
        name, found = Path("camera"), self.scales[-1]
        notes = [*coarse_note(name.name, found.scale), *missed_notes(name.name, self._test)]
        if np.isfinite(self._slowest_fps):
            notes.append(
                f"{name.name}: at times only {self._slowest_fps:.1f} pictures a second were looked "
                "at, and short touches are lost so: close other programs, or measure from a video."
            )
        return [ClipTries(name, found, self._test.tries, notes, self._t_s, stills)]

    # --- inside ---

    def _slow_note(self) -> str:
        """What is said where the machine looks at too few pictures."""
        looked = self._looked_s
        while self._t_s - looked[0] > _PACE_S:
            looked.popleft()
        if self._t_s - looked[0] < 0.75 * _PACE_S:
            return ""
        # The median: a camera that was gone for a moment is not slow.
        fps = 1.0 / float(np.median(np.diff(looked)))
        if fps >= _FEW_FPS:
            return ""
        self._slowest_fps = min(self._slowest_fps, fps)
        return (
            f"Only {fps:.1f} pictures a second: stay at the wall for two seconds, and close other "
            "programs"
        )

    def _resized(self, size_px: tuple[int, int]) -> None:
        """A browser's pictures grow and shrink with what its connection carries; the camera and
        all before it stay where they are."""
        before, self._size_px = self._size_px, size_px
        # Points that were given before the first picture are in that picture's pixels.
        if before in (size_px, (0, 0)) or self._found is None or self._reader is None:
            return
        factor = size_px[0] / before[0]
        if abs(size_px[1] / before[1] / factor - 1.0) > _SAME_SHAPE:
            self._lost("the camera was turned")
            return
        sheet = self._found.sheet
        self._found = ClipScale(
            self._found.scale.enlarged(factor), None if sheet is None else sheet.enlarged(factor)
        )
        self.scales[-1] = self._found
        self._reader.enlarged(self._found.scale)
        assert self._test is not None
        self._test.enlarged(terms_of(self._found.scale, self._personal))

    def _lost(self, why: str) -> None:
        """Camera or sheet stand elsewhere: what was found is of no use any more."""
        assert self._found is not None
        self._waits = self._found.sheet is None
        self._found, self._reason = (
            None,
            f"{why}: {'click anew' if self._waits else 'looking again'}",
        )

    def _after(self, view: WallView, bgr: Picture) -> LiveShown:
        """What came of a picture; the last one at the wall is kept for the report."""
        assert self._test is not None
        if view.stage in AT_WALL:
            self._held = bgr
        finished = None
        if view.last is not None and len(self._test.tries) > self._tries:
            self._tries, finished = len(self._test.tries), view.last
            if self._held is not None:
                self.stills[finished.best_s] = self._held
        return self._shown(view.prompt, view, finished)

    def _shown(self, prompt: str, view: WallView | None, finished: Try | None) -> LiveShown:
        wrong = view is None and bool(self._reason)
        if view is not None:
            if finished is not None:
                # Somebody who turned round in a try ends it with a leg that was not asked for.
                count = view.valid.get(finished.side, 0)
                text = try_told(finished, last=count >= rules().tries)
                self._told = (finished, text, self._t_s)
            wrong = view.stage in TO_MEND
            if view.stage in _UNDER_WAY or (self._told and self._t_s - self._told[2] > _READ_S):
                self._told = None
            if self._told is not None and view.stage in _CALM:
                prompt, wrong = self._told[1], not self._told[0].valid
        said = prompt if prompt != self._said else None
        self._said = prompt
        done = view is not None and view.stage is Stage.DONE
        return LiveShown(prompt, wrong, self._reason, self._slow_note(), view, finished, said, done)

    def _take(self, found: ClipScale) -> None:
        self._found, self._reason = found, ""
        self.scales.append(found)
        terms = terms_of(found.scale, self._personal)
        if self._reader is None or self._test is None:
            self._reader = WallReader(
                found.scale, shoe_cm=self._personal.shoe_cm, poses=self._poses
            )
            self._test = WallTest(rules(), terms, self._sides)
        else:
            self._reader.rescaled(found.scale)
            self._test.rescaled(terms)

    def _look_for_sheet(self, bgr: Picture, t_s: float) -> None:
        sheet = self._sheet
        if sheet.pictures and t_s - sheet.pictures[-1][0] < _SHEET_EVERY_S:
            return
        sheet.pictures.append((t_s, np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2GRAY), np.uint8)))
        if len(sheet.pictures) < _SHEET_PICTURES:
            return
        try:
            found = find_sheet(list(sheet.pictures), ruler_cm=self._given.ruler_cm)
            scale = sheet_scale(found, self._given)
        except InputError as error:
            self._reason = str(error)
            sheet.pictures.clear()
            return
        sheet.pictures.clear()
        if found.moved_s is not None:
            self._reason = "the sheet moves: let it stand on its own"
            return
        sheet.looked_s, sheet.moved = t_s, 0
        self._take(ClipScale(scale, found))

    def _watch_sheet(self, bgr: Picture, t_s: float) -> None:
        assert self._found is not None
        assert self._found.sheet is not None
        sheet, before = self._sheet, self._found.sheet
        sheet.looked_s = t_s
        gray = np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2GRAY), np.uint8)
        shifts = [
            np.hypot(*(corners - before.corners_px[marker]).mean(axis=0))
            for marker, corners in see_markers(gray, t_s).corners_px.items()
            if marker in before.corners_px
        ]
        if not shifts:
            return
        moved_cm = float(np.median(shifts)) / before.marker_px * MARKER_CM
        sheet.moved = sheet.moved + 1 if moved_cm > MOVED_CM else 0
        if sheet.moved >= _LOOKS:
            self._lost("the sheet or the camera was moved")
            sheet.moved = 0


def draw_wall(
    bgr: Picture, shown: LiveShown, found: ClipScale | None, *, words: bool = True,
    keys: str | None = None,
) -> Picture:  # fmt: skip
    """The mirrored picture with the rulers and, under it, the words; readable at 3 m."""
    view, asked = shown.view, rules()
    facing = toe_cm = None
    if view is not None and view.side is not None:
        facing = facing_of(view.side)
        toe_cm = view.toe_to_wall_cm if np.isfinite(view.toe_to_wall_cm) else None
    sheet = None if found is None else found.sheet
    written = WallWords(
        heading=heading(view), progress=progress(view, asked.tries), reading=reading(view),
        message=shown.prompt, wrong=shown.wrong, reason=shown.reason, note=shown.note,
        held_s=0.0 if view is None else view.held_s, hold_s=asked.hold_s, keys=keys,
    )  # fmt: skip
    return draw_wall_live(
        bgr, None if found is None else found.scale,
        outline_px=None if sheet is None else sheet.outline_px, facing=facing, toe_cm=toe_cm,
        words=written if words else None,
    )  # fmt: skip
