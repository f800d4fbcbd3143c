"""The server's start: it listens at once, and loads what the pages need while the browser comes up.

Libraries for history, charts and video take seconds to load. The first page's are loaded while the
browser fetches the page's frame, all others' once the first page is drawn.
"""

from __future__ import annotations

import contextlib
import gc
import os
import sys
import threading
from importlib import import_module
from time import sleep

from posecheck.core.errors import PosecheckError
from posecheck.memory import share_one_heap
from posecheck.ui import ENTRY

#: What a webcam's first picture and the end of a set need; nobody shall stand there and wait.
_LIVE = ("aiortc", "posecheck.pipeline", "posecheck.saving", "pyarrow.parquet", "pandas")
_drawn = threading.Event()
#: The browser has the first page by then, and nobody has read it yet.
_SETTLED_S = 0.5
_LOOK_S = 0.02
#: A server hands out a page in hundreds of small steps; it must not wait 5 ms for each.
_TURN_S = 0.0005


def serve(flags: list[str]) -> None:
    """Serve the pages until somebody ends it; ``flags`` are of ``streamlit run``."""
    # Nothing of what is loaded is garbage; to look for some takes a tenth of the start.
    gc.disable()
    from streamlit.web import cli

    share_one_heap()
    # Arrow's own memory pool keeps what a written table took.
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    threading.Thread(target=_load_ahead, name="load-ahead", daemon=True).start()
    cli.main(["run", str(ENTRY), *flags], prog_name="streamlit")


def page_drawn() -> None:
    """Tell that a page is on its way to the browser."""
    _drawn.set()


def _load_ahead() -> None:
    from posecheck.ui import routes

    _wait_for_the_server()
    usual_s = sys.getswitchinterval()
    sys.setswitchinterval(_TURN_S)
    try:
        first, *others = routes.modules()
        import_module(first)
        begun = _history_is_begun()
        if begun:
            _open_the_history()
        _drawn.wait()
        sleep(_SETTLED_S)
        if not begun:
            _open_the_history()
        for name in (*others, *_LIVE):
            import_module(name)
        # What is loaded stays: collections of garbage need not look through it again.
        gc.collect()
        gc.freeze()
    finally:
        gc.enable()
        sys.setswitchinterval(usual_s)


def _wait_for_the_server() -> None:
    """Until it listens: what is loaded earlier keeps it, and so the browser, waiting."""
    from streamlit import runtime
    from streamlit.runtime import RuntimeState

    while not runtime.exists() or runtime.get_instance().state is RuntimeState.INITIAL:
        sleep(_LOOK_S)


def _history_is_begun() -> bool:
    """Whether Today reads one; what is wrong with its address, the page says in its place."""
    from posecheck.store.opening import is_begun

    try:
        return is_begun()
    except PosecheckError:
        return False


def _open_the_history() -> None:
    """Once, for what opening loads, and so that a new or an old one is brought up to date."""
    from posecheck.store.opening import Store

    # What is wrong with it, the page says in its place.
    with contextlib.suppress(PosecheckError), Store():
        pass
