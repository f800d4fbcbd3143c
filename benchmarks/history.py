"""A long history: how long the table and a measure's progress take.

    python -m benchmarks.history [SESSIONS]

CPU time in this process, files and libraries warm: what somebody waits for beyond the program's
start, whatever else the machine does.
"""

from __future__ import annotations

import io
import statistics
import sys
import tempfile
from collections.abc import Callable
from contextlib import redirect_stdout
from datetime import UTC, datetime
from pathlib import Path
from time import process_time

from sqlalchemy.engine import make_url

from posecheck import cli_history
from posecheck.measured import kinds, measured
from posecheck.store.opening import Store
from posecheck.store.reading import count_sessions, sessions
from posecheck.store.records import Filter
from posecheck.store.writing import save_all
from tests.history_factory import many

ROUNDS = 5


def history_s(count: int) -> dict[str, float]:
    """Seconds, medians: the history's table with its small bars, and the progress query."""
    with tempfile.TemporaryDirectory() as folder:
        url = make_url(f"sqlite:///{Path(folder)}/history.db")
        with Store(url) as store:
            save_all(store, list(many(datetime.now(UTC), count)))

        def table() -> None:
            with Store(url) as store, redirect_stdout(io.StringIO()):
                wanted = Filter(limit=20)
                rows = sessions(store, wanted)
                cli_history.show(rows, count_sessions(store, wanted), store, wanted)

        def progress() -> None:
            with Store(url) as store:
                found = measured(store, kinds(store)[0])
                assert found is not None

        return {"history": _median_s(table), "progress": _median_s(progress)}


def _median_s(run: Callable[[], None]) -> float:
    run()
    spent = []
    for _ in range(ROUNDS):
        began = process_time()
        run()
        spent.append(process_time() - began)
    return statistics.median(spent)


if __name__ == "__main__":
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    for name, seconds in history_s(number).items():
        print(f"{name}, {number} sessions: {seconds:.3f} s")
