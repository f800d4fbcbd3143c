"""The page "Check a video": choose a clip and a move, watch the check, read the result."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import Any

import streamlit as st

from posecheck.core.errors import InputError
from posecheck.core.move import Move
from posecheck.core.recognise import AUTO
from posecheck.library import load_move, move_ids
from posecheck.page_data import PAGE
from posecheck.ui import clips, here, jobs, markup
from posecheck.ui.jobs import Job, News, Request, State
from posecheck.ui.result_view import show_result

_SIDES = {"auto": "Find it", "left": "Left", "right": "Right"}
_STAGES = {
    "": "Starting a process of its own",
    "libraries": "Getting ready: loading the libraries, a few seconds, more on a busy machine",
    "model": "Getting ready: loading the pose model, a few seconds, more on a busy machine",
    "poses": "Step 1 of 3: finding your pose",
    "report": "Step 2 of 3: writing the report",
    "video": "Step 3 of 3: drawing on the video",
}
#: Where each step begins and ends on the bar.
_SHARES = {
    "libraries": (0.0, 0.0),
    "model": (0.01, 0.01),
    "poses": (0.02, 0.6),
    "report": (0.6, 0.65),
    "video": (0.65, 0.98),
}
_REFRESH_S = 0.5
#: Names the check in the page's address.
_UID = "check"
_DEFAULT_MOVE = "standing-hip"
_FIND_IT = "Find it"
_FINDING = (
    "The move is told by its posture and motion. Where that is not clear, nothing is guessed: you "
    "are asked to choose it yourself."
)


def check_page() -> None:
    """Draw the page; one rerun of it."""
    found = _found_again() or st.session_state.get("job")
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
        _show(found, found.news)
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
    earlier: Job | None = st.session_state.pop("job", None)
    if earlier is not None:
        earlier.cancel()
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
    job = jobs.start_job(folder, request)
    jobs.remember(uid, job)
    st.session_state["job"] = job
    st.query_params[_UID] = uid
    st.rerun()


def _found_again() -> Job | Path | None:
    """The check that this page's address names: a browser that was refreshed loses nothing else."""
    uid = st.query_params.get(_UID, "")
    if not jobs.is_uid(uid):
        return None
    job = jobs.alive(uid)
    if job is not None:
        st.session_state.setdefault("job", job)
        return job
    folder = here.results_root() / uid
    return folder if (folder / PAGE).is_file() else None


def _show(job: Job, news: News) -> None:
    if news.state is State.RUNNING:
        _progress(job)
    elif news.state is State.DONE:
        if news.message:
            st.warning(markup.plain(news.message), icon=":material/history_toggle_off:")
        show_result(job.results)
    elif news.state is State.FAILED:
        st.error(markup.plain(news.message), icon=":material/error:")
    else:
        st.info("Stopped: nothing was kept of this check.", icon=":material/block:")


@st.fragment(run_every=_REFRESH_S)
def _progress(job: Job) -> None:
    """How far it is; drawn anew by itself while the rest of the page stays."""
    news = job.news
    if news.state is not State.RUNNING:
        st.rerun()
    with st.container(border=True, key=None if news.done else "check-waiting"):
        # The clock goes on where nothing can be counted.
        clock = _clock(monotonic() - job.started_s)
        st.markdown(f"**{markup.plain(job.request.name)}**, {clock}")
        st.progress(_share(news), text=", ".join(_progress_words(news)))
        if st.button("Cancel", icon=":material/close:", key="cancel"):
            job.cancel()
            st.rerun()


def _share(news: News) -> float:
    begin, end = _SHARES.get(news.stage, (0.0, 0.0))
    return begin + (end - begin) * min(1.0, news.done / news.total) if news.total else begin


def _progress_words(news: News) -> Iterator[str]:
    yield _STAGES.get(news.stage, news.stage)
    if news.done:
        yield f"{news.done} of {news.total} frames" if news.total else f"{news.done} frames"
    if news.fps:
        yield f"{news.fps:.0f} a second"
    if news.fps and news.total:
        yield f"about {_left(max(0, news.total - news.done) / news.fps)} left in this step"


def _clock(spent_s: float) -> str:
    minutes, seconds = divmod(int(spent_s), 60)
    return f"{minutes}:{seconds:02d}"


def _left(left_s: float) -> str:
    whole = max(1, round(left_s))
    return f"{whole} s" if whole < 90 else f"{round(whole / 60)} min"
