"""Numbers and moments in the words that pictures and pages share."""

from __future__ import annotations

import math

#: Signs that stand close to their number; other units take a space.
_CLOSE = {"°", "%", "°/s"}


def number(value: float, unit: str) -> str:
    """A value with its unit, no more digits than the camera can carry: ``104°``, ``11.5 cm``."""
    digits = 1 if unit in {"cm", "in", "s"} else 0
    text = f"{value:.{digits}f}"
    if float(text) == 0:
        text = text.removeprefix("-")
    text = text.replace("-", "\N{MINUS SIGN}")
    return f"{text}{unit}" if unit in _CLOSE or not unit else f"{text} {unit}"


def plus_minus(error: float, unit: str) -> str:
    """A half width, rounded up so that it never promises too much: ``± 6°``."""
    step = 0.1 if unit in {"cm", "in", "s"} else 1.0
    return "± " + number(math.ceil(round(error / step, 6)) * step, unit)


def with_error(value: float, error: float | None, unit: str) -> str:
    """``104° ± 6°``, or the bare value where no error is known."""
    if error is None:
        return number(value, unit)
    return f"{number(value, unit)} {plus_minus(error, unit)}"


def seconds(value_s: float) -> str:
    """A short duration: ``2.3 s``."""
    return f"{value_s:.1f} s"


def moment(t_s: float) -> str:
    """A place in the clip as ``mm:ss.s``, rounded once so that 59.97 s is 01:00.0."""
    tenths = round(max(t_s, 0.0) * 10)
    return f"{tenths // 600:02d}:{tenths % 600 // 10:02d}.{tenths % 10}"


def length(t_s: float) -> str:
    """A clip's length for people: ``34 s``, ``10 min 5 s``."""
    whole = round(t_s)
    if whole < 60:
        return f"{whole} s"
    return f"{whole // 60} min {whole % 60} s" if whole % 60 else f"{whole // 60} min"
