"""One clip from its recipe: scene, body, camera and room to a video and its truth."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np

from lab.bodies import body_spec, load_body
from lab.camera import Camera, place_camera
from lab.errors import LabError
from lab.moves import Scene, perform, positions
from lab.pose import pose_skeleton
from lab.render import Stage
from lab.room import Room
from lab.rotations import Array
from lab.skeleton import Placed
from lab.truth import SUFFIX, build_truth, write_truth
from lab.video import frame_times, spoil, write_video

RECIPE_VERSION = 2  # raise it when the same recipe would look different or get other truth
_NEEDED_BYTES = 20_000_000


@dataclass(frozen=True)
class Recipe:
    """All that decides a clip's pixels and truth.

    Attributes:
        noise: sensor noise, sigma in 8-bit steps. gain: brightness, 1 as lit.
        blur: pictures averaged over half a frame time; 1 is a sharp shutter.
        crf: x264 quality, higher is smaller.
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

    @property
    def digest(self) -> str:
        """Hash of the recipe, for caches."""
        text = json.dumps(
            [
                RECIPE_VERSION,
                asdict(self),
                asdict(body_spec(self.body)),
                positions()[self.scene.move],
            ],
            sort_keys=True,
            default=str,
        )
        return hashlib.sha256(text.encode()).hexdigest()[:16]


Progress = Callable[[int, int], None]


def make_clip(recipe: Recipe, folder: Path, progress: Progress | None = None) -> Path:
    """Render ``folder/name.mp4`` and its truth; returns the video's path.

    Raises ``LabError`` for a recipe or a folder that cannot be used; no half clip stays behind.
    """
    performance = perform(recipe.scene)
    recipe.camera.check()
    spec = body_spec(recipe.body)
    _check_folder(folder)
    body = load_body(recipe.body)
    t_s = frame_times(
        performance.duration_s, recipe.camera.fps, recipe.camera.vfr, recipe.scene.sway_seed
    )

    def pose(t: float) -> Placed:
        return pose_skeleton(body.skeleton, performance.base, performance.values_at(t))

    placed = [pose(float(t)) for t in t_s]
    subject = _middle(placed)
    camera = _fit(recipe.camera, spec.height_m)
    view = place_camera(camera, subject)
    about = {
        "title": recipe.scene.title,
        "body": spec.name,
        "body_height_m": spec.height_m,
        "split": spec.split,
        "recipe": recipe.digest,
    }
    truth = build_truth(
        name=recipe.name,
        skeleton=body.skeleton,
        performance=performance,
        placed=placed,
        t_s=t_s,
        camera=camera,
        view=view,
        about=about,
    )

    def pictures() -> Iterator[np.ndarray]:
        rng = np.random.default_rng(recipe.scene.sway_seed)
        joints_m = np.stack([p.truth_joints() for p in placed])
        with Stage(spec, body, camera, view, recipe.room, subject, joints_m) as stage:
            for index, still in enumerate(placed):
                picture = stage.frame(still)
                if recipe.blur > 1:
                    spread = np.linspace(-0.25, 0.25, recipe.blur) / recipe.camera.fps
                    stack = [stage.frame(pose(max(float(t_s[index] + dt), 0.0))) for dt in spread]
                    picture = np.mean(stack, axis=0).astype(np.uint8)
                if progress:
                    progress(index + 1, len(placed))
                yield spoil(picture, recipe.noise, recipe.gain, rng)

    video, note = folder / f"{recipe.name}.mp4", folder / f"{recipe.name}{SUFFIX}"
    part = folder / f".{recipe.name}.{os.getpid()}.part.json"
    try:
        write_truth(part, truth)
        write_video(
            video,
            pictures(),
            t_s,
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
