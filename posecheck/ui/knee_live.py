"""The page "Knee to wall", live: the guided test before the browser's webcam."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import streamlit as st

from posecheck.core.errors import InputError
from posecheck.ui import desks, here, markup, webcam
from posecheck.ui.wall_desk import WallDesk, WallEnded, WallOrder
from posecheck.ui.wall_measured import Owner
from posecheck.ui.wall_scale import Way, choose_way, clicked
from posecheck.ui.wall_view import show_measured
from posecheck.wall_measure import Personal

DESK = "wall-desk"
_STILL = "wall-still"
_SIDES = {"auto": "Both", "left": "Left", "right": "Right"}


def owner() -> Owner:
    """Whose measurements these are."""
    return Owner(here.person(), here.prefs().keep_results)


def before(typed: Callable[[], tuple[Personal, bool]]) -> None:
    """What is asked before the camera starts; ``typed`` gives tape and shoe, and mirrored."""
    st.session_state.setdefault("wall-side", "auto")
    side = st.segmented_control(
        "Which leg", list(_SIDES), key="wall-side", format_func=_SIDES.__getitem__
    )
    way = choose_way(live=True)
    if way.wanted:
        st.caption("You click them in the camera's picture, once it is there.")
    start = st.button(
        "Start the camera", type="primary", icon=":material/videocam:", key="wall-start"
    )
    if start:
        try:
            personal, mirrored = typed()
        except InputError as error:
            st.error(markup.plain(str(error)), icon=":material/error:")
            return
        order = WallOrder(
            None if way.wanted else way.given(()), cast(Any, side or "auto"), personal, owner(),
            mirrored, way, speak=here.prefs().voice,
        )  # fmt: skip
        desks.begin(DESK, WallDesk(order))
        st.session_state.pop(_STILL, None)
        st.rerun()


def during(desk: WallDesk) -> None:
    """The board, the picture, and the points where they are needed."""
    way = desk.order.way

    def above() -> None:
        _board(desk)
        if way.wanted:
            _points(desk, way)

    webcam.show(desk, above)


@st.fragment(run_every=webcam.REFRESH_S)
def _board(desk: WallDesk) -> None:
    """Board and keys; drawn anew by itself while the picture stays."""
    if desk.ended is not None or desks.current(DESK) is not desk:
        st.rerun()
    with st.container(key="live-panel"):
        told = webcam.board(desk)
        if told.get("reason"):
            st.html(markup.paragraph(told["reason"]))
        if told.get("tries"):
            st.html(_chips(told["tries"]))
        st.button(
            "Stop and show the result", icon=":material/stop:", shortcut="Q", key="wall-stop",
            on_click=desk.stop,
        )  # fmt: skip


def _chips(tries: list[dict[str, Any]]) -> str:
    """Every try so far as a chip: what it measured, and whether it counts."""
    chips = ""
    for one in tries:
        toe = one["toe_to_wall_cm"]
        size = "not measured" if toe is None else f"{toe:.1f} cm"
        word = "" if one["valid"] else ", not counted"
        text = f"{one['side'].capitalize()} {one['number']}: {size}{word}"
        chips += markup.chip("met" if one["valid"] else "not_met", text)
    return f'<div class="pc"><div class="pc-chips">{chips}</div></div>'


def _points(desk: WallDesk, way: Way) -> None:
    """A still of the camera to click on; kept until the points are taken."""
    still = st.session_state.get(_STILL)
    if still is None:
        label = "Take a picture to click on" if desk.waits or desk.still() is None else "Click anew"
        if st.button(label, icon=":material/photo_camera:", key="wall-picture", type="primary"):
            st.session_state[_STILL] = desk.still()
            if st.session_state[_STILL] is None:
                st.caption("The camera has shown no picture yet: allow it, and press again.")
            else:
                st.rerun()
        return
    points = clicked("live", still, way, mirror=True)
    with st.container(horizontal=True):
        use = st.button("Use these points", type="primary", key="wall-use",
                        disabled=len(points) < len(way.wanted))  # fmt: skip
        if st.button("Another picture", key="wall-other"):
            st.session_state[_STILL] = desk.still()
            st.rerun()
    if use:
        try:
            desk.give(way.given(points))
        except InputError as error:
            st.error(markup.plain(str(error)), icon=":material/error:")
            return
        st.session_state.pop(_STILL)
        st.rerun()


def after(desk: WallDesk, ended: WallEnded) -> None:
    """What came of it."""
    for problem in ended.problems:
        st.warning(markup.plain(problem), icon=":material/warning:")
    if ended.measured is not None:
        show_measured(ended.measured)
    elif not ended.problems:
        st.info("The camera showed no picture, so nothing was measured.")
    st.button(
        "Measure again", type="primary", icon=":material/replay:", key="wall-again",
        on_click=_again, args=(desk.order,),
    )  # fmt: skip
    webcam.let_go(desk)


def _again(order: WallOrder) -> None:
    """The form as it was: the page forgets what stood in it while the test is shown."""
    desks.let_go(DESK)
    st.session_state["wall-side"] = order.sides
    st.session_state["wall-mirrored"] = order.mirrored
