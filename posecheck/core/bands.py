"""How wrong each measure may be: the ± that is printed, by view band, from the accuracy bench."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from pydantic import BaseModel, ConfigDict

from posecheck.core.pose import Array
from posecheck.core.view import VIEW_BANDS_DEG


class Band(BaseModel):
    """Errors of one measure in the view bands of ``VIEW_BANDS_DEG`` and beyond.

    Attributes:
        half_width: ± that covered 95% of the bench's errors, one a view band and one beyond;
            None where the measure is not given in that band.
        typical_offset: what the raw landmarks read at neutral on average; subtracted where the
            person's own neutral was not seen.
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

    def half_width(self, move_name: str, offset_deg: Array) -> Array:
        """(n,) ± of a measure at (n,) degrees off its plane; NaN where it is not given."""
        band = self.bands.get(move_name)
        if band is None:
            return np.full(np.shape(offset_deg), np.nan)
        widths = np.array([np.nan if w is None else w for w in (*band.half_width, None)])
        index = np.digitize(offset_deg, VIEW_BANDS_DEG)
        # NaN offsets land in the last bin of digitize; give them the bin that is always NaN.
        return widths[np.where(np.isfinite(offset_deg), index, len(VIEW_BANDS_DEG) + 1)]

    def limit_deg(self, move_name: str) -> float:
        """Largest offset from its plane, degrees, at which the measure is given."""
        band = self.bands.get(move_name)
        if band is None:
            return 0.0
        given = [w is not None for w in band.half_width]
        edges = (*VIEW_BANDS_DEG, 180.0)
        return max((edge for edge, ok in zip(edges, given, strict=True) if ok), default=0.0)
