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
from scipy.optimize import minimize

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
from posecheck.core.recognise import NOTHING, MoveModel, scaled

#: What is told apart: the moves, and doing nothing.
KINDS = (*MOVES, NOTHING)
_POSES_PER_S = 6.0
#: Stick figures of each scene and camera, each with other errors and another piece of the clip.
_COPIES = 2
_MOST_CUT = 0.12
_AZIMUTH_DEG, _HEIGHT = 12.0, (0.8, 1.25)
#: One clip that the pose model saw counts as so many stick figures.
_WEIGHT = 10.0
#: Keeps the weights small: few clips cannot tell how the numbers hang together.
_RIDGE = 0.003
#: No number is trusted to scatter less than this.
_FLOOR = 0.02
#: Three times as likely as the next: less is a guess.
_LEAST_ODDS = 3.0
#: A clip is none of the moves if it is further than this share of the clips left out, percent.
_KEPT = 99.0
_MOST_FAR = 3.0


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
            idle = _frozen(track, int(rng.integers(len(track))))
            for one in (idle, model_like(idle, rng)):
                yield Example(f"{name}, {camera}, frozen", NOTHING, "", features(one))


def _posed(scene: Scene) -> tuple[Array, Array]:
    performance, skeleton = perform(scene), generic_skeleton()
    t_s = np.arange(0.0, performance.duration_s, 1.0 / _POSES_PER_S)
    values = (performance.values_at(float(t)) for t in t_s)
    stills = [pose_skeleton(skeleton, performance.base, v).truth_joints() for v in values]
    return t_s, np.stack(stills)


def _frozen(track: PoseTrack, frame: int) -> PoseTrack:
    """Somebody who stays as they are in one frame of the track."""
    still = {
        name: np.repeat(getattr(track, name)[[frame]], len(track), axis=0)
        for name in ("image_px", "world_m", "visibility")
    }
    return replace(track, **still)


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
    """What the moves look like, and how far from it a clip may be.

    That limit comes from clips left out: each body's are judged by what the others taught.
    """
    far = []
    for body in sorted({clip.body for clip in clips}):
        taught = _taught([*sticks, *(c for c in clips if c.body != body)], source)
        far += [taught.distance(c.found, c.move) for c in clips if c.body == body]
    model = _taught([*sticks, *clips], source)
    return model.model_copy(update={"most_far": round(float(np.percentile(far, _KEPT)), 2)})


def _taught(examples: Sequence[Example], source: str) -> MoveModel:
    names = tuple(examples[0].found)
    values = np.array([[example.found[name] for name in names] for example in examples])
    move = np.array([KINDS.index(example.move) for example in examples])
    weight = np.array([example.weight for example in examples])
    # Every move counts the same, however many clips there are of it.
    weight /= np.bincount(move, weight)[move]
    centre = np.average(values, axis=0, weights=weight)
    scale = np.sqrt(np.average((values - centre) ** 2, axis=0, weights=weight)) + _FLOOR
    typical = np.stack([weight[move == k] @ values[move == k] for k in range(len(KINDS))])
    scatter = np.sqrt(np.average((values - typical[move]) ** 2, axis=0, weights=weight)) + _FLOOR
    weights, bias = _logistic(scaled(values, centre, scale), move, weight)
    return MoveModel(
        source=source,
        features=names,
        centre=_row(centre),
        scale=_row(scale),
        weights={name: _row(weights[k]) for k, name in enumerate(KINDS)},
        bias={name: round(float(bias[k]), 3) for k, name in enumerate(KINDS)},
        typical={name: _row(typical[k]) for k, name in enumerate(KINDS)},
        scatter=_row(scatter),
        least_odds=_LEAST_ODDS,
        most_far=_MOST_FAR,
    )


def _row(values: Array) -> tuple[float, ...]:
    return tuple(round(float(v), 3) for v in values)


def _logistic(z: Array, move: Array, weight: Array) -> tuple[Array, Array]:
    """Multinomial logistic regression with a ridge: (moves, features) weights, (moves,) bias."""
    n, width, moves = len(z), z.shape[1] + 1, len(KINDS)
    padded = np.column_stack([z, np.ones(n)])
    truth = np.eye(moves)[move]

    def loss(flat: Array) -> tuple[float, Array]:
        table = flat.reshape(width, moves)
        odds = padded @ table
        odds -= odds.max(axis=1, keepdims=True)
        likely = np.exp(odds) / np.exp(odds).sum(axis=1, keepdims=True)
        off = -float(weight @ np.log(likely[np.arange(n), move] + 1e-12))
        slope = padded.T @ ((likely - truth) * weight[:, None])
        slope[:-1] += 2.0 * _RIDGE * table[:-1]
        return off + _RIDGE * float((table[:-1] ** 2).sum()), slope.ravel()

    start = np.zeros(width * moves)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 500})
    table = found.x.reshape(width, moves)
    return table[:-1].T, table[-1]


def write_model(model: MoveModel, path: Path) -> None:
    """The model as JSON, a row of numbers a line, put in place as a whole."""
    lines = []
    for key, value in model.model_dump(mode="json").items():
        text = json.dumps(value)
        if isinstance(value, dict):
            rows = (f"  {json.dumps(name)}: {json.dumps(row)}" for name, row in value.items())
            text = "{\n" + ",\n".join(rows) + "\n }"
        lines.append(f" {json.dumps(key)}: {text}")
    part = path.with_suffix(".part")
    part.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    part.replace(path)
