"""Cues for a browser: what it shall play now, for a page that asks a few times a second."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from time import monotonic
from typing import Any

from posecheck.core.cues import Tone
from posecheck.sound import tones

#: How long a sentence is taken to last: a browser does not tell when its voice has ended.
_LETTERS_PER_S, _SHORTEST_S = 14.0, 0.6
_KEPT = 12


class BrowserVoice:
    """A voice (see :class:`posecheck.sound.player.Voice`) whose sound is made by the page."""

    name = "tones and voice by the browser"

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._given: deque[tuple[int, float, dict[str, str]]] = deque(maxlen=_KEPT)
        self._number = 0
        self._lock = threading.Lock()
        self._cut = threading.Event()

    def play(self, tone: Tone) -> None:
        self._give({"tone": tone}, tones.length_s(tone))

    def say(self, text: str) -> None:
        self._give({"text": text}, max(_SHORTEST_S, len(text) / _LETTERS_PER_S))

    def stop(self) -> None:
        self._cut.set()

    def _give(self, what: dict[str, str], lasts_s: float) -> None:
        """Hand it over, and wait as long as it sounds."""
        self._cut.clear()
        with self._lock:
            self._number += 1
            self._given.append((self._number, self._clock(), what))
        self._cut.wait(lasts_s)

    def recent(self) -> list[dict[str, Any]]:
        """The newest sounds: ``number``, rising, ``age_s``, and ``tone`` or ``text``."""
        now_s = self._clock()
        with self._lock:
            given = list(self._given)
        return [
            {"number": number, "age_s": round(now_s - then_s, 3), **what}
            for number, then_s, what in given
        ]
