"""One clip from its recipe: scene, body, camera and room to a video and its truth."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from lab.bodies import body_spec, load_body
from lab.camera import Camera, place_camera
from lab.errors import LabError
from lab.moves import Scene, perform, positions
from lab.pose import pose_skeleton
from lab.render import Props, Stage
from lab.room import Room
from lab.rotations import Array
from lab.sheet import Sheet, corners_m, page_image
from lab.skeleton import Placed
from lab.truth import SUFFIX, TRUTH_VERSION, build_truth, write_truth
from lab.video import frame_times, spoil, write_video
from lab.wall import wall_of

RECIPE_VERSION = 3  # raise it when the same recipe would look different
_NEEDED_BYTES = 20_000_000


@dataclass(frozen=True)
class Recipe:
    """All that decides a clip's pixels and truth.

    Attributes:
        noise: sensor noise, sigma in 8-bit steps. gain: brightness, 1 as lit.
        blur: pictures averaged over half a frame time; 1 is a sharp shutter.
        crf: x264 quality, higher is smaller.
        sheet: a printed page beside the leg.
    """

    name: str
    scene: Scene
    body: str
    camera: Camera
    room: Room = field(default_factory=Room)
    noise: float = 0.0
    gain: float = 1.0
    blur: int = 1
    crf: int = 26
    sheet: Sheet | None = None

    @property
    def digest(self) -> str:
        """Hash of all that decides the pixels, for caches; a field at its default adds nothing."""
        text = json.dumps(
            [
                RECIPE_VERSION,
                _told(self),
                asdict(body_spec(self.body)),
                positions()[self.scene.move],
            ],
            sort_keys=True,
            default=str,
        )
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def _told(value: Any) -> Any:
    """A dataclass as plain values without the fields that are at their default.

    So a new field with a default leaves the clips that do not use it current.
    """
    if isinstance(value, (tuple, list)):
        return [_told(v) for v in value]
    if not is_dataclass(value):
        return value
    rows = {f.name: (getattr(value, f.name), f.default) for f in fields(value)}
    return {k: _told(v) for k, (v, default) in rows.items() if v != default and k != "title"}


class Shot:
    """A recipe set up: the body's poses over time, the camera in place, wall and sheet.

    Raises ``LabError`` for a recipe that cannot be.
    """

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self.performance = perform(recipe.scene)
        recipe.camera.check()
        self.spec = body_spec(recipe.body)
        self.body = load_body(recipe.body)
        self.t_s = frame_times(
            self.performance.duration_s,
            recipe.camera.fps,
            recipe.camera.vfr,
            recipe.scene.sway_seed,
        )
        self.placed = [self.pose(float(t)) for t in self.t_s]
        self.subject_m = _middle(self.placed)
        self.camera = _fit(recipe.camera, self.spec.height_m)
        self.view = place_camera(self.camera, self.subject_m)
        self.wall = wall_of(self.body.skeleton, self.performance.base)
        self.sheet_m = self._sheet_corners_m()

    def pose(self, t_s: float) -> Placed:
        values = self.performance.values_at(t_s)
        return pose_skeleton(self.body.skeleton, self.performance.base, values)

    def _sheet_corners_m(self) -> Array | None:
        if self.recipe.sheet is None:
            return None
        self.recipe.sheet.check()
        foot = np.stack([p.joint_m[f"{self.recipe.scene.sides[0]}_ankle"] for p in self.placed])
        ahead = self.wall.point_m[1] if self.wall is not None else self.subject_m[1]
        side = 1.0 if self.view.position_m[0] >= self.subject_m[0] else -1.0
        return corners_m(self.recipe.sheet, float(np.median(foot[:, 0])), float(ahead), side)

    def truth(self) -> dict[str, Any]:
        """The truth file's content."""
        about = {
            "title": self.recipe.scene.title,
            "body": self.spec.name,
            "body_height_m": self.spec.height_m,
            "split": self.spec.split,
            "recipe": self.recipe.digest,
            "truth": TRUTH_VERSION,
        }
        return build_truth(
            name=self.recipe.name,
            skeleton=self.body.skeleton,
            performance=self.performance,
            placed=self.placed,
            t_s=self.t_s,
            camera=self.camera,
            view=self.view,
            about=about,
            wall=self.wall,
            sheet_m=self.sheet_m,
        )

    def stage(self) -> Stage:
        """The lit room with this body in it."""
        props = Props(self.wall)
        if self.recipe.sheet is not None and self.sheet_m is not None:
            props = Props(self.wall, self.sheet_m, page_image(self.recipe.sheet))
        joints_m = np.stack([p.truth_joints() for p in self.placed])
        return Stage(
            self.spec,
            self.body,
            self.camera,
            self.view,
            self.recipe.room,
            self.subject_m,
            joints_m,
            props,
        )


def write_truth_again(recipe: Recipe, folder: Path) -> None:
    """New truth for a clip whose pixels are current, without rendering it."""
    part = folder / f".{recipe.name}.{os.getpid()}.part.json"
    try:
        write_truth(part, Shot(recipe).truth())
        part.replace(folder / f"{recipe.name}{SUFFIX}")
    finally:
        part.unlink(missing_ok=True)


Progress = Callable[[int, int], None]


def make_clip(recipe: Recipe, folder: Path, progress: Progress | None = None) -> Path:
    """Render ``folder/name.mp4`` and its truth; returns the video's path.

    Raises ``LabError`` for a recipe or a folder that cannot be used; no half clip stays behind.
    """
    _check_folder(folder)
    shot = Shot(recipe)
    truth = shot.truth()

    def pictures() -> Iterator[np.ndarray]:
        rng = np.random.default_rng(recipe.scene.sway_seed)
        with shot.stage() as stage:
            for index, still in enumerate(shot.placed):
                picture = stage.frame(still)
                if recipe.blur > 1:
                    spread = np.linspace(-0.25, 0.25, recipe.blur) / recipe.camera.fps
                    times = [max(float(shot.t_s[index] + dt), 0.0) for dt in spread]
                    stack = [stage.frame(shot.pose(t)) for t in times]
                    picture = np.mean(stack, axis=0).astype(np.uint8)
                if progress:
                    progress(index + 1, len(shot.placed))
                yield spoil(picture, recipe.noise, recipe.gain, rng)

    video, note = folder / f"{recipe.name}.mp4", folder / f"{recipe.name}{SUFFIX}"
    part = folder / f".{recipe.name}.{os.getpid()}.part.json"
    try:
        write_truth(part, truth)
        write_video(
            video,
            pictures(),
            shot.t_s,
            recipe.camera.fps,
            (recipe.camera.width_px, recipe.camera.height_px),
            recipe.crf,
        )
        part.replace(note)
    except OSError as error:
        raise LabError(f"cannot write {note}: {error.strerror or error}") from error
    finally:
        part.unlink(missing_ok=True)
    return video


def _fit(camera: Camera, height_m: float) -> Camera:
    """Step back for people taller than 1.72 m, as a person filming would."""
    return replace(camera, distance_m=camera.distance_m * max(1.0, height_m / 1.72))


def _middle(placed: list[Placed]) -> Array:
    """Middle of the box that holds all joints over the clip, metres."""
    joints = np.concatenate([p.truth_joints() for p in placed])
    return 0.5 * (joints.min(axis=0) + joints.max(axis=0))


def _check_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LabError(f"cannot make the folder {folder}: {error.strerror}") from error
    if not os.access(folder, os.W_OK):
        raise LabError(f"cannot write into {folder}: choose another folder with --out")
    free = shutil.disk_usage(folder).free
    if free < _NEEDED_BYTES:
        raise LabError(
            f"the disk is full: {folder} has {free // 1_000_000} MB left, "
            f"{_NEEDED_BYTES // 1_000_000} MB needed"
        )
