"""Bodies: the data file, and each body's rest mesh made once with ``anny`` and kept on disk.

``anny`` (Apache-2.0) shapes MakeHuman's CC0 body from a few numbers; this module asks it for the
rest mesh, the bone heads and the skin weights, and leaves posing to ``lab.pose`` and ``lab.skin``.
"""

from __future__ import annotations

import hashlib
import json
import os
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from lab.errors import LabError, missing_extra, unknown_name
from lab.rotations import Array
from lab.skeleton import SEGMENTS, SIDES, Skeleton

DATA = Path(__file__).with_name("data")
SOLE_M = 0.018  # shoe sole under the foot
_FORMAT = 3

#: joint -> bone whose head it is; ``{s}`` is L or R.
_BONE_OF = {
    "clavicle": "clavicle.{s}",
    "shoulder": "upperarm01.{s}",
    "elbow": "lowerarm01.{s}",
    "wrist": "wrist.{s}",
    "hip": "upperleg01.{s}",
    "knee": "lowerleg01.{s}",
    "ankle": "foot.{s}",
}
_MIDDLE_BONES = {
    "root": "root",
    "spine_low": "spine04",
    "spine_mid": "spine03",
    "spine_high": "spine02",
    "neck": "neck01",
    "head": "head",
}
#: bone name prefix -> segment; first match wins.
_SEGMENT_OF = (
    ("upperleg", "thigh"),
    ("lowerleg", "shank"),
    ("foot", "foot"),
    ("toe", "foot"),
    ("clavicle", "clavicle"),
    ("shoulder", "clavicle"),
    ("upperarm", "upper_arm"),
    ("lowerarm", "forearm"),
    ("wrist", "hand"),
    ("finger", "hand"),
    ("metacarpal", "hand"),
)
_SEGMENT_OF_MIDDLE = {
    "spine04": "spine_low",
    "spine03": "spine_mid",
    "spine02": "thorax",
    "spine01": "thorax",
    "neck01": "neck",
    "neck02": "neck",
    "neck03": "head",
    "head": "head",
}


@dataclass(frozen=True)
class BodySpec:
    """One person of ``data/bodies.toml``."""

    name: str
    split: str
    sex: float
    age_years: float
    height_m: float
    weight: float
    muscle: float
    skin: str
    hair: dict[str, str]
    top: dict[str, str]
    bottom: dict[str, str]
    shoes: str


@dataclass(frozen=True)
class BodyMesh:
    """A body at rest.

    Attributes:
        vertices_m: (v, 3) metres, z up, facing -y, origin between the hips.
        faces: (f, 3) vertex indices.
        weights: (v, segments) share of each segment of ``SEGMENTS``, rows sum to 1.
        eye: (v,) whether the vertex belongs to an eyeball.
        skeleton: joints at rest.
    """

    vertices_m: Array
    faces: np.ndarray
    weights: Array
    eye: np.ndarray
    skeleton: Skeleton


@cache
def body_specs() -> dict[str, BodySpec]:
    """Name -> person, from ``data/bodies.toml``."""
    with (DATA / "bodies.toml").open("rb") as file:
        table = tomllib.load(file)
    return {name: BodySpec(name=name, **row) for name, row in table.items()}


def body_spec(name: str) -> BodySpec:
    """The person of that name; ``LabError`` with near names if there is none."""
    specs = body_specs()
    if name not in specs:
        raise unknown_name("body", name, specs)
    return specs[name]


def cache_dir() -> Path:
    """Where rest meshes are kept: ``POSECHECK_LAB_CACHE``, else the user's cache folder."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get("POSECHECK_LAB_CACHE") or Path(base) / "posecheck-lab")


def load_body(name: str) -> BodyMesh:
    """A body's rest mesh, from the cache or made now (the first one takes a minute)."""
    spec = body_spec(name)
    shape = {k: getattr(spec, k) for k in ("sex", "age_years", "height_m", "weight", "muscle")}
    key = hashlib.sha256(json.dumps([_FORMAT, SOLE_M, shape]).encode()).hexdigest()[:16]
    path = cache_dir() / f"body-{key}.npz"
    if not path.exists():
        arrays = _make_arrays(spec)
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f"{path.stem}.{os.getpid()}.tmp.npz")
        try:
            np.savez_compressed(temporary, **arrays)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    with np.load(path) as stored:
        return _from_arrays(stored)


def _from_arrays(stored: Any) -> BodyMesh:
    rest = {str(n): p for n, p in zip(stored["joint_names"], stored["joints_m"], strict=True)}
    skeleton = Skeleton(rest, float(stored["sole_m"]), float(stored["knee_pad_m"]))
    return BodyMesh(
        stored["vertices_m"], stored["faces"], stored["weights"], stored["eye"], skeleton
    )


def _make_arrays(spec: BodySpec) -> dict[str, Array]:
    """Ask anny for the shape whose crown is at ``spec.height_m``, and regroup it by segment."""
    model, regressor = _anny()
    import torch

    def shape(height: float) -> dict[str, Any]:
        numbers = {
            "gender": spec.sex,
            "age": _age_number(spec.age_years),
            "height": height,
            "weight": spec.weight,
            "muscle": spec.muscle,
        }
        with torch.no_grad():
            return model(phenotype_kwargs=numbers)

    def crown_m(height: float) -> float:
        z = shape(height)["rest_vertices"][0, :, 2]
        return float(z.max() - z.min())

    low, high = 0.0, 1.0
    if not crown_m(low) <= spec.height_m <= crown_m(high):
        raise LabError(
            f"body {spec.name}: height_m {spec.height_m:g} is outside what this shape can be "
            f"({crown_m(low):.2f}..{crown_m(high):.2f})"
        )
    for _ in range(14):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if crown_m(middle) < spec.height_m else (low, middle)
    out = shape(0.5 * (low + high))
    vertices = out["rest_vertices"][0].numpy()
    heads = dict(zip(model.bone_labels, out["rest_bone_heads"][0].numpy(), strict=True))
    marks = regressor({"vertices": out["rest_vertices"]})[0].numpy()
    joints = _rest_joints(heads, dict(zip(regressor.labels, marks, strict=True)))
    weights, eye = _segment_weights(model)
    shift = -joints["root"]
    joints = {k: v + shift for k, v in joints.items()}
    vertices = vertices + shift
    return {
        "vertices_m": vertices.astype(np.float32),
        "faces": model.faces.numpy().astype(np.int32),
        "weights": weights.astype(np.float32),
        "eye": eye,
        "joint_names": np.array(list(joints)),
        "joints_m": np.stack(list(joints.values())),
        "sole_m": np.array(_sole_m(vertices, joints)),
        "knee_pad_m": np.array(_knee_pad_m(vertices, joints)),
    }


@cache
def _anny() -> tuple[Any, Any]:
    try:
        import anny
    except ImportError as error:
        raise missing_extra("anny") from error
    model = anny.Anny(phenotypes="all")
    return model, anny.KeypointsRegressor.coco(model)


def _age_number(age_years: float) -> float:
    """anny's age: 2/3 is a young adult (25 years), 1 is 90 years (MakeHuman's scale)."""
    return float(np.interp(age_years, [18.0, 25.0, 90.0], [0.6, 2 / 3, 1.0]))


def _rest_joints(heads: dict[str, Array], marks: dict[str, Array]) -> dict[str, Array]:
    joints = {joint: heads[bone] for joint, bone in _MIDDLE_BONES.items()}
    joints["nose"] = marks["nose"]
    for side, letter in zip(SIDES, "LR", strict=True):
        for joint, bone in _BONE_OF.items():
            joints[f"{side}_{joint}"] = heads[bone.format(s=letter)]
        joints[f"{side}_ear"] = marks[f"{side}_ear"]
        joints[f"{side}_heel"] = marks[f"{side}_heel"]
        joints[f"{side}_foot_index"] = marks[f"{side}_big_toe"]
    return {name: np.asarray(p, float) for name, p in joints.items()}


def _segment_of(bone: str) -> str:
    side = {"L": "left_", "R": "right_"}.get(bone.rsplit(".", 1)[-1])
    if side:
        for prefix, segment in _SEGMENT_OF:
            if bone.startswith(prefix):
                return side + segment
        return "head" if bone.startswith("eye") else "pelvis"
    return _SEGMENT_OF_MIDDLE.get(bone, "pelvis")


def _segment_weights(model: Any) -> tuple[Array, np.ndarray]:
    """(v, segments) weights, and which vertices are eyeballs."""
    index = model.vertex_bone_indices.numpy()
    share = model.vertex_bone_weights.numpy()
    order = list(SEGMENTS)
    weights = np.zeros((len(index), len(order)))
    eye = np.zeros(len(index))
    rows = np.arange(len(index))
    for column in range(index.shape[1]):
        segment = np.array([order.index(_segment_of(b)) for b in model.bone_labels])
        np.add.at(weights, (rows, segment[index[:, column]]), share[:, column])
        is_eye = np.array([b.startswith("eye") for b in model.bone_labels])
        eye += is_eye[index[:, column]] * share[:, column]
    return weights / weights.sum(axis=1, keepdims=True), eye > 0.5


def _sole_m(vertices: Array, joints: dict[str, Array]) -> float:
    return float(joints["left_ankle"][2] - vertices[:, 2].min()) + SOLE_M


def _knee_pad_m(vertices: Array, joints: dict[str, Array]) -> float:
    """From the knee centre to the skin in front of it, plus trouser cloth."""
    knee = joints["left_knee"]
    near = (np.abs(vertices[:, 2] - knee[2]) < 0.03) & (np.abs(vertices[:, 0] - knee[0]) < 0.06)
    return float(knee[1] - vertices[near, 1].min()) + 0.006
