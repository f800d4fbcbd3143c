"""Memory that pictures and the model no longer need, given back to the system."""

from __future__ import annotations

import ctypes
import sys
from typing import Any

#: ``M_ARENA_MAX`` of glibc's <malloc.h>.
_ARENA_MAX = -8


def share_one_heap() -> None:
    """Let all threads share one heap, as for a server that lives long.

    glibc gives threads heaps of their own. Those of a webcam's connection end with it, but what
    little others left there keeps each heap: tens of megabytes after twenty live sessions.
    """
    mallopt = _glibc("mallopt")
    if mallopt is not None:
        mallopt(_ARENA_MAX, 1)


def give_memory_back() -> None:
    """Return free memory to the system, where the C library would keep it for later.

    Pictures of a megabyte come and go among small things that stay, and glibc keeps the holes: tens
    of megabytes over minutes. Takes a few milliseconds; nothing happens with other C libraries.
    """
    trim = _glibc("malloc_trim")
    if trim is not None:
        trim(0)


def _glibc(name: str) -> Any:
    """A function that only glibc has; None elsewhere."""
    return getattr(ctypes.CDLL(None), name, None) if sys.platform == "linux" else None
