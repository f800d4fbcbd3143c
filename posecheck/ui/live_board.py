"""The board over the picture of a live session: a small Streamlit component, all of it here."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from posecheck.sound import tones

_HERE = Path(__file__).parent


def draw_board(board: dict[str, Any], *, play_tones: bool, speak: bool) -> None:
    """Show what :meth:`posecheck.ui.live_desk.LiveDesk.board` gives, and let it be heard."""
    data = {**board, "tones": play_tones, "speak": speak, "notes": tones.notes()}
    _component()(data=data, key="live-board")


@cache
def _component() -> Any:
    """Registered once a process: a second registration of the name would warn."""
    return st.components.v2.component(
        "posecheck_live_board",
        css=(_HERE / "live_board.css").read_text("utf-8"),
        js="".join((_HERE / name).read_text("utf-8") for name in ("sounds.js", "live_board.js")),
    )
