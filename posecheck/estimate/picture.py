"""The picture that the model looks at, made of a camera's."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

#: Longer side of the picture given to the model, which itself looks at 256x256 pixels around the
#: person. Measured: at 960 nothing is lost against 1920, at 640 small people begin to suffer.
INFERENCE_SIDE_PX = 960


def inference_picture(bgr: npt.NDArray[np.uint8]) -> tuple[npt.NDArray[np.uint8], float]:
    """An upright (h, w, 3) BGR picture as (h', w', 3) RGB, and its pixels per pixel of that."""
    height, width = bgr.shape[:2]
    scale = max(1.0, max(height, width) / INFERENCE_SIDE_PX)
    if scale > 1.0:
        size = (round(width / scale), round(height / scale))
        bgr = np.asarray(cv2.resize(bgr, size), np.uint8)
    return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8), scale
