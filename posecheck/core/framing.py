"""What is wrong with the filming, said once, in words that tell the person what to move."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from posecheck.core.move import Move
from posecheck.core.pose import Array, BoolArray, Landmark, PoseTrack
from posecheck.core.result import Note, Quality, ViewInfo
from posecheck.core.terms import Side
from posecheck.core.view import VIEW_BANDS_DEG, View, facing_of, typical_yaw_deg

L = Landmark
DARK_LUMA = 45.0
_FEW_FPS = 12.0
#: A person lower than this in the picture leaves too few pixels a limb.
SMALL_SHARE = 0.30
_ROLL_HINT_DEG = 4.0
#: A problem shorter than this share of the clip is not worth a sentence.
_SHARE = 0.10
_MOSTLY = 0.5


def judge_quality(track: PoseTrack, view: View, move: Move, standing: BoolArray) -> Quality:
    """View, roll hint and the notes of a whole clip."""
    seen = track.seen
    yaw = typical_yaw_deg(view.yaw_deg)
    roll = _roll_hint_deg(track, standing)
    info = ViewInfo(
        facing=facing_of(yaw),
        yaw_deg=round(yaw, 1) if np.isfinite(yaw) else None,
        near_side=_near_side(yaw),
        roll_deg=round(roll, 1) if np.isfinite(roll) else None,
    )
    return Quality(
        people_seen=int(track.people_seen.max(initial=0)),
        seen_fraction=round(float(seen.mean()), 3) if len(track) else 0.0,
        view=info,
        notes=list(_notes(track, view, move, roll)),
    )


def _near_side(yaw_deg: float) -> Side | None:
    """Facing the image's right (+90) shows the right side to the camera."""
    if not np.isfinite(yaw_deg) or not 20.0 <= abs(yaw_deg) <= 160.0:
        return None
    return "right" if yaw_deg > 0 else "left"


def _roll_hint_deg(track: PoseTrack, standing: BoolArray) -> float:
    """Lean of the ankles-to-ears line while standing still: the camera's, most likely."""
    if not standing.any():
        return float("nan")
    px = track.image_px[standing]
    top = px[:, [L.LEFT_SHOULDER, L.RIGHT_SHOULDER]].mean(axis=1)
    bottom = px[:, [L.LEFT_ANKLE, L.RIGHT_ANKLE]].mean(axis=1)
    lean = np.degrees(np.arctan2(top[:, 0] - bottom[:, 0], bottom[:, 1] - top[:, 1]))
    return float(np.nanmedian(lean))


def _notes(track: PoseTrack, view: View, move: Move, roll_deg: float) -> Iterator[Note]:
    seen = track.seen
    feet = outside(track, [L.LEFT_FOOT_INDEX, L.RIGHT_FOOT_INDEX, L.LEFT_HEEL, L.RIGHT_HEEL])
    head = outside(track, [L.NOSE, L.LEFT_EAR, L.RIGHT_EAR])
    size = body_share(track)
    flags: list[tuple[str, str, BoolArray]] = [
        ("feet_out", "Your feet leave the picture: step back or tilt the camera down.", feet),
        ("head_out", "Your head leaves the picture: step back or tilt the camera up.", head),
        (
            "too_far",
            "You are small in the picture: bring the camera closer, until you fill most of it.",
            seen & (size < SMALL_SHARE),
        ),
        (
            "too_dark",
            "The picture is dark: turn on a light in front of you.",
            track.brightness < DARK_LUMA,
        ),
        (
            "not_seen",
            "You are out of the picture for part of the clip: keep your whole body in view.",
            ~seen,
        ),
        (
            "two_people",
            "More than one person is in the picture: the one in the middle was followed; "
            "film alone if you can.",
            track.people_seen > 1,
        ),
    ]
    for name, text, flag in flags:
        if flag.mean() > _SHARE or (name == "two_people" and flag.sum() >= 3):
            first, last = np.flatnonzero(flag)[[0, -1]]
            yield Note(id=name, text=text, start_s=_at(track, first), end_s=_at(track, last))
    yield from _view_notes(track, view, move)
    end_s = _at(track, -1)
    fps = 1.0 / float(np.median(np.diff(track.t_s))) if len(track) > 1 else 0.0
    if fps < _FEW_FPS:
        yield Note(
            id="few_frames",
            text=f"The clip has {fps:.0f} frames a second: film with 24 or more, so that holds "
            "and quick movements can be timed.",
            start_s=0.0,
            end_s=end_s,
        )
    if abs(roll_deg) > _ROLL_HINT_DEG:
        way = "clockwise" if roll_deg < 0 else "anticlockwise"
        yield Note(
            id="camera_rolled",
            text=f"The camera seems tilted by {abs(roll_deg):.0f}°: turn it {way} until walls "
            "stand upright.",
            start_s=0.0,
            end_s=end_s,
        )


def _at(track: PoseTrack, index: int) -> float:
    return round(float(track.t_s[index]), 2) if len(track) else 0.0


def outside(track: PoseTrack, landmarks: list[Landmark]) -> BoolArray:
    """Frames in which any of the landmarks lies outside the picture."""
    px = track.image_px[:, landmarks]
    size = np.array([track.width_px, track.height_px])
    return np.asarray(((px < 0) | (px > size)).any(axis=(1, 2)))


def body_share(track: PoseTrack) -> Array:
    """Extent of the body as a share of the picture's shorter side."""
    y, x = track.image_px[..., 1], track.image_px[..., 0]
    if not len(track):
        return np.empty(0)
    tall = y.max(axis=1) - y.min(axis=1)
    wide = x.max(axis=1) - x.min(axis=1)
    share: Array = np.maximum(tall, wide) / min(track.height_px, track.width_px)
    return share


def _view_notes(track: PoseTrack, view: View, move: Move) -> Iterator[Note]:
    """Phases whose numbers the camera could not carry from where it stood, and where to put it."""
    planes = {phase.view for phase in move.phases if phase.view != "any" and not phase.final}
    missed = sorted(plane for plane in planes if _mostly_off(view.offset_deg(plane)))
    if not missed:
        return
    if len(missed) == len(planes):
        views = " or ".join(f"from the {plane}" for plane in missed)
        name = "view_off"
        text = f"From where the camera stood this move does not show: film {views}. "
        text += move.camera.place
    else:
        phases = [phase.name for phase in move.phases if phase.view in missed]
        views = " and ".join(f"from the {plane}" for plane in missed)
        name = "other_view"
        text = f"For the numbers of {_listed(phases)}, film once more {views}."
    yield Note(id=name, text=text, start_s=0.0, end_s=_at(track, -1))


def _mostly_off(offset_deg: Array) -> bool:
    """Whether the camera stood off a plane in most of the frames that tell where it stood."""
    known = offset_deg[np.isfinite(offset_deg)]
    return bool(len(known) and np.mean(known > VIEW_BANDS_DEG[1]) > _MOSTLY)


def _listed(names: list[str]) -> str:
    """Names as in a sentence: "a", "b" and "c"."""
    quoted = [f'"{name}"' for name in names]
    return " and ".join([", ".join(quoted[:-1]), quoted[-1]] if len(quoted) > 1 else quoted)
