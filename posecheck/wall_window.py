"""Knee-to-wall live by command: the camera's pictures in a window, or events as JSON lines."""

from __future__ import annotations

import json
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import numpy as np

from posecheck.core.errors import InputError
from posecheck.scaling import ScaleInput
from posecheck.wall_live import LiveShown, LiveWall, Picture, draw_wall
from posecheck.wall_measure import ClipTries, Personal

if TYPE_CHECKING:
    from posecheck.core.cues import Cue
    from posecheck.scaling import ClipScale

_TITLE = "posecheck: knee-to-wall"
_KEYS = "F: full screen   |   Q: stop and show the result"


def live_test(
    camera: str,
    given: ScaleInput,
    personal: Personal,
    side: Any,
    *,
    mirrored: bool = False,
    headless: bool = False,
    tones: bool = True,
    voice: bool = True,
) -> list[ClipTries]:
    """Runs the test from a camera until it is done, stopped, or out of pictures.

    Raises:
        InputError: no camera, no screen, or never a usable sheet.
    """
    from posecheck.capture.camera import Camera, CameraState
    from posecheck.capture.source import parse_source

    if given.height_cm is not None:
        raise InputError(
            "live, the scale comes from a sheet or from --scale-points; leave --height-cm out"
        )
    with ExitStack() as stack:
        show = _Lines() if headless else _Window(stack, tones=tones, voice=voice)
        wall = stack.enter_context(LiveWall(given, personal, side, mirrored=mirrored))
        opened = stack.enter_context(Camera(parse_source(camera)))
        try:
            while not show.stopped:
                shot = opened.take(0.1)
                if shot is None:
                    if opened.state is CameraState.ENDED:
                        break
                    continue
                shown = wall.feed(shot.bgr, shot.t_s)
                show.show(shot.bgr, shown, shot.t_s, wall.found)
                if shown.done:
                    break
        except KeyboardInterrupt:
            pass
        return wall.finish()


class _Lines:
    """Events as JSON lines on stdout."""

    stopped = False

    def __init__(self) -> None:
        self._slow = False

    def show(self, _bgr: Picture, shown: LiveShown, t_s: float, _found: ClipScale | None) -> None:
        if shown.finished is not None:
            one = shown.finished
            line: dict[str, Any] = {
                "event": "try", "t_s": round(t_s, 2), "side": one.side, "number": one.number,
                "valid": one.valid, "refusals": [r.value for r in one.refusals],
                "toe_to_wall_cm": _number(one.toe_to_wall_cm), "error_cm": _number(one.error_cm),
            }  # fmt: skip
            _print(line)
        if shown.note and not self._slow:
            _print({"event": "slow", "t_s": round(t_s, 2), "text": shown.note})
        self._slow = bool(shown.note)
        if shown.said is not None:
            line = {"event": "prompt", "t_s": round(t_s, 2), "text": shown.said}
            _print({**line, "reason": shown.reason} if shown.reason else line)


def _print(line: dict[str, Any]) -> None:
    print(json.dumps(line), flush=True)  # noqa: T201  # this is the command's output


def _number(value: float) -> float | None:
    return round(value, 1) if np.isfinite(value) else None


class _Window:
    """A mirror window with rulers and words, tones and a voice."""

    def __init__(self, stack: ExitStack, *, tones: bool, voice: bool) -> None:
        from posecheck.live_window import Window
        from posecheck.render.live_overlay import waiting_picture
        from posecheck.sound.announcer import Announcer
        from posecheck.sound.player import SystemVoice

        self._window = stack.enter_context(Window(_TITLE))
        self._window.greet(waiting_picture("Knee to wall", "Opening the camera and the pose model"))
        self._announcer = None
        if tones:
            self._announcer = stack.enter_context(Announcer(SystemVoice(), speak=voice))
        self.stopped = False

    def show(self, bgr: Picture, shown: LiveShown, t_s: float, found: ClipScale | None) -> None:
        from posecheck.core.live_view import Command

        self._window.show(draw_wall(bgr, shown, found, keys=_KEYS))
        if shown.said is not None and self._announcer is not None:
            self._announcer.offer([cue_of(shown, t_s)])
        self.stopped = self._window.command() is Command.STOP


def cue_of(shown: LiveShown, t_s: float) -> Cue:
    """What is heard of a new sentence: a finished try interrupts, with a tone before it."""
    from posecheck.core.cues import Cue, Rank, Tone

    if shown.finished is None:
        return Cue(t_s, Rank.PROMPT, text=shown.said, prompt=True)
    tone: Tone = "reached" if shown.finished.valid else "fault"
    return Cue(t_s, Rank.STATE, tone=tone, text=shown.said)
