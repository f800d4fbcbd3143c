"""The page "Settings": who, units, sound, what is kept and where, and what leaves (nothing)."""

from __future__ import annotations

import streamlit as st

import posecheck
from posecheck.store.writing import rename_person
from posecheck.ui import here, kept, markup, past
from posecheck.ui.guard import visitor
from posecheck.ui.prefs import Prefs

#: The name before the last change of it.
_EARLIER = "earlier-name"
_UNITS = {"cm": "Centimetres", "in": "Inches"}
_PRIVACY = (
    "Video, pictures and numbers stay on this machine: nothing is sent anywhere, and no statistics "
    "are collected.",
    "This page is reached from this machine only, unless somebody started it otherwise.",
    "The pose model ships with posecheck; no part of a check needs the internet.",
)


def settings_page() -> None:
    """Draw the page; one rerun of it."""
    st.title("Settings", anchor=False)
    chosen = here.prefs()
    wanted = _choices(chosen)
    if wanted != chosen:
        if wanted.person != chosen.person:
            st.session_state[_EARLIER] = chosen.person
        here.keep_prefs(wanted)
    _take_along()
    _kept()
    _about()


def _choices(chosen: Prefs) -> Prefs:
    st.subheader("You", anchor=False)
    if visitor():
        st.markdown(f"Logged in as **{markup.plain(visitor())}**.")
        st.button("Log out", on_click=st.logout, key="log-out")
        person = chosen.person
    else:
        person = st.text_input(
            "Your name", chosen.person, max_chars=80, key="pref-person",
            help="Results are kept under this name. Several people can share one machine.",
        ).strip()  # fmt: skip
    units = st.radio(
        "Lengths in", list(_UNITS), list(_UNITS).index(chosen.units), horizontal=True,
        format_func=_UNITS.__getitem__, key="pref-units",
        help="On the pages Knee to wall and Progress. Files keep centimetres.",
    )  # fmt: skip
    st.subheader("Sound while you move", anchor=False)
    tones = st.toggle("Tones: position reached, hold done, something to change", chosen.tones,
                      key="pref-tones")  # fmt: skip
    voice = st.toggle(
        "Voice: the browser's own, on this machine", chosen.voice, key="pref-voice",
        help="Where the browser has a local voice; voices from the internet are not used.",
    )  # fmt: skip
    st.subheader("What is kept", anchor=False)
    results = st.toggle("Keep results of checked videos", chosen.keep_results, key="pref-results",
                        help="Report, measures and landmarks; not the video itself.")  # fmt: skip
    video = st.toggle(
        "Keep the video of live sessions", chosen.keep_video, key="pref-video",
        help="Without it a session keeps the landmarks only, and Replay draws a figure.",
    )  # fmt: skip
    return chosen.model_copy(
        update={
            "person": person or chosen.person, "units": units, "tones": tones, "voice": voice,
            "keep_results": results, "keep_video": video,
        }
    )  # fmt: skip


def _take_along() -> None:
    """After another name: is it somebody else, or the same person by a new name?"""
    earlier, now = st.session_state.get(_EARLIER), here.person()
    if not earlier or earlier == now:
        return
    with past.opened(now) as new, past.opened(earlier) as old:
        count = old.count()
        if new.known or not count:
            return
        st.info(
            f"{count} results are kept under {markup.plain(earlier)}. {markup.plain(now)} begins "
            "with none, unless you take them along.", icon=":material/person:",
        )  # fmt: skip
        if st.button(f"Take the results of {markup.plain(earlier)} along", key="take-along"):
            rename_person(old.store, earlier, now)
            st.session_state.pop(_EARLIER)
            st.toast("Your results go by the new name.")
            st.rerun()


def _kept() -> None:
    found = kept.everything()
    rows = [(one.what, f"{_amount(one)}\n{one.place}") for one in found]
    st.html(markup.kept_table(rows))
    something = any(one.count for one in found)
    with st.popover(
        "Delete everything", icon=":material/delete:", disabled=not something, key="delete-all"
    ):
        _confirm()


def _amount(one: kept.Kept) -> str:
    if not one.count:
        return "nothing yet"
    size = one.size_bytes / 1e6
    said = f"{size:.0f} MB" if size >= 1 else f"{max(1, round(one.size_bytes / 1000))} kB"
    return said if one.count == 1 else f"{one.count}, {said}"


def _confirm() -> None:
    st.markdown(
        "All your results, recordings, your history and these settings go for good. Downloads that "
        "you saved elsewhere stay, and so does what other people here keep."
    )
    sure = st.checkbox("I am sure", key="delete-sure")
    if st.button("Delete everything", type="primary", disabled=not sure, key="delete-now"):
        kept.delete_everything()
        st.session_state.clear()
        st.toast("Everything is deleted.")
        st.rerun()


def _about() -> None:
    st.subheader("About and privacy", anchor=False)
    st.html(markup.bullets(_PRIVACY))
    st.markdown(
        f"posecheck {posecheck.__version__}, open source, Apache-2.0. It is no medical device and "
        "gives no medical advice; pain is a stop sign."
    )
