"""Points clicked on a picture: a small Streamlit component, with a loupe, undo and the keyboard."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import streamlit as st

_HERE = Path(__file__)
_QUALITY = 90

Picture = npt.NDArray[np.uint8]
Point = tuple[float, float]


def jpeg_address(bgr: Picture) -> str:
    """A (h, w, 3) picture as an address within the page."""
    _, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return "data:image/jpeg;base64," + b64encode(data.tobytes()).decode()


def pick_points(
    key: str,
    address: str,
    size_px: tuple[int, int],
    wanted: Sequence[str],
    points: Sequence[Point],
    *,
    mirror: bool = False,
    on_change: Callable[[], None] | None = None,
) -> list[Point]:
    """Draw the picture and the points on it; gives the points that are clicked now.

    Args:
        address: the picture, from :func:`jpeg_address`.
        size_px: its true width and height; points are in its pixels.
        wanted: what each point is, in the order of the clicks.
        points: where they are, for what came from elsewhere: typed, or kept.
        mirror: show the picture as a mirror does; the points stay in the true one's pixels.
        on_change: called before the next run of the page when the points have changed.
    """
    data = {
        "address": address, "size": list(size_px), "wanted": list(wanted), "mirror": mirror,
        "points": [[round(x, 1), round(y, 1)] for x, y in points],
    }  # fmt: skip
    found = _component()(data=data, key=key, on_points_change=on_change or _nothing)
    return read_points(found.points, len(wanted))


def read_points(given: Any, most: int) -> list[Point]:
    """Points as a browser gave them: what is none is left out."""
    found: list[Point] = []
    for one in given if isinstance(given, list) else []:
        pair = one if isinstance(one, list) else []
        if len(pair) == 2 and all(isinstance(v, int | float) and np.isfinite(v) for v in pair):
            found.append((float(pair[0]), float(pair[1])))
    return found[:most]


def _nothing() -> None:
    return None


@cache
def _component() -> Any:
    """Registered once a process: a second registration of the name would warn."""
    css, js = (_HERE.with_suffix(f".{kind}").read_text("utf-8") for kind in ("css", "js"))
    return st.components.v2.component("posecheck_pick", css=css, js=js)
