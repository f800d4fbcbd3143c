"""What a live view says, the same in the window and on the page."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from posecheck.core.live_view import LiveView, Stage
from posecheck.core.live_words import Message, heading, message, progress, reading
from posecheck.core.table import FrameState, State

HOLDING = FrameState(
    State.HOLDING, side="left", repetition=1, phase_id="x", phase_name="Thigh level",
    hold_s=1.0, hold_target_s=2.0, headline="thigh_tilt_left_deg", value=88.2, error=6.0,
)  # fmt: skip


def view(stage: Stage = Stage.RUNNING, frame: FrameState = HOLDING, **more: Any) -> LiveView:
    return LiveView(
        **{"t_s": 1.0, "stage": stage, "frame": frame, "side": "left", "target": 3, "left": 2,
           "done": {"left": 1, "right": 0}, **more}
    )  # fmt: skip


def test_the_position_heads_a_running_set_and_the_moves_name_all_else() -> None:
    assert heading(view(), "A move") == "Thigh level"
    assert heading(view(Stage.SETUP), "A move") == "A move"
    lost = FrameState(State.LOST, reason="nobody was seen")
    assert heading(view(frame=lost), "A move") == "A move"
    assert message(view(frame=lost)) == Message("I lost you: nobody was seen", True)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (view(), Message("Hold", False)),
        (view(frame=replace(HOLDING, state=State.MOVING)), Message("Hold still", False)),
        (view(frame=replace(HOLDING, hold_s=2.1)), Message("", False)),
        (view(frame=replace(HOLDING, cue="Stand tall")), Message("Stand tall", True)),
        (view(instruction="Lower the leg"), Message("Lower the leg", False)),
        (view(Stage.SETUP), Message("Stand still for a moment", True)),
        (view(Stage.SETUP, instruction="Step back"), Message("Step back", True)),
        (view(Stage.PAUSED, paused_by="person"), Message("Space goes on", True)),
        (view(Stage.PAUSED, paused_by="camera"),
         Message("Plug the camera in: I go on by myself", True)),
        (view(Stage.DONE), Message("1 left", False)),
        (view(Stage.DONE, done={"left": 0}), Message("No repetition counted", False)),
    ],
)  # fmt: skip
def test_one_thing_is_said_at_a_time(given: LiveView, said: Message) -> None:
    assert message(given) == said


def test_progress_and_number() -> None:
    assert progress(view()) == "Left side, 2 to go"
    assert progress(view(side=None, left=0)) == "all done"
    assert reading(view()) == ("88°", "± 6°")
    assert reading(view(frame=replace(HOLDING, value=None))) is None
