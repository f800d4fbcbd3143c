"""The web page's entry: settings of every page, and the way between them."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from posecheck.core.errors import PosecheckError
from posecheck.ui import routes, serve
from posecheck.ui.guard import let_in
from posecheck.ui.markup import plain

_STYLE = Path(__file__).with_name("style.css")
#: A file of ours: the pages' browser would fetch a ":material/...:" icon from another host.
_ICON = Path(__file__).with_name("icon.svg")


def main() -> None:
    """Draw the page that was asked for."""
    st.set_page_config(page_title="posecheck")
    st.html(_STYLE)
    if let_in():
        _draw()
    # Last: Streamlit loads NumPy and Pillow for it, and nobody shall wait for the page meanwhile.
    st.set_page_config(page_icon=str(_ICON))


def _draw() -> None:
    # Streamlit's own bar becomes a drawer on a phone that stays open over the page.
    page = st.navigation(routes.pages(), position="hidden")
    routes.go_on(page)
    routes.bar()
    try:
        page.run()
    except PosecheckError as error:
        st.error(plain(str(error)), icon=":material/error:")
    routes.arrived()
    serve.page_drawn()


if __name__ == "__main__":
    main()
