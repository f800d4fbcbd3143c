"""What a person three metres from the screen sees: themselves mirrored, one angle, one cue.

The cue stands in a bar under the picture, so that it never hides the feet. Its letters are 80
pixels high under a 720-line picture: on a laptop filled with the window they are read from across
the room. Only the keys at the lower edge are small: they are for whoever stands at the keyboard.
"""

from __future__ import annotations

from typing import Any, Literal

import cv2
import numpy as np
import numpy.typing as npt

from posecheck.core import live_words
from posecheck.core.live_view import LiveView, Stage
from posecheck.core.table import State
from posecheck.render.marks import Point
from posecheck.render.palette import ACCENT_BGR, INK_BGR, SOFT_BGR, WARN_BGR, WHITE_BGR, Bgr
from posecheck.render.skeleton import draw_measure, draw_skeleton, unit_px, usable_px
from posecheck.render.text import Image, Line, disc, outlined, panel, text_sprite, wrap

#: "on": frames are being kept. "failed": they were, until the disk was full.
Recording = Literal["off", "on", "failed"]

_RED_BGR: Bgr = (60, 60, 235)


def draw_live(
    bgr: Image,
    image_px: Point | None,
    visibility: npt.NDArray[Any] | None,
    view: LiveView,
    *,
    title: str,
    flip: bool = False,
    keys: str | None = None,
    recording: Recording = "off",
    notice: str | None = None,
    words: bool = True,
) -> Image:
    """A new picture: the frame with everything of ``view``, and the bar under it.

    Args:
        bgr: (h, w, 3) frame; not changed.
        image_px: (33, 2) landmarks in the shown picture's pixels, None or NaN where unseen.
        visibility: (33,) 0..1.
        view: from the conductor.
        title: the move's name.
        flip: show the frame's left at the right.
        keys: which keys do what, for the lower edge; None leaves the line out.
        recording: whether poses are being kept.
        notice: something about the machine ("the disk is full"), shown small.
        words: False leaves skeleton and angle alone, for a page that says the rest beside it.

    Returns:
        (h + bar, w, 3); :func:`bar_px` tells the bar's height, 0 without words.
    """
    height, width = bgr.shape[:2]
    below_px = bar_px(width, height) if words else 0
    canvas = np.empty((height + below_px, width, 3), np.uint8)
    picture = canvas[:height]
    if flip:
        cv2.flip(bgr, 1, picture)
    else:
        picture[:] = bgr
    u = unit_px(bgr)
    state = view.frame
    if image_px is not None and visibility is not None:
        points = usable_px(image_px, picture)
        draw_skeleton(picture, points, visibility, view.side, u * 1.4)
        _draw_number(picture, points, view, u)
    if view.stage in (Stage.PAUSED, Stage.DONE):
        cv2.convertScaleAbs(picture, picture, 0.45, 0)
    if not words:
        return canvas
    _draw_title(picture, view, title, u)
    _draw_recording(picture, recording, notice, u)
    if state.hold_s is not None and state.hold_target_s:
        draw_clock(picture, state.hold_s, state.hold_target_s, state.state, u)
    text, wrong = live_words.message(view)
    draw_bar(canvas[height:], text, WARN_BGR if wrong else ACCENT_BGR, keys, u, width < height)
    _draw_middle(picture, view, u)
    return canvas


def bar_px(width_px: int, height_px: int) -> int:
    """Height of the bar under a picture; even, as video encoders want it."""
    u = max(min(width_px, height_px) / 540, 0.25)
    return 2 * round((82 if width_px < height_px else 60) * u)


def _draw_number(bgr: Image, points: Point, view: LiveView, u: float) -> None:
    reading = live_words.reading(view)
    if reading is not None and view.frame.headline is not None:
        value, error = reading
        draw_measure(bgr, points, view.frame.headline, value, error or None, u * 1.6)


def _draw_title(bgr: Image, view: LiveView, title: str, u: float) -> None:
    """Top left: where in the move, which side, how many are left."""
    size, small = round(44 * u), round(30 * u)
    heading = live_words.heading(view, title)
    # The middle is where the person stands, the right corner is the hold clock's.
    height, width = bgr.shape[:2]
    room = round(0.38 * width) if width > height else width - round(240 * u)
    texts = wrap(heading, size, room, 2)
    if texts[-1].endswith("..."):
        # What stands after the comma tells moves apart in a list, not here.
        texts = wrap(heading.split(",")[0], size, room, 2)
    lines = [Line(text, size, WHITE_BGR) for text in texts]
    lines.append(Line(live_words.progress(view), small, SOFT_BGR))
    panel(tuple(lines), round(14 * u)).paste(bgr, round(14 * u), round(14 * u))


def _draw_recording(bgr: Image, recording: Recording, notice: str | None, u: float) -> None:
    """Under the title: a red dot while poses are kept, and what the machine has to say."""
    y, x, size = round(212 * u), round(26 * u), round(22 * u)
    if recording == "on":
        cv2.circle(bgr, (x, y + size // 2), round(9 * u), _RED_BGR, -1, cv2.LINE_AA)
        outlined("Recording", size, WHITE_BGR).paste(bgr, x + round(16 * u), y - round(4 * u))
        y += round(34 * u)
    texts = ["Not recording: the disk is full"] if recording == "failed" else []
    texts += wrap(notice, size, round(0.36 * bgr.shape[1]), 2) if notice else []
    for text in texts:
        outlined(text, size, WARN_BGR).paste(bgr, x - round(10 * u), y - round(4 * u))
        y += round(34 * u)


def draw_clock(bgr: Image, hold_s: float, target_s: float, state: State, u: float) -> None:
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


def draw_bar(bar: Image, text: str, color: Bgr, keys: str | None, u: float, portrait: bool) -> None:
    """A sentence or two, as large as they fit, and the keys under them."""
    height, width = bar.shape[:2]
    bar[:] = INK_BGR
    if text:
        bar[: max(3, round(7 * u))] = color
    small = round(18 * u)
    keys_px = round(small * 1.45) if keys else 0
    if keys:
        line = text_sprite(keys, small, SOFT_BGR)
        line.paste(bar, (width - line.width) // 2, height - keys_px)
    if not text:
        return
    size, lines = _fitted(text, u, width - round(32 * u), portrait)
    room = height - keys_px - round(7 * u)
    y = round(7 * u) + (room - len(lines) * round(size * 1.32)) // 2
    for words_of_line in lines:
        line = text_sprite(words_of_line, size, WHITE_BGR)
        line.paste(bar, (width - line.width) // 2, y)
        y += round(size * 1.32)


def _fitted(text: str, u: float, width_px: int, portrait: bool) -> tuple[int, list[str]]:
    """The largest size at which the text fits, and its lines: what fills two of them in a wide
    picture's lower bar is smaller."""
    choices = [(points, 2 if portrait else 1) for points in (60, 54, 48, 42, 36)]
    for points, most_lines in (*choices, (32, 2), (28, 2)):
        size = round(points * u)
        lines = wrap(text, size, width_px, most_lines)
        if not lines[-1].endswith("..."):
            break
    return size, lines


def _draw_middle(bgr: Image, view: LiveView, u: float) -> None:
    """A large word or count over the picture, where the person does not stand."""
    height, width = bgr.shape[:2]
    if view.stage is Stage.COUNTDOWN and view.countdown_s is not None:
        plate = round(250 * u)
        center = (width - plate // 2 - round(24 * u), height // 2)
        disc(plate, 0.78).paste(bgr, center[0] - plate // 2, center[1] - plate // 2)
        sprite = text_sprite(f"{int(np.ceil(view.countdown_s))}", round(210 * u), WHITE_BGR)
    elif view.stage in (Stage.PAUSED, Stage.DONE):
        gone = view.paused_by == "camera"
        word = "Done" if view.stage is Stage.DONE else "Camera gone" if gone else "Paused"
        sprite = outlined(word, round(100 * u), WHITE_BGR)
        center = (width // 2, height // 2)
    else:
        return
    sprite.paste(bgr, center[0] - sprite.width // 2, center[1] - round(sprite.height * 0.5))


def waiting_picture(title: str, text: str) -> Image:
    """What is shown before there is anything to see: (h + bar, w, 3) as :func:`draw_live` gives."""
    width, height = 1280, 720
    u = height / 540
    canvas = np.empty((height + bar_px(width, height), width, 3), np.uint8)
    canvas[:height] = blank_picture(width, height)
    line = outlined(title, round(60 * u), WHITE_BGR)
    line.paste(canvas, (width - line.width) // 2, (height - line.height) // 2)
    draw_bar(canvas[height:], text, ACCENT_BGR, None, u, portrait=False)
    return canvas


def blank_picture(width_px: int, height_px: int) -> Image:
    """The ground of a replay without video: dark, with a hint of a floor."""
    picture = np.full((height_px, width_px, 3), INK_BGR, np.uint8)
    floor = round(height_px * 0.9)
    cv2.line(picture, (0, floor), (width_px, floor), (70, 62, 56), 2, cv2.LINE_AA)
    return picture
