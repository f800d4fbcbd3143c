"""The page "Today": what is due, what was last, and one button to start."""

from __future__ import annotations

import streamlit as st

from posecheck.ui import drawings, routes


def today_page() -> None:
    """Draw the page; one rerun of it."""
    st.title("Today", anchor=False)
    st.html(drawings.first_steps_svg())
    if st.button("Try it without a camera", key="try-sample"):
        st.session_state["source"] = "A sample"
        routes.go("check")
