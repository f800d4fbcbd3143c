"""Legs that the landmark model took for one another, put back where they were.

Seen from the side, near and far leg overlap, and the model may name them the wrong way round for
frames or for seconds. At such a change both legs leap, and exchanging their names makes the leap
vanish; two legs cannot do that. Over a recording the names are chosen that make the legs travel
least, with the model's own names preferred where both fit.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from posecheck.core.joints import ANKLE, HEEL, HIP, KNEE, LANDMARKS, LEFT, RIGHT, TOE
from posecheck.core.pose import Array, BoolArray, PoseTrack
from posecheck.core.view import VIEW_BANDS_DEG, estimate_view

_PARTS = (KNEE, ANKLE, HEEL, TOE)
#: What it costs, in shank lengths of travel, to change the names: where the legs overlap a small
#: gain tells nothing.
_CHANGE = 0.5
#: What a second of names against the model's own costs: far from the side view the legs do not
#: overlap, and whatever leaps there is no exchange.
_DOUBT_PER_S, _DOUBT_OFF_SIDE_PER_S = 0.5, 50.0


def untangle(track: PoseTrack) -> PoseTrack:
    """The track with knees, ankles and feet under the side that they belong to.

    A track with nothing to put right comes back as it is.
    """
    wrong = exchanged(track)
    if not wrong.any():
        return track
    left, right = (LANDMARKS[list(_PARTS), side] for side in (LEFT, RIGHT))
    both, crossed = np.concatenate([left, right]), np.concatenate([right, left])
    rows = np.flatnonzero(wrong)[:, None]
    image_px, world_m, visibility = (
        np.array(values, copy=True) for values in (track.image_px, track.world_m, track.visibility)
    )
    image_px[rows, both] = track.image_px[rows, crossed]
    visibility[rows, both] = track.visibility[rows, crossed]
    # In space a leg hangs from its own hip: directions carry over, not places.
    hips_m = track.world_m[rows, LANDMARKS[HIP]]
    across_m = hips_m[:, LEFT, None] - hips_m[:, RIGHT, None]
    world_m[rows, left] = track.world_m[rows, right] + across_m
    world_m[rows, right] = track.world_m[rows, left] - across_m
    return replace(track, image_px=image_px, world_m=world_m, visibility=visibility)


def exchanged(track: PoseTrack) -> BoolArray:
    """(n,) frames whose legs bear each other's names."""
    px = track.image_px[:, LANDMARKS[list(_PARTS)]]
    shanks_px = np.linalg.norm(px[:, 1] - px[:, 0], axis=-1)
    seen = np.isfinite(shanks_px)
    if len(px) < 2 or not seen.any():
        return np.zeros(len(px), dtype=bool)
    shank_px = max(float(np.median(shanks_px[seen])), 1.0)
    keep, cross = (_travel(px[1:] - names[:-1]) / shank_px for names in (px, px[:, :, ::-1]))
    off_side_deg = estimate_view(track.t_s, track.world_m).offset_deg("side")
    overlap = off_side_deg[1:] <= VIEW_BANDS_DEG[1]
    doubt = np.where(overlap, _DOUBT_PER_S, _DOUBT_OFF_SIDE_PER_S) * np.diff(track.t_s)
    return _least_travel(keep, cross + _CHANGE, doubt)


def _travel(steps_px: Array) -> Array:
    """(n,) pixels that all points of both legs travel together; 0 next to a gap."""
    travel: Array = np.hypot(steps_px[..., 0], steps_px[..., 1]).sum(axis=(1, 2))
    return np.nan_to_num(travel)


def _least_travel(keep: Array, change: Array, doubt: Array) -> BoolArray:
    """(n,) names of least cost by dynamic programming; the costs are (n - 1,) of each step."""
    came = np.zeros((len(keep), 2), dtype=bool)  # whether the frame before was exchanged
    straight, wrong = 0.0, _CHANGE
    for k, (same, other, extra) in enumerate(
        zip(keep.tolist(), change.tolist(), doubt.tolist(), strict=True)
    ):
        came[k] = wrong + other < straight + same, wrong + same <= straight + other
        straight, wrong = (
            min(straight + same, wrong + other),
            min(wrong + same, straight + other) + extra,
        )
    out = np.zeros(len(keep) + 1, dtype=bool)
    out[-1] = wrong < straight
    for k in range(len(keep) - 1, -1, -1):
        out[k] = came[k, int(out[k + 1])]
    return out
