"""The command line: errors are one line and exit status 2; rendering leaves whole clips only."""

from __future__ import annotations

import errno
import importlib.util
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from lab.__main__ import main
from lab.bodies import body_specs
from lab.errors import LabError
from lab.recipes import bench, recipe, room_named, samples, scene_named, scene_names
from lab.truth import SUFFIX, problems, read_truth
from lab.video import write_video

RENDER = ("--scene", "ankle-left", "--body", "ada", "--camera", "low-side-left")
HAS_LAB = all(importlib.util.find_spec(name) for name in ("torch", "anny", "pyvista"))
needs_lab = pytest.mark.skipif(
    not HAS_LAB, reason="the lab extra (torch, anny, pyvista) is not installed"
)


def fails(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Run a command that must fail; returns its one line."""
    assert main(arguments) == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1
    return lines[0]


@pytest.mark.parametrize(
    ("option", "value", "hint"),
    [
        ("--scene", "ankle-lft", "did you mean ankle-left"),
        ("--body", "adda", "did you mean ada"),
        ("--camera", "low-side", "did you mean low-side-"),
        ("--room", "studoi", "did you mean studio"),
    ],
)
def test_an_unknown_name_lists_near_ones(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, option: str, value: str, hint: str
) -> None:
    line = fails(capsys, "render", *RENDER, "--out", str(tmp_path / "a.mp4"), option, value)
    assert hint in line
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("fps=900", "fps = 900 is outside"),
        ("width_px=541", "must be even"),
        ("fps=fast", "expected FIELD=NUMBER"),
        ("zoom=2", "zoom"),
    ],
)
def test_a_bad_camera_change_is_named(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, change: str, said: str
) -> None:
    line = fails(capsys, "render", *RENDER, "--out", str(tmp_path / "a.mp4"), "--set", change)
    assert said in line


def test_the_output_must_be_mp4(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert "must end in .mp4" in fails(capsys, "render", *RENDER, "--out", str(tmp_path / "a.avi"))


def test_a_missing_extra_says_what_to_install(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POSECHECK_LAB_CACHE", str(tmp_path / "none"))
    monkeypatch.setitem(__import__("sys").modules, "anny", None)
    from lab import bodies

    bodies._anny.cache_clear()
    line = fails(capsys, "render", *RENDER, "--out", str(tmp_path / "a.mp4"))
    assert "pip install posecheck[lab]" in line


def test_a_full_disk_leaves_no_half_clip(tmp_path: Path) -> None:
    pytest.importorskip("av", reason="PyAV writes the video")

    def pictures() -> Iterator[np.ndarray]:
        yield np.zeros((64, 64, 3), np.uint8)
        raise OSError(errno.ENOSPC, "No space left on device")

    path = tmp_path / "clip.mp4"
    with pytest.raises(LabError, match="the disk is full"):
        write_video(path, pictures(), np.array([0.0, 0.1]), 10.0, (64, 64), 30)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_one_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    line = fails(capsys, "render", *RENDER, "--out", str(tmp_path / "file" / "a.mp4"))
    assert "cannot make the folder" in line


def test_all_data_files_hold_together() -> None:
    for name in scene_names():
        scene_named(name)
    specs = body_specs()
    splits = {s: [b for b in specs.values() if b.split == s] for s in ("tune", "test", "blind")}
    assert len(specs) >= 8
    assert sum(map(len, splits.values())) == len(specs)
    assert all(len(group) >= 4 for group in splits.values())
    heights = [b.height_m for b in specs.values()]
    assert min(heights) < 1.56
    assert max(heights) > 1.9
    assert len({r.name for r in bench()}) == len(bench()) > 60
    assert {specs[r.body].split for r in bench()} == {"test"}
    assert {specs[r.body].split for r, _ in samples()} == {"tune"}
    assert room_named("studio") is not None


@pytest.mark.parametrize("split", ["test", "tune"])
def test_a_scene_of_a_fault_performs_it_in_every_clip(split: str) -> None:
    for clip in bench(split):
        faults = clip.scene.faults
        performed = [fault for fault in faults if fault.repetition <= len(clip.scene.sides)]
        assert performed or not faults, clip.name


def test_a_recipe_hash_changes_with_what_it_says() -> None:
    first = recipe("a", "ankle-left", "ada", "front")
    assert first.digest == recipe("a", "ankle-left", "ada", "front").digest
    assert first.digest != recipe("a", "ankle-left", "ada", "front", noise=2.0).digest
    assert first.digest != recipe("a", "ankle-left", "ben", "front").digest


@needs_lab
@pytest.mark.slow
def test_a_rendered_clip_comes_with_its_truth(tmp_path: Path) -> None:
    from dataclasses import replace

    from lab.clip import make_clip

    small = recipe(
        "small", "hip-extension-arm-up-once", "ada", "low-side-left",
        camera_changes={"width_px": 160, "height_px": 90, "fps": 5.0, "vfr": True}, noise=2.0,
    )  # fmt: skip
    small = replace(small, scene=replace(small.scene, hold_scale=0.3, tempo=3.0))
    video = make_clip(small, tmp_path)
    truth = read_truth(tmp_path / f"small{SUFFIX}")
    assert problems(truth) == []
    assert sorted(p.name for p in tmp_path.iterdir()) == ["small.mp4", f"small{SUFFIX}"]

    import av

    with av.open(str(video)) as container:
        frames = [f.to_ndarray(format="rgb24") for f in container.decode(video=0)]
    assert len(frames) == truth["frames"]
    assert frames[0].shape == (90, 160, 3)
    assert np.std(frames[0]) > 10  # not an empty picture


@needs_lab
def test_the_skin_follows_the_joints() -> None:
    from lab.bodies import load_body
    from lab.pose import Base, pose_skeleton
    from lab.skin import skin

    body = load_body("ada")
    values = {"left_lift": 1.0, "left_hip_flexion_deg": 90.0, "left_knee_flexion_deg": 90.0}
    placed = pose_skeleton(body.skeleton, Base("standing"), values)
    vertices = skin(body, placed)
    for joint in ("left_knee", "right_ankle", "left_elbow", "nose"):
        away = np.linalg.norm(vertices - placed.joint_m[joint], axis=1).min()
        assert away < 0.09
    assert vertices[:, 2].min() > -0.01  # nothing below the floor but the shoe's sole


@needs_lab
@pytest.mark.slow
def test_every_bench_body_can_reach_what_its_clip_asks() -> None:
    from lab.bodies import load_body
    from lab.moves import perform
    from lab.pose import pose_skeleton

    for clip in bench():
        performance, skeleton = perform(clip.scene), load_body(clip.body).skeleton
        for keyframe in performance.keyframes:
            pose_skeleton(skeleton, performance.base, keyframe.values)
