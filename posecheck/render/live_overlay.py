"""What a person three metres from the screen sees: themselves mirrored, one angle, one cue.

Letters of the cue are 80 pixels high in a 720-line picture: on a laptop filled with the window they
are read from across the room. Only the keys at the lower edge are small: they are for whoever
stands at the keyboard.
"""

from __future__ import annotations

from typing import Any, Literal

import cv2
import numpy as np
import numpy.typing as npt

from posecheck.core import words
from posecheck.core.live_view import LiveView, Stage
from posecheck.core.table import FrameState, State, column_unit
from posecheck.render.marks import Point
from posecheck.render.palette import ACCENT_BGR, INK_BGR, SOFT_BGR, WARN_BGR, WHITE_BGR, Bgr
from posecheck.render.skeleton import draw_measure, draw_skeleton, unit_px, usable_px
from posecheck.render.text import Image, Line, disc, outlined, panel, wrap

#: "on": frames are being kept. "failed": they were, until the disk was full.
Recording = Literal["off", "on", "failed"]

_RED_BGR: Bgr = (60, 60, 235)
_TITLE = {
    State.READY: "Ready",
    State.MOVING: "Moving",
    State.HOLDING: "Hold",
    State.PAUSED: "Not counted",
    State.LOST: "I lost you",
}


def draw_live(
    bgr: Image,
    image_px: Point | None,
    visibility: npt.NDArray[Any] | None,
    view: LiveView,
    *,
    title: str,
    keys: str | None = None,
    recording: Recording = "off",
    notice: str | None = None,
) -> None:
    """Draw everything of ``view`` in place.

    Args:
        bgr: (h, w, 3) frame as it is shown (mirrored or not), drawn on.
        image_px: (33, 2) landmarks in this very picture's pixels, None or NaN where unseen.
        visibility: (33,) 0..1.
        view: from the conductor.
        title: the move's name.
        keys: which keys do what, for the lower edge; None leaves the line out.
        recording: whether poses are being kept.
        notice: something about the machine ("the disk is full"), shown small.
    """
    u = unit_px(bgr)
    state = view.frame
    if image_px is not None and visibility is not None:
        points = usable_px(image_px, bgr)
        draw_skeleton(bgr, points, visibility, view.side, u * 1.4)
        _draw_number(bgr, points, state, u)
    if view.stage in (Stage.PAUSED, Stage.DONE):
        np.multiply(bgr, 0.45, out=bgr, casting="unsafe")
    _draw_title(bgr, view, title, u)
    _draw_recording(bgr, recording, notice, u)
    if state.hold_s is not None and state.hold_target_s:
        _draw_clock(bgr, state.hold_s, state.hold_target_s, state.state, u)
    bottom = _draw_keys(bgr, keys, u)
    _draw_message(bgr, view, u, bottom)


def _draw_number(bgr: Image, points: Point, state: FrameState, u: float) -> None:
    if state.headline is None or state.value is None:
        return
    unit = column_unit(state.headline)
    error = words.plus_minus(state.error, unit) if state.error else None
    draw_measure(bgr, points, state.headline, words.number(state.value, unit), error, u * 1.6)


def _draw_title(bgr: Image, view: LiveView, title: str, u: float) -> None:
    """Top left: where in the move, which side, how many are left."""
    size, small = round(44 * u), round(30 * u)
    state = view.frame
    heading = title
    if view.stage is Stage.RUNNING and state.phase_name:
        heading = state.phase_name
    elif view.stage is Stage.RUNNING and state.state in (State.LOST, State.PAUSED):
        heading = _TITLE[state.state]
    room = bgr.shape[1] - round(260 * u)
    lines = [Line(text, size, WHITE_BGR) for text in wrap(heading, size, room, 2)]
    lines.append(Line(_progress(view), small, SOFT_BGR))
    panel(tuple(lines), round(14 * u)).paste(bgr, round(14 * u), round(14 * u))


def _progress(view: LiveView) -> str:
    done = sum(view.done.values())
    if view.stage is Stage.DONE:
        return f"{done} done"
    left = f"{view.left} to go" if view.left else "all done"
    return f"{view.side.capitalize()} side, {left}" if view.side else left


def _draw_recording(bgr: Image, recording: Recording, notice: str | None, u: float) -> None:
    """Under the title: a red dot while poses are kept, and what the machine has to say."""
    y, x, size = round(150 * u), round(26 * u), round(22 * u)
    if recording == "on":
        cv2.circle(bgr, (x, y + size // 2), round(9 * u), _RED_BGR, -1, cv2.LINE_AA)
        outlined("Recording", size, WHITE_BGR).paste(bgr, x + round(16 * u), y - round(4 * u))
        y += round(34 * u)
    texts = ["Not recording: the disk is full"] if recording == "failed" else []
    texts += [notice] if notice else []
    for text in texts:
        outlined(text, size, WARN_BGR).paste(bgr, x - round(10 * u), y - round(4 * u))
        y += round(34 * u)


def _draw_clock(bgr: Image, hold_s: float, target_s: float, state: State, u: float) -> None:
    """Top right: a ring that fills to the target, the seconds inside."""
    diameter, margin = round(190 * u), round(14 * u)
    center = (bgr.shape[1] - margin - diameter // 2, margin + diameter // 2)
    disc(diameter, 0.78).paste(bgr, center[0] - diameter // 2, center[1] - diameter // 2)
    radius, width = round(diameter * 0.42), max(2, round(14 * u))
    share = min(max(hold_s / target_s, 0.0), 1.0)
    cv2.circle(bgr, center, radius, (96, 90, 84), width, cv2.LINE_AA)
    color = WARN_BGR if state is State.PAUSED else ACCENT_BGR
    if share > 0:
        cv2.ellipse(bgr, center, (radius, radius), -90, 0, 360 * share, color, width, cv2.LINE_AA)
    big, small = round(64 * u), round(26 * u)
    now = outlined(f"{hold_s:.1f}", big, WHITE_BGR)
    now.paste(bgr, center[0] - now.width // 2, center[1] - round(now.height * 0.70))
    goal = outlined("held" if share >= 1 else f"of {target_s:g} s", small, SOFT_BGR)
    goal.paste(bgr, center[0] - goal.width // 2, center[1] + round(diameter * 0.12))


def _draw_keys(bgr: Image, keys: str | None, u: float) -> int:
    """The lower edge, for who stands at the keyboard; gives its height in pixels."""
    if keys is None:
        return 0
    size = round(20 * u)
    line = outlined(keys, size, WHITE_BGR)
    height = line.height + round(10 * u)
    strip = bgr[-height:]
    np.multiply(strip, 0.35, out=strip, casting="unsafe")
    line.paste(bgr, (bgr.shape[1] - line.width) // 2, bgr.shape[0] - height + round(5 * u))
    return height


def _draw_message(bgr: Image, view: LiveView, u: float, bottom: int) -> None:
    """The one thing to know now: a count, a cue, or what to do."""
    state = view.frame
    if view.stage is Stage.COUNTDOWN and view.countdown_s is not None:
        _draw_middle(bgr, f"{int(np.ceil(view.countdown_s))}", round(300 * u))
        _draw_banner(bgr, view.instruction, ACCENT_BGR, u, bottom)
    elif view.stage is Stage.PAUSED:
        gone = view.paused_by == "camera"
        _draw_middle(bgr, "Camera gone" if gone else "Paused", round(110 * u))
        text = "Plug it in again, I go on by myself." if gone else "Press space to go on."
        _draw_banner(bgr, text, WARN_BGR, u, bottom)
    elif view.stage is Stage.DONE:
        _draw_middle(bgr, "Done", round(150 * u))
        sides = [f"{count} {side}" for side, count in view.done.items() if count]
        _draw_banner(bgr, ", ".join(sides) or "No repetition counted", ACCENT_BGR, u, bottom)
    elif view.stage is Stage.SETUP:
        _draw_banner(bgr, view.instruction or "Stand still for a moment.", WARN_BGR, u, bottom)
    elif state.state in (State.LOST, State.PAUSED):
        text = f"{_TITLE[state.state]}: {state.reason}" if state.reason else _TITLE[state.state]
        _draw_banner(bgr, text, WARN_BGR, u, bottom)
    elif state.cue:
        _draw_banner(bgr, state.cue, WARN_BGR, u, bottom)
    else:
        _draw_banner(bgr, view.instruction, ACCENT_BGR, u, bottom)


def _draw_middle(bgr: Image, text: str, size: int) -> None:
    sprite = outlined(text, size, WHITE_BGR)
    height, width = bgr.shape[:2]
    sprite.paste(bgr, (width - sprite.width) // 2, (height - sprite.height) // 2)


def _draw_banner(bgr: Image, text: str | None, bar: Bgr, u: float, bottom: int) -> None:
    """One short sentence over the lower edge, as large as the room allows."""
    if not text:
        return
    height, width = bgr.shape[:2]
    size = round(60 * u)
    padding = round(size * 0.35)
    lines = wrap(text, size, width - 6 * padding, 2)
    plate = panel(
        tuple(Line(line, size, WHITE_BGR) for line in lines), padding, opacity=0.86, bar=bar
    )
    y = height - bottom - plate.height - round(12 * u)
    plate.paste(bgr, (width - plate.width) // 2, y)


def blank_picture(width_px: int, height_px: int) -> Image:
    """The ground of a replay without video: dark, with a hint of a floor."""
    picture = np.full((height_px, width_px, 3), INK_BGR, np.uint8)
    floor = round(height_px * 0.9)
    cv2.line(picture, (0, floor), (width_px, floor), (70, 62, 56), 2, cv2.LINE_AA)
    return picture
