"""Times of a live source made to rise, whatever its clock does."""

from __future__ import annotations

from dataclasses import dataclass

#: A picture earlier than the last by less than this came late and is left out; by more, the
#: source's clock was set back, and time goes on from where it was.
SET_BACK_S = 0.5
#: What is assumed to have passed when a clock was set back.
_STEP_S = 1.0 / 30.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where a picture lies in the session's time; ``jumped``: its clock was set back."""

    t_s: float
    jumped: bool


class Timeline:
    """Maps a source's times to seconds since its first picture, strictly rising."""

    def __init__(self) -> None:
        self._shift_s: float | None = None
        self.now_s = 0.0
        self._any = False

    def place(self, t_s: float) -> Place | None:
        """The picture's place, or None for one that came too late to have any."""
        if self._shift_s is None:
            self._shift_s = -t_s
        at_s = t_s + self._shift_s
        jumped = False
        if self._any and at_s <= self.now_s:
            if self.now_s - at_s < SET_BACK_S:
                return None
            jumped = True
            self._shift_s += self.now_s + _STEP_S - at_s
            at_s = t_s + self._shift_s
        self._any = True
        self.now_s = at_s
        return Place(at_s, jumped)
