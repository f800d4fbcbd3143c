"""The page "Knee to wall": the sheet to print, a video a leg, and the centimetres."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from posecheck.core.errors import InputError
from posecheck.scaling import ScaleInput, parse_numbers
from posecheck.ui import clips, here, jobs, keeping, markup, routes
from posecheck.wall_measure import Personal, Tape, check_personal

if TYPE_CHECKING:
    import numpy as np

    from posecheck.core.wall_result import WallResult
    from posecheck.wall_measure import ClipTries

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
    "Then the other leg: camera and sheet on its side, and a second video.",
)
_SHEET, _POINTS = "Printed sheet", "Two points on the floor"
_SIDES = ("left", "right")


@dataclass(frozen=True, slots=True)
class _Measured:
    """What the page shows after a measurement."""

    result: WallResult
    pictures: dict[str, np.ndarray]
    scales: list[np.ndarray]
    kept: str


def knee_page() -> None:
    """Draw the page; one rerun of it."""
    st.title("Knee to wall", anchor=False)
    st.markdown(
        "How far from the wall can your toe be while the knee still touches it, heel down? "
        "Measured in centimetres from a video, each with its ±."
    )
    _setting_up()
    chosen = _choose()
    given, personal, mirrored = _options()
    pressed = st.button(
        "Measure", type="primary", icon=":material/straighten:", key="measure",
        disabled=not chosen,
    )  # fmt: skip
    if not chosen:
        st.caption("Choose a video first.")
    if pressed:
        st.session_state.pop("wall", None)
        try:
            st.session_state["wall"] = _measure(chosen, given(), personal(), mirrored)
        except InputError as error:
            st.error(markup.plain(str(error)), icon=":material/error:")
    measured: _Measured | None = st.session_state.get("wall")
    if measured is not None:
        _show(measured)


def _setting_up() -> None:
    from posecheck.calibrate.sheet_pdf import sheet_pdf

    with st.container(border=True):
        left, right = st.columns(2, gap="large")
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


def _choose() -> Sequence[Any]:
    """The clips: uploads, or a bundled sample's path."""
    found = [s for s in clips.samples(clips.SAMPLES, {"knee-to-wall": "Knee to wall"}) if s.move]
    sources = ["Your videos", "A sample"] if found else ["Your videos"]
    source = st.segmented_control("Video", sources, key="wall-source", default=sources[0])
    if source == "A sample" and found:
        titles = clips.titles(found)
        by_name = {sample.path.name: sample.path for sample in found}
        left, _ = st.columns(2, gap="large")
        with left:
            name = st.selectbox("Sample", list(by_name), key="wall-sample",
                                format_func=titles.__getitem__)  # fmt: skip
            st.video(str(by_name[name]), muted=True)
        return [by_name[name]]
    uploads = st.file_uploader(
        "One video a leg", key="wall-upload", accept_multiple_files=True,
        type=[suffix.removeprefix(".") for suffix in clips.SUFFIXES],
    )  # fmt: skip
    return list(uploads or [])


def _options() -> tuple[Any, Any, bool]:
    """How to make a scale and what is known of the person, as functions, and mirrored."""
    with st.expander("Scale, tape reading, mirrored video", icon=":material/tune:"):
        scale = st.segmented_control("Scale", [_SHEET, _POINTS], key="scale", default=_SHEET)
        points = wall = ""
        if scale == _POINTS:
            points = st.text_input(
                "Two points on the floor in the foot's line, and their distance",
                placeholder="x1, y1, x2, y2, cm", key="points",
                help="In pixels of the video, counted from its upper left corner; the distance "
                "by a tape.",
            )  # fmt: skip
            wall = st.text_input(
                "Where wall and floor meet", placeholder="x, y", key="wall-point",
                help="Left out, the knee's touch tells where the wall is.",
            )  # fmt: skip
        left, right = st.columns(2)
        side = left.segmented_control(
            "A tape reading of the best try", list(_SIDES), key="tape-side"
        )
        reading = right.number_input(
            "cm from the wall to the tip of the shoe", key="tape", value=None, step=0.1,
            disabled=side is None,
            help="Once is enough: it is remembered, and later measurements are set right by it.",
        )  # fmt: skip
        mirrored = st.toggle("The video is mirrored", key="wall-mirrored")

    def given() -> ScaleInput:
        if scale != _POINTS:
            return ScaleInput()
        five = parse_numbers(points, 5, "two points", "412, 655, 903, 661, 60")
        two = parse_numbers(wall, 2, "the wall's point", "903, 661") if wall else None
        return ScaleInput(points=five, wall=two)  # type: ignore[arg-type]  # five, two

    def personal() -> Personal:
        tape = None if side is None or reading is None else Tape(side, reading)  # type: ignore[arg-type]
        asked = Personal(tape=tape)
        check_personal(asked)
        return asked

    return given, personal, mirrored


def _measure(
    chosen: Sequence[Any], given: ScaleInput, typed: Personal, mirrored: bool
) -> _Measured:
    """Measures the clips with a bar, and keeps the result where that is wished.

    Raises:
        InputError: no usable scale or clip.
    """
    from posecheck.render.scale_picture import draw_scale
    from posecheck.scaling import still_frame
    from posecheck.wall_files import best_pictures
    from posecheck.wall_measure import build_result, measure_clip

    folder = jobs.private_folder()
    bar = st.progress(0.0, "Looking for the sheet")
    try:
        personal, tests = _recalled(typed), []
        for number, clip in enumerate(chosen):
            path, name = _stored(clip, folder, number)

            def on_frame(done: int, total: int | None, _: float, name: str = name) -> None:
                share = min(1.0, done / total) if total else 0.5
                if done % 10 == 0:
                    bar.progress(share, f"{name}: measuring, {share:.0%}")

            tests.append(measure_clip(path, given, personal, mirrored=mirrored, on_frame=on_frame))
        result = build_result(tests, personal)
        result, kept = _kept(result, typed, tests)
        pictures = {str(s): p for s, p in best_pictures(tests, result, mirrored=mirrored).items()}
        scales = []
        for one in tests:
            sheet = one.found.sheet
            outline = None if sheet is None else sheet.outline_px
            scales.append(draw_scale(still_frame(one.clip, None), one.found.scale,
                                     outline_px=outline))  # fmt: skip
        return _Measured(result, pictures, scales, kept)
    finally:
        bar.empty()
        shutil.rmtree(folder, ignore_errors=True)


def _stored(clip: Any, folder: Path, number: int) -> tuple[Path, str]:
    if isinstance(clip, Path):
        return clip, clip.name
    own = folder / str(number)
    own.mkdir()
    limit_mb = int(st.get_option("server.maxUploadSize"))
    return clips.save_upload(clip, own, limit_mb), markup.shown_name(clip.name)


def _recalled(typed: Personal) -> Personal:
    from posecheck.store.opening import Store
    from posecheck.wall_keep import recalled

    if not here.prefs().keep_results:
        return typed
    with Store() as store:
        keeping.make_known(store, here.person())
        return recalled(store, here.person(), typed)


def _kept(
    result: WallResult, typed: Personal, tests: Sequence[ClipTries]
) -> tuple[WallResult, str]:
    """The result with what was before, and one line about the history."""
    from datetime import UTC, datetime

    from posecheck.saving import save_session
    from posecheck.store.opening import Store
    from posecheck.wall_keep import compared, remember_personal, session_of_test

    if not here.prefs().keep_results:
        return result, "Not kept, as the settings ask."
    now, who = datetime.now(UTC), here.person()
    with Store() as store:
        keeping.make_known(store, who)
        result = compared(store, who, result, now)
        remember_personal(store, who, result, typed)
        record = session_of_test(
            result, taken_at=now, clips=[test.clip for test in tests],
            duration_s=sum(test.duration_s for test in tests),
        )  # fmt: skip
        save_session(record, person=who, store=store)
    return result, "Kept in your history."


def _show(measured: _Measured) -> None:
    from posecheck.render.wall_report import scale_line, told, try_word

    result = measured.result
    st.divider()
    for line in result.notes:
        st.warning(markup.plain(line), icon=":material/warning:")
    columns = st.columns(2, gap="large")
    for side, column in zip(_SIDES, columns, strict=True):
        reading = result.reading("toe_to_wall_cm", side)  # type: ignore[arg-type]
        with column:
            st.metric(f"{side.capitalize()}, toe to wall", told(reading, "cm"))
            picture = measured.pictures.get(side)
            if picture is not None:
                st.image(picture[..., ::-1], width="stretch")
            elif reading.reason:
                st.caption(markup.plain(reading.reason))
    st.html(markup.heading("What it says") + markup.bullets(result.verdict))
    st.html(markup.heading("Every try"))
    rows = [
        {
            "Try": f"{one.side} {one.number}", "Toe to wall": told(one.toe_to_wall_cm, "cm"),
            "Shin tilt": told(one.shin_tilt_deg, "°"), "Heel lift": told(one.heel_lift_cm, "cm"),
            "Result": try_word(one)[1], "Why": "" if one.valid else one.toe_to_wall_cm.reason,
        }
        for one in result.tries
    ]  # fmt: skip
    if rows:
        st.dataframe(rows, hide_index=True, width="stretch")
    else:
        st.info(
            "No try was seen: from standing still, touch the wall with your knee and come back."
        )
    with st.expander("Where the centimetres come from", icon=":material/straighten:"):
        for scale, picture in zip(result.scales, measured.scales, strict=True):
            st.caption(markup.plain(scale_line(scale)))
            st.image(picture[..., ::-1], width="stretch")
    with st.container(horizontal=True):
        st.download_button(
            "Numbers (JSON)", result.model_dump_json(indent=2), "knee-to-wall.json",
            "application/json", icon=":material/download:", key="wall-json",
        )  # fmt: skip
        if st.button("Progress over time", icon=":material/monitoring:", key="to-progress"):
            routes.go("progress")
    st.caption(measured.kept + " Pain is a stop sign: reduce the range or stop. No medical advice.")
