"""What belongs to the person who looks at the page: their choices and their folders."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from posecheck.ui.guard import visitor
from posecheck.ui.prefs import Prefs, person_folder, prefs_path, read_prefs, write_prefs

_KEY = "prefs"


def prefs() -> Prefs:
    """This person's choices, read once a visit."""
    kept = st.session_state.get(_KEY)
    if kept is None:
        kept = read_prefs(prefs_path(visitor()))
        st.session_state[_KEY] = kept
    found: Prefs = kept
    return found


def keep_prefs(chosen: Prefs) -> None:
    """Keep the choices from now on.

    Raises:
        InputError: they cannot be written.
    """
    write_prefs(prefs_path(visitor()), chosen)
    st.session_state[_KEY] = chosen


def person() -> str:
    """The name that the history files results under."""
    return visitor() or prefs().person


def sessions_root() -> Path:
    """The folder of this person's recorded sessions; need not exist."""
    from posecheck.session.folder import sessions_root as everybodys

    return _own(everybodys())


def results_root() -> Path:
    """The folder of this person's checked videos; need not exist."""
    import platformdirs

    return _own(platformdirs.user_data_path("posecheck", appauthor=False) / "checks")


def dark() -> bool:
    """Whether the page is shown dark."""
    return st.context.theme.type == "dark"


def _own(folder: Path) -> Path:
    name = person_folder(visitor())
    return folder.with_name(f"{folder.name}-{name}") if name else folder
