"""Webcam sessions under way, kept by the server, so that a refreshed page goes on where it was."""

from __future__ import annotations

import secrets
from typing import Any
from weakref import WeakValueDictionary

import streamlit as st

from posecheck.ui import here
from posecheck.ui.desk import Desk

#: By the person, the page's key and a word in its address; nobody else gets it, whatever they type.
_ALIVE: WeakValueDictionary[tuple[str, str, str], Desk] = WeakValueDictionary()
_PARAMETER, _WINDOW, _TAKEN, _GONE = "set", "desk-window", "desk-taken", "desk-gone"


def begin(key: str, desk: Desk) -> None:
    """Keep a desk for this window, and for the same address after a refresh."""
    desk.address = secrets.token_urlsafe(9)
    _ALIVE[here.person(), key, desk.address] = desk
    st.session_state[key] = desk
    st.query_params[_PARAMETER] = desk.address
    desk.window = _window()


def current(key: str) -> Any:
    """This window's desk or None; what another window took over is not this one's any more."""
    desk = st.session_state.get(key)
    if desk is None:
        token = st.query_params.get(_PARAMETER, "")
        desk = _ALIVE.get((here.person(), key, token))
        if desk is None or token == st.session_state.get(_GONE):
            return None
        desk.window = _window()
        st.session_state[key] = desk
    if desk.window is not _window():
        let_go(key)
        st.session_state[_TAKEN] = True
        return None
    return desk


def let_go(key: str) -> None:
    """Forget this window's desk: the browser's next calls may still bring its address.

    Buttons call it back: the camera's letting go may break off the run that a click began.
    """
    desk = st.session_state.pop(key, None)
    st.session_state[_GONE] = desk.address if desk is not None else None
    st.query_params.pop(_PARAMETER, None)


def tell_taken() -> None:
    """Say once that it goes on elsewhere."""
    if st.session_state.pop(_TAKEN, False):
        st.info("It goes on in another window of yours.", icon=":material/open_in_new:")


def _window() -> object:
    """One per browser tab, and a new one after a refresh."""
    return st.session_state.setdefault(_WINDOW, object())
