"""Errors of the measures: by frame, at the held moments, and where nothing was measured."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from lab.judged import BAND_NAMES, ClipResult
from lab.naive import naive_measures
from lab.rotations import Array
from posecheck.core.catalog import BY_MOVE_NAME, Measure, columns

#: Held values that get a row of their own: phase -> (measure's move name, row).
EXTENSIONS = {"extension": "hip_extension_deg", "extend": "hip_extension_deg"}


@dataclass
class Errors:
    """Signed errors of one measure in one view band, a list entry a clip and column.

    Attributes:
        ours, naive: (k,) errors. stated: (k,) the ± printed with them.
        clips, bodies: where each entry comes from.
        given, withheld: frames with and without a value although there was one to measure.
    """

    ours: list[Array] = field(default_factory=list)
    stated: list[Array] = field(default_factory=list)
    naive: list[Array] = field(default_factory=list)
    clips: list[str] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)
    peaks: list[float] = field(default_factory=list)
    given: int = 0
    withheld: int = 0


Table = dict[str, list[Errors]]


def _empty() -> list[Errors]:
    return [Errors() for _ in BAND_NAMES]


def _columns(result: ClipResult) -> Iterator[tuple[str, Measure]]:
    """Columns that the clip's move asks for and its truth knows."""
    for column, measure, _ in columns(public_only=True):
        if column in result.asked and column in result.truth["measures"]:
            yield column, measure


def frame_errors(results: Sequence[ClipResult]) -> Table:
    """Errors over the frames asked for, by the catalogue's move name, one entry a band of the real
    camera.
    """
    table: Table = defaultdict(_empty)
    for result in results:
        naive = naive_measures(result.assessment)
        for column, measure in _columns(result):
            true = result.true(column)
            ours = result.assessment.table.columns[column]
            band = result.true_band(measure.plane)
            known = np.isfinite(true) & result.asked[column]
            if measure.unit == "cm" and not np.isfinite(ours).any():
                continue  # no scale in this clip
            for k in np.unique(band[known]):
                cell, here = table[measure.move_name][k], known & (band == k)
                given = here & np.isfinite(ours)
                cell.given += int(given.sum())
                cell.withheld += int(here.sum() - given.sum())
                if not given.any():
                    continue
                cell.clips.append(result.name)
                cell.bodies.append(result.truth["body"])
                cell.ours.append((ours - true)[given])
                cell.stated.append(result.assessment.table.errors[column][given])
                if column in naive:
                    cell.naive.append((naive[column] - true)[given])
    _add_peaks(table, results)
    return dict(table)


def printed_errors(results: Sequence[ClipResult]) -> Table:
    """Errors of what is held and asked for, by the band that posecheck takes the ± from."""
    from posecheck.core.view import VIEW_BANDS_DEG

    table: Table = defaultdict(_empty)
    for result in results:
        for column, measure in _columns(result):
            true = result.true(column)
            ours, stated = (
                result.assessment.table.columns[column],
                result.assessment.table.errors[column],
            )
            band = np.digitize(result.assessment.view.offset_deg(measure.plane), VIEW_BANDS_DEG)
            if measure.spatial is not None:  # what world landmarks gave has the last band's ±
                beyond = result.bands.row(measure.move_name)[-1]
                band[stated >= beyond - 1e-9] = len(VIEW_BANDS_DEG)
            given = np.isfinite(ours) & np.isfinite(true) & result.asked[column] & result.held
            for k in np.unique(band[given]):
                here = given & (band == k)
                cell = table[measure.move_name][k]
                cell.clips.append(result.name)
                cell.bodies.append(result.truth["body"])
                cell.ours.append((ours - true)[here])
                cell.stated.append(stated[here])
    return dict(table)


# --- held moments ---


def _add_peaks(table: Table, results: Iterable[ClipResult]) -> None:
    """Error of the value held in each position: median of the hold against its truth."""
    by_column = {c: m for c, m, _ in columns(public_only=True)}
    for result in results:
        for repetition in result.truth["repetitions"]:
            for phase in repetition["phases"]:
                for column, true in phase["peak"].items():
                    if true is None or column not in by_column:
                        continue
                    error, band = _held_error(result, phase, column, true, by_column[column])
                    if not np.isfinite(error):
                        continue
                    measure = by_column[column]
                    table[measure.move_name][band].peaks.append(error)
                    if measure.stem == "hip_flexion" and phase["id"] in EXTENSIONS:
                        table[EXTENSIONS[phase["id"]]][band].peaks.append(-error)


def _held_error(
    result: ClipResult, phase: Mapping[str, float], column: str, true: float, measure: Measure
) -> tuple[float, int]:
    """Error of the held value and the real camera's band; NaN if half the hold has no value."""
    t_s = result.t_s
    hold = (t_s >= phase["hold_start_s"]) & (t_s <= phase["hold_end_s"])
    ours = result.assessment.table.columns[column][hold]
    if not hold.any() or np.isfinite(ours).mean() < 0.5:
        return float("nan"), 0
    return float(np.nanmedian(ours) - true), int(np.median(result.true_band(measure.plane)[hold]))


# --- wrong views ---


def unwidened(results: Sequence[ClipResult]) -> dict[str, int]:
    """Numbers from a camera 35 degrees or more off whose ± is no wider than in plane.

    Returns:
        ``frames`` (numbers given from there) and ``unwidened`` (those with the in-plane ± whose
        error is larger than it).
    """
    frames = narrow = 0
    for result in results:
        for column, measure in _columns(result):
            if measure.plane == "any":
                continue
            ours = result.assessment.table.columns[column]
            stated = result.assessment.table.errors[column]
            far = np.isfinite(ours) & (result.true_band(measure.plane) >= 2) & result.asked[column]
            frames += int(far.sum())
            inner = result.bands.row(measure.move_name)[0]
            wrong = np.abs(ours - result.true(column)) > stated
            narrow += int((far & (stated <= inner) & wrong).sum())
    return {"frames": frames, "unwidened": narrow}


def label_of(name: str) -> tuple[str, str]:
    """A measure's words and unit sign."""
    if name == "hip_extension_deg":
        return "Hip extension (held)", "°"
    measure = BY_MOVE_NAME[name]
    return measure.label, {"deg": "°", "pct": "%", "cm": " cm", "degps": "°/s"}[measure.unit]
