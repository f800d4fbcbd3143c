"""The pages and the way to each: a page's module is loaded when somebody opens it."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from time import monotonic

import streamlit as st
from streamlit.navigation.page import StreamlitPage

#: (module and function's stem, title, path, icon), in the order of the bar.
_PAGES = (
    ("today", "Today", ":material/today:"),
    ("check", "Check a video", ":material/movie:"),
    ("live", "Live", ":material/videocam:"),
    ("knee", "Knee to wall", ":material/straighten:"),
    ("replay", "Replay", ":material/replay:"),
    ("progress", "Progress", ":material/monitoring:"),
    ("moves", "Moves", ":material/accessibility_new:"),
    ("settings", "Settings", ":material/settings:"),
)
#: Pages that another one leads to; the bar does not name them.
_BEYOND = (("routine", "Routine", ":material/directions_run:"),)
#: Which page was asked for; so long after it, a page that is drawn is one that was meant.
_GOING, _GOING_S = "going", 3.0


def titles() -> list[str]:
    """What the pages are called, in the order of the bar."""
    return [title for _, title, _ in _PAGES]


def modules() -> list[str]:
    """The pages' modules, the one opened by default first."""
    return [_module(stem) for stem, _, _ in (*_PAGES, *_BEYOND)]


def pages() -> list[StreamlitPage]:
    """Every page, the first one opened by default."""
    return [_page(name) for name, _, _ in (*_PAGES, *_BEYOND)]


def bar() -> None:
    """The way between the pages: one row, or a few short ones on a phone; nothing to fold out."""
    with st.container(horizontal=True, key="pc-bar", gap="small"):
        for name, title, icon in _PAGES:
            st.page_link(_page(name), label=title, icon=icon)


def _page(name: str) -> StreamlitPage:
    for stem, title, _ in (*_PAGES, *_BEYOND):
        if stem == name:
            return st.Page(_drawer(stem), title=title, url_path=stem, default=stem == _PAGES[0][0])
    raise KeyError(name)


def _module(stem: str) -> str:
    return f"posecheck.ui.{stem}_page"


def _drawer(stem: str) -> Callable[[], None]:
    def draw() -> None:
        module = import_module(_module(stem))
        getattr(module, f"{stem}_page")()

    return draw


def head_for(name: str, parameters: dict[str, str] | None = None) -> None:
    """Open another page with the run that follows: what a button calls back."""
    st.session_state[_GOING] = (name, parameters, monotonic())


def go(name: str, parameters: dict[str, str] | None = None) -> None:
    """Open another page now, with these in its address."""
    head_for(name, parameters)
    st.switch_page(_page(name), query_params=parameters)


def go_on(page: StreamlitPage) -> None:
    """Go the way that was asked for where ``page`` is drawn in its stead.

    What a page's own parts tell the server just after it was left still names the page they stand
    on, and would bring it back.
    """
    name, parameters, asked_s = st.session_state.get(_GOING, ("", None, float("-inf")))
    if monotonic() - asked_s > _GOING_S:
        st.session_state.pop(_GOING, None)
    elif page.url_path != _page(name).url_path:
        st.switch_page(_page(name), query_params=parameters)


def arrived() -> None:
    """The page was drawn to its end: whatever way led here is gone to its end too."""
    st.session_state.pop(_GOING, None)
