"""The result of one check, laid out for the page."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import Any

import streamlit as st

from posecheck.page_data import MOMENT, Chart, PageData, read_page
from posecheck.ui import here, markup, routes
from posecheck.ui.clips import download_stem
from posecheck.ui.timeline import show_timeline

REPORT, VIDEO, RESULT, MEASURES = "report.html", "annotated.webm", "result.json", "measures.csv"
_DOWNLOADS = (
    (REPORT, "Report", ":material/description:", "text/html"),
    (VIDEO, "Video", ":material/movie:", "video/webm"),
    (MEASURES, "Measures (CSV)", ":material/table:", "text/csv"),
    (RESULT, "Result (JSON)", ":material/data_object:", "application/json"),
)
_SMALL_BYTES = 4_000_000
_OPEN_REPETITIONS = 2
_OPEN_CHARTS = 3
_CHART_PX = 260
#: The film's place on the page, and what a click on a chart asks of it.
_FILM, _SEEK = "film", "seek"


def show_result(folder: Path) -> None:
    """Everything that was found, the most useful first.

    Args:
        folder: a finished check's files, with the page's own beside them.
    """
    page = _page(folder)
    st.html(markup.verdict(page, page.result.clip.name))
    elsewhere = [*page.result.verdict, *page.result.next_time]
    said = markup.notes(page.result.quality.notes, elsewhere)
    if said:
        st.subheader("What the camera could not see well", anchor=False)
        st.html(said)
    _video_and_advice(folder, page)
    _downloads(folder, page)
    _pictures(page)
    _faults(page)
    _repetitions(page)
    _charts(page)
    if page.unseen:
        with st.expander("What was not measured, and why", icon=":material/visibility_off:"):
            st.html(markup.unseen(page.unseen))


def _page(folder: Path) -> PageData:
    """The page's data, read once for each check of this session."""
    kept = st.session_state.get("page")
    if kept is None or kept[0] != folder:
        kept = (folder, read_page(folder))
        st.session_state["page"] = kept
    page: PageData = kept[1]
    return page


def _video_and_advice(folder: Path, page: PageData) -> None:
    next_time = markup.unsaid(page.result.next_time, page.result.verdict)
    advice = next_time or page.result.praise
    left, right = st.columns([3, 2], gap="medium") if advice else (st.container(), None)
    with left:
        st.subheader("Your video, annotated", anchor=False)
        _video(folder / VIDEO, page)
    if right is None:
        return
    with right:
        if next_time:
            st.subheader("Next time", anchor=False)
            st.html(markup.bullets(next_time, ordered=True))
        if page.result.praise:
            st.subheader("What went well", anchor=False)
            st.html(markup.bullets(page.result.praise))


def _video(path: Path, page: PageData) -> None:
    if not path.is_file():
        st.caption("No film was kept of this check.")
        return
    with st.container(key=_FILM):
        st.video(str(path), muted=True)
    show_timeline(_FILM, page, st.session_state.get(_SEEK))
    kept = path.parent.parent == here.results_root()
    if kept and st.button("Frame by frame, or beside another", icon=":material/replay:",
                          key="to-replay"):  # fmt: skip
        routes.go("replay", {"session": path.parent.name})


def _downloads(folder: Path, page: PageData) -> None:
    stem = download_stem(page.result.clip.name)
    st.subheader("Take it with you", anchor=False)
    with st.container(horizontal=True):
        for name, label, icon, mime in _DOWNLOADS:
            path = folder / name
            if path.is_file():
                # A film is read when it is asked for. The rest lies ready: a request that a page
                # sends just as it is drawn anew would come to nothing.
                small = path.stat().st_size <= _SMALL_BYTES
                st.download_button(
                    label, path.read_bytes() if small else path.read_bytes, f"{stem}-{name}", mime,
                    icon=icon, on_click="ignore", key=f"download-{name}",
                )  # fmt: skip


def _pictures(page: PageData) -> None:
    if not page.shots:
        return
    st.subheader("The positions", anchor=False)
    strips = [(title, list(shots)) for title, shots in groupby(page.shots, lambda s: s.strip)]
    for title, shots in strips:
        if len(page.repetitions) > 1:
            st.caption(title)
        st.html(markup.strip(shots, f"Pictures, {title}"))


def _faults(page: PageData) -> None:
    if page.faults:
        st.subheader("What to change", anchor=False)
        st.html("".join(markup.fault(block) for block in page.faults))


def _repetitions(page: PageData) -> None:
    if not page.repetitions:
        return
    st.subheader("Every number", anchor=False)
    st.caption("± is the measuring error. Borderline: closer to the target than that error.")
    for k, block in enumerate(page.repetitions):
        with st.expander(block.title, expanded=k < _OPEN_REPETITIONS):
            st.html(markup.repetition(block))


def _charts(page: PageData) -> None:
    if not page.charts:
        return
    st.subheader("Over time", anchor=False)
    st.caption(
        "Click a line to see that moment in the film. "
        "Pale band: measuring error. Numbers above: positions in order. Thick line below: held "
        "still. Triangle: something to change. Dashed rule: target."
    )
    for k, chart in enumerate(page.charts[:_OPEN_CHARTS]):
        _chart(chart, k)
    if page.charts[_OPEN_CHARTS:]:
        with st.expander("More measures over time", icon=":material/show_chart:"):
            for k, chart in enumerate(page.charts[_OPEN_CHARTS:], _OPEN_CHARTS):
                _chart(chart, k)


def _chart(chart: Chart, number: int) -> None:
    key = f"chart-{number}"

    def seek() -> None:
        """Take the film to the moment that was clicked; the count tells a second click there."""
        picked: list[dict[str, Any]] = st.session_state[key].selection.get(MOMENT, [])
        if picked:
            earlier = st.session_state.get(_SEEK, {"count": 0})
            st.session_state[_SEEK] = {"t_s": picked[0]["t_s"], "count": earlier["count"] + 1}

    st.markdown(f"**{chart.label}**")
    st.vega_lite_chart(
        chart.spec, width="stretch", height=_CHART_PX, theme="streamlit", key=key, on_select=seek,
        selection_mode=MOMENT,
    )  # fmt: skip
    st.caption(chart.summary)
