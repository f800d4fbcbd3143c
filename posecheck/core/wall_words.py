"""What the guided knee-to-wall test says, in words: the same in the window and on the page."""

from __future__ import annotations

import numpy as np

from posecheck.core.wall_test import AT_WALL, Stage, WallView
from posecheck.core.wall_tries import Try

#: Stages in which something has to be put right before a try can count.
TO_MEND = frozenset(
    {
        Stage.SEEK,
        Stage.SIDE_ON,
        Stage.TURN,
        Stage.OTHER_FOOT,
        Stage.FOOT_OUT,
        Stage.EARLY,
        Stage.SKEWED,
        Stage.SHORT,
        Stage.HEEL_UP,
    }
)


def heading(view: WallView | None) -> str:
    """Which leg is measured."""
    side = None if view is None else view.side
    return "Knee to wall" if side is None else f"{side.capitalize()} leg"


def progress(view: WallView | None, tries: int) -> str:
    """How many tries count so far, by side."""
    if view is None:
        return ""
    return ", ".join(f"{side} {count} of {tries}" for side, count in view.valid.items())


def reading(view: WallView | None) -> tuple[str, str] | None:
    """The one number that matters now and what it is; None where it is not known."""
    if view is None:
        return None
    toe, knee = view.toe_to_wall_cm, view.knee_to_wall_cm
    if view.stage is Stage.APPROACH and np.isfinite(knee):
        return f"{max(knee, 0.0):.0f} cm", "knee to wall"
    if view.stage in AT_WALL | {Stage.READY, Stage.BACK} and np.isfinite(toe):
        return f"{max(toe, 0.0):.1f} cm", "toe to wall"
    return None


def try_told(one: Try, *, last: bool) -> str:
    """A finished try in one or two short sentences, with what to do next."""
    if not one.valid:
        return f"Not counted. {one.reasons[0]}"
    counted = f"{one.side.capitalize()}: {one.toe_to_wall_cm:.1f} cm counts."
    return counted if last else f"{counted} Now the foot a little further back."
