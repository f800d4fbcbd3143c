"""A knee-to-wall result on the page: both legs, what it says, every try, and the scale."""

from __future__ import annotations

import streamlit as st

from posecheck.core.wall_result import Comparison
from posecheck.ui import markup, routes
from posecheck.ui.wall_measured import Measured


def show_measured(measured: Measured) -> None:
    """Draw the result, with its downloads."""
    result = measured.result
    for line in result.notes:
        st.warning(markup.plain(line), icon=":material/warning:")
    _legs(measured)
    st.html(markup.heading("What it says") + markup.bullets(result.verdict))
    _tries(measured)
    with st.expander("Where the centimetres come from", icon=":material/straighten:"):
        from posecheck.render.wall_report import scale_line

        for scale, picture in zip(result.scales, measured.scales, strict=True):
            st.caption(markup.plain(scale_line(scale)))
            st.html(markup.photo(picture, f"The scale, drawn in: {scale.clip}"))
    with st.container(horizontal=True):
        st.download_button(
            "Numbers (JSON)", result.model_dump_json(indent=2), "knee-to-wall.json",
            "application/json", icon=":material/download:", key="wall-json",
        )  # fmt: skip
        if st.button("Progress over time", icon=":material/monitoring:", key="to-progress"):
            routes.go("progress")
    st.caption(measured.kept + " Pain is a stop sign: reduce the range or stop. No medical advice.")


def _legs(measured: Measured) -> None:
    from posecheck.render.wall_report import told

    result = measured.result
    columns = st.columns(2, gap="large")
    for side, column in zip(result.named_sides, columns, strict=False):
        reading = result.reading("toe_to_wall_cm", side)
        with column:
            st.metric(f"{side.capitalize()}, toe to wall", told(reading, "cm"))
            name = f"toe_to_wall_{side}_cm"
            lines = [against(one) for one in result.compared if one.measure == name]
            if lines:
                st.html(markup.bullets(lines))
            elif reading.valid:
                st.caption("The first measurement of this leg: later ones are set against it.")
            picture = measured.pictures.get(side)
            if picture is not None:
                st.html(markup.photo(picture, f"The best try, {side} leg"))
            elif reading.reason:
                st.caption(markup.plain(reading.reason))


def against(one: Comparison) -> str:
    """A leg against an earlier time, in a line."""
    return (
        f"{one.change:+.1f} cm against {one.against} ({one.before:.1f} cm on {one.taken_at[:10]}): "
        f"{one.verdict}, it takes {one.least_real:.1f} cm."
    )


def _tries(measured: Measured) -> None:
    from posecheck.render.wall_report import told, try_word

    st.html(markup.heading("Every try"))
    rows = [
        {
            "Try": f"{one.side} {one.number}", "Toe to wall": told(one.toe_to_wall_cm, "cm"),
            "Shin tilt": told(one.shin_tilt_deg, "°"), "Heel lift": told(one.heel_lift_cm, "cm"),
            "Result": try_word(one)[1], "Why": "" if one.valid else one.toe_to_wall_cm.reason,
        }
        for one in measured.result.tries
    ]  # fmt: skip
    if rows:
        st.dataframe(rows, hide_index=True, width="stretch")
    else:
        st.info(
            "No try was seen: from standing still, touch the wall with your knee and come back."
        )
