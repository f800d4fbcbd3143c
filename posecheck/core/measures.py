"""From landmarks to measures: planar angles where the view carries them, NaN and why elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from posecheck.core import geometry as g
from posecheck.core.bands import ErrorBands
from posecheck.core.catalog import CATALOG, SIDES, Measure, columns
from posecheck.core.filters import rate_per_s
from posecheck.core.pose import Array, BoolArray, Landmark, PoseTrack
from posecheck.core.table import MeasureTable, Reason
from posecheck.core.view import VIEW_BANDS_DEG, View

#: Below this the landmark is a guess of the model's. Sports2D drops points under 0.3 too.
MIN_VISIBILITY = 0.3
#: A landmark further outside the picture than this share of its size is extrapolated.
_EDGE_TOLERANCE = 0.01
_BODY_SIZE_SMOOTH_S = 2.0
_LIFTED_DEG = 20.0
#: A segment further out of the picture's plane than this has no planar angle worth printing.
FORESHORTENED_DEG = 48.0
_ALLOWANCE_DEG = 20.0
_SEGMENTS = {"thigh": ("HIP", "KNEE"), "shank": ("KNEE", "ANKLE"), "foot": ("HEEL", "FOOT_INDEX")}

Codes = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Neutral:
    """What the person's own neutral reads, to be subtracted: column name to offset.

    ``seen`` lists the columns whose neutral was observed; others use the typical offset of the
    bench and carry its error.
    """

    offset: Mapping[str, float] = field(default_factory=dict)
    seen: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Joints:
    """Landmarks gathered by body part: (n, 2, d) with side 0 left, 1 right."""

    px: Mapping[str, Array]
    world: Mapping[str, Array]
    ok: Mapping[str, Codes]


_PARTS = ("SHOULDER", "HIP", "KNEE", "ANKLE", "HEEL", "FOOT_INDEX")


def _gather(track: PoseTrack) -> Joints:
    px, world, ok = {}, {}, {}
    size = np.array([track.width_px, track.height_px], dtype=float)
    margin = size * _EDGE_TOLERANCE
    for part in _PARTS:
        index = [Landmark[f"{side.upper()}_{part}"] for side in SIDES]
        px[part] = track.image_px[:, index].astype(float)
        world[part] = track.world_m[:, index].astype(float)
        inside = ((px[part] >= -margin) & (px[part] <= size + margin)).all(axis=-1)
        code = np.where(inside, Reason.OK, Reason.OUT_OF_FRAME)
        code = np.where(track.visibility[:, index] < MIN_VISIBILITY, Reason.NOT_VISIBLE, code)
        unseen = ~np.isfinite(px[part][..., 0])
        ok[part] = np.where(unseen, Reason.NOBODY, code).astype(np.uint8)
    return Joints(px, world, ok)


def limb_lengths_px(track: PoseTrack) -> Array:
    """(n, 2, 3) lengths in the picture: side (left, right) by segment (thigh, shank, foot), px."""
    px = _gather(track).px
    return np.stack([g.distance(px[a], px[b]) for a, b in _SEGMENTS.values()], axis=-1)


def full_limb_lengths_px(track: PoseTrack) -> Array:
    """(2, 3) lengths of a segment that lies in the picture's plane: near its longest over the clip."""
    lengths = limb_lengths_px(track)
    if not np.isfinite(lengths).any():
        return np.full((2, len(_SEGMENTS)), np.nan)
    return np.nanpercentile(lengths, 95, axis=0)


def raw_measures(
    track: PoseTrack, view: View, bands: ErrorBands, full_px: Array
) -> dict[str, Array]:
    """Every measure in every frame, before gating and neutral offsets.

    Args:
        track: filtered landmarks; n frames.
        view: of the same frames.
        full_px: (2, 3) from :func:`full_limb_lengths_px`.

    Returns:
        column name to (n,) values; NaN where landmarks are missing or the view is too far off.
    """
    joints = _gather(track)
    out: dict[str, Array] = {}
    out.update(_side_view(joints, view, bands))
    out.update(_front_view(joints, view, bands))
    out.update(_any_view(track.t_s, joints, view))
    out.update(_foreshortening(joints, full_px))
    return out


def _foreshortening(j: Joints, full_px: Array) -> dict[str, Array]:
    """How far each segment points out of the picture's plane, from its length, degrees."""
    out: dict[str, Array] = {}
    for k, (segment, (top, bottom)) in enumerate(_SEGMENTS.items()):
        length = g.distance(j.px[top], j.px[bottom])
        with np.errstate(invalid="ignore", divide="ignore"):
            share = length / full_px[:, k]
        _put(out, f"{segment}_out_of_plane_deg", np.degrees(np.arccos(np.clip(share, 0.0, 1.0))))
    return out


def _put(out: dict[str, Array], measure: str, values: Array) -> None:
    for k, side in enumerate(SIDES):
        stem, unit = measure.rsplit("_", 1)
        out[f"{stem}_{side}_{unit}"] = values[:, k]


def _side_view(j: Joints, view: View, bands: ErrorBands) -> dict[str, Array]:
    px = j.px
    offset = view.offset_deg("side")
    stretch = view.forward * g.unproject_x(offset, bands.limit_deg("hip_flexion_deg"))
    f = stretch[:, None]
    thigh = g.hang_from_vertical_deg(px["HIP"], px["KNEE"], f)
    shin = g.tilt_from_vertical_deg(px["ANKLE"], px["KNEE"], f)
    lean = g.tilt_from_vertical_deg(px["HIP"].mean(axis=1), px["SHOULDER"].mean(axis=1), stretch)
    foot = px["FOOT_INDEX"] - px["HEEL"]
    pitch = np.degrees(np.arctan2(foot[..., 1], foot[..., 0] * f))
    foot_length = _steady(np.hypot(foot[..., 0] * f, foot[..., 1]))
    reach = (px["KNEE"][..., 0] - px["FOOT_INDEX"][..., 0]) * f
    out: dict[str, Array] = {"trunk_lean_deg": lean}
    # A knee-to-chest thigh with a leaning trunk passes 180; the cut lies far behind the body.
    _put(out, "hip_flexion_deg", (thigh + lean[:, None] + 120.0) % 360.0 - 120.0)
    _put(out, "thigh_tilt_deg", (thigh + 120.0) % 360.0 - 120.0)
    planar_knee = (thigh + shin + 90.0) % 360.0 - 90.0
    _put(out, "knee_flexion_deg", planar_knee)
    _put(out, "shin_tilt_deg", shin)
    _put(out, "ankle_dorsiflexion_deg", g.wrap_deg(shin - pitch))
    _put(out, "heel_lift_deg", pitch)
    _put(out, "knee_over_toe_pct", 100.0 * reach / foot_length)
    _put(out, "straightness_deg", g.joint_angle_deg(px["SHOULDER"], px["HIP"], px["HEEL"]))
    return out


def _steady(length_px: Array) -> Array:
    """A body length freed from frame noise: median over a long window, ignoring gaps."""
    n = len(length_px)
    if n < 3:
        return length_px
    filled = np.where(np.isfinite(length_px), length_px, np.nanmedian(length_px, axis=0))
    window = max(3, min(n, 31) | 1)
    return ndimage.uniform_filter1d(filled, window, axis=0, mode="nearest")


def _front_view(j: Joints, view: View, bands: ErrorBands) -> dict[str, Array]:
    px = j.px
    facing = np.where(np.cos(np.radians(view.yaw_deg)) >= 0, 1.0, -1.0)
    stretch = facing * g.unproject_x(
        view.offset_deg("front"), bands.limit_deg("leg_side_raise_deg")
    )
    outward = stretch[:, None] * np.array([1.0, -1.0])
    raise_leg = g.hang_from_vertical_deg(px["HIP"], px["ANKLE"], outward)
    raise_thigh = g.hang_from_vertical_deg(px["HIP"], px["KNEE"], outward)
    hip_line = px["HIP"][:, 0] - px["HIP"][:, 1]
    obliquity = np.degrees(np.arctan2(-hip_line[:, 1], hip_line[:, 0] * stretch))
    side_lean = g.tilt_from_vertical_deg(
        px["HIP"].mean(axis=1), px["SHOULDER"].mean(axis=1), stretch
    )
    out: dict[str, Array] = {
        "trunk_side_lean_deg": side_lean,
        "pelvis_obliquity_deg": obliquity,
    }
    _put(out, "leg_side_raise_deg", raise_leg)
    _put(out, "thigh_side_raise_deg", raise_thigh)
    _put(out, "hip_abduction_deg", raise_leg - obliquity[:, None] * np.array([1.0, -1.0]))
    line_x = px["HIP"][..., 0] + (px["ANKLE"][..., 0] - px["HIP"][..., 0]) * _share_down(px)
    leg = np.maximum(g.distance(px["HIP"], px["ANKLE"]), 1e-6)
    _put(out, "knee_cave_pct", -100.0 * (px["KNEE"][..., 0] - line_x) * outward / leg)
    return out


def _share_down(px: Mapping[str, Array]) -> Array:
    """How far down the hip-to-ankle line the knee sits, 0..1."""
    drop = px["ANKLE"][..., 1] - px["HIP"][..., 1]
    with np.errstate(invalid="ignore", divide="ignore"):
        share = (px["KNEE"][..., 1] - px["HIP"][..., 1]) / np.where(np.abs(drop) > 1, drop, np.nan)
    return np.clip(share, 0.0, 1.0)


def _any_view(t_s: Array, j: Joints, view: View) -> dict[str, Array]:
    px = j.px
    leg = _steady(g.distance(px["HIP"], px["KNEE"]) + g.distance(px["KNEE"], px["ANKLE"]))
    # The longer leg of both: the lifted one may point at the camera and look short.
    leg_px = np.maximum(np.nanmax(leg, axis=1, initial=1.0), 1.0)
    ankle_y = px["ANKLE"][..., 1]
    lift = 100.0 * (ankle_y[:, ::-1] - ankle_y) / leg_px[:, None]
    knee_path = (px["KNEE"] - px["HIP"].mean(axis=1)[:, None]) / (0.5 * leg_px[:, None, None])
    ankle_path = (px["ANKLE"] - px["HIP"].mean(axis=1)[:, None]) / leg_px[:, None, None]
    speed = np.fmax(_speed(t_s, knee_path), _speed(t_s, ankle_path))
    trunk = px["SHOULDER"].mean(axis=1) - px["HIP"].mean(axis=1)
    trunk_px = np.maximum(_steady(np.hypot(trunk[:, 0], trunk[:, 1])[:, None])[:, 0], 1.0)
    out: dict[str, Array] = {
        "trunk_speed_degps": _speed(t_s, trunk / trunk_px[:, None]),
        "off_side_deg": view.offset_deg("side"),
        "off_front_deg": view.offset_deg("front"),
    }
    _put(out, "foot_lift_pct", lift)
    _put(out, "leg_speed_degps", speed)
    out.update(_coarse(j, view))
    return out


def _speed(t_s: Array, path: Array) -> Array:
    """Speed of (..., 2) positions in units of a limb, as an angle: degrees a second."""
    rate = rate_per_s(t_s, path)
    return np.degrees(np.sqrt(np.einsum("...i,...i->...", rate, rate)))


def _coarse(j: Joints, view: View) -> dict[str, Array]:
    """Directions from world landmarks, good enough to tell positions apart in any view."""
    yaw = np.radians(view.yaw_deg)
    forward = np.stack([np.sin(yaw), -np.cos(yaw)], axis=-1)[:, None]
    leftward = np.stack([np.cos(yaw), np.sin(yaw)], axis=-1)[:, None]
    thigh = j.world["KNEE"] - j.world["HIP"]
    ahead = (thigh[..., [0, 2]] * forward).sum(axis=-1)
    outward = (thigh[..., [0, 2]] * leftward).sum(axis=-1) * np.array([1.0, -1.0])
    elevation = np.degrees(np.arctan2(np.hypot(ahead, outward), thigh[..., 1]))
    azimuth = np.degrees(np.arctan2(outward, ahead))
    azimuth = np.where(elevation > _LIFTED_DEG, azimuth, np.nan)
    bend = 180.0 - g.joint_angle_deg(j.world["HIP"], j.world["KNEE"], j.world["ANKLE"])
    foot = j.world["FOOT_INDEX"] - j.world["HEEL"]
    drop = np.degrees(np.arctan2(foot[..., 1], np.hypot(foot[..., 0], foot[..., 2])))
    leg_m = g.distance(j.world["HIP"], j.world["KNEE"]) + g.distance(
        j.world["KNEE"], j.world["ANKLE"]
    )
    spread = g.distance(j.world["ANKLE"][:, 0], j.world["ANKLE"][:, 1]) / leg_m.max(axis=1)
    out: dict[str, Array] = {"foot_spread_pct": 100.0 * spread}
    _put(out, "thigh_elevation_deg", elevation)
    _put(out, "thigh_azimuth_deg", azimuth)
    _put(out, "knee_bend_deg", bend)
    _put(out, "foot_drop_deg", drop)
    return out


def gate(
    track: PoseTrack,
    view: View,
    raw: Mapping[str, Array],
    bands: ErrorBands,
    neutral: Neutral,
    cm_per_px: Array | None = None,
) -> MeasureTable:
    """Subtract neutral, attach ± and drop what the view, visibility or framing cannot carry.

    Args:
        track: the landmarks that ``raw`` was made from.
        raw: from :func:`raw_measures`.
        cm_per_px: (n,) scale in the foot's plane, or None where unknown.

    Returns:
        a table with every column of the catalogue.
    """
    joints = _gather(track)
    values, errors, reasons = {}, {}, {}
    for column, measure, side in columns(public_only=False):
        base = raw.get(column, np.full(len(track), np.nan))
        code = _joint_codes(joints, measure, SIDES.index(side) if side else None)
        offset = view.offset_deg(measure.plane)
        if measure.spatial is not None and side is not None:
            planar = (offset <= VIEW_BANDS_DEG[-1]) & ~_out_of_plane(raw, measure, side, offset)
            base = np.where(planar, base, raw[f"{measure.spatial}_{side}_{measure.unit}"])
            offset = np.where(planar, offset, np.where(np.isfinite(offset), 90.0, np.nan))
        half_width = bands.half_width(measure.move_name, offset)
        if measure.unit == "cm":
            code = np.where(code == Reason.OK, Reason.NO_SCALE, code).astype(np.uint8)
        carried = np.isfinite(half_width) & np.isfinite(base)
        code = np.where((code == Reason.OK) & ~carried, Reason.WRONG_VIEW, code).astype(np.uint8)
        if side is not None and measure.plane != "any" and measure.spatial is None:
            short = _out_of_plane(raw, measure, side, offset)
            code = np.where((code == Reason.OK) & short, Reason.FORESHORTENED, code)
        shift, extra = _shift(column, measure, bands, neutral)
        usable = code == Reason.OK
        values[column] = np.where(usable, base - shift, np.nan)
        errors[column] = np.where(usable, np.hypot(half_width, extra), np.nan)
        reasons[column] = code
    return MeasureTable(track.t_s, values, errors, reasons)


def _out_of_plane(
    raw: Mapping[str, Array], measure: Measure, side: str, offset_deg: Array
) -> BoolArray:
    """(n,) whether a segment of the measure points too far out of the picture's plane.

    A camera off the measure's plane shortens even a limb that moves in that plane, so it is
    allowed more.
    """
    limit_deg = np.maximum(FORESHORTENED_DEG, offset_deg + _ALLOWANCE_DEG)
    out = np.zeros(len(raw["off_side_deg"]), dtype=bool)
    parts = set(measure.landmarks)
    spans = {
        "thigh": "HIP" in parts and bool(parts & {"KNEE", "ANKLE", "HEEL"}),
        "shank": bool(parts & {"HIP", "KNEE"}) and bool(parts & {"ANKLE", "HEEL"}),
        "foot": parts >= {"HEEL", "FOOT_INDEX"},
    }
    for segment, spanned in spans.items():
        if spanned:
            out |= raw[f"{segment}_out_of_plane_{side}_deg"] > limit_deg
    return out


def _shift(
    column: str, measure: Measure, bands: ErrorBands, neutral: Neutral
) -> tuple[float, float]:
    """What to subtract from a column, and the extra ± where the neutral was not seen."""
    if measure.neutral == "none":
        return 0.0, 0.0
    if column in neutral.seen:
        return neutral.offset[column], 0.0
    band = bands.bands.get(measure.move_name)
    return (band.typical_offset, band.offset_error) if band else (0.0, 0.0)


def _joint_codes(joints: Joints, measure: Measure, k: int | None) -> Codes:
    """The worst reason among the joints a measure is made of."""
    parts = [joints.ok[part] for part in measure.landmarks]
    code = np.zeros(len(joints.ok["HIP"]), dtype=np.uint8)
    for part, ok in zip(measure.landmarks, parts, strict=True):
        # Trunk lines use both sides' midpoints, whatever side the measure is of.
        both = k is None or part == "SHOULDER"
        candidates = (ok[:, 0], ok[:, 1]) if both else (ok[:, k],)
        for candidate in candidates:
            if both and measure.plane == "side":
                # In a side view the far shoulder is hidden by rights; the model's guess serves.
                candidate = np.where(candidate == Reason.NOT_VISIBLE, Reason.OK, candidate)
            code = np.where(code == Reason.OK, candidate, code).astype(np.uint8)
    return code


_STILL_STAND_S = 0.4
_NEUTRAL_VIEW_DEG = 60.0
_REST_DEGPS = 15.0
_FEWEST_FLAT_FRAMES = 5
#: Noise makes the very lowest values too low; most of a clip has the heel down.
_FLATTEST_PERCENTILE = 20.0


def find_neutral(t_s: Array, raw: Mapping[str, Array], view: View) -> Neutral:
    """The person's own neutral from still upright standing and from the flat foot.

    Standing still means: both legs hang within 30 degrees of vertical, both feet at one height,
    legs and trunk slower than 15 degrees a second, for at least 0.4 s. A measure's neutral is taken
    only from frames whose view carries it: another view says nothing of this plane's bias.
    """
    still = standing_still(t_s, raw)
    offset: dict[str, float] = {}
    for column, measure, side in columns(public_only=False):
        if column not in raw:
            continue
        carried = (view.offset_deg(measure.plane) <= _NEUTRAL_VIEW_DEG) & np.isfinite(raw[column])
        if measure.neutral == "standing" and (still & carried).any():
            offset[column] = float(np.median(raw[column][still & carried]))
        elif measure.stem == "heel_lift" and side is not None:
            flat = _flat_foot_deg(raw[column], raw[f"leg_speed_{side}_degps"], still, carried)
            if np.isfinite(flat):
                offset[column] = flat
                # Dorsiflexion is shin tilt less the pitch against that flat foot.
                offset[f"ankle_dorsiflexion_{side}_deg"] = -flat
    return Neutral(offset, frozenset(offset))


def _flat_foot_deg(
    pitch_deg: Array, speed_degps: Array, still: BoolArray, carried: BoolArray
) -> float:
    """What a flat foot's heel-to-toe line reads: while standing, else at its flattest at rest."""
    if (still & carried).any():
        return float(np.median(pitch_deg[still & carried]))
    rest = carried & (speed_degps < _REST_DEGPS)
    if rest.sum() < _FEWEST_FLAT_FRAMES:
        return float("nan")
    return float(np.percentile(pitch_deg[rest], _FLATTEST_PERCENTILE))


def standing_still(t_s: Array, raw: Mapping[str, Array]) -> BoolArray:
    """(n,) frames of standing still upright, as :func:`find_neutral` defines it."""
    ok = raw["trunk_speed_degps"] < 15.0
    for side in SIDES:
        ok = ok & (raw[f"thigh_elevation_{side}_deg"] < 30.0)
        ok = ok & (raw[f"knee_bend_{side}_deg"] < 35.0)
        # The nearer foot stands lower in the picture, the more so the higher the camera.
        ok = ok & (np.abs(raw[f"foot_lift_{side}_pct"]) < 14.0)
        ok = ok & (raw[f"leg_speed_{side}_degps"] < 15.0)
    return _long_enough(t_s, np.asarray(ok, dtype=bool), _STILL_STAND_S)


def _long_enough(t_s: Array, flag: BoolArray, least_s: float) -> BoolArray:
    """Keep only the runs of True that last at least ``least_s`` seconds."""
    out = np.zeros_like(flag)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flag.view(np.int8), [0]])))
    for start, stop in zip(edges[::2], edges[1::2], strict=True):
        if t_s[stop - 1] - t_s[start] >= least_s:
            out[start:stop] = True
    return out


def public_columns() -> list[str]:
    """The measure columns of ``measures.csv`` in order."""
    return [column for column, _, _ in columns(public_only=True)]


__all__ = [
    "CATALOG", "Joints", "Neutral", "find_neutral", "gate", "public_columns", "raw_measures",
]  # fmt: skip
