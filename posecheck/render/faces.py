"""Faces made unrecognisable, from the landmarks that were followed.

Safe rather than pretty: a picture without a pose keeps the last known face covered and, before any
was known, is blurred as a whole; with more than one person in it, everything but the followed
person's body is blurred, since only theirs is known.
"""

from __future__ import annotations

import cv2
import numpy as np

from posecheck.core.pose import Array, Landmark, PoseTrack
from posecheck.render.text import Image

_FACE = list(range(Landmark.NOSE, Landmark.MOUTH_RIGHT + 1))
#: The head reaches this many times further than its landmarks, and as a share of the body.
_MARGIN, _BODY_SHARE = 2.2, 0.075
#: Mosaic fields across a face: too few to tell anybody by.
_FIELDS = 6


class FaceBlur:
    """Blurs the followed face in frames as they come, in order."""

    def __init__(self) -> None:
        self._last: tuple[float, float, float] | None = None

    def apply(self, bgr: Image, pose: PoseTrack) -> Image:
        """A new picture. ``pose``: track of length one, landmarks on this picture's pixels."""
        picture = bgr.copy()
        seen = bool(pose.seen[0])
        if seen:
            self._last = _head(pose.image_px[0])
        if self._last is None:
            return _mosaic(picture, _FIELDS * 4)
        if int(pose.people_seen[0]) > 1:
            picture = _only_body(picture, pose.image_px[0]) if seen else _mosaic(picture, 24)
        _cover(picture, self._last)
        return picture


def _head(image_px: Array) -> tuple[float, float, float]:
    """Middle and radius of the head, pixels."""
    face = image_px[_FACE].astype(float)
    middle = face.mean(axis=0)
    reach = float(np.hypot(*(face - middle).T).max())
    body = float(np.hypot(*(np.nanmax(image_px, axis=0) - np.nanmin(image_px, axis=0))))
    return float(middle[0]), float(middle[1]), max(reach * _MARGIN, body * _BODY_SHARE)


def _cover(picture: Image, head: tuple[float, float, float]) -> None:
    x, y, radius = head
    height, width = picture.shape[:2]
    left, right = max(0, int(x - radius)), min(width, int(x + radius) + 1)
    top, bottom = max(0, int(y - radius)), min(height, int(y + radius) + 1)
    if left >= right or top >= bottom:
        return
    part = picture[top:bottom, left:right]
    mask = np.zeros(part.shape[:2], np.uint8)
    cv2.circle(mask, (round(x) - left, round(y) - top), round(radius), (255,), -1)
    part[mask > 0] = _mosaic(part, _FIELDS)[mask > 0]


def _mosaic(picture: Image, fields: int) -> Image:
    """The picture in coarse fields, about ``fields`` across its longer side."""
    height, width = picture.shape[:2]
    step = max(1.0, max(height, width) / fields)
    size = (max(1, round(width / step)), max(1, round(height / step)))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_NEAREST), np.uint8)


def _only_body(picture: Image, image_px: Array) -> Image:
    """Everything but the box of the followed body in coarse fields."""
    height, width = picture.shape[:2]
    low, high = np.nanmin(image_px, axis=0), np.nanmax(image_px, axis=0)
    pad = 0.06 * float(np.hypot(*(high - low)))
    left, top = (max(0, int(v - pad)) for v in low)
    right, bottom = min(width, int(high[0] + pad) + 1), min(height, int(high[1] + pad) + 1)
    covered = _mosaic(picture, 24)
    if left < right and top < bottom:
        covered[top:bottom, left:right] = picture[top:bottom, left:right]
    return covered
