"""A home folder as somebody has it who has used posecheck for a while."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from history_factory import improving
from session_factory import recorded, session_info
from sqlalchemy.engine import make_url
from synthetic import film

from posecheck.store.opening import Store
from posecheck.store.writing import save_all

#: The names of the recordings, the newest first.
RECORDINGS = ("2026-11-08-180000-standing-hip-b2", "2026-11-01-180000-standing-hip-a1")


def fill(home: Path) -> None:
    """Three months of history and two recordings of one move, as ``app_served`` looks for them."""
    with Store(make_url(f"sqlite:///{home}/history.db")) as store:
        # The last session was the day before yesterday, so that something is due.
        save_all(store, list(improving(datetime.now().astimezone() - timedelta(days=2))))
    root = home / "data" / "posecheck" / "sessions"
    for name, slower in zip(RECORDINGS, (1.0, 1.6), strict=True):
        track = film("standing-hip", hold_scale=slower, noise_px=0.7).track
        info = session_info(name, started_at=f"{name[:10]}T18:00:00+01:00")
        recorded(root / name, track, info=info)
