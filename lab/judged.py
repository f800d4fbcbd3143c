"""Clips with truth, checked by posecheck as a user would check them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from lab.errors import LabError
from lab.rotations import Array
from lab.truth import SUFFIX, read_truth
from posecheck.core.bands import ErrorBands
from posecheck.core.catalog import resolve
from posecheck.core.engine import Assessment, assess
from posecheck.core.move import Move
from posecheck.core.pose import BoolArray, PoseTrack
from posecheck.core.terms import Plane
from posecheck.core.view import VIEW_BANDS_DEG
from posecheck.library import load_move, shipped_ids
from posecheck.outputs import read_track, write_track

BAND_NAMES = ("0-15", "15-35", "35-60", "beyond")


@dataclass(frozen=True)
class Clip:
    """One clip with its truth and what the model saw in it."""

    name: str
    truth: dict[str, Any]
    track: PoseTrack
    move: Move


@dataclass
class ClipResult:
    """One clip, judged."""

    clip: Clip
    assessment: Assessment
    bands: ErrorBands

    @property
    def name(self) -> str:
        return self.clip.name

    @property
    def truth(self) -> dict[str, Any]:
        return self.clip.truth

    @property
    def t_s(self) -> Array:
        return self.assessment.table.t_s

    def true(self, column: str) -> Array:
        """(n,) a truth column at the table's times."""
        return np.interp(self.t_s, self.truth["t_s"], self.truth["measures"][column])

    @cached_property
    def held(self) -> BoolArray:
        """(n,) frames in which a position was really held: the values that a report gives."""
        phases = [p for rep in self.truth["repetitions"] for p in rep["phases"]]
        spans = [(p["hold_start_s"], p["hold_end_s"]) for p in phases if p["hold_start_s"]]
        inside = [(self.t_s >= start) & (self.t_s <= end) for start, end in spans]
        return np.any([np.zeros(len(self.t_s), dtype=bool), *inside], axis=0)

    @cached_property
    def asked(self) -> dict[str, BoolArray]:
        """Column -> (n,) frames of the positions in which the move asks for it: what a user reads.

        A position asks by its headline, its criteria and the faults that are watched in it.
        """
        asked: dict[str, BoolArray] = {}
        for repetition in self.truth["repetitions"]:
            for phase in repetition["phases"]:
                inside = (self.t_s >= phase["start_s"]) & (self.t_s < phase["end_s"])
                for name in asked_of(self.clip.move, phase["id"]):
                    column = resolve(name, repetition["side"]).column
                    asked[column] = asked.get(column, False) | inside
        return asked

    @cached_property
    def true_yaw_deg(self) -> Array:
        """(n,) the pelvis's real facing to the camera, at the table's times."""
        yaw = np.unwrap(self.truth["measures"]["pelvis_yaw_deg"], period=360.0)
        return (np.interp(self.t_s, self.truth["t_s"], yaw) + 180.0) % 360.0 - 180.0

    def true_offset_deg(self, plane: Plane) -> Array:
        """(n,) how far the camera really stands off a plane's view, 0..90 degrees."""
        yaw = np.abs(self.true_yaw_deg)
        if plane == "side":
            return np.abs(90.0 - yaw)
        return np.minimum(yaw, 180.0 - yaw) if plane == "front" else 0.0 * yaw

    def true_band(self, plane: Plane) -> np.ndarray:
        """(n,) index into ``BAND_NAMES`` by the real camera."""
        return np.digitize(self.true_offset_deg(plane), VIEW_BANDS_DEG)


def asked_of(move: Move, phase_id: str | None = None) -> set[str]:
    """Measures, as move files name them, that a move asks for, in one position or in any."""
    names = {f.measure for f in move.faults if not f.phases or phase_id in (None, *f.phases)}
    for phase in move.phases:
        if phase_id in (None, phase.id):
            names |= {phase.headline, *(c.measure for c in phase.criteria)}
    return {name for name in names if name}


def read_clips(folders: Sequence[Path], cache: Path) -> list[Clip]:
    """Every clip of the folders that has a truth file, tracked, in the order of names.

    Clips of moves that posecheck does not know are left out.

    Raises:
        LabError: no clip with truth in the folders.
    """
    found = [p for f in folders for p in sorted(f.glob("*.mp4")) if p.with_suffix(SUFFIX).exists()]
    if not found:
        places = ", ".join(str(f) for f in folders)
        raise LabError(f"{places}: no clip with a {SUFFIX} file beside it; render some first")
    clips, known = [], set(shipped_ids())
    for path in found:
        truth = read_truth(path.with_suffix(SUFFIX))
        if truth["move"] in known:
            move = load_move(truth["move"]).move
            track = kept_track(path, cache, feet=move.follows_feet)
            clips.append(Clip(path.stem, truth, track, move))
    return clips


def judge(clips: Sequence[Clip], bands: ErrorBands) -> list[ClipResult]:
    """The clips checked with the given ±."""
    return [ClipResult(c, assess(c.track, c.move, bands), bands) for c in clips]


def kept_track(path: Path, cache: Path, *, feet: bool = False) -> PoseTrack:
    """The clip's landmarks, kept between runs while clip and model stay the same.

    ``feet``: with the speed of the picture at the feet.
    """
    from posecheck.estimate.models import resolve_model
    from posecheck.tracking import track_video, watch_feet

    model = resolve_model()
    kept = cache / f"{path.stem}-{path.stat().st_size}-{model.sha256[:8]}.parquet"
    track = _kept(kept, lambda: track_video(path, model))
    return (
        _kept(kept.with_suffix(".feet.parquet"), lambda: watch_feet(path, track)) if feet else track
    )


def _kept(path: Path, make: Callable[[], PoseTrack]) -> PoseTrack:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        write_track(make(), part)
        part.replace(path)
    return read_track(path)
