"""The page "Check a video": choose a clip and a move, watch the check, read the result."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

import streamlit as st

from posecheck.core.errors import InputError
from posecheck.core.move import Move
from posecheck.core.terms import AUTO
from posecheck.library import load_move, move_ids
from posecheck.page_data import PAGE
from posecheck.ui import check_job, clips, here, job_view, jobs, markup
from posecheck.ui.check_job import Check, Request
from posecheck.ui.job_view import BUSY, STARTING, Stage
from posecheck.ui.jobs import State
from posecheck.ui.result_view import show_result

_SIDES = {"auto": "Find it", "left": "Left", "right": "Right"}
_STAGES = STARTING | {
    "model": Stage("Getting ready: loading the pose model" + BUSY, 0.01, 0.01),
    "poses": Stage("Step 1 of 3: finding your pose", 0.02, 0.55),
    "feet": Stage("Step 1 of 3: watching your feet", 0.55, 0.6),
    "report": Stage("Step 2 of 3: writing the report", 0.6, 0.65),
    "video": Stage("Step 3 of 3: drawing on the video", 0.65, 0.98),
}
_STOPPED = "Stopped: nothing was kept of this check."
#: Names the check in the page's address.
KIND = "check"
_DEFAULT_MOVE = "standing-hip"
_FIND_IT = "Find it"
_FINDING = (
    "The move is told by its posture and motion. Where that is not clear, nothing is guessed: you "
    "are asked to choose it yourself."
)


def check_page() -> None:
    """Draw the page; one rerun of it."""
    found = _held()
    state = State.DONE if isinstance(found, Path) else found.news.state if found else None
    st.title("Check a video", anchor=False)
    st.markdown(
        "Film one mobility move, and read what was good, what to change and how far each joint "
        "went. Everything is worked out on this machine: your video goes nowhere else."
    )
    moves = {name: load_move(name).move for name in move_ids()}
    busy = state in (State.RUNNING, State.DONE)
    title = "Check another video, or the same one again" if busy else "Video and move"
    with st.expander(title, expanded=not busy, icon=":material/videocam:"):
        request = _form(moves, running=state is State.RUNNING)
    if request is not None:
        _start(*request)
    if isinstance(found, Path):
        show_result(found)
    elif found is not None:
        job_view.show(found, _STAGES, _STOPPED, lambda: show_result(found.results))
    # Once, in a calm place.
    st.divider()
    shown = st.session_state["move"]
    st.caption(moves[_first(list(moves)) if shown == AUTO else shown].safety)


# --- choosing ---


def _form(moves: dict[str, Move], *, running: bool) -> tuple[Any, str, str, bool] | None:
    """The form; gives clip, move, side and mirrored when the button was pressed."""
    found = clips.samples(clips.SAMPLES, {name: move.name for name, move in moves.items()})
    left, right = st.columns(2, gap="medium")
    with left:
        clip = _choose_clip(found)
        below_clip = st.container()
    with right:
        st.session_state.setdefault("move", _first(list(moves)))
        move = st.selectbox(
            "Move", [AUTO, *moves], key="move",
            format_func=lambda name: _FIND_IT if name == AUTO else moves[name].name,
            help=f"What the video shows. “{_FIND_IT}” looks for one of posecheck's own moves.",
        )  # fmt: skip
        st.caption(_FINDING if move == AUTO else moves[move].about)
        side = st.segmented_control(
            "Working side", list(_SIDES), key="side", default="auto",
            format_func=_SIDES.__getitem__,
            help="Of your body, not of the picture. Correct it if it is found wrong.",
        )  # fmt: skip
        mirrored = st.toggle(
            "The video is mirrored", key="mirrored",
            help="Some selfie cameras store it so: writing in the picture is the wrong way round.",
        )  # fmt: skip
    with right if isinstance(clip, Path) else below_clip:
        if move != AUTO:
            _how_to_film(moves[move])
    pressed = st.button(
        "Check the video", type="primary", icon=":material/play_arrow:", key="check",
        disabled=clip is None or running,
    )  # fmt: skip
    if clip is None:
        st.caption("Choose a video first.")
    return (clip, move, side or "auto", mirrored) if pressed and clip is not None else None


def _first(names: list[str]) -> str:
    return _DEFAULT_MOVE if _DEFAULT_MOVE in names else names[0]


def _choose_clip(found: list[clips.Sample]) -> Any:
    """A sample's path, an upload, or None while nothing usable is chosen."""
    limit_mb = int(st.get_option("server.maxUploadSize"))
    source = "Your video"
    if found:
        source = (
            st.segmented_control(
                "Video", ["Your video", "A sample"], key="source", default="Your video"
            )
            or "Your video"
        )
    if source == "A sample":
        return _choose_sample(found)
    upload = st.file_uploader(
        "Video file",
        type=[suffix.removeprefix(".") for suffix in clips.SUFFIXES],
        key="upload",
    )
    if upload is None:
        st.caption(
            f"Up to {limit_mb} MB: trim a longer clip to the move."
            + (" No video at hand? Try a sample, without a camera." if found else "")
        )
    return upload


def _choose_sample(found: list[clips.Sample]) -> Path:
    by_name = {sample.path.name: sample for sample in found}
    titles = clips.titles(found)

    def follow() -> None:
        """The sample knows its move."""
        move = by_name[st.session_state["sample"]].move
        if move:
            st.session_state["move"] = move

    if "sample" not in st.session_state:
        first = next((s for s in found if s.move == st.session_state.get("move")), found[0])
        st.session_state["sample"] = first.path.name
        if first.move:
            st.session_state["move"] = first.move
    name = st.selectbox(
        "Sample, to try it without a camera", list(by_name), key="sample",
        format_func=titles.__getitem__, on_change=follow,
    )  # fmt: skip
    path = by_name[name].path
    st.video(str(path), muted=True)
    return path


def _how_to_film(move: Move) -> None:
    with st.container(border=True):
        st.markdown("**Before you film**")
        st.html(markup.bullets([move.camera.place, *move.setup]))
        with st.popover("How the move goes", icon=":material/format_list_numbered:"):
            st.html(markup.bullets(move.how, ordered=True))


# --- running ---


def _start(clip: Any, move: str, side: str, mirrored: bool) -> None:
    """Begin a check of the chosen clip in this session; an earlier one is let go."""
    for left_over in ("page", "seek"):
        st.session_state.pop(left_over, None)
    job_view.let_go(KIND)
    folder = jobs.private_folder()
    try:
        if isinstance(clip, Path):
            path, name = clip, clip.name
        else:
            limit_mb = int(st.get_option("server.maxUploadSize"))
            path = clips.save_upload(clip, folder, limit_mb)
            name = markup.shown_name(clip.name)
    except InputError as error:
        shutil.rmtree(folder, ignore_errors=True)
        st.error(markup.plain(str(error)), icon=":material/error:")
        return
    uid = jobs.new_uid(datetime.now())
    wanted = here.prefs().keep_results
    request = Request(
        path, name, move, side, mirrored,
        person=here.person() if wanted else None,
        kept_in=here.results_root() / uid if wanted else None,
    )  # fmt: skip
    job_view.hold(KIND, uid, check_job.start(folder, request))
    st.rerun()


def _held() -> Check | Path | None:
    """This window's check: under way, or kept by an earlier visit under the address's name."""
    job: Check | None = job_view.held(KIND)
    uid = st.query_params.get(KIND, "")
    if jobs.is_uid(uid) and jobs.alive(KIND, uid) is None:
        folder = here.results_root() / uid
        return folder if (folder / PAGE).is_file() else job
    return job
