"""A stick figure of a position as a few directions, and the lines that draw it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

#: Segment lengths in body heights, rounded from the usual anthropometric shares (Drillis and
#: Contini 1966); a drawing needs no more.
_TRUNK, _HEAD, _THIGH, _SHANK, _FOOT, _ARM, _FOREARM = 0.30, 0.07, 0.245, 0.245, 0.13, 0.17, 0.15
_HALF_HIPS, _HALF_SHOULDERS = 0.055, 0.11

_Direction = Annotated[float, Field(ge=-360, le=360)]
_Share = Annotated[float, Field(gt=0, le=1)]
Kind = Literal["working", "other", "trunk", "head", "floor", "wall"]

Segment = Literal[
    "trunk", "thigh", "shank", "foot", "arm", "forearm", "other_thigh", "other_shank",
    "other_foot", "other_arm", "other_forearm", "hips", "shoulders",
]  # fmt: skip

#: Limb segments: name -> (where it hangs from, full length).
_LIMBS: dict[str, tuple[str, float]] = {
    "thigh": ("hip", _THIGH), "shank": ("thigh", _SHANK), "foot": ("shank", _FOOT),
    "arm": ("shoulder", _ARM), "forearm": ("arm", _FOREARM),
}  # fmt: skip


class Figure(BaseModel):
    """A position as the camera sees it: each segment's direction in the picture, degrees.

    Limbs: 0 hangs straight down, 90 points to the picture's right, 180 up, -90 to its left. Trunk:
    0 upright, 90 lies with the head to the right. From the side the body faces the picture's right;
    from the front the working side is the picture's right.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    seen: Literal["side", "front"] = "side"
    trunk: _Direction = 0.0
    head: _Direction | None = Field(default=None, description="as the trunk where left out")
    thigh: _Direction = 0.0
    shank: _Direction = 0.0
    foot: _Direction | None = Field(default=None, description="at right angles to the shank")
    arm: _Direction = 0.0
    forearm: _Direction | None = Field(default=None, description="in line with the arm")
    other_thigh: _Direction = 0.0
    other_shank: _Direction = 0.0
    other_foot: _Direction | None = None
    other_arm: _Direction = 0.0
    other_forearm: _Direction | None = None
    shortened: dict[Segment, _Share] = Field(
        default_factory=dict, description="share left of a segment that points at the camera"
    )
    wall: Literal["left", "right"] | None = None


@dataclass(frozen=True, slots=True)
class Stroke:
    """One line (or, for the head, a circle about its first point) in body heights, y down."""

    kind: Kind
    x0: float
    y0: float
    x1: float
    y1: float
    radius: float = 0.0


def strokes(figure: Figure) -> list[Stroke]:
    """The lines that draw a figure, those behind first; the floor lies at y = 0."""
    joints = _joints(figure)
    lowest = max(y for _, y in joints.values())
    place = {name: (x, y - lowest - 0.015) for name, (x, y) in joints.items()}
    out = [
        _stroke("other", place, f"other_{start}", f"other_{end}")
        for start, end in (("hip", "thigh"), ("thigh", "shank"), ("shank", "foot"),
                           ("shoulder", "arm"), ("arm", "forearm"))
    ]  # fmt: skip
    out.append(_stroke("trunk", place, "pelvis", "neck"))
    if figure.seen == "front":
        out.append(_stroke("trunk", place, "other_hip", "hip"))
        out.append(_stroke("trunk", place, "other_shoulder", "shoulder"))
    out += [
        _stroke("working", place, start, end)
        for start, end in (("hip", "thigh"), ("thigh", "shank"), ("shank", "foot"),
                           ("shoulder", "arm"), ("arm", "forearm"))
    ]  # fmt: skip
    x, y = place["head"]
    out.append(Stroke("head", x, y, x, y, radius=_HEAD))
    across = [x for x, _ in place.values()]
    left, right = min(across) - 0.12, max(across) + 0.12
    scene = [Stroke("floor", left, 0.0, right, 0.0)]
    if figure.wall is not None:
        at = min(across) - 0.03 if figure.wall == "left" else max(across) + 0.03
        scene.append(Stroke("wall", at, 0.0, at, -1.05))
    return [*scene, *out]


def _stroke(kind: Kind, place: dict[str, tuple[float, float]], start: str, end: str) -> Stroke:
    return Stroke(kind, *place[start], *place[end])


def _joints(figure: Figure) -> dict[str, tuple[float, float]]:
    """Joint -> (x, y down) in body heights, the pelvis at the origin."""
    short = figure.shortened
    up = math.radians(figure.trunk)
    trunk = _TRUNK * short.get("trunk", 1.0)
    neck = (trunk * math.sin(up), -trunk * math.cos(up))
    head_up = math.radians(figure.trunk if figure.head is None else figure.head)
    reach = _HEAD * 1.7
    place = {
        "pelvis": (0.0, 0.0),
        "neck": neck,
        "head": (neck[0] + reach * math.sin(head_up), neck[1] - reach * math.cos(head_up)),
    }
    wide = figure.seen == "front"
    hips = _HALF_HIPS * short.get("hips", 1.0) if wide else 0.0
    shoulders = _HALF_SHOULDERS * short.get("shoulders", 1.0) if wide else 0.0
    for prefix, sign in (("", 1.0), ("other_", -1.0)):
        across = (math.cos(up), math.sin(up))
        place[f"{prefix}hip"] = (sign * hips * across[0], sign * hips * across[1])
        place[f"{prefix}shoulder"] = (
            neck[0] + sign * shoulders * across[0], neck[1] + sign * shoulders * across[1],
        )  # fmt: skip
        for limb, (start, length) in _LIMBS.items():
            name = f"{prefix}{limb}"
            turn = math.radians(_direction(figure, name))
            share = short.get(name, 0.45 if limb == "foot" and wide else 1.0)  # type: ignore[call-overload]
            x, y = place[f"{prefix}{start}"]
            place[name] = (
                x + share * length * math.sin(turn), y + share * length * math.cos(turn)
            )  # fmt: skip
    return place


def _direction(figure: Figure, name: str) -> float:
    given: float | None = getattr(figure, name)
    if given is not None:
        return given
    base, _, part = name.rpartition("_")
    prefix = f"{base}_" if base else ""
    if part == "forearm":
        return float(getattr(figure, f"{prefix}arm"))
    shank = float(getattr(figure, f"{prefix}shank"))
    # From the front a foot points at the camera: a short line down the shank.
    return shank + 90.0 if figure.seen == "side" else shank
