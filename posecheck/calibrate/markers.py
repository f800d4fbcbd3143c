"""The sheet's markers in one picture: which, and their corners to a fraction of a pixel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from posecheck.calibrate.sheet import COLUMNS, FIRST_ID, MODULES, ROWS, Array, dictionary

Gray = npt.NDArray[np.uint8]

#: Enlargements tried one after the other: small markers decode better when enlarged.
_ZOOMS = (1.0, 2.0, 3.0)


@dataclass(frozen=True, slots=True)
class Sighting:
    """The markers seen in one picture.

    Attributes:
        t_s: time of the picture.
        corners_px: marker number to (4, 2) pixels, clockwise from its upper left corner; (0, 0) is
            the picture's corner, as for landmarks.
        twice: numbers seen more than once.
    """

    t_s: float
    corners_px: dict[int, Array]
    twice: frozenset[int] = frozenset()


def see_markers(gray: Gray, t_s: float = 0.0) -> Sighting:
    """The sheet's markers in one grey picture, with corners to a fraction of a pixel."""
    best = Sighting(t_s, {})
    for zoom in _ZOOMS:
        seen = _see_at(gray, zoom, t_s)
        if len(seen.corners_px) > len(best.corners_px) or seen.twice:
            best = seen
        if len(best.corners_px) >= COLUMNS * ROWS or best.twice:
            break
    refined = {marker: refine_corners(gray, c) for marker, c in best.corners_px.items()}
    return Sighting(t_s, refined, best.twice)


def _see_at(gray: Gray, zoom: float, t_s: float) -> Sighting:
    import cv2

    picture = gray
    if zoom != 1.0:
        picture = cv2.resize(gray, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_CUBIC)  # type: ignore[assignment]
    options = cv2.aruco.DetectorParameters()
    options.cornerRefinementMethod = cv2.aruco.CORNER_REFINE_SUBPIX
    options.relativeCornerRefinmentWinSize = 0.35
    options.minMarkerPerimeterRate = 0.01
    corners, ids, _ = cv2.aruco.ArucoDetector(dictionary(), options).detectMarkers(picture)
    found: dict[int, Array] = {}
    twice = set()
    numbers = [] if ids is None else [int(number) for number in ids.ravel()]
    for quad, marker in zip(corners, numbers, strict=True):
        if not _is_ours(marker):
            continue
        if marker in found:
            twice.add(marker)
        # OpenCV counts from a pixel's centre, landmarks (and a zoom) from the picture's corner.
        found[marker] = (np.asarray(quad, float).reshape(4, 2) + 0.5) / zoom
    return Sighting(t_s, found, frozenset(twice))


def refine_corners(gray: Gray, corners: Array) -> Array:
    """A marker's (4, 2) corners from its four straight edges, each fitted along its length.

    Blur and glare round a corner off but leave the middle of an edge where it is. A corner whose
    edges cannot be fitted stays as it is.
    """
    module = float(np.hypot(*(corners - np.roll(corners, 1, axis=0)).T).mean()) / MODULES
    lines = [
        _fit_edge(gray, a, b, corners.mean(axis=0), module)
        for a, b in zip(corners, np.roll(corners, -1, axis=0), strict=True)
    ]
    refined = corners.copy()
    for k in range(4):
        before, after = lines[k - 1], lines[k]
        if before is None or after is None:
            continue
        matrix = np.stack([before[:2], after[:2]])
        if abs(float(np.linalg.det(matrix))) < 0.3:
            continue
        point = np.linalg.solve(matrix, np.array([before[2], after[2]]))
        if np.hypot(*(point - corners[k])) < 0.6 * module + 1.0:
            refined[k] = point
    return refined


def _fit_edge(gray: Gray, a: Array, b: Array, centre: Array, module: float) -> Array | None:
    """(nx, ny, c) of the line n.p = c through the black-to-white step between two corners."""
    along = (b - a) / np.hypot(*(b - a))
    normal = np.array([-along[1], along[0]])
    if (a - centre) @ normal < 0:
        normal = -normal
    count = max(12, round(float(np.hypot(*(b - a)))))
    shares = np.linspace(0.12, 0.88, count)
    half = min(0.9 * module, 6.0)
    offsets = np.linspace(-half, half, 33)
    points = a + shares[:, None] * (b - a)
    grid = points[:, None] + offsets[None, :, None] * normal
    profiles = sample(gray, grid.reshape(-1, 2)).reshape(count, 33)
    steps = _half_way(offsets, profiles)
    ok = np.isfinite(steps)
    if ok.sum() < 0.6 * count:
        return None
    at = points[ok] + steps[ok, None] * normal
    for _ in range(3):
        middle = at.mean(axis=0)
        direction = np.linalg.svd(at - middle, full_matrices=False)[2][0]
        across = np.array([-direction[1], direction[0]])
        off = (at - middle) @ across
        near = np.abs(off) <= max(0.15, 2.5 * float(np.median(np.abs(off))))
        if near.all():
            break
        at = at[near]
    return np.array([across[0], across[1], float(across @ middle)])


def _half_way(offsets: Array, profiles: Array) -> Array:
    """(n,) where each profile crosses from dark to light half way, nearest to its middle."""
    low = profiles[:, :8].min(axis=1, keepdims=True)
    high = profiles[:, -8:].max(axis=1, keepdims=True)
    level = (low + high) / 2
    above = profiles >= level
    rises = ~above[:, :-1] & above[:, 1:]
    place = np.arange(rises.shape[1])
    middle = rises.shape[1] / 2 - 0.5
    cost = np.where(rises, np.abs(place - middle), np.inf)
    k = cost.argmin(axis=1)
    row = np.arange(len(profiles))
    p, q = profiles[row, k], profiles[row, k + 1]
    crossing = offsets[k] + (level[:, 0] - p) / np.maximum(q - p, 1e-6) * (offsets[1] - offsets[0])
    usable = np.isfinite(cost[row, k]) & ((high - low)[:, 0] > 20.0)
    return np.where(usable, crossing, np.nan)


def _is_ours(marker: int) -> bool:
    return any(first <= marker < first + COLUMNS * ROWS for first in FIRST_ID.values())


def blur_width_px(gray: Gray, seen: Sighting) -> float:
    """Median width of the markers' outer edges, from 10% to 90% of the step, in pixels."""
    widths = []
    for corners in seen.corners_px.values():
        centre = corners.mean(axis=0)
        for a, b in zip(corners, np.roll(corners, -1, axis=0), strict=True):
            outward = (a + b) / 2 - centre
            reach = float(np.hypot(*outward))
            outward = outward / reach
            for share in (0.3, 0.5, 0.7):
                width = _edge_width(gray, a + share * (b - a), outward, 0.3 * reach)
                if width is not None:
                    widths.append(width)
    return float(np.median(widths)) if widths else float("inf")


def _edge_width(gray: Gray, at: Array, outward: Array, half: float) -> float | None:
    offsets = np.arange(-half, half + 0.125, 0.25)
    profile = sample(gray, at + offsets[:, None] * outward)
    low, high = float(profile.min()), float(profile.max())
    if high - low < 25.0:
        return None
    share = (profile - low) / (high - low)
    start = np.flatnonzero(share < 0.1)
    end = np.flatnonzero(share > 0.9)
    if not start.size or not end.size:
        return None
    after = end[end > start[-1]]
    before = start[start < (after[0] if after.size else end[0])]
    if not after.size or not before.size:
        return None
    return float(offsets[after[0]] - offsets[before[-1]])


def sample(gray: Gray, points: Array) -> Array:
    """Bilinear grey values at (n, 2) pixels from the picture's corner, edges repeated."""
    height, width = gray.shape
    x = np.clip(points[:, 0] - 0.5, 0, width - 1.001)
    y = np.clip(points[:, 1] - 0.5, 0, height - 1.001)
    x0, y0 = x.astype(int), y.astype(int)
    fx, fy = x - x0, y - y0
    top = gray[y0, x0] * (1 - fx) + gray[y0, x0 + 1] * fx
    bottom = gray[y0 + 1, x0] * (1 - fx) + gray[y0 + 1, x0 + 1] * fx
    result: Array = top * (1 - fy) + bottom * fy
    return result


def picture_blur_px(gray: Gray) -> float:
    """How wide the sharpest strong edges of a whole picture are, in pixels."""
    import cv2

    g = gray.astype(np.float32)
    slope = np.hypot(cv2.Sobel(g, cv2.CV_32F, 1, 0) / 8.0, cv2.Sobel(g, cv2.CV_32F, 0, 1) / 8.0)
    kernel = np.ones((25, 25), np.uint8)
    contrast = cv2.dilate(gray, kernel).astype(np.float32) - cv2.erode(gray, kernel)
    strong = contrast > 60
    if not strong.any():
        return 0.0
    # The local slope's greatest value against the step that it climbs.
    steepest = cv2.dilate(slope, kernel)
    return float(np.percentile(contrast[strong] / np.maximum(steepest[strong], 1e-3), 25))
