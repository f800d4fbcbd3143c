"""Real people as a check on the lab: recordings with motion capture, where they are present.

Two public recordings, which are not part of the project: a repetition of KERAAL's trunk lean (Vicon
against the BlazePose landmarks that come with it) and Pose2Sim's balance trial (four cameras
triangulated, against what ``check`` sees from one of them).
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from lab.judged import asked_of, kept_track
from lab.measures import measure
from lab.naive import naive_measures
from lab.rotations import Array
from lab.skeleton import JOINTS
from posecheck.core.bands import ErrorBands
from posecheck.core.catalog import SIDES, resolve
from posecheck.core.engine import Assessment, assess
from posecheck.core.pose import N_LANDMARKS, Landmark, PoseTrack
from posecheck.library import load_move

#: Both recordings are upright; this move asks for the angles that they show.
_MOVE = load_move("standing-hip").move
#: The recordings' pictures are this wide for their height; their landmarks are shares of them.
_KERAAL_PX, _KERAAL_FPS = (1920, 1080), 30.0
_KERAAL = "keraal/G3-BP-ELK-P1T1-Unknown-C-0.json", "keraal/keraal_ELK.csv"
#: A measure given in less than this share of a recording tells nothing about it.
_LEAST_GIVEN = 0.3


def people(folder: Path, bands: ErrorBands, tracks: Path) -> list[dict[str, Any]]:
    """A row for each recording and measure; empty where the recordings are absent."""
    rows: list[dict[str, Any]] = []
    if all((folder / name).exists() for name in _KERAAL):
        rows += _trunk_lean(folder, bands)
    for camera in ("01", "02"):
        video = folder / "pose2sim" / f"balance_cam{camera}.mp4"
        if video.exists():
            rows += _balance(video, bands, tracks)
    return rows


def _trunk_lean(folder: Path, bands: ErrorBands) -> Iterator[dict[str, Any]]:
    with (folder / _KERAAL[1]).open(newline="") as file:
        true = np.array([float(row["lean_vicon"]) for row in csv.DictReader(file)])
    frames = json.loads((folder / _KERAAL[0]).read_text(encoding="utf-8"))["positions"]
    order = [landmark.name.capitalize() for landmark in Landmark]
    shares = np.array([[frame[name] for name in order] for frame in frames.values()])
    assessment = assess(_track(shares), _MOVE, bands)
    yield from _rows("trunk lean, Vicon", assessment, {"trunk_side_lean_deg": true})


def _track(shares: Array) -> PoseTrack:
    """(n, 33, 3) shares of the picture as a track; flat, since the depth's unit is not told."""
    width, height = _KERAAL_PX
    n = len(shares)
    px = shares * [width, height, 0.0]
    return PoseTrack(
        t_s=np.arange(n) / _KERAAL_FPS,
        image_px=px[..., :2].astype(np.float32),
        world_m=(px / height).astype(np.float32),
        visibility=np.full((n, N_LANDMARKS), 0.99, np.float32),
        people_seen=np.ones(n, np.int16),
        brightness=np.full(n, 130.0, np.float32),
        width_px=width,
        height_px=height,
    )


def _balance(video: Path, bands: ErrorBands, tracks: Path) -> Iterator[dict[str, Any]]:
    assessment = assess(kept_track(video, tracks), _MOVE, bands)
    true = measure(_triangulated_m(video.with_name("balance.trc")))
    title = f"balance on one leg, camera {video.stem[-2:]}"
    yield from _rows(title, assessment, true)


def _triangulated_m(path: Path) -> Array:
    """(n, joints, 3) metres of a TRC file in the lab's order and world, z up."""
    lines = path.read_text(encoding="utf-8").splitlines()
    names = [name for name in lines[3].split("\t")[2:] if name]
    numbers = [[float(x or "nan") for x in line.split("\t")[2:]] for line in lines[5:] if line]
    points = np.array([row[: 3 * len(names)] for row in numbers]).reshape(-1, len(names), 3)
    z_up = np.stack([points[..., 0], -points[..., 2], points[..., 1]], axis=-1)
    return z_up[:, [names.index(_marker(joint)) for joint in JOINTS]]


def _marker(joint: str) -> str:
    side, _, part = joint.partition("_")
    if not part:
        return joint.capitalize()
    if part == "ear":
        return "Head"
    return side[0].upper() + {"foot_index": "BigToe"}.get(part, part.capitalize())


def _rows(
    title: str, assessment: Assessment, true: Mapping[str, Array]
) -> Iterator[dict[str, Any]]:
    naive = naive_measures(assessment)
    table = assessment.table
    asked = {resolve(name, side).column for name in asked_of(_MOVE) for side in SIDES}
    for column in sorted(asked & true.keys()):
        n = min(len(true[column]), len(table.t_s))
        error = (table.columns[column][:n] - true[column][:n]).astype(float)
        given = np.isfinite(error)
        if given.mean() < _LEAST_GIVEN:
            continue
        row = {
            "recording": title,
            "measure": column,
            "given": round(float(given.mean()), 2),
            "range": round(float(np.ptp(true[column][:n][given])), 1),
            "mae": round(float(np.abs(error[given]).mean()), 1),
            "bias": round(float(error[given].mean()), 1),
            "r": round(float(np.corrcoef(error[given] + true[column][:n][given],
                                         true[column][:n][given])[0, 1]), 2),
            "stated": round(float(np.median(table.errors[column][:n][given])), 1),
            "covered": round(
                float((np.abs(error[given]) <= table.errors[column][:n][given]).mean()), 2
            ),
        }  # fmt: skip
        if column in naive:
            wrong = np.abs(naive[column][:n] - true[column][:n])[given]
            row["naive_mae"] = round(float(np.nanmean(wrong)), 1)
        yield row
