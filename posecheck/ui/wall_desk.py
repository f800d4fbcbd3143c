"""A live knee-to-wall test behind the page "Knee to wall"."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Any

import numpy as np

from posecheck.core.errors import InputError
from posecheck.core.wall_test import AT_WALL, Sides
from posecheck.core.wall_words import heading, progress, reading
from posecheck.estimate.away import AwayPoses
from posecheck.estimate.live import PosesOfOne
from posecheck.scaling import ScaleInput
from posecheck.ui.desk import Desk, Picture
from posecheck.ui.wall_measured import Measured, Owner, measured, recalled
from posecheck.ui.wall_scale import BY_SHEET, Way
from posecheck.wall_live import LiveShown, LiveWall, draw_wall
from posecheck.wall_measure import ClipTries, Personal, rules
from posecheck.wall_window import cue_of

_TITLE = "Knee to wall"


@dataclass(frozen=True, slots=True)
class WallOrder:
    """What the page asks for.

    Attributes:
        given: where the scale comes from; None for points that are clicked while it runs.
        typed: what the person typed about tape and shoe.
        owner: whose it is, and whether it is kept.
        way: how the page was asked to make the scale.
    """

    given: ScaleInput | None
    sides: Sides
    typed: Personal
    owner: Owner
    mirrored: bool = False
    way: Way = BY_SHEET
    speak: bool = True


@dataclass(frozen=True, slots=True)
class WallEnded:
    """What is left when it is over; ``measured`` is None where nothing was.

    Attributes:
        why: in plain words.
        problems: what went wrong on the way, a sentence each.
    """

    why: str
    measured: Measured | None
    problems: list[str]


class WallDesk(Desk):
    """One live test of one visit.

    Args:
        poses: who looks at the pictures; a process of its own if not given.
        clock: seconds, rising.
    """

    def __init__(
        self,
        order: WallOrder,
        *,
        poses: PosesOfOne | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self.order = order
        self._wall: LiveWall | None = None
        self._personal = order.typed
        self._shown: LiveShown | None = None
        self._last: Picture | None = None
        self._tests: list[ClipTries] = []
        self._gone = False
        self.ended: WallEnded | None = None
        super().__init__(_TITLE, poses or AwayPoses(masks=True), speak=order.speak, clock=clock)

    # --- the browser's thread ---

    def _open(self, _bgr: Picture) -> None:
        order = self.order
        self._personal = recalled(order.owner, order.typed)
        self._wall = self.stack.enter_context(
            LiveWall(
                order.given or ScaleInput(), self._personal, order.sides,
                waits=order.given is None, mirrored=order.mirrored, poses=self.poses,
            )
        )  # fmt: skip

    def _judge(self, bgr: Picture, t_s: float) -> tuple[Picture, bool]:
        wall = self._wall
        assert wall is not None
        if self._is_done():
            return self._drawn(bgr), False
        shown = wall.feed(bgr, t_s)
        self._shown = shown
        self._last = np.ascontiguousarray(bgr[:, ::-1]) if self.order.mirrored else bgr
        if shown.said is not None:
            self.announcer.offer([cue_of(shown, t_s)])
        return self._drawn(self._last), shown.view is not None

    def _drawn(self, bgr: Picture) -> Picture:
        assert self._shown is not None
        assert self._wall is not None
        return draw_wall(bgr, self._shown, self._wall.found, words=False)

    def _camera(self, *, back: bool) -> None:
        self._gone = not back

    def _is_done(self) -> bool:
        return self._shown is not None and self._shown.done

    # --- the page's thread ---

    @property
    def waits(self) -> bool:
        """Whether points are needed before anything can be measured."""
        with self.lock:
            return self._wall is not None and self._wall.waits

    def still(self) -> Picture | None:
        """The newest picture, (h, w, 3) BGR, put right if the camera mirrors; None before one."""
        with self.lock:
            return None if self._last is None else self._last.copy()

    def give(self, given: ScaleInput) -> None:
        """Measure with these points from here on.

        Raises:
            InputError: they cannot be right.
        """
        with self.lock:
            assert self._wall is not None
            self._wall.give(given)

    def wait(self) -> None:
        """The points are of no use any more: camera or tape were moved."""
        with self.lock:
            assert self._wall is not None
            self._wall.wait()

    def stop(self) -> None:
        self.close("stopped")

    def _board(self) -> dict[str, Any]:
        shown, asked = self._shown, rules()
        if shown is None:
            return {"heading": _TITLE, "message": "Starting"}
        view = shown.view
        value, label = reading(view) or ("", "")
        at_wall = view is not None and view.stage in AT_WALL
        message, wrong = shown.prompt, shown.wrong
        if self._gone:
            message, wrong = "Plug the camera in: I go on by myself", True
        return {
            "stage": view.stage.value if view is not None else "scale",
            "heading": heading(view), "progress": progress(view, asked.tries),
            "message": message, "wrong": wrong, "value": value, "label": label,
            "hold_s": view.held_s if view is not None else None,
            "hold_target_s": asked.hold_s if at_wall else None,
            "holding": at_wall, "reason": shown.reason,
            "tries": [] if self._wall is None else self._told_tries(self._wall),
            **({"note": shown.note} if shown.note else {}),
        }  # fmt: skip

    @staticmethod
    def _told_tries(wall: LiveWall) -> list[dict[str, Any]]:
        return [
            {"side": one.side, "number": one.number, "valid": one.valid,
             "toe_to_wall_cm": one.toe_to_wall_cm if np.isfinite(one.toe_to_wall_cm) else None}
            for one in wall.tries
        ]  # fmt: skip

    # --- the end ---

    def _leave(self) -> None:
        assert self._wall is not None
        try:
            self._tests = self._wall.finish()
        except InputError as error:
            self.problems.append(str(error))

    def _finish(self, why: str) -> None:
        found = None
        if self._tests:
            order = self.order
            try:
                found = measured(
                    self._tests, self._personal, order.typed, order.owner, sides=order.sides
                )
            except InputError as error:
                self.problems.append(str(error))
        self.ended = WallEnded(why, found, self.problems)
