"""The truth file beside each clip: build it, write it, read it, check it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from lab.camera import Camera, View
from lab.measures import (
    MEASURES,
    NEUTRAL_SUBTRACTED,
    measure,
    neutral_values,
    pelvis_yaw_deg,
    thorax_turn_deg,
    wall_measures,
)
from lab.performance import Performance, Phase
from lab.pose import Base, pose_skeleton
from lab.rotations import Array
from lab.skeleton import JOINTS, Placed, Skeleton
from lab.wall import Wall

SCHEMA_VERSION = 1
TRUTH_VERSION = 2  # raise it when the same clip would get other truth
SUFFIX = ".truth.json"

#: Measures worth a peak value in each phase; ``{s}`` is the working side.
_PEAKS = {
    "standing-hip": {
        "flexion": ("hip_flexion_{s}_deg", "knee_flexion_{s}_deg", "trunk_lean_deg"),
        "lower": ("hip_flexion_{s}_deg", "thigh_tilt_{s}_deg", "knee_flexion_{s}_deg"),
        "open": ("hip_opening_{s}_deg", "knee_flexion_{s}_deg", "trunk_side_lean_deg"),
        "side_hold": (
            "leg_side_raise_{s}_deg",
            "hip_abduction_{s}_deg",
            "knee_flexion_{s}_deg",
            "trunk_side_lean_deg",
        ),
        "turn_in": (
            "leg_side_raise_{s}_deg",
            "hip_abduction_{s}_deg",
            "knee_flexion_{s}_deg",
            "trunk_side_lean_deg",
        ),
        "extension": (
            "hip_flexion_{s}_deg",
            "thigh_tilt_{s}_deg",
            "straightness_{s}_deg",
            "trunk_lean_deg",
            "knee_flexion_{s}_deg",
        ),
    },
    "ankle-dorsiflexion": {
        "rock_forward": (
            "shin_tilt_{s}_deg",
            "ankle_dorsiflexion_{s}_deg",
            "knee_over_toe_{s}_cm",
            "knee_over_toe_{s}_pct",
            "heel_lift_{s}_deg",
            "knee_in_{s}_cm",
            "trunk_lean_deg",
        ),
    },
    "hip-extension-half-kneeling": {
        "extend": (
            "hip_flexion_{s}_deg",
            "thigh_tilt_{s}_deg",
            "trunk_lean_deg",
            "shin_tilt_{o}_deg",
            "knee_in_{o}_cm",
        ),
    },
    "knee-to-wall": {
        "touch": (
            "toe_to_wall_{s}_cm",
            "knee_to_wall_{s}_cm",
            "shin_tilt_{s}_deg",
            "heel_lift_{s}_deg",
            "knee_in_{s}_cm",
            "foot_yaw_{s}_deg",
        ),
    },
    "knee-rotation": {
        "inward": ("tibial_rotation_{s}_deg", "foot_yaw_{s}_deg", "knee_flexion_{s}_deg"),
        "outward": ("tibial_rotation_{s}_deg", "foot_yaw_{s}_deg", "knee_flexion_{s}_deg"),
    },
    "hip-flexion-supine": {
        "to_chest": ("hip_flexion_{s}_deg", "knee_flexion_{s}_deg", "hip_flexion_{o}_deg"),
    },
    "hip-external-rotation-supine": {
        "open": (
            "ankle_over_thigh_{s}_pct",
            "hip_opening_{s}_deg",
            "knee_flexion_{s}_deg",
            "pelvis_obliquity_deg",
        ),
    },
    "hip-adduction-supine": {
        "across": ("knee_past_midline_{s}_pct", "hip_abduction_{s}_deg", "pelvis_obliquity_deg"),
    },
    "spinal-rotation": {
        "front": ("arm_elevation_{s}_deg", "trunk_rotation_deg"),
        "overhead": ("arm_elevation_{s}_deg", "trunk_rotation_deg"),
        "behind": (
            "trunk_rotation_deg",
            "trunk_twist_deg",
            "pelvis_turn_deg",
            "elbow_flexion_{o}_deg",
            "arm_elevation_{s}_deg",
        ),
    },
}


def build_truth(
    *,
    name: str,
    skeleton: Skeleton,
    performance: Performance,
    placed: list[Placed],
    t_s: Array,
    camera: Camera,
    view: View,
    about: Mapping[str, Any],
    wall: Wall | None = None,
    sheet_m: Array | None = None,
) -> dict[str, Any]:
    """The truth of one clip as plain JSON values; see ``lab/README.md`` for every field."""
    joints_m = np.stack([p.truth_joints() for p in placed])
    neutral = neutral_values(pose_skeleton(skeleton, Base("standing"), {}).truth_joints())
    values = measure(joints_m, neutral)
    values["pelvis_yaw_deg"] = pelvis_yaw_deg(joints_m, view.position_m)
    values["trunk_rotation_deg"] = thorax_turn_deg(placed)
    if wall is not None:
        values |= wall_measures(joints_m, wall, skeleton.knee_pad_m)
    return {
        "schema_version": SCHEMA_VERSION,
        "clip": name,
        "move": performance.move,
        **about,
        "frames": len(t_s),
        "width_px": camera.width_px,
        "height_px": camera.height_px,
        "fps": camera.fps,
        "vfr": camera.vfr,
        "world": "metres, z up, floor z = 0; a body with turn 0 faces -y, its left side is +x",
        "camera": _camera_entry(camera, view),
        **_props_entry(view, wall, sheet_m),
        "neutral_subtracted": {k: _round(neutral[k], 2) for k in NEUTRAL_SUBTRACTED},
        "t_s": [_round(t, 5) for t in t_s],
        "measures": {k: [_round(x, 1) for x in v] for k, v in values.items()},
        "joint_steps_mm": {
            joint: {axis: _steps_mm(joints_m[:, i, a]) for a, axis in enumerate("xyz")}
            for i, joint in enumerate(JOINTS)
        },
        "repetitions": _repetitions(performance, t_s, values),
        "faults": [
            {
                "id": f.id,
                "side": f.side,
                "phase": f.phase,
                "strength": f.strength,
                "start_s": _round(f.start_s, 3),
                "end_s": _round(f.end_s, 3),
            }
            for f in performance.faults
        ],
    }


def write_truth(path: Path, truth: Mapping[str, Any]) -> None:
    """Write compact JSON; one top-level field a line, so that a difference can be read."""
    lines = [f"{json.dumps(k)}:{json.dumps(v, separators=(',', ':'))}" for k, v in truth.items()]
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def read_truth(path: Path) -> dict[str, Any]:
    """Truth with ``t_s``, ``measures`` and ``joints`` as arrays; unknown values are NaN.

    ``joints[name]`` becomes ``{"px": (n, 2), "m": (n, 3)}``.
    """
    raw = json.loads(path.read_text(encoding="utf-8"))
    raw["t_s"] = np.array(raw["t_s"], float)
    raw["measures"] = {k: np.array(v, dtype=float) for k, v in raw["measures"].items()}
    matrix = np.array(raw["camera"]["matrix"], float)
    raw["joints"] = {}
    for joint, axes in raw.pop("joint_steps_mm").items():
        points_m = np.stack([np.cumsum(axes[axis]) for axis in "xyz"], axis=1) / 1000.0
        raw["joints"][joint] = {"m": points_m, "px": project(matrix, points_m)}
    return dict(raw)


def project(matrix: Array, points_m: Array) -> Array:
    """(n, 2) pixels of (n, 3) world metres through the truth's (3, 4) camera matrix."""
    seen = points_m @ matrix[:, :3].T + matrix[:, 3]
    return seen[:, :2] / seen[:, 2:]


def problems(truth: Mapping[str, Any]) -> list[str]:
    """What is inconsistent in a truth read by ``read_truth``; empty if nothing."""
    found = []
    n = truth["frames"]
    columns = {"t_s": truth["t_s"], **truth["measures"]}
    columns |= {f"joints.{k}": v["px"] for k, v in truth["joints"].items()}
    found += [f"{k}: {len(v)} values for {n} frames" for k, v in columns.items() if len(v) != n]
    if np.any(np.diff(truth["t_s"]) <= 0):
        found.append("t_s does not rise")
    found += [f"measure {k} is missing" for k in MEASURES if k not in truth["measures"]]
    end = float(truth["t_s"][-1]) + 0.2
    for repetition in truth["repetitions"]:
        edges = [(p["id"], p["start_s"], p["end_s"]) for p in repetition["phases"]]
        found += [
            f"phase {i} runs {a}..{b} in a clip of {end:.2f} s"
            for i, a, b in edges
            if not 0 <= a < b <= end
        ]
    found += [
        f"fault {f['id']} runs {f['start_s']}..{f['end_s']}"
        for f in truth["faults"]
        if not 0 <= f["start_s"] < f["end_s"] <= end
    ]
    return found


def _camera_entry(camera: Camera, view: View) -> dict[str, Any]:
    return {
        "azimuth_deg": camera.azimuth_deg,
        "height_m": camera.height_m,
        "distance_m": camera.distance_m,
        "fov_deg": camera.fov_deg,
        "roll_deg": camera.roll_deg,
        "focal_px": _round(view.focal_px, 3),
        "position_m": [_round(x, 4) for x in view.position_m],
        "matrix": [[_round(x, 5) for x in row] for row in view.matrix],
    }


def _props_entry(view: View, wall: Wall | None, sheet_m: Array | None) -> dict[str, Any]:
    """Wall and sheet, where there are any."""
    entry: dict[str, Any] = {}
    if wall is not None:
        entry["wall"] = {
            "point_m": [_round(x, 4) for x in wall.point_m],
            "normal": [_round(x, 4) for x in wall.normal],
        }
    if sheet_m is not None:
        entry["sheet"] = {
            "corners_m": [[_round(x, 4) for x in corner] for corner in sheet_m],
            "corners_px": [[_round(x, 2) for x in corner] for corner in view.project(sheet_m)],
        }
    return entry


def _repetitions(
    performance: Performance, t_s: Array, values: Mapping[str, Array]
) -> list[dict[str, Any]]:
    rows = []
    for repetition in performance.repetitions:
        other = "right" if repetition.side == "left" else "left"
        wanted = _PEAKS.get(performance.move, {})
        phases = []
        for phase in repetition.phases:
            names = [n.format(s=repetition.side, o=other) for n in wanted.get(phase.id, ())]
            phases.append(
                {
                    "id": phase.id,
                    "start_s": _round(phase.start_s, 3),
                    "end_s": _round(phase.end_s, 3),
                    "hold_start_s": _round(phase.hold_start_s, 3),
                    "hold_end_s": _round(phase.hold_end_s, 3),
                    "peak": {n: _held(phase, t_s, values[n]) for n in names},
                }
            )
        rows.append(
            {
                "side": repetition.side,
                "start_s": _round(repetition.start_s, 3),
                "end_s": _round(repetition.end_s, 3),
                "phases": phases,
            }
        )
    return rows


def _held(phase: Phase, t_s: Array, column: Array) -> float | None:
    """Median over the hold; the value at its middle frame if the hold is shorter than a frame."""
    if phase.hold_start_s is None or phase.hold_end_s is None:
        return None
    inside = (t_s >= phase.hold_start_s) & (t_s <= phase.hold_end_s)
    if not inside.any():
        inside = np.arange(len(t_s)) == np.argmin(np.abs(t_s - phase.hold_start_s))
    kept = column[inside & np.isfinite(column)]
    return _round(float(np.median(kept)), 2) if len(kept) else None


def _round(value: float | None, digits: int) -> float | None:
    if value is None or not math.isfinite(value):
        return None
    rounded = round(float(value), digits)
    return rounded or 0.0  # no -0.0


def _steps_mm(column_m: Array) -> list[int]:
    """First value, then the change from frame to frame, whole millimetres: sums are exact."""
    whole = np.round(1000.0 * column_m).astype(int)
    return [int(x) for x in np.diff(whole, prepend=0)]
