"""Progress in words that a person reads: on the page and in the terminal the same."""

from __future__ import annotations

from posecheck.core import words
from posecheck.core.progress import Change, Measured, Progress
from posecheck.core.readings import signed
from posecheck.core.trend import TREND_READINGS, Trend

_MONTH_WEEKS = 365.25 / 12 / 7


def change_line(found: Change, unit: str) -> str:
    """``+1.2 cm: no change that can be told (less than 1.9 cm)``."""
    head = f"{signed(found.value, unit)}: {found.words}"
    if found.mdc is None:
        return head
    than = "more" if found.real else "not more"
    return f"{head} ({than} than {words.plus_minus(found.mdc, unit).removeprefix('± ')})"


def trend_line(found: Trend | None, unit: str) -> str:
    """``+0.3 cm a week ± 0.2 cm over 8 weeks: rising``."""
    if found is None:
        return (
            f"no trend yet: it takes {TREND_READINGS} readings on different days, a week or more "
            "apart"
        )
    # A week's share would be lost in the digits.
    error = words.plus_minus(found.error * _MONTH_WEEKS, unit)
    head = f"{signed(found.per_week * _MONTH_WEEKS, unit)} a month {error}"
    if not found.told:
        return f"{head}: no trend that can be told"
    return f"{head}: {'rising' if found.per_week > 0 else 'falling'}"


def side_lines(one: Progress, unit: str) -> list[tuple[str, str]]:
    """What to say of a side: (what, how it is)."""
    newest = one.newest
    lines = [("Newest", f"{words.with_error(newest.value, newest.error, unit)}, "
                        f"{newest.at:%d %b %Y}")]  # fmt: skip
    if one.since_last is not None:
        lines.append(("Since last time", change_line(one.since_last, unit)))
    if one.since_baseline is not None:
        lines.append(("Since the first", change_line(one.since_baseline, unit)))
        lines.append(("Trend", trend_line(one.trend, unit)))
    else:
        lines.append(("Baseline", "the first day; changes are shown against it from now on"))
    if one.best is not None and len(one.readings) > 1:
        best = words.with_error(one.best.value, one.best.error, unit)
        lines.append(("Personal best", f"{best}, {one.best.at:%d %b %Y}"))
    return lines


def sides_line(found: Measured) -> str:
    """Left against right in one line."""
    assert found.sides is not None
    gap = found.sides.difference
    more = "left" if gap > 0 else "right"
    least = found.sides.mdc
    than = "" if least is None else f" (counts from {words.number(least, found.unit)} on)"
    return (
        f"Left against right, {found.sides.day:%d %b %Y}: {words.number(abs(gap), found.unit)} "
        f"more on the {more}: {found.sides.words}{than}"
    )
