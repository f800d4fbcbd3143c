"""What may be printed: neutral subtracted, ± attached, what no picture carries left out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from posecheck.core.bands import ErrorBands
from posecheck.core.catalog import COLUMN_INDEX, COLUMN_NAMES, SIDES, Measure, columns
from posecheck.core.joints import PARTS, Joints
from posecheck.core.maths import ARRAYS, Maths, Truth, Value
from posecheck.core.measures import BONES, SEGMENTS, Planes, Raw
from posecheck.core.neutral import Neutral
from posecheck.core.pose import Array
from posecheck.core.table import ColumnMatrix, MeasureTable, Reason
from posecheck.core.terms import Plane, Side
from posecheck.core.view import VIEW_BANDS_DEG, View

#: A segment further out of the picture's plane than this has no planar angle worth printing.
FORESHORTENED_DEG = 48.0
#: A bent elbow reads up to straight in the picture before its forearm looks so short (motion lab:
#: an elbow of 81 degrees read 148, its forearm 0.68 of its length).
_FOREARM_DEG = 37.0
#: A camera off the measure's plane shortens even a limb that moves in that plane: it gets more.
_ALLOWANCE_DEG = 20.0
#: A limb or trunk that leaves the sagittal plane by more than this has no sagittal angle in the
#: picture, and likewise for the frontal plane: what it does in the other plane would leak in.
OFF_PLANE_DEG = 30.0
#: By segment.
_SHORT_FROM_DEG = [
    _FOREARM_DEG if segment == "forearm" else FORESHORTENED_DEG for segment in SEGMENTS
]
_OFF_PLANE_SHARE = math.sin(math.radians(OFF_PLANE_DEG))
#: A foot higher over the other than this, % of leg length, does not stand on the floor.
LIFTED_PCT = 15.0
#: Nor does a foot whose shin lies: the rear one of a half-kneeling stand.
UPRIGHT_SHIN_DEG, SHIN_RANGE_DEG = 10.0, 55.0
#: Plain numbers: looking names up in an enumeration costs as much as a formula.
_OK, _NOT_VISIBLE, _WRONG_VIEW, _NO_SCALE, _FORESHORTENED, _OFF_PLANE, _FOOT_LIFTED = (
    int(reason)
    for reason in (
        Reason.OK, Reason.NOT_VISIBLE, Reason.WRONG_VIEW, Reason.NO_SCALE, Reason.FORESHORTENED,
        Reason.OFF_PLANE, Reason.FOOT_LIFTED,
    )
)  # fmt: skip
_PLANES: tuple[Plane, ...] = ("side", "front", "any")
_FIRST, _SECOND, _THIRD = VIEW_BANDS_DEG
_BEYOND = len(VIEW_BANDS_DEG)

#: Value, half width (±) and reason code of a column, a frame or (n,) each.
Cell = tuple[Value, Value, Value]


@dataclass(frozen=True, slots=True)
class _Rule:
    """What one column asks of a picture; places are indices into what :class:`Sight` holds.

    Attributes:
        strict, forgiving: joints that must be usable, and those that may be hidden.
        segments: (side, segment) that must lie in the picture's plane.
        bones: that must move in the measure's plane of the body.
        planted: the side whose foot must stand, or None.
        spatial: the column that stands in where the plane does not carry this one.
        planar: the column that is better wherever it has a value.
    """

    plane: int
    strict: tuple[int, ...]
    forgiving: tuple[int, ...]
    segments: tuple[tuple[int, int], ...]
    bones: tuple[int, ...]
    planted: int | None
    centimetres: bool
    spatial: int | None
    planar: int | None


def _joints(measure: Measure, side: Side | None, forgiving: bool) -> tuple[int, ...]:
    """Joints that a column needs; the forgiving ones may be hidden.

    Trunk lines use both sides' midpoints, whatever side the measure is of. In a side view the far
    shoulder and hip are hidden by rights, and the model's guess serves for the midpoint.
    """
    out: list[int] = []
    for part in measure.landmarks:
        both = side is None or part == "SHOULDER"
        if (both and measure.plane == "side") == forgiving:
            sides = range(len(SIDES)) if both else [SIDES.index(side or "left")]
            out += [PARTS.index(part) * len(SIDES) + k for k in sides]
    return tuple(out)


def _segments(measure: Measure, side: Side | None) -> tuple[tuple[int, int], ...]:
    """Segments that must lie in the picture's plane for a column."""
    if side is None or measure.plane == "any" or not measure.angular:
        return ()
    parts = set(measure.landmarks)
    needed = (
        "HIP" in parts and bool(parts & {"KNEE", "ANKLE", "HEEL"}),
        bool(parts & {"HIP", "KNEE"}) and bool(parts & {"ANKLE", "HEEL"}),
        parts >= {"HEEL", "FOOT_INDEX"},
        parts >= {"ELBOW", "WRIST"},
    )
    return tuple((SIDES.index(side), k) for k in range(len(SEGMENTS)) if needed[k])


def _bones(measure: Measure, side: Side | None) -> tuple[int, ...]:
    """Bones that must move in the measure's plane of the body."""
    if measure.plane == "any" or not measure.angular:
        return ()
    parts = set(measure.landmarks)
    out: list[int] = []
    if side is not None:
        wanted = {
            "thigh": "HIP" in parts and bool(parts & {"KNEE", "ANKLE", "HEEL"}),
            "shank": parts >= {"KNEE", "ANKLE"},
            "leg": "HIP" in parts and "KNEE" not in parts and bool(parts & {"ANKLE", "HEEL"}),
        }
        out += [BONES.index(b) + SIDES.index(side) for b, needed in wanted.items() if needed]
    if "SHOULDER" in parts:
        out.append(BONES.index("trunk"))
    return tuple(out)


def _twin(stem: str | None, measure: Measure, side: Side | None) -> int | None:
    """Another measure's column of the same side and unit."""
    return None if stem is None else COLUMN_INDEX[f"{stem}_{side}_{measure.unit}"]


def _rule(measure: Measure, side: Side | None) -> _Rule:
    planted = "FOOT_INDEX" in measure.landmarks and measure.plane == "side" and side is not None
    return _Rule(
        plane=_PLANES.index(measure.plane),
        strict=_joints(measure, side, False),
        forgiving=_joints(measure, side, True),
        segments=_segments(measure, side),
        bones=_bones(measure, side),
        planted=SIDES.index(side) if planted and side is not None else None,
        centimetres=measure.unit == "cm",
        spatial=_twin(measure.spatial, measure, side),
        planar=_twin(measure.planar, measure, side),
    )


_COLUMNS = list(columns(public_only=False))
_RULES = [_rule(measure, side) for _, measure, side in _COLUMNS]
_FOOT_LIFT, _SHIN_TILT = (
    [COLUMN_INDEX[f"{stem}_{side}_{unit}"] for side in SIDES]
    for stem, unit in (("foot_lift", "pct"), ("shin_tilt", "deg"))
)


@dataclass(slots=True)
class Sight:
    """What the rules ask about, of one frame or of many: joints, view, limbs, feet.

    Attributes:
        codes, lenient: the joints' :class:`Reason` codes, flat, and with hidden ones let pass.
        all_seen: whether no joint has a reason in any frame, so that none has to be asked.
        band: [plane] the view band that the camera's offset lies in.
        half_width: [column][band] ±, indexed by a number or by (n,) of them.
        short: [plane][side][segment] whether it points too far out of the picture's plane.
        stray: [plane][bone] whether it leaves that plane of the body.
        lifted: [side] whether the foot does not stand.
    """

    codes: Sequence[Value]
    lenient: Sequence[Value]
    all_seen: bool
    band: list[Value]
    half_width: Sequence[Any]
    short: list[list[list[Truth]]]
    stray: list[list[Truth]]
    lifted: list[Truth]


class Gate:
    """Turns raw measures into values, for one set of bands and one person's neutral."""

    def __init__(self, bands: ErrorBands, neutral: Neutral) -> None:
        self._half_width = [bands.row(m.move_name) for _, m, _ in _COLUMNS]
        self._half_width_listed = [row.tolist() for row in self._half_width]
        shifts = [_shift(name, measure, bands, neutral) for name, measure, _ in _COLUMNS]
        self._shift = [shift for shift, _ in shifts]
        self._extra = [extra for _, extra in shifts]

    def apply(self, t_s: Array, joints: Joints, view: View, raw: Raw) -> MeasureTable:
        """A table with every column of the catalogue; n frames of the same joints, view and raw."""
        n = len(t_s)
        codes = list(np.ascontiguousarray(joints.code.reshape(n, len(PARTS) * len(SIDES)).T))
        offsets = [view.offset_deg(plane) for plane in _PLANES]
        sight = self.look(ARRAYS, codes, offsets, raw.planes, raw.columns)
        shape = (len(_COLUMNS), n)
        values, errors = np.empty(shape, dtype=np.float32), np.empty(shape, dtype=np.float32)
        reasons: npt.NDArray[np.uint8] = np.empty(shape, dtype=np.uint8)
        for k in range(len(_COLUMNS)):
            values[k], errors[k], reasons[k] = self.cell(ARRAYS, sight, raw.columns, k)
        return MeasureTable(
            t_s,
            ColumnMatrix(values, COLUMN_INDEX),
            ColumnMatrix(errors, COLUMN_INDEX),
            ColumnMatrix(reasons, COLUMN_INDEX),
        )

    def look(
        self,
        m: Maths,
        codes: Sequence[Value],
        offsets_deg: Sequence[Value],
        planes: Planes,
        raw: Sequence[Value] | Array,
    ) -> Sight:
        """What the cells of these frames will ask about."""
        least_shares = [
            [
                m.cos(m.radians(m.maximum(limit_deg, off + _ALLOWANCE_DEG)))
                for limit_deg in _SHORT_FROM_DEG
            ]
            for off in offsets_deg[:2]
        ]
        lifted = []
        for lift, tilt in zip(_FOOT_LIFT, _SHIN_TILT, strict=True):
            high = raw[lift] - self._shift[lift] > LIFTED_PCT
            off_upright_deg = abs(raw[tilt] - self._shift[tilt] - UPRIGHT_SHIN_DEG)
            lifted.append(high | (off_upright_deg > SHIN_RANGE_DEG))
        single = isinstance(codes[0], int)
        all_seen = not any(codes if single else (code.any() for code in codes))
        return Sight(
            codes,
            codes if all_seen else [m.where(code == _NOT_VISIBLE, _OK, code) for code in codes],
            all_seen,
            # An unknown view lies beyond every band.
            [
                _BEYOND - ((off < _FIRST) * 1 + (off < _SECOND) + (off < _THIRD))
                for off in offsets_deg
            ],
            self._half_width_listed if single else self._half_width,
            [
                [
                    [share < least for share, least in zip(side, leasts, strict=True)]
                    for side in planes.full_shares
                ]
                for leasts in least_shares
            ],
            [[share > _OFF_PLANE_SHARE for share in bones] for bones in planes.off_shares],
            lifted,
        )

    def cell(self, m: Maths, sight: Sight, raw: Sequence[Value] | Array, k: int) -> Cell:
        """Column ``k``: its value and ± (NaN where it may not be printed), and the reason."""
        rule = _RULES[k]
        value, width, hidden = self._seen(m, sight, raw, k)
        code = m.where(m.isfinite(width + value), hidden, _WRONG_VIEW)
        if rule.centimetres:
            code = 0 * code + _NO_SCALE
        if not sight.all_seen:
            joint = 0 * code
            for place in rule.strict:
                joint = m.maximum(joint, sight.codes[place])
            for place in rule.forgiving:
                joint = m.maximum(joint, sight.lenient[place])
            # The first reason in this order is the one to give: joints, view, limbs, feet.
            code = m.where(joint == _OK, code, joint)
        usable = code == _OK
        extra = self._extra[k]
        error = m.where(usable, m.hypot(width, extra) if extra else width, math.nan)
        value = m.where(usable, value, math.nan)
        if rule.planar is not None:
            better, _, reason = self.cell(m, sight, raw, rule.planar)
            value = m.where(reason == _OK, better, value)
        return value, error, code

    def _seen(self, m: Maths, sight: Sight, raw: Sequence[Value] | Array, k: int) -> Cell:
        """Value, ± and the reason that limbs and feet give against a column."""
        rule = _RULES[k]
        value = raw[k] - self._shift[k]
        band = sight.band[rule.plane]
        width = sight.half_width[k][band]
        short: Truth = False
        for side, segment in rule.segments:
            short = short | sight.short[rule.plane][side][segment]
        stray: Truth = False
        for bone in rule.bones:
            stray = stray | sight.stray[rule.plane][bone]
        if rule.spatial is not None:
            stand_in = short | stray | (band == _BEYOND)
            other = raw[rule.spatial] - self._shift[rule.spatial]
            other_width = sight.half_width[k][_BEYOND]
            return m.where(stand_in, other, value), m.where(stand_in, other_width, width), _OK
        code: Value = _OK
        if rule.planted is not None:
            code = m.where(sight.lifted[rule.planted], _FOOT_LIFTED, code)
        if rule.bones:
            code = m.where(stray, _OFF_PLANE, code)
        if rule.segments:
            code = m.where(short, _FORESHORTENED, code)
        return value, width, code


def _shift(
    column: str, measure: Measure, bands: ErrorBands, neutral: Neutral
) -> tuple[float, float]:
    """What to subtract from a column, and the extra ± where the neutral was not seen."""
    if measure.neutral == "none":
        return 0.0, 0.0
    if column in neutral.seen:
        return neutral.offset[column], 0.0
    band = bands.bands.get(measure.move_name)
    if measure.neutral == "landmark":
        return (band.typical_offset, 0.0) if band else (0.0, 0.0)
    return (band.typical_offset, band.offset_error) if band else (0.0, 0.0)


assert len(_COLUMNS) == len(COLUMN_NAMES)
