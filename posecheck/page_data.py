"""What the web page shows of a checked clip, in one file beside the report.

A check runs in a process of its own; the page's server only reads this. So the server loads neither
OpenCV nor MediaPipe, and one person's check never holds up another's page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field

from posecheck.core import words
from posecheck.core.result import Result
from posecheck.render.report_view import (
    FaultBlock,
    RepetitionBlock,
    fault_blocks,
    measure_row,
    repetition_block,
    repetition_title,
    tally,
    unseen,
)

if TYPE_CHECKING:
    from posecheck.core.table import MeasureTable
    from posecheck.render.keyframes import KeyShot
    from posecheck.render.text import Image

PAGE = "page.json"
#: The charts' selection: a click gives the moment that lies nearest.
MOMENT = "moment"


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Shot(_Model):
    """One key frame with its caption."""

    src: str = Field(description="data: address of a JPEG")
    alt: str
    strip: str = Field(description="the repetition it belongs to, in words")
    number: int = Field(description="of the position in its move, from 1")
    name: str
    t_s: float
    moment: str
    label: str
    reading: str
    status: str
    word: str


class Chart(_Model):
    label: str
    summary: str = Field(description="one sentence for those who hear the page")
    spec: dict[str, Any] = Field(description="Vega-Lite")


class PageData(_Model):
    """Everything that the page places; nothing here is worked out again."""

    result: Result
    tally: list[tuple[str, str, int]] = Field(description="(status, word, count)")
    shots: list[Shot]
    repetitions: list[RepetitionBlock]
    faults: list[FaultBlock]
    unseen: list[tuple[str, str, str]] = Field(description="(label, reason, phases)")
    charts: list[Chart]


def write_page(
    folder: Path,
    result: Result,
    table: MeasureTable,
    pictures: Mapping[float, Image],
    columns: Sequence[tuple[str, str, None]],
) -> None:
    """Put the page's file beside the report; it shows what the report shows.

    Args:
        table: measures over time, for the charts.
        pictures: key time in seconds to its drawn picture (h, w, 3) BGR.
        columns: (column, label, target) to chart, most important first.
    """
    from posecheck.render.chart_page import draw
    from posecheck.render.charts import Headline, charts_data
    from posecheck.render.keyframes import choose_key_shots

    shots = [shot for shot in choose_key_shots(result) if shot.time_s in pictures]
    charts = charts_data(table, result, [Headline(*line) for line in columns])
    page = PageData(
        result=result,
        tally=tally(result),
        shots=[_shot(shot, pictures[shot.time_s]) for shot in shots],
        repetitions=[repetition_block(rep) for rep in result.repetitions],
        faults=fault_blocks(result),
        unseen=list(unseen(result)),
        charts=[
            Chart(label=data.label, summary=data.summary, spec=draw(data, moment=MOMENT).to_dict())
            for data in charts
        ],
    )
    (folder / PAGE).write_text(page.model_dump_json(), encoding="utf-8")


def read_page(folder: Path) -> PageData:
    """What :func:`write_page` wrote."""
    return PageData.model_validate_json((folder / PAGE).read_text("utf-8"))


def _shot(shot: KeyShot, picture: Image) -> Shot:
    from posecheck.render.keyframes import jpeg_address

    row = measure_row(shot.measure) if shot.measure else None
    moment = words.moment(shot.time_s)
    where = f"{shot.phase.name}, {shot.repetition.side} side, at {moment}"
    return Shot(
        src=jpeg_address(picture),
        alt=f"{where}: {row.label} {row.reading}, {row.word}" if row else where,
        strip=repetition_title(shot.repetition),
        number=shot.repetition.phases.index(shot.phase) + 1,
        name=shot.phase.name,
        t_s=shot.time_s,
        moment=moment,
        label=row.label if row else "",
        reading=row.reading if row else "",
        status=row.status if row else "",
        word=row.word if row else "",
    )
