"""The paper's own edges in the picture: they tell whether the pattern was printed in true size.

A pattern printed at 97% sits on paper whose edges lie further out, counted in the pattern's cm.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from posecheck.calibrate.markers import Gray, sample
from posecheck.calibrate.sheet import Array
from posecheck.core.errors import InputError
from posecheck.core.homography import apply_homography

#: An edge is looked for this far to both sides of where it should be, cm.
_REACH_CM = 1.3
#: Steps of grey less than this are no edge.
_LEAST_STEP = 18.0
#: An edge whose places along it scatter more than this is no straight edge, cm.
_MOST_SCATTER_CM = 0.12
#: Opposite edges that are off alike, cm, and pairs of them that agree, as a share.
_EVEN_CM, _AGREE = 0.25, 0.008
#: Prints off by more than this are refused; printers themselves are good to half a percent.
MAX_PRINT_ERROR = 0.018


def check_print(pictures: Sequence[Gray], to_px: Array, width_cm: float, height_cm: float) -> None:
    """Compares the paper's size in the picture with the size that it has.

    Where the paper's edges cannot be seen (white on white) nothing is said.

    Args:
        pictures: grey pictures in which the sheet stands still.
        to_px: (3, 3) from the sheet's cm (x right, y up) to pixels, as if printed at 100%.

    Raises:
        InputError: the paper reads clearly larger or smaller than it is.
    """
    scale = print_scale(pictures, to_px, width_cm, height_cm)
    if scale is not None and abs(scale - 1.0) > MAX_PRINT_ERROR:
        raise InputError(
            f"the sheet was printed at about {100 * scale:.0f}% of its size (the paper's edges "
            "tell); print it again at 100 %, or measure its 15 cm line with a ruler and give "
            "--ruler-cm"
        )


def print_scale(
    pictures: Sequence[Gray], to_px: Array, width_cm: float, height_cm: float
) -> float | None:
    """Printed size over meant size, or None where no pair of opposite edges can be seen."""
    found: list[tuple[float, bool]] = []
    for low, high, size in (("left", "right", width_cm), ("bottom", "top", height_cm)):
        first = _edge_cm(pictures, to_px, low, width_cm, height_cm)
        second = _edge_cm(pictures, to_px, high, width_cm, height_cm)
        if first is not None and second is not None:
            found.append((size / (size + first + second), abs(first - second) < _EVEN_CM))
    scales = [scale for scale, _ in found]
    # A shoe or its shadow hides an edge, and the paper looks smaller, as under a print that is too
    # large. Such a print shows in both edges alike, or alike in both pairs.
    agree = len(scales) == 2 and abs(scales[0] - scales[1]) < _AGREE
    told = [scale for scale, even in found if scale <= 1.0 or even or agree]
    if not told:
        return None
    # The pair that agrees better with a true print is trusted: a shadow, or the cardboard behind
    # the paper, makes one pair wrong, a scaled print both.
    return min(told, key=lambda scale: abs(scale - 1.0))


def _edge_cm(
    pictures: Sequence[Gray], to_px: Array, edge: str, width_cm: float, height_cm: float
) -> float | None:
    """How far outside its place an edge of the paper is seen, cm; None where it is not seen."""
    along = np.linspace(0.08, 0.92, 60)
    offsets = np.linspace(-_REACH_CM, _REACH_CM, 53)
    fixed = {"left": -offsets, "right": width_cm + offsets,
             "bottom": -offsets, "top": height_cm + offsets}[edge]  # fmt: skip
    length = height_cm if edge in ("left", "right") else width_cm
    a, b = np.meshgrid(along * length, fixed, indexing="ij")
    grid = np.stack([b, a] if edge in ("left", "right") else [a, b], axis=-1)
    px = apply_homography(to_px, grid).reshape(-1, 2)
    profiles = np.median([sample(one, px) for one in pictures], axis=0).reshape(60, 53)
    inside = profiles[:, :10].max(axis=1, keepdims=True)
    outside = np.median(profiles[:, -10:], axis=1, keepdims=True)
    step = (inside - outside)[:, 0]
    level = (inside + outside) / 2
    below = profiles < level
    ends = np.where(below.any(axis=1), below.argmax(axis=1), 0)
    ok = (step > _LEAST_STEP) & (ends > 0)
    if ok.sum() < 20:
        return None
    row, k = np.flatnonzero(ok), ends[ok]
    p, q = profiles[row, k - 1], profiles[row, k]
    share = (p - level[row, 0]) / np.maximum(p - q, 1e-6)
    places = offsets[k - 1] + np.clip(share, 0.0, 1.0) * (offsets[1] - offsets[0])
    middle = float(np.median(places))
    scatter = float(np.median(np.abs(places - middle)))
    return middle if scatter <= _MOST_SCATTER_CM else None
