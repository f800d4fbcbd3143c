"""The result of one check, laid out for the page."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

import streamlit as st

from posecheck.page_data import Chart, PageData, read_page
from posecheck.ui import markup
from posecheck.ui.clips import download_stem
from posecheck.ui.jobs import Job

REPORT, VIDEO, RESULT, MEASURES = "report.html", "annotated.webm", "result.json", "measures.csv"
_DOWNLOADS = (
    (REPORT, "Report", ":material/description:", "text/html"),
    (VIDEO, "Video", ":material/movie:", "video/webm"),
    (MEASURES, "Measures (CSV)", ":material/table:", "text/csv"),
    (RESULT, "Result (JSON)", ":material/data_object:", "application/json"),
)
_OPEN_REPETITIONS = 2
_MOST_JUMPS = 30
_OPEN_CHARTS = 3
_CHART_PX = 260


def show_result(job: Job) -> None:
    """Everything that was found, the most useful first."""
    page = _page(job)
    st.html(markup.verdict(page, job.request.name))
    elsewhere = [*page.result.verdict, *page.result.next_time]
    said = markup.notes(page.result.quality.notes, elsewhere)
    if said:
        st.subheader("What the camera could not see well", anchor=False)
        st.html(said)
    _video_and_advice(job, page)
    _downloads(job)
    _pictures(page)
    _faults(page)
    _repetitions(page)
    _charts(page)
    if page.unseen:
        with st.expander("What was not measured, and why", icon=":material/visibility_off:"):
            st.html(markup.unseen(page.unseen))


def _page(job: Job) -> PageData:
    """The page's data, read once for each check of this session."""
    kept = st.session_state.get("page")
    if kept is None or kept[0] is not job:
        kept = (job, read_page(job.results))
        st.session_state["page"] = kept
    page: PageData = kept[1]
    return page


def _video_and_advice(job: Job, page: PageData) -> None:
    next_time = markup.unsaid(page.result.next_time, page.result.verdict)
    advice = next_time or page.result.praise
    left, right = st.columns([3, 2], gap="medium") if advice else (st.container(), None)
    with left:
        st.subheader("Your video, annotated", anchor=False)
        _video(job.results / VIDEO, page)
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
    jumps = _jumps(page)
    place = st.container()
    chosen = None
    if jumps:
        chosen = st.selectbox(
            "Jump to a moment", list(jumps), index=None, key="moment", placeholder="The beginning"
        )
    start_s = jumps.get(chosen, 0.0) if chosen else 0.0
    with place:
        st.video(str(path), start_time=int(start_s), autoplay=bool(chosen), muted=True)


def _jumps(page: PageData) -> dict[str, float]:
    """Label to time: faults first, then the key frames."""
    faults = [
        (f"⚠ {block.name}, {moment.text}", moment.t_s)
        for block in page.faults
        for moment in block.moments[:2]
    ]
    shots = [(f"{shot.name}, {shot.moment}", shot.t_s) for shot in page.shots]
    return dict([*faults, *shots][:_MOST_JUMPS])


def _downloads(job: Job) -> None:
    stem = download_stem(job.request.name)
    st.subheader("Take it with you", anchor=False)
    with st.container(horizontal=True):
        for name, label, icon, mime in _DOWNLOADS:
            path = job.results / name
            if path.is_file():
                st.download_button(
                    label, path.read_bytes(), f"{stem}-{name}", mime,
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
        "Pale band: measuring error. Numbers above: positions in order. Thick line below: held "
        "still. Triangle: something to change. Dashed rule: target."
    )
    for chart in page.charts[:_OPEN_CHARTS]:
        _chart(chart)
    if page.charts[_OPEN_CHARTS:]:
        with st.expander("More measures over time", icon=":material/show_chart:"):
            for chart in page.charts[_OPEN_CHARTS:]:
                _chart(chart)


def _chart(chart: Chart) -> None:
    st.markdown(f"**{chart.label}**")
    st.vega_lite_chart(chart.spec, width="stretch", height=_CHART_PX, theme="streamlit")
    st.caption(chart.summary)
