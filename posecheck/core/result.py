"""What a check found: the schema of ``result.json`` and of every view on it.

Changing a field's meaning or removing one raises ``SCHEMA_VERSION``; adding one does not.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from posecheck.core.terms import Side

SCHEMA_VERSION = 1


class Status(StrEnum):
    """How a value stands to its target. ``BORDERLINE``: closer to the target than its error."""

    MET = "met"
    BORDERLINE = "borderline"
    NOT_MET = "not_met"
    NOT_MEASURED = "not_measured"
    INFO = "info"


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ClipInfo(_Model):
    """The video as it was read."""

    name: str
    duration_s: float
    frames: int
    seen_frames: int = Field(description="frames in which the followed person was found")
    fps: float = Field(description="1 / median frame spacing, from the file's own timestamps")
    width_px: int
    height_px: int
    rotation_deg: int = Field(description="rotation metadata that was applied, clockwise")


class MoveInfo(_Model):
    id: str
    name: str
    sha256: str = Field(description="hash of the move file that scored this clip")
    found: bool = Field(default=False, description="found in the clip, not asked for")


class ModelInfo(_Model):
    name: str
    sha256: str
    mode: str


class ViewInfo(_Model):
    """From where the camera saw the person, over the whole clip."""

    facing: Literal["left", "right", "front", "back", "oblique", "unknown"]
    yaw_deg: float | None = Field(
        description="0 faces the camera, +90 faces the image's right, -90 its left, 180 away"
    )
    near_side: Side | None
    roll_deg: float | None = Field(description="camera roll hint, clockwise positive")


class Note(_Model):
    """Something about the filming that limits what could be measured, in plain words."""

    id: str
    text: str = Field(description="what is wrong and what to move, one sentence each")
    start_s: float
    end_s: float


class Quality(_Model):
    people_seen: int = Field(description="most people seen in one frame")
    seen_fraction: float
    view: ViewInfo
    notes: list[Note]


class Measurement(_Model):
    """One number with its error, or the reason why there is none."""

    measure: str = Field(
        description="column stem in measures.csv, for example hip_flexion_left_deg"
    )
    label: str = Field(description="plain words, for example 'Hip flexion, left'")
    unit: str
    value: float | None
    error: float | None = Field(description="± half width that should hold 95% of errors")
    status: Status
    target: str | None = Field(default=None, description="plain words, for example 'at least 110°'")
    target_low: float | None = Field(default=None, description="least value that meets the target")
    target_high: float | None = Field(default=None, description="most that still meets the target")
    uncredited_value: float | None = Field(
        default=None,
        description="further reach while a compensation was out of tolerance: shown, not credited",
    )
    reason: str | None = Field(default=None, description="why it is not measured or not credited")
    clip: str | None = Field(default=None, description="in a combined result: the clip it is from")


class PhaseResult(_Model):
    id: str
    name: str
    status: Literal["done", "not_held", "skipped", "not_seen"]
    start_s: float | None
    end_s: float | None
    hold_s: float | None = Field(description="longest still time in the position, pauses taken out")
    hold_error_s: float | None = Field(
        default=None, description="± half width that should hold 95% of the hold times' errors"
    )
    hold_start_s: float | None
    hold_target_s: float | None
    hold_status: Status
    key_time_s: float | None = Field(description="the moment whose picture shows the phase best")
    measures: list[Measurement]
    clip: str | None = Field(
        default=None, description="in a combined result: the clip that its times and hold are from"
    )


class FaultResult(_Model):
    id: str
    name: str
    severity: Literal["warn", "fault"]
    phase: str | None
    start_s: float
    end_s: float
    value: float | None = Field(description="worst value of the measure behind it")
    unit: str | None
    cue: str = Field(description="a few plain words to hear while moving")
    explain: str = Field(description="why it matters and what to change")
    easier: str = Field(description="how to make the move easier")
    clip: str | None = Field(default=None, description="in a combined result: the clip it is from")


class CueEvent(_Model):
    """One cue at one moment; never two at once."""

    t_s: float
    end_s: float
    id: str
    text: str


class Repetition(_Model):
    index: int = Field(description="1 for the first of its side")
    side: Side
    start_s: float
    end_s: float
    complete: bool = Field(description="all phases done, none skipped")
    phases: list[PhaseResult]
    faults: list[FaultResult]
    met: int = Field(description="criteria met, borderline ones not included")
    borderline: int
    not_met: int
    not_measured: int
    clip: str | None = Field(
        default=None, description="in a combined result: the clip of start_s and end_s"
    )


class Part(_Model):
    """One of the clips that a combined result was made of."""

    clip: ClipInfo
    quality: Quality


class Result(_Model):
    """Everything a report, a page or another program needs to know about one checked clip."""

    schema_version: int = SCHEMA_VERSION
    software_version: str
    clip: ClipInfo
    move: MoveInfo
    model: ModelInfo
    side: Literal["left", "right", "auto"]
    mirrored: bool
    quality: Quality
    repetitions: list[Repetition]
    cues: list[CueEvent]
    verdict: list[str] = Field(description="three lines or fewer, plain words")
    praise: list[str]
    next_time: list[str] = Field(description="what to change next time, most important first")
    safety: str
    parts: list[Part] = Field(
        default=[], description="the clips of a combined result; empty for a single clip"
    )
