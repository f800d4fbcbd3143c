"""How wrong each measure may be: the ± that is printed, by view band, from the accuracy bench."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from pydantic import BaseModel, ConfigDict

from posecheck.core.pose import Array
from posecheck.core.view import VIEW_BANDS_DEG

#: An angle that may be this far off is no number to give a person: half a right angle either way.
_WIDEST_DEG = 45.0


def useful(half_width: float, unit: str) -> bool:
    """Whether a number with this ± tells a person anything."""
    return unit != "deg" or half_width <= _WIDEST_DEG


class Band(BaseModel):
    """Errors of one measure in the view bands of ``VIEW_BANDS_DEG`` and beyond.

    Attributes:
        half_width: ± that covered 95% of the bench's errors, one a view band and one beyond;
            None where the measure is not given in that band.
        typical_offset: what the raw landmarks read at neutral on average; subtracted where the
            person's own neutral was not seen or the measure has none.
        offset_error: extra ± when that average had to be used.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    half_width: tuple[float | None, float | None, float | None, float | None]
    typical_offset: float = 0.0
    offset_error: float = 0.0


class ErrorBands(BaseModel):
    """All bands, keyed by the catalogue's move name, with where they came from."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str
    bands: Mapping[str, Band]

    def row(self, move_name: str) -> Array:
        """(4,) ± of a measure in each view band and beyond; NaN where it is not given."""
        band = self.bands.get(move_name)
        widths = (None,) * (len(VIEW_BANDS_DEG) + 1) if band is None else band.half_width
        return np.array([np.nan if width is None else width for width in widths])
