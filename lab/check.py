"""Does MediaPipe see the rendered bodies as it sees people? Landmarks against the true joints."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lab.errors import LabError, missing_extra
from lab.rotations import Array
from lab.truth import SUFFIX, read_truth

#: truth joint -> BlazePose landmark.
LANDMARK = {
    "nose": 0,
    "left_ear": 7,
    "right_ear": 8,
    "left_shoulder": 11,
    "right_shoulder": 12,
    "left_elbow": 13,
    "right_elbow": 14,
    "left_wrist": 15,
    "right_wrist": 16,
    "left_hip": 23,
    "right_hip": 24,
    "left_knee": 25,
    "right_knee": 26,
    "left_ankle": 27,
    "right_ankle": 28,
    "left_heel": 29,
    "right_heel": 30,
    "left_foot_index": 31,
    "right_foot_index": 32,
}


@dataclass(frozen=True)
class Seen:
    """One clip against its truth.

    Attributes:
        frames, lost: frames looked at, and those without a person.
        error_pct: joint -> mean pixel distance in percent of the torso's true length in space.
        visibility: joint -> mean.
    """

    name: str
    frames: int
    lost: int
    error_pct: dict[str, float]
    visibility: dict[str, float]

    @property
    def mean_error_pct(self) -> float:
        return float(np.nanmean(list(self.error_pct.values())))


def default_model() -> Path:
    """The model file that posecheck carries."""
    path = (
        Path(__file__).resolve().parent.parent
        / "posecheck"
        / "estimate"
        / "data"
        / "pose_landmarker_full.task"
    )
    if not path.exists():
        raise LabError(f"no model at {path}: build it (see docs) or pass --model FILE.task")
    return path


def check_folder(folder: Path, model: Path | None, every: int) -> list[Seen]:
    """Check every clip in a folder and print a table; returns its rows."""
    clips = sorted(folder.glob("*.mp4"))
    if not clips:
        raise LabError(f"no .mp4 in {folder}")
    rows = []
    print(f"{'clip':<48}{'frames':>7}{'lost':>5}{'error %':>8}{'worst joint':>26}{'visible':>8}")
    for clip in clips:
        row = check_clip(clip, model or default_model(), every)
        worst = max(row.error_pct, key=lambda j: row.error_pct[j])
        print(
            f"{row.name:<48}{row.frames:>7}{row.lost:>5}{row.mean_error_pct:>8.1f}"
            f"{f'{worst} {row.error_pct[worst]:.0f}':>26}"
            f"{np.mean(list(row.visibility.values())):>8.2f}",
            flush=True,
        )
        rows.append(row)
    return rows


def check_clip(clip: Path, model: Path, every: int = 1) -> Seen:
    """Run MediaPipe in video mode over a clip and compare with its truth."""
    truth = read_truth(clip.with_name(clip.stem + SUFFIX))
    index, pixels, visibility = _landmarks(clip, model, every)
    joints = {j: np.asarray(truth["joints"][j]["px"])[index] for j in LANDMARK}
    torso = _torso_px(truth)[index]
    lost = int(np.isnan(pixels[:, 0, 0]).sum())
    error, seen = {}, {}
    for joint, landmark in LANDMARK.items():
        away = np.linalg.norm(pixels[:, landmark] - joints[joint], axis=1) / torso
        error[joint] = 100.0 * float(np.nanmean(away))
        seen[joint] = float(np.nanmean(visibility[:, landmark]))
    return Seen(clip.stem, len(index), lost, error, seen)


def _torso_px(truth: Any) -> Array:
    """(n,) the torso's length in space times the picture's scale at the hips, pixels."""
    j = {k: np.asarray(v["m"]) for k, v in truth["joints"].items()}
    hip = 0.5 * (j["left_hip"] + j["right_hip"])
    shoulder = 0.5 * (j["left_shoulder"] + j["right_shoulder"])
    away = np.linalg.norm(hip - np.array(truth["camera"]["position_m"]), axis=1)
    return np.linalg.norm(shoulder - hip, axis=1) * truth["camera"]["focal_px"] / away


def _landmarks(clip: Path, model: Path, every: int) -> tuple[np.ndarray, Array, Array]:
    """Frame indices, (n, 33, 2) pixels and (n, 33) visibility; NaN where nobody is seen."""
    try:
        import av
        import mediapipe as mp
    except ImportError as error:
        raise missing_extra(str(error.name)) from error
    vision, tasks = mp.tasks.vision, mp.tasks
    options = vision.PoseLandmarkerOptions(
        base_options=tasks.BaseOptions(model_asset_path=str(model)),
        running_mode=vision.RunningMode.VIDEO,
        num_poses=1,
    )
    index, pixels, visibility = [], [], []
    with vision.PoseLandmarker.create_from_options(options) as eyes, av.open(str(clip)) as file:
        for i, frame in enumerate(file.decode(video=0)):
            if i % every:
                continue
            rgb = np.ascontiguousarray(frame.to_ndarray(format="rgb24"))
            found = eyes.detect_for_video(
                mp.Image(image_format=mp.ImageFormat.SRGB, data=rgb), int(1000 * frame.time)
            )
            people = found.pose_landmarks
            size = np.array([frame.width, frame.height])
            index.append(i)
            pixels.append(
                np.array([[p.x, p.y] for p in people[0]]) * size
                if people
                else np.full((33, 2), np.nan)
            )
            visibility.append(
                np.array([p.visibility for p in people[0]]) if people else np.full(33, np.nan)
            )
    return np.array(index), np.stack(pixels), np.stack(visibility)
