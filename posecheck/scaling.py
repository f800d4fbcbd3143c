"""From what a person gives (a sheet in the picture, points, a height) to a scale: the wiring."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from posecheck.core.errors import InputError
from posecheck.core.pose import Landmark
from posecheck.core.scale import (
    CLICK_PX,
    PlaneScale,
    Source,
    scale_from_height,
    scale_from_points,
    scale_from_sheet,
)
from posecheck.core.sheet_pose import SheetPose, fit_sheet_pose
from posecheck.core.wall_tries import KNEE_UP_CM

if TYPE_CHECKING:
    from posecheck.calibrate.find import FoundSheet
    from posecheck.calibrate.markers import Gray

#: Pictures of a clip that the sheet is looked for in.
PICTURES = 14
#: A sheet on the inner side of the foot stands this far behind the leg's middle, cm, and its ±.
BEHIND_LEG_CM, BEHIND_LEG_ERROR_CM = 6.0, 3.0
#: Body height is read while somebody stands, at the beginning of the clip.
_HEIGHT_S = 4.0


@dataclass(frozen=True, slots=True)
class ScaleInput:
    """What a person said about the scale.

    Attributes:
        points: x1, y1, x2, y2 in pixels and their distance in cm, or None for the sheet.
        paper_corners: x, y in pixels of a bare sheet's four corners, upper left first, clockwise;
            paper: its kind, upright or lying on its long side.
        height_cm: of the person, standing in the picture.
        wall: x, y in pixels of a point where wall and floor meet, or None.
        behind_leg_cm: how much further from the camera than the leg the sheet stands; negative is
            nearer; None for the usual place, on the foot's inner side.
        ruler_cm: what the sheet's 15 cm line measures.
    """

    points: tuple[float, float, float, float, float] | None = None
    paper_corners: tuple[float, ...] | None = None
    paper: str = "a4"
    height_cm: float | None = None
    wall: tuple[float, float] | None = None
    behind_leg_cm: float | None = None
    ruler_cm: float | None = None


@dataclass(frozen=True, slots=True)
class ClipScale:
    """A clip's scale, with the sheet it came from (None for points) and a still to show it on."""

    scale: PlaneScale
    sheet: FoundSheet | None


def parse_numbers(text: str, count: int, option: str, example: str) -> tuple[float, ...]:
    """Comma-separated numbers of an option.

    Raises:
        InputError: not so many numbers; shows an example.
    """
    parts = text.replace(";", ",").split(",")
    try:
        numbers = tuple(float(part) for part in parts)
    except ValueError:
        numbers = ()
    if len(numbers) != count or not all(np.isfinite(numbers)):
        raise InputError(
            f"{option}: expected {count} numbers with commas between, such as {example}, "
            f'got "{text}"'
        )
    return numbers


def clip_scale(clip: Path, given: ScaleInput, *, mirrored: bool = False) -> ClipScale:
    """The scale in the leg's plane of a clip.

    Raises:
        InputError: no usable scale; says why and what to do.
    """
    if given.points is not None:
        return ClipScale(points_scale(given), None)
    if given.paper_corners is not None:
        from posecheck.capture.files import probe

        info = probe(clip)
        return ClipScale(paper_scale(given, (info.width_px, info.height_px)), None)
    if given.height_cm is not None:
        return ClipScale(height_scale(clip, given.height_cm, mirrored=mirrored), None)
    from posecheck.calibrate.find import find_sheet

    sheet = find_sheet(still_pictures(clip, mirrored=mirrored), ruler_cm=given.ruler_cm)
    return ClipScale(sheet_scale(sheet, given), sheet)


def points_scale(given: ScaleInput) -> PlaneScale:
    """The scale from two points that a person gave.

    Raises:
        InputError: they cannot be right.
    """
    assert given.points is not None
    x1, y1, x2, y2, length_cm = given.points
    wall = None if given.wall is None else np.array(given.wall)
    return scale_from_points(np.array([x1, y1]), np.array([x2, y2]), length_cm, wall_px=wall)


def paper_scale(given: ScaleInput, picture_px: tuple[int, int]) -> PlaneScale:
    """The scale from the four corners of a bare A4 or letter sheet that stands beside the leg.

    Raises:
        InputError: the paper is unknown, or the corners are not those of a sheet.
    """
    from posecheck.calibrate.sheet import Sheet

    assert given.paper_corners is not None
    sheet = Sheet.on(given.paper.lower())
    corners = np.array(given.paper_corners, float).reshape(4, 2)
    sides = np.hypot(*(np.roll(corners, -1, axis=0) - corners).T)
    turn = np.roll(corners, -1, axis=0) - corners
    after = np.roll(turn, -1, axis=0)
    turns = turn[:, 0] * after[:, 1] - turn[:, 1] * after[:, 0]
    if sides.min() < 20.0 or not (turns > 0).all():
        raise InputError(
            "--paper-corners: expected the four corners of a sheet, upper left first, then "
            "clockwise, at least 20 pixels apart; got "
            + ", ".join(f"({x:g}, {y:g})" for x, y in corners)
        )
    upright = sides[[1, 3]].sum() > sides[[0, 2]].sum()
    short, long = sorted((sheet.width_cm, sheet.height_cm))
    width, height = (short, long) if upright else (long, short)
    plane = np.array([[0, height], [width, height], [width, 0], [0, 0]], float)
    pose = fit_sheet_pose(plane, corners, picture_px, (width, height), corner_px=CLICK_PX)
    return _beside_leg(pose, given, "paper")


def height_scale(clip: Path, height_cm: float, *, mirrored: bool = False) -> PlaneScale:
    """The coarse scale from a person of known height, standing in the clip.

    Raises:
        InputError: the height is not a possible one, or nobody stands upright in the clip.
    """

    from posecheck.capture.files import VideoReader
    from posecheck.estimate.live import LivePoses

    seen: list[tuple[float, float, float]] = []
    with (
        VideoReader(clip, rgb=True, max_side_px=960) as reader,
        LivePoses(masks=True) as poses,
    ):
        for frame in reader:
            if frame.t_s > _HEIGHT_S:
                break
            rgb = np.ascontiguousarray(frame.rgb[:, ::-1]) if mirrored else frame.rgb
            one = poses.step(rgb, t_s=frame.t_s, scale=frame.scale)
            if one.person is None or one.mask is None:
                continue
            rows = np.flatnonzero((one.mask > 0.5).any(axis=1))
            feet = one.person[[Landmark.LEFT_HEEL, Landmark.RIGHT_HEEL], :2]
            low = feet[feet[:, 1].argmax()]
            seen.append((float(low[1] - rows[0] * frame.scale), float(low[0]), float(low[1])))
    if not seen:
        raise InputError(
            f"{clip.name}: nobody stands upright in its first {_HEIGHT_S:g} seconds, and body "
            "height gives no scale without that; use the printed sheet (posecheck marker)"
        )
    body_px, x, y = np.quantile(np.array(seen), 0.9, axis=0)
    return scale_from_height(float(body_px), height_cm, np.array([x, y]))


def sheet_scale(sheet: FoundSheet, given: ScaleInput) -> PlaneScale:
    """The scale in the leg's plane from a sheet that stands beside it.

    Raises:
        InputError: the camera is too far off square.
    """
    return _beside_leg(sheet.pose, given, "sheet")


def _beside_leg(pose: SheetPose, given: ScaleInput, source: Source) -> PlaneScale:
    """The scale in the leg's plane from a sheet that stands beside it."""
    if given.behind_leg_cm is None:
        behind_cm, error_cm = BEHIND_LEG_CM, BEHIND_LEG_ERROR_CM
    else:
        behind_cm, error_cm = given.behind_leg_cm, 1.5
    if not -40.0 <= behind_cm <= 40.0:
        raise InputError(
            f"--sheet-behind-cm: expected -40 to 40, got {behind_cm:g}; stand the sheet close to "
            "the foot"
        )
    return scale_from_sheet(
        pose, behind_leg_cm=behind_cm, behind_leg_error_cm=error_cm, source=source
    )


def still_pictures(
    clip: Path, *, wanted: int = PICTURES, mirrored: bool = False
) -> Iterator[tuple[float, Gray]]:
    """Grey pictures spread evenly over a clip; a mirrored clip is put right first."""
    import cv2

    from posecheck.calibrate.find import evenly
    from posecheck.capture.files import VideoReader, probe

    info = probe(clip)
    indices = frozenset(evenly(info.frames_estimate or 300, wanted))
    with VideoReader(clip, only=indices) as reader:
        for frame in reader:
            gray = cv2.cvtColor(frame.bgr, cv2.COLOR_BGR2GRAY)
            yield frame.t_s, np.ascontiguousarray(gray[:, ::-1] if mirrored else gray)


def still_frame(clip: Path, t_s: float | None, *, mirrored: bool = False) -> np.ndarray:
    """One (h, w, 3) BGR picture of a clip: at a time, or its middle; put right if mirrored.

    Raises:
        InputError: the clip has no such moment.
    """
    from posecheck.capture.files import VideoReader, probe

    info = probe(clip)
    fps = info.nominal_fps or 30.0
    index = (info.frames_estimate or 1) // 2 if t_s is None else round(t_s * fps)
    with VideoReader(clip, only=frozenset([max(index, 0)])) as reader:
        for frame in reader:
            return np.ascontiguousarray(frame.bgr[:, ::-1]) if mirrored else frame.bgr
    raise InputError(f"{clip}: has no picture at {t_s or 0:.1f} s; give an earlier --at")


_SOURCES = {
    "points": "two points of known distance",
    "paper": "the corners of a bare sheet",
    "height": "body height: coarse, good for no more than a first look",
    "sheet": "the printed sheet",
}


def describe(found: ClipScale) -> Sequence[tuple[str, str]]:
    """What was found, as (what, value) lines for a person."""
    scale = found.scale
    lines: list[tuple[str, str]] = []
    if found.sheet is not None:
        sheet = found.sheet
        seen, of = sheet.pictures
        name = {"a4": "A4", "letter": "letter"}[sheet.sheet.paper]
        lines += [
            (
                "Sheet",
                f"{name}, {len(sheet.corners_px)} of 6 squares read, in {seen} of {of} pictures",
            ),
            ("Squares", f"{sheet.marker_px:.0f} pixels wide"),
            (
                "Camera",
                f"about {scale.distance_cm / 100:.1f} m away, {scale.slant_deg:.0f}° off square",
            ),
        ]
        if sheet.moved_s is not None:
            lines.append(
                ("Moved", f"sheet or camera moved at {sheet.moved_s:.1f} s; valid until then")
            )
    else:
        lines.append(("Scale", _SOURCES[scale.source]))
    at = np.array([(scale.wall_right_cm or 20.0) - 10.0, 0.0])
    lines.append(("Resolution", f"{scale.px_per_cm(at):.1f} pixels a cm at the foot"))
    lines.append(
        (
            "Lengths",
            f"± {100 * scale.length_error:.1f} % (12 cm ± {12 * scale.length_error:.1f} cm)",
        )
    )
    if scale.wall_left_cm is None and scale.wall_right_cm is None:
        lines.append(("Wall", "not known: the knee's touch tells it"))
    else:
        lines.append(("Wall", f"± {scale.wall_error_cm:.1f} cm"))
    if scale.lean_error:
        lean_deg, knee_cm = np.degrees(np.arctan(scale.lean_error)), KNEE_UP_CM * scale.lean_error
        lines.append(("Upright", f"± {lean_deg:.0f}° (a knee ± {knee_cm:.0f} cm)"))
    if np.isnan(scale.depth_per_drop):
        lines.append(("Turned feet", "not told: from where the camera looks is not known"))
    return lines
