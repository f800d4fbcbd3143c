"""Knee-to-wall in centimetres against the truth: the table of ``docs/knee-to-wall.md``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from lab.bench import freshen, is_current
from lab.clip import Recipe
from lab.degraded import degraded
from lab.errors import LabError
from lab.recipes import wall_clips
from lab.truth import SUFFIX, project, read_truth
from posecheck.core.errors import InputError
from posecheck.core.leg import facing_of
from posecheck.core.wall_tries import Refusal, Try
from posecheck.scaling import ScaleInput
from posecheck.wall_measure import Personal, fineness, measure_clip, rules

#: What each fault of the lab should be refused for. Of a knee that caves in the side view shows
#: only that it goes less far.
REFUSED_FOR = {
    "heel_lift": Refusal.HEEL_UP,
    "not_touching": Refusal.SHORT,
    "foot_turned_out": Refusal.TURNED,
    "knee_cave": Refusal.SHORT,
}
#: How a person clicks two points of a floor tape: its length, and the click's spread.
TAPE_CM, CLICK_PX = 60.0, 1.5
#: Width of a letter sheet.
LETTER_CM = 21.59
#: What the ± is to cover of the tune bodies' tries, spoiled ones among them.
_COVER = 0.95
#: An edge is found no better than this, pixels, however well the tune bodies' were.
_LEAST_TIP_PX = 0.5


@dataclass(frozen=True)
class Row:
    """One try of the truth with what was measured of it.

    Attributes:
        true_cm, seen_cm, error_cm: shoe tip to wall, and the ± that came with it; NaN if not seen.
        fault: what was done wrong, or empty.
        refusals: why posecheck refused it.
        behind: tangent of how far behind square the camera stood.
        px_per_cm: how fine the picture is at the foot.
    """

    clip: str
    body: str
    side: str
    camera: str
    true_cm: float
    seen_cm: float
    error_cm: float
    fault: str
    refusals: tuple[str, ...]
    behind: float
    true_lift_cm: float
    seen_lift_cm: float
    px_per_cm: float

    @property
    def off_cm(self) -> float:
        return self.seen_cm - self.true_cm

    @property
    def counts(self) -> bool:
        return not self.refusals and bool(np.isfinite(self.seen_cm))


@dataclass(frozen=True)
class Measured:
    """All tries of one way of measuring.

    Attributes:
        clips: how many were tried; refused: those that gave no scale, and why.
    """

    rows: list[Row]
    clips: int
    refused: dict[str, str]


def render(split: str, folder: Path, progress: Any, *, bare: bool = True) -> None:
    """Renders what is missing of a split; ``bare``: also the clips beside a bare sheet."""
    folder.mkdir(parents=True, exist_ok=True)
    for recipe in [*wall_clips(split), *(wall_clips(split, bare=True) if bare else ())]:
        if not is_current(recipe, folder):
            freshen(recipe, folder, progress(recipe.name))


def measure(split: str, folder: Path, scale: str, way: str = "", progress: Any = None) -> Measured:
    """Every try of the split's clips, measured with the sheet, or as somebody clicks it: "points"
    of a floor tape, or the corners of a bare sheet, "paper".

    Args:
        way: how the clips are spoiled first, of :data:`lab.degraded.DEGRADATIONS`; "" leaves them.
        progress: called with clips done and all clips.

    Raises:
        LabError: a clip is missing.
    """
    rows: list[Row] = []
    refused: dict[str, str] = {}
    recipes = wall_clips(split, bare=scale == "paper")
    for done, recipe in enumerate(recipes, start=1):
        if not is_current(recipe, folder):
            raise LabError(f"{recipe.name} is not rendered")
        try:
            rows += list(_rows(recipe, folder, scale, way))
        except InputError as error:
            refused[recipe.name] = str(error)
        if progress is not None:
            progress(done, len(recipes))
    return Measured(rows, len(recipes), refused)


def _rows(recipe: Recipe, folder: Path, scale: str, way: str) -> Iterator[Row]:
    clip = folder / f"{recipe.name}.mp4"
    clip = degraded(clip, way) if way else clip
    truth = read_truth(folder / f"{recipe.name}{SUFFIX}")
    given = {"points": _clicked_tape, "paper": _clicked_sheet}.get(scale, _nothing)(truth)
    test = measure_clip(clip, given, Personal())
    tries = test.tries
    camera = truth["camera"]
    off = abs(abs(camera["azimuth_deg"]) - 90.0)
    told = f"{off:.0f}° off, {camera['height_m']:.1f} m high, rolled {camera['roll_deg']:.0f}°"
    for repetition in truth["repetitions"]:
        phase = repetition["phases"][0]
        seen = _matching(tries, phase)
        side = repetition["side"]
        facing = facing_of(side)
        fault = next(
            (f["id"] for f in truth["faults"]
             if f["start_s"] < phase["hold_end_s"] and f["end_s"] > phase["hold_start_s"]), "",
        )  # fmt: skip
        yield Row(
            clip=recipe.name, body=recipe.body, side=side, camera=told,
            true_cm=phase["peak"][f"toe_to_wall_{side}_cm"],
            seen_cm=seen.toe_to_wall_cm if seen else float("nan"),
            error_cm=seen.error_cm if seen else float("nan"),
            fault=fault,
            refusals=tuple(r.value for r in seen.refusals) if seen else ("no try seen",),
            behind=float(np.tan(np.radians(seen.off_square_deg))) if seen else float("nan"),
            true_lift_cm=_lift_cm(truth, side, repetition, phase),
            seen_lift_cm=seen.heel_lift_cm if seen else float("nan"),
            px_per_cm=fineness(test.found.scale.faced(facing), facing),
        )  # fmt: skip


def _matching(tries: Sequence[Try], phase: dict[str, Any]) -> Try | None:
    """The try that was at the wall when the truth says so."""
    for one in tries:
        if one.held_s[0] < phase["hold_end_s"] and one.held_s[1] > phase["hold_start_s"]:
            return one
    return None


def _lift_cm(
    truth: dict[str, Any], side: str, repetition: dict[str, Any], phase: dict[str, Any]
) -> float:
    """How far the heel truly rose."""
    heel = truth["joints"][f"{side}_heel"]["m"][:, 2]
    at, before = (
        heel[int(np.argmin(np.abs(truth["t_s"] - t_s)))]
        for t_s in ((phase["hold_start_s"] + phase["hold_end_s"]) / 2, repetition["start_s"] - 0.1)
    )
    return float(100.0 * (at - before))


def _nothing(_truth: dict[str, Any]) -> ScaleInput:
    return ScaleInput()


def _clicked_sheet(truth: dict[str, Any]) -> ScaleInput:
    """The four corners of the sheet, clicked by somebody."""
    rng = np.random.default_rng(len(truth["clip"]))
    corners = np.array(truth["sheet"]["corners_px"])
    corners = corners[np.argsort(corners[:, 1])]
    top, low = (pair[np.argsort(pair[:, 0])] for pair in (corners[:2], corners[2:]))
    clicked = np.vstack([top, low[::-1]]) + rng.normal(0.0, CLICK_PX / np.sqrt(2.0), (4, 2))
    corners_cm = 100.0 * np.array(truth["sheet"]["corners_m"])
    wide_cm = float(np.linalg.norm(corners_cm[1] - corners_cm[0]))
    paper = "letter" if abs(wide_cm - LETTER_CM) < 0.2 else "a4"
    return ScaleInput(paper_corners=tuple(clicked.ravel()), paper=paper)


def _clicked_tape(truth: dict[str, Any]) -> ScaleInput:
    """Two points of a floor tape in the foot's line, clicked by somebody, and the wall's foot."""
    rng = np.random.default_rng(len(truth["clip"]))
    side = truth["repetitions"][0]["side"]
    foot = truth["joints"][f"{side}_foot_index"]["m"]
    x, wall_y = float(np.median(foot[:, 0])), truth["wall"]["point_m"][1]
    places = np.array([[x, wall_y + cm / 100.0, 0.0] for cm in (TAPE_CM, 0.0)])
    px = project(np.array(truth["camera"]["matrix"]), places)
    px = px + rng.normal(0.0, CLICK_PX / np.sqrt(2.0), px.shape)
    first, wall = px
    return ScaleInput(
        points=(first[0], first[1], wall[0], wall[1], TAPE_CM), wall=(wall[0], wall[1])
    )


# --- figures ---


def figures(rows: Sequence[Row]) -> dict[str, Any]:
    """What the table says of one way of scaling."""
    good = [row for row in rows if not row.fault]
    counted = [row for row in good if row.counts]
    accepted = [row for row in rows if row.counts]
    off = np.array([row.off_cm for row in counted])
    inside = [abs(row.off_cm) <= row.error_cm for row in counted]
    pairs = [
        (left.seen_cm - right.seen_cm) - (left.true_cm - right.true_cm)
        for left, right in product(counted, counted)
        if left.body == right.body and left.side == "left" and right.side == "right"
    ]
    lifted = [row for row in rows if row.fault == "heel_lift"]
    return {
        "tries": len(rows),
        "good_tries": len(good),
        "mae_cm": _mean(np.abs(off)),
        "bias_cm": _mean(off),
        "worst_cm": float(np.abs(off).max(initial=0.0)),
        "coverage": _mean(np.array(inside, float)),
        "accepted": len(accepted),
        "accepted_coverage": _mean([abs(row.off_cm) <= row.error_cm for row in accepted]),
        "px_per_cm": float(np.median([row.px_per_cm for row in rows])) if rows else float("nan"),
        "typical_error_cm": _mean(np.array([row.error_cm for row in counted])),
        "side_difference_pairs": len(pairs),
        "side_difference_mae_cm": _mean(np.abs(pairs)),
        "heel_lifts": len(lifted),
        "heel_lifts_caught": sum("heel_up" in row.refusals for row in lifted),
        "false_heel_alarms": sum(
            "heel_up" in row.refusals for row in rows if row.fault != "heel_lift"
        ),
        "false_turns": sum(
            "turned" in row.refusals for row in rows if row.fault != "foot_turned_out"
        ),
        "not_turned": sum(row.fault != "foot_turned_out" for row in rows),
        "not_lifted": sum(row.fault != "heel_lift" for row in rows),
        "false_refusals": sum(bool(row.refusals) for row in good),
        "faults": {
            fault: [
                sum(refusal.value in row.refusals for row in rows if row.fault == fault),
                sum(row.fault == fault for row in rows),
            ]
            for fault, refusal in REFUSED_FOR.items()
        },
    }  # fmt: skip


def _mean(values: Any) -> float:
    return float(np.mean(values)) if len(values) else float("nan")


def fitted(rows: Sequence[Row]) -> dict[str, float]:
    """Offsets of the tip, and what a coarse picture adds to its ±, for the data file.

    Args:
        rows: tries of clips as they were rendered and of spoiled ones; those that went well count.
    """
    good = [row for row in rows if not row.fault and row.counts]
    if len(good) < 8:
        raise LabError(f"only {len(good)} good tries: too few to tune on")
    e = rules().errors
    behind, off, was, fine = (
        np.array([getattr(row, name) for row in good])
        for name in ("behind", "off_cm", "error_cm", "px_per_cm")
    )
    (a, b), *_ = np.linalg.lstsq(np.column_stack([np.ones_like(behind), behind]), off, rcond=None)
    left = np.abs(off - a - b * behind)
    other = np.maximum(was**2 - (e.tip_px / fine) ** 2, 0.0)

    def covers(tip_px: float) -> bool:
        # A few bodies show no more than the middle of the errors: a fifth is kept to spare.
        within = left <= 0.8 * np.sqrt(other + (tip_px / fine) ** 2)
        return bool(within.mean() >= _COVER)

    return {
        "tip_px": round(
            float(next(px for px in np.arange(_LEAST_TIP_PX, 9.0, 0.1) if covers(px))), 2
        ),
        "tip_offset_cm": round(e.tip_offset_cm - float(a), 2),
        "tip_behind_cm": round(e.tip_behind_cm - float(b), 2),
    }


def write_errors(values: dict[str, float], path: Path) -> None:
    """Puts fitted numbers into the data file, its comments left as they are."""
    text = path.read_text(encoding="utf-8")
    for name, value in values.items():
        text, count = re.subn(rf"(?m)^{name} = [-\d.]+", f"{name} = {value:g}", text)
        if count != 1:
            raise LabError(f"{path}: has no line for {name}")
    path.write_text(text, encoding="utf-8")
