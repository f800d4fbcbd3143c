"""The page "Knee to wall": the sheet to print, the guided test live or from videos, the result."""

from __future__ import annotations

import shutil
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from posecheck.core.errors import InputError
from posecheck.core.wall_result import SIDES
from posecheck.scaling import ScaleInput
from posecheck.ui import (
    clips,
    desks,
    drawings,
    here,
    job_view,
    jobs,
    knee_live,
    markup,
    wall_job,
)
from posecheck.ui.job_view import BUSY, STARTING, Stage
from posecheck.ui.jobs import State
from posecheck.ui.pick import Picture
from posecheck.ui.wall_desk import WallDesk
from posecheck.ui.wall_job import WallWork
from posecheck.ui.wall_measured import Found
from posecheck.ui.wall_scale import Way, choose_way, clicked, show_look
from posecheck.ui.wall_view import show_measured
from posecheck.wall_measure import Personal, Tape, check_personal

_SET_UP = (
    "Print the sheet at 100 % and check its 15 cm line with a ruler.",
    "Stand it upright on the floor: one side edge at the wall, pattern to the camera, close to the "
    "foot on its inner side.",
    "Camera on the side of that leg, low, 2 to 3 m away, square to the foot.",
)
_HOW = (
    "Foot flat and straight, toes to the wall. Stand still for a second.",
    "Touch the wall with your knee, heel down. Stay a moment, and come back.",
    "Put the foot a little further back and repeat: three tries.",
    "Then turn round for the other leg: camera and sheet on its side.",
)
#: Names the measurement in the page's address.
JOB = "measure"
_STAGES = STARTING | {
    "scale": Stage("Looking for the scale", 0.02, 0.02),
    "model": Stage("Loading the pose model" + BUSY, 0.06, 0.06),
    "measure": Stage("Measuring", 0.08, 0.96),
    "pictures": Stage("Drawing the best tries", 0.97, 0.97),
}
_STOPPED = "Stopped: nothing was kept of this measurement."
_LIVE, _VIDEOS, _SAMPLE = "My webcam, guided", "Videos", "A sample"


class _Folder:
    """Where this visit's uploads lie; it goes with the visit."""

    def __init__(self) -> None:
        self.path = jobs.private_folder()
        self._end = weakref.finalize(self, shutil.rmtree, self.path, True)


@dataclass(frozen=True, slots=True)
class _Clip:
    """A chosen video: where it lies, what the person calls it, and a word for it in keys."""

    path: Path
    name: str
    key: str


def knee_page() -> None:
    """Draw the page; one rerun of it."""
    desk: WallDesk | None = desks.current(knee_live.DESK)
    if desk is not None and desk.ended is None:
        # No title: the picture has to be seen from where the person stands.
        knee_live.during(desk)
        return
    st.title("Knee to wall", anchor=False)
    desks.tell_taken()
    if desk is not None and desk.ended is not None:
        knee_live.after(desk, desk.ended)
    else:
        _before()


def _before() -> None:
    st.markdown(
        "How far from the wall can your toe be while the knee still touches it, heel down? "
        "Measured in centimetres by camera, each with its ±."
    )
    _setting_up()
    found = [s for s in clips.samples(clips.SAMPLES, {"knee-to-wall": "Knee to wall"}) if s.move]
    sources = [_LIVE, _VIDEOS, _SAMPLE] if found else [_LIVE, _VIDEOS]
    st.session_state.setdefault("wall-source", _source_of(job_view.held(JOB)))
    source = st.segmented_control("Measure with", sources, key="wall-source")
    if source in (_VIDEOS, _SAMPLE):
        left, right = st.columns([2, 3], gap="large")
        with left:
            chosen = _sample(found) if source == _SAMPLE else _uploads()
        _videos(chosen, right)
    else:
        knee_live.before(_personal(mirror_word="The camera's picture is mirrored already"))


def _source_of(job: WallWork | None) -> str:
    """Where a page that is loaded anew goes on."""
    if job is None:
        return _LIVE
    return _SAMPLE if job.request.films[0].path.parent == clips.SAMPLES else _VIDEOS


def _setting_up() -> None:
    from posecheck.calibrate.sheet_pdf import sheet_pdf

    with st.container(border=True):
        drawn, left, right = st.columns([5, 6, 6], gap="medium")
        drawn.html(markup.picture(drawings.wall_svg(), drawings.WALL, "pc-wall", dark=here.dark()))
        with left:
            st.html(markup.heading("Set up, once"))
            st.html(markup.bullets(_SET_UP, ordered=True))
            with st.container(horizontal=True):
                for paper, title in (("a4", "Sheet, A4"), ("letter", "Sheet, letter")):
                    st.download_button(
                        title, _cached_pdf(sheet_pdf, paper), f"posecheck-sheet-{paper}.pdf",
                        "application/pdf", icon=":material/download:", key=f"pdf-{paper}",
                    )  # fmt: skip
        with right:
            st.html(markup.heading("The test"))
            st.html(markup.bullets(_HOW, ordered=True))


def _cached_pdf(make: Any, paper: str) -> bytes:
    found = st.session_state.setdefault("sheets", {})
    if paper not in found:
        found[paper] = make(paper)
    return bytes(found[paper])


# --- videos ---


def _sample(found: Sequence[clips.Sample]) -> list[_Clip]:
    titles = clips.titles(found)
    by_name = {sample.path.name: sample.path for sample in found}
    name = st.selectbox("Sample", list(by_name), key="wall-sample",
                        format_func=titles.__getitem__)  # fmt: skip
    st.video(str(by_name[name]), muted=True)
    return [_Clip(by_name[name], name, name)]


def _uploads() -> list[_Clip]:
    """The uploads, stored under names of ours; what is no video is told and left out."""
    given = st.file_uploader(
        "One video a leg", key="wall-upload", accept_multiple_files=True,
        type=[suffix.removeprefix(".") for suffix in clips.SUFFIXES],
    )  # fmt: skip
    folder: _Folder = st.session_state.setdefault("wall-folder", _Folder())
    chosen = []
    for upload in given or []:
        name, own = markup.shown_name(upload.name), folder.path / upload.file_id
        try:
            if not own.is_dir():
                own.mkdir()
                clips.save_upload(upload, own, int(st.get_option("server.maxUploadSize")))
            chosen.append(_Clip(next(own.iterdir()), name, upload.file_id))
        except (InputError, StopIteration) as error:
            st.error(markup.plain(str(error) or f"{name} is empty"), icon=":material/error:")
    for old in folder.path.iterdir():
        if old.name not in {clip.key for clip in chosen}:
            shutil.rmtree(old, ignore_errors=True)
    return chosen


def _videos(chosen: Sequence[_Clip], beside: DeltaGenerator) -> None:
    """What is asked about the chosen videos, ``beside`` them, and what was measured in them."""
    job = job_view.held(JOB)
    with beside:
        way = choose_way(live=False)
        typed = _personal(mirror_word="The video is mirrored")
    mirrored = bool(st.session_state.get("wall-mirrored"))
    givens = [_given(clip, way, mirrored) for clip in chosen]
    # Under the pictures that are clicked on, where there are any.
    last = st.container() if way.wanted else beside
    if not chosen:
        last.caption("Choose a video first.")
    idle = bool(chosen) and (job is None or job.news.state is not State.RUNNING)
    with last, st.container(horizontal=True):
        pressed = st.button(
            "Measure", type="primary", icon=":material/straighten:", key="measure",
            disabled=not idle,
        )  # fmt: skip
        look = st.button(
            "Only look at the scale", icon=":material/search:", key="look", disabled=not idle
        )
    if pressed or look:
        job_view.let_go(JOB)
        try:
            _start(chosen, givens, Personal() if look else typed()[0], mirrored, only_scale=look)
        except InputError as error:
            st.error(markup.plain(str(error)), icon=":material/error:")
        else:
            st.rerun()
    elif job is not None:
        st.divider()
        job_view.show(job, _STAGES, _STOPPED, lambda: _found(job.found))


def _start(
    chosen: Sequence[_Clip], givens: Sequence[Callable[[], ScaleInput]], typed: Personal,
    mirrored: bool, *, only_scale: bool,
) -> None:  # fmt: skip
    """Begin to measure in a process of its own.

    Raises:
        InputError: a point or number is missing, or an upload cannot be stored.
    """
    scales = [given() for given in givens]
    folder = jobs.private_folder()
    try:
        paths = [clips.own_copy(clip.path, folder, k) for k, clip in enumerate(chosen, start=1)]
        names = wall_job.distinct([clip.name for clip in chosen])
        films = tuple(map(wall_job.Film, paths, names, scales))
        request = wall_job.WallRequest(
            films, typed, knee_live.owner(), folder / "out", mirrored, only_scale
        )
        job = wall_job.start(folder, request)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    job_view.hold(JOB, jobs.new_uid(datetime.now()), job)


def _found(found: Found) -> None:
    for look in found.looks:
        show_look(look)
    if found.measured is not None:
        show_measured(found.measured)


def _given(clip: _Clip, way: Way, mirrored: bool) -> Callable[[], ScaleInput]:
    """The clip's order for a scale, with the points clicked in one of its pictures."""
    if not way.wanted:
        return lambda: way.given(())
    from posecheck.capture.files import probe

    with st.container(border=True):
        try:
            length_s = probe(clip.path).duration_s or 0.0
            at_s = 0.0
            if length_s > 1.0:
                at_s = st.slider(
                    f"The picture of {clip.name} to click on, at second",
                    0.0, float(int(length_s)), 0.0, 0.5, key=f"at-{clip.key}",
                )  # fmt: skip
            still = _still(clip, at_s, mirrored)
        except InputError as error:
            st.error(markup.plain(str(error)), icon=":material/error:")
            return lambda: way.given(())
        points = clicked(clip.key, still, way)
    return lambda: way.given(points)


def _still(clip: _Clip, at_s: float, mirrored: bool) -> Picture:
    """A picture of the clip, put right if it is mirrored; decoded once while it is asked for."""
    from posecheck.scaling import still_frame

    kept = st.session_state.setdefault("wall-stills", {})
    mark = (at_s, mirrored)
    if kept.get(clip.key, (None,))[0] != mark:
        kept[clip.key] = (mark, still_frame(clip.path, at_s, mirrored=mirrored))
    found: Picture = kept[clip.key][1]
    return found


# --- what the person knows ---


def _personal(*, mirror_word: str) -> Callable[[], tuple[Personal, bool]]:
    """What is typed about tape, shoe and picture; what it gives raises InputError."""
    with st.expander("Tape reading, shoe length, mirrored picture", icon=":material/tune:"):
        left, right = st.columns(2)
        side = left.segmented_control("A tape reading of the best try", list(SIDES),
                                      key="tape-side")  # fmt: skip
        reading = right.number_input(
            "cm from the wall to the tip of the shoe", key="tape", value=None, step=0.1,
            disabled=side is None,
            help="Once is enough: it is remembered, and later measurements are set right by it.",
        )  # fmt: skip
        shoe = left.number_input(
            "Length of the shoe, heel to tip, cm", key="shoe", value=None, step=0.1,
            help="Remembered. Left out, it is seen when the foot is put further back.",
        )  # fmt: skip
        mirrored = st.toggle(mirror_word, key="wall-mirrored")

    def personal() -> tuple[Personal, bool]:
        tape = None if side is None or reading is None else Tape(side, reading)
        asked = Personal(shoe_cm=shoe, tape=tape)
        check_personal(asked)
        return asked, mirrored

    return personal
