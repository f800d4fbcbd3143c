"""Teaches posecheck to tell the moves apart, on tune bodies only.

From stick figures of every scene, seen from every likely camera with errors like the pose model's,
and from the rendered clips of tune bodies, which count more. Leads to
``posecheck/data/recognise.json``; :mod:`lab.confusion` counts how well it does on other bodies.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from lab.camera import camera_named
from lab.errors import LabError
from lab.judged import kept_track
from lab.moves import MOVES, Scene, perform
from lab.pose import pose_skeleton
from lab.recipes import DATA, scene_named, scene_names
from lab.rotations import Array
from lab.skeleton import generic_skeleton
from lab.stick import filmed, model_like
from lab.truth import SUFFIX
from posecheck.core.pose import PoseTrack
from posecheck.core.posture import features
from posecheck.core.recognise import MoveModel

_POSES_PER_S = 6.0
#: Stick figures of each scene and camera, each with other errors and another piece of the clip.
_COPIES = 2
_MOST_CUT = 0.12
_AZIMUTH_DEG, _HEIGHT = 12.0, (0.8, 1.25)
#: One clip that the pose model saw counts as so many stick figures.
_WEIGHT = 20.0
#: Towards independent features: few clips cannot tell how 45 numbers hang together.
_SHRINK = 0.5
#: No feature is trusted to scatter less than this.
_FLOOR = 0.1
#: A clip further than so many times the usual scatter is none of the moves.
_MARGIN = 1.5


@dataclass(frozen=True)
class Example:
    """One clip's features. ``body`` is empty for a stick figure."""

    name: str
    move: str
    body: str
    found: dict[str, float]
    weight: float = 1.0


def stick_examples(seed: int = 0) -> Iterator[Example]:
    """Every scene from every camera of ``data/recognise.toml``, as stick figures."""
    rng = np.random.default_rng(seed)
    with (DATA / "recognise.toml").open("rb") as file:
        cameras: dict[str, list[str]] = tomllib.load(file)["cameras"]
    for name in scene_names():
        scene = scene_named(name)
        t_s, joints = _posed(scene)
        for camera in cameras[scene.move]:
            view = camera_named(camera)
            view = replace(
                view,
                azimuth_deg=view.azimuth_deg + rng.uniform(-_AZIMUTH_DEG, _AZIMUTH_DEG),
                height_m=view.height_m * rng.uniform(*_HEIGHT),
            )
            track = filmed(t_s, joints, view)
            for _ in range(_COPIES):
                piece = _piece(model_like(track, rng), rng)
                yield Example(f"{name}, {camera}", scene.move, "", features(piece))


def _posed(scene: Scene) -> tuple[Array, Array]:
    performance, skeleton = perform(scene), generic_skeleton()
    t_s = np.arange(0.0, performance.duration_s, 1.0 / _POSES_PER_S)
    values = (performance.values_at(float(t)) for t in t_s)
    stills = [pose_skeleton(skeleton, performance.base, v).truth_joints() for v in values]
    return t_s, np.stack(stills)


def _piece(track: PoseTrack, rng: np.random.Generator) -> PoseTrack:
    """The track without a little of its start and its end: nobody cuts a clip alike."""
    n = len(track)
    return track.slice(int(rng.uniform(0, _MOST_CUT) * n), n - int(rng.uniform(0, _MOST_CUT) * n))


def clip_examples(folders: Sequence[Path], tracks: Path, split: str) -> list[Example]:
    """The rendered clips of one split's bodies, as the pose model saw them.

    Raises:
        LabError: no such clip in the folders.
    """
    return [
        Example(path.stem, note["move"], note["body"], features(kept_track(path, tracks)), _WEIGHT)
        for path, note in clips_of(folders, split)
    ]


def clips_of(folders: Sequence[Path], split: str) -> list[tuple[Path, dict[str, Any]]]:
    """Every video of one split's bodies in the folders, with its truth as plain values.

    Raises:
        LabError: there is none.
    """
    out = []
    for path in [p for folder in folders for p in sorted(folder.glob(f"*{SUFFIX}"))]:
        note = json.loads(path.read_text(encoding="utf-8"))
        video = path.with_name(path.name.removesuffix(SUFFIX) + ".mp4")
        if note["split"] == split and video.exists():
            out.append((video, note))
    if not out:
        places = ", ".join(str(f) for f in folders)
        raise LabError(f"{places}: no clip of a {split} body with its {SUFFIX}; render some first")
    return out


def fit(sticks: Sequence[Example], clips: Sequence[Example], source: str) -> MoveModel:
    """What the moves look like, and how near a clip must be: from clips left out in turn.

    A body's clips are judged by what the others taught. The lead asked for is the least that takes
    at most one clip in a hundred for the wrong move.
    """
    far, leads = [], []
    for body in sorted({clip.body for clip in clips}):
        taught = _taught([*sticks, *(c for c in clips if c.body != body)], source)
        for clip in (c for c in clips if c.body == body):
            distances = taught.distances(clip.found)
            far.append(distances[clip.move])
            ranked = sorted(distances, key=distances.__getitem__)
            lead = distances[ranked[1]] - distances[ranked[0]]
            leads.append((lead, ranked[0] == clip.move))
    model = _taught([*sticks, *clips], source)
    return model.model_copy(
        update={
            "most_far": round(_MARGIN * float(np.percentile(far, 98)), 2),
            "least_lead": _least_lead(leads),
        }
    )


def _least_lead(leads: Sequence[tuple[float, bool]]) -> float:
    """The smallest lead with at most one wrong clip in a hundred beyond it."""
    allowed = len(leads) // 100
    wrong = sorted((lead for lead, right in leads if not right), reverse=True)
    return round(max(0.2, wrong[allowed] + 0.01 if len(wrong) > allowed else 0.0), 2)


def _taught(examples: Sequence[Example], source: str) -> MoveModel:
    names = tuple(examples[0].found)
    values = {
        move: np.array([[e.found[n] for n in names] for e in examples if e.move == move])
        for move in MOVES
    }
    weights = {m: np.array([e.weight for e in examples if e.move == m]) for m in MOVES}
    typical = {m: np.average(values[m], axis=0, weights=weights[m]) for m in MOVES}
    off = {m: values[m] - typical[m] for m in MOVES}
    variance = np.mean([np.average(off[m] ** 2, axis=0, weights=weights[m]) for m in MOVES], axis=0)
    scale = np.sqrt(variance + _FLOOR**2)
    spread = np.mean(
        [np.cov((off[m] / scale).T, aweights=weights[m], bias=True) for m in MOVES], axis=0
    )
    precision = np.linalg.inv((1.0 - _SHRINK) * spread + _SHRINK * np.eye(len(names)))
    return MoveModel(
        source=source,
        features=names,
        moves={m: tuple(np.round(typical[m], 3).tolist()) for m in MOVES},
        scale=tuple(np.round(scale, 3).tolist()),
        precision=tuple(tuple(row) for row in np.round(precision, 3).tolist()),
        least_lead=0.2,
        most_far=10.0,
    )


def write_model(model: MoveModel, path: Path) -> None:
    """The model as JSON, a row of numbers a line, put in place as a whole."""
    plain = model.model_dump()
    rows = ",\n".join(f"  {json.dumps(row)}" for row in plain.pop("precision"))
    moves = ",\n".join(f"  {json.dumps(k)}: {json.dumps(v)}" for k, v in plain.pop("moves").items())
    lines = [f" {json.dumps(key)}: {json.dumps(value)}" for key, value in plain.items()]
    lines += [f' "moves": {{\n{moves}\n }}', f' "precision": [\n{rows}\n ]']
    part = path.with_suffix(".part")
    part.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    part.replace(path)
