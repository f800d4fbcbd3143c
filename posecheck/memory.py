"""Memory that pictures and the model no longer need, given back to the system."""

from __future__ import annotations

import ctypes
import sys


def give_memory_back() -> None:
    """Return free memory to the system, where the C library would keep it for later.

    Pictures of a megabyte come and go among small things that stay, and glibc keeps the holes: tens
    of megabytes over minutes. Takes a few milliseconds; nothing happens with other C libraries.
    """
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)
