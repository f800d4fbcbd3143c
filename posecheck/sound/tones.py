"""The tones, made from sines; nothing is downloaded.

Rising means good, falling means something is wrong, so that they are told apart without thinking;
all lie between 400 and 1400 Hz, where small speakers are loud and old ears hear well.
"""

from __future__ import annotations

import io
import wave
from functools import cache

import numpy as np
import numpy.typing as npt

from posecheck.core.cues import Tone

RATE_HZ = 44_100
_FADE_S = 0.012
_LOUDNESS = 0.5

#: (frequency in Hz, length in s), one after the other; frequency 0 is silence.
_NOTES: dict[Tone, tuple[tuple[float, float], ...]] = {
    "count": ((880.0, 0.09),),
    "start": ((880.0, 0.09), (1319.0, 0.28)),
    "reached": ((659.0, 0.16),),
    "hold_done": ((659.0, 0.10), (988.0, 0.20)),
    "done": ((659.0, 0.10), (880.0, 0.10), (1175.0, 0.26)),
    "fault": ((554.0, 0.10), (415.0, 0.18)),
    "lost": ((440.0, 0.12), (0.0, 0.06), (440.0, 0.12), (0.0, 0.06), (440.0, 0.12)),
}


@cache
def samples(tone: Tone) -> npt.NDArray[np.float32]:
    """(n,) samples -1..1 at ``RATE_HZ``, starting and ending at 0 so that nothing clicks."""
    return np.concatenate([_note(hz, length_s) for hz, length_s in _NOTES[tone]])


def length_s(tone: Tone) -> float:
    """How long a tone sounds."""
    return sum(length for _, length in _NOTES[tone])


def notes() -> dict[str, list[list[float]]]:
    """Every tone's (frequency in Hz, length in s), for whoever makes them elsewhere."""
    return {tone: [list(note) for note in melody] for tone, melody in _NOTES.items()}


def _note(hz: float, length_s: float) -> npt.NDArray[np.float32]:
    t_s = np.arange(round(length_s * RATE_HZ)) / RATE_HZ
    # A quiet octave above gives small speakers something to work with.
    wave_form = np.sin(2 * np.pi * hz * t_s) + 0.3 * np.sin(4 * np.pi * hz * t_s)
    edge = np.minimum(t_s, t_s[::-1]) / _FADE_S
    note = _LOUDNESS / 1.3 * wave_form * np.minimum(1.0, edge)
    return np.asarray(note, np.float32)


@cache
def wav(tone: Tone) -> bytes:
    """The tone as a 16-bit mono WAV file."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes((samples(tone) * 32767).astype("<i2").tobytes())
    return buffer.getvalue()
