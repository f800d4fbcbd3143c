"""posecheck: checks the form of mobility moves from a video, on your own machine.

    import posecheck

    result = posecheck.check("clip.mp4", move="standing-hip")

Importing the package is light: numpy, OpenCV, MediaPipe and Streamlit load when something that
needs them is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from posecheck.combining import check_combined
    from posecheck.core.result import Result
    from posecheck.pipeline import check

__version__ = "0.1.0"
__all__ = ["Result", "__version__", "check", "check_combined"]

_HOMES = {
    "Result": "posecheck.core.result",
    "check": "posecheck.pipeline",
    "check_combined": "posecheck.combining",
}


def __getattr__(name: str) -> Any:
    """Load a public name on first use (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value  # the next use is a plain look-up
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
