"""Following one person among the people seen: pure geometry, no pictures.

Who is followed: the person who is largest and most central for longest. Once chosen, the nearest
person of about the same size stays the followed one; while nobody is near enough the followed one
is lost, and a passer-by is not taken instead. After ``GIVE_UP_S`` without the followed person,
anybody of a similar size is taken as the one who came back.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from posecheck.core.pose import Landmark
from posecheck.estimate.poses import Float32, Poses

#: How far a followed person's hips may be from the last place: body sizes at once, and a second.
REACH = 0.25
REACH_PER_S = 1.5
#: Largest ratio between a followed person's sizes (bent, upright) in neighbouring sightings.
SIZE_RATIO = 1.8
#: After this long without the followed person, someone of a similar size elsewhere is accepted.
GIVE_UP_S = 2.0
_LOG_SIZE_RATIO = math.log(SIZE_RATIO)
_HIPS = [Landmark.LEFT_HIP, Landmark.RIGHT_HIP]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a person is: middle of the hips and the diagonal of all landmarks, pixels."""

    x_px: float
    y_px: float
    size_px: float

    @classmethod
    def of(cls, image_px: Float32) -> Place:
        """From one person's landmarks, (33, 2) pixels."""
        (left_x, left_y), (right_x, right_y) = image_px[_HIPS].tolist()
        width, height = np.ptp(image_px, axis=0).tolist()
        size = max(1.0, math.hypot(width, height))
        return cls((left_x + right_x) / 2, (left_y + right_y) / 2, size)

    def misfit(self, other: Place) -> tuple[float, float]:
        """How another sighting differs: distance in body sizes, |log| of the sizes' ratio."""
        distance_px = math.hypot(self.x_px - other.x_px, self.y_px - other.y_px)
        mean_px = math.sqrt(self.size_px * other.size_px)
        return distance_px / mean_px, abs(math.log(self.size_px / other.size_px))


def same_person(before: Place, now: Place, dt_s: float) -> bool:
    """Whether two sightings ``dt_s`` apart may be the same moving person."""
    distance, log_ratio = before.misfit(now)
    return distance <= REACH + REACH_PER_S * abs(dt_s) and log_ratio <= _LOG_SIZE_RATIO


class Follower:
    """Keeps to one person, frame by frame; knows only the past, so it serves live as well.

    Feed times in one direction, rising or falling.
    """

    def __init__(self) -> None:
        self._place: Place | None = None
        self._t_s = -math.inf

    def step(self, t_s: float, people: Sequence[Place], prominence: Sequence[float]) -> int | None:
        """Index of the followed person in ``people``, None while lost or nobody is there."""
        chosen = self._choose(t_s, people, prominence)
        if chosen is not None:
            self._place, self._t_s = people[chosen], t_s
        return chosen

    def _choose(
        self, t_s: float, people: Sequence[Place], prominence: Sequence[float]
    ) -> int | None:
        if not people:
            return None
        if self._place is None:
            return int(np.argmax(prominence))
        away_s = abs(t_s - self._t_s)
        place = self._place
        near = [i for i, other in enumerate(people) if same_person(place, other, away_s)]
        if near:
            return min(near, key=lambda i: sum(place.misfit(people[i])))
        if away_s > GIVE_UP_S:
            alike = [i for i, p in enumerate(people) if place.misfit(p)[1] <= _LOG_SIZE_RATIO]
            return max(alike, key=lambda i: prominence[i]) if alike else None
        return None


def prominence(place: Place, width_px: int, height_px: int) -> float:
    """How much a person looks like the one being filmed: large, and in the middle."""
    off_centre = abs(place.x_px / width_px - 0.5) * 2  # 0 in the middle, 1 at the edge
    return place.size_px / math.hypot(width_px, height_px) * max(0.1, 1.0 - 0.5 * off_centre)


def follow(
    t_s: npt.NDArray[np.float64], people: Sequence[Sequence[Place]], width_px: int, height_px: int
) -> npt.NDArray[np.int16]:
    """Which of the people seen in each frame is the followed one.

    Args:
        t_s: (n,) times of the frames.
        people: n lists of places.

    Returns:
        (n,) index into the frame's people, -1 where the followed person is not there.
    """
    weights = [[prominence(p, width_px, height_px) for p in places] for places in people]
    chosen = np.full(len(people), -1, np.int16)
    seed = _seed(t_s, people, weights)
    if seed is None:
        return chosen
    frame, person = seed
    for frames in (range(frame, len(people)), range(frame, -1, -1)):
        follower = Follower()
        follower.step(t_s[frame], [people[frame][person]], [1.0])
        for i in frames:
            index = person if i == frame else follower.step(t_s[i], people[i], weights[i])
            chosen[i] = -1 if index is None else index
    return chosen


def _seed(
    t_s: npt.NDArray[np.float64],
    people: Sequence[Sequence[Place]],
    weights: Sequence[Sequence[float]],
) -> tuple[int, int] | None:
    """First sighting (frame, index) of the person with the most prominence over time."""
    starts: list[tuple[int, int]] = []
    totals: list[float] = []
    last: dict[int, tuple[float, Place]] = {}  # open trails only: the past does not pile up
    for i, places in enumerate(people):
        last = {k: seen for k, seen in last.items() if t_s[i] - seen[0] <= GIVE_UP_S}
        free = set(last)
        for j, place in enumerate(places):
            fits = [k for k in free if same_person(last[k][1], place, t_s[i] - last[k][0])]
            if fits:
                trail = min(fits, key=lambda k: sum(last[k][1].misfit(place)))
                free.remove(trail)
            else:
                trail = len(starts)
                starts.append((i, j))
                totals.append(0.0)
            totals[trail] += weights[i][j]
            last[trail] = (t_s[i], place)
    return starts[int(np.argmax(totals))] if starts else None


def places(poses: Poses) -> list[Place]:
    """The place of each person seen."""
    return [Place.of(image_px) for image_px in poses.image_px]
