"""The command ``posecheck app``: the web page, on this machine unless told otherwise."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

#: Uploads wait in memory; a minute from a phone at full HD has about 130 MB.
MAX_UPLOAD_MB = 400
_LOOPBACK = "127.0.0.1"


def app_command(
    port: Annotated[
        int, typer.Option(min=1, max=65535, help="Port on this machine.", metavar="PORT")
    ] = 8501,
    address: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS", help="Where to listen; the default is reached from here only."
        ),
    ] = _LOOPBACK,
    i_know: Annotated[
        bool,
        typer.Option(
            "--i-know",
            help="Serve beyond this machine without a login: all who reach it see all.",
        ),
    ] = False,
    max_upload_mb: Annotated[
        int, typer.Option(min=1, metavar="MB", help="Largest video that may be uploaded.")
    ] = MAX_UPLOAD_MB,
    headless: Annotated[
        bool, typer.Option("--headless", help="Do not open a browser; only say the address.")
    ] = False,
) -> None:
    """Open the web page: check a video, measure, replay, see progress.

    It listens on this machine only. Beyond it, either set up a login in
    .streamlit/secrets.toml (section [auth]) or say --i-know.
    """
    from posecheck.ui.guard import KNOWN_VARIABLE

    check_address(address, i_know, login_in(Path.cwd()))
    os.environ[KNOWN_VARIABLE] = "1" if i_know else ""
    from posecheck.ui.serve import serve

    serve(server_flags(port, address, max_upload_mb, headless))


def register(app: typer.Typer) -> None:
    """Add the command to the root."""
    app.command(name="app")(app_command)


def check_address(address: str, i_know: bool, login: bool) -> None:
    """Refuse to be reached from elsewhere without a login.

    Raises:
        InputError: the address is not this machine's loopback; no login and no --i-know.
    """
    from posecheck.core.errors import InputError
    from posecheck.ui.guard import is_loopback

    if is_loopback(address) or login or i_know:
        return
    raise InputError(
        f"--address {address}: expected 127.0.0.1, or a login in .streamlit/secrets.toml (section "
        "[auth], see docs/app.md): others could see what is kept here. To serve it without a "
        "login all the same, add --i-know"
    )


def login_in(folder: Path) -> bool:
    """Whether Streamlit's secrets, there or in the home folder, name an OIDC provider."""
    import tomllib

    for place in (folder, Path.home()):
        try:
            found = tomllib.loads((place / ".streamlit" / "secrets.toml").read_text("utf-8"))
        except (OSError, ValueError):
            continue
        if "auth" in found:
            return True
    return False


def server_flags(port: int, address: str, max_upload_mb: int, headless: bool) -> list[str]:
    """Streamlit's settings as its own flags, the same wherever posecheck is installed."""
    settings = {
        "server.address": address,
        "server.port": str(port),
        "server.maxUploadSize": str(max_upload_mb),
        "server.headless": str(headless).lower(),
        "server.fileWatcherType": "none",
        "browser.gatherUsageStats": "false",
        # It would wait in the terminal of who starts it the first time.
        "server.showEmailPrompt": "false",
        # After every run of a page, four a second while live: each stops all threads for 0.2 s.
        "runner.postScriptGC": "false",
        # A press that waits for the board would be dropped with the run that what the webcam
        # reports of itself replaces; so the two are put together.
        "runner.fastReruns": "false",
        "client.toolbarMode": "viewer",
        # An error of ours goes to the log, not to a search engine's page.
        "client.showErrorDetails": "none",
        "client.showErrorLinks": "false",
        "theme.primaryColor": "#0c7a70",
        "theme.dark.primaryColor": "#3cc4b5",
    }
    return [part for name, value in settings.items() for part in (f"--{name}", value)]
