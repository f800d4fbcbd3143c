"""The field's words that move files, results and measures share; nothing is loaded for them."""

from __future__ import annotations

from typing import Literal

#: The body's own, not the picture's.
Side = Literal["left", "right"]
#: From where a camera has to stand for a measure.
Plane = Literal["side", "front", "any"]
#: What a move is called that is to be found.
AUTO = "auto"
