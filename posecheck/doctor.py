"""What of a live session works on this machine, and what to do about what does not."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata, resources
from time import perf_counter
from typing import Literal

from posecheck.core.errors import InputError

State = Literal["ok", "warn", "missing"]

_LIBRARIES = ("mediapipe", "opencv-python", "numpy", "av", "pyarrow")
#: A 30-minute session keeps about 45 MB of poses while it runs, and up to 1 GB of video.
_LITTLE_GB, _TOO_LITTLE_GB = 2.0, 0.2
_SPEED_FRAMES, _WARM_FRAMES = 90, 15
_WANTED_FPS = 30.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what was looked at, how it stands, and what to do if it does not."""

    what: str
    state: State
    text: str


def examine(camera: str) -> Iterator[Finding]:
    """Look at everything, one finding after the other, the quick ones first."""
    yield Finding("system", "ok", f"{platform.system()} {platform.machine()}, "
                  f"Python {platform.python_version()}, {_cores()} cores")  # fmt: skip
    looks: dict[str, Callable[[], Finding]] = {
        "libraries": _libraries, "model": _model, "sessions": _folder, "sound": _sound,
        "window": _window, "camera": lambda: _camera(camera), "speed": _speed,
    }  # fmt: skip
    for what, look in looks.items():
        try:
            yield look()
        except InputError as error:
            yield Finding(what, "missing", str(error))


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _libraries() -> Finding:
    from posecheck.cli import missing_library

    try:
        import cv2  # noqa: F401
    except ImportError as error:
        return Finding("libraries", "missing", missing_library(error) or str(error))
    versions = [f"{name} {metadata.version(name)}" for name in _LIBRARIES]
    return Finding("libraries", "ok", ", ".join(versions))


def _model() -> Finding:
    from posecheck.estimate.models import resolve_model

    model = resolve_model()
    return Finding("model", "ok", f"{model.name}, checked, {model.path}")


def _folder() -> Finding:
    from posecheck.session.folder import sessions_root

    root = sessions_root()
    there = next(p for p in (root, *root.parents) if p.exists())
    free_gb = shutil.disk_usage(there).free / 1e9
    text = f"{root}, {free_gb:.1f} GB free"
    if not os.access(there, os.W_OK):
        return Finding("sessions", "missing", f"{text}, but no permission to write there: set "
                       "POSECHECK_SESSIONS to another folder")  # fmt: skip
    if free_gb < _TOO_LITTLE_GB:
        return Finding("sessions", "missing", f"{text}: free some space before you record")
    return Finding("sessions", "warn" if free_gb < _LITTLE_GB else "ok", text)


def _sound() -> Finding:
    from posecheck.sound.player import SystemVoice

    voice = SystemVoice()
    if voice.silent:
        return Finding("sound", "warn", "none: cues are seen, not heard; on Debian or Ubuntu: "
                       "sudo apt install libportaudio2 speech-dispatcher")  # fmt: skip
    return Finding("sound", "ok", voice.name)


def _window() -> Finding:
    if platform.system() == "Linux" and not os.environ.get("DISPLAY"):
        return Finding("window", "warn", "no screen here: live needs --headless, or the web page")
    return Finding("window", "ok", "a window can be opened")


def _camera(camera: str) -> Finding:
    from posecheck.capture.camera import Asked
    from posecheck.capture.devices import open_device
    from posecheck.capture.source import parse_source

    device = open_device(parse_source(camera), Asked())
    try:
        began_s, pictures = perf_counter(), 0
        while perf_counter() - began_s < 1.0 and device.read() is not None:
            pictures += 1
        rate = pictures / max(1e-6, perf_counter() - began_s)
    finally:
        device.close()
    got = device.got
    codec = f", {got.fourcc}" if got.fourcc else ""
    text = f"{got.source}: {got.width_px}x{got.height_px}{codec}, {rate:.0f} pictures a second"
    if rate < 15:
        return Finding("camera", "warn", f"{text}: more light lets it give more")
    return Finding("camera", "ok", text)


def _speed() -> Finding:
    """A whole live session on a picture of a person, as fast as it goes."""
    import cv2
    import numpy as np

    from posecheck.core.live_view import Stage
    from posecheck.library import load_move
    from posecheck.live_session import LiveSession

    raw = resources.files("posecheck.data").joinpath("person.jpg").read_bytes()
    bgr = np.asarray(cv2.imdecode(np.frombuffer(raw, np.uint8), cv2.IMREAD_COLOR), np.uint8)
    with LiveSession(load_move("standing-hip")) as session:
        for i in range(_WARM_FRAMES):
            session.feed(bgr, i / 30)
        began_s = perf_counter()
        for i in range(_WARM_FRAMES, _WARM_FRAMES + _SPEED_FRAMES):
            session.feed(bgr, i / 30)
        fps = _SPEED_FRAMES / (perf_counter() - began_s)
        if session.view.stage is Stage.SETUP:
            return Finding("speed", "missing", "the model does not see the person in its test "
                           "picture; make it anew: make model")  # fmt: skip
    text = f"this machine analyses {fps:.0f} frames a second"
    if fps < _WANTED_FPS:
        return Finding("speed", "warn", f"{text}: of a camera's 30 some are left out; close other "
                       "programs, or use --model lite")  # fmt: skip
    return Finding("speed", "ok", text)
