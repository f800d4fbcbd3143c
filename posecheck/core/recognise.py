"""Which of the known moves does a clip show? The nearest one, or none rather than a guess.

Every move has a typical set of numbers (:mod:`posecheck.core.posture`), and all share how those
numbers scatter. A clip is as far from a move as its numbers are unlikely for it (the squared
Mahalanobis distance for each number). It is taken for the nearest move if that is clearly nearer
than every other, and not further than clips of known moves are.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from posecheck.core.pose import Array, PoseTrack
from posecheck.core.posture import features

#: What a move is called that is to be found.
AUTO = "auto"


class MoveModel(BaseModel):
    """What the moves look like in numbers: the file ``data/recognise.json``."""

    model_config = ConfigDict(extra="forbid", frozen=True, ignored_types=(cached_property,))

    source: str = Field(description="the command and the clips that made it")
    features: tuple[str, ...]
    moves: dict[str, tuple[float, ...]] = Field(description="each move's typical numbers")
    scale: tuple[float, ...] = Field(description="how far each number scatters within a move")
    precision: tuple[tuple[float, ...], ...] = Field(
        description="inverse correlation of the scaled numbers"
    )
    least_lead: float = Field(gt=0, description="how much nearer than the next a move must be")
    most_far: float = Field(gt=0, description="how far a clip of a known move may be")

    @model_validator(mode="after")
    def _sizes_agree(self) -> MoveModel:
        n = len(self.features)
        rows = [*self.moves.values(), self.scale, *self.precision]
        if not self.moves or len(self.precision) != n or any(len(row) != n for row in rows):
            raise ValueError(f"expected {n} numbers, one for each feature, in every row")
        return self

    @cached_property
    def _typical(self) -> Array:
        return np.array(list(self.moves.values()))

    def distances(self, found: dict[str, float]) -> dict[str, float]:
        """How far a clip's features are from each move; about 1 for a usual clip of it."""
        at = np.array([found[name] for name in self.features])
        z = (at - self._typical) / np.array(self.scale)
        far = np.einsum("ki,ij,kj->k", z, np.array(self.precision), z) / len(at)
        return dict(zip(self.moves, far.tolist(), strict=True))


@dataclass(frozen=True, slots=True)
class Recognition:
    """What a clip was taken for.

    Attributes:
        move_id: the move, or None where nothing can be said for sure.
        nearest: the moves that it resembles most, nearest first; empty if hardly anybody was seen.
        far: whether it resembles none of the moves.
    """

    move_id: str | None
    nearest: tuple[str, ...]
    far: bool


def recognise(track: PoseTrack, model: MoveModel, among: Collection[str]) -> Recognition:
    """Tell the move that a track shows.

    Args:
        track: raw landmarks of a whole clip, from any side, mirrored or not.
        model: what the moves look like.
        among: the moves to choose from; others of the model still count as a reason for doubt.
    """
    found = features(track)
    if not found:
        return Recognition(None, (), far=True)
    distances = model.distances(found)
    ranked = sorted(distances, key=distances.__getitem__)
    best, second = (distances[name] for name in ranked[:2])
    far = best > model.most_far
    sure = not far and second - best >= model.least_lead and ranked[0] in among
    return Recognition(ranked[0] if sure else None, tuple(ranked[:2]), far)
