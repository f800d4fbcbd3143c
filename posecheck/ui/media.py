"""An address on this server for a file of ours, as `st.video` makes one for itself."""

from __future__ import annotations

from pathlib import Path

from streamlit.runtime import exists, get_instance


def address_of(path: Path, place: str) -> str:
    """Where the page's browser gets the file, for as long as this visit lasts.

    Empty outside a running server, as in tests.

    Args:
        place: a name of its own on the page.
    """
    if not exists():
        return ""
    return str(get_instance().media_file_mgr.add(str(path), "video/webm", place))
