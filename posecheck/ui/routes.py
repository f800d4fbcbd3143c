"""The pages and the way to each: a page's module is loaded when somebody opens it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib import import_module
from time import monotonic

import streamlit as st
from streamlit.navigation.page import StreamlitPage
from streamlit.runtime.scriptrunner import get_script_run_ctx

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
#: The way that was asked for; so long after it, another page that is drawn is one that was meant.
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


@dataclass(frozen=True, slots=True)
class _Way:
    """A way that was asked for, from a page with its address's parameters."""

    name: str
    parameters: dict[str, str] | None
    left_with: dict[str, str]
    asked_s: float
    arrived: bool = False


def head_for(name: str, parameters: dict[str, str] | None = None) -> None:
    """Open another page with the run that follows: what a button calls back."""
    left_with = st.query_params.to_dict()
    st.session_state[_GOING] = _Way(name, parameters, left_with, monotonic())


def go(name: str, parameters: dict[str, str] | None = None) -> None:
    """Open another page now, with these in its address."""
    head_for(name, parameters)
    st.switch_page(_page(name), query_params=parameters)


def go_on(page: StreamlitPage) -> None:
    """Go the way that was asked for where ``page`` is drawn in its stead.

    What a page's own parts tell the server until the browser knows that it was left still names
    the page they stand on, and would bring it back.
    """
    way: _Way | None = st.session_state.get(_GOING)
    if way is None or page.url_path == _page(way.name).url_path:
        return
    on_the_way = not way.arrived and monotonic() - way.asked_s <= _GOING_S
    if on_the_way or _late(way):
        st.switch_page(_page(way.name), query_params=way.parameters)
    del st.session_state[_GOING]


def _late(way: _Way) -> bool:
    """Whether it is still the page that was left which speaks: a link to it has a bare address."""
    context = get_script_run_ctx()
    back = context is not None and context.is_history_navigation
    return not back and bool(way.left_with) and st.query_params.to_dict() == way.left_with


def arrived() -> None:
    """A page was drawn to its end: the way that led there, if any, is gone to its end too."""
    way: _Way | None = st.session_state.get(_GOING)
    if way is not None:
        st.session_state[_GOING] = replace(way, arrived=True)
