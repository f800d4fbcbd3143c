"""The guided routine: countdown, positions, holds, rests, the pain question, and the summary."""

from __future__ import annotations

from datetime import datetime
from time import monotonic

import streamlit as st

from posecheck.core.dose import PlannedMove
from posecheck.core.errors import InputError
from posecheck.core.routine import (
    MOST_PAIN,
    Easier,
    Event,
    Go,
    Pain,
    Pause,
    Resume,
    RoutineState,
    Skip,
    Stage,
    Stop,
    Tick,
    summary,
)
from posecheck.library import load_move
from posecheck.render.figure import figures_svg
from posecheck.ui import here, markup, routes, routine_sounds, runs
from posecheck.ui.runs import Run

_TICK_S = 0.5
_PARAMETER = "run"
_PAIN_WORDS = "0 is none, 10 the worst. From 4 on this move is over for today."


def start(plan: list[PlannedMove]) -> None:
    """Begin a routine and open its page."""
    token = runs.RUNS.begin(here.person(), plan, monotonic())
    routes.go("routine", {_PARAMETER: token})


def routine_page() -> None:
    """Draw the page; one rerun of it."""
    run = runs.RUNS.find(st.query_params.get(_PARAMETER, ""), here.person())
    if run is None:
        st.title("Routine", anchor=False)
        st.info("No routine is under way.", icon=":material/info:")
        if st.button("What is due today", type="primary", key="to-today"):
            routes.go("today")
        return
    if run.state.stage is Stage.DONE:
        _done(run)
    else:
        _lead(run)


@st.fragment(run_every=_TICK_S)
def _lead(run: Run) -> None:
    state = run.send(Tick(), monotonic())
    if state.stage is Stage.DONE:
        st.rerun()
    move = state.move
    assert move is not None
    chosen = here.prefs()
    routine_sounds.be_heard(run.sounds(monotonic()), play_tones=chosen.tones, speak=chosen.voice)
    with st.container(key="routine-panel"):
        st.html(_board(state, move))
        if state.stage is Stage.PAIN:
            _ask_pain(run)
        else:
            _controls(run, state)
        _move_help(state, move)


def _board(state: RoutineState, move: PlannedMove) -> str:
    """What to do now in large, the seconds in a ring, and where in the move that is."""
    left_s, stage_s = state.left_s(monotonic()), state.stage_s
    ring = ""
    if left_s is not None and stage_s:
        part = 100.0 * (1.0 - left_s / stage_s)
        ring = (
            f'<div class="pc-ring {state.stage.value}" style="--part:{part:.0f}%" role="timer" '
            f'aria-label="{left_s:.0f} seconds left"><span>{left_s:.0f}</span></div>'
        )
    say = "Paused" if state.paused_s is not None else state.say
    side = f", {state.side} side" if len(move.sides) > 1 else ""
    done = min(state.repetition + 1, move.repetitions)
    place = (
        f"Move {state.move_no + 1} of {len(state.plan)}: {move.name}{side}. "
        f"Set {state.set_no + 1} of {move.sets}, repetition {done} of {move.repetitions}."
    )
    words = (
        f'<h1 class="pc-say" aria-live="polite">{markup.text(say)}</h1>'
        f'<p class="soft">{markup.text(place)}</p>'
    )
    return f'<div class="pc pc-lead"><div>{words}</div>{ring}</div>'


def _controls(run: Run, state: RoutineState) -> None:
    paused = state.paused_s is not None
    with st.container(horizontal=True, key="routine-controls"):
        waiting = state.stage in (Stage.READY, Stage.REST) and not paused
        _button(run, "Start now", Go(), "go", ":material/fast_forward:", primary=True,
                disabled=not waiting)  # fmt: skip
        if paused:
            _button(run, "Go on", Resume(), "resume", ":material/play_arrow:", primary=True)
        else:
            _button(run, "Pause", Pause(), "pause", ":material/pause:")
        _button(run, "Easier", Easier(), "easier", ":material/trending_down:",
                disabled=state.eased or paused)  # fmt: skip
        _button(run, "Skip this move", Skip(), "skip", ":material/skip_next:")
        _button(run, "It hurts", Pause(), "hurts", ":material/front_hand:", asks_pain=True)
        _button(run, "Stop", Stop(), "stop", ":material/stop:")
    if st.session_state.get("asks-pain"):
        _ask_pain(run)


def _button(
    run: Run, label: str, event: Event, key: str, icon: str, *,
    primary: bool = False, disabled: bool = False, asks_pain: bool = False,
) -> None:  # fmt: skip
    def send() -> None:
        st.session_state["asks-pain"] = asks_pain
        run.send(event, monotonic())

    st.button(
        label, icon=icon, key=f"routine-{key}", type="primary" if primary else "secondary",
        disabled=disabled, on_click=send,
    )  # fmt: skip


def _ask_pain(run: Run) -> None:
    """0 to 10, or no answer.

    The browser may send an answer twice while the page ticks: it counts for its own move only, and
    only while it is asked for.
    """
    st.markdown("**How much did it hurt?**")
    asked = run.state.move_no
    key = f"pain-level-{asked}"

    def answer() -> None:
        level = st.session_state.get(key)
        open_still = st.session_state.get("asks-pain") or run.state.stage is Stage.PAIN
        if run.state.move_no != asked or not open_still:
            return
        st.session_state["asks-pain"] = False
        if level is not None:
            run.send(Pain(int(level)), monotonic())
            if run.state.paused_s is not None:
                run.send(Resume(), monotonic())

    st.segmented_control(
        "Pain, 0 to 10", list(range(MOST_PAIN + 1)), key=key, default=None,
        on_change=answer, label_visibility="collapsed",
    )  # fmt: skip
    st.caption(_PAIN_WORDS)
    if run.state.stage is Stage.PAIN:
        _button(run, "No answer", Skip(), "no-answer", ":material/block:")


def _move_help(state: RoutineState, move: PlannedMove) -> None:
    """The move drawn, and what makes it easier where that was asked for."""
    loaded = load_move(move.move_id).move
    if state.eased and move.easier:
        st.info(markup.plain(move.easier), icon=":material/trending_down:")
    if move.note:
        st.warning(markup.plain(move.note), icon=":material/front_hand:")
    figure = figures_svg(loaded)
    if figure:
        label = f"{loaded.name}, drawn"
        drawn = markup.picture(figure, label, "pc-drawn", dark=here.dark())
        st.html(markup.scrolling(drawn, label))
    with st.expander("How it goes", icon=":material/menu_book:"):
        st.html(markup.bullets(loaded.how, ordered=True))


def _done(run: Run) -> None:
    st.title("Done for today", anchor=False)
    try:
        runs.keep(run, datetime.now().astimezone())
    except InputError as error:
        st.error(markup.plain(f"Not in the history yet: {error}"), icon=":material/error:")
        st.button("Try again", key="keep-again")
    lines = summary(run.state)
    st.html(markup.bullets(lines) if lines else markup.paragraph("Nothing was done this time."))
    with st.container(horizontal=True):
        if st.button("See the progress", type="primary", key="to-progress"):
            routes.go("progress")
        if st.button("Back to today", key="to-today"):
            routes.go("today")
    st.caption(load_move(run.state.plan[0].move_id).move.safety)
