"""The page "Today": what is due, what was last, and one button to start."""

from __future__ import annotations

from datetime import date, datetime

import streamlit as st

from posecheck.core.dose import Level, PlannedMove, Session, Standing, plan, standings
from posecheck.history_words import found_words
from posecheck.store.records import SessionRow
from posecheck.ui import address, clips, drawings, here, markup, past, routes

_LEVELS = {"light": "Light", "usual": "Usual", "full": "Full"}
_LAST = 4
_HOW = {"check": "checked video", "measure": "measured", "live": "live", "import": "tape",
        "routine": "routine"}  # fmt: skip
_FIRST_STEPS = (
    "Put the camera level, three to four metres away, with your whole body in the picture. A phone "
    "against a water bottle will do.",
    "Film one move, or go live. Each move says from where: mostly from the side.",
    "Read what was good, what to change, and how far each joint went, with its ±.",
)


def today_page() -> None:
    """Draw the page; one rerun of it."""
    done, last = past.lately(here.person(), _LAST)
    st.title("Today", anchor=False)
    if not last:
        _first_visit()
    _due(done)
    if last:
        _last(last)


def _first_visit() -> None:
    with st.container(border=True, key="first-visit"):
        st.subheader("Welcome. Three steps to the first result", anchor=False)
        st.html(
            markup.picture(
                drawings.first_steps_svg(), drawings.FIRST_STEPS, "pc-scene", dark=here.dark()
            )
        )
        st.html(markup.bullets(_FIRST_STEPS, ordered=True))
        with st.container(horizontal=True):
            if clips.SAMPLES.is_dir() and st.button(
                "Try it without a camera", type="primary", icon=":material/play_circle:",
                key="try-sample",
            ):  # fmt: skip
                st.session_state["source"] = "A sample"
                routes.go("check")
            if st.button("Check my own video", icon=":material/movie:", key="own-video"):
                routes.go("check")
            if st.button("See the moves", icon=":material/accessibility_new:", key="see-moves"):
                routes.go("moves")


def _due(done: list[Session]) -> None:
    moves, today = past.routine_moves(), datetime.now().date()
    st.subheader("Your routine today", anchor=False)
    address.recall("level", _LEVELS, Level.USUAL.value)
    chosen = st.segmented_control(
        "How much", list(_LEVELS), format_func=_LEVELS.__getitem__, key="level", required=True,
        help="Where in each move's dose: sets, repetitions, holds and days a week.",
    )  # fmt: skip
    level = Level(chosen or "usual")
    address.remember("level", level.value, Level.USUAL.value)
    planned = plan(moves, done, today, level)
    rows = standings(moves, done, today, level)
    if not planned:
        st.html(markup.paragraph("Nothing is due today. Rest is part of it."))
        st.html(markup.facts(_coming(rows, today)))
        return
    minutes = max(1, round(sum(one.duration_s for one in planned) / 60))
    count = f"{len(planned)} move{'' if len(planned) == 1 else 's'}"
    if st.button(
        f"Start: {count}, about {minutes} min", type="primary" if done else "secondary",
        icon=":material/play_arrow:", key="start-routine",
    ):  # fmt: skip
        from posecheck.ui import routine_page

        routine_page.start(planned)
    st.caption(moves[0].safety)
    st.html(_table(planned, {row.move_id: row for row in rows}))


def _table(planned: list[PlannedMove], rows: dict[str, Standing]) -> str:
    heads = ("Move", "How much", "This week")
    head = "".join(f'<th scope="col">{text}</th>' for text in heads)
    body = "".join(_row(one, rows[one.move_id]) for one in planned)
    return (
        f'<div class="pc"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def _row(one: PlannedMove, standing: Standing) -> str:
    hold = f", hold {one.hold_s:g} s" if one.hold_s else ""
    sides = ", each side" if len(one.sides) > 1 else ""
    note = f'<span class="note">{markup.text(one.note)}</span>' if one.note else ""
    dots = "".join("●" if day else "○" for day in standing.days)
    goal = standing.goal_days
    said = f"{standing.done_days} of {goal} day{'' if goal == 1 else 's'}"
    return (
        f'<tr><th scope="row">{markup.text(one.name)}{note}</th>'
        f'<td class="value">{one.sets} × {one.repetitions}{sides}{hold}</td>'
        f'<td class="result"><span aria-hidden="true">{dots}</span> '
        f'<span class="num">{said}</span></td></tr>'
    )


def _coming(rows: list[Standing], today: date) -> list[tuple[str, str]]:
    found = sorted(rows, key=lambda row: row.next_day)[:4]
    waits = [(row.next_day - today).days for row in found]
    return [
        (row.name, "tomorrow" if wait == 1 else f"in {wait} days")
        for row, wait in zip(found, waits, strict=True)
    ]


def _last(last: list[SessionRow]) -> None:
    st.subheader("Last results", anchor=False)
    lines = [
        (f"{row.taken_at.astimezone():%a %d %b}",
         f"{row.move_name} ({_HOW.get(row.kind, row.kind)}): {found_words(row, sides=True)}")
        for row in last
    ]  # fmt: skip
    st.html(markup.facts(lines))
    with st.container(horizontal=True):
        if st.button("Progress", icon=":material/monitoring:", key="to-progress"):
            routes.go("progress")
        if st.button("Check a video", icon=":material/movie:", key="to-check"):
            routes.go("check")
