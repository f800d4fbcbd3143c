"""A job's own process: its order comes on stdin, its news go out as JSON lines on stdout.

The pages start it (``jobs.ProcessJob``). A process, not a thread, so that a job neither slows the
other people's pages nor takes the server down with it, gives its memory back when it ends, and can
be stopped at any moment.
"""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from time import monotonic
from typing import Any, TextIO

from posecheck.core.errors import PosecheckError

_NEWS_EVERY_S = 0.2


class Teller:
    """Tells the page how far its job is.

    Args:
        instead: what the person knows for each place on the server.
    """

    def __init__(self, out: TextIO, instead: Mapping[str, str]) -> None:
        self._out, self._instead = out, instead
        self._last: tuple[str, int] | None = None
        self._told_s = 0.0

    def step(
        self, stage: str, done: int = 0, total: int | None = None, fps: float = 0.0,
        *, clip: int = 0, clips: int = 0,
    ) -> None:  # fmt: skip
        """How far it is, as in :class:`jobs.News`; the same stage is told a few times a second."""
        now_s = monotonic()
        if (stage, clip) == self._last and now_s - self._told_s <= _NEWS_EVERY_S:
            return
        self._last, self._told_s = (stage, clip), now_s
        step = {"stage": stage, "done": done, "total": total, "fps": fps,
                "clip": clip, "clips": clips}  # fmt: skip
        self.say({"step": step})

    def keeping(self) -> None:
        """From here on a cancel lets the job come to its end: what it keeps, it keeps whole."""
        signal.signal(signal.SIGTERM, signal.SIG_IGN)

    def named(self, message: str) -> str:
        """The message with the names that the person knows, not the places on the server."""
        if not self._instead:
            return message
        places = "|".join(re.escape(place) for place in self._instead)
        return re.sub(places, lambda found: self._instead[found[0]], message)

    def say(self, news: dict[str, Any]) -> None:
        self._out.write(json.dumps(news) + "\n")
        self._out.flush()


#: Does the job that is ordered; gives a sentence that goes with its end, or nothing.
Work = Callable[[dict[str, Any], Teller], str]


def run(work: Work) -> None:
    """Read the order, work, tell; ends at once when the server has gone."""
    # Ended from outside it still takes what it had half written away.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    told = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_the_server, daemon=True).start()
    # Whatever a library prints must not mix with the news.
    teller = Teller(os.fdopen(os.dup(1), "w", encoding="utf-8"), told["instead"])
    os.dup2(2, 1)
    try:
        note = work(told["order"], teller)
    except PosecheckError as error:
        teller.say({"error": teller.named(str(error))})
    except ImportError as error:
        from posecheck.cli import missing_library

        line = missing_library(error)
        if line is None:
            raise
        teller.say({"error": line})
    else:
        teller.say({"done": True, "note": note})


def _end_with_the_server() -> None:
    while os.read(0, 4096):
        pass
    os._exit(1)
