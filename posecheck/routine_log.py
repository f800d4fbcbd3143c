"""Which moves were done on which day: the one place where the routine meets the history.

Whatever is in the history counts: a move led by the routine, a checked video, a live session.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import posecheck
from posecheck.core.dose import Session
from posecheck.core.routine import MoveRecord, record_line

if TYPE_CHECKING:
    from posecheck.store.opening import Store


def read_sessions(
    store: Store, who: str | None = None, since: datetime | None = None
) -> list[Session]:
    """What a person did from a moment on, oldest first, by the days of this machine's clock.

    Raises:
        InputError: an unknown person, or the history cannot be read.
    """
    from posecheck.store.reading import done_moves

    return [
        Session(at.astimezone().date(), move_id, pain)
        for at, move_id, pain in done_moves(store, who, since)
    ]


def keep_records(
    store: Store, records: Sequence[MoveRecord], at: datetime, who: str | None = None
) -> int:
    """Keep what the routine led through; a move of which nothing was done is not kept.

    One that pain stopped in its first repetition is: it is not due again today, and light next.

    Args:
        at: when it was done, with its zone.

    Returns:
        how many moves were kept.

    Raises:
        InputError: an unknown person, or the history cannot be written.
    """
    from posecheck.store.records import SessionRecord
    from posecheck.store.writing import save_all

    done = [
        SessionRecord(
            taken_at=at, kind="routine", move_id=one.move_id, move_name=one.name,
            duration_s=one.held_s, software=posecheck.__version__, pain=one.pain,
            verdict=record_line(one),
        )
        for one in records if one.left + one.right or one.hurt
    ]  # fmt: skip
    if done:
        save_all(store, done, who)
    return len(done)
