"""One still pose with known joint angles, seen by a far camera. No lab, no perspective."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from posecheck.core.bands import Band, ErrorBands
from posecheck.core.catalog import CATALOG
from posecheck.core.gate import Gate
from posecheck.core.joints import gather
from posecheck.core.measures import Raw, full_lengths_px, raw_measures
from posecheck.core.neutral import Neutral, find_neutral
from posecheck.core.pose import N_LANDMARKS, Landmark, PoseTrack
from posecheck.core.table import MeasureTable
from posecheck.core.view import estimate_view

L = Landmark
PX_PER_M = 250.0
WIDTH_PX, HEIGHT_PX = 1000, 800
THIGH_M, SHANK_M, FOOT_M, TRUNK_M, ANKLE_M = 0.42, 0.40, 0.22, 0.50, 0.07
HALF_HIPS_M, HALF_SHOULDERS_M = 0.09, 0.17
UPPER_ARM_M, FOREARM_M = 0.28, 0.25

#: Widths that tell the view bands apart: 1 straight on, 2 and 3 further off, none beyond.
BANDS = ErrorBands(
    source="test",
    bands={
        m.move_name: Band(half_width=(1, 1, 1, 1) if m.plane == "any" or m.spatial
                          else (1, 2, 3, None))
        for m in CATALOG
    },
)  # fmt: skip


@dataclass(frozen=True)
class Leg:
    """Degrees: thigh and shin in the sagittal plane, then the leg swung outward as a whole."""

    thigh_tilt: float = 0.0
    knee_flexion: float = 0.0
    heel_up: float = 0.0
    abduction: float = 0.0

    @property
    def shin_tilt(self) -> float:
        return self.knee_flexion - self.thigh_tilt


@dataclass(frozen=True)
class Pose:
    left: Leg = Leg()
    right: Leg = Leg()
    trunk_lean: float = 0.0
    side_lean: float = 0.0
    obliquity: float = 0.0
    #: Both arms outward from hanging, elbows further the same way; shoulders turned to the left.
    arm_raise: float = 0.0
    elbow_bend: float = 0.0
    twist: float = 0.0


def _direction(ahead: float, left: float, up: float) -> np.ndarray:
    return np.array([ahead, left, up])


def _turn(a_deg: float) -> tuple[float, float]:
    return float(np.sin(np.radians(a_deg))), float(np.cos(np.radians(a_deg)))


def _swung(raise_deg: float, outward: np.ndarray) -> np.ndarray:
    """The direction of an arm that hangs at 0 and points along ``outward`` at 90 degrees."""
    s, c = _turn(raise_deg)
    return s * outward + c * _direction(0.0, 0.0, -1.0)


def body_points(pose: Pose) -> np.ndarray:
    """(33, 3) metres ahead, left and up of the mid-hip."""
    points = np.zeros((N_LANDMARKS, 3))
    s, c = _turn(pose.obliquity)
    across = _direction(0.0, c, s)
    sl, cl = _turn(pose.side_lean)
    sf, cf = _turn(pose.trunk_lean)
    trunk = _direction(sf, sl * cf, cf * cl) if pose.side_lean else _direction(sf, 0.0, cf)
    neck = TRUNK_M * trunk
    points[: L.LEFT_SHOULDER] = neck + 0.2 * trunk
    for side, leg, sign in (("LEFT", pose.left, 1.0), ("RIGHT", pose.right, -1.0)):
        hip = sign * HALF_HIPS_M * across
        turned, square = _turn(pose.twist)
        outward = sign * _direction(-turned, square, 0.0)
        shoulder = neck + HALF_SHOULDERS_M * outward
        elbow = shoulder + UPPER_ARM_M * _swung(pose.arm_raise, outward)
        wrist = elbow + FOREARM_M * _swung(pose.arm_raise + pose.elbow_bend, outward)
        st, ct = _turn(leg.thigh_tilt)
        ss, cs = _turn(leg.shin_tilt)
        sh, ch = _turn(leg.heel_up)
        thigh = THIGH_M * _direction(st, 0.0, -ct)
        shank = SHANK_M * _direction(-ss, 0.0, -cs)
        heel = _direction(-0.05, 0.0, -ANKLE_M)
        foot = FOOT_M * _direction(ch, 0.0, -sh)
        sa, ca = _turn(leg.abduction)
        out = np.array([[1, 0, 0], [0, ca, -sign * sa], [0, sign * sa, ca]])
        knee = hip + out @ thigh
        ankle = knee + out @ shank
        where = {
            "SHOULDER": shoulder, "HIP": hip, "KNEE": knee, "ANKLE": ankle,
            "HEEL": ankle + out @ heel, "FOOT_INDEX": ankle + out @ (heel + foot),
            "ELBOW": elbow, "WRIST": wrist,
        }  # fmt: skip
        for part, point in where.items():
            points[L[f"{side}_{part}"]] = point
        for part in ("PINKY", "INDEX", "THUMB"):
            points[L[f"{side}_{part}"]] = wrist
    return points


def seen(
    poses: Pose | list[Pose], yaw_deg: float = 90.0, *, fps: float = 30.0, frames: int = 5,
    px_per_m: float = PX_PER_M, width_px: int = WIDTH_PX, height_px: int = HEIGHT_PX,
) -> PoseTrack:  # fmt: skip
    """The poses, one a frame (or one pose for ``frames`` frames), ``yaw_deg`` to the camera."""
    listed = [poses] * frames if isinstance(poses, Pose) else poses
    body = np.stack([body_points(pose) for pose in listed])
    s, c = _turn(yaw_deg)
    ahead, left, up = body[..., 0], body[..., 1], body[..., 2]
    world = np.stack([left * c + ahead * s, -up, left * s - ahead * c], axis=-1)
    px = px_per_m * world[..., :2] + 0.5 * np.array([width_px, height_px])
    n = len(listed)
    return PoseTrack(
        t_s=np.arange(n) / fps, image_px=px, world_m=world,
        visibility=np.full((n, N_LANDMARKS), 0.99), people_seen=np.ones(n, np.int16),
        brightness=np.full(n, 130.0), width_px=width_px, height_px=height_px,
    )  # fmt: skip


def raw(track: PoseTrack) -> Raw:
    """The measures of a track before neutral and gating."""
    joints = gather(track)
    view = estimate_view(track.t_s, track.world_m)
    return raw_measures(track.t_s, joints, view, full_lengths_px(joints))


def measured(
    track: PoseTrack, neutral: Neutral | None = None, bands: ErrorBands = BANDS
) -> MeasureTable:
    """All measures of a track as it is, without smoothing."""
    view = estimate_view(track.t_s, track.world_m)
    gate = Gate(bands, neutral or Neutral())
    return gate.apply(track.t_s, gather(track), view, raw(track))


def neutral_of(track: PoseTrack) -> Neutral:
    """What the track shows of the person's own neutral."""
    return find_neutral(track.t_s, raw(track), estimate_view(track.t_s, track.world_m))


def value(track: PoseTrack, column: str, neutral: Neutral | None = None) -> float:
    """The column's value in the track's middle frame."""
    return float(measured(track, neutral).columns[column][len(track) // 2])
