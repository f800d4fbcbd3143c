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
from posecheck.core.catalog import COLUMN_INDEX, COLUMN_NAMES, SIDES, side_columns
from posecheck.core.filters import rate_per_s
from posecheck.core.lines import (
    ANKLE,
    PARTS,
    picture_lines,
    space_lines,
)
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

_LANDMARKS = np.array([[Landmark[f"{s.upper()}_{part}"] for s in SIDES] for part in PARTS])
#: Segments whose length in the picture tells how far they point out of its plane.
SEGMENTS = ("thigh", "shank", "foot")
#: Lines of the body in space: left and right of thigh, shank and leg (hip to ankle), and trunk.
BONES = ("thigh", "thigh", "shank", "shank", "leg", "leg", "trunk")
#: What turns a leftward component of each bone into an outward one; the trunk's stays leftward.
_OUTWARD = np.array([1.0, -1.0, 1.0, -1.0, 1.0, -1.0, 1.0])
#: Left is to the person's left, right is not.
_LEFTNESS = np.array([1.0, -1.0])
_LEAST_SHARE = float(np.cos(np.radians(_LARGEST_OFFSET_DEG))) - 1e-9

_OK, _NOBODY, _NOT_VISIBLE, _OUT_OF_FRAME = (
    np.uint8(reason)
    for reason in (Reason.OK, Reason.NOBODY, Reason.NOT_VISIBLE, Reason.OUT_OF_FRAME)
)

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

    def part(self, frames: slice) -> Joints:
        """Some frames alone."""
        return Joints(self.px[frames], self.world[frames], self.code[frames])


def gather(track: PoseTrack) -> Joints:
    """The joints that measures are made of, each with a reason if it cannot be used."""
    px = track.image_px[:, _LANDMARKS].astype(float)
    size = np.array([track.width_px, track.height_px], dtype=float)
    margin = size * _EDGE_TOLERANCE
    inside = ((px >= -margin) & (px <= size + margin)).all(axis=-1)
    code = np.where(inside, _OK, _OUT_OF_FRAME)
    code = np.where(track.visibility[:, _LANDMARKS] < MIN_VISIBILITY, _NOT_VISIBLE, code)
    code = np.where(np.isnan(px[..., 0]), _NOBODY, code)
    return Joints(px, track.world_m[:, _LANDMARKS].astype(float), code)


def segment_lengths_px(joints: Joints) -> Array:
    """(n, 2, 3) lengths in the picture: side by segment (thigh, shank, foot)."""
    return _segment_lengths(picture_lines(joints.px))


def _segment_lengths(lines: Array) -> Array:
    lengths = np.hypot(lines[:, 0:6, 0], lines[:, 0:6, 1]).reshape(-1, 3, 2)
    result: Array = lengths.transpose(0, 2, 1)
    return result


def full_lengths_px(joints: Joints) -> Array:
    """(2, 3) lengths of a segment that lies in the picture's plane: near its longest of a clip."""
    lengths = segment_lengths_px(joints)
    seen = np.isfinite(lengths).all(axis=(1, 2))
    if not seen.any():
        return np.full(lengths.shape[1:], np.nan)
    result: Array = np.percentile(lengths[seen], 95, axis=0)
    return result


class Raw(Mapping[str, Array]):
    """Every measure in every frame: a (n, columns) matrix that reads like a dict of columns."""

    def __init__(
        self, matrix: Array, out_of_plane_deg: Array, off_plane_deg: Array, lengths_px: Array
    ) -> None:
        self.matrix = matrix
        #: (n, 2, 3) lengths of thigh, shank and foot of each side in the picture.
        self.lengths_px = lengths_px
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

    def part(self, frames: slice) -> Raw:
        """Some frames alone."""
        return Raw(
            self.matrix[frames],
            self.out_of_plane_deg[frames],
            self.off_plane_deg[frames],
            self.lengths_px[frames],
        )


def raw_measures(t_s: Array, joints: Joints, view: View, full_px: Array) -> Raw:
    """Every measure before gating and neutral offsets.

    Args:
        t_s: (n,) seconds; joints, view: of the same frames, landmarks filtered.
        full_px: (2, 3) from :func:`full_lengths_px`.

    Returns:
        NaN where landmarks are missing or the view is more than 60 degrees off a measure's plane.
    """
    matrix = np.full((len(t_s), len(COLUMN_NAMES)), np.nan)
    lines = picture_lines(joints.px)
    lengths = _segment_lengths(lines)
    yaw = np.radians(view.yaw_deg)
    sine, cosine = np.sin(yaw)[:, None], np.cos(yaw)[:, None]
    _put_angles(matrix, lines, unshortened(sine), unshortened(cosine))
    _put_motion(matrix, t_s, lines, lengths)
    bones = _bones(space_lines(joints.world), sine, cosine)
    _put_coarse(matrix, bones, joints.world)
    matrix[:, _OFF_SIDE] = view.offset_deg("side")
    matrix[:, _OFF_FRONT] = view.offset_deg("front")
    share = np.minimum(lengths / np.maximum(full_px, 1e-9), 1.0)
    return Raw(matrix, np.degrees(np.arccos(share)), _off_plane_deg(bones), lengths)


def unshortened(share: Array) -> Array:
    """What undoes the foreshortening of a plane that shows ``share`` (signed) of its reach.

    A reach in the body's sagittal plane shows sin(yaw) of itself, one in the frontal plane
    cos(yaw) (science: tan(theta') = tan(theta) cos(psi)); the sign says which way the body faces.
    Beyond 60 degrees off, noise would blow up: NaN.
    """
    usable = np.abs(share) >= _LEAST_SHARE
    factor: Array = 1.0 / np.where(usable, share, np.nan)
    return factor


def _pair(measure: str) -> slice:
    """The columns of a measure by the name that move files use."""
    stem, unit = measure.rsplit("_", 1)
    return side_columns(stem, unit)


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
_LEAN, _SIDE_LEAN, _OBLIQUITY, _SPREAD, _TRUNK_SPEED, _OFF_SIDE, _OFF_FRONT = (
    COLUMN_INDEX[name]
    for name in (
        "trunk_lean_deg", "trunk_side_lean_deg", "pelvis_obliquity_deg", "foot_spread_pct",
        "trunk_speed_degps",
        "off_side_deg",
        "off_front_deg",
    )
)  # fmt: skip


def _put_angles(out: Array, lines: Array, side: Array, front: Array) -> None:
    """Planar angles of the side and the front view, foreshortening undone (science 4).

    Args:
        lines: (n, lines, 2) from :func:`picture_lines`.
        side, front: (n, 1) from :func:`unshortened`, for the sagittal and the frontal plane.
    """
    x, y = lines[..., 0], lines[..., 1]
    outward = front * _LEFTNESS
    thigh_x, shank_x, leg_x = x[:, 0:2], x[:, 2:4], x[:, 6:8]
    foot_ahead = x[:, 4:6] * side
    reach = np.concatenate(
        [
            thigh_x * side, -shank_x * side, leg_x * outward, thigh_x * outward,
            x[:, 20:21] * side, x[:, 20:21] * front, y[:, 4:6], -y[:, 21:22],
        ],
        axis=1,
    )  # fmt: skip
    height = np.concatenate(
        [
            y[:, 0:2], y[:, 2:4], y[:, 6:8], y[:, 0:2],
            -y[:, 20:21], -y[:, 20:21], foot_ahead, x[:, 21:22] * front,
        ],
        axis=1,
    )  # fmt: skip
    angle = np.degrees(np.arctan2(reach, height))
    thigh, shin, leg_raise = angle[:, 0:2], angle[:, 2:4], angle[:, 4:6]
    lean, pitch, obliquity = angle[:, 8:9], angle[:, 10:12], angle[:, 12:13]
    # A knee-to-chest thigh with a leaning trunk passes 180; the cut lies far behind the body.
    out[:, _HIP_FLEXION] = (thigh + lean + 120.0) % 360.0 - 120.0
    out[:, _THIGH] = (thigh + 120.0) % 360.0 - 120.0
    out[:, _KNEE_FLEXION] = (thigh + shin + 90.0) % 360.0 - 90.0
    out[:, _SHIN] = shin
    out[:, _DORSI] = g.wrap_deg(shin - pitch)
    out[:, _HEEL_LIFT] = pitch
    out[:, _LEAN], out[:, _SIDE_LEAN], out[:, _OBLIQUITY] = angle[:, 8], angle[:, 9], angle[:, 12]
    out[:, _LEG_RAISE], out[:, _THIGH_RAISE] = leg_raise, angle[:, 6:8]
    out[:, _ABDUCTION] = leg_raise - obliquity * _LEFTNESS
    foot_length = _steady(np.hypot(foot_ahead, y[:, 4:6]))
    out[:, _OVER_TOE] = 100.0 * x[:, 14:16] * side / foot_length
    out[:, _STRAIGHT] = g.angle_between_deg(lines[:, 8:10], lines[:, 10:12])
    # Where the hip-to-ankle line passes at the knee's height.
    leg_y = y[:, 6:8]
    drop = np.where(np.abs(leg_y) > 1.0, leg_y, np.nan)
    line_x = leg_x * np.minimum(np.maximum(y[:, 0:2] / drop, 0.0), 1.0)
    length = np.maximum(np.hypot(leg_x, leg_y), 1e-6)
    out[:, _CAVE] = -100.0 * (thigh_x - line_x) * outward / length


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


def _put_motion(out: Array, t_s: Array, lines: Array, lengths: Array) -> None:
    """Heights and speeds in the picture, in units of the person's own limbs."""
    thigh_px, shank_px = lengths[..., 0], lengths[..., 1]
    # The longer leg of both: the lifted one may point at the camera and look short.
    leg_px = np.maximum(_steady(thigh_px + shank_px).max(axis=1), 1.0)[:, None]
    # The ankles' line runs from right to left, y down: negative where the left foot is higher.
    out[:, _FOOT_LIFT] = -100.0 * lines[:, 22:23, 1] / leg_px * _LEFTNESS
    out[:, _TOE_DROP] = _toe_drop(lines, leg_px)
    ratio = shank_px / np.maximum(thigh_px, 1.0)
    out[:, _SHANK_SHARE] = 100.0 * ratio / np.maximum(ratio[:, ::-1], 1e-6)
    trunk = lines[:, 20]
    trunk_px = np.maximum(_steady(np.hypot(trunk[:, :1], trunk[:, 1:])), 1.0)
    half = 0.5 * leg_px
    # Knees and ankles about the hips, toes about the ankles, shoulders about the hips.
    paths = np.concatenate([lines[:, 16:20], lines[:, 12:14], lines[:, 20:21]], axis=1)
    scale = np.concatenate([half, half, leg_px, leg_px, half, half, trunk_px], axis=1)
    rate = rate_per_s(t_s, paths / scale[..., None])
    speed = np.degrees(np.hypot(rate[..., 0], rate[..., 1]))
    out[:, _LEG_SPEED] = np.maximum(np.maximum(speed[:, 0:2], speed[:, 2:4]), speed[:, 4:6])
    out[:, _TRUNK_SPEED] = speed[:, 6]


def _toe_drop(lines: Array, leg_px: Array) -> Array:
    """(n, 2) how far the toe lies off the shank's line towards the floor, % of half the leg."""
    shank, toe = lines[:, 2:4], lines[:, 12:14]
    length = np.maximum(np.hypot(shank[..., 0], shank[..., 1]), 1e-6)
    sideways = shank[..., 0] / length
    # The normal of the shank that points down the picture; none for a shank that hangs.
    off = (toe[..., 1] * shank[..., 0] - toe[..., 0] * shank[..., 1]) / length * np.sign(sideways)
    drop: Array = 200.0 * np.where(np.abs(sideways) > _HANGING, off, np.nan) / leg_px
    return drop


def _bones(lines_m: Array, sine: Array, cosine: Array) -> Array:
    """(n, 7, 3) the ``BONES`` from world landmarks in the body's frame: ahead, outward, down.

    Outward is away from the midline for a limb, to the left for the trunk; metres, model scale.
    """
    bones = np.empty((len(lines_m), len(BONES), 3))
    x, down, z = (lines_m[:, : len(BONES), axis] for axis in range(3))
    bones[..., 0] = x * sine - z * cosine
    bones[..., 1] = (x * cosine + z * sine) * _OUTWARD
    bones[..., 2] = down
    return bones


def _off_plane_deg(bones: Array) -> Array:
    """(n, 2, 7) how far each bone points out of the sagittal plane, and of the frontal plane."""
    length = np.maximum(np.sqrt((bones * bones).sum(axis=-1)), 1e-9)
    share = np.abs(bones[..., 1::-1]) / length[..., None]
    angle: Array = np.degrees(np.arcsin(np.minimum(share, 1.0))).transpose(0, 2, 1)
    return angle


def _put_coarse(out: Array, bones: Array, world: Array) -> None:
    """Directions from world landmarks, good enough to tell positions apart in any view."""
    thigh, shank = bones[:, 0:2], bones[:, 2:4]
    ahead, outward, down = thigh[..., 0], thigh[..., 1], thigh[..., 2]
    rise = np.concatenate([np.hypot(ahead, outward), outward, ahead, -shank[..., 0]], axis=1)
    run = np.concatenate([down, ahead, down, shank[..., 2]], axis=1)
    angle = np.degrees(np.arctan2(rise, run))
    elevation = angle[:, 0:2]
    out[:, _ELEVATION] = elevation
    # Behind is 180 whichever side of it the knee strays to: the cut lies inward.
    azimuth = (angle[:, 2:4] + 90.0) % 360.0 - 90.0
    out[:, _AZIMUTH] = np.where(elevation > _LIFTED_DEG, azimuth, np.nan)
    out[:, _THIGH_SWING], out[:, _SHIN_LEAN] = angle[:, 4:6], angle[:, 6:8]
    out[:, _BEND] = g.angle_between_deg(thigh, shank)
    length = np.sqrt((bones[:, 0:4] * bones[:, 0:4]).sum(axis=-1))
    leg_m = (length[:, 0:2] + length[:, 2:4]).max(axis=1)
    out[:, _SPREAD] = 100.0 * g.distance(world[:, ANKLE, 0], world[:, ANKLE, 1]) / leg_m
