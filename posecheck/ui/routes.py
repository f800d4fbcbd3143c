"""The pages and the way to each: a page's module is loaded when somebody opens it."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

import streamlit as st
from streamlit.navigation.page import StreamlitPage

#: (module and function's stem, title, path, icon), in the order of the bar.
_PAGES = (
    ("today", "Today", ":material/today:"),
    ("check", "Check a video", ":material/movie:"),
    ("live", "Live", ":material/videocam:"),
    ("moves", "Moves", ":material/accessibility_new:"),
    ("settings", "Settings", ":material/settings:"),
)


def titles() -> list[str]:
    """What the pages are called, in the order of the bar."""
    return [title for _, title, _ in _PAGES]


def pages() -> list[StreamlitPage]:
    """Every page, the first one opened by default."""
    return [_page(name) for name, _, _ in _PAGES]


def _page(name: str) -> StreamlitPage:
    for stem, title, icon in _PAGES:
        if stem == name:
            return st.Page(
                _drawer(stem), title=title, icon=icon, url_path=stem, default=stem == _PAGES[0][0]
            )
    raise KeyError(name)


def _drawer(stem: str) -> Callable[[], None]:
    def draw() -> None:
        module = import_module(f"posecheck.ui.{stem}_page")
        getattr(module, f"{stem}_page")()

    return draw


def known(name: str) -> bool:
    """Whether there is a page of that name."""
    return any(stem == name for stem, _, _ in _PAGES)


def go(name: str) -> None:
    """Open another page now."""
    st.switch_page(_page(name))
