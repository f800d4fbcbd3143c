"""What a live view says in words: the same on the picture, in the window and on the page."""

from __future__ import annotations

from typing import NamedTuple

from posecheck.core import words
from posecheck.core.live_view import LiveView, Stage
from posecheck.core.table import State, column_unit

_UNSEEN = {State.PAUSED: "Not counted", State.LOST: "I lost you"}


class Message(NamedTuple):
    """The one thing to know now; ``wrong``: something has to be put right."""

    text: str
    wrong: bool


def heading(view: LiveView, move_name: str) -> str:
    """Where in the move: the position, or the move's name before and after."""
    state = view.frame
    if view.stage is Stage.RUNNING and state.phase_name:
        return state.phase_name
    return move_name


def progress(view: LiveView) -> str:
    """Which side, and how many are left."""
    if view.stage is Stage.DONE:
        return f"{sum(view.done.values())} done"
    left = f"{view.left} to go" if view.left else "all done"
    return f"{view.side.capitalize()} side, {left}" if view.side else left


def message(view: LiveView, go_on: str = "Space goes on") -> Message:
    """What to put right, or what to do; empty where nothing has to be said.

    ``go_on`` tells how a pause is ended.
    """
    state = view.frame
    if view.stage is Stage.PAUSED:
        gone = view.paused_by == "camera"
        return Message("Plug the camera in: I go on by myself" if gone else go_on, True)
    if view.stage is Stage.DONE:
        sides = [f"{count} {side}" for side, count in view.done.items() if count]
        return Message(", ".join(sides) or "No repetition counted", False)
    if view.stage is Stage.SETUP:
        return Message(view.instruction or "Stand still for a moment", True)
    if view.stage is Stage.RUNNING and state.state in _UNSEEN:
        said = _UNSEEN[state.state]
        return Message(f"{said}: {state.reason}" if state.reason else said, True)
    if state.cue:
        return Message(state.cue, True)
    if view.instruction is None and (state.hold_s or 0.0) < (state.hold_target_s or 0.0):
        return Message("Hold" if state.state is State.HOLDING else "Hold still", False)
    return Message(view.instruction or "", False)


def reading(view: LiveView) -> tuple[str, str] | None:
    """The one number that matters now and its ±, None where it is not measured."""
    state = view.frame
    if state.headline is None or state.value is None:
        return None
    unit = column_unit(state.headline)
    error = words.plus_minus(state.error, unit) if state.error else ""
    return words.number(state.value, unit), error
