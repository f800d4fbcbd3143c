"""From joints to raw measures: planar angles in the picture, coarse directions in space.

Every formula is written once, in :mod:`posecheck.core.maths`: on (n,) arrays it gives a recording's
measures, on floats a live frame's.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, MutableSequence
from dataclasses import dataclass

import numpy as np

from posecheck.core import arms, crossing, rolling
from posecheck.core.catalog import COLUMN_INDEX, COLUMN_NAMES, side_columns
from posecheck.core.flow import Flow, RecordedFlow
from posecheck.core.joints import (
    ANKLE,
    ELBOW,
    HEEL,
    HIP,
    KNEE,
    LEFT,
    RIGHT,
    SHOULDER,
    TOE,
    WRIST,
    Body,
    Joints,
    Pairs,
    body_of,
)
from posecheck.core.maths import ARRAYS, Columns, Maths, Value
from posecheck.core.pose import Array
from posecheck.core.vectors import Vector, between_deg, dot
from posecheck.core.view import VIEW_BANDS_DEG, View

_LIFTED_DEG = 12.0
#: Sine of the tilt below which a shank hangs and has no lower side.
_HANGING = 0.3
_LARGEST_OFFSET_DEG = VIEW_BANDS_DEG[-1]
_LEAST_SHARE = math.cos(math.radians(_LARGEST_OFFSET_DEG)) - 1e-9

#: 45 degrees off a plane, a limb may leave it by half of what it may in the right view.
_LEAK = 2.0

#: Segments whose length in the picture tells how far they point out of its plane.
SEGMENTS = ("thigh", "shank", "foot", "forearm")
_SEGMENT_ENDS = ((HIP, KNEE), (KNEE, ANKLE), (HEEL, TOE), (ELBOW, WRIST))
#: Lines of the body in space: left and right of thigh, shank and leg (hip to ankle), and trunk.
BONES = ("thigh", "thigh", "shank", "shank", "leg", "leg", "trunk")
_BONE_ENDS = ((HIP, KNEE), (KNEE, ANKLE), (HIP, ANKLE))
#: What turns a leftward component into an outward one.
_LEFTNESS = (1.0, -1.0)


@dataclass(slots=True)
class Planes:
    """How far limbs point out of the planes that planar angles are read in.

    Attributes:
        lengths_px: [side][segment] lengths of the ``SEGMENTS`` in the picture.
        full_shares: [side][segment] the same as shares of their full lengths: the cosine of how far
            they point out of the picture's plane.
        off_shares: [plane][bone] the sine of how far the ``BONES`` point out of the body's sagittal
            and frontal planes, more where the camera stands off them.
    """

    lengths_px: Pairs
    full_shares: Pairs
    off_shares: Pairs


ALL_COLUMNS = frozenset(COLUMN_INDEX.values())


class Raw(Mapping[str, Array]):
    """Every measure in every frame: (columns, n) that read like a dict of columns."""

    def __init__(self, columns: Array, planes: Planes) -> None:
        self.columns = columns
        self.planes = planes

    def __getitem__(self, column: str) -> Array:
        result: Array = self.columns[COLUMN_INDEX[column]]
        return result

    def __iter__(self) -> Iterator[str]:
        return iter(COLUMN_NAMES)

    def __len__(self) -> int:
        return len(COLUMN_NAMES)


def raw_measures(t_s: Array, joints: Joints, view: View, full_px: Array) -> Raw:
    """Every measure of a track before gating and neutral offsets.

    Args:
        t_s: (n,) seconds; joints, view: of the same frames, landmarks filtered.
        full_px: (2, 4) from :func:`full_lengths_px`.

    Returns:
        NaN where landmarks are missing or the view is more than 60 degrees off a measure's plane.
    """
    # Single precision holds a hundred-thousandth of a degree, and half an hour takes much memory.
    columns = np.full((len(COLUMN_NAMES), len(t_s)), np.nan, dtype=np.float32)
    body = body_of(joints, view.yaw_deg)
    planes = put_measures(ARRAYS, body, RecordedFlow(t_s), full_px.tolist(), columns)
    columns[_OFF_SIDE] = view.offset_deg("side")
    columns[_OFF_FRONT] = view.offset_deg("front")
    return Raw(columns, planes)


def full_lengths_px(joints: Joints) -> Array:
    """(2, 4) lengths of a segment that lies in the picture's plane: near its longest of a clip.

    NaN where a segment was never seen.
    """
    lines = np.stack([joints.px[:, b] - joints.px[:, a] for a, b in _SEGMENT_ENDS], axis=2)
    lengths = np.hypot(lines[..., 0], lines[..., 1])
    longest = np.full(lengths.shape[1:], np.nan)
    for side, segment in np.ndindex(*longest.shape):
        seen = lengths[np.isfinite(lengths[:, side, segment]), side, segment]
        if len(seen):
            longest[side, segment] = np.percentile(seen, 95)
    return longest


def put_measures(
    m: Maths,
    body: Body,
    flow: Flow,
    full_px: list[list[float]],
    out: Columns,
    wanted: frozenset[int] = ALL_COLUMNS,
) -> Planes:
    """Every measure that joints and yaw alone give, into ``out`` in the catalogue's order.

    Args:
        full_px: [side][segment] lengths of segments that lie in the picture's plane.
        out: filled in by place.
        wanted: places of columns that are asked for; groups of which none is may be left out.
    """
    lengths = [
        [_length(m, body.x, body.y, a, b, side) for a, b in _SEGMENT_ENDS] for side in (LEFT, RIGHT)
    ]
    side, front = unshortened(m, body.sine), unshortened(m, body.cosine)
    _put_planar(m, body, flow, side, front, out)
    _put_motion(m, body, flow, lengths, out)
    bones = _bones(body)
    _put_coarse(m, body, bones, out)
    if wanted & crossing.COLUMNS:
        shanks = [pair[SEGMENTS.index("shank")] for pair in full_px]
        crossing.put(m, body, front, shanks, out)
    if wanted & rolling.COLUMNS:
        rolling.put(m, body, out)
    if wanted & arms.COLUMNS:
        arms.put(m, body, flow, out)
    return Planes(
        lengths,
        [
            [length / m.maximum(full, 1e-9) for length, full in zip(*pair, strict=True)]
            for pair in zip(lengths, full_px, strict=True)
        ],
        _off_plane_shares(m, body, bones, (side, front)),
    )


def unshortened(m: Maths, share: Value) -> Value:
    """What undoes the foreshortening of a plane that shows ``share`` (signed) of its reach.

    A reach in the body's sagittal plane shows sin(yaw) of itself, one in the frontal plane
    cos(yaw) (science: tan(theta') = tan(theta) cos(psi)); the sign says which way the body faces.
    Beyond 60 degrees off, noise would blow up: NaN.
    """
    return 1.0 / m.where(abs(share) >= _LEAST_SHARE, share, math.nan)


_HIP_FLEXION, _THIGH, _KNEE_FLEXION = (
    side_columns(name) for name in ("hip_flexion_deg", "thigh_tilt_deg", "knee_flexion_deg")
)
_SHIN, _DORSI, _HEEL_LIFT = (
    side_columns(name) for name in ("shin_tilt_deg", "ankle_dorsiflexion_deg", "heel_lift_deg")
)
_OVER_TOE, _STRAIGHT, _CAVE = (
    side_columns(name) for name in ("knee_over_toe_pct", "straightness_deg", "knee_cave_pct")
)
_ABDUCTION, _LEG_RAISE, _THIGH_RAISE = (
    side_columns(name)
    for name in ("hip_abduction_deg", "leg_side_raise_deg", "thigh_side_raise_deg")
)
_FOOT_LIFT, _LEG_SPEED, _SHANK_SHARE = (
    side_columns(name) for name in ("foot_lift_pct", "leg_speed_degps", "shank_share_pct")
)
_SHIN_LEAN, _THIGH_SWING, _BEND = (
    side_columns(name) for name in ("shin_lean_deg", "thigh_swing_deg", "knee_bend_deg")
)
_ELEVATION, _AZIMUTH, _TOE_DROP = (
    side_columns(name) for name in ("thigh_elevation_deg", "thigh_azimuth_deg", "toe_drop_pct")
)
_LEAN, _SIDE_LEAN, _OBLIQUITY, _SPREAD, _TRUNK_SPEED, _OFF_SIDE, _OFF_FRONT = (
    COLUMN_INDEX[name]
    for name in (
        "trunk_lean_deg", "trunk_side_lean_deg", "pelvis_obliquity_deg", "foot_spread_pct",
        "trunk_speed_degps", "off_side_deg", "off_front_deg",
    )
)  # fmt: skip


def put_view(yaw_deg: float, out: MutableSequence[float]) -> tuple[float, float, float]:
    """One frame's offsets from the side, the front and any view, degrees; puts the first two."""
    yaw = abs(yaw_deg)
    offsets = (abs(90.0 - yaw), min(yaw, 180.0 - yaw), 0.0 * yaw)
    out[_OFF_SIDE], out[_OFF_FRONT], _ = offsets
    return offsets


def _length(m: Maths, x: Pairs, y: Pairs, a: int, b: int, side: int) -> Value:
    if b >= len(x):
        return math.nan  # a live session carries the arms only where its move asks for them
    return m.hypot(x[b][side] - x[a][side], y[b][side] - y[a][side])


def _middle(pair: list[Value]) -> Value:
    return 0.5 * (pair[LEFT] + pair[RIGHT])


def _put_planar(m: Maths, body: Body, flow: Flow, side: Value, front: Value, out: Columns) -> None:
    """Planar angles of the side and the front view, foreshortening undone (science 4).

    Args:
        side, front: from :func:`unshortened`, for the sagittal and the frontal plane.
    """
    x, y = body.x, body.y
    trunk_x = _middle(x[SHOULDER]) - _middle(x[HIP])
    trunk_y = _middle(y[SHOULDER]) - _middle(y[HIP])
    lean = m.degrees(m.arctan2(trunk_x * side, -trunk_y))
    out[_LEAN] = lean
    out[_SIDE_LEAN] = m.degrees(m.arctan2(trunk_x * front, -trunk_y))
    pelvis_x, pelvis_y = x[HIP][LEFT] - x[HIP][RIGHT], y[HIP][LEFT] - y[HIP][RIGHT]
    obliquity = m.degrees(m.arctan2(-pelvis_y, pelvis_x * front))
    out[_OBLIQUITY] = obliquity
    for s in (LEFT, RIGHT):
        hip_x, hip_y, knee_x, knee_y = x[HIP][s], y[HIP][s], x[KNEE][s], y[KNEE][s]
        thigh_x, thigh_y = knee_x - hip_x, knee_y - hip_y
        shank_x, shank_y = x[ANKLE][s] - knee_x, y[ANKLE][s] - knee_y
        leg_x, leg_y = x[ANKLE][s] - hip_x, y[ANKLE][s] - hip_y
        foot_ahead, foot_y = (x[TOE][s] - x[HEEL][s]) * side, y[TOE][s] - y[HEEL][s]
        outward = front * _LEFTNESS[s]
        thigh = m.degrees(m.arctan2(thigh_x * side, thigh_y))
        shin = m.degrees(m.arctan2(-shank_x * side, shank_y))
        pitch = m.degrees(m.arctan2(foot_y, foot_ahead))
        leg_raise = m.degrees(m.arctan2(leg_x * outward, leg_y))
        # A knee-to-chest thigh with a leaning trunk passes 180; the cut lies far behind the body.
        out[_HIP_FLEXION[s]] = (thigh + lean + 120.0) % 360.0 - 120.0
        out[_THIGH[s]] = (thigh + 120.0) % 360.0 - 120.0
        out[_KNEE_FLEXION[s]] = (thigh + shin + 90.0) % 360.0 - 90.0
        out[_SHIN[s]] = shin
        out[_DORSI[s]] = (shin - pitch + 180.0) % 360.0 - 180.0
        out[_HEEL_LIFT[s]] = pitch
        out[_LEG_RAISE[s]] = leg_raise
        out[_THIGH_RAISE[s]] = m.degrees(m.arctan2(thigh_x * outward, thigh_y))
        out[_ABDUCTION[s]] = leg_raise - obliquity * _LEFTNESS[s]
        foot_px = m.maximum(flow.steady(m.hypot(foot_ahead, foot_y)), 1e-6)
        out[_OVER_TOE[s]] = 100.0 * (knee_x - x[TOE][s]) * side / foot_px
        out[_STRAIGHT[s]] = between_deg(
            m,
            (x[SHOULDER][s] - hip_x, y[SHOULDER][s] - hip_y, 0.0),
            (x[HEEL][s] - hip_x, y[HEEL][s] - hip_y, 0.0),
        )
        # Where the hip-to-ankle line passes at the knee's height.
        drop = m.where(abs(leg_y) > 1.0, leg_y, math.nan)
        line_x = leg_x * m.minimum(m.maximum(thigh_y / drop, 0.0), 1.0)
        length = m.maximum(m.hypot(leg_x, leg_y), 1e-6)
        out[_CAVE[s]] = -100.0 * (thigh_x - line_x) * outward / length


def _put_motion(m: Maths, body: Body, flow: Flow, lengths: Pairs, out: Columns) -> None:
    """Heights and speeds in the picture, in units of the person's own limbs."""
    x, y = body.x, body.y
    # The longer leg of both: the lifted one may point at the camera and look short.
    legs = [flow.steady(thigh + shank) for thigh, shank, *_ in lengths]
    leg_px = m.maximum(m.maximum(*legs), 1.0)
    ratios = [shank / m.maximum(thigh, 1.0) for thigh, shank, *_ in lengths]
    hips_x, hips_y = _middle(x[HIP]), _middle(y[HIP])
    trunk_x, trunk_y = _middle(x[SHOULDER]) - hips_x, _middle(y[SHOULDER]) - hips_y
    trunk_px = m.maximum(flow.steady(m.hypot(trunk_x, trunk_y)), 1.0)
    # Shoulders about the hips, then of each leg knee and ankle about the hips, toe about the ankle.
    paths = [trunk_x / trunk_px, trunk_y / trunk_px]
    for s in (LEFT, RIGHT):
        ankle_x, ankle_y = x[ANKLE][s], y[ANKLE][s]
        out[_FOOT_LIFT[s]] = 100.0 * (y[ANKLE][1 - s] - ankle_y) / leg_px
        out[_SHANK_SHARE[s]] = 100.0 * ratios[s] / m.maximum(ratios[1 - s], 1e-6)
        toe_x, toe_y = x[TOE][s] - ankle_x, y[TOE][s] - ankle_y
        shank_x, shank_y = ankle_x - x[KNEE][s], ankle_y - y[KNEE][s]
        out[_TOE_DROP[s]] = _toe_drop(m, shank_x, shank_y, toe_x, toe_y) / leg_px
        half = 0.5 * leg_px
        paths += [(x[KNEE][s] - hips_x) / half, (y[KNEE][s] - hips_y) / half]
        paths += [(ankle_x - hips_x) / leg_px, (ankle_y - hips_y) / leg_px]
        paths += [toe_x / half, toe_y / half]
    rates = flow.rates_per_s("legs", paths)
    speeds = [m.hypot(*pair) for pair in zip(rates[::2], rates[1::2], strict=True)]
    out[_TRUNK_SPEED] = m.degrees(speeds[0])
    for s in (LEFT, RIGHT):
        knee, ankle, toe = speeds[1 + 3 * s : 4 + 3 * s]
        out[_LEG_SPEED[s]] = m.degrees(m.maximum(m.maximum(knee, ankle), toe))


def _toe_drop(m: Maths, shank_x: Value, shank_y: Value, toe_x: Value, toe_y: Value) -> Value:
    """How far the toe lies off the shank's line towards the floor, in half pixels times 100."""
    length = m.maximum(m.hypot(shank_x, shank_y), 1e-6)
    sideways = shank_x / length
    # The normal of the shank that points down the picture; none for a shank that hangs.
    off = (toe_y * shank_x - toe_x * shank_y) / length * m.sign(sideways)
    return 200.0 * m.where(abs(sideways) > _HANGING, off, math.nan)


def _bones(body: Body) -> list[Vector]:
    """The ``BONES`` from world landmarks in the body's frame: ahead, outward, down.

    Metres of the model's scale. Outward is away from the midline for a limb, to the left for the
    trunk.
    """
    u, v, w, sine, cosine = body.u, body.v, body.w, body.sine, body.cosine
    bones = []
    for a, b in _BONE_ENDS:
        for s in (LEFT, RIGHT):
            along, away = u[b][s] - u[a][s], w[b][s] - w[a][s]
            bones.append(
                (
                    along * sine - away * cosine,
                    (along * cosine + away * sine) * _LEFTNESS[s],
                    v[b][s] - v[a][s],
                )
            )
    along, down, away = (_middle(p[SHOULDER]) - _middle(p[HIP]) for p in (u, v, w))
    bones.append((along * sine - away * cosine, along * cosine + away * sine, down))
    return bones


def _off_plane_shares(
    m: Maths, body: Body, bones: list[Vector], planes: tuple[Value, Value]
) -> Pairs:
    """[plane][bone] share of each that points out of the sagittal, and of the frontal plane.

    From a camera that stands off the plane, what points out of it leaks into the picture, by the
    cotangent of the yaw; there a share counts for more.
    """
    lengths = [m.maximum(m.sqrt(dot(bone, bone)), 1e-9) for bone in bones]
    leaks = (body.cosine * planes[0], body.sine * planes[1])
    return [
        [
            abs(bone[across]) / length * m.maximum(1.0, _LEAK * abs(leak))
            for bone, length in zip(bones, lengths, strict=True)
        ]
        for across, leak in zip((1, 0), leaks, strict=True)
    ]


def _put_coarse(m: Maths, body: Body, bones: list[Vector], out: Columns) -> None:
    """Directions from world landmarks, good enough to tell positions apart in any view."""
    legs = []
    for s in (LEFT, RIGHT):
        thigh, shank = bones[s], bones[2 + s]
        ahead, outward, down = thigh
        elevation = m.degrees(m.arctan2(m.hypot(ahead, outward), down))
        # Behind is 180 whichever side of it the knee strays to: the cut lies inward.
        azimuth = (m.degrees(m.arctan2(outward, ahead)) + 90.0) % 360.0 - 90.0
        out[_ELEVATION[s]] = elevation
        out[_AZIMUTH[s]] = m.where(elevation > _LIFTED_DEG, azimuth, math.nan)
        out[_THIGH_SWING[s]] = m.degrees(m.arctan2(ahead, down))
        out[_SHIN_LEAN[s]] = m.degrees(m.arctan2(-shank[0], shank[2]))
        out[_BEND[s]] = between_deg(m, thigh, shank)
        legs.append(m.sqrt(dot(thigh, thigh)) + m.sqrt(dot(shank, shank)))
    along, down, away = (p[ANKLE][LEFT] - p[ANKLE][RIGHT] for p in (body.u, body.v, body.w))
    feet = (along, down, away)
    out[_SPREAD] = 100.0 * m.sqrt(dot(feet, feet)) / m.maximum(m.maximum(*legs), 1e-9)
