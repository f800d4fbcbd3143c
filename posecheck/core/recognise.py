"""Which of the known moves does a clip show? The likeliest one, or none rather than a guess.

A clip's numbers (:mod:`posecheck.core.posture`) are weighed for every move (a multinomial logistic
regression, whose weights lie in a data file). It is taken for the likeliest move if that is several
times as likely as the next, and if the clip looks like one of that move at all: weights alone would
call a squat by the name of whatever it resembles most.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from posecheck.core.pose import Array, PoseTrack
from posecheck.core.posture import features

#: Among the moves of a model: somebody who is there and does nothing.
NOTHING = "nothing"
#: No number counts as further off than so many times its scatter.
_WILDEST = 3.0


class MoveModel(BaseModel):
    """What the moves look like in numbers: the file ``data/recognise.json``."""

    model_config = ConfigDict(extra="forbid", frozen=True, ignored_types=(cached_property,))

    source: str = Field(description="the command and the clips that made it")
    features: tuple[str, ...]
    centre: tuple[float, ...] = Field(description="each number's mean over all moves")
    scale: tuple[float, ...] = Field(description="and how far it scatters over all moves")
    weights: dict[str, tuple[float, ...]] = Field(description="of each scaled number for each move")
    bias: dict[str, float]
    typical: dict[str, tuple[float, ...]] = Field(description="each move's own mean")
    scatter: tuple[float, ...] = Field(description="how far each number scatters within a move")
    least_odds: float = Field(gt=1, description="so many times as likely as the next must it be")
    most_far: float = Field(gt=0, description="how far a clip may be from what is typical")

    @model_validator(mode="after")
    def _sizes_agree(self) -> MoveModel:
        n = len(self.features)
        rows = [self.centre, self.scale, self.scatter]
        rows += [*self.weights.values(), *self.typical.values()]
        if any(len(row) != n for row in rows):
            raise ValueError(f"expected {n} numbers, one for each feature, in every row")
        moves = set(self.weights)
        if len(moves) < 2 or moves != set(self.bias) or moves != set(self.typical):
            raise ValueError("expected the same moves, two or more, in weights, bias and typical")
        return self

    @cached_property
    def _weights(self) -> Array:
        return np.array(list(self.weights.values()))

    def log_odds(self, found: dict[str, float]) -> dict[str, float]:
        """Each move's logarithm of likelihood, up to a constant that they share."""
        z = scaled(self._at(found), np.array(self.centre), np.array(self.scale))
        return {
            move: float(row @ z + self.bias[move])
            for move, row in zip(self.weights, self._weights, strict=True)
        }

    def distance(self, found: dict[str, float], move: str) -> float:
        """How far a clip is from what is typical of a move: about 1 for a usual clip of it."""
        z = scaled(self._at(found), np.array(self.typical[move]), np.array(self.scatter))
        return float((z * z).mean())

    def _at(self, found: dict[str, float]) -> Array:
        return np.array([found[name] for name in self.features])


def scaled(values: Array, centre: Array, scale: Array) -> Array:
    """Standardised, and cut off at ``_WILDEST``: one wild number must not outvote the others."""
    return np.clip((values - centre) / scale, -_WILDEST, _WILDEST)


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
    odds = model.log_odds(found)
    ranked = sorted(odds, key=odds.__getitem__, reverse=True)
    best, second = ranked[:2]
    far = best == NOTHING or model.distance(found, best) > model.most_far
    clear = odds[best] - odds[second] >= math.log(model.least_odds)
    sure = clear and not far and best in among
    nearest = tuple(move for move in ranked if move != NOTHING)[:2]
    return Recognition(best if sure else None, nearest, far)
