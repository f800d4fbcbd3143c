"""Measures in centimetres, from those in parts of the foot and a scale in the leg's plane."""

from __future__ import annotations

import numpy as np

from posecheck.core.catalog import SIDES
from posecheck.core.pose import Array, BoolArray, Landmark, PoseTrack
from posecheck.core.scale import PlaneScale
from posecheck.core.table import MeasureTable, Reason


def put_centimetres(table: MeasureTable, smooth: PoseTrack, scale: PlaneScale) -> None:
    """Fills in ``knee_over_toe_..._cm`` wherever the measure in percent of the foot has a value.

    The foot's length in cm comes from the scale, so that view, gate and offset are the same for
    both units; the scale's own ± joins the measure's.

    Args:
        table: changed in place, before anybody else reads it.
        smooth: the filtered track that the table was made from.
    """
    for side in SIDES:
        share, target = f"knee_over_toe_{side}_pct", f"knee_over_toe_{side}_cm"
        reasons = table.reasons[share]
        table.reasons[target][:] = reasons
        measured = reasons == Reason.OK
        if not measured.any():
            continue
        foot_cm = _foot_cm(smooth, scale, side, measured)
        value = table.columns[share] / 100.0 * foot_cm
        error = np.hypot(table.errors[share] / 100.0 * foot_cm, scale.length_error * value)
        table.columns[target][:] = np.where(measured, value, np.nan)
        table.errors[target][:] = np.where(measured, error, np.nan)


def _foot_cm(smooth: PoseTrack, scale: PlaneScale, side: str, measured: BoolArray) -> float:
    """Heel to toe tip in the leg's plane: the median over the frames that carry the measure."""
    ends = [Landmark[f"{side.upper()}_{part}"] for part in ("HEEL", "FOOT_INDEX")]
    cm: Array = scale.cm(smooth.image_px[measured][:, ends])
    return float(np.median(np.hypot(*(cm[:, 1] - cm[:, 0]).T)))
