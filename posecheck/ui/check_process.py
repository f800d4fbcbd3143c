"""One check in a process of its own: the request on stdin, news as JSON lines on stdout.

The pages start it (``jobs.CheckJob``). A process, not a thread, so that a check neither slows the
other people's pages nor takes the server down with it, and can be stopped at any moment.
"""

from __future__ import annotations

import json
import os
import re
import sys
import threading
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, TextIO

from posecheck.core.errors import PosecheckError

if TYPE_CHECKING:
    from posecheck.progress import Step

_NEWS_EVERY_S = 0.2


def main() -> None:
    """Read the request, check, tell; ends at once when the server has gone."""
    request = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_the_server, daemon=True).start()
    # Whatever a library prints must not mix with the news.
    news_out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    try:
        _run(request, news_out)
    except PosecheckError as error:
        _tell(news_out, {"error": _shown(str(error), request)})
    except ImportError as error:
        from posecheck.cli import missing_library

        line = missing_library(error)
        if line is None:
            raise
        _tell(news_out, {"error": line})
    else:
        _tell(news_out, {"done": True})


def _run(request: dict[str, Any], news_out: TextIO) -> None:
    from posecheck.page_data import write_page
    from posecheck.pipeline import check

    last_stage, told_s = "", 0.0

    def on_step(step: Step) -> None:
        nonlocal last_stage, told_s
        now_s = monotonic()
        if step.stage != last_stage or now_s - told_s > _NEWS_EVERY_S:
            last_stage, told_s = step.stage, now_s
            news = {"stage": step.stage, "done": step.done, "total": step.total, "fps": step.fps}
            _tell(news_out, {"step": news})

    clip, out = Path(request["clip"]), Path(request["out"])
    check(
        clip, request["move"], request["side"], out=out, mirrored=request["mirrored"],
        on_step=on_step,
    )  # fmt: skip
    write_page(out / clip.stem, clip, request["move"])


def _shown(message: str, request: dict[str, Any]) -> str:
    """The message with the name that the person knows, not the place on the server."""
    clip = Path(request["clip"])
    instead = {
        str(clip): request["name"],
        clip.name: request["name"],
        request["out"]: "the temporary folder",
    }
    places = "|".join(re.escape(place) for place in instead)
    return re.sub(places, lambda found: instead[found[0]], message)


def _tell(out: TextIO, news: dict[str, Any]) -> None:
    out.write(json.dumps(news) + "\n")
    out.flush()


def _end_with_the_server() -> None:
    while os.read(0, 4096):
        pass
    os._exit(1)


if __name__ == "__main__":
    main()
