"""The part of the accuracy report on real people: reads what is present, and makes up nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lab.measures import measure
from lab.people import _triangulated_m, people
from lab.pose import Base, pose_skeleton
from lab.skeleton import JOINTS, generic_skeleton
from posecheck.library import error_bands

ROOT = Path(__file__).resolve().parents[2]
_MARKERS = {"heel": "Heel", "foot_index": "BigToe", "nose": "Nose"}


def test_without_the_recordings_there_is_no_row(tmp_path: Path) -> None:
    assert people(tmp_path, error_bands(), tmp_path) == []


def test_a_triangulated_file_gives_the_angles_of_the_body_in_it(tmp_path: Path) -> None:
    """Its world has y up; a step to the side and a bent knee must read the same."""
    values = {"left_lift": 1.0, "left_hip_abduction_deg": 35.0, "spine_side_deg": 12.0}
    joints_m = pose_skeleton(generic_skeleton(1.7), Base("standing"), values).truth_joints()
    path = tmp_path / "body.trc"
    path.write_text(_trc(joints_m))
    read = _triangulated_m(path)
    assert read.shape == (2, len(JOINTS), 3)
    wanted, got = measure(joints_m[None]), measure(read)
    for name in ("leg_side_raise_left_deg", "trunk_side_lean_deg", "pelvis_obliquity_deg"):
        assert got[name][1] == pytest.approx(wanted[name][0], abs=0.01)
    assert got["leg_side_raise_left_deg"][0] > 25.0


def _trc(joints_m: np.ndarray) -> str:
    """Two equal frames of a TRC file, y up, with both ears as one head."""
    names: dict[str, np.ndarray] = {}
    for joint, (x, y, z) in zip(JOINTS, joints_m, strict=True):
        side, _, part = joint.partition("_")
        name = "Nose" if not part else "Head" if part == "ear" else (
            side[0].upper() + _MARKERS.get(part, part.capitalize())
        )  # fmt: skip
        names[name] = np.array([x, z, -y])
    row = "\t".join(f"{v:.6f}" for point in names.values() for v in point)
    head = ["PathFileType\t4", "DataRate", "60", "Frame#\tTime\t" + "\t\t\t".join(names), "\t\tX1"]
    return "\n".join([*head, f"1\t0.0\t{row}", f"2\t0.02\t{row}"]) + "\n"


@pytest.mark.slow
def test_real_trunks_are_followed_and_a_view_given_up_gives_no_wild_number(testdata: Path) -> None:
    rows = people(testdata, error_bands(), ROOT / ".lab-cache" / "tracks")
    found = {(row["recording"], row["measure"]): row for row in rows}
    vicon = found["trunk lean, Vicon", "trunk_side_lean_deg"]
    assert vicon["r"] > 0.97
    assert vicon["mae"] < 4.0
    front = [row for row in rows if row["recording"].endswith("camera 02")]
    assert {row["measure"] for row in front} >= {"trunk_side_lean_deg", "leg_side_raise_right_deg"}
    assert all(row["mae"] < 15.0 for row in front)
