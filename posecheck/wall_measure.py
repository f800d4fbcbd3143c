"""Knee-to-wall from video files: scale, reading, test and result, wired together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from importlib import resources
from pathlib import Path
from time import perf_counter

import numpy as np

import posecheck
from posecheck.core.errors import InputError
from posecheck.core.leg import facing_of
from posecheck.core.scale import PlaneScale
from posecheck.core.terms import Side
from posecheck.core.wall_result import (
    SIDES,
    Reading,
    ScaleResult,
    TryResult,
    WallResult,
    best_of,
    difference,
    side_readings,
    try_result,
    verdict,
)
from posecheck.core.wall_rules import Rules
from posecheck.core.wall_test import Sides, WallTest, sides_asked
from posecheck.core.wall_tries import ScaleTerms, Try
from posecheck.scaling import ClipScale, ScaleInput, clip_scale, still_frame

#: A typed reading further than this from what was measured belongs to another try or unit.
_MOST_OFFSET_CM = 4.0
#: What the tape test itself is good for.
_TAPE_CM = (0.5, 30.0)
_SHOE_CM = (15.0, 36.0)
#: Pixels a cm at the foot in the coarsest clips of docs/knee-to-wall.md.
_MEASURED_PX = 1.5
#: The tip of the shoe stands about so far from the wall.
_TOE_CM = 10.0
OnFrame = Callable[[int, int | None, float], None]


@dataclass(frozen=True, slots=True)
class Tape:
    """A tape reading of the best try of a side, cm."""

    side: Side
    reading_cm: float


@dataclass(frozen=True, slots=True)
class Personal:
    """What is known of the person beside the video.

    Attributes:
        offset_cm: what earlier tape readings showed to be missing; None without one.
        shoe_cm: the shoe's length, heel to tip; None if not measured.
        tape: a reading typed now.
    """

    offset_cm: float | None = None
    shoe_cm: float | None = None
    tape: Tape | None = None


@dataclass(frozen=True, slots=True)
class ClipTries:
    """One clip's tries, as measured, with its scale.

    Attributes:
        stills: pictures of tries by their moment, where there is no file to take them from.
        name: what the person calls the clip, where that is not its file's name.
    """

    clip: Path
    found: ClipScale
    tries: list[Try]
    notes: list[str]
    duration_s: float
    stills: Mapping[float, np.ndarray] = field(default_factory=dict)
    name: str = ""

    @property
    def called(self) -> str:
        """The clip's name in a result."""
        return self.name or self.clip.name


@lru_cache(maxsize=1)
def rules() -> Rules:
    """The test's limits and errors, as they ship."""
    import tomllib

    text = resources.files("posecheck.data").joinpath("knee_to_wall.toml").read_text("utf-8")
    return Rules.model_validate(tomllib.loads(text))


def check_personal(personal: Personal) -> None:
    """Raises InputError where a typed number is no possible one."""
    tape = personal.tape
    for name, value, (low, high) in (
        (_tape_option(tape), tape.reading_cm if tape else None, _TAPE_CM),
        ("--shoe-cm", personal.shoe_cm, _SHOE_CM),
    ):
        if value is not None and not low <= value <= high:
            raise InputError(
                f"{name}: expected {low:g} to {high:g} cm, got {value:g}; read it in centimetres"
            )


def _tape_option(tape: Tape | None) -> str:
    return f"--tape-{'left' if tape is None else tape.side}-cm"


def terms_of(scale: PlaneScale, personal: Personal) -> dict[Side, ScaleTerms]:
    """What the test needs to know of a scale and a person, for either leg."""
    return {side: _terms_of(scale.faced(facing_of(side)), facing_of(side), personal)
            for side in SIDES}  # fmt: skip


def _terms_of(scale: PlaneScale, facing: float, personal: Personal) -> ScaleTerms:
    return ScaleTerms(
        length_error=scale.length_error,
        wall_error_cm=scale.wall_error_cm,
        lean_error=scale.lean_error,
        own_offset_cm=float("nan") if personal.offset_cm is None else personal.offset_cm,
        shoe_typed=personal.shoe_cm is not None,
        depth_per_drop=scale.depth_per_drop,
        px_per_cm=fineness(scale, facing),
    )


def measure_clip(
    clip: Path,
    given: ScaleInput,
    personal: Personal,
    *,
    sides: Sides = "auto",
    mirrored: bool = False,
    model: Path | None = None,
    on_frame: OnFrame | None = None,
) -> ClipTries:
    """Finds the scale of a video file and runs the test over it.

    Raises:
        InputError: no usable scale, no readable file, or nobody in it.
    """
    check_personal(personal)
    found = clip_scale(clip, given, mirrored=mirrored)
    return read_tries(
        clip, found, personal, sides=sides, mirrored=mirrored, model=model, on_frame=on_frame
    )


def read_tries(
    clip: Path,
    found: ClipScale,
    personal: Personal,
    *,
    name: str = "",
    sides: Sides = "auto",
    mirrored: bool = False,
    model: Path | None = None,
    on_frame: OnFrame | None = None,
) -> ClipTries:
    """Runs the test over a video file of this scale.

    Args:
        name: what the person calls the clip; its file's name if not given.
        on_frame: called with the frames done, of how many (None if not known), and how many a
            second.

    Raises:
        InputError: no readable file, or nobody in it.
    """
    from posecheck.capture.files import VideoReader
    from posecheck.wall_reading import WallReader

    called = name or clip.name
    test = WallTest(rules(), terms_of(found.scale, personal), sides)
    moved_s = None if found.sheet is None else found.sheet.moved_s
    start, seen, t_s = perf_counter(), 0, 0.0
    with (
        VideoReader(clip) as reader,
        WallReader(found.scale, model, mirrored=mirrored, shoe_cm=personal.shoe_cm) as eyes,
    ):
        for count, frame in enumerate(reader, start=1):
            if moved_s is not None and frame.t_s >= moved_s:
                break
            read = eyes.read(frame.bgr, frame.t_s)
            seen += read.landmarks_px is not None
            test.step(read.frame)
            t_s = frame.t_s
            if on_frame is not None:
                rate = count / max(perf_counter() - start, 1e-9)
                on_frame(count, reader.info.frames_estimate, rate)
    test.finish()
    if not seen:
        raise InputError(f"{called}: no person was found; film the whole body, in light")
    notes = [*coarse_note(called, found.scale), *missed_notes(called, test)]
    if moved_s is not None:
        notes.append(
            f"{called}: sheet or camera moved at {moved_s:.1f} s; what came later was not "
            "measured. Tape the sheet down and film again."
        )
    return ClipTries(clip, found, test.tries, notes, t_s, name=name)


def fineness(scale: PlaneScale, facing: float) -> float:
    """Pixels a cm where the tip of the shoe is."""
    wall_cm = scale.wall_cm(facing)
    at_cm = 0.0 if np.isnan(wall_cm) else wall_cm - facing * _TOE_CM
    return scale.px_per_cm(np.array([at_cm, 0.0]))


def coarse_note(name: str, scale: PlaneScale) -> list[str]:
    """What has to be said where the pictures are coarser than those the ± was measured on."""
    fine = max(fineness(scale, facing_of(side)) for side in SIDES)
    if fine >= _MEASURED_PX:
        return []
    return [
        f"{name}: the pictures show {fine:.1f} pixels a cm at the foot. The ± was measured at "
        f"{_MEASURED_PX:g} and more and may be too small here: move the camera closer, or measure "
        "from a video in a higher resolution."
    ]


def missed_notes(name: str, test: WallTest) -> list[str]:
    """What has to be said of knees that went to the wall and made no try."""
    notes = []
    if test.early_s:
        moments = ", ".join(f"{t_s:.1f}" for t_s in test.early_s)
        notes.append(
            f"{name}: the knee went to the wall before the foot had been seen standing still (at "
            f"{moments} s), and that was not measured: stand still for a second before each try."
        )
    if test.skewed:
        notes.append(
            f"{name}: the knee looks beyond the wall, so the camera stands further behind, higher "
            "or less level than two points can tell: put it lower and square to the foot, or print "
            "the sheet."
        )
    return notes


def build_result(
    tests: Sequence[ClipTries], personal: Personal, sides: Sides = "auto"
) -> WallResult:
    """One result of all clips, with a typed tape reading taken in.

    ``sides`` are the legs that were asked for.

    Raises:
        InputError: the tape reading fits no try.
    """
    asked = rules()
    offset = personal.offset_cm
    if personal.tape is not None:
        offset = _own_offset(tests, personal)
        tests = [_with_offset(one, offset, personal, asked) for one in tests]
    tries: list[TryResult] = []
    every = [one for test in tests for one in test.tries]
    for side in SIDES:
        best = best_of(every, side)
        count = 0
        for test in tests:
            for one in test.tries:
                if one.side == side:
                    count += 1
                    numbered = replace(one, number=count)
                    tries.append(try_result(numbered, test.called, one is best, asked))
    found = {side: side_readings(tries, side) for side in SIDES}
    shared = asked.errors.own_tape_cm if offset is not None else asked.errors.tip_cm
    result = WallResult(
        software_version=posecheck.__version__,
        clips=[test.called for test in tests],
        sides=list(sides_asked(sides)),
        toe_to_wall_left_cm=found["left"]["toe_to_wall_cm"],
        toe_to_wall_right_cm=found["right"]["toe_to_wall_cm"],
        shin_tilt_left_deg=found["left"]["shin_tilt_deg"],
        shin_tilt_right_deg=found["right"]["shin_tilt_deg"],
        heel_lift_left_cm=found["left"]["heel_lift_cm"],
        heel_lift_right_cm=found["right"]["heel_lift_cm"],
        toe_to_wall_difference_cm=_between(found, "toe_to_wall_cm", shared),
        shin_tilt_difference_deg=_between(found, "shin_tilt_deg", 0.0),
        tries=tries,
        scales=[_scale_result(test) for test in tests],
        own_offset_cm=None if offset is None else round(offset, 2),
        compared=[],
        notes=[note for test in tests for note in test.notes],
        verdict=[],
    )
    return told(result)


def told(result: WallResult) -> WallResult:
    """The result with its sentences made anew, after something in it changed."""
    return result.model_copy(update={"verdict": verdict(result, rules())})


def still_of(test: ClipTries, one: TryResult, mirrored: bool) -> np.ndarray:
    """The (h, w, 3) BGR picture of a try at the wall."""
    at_s = sum(one.held_s) / 2
    if test.stills:
        return test.stills[min(test.stills, key=lambda t: abs(t - at_s))]
    return still_frame(test.clip, at_s, mirrored=mirrored)


def _between(found: dict[Side, dict[str, Reading]], measure: str, shared: float) -> Reading:
    return difference(found["left"][measure], found["right"][measure], shared)


def _own_offset(tests: Sequence[ClipTries], personal: Personal) -> float:
    """What the tape shows to be missing in the best try of its side.

    Raises:
        InputError: that side has no valid try, or the reading is far from it.
    """
    assert personal.tape is not None
    tape = personal.tape
    best = best_of([one for test in tests for one in test.tries], tape.side)
    if best is None:
        raise InputError(
            f"{_tape_option(tape)}: no try of the {tape.side} leg counted, so there is nothing to "
            "compare the tape with; measure again, or leave it out"
        )
    before = personal.offset_cm or 0.0
    offset = tape.reading_cm - (best.toe_to_wall_cm - before)
    if abs(offset) > _MOST_OFFSET_CM:
        raise InputError(
            f"{_tape_option(tape)} {tape.reading_cm:g}: the video shows "
            f"{best.toe_to_wall_cm - before:.1f} cm for the best {tape.side} try, too far apart to "
            "be the same; read the tape from the wall to the tip of the shoe at that try"
        )
    return offset


def _with_offset(test: ClipTries, offset: float, personal: Personal, asked: Rules) -> ClipTries:
    """The same tries, told with a person's own offset."""
    before = personal.offset_cm or 0.0
    error = float(np.hypot(asked.errors.own_tape_cm, asked.errors.own_tape_cm))
    tries = [
        replace(
            one,
            toe_to_wall_cm=one.toe_to_wall_cm - before + offset,
            error_cm=min(one.error_cm, error),
        )
        for one in test.tries
    ]
    return replace(test, tries=tries)


def _scale_result(test: ClipTries) -> ScaleResult:
    scale = test.found.scale
    if test.tries:
        scale = scale.faced(facing_of(test.tries[0].side))

    def told_or_none(value: float, digits: int) -> float | None:
        return round(value, digits) if np.isfinite(value) else None

    return ScaleResult(
        clip=test.called,
        source=scale.source,
        length_error_pct=round(100 * scale.length_error, 1),
        wall_error_cm=told_or_none(scale.wall_error_cm, 2),
        off_square_deg=told_or_none(scale.slant_deg, 1),
        distance_cm=told_or_none(scale.distance_cm, 0),
    )
