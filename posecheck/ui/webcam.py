"""The browser's webcam in a page: its pictures go to a desk and come back, a board beside them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from posecheck.ui import here
from posecheck.ui.desk import Desk
from posecheck.ui.live_board import draw_board

REFRESH_S = 0.25
#: As large as the pose model looks at; more costs encoding twice for nothing.
_CAMERA = {
    "audio": False,
    "video": {
        "width": {"ideal": 960}, "height": {"ideal": 540}, "frameRate": {"ideal": 30, "max": 30},
    },
}  # fmt: skip
_PICTURE_PX = 740
_KEY = "live-camera"


def streamer(desk: Desk, *, on: bool) -> bool:
    """The webcam's way to ``desk`` and back; gives whether the browser has a camera for it.

    No outside server helps.
    """
    # Its first time in a process takes a moment, and so it may while much else is loaded.
    with st.spinner("Getting the camera ready"):
        from streamlit_webrtc import WebRtcMode, webrtc_streamer
        from streamlit_webrtc.component import generate_frontend_component_key

        # Asked to play before it has reported itself, it starts anew with each of the first
        # drawings: connections are begun, and the answer to one reaches another and is lost.
        reported = generate_frontend_component_key(_KEY) in st.session_state
        desk.asked = reported or not on
        context = webrtc_streamer(
            key=_KEY,
            mode=WebRtcMode.SENDRECV,
            rtc_configuration={"iceServers": []},
            media_stream_constraints=_CAMERA,
            video_frame_callback=desk.take,
            async_processing=True,
            desired_playing_state=on and reported,
            media_toggle_controls=False,
            video_html_attrs={
                "autoPlay": True, "controls": True, "muted": True, "style": {"width": "100%"},
            },
        )  # fmt: skip
    return bool(context.state.playing or context.state.signalling)


#: What the pages use; AppTest cannot run a webcam and puts its own here.
camera: Callable[..., bool] = streamer


def show(desk: Desk, above: Callable[[], None]) -> None:
    """The picture while it runs, under what ``above`` draws.

    The camera is drawn first: a run of the page that is broken off while the board is drawn would
    take it off the page, and the connection with it.
    """
    top = st.container()
    with st.container(horizontal_alignment="center"), st.container(width=_PICTURE_PX):
        desk.connecting = camera(desk, on=True)
    with top:
        above()


def let_go(desk: Desk) -> None:
    """Tells the browser to let the webcam go."""
    with st.container(key="live-off"):
        camera(desk, on=False)


def board(desk: Desk) -> dict[str, Any]:
    """What the desk says now, large, and its sounds as the settings ask; within a fragment.

    Gives it all, for what the page shows beside the board.
    """
    if desk.forgotten():
        st.rerun()
    prefs, told = here.prefs(), desk.board()
    draw_board(told, play_tones=prefs.tones, speak=prefs.voice)
    return told
