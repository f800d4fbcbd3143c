"""The replay's player: a small Streamlit component that draws bodies and steps frame by frame."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from posecheck.core.pose import PoseTrack
from posecheck.core.result import Result

_HERE = Path(__file__).parent
#: More frames than this are thinned out, so that the page stays quick.
MOST_FRAMES = 4000
#: Landmarks that are drawn: the nose, and from the shoulders down without fingers.
_DRAWN = (0, 11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32)
_SURE = 0.3


def body(
    track: PoseTrack, result: Result | None, title: str, video: str = "", *, drawn: bool = False
) -> dict[str, Any]:
    """What the player draws of one session.

    Args:
        track: in the pixels of the pictures, if there are any.
        video: the address of the recorded pictures on this server; empty for none.
        drawn: whether those show the body already.
    """
    stride = 1 + (len(track) - 1) // MOST_FRAMES
    picked = slice(None, None, stride)
    points = np.asarray(track.image_px[picked][:, _DRAWN], float)
    points[track.visibility[picked][:, _DRAWN] < _SURE] = np.nan
    rounded = np.where(np.isfinite(points), np.round(points, 1), np.nan)
    return {
        "title": title,
        "t": [round(float(t), 3) for t in track.t_s[picked]],
        # None where a joint was not seen: NaN is no JSON.
        "xy": [[None if v != v else v for v in frame.ravel().tolist()] for frame in rounded],
        "size": [track.width_px, track.height_px],
        "video": video,
        "drawn": drawn,
        "parts": _parts(result) if result else [],
        "faults": _faults(result) if result else [],
    }


def _parts(result: Result) -> list[dict[str, Any]]:
    """Repetitions with their positions in order."""
    return [
        {
            "name": f"Repetition {rep.index}, {rep.side}", "start": rep.start_s, "end": rep.end_s,
            "phases": [
                {"name": phase.name, "start": phase.start_s, "end": phase.end_s}
                for phase in rep.phases if phase.start_s is not None and phase.end_s is not None
            ],
        }
        for rep in result.repetitions
    ]  # fmt: skip


def _faults(result: Result) -> list[dict[str, Any]]:
    return [
        {"name": fault.name, "t": fault.start_s}
        for rep in result.repetitions
        for fault in rep.faults
    ]


def show(bodies: list[dict[str, Any]], anchors: list[tuple[float, float]]) -> None:
    """Draw the player; a second body follows the first one's positions by ``anchors``."""
    _component()(data={"bodies": bodies, "anchors": anchors}, key="player")


@cache
def _component() -> Any:
    """Registered once a process: a second registration of the name would warn."""
    return st.components.v2.component(
        "posecheck_player",
        css=(_HERE / "player.css").read_text("utf-8"),
        js=(_HERE / "player.js").read_text("utf-8"),
    )
