"""The person's own neutral: what a still upright stand and a flat foot read in this clip."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from posecheck.core.catalog import SIDES, columns
from posecheck.core.pose import Array, BoolArray
from posecheck.core.view import VIEW_BANDS_DEG, View

_STILL_STAND_S = 0.4
_NEUTRAL_VIEW_DEG = VIEW_BANDS_DEG[-1]
_REST_DEGPS = 15.0
_FEWEST_FLAT_FRAMES = 5
#: A clip begins in the start position for so long at least.
_BEGINNING_S = 1.2
#: Noise makes the very lowest values too low; most of a clip has the heel down.
_FLATTEST_PERCENTILE = 20.0


@dataclass(frozen=True, slots=True)
class Neutral:
    """What the person's own neutral reads, to be subtracted: column name to offset.

    ``seen`` lists the columns whose neutral was observed; others use the typical offset of the
    bench and carry its error.
    """

    offset: Mapping[str, float] = field(default_factory=dict)
    seen: frozenset[str] = frozenset()


def find_neutral(t_s: Array, raw: Mapping[str, Array], view: View) -> Neutral:
    """The person's own neutral from still upright standing and from the flat foot.

    Standing still means: both legs hang within 30 degrees of vertical, both feet at one height,
    legs and trunk slower than 15 degrees a second, for at least 0.4 s. A measure's neutral is taken
    only from frames whose view carries it: another view says nothing of this plane's bias.
    """
    still = standing_still(t_s, raw)
    offset: dict[str, float] = {}
    for column, measure, side in columns(public_only=False):
        carried = (view.offset_deg(measure.plane) <= _NEUTRAL_VIEW_DEG) & np.isfinite(raw[column])
        if measure.neutral == "standing" and (still & carried).any():
            offset[column] = float(np.median(raw[column][still & carried]))
        elif measure.neutral == "beginning" and carried.any():
            first = t_s[carried][0]
            early = carried & (t_s <= first + _BEGINNING_S)
            offset[column] = float(np.median(raw[column][early]))
        elif measure.stem == "heel_lift" and side is not None:
            flat = _flat_foot_deg(raw[column], raw[f"leg_speed_{side}_degps"], still, carried)
            if np.isfinite(flat):
                offset[column] = flat
                # Dorsiflexion is shin tilt less the pitch against that flat foot.
                offset[f"ankle_dorsiflexion_{side}_deg"] = -flat
    return Neutral(offset, frozenset(offset))


def _flat_foot_deg(
    pitch_deg: Array, speed_degps: Array, still: BoolArray, carried: BoolArray
) -> float:
    """What a flat foot's heel-to-toe line reads: while standing, else at its flattest at rest."""
    if (still & carried).any():
        return float(np.median(pitch_deg[still & carried]))
    rest = carried & (speed_degps < _REST_DEGPS)
    if rest.sum() < _FEWEST_FLAT_FRAMES:
        return float("nan")
    return float(np.percentile(pitch_deg[rest], _FLATTEST_PERCENTILE))


def standing_still(t_s: Array, raw: Mapping[str, Array]) -> BoolArray:
    """(n,) frames of standing still upright, as :func:`find_neutral` defines it."""
    ok = raw["trunk_speed_degps"] < _REST_DEGPS
    for side in SIDES:
        ok = ok & (raw[f"thigh_elevation_{side}_deg"] < 30.0)
        ok = ok & (raw[f"knee_bend_{side}_deg"] < 35.0)
        # The nearer foot stands lower in the picture, the more so the higher the camera.
        ok = ok & (np.abs(raw[f"foot_lift_{side}_pct"]) < 14.0)
        ok = ok & (raw[f"leg_speed_{side}_degps"] < _REST_DEGPS)
    return _long_enough(t_s, np.asarray(ok, dtype=bool), _STILL_STAND_S)


def _long_enough(t_s: Array, flag: BoolArray, least_s: float) -> BoolArray:
    """Keep only the runs of True that last at least ``least_s`` seconds."""
    out = np.zeros_like(flag)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flag.view(np.int8), [0]])))
    for start, stop in zip(edges[::2], edges[1::2], strict=True):
        if t_s[stop - 1] - t_s[start] >= least_s:
            out[start:stop] = True
    return out
