"""The pictures of a report: which moments to show, how to crop them and what to draw on them."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from posecheck.core import words
from posecheck.core.errors import InputError
from posecheck.core.result import Measurement, PhaseResult, Repetition, Result, Status
from posecheck.render.marks import Point
from posecheck.render.skeleton import draw_measure, draw_skeleton, unit_px, usable_px
from posecheck.render.text import Image

#: Width of a picture in the report: sharp on a phone's dense screen, about 40 kB as JPEG.
PICTURE_WIDTH_PX = 480
_ASPECTS = (3 / 4, 1.0, 4 / 3)
_MARGIN = 0.12
_JPEG_QUALITY = 82
#: Pictures are shown small: strokes and numbers are drawn larger than on the film.
_EMPHASIS = 1.45


class KeyShot(NamedTuple):
    """One picture to show: the phase of a repetition at ``phase.key_time_s``."""

    repetition: Repetition
    phase: PhaseResult
    measure: Measurement | None

    @property
    def time_s(self) -> float:
        assert self.phase.key_time_s is not None
        return self.phase.key_time_s


class Crop(NamedTuple):
    """A part of the upright original frame, in pixels."""

    left: int
    top: int
    width: int
    height: int


def choose_key_shots(result: Result) -> list[KeyShot]:
    """One picture a phase, of the best repetition of each side, in the order they happened."""
    return [
        KeyShot(rep, phase, main_measure(phase))
        for rep in best_repetitions(result)
        for phase in rep.phases
        if phase.key_time_s is not None
    ]


def best_repetitions(result: Result) -> list[Repetition]:
    """The repetition of each side that shows the most: complete first, then most criteria met."""
    best: dict[str, Repetition] = {}
    for rep in result.repetitions:
        so_far = best.get(rep.side)
        if so_far is None or _showing(rep) > _showing(so_far):
            best[rep.side] = rep
    return sorted(best.values(), key=lambda rep: rep.start_s)


def _showing(rep: Repetition) -> tuple[bool, int, int]:
    return rep.complete, rep.met + rep.borderline, -rep.not_measured


def main_measure(phase: PhaseResult) -> Measurement | None:
    """The measure that says most about a phase: one with a target and a value, if there is one."""
    ranked = sorted(
        phase.measures,
        key=lambda m: (m.value is None, m.status in (Status.INFO, Status.NOT_MEASURED)),
    )
    return ranked[0] if ranked else None


def common_crop(image_px: npt.NDArray[Any], width_px: int, height_px: int) -> Crop:
    """One crop for all pictures, so that they compare: (k, 33, 2) landmarks of those moments.

    Holds every landmark inside the frame with a margin, in a portrait, square or landscape shape;
    the whole frame where nobody is in the pictures.
    """
    points = np.asarray(image_px, dtype=np.float64).reshape(-1, 2)
    size = np.array([width_px, height_px], dtype=np.float64)
    points = points[np.isfinite(points).all(axis=1)]
    if not len(points):
        return Crop(0, 0, width_px, height_px)
    points = np.clip(points, 0, size)
    low, high = points.min(axis=0), points.max(axis=0)
    # Landmarks end at eyes and ankles: the crown and the soles need room beyond them.
    pad = _MARGIN * max(high - low) + 2
    box = (high - low) + 2 * pad
    aspect = min(_ASPECTS, key=lambda a: abs(np.log(a * box[1] / box[0])))
    box = np.array([max(box[0], box[1] * aspect), max(box[1], box[0] / aspect)])
    box = np.minimum(box, size)
    corner = np.clip((low + high - box) / 2, 0, size - box)
    left, top = (int(v) for v in np.floor(corner))
    return Crop(left, top, int(box[0]), int(box[1]))


def draw_key_frame(
    bgr: Image,
    image_px: Point,
    visibility: npt.NDArray[Any],
    shot: KeyShot,
    crop: Crop,
    *,
    width_px: int = PICTURE_WIDTH_PX,
) -> Image:
    """A new picture (h, ``width_px``, 3): the crop with the skeleton and the measure's angle.

    Args:
        bgr: (h, w, 3) the upright original frame; it is left as it is.
        image_px: (33, 2) landmarks in its pixels.
        visibility: (33,) 0..1.
    """
    part = bgr[crop.top : crop.top + crop.height, crop.left : crop.left + crop.width]
    scale = width_px / part.shape[1]
    height_px = max(1, round(part.shape[0] * scale))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    picture: Image = np.ascontiguousarray(
        cv2.resize(part, (width_px, height_px), interpolation=method), dtype=np.uint8
    )
    offset = np.array([crop.left, crop.top])
    points = usable_px((np.asarray(image_px, dtype=np.float64) - offset) * scale, picture)
    u = unit_px(picture) * _EMPHASIS
    draw_skeleton(picture, points, visibility, shot.repetition.side, u)
    measure = shot.measure
    if measure is not None and measure.value is not None:
        # The caption carries the ±, which would be too small to read here.
        number = words.number(measure.value, measure.unit)
        draw_measure(picture, points, measure.measure, number, None, u)
    return picture


def nearest(times_s: Sequence[float], wanted_s: float, within_s: float = 0.1) -> float | None:
    """The time closest to ``wanted_s``, or None if all are further than ``within_s``."""
    close = min(times_s, key=lambda t: abs(t - wanted_s), default=None)
    return close if close is not None and abs(close - wanted_s) <= within_s else None


def jpeg_address(bgr: Image) -> str:
    done, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    if not done:
        raise InputError(f"a key frame of shape {bgr.shape} could not be encoded as JPEG")
    return "data:image/jpeg;base64," + base64.b64encode(data.tobytes()).decode("ascii")
