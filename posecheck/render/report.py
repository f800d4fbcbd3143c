"""The report: one HTML file that needs nothing else, not even a network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import quote

import jinja2
import numpy as np
import numpy.typing as npt
from markupsafe import Markup

from posecheck.core import words
from posecheck.core.result import Result
from posecheck.core.table import MeasureTable
from posecheck.render import chart_svg
from posecheck.render.charts import ChartData, Headline, charts_data
from posecheck.render.keyframes import (
    KeyShot,
    best_repetitions,
    choose_key_shots,
    jpeg_address,
    nearest,
)
from posecheck.render.report_view import (
    STATUS_WORD,
    facts,
    fault_blocks,
    measure_row,
    missing_phases,
    repetition_block,
    repetition_title,
    tally,
    unseen,
)

Image = npt.NDArray[np.uint8]

#: With more repetitions than this even print keeps the tables folded under their summary lines.
FOLD_IN_PRINT_ABOVE = 12
#: Charts that stand open; a minute's reading has no room for more.
OPEN_CHARTS = 3
_MOST_COLUMNS = 5
_WIDE = {"width": 760, "plot_height": 190, "css_class": "wide"}
_NARROW = {"width": 370, "plot_height": 190, "css_class": "narrow"}


@dataclass(frozen=True, slots=True)
class Film:
    """One clip of a report: its measures over time, its key frames, its annotated video.

    Attributes:
        table: measures over time, for the charts.
        frames: key time in seconds to its picture (h, w, 3) BGR, already drawn
            (:func:`posecheck.render.keyframes.draw_key_frame`); missing ones leave a caption.
        headline_columns: (column, label, target or None) to chart, most important first.
        video_name: the annotated video's address from the report, None if none was written.
    """

    table: MeasureTable
    frames: Mapping[float, Image]
    headline_columns: Sequence[Headline | tuple[str, str, Any]]
    video_name: str | None


@dataclass(frozen=True, slots=True)
class Picture:
    """One key frame with its caption."""

    src: str | None
    alt: str
    number: int
    name: str
    moment: str
    t_s: float
    label: str
    reading: str
    status: str
    word: str
    note: str
    clip: str


@dataclass(frozen=True, slots=True)
class Chart:
    clip: str
    data: ChartData
    wide: Markup
    narrow: Markup


def render_report(
    result: Result,
    table: MeasureTable,
    frames: Mapping[float, Image],
    *,
    headline_columns: Sequence[Headline | tuple[str, str, Any]],
    video_name: str | None,
) -> str:
    """The whole page as text.

    Args:
        result: what the check found.
        table: measures over time, for the charts.
        frames: key time in seconds to its picture (h, w, 3) BGR, already drawn
            (:func:`posecheck.render.keyframes.draw_key_frame`); missing ones leave a caption.
        headline_columns: (column, label, target or None) to chart, most important first.
        video_name: file name of the annotated video beside the report, None if none was written.

    Raises:
        InputError: a picture could not be encoded.
    """
    film = Film(table, frames, headline_columns, video_name)
    return _page(result, {None: film})


def render_combined(result: Result, films: Mapping[str, Film]) -> str:
    """The page of a combined result: ``films`` by the clips' names, in the result's order.

    Raises:
        InputError: a picture could not be encoded.
    """
    return _page(result, films)


def _page(result: Result, films: Mapping[Any, Film]) -> str:
    """The whole page; the only clip of a plain result has the name None."""
    charts = [chart for name, film in films.items() for chart in _charts(result, name, film)]
    context = {
        "result": result,
        "title": result.move.name,
        "about": _about(result),
        "tally": tally(result),
        "strips": _strips(result, films),
        "repetitions": [repetition_block(rep) for rep in result.repetitions],
        "fold_in_print": len(result.repetitions) > FOLD_IN_PRINT_ABOVE,
        "phase_key": bool(charts) and charts[0].data.bands_are_phases,
        "charts": charts,
        "open_charts": OPEN_CHARTS,
        "faults": fault_blocks(result),
        "unseen": list(unseen(result)),
        "facts": facts(result),
        "videos": {name or "": quote(f.video_name) for name, f in films.items() if f.video_name},
        "status_word": {status.value: word for status, word in STATUS_WORD.items()},
        "moment": words.moment,
    }
    return _template().render(context)


@lru_cache(maxsize=1)
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("posecheck.render", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html.j2")


def _about(result: Result) -> str:
    count = len(result.repetitions)
    repetitions = {0: "no repetition", 1: "1 repetition"}.get(count, f"{count} repetitions")
    sides = sorted({rep.side for rep in result.repetitions})
    side = {0: "", 1: f" on the {''.join(sides)}", 2: ", both sides"}[len(sides)]
    found = ", move found in the video" if result.move.found else ""
    return f"{repetitions}{side}, {words.length(result.clip.duration_s)} of video{found}"


def _strips(result: Result, films: Mapping[Any, Film]) -> list[dict[str, Any]]:
    """Key frames of the best repetition of each side."""
    shots = choose_key_shots(result)
    several = len(result.repetitions) > 1
    strips = []
    for rep in best_repetitions(result):
        pictures = [
            _picture(shot, films[shot.phase.clip].frames)
            for shot in shots
            if shot.repetition is rep
        ]
        strips.append(
            {
                "title": repetition_title(rep) if several else "",
                "pictures": pictures,
                "columns": _columns(len(pictures)),
                "missing": missing_phases(rep),
            }
        )
    return strips


def _columns(count: int) -> int:
    """Pictures in a row on a wide screen: rows of about equal length."""
    rows = -(-count // _MOST_COLUMNS)
    return max(-(-count // rows) if rows else 0, 4)


def _picture(shot: KeyShot, frames: Mapping[float, Image]) -> Picture:
    row = measure_row(shot.measure, shot.phase.clip) if shot.measure else None
    key = nearest(list(frames), shot.time_s)
    clip = shot.phase.clip or ""
    where = f"{shot.phase.name}, {shot.repetition.side} side, at {words.moment(shot.time_s)}"
    where += f" in {clip}" if clip else ""
    alt = f"{where}: {row.label} {row.reading}, {row.word}" if row else where
    return Picture(
        src=jpeg_address(frames[key]) if key is not None else None,
        alt=alt,
        number=shot.repetition.phases.index(shot.phase) + 1,
        name=shot.phase.name,
        moment=words.moment(shot.time_s),
        t_s=shot.time_s,
        label=row.label if row else "",
        reading=row.reading if row else "",
        status=row.status if row else "",
        word=row.word if row else "",
        note=row.note if row and shot.measure and shot.measure.value is None else "",
        clip=clip,
    )


def _charts(result: Result, clip: str | None, film: Film) -> list[Chart]:
    columns = [Headline(*h) for h in film.headline_columns]
    return [
        # The writer escapes every name itself.
        Chart(
            clip=clip or "",
            data=data,
            wide=Markup(chart_svg.draw(data, **_WIDE)),  # type: ignore[arg-type]
            narrow=Markup(chart_svg.draw(data, **_NARROW)),  # type: ignore[arg-type]
        )
        for data in charts_data(film.table, result, columns, clip)
    ]
