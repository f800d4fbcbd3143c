"""Which sound or sentence goes out when: one at a time, spaced, never late.

No clock and no sound here: whoever plays says what time it is and whether something still sounds.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

Tone = Literal["reached", "hold_done", "lost", "fault", "count", "start", "done"]

#: A cue that could not go out so soon after its moment is dropped: late advice is wrong advice.
LATE_S = 0.7
#: Quiet between the end of one cue and the next.
SPACE_S = 0.5
#: The same correction again only after this long.
SAME_AGAIN_S = 6.0


class Rank(IntEnum):
    """Of two cues that wait, the higher goes first and the other is dropped when it gets late."""

    PROMPT = 0
    PROGRESS = 1
    CORRECTION = 2
    STATE = 3


@dataclass(frozen=True, slots=True)
class Cue:
    """Something to hear.

    Attributes:
        t_s: the moment it belongs to.
        tone: the sound that comes first, or None.
        text: what to say after it, or None.
        prompt: the text only tells what comes next, so anything else may cut it short.
    """

    t_s: float
    rank: Rank
    tone: Tone | None = None
    text: str | None = None
    prompt: bool = False

    @property
    def key(self) -> str:
        """Cues of one key are the same correction."""
        return self.text or self.tone or ""


class CueQueue:
    """Holds what waits to be heard and gives the next one when its turn has come."""

    def __init__(
        self, late_s: float = LATE_S, space_s: float = SPACE_S, again_s: float = SAME_AGAIN_S
    ) -> None:
        self._late_s, self._space_s, self._again_s = late_s, space_s, again_s
        self._waiting: list[Cue] = []
        self._quiet_since_s = float("-inf")
        self._given_s: dict[str, float] = {}
        self.dropped = 0

    def offer(self, cue: Cue) -> None:
        """Let ``cue`` wait for its turn; a correction given a moment ago is not repeated."""
        if cue.rank == Rank.CORRECTION:
            given_s = self._given_s.get(cue.key, float("-inf"))
            if cue.t_s - given_s < self._again_s:
                return
        self._waiting.append(cue)

    def ended(self, now_s: float, cut: bool = False) -> None:
        """What was given last has ended sounding; after a ``cut`` the next one need not wait."""
        self._quiet_since_s = float("-inf") if cut else now_s

    def take(self, now_s: float) -> Cue | None:
        """The cue to play now, or None; asked only while nothing sounds."""
        fresh = [cue for cue in self._waiting if now_s - cue.t_s <= self._late_s]
        self.dropped += len(self._waiting) - len(fresh)
        self._waiting = fresh
        if not fresh or now_s - self._quiet_since_s < self._space_s:
            return None
        best = max(fresh, key=lambda cue: (cue.rank, cue.t_s))
        # What waited behind it would come late or out of place.
        self._waiting = [cue for cue in fresh if cue is not best and cue.rank >= best.rank]
        self._given_s[best.key] = now_s
        self._quiet_since_s = now_s
        return best
