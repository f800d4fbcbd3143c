"""Files of one checked clip: its result, its measures and its landmarks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from posecheck.core.catalog import columns
from posecheck.core.errors import InputError
from posecheck.core.pose import Landmark, PoseTrack
from posecheck.core.result import Result

if TYPE_CHECKING:
    import pyarrow as pa

    from posecheck.core.table import MeasureTable

TRACK_SCHEMA_VERSION = 1
#: Tracks of before there were any lack them.
_FOOT_SPEEDS = ("left_foot_speed_px", "right_foot_speed_px")
_META_KEY = b"posecheck"
#: Long clips are written in pieces, so that memory does not grow with their text.
_ROWS_AT_ONCE = 2000
_DECIMALS = {"deg": 2, "pct": 2, "cm": 2, "degps": 1}


def write_result_json(result: Result, path: Path) -> None:
    """``result.json``; its schema is :class:`posecheck.core.result.Result`."""
    path.write_text(result.model_dump_json(indent=2) + "\n", encoding="utf-8")


def write_measures_csv(table: MeasureTable, path: Path) -> None:
    """One row an analysed frame: ``t_s`` and the public measures, empty where not measured."""
    import pyarrow as pa
    from pyarrow import csv

    def rows(first: int, last: int) -> pa.Table:
        arrays = {"t_s": pa.array(np.round(table.t_s[first:last], 4))}
        for column, measure, _ in columns(public_only=True):
            values = np.round(table.columns[column][first:last], _DECIMALS[measure.unit])
            arrays[column] = pa.array(values + 0.0, mask=~np.isfinite(values))
        return pa.table(arrays)

    options = csv.WriteOptions(quoting_style="none")
    with csv.CSVWriter(path, rows(0, 0).schema, write_options=options) as writer:
        for first in range(0, len(table), _ROWS_AT_ONCE):
            writer.write_table(rows(first, first + _ROWS_AT_ONCE))


def write_track(track: PoseTrack, path: Path) -> None:
    """``track.parquet``: raw landmarks with what is needed to score them again.

    Columns: ``t_s``, ``people_seen``, ``brightness``, ``left_foot_speed_px`` and ``right_…``, NaN
    where nobody looked, and for each landmark ``NAME_x_px``, ``NAME_y_px``, ``NAME_x_m``,
    ``NAME_y_m``, ``NAME_z_m``, ``NAME_visibility``; null where the person was not seen. The schema
    metadata key ``posecheck`` holds JSON with the frame size, the model and the clip.
    """
    from pyarrow import parquet

    schema = _track_table(track.slice(0, 0)).schema
    with parquet.ParquetWriter(path, schema, compression="zstd") as writer:
        for first in range(0, len(track), _ROWS_AT_ONCE):
            writer.write_table(_track_table(track.slice(first, first + _ROWS_AT_ONCE)))


def _track_table(track: PoseTrack) -> pa.Table:
    import pyarrow as pa

    missing = ~track.seen
    arrays = {
        "t_s": pa.array(track.t_s.astype(np.float64)),
        "people_seen": pa.array(track.people_seen.astype(np.int16)),
        "brightness": pa.array(track.brightness.astype(np.float32)),
    }
    for k, name in enumerate(_FOOT_SPEEDS):
        arrays[name] = pa.array(track.foot_speed_px[:, k].astype(np.float32))
    for landmark in Landmark:
        name = landmark.name.lower()
        for source, suffixes in (
            (track.image_px[:, landmark], ("x_px", "y_px")),
            (track.world_m[:, landmark], ("x_m", "y_m", "z_m")),
        ):
            for k, suffix in enumerate(suffixes):
                values = source[:, k].astype(np.float32)
                arrays[f"{name}_{suffix}"] = pa.array(values, mask=missing)
        arrays[f"{name}_visibility"] = pa.array(
            track.visibility[:, landmark].astype(np.float32), mask=missing
        )
    meta = {
        "schema_version": TRACK_SCHEMA_VERSION,
        "width_px": track.width_px,
        "height_px": track.height_px,
        **track.meta,
    }
    return pa.table(arrays).replace_schema_metadata({_META_KEY: json.dumps(meta).encode()})


def read_track(path: Path) -> PoseTrack:
    """The track that :func:`write_track` wrote.

    Raises:
        InputError: no such file, no track of ours, or of a newer schema.
    """
    import pyarrow as pa
    from pyarrow import parquet

    try:
        table = parquet.read_table(path)
    except (OSError, pa.ArrowInvalid) as error:
        raise InputError(
            f"{path}: expected a track.parquet that posecheck wrote: {error}"
        ) from error
    raw = (table.schema.metadata or {}).get(_META_KEY)
    if raw is None:
        raise InputError(f"{path}: a Parquet file, but no posecheck track; give a track.parquet")
    meta = json.loads(raw)
    version = meta.pop("schema_version")
    if version > TRACK_SCHEMA_VERSION:
        raise InputError(
            f"{path}: written by a newer posecheck (track schema {version}, this one reads up to "
            f"{TRACK_SCHEMA_VERSION}); update posecheck"
        )
    return _track_of(table, meta)


def _track_of(table: pa.Table, meta: dict[str, object]) -> PoseTrack:
    def stack(suffixes: tuple[str, ...]) -> np.ndarray:
        planes = [
            np.stack(
                [
                    table[f"{landmark.name.lower()}_{suffix}"].to_numpy().astype(np.float32)
                    for landmark in Landmark
                ],
                axis=1,
            )
            for suffix in suffixes
        ]
        return np.stack(planes, axis=-1)

    width, height = meta.pop("width_px"), meta.pop("height_px")
    known = set(_FOOT_SPEEDS) <= set(table.column_names)
    speeds = [table[name].to_numpy() for name in _FOOT_SPEEDS] if known else []
    return PoseTrack(
        t_s=table["t_s"].to_numpy(),
        image_px=stack(("x_px", "y_px")),
        world_m=stack(("x_m", "y_m", "z_m")),
        visibility=np.nan_to_num(stack(("visibility",))[..., 0]),
        people_seen=table["people_seen"].to_numpy(),
        brightness=table["brightness"].to_numpy(),
        width_px=int(str(width)),
        height_px=int(str(height)),
        meta=meta,
        foot_speed_px=np.stack(speeds, axis=1) if speeds else np.empty((0, 2), np.float32),
    )
