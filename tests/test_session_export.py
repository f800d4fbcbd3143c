"""Sessions in other programs' formats, read back by readers that know nothing of posecheck."""

from __future__ import annotations

import csv
import io
import json
import stat
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from session_factory import random_track, recorded
from tracks import at_frames, dropped
from typer.testing import CliRunner

from posecheck.cli import app
from posecheck.core.errors import InputError
from posecheck.core.pose import Landmark, PoseTrack
from posecheck.session.export import ENDINGS, FORMS, export
from posecheck.session.reader import open_recording

NAMES = [landmark.name.lower() for landmark in Landmark]


def smooth_track(frames: int = 90) -> PoseTrack:
    """A body whose every landmark moves evenly, so that values between frames are known."""
    track = random_track(frames)
    t_s = track.t_s[:, None, None]
    rng = np.random.default_rng(3)
    image = rng.uniform(100, 400, (1, 33, 2)) + t_s * rng.uniform(-20, 20, (1, 33, 2))
    world = rng.normal(0, 1, (1, 33, 3)) + t_s * rng.normal(0, 0.2, (1, 33, 3))
    track.image_px[:], track.world_m[:] = image, world
    track.visibility[:] = 0.9
    track.people_seen[:] = 1
    return track


def exported(folder: Path, track: PoseTrack, form: str) -> Path:
    target = folder / f"out{ENDINGS[form]}"
    export(open_recording(recorded(folder / "s", track)), form, target)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    return target


def read_trc(path: Path) -> tuple[dict[str, str], list[str], np.ndarray, np.ndarray]:
    """Header, marker names, times and (n, markers, 3), read as OpenSim's format says."""
    lines = path.read_text().split("\n")
    assert lines[0].split("\t")[:3] == ["PathFileType", "4", "(X/Y/Z)"]
    header = dict(zip(lines[1].split("\t"), lines[2].split("\t"), strict=True))
    names = lines[3].split("\t")[2::3]
    assert lines[3].split("\t")[:2] == ["Frame#", "Time"]
    axes = [cell for cell in lines[4].split("\t") if cell]
    assert axes == [f"{axis}{k + 1}" for k in range(len(names)) for axis in "XYZ"]
    for line in lines[6:-1]:
        assert len(line.rstrip().split("\t")) == 2 + 3 * len(NAMES), "OpenSim counts these"
    body = pd.read_csv(io.StringIO("\n".join(lines[5:])), sep="\t", header=None)
    assert list(body[0]) == list(range(1, len(body) + 1))
    marks = body.iloc[:, 2:].to_numpy(float).reshape(len(body), len(names), 3)
    return header, names, body[1].to_numpy(float), marks


# --- TRC ---


def test_trc_reads_back_with_names_units_and_every_position(tmp_path: Path) -> None:
    track = smooth_track()
    header, names, t_s, marks = read_trc(exported(tmp_path, track, "trc"))
    assert [name for name in names if name] == NAMES
    assert header["Units"] == "m"
    assert (int(header["NumFrames"]), int(header["NumMarkers"])) == (90, 33)
    assert float(header["DataRate"]) == pytest.approx(30.0)
    np.testing.assert_allclose(t_s, track.t_s, atol=1e-6)
    x, y, z = np.moveaxis(track.world_m, -1, 0)
    np.testing.assert_allclose(marks, np.stack([-z, -y, -x], axis=-1), atol=2e-6)


def test_trc_axes_are_right_handed(tmp_path: Path) -> None:
    """Turning the camera's axes into the laboratory's must not mirror the body."""
    track = smooth_track(3)
    *_, marks = read_trc(exported(tmp_path, track, "trc"))
    before = np.linalg.det(track.world_m[0, :3].astype(float))
    after = np.linalg.det(marks[0, :3])
    assert after == pytest.approx(before, rel=1e-3)


@settings(max_examples=15, deadline=None)
@given(share=st.floats(0.0, 0.6), seed=st.integers(0, 50))
def test_trc_of_an_uneven_recording_is_even_and_true(
    tmp_path_factory: pytest.TempPathFactory, share: float, seed: int
) -> None:
    full = smooth_track()
    track = dropped(full, share, seed)
    path = exported(tmp_path_factory.mktemp("trc"), track, "trc")
    _, _, t_s, marks = read_trc(path)
    if len(t_s) > 2:
        np.testing.assert_allclose(np.diff(t_s), np.diff(t_s)[0], atol=2e-6)
    slope = (full.world_m[-1, 0, 1] - full.world_m[0, 0, 1]) / (full.t_s[-1] - full.t_s[0])
    wanted = -(full.world_m[0, 0, 1] + slope * t_s)
    known = ~np.isnan(marks[:, 0, 1])
    np.testing.assert_allclose(marks[known, 0, 1], wanted[known], atol=1e-4)


def test_where_nobody_was_seen_trc_has_no_numbers(tmp_path: Path) -> None:
    track = smooth_track()
    gone = slice(30, 60)
    track.image_px[gone], track.world_m[gone] = np.nan, np.nan
    track.visibility[gone], track.people_seen[gone] = 0.0, 0
    *_, marks = read_trc(exported(tmp_path, track, "trc"))
    assert np.isnan(marks[31:59]).all()
    assert np.isfinite(marks[:29]).all()


def test_across_a_pause_nothing_is_made_up(tmp_path: Path) -> None:
    track = smooth_track()
    later = np.where(np.arange(90) < 45, track.t_s, track.t_s + 10.0)
    paused = at_frames(track, np.arange(90), later)
    _, _, t_s, marks = read_trc(exported(tmp_path, paused, "trc"))
    within = (t_s > 1.6) & (t_s < 11.4)
    assert within.sum() > 250
    assert np.isnan(marks[within]).all()


# --- movement (DeepLabCut's layout) ---


def read_deeplabcut(path: Path) -> pd.DataFrame:
    """As every reader of DeepLabCut's CSV does: three heading rows, the frame number first."""
    return pd.read_csv(path, header=[0, 1, 2], index_col=0)


def test_the_movement_layout_reads_back_as_deeplabcut_does(tmp_path: Path) -> None:
    track = smooth_track()
    frame = read_deeplabcut(exported(tmp_path, track, "movement"))
    assert list(frame.columns.get_level_values(0).unique()) == ["posecheck"]
    assert list(frame.columns.get_level_values(1).unique()) == NAMES
    assert list(frame.columns.get_level_values(2)[:3]) == ["x", "y", "likelihood"]
    values = frame.to_numpy(float).reshape(90, 33, 3)
    np.testing.assert_allclose(values[..., :2], track.image_px, rtol=1e-4)
    np.testing.assert_allclose(values[..., 2], 0.9, atol=1e-4)


def test_frames_that_were_dropped_do_not_make_the_movement_layout_faster(tmp_path: Path) -> None:
    """Its reader takes rows as evenly spaced: as many are written as the time needs."""
    track = dropped(smooth_track(300), 0.3, seed=1)
    frame = read_deeplabcut(exported(tmp_path, track, "movement"))
    assert len(frame) == pytest.approx(track.t_s[-1] * 30.0, abs=1.5)


# --- the plain ones ---


def test_csv_parquet_and_json_hold_the_same_frames(tmp_path: Path) -> None:
    track = random_track(40)
    recording = open_recording(recorded(tmp_path / "s", track))
    for form in ("csv", "parquet", "json"):
        export(recording, form, tmp_path / f"out{ENDINGS[form]}")
    with (tmp_path / "out.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    data = json.loads((tmp_path / "out.json").read_text())
    table = pq.read_table(tmp_path / "out.parquet")
    assert len(rows) == len(data["frames"]) == table.num_rows == 40
    assert data["landmark_names"] == NAMES
    assert [e["name"] for e in data["events"]] == ["phase"] * 4
    for i in (1, 20):
        nose = track.image_px[i, 0]
        assert float(rows[i]["nose_x_px"]) == pytest.approx(nose[0], rel=1e-4)
        assert data["frames"][i]["image_px"][0] == pytest.approx(nose.tolist(), abs=0.01)
    assert rows[0]["nose_x_px"] == ""
    assert data["frames"][0]["image_px"] is None


def test_an_unknown_format_is_refused_with_the_choices(tmp_path: Path) -> None:
    recording = open_recording(recorded(tmp_path / "s", random_track(5)))
    with pytest.raises(InputError, match="expected one of csv, parquet, json, trc, movement"):
        export(recording, "c3d", tmp_path / "out.c3d")


@pytest.mark.parametrize("form", FORMS)
def test_a_folder_takes_the_file_under_the_sessions_name(tmp_path: Path, form: str) -> None:
    recorded(tmp_path / "all" / "a-session", random_track(20))
    done = CliRunner().invoke(
        app,
        ["sessions", "export", "a-session", "-f", form, "--out", f"{tmp_path}/new/",
         "--sessions", str(tmp_path / "all")],
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert [f.name for f in (tmp_path / "new").iterdir()] == [f"a-session{ENDINGS[form]}"]
    assert ("even steps of 30 a second" in done.output) == (form in ("trc", "movement"))
