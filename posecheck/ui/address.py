"""Choices kept in the page's address: a refresh, a bookmark or the back button finds them again."""

from __future__ import annotations

from collections.abc import Collection

import streamlit as st


def recall(key: str, options: Collection[str], default: str | None) -> None:
    """Give a widget, before it is drawn, what the address says; the default for nonsense."""
    known = st.session_state.get(key, st.query_params.get(key))
    st.session_state[key] = known if known in options else default


def remember(key: str, value: str | None, default: str | None) -> None:
    """Write a choice into the address; the default needs no place there."""
    if value is None or value == default:
        st.query_params.pop(key, None)
    elif st.query_params.get(key) != value:
        st.query_params[key] = value
