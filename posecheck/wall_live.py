"""Knee-to-wall live: find the sheet, guide through the tries, say what was seen.

``LiveWall`` knows no camera, no window and no clock: pictures with their times go in. The tries
come from the same test that reads video files.
"""

from __future__ import annotations

import json
from collections import deque
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import cv2
import numpy as np
import numpy.typing as npt

from posecheck.calibrate.find import MOVED_CM, find_sheet
from posecheck.calibrate.markers import see_markers
from posecheck.calibrate.sheet import MARKER_CM
from posecheck.core.errors import InputError
from posecheck.core.wall_test import Sides, Stage, WallTest, WallView
from posecheck.core.wall_tries import REFUSAL_TEXT, Try
from posecheck.scaling import ClipScale, ScaleInput, points_scale, sheet_scale
from posecheck.wall_measure import ClipTries, Personal, rules, terms_of
from posecheck.wall_reading import WallReader

if TYPE_CHECKING:
    from posecheck.core.cues import Cue
    from posecheck.estimate.live import LivePoses

Picture = npt.NDArray[np.uint8]

#: The sheet is taken from so many pictures, this far apart.
_SHEET_PICTURES, _SHEET_EVERY_S = 5, 0.25
#: While measuring, it is looked at again so often; so many looks must agree that it moved.
_LOOK_EVERY_S, _LOOKS = 2.0, 2


@dataclass(frozen=True, slots=True)
class LiveShown:
    """What to show after a picture.

    Attributes:
        prompt: one sentence. reason: why the sheet cannot be used, empty when it can.
        view: the test's; None while the sheet is looked for.
        finished: the try that ended with this picture.
        said: a new sentence to be heard, or None.
    """

    prompt: str
    reason: str
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


class LiveWall:
    """One live knee-to-wall test; close it.

    Args:
        given: two points for a scale, or nothing for the sheet.
        poses: stands in for the pose model in tests.
    """

    def __init__(
        self,
        given: ScaleInput,
        personal: Personal,
        sides: Sides = "auto",
        *,
        mirrored: bool = False,
        model: Path | None = None,
        poses: LivePoses | None = None,
    ) -> None:
        self._given, self._personal, self._sides = given, personal, sides
        self._mirrored, self._model, self._poses = mirrored, model, poses
        self._sheet = _Sheet()
        self._found: ClipScale | None = None
        self._reader: WallReader | None = None
        self._test: WallTest | None = None
        self._reason = ""
        self._said = ""
        self._tries = 0
        self._held: Picture | None = None
        self._t_s = 0.0
        self.stills: dict[float, Picture] = {}
        self.scales: list[ClipScale] = []
        if given.points is not None:
            self._take(ClipScale(points_scale(given), None))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Frees the model. Safe to call twice."""
        if self._reader is not None:
            self._reader.close()

    @property
    def tries(self) -> list[Try]:
        return [] if self._test is None else self._test.tries

    @property
    def found(self) -> ClipScale | None:
        """The scale that is measured with now."""
        return self._found

    def feed(self, bgr: Picture, t_s: float) -> LiveShown:
        """Takes the next upright picture; times must rise."""
        self._t_s = t_s
        if self._mirrored:
            bgr = np.ascontiguousarray(bgr[:, ::-1])
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
        return [
            ClipTries(Path("camera"), self.scales[-1], self._test.tries, [], self._t_s, self.stills)
        ]

    # --- inside ---

    def _after(self, view: WallView, bgr: Picture) -> LiveShown:
        """What came of a picture; the last one at the wall is kept for the report."""
        assert self._test is not None
        if view.stage is Stage.HOLD:
            self._held = bgr
        finished = None
        if view.last is not None and len(self._test.tries) > self._tries:
            self._tries, finished = len(self._test.tries), view.last
            if self._held is not None:
                self.stills[finished.best_s] = self._held
        prompt = view.prompt
        if finished is not None:
            prompt = try_told(finished)
        return self._shown(prompt, view, finished)

    def _shown(self, prompt: str, view: WallView | None, finished: Try | None) -> LiveShown:
        said = prompt if prompt != self._said else None
        self._said = prompt
        done = view is not None and view.stage is Stage.DONE
        return LiveShown(prompt, self._reason, view, finished, said, done)

    def _take(self, found: ClipScale) -> None:
        self._found, self._reason = found, ""
        self.scales.append(found)
        terms = terms_of(found.scale, self._personal)
        if self._reader is None or self._test is None:
            self._reader = WallReader(
                found.scale, self._model, shoe_cm=self._personal.shoe_cm, poses=self._poses
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
            self._found, self._reason = None, "the sheet or the camera was moved: looking again"
            sheet.moved = 0


def try_told(one: Try) -> str:
    """A finished try in one sentence."""
    if one.valid:
        return f"{one.side.capitalize()}: {one.toe_to_wall_cm:.1f} cm. Put the foot a little back."
    return "That one does not count. " + REFUSAL_TEXT[one.refusals[0]]


def live_test(
    camera: str,
    given: ScaleInput,
    personal: Personal,
    side: Any,
    *,
    mirrored: bool = False,
    headless: bool = False,
) -> list[ClipTries]:
    """Runs the test from a camera until it is done, stopped, or out of pictures.

    Raises:
        InputError: no camera, no screen, or never a usable sheet.
    """
    from posecheck.capture.camera import Camera, CameraState
    from posecheck.capture.source import parse_source

    if given.paper_corners is not None or given.height_cm is not None:
        raise InputError(
            "live, the scale comes from the printed sheet or from --scale-points; leave "
            "--paper-corners and --height-cm out"
        )
    with ExitStack() as stack:
        wall = stack.enter_context(LiveWall(given, personal, side, mirrored=mirrored))
        show = _Lines() if headless else _Window(stack)
        opened = stack.enter_context(Camera(parse_source(camera)))
        try:
            while not show.stopped:
                shot = opened.take(0.1)
                if shot is None:
                    if opened.state is CameraState.ENDED:
                        break
                    continue
                shown = wall.feed(shot.bgr, shot.t_s)
                show.show(shot.bgr, shown, shot.t_s)
                if shown.done:
                    break
        except KeyboardInterrupt:
            pass
        return wall.finish()


class _Lines:
    """Events as JSON lines on stdout."""

    stopped = False

    def show(self, _bgr: Picture, shown: LiveShown, t_s: float) -> None:
        if shown.said is not None:
            line: dict[str, Any] = {"event": "prompt", "t_s": round(t_s, 2), "text": shown.said}
            if shown.reason:
                line["reason"] = shown.reason
            print(json.dumps(line), flush=True)  # noqa: T201  # this is the command's output
        if shown.finished is not None:
            one = shown.finished
            line = {
                "event": "try", "t_s": round(t_s, 2), "side": one.side, "number": one.number,
                "valid": one.valid, "refusals": [r.value for r in one.refusals],
                "toe_to_wall_cm": _number(one.toe_to_wall_cm), "error_cm": _number(one.error_cm),
            }  # fmt: skip
            print(json.dumps(line), flush=True)  # noqa: T201


def _number(value: float) -> float | None:
    return round(value, 1) if np.isfinite(value) else None


class _Window:
    """A mirror window with the prompt, and the prompts spoken."""

    def __init__(self, stack: ExitStack) -> None:
        from posecheck.live_window import Window
        from posecheck.sound.announcer import Announcer
        from posecheck.sound.player import SystemVoice

        self._window = stack.enter_context(Window("posecheck: knee-to-wall"))
        self._announcer = stack.enter_context(Announcer(SystemVoice()))
        self.stopped = False

    def show(self, bgr: Picture, shown: LiveShown, t_s: float) -> None:
        from posecheck.core.live_view import Command

        self._window.show(draw_wall(bgr, shown))
        if shown.said is not None:
            self._announcer.offer([_cue(shown, t_s)])
        self.stopped = self._window.command() is Command.STOP


def _cue(shown: LiveShown, t_s: float) -> Cue:
    from posecheck.core.cues import Cue, Rank

    if shown.finished is None:
        return Cue(t_s, Rank.PROMPT, text=shown.said, prompt=True)
    tone = "reached" if shown.finished.valid else "fault"
    return Cue(t_s, Rank.STATE, tone=tone, text=shown.said)  # type: ignore[arg-type]  # two of them


def draw_wall(bgr: Picture, shown: LiveShown) -> Picture:
    """The mirrored picture with the prompt, the tries and the distances, readable at 3 m."""
    from posecheck.render.palette import ACCENT_BGR, WARN_BGR, WHITE_BGR
    from posecheck.render.text import Line, panel, wrap

    picture = np.ascontiguousarray(bgr[:, ::-1])
    height, width = picture.shape[:2]
    size = max(18, height // 18)
    refused = shown.finished is not None and not shown.finished.valid
    warn = bool(shown.reason) or refused
    lines = [Line(text, size, WHITE_BGR) for text in wrap(shown.prompt, size, width - 4 * size, 3)]
    if shown.reason:
        small = size * 2 // 3
        lines += [
            Line(text, small, WARN_BGR) for text in wrap(shown.reason, small, width - 4 * size, 4)
        ]
    plate = panel(tuple(lines), size // 2, bar=WARN_BGR if warn else ACCENT_BGR)
    plate.paste(picture, size // 2, height - plate.height - size // 2)
    if shown.view is not None:
        _numbers(picture, shown.view, size)
    return picture


def _numbers(picture: Picture, view: WallView, size: int) -> None:
    from posecheck.render.palette import WHITE_BGR
    from posecheck.render.text import Line, panel

    asked = rules().tries
    rows = [f"left {view.valid['left']}/{asked}   right {view.valid['right']}/{asked}"]
    if np.isfinite(view.toe_to_wall_cm):
        rows.append(f"toe to wall {view.toe_to_wall_cm:.1f} cm")
    if np.isfinite(view.knee_to_wall_cm):
        rows.append(f"knee to wall {max(view.knee_to_wall_cm, 0.0):.0f} cm")
    panel(tuple(Line(row, size, WHITE_BGR) for row in rows), size // 2).paste(
        picture, size // 2, size // 2
    )
