"""What plays a tone or says a sentence: the best that this system has, found once."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from posecheck.core.cues import Tone
from posecheck.sound import tones

#: Programs that play a WAV file, by the system they come with.
_PLAYERS: Sequence[Sequence[str]] = (
    ("pw-play",), ("paplay",), ("aplay", "-q"), ("afplay",),
)  # fmt: skip
#: Programs that speak: their words follow. None of these sends the text anywhere.
_SPEAKERS: Sequence[Sequence[str]] = (
    ("say", "-r", "190"),
    ("spd-say", "--wait", "--rate", "10"),
    ("espeak-ng", "-s", "165"),
    ("espeak", "-s", "165"),
)
_POWERSHELL = (
    "Add-Type -AssemblyName System.Speech; "
    "(New-Object System.Speech.Synthesis.SpeechSynthesizer).Speak([Console]::In.ReadToEnd())"
)


class Voice(Protocol):
    """Makes sound and waits for its end; ``stop`` from another thread ends it early."""

    name: str

    def play(self, tone: Tone) -> None: ...

    def say(self, text: str) -> None: ...

    def stop(self) -> None: ...


class SystemVoice:
    """Tones by sounddevice or a player program, speech by the system's voice."""

    def __init__(self) -> None:
        self._sound = _sounddevice()
        self._player = None if self._sound else _first_of(_PLAYERS)
        self._speaker = _speaker()
        self._process: subprocess.Popen[bytes] | None = None
        self._files: tempfile.TemporaryDirectory[str] | None = None
        tone_by = "sounddevice" if self._sound else self._player[0] if self._player else "nothing"
        speech_by = Path(self._speaker[0]).stem if self._speaker else "nothing"
        self.name = f"tones by {tone_by}, speech by {speech_by}"

    @property
    def silent(self) -> bool:
        """Whether this system can make no sound at all."""
        return not (self._sound or self._player or self._speaker)

    def play(self, tone: Tone) -> None:
        if self._sound is not None:
            try:
                self._sound.play(tones.samples(tone), tones.RATE_HZ)
                self._sound.wait()
            except self._sound.PortAudioError:
                # No sound card now (a headset was unplugged): the eye still has the cue.
                self._sound, self._player = None, _first_of(_PLAYERS)
        elif self._player is not None:
            self._run([*self._player, str(self._file(tone))])

    def _file(self, tone: Tone) -> Path:
        if self._files is None:
            self._files = tempfile.TemporaryDirectory(prefix="posecheck-tones-")
        path = Path(self._files.name) / f"{tone}.wav"
        if not path.exists():
            path.write_bytes(tones.wav(tone))
        return path

    def say(self, text: str) -> None:
        if self._speaker is None:
            return
        if self._speaker[0].lower().startswith("powershell"):
            self._run(self._speaker, text)
        else:
            # A dash in front would be taken as an option.
            self._run([*self._speaker, text.lstrip("- ")])

    def stop(self) -> None:
        if self._sound is not None:
            self._sound.stop()
        process = self._process
        if process is not None:
            with contextlib.suppress(OSError):
                process.terminate()

    def _run(self, command: Sequence[str], text: str | None = None) -> None:
        try:
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE if text else subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
        except OSError:
            return
        try:
            self._process.communicate(text.encode() if text else None, timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        finally:
            self._process = None


def _sounddevice() -> Any:
    """The sounddevice module, if its library and a speaker are here."""
    try:
        import sounddevice
    except (ImportError, OSError):
        return None
    try:
        sounddevice.query_devices(kind="output")
    except (sounddevice.PortAudioError, ValueError):
        return None
    return sounddevice


def _first_of(commands: Sequence[Sequence[str]]) -> Sequence[str] | None:
    return next((c for c in commands if shutil.which(c[0])), None)


def _speaker() -> Sequence[str] | None:
    if sys.platform == "win32" and shutil.which("powershell"):
        return ["powershell", "-NoProfile", "-Command", _POWERSHELL]
    return _first_of(_SPEAKERS)
