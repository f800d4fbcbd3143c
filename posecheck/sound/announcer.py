"""The thread that makes cues heard while frames go on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from time import monotonic
from types import TracebackType
from typing import Self

from posecheck.core.cues import Cue, CueQueue, Rank
from posecheck.sound.player import Voice

_POLL_S = 0.05


class Announcer:
    """Plays one cue at a time, never late; use it as a context manager.

    Args:
        voice: makes the sound.
        clock: seconds, rising; cues are as old as it says since they were offered.
        speak: whether sentences are said, or only tones played.
    """

    def __init__(
        self, voice: Voice, *, clock: Callable[[], float] = monotonic, speak: bool = True
    ) -> None:
        self._voice, self._clock, self._speak = voice, clock, speak
        self._queue = CueQueue()
        self._news = threading.Condition()
        self._sounding: Rank | None = None
        self._cut = False
        self._stop = False
        self._thread = threading.Thread(target=self._run, name="cues", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._news:
            self._stop = True
            self._news.notify_all()
        self._voice.stop()
        self._thread.join(timeout=2.0)

    @property
    def dropped(self) -> int:
        """Cues that would have come late."""
        return self._queue.dropped

    def offer(self, cues: Iterable[Cue]) -> None:
        """Let cues be heard as soon as it is their turn; returns at once."""
        cues = list(cues)
        if not cues:
            return
        now_s = self._clock()
        with self._news:
            for cue in cues:
                self._queue.offer(replace(cue, t_s=now_s))
            above = max(cue.rank for cue in cues)
            interrupts = self._sounding is not None and above > self._sounding
            self._cut = self._cut or interrupts
            self._news.notify_all()
        if interrupts:
            self._voice.stop()

    def _run(self) -> None:
        while True:
            with self._news:
                if self._stop:
                    return
                cue = self._queue.take(self._clock())
                if cue is None:
                    self._news.wait(_POLL_S)
                    continue
                self._sounding, self._cut = cue.rank, False
            if cue.tone is not None:
                self._voice.play(cue.tone)
            if cue.text is not None and self._goes_on(cue):
                self._voice.say(cue.text)
            with self._news:
                self._sounding = None
                self._queue.ended(self._clock(), self._cut)

    def _goes_on(self, cue: Cue) -> bool:
        """Whether the words follow the tone."""
        with self._news:
            self._sounding = Rank.PROMPT if cue.prompt else cue.rank
            return self._speak and not self._cut and not self._stop
