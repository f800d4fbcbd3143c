"""The lab's own error: one plain line for the person at the command line."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class LabError(Exception):
    """What was expected, what came and what to do, in one line; the command line exits 2."""


def unknown_name(kind: str, name: str, known: Iterable[str]) -> LabError:
    """An error for a name that is not in the data, with the nearest known names first."""
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.4)
    hint = f"did you mean {', '.join(near)}? " if near else ""
    return LabError(f"unknown {kind} {name!r}: {hint}known: {', '.join(names)}")


def missing_extra(module: str) -> LabError:
    """An error for a package of the ``lab`` extra that is not installed."""
    return LabError(f"the motion lab needs {module!r}: run  pip install posecheck[lab]")
