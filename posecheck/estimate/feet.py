"""How fast the picture moves at each foot, where landmarks stop before the foot does.

Landmarks of a small limb that turns away jump, lag and stand still before it does. Its picture does
not: dense optical flow (Farneback 2003) around the foot tells from one frame to the next how far
its fastest part went. Where there is a line and no pattern, at the edge of what is looked at,
flow goes astray; what the flow back does not undo is no movement (Kalal et al. 2010).
"""

from __future__ import annotations

from collections import deque

import cv2
import numpy as np
import numpy.typing as npt

from posecheck.core.pose import Array, Landmark

#: The parts of each foot, left and right.
_PARTS = np.array(
    [[Landmark[f"{side}_{part}"] for part in ("ANKLE", "HEEL", "FOOT_INDEX")]
     for side in ("LEFT", "RIGHT")]
)  # fmt: skip
#: A foot shows within so many of its own lengths around its landmarks.
_MARGIN = 0.6
#: Smaller or larger than this, pixels, it is no foot to look at: too small, or too near for speed.
_LEAST_PX, _MOST_PX = 12, 400
#: A foot is as fast as its fastest part: so many percent of what is known in its box are slower.
_FASTEST = 98.0
#: Flow there and back may miss by so many pixels, or such a share of the way; more is no movement.
_MISSED_PX, _MISSED_SHARE = 0.3, 0.3
#: Single landmarks jump: a foot is as large as in the middle over so long, and where it was in the
#: middle of its last places.
_STEADY_S, _PLACES = 1.0, 3
#: Two pictures further apart in time than this show no speed.
_GAP_S = 0.3
_NAN = float("nan")


class FootFlow:
    """Compares each picture with the one before; one a person."""

    def __init__(self) -> None:
        self._before: npt.NDArray[np.uint8] | None = None
        self._before_s = _NAN
        self._recent: deque[tuple[float, Array, Array]] = deque()

    def step(
        self, gray: npt.NDArray[np.uint8], image_px: Array, *, t_s: float, scale: float
    ) -> Array:
        """(2,) speed of the left and the right foot, pixels of the original picture a second.

        Args:
            gray: (h, w) the next upright picture.
            image_px: (33, 2) the person's landmarks, pixels of the original; NaN if not seen.
            scale: original pixels per pixel of ``gray``.

        Returns:
            NaN where no foot is seen, or no picture shortly before.
        """
        before, passed_s = self._before, t_s - self._before_s
        self._before, self._before_s = gray, t_s
        lows, highs = self._boxes(t_s, image_px[_PARTS] / scale)
        if before is None or before.shape != gray.shape or not 0.0 < passed_s <= _GAP_S:
            return np.full(2, _NAN)
        moved = [_moved_px(before, gray, *box) for box in zip(lows, highs, strict=True)]
        return np.array(moved) * (scale / passed_s)

    def _boxes(self, t_s: float, feet: Array) -> tuple[Array, Array]:
        """(2, 2) upper left and (2, 2) lower right of what shows each foot; NaN if not seen now."""
        low, high = feet.min(axis=1), feet.max(axis=1)
        self._recent.append((t_s, low, high))
        while t_s - self._recent[0][0] > _STEADY_S:
            self._recent.popleft()
        lows, highs = (
            np.stack([np.where(np.isfinite(one[k]), one[k], now) for one in self._recent])
            for k, now in ((1, low), (2, high))
        )
        middle = np.median(0.5 * (lows + highs)[-_PLACES:], axis=0)
        size = np.median(highs - lows, axis=0)
        reach = 0.5 * size + _MARGIN * size.max(axis=1, keepdims=True)
        return middle - reach, middle + reach


def _moved_px(
    before: npt.NDArray[np.uint8], now: npt.NDArray[np.uint8], low: Array, high: Array
) -> float:
    """How far the fastest part of a box went between two pictures."""
    if not np.isfinite(low + high).all():
        return _NAN
    height, width = now.shape
    left, top = np.maximum(low, 0).astype(int)
    right, bottom = np.minimum(high, [width, height]).astype(int)
    if not (_LEAST_PX <= right - left <= _MOST_PX and _LEAST_PX <= bottom - top <= _MOST_PX):
        return _NAN
    box = np.s_[top:bottom, left:right]
    first, then = np.ascontiguousarray(before[box]), np.ascontiguousarray(now[box])
    flow = _flow(first, then)
    y, x = np.indices(first.shape, dtype=np.float32)
    back = cv2.remap(
        _flow(then, first), x + flow[..., 0], y + flow[..., 1],
        cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    far, missed = np.linalg.norm(flow, axis=2), np.linalg.norm(flow + back, axis=2)
    known = far[missed <= np.maximum(_MISSED_PX, _MISSED_SHARE * far)]
    return float(np.percentile(known, _FASTEST)) if len(known) else _NAN


def _flow(before: npt.NDArray[np.uint8], now: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """(h, w, 2) how far each pixel went, right and down."""
    found = cv2.calcOpticalFlowFarneback(
        before, now, None,  # type: ignore[call-overload]  # None is allowed
        pyr_scale=0.5, levels=3, winsize=11, iterations=3, poly_n=5, poly_sigma=1.1, flags=0,
    )  # fmt: skip
    return np.asarray(found, np.float32)
