"""The few colours of every picture, chosen to differ in lightness as well as hue.

Left is amber and filled, right is blue and hollow (or dashed): the pair stays apart for every
common form of colour blindness, and colour never carries a meaning alone.
"""

from __future__ import annotations

Bgr = tuple[int, int, int]

LEFT_BGR: Bgr = (40, 176, 255)
RIGHT_BGR: Bgr = (240, 190, 96)
MIDDLE_BGR: Bgr = (236, 236, 236)
INK_BGR: Bgr = (30, 24, 20)
WHITE_BGR: Bgr = (255, 255, 255)
SOFT_BGR: Bgr = (214, 208, 202)
ACCENT_BGR: Bgr = (196, 226, 110)
WARN_BGR: Bgr = (74, 190, 255)


def side_bgr(side: str | None) -> Bgr:
    """The colour of a body side ("left", "right"), or of the middle for None."""
    return {"left": LEFT_BGR, "right": RIGHT_BGR}.get(side or "", MIDDLE_BGR)
