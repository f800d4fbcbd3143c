"""The engine's view drawn onto one frame: what a person watching the film needs to know."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from posecheck.core import words
from posecheck.core.table import FrameState, State, column_unit
from posecheck.render.marks import Point
from posecheck.render.palette import ACCENT_BGR, SOFT_BGR, WARN_BGR, WHITE_BGR
from posecheck.render.skeleton import draw_measure, draw_skeleton, unit_px, usable_px
from posecheck.render.text import Image, Line, disc, outlined, panel, wrap

_HEADING = {
    State.READY: "Ready",
    State.MOVING: "Moving",
    State.HOLDING: "Hold",
    State.PAUSED: "Hold paused",
    State.LOST: "Not seen",
}


def draw_overlay(
    bgr: Image,
    image_px: Point,
    visibility: npt.NDArray[Any],
    state: FrameState,
    value: float | None,
    error: float | None,
    *,
    label: str | None = None,
) -> None:
    """Draw skeleton, headline angle, phase, hold clock, cue and interruptions in place.

    Args:
        bgr: (h, w, 3) frame, drawn on.
        image_px: (33, 2) landmarks in this frame's own pixels; NaN where unseen.
        visibility: (33,) 0..1.
        state: the engine's view at this frame.
        value, error: the headline measure and its ± in its unit; None or NaN if not measured.
        label: plain words for the headline measure ("Hip flexion").
    """
    points = usable_px(image_px, bgr)
    draw_skeleton(bgr, points, visibility, state.side)
    reading = _reading(state, value, error)
    at_joint = bool(
        state.headline and reading and draw_measure(bgr, points, state.headline, *reading)
    )
    _draw_phase(bgr, state, label, reading, at_joint)
    if state.hold_s is not None and state.hold_target_s:
        _draw_hold(bgr, state.hold_s, state.hold_target_s, state.state)
    if state.state in (State.LOST, State.PAUSED):
        _draw_interruption(bgr, state)
    elif state.cue:
        _draw_banner(bgr, state.cue)


def _reading(
    state: FrameState, value: float | None, error: float | None
) -> tuple[str, str | None] | None:
    if state.headline is None or value is None or not np.isfinite(value):
        return None
    unit = column_unit(state.headline)
    known = error is not None and np.isfinite(error)
    return words.number(value, unit), words.plus_minus(error, unit) if known and error else None


def _draw_phase(
    bgr: Image,
    state: FrameState,
    label: str | None,
    reading: tuple[str, str | None] | None,
    at_joint: bool,
) -> None:
    """Top left: phase, repetition and side, the headline measure in words.

    The number stands here only when it does not stand at its joint: a plate that changes with every
    frame would have to be drawn with every frame.
    """
    u = unit_px(bgr)
    size, small = max(13, round(30 * u)), max(11, round(20 * u))
    margin = round(14 * u)
    # The hold clock owns the right corner.
    room = bgr.shape[1] - 2 * margin - 2 * round(12 * u) - round(130 * u)
    lines = [
        Line(text, size, WHITE_BGR)
        for text in wrap(state.phase_name or _HEADING[state.state], size, max(room, 40), 2)
    ]
    about = [f"Repetition {state.repetition}"] if state.repetition else []
    if state.side:
        about.append(f"{state.side} side")
    if about:
        lines.append(Line(", ".join(about), small, SOFT_BGR))
    if label:
        if not at_joint:
            label += ": " + (" ".join(filter(None, reading)) if reading else "not measured")
        lines += [Line(text, small, SOFT_BGR) for text in wrap(label, small, max(room, 40), 2)]
    panel(tuple(lines), round(12 * u) or 1).paste(bgr, margin, margin)


def _draw_hold(bgr: Image, hold_s: float, target_s: float, state: State) -> None:
    """Top right: a ring that fills to the target, the seconds inside, a tick when it is full."""
    u = unit_px(bgr)
    diameter, margin = max(36, round(112 * u)), round(14 * u)
    center = (bgr.shape[1] - margin - diameter // 2, margin + diameter // 2)
    disc(diameter, 0.74).paste(bgr, center[0] - diameter // 2, center[1] - diameter // 2)
    share = min(max(hold_s / target_s, 0.0), 1.0)
    radius, width = round(diameter * 0.42), max(2, round(8 * u))
    cv2.circle(bgr, center, radius, (96, 90, 84), width, cv2.LINE_AA)
    color = WARN_BGR if state is State.PAUSED else ACCENT_BGR
    if share > 0:
        cv2.ellipse(bgr, center, (radius, radius), -90, 0, 360 * share, color, width, cv2.LINE_AA)
    size, small = max(12, round(34 * u)), max(9, round(17 * u))
    now = outlined(f"{hold_s:.1f}", size, WHITE_BGR)
    now.paste(bgr, center[0] - now.width // 2, center[1] - round(now.height * 0.72))
    goal = outlined(f"of {target_s:g} s", small, SOFT_BGR)
    y = center[1] + round(diameter * 0.09)
    if share >= 1:
        _draw_tick(bgr, (center[0], y + goal.height // 2), diameter * 0.13)
    else:
        goal.paste(bgr, center[0] - goal.width // 2, y)


def _draw_tick(bgr: Image, at: tuple[int, int], size: float) -> None:
    corners = np.array([[-1.0, 0.0], [-0.3, 0.7], [1.0, -0.7]]) * size + np.array(at)
    cv2.polylines(
        bgr, [np.rint(corners).astype(np.int32)], False, ACCENT_BGR, max(2, round(size * 0.4)),
        cv2.LINE_AA,
    )  # fmt: skip


def _draw_interruption(bgr: Image, state: FrameState) -> None:
    """Why nothing counts at this moment: a frame around the picture and a banner in words."""
    thickness = max(2, round(6 * unit_px(bgr)))
    height, width = bgr.shape[:2]
    cv2.rectangle(bgr, (0, 0), (width - 1, height - 1), WARN_BGR, thickness)
    heading = _HEADING[state.state]
    _draw_banner(bgr, f"{heading}: {state.reason}" if state.reason else heading, warn=True)


def _draw_banner(bgr: Image, text: str, *, warn: bool = False) -> None:
    """Bottom: one short sentence, large enough to read from across a room."""
    u = unit_px(bgr)
    height, width = bgr.shape[:2]
    # A wide picture has less room under the feet, and more beside them.
    size = max(14, round((40 if height > width else 34) * u))
    padding = max(4, round(size * 0.4))
    lines = wrap(text, size, max(width - 2 * round(20 * u) - 3 * padding, 30), 3)
    color = WARN_BGR if warn else ACCENT_BGR
    plate = panel(
        tuple(Line(line, size, WHITE_BGR) for line in lines), padding, opacity=0.82, bar=color
    )
    plate.paste(bgr, (width - plate.width) // 2, height - plate.height - round(14 * u))
