"""Finding the printed sheet in pictures, and saying why not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from posecheck.calibrate.markers import Gray, Sighting, blur_width_px, picture_blur_px, see_markers
from posecheck.calibrate.paper import check_print
from posecheck.calibrate.sheet import (
    COLUMNS,
    FIRST_ID,
    MARKER_CM,
    MODULES,
    ROWS,
    RULER_CM,
    Array,
    Paper,
    Sheet,
)
from posecheck.core.errors import InputError
from posecheck.core.homography import apply_homography, fit_homography
from posecheck.core.sheet_pose import SheetPose, fit_sheet_pose

#: A marker's side below which its corners are too coarse for centimetres.
MIN_MARKER_PX = 12.0
#: Edges washed out over more than this share of a module are too blurred.
_MAX_BLUR_MODULES = 0.9
#: Pictures whose sharpest edges are wider than this are blurred.
_BLURRED_PICTURE_PX = 5.0
#: The sheet counts as moved when its corners shift by more than this, cm, for good.
MOVED_CM = 0.6
_LEAST_MARKERS = 2
#: Corners further than this from the fitted plane, as a share of a marker: bent or misread.
_MAX_MISFIT = 0.05


@dataclass(frozen=True, slots=True)
class FoundSheet:
    """The sheet over a whole clip, standing still.

    Attributes:
        sheet: which one; pose: where it stands.
        corners_px: marker number to (4, 2) pixels, medians over the pictures.
        outline_px: (4, 2) corners of the paper in the picture, upper left first, clockwise as it
            stands.
        marker_px: side of a marker in the picture.
        moved_s: when it was moved or the camera was; None if both stood still. The pose is the one
            before.
        pictures: how many pictures it was seen in, of how many.
    """

    sheet: Sheet
    pose: SheetPose
    corners_px: dict[int, Array]
    outline_px: Array
    marker_px: float
    moved_s: float | None
    pictures: tuple[int, int]

    def enlarged(self, factor: float) -> FoundSheet:
        """Where it is seen in pictures so many times as wide and high; the pose stays the old."""
        return replace(
            self,
            corners_px={marker: factor * px for marker, px in self.corners_px.items()},
            outline_px=factor * self.outline_px,
            marker_px=factor * self.marker_px,
        )


def find_sheet(
    pictures: Iterable[tuple[float, Gray]],
    *,
    ruler_cm: float | None = None,
) -> FoundSheet:
    """The sheet in a handful of pictures of one clip.

    Args:
        pictures: (t_s, (h, w) grey) in order of time, all of one size.
        ruler_cm: what the 15 cm line on the print really measures; None means 15.0.

    Raises:
        InputError: no sheet, two sheets, too small, too blurred, bent or a wrong print: says which
            and what to do.
    """
    stretch = print_stretch(ruler_cm)
    size: tuple[int, int] | None = None
    sightings: list[Sighting] = []
    sharpest: tuple[Gray, Sighting] | None = None
    clear: list[Gray] = []
    blurs: list[float] = []
    count = 0
    for t_s, gray in pictures:
        count += 1
        size = (gray.shape[1], gray.shape[0])
        seen = see_markers(gray, t_s)
        if seen.corners_px:
            sightings.append(seen)
            clear.append(gray)
            if sharpest is None or len(seen.corners_px) > len(sharpest[1].corners_px):
                sharpest = (gray, seen)
        else:
            blurs.append(picture_blur_px(gray))
    if size is None or not sightings or sharpest is None:
        raise InputError(_nothing_found(count, blurs))
    sheet = _which(sightings)
    before, moved_s = _until_moved(sightings, sheet)
    corners = _median_corners(before, sheet)
    marker_px = _side_px(corners)
    _check_size(marker_px)
    _check_sharpness(*sharpest, marker_px)
    _check_count(len(corners))
    found = _pose_of(sheet, corners, size, stretch, marker_px, moved_s, (len(sightings), count))
    if ruler_cm is None:
        check_print(clear, found.pose.plane_px(0.0), found.pose.width_cm, found.pose.height_cm)
    return found


def print_stretch(ruler_cm: float | None) -> float:
    """How much larger than meant the sheet was printed.

    Raises:
        InputError: the ruler's reading is not a possible one.
    """
    if ruler_cm is None:
        return 1.0
    if not 0.8 * RULER_CM <= ruler_cm <= 1.2 * RULER_CM:
        raise InputError(
            f"--ruler-cm: the line on the sheet should measure {RULER_CM:g} cm, got {ruler_cm:g}; "
            "measure it in centimetres, or print the sheet again at 100 %"
        )
    return ruler_cm / RULER_CM


def _nothing_found(pictures: int, blurs: list[float]) -> str:
    if pictures == 0:
        return "no picture could be read to look for the sheet in"
    if np.median(blurs) > _BLURRED_PICTURE_PX:
        return (
            "the picture is blurred, and no sheet can be read in it: hold the camera still, let it "
            "focus on the sheet, and add light"
        )
    return (
        "no posecheck sheet was found in the picture: stand it upright in view, in light, pattern "
        "to the camera, 2 to 3 m away (print one with: posecheck marker), or measure by two points "
        "on the floor (--scale-points)"
    )


def _which(sightings: list[Sighting]) -> Sheet:
    """The one sheet that was seen.

    Raises:
        InputError: two of them.
    """
    papers: dict[Paper, int] = {}
    for seen in sightings:
        if seen.twice:
            raise InputError(
                "two posecheck sheets are in the picture; leave one, the one beside the foot"
            )
        for marker in seen.corners_px:
            paper: Paper = "letter" if marker >= FIRST_ID["letter"] else "a4"
            papers[paper] = papers.get(paper, 0) + 1
    # A lone misread marker is no second sheet.
    total = sum(papers.values())
    if sum(n > max(2, 0.1 * total) for n in papers.values()) > 1:
        raise InputError(
            "an A4 and a letter sheet are in the picture; leave one, the one beside the foot"
        )
    return Sheet.on(max(papers, key=lambda one: papers[one]))


def _until_moved(sightings: list[Sighting], sheet: Sheet) -> tuple[list[Sighting], float | None]:
    """The sightings up to the moment from which the sheet stood elsewhere, and that moment."""
    known = set(sheet.marker_ids)
    kept = [
        Sighting(s.t_s, {k: v for k, v in s.corners_px.items() if k in known}) for s in sightings
    ]
    kept = [s for s in kept if s.corners_px]
    for k in range(1, len(kept)):
        if all(_shift_cm(kept[:k], later) > MOVED_CM for later in kept[k : k + 2]):
            return kept[:k], kept[k].t_s
    return kept, None


def _shift_cm(before: list[Sighting], later: Sighting) -> float:
    """Median shift of the markers of a sighting against the median of the earlier ones."""
    shifts = []
    for marker, corners in later.corners_px.items():
        earlier = [s.corners_px[marker] for s in before if marker in s.corners_px]
        if earlier:
            was = np.median(earlier, axis=0)
            side = np.hypot(*(corners[1] - corners[0]))
            shifts.append(np.hypot(*(corners - was).mean(axis=0)) / side * MARKER_CM)
    return float(np.median(shifts)) if shifts else 0.0


def _median_corners(sightings: list[Sighting], sheet: Sheet) -> dict[int, Array]:
    """Each marker's corners, the median of the sightings; markers seen once in many are dropped."""
    found: dict[int, Array] = {}
    most = max(sum(m in s.corners_px for s in sightings) for m in sheet.marker_ids)
    for marker in sheet.marker_ids:
        seen = [s.corners_px[marker] for s in sightings if marker in s.corners_px]
        if seen and len(seen) >= 0.2 * most:
            found[marker] = np.median(seen, axis=0)
    return found


def _side_px(corners: dict[int, Array]) -> float:
    sides = [np.hypot(*(c - np.roll(c, 1, axis=0)).T).mean() for c in corners.values()]
    return float(np.median(sides))


def _check_size(marker_px: float) -> None:
    if marker_px < MIN_MARKER_PX:
        raise InputError(
            f"the sheet is too small in the picture: its squares are {marker_px:.0f} pixels wide "
            f"and need {MIN_MARKER_PX:.0f}; move the camera closer or film in a higher resolution"
        )


def _check_count(count: int) -> None:
    if count < _LEAST_MARKERS:
        raise InputError(
            f"only {count} of the sheet's {COLUMNS * ROWS} squares could be read, at least "
            f"{_LEAST_MARKERS} are needed; move what hides it, or light it better"
        )


def _check_sharpness(gray: Gray, seen: Sighting, marker_px: float) -> None:
    blur_px = blur_width_px(gray, seen)
    module_px = marker_px / MODULES
    blurred = picture_blur_px(gray) > _BLURRED_PICTURE_PX
    if blurred or blur_px > max(3.0, _MAX_BLUR_MODULES * module_px):
        raise InputError(
            f"the sheet is blurred: its edges are {blur_px:.0f} pixels wide: hold the camera "
            "still, let it focus on the sheet, and add light"
        )


def _pose_of(
    sheet: Sheet,
    corners: dict[int, Array],
    size: tuple[int, int],
    stretch: float,
    marker_px: float,
    moved_s: float | None,
    pictures: tuple[int, int],
) -> FoundSheet:
    """Fits the plane, turns it as it stands in the picture, and works out the fit's own error."""
    plane, size_cm = _as_it_stands(sheet, corners)
    plane = {marker: points * stretch for marker, points in plane.items()}
    size_cm = (size_cm[0] * stretch, size_cm[1] * stretch)
    to_px, misfit_px = _fit(plane, corners)
    if misfit_px > max(1.0, _MAX_MISFIT * marker_px):
        raise InputError(
            f"the sheet is not flat or was misread (its corners lie {misfit_px:.1f} pixels off a "
            "plane); tape it to cardboard and keep it still"
        )
    pose = fit_sheet_pose(
        np.concatenate([plane[m] for m in corners]),
        np.concatenate([corners[m] for m in corners]),
        size,
        size_cm,
    )
    outline = np.array([[0, 1], [1, 1], [1, 0], [0, 0]], float) * np.array(size_cm)
    return FoundSheet(
        sheet=sheet,
        pose=pose,
        corners_px=corners,
        outline_px=apply_homography(to_px, outline),
        marker_px=marker_px,
        moved_s=moved_s,
        pictures=pictures,
    )


def _as_it_stands(
    sheet: Sheet, corners: dict[int, Array]
) -> tuple[dict[int, Array], tuple[float, float]]:
    """Plane cm (x right, y up from the lower left corner) of every corner, as the sheet stands.

    Whichever of the sheet's four edges points down in the picture is the one on the floor.
    """
    along = np.sum([c[1] - c[0] for c in corners.values()], axis=0)
    turns = round(float(np.degrees(np.arctan2(along[1], along[0]))) / 90.0) % 4
    width, height = sheet.width_cm, sheet.height_cm

    def turned(p: Array) -> Array:
        x, y = p[:, 0], p[:, 1]
        choices = (
            (x, height - y), (height - y, width - x), (width - x, y), (y, x),
        )  # fmt: skip
        return np.stack(choices[turns], axis=1)

    size_cm = (width, height) if turns % 2 == 0 else (height, width)
    return {m: turned(sheet.corners_cm(m)) for m in corners}, size_cm


def _fit(plane: dict[int, Array], corners: dict[int, Array]) -> tuple[Array, float]:
    """The homography from plane to pixels and the RMS misfit in pixels."""
    source = np.concatenate([plane[m] for m in corners])
    target = np.concatenate([corners[m] for m in corners])
    to_px = fit_homography(source, target)
    off = apply_homography(to_px, source) - target
    return to_px, float(np.sqrt((off**2).sum(axis=1).mean()))


def evenly(count: int, wanted: int) -> Iterator[int]:
    """``wanted`` frame numbers spread evenly over ``count`` frames."""
    seen = set()
    for k in np.linspace(0, max(count - 1, 0), min(wanted, max(count, 1))).round().astype(int):
        if int(k) not in seen:
            seen.add(int(k))
            yield int(k)
