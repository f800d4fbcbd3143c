"""A printed sheet in the picture: where it stands, what it shows, and its true size."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lab.errors import LabError, missing_extra
from lab.rotations import Array, rot_y, rot_z


@dataclass(frozen=True)
class Sheet:
    """A sheet of paper that stands upright in the side plane of the leg, or lies on the floor.

    Attributes:
        image: ``a4`` or ``letter`` for posecheck's own marker sheet, ``blank`` for an empty page,
            else a PNG of the whole page.
        width_cm, height_cm: true size of the page as printed.
        from_wall_cm: nearest edge to the wall (or, without a wall, ahead of the clip's middle).
        up_cm: lower edge above the floor, when it stands.
        nearer_cm: plane of the sheet nearer to the camera than the middle of the working foot;
            beside the foot on its far side by default, where the leg hides a part of it.
        lies: flat on the floor instead, with its width along the foot.
        tilt_deg: leans back from upright. turn_deg: turned about the vertical out of the plane.
    """

    image: str = "a4"
    width_cm: float = 21.0
    height_cm: float = 29.7
    from_wall_cm: float = 0.0
    up_cm: float = 0.0
    nearer_cm: float = -7.0
    lies: bool = False
    tilt_deg: float = 0.0
    turn_deg: float = 0.0

    def check(self) -> None:
        """Raise ``LabError`` for a page that cannot be."""
        for name, low, high in (
            ("width_cm", 3.0, 120.0),
            ("height_cm", 3.0, 120.0),
            ("from_wall_cm", -50.0, 300.0),
            ("up_cm", 0.0, 200.0),
            ("nearer_cm", -60.0, 60.0),
            ("tilt_deg", -60.0, 60.0),
            ("turn_deg", -80.0, 80.0),
        ):
            value = getattr(self, name)
            if not low <= value <= high:
                raise LabError(f"sheet: {name} = {value:g} is outside {low:g}..{high:g}")


def corners_m(sheet: Sheet, foot_x_m: float, wall_y_m: float, camera_side: float) -> Array:
    """(4, 3) world metres: top left, top right, bottom right, bottom left as its reader sees it.

    ``camera_side`` is +1 if the camera stands at +x, else -1: the page faces it.
    """
    width, height = sheet.width_cm / 100.0, sheet.height_cm / 100.0
    # A reader at +x looks along -x and has +y to the right.
    right = camera_side * np.array([0.0, 1.0, 0.0])
    up = np.array([0.0, 0.0, 1.0])
    if sheet.lies:
        up = -camera_side * np.array([1.0, 0.0, 0.0])
    else:
        up = rot_y(-camera_side * sheet.tilt_deg) @ up
    turn = rot_z(sheet.turn_deg)
    right, up = turn @ right, turn @ up
    middle = np.array(
        [
            foot_x_m + camera_side * sheet.nearer_cm / 100.0,
            wall_y_m + sheet.from_wall_cm / 100.0 + 0.5 * width,
            0.004 if sheet.lies else sheet.up_cm / 100.0 + 0.5 * height,
        ]
    )
    half_right, half_up = 0.5 * width * right, 0.5 * height * up
    return np.stack(
        [
            middle - half_right + half_up,
            middle + half_right + half_up,
            middle + half_right - half_up,
            middle - half_right - half_up,
        ]
    )


def page_image(sheet: Sheet) -> np.ndarray:
    """(rows, columns, 3) uint8 RGB of the page, top row first."""
    if sheet.image == "blank":
        return np.full((32, 32, 3), 246, np.uint8)
    try:
        import cv2

        from posecheck.calibrate.sheet import PAPERS_CM, sheet_picture
    except ImportError as error:
        raise missing_extra(error.name or "opencv-python") from error
    if sheet.image in PAPERS_CM:
        grey = sheet_picture(sheet.image)[0]
        return np.repeat(np.minimum(grey, 246)[..., None], 3, axis=2)
    path = Path(sheet.image)
    picture = cv2.imread(str(path)) if path.is_file() else None
    if picture is None:
        raise LabError(
            f"sheet: image {sheet.image!r} is neither {', '.join(PAPERS_CM)}, blank nor a picture "
            "that can be read; give a PNG of the page"
        )
    return np.ascontiguousarray(picture[..., ::-1])
