"""What every test can use."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.browsing import app_served, chromium
from tests.commands import Outcome, Run, kept_in

_COUNT = count()
ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def root() -> Path:
    """The root of the source tree."""
    return ROOT


@pytest.fixture(scope="session")
def sample_videos(root: Path) -> Path:
    """The bundled clips with their truth."""
    return root / "sample_videos"


@pytest.fixture(scope="session")
def testdata(root: Path) -> Path:
    """Real clips from elsewhere, beside the checkout on some machines only."""
    folder = root.parent / "shared" / "testdata"
    if not folder.is_dir():
        pytest.skip("no ../shared/testdata on this machine")
    return folder


def _live_in(folder: Path, patch: pytest.MonkeyPatch) -> None:
    """Keep everything in ``folder``, as the programs that are started do."""
    for name, value in kept_in(folder).items():
        patch.setenv(name, value)


@pytest.fixture(scope="session", autouse=True)
def _not_this_machines_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Nothing reads or writes this machine's own folders, what several tests share neither."""
    with pytest.MonkeyPatch.context() as patch:
        _live_in(tmp_path_factory.getbasetemp() / "history", patch)
        yield


@pytest.fixture(autouse=True)
def _history_of_its_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """No test reads what another one kept."""
    _live_in(tmp_path_factory.getbasetemp() / f"history-{next(_COUNT)}", monkeypatch)


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A person's folders that nobody used yet."""
    import platformdirs

    for kind in ("data", "config"):
        monkeypatch.setattr(
            platformdirs, f"user_{kind}_path", lambda *a, _kind=kind, **k: tmp_path / _kind
        )
    monkeypatch.delenv("POSECHECK_SESSIONS", raising=False)
    return tmp_path


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse every connection that leaves this machine's loopback."""
    import socket

    connect = socket.socket.connect

    def loopback_only(sock: socket.socket, address: object) -> None:
        if isinstance(address, tuple) and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise AssertionError(f"a connection to {address} was tried")
        connect(sock, address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", loopback_only)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Runs the command in this process, from a folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")

    def call(*words: str | Path) -> Outcome:
        from posecheck import cli

        monkeypatch.setattr(sys, "argv", ["posecheck", *map(str, words)])
        before = {name: signal.getsignal(name) for name in (signal.SIGTERM, signal.SIGHUP)}
        try:
            cli.main()
            code = 0
        except SystemExit as end:
            code = int(end.code or 0)
        finally:
            for name, handler in before.items():
                signal.signal(name, handler)
        printed = capsys.readouterr()
        return Outcome(code, printed.out, printed.err)

    return call


# --- a real browser; a test module may have another server or another webcam ---


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def server(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with app_served(root, tmp_path_factory.mktemp("home")) as address:
        yield address
