"""The ± that posecheck prints, from the errors on rendered bodies.

Typical offsets are learnt on *tune* bodies only, since they change the numbers. Widths only state
how wrong the numbers were; they come from all bodies, and their coverage is reported on bodies that
were left out of the fit, one after the other.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lab.judged import Clip, ClipResult, judge
from lab.tables import Errors, Table, printed_errors
from posecheck.core.bands import Band, ErrorBands
from posecheck.core.catalog import BY_MOVE_NAME, Measure

#: Fewer clips or frames than this make no band of their own: the prior stays.
FEWEST_CLIPS, FEWEST_FRAMES = 3, 100
#: Landmarks of a handful of bodies understate the spread over people.
BAND_MARGIN = 1.25
#: An angle from 35 degrees or more off its plane whose ± is wider than this, degrees, is not worth
#: printing: the right view is. A share of one's own limb may range over hundreds of percent.
WIDEST_GIVEN, _FAR_BAND = 30.0, 2


def make_bands(clips: Sequence[Clip], prior: ErrorBands, source: str) -> ErrorBands:
    """Offsets first, then, with these subtracted, the widths that are left."""
    shifted = _with_offsets([c for c in clips if c.truth["split"] == "tune"], prior, source)
    errors = printed_errors(judge(clips, shifted))
    return _with_widths(errors, shifted, leave_out=None)


def coverage_left_out(
    clips: Sequence[Clip], bands: ErrorBands, prior: ErrorBands
) -> dict[str, Any]:
    """Share of errors inside the ± when each test body's own clips took no part in it.

    Args:
        bands: the ± in use, whose typical offsets stay. prior: widths where clips are too few.
    """
    before = {
        n: b.model_copy(update={"half_width": prior.bands[n].half_width})
        for n, b in bands.bands.items()
        if n in prior.bands
    }
    start = ErrorBands(source=bands.source, bands=before)
    errors = printed_errors(judge(clips, start))
    bodies = sorted({c.truth["body"] for c in clips if c.truth["split"] == "test"})
    inside: dict[str, list[float]] = {}
    for body in bodies:
        fitted = _with_widths(errors, start, leave_out=body)
        for name, cells in errors.items():
            if name not in fitted.bands:
                continue
            widths = fitted.row(name)
            for k, cell in enumerate(cells):
                for own, error in zip(cell.bodies, cell.ours, strict=True):
                    if own == body and np.isfinite(widths[k]):
                        row = inside.setdefault(name, [0.0, 0.0])
                        row[0] += float((np.abs(error) <= widths[k]).sum())
                        row[1] += len(error)
    shares = {name: round(hit / n, 3) for name, (hit, n) in sorted(inside.items()) if n}
    hit, n = (sum(row[i] for row in inside.values()) for i in (0, 1))
    return {"bodies": bodies, "all": round(hit / n, 3) if n else None, "measures": shares}


def _with_offsets(clips: Sequence[Clip], prior: ErrorBands, source: str) -> ErrorBands:
    results = judge(clips, prior)
    shifted: dict[str, Band] = {}
    for name, before in prior.bands.items():
        offset, spread = _typical_offset(results, name, before)
        change = {"typical_offset": round(offset, 1), "offset_error": round(spread, 1)}
        shifted[name] = before.model_copy(update=change)
    return ErrorBands(source=source, bands=shifted)


def _with_widths(errors: Table, shifted: ErrorBands, leave_out: str | None) -> ErrorBands:
    bands: dict[str, Band] = {}
    for name, before in shifted.bands.items():
        measure = BY_MOVE_NAME.get(name)
        angle = measure is not None and measure.public and measure.unit == "deg"
        everywhere = measure is not None and measure.plane == "any"
        widths: list[float | None] = []
        for k, old in enumerate(before.half_width):
            cell = errors[name][k] if name in errors else Errors()
            far = angle and k >= _FAR_BAND
            widths.append(_width(cell, old, widths[-1] if widths else None, far, leave_out))
        if everywhere:
            widths = widths[:1] * len(widths)
        bands[name] = before.model_copy(update={"half_width": tuple(widths)})
    return ErrorBands(source=shifted.source, bands=bands)


def _width(
    cell: Errors, old: float | None, inner: float | None, far: bool, leave_out: str | None
) -> float | None:
    """Wider than the band inside it by a degree or percent at least: a worse view is never surer.

    None, so not measured, where an angle from a far view has a ± too wide to tell anything.
    """
    if old is None:
        return None
    kept = [e for e, b in zip(cell.ours, cell.bodies, strict=True) if b != leave_out]
    clips = {c for c, b in zip(cell.clips, cell.bodies, strict=True) if b != leave_out}
    least = 0.0 if inner is None else inner + 1.0
    if len(clips) < FEWEST_CLIPS or sum(map(len, kept)) < FEWEST_FRAMES:
        return max(old, least)
    covered = float(np.percentile(np.abs(np.concatenate(kept)), 95)) * BAND_MARGIN
    width = max(float(np.ceil(covered)), least)
    return width if not far or width <= WIDEST_GIVEN else None


def _typical_offset(results: Sequence[ClipResult], name: str, before: Band) -> tuple[float, float]:
    """What the neutral reads on average where it was seen, and twice its spread."""
    measure = BY_MOVE_NAME.get(name)
    if measure is None:
        return before.typical_offset, before.offset_error
    if measure.neutral == "landmark":
        return before.typical_offset + _bias(results, measure), 0.0
    sides = ("left", "right") if measure.sided else (None,)
    seen = [
        result.assessment.neutral.offset[column]
        for result in results
        for column in (measure.column(side) for side in sides)  # type: ignore[arg-type]
        # How high a foot stands in the picture is the camera's doing, no habit of the landmarks.
        if measure.neutral == "standing"
        and measure.unit == "deg"
        and column in result.assessment.neutral.seen
        and column in result.asked
    ]
    if len(seen) < 4:
        return before.typical_offset, before.offset_error
    return float(np.median(seen)), float(2.0 * np.std(seen))


def _bias(results: Sequence[ClipResult], measure: Measure) -> float:
    """Median over clips of a measure's median error in plane, with the offset it has now."""
    inner = printed_errors(results).get(measure.move_name, [Errors()])[0]
    medians = [float(np.median(errors)) for errors in inner.ours if len(errors)]
    return float(np.median(medians)) if medians else 0.0


def write_bands(bands: ErrorBands, path: Path) -> None:
    """The file that posecheck reads its ± from; put in place as a whole."""
    part = path.with_suffix(".part")
    part.write_text(json.dumps(bands.model_dump(), indent=1) + "\n", encoding="utf-8")
    part.replace(path)
