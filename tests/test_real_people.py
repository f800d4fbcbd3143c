"""Real people, against what four cameras saw of them: where the optional data is present."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from posecheck.core.engine import Assessment, assess
from posecheck.estimate.models import resolve_model
from posecheck.library import error_bands, load_move
from posecheck.tracking import track_video

pytestmark = pytest.mark.slow


def balance(testdata: Path, camera: str) -> tuple[Assessment, dict[str, np.ndarray]]:
    """A man balancing on one leg, leaning to the side; angles from four-camera triangulation."""
    folder = testdata / "pose2sim"
    track = track_video(folder / f"balance_cam{camera}.mp4", resolve_model())
    with (folder / "balance_angles3d.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    true = {name: np.array([float(row[name]) for row in rows]) for name in rows[0]}
    return assess(track, load_move("standing-hip").move, error_bands()), true


def test_side_lean_from_the_front_follows_a_real_trunk(testdata: Path) -> None:
    assessment, true = balance(testdata, "02")
    lean = np.abs(assessment.table.columns["trunk_side_lean_deg"])[: len(true["frame0"])]
    given = np.isfinite(lean)
    error = (lean - true["trunk_lean_from_vertical"])[given]
    # In the other frames the model takes his front for his back, and there is no view to tell by.
    assert given.mean() > 0.3
    assert np.abs(error).mean() < 2.5
    assert np.corrcoef(lean[given], true["trunk_lean_from_vertical"][given])[0, 1] > 0.9


def test_an_oblique_view_of_a_real_knee_gives_no_number(testdata: Path) -> None:
    """There the landmarks are off by 25 degrees: nothing is better than that."""
    assessment, _ = balance(testdata, "01")
    oblique = assessment.view.offset_deg("side") > 35.0
    assert oblique.mean() > 0.5
    for side in ("left", "right"):
        assert np.isnan(assessment.table.columns[f"knee_flexion_{side}_deg"][oblique]).all()
