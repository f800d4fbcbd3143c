"""How far a check is, for whoever shows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """How far a check is.

    Attributes:
        stage: "poses" while reading and estimating, "feet" while the feet are looked at more
            closely, "report" while writing pictures and numbers, "video" while writing the
            annotated video.
        done, total: frames; total is None if the file does not tell its length.
        fps: frames a second of this stage so far.
    """

    stage: str
    done: int
    total: int | None
    fps: float


OnStep = Callable[[Step], None]
