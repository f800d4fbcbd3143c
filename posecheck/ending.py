"""Ending a process that this program started."""

from __future__ import annotations

import subprocess
from typing import Any

#: It may take away what it has half written; then it is killed.
_END_S = 5.0


def end_process(process: subprocess.Popen[Any]) -> None:
    """Ask it to end, and see to it that it does; one that has ended is left alone."""
    process.terminate()
    try:
        process.wait(_END_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
