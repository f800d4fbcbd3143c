"""posecheck against the truth of lab clips: errors by measure and view, repetitions, holds, faults.

The clips are checked as a user would check them; the truth file beside each says what was
performed.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from lab.errors import LabError
from lab.rotations import Array
from lab.truth import SUFFIX, read_truth
from posecheck.core.bands import Band, ErrorBands
from posecheck.core.catalog import BY_MOVE_NAME, Measure, columns
from posecheck.core.engine import Assessment, assess
from posecheck.core.pose import PoseTrack
from posecheck.core.view import VIEW_BANDS_DEG
from posecheck.library import error_bands, load_move
from posecheck.outputs import read_track, write_track

BAND_NAMES = ("0-15", "15-35", "35-60", "beyond")
#: Fewer clips or frames than this make no band of their own: the prior stays.
FEWEST_CLIPS, FEWEST_FRAMES = 3, 150
#: Landmarks of a handful of bodies understate the spread over people.
BAND_MARGIN = 1.15
#: A number whose ± is wider than this, degrees or percent, is not worth printing.
WIDEST_GIVEN = 30.0


@dataclass
class ClipResult:
    """One clip, judged."""

    name: str
    truth: dict[str, Any]
    assessment: Assessment
    bands: ErrorBands


@dataclass
class Errors:
    """Signed errors of one measure in one view band, and what the naive formula reads there."""

    ours: list[Array] = field(default_factory=list)
    stated: list[Array] = field(default_factory=list)
    naive: list[Array] = field(default_factory=list)
    names: set[str] = field(default_factory=set)

    @property
    def clips(self) -> int:
        return len(self.names)


def judge_folder(folder: Path, cache: Path, bands: ErrorBands | None = None) -> list[ClipResult]:
    """Every clip of a folder that has a truth file, in the order of names.

    ``bands`` are posecheck's own unless others are given.

    Raises:
        LabError: no clip with truth in the folder.
    """
    clips = sorted(p for p in folder.glob("*.mp4") if p.with_suffix(SUFFIX).exists())
    if not clips:
        raise LabError(f"{folder}: no clip with a {SUFFIX} file beside it; render some first")
    return [_judge(clip, cache, bands or error_bands()) for clip in clips]


def _judge(clip: Path, cache: Path, bands: ErrorBands) -> ClipResult:
    truth = read_truth(clip.with_suffix(SUFFIX))
    move = load_move(truth["move"]).move
    return ClipResult(clip.stem, truth, assess(_track(clip, cache), move, bands), bands)


def _track(clip: Path, cache: Path) -> PoseTrack:
    """The clip's landmarks, kept between runs while clip and model stay the same."""
    from posecheck.estimate.models import resolve_model
    from posecheck.tracking import track_video

    model = resolve_model()
    kept = cache / f"{clip.stem}-{clip.stat().st_size}-{model.sha256[:8]}.parquet"
    if not kept.exists():
        cache.mkdir(parents=True, exist_ok=True)
        part = kept.with_suffix(".part")
        write_track(track_video(clip, model), part)
        part.replace(kept)
    return read_track(kept)


# --- measures ---


def measure_errors(results: list[ClipResult]) -> dict[str, list[Errors]]:
    """Errors by the catalogue's move name, one entry a view band."""
    table: dict[str, list[Errors]] = defaultdict(lambda: [Errors() for _ in BAND_NAMES])
    for result in results:
        t_s = result.assessment.table.t_s
        naive = naive_measures(result.assessment)
        for column, measure, _ in columns(public_only=True):
            if column not in result.truth["measures"]:
                continue
            true = np.interp(t_s, result.truth["t_s"], result.truth["measures"][column])
            for band, given in _by_band(result, measure, column):
                inside = given & np.isfinite(true)
                if not inside.any():
                    continue
                errors = table[measure.move_name][band]
                errors.names.add(result.name)
                errors.ours.append((result.assessment.table.columns[column] - true)[inside])
                errors.stated.append(result.assessment.table.errors[column][inside])
                if column in naive:
                    errors.naive.append((naive[column] - true)[inside])
    return dict(table)


def _by_band(result: ClipResult, measure: Measure, column: str) -> Iterator[tuple[int, np.ndarray]]:
    """(band, frames) in which a column has a value; what world landmarks gave counts as beyond."""
    assessment = result.assessment
    given = np.isfinite(assessment.table.columns[column])
    offset = assessment.view.offset_deg(measure.plane)
    band = np.digitize(offset, VIEW_BANDS_DEG)
    if measure.spatial is not None:
        beyond = result.bands.row(measure.move_name)[-1]
        band[assessment.table.errors[column] >= beyond - 1e-9] = len(VIEW_BANDS_DEG)
    for k in range(len(BAND_NAMES)):
        inside = given & (band == k)
        if inside.any():
            yield k, inside


def naive_measures(assessment: Assessment) -> dict[str, Array]:
    """The same angles as peers take them: three points or one line in the picture, no neutral."""
    from posecheck.core import geometry as g
    from posecheck.core.joints import ANKLE, HIP, KNEE, SHOULDER, gather

    px = gather(assessment.smooth).px
    forward = assessment.view.forward
    outward = np.array([1.0, -1.0])
    out = {
        "trunk_lean_deg": g.tilt_from_vertical_deg(
            px[:, HIP].mean(axis=1), px[:, SHOULDER].mean(axis=1), forward
        ),
        "trunk_side_lean_deg": g.tilt_from_vertical_deg(
            px[:, HIP].mean(axis=1), px[:, SHOULDER].mean(axis=1), 1.0
        ),
    }
    for k, side in enumerate(("left", "right")):
        hip, knee, ankle = px[:, HIP, k], px[:, KNEE, k], px[:, ANKLE, k]
        out[f"hip_flexion_{side}_deg"] = 180.0 - g.joint_angle_deg(px[:, SHOULDER, k], hip, knee)
        out[f"knee_flexion_{side}_deg"] = 180.0 - g.joint_angle_deg(hip, knee, ankle)
        out[f"shin_tilt_{side}_deg"] = g.tilt_from_vertical_deg(ankle, knee, forward)
        out[f"thigh_tilt_{side}_deg"] = g.hang_from_vertical_deg(hip, knee, forward)
        out[f"leg_side_raise_{side}_deg"] = g.hang_from_vertical_deg(hip, ankle, outward[k])
    return out


# --- repetitions, holds, faults ---


@dataclass
class Counts:
    """What was found against what was performed, over all clips."""

    exact_clips: int = 0
    clips: int = 0
    found: int = 0
    missed: int = 0
    extra: int = 0
    hold_errors_s: list[float] = field(default_factory=list)
    faults: dict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0, 0]))
    not_measured: list[int] = field(default_factory=lambda: [0, 0])
    rows: list[dict[str, Any]] = field(default_factory=list)


def count(results: list[ClipResult]) -> Counts:
    """Repetitions matched by overlap in time and side, holds and faults within them."""
    counts = Counts()
    for result in results:
        true = result.truth["repetitions"]
        ours = list(result.assessment.repetitions)
        pairs = []
        for rep in true:
            match = next(
                (o for o in ours if o.side == rep["side"] and _overlap(o, rep) > 0.5), None
            )
            if match is not None:
                ours.remove(match)
                pairs.append((rep, match))
        counts.clips += 1
        counts.exact_clips += len(pairs) == len(true) and not ours
        counts.found += len(pairs)
        counts.missed += len(true) - len(pairs)
        counts.extra += len(ours)
        holds = [error for rep, match in pairs for error in _hold_errors(rep, match)]
        counts.hold_errors_s += holds
        faults = _fault_counts(result, counts)
        counts.rows.append(
            {
                "clip": result.name,
                "move": result.truth["move"],
                "view": result.assessment.quality.view.facing,
                "repetitions_true": len(true),
                "repetitions_found": len(result.assessment.repetitions),
                "hold_error_s": round(float(np.max(np.abs(holds))), 2) if holds else None,
                **faults,
            }
        )
    return counts


def _overlap(ours: Any, true: dict[str, Any]) -> float:
    shared = min(ours.end_s, true["end_s"]) - max(ours.start_s, true["start_s"])
    return float(shared / (true["end_s"] - true["start_s"]))


def _hold_errors(true: dict[str, Any], ours: Any) -> Iterator[float]:
    by_id = {phase.id: k for k, phase in enumerate(ours.phases)}
    for phase in true["phases"]:
        if phase["hold_start_s"] is None or phase["id"] not in by_id:
            continue
        k = by_id[phase["id"]]
        found = ours.phases[k]
        # A hold runs on into a position that this view cannot tell from it.
        runs_on = k + 1 < len(ours.phases) and ours.phases[k + 1].status == "not_seen"
        if found.hold_s is not None and found.status != "not_seen" and not runs_on:
            yield found.hold_s - (phase["hold_end_s"] - phase["hold_start_s"])


def _fault_counts(result: ClipResult, counts: Counts) -> dict[str, Any]:
    """Faults by id: hit, missed, false; a hit needs the id anywhere in the clip."""
    true = {fault["id"] for fault in result.truth["faults"]}
    ours = {fault.id for rep in result.assessment.repetitions for fault in rep.faults}
    for name in true | ours:
        row = counts.faults[f"{result.truth['move']}: {name}"]
        row[0] += name in true and name in ours
        row[1] += name in true and name not in ours
        row[2] += name not in true and name in ours
    return {"faults_true": sorted(true), "faults_found": sorted(ours)}


# --- bands ---


def make_bands(folder: Path, cache: Path, prior: ErrorBands) -> ErrorBands:
    """The ± that would have covered 95% of the errors; the prior where there are too few.

    First the typical offsets, then, with these subtracted, the widths that are left.
    """
    results = judge_folder(folder, cache, prior)
    shifted: dict[str, Band] = {}
    for name, before in prior.bands.items():
        offset, spread = _typical_offset(results, name, before)
        change = {"typical_offset": round(offset, 1), "offset_error": round(spread, 1)}
        shifted[name] = before.model_copy(update=change)
    source = f"python -m lab accuracy --write-bands, {len(results)} clips of {folder.name}"
    between = ErrorBands(source=source, bands=shifted)
    errors = measure_errors(judge_folder(folder, cache, between))
    bands: dict[str, Band] = {}
    for name, before in shifted.items():
        widths: list[float | None] = []
        for k, old in enumerate(before.half_width):
            cell = errors[name][k] if name in errors else Errors()
            public = BY_MOVE_NAME[name].public
            widths.append(_width(cell, old, widths[-1] if widths else None, public))
        bands[name] = before.model_copy(update={"half_width": tuple(widths)})
    return ErrorBands(source=source, bands=bands)


def _width(cell: Errors, old: float | None, inner: float | None, public: bool) -> float | None:
    """Never narrower than the band inside it: a worse view cannot be surer.

    None, so not measured, where the ± would be too wide to tell anything.
    """
    if old is None:
        return None
    if cell.clips < FEWEST_CLIPS or sum(map(len, cell.ours)) < FEWEST_FRAMES:
        return max(old, inner or 0.0)
    covered = float(np.percentile(np.abs(np.concatenate(cell.ours)), 95)) * BAND_MARGIN
    width = max(float(np.ceil(covered)), inner or 0.0)
    return width if not public or width <= WIDEST_GIVEN else None


def _typical_offset(results: list[ClipResult], name: str, before: Band) -> tuple[float, float]:
    """What the neutral reads on average where it was seen, and twice its spread."""
    measure = BY_MOVE_NAME[name]
    if measure.neutral == "landmark":
        return before.typical_offset + _bias(results, measure), 0.0
    sides = ("left", "right") if measure.sided else (None,)
    seen = [
        result.assessment.neutral.offset[column]
        for result in results
        for column in (measure.column(side) for side in sides)  # type: ignore[arg-type]
        if measure.neutral == "standing" and column in result.assessment.neutral.seen
    ]
    if len(seen) < 4:
        return before.typical_offset, before.offset_error
    return float(np.median(seen)), float(2.0 * np.std(seen))


def _bias(results: list[ClipResult], measure: Measure) -> float:
    """Median over clips of a measure's median error in plane, with the offset it has now."""
    inner = measure_errors(results).get(measure.move_name, [Errors()])[0]
    medians = [float(np.median(errors)) for errors in inner.ours if len(errors)]
    return float(np.median(medians)) if medians else 0.0


def write_bands(bands: ErrorBands, path: Path) -> None:
    """The file that posecheck reads its ± from; put in place as a whole."""
    part = path.with_suffix(".part")
    part.write_text(json.dumps(bands.model_dump(), indent=1) + "\n", encoding="utf-8")
    part.replace(path)
