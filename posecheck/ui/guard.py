"""Who may use the page: this machine; from elsewhere only behind a login, or knowingly."""

from __future__ import annotations

import os
from enum import StrEnum
from ipaddress import ip_address

#: Set by ``posecheck app --i-know``: served beyond this machine without a login, knowingly.
KNOWN_VARIABLE = "POSECHECK_I_KNOW"
REFUSED = (
    "This page is being served beyond this machine, and anybody who reaches it could see what is "
    "kept here. Start it on this machine only (posecheck app), set up a login "
    '(docs/app.md, "Beyond this machine"), or accept it with: posecheck app --address ADDRESS '
    "--i-know"
)


class Door(StrEnum):
    """``OPEN``: come in. ``LOGIN``: say who you are first. ``SHUT``: nobody, see ``REFUSED``."""

    OPEN = "open"
    LOGIN = "login"
    SHUT = "shut"


def is_loopback(address: str | None) -> bool:
    """Whether a server at this address is reached from this machine only.

    No address means all of the machine's networks.
    """
    if not address:
        return False
    if address == "localhost":
        return True
    try:
        return ip_address(address.strip("[]")).is_loopback
    except ValueError:
        return False


def door(address: str | None, *, login_set_up: bool, logged_in: bool) -> Door:
    """What stands between a visitor and the page.

    Args:
        address: what the server listens on.
        login_set_up: an OIDC provider is named in Streamlit's secrets.
        logged_in: the visitor has come back from that provider.
    """
    if login_set_up:
        return Door.OPEN if logged_in else Door.LOGIN
    if is_loopback(address) or os.environ.get(KNOWN_VARIABLE) == "1":
        return Door.OPEN
    return Door.SHUT


def let_in() -> bool:
    """Draw the login or the refusal where one is due; True for whoever may go on."""
    import streamlit as st

    set_up = login_set_up()
    logged_in = set_up and bool(st.user.is_logged_in)
    state = door(st.get_option("server.address"), login_set_up=set_up, logged_in=logged_in)
    if state is Door.OPEN:
        return True
    st.title("posecheck", anchor=False)
    if state is Door.LOGIN:
        st.markdown("Log in to see your own checks, sessions and progress.")
        st.button("Log in", type="primary", on_click=st.login, key="log-in")
    else:
        st.error(REFUSED, icon=":material/lock:")
    return False


def login_set_up() -> bool:
    """Whether Streamlit's secrets name an OIDC provider."""
    import streamlit as st
    from streamlit.errors import StreamlitSecretNotFoundError

    try:
        return "auth" in st.secrets
    except StreamlitSecretNotFoundError:
        return False


def visitor() -> str:
    """Who is logged in, as the provider names them; empty where nobody has to."""
    import streamlit as st

    if not login_set_up():
        return ""
    return str(st.user.get("email") or st.user.get("sub") or "")
