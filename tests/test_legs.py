"""Legs that the model named the wrong way round in a side view get their names back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from synthetic import film
from tracks import nobody

from posecheck.core.engine import assess
from posecheck.core.legs import exchanged, untangle
from posecheck.core.pose import Landmark, PoseTrack
from posecheck.library import error_bands, load_move

_LEGS = [
    [Landmark[f"{side}_{part}"] for part in ("KNEE", "ANKLE", "HEEL", "FOOT_INDEX")]
    for side in ("LEFT", "RIGHT")
]


def misnamed(track: PoseTrack, start_s: float, end_s: float) -> PoseTrack:
    """The track with the legs' names exchanged in a stretch of it."""
    rows = np.flatnonzero((track.t_s >= start_s) & (track.t_s < end_s))[:, None]
    to, of = _LEGS[0] + _LEGS[1], _LEGS[1] + _LEGS[0]
    columns = {}
    for name in ("image_px", "world_m", "visibility"):
        values = getattr(track, name).copy()
        values[rows, to] = getattr(track, name)[rows, of]
        columns[name] = values
    return replace(track, **columns)


def kneeling(azimuth_deg: float = 90.0) -> PoseTrack:
    """Half-kneeling, 10 s: front and rear leg lie far apart all the time."""
    return film("ankle-dorsiflexion", ("right",), azimuth_deg, noise_px=1.5, hold_scale=0.6).track


@given(st.floats(1.0, 6.0), st.floats(0.2, 4.0))
@settings(max_examples=20, deadline=None)
def test_a_stretch_of_wrong_names_is_put_right_to_the_frame(start_s: float, long_s: float) -> None:
    track = kneeling()
    wrong = misnamed(track, start_s, start_s + long_s)
    inside = (track.t_s >= start_s) & (track.t_s < start_s + long_s)
    assert (exchanged(wrong) == inside).all()
    np.testing.assert_array_equal(untangle(wrong).image_px, track.image_px)


@pytest.mark.parametrize("azimuth_deg", [90.0, -90.0, 65.0, 0.0, 45.0])
@pytest.mark.parametrize("move", ["standing-hip", "ankle-dorsiflexion"])
def test_legs_that_pass_each_other_keep_their_names(move: str, azimuth_deg: float) -> None:
    track = film(move, ("left",), azimuth_deg, noise_px=2.0).track
    assert untangle(track) is track


def test_a_leap_in_a_front_view_is_no_exchange() -> None:
    """There the legs lie side by side: what leaps is the whole body, turned back to front."""
    assert not exchanged(misnamed(kneeling(0.0), 3.0, 5.0)).any()


def test_the_angle_of_the_working_leg_is_the_same_with_and_without_wrong_names() -> None:
    move, bands = load_move("ankle-dorsiflexion").move, error_bands()
    track = kneeling()
    right, wrong = (assess(t, move, bands) for t in (track, misnamed(track, 3.0, 6.5)))
    for column in ("shin_tilt_right_deg", "hip_flexion_right_deg", "knee_flexion_right_deg"):
        difference = wrong.table.columns[column] - right.table.columns[column]
        assert np.isfinite(difference).mean() > 0.95
        assert np.nanmax(np.abs(difference)) < 0.5
    assert [r.side for r in wrong.repetitions] == [r.side for r in right.repetitions] == ["right"]


def test_gaps_and_tracks_of_nobody_pass() -> None:
    track = kneeling()
    assert not exchanged(nobody(track, 2.0, 4.0)).any()
    assert not exchanged(nobody(track, 0.0, 99.0)).any()
