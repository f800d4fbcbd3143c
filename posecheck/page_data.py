"""What the web page shows of a checked clip, in one file beside the report.

A check runs in a process of its own; the page's server only reads this. So the server loads neither
OpenCV nor MediaPipe, and one person's check never holds up another's page.
"""

from __future__ import annotations

import base64
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from posecheck.core import words
from posecheck.core.errors import InputError
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
    from posecheck.core.engine import Assessment
    from posecheck.core.pose import PoseTrack
    from posecheck.render.keyframes import KeyShot

PAGE = "page.json"
_JPEG_QUALITY = 82


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


def write_page(folder: Path, clip: Path, move: str) -> None:
    """Add the page's file to a folder that :func:`posecheck.check` filled.

    Args:
        folder: holds ``result.json`` and ``track.parquet`` of the check.
        clip: the checked video, for the key frames.
        move: id or file of the move that it was checked for.

    Raises:
        InputError: the folder or the clip cannot be read.
    """
    from posecheck.library import load_move
    from posecheck.outputs import read_track
    from posecheck.pipeline import RESULT, TRACK, headlines, score
    from posecheck.render.chart_page import draw
    from posecheck.render.charts import Headline, charts_data

    saved = Result.model_validate_json((folder / RESULT).read_text("utf-8"))
    loaded = load_move(move)
    track = read_track(folder / TRACK)
    assessment, result = score(track, loaded, saved.side, mirrored=saved.mirrored)
    columns = [Headline(*line) for line in headlines(loaded, result)]
    page = PageData(
        result=result,
        tally=tally(result),
        shots=_shots(clip, track, assessment, result),
        repetitions=[repetition_block(rep) for rep in result.repetitions],
        faults=fault_blocks(result),
        unseen=list(unseen(result)),
        charts=[
            Chart(label=data.label, summary=data.summary, spec=draw(data).to_dict())
            for data in charts_data(assessment.table, result, columns)
        ],
    )
    (folder / PAGE).write_text(page.model_dump_json(), encoding="utf-8")


def read_page(folder: Path) -> PageData:
    """What :func:`write_page` wrote."""
    return PageData.model_validate_json((folder / PAGE).read_text("utf-8"))


def _shots(clip: Path, track: PoseTrack, assessment: Assessment, result: Result) -> list[Shot]:
    from posecheck.capture.files import VideoReader
    from posecheck.render.keyframes import choose_key_shots, common_crop, draw_key_frame

    # Drawn where the person was seen: a mirrored clip keeps its own pixels.
    smooth = assessment.smooth.reflected() if result.mirrored else assessment.smooth
    shots = choose_key_shots(result)
    if not shots:
        return []
    indices = [int(np.argmin(np.abs(track.t_s - shot.time_s))) for shot in shots]
    crop = common_crop(smooth.image_px[indices], track.width_px, track.height_px)
    drawn: dict[int, Shot] = {}
    with VideoReader(clip, only=frozenset(indices)) as reader:
        for frame in reader:
            for k, index in enumerate(indices):
                if index == frame.index:
                    picture = draw_key_frame(
                        frame.bgr, smooth.image_px[index], smooth.visibility[index], shots[k], crop
                    )
                    drawn[k] = _shot(shots[k], picture)
    return [drawn[k] for k in sorted(drawn)]


def _shot(shot: KeyShot, picture: np.ndarray) -> Shot:
    row = measure_row(shot.measure) if shot.measure else None
    moment = words.moment(shot.time_s)
    where = f"{shot.phase.name}, {shot.repetition.side} side, at {moment}"
    return Shot(
        src=_jpeg(picture),
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


def _jpeg(bgr: np.ndarray) -> str:
    import cv2

    done, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    if not done:
        raise InputError(f"a key frame of shape {bgr.shape} could not be encoded as JPEG")
    return "data:image/jpeg;base64," + base64.b64encode(data.tobytes()).decode("ascii")
