"""The strip under a film: positions, holds and faults in time; a click takes the film there."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from posecheck.core import words
from posecheck.core.result import Repetition, Result
from posecheck.page_data import PageData

_HERE = Path(__file__)


def show_timeline(film: str, page: PageData, seek: Mapping[str, float] | None = None) -> None:
    """Draw the strip.

    Args:
        film: key of the container that holds the video.
        seek: ``t_s``, the moment to go to, and ``count``, which rises with every wish.
    """
    data = {**timeline_data(page.result), "film": film, "seek": dict(seek) if seek else None}
    _component()(data=data, key=f"timeline-{film}")


@cache
def _component() -> Any:
    """Registered once a server: a component's name belongs to the whole app."""
    css, js = (_HERE.with_suffix(f".{kind}").read_text("utf-8") for kind in ("css", "js"))
    return st.components.v2.component(
        "posecheck_timeline", html='<div class="tl"></div>', css=css, js=js
    )


def timeline_data(result: Result) -> dict[str, Any]:
    """What the strip draws, as plain values; times in seconds of the film."""
    return {
        "end_s": result.clip.duration_s,
        "positions": [p for rep in result.repetitions for p in _positions(rep, result)],
        "faults": [
            {
                "start_s": fault.start_s,
                "end_s": fault.end_s,
                "text": f"{fault.name}, {words.moment(fault.start_s)}",
                "severity": fault.severity,
            }
            for rep in result.repetitions
            for fault in rep.faults
        ],
    }


def _positions(rep: Repetition, result: Result) -> list[dict[str, Any]]:
    several = len(result.repetitions) > 1
    whose = f", {rep.side} {rep.index}" if several else ""
    return [
        {
            "number": number,
            "text": f"{phase.name}{whose}, {words.moment(phase.start_s)}",
            "start_s": phase.start_s,
            "end_s": phase.end_s,
            "hold_start_s": phase.hold_start_s,
            "hold_s": phase.hold_s,
        }
        for number, phase in enumerate(rep.phases, 1)
        if phase.start_s is not None and phase.end_s is not None
    ]
