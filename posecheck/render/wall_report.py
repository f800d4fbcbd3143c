"""The knee-to-wall report: one HTML file with the pictures of the best tries."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import jinja2
import numpy as np
import numpy.typing as npt

from posecheck.core import words
from posecheck.core.terms import Side
from posecheck.core.wall_result import Reading, ScaleResult, TryResult, WallResult
from posecheck.render.keyframes import jpeg_address

Image = npt.NDArray[np.uint8]

SOURCES = {
    "sheet": "the printed sheet",
    "paper": "the corners of a paper",
    "points": "two points a known length apart",
    "height": "your body height, which is coarse: use the printed sheet for centimetres to trust",
}


def render_wall_report(result: WallResult, pictures: Mapping[Side, Image]) -> str:
    """The whole page as text.

    Args:
        pictures: (h, w, 3) BGR of the best try of a leg, already drawn.
    """
    page: str = _template().render(
        result=result,
        pictures=[_picture(result, side, image) for side, image in pictures.items()],
        rows=[_row(one) for one in result.tries],
        scale_lines=[scale_line(one) for one in result.scales],
    )
    return page


def told(reading: Reading, unit: str) -> str:
    """A reading in words: ``10.2 cm ± 0.9``, or a dash."""
    return "–" if reading.value is None else words.with_error(reading.value, reading.error, unit)


def try_word(one: TryResult) -> tuple[str, str]:
    """How a try counted: a status of the report's colours, and the word."""
    if not one.valid:
        return "not_met", "does not count"
    return ("met", "counts, best") if one.best else ("met", "counts")


def scale_line(one: ScaleResult) -> str:
    """Where a clip's centimetres come from, and how sure they are."""
    parts = [f"{one.clip}: {SOURCES[one.source]}, lengths ± {one.length_error_pct:g} %"]
    if one.wall_error_cm is not None:
        parts.append(f"the wall ± {one.wall_error_cm:.1f} cm")
    if one.distance_cm is not None and one.off_square_deg is not None:
        parts.append(
            f"camera about {one.distance_cm / 100:.1f} m away, {one.off_square_deg:.0f}° off square"
        )
    return ", ".join(parts) + "."


def _picture(result: WallResult, side: Side, image: Image) -> dict[str, str]:
    best = next(one for one in result.tries if one.side == side and one.best)
    reading = told(best.toe_to_wall_cm, "cm")
    tilt = told(best.shin_tilt_deg, "°")
    return {
        "src": jpeg_address(image),
        "alt": f"{side} leg at the wall, toe to wall {reading}",
        "name": f"{side.capitalize()}, try {best.number}",
        "value": reading,
        "what": f"shin tilt {tilt}; at {words.moment(sum(best.held_s) / 2)} of {best.clip}",
    }


def _row(one: TryResult) -> dict[str, Any]:
    status, word = try_word(one)
    return {
        "name": f"{one.side.capitalize()} {one.number}, at {words.moment(one.held_s[0])}",
        "toe": told(one.toe_to_wall_cm, "cm"),
        "tilt": told(one.shin_tilt_deg, "°"),
        "lift": told(one.heel_lift_cm, "cm"),
        "status": status,
        "word": word,
        "note": "" if one.valid else one.toe_to_wall_cm.reason,
    }


@lru_cache(maxsize=1)
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("posecheck.render"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    return environment.get_template("wall.html.j2")
