"""Before a live set: does the camera see what this move needs, and if not, what to do about it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from posecheck.core.catalog import resolve
from posecheck.core.framing import DARK_LUMA, SMALL_SHARE, body_share, outside
from posecheck.core.move import Move
from posecheck.core.pose import Landmark, PoseTrack
from posecheck.core.terms import Plane
from posecheck.core.view import VIEW_BANDS_DEG, View, body_yaw_deg, typical_yaw_deg

L = Landmark
_FEET = [L.LEFT_HEEL, L.RIGHT_HEEL, L.LEFT_FOOT_INDEX, L.RIGHT_FOOT_INDEX]
_HEAD = [L.NOSE, L.LEFT_EAR, L.RIGHT_EAR]
_SHOULDERS = [L.LEFT_SHOULDER, L.RIGHT_SHOULDER]
#: A view further off than this carries no number of the move's plane worth a cue.
_VIEW_WITHIN_DEG = VIEW_BANDS_DEG[1]
_TURN = {
    "side": "Turn side-on to the camera.",
    "front": "Turn to face the camera.",
}


@dataclass(frozen=True, slots=True)
class Hint:
    """What stands in the way: an id for programs, a sentence that tells the person what to do."""

    id: str
    text: str


class Readiness:
    """Judges frames for one move; pure, so that a replay judges alike."""

    def __init__(self, move: Move, plane: Plane | None = None) -> None:
        names = [c.measure for phase in move.phases for c in (*phase.enter, *phase.criteria)]
        names += [phase.headline for phase in move.phases]
        parts = {part for name in names for part in resolve(name, "left").measure.landmarks}
        self._feet = bool(parts & {"ANKLE", "HEEL", "FOOT_INDEX"})
        self._shoulders = "SHOULDER" in parts
        self._standing = move.posture == "standing"
        self._plane: Plane = plane or move.camera.plane

    def hint(self, recent: PoseTrack) -> Hint | None:
        """The first thing to put right in the last frame, None when the set can begin.

        Args:
            recent: the last second or so; the view is judged over all of it, the rest in its last
                frame.
        """
        last = recent.slice(len(recent) - 1, len(recent))
        if not last.seen[0]:
            if float(last.brightness[0]) < DARK_LUMA:
                return Hint("too_dark", "It is too dark: turn on a light in front of you.")
            return Hint("nobody", "Step into the picture.")
        for needed, marks, name, text in (
            (self._feet, _FEET, "feet_out", "Step back until your feet are seen."),
            (self._shoulders, _SHOULDERS, "shoulders_out",
             "Step back until your shoulders are seen."),
            (self._shoulders and self._standing, _HEAD, "head_out",
             "Step back until your head is seen."),
        ):  # fmt: skip
            if needed and bool(outside(last, marks)[0]):
                return Hint(name, text)
        if float(body_share(last)[0]) < SMALL_SHARE:
            return Hint("too_far", "Come closer, until you fill most of the picture.")
        return self._view_hint(recent)

    def _view_hint(self, recent: PoseTrack) -> Hint | None:
        if self._plane not in _TURN:
            return None
        seen = recent.seen
        yaw = typical_yaw_deg(body_yaw_deg(recent.world_m[seen]))
        off = float(View(np.array([yaw])).offset_deg(self._plane)[0])
        if off <= _VIEW_WITHIN_DEG:
            return None
        return Hint(f"not_{self._plane}", _TURN[self._plane])
