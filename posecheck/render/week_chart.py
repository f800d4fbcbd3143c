"""Charts of weeks: how often each move was done, and pain."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import altair as alt

from posecheck.core.adherence import WeekDone
from posecheck.core.dose import PAIN_STOPS

_ROW_PX = 34
#: What "2/3" takes.
_TILE_PX = 27


def week_chart(weeks: Sequence[WeekDone]) -> alt.LayerChart:
    """A row a move, a column a week: days done of days asked for, the fuller the darker."""
    rows = [
        {
            "move": one.name, "week": f"{one.monday:%d %b}", "order": one.monday.isoformat(),
            "share": round(one.share, 3), "said": f"{one.days}/{one.goal}" if one.days else "",
            "short": str(one.days or ""),
            "words": f"{one.days} of {one.goal} days",
        }
        for one in weeks
    ]  # fmt: skip
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        x=alt.X("week:N", title=None, sort=alt.EncodingSortField("order"),
                axis=alt.Axis(labelAngle=0, labelOverlap=True, ticks=False, domain=False)),
        y=alt.Y("move:N", title=None, sort=None,
                axis=alt.Axis(labelLimit=190, ticks=False, domain=False)),
        tooltip=[alt.Tooltip("move:N"), alt.Tooltip("week:N", title="week of"),
                 alt.Tooltip("words:N", title="done")],
    )  # fmt: skip
    # White is read on both ends of it, on a light page and on a dark one.
    scale = alt.Scale(domain=[0, 1], range=["#447c77", "#0a5a54"])
    tiles = base.mark_rect(cornerRadius=4, stroke="#8a949e44", strokeWidth=1).encode(
        color=alt.condition(
            "datum.share > 0",
            alt.Color("share:Q", scale=scale, legend=None),
            alt.value("#8a949e22"),
        )
    )
    weeks_shown = len({one.monday for one in weeks})
    text = base.transform_calculate(
        # On a phone a tile has room for the days alone.
        shown=f"width < {_TILE_PX * weeks_shown} ? datum.short : datum.said"
    )
    text = text.mark_text(fontSize=12, color="white").encode(text="shown:N")
    moves = len({one.name for one in weeks})
    return alt.LayerChart(layer=[tiles, text]).properties(height=_ROW_PX * moves + 30)


def pain_chart(rows: Sequence[tuple[date, str, int]]) -> alt.LayerChart:
    """Every answer to the pain question; the rule is where a move stops for the day."""
    values = [
        {"at": day.isoformat(), "pain": pain, "move": move, "day": f"{day:%d %b %Y}"}
        for day, move, pain in rows
    ]
    points = alt.Chart(alt.InlineData(values=values)).mark_point(
        filled=True, size=70, opacity=0.85
    ).encode(
        x=alt.X("at:T", title=None, scale=alt.Scale(padding=14),
                axis=alt.Axis(format="%d %b %y", labelOverlap=True, tickCount=5)),
        y=alt.Y("pain:Q", title="pain, 0 to 10", scale=alt.Scale(domain=[0, 10]),
                axis=alt.Axis(values=[0, 2, 4, 6, 8, 10])),
        color=alt.condition(
            f"datum.pain >= {PAIN_STOPS}", alt.value("#c0432f"), alt.value("#0c8a80")
        ),
        tooltip=[alt.Tooltip("day:N", title="on"), alt.Tooltip("move:N"), alt.Tooltip("pain:Q")],
    )  # fmt: skip
    limit = alt.Chart(alt.InlineData(values=[{"pain": PAIN_STOPS}])).mark_rule(
        strokeDash=[5, 4], color="#c0432f"
    )
    return alt.LayerChart(layer=[limit.encode(y="pain:Q"), points])
