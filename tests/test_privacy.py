"""Nothing is sent anywhere: the programs themselves, every connection they try written down."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
import urllib.request
from ipaddress import ip_address
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="strace is Linux's"),
]

#: Everything by which a process can reach another machine, name look-ups included.
TRACE = ["strace", "-f", "-qq", "--seccomp-bpf", "-e", "trace=connect,sendto,sendmsg,sendmmsg",
         "-e", "signal=none", "-s", "0"]  # fmt: skip
ADDRESS = re.compile(r'inet_addr\("([^"]+)"\)|inet_pton\(AF_INET6, "([^"]+)"')
#: A connection to nobody: an address that is reserved for examples.
CONTROL = """
import socket
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
    one.connect(("192.0.2.1", 9))
"""


@pytest.fixture(autouse=True)
def _tracer() -> None:
    """Skips where this system does not let one process watch another."""
    if shutil.which("strace") is None:
        pytest.skip("no strace on this machine")
    probe = subprocess.run([*TRACE, "-o", os.devnull, "true"], capture_output=True, check=False)
    if probe.returncode:
        pytest.skip("strace may not watch processes here")


@pytest.fixture(scope="module")
def clip(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few seconds of a person."""
    from posecheck.capture.files import read_frames
    from tests.videos import write_clip

    pictures = []
    for frame in read_frames(root / "sample_videos/ankle-side-good.mp4", max_side_px=480, rgb=True):
        pictures.append(frame.rgb[:270, :480])
        if len(pictures) == 75:
            break
    return write_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", pictures=pictures)


def outside(trace: Path) -> set[str]:
    """Addresses beyond this machine's loopback that a trace speaks of."""
    found = {one or two for one, two in ADDRESS.findall(trace.read_text("utf-8", "replace"))}
    return {address for address in found if not ip_address(address).is_loopback}


def environment(tmp_path: Path) -> dict[str, str]:
    return {
        **os.environ, "HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path / "data"),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
    }  # fmt: skip


def run_traced(tmp_path: Path, *arguments: str | Path) -> tuple[set[str], str]:
    """What a command tried to reach, and what it printed."""
    trace = tmp_path / "trace"
    done = subprocess.run(
        [*TRACE, "-o", str(trace), sys.executable, *map(str, arguments)],
        capture_output=True, text=True, check=False, timeout=600, env=environment(tmp_path),
        cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return outside(trace), done.stdout


def test_a_connection_that_is_tried_would_be_seen(tmp_path: Path) -> None:
    assert run_traced(tmp_path, "-c", CONTROL)[0] == {"192.0.2.1"}


def test_a_check_reaches_nobody(tmp_path: Path, clip: Path) -> None:
    reached, said = run_traced(
        tmp_path, "-m", "posecheck", "check", clip, "-m", "ankle-dorsiflexion", "--json",
        "--out", tmp_path / "out",
    )  # fmt: skip
    assert json.loads(said)
    assert reached == set()


def test_a_live_session_reaches_nobody(tmp_path: Path, clip: Path) -> None:
    reached, said = run_traced(
        tmp_path, "-m", "posecheck", "live", "-m", "ankle-dorsiflexion", "--camera", clip,
        "--headless", "--record", "--video", "--no-setup", "--sessions", tmp_path / "sessions",
    )  # fmt: skip
    assert '"event": "summary"' in said
    assert reached == set()
    (folder,) = (tmp_path / "sessions").iterdir()
    names = {file.name for file in folder.iterdir()}
    assert {"session.json", "track.parquet", "events.jsonl", "video.webm"} <= names
    for file in folder.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name


def test_the_apps_server_reaches_nobody_and_listens_on_loopback_only(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    trace = tmp_path / "trace"
    process = subprocess.Popen(
        [*TRACE, "-o", str(trace), sys.executable, "-m", "posecheck", "app", "--headless",
         "--port", str(port)],
        env=environment(tmp_path), stdout=subprocess.DEVNULL, cwd=tmp_path,
        start_new_session=True,
    )  # fmt: skip
    try:
        limit_s = time.monotonic() + 180
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as answer:
                    assert b"<html" in answer.read()
                break
            except OSError:
                assert time.monotonic() < limit_s, "the server did not start"
                time.sleep(0.2)
        listening = [
            line.split()[1]
            for table in ("tcp", "tcp6")
            for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]
            if line.split()[3] == "0A" and line.split()[1].endswith(f":{port:04X}")
        ]
        assert listening == [f"0100007F:{port:04X}"]
    finally:
        # The whole group that was started here: strace, the command and its server.
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(60)
    assert outside(trace) == set()
