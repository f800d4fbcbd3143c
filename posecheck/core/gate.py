"""What may be printed: neutral subtracted, ± attached, what no picture carries left out."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from posecheck.core.bands import ErrorBands
from posecheck.core.catalog import COLUMN_INDEX, COLUMN_NAMES, SIDES, Measure, columns, side_columns
from posecheck.core.lines import PARTS
from posecheck.core.measures import BONES, SEGMENTS, Joints, Raw
from posecheck.core.neutral import Neutral
from posecheck.core.pose import Array, BoolArray
from posecheck.core.result import Side
from posecheck.core.table import ColumnMatrix, MeasureTable, Reason
from posecheck.core.view import VIEW_BANDS_DEG, Plane, View

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
#: Plain numbers: looking names up in an enumeration costs as much as an array operation.
_OK, _NOT_VISIBLE, _WRONG_VIEW, _NO_SCALE, _FORESHORTENED, _OFF_PLANE, _FOOT_LIFTED = (
    int(reason)
    for reason in (
        Reason.OK, Reason.NOT_VISIBLE, Reason.WRONG_VIEW, Reason.NO_SCALE, Reason.FORESHORTENED,
        Reason.OFF_PLANE, Reason.FOOT_LIFTED,
    )
)  # fmt: skip
_PLANES: tuple[Plane, ...] = ("side", "front", "any")
_BEYOND = len(VIEW_BANDS_DEG)
_BLOCK_FRAMES = 2000


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
#: Columns that mean something for a foot on the floor only.
_PLANTED = np.array(["FOOT_INDEX" in m.landmarks and m.plane == "side" for _, m, _ in _COLUMNS])
_SIDE_OF = np.array([SIDES.index(side) if side else 0 for _, _, side in _COLUMNS])
_EACH = np.arange(len(_COLUMNS))


_SIDED = [m for _, m, side in _COLUMNS if side == SIDES[0]]
#: Planar columns, and the spatial columns that stand in where the plane does not carry them.
_SPATIAL = [
    (side_columns(m.stem, m.unit), side_columns(m.spatial, m.unit)) for m in _SIDED if m.spatial
]
#: Coarse columns, and the planar columns that are better wherever they have a value.
_PLANAR = [
    (side_columns(m.stem, m.unit), side_columns(m.planar, m.unit)) for m in _SIDED if m.planar
]
_FOOT_LIFT, _SHIN_TILT = side_columns("foot_lift", "pct"), side_columns("shin_tilt", "deg")


class Gate:
    """Turns raw measures into a table, for one set of bands and one person's neutral."""

    def __init__(self, bands: ErrorBands, neutral: Neutral) -> None:
        self._half_width = np.array([bands.row(m.move_name) for _, m, _ in _COLUMNS])
        shifts = [_shift(name, measure, bands, neutral) for name, measure, _ in _COLUMNS]
        self._shift = np.array([shift for shift, _ in shifts])
        self._extra = np.array([extra for _, extra in shifts])

    def apply(self, t_s: Array, joints: Joints, view: View, raw: Raw) -> MeasureTable:
        """A table with every column of the catalogue; n frames of the same joints, view and raw.

        Frames do not touch each other here, so a long clip goes through in blocks.
        """
        n = len(t_s)
        table, error = np.empty((n, len(_COLUMNS))), np.empty((n, len(_COLUMNS)))
        code = np.empty((n, len(_COLUMNS)), dtype=np.uint8)
        for first in range(0, n, _BLOCK_FRAMES):
            part = slice(first, first + _BLOCK_FRAMES)
            # A live frame is its own block: nothing to cut.
            whole = n <= _BLOCK_FRAMES
            table[part], error[part], code[part] = self._block(
                joints if whole else joints.part(part),
                view if whole else View(view.yaw_deg[part]),
                raw if whole else raw.part(part),
            )
        return MeasureTable(
            t_s,
            ColumnMatrix(table, COLUMN_INDEX),
            ColumnMatrix(error, COLUMN_INDEX),
            ColumnMatrix(code, COLUMN_INDEX),
        )

    def _block(
        self, joints: Joints, view: View, raw: Raw
    ) -> tuple[Array, Array, npt.NDArray[np.uint8]]:
        """Values, errors and reason codes of some frames, (n, columns) each."""
        offset = np.empty((len(raw.matrix), len(_PLANES)))
        for k, plane in enumerate(_PLANES):
            offset[:, k] = view.offset_deg(plane)
        first, second, third = VIEW_BANDS_DEG
        # An unknown view lies beyond every band.
        inside = (offset < first) * 1 + (offset < second) + (offset < third)
        band = (_BEYOND - inside)[:, _PLANE]
        short = _foreshortened(raw, offset)[:, _PLANE_SEGMENTS]
        stray = _off_plane(raw)[:, _BONE_KIND_OF]
        values = raw.matrix - self._shift
        for planar, spatial in _SPATIAL:
            stand_in = short[:, planar] | stray[:, planar] | (band[:, planar] == _BEYOND)
            values[:, planar] = np.where(stand_in, values[:, spatial], values[:, planar])
            band[:, planar] = np.where(stand_in, _BEYOND, band[:, planar])
            short[:, planar] = stray[:, planar] = False
        width = self._half_width[_EACH, band]
        joint_code = _joint_codes(joints)
        # The first reason in this order is the one to give.
        other = np.where(_lifted(values), _FOOT_LIFTED, _OK)
        other = np.where(stray, _OFF_PLANE, other)
        other = np.where(short, _FORESHORTENED, other)
        other = np.where(np.isfinite(width + values), other, _WRONG_VIEW)
        other = np.where(_CENTIMETRES, _NO_SCALE, other)
        code: npt.NDArray[np.uint8]
        code = np.where(joint_code == _OK, other, joint_code).astype(np.uint8)
        usable = code == _OK
        table = np.where(usable, values, np.nan)
        for coarse, planar in _PLANAR:
            better = usable[:, planar]
            table[:, coarse] = np.where(better, table[:, planar], table[:, coarse])
        return table, np.where(usable, np.hypot(width, self._extra), np.nan), code


def _lifted(values: Array) -> BoolArray:
    """(n, columns) whether a column needs a standing foot and its foot does not stand."""
    high = values[:, _FOOT_LIFT] > LIFTED_PCT
    lying = np.abs(values[:, _SHIN_TILT] - UPRIGHT_SHIN_DEG) > SHIN_RANGE_DEG
    result: BoolArray = (high | lying)[:, _SIDE_OF] & _PLANTED
    return result


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
    lenient = np.where(code == _NOT_VISIBLE, np.uint8(_OK), code)
    both = np.concatenate([code, lenient], axis=1)
    kinds = (both[:, None, :] * _JOINT_KINDS).max(axis=-1)
    result: Array = kinds[:, _JOINT_KIND_OF]
    return result


assert len(_COLUMNS) == len(COLUMN_NAMES)
