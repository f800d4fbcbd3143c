"""When a limb was on its way, by how fast its picture moves.

A reaching movement's speed follows the minimum-jerk curve (Flash and Hogan 1985): a single hill,
the same on both sides. How wide it is at half its height tells how long the way took, and its
middle when half of it was done. The ends themselves, where the speed fades away, are not seen.
"""

from __future__ import annotations

import numpy as np
from scipy.signal import find_peaks, peak_prominences, peak_widths

from posecheck.core.pose import Array

#: At half its height the hill of a minimum-jerk way is this share of its time wide.
_HALF_WIDTH = 0.54
#: A limb is on its way while it is at least so fast, as a share of the highest speed of all.
_ON_ITS_WAY = 0.35
#: A way stands out by this share of its height at least, on both sides; less is part of another.
_ALONE = 0.5
#: No way between two positions is shorter or longer.
_SHORTEST_S, _LONGEST_S = 0.4, 4.0
#: A hill that is not so many times as high as what lies around it is noise.
_CLEAR = 2.0
_STEP_S, _BLUR_S = 0.02, 0.16
_FEWEST = 5
#: A frame is at most so many times as fast as the faster one of its neighbours.
_SPIKE = 1.25


def ways_s(t_s: Array, speed: Array) -> list[tuple[float, float]]:
    """When each way began and was over, seconds, in turn.

    Args:
        t_s: (n,) times; speed: (n,) of the picture between the frame before and this one, in any
            unit, NaN where not known.

    Returns:
        Those that lie whole within the times and stand out of what else moves.
    """
    known = np.isfinite(speed)
    # A frame's speed belongs half-way between it and the one before.
    known_s = (t_s - 0.5 * np.diff(t_s, prepend=t_s[:1]))[known]
    if len(known_s) < _FEWEST:
        return []
    grid = np.arange(known_s[0], known_s[-1], _STEP_S)
    box = np.ones(round(_BLUR_S / _STEP_S))
    # Flow goes wrong in a frame now and then: none is so much faster than both of its neighbours.
    padded = np.pad(speed[known].astype(float), 1, mode="edge")
    calm = np.minimum(padded[1:-1], _SPIKE * np.maximum(padded[:-2], padded[2:]))
    hill = np.convolve(np.interp(grid, known_s, calm), box / len(box), mode="same")
    if hill.max() < _CLEAR * np.median(hill):
        return []
    tops, _ = find_peaks(hill, height=_ON_ITS_WAY * hill.max())
    by, left, right = peak_prominences(hill, tops)
    alone = by >= _ALONE * hill[tops]
    tops, left, right = tops[alone], left[alone], right[alone]
    # At half of the height, not of what stands out: the floor that other limbs make is no way.
    _, _, first, last = peak_widths(hill, tops, 0.5, (hill[tops], left, right))
    middle_s = grid[0] + 0.5 * (first + last) * _STEP_S
    half_s = 0.5 * (last - first) * _STEP_S / _HALF_WIDTH
    return [
        (float(middle - half), float(middle + half))
        for middle, half in zip(middle_s, half_s, strict=True)
        if _SHORTEST_S <= 2.0 * half <= _LONGEST_S
    ]
