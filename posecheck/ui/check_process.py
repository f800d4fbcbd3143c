"""One check in a process of its own: the request on stdin, news as JSON lines on stdout.

The pages start it (``jobs.CheckJob``). A process, not a thread, so that a check neither slows the
other people's pages nor takes the server down with it, and can be stopped at any moment.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import sys
import threading
from importlib import import_module
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, TextIO

from posecheck.core.errors import PosecheckError

if TYPE_CHECKING:
    from posecheck.core.result import Result
    from posecheck.progress import Step

_NEWS_EVERY_S = 0.2


def main() -> None:
    """Read the request, check, tell; ends at once when the server has gone."""
    # Ended from outside it still takes what it had half written away.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    request = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_the_server, daemon=True).start()
    # Whatever a library prints must not mix with the news.
    news_out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    try:
        note = _run(request, news_out)
    except PosecheckError as error:
        _tell(news_out, {"error": _shown(str(error), request)})
    except ImportError as error:
        from posecheck.cli import missing_library

        line = missing_library(error)
        if line is None:
            raise
        _tell(news_out, {"error": line})
    else:
        _tell(news_out, {"done": True, "note": note})


def _run(request: dict[str, Any], news_out: TextIO) -> str:
    """Check, keep, remember; gives what could not be remembered, in a sentence, or nothing."""
    _tell(news_out, {"step": {"stage": "libraries"}})
    from posecheck import tracking  # noqa: F401  # loaded while that is what is told
    from posecheck.pipeline import check

    _tell(news_out, {"step": {"stage": "model"}})
    last_stage, told_s = "", 0.0

    def on_step(step: Step) -> None:
        nonlocal last_stage, told_s
        now_s = monotonic()
        if not last_stage:
            threading.Thread(target=_load_ahead, daemon=True).start()
        if step.stage != last_stage or now_s - told_s > _NEWS_EVERY_S:
            last_stage, told_s = step.stage, now_s
            news = {"stage": step.stage, "done": step.done, "total": step.total, "fps": step.fps}
            _tell(news_out, {"step": news})

    clip, out = Path(request["clip"]), Path(request["out"])
    result = check(
        clip, request["move"], request["side"], out=out, mirrored=request["mirrored"],
        name=request["name"], page=True, on_step=on_step,
    )  # fmt: skip
    kept_in = _keep(out / clip.stem, request["kept_in"])
    return _remember(result, clip, kept_in, request["person"])


def _load_ahead() -> None:
    """What the end of a check needs, a second of loading, while the model works outside Python."""
    for name in ("render.chart_page", "saving", "store.reading", "store.writing"):
        import_module(f"posecheck.{name}")


def _keep(done: Path, kept_in: str | None) -> Path | None:
    """Put the finished folder where this person's results are kept, as a whole or not at all."""
    from posecheck.outputs import staged_folder

    if kept_in is None:
        return None
    place = Path(kept_in)
    with staged_folder(place.parent, place.name) as folder:
        shutil.copytree(done, folder, dirs_exist_ok=True)
    return place


def _remember(result: Result, clip: Path, folder: Path | None, person: str | None) -> str:
    """Put the result into the history; the check itself stands even where that fails."""
    from posecheck.saving import save_result
    from posecheck.store.opening import Store
    from posecheck.store.reading import people
    from posecheck.store.writing import add_person

    if person is None:
        return ""
    try:
        with Store() as store:
            # The name was chosen on the page "Settings": its first result brings it in.
            if person not in [name for name, _ in people(store)]:
                add_person(store, person)
            save_result(result, clip=clip, folder=folder, person=person, store=store)
    except PosecheckError as error:
        return f"The result is not in the history: {error}"
    return ""


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
