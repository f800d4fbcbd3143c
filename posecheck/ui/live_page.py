"""The page "Live": the webcam in the browser, judged by the same session as the desktop window."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import streamlit as st

from posecheck.core.live_view import Command, Plan
from posecheck.core.move import Move
from posecheck.library import load_move, move_ids
from posecheck.render.report_view import repetition_block
from posecheck.ui import desks, drawings, here, markup, routes, webcam
from posecheck.ui.live_desk import Ended, LiveDesk, Order

_SIDES = {"auto": "Whichever moves", "left": "Left", "right": "Right"}
_VIEWS = {"side": "At my side", "front": "In front of me"}
_DESK = "live-desk"
_DEFAULT_MOVE = "standing-hip"
_MOST_OPEN = 3


def live_page() -> None:
    """Draw the page; one rerun of it."""
    desk: LiveDesk | None = desks.current(_DESK)
    if desk is None:
        _before()
    elif desk.ended is None:
        _during(desk)
    else:
        _after(desk, desk.ended)


# --- before ---


def _before() -> None:
    st.title("Live", anchor=False)
    desks.tell_taken()
    st.markdown(
        "Your webcam watches one move, counts, times your holds and gives one cue at a time, to "
        "see and to hear. The pictures go from your browser to this machine and no further."
    )
    left, right = st.columns(2, gap="large")
    with left:
        move, order = _choices()
        if st.button("Start the camera", type="primary", icon=":material/videocam:", key="start"):
            desks.begin(_DESK, LiveDesk(order()))
            st.rerun()
    with right:
        _placement(move)
    st.divider()
    st.caption(move.safety)


def _choices() -> tuple[Move, Callable[[], Order]]:
    """What is chosen, and how it becomes an order."""
    moves = {name: load_move(name).move for name in move_ids()}
    names = list(moves)
    name = st.selectbox(
        "Move", names, key="live-move", format_func=lambda n: moves[n].name,
        index=names.index(_DEFAULT_MOVE) if _DEFAULT_MOVE in names else 0,
    )  # fmt: skip
    move = moves[name]
    side = st.segmented_control(
        "Working side", list(_SIDES), key="live-side", default="auto",
        format_func=_SIDES.__getitem__,
    )  # fmt: skip
    view = None
    if {phase.view for phase in move.phases} >= set(_VIEWS):
        view = st.segmented_control(
            "The camera stands", list(_VIEWS), key="live-view", default=move.camera.plane,
            format_func=_VIEWS.__getitem__,
            help="Each place carries the numbers of some positions; the others are only counted.",
        )  # fmt: skip
    repetitions = st.number_input(
        "Repetitions a side", 1, 50, max(1, move.dose.repetitions[0]), key=f"live-reps-{name}"
    )
    prefs = here.prefs()
    kept = "landmarks and video" if prefs.keep_video else "landmarks, no picture"
    record = st.toggle(f"Record it, for Replay ({kept})", True, key="live-record")

    def order() -> Order:
        # Streamlit gives the options' common type; these are the plan's own words.
        plan = Plan(
            side=cast(Any, side or "auto"), repetitions=int(repetitions), view=cast(Any, view)
        )
        return Order(
            load_move(name), plan, here.sessions_root(), here.person(), record=record,
            video=record and prefs.keep_video, speak=prefs.voice,
        )  # fmt: skip

    return move, order


def _placement(move: Move) -> None:
    with st.container(border=True):
        st.markdown("**Where the camera stands**")
        svg = drawings.camera_svg(move)
        st.html(markup.picture(svg, drawings.camera_words(move), "pc-plan", dark=here.dark()))
        st.html(markup.bullets([move.camera.place, *move.setup]))
        with st.popover("How the move goes", icon=":material/format_list_numbered:"):
            st.html(markup.bullets(move.how, ordered=True))


# --- during ---


def _during(desk: LiveDesk) -> None:
    webcam.show(desk, lambda: _board(desk))


@st.fragment(run_every=webcam.REFRESH_S)
def _board(desk: LiveDesk) -> None:
    """Board and keys; drawn anew by itself while the picture stays."""
    if desk.ended is not None or desks.current(_DESK) is not desk:
        st.rerun()
    with st.container(key="live-panel"):
        webcam.board(desk)
        _keys(desk)


def _keys(desk: LiveDesk) -> None:
    paused = desk.paused
    with st.container(horizontal=True):
        for label, icon, key, command in (
            ("Go on" if paused else "Pause", "play_arrow" if paused else "pause", "P",
             Command.PAUSE),
            ("Next", "skip_next", "N", Command.NEXT),
            ("Other side", "swap_horiz", "S", Command.SIDE),
            ("Stop", "stop", "Q", Command.STOP),
        ):  # fmt: skip
            st.button(
                label, icon=f":material/{icon}:", shortcut=key, key=f"live-{command}",
                on_click=desk.command, args=(command,),
            )  # fmt: skip


# --- after ---


def _to_replay(session: str) -> None:
    st.session_state["session"] = session
    routes.head_for("replay")


def _after(desk: LiveDesk, ended: Ended) -> None:
    st.title("How it went", anchor=False)
    for problem in ended.problems:
        st.warning(markup.plain(problem), icon=":material/warning:")
    st.html(_tally(desk, ended))
    with st.container(horizontal=True):
        st.button(
            "Once more", type="primary", icon=":material/replay:", key="again",
            on_click=desks.let_go, args=(_DESK,),
        )  # fmt: skip
        if ended.session is not None:
            st.button(
                "Look at it again", icon=":material/movie:", key="to-replay",
                on_click=_to_replay, args=(ended.session,),
            )  # fmt: skip
    if ended.session:
        st.caption(f"Recorded as {ended.session}.")
    faults = _advice(ended)
    if faults:
        st.subheader("Next time", anchor=False)
        st.html(markup.bullets(faults))
    for repetition in ended.repetitions:
        block = repetition_block(repetition)
        with st.expander(block.title, expanded=len(ended.repetitions) <= _MOST_OPEN):
            st.html(markup.repetition(block))
    webcam.let_go(desk)


def _tally(desk: LiveDesk, ended: Ended) -> str:
    counts = {side: sum(r.side == side for r in ended.repetitions) for side in ("left", "right")}
    found = [f"{n} on the {side}" for side, n in counts.items() if n]
    word = "repetition" if sum(counts.values()) == 1 else "repetitions"
    said = f"{' and '.join(found)}: {word} counted." if found else "No repetition was counted."
    return markup.lines([said], f"{desk.order.loaded.move.name}, {ended.why}")


def _advice(ended: Ended) -> list[str]:
    """What was found wrong, once each, with what helps."""
    found: dict[str, str] = {}
    for repetition in ended.repetitions:
        for fault in repetition.faults:
            found.setdefault(fault.id, f"{fault.name}: {fault.explain}")
    return list(found.values())
