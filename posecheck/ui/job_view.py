"""A job on its page: which one is this window's, how far it is, and the way to stop it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any

import streamlit as st

from posecheck.ui import jobs, markup
from posecheck.ui.jobs import Job, News, State

_REFRESH_S = 0.5
#: So many frames show the pace: the first of them waited for the model.
_PACE_FRAMES = 15
#: What can be expected where nothing can be counted.
BUSY = ", a few seconds, more on a busy machine"


@dataclass(frozen=True, slots=True)
class Stage:
    """A step of a job: in words, and where it begins and ends on the bar, from 0 to 1."""

    words: str
    begin: float
    end: float


Stages = Mapping[str, Stage]


#: What every job does at first.
STARTING = {
    "": Stage("Starting a process of its own", 0.0, 0.0),
    "libraries": Stage("Getting ready: loading the libraries" + BUSY, 0.0, 0.0),
}


def hold(kind: str, uid: str, job: Job) -> None:
    """This window's job from now on; the page's address names it by ``kind``."""
    jobs.remember(kind, uid, job)
    st.session_state[_key(kind)] = job
    st.query_params[kind] = uid


def held(kind: str) -> Any:
    """The job that the page's address names, else the one that this window began, else None.

    A browser that was refreshed loses nothing but its address.
    """
    uid = st.query_params.get(kind, "")
    job = jobs.alive(kind, uid) if jobs.is_uid(uid) else None
    if job is not None:
        st.session_state[_key(kind)] = job
        return job
    return st.session_state.get(_key(kind))


def let_go(kind: str) -> None:
    """Forget this window's job, and stop it; one that is done may still be shown elsewhere."""
    job: Job | None = st.session_state.pop(_key(kind), None)
    st.query_params.pop(kind, None)
    if job is not None and job.news.state is State.RUNNING:
        job.cancel()


def _key(kind: str) -> str:
    return f"job-{kind}"


def show(job: Job, stages: Stages, stopped: str, result: Callable[[], None]) -> None:
    """How far the job is, what came of it by ``result``, or why nothing did."""
    news = job.news
    if news.state is State.RUNNING:
        _follow(job, stages)
    elif news.state is State.DONE:
        if news.message:
            st.warning(markup.plain(news.message), icon=":material/history_toggle_off:")
        result()
    elif news.state is State.FAILED:
        st.error(markup.plain(news.message), icon=":material/error:")
    else:
        st.info(stopped, icon=":material/block:")


@st.fragment(run_every=_REFRESH_S)
def _follow(job: Job, stages: Stages) -> None:
    """Drawn anew by itself while the rest of the page stays."""
    news = job.news
    if news.state is not State.RUNNING:
        st.rerun()
    with st.container(border=True, key=None if news.done else "job-waiting"):
        name = job.names[max(news.clip, 1) - 1]
        # The clock goes on where nothing can be counted.
        st.markdown(f"**{markup.plain(name)}**, {_clock(monotonic() - job.started_s)}")
        stage = stages.get(news.stage, Stage(news.stage, 0.0, 0.0))
        st.progress(_share(news, stage), text=", ".join(_words(news, stage)))
        st.button("Cancel", icon=":material/close:", key="cancel", on_click=job.cancel)


def _share(news: News, stage: Stage) -> float:
    done = min(1.0, news.done / news.total) if news.total else 0.0
    share = stage.begin + (stage.end - stage.begin) * done
    return (news.clip - 1 + share) / news.clips if news.clips else share


def _words(news: News, stage: Stage) -> Iterator[str]:
    if news.clips > 1:
        yield f"Video {news.clip} of {news.clips}"
    yield stage.words
    if news.done:
        yield f"{news.done} of {news.total} frames" if news.total else f"{news.done} frames"
    if not news.fps or news.done < _PACE_FRAMES:
        return
    yield f"{news.fps:.0f} a second"
    if news.total:
        yield f"about {_left(max(0, news.total - news.done) / news.fps)} left in this step"


def _left(left_s: float) -> str:
    whole = max(1, round(left_s))
    return f"{whole} s" if whole < 90 else f"{round(whole / 60)} min"


def _clock(spent_s: float) -> str:
    minutes, seconds = divmod(int(spent_s), 60)
    return f"{minutes}:{seconds:02d}"
