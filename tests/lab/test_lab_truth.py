"""Truth files: written and read without loss, and true to the sample videos beside them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from lab.camera import Camera, place_camera
from lab.measures import MEASURES, measure, neutral_values
from lab.moves import Scene, perform
from lab.pose import Base, pose_skeleton
from lab.skeleton import JOINTS, generic_skeleton
from lab.truth import SUFFIX, build_truth, problems, read_truth, write_truth
from lab.video import frame_times

ROOT = Path(__file__).resolve().parent.parent.parent
SAMPLES = sorted((ROOT / "sample_videos").glob(f"*{SUFFIX}"))
KB = 1000


def small_truth(path: Path) -> np.ndarray:
    """Write the truth of a short clip; returns its joints, (n, joints, 3) metres."""
    body, performance = generic_skeleton(), perform(Scene("ankle-dorsiflexion"))
    t_s = frame_times(performance.duration_s, 10.0, vfr=False, seed=1)
    placed = [pose_skeleton(body, performance.base, performance.values_at(t)) for t in t_s]
    camera = Camera(azimuth_deg=-90.0, roll_deg=3.0)
    view = place_camera(camera, np.array([0.0, 0.0, 0.8]))
    truth = build_truth(
        name="small", skeleton=body, performance=performance, placed=placed, t_s=t_s,
        camera=camera, view=view, about={"body": "generic"},
    )  # fmt: skip
    write_truth(path, truth)
    joints = np.stack([p.truth_joints() for p in placed])
    read = read_truth(path)
    for i, joint in enumerate(JOINTS):
        np.testing.assert_allclose(
            read["joints"][joint]["px"], view.project(joints[:, i]), atol=0.4
        )
    return joints


def test_truth_survives_its_file(tmp_path: Path) -> None:
    path = tmp_path / f"small{SUFFIX}"
    joints = small_truth(path)
    read = read_truth(path)
    assert problems(read) == []
    for i, joint in enumerate(JOINTS):
        np.testing.assert_allclose(read["joints"][joint]["m"], joints[:, i], atol=6e-4)
    body = generic_skeleton()
    neutral = neutral_values(pose_skeleton(body, Base("standing"), {}).truth_joints())
    for name, column in measure(joints, neutral).items():
        np.testing.assert_allclose(read["measures"][name], column, atol=0.051)


def test_problems_are_found(tmp_path: Path) -> None:
    path = tmp_path / f"small{SUFFIX}"
    small_truth(path)
    truth = read_truth(path)
    truth["measures"]["trunk_lean_deg"] = truth["measures"]["trunk_lean_deg"][:-1]
    truth["faults"] = [{"id": "heel_lift", "start_s": 5.0, "end_s": 4.0}]
    assert len(problems(truth)) == 2


def test_reading_truth_and_scenes_needs_no_heavy_package() -> None:
    code = (
        "import sys, lab.truth, lab.moves, lab.recipes, lab.check\n"
        "heavy = {'torch', 'anny', 'pyvista', 'vtk', 'cv2', 'mediapipe', 'av'} & set(sys.modules)\n"
        "print(sorted(heavy))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_variable_frame_times_rise_and_keep_the_length() -> None:
    even = frame_times(10.0, 30.0, vfr=False, seed=3)
    assert len(even) == 301
    times = frame_times(10.0, 30.0, vfr=True, seed=3)
    assert np.all(np.diff(times) > 0.01)
    assert np.diff(times).std() > 0.005
    assert 9.8 < times[-1] <= 10.0
    np.testing.assert_array_equal(times, frame_times(10.0, 30.0, vfr=True, seed=3))


def test_the_samples_are_all_there() -> None:
    from lab.recipes import samples

    names = {recipe.name for recipe, _ in samples()}
    assert {p.name.removesuffix(SUFFIX) for p in SAMPLES} == names
    videos = list((ROOT / "sample_videos").glob("*.mp4"))
    assert {p.stem for p in videos} == names
    assert sum(p.stat().st_size for p in videos) < 14_000 * KB
    assert (ROOT / "sample_videos" / "contact_sheet.jpg").stat().st_size < 500 * KB


@pytest.mark.parametrize("path", SAMPLES, ids=lambda p: p.name.removesuffix(SUFFIX))
def test_a_sample_truth_is_consistent(path: Path) -> None:
    truth = read_truth(path)
    assert problems(truth) == []
    assert path.stat().st_size < 500 * KB
    assert truth["split"] == "tune"
    assert set(MEASURES) <= set(truth["measures"])
    for joint in truth["joints"].values():  # the person stays in the picture
        x, y = joint["px"][:, 0], joint["px"][:, 1]
        assert 0 < x.min() <= x.max() < truth["width_px"]
        assert 0 < y.min() <= y.max() < truth["height_px"]


@pytest.mark.parametrize("path", SAMPLES, ids=lambda p: p.name.removesuffix(SUFFIX))
def test_a_sample_video_matches_its_truth(path: Path) -> None:
    av = pytest.importorskip("av", reason="PyAV reads the video")
    truth = read_truth(path)
    video = path.with_name(path.name.removesuffix(SUFFIX) + ".mp4")
    assert video.stat().st_size < 1000 * KB
    with av.open(str(video)) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert (stream.width, stream.height) == (truth["width_px"], truth["height_px"])
        base = stream.time_base
        times = sorted(float(p.pts * base) for p in container.demux(stream) if p.pts is not None)
    assert len(times) == truth["frames"]
    np.testing.assert_allclose(np.array(times) - times[0], truth["t_s"], atol=1e-3)
    if not truth["vfr"]:
        assert 1.0 / np.median(np.diff(times)) == pytest.approx(truth["fps"], rel=0.01)
