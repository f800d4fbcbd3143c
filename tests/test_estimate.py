"""The pose model behind its adapter, blocks, lanes and whole tracks, on real people."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.testing import assert_array_equal

from posecheck.capture.files import read_frames
from posecheck.core.errors import InputError, PosecheckError
from posecheck.core.pose import Landmark, PoseTrack
from posecheck.estimate import blocks, process
from posecheck.estimate.away import AwayPoses
from posecheck.estimate.blocks import BlockTracker, block_frames
from posecheck.estimate.landmarker import PoseEstimator
from posecheck.estimate.live import LivePoses
from posecheck.estimate.models import ModelFile, resolve_model
from posecheck.tracking import Progress, track_video
from tests import videos

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def model() -> ModelFile:
    return resolve_model("full")


@pytest.fixture(scope="module")
def person(root: Path) -> Path:
    """A bundled clip of one person, the shortest there is."""
    clips = sorted((root / "sample_videos").glob("[!.]*.mp4"), key=lambda p: p.stat().st_size)
    if not clips:
        pytest.skip("no bundled clips yet: the motion lab makes them")
    return clips[0]


@pytest.fixture(scope="module")
def short(person: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its first 150 frames, half as large."""
    path = tmp_path_factory.mktemp("short") / "short.mp4"
    pictures: list[np.ndarray] = []
    for frame in read_frames(person, rgb=True, max_side_px=480):
        if frame.index >= 150:
            break
        height, width = (side // 2 * 2 for side in frame.rgb.shape[:2])
        pictures.append(frame.rgb[:height, :width])
    return videos.write_clip(path, pictures=pictures, fps=30, options={"crf": "18"})


@pytest.fixture(scope="module")
def track(short: Path, model: ModelFile) -> PoseTrack:
    return track_video(short, model, workers=1)


def same(one: PoseTrack, other: PoseTrack) -> bool:
    return (
        np.array_equal(one.image_px, other.image_px, equal_nan=True)
        and np.array_equal(one.world_m, other.world_m, equal_nan=True)
        and np.allclose(one.visibility, other.visibility, atol=1e-5)
        and np.array_equal(one.people_seen, other.people_seen)
    )


def test_a_person_is_seen_in_every_frame(track: PoseTrack) -> None:
    assert len(track) == 150
    assert track.seen.all()
    assert (track.people_seen == 1).all()
    assert track.image_px.dtype == np.float32
    assert 0 < track.brightness.min() < 255
    json.dumps(dict(track.meta))


def test_the_number_of_workers_does_not_change_the_landmarks(
    track: PoseTrack, short: Path, model: ModelFile
) -> None:
    for workers in (2, 3):
        assert same(track, track_video(short, model, workers=workers))


def test_landmarks_are_in_pixels_of_the_original(
    track: PoseTrack, short: Path, model: ModelFile, tmp_path: Path
) -> None:
    big = tmp_path / "big.mp4"
    pictures = [np.kron(f.rgb, np.ones((4, 4, 1), np.uint8)) for f in islice(read_frames(short), 8)]
    large = track_video(videos.write_clip(big, pictures=pictures), model, workers=1)

    assert large.width_px == 4 * track.width_px
    hips = [Landmark.LEFT_HIP, Landmark.RIGHT_HIP]
    off = large.image_px[:, hips] / 4 - track.image_px[:8, hips]
    assert np.abs(np.median(off)) < 0.02 * track.height_px


def test_progress_counts_every_frame(short: Path, model: ModelFile) -> None:
    told: list[Progress] = []
    track_video(short, model, workers=2, on_progress=told.append)

    assert [p.frames_done for p in told] == list(range(1, 151))
    assert told[-1].frames_estimate == 150
    assert all(np.diff([p.t_s for p in told]) > 0)


def test_a_clip_with_nobody_is_a_track_of_nan(tmp_path: Path, model: ModelFile) -> None:
    track = track_video(videos.write_kind(tmp_path, "h264 mp4"), model, workers=1)

    assert len(track) == 20
    assert not track.seen.any()
    assert (track.people_seen == 0).all()
    assert (track.visibility == 0).all()


def test_a_truncated_clip_says_so(short: Path, model: ModelFile, tmp_path: Path) -> None:
    webm = tmp_path / "cut.webm"
    pictures = [f.rgb for f in islice(read_frames(short), 60)]
    videos.write_clip(webm, "vp9 webm", pictures=pictures * 4, fps=20)
    webm.write_bytes(webm.read_bytes()[: webm.stat().st_size // 3])

    assert track_video(webm, model, workers=1).meta["truncated"] is True


def test_a_block_does_not_remember_the_one_before(short: Path, model: ModelFile) -> None:
    frames = list(islice(read_frames(short, rgb=True), 80))

    def look(tracker: BlockTracker, start: int) -> np.ndarray:
        return np.array(
            [
                tracker.step(
                    f.rgb, t_s=f.t_s, scale=1.0, starts_block=f.index == start
                ).poses.image_px[0]
                for f in frames[start : start + 20]
            ]
        )

    with BlockTracker(model.path) as tracker:
        fresh = look(tracker, 60)
    with BlockTracker(model.path) as tracker:
        look(tracker, 0)
        look(tracker, 30)
        np.testing.assert_array_equal(look(tracker, 60), fresh)


def test_blocks_depend_on_the_file_alone() -> None:
    assert block_frames(30) == 90
    assert block_frames(None) == 90
    assert block_frames(240) == blocks.MAX_BLOCK_FRAMES
    assert block_frames(5) == blocks.MIN_BLOCK_FRAMES == 16
    assert block_frames(30, 900) == 90
    assert block_frames(30, 1800) == 180


def test_undone_smoothing_equals_never_smoothed(short: Path, model: ModelFile) -> None:
    """On a first frame nothing was smoothed yet; later ones must not lag behind a still look."""
    frames = list(islice(read_frames(short, rgb=True), 30))
    with (
        PoseEstimator(model.path, mode="one") as one,
        PoseEstimator(model.path, mode="still") as still,
    ):
        tracked = [one.detect(f.rgb, t_s=f.t_s) for f in frames]
        looked = [still.detect(f.rgb, t_s=f.t_s) for f in frames]
    np.testing.assert_allclose(tracked[0].image_px, looked[0].image_px, atol=0.5)
    visible = np.mean([p.visibility for p in tracked]), np.mean([p.visibility for p in looked])
    assert visible[0] == pytest.approx(visible[1], abs=0.05)


@pytest.mark.parametrize("width_px", [640, 639, 638, 637])
def test_a_silhouette_is_as_large_as_its_picture_whatever_the_width(
    short: Path, model: ModelFile, width_px: int
) -> None:
    first = next(iter(read_frames(short, rgb=True))).rgb
    rgb = np.asarray(cv2.resize(first, (width_px, 360)), np.uint8)
    with PoseEstimator(model.path, masks=True) as estimator:
        poses = estimator.detect(rgb, t_s=0.0)
    (mask,) = poses.masks
    assert mask.shape == (360, width_px)
    hips = poses.image_px[0][[23, 24]]
    assert all(mask[int(y), int(x)] > 0.5 for x, y in hips)


def test_a_closed_estimator_refuses_instead_of_seeing_nobody(model: ModelFile) -> None:
    estimator = PoseEstimator(model.path)
    estimator.close()
    with pytest.raises(RuntimeError, match="after close"):
        estimator.detect(np.zeros((64, 64, 3), np.uint8), t_s=0.0)


def test_something_else_than_a_model_is_an_input_error(tmp_path: Path) -> None:
    bad = tmp_path / "bad.task"
    bad.write_bytes(b"not a model")
    with pytest.raises(InputError, match="expected a pose landmarker model"):
        PoseEstimator(bad)


def test_a_bad_model_is_told_from_lanes_too(short: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.task"
    bad.write_bytes(b"not a model")
    with pytest.raises(InputError, match="expected a pose landmarker model"):
        track_video(short, ModelFile("bad", bad, "0" * 64, 11), workers=2)


@pytest.mark.parametrize("masks", [False, True])
def test_live_poses_of_another_process_are_the_same(
    short: Path, model: ModelFile, masks: bool
) -> None:
    with LivePoses(model.path, masks=masks) as here, AwayPoses(model.path, masks=masks) as away:
        for frame in islice(read_frames(short, rgb=True), 12):
            if frame.index == 6:
                here.forget()
                away.forget()
            one, other = (p.step(frame.rgb, t_s=frame.t_s, scale=2.0) for p in (here, away))
            assert one.people == other.people
            assert_array_equal(one.person, other.person)
            assert_array_equal(one.mask, other.mask)
            assert (one.mask is not None) == masks


def test_another_process_that_is_killed_or_has_no_model_is_a_clear_error(
    short: Path, model: ModelFile, tmp_path: Path
) -> None:
    frame = next(read_frames(short, rgb=True))
    with AwayPoses(model.path) as away:
        away.load()
        away._process._process.kill()
        with pytest.raises(PosecheckError, match="close other programs and start once more"):
            away.step(frame.rgb, t_s=0.0, scale=1.0)
    fake = tmp_path / "fake.task"
    fake.write_bytes(b"no model")
    with AwayPoses(fake) as away, pytest.raises(InputError, match="posecheck model list"):
        away.load()


def test_mediapipe_stays_quiet(short: Path, model: ModelFile) -> None:
    code = f"""
        from pathlib import Path
        from posecheck.tracking import track_video
        from posecheck.estimate.models import resolve_model
        track_video(Path({str(short)!r}), resolve_model("full"), workers=2)
    """
    done = _python(code)  # a script without a __main__ guard, too
    assert (done.stdout, done.stderr) == ("", "")
    assert done.returncode == 0


def test_a_killed_worker_is_a_clear_error(
    short: Path, model: ModelFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = process.subprocess.Popen
    started: list[subprocess.Popen[bytes]] = []

    def popen(*args: object, **options: object) -> subprocess.Popen[bytes]:
        started.append(start(*args, **options))  # type: ignore[call-overload]
        return started[-1]

    def kill(progress: Progress) -> None:
        if progress.frames_done == 10:
            started[0].kill()

    monkeypatch.setattr(process.subprocess, "Popen", popen)
    with pytest.raises(process.WorkerLostError, match="worker process ended"):
        track_video(short, model, workers=2, on_progress=kill)


@pytest.mark.skipif(sys.platform == "win32", reason="signals as on POSIX")
def test_ctrl_c_ends_all_processes_and_leaves_nothing_behind(person: Path) -> None:
    shared = Path("/dev/shm")
    before = set(shared.iterdir()) if shared.is_dir() else set()
    code = f"""
        from pathlib import Path
        from posecheck.tracking import track_video
        from posecheck.estimate.models import resolve_model
        track_video(Path({str(person)!r}), resolve_model("full"), workers=2,
                    on_progress=lambda p: print(p.frames_done, flush=True))
    """
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline().strip() == b"1"
    children = _children(process.pid)
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=20)

    assert process.returncode != 0
    assert errors.decode().strip().endswith("KeyboardInterrupt")
    assert children
    assert not _alive(children)
    assert (set(shared.iterdir()) if shared.is_dir() else set()) <= before


def test_the_models_own_picture_reads_as_the_model_expects(
    testdata: Path, model: ModelFile, tmp_path: Path
) -> None:
    text = (testdata / "mediapipe" / "pose_landmarks.pbtxt").read_text()
    expected = np.array(
        [[float(v) for v in re.findall(r"\b[xy]: ([-\d.e]+)", part)] for part in _marks(text)]
    )
    frame = next(read_frames(testdata / "mediapipe" / "pose.jpg", rgb=True))
    height, width = frame.rgb.shape[:2]
    with PoseEstimator(model.path, mode="still") as estimator:
        found = estimator.detect(frame.rgb, t_s=0.0).image_px[0]

    off = np.linalg.norm(found - expected * [width, height], axis=1)
    assert np.median(off) < 0.01 * height
    assert off.max() < 0.05 * height


def test_squats_read_as_another_runtime_reads_them(testdata: Path, model: ModelFile) -> None:
    folder = testdata / "tfjs"
    expected = np.array(json.loads((folder / "pose_squats.full.json").read_text()))[..., :2]
    track = track_video(folder / "pose_squats.mp4", model, workers=1)

    n = min(len(track), len(expected))
    off = np.linalg.norm(track.image_px[:n] - expected[:n], axis=-1)
    assert track.seen.all()
    assert np.median(off) < 0.01 * track.height_px
    body = off[:, Landmark.LEFT_SHOULDER :]
    assert np.percentile(body, 90) < 0.04 * track.height_px


@pytest.mark.parametrize("clip", ["sports2d/two_walkers.mp4", "pose2sim/two_people_cam02.mp4"])
def test_two_people_are_noticed_and_one_is_followed(
    clip: str, testdata: Path, model: ModelFile
) -> None:
    track = track_video(testdata / clip, model, workers=1)
    hips = track.image_px[:, [Landmark.LEFT_HIP, Landmark.RIGHT_HIP]].mean(axis=1)
    size = np.nanmedian(np.ptp(track.image_px[..., 1], axis=1))
    together = track.seen[1:] & track.seen[:-1]
    steps = np.linalg.norm(np.diff(hips, axis=0), axis=1)[together]

    assert track.people_seen.max() >= 2
    assert track.seen.mean() > 0.7
    assert steps.max() < 0.35 * size


@pytest.mark.parametrize("name", ["back_rom", "hip_abduction_standing", "hip_rom"])
def test_tiny_gifs_are_read(name: str, testdata: Path, model: ModelFile) -> None:
    track = track_video(testdata / "quickpose" / f"{name}.gif", model, workers=1)

    assert track.seen.mean() > 0.9
    assert track.width_px == 153


def _marks(text: str) -> Iterator[str]:
    return (part for part in text.split("landmark {")[1:])


def _python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def _children(pid: int) -> list[int]:
    psutil = pytest.importorskip("psutil")
    return [child.pid for child in psutil.Process(pid).children(recursive=True)]


def _alive(pids: list[int]) -> list[int]:
    psutil = pytest.importorskip("psutil")
    time.sleep(0.2)
    return [pid for pid in pids if psutil.pid_exists(pid)]
