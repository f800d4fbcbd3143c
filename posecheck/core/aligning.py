"""Two performances of one move on one time line: position beside position, whatever each took."""

from __future__ import annotations

from posecheck.core.compare import compare
from posecheck.core.result import Result

#: Moments nearer than this cannot be told apart, and a stretch of no length cannot be played.
_LEAST_S = 0.05


def anchors(ours: Result, theirs: Result) -> list[tuple[float, float]]:
    """Moments of the first clip and the second's moments that belong beside them, seconds.

    The beginnings and ends of the positions that both have, in the n-th repetition of each side.
    Rising in both; between two anchors time runs evenly. Empty if nothing pairs.
    """
    found: list[tuple[float, float]] = []
    for pair in compare(ours, theirs):
        for phase in pair.phases:
            before, after = phase.before, phase.after
            if before is None or after is None:
                continue
            for a, b in ((before.start_s, after.start_s), (before.end_s, after.end_s)):
                if a is not None and b is not None:
                    found.append((a, b))
    kept: list[tuple[float, float]] = []
    for a, b in sorted(found):
        # Sides done in another order cannot all be followed: the first ones count.
        if not kept or (a > kept[-1][0] + _LEAST_S and b > kept[-1][1] + _LEAST_S):
            kept.append((a, b))
    return kept
