"""From landmarks to raw measures: planar angles in the picture, coarse directions in space.

All frames and all measures are worked out at once; a live frame is the same arrays with one row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from posecheck.core import geometry as g
from posecheck.core.catalog import COLUMN_INDEX, COLUMN_NAMES, SIDES
from posecheck.core.filters import rate_per_s
from posecheck.core.pose import Array, Landmark, PoseTrack
from posecheck.core.table import Reason
from posecheck.core.view import VIEW_BANDS_DEG, View

#: Below this the landmark is a guess of the model's. Sports2D drops points under 0.3 too.
MIN_VISIBILITY = 0.3
#: A landmark further outside the picture than this share of its size is extrapolated.
_EDGE_TOLERANCE = 0.01
_BODY_SIZE_FRAMES = 31
_LIFTED_DEG = 12.0
#: Sine of the tilt below which a shank hangs and has no lower side.
_HANGING = 0.3
_LARGEST_OFFSET_DEG = VIEW_BANDS_DEG[-1]

PARTS = ("SHOULDER", "HIP", "KNEE", "ANKLE", "HEEL", "FOOT_INDEX")
SHOULDER, HIP, KNEE, ANKLE, HEEL, TOE = range(len(PARTS))
_LANDMARKS = np.array([[Landmark[f"{s.upper()}_{part}"] for s in SIDES] for part in PARTS])
#: Segments whose length in the picture tells how far they point out of its plane.
SEGMENTS = {"thigh": (HIP, KNEE), "shank": (KNEE, ANKLE), "foot": (HEEL, TOE)}
_SEGMENT_TOP, _SEGMENT_BOTTOM = (np.array(ends) for ends in zip(*SEGMENTS.values(), strict=True))
#: Lines of the body in space: left and right of thigh, shank and leg (hip to ankle), and trunk.
BONES = ("thigh", "thigh", "shank", "shank", "leg", "leg", "trunk")
#: What turns a leftward component of each bone into an outward one; the trunk's stays leftward.
_OUTWARD = np.array([1.0, -1.0, 1.0, -1.0, 1.0, -1.0, 1.0])
#: Left is to the person's left, right is not.
_LEFTNESS = np.array([1.0, -1.0])

Codes = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Joints:
    """Landmarks by body part (in the order of ``PARTS``) and side (left, right).

    Attributes:
        px: (n, 6, 2, 2) pixels; world: (n, 6, 2, 3) metres.
        code: (n, 6, 2) why a joint cannot be used, :class:`Reason`.
    """

    px: Array
    world: Array
    code: Codes

    def last(self) -> Joints:
        """The last frame alone."""
        return Joints(self.px[-1:], self.world[-1:], self.code[-1:])

    def lengths_px(self) -> Array:
        """(n, 2, 3) lengths in the picture: side by segment (thigh, shank, foot)."""
        ends = self.px[:, _SEGMENT_BOTTOM] - self.px[:, _SEGMENT_TOP]
        result: Array = np.sqrt(np.einsum("nksd,nksd->nsk", ends, ends))
        return result


def gather(track: PoseTrack) -> Joints:
    """The joints that measures are made of, each with a reason if it cannot be used."""
    px = track.image_px[:, _LANDMARKS].astype(float)
    size = np.array([track.width_px, track.height_px], dtype=float)
    margin = size * _EDGE_TOLERANCE
    inside = ((px >= -margin) & (px <= size + margin)).all(axis=-1)
    code = np.where(inside, np.uint8(Reason.OK), np.uint8(Reason.OUT_OF_FRAME))
    code[track.visibility[:, _LANDMARKS] < MIN_VISIBILITY] = Reason.NOT_VISIBLE
    code[np.isnan(px[..., 0])] = Reason.NOBODY
    return Joints(px, track.world_m[:, _LANDMARKS].astype(float), code)


def full_lengths_px(joints: Joints) -> Array:
    """(2, 3) lengths of a segment that lies in the picture's plane: near its longest of a clip."""
    lengths = joints.lengths_px()
    seen = np.isfinite(lengths).all(axis=(1, 2))
    if not seen.any():
        return np.full(lengths.shape[1:], np.nan)
    result: Array = np.percentile(lengths[seen], 95, axis=0)
    return result


class Raw(Mapping[str, Array]):
    """Every measure in every frame: a (n, columns) matrix that reads like a dict of columns."""

    def __init__(self, matrix: Array, out_of_plane_deg: Array, off_plane_deg: Array) -> None:
        self.matrix = matrix
        #: (n, 2, 3) how far thigh, shank and foot of each side point out of the picture's plane.
        self.out_of_plane_deg = out_of_plane_deg
        #: (n, 2, 7) how far the ``BONES`` point out of the body's sagittal and frontal planes.
        self.off_plane_deg = off_plane_deg

    def __getitem__(self, column: str) -> Array:
        return self.matrix[:, COLUMN_INDEX[column]]

    def __iter__(self) -> Iterator[str]:
        return iter(COLUMN_NAMES)

    def __len__(self) -> int:
        return len(COLUMN_NAMES)

    def last(self) -> Raw:
        """The last frame alone."""
        return Raw(self.matrix[-1:], self.out_of_plane_deg[-1:], self.off_plane_deg[-1:])


def raw_measures(t_s: Array, joints: Joints, view: View, full_px: Array) -> Raw:
    """Every measure before gating and neutral offsets.

    Args:
        t_s: (n,) seconds; joints, view: of the same frames, landmarks filtered.
        full_px: (2, 3) from :func:`full_lengths_px`.

    Returns:
        NaN where landmarks are missing or the view is more than 60 degrees off a measure's plane.
    """
    matrix = np.full((len(t_s), len(COLUMN_NAMES)), np.nan)
    off_side, off_front = view.offset_deg("side"), view.offset_deg("front")
    lengths = joints.lengths_px()
    _put_angles(matrix, joints, view, off_side, off_front)
    _put_motion(matrix, t_s, joints, lengths)
    bones = _bones(joints, view)
    _put_coarse(matrix, joints, bones)
    matrix[:, COLUMN_INDEX["off_side_deg"]] = off_side
    matrix[:, COLUMN_INDEX["off_front_deg"]] = off_front
    share = np.minimum(lengths / full_px, 1.0)
    return Raw(matrix, np.degrees(np.arccos(share)), _off_plane_deg(bones))


def _pair(measure: str) -> slice:
    """The columns of a sided measure, left then right: neighbours in the catalogue's order."""
    stem, unit = measure.rsplit("_", 1)
    left, right = (COLUMN_INDEX[f"{stem}_{side}_{unit}"] for side in SIDES)
    assert right == left + 1
    return slice(left, right + 1)


_HIP_FLEXION, _THIGH, _KNEE_FLEXION = (
    _pair(m) for m in ("hip_flexion_deg", "thigh_tilt_deg", "knee_flexion_deg")
)
_SHIN, _DORSI, _HEEL_LIFT = (
    _pair(m) for m in ("shin_tilt_deg", "ankle_dorsiflexion_deg", "heel_lift_deg")
)
_OVER_TOE, _STRAIGHT, _CAVE = (
    _pair(m) for m in ("knee_over_toe_pct", "straightness_deg", "knee_cave_pct")
)
_ABDUCTION, _LEG_RAISE, _THIGH_RAISE = (
    _pair(m) for m in ("hip_abduction_deg", "leg_side_raise_deg", "thigh_side_raise_deg")
)
_FOOT_LIFT, _LEG_SPEED, _SHANK_SHARE = (
    _pair(m) for m in ("foot_lift_pct", "leg_speed_degps", "shank_share_pct")
)
_SHIN_LEAN, _THIGH_SWING = (_pair(m) for m in ("shin_lean_deg", "thigh_swing_deg"))
_ELEVATION, _AZIMUTH, _BEND, _TOE_DROP = (
    _pair(m) for m in ("thigh_elevation_deg", "thigh_azimuth_deg", "knee_bend_deg", "toe_drop_pct")
)
_LEAN, _SIDE_LEAN, _OBLIQUITY, _SPREAD, _TRUNK_SPEED = (
    COLUMN_INDEX[name]
    for name in (
        "trunk_lean_deg", "trunk_side_lean_deg", "pelvis_obliquity_deg", "foot_spread_pct",
        "trunk_speed_degps",
    )
)  # fmt: skip


def _put_angles(out: Array, j: Joints, view: View, off_side: Array, off_front: Array) -> None:
    """Planar angles of the side and the front view, foreshortening undone (science 4)."""
    px = j.px
    side = view.forward * g.unproject_x(off_side, _LARGEST_OFFSET_DEG)
    facing = np.where(np.cos(np.radians(view.yaw_deg)) >= 0, 1.0, -1.0)
    front = facing * g.unproject_x(off_front, _LARGEST_OFFSET_DEG)
    ahead, outward = side[:, None], front[:, None] * _LEFTNESS
    trunk_px = (px[:, SHOULDER] - px[:, HIP]).mean(axis=1)
    hip_line = px[:, HIP, 0] - px[:, HIP, 1]
    thigh_px, shank_px = px[:, KNEE] - px[:, HIP], px[:, KNEE] - px[:, ANKLE]
    leg_px, foot_px = px[:, ANKLE] - px[:, HIP], px[:, TOE] - px[:, HEEL]
    reach = np.concatenate(
        [
            thigh_px[..., 0] * ahead, shank_px[..., 0] * ahead, leg_px[..., 0] * outward,
            thigh_px[..., 0] * outward, trunk_px[:, :1] * ahead, trunk_px[:, :1] * front[:, None],
            foot_px[..., 1], -hip_line[:, 1:],
        ],
        axis=1,
    )  # fmt: skip
    height = np.concatenate(
        [
            thigh_px[..., 1], -shank_px[..., 1], leg_px[..., 1], thigh_px[..., 1],
            -trunk_px[:, 1:], -trunk_px[:, 1:], foot_px[..., 0] * ahead,
            hip_line[:, :1] * front[:, None],
        ],
        axis=1,
    )  # fmt: skip
    angle = np.degrees(np.arctan2(reach, height))
    thigh, shin, leg_raise, thigh_raise = (angle[:, k : k + 2] for k in (0, 2, 4, 6))
    lean, side_lean, pitch, obliquity = angle[:, 8], angle[:, 9], angle[:, 10:12], angle[:, 12]
    # A knee-to-chest thigh with a leaning trunk passes 180; the cut lies far behind the body.
    out[:, _HIP_FLEXION] = (thigh + lean[:, None] + 120.0) % 360.0 - 120.0
    out[:, _THIGH] = (thigh + 120.0) % 360.0 - 120.0
    out[:, _KNEE_FLEXION] = (thigh + shin + 90.0) % 360.0 - 90.0
    out[:, _SHIN] = shin
    out[:, _DORSI] = g.wrap_deg(shin - pitch)
    out[:, _HEEL_LIFT] = pitch
    out[:, _LEAN], out[:, _SIDE_LEAN], out[:, _OBLIQUITY] = lean, side_lean, obliquity
    out[:, _LEG_RAISE], out[:, _THIGH_RAISE] = leg_raise, thigh_raise
    out[:, _ABDUCTION] = leg_raise - obliquity[:, None] * _LEFTNESS
    foot_length = _steady(np.hypot(foot_px[..., 0] * ahead, foot_px[..., 1]))
    beyond = (px[:, KNEE, :, 0] - px[:, TOE, :, 0]) * ahead
    out[:, _OVER_TOE] = 100.0 * beyond / foot_length
    out[:, _STRAIGHT] = g.joint_angle_deg(px[:, SHOULDER], px[:, HIP], px[:, HEEL])
    # Where the hip-to-ankle line passes at the knee's height.
    drop = np.where(np.abs(leg_px[..., 1]) > 1.0, leg_px[..., 1], np.nan)
    line_x = leg_px[..., 0] * np.minimum(np.maximum(thigh_px[..., 1] / drop, 0.0), 1.0)
    length = np.maximum(np.hypot(leg_px[..., 0], leg_px[..., 1]), 1e-6)
    out[:, _CAVE] = -100.0 * (thigh_px[..., 0] - line_x) * outward / length


def _steady(length_px: Array) -> Array:
    """(n, k) body lengths freed from frame noise by a mean over about a second."""
    n = len(length_px)
    if n < 3:
        return length_px
    filled = length_px
    missing = ~np.isfinite(length_px)
    if missing.any():
        if missing.all(axis=0).any():
            return length_px
        filled = np.where(missing, np.nanmedian(length_px, axis=0), length_px)
    window = min(n, _BODY_SIZE_FRAMES) | 1
    smooth: Array = ndimage.uniform_filter1d(filled, window, axis=0, mode="nearest")
    return smooth


def _put_motion(out: Array, t_s: Array, j: Joints, lengths: Array) -> None:
    """Heights and speeds in the picture, in units of the person's own limbs."""
    px = j.px
    hips = px[:, HIP].mean(axis=1, keepdims=True)
    # The longer leg of both: the lifted one may point at the camera and look short.
    leg_px = np.maximum(_steady(lengths[..., 0] + lengths[..., 1]).max(axis=1), 1.0)
    ankle_y = px[:, ANKLE, :, 1]
    out[:, _FOOT_LIFT] = 100.0 * (ankle_y[:, ::-1] - ankle_y) / leg_px[:, None]
    out[:, _TOE_DROP] = _toe_drop(j, leg_px)
    ratio = lengths[..., 1] / np.maximum(lengths[..., 0], 1.0)
    out[:, _SHANK_SHARE] = 100.0 * ratio / np.maximum(ratio[:, ::-1], 1e-6)
    trunk = (px[:, SHOULDER] - px[:, HIP]).mean(axis=1, keepdims=True)
    trunk_px = np.maximum(_steady(np.hypot(trunk[..., 0], trunk[..., 1])), 1.0)
    scale = leg_px[:, None, None]
    paths = np.concatenate(
        [(px[:, KNEE] - hips) / (0.5 * scale), (px[:, ANKLE] - hips) / scale,
         (px[:, TOE] - px[:, ANKLE]) / (0.5 * scale), trunk / trunk_px[..., None]],
        axis=1,
    )  # fmt: skip
    rate = rate_per_s(t_s, paths)
    speed = np.degrees(np.sqrt(np.einsum("nkd,nkd->nk", rate, rate)))
    out[:, _LEG_SPEED] = np.maximum(np.maximum(speed[:, 0:2], speed[:, 2:4]), speed[:, 4:6])
    out[:, _TRUNK_SPEED] = speed[:, 6]


def _toe_drop(j: Joints, leg_px: Array) -> Array:
    """(n, 2) how far the toe lies off the shank's line towards the floor, % of half the leg."""
    shank = j.px[:, ANKLE] - j.px[:, KNEE]
    toe = j.px[:, TOE] - j.px[:, ANKLE]
    length = np.maximum(np.sqrt(np.einsum("nsd,nsd->ns", shank, shank)), 1e-6)
    sideways = shank[..., 0] / length
    # The normal of the shank that points down the picture; none for a shank that hangs.
    off = (toe[..., 1] * shank[..., 0] - toe[..., 0] * shank[..., 1]) / length * np.sign(sideways)
    off = np.where(np.abs(sideways) > _HANGING, off, np.nan)
    drop: Array = 200.0 * off / leg_px[:, None]
    return drop


def _bones(j: Joints, view: View) -> Array:
    """(n, 7, 3) the ``BONES`` from world landmarks in the body's frame: ahead, outward, down.

    Outward is away from the midline for a limb, to the left for the trunk; metres, model scale.
    """
    thigh = j.world[:, KNEE] - j.world[:, HIP]
    shank = j.world[:, ANKLE] - j.world[:, KNEE]
    trunk = (j.world[:, SHOULDER] - j.world[:, HIP]).mean(axis=1, keepdims=True)
    bones = np.concatenate([thigh, shank, thigh + shank, trunk], axis=1)
    yaw = np.radians(view.yaw_deg)[:, None]
    sine, cosine = np.sin(yaw), np.cos(yaw)
    x, down, z = bones[..., 0], bones[..., 1], bones[..., 2]
    return np.stack([x * sine - z * cosine, (x * cosine + z * sine) * _OUTWARD, down], axis=-1)


def _off_plane_deg(bones: Array) -> Array:
    """(n, 2, 7) how far each bone points out of the sagittal plane, and of the frontal plane."""
    length = np.maximum(np.sqrt(np.einsum("nkd,nkd->nk", bones, bones)), 1e-9)
    share = np.abs(np.stack([bones[..., 1], bones[..., 0]], axis=1)) / length[:, None]
    angle: Array = np.degrees(np.arcsin(np.minimum(share, 1.0)))
    return angle


def _put_coarse(out: Array, j: Joints, bones: Array) -> None:
    """Directions from world landmarks, good enough to tell positions apart in any view."""
    thigh, shank = bones[:, 0:2], bones[:, 2:4]
    ahead, outward = thigh[..., 0], thigh[..., 1]
    rise = np.concatenate([np.hypot(ahead, outward), outward, ahead, -shank[..., 0]], axis=1)
    run = np.concatenate([thigh[..., 2], ahead, thigh[..., 2], shank[..., 2]], axis=1)
    angle = np.degrees(np.arctan2(rise, run))
    elevation = angle[:, 0:2]
    out[:, _ELEVATION] = elevation
    # Behind is 180 whichever side of it the knee strays to: the cut lies inward.
    azimuth = (angle[:, 2:4] + 90.0) % 360.0 - 90.0
    out[:, _AZIMUTH] = np.where(elevation > _LIFTED_DEG, azimuth, np.nan)
    out[:, _THIGH_SWING], out[:, _SHIN_LEAN] = angle[:, 4:6], angle[:, 6:8]
    out[:, _BEND] = g.angle_between_deg(thigh, shank)
    length = np.sqrt(np.einsum("nkd,nkd->nk", bones[:, 0:4], bones[:, 0:4]))
    leg_m = np.maximum(length[:, 0] + length[:, 2], length[:, 1] + length[:, 3])
    out[:, _SPREAD] = 100.0 * g.distance(j.world[:, ANKLE, 0], j.world[:, ANKLE, 1]) / leg_m
