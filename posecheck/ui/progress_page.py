"""The page "Progress": what changed, as far as it can be told, and how often moves were done."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import groupby

import streamlit as st

from posecheck.core.adherence import weeks_done
from posecheck.core.dose import Session
from posecheck.core.progress import Measured, Progress
from posecheck.core.progress_words import side_lines, sides_line
from posecheck.history_files import exported
from posecheck.measured import Kind, kind_of, measured
from posecheck.render import progress_chart
from posecheck.render.week_chart import pain_chart, week_chart
from posecheck.store.reading import repetitions
from posecheck.store.records import Filter
from posecheck.ui import address, here, markup, past, routes
from posecheck.ui.past import Past

_YEAR, _ALL = "1 year", "All"
_PERIODS = {"3 months": 91, _YEAR: 365, _ALL: None}
#: From so many sessions on the last year is shown first: older ones are one press away.
_LONG = 600
_CHART_PX = 300
_TABLES = (
    ("CSV", "csv", "text/csv"),
    ("JSON", "json", "application/json"),
    ("Parquet", "parquet", "application/octet-stream"),
)
_SHADED = (
    "Each point is a session with its ± (95%). The shaded band is what cannot be told from the "
    "first session shown: inside it, nothing has changed as far as anybody knows. The line is the "
    "trend with its uncertainty, the star your personal best."
)


def progress_page() -> None:
    """Draw the page; one rerun of it."""
    st.title("Progress", anchor=False)
    with past.opened(here.person()) as mine:
        known = mine.kinds()
        if not known:
            _empty(mine)
            return
        kind, since = _choose(known)
        found = measured(mine.store, kind, mine.who, Filter(since=since))
        if found is None:
            st.info(
                "Nothing was measured in this time; choose a longer one.", icon=":material/info:"
            )
        else:
            _measure(found if here.prefs().units == "cm" else found.in_inches())
        done = mine.done()
        _weeks(done)
        _pain(done)
        _export(mine, found)


def _empty(mine: Past) -> None:
    st.markdown(
        "Nothing was measured yet. Check a video, and its numbers appear here, each with its ±; "
        "from the second session on you see which change is real."
    )
    with st.container(horizontal=True):
        if st.button("Check a video", type="primary", icon=":material/movie:", key="go-check"):
            routes.go("check")
        if st.button("Try a sample", icon=":material/play_circle:", key="go-sample"):
            st.session_state["source"] = "A sample"
            routes.go("check")
    _weeks(mine.done())


def _choose(known: list[Kind]) -> tuple[Kind, datetime | None]:
    labels = {kind.name: kind.label for kind in known}
    first = known[0].name
    address.recall("measure", labels, first)
    usual = _YEAR if known[0].count > _LONG else _ALL
    address.recall("period", _PERIODS, usual)
    left, right = st.columns([3, 2], gap="medium", vertical_alignment="bottom")
    with left:
        name = st.selectbox("Measure", list(labels), format_func=labels.__getitem__, key="measure")
    with right:
        period = st.segmented_control("Time", list(_PERIODS), key="period", required=True) or usual
    address.remember("measure", name, first)
    address.remember("period", period, usual)
    days = _PERIODS[period]
    since = datetime.now().astimezone() - timedelta(days=days) if days else None
    return kind_of(known, name), since


def _measure(found: Measured) -> None:
    reach = progress_chart.reach_of(found)
    places = st.columns(len(found.tracks), gap="large")
    for place, (side, one) in zip(places, sorted(found.tracks.items()), strict=True):
        with place:
            _side(one, found, side, reach)
    if found.sides is not None:
        st.html(markup.paragraph(sides_line(found)))
    st.caption(_SHADED)


def _side(one: Progress, found: Measured, side: str, reach: tuple[float, float]) -> None:
    st.subheader(side.capitalize() if side else found.label, anchor=False)
    lines = side_lines(one, found.unit)
    chart = progress_chart.draw(one, found.label, found.unit, reach)
    said = "; ".join(f"{what}: {how}" for what, how in lines)
    st.altair_chart(chart, width="stretch", height=_CHART_PX, key=f"chart-{side}", alt=said)
    if len(one.readings) > progress_chart.MOST_DRAWN:
        st.caption(f"The newest {progress_chart.MOST_DRAWN} of {len(one.readings)} sessions.")
    st.html(markup.facts(lines))


def _weeks(done: list[Session]) -> None:
    weeks = weeks_done(past.routine_moves(), done, datetime.now().date())
    if not weeks:
        return
    st.subheader("Week by week", anchor=False)
    said = "; ".join(
        f"{name}: {sum(w.days for w in found)} days"
        for name, found in ((n, list(f)) for n, f in groupby(weeks, key=lambda w: w.name))
    )
    st.altair_chart(week_chart(weeks), width="stretch", key="weeks", alt=said)
    st.caption("Days on which each move was done, of the days that the routine asks for.")


def _pain(done: list[Session]) -> None:
    hurt = [(row.day, row.move_id, row.pain) for row in done if row.pain is not None]
    if not hurt:
        return
    st.subheader("Pain", anchor=False)
    names = {move.id: move.name for move in past.routine_moves()}
    rows = [
        (day, names.get(move, move), pain) for day, move, pain in hurt[-progress_chart.MOST_DRAWN :]
    ]
    worst = max(pain for _, _, pain in rows)
    st.altair_chart(
        pain_chart(rows), width="stretch", height=180, key="pain",
        alt=f"Pain 0 to 10 over {len(rows)} sessions; the worst was {worst}.",
    )  # fmt: skip
    st.caption("0 is none, 10 the worst. From 4 on (dashed) stop, and use less range or load.")


def _export(mine: Past, found: Measured | None) -> None:
    st.subheader("Take it with you", anchor=False)
    files = [
        (f"History ({label})", f"posecheck-history.{kind}", mime, _history(mine.who, kind))
        for label, kind, mime in _TABLES
    ]
    if found is not None:
        files += [
            (f"Chart ({kind.upper()})", f"posecheck-progress.{kind}", mime, _picture(found, kind))
            for kind, mime in (("svg", "image/svg+xml"), ("png", "image/png"))
        ]
    with st.container(horizontal=True):
        for label, name, mime, make in files:
            # Made when asked for: a long history takes a moment.
            st.download_button(
                label, make, name, mime, icon=":material/download:", on_click="ignore",
                key=f"save-{name}",
            )  # fmt: skip


def _history(who: str, kind: str) -> Callable[[], bytes]:
    def make() -> bytes:
        with past.opened(who) as mine:
            rows = mine.newest(None)
            return exported(rows, kind, repetitions(mine.store, [row.uid for row in rows]))

    return make


def _picture(found: Measured, kind: str) -> Callable[[], bytes]:
    return lambda: progress_chart.as_bytes(found, kind)
