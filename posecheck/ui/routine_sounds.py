"""The routine heard: a tone at every change, and what to do said by the browser's own voice."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from posecheck.core.cues import Tone
from posecheck.core.routine import RoutineState, Stage
from posecheck.sound import tones

_HERE = Path(__file__).parent
_TONES: dict[Stage, Tone] = {
    Stage.READY: "count", Stage.CHANGE: "start", Stage.WORK: "start", Stage.HOLD: "reached",
    Stage.REST: "hold_done", Stage.PAIN: "hold_done", Stage.DONE: "done",
}  # fmt: skip


def sounds_of(before: RoutineState, after: RoutineState) -> list[dict[str, str]]:
    """What is heard as one state becomes the other: nothing while it stays."""
    moments = [(s.stage, s.move_no, s.set_no, s.side_no, s.position, s.repetition)
               for s in (before, after)]  # fmt: skip
    if moments[0] == moments[1]:
        return []
    held = before.stage is Stage.HOLD and after.stage is Stage.CHANGE
    return [{"tone": "hold_done" if held else _TONES[after.stage]}, {"text": after.say}]


def be_heard(sounds: list[dict[str, Any]], *, play_tones: bool, speak: bool) -> None:
    """Let the newest sounds be heard, each once."""
    data = {"sounds": sounds, "tones": play_tones, "speak": speak, "notes": tones.notes()}
    _component()(data=data, key="routine-sounds")


@cache
def _component() -> Any:
    """Registered once a process: a second registration of the name would warn."""
    return st.components.v2.component(
        "posecheck_routine_sounds",
        js="".join(
            (_HERE / name).read_text("utf-8") for name in ("sounds.js", "routine_sounds.js")
        ),
    )
