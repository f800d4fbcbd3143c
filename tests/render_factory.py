"""Made-up results and tables with the shape of real ones, for the tests of pictures and pages."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from posecheck.core.pose import Landmark
from posecheck.core.result import (
    ClipInfo,
    CueEvent,
    FaultResult,
    Measurement,
    ModelInfo,
    MoveInfo,
    Note,
    PhaseResult,
    Quality,
    Repetition,
    Result,
    Status,
    ViewInfo,
)
from posecheck.core.table import MeasureTable
from posecheck.core.terms import Side

PHASE_S = 2.4
REPETITION_S = 7 * PHASE_S + 1.5


@dataclass(frozen=True)
class _Plan:
    """One phase: name, column stem, label, target, and what was reached."""

    id: str
    name: str
    stem: str
    label: str
    low: float | None
    high: float | None
    target: str | None
    value: float | None
    status: Status
    uncredited: float | None = None
    reason: str | None = None


PLANS = (
    _Plan("flexion", "Knee to chest", "hip_flexion", "Hip flexion", 110, None, "at least 110°",
          104.2, Status.NOT_MET, 118.0, "the trunk leaned back"),
    _Plan("lower", "Lower to 90", "thigh_tilt", "Thigh lift", 80, 100, "80° to 100°", 92.6,
          Status.MET),
    _Plan("open", "Open", "thigh_side_raise", "Thigh raise to the side", 60, None, "at least 60°",
          None, Status.NOT_MEASURED, None, "this camera position cannot show it"),
    _Plan("side", "Side hold", "leg_side_raise", "Leg raise to the side", 60, None,
          "at least 60°", 57.4, Status.BORDERLINE),
    _Plan("turn", "Turn in", "knee_flexion", "Knee flexion", None, 20, "at most 20°", 12.0,
          Status.MET),
    _Plan("extension", "Extension", "hip_extension", "Hip extension", 15, None, "at least 15°",
          21.3, Status.MET),
    _Plan("return", "Return", "trunk_lean", "Trunk lean", None, None, None, 3.0, Status.INFO),
)  # fmt: skip


def make_phase(plan: _Plan, start_s: float, side: Side) -> PhaseResult:
    sided = plan.stem if plan.stem.startswith("trunk") else f"{plan.stem}_{side}"
    measure = Measurement(
        measure=f"{sided}_deg",
        label=plan.label,
        unit="°",
        value=plan.value,
        error=None if plan.value is None else 5.6,
        status=plan.status,
        target=plan.target,
        target_low=plan.low,
        target_high=plan.high,
        uncredited_value=plan.uncredited,
        reason=plan.reason,
    )
    holds = plan.id != "return"
    return PhaseResult(
        id=plan.id,
        name=plan.name,
        status="done",
        start_s=start_s,
        end_s=start_s + PHASE_S,
        hold_s=1.6 if plan.id == "open" else 2.1 if holds else None,
        hold_start_s=start_s + 0.2 if holds else None,
        hold_target_s=2.0 if holds else None,
        hold_status=(Status.NOT_MET if plan.id == "open" else Status.MET if holds else Status.INFO),
        key_time_s=start_s + 1.2,
        measures=[measure],
    )


def make_fault(start_s: float, fault_id: str = "trunk-lean") -> FaultResult:
    heavy = fault_id == "trunk-lean"
    return FaultResult(
        id=fault_id,
        name="Trunk leans away in the side hold" if heavy else "Leg swings with momentum",
        severity="fault" if heavy else "warn",
        phase="side" if heavy else None,
        start_s=start_s,
        end_s=start_s + 0.9,
        value=17.2 if heavy else 143.0,
        unit="°" if heavy else "°/s",
        cue="Stand tall" if heavy else "Slow, as if through water",
        explain="Leaning away lifts the foot without the hip working. Raise the leg only as far "
        "as the trunk stays upright.",
        easier="Rest one hand on a wall and lift the leg to half the height.",
    )


def make_repetition(index: int, side: Side, start_s: float, faults: bool = True) -> Repetition:
    phases = [make_phase(p, start_s + k * PHASE_S, side) for k, p in enumerate(PLANS)]
    found = []
    if faults:
        found = [make_fault(start_s + 3.4 * PHASE_S), make_fault(start_s + 0.3, "momentum")]
    return Repetition(
        index=index,
        side=side,
        start_s=start_s,
        end_s=start_s + 7 * PHASE_S,
        complete=True,
        phases=phases,
        faults=found,
        met=8,
        borderline=1,
        not_met=2,
        not_measured=1,
    )


def make_result(
    repetitions: int = 2, *, sides: tuple[Side, ...] = ("left",), name: str = "kitchen.mp4"
) -> Result:
    """A standing hip sequence; repetitions alternate over ``sides``."""
    reps = [
        make_repetition(1 + k // len(sides), sides[k % len(sides)], 0.8 + k * REPETITION_S)
        for k in range(repetitions)
    ]
    duration_s = max(1, repetitions) * REPETITION_S + 1.0
    return Result(
        software_version="0.1.0",
        clip=ClipInfo(
            name=name, duration_s=duration_s, frames=round(duration_s * 30),
            seen_frames=round(duration_s * 30) - 4, fps=29.97, width_px=720, height_px=1280,
            rotation_deg=90,
        ),
        move=MoveInfo(id="standing-hip", name="Standing hip sequence", sha256="ab12" * 16),
        model=ModelInfo(name="full", sha256="cd34" * 16, mode="video"),
        side="auto",
        mirrored=False,
        quality=Quality(
            people_seen=1,
            seen_fraction=0.99,
            view=ViewInfo(facing="oblique", yaw_deg=38.0, near_side="left", roll_deg=0.5),
            notes=[
                Note(id="feet", text="The feet left the picture. Move the camera back by one step.",
                     start_s=4.0, end_s=9.0),
            ],
        ),
        repetitions=reps,
        cues=[CueEvent(t_s=9.0, end_s=10.5, id="trunk-lean", text="Stand tall")],
        verdict=[
            "A steady sequence: five of seven positions held well.",
            "Most to gain: stay tall in the side hold, where the trunk leans away by 17°.",
            "Hip flexion reached 118°, of which 104° counts.",
        ] if reps else [
            "A person was seen, but no repetition of the standing hip sequence.",
            "Start from standing still, then lift one knee towards the chest.",
        ],
        praise=["The thigh stayed level in every lowering.", "Every extension stayed straight."]
        if reps else [],
        next_time=[
            "Lift the leg to the side only as far as the trunk stays upright.",
            "Hold the open position for two full breaths.",
            "Stand square to the camera for the side hold.",
        ],
        safety="Pain is a stop sign: reduce the range or stop. This is no medical advice.",
    )  # fmt: skip


def make_table(result: Result, *, fps: float = 30.0) -> MeasureTable:
    """Smooth curves that reach what the phases say, with a gap."""
    n = max(2, int(result.clip.duration_s * fps))
    t_s = np.arange(n) / fps
    columns, errors, reasons = {}, {}, {}
    for side in ("left", "right"):
        for stem, peak in (("hip_flexion", 112.0), ("leg_side_raise", 58.0)):
            active = np.zeros(n)
            for rep in result.repetitions:
                if rep.side != side:
                    continue
                near = slice(*np.searchsorted(t_s, [rep.start_s - 2, rep.end_s + 2]))
                for k, level in enumerate((1.0, 0.82, 0.8, 0.5, 0.2, -0.2, 0.0)):
                    center = rep.start_s + (k + 0.5) * PHASE_S
                    active[near] += level * np.exp(-(((t_s[near] - center) / 1.15) ** 4))
            value = peak * active + 2 * np.sin(t_s * 2.1)
            gap = (t_s > 5.2) & (t_s < 5.9)
            name = f"{stem}_{side}_deg"
            columns[name] = np.where(gap, np.nan, value)
            errors[name] = np.where(gap, np.nan, 5.6)
            reasons[name] = gap.astype(np.uint8) * 2
    return MeasureTable(t_s=t_s, columns=columns, errors=errors, reasons=reasons)


HEADLINES = [
    ("hip_flexion_left_deg", "Hip flexion", None),
    ("hip_flexion_right_deg", "Hip flexion", None),
    ("leg_side_raise_left_deg", "Leg raise to the side", None),
]


def standing_px(width_px: int = 540, height_px: int = 960) -> np.ndarray:
    """(33, 2) landmarks of somebody standing, the left knee lifted."""
    body = {
        "NOSE": (0.5, 0.14), "SHOULDER": (0.1, 0.28), "ELBOW": (0.14, 0.4), "WRIST": (0.15, 0.52),
        "HIP": (0.06, 0.52), "KNEE": (0.07, 0.7), "ANKLE": (0.07, 0.88), "HEEL": (0.06, 0.9),
        "FOOT_INDEX": (0.1, 0.92),
    }  # fmt: skip
    points = np.full((33, 2), np.nan)
    points[Landmark.NOSE] = body["NOSE"]
    for joint, (dx, y) in body.items():
        if joint != "NOSE":
            points[Landmark[f"LEFT_{joint}"]] = (0.5 + dx, y)
            points[Landmark[f"RIGHT_{joint}"]] = (0.5 - dx, y)
    points[Landmark.LEFT_KNEE] = (0.72, 0.5)
    points[Landmark.LEFT_ANKLE] = (0.72, 0.68)
    points[np.isnan(points)] = 0.15
    return points * np.array([width_px, height_px])
