"""What may be printed: neutral subtracted, ± attached, what no picture carries left out."""

from __future__ import annotations

import numpy as np

from posecheck.core.bands import ErrorBands
from posecheck.core.catalog import COLUMN_INDEX, COLUMN_NAMES, SIDES, Measure, columns
from posecheck.core.measures import BONES, PARTS, SEGMENTS, Joints, Raw
from posecheck.core.neutral import Neutral
from posecheck.core.pose import Array, BoolArray
from posecheck.core.result import Side
from posecheck.core.table import ColumnMatrix, MeasureTable, Reason
from posecheck.core.view import VIEW_BANDS_DEG, View

#: A segment further out of the picture's plane than this has no planar angle worth printing.
FORESHORTENED_DEG = 48.0
#: A camera off the measure's plane shortens even a limb that moves in that plane: it gets more.
_ALLOWANCE_DEG = 20.0
#: A limb or trunk that leaves the sagittal plane by more than this has no sagittal angle in the
#: picture, and likewise for the frontal plane: what it does in the other plane would leak in.
OFF_PLANE_DEG = 30.0
#: A foot higher over the other than this, % of leg length, does not stand on the floor.
LIFTED_PCT = 15.0
#: Nor does a foot whose shin lies: the rear one of a half-kneeling stand.
UPRIGHT_SHIN_DEG, SHIN_RANGE_DEG = 10.0, 55.0
_PLANES = ("side", "front", "any")
_BEYOND = len(VIEW_BANDS_DEG)


def _joint_mask(measure: Measure, side: Side | None, forgiving: bool) -> BoolArray:
    """(6, 2) joints that a column needs; the forgiving ones may be hidden.

    Trunk lines use both sides' midpoints, whatever side the measure is of. In a side view the far
    shoulder and hip are hidden by rights, and the model's guess serves for the midpoint.
    """
    mask = np.zeros((len(PARTS), len(SIDES)), dtype=bool)
    for part in measure.landmarks:
        both = side is None or part == "SHOULDER"
        if (both and measure.plane == "side") == forgiving:
            mask[PARTS.index(part), slice(None) if both else SIDES.index(side or "left")] = True
    return mask


def _segment_mask(measure: Measure, side: Side | None) -> BoolArray:
    """(2, 3) segments that must lie in the picture's plane for a column."""
    mask = np.zeros((len(SIDES), len(SEGMENTS)), dtype=bool)
    if side is not None and measure.plane != "any" and measure.angular:
        parts = set(measure.landmarks)
        mask[SIDES.index(side)] = (
            "HIP" in parts and bool(parts & {"KNEE", "ANKLE", "HEEL"}),
            bool(parts & {"HIP", "KNEE"}) and bool(parts & {"ANKLE", "HEEL"}),
            parts >= {"HEEL", "FOOT_INDEX"},
        )
    return mask


def _bone_mask(measure: Measure, side: Side | None) -> BoolArray:
    """(7,) bones that must move in the measure's plane of the body."""
    mask = np.zeros(len(BONES), dtype=bool)
    if measure.plane == "any" or not measure.angular:
        return mask
    parts = set(measure.landmarks)
    if side is not None:
        wanted = {
            "thigh": "HIP" in parts and bool(parts & {"KNEE", "ANKLE", "HEEL"}),
            "shank": parts >= {"KNEE", "ANKLE"},
            "leg": "HIP" in parts and "KNEE" not in parts and bool(parts & {"ANKLE", "HEEL"}),
        }
        for bone, needed in wanted.items():
            mask[BONES.index(bone) + SIDES.index(side)] = needed
    mask[BONES.index("trunk")] = "SHOULDER" in parts
    return mask


_COLUMNS = list(columns(public_only=False))
_STRICT = np.array([_joint_mask(m, s, False).ravel() for _, m, s in _COLUMNS], dtype=np.uint8)
_FORGIVING = np.array([_joint_mask(m, s, True).ravel() for _, m, s in _COLUMNS], dtype=np.uint8)
_SEGMENTED = np.array([_segment_mask(m, s).ravel() for _, m, s in _COLUMNS])
_BONED = np.array([_bone_mask(m, s) for _, m, s in _COLUMNS])
_PLANE = np.array([_PLANES.index(m.plane) for _, m, _ in _COLUMNS])
_CENTIMETRES = np.array([m.unit == "cm" for _, m, _ in _COLUMNS])
#: Coarse columns, and the planar columns that are better wherever they have a value.
_PLANAR = [
    (COLUMN_INDEX[name], COLUMN_INDEX[f"{m.planar}_{side}_{m.unit}"])
    for name, m, side in _COLUMNS
    if m.planar is not None
]
#: Columns that mean something for a foot on the floor only, and the foot height of their side.
_PLANTED = [
    k for k, (_, m, _) in enumerate(_COLUMNS) if "FOOT_INDEX" in m.landmarks and m.plane == "side"
]
_FOOT_HEIGHT = [COLUMN_INDEX[f"foot_lift_{_COLUMNS[k][2]}_pct"] for k in _PLANTED]
_SHIN = [COLUMN_INDEX[f"shin_tilt_{_COLUMNS[k][2]}_deg"] for k in _PLANTED]
#: Columns that world landmarks stand in for, and the columns that do.
_SPATIAL = [
    (COLUMN_INDEX[name], COLUMN_INDEX[f"{m.spatial}_{side}_{m.unit}"])
    for name, m, side in _COLUMNS
    if m.spatial is not None
]


class Gate:
    """Turns raw measures into a table, for one set of bands and one person's neutral."""

    def __init__(self, bands: ErrorBands, neutral: Neutral) -> None:
        self._half_width = np.array([bands.row(m.move_name) for _, m, _ in _COLUMNS])
        shifts = [_shift(name, measure, bands, neutral) for name, measure, _ in _COLUMNS]
        self._shift = np.array([shift for shift, _ in shifts])
        self._extra = np.array([extra for _, extra in shifts])

    def apply(self, t_s: Array, joints: Joints, view: View, raw: Raw) -> MeasureTable:
        """A table with every column of the catalogue; n frames of the same joints, view and raw."""
        n = len(t_s)
        offset = np.stack([view.offset_deg(plane) for plane in ("side", "front", "any")], axis=1)
        band = np.digitize(offset, VIEW_BANDS_DEG)[:, _PLANE]
        short = _foreshortened(raw, offset)[:, _PLANE_SEGMENTS]
        stray = _off_plane(raw)[:, _BONE_KIND_OF]
        values = raw.matrix - self._shift
        for planar, spatial in _SPATIAL:
            stand_in = short[:, planar] | stray[:, planar] | (band[:, planar] == _BEYOND)
            values[:, planar] = np.where(stand_in, values[:, spatial], values[:, planar])
            band[:, planar] = np.where(stand_in, _BEYOND, band[:, planar])
            short[:, planar] = stray[:, planar] = False
        width = self._half_width[np.arange(len(_COLUMNS)), band]
        code = _joint_codes(joints)
        fine = code == Reason.OK
        code[fine & _CENTIMETRES] = Reason.NO_SCALE
        code[fine & ~_CENTIMETRES & ~(np.isfinite(width) & np.isfinite(values))] = Reason.WRONG_VIEW
        code[(code == Reason.OK) & short] = Reason.FORESHORTENED
        code[(code == Reason.OK) & stray] = Reason.OFF_PLANE
        lifted = (values[:, _FOOT_HEIGHT] > LIFTED_PCT) | (
            np.abs(values[:, _SHIN] - UPRIGHT_SHIN_DEG) > SHIN_RANGE_DEG
        )
        planted = code[:, _PLANTED]
        code[:, _PLANTED] = np.where((planted == Reason.OK) & lifted, Reason.FOOT_LIFTED, planted)
        usable = code == Reason.OK
        table = np.where(usable, values, np.nan)
        for coarse, planar in _PLANAR:
            table[:, coarse] = np.where(usable[:, planar], table[:, planar], table[:, coarse])
        error = np.where(usable, np.hypot(width, self._extra), np.nan)
        assert len(table) == n
        return MeasureTable(
            t_s,
            ColumnMatrix(table, COLUMN_INDEX),
            ColumnMatrix(error, COLUMN_INDEX),
            ColumnMatrix(code, COLUMN_INDEX),
        )


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


#: Columns that ask for the same segments in the same plane share one answer.
_SEGMENT_KINDS, _PLANE_SEGMENTS = np.unique(
    np.column_stack([_PLANE, _SEGMENTED]), axis=0, return_inverse=True
)
_KIND_PLANE, _KIND_SEGMENTS = _SEGMENT_KINDS[:, 0], _SEGMENT_KINDS[:, 1:].astype(bool)


def _foreshortened(raw: Raw, offset: Array) -> BoolArray:
    """(n, kinds) whether a needed segment points too far out of the picture's plane."""
    limit = np.maximum(FORESHORTENED_DEG, offset + _ALLOWANCE_DEG)[:, _KIND_PLANE]
    out_of_plane = raw.out_of_plane_deg.reshape(len(offset), -1)
    beyond = out_of_plane[:, None, :] > limit[:, :, None]
    result: BoolArray = (beyond & _KIND_SEGMENTS).any(axis=-1)
    return result


#: Columns that ask for the same bones in the same plane share one answer.
_BONE_KINDS, _BONE_KIND_OF = np.unique(
    np.column_stack([np.minimum(_PLANE, 1), _BONED]), axis=0, return_inverse=True
)
_BONE_PLANE, _BONE_SET = _BONE_KINDS[:, 0], _BONE_KINDS[:, 1:].astype(bool)


def _off_plane(raw: Raw) -> BoolArray:
    """(n, kinds) whether a needed bone leaves the body's plane that the measure lies in."""
    beyond = raw.off_plane_deg > OFF_PLANE_DEG
    result: BoolArray = (beyond[:, _BONE_PLANE] & _BONE_SET).any(axis=-1)
    return result


#: Columns that need the same joints share one answer.
_JOINT_KINDS, _JOINT_KIND_OF = np.unique(
    np.column_stack([_STRICT, _FORGIVING]), axis=0, return_inverse=True
)


def _joint_codes(joints: Joints) -> Array:
    """(n, columns) the worst reason among the joints that each column is made of."""
    code = joints.code.reshape(len(joints.code), -1)
    lenient = np.where(code == Reason.NOT_VISIBLE, np.uint8(Reason.OK), code)
    both = np.concatenate([code, lenient], axis=1)
    kinds = (both[:, None, :] * _JOINT_KINDS).max(axis=-1)
    result: Array = kinds[:, _JOINT_KIND_OF]
    return result


assert len(_COLUMNS) == len(COLUMN_NAMES)
