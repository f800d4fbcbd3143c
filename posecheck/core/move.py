"""The schema of a move file: what a move asks, how its phases are told apart, what goes wrong.

A move file is TOML. Thresholds live there with their source; the engine only reads them.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from posecheck.core.catalog import known_names, resolve
from posecheck.core.errors import MoveError
from posecheck.core.figure import Figure
from posecheck.core.terms import Plane

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

MAX_FILE_BYTES = 1_000_000
_LONGEST_SHOWN = 40

Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*$", max_length=60)]
Text = Annotated[str, Field(min_length=1, max_length=1200)]


class _Model(BaseModel):
    # TOML knows nan and inf; as a threshold they would never, or always, be passed.
    model_config = ConfigDict(
        extra="forbid", frozen=True, str_strip_whitespace=True, allow_inf_nan=False
    )


def _check_measure(name: str) -> None:
    try:
        resolve(name, "left")
    except MoveError:
        near = get_close_matches(name.removeprefix("other_"), known_names(), 3, 0.4)
        hint = f"; did you mean {' or '.join(near)}?" if near else ";"
        raise ValueError(
            f'unknown measure "{name}"{hint} Known: {", ".join(known_names())}'
        ) from None


class _OnMeasure(_Model):
    measure: str = Field(description="a measure of the catalogue, of the working side")

    @model_validator(mode="after")
    def _measure_is_known(self) -> _OnMeasure:
        _check_measure(self.measure)
        return self


class Condition(_OnMeasure):
    """True while the measure lies in a range. All bounds given must hold.

    ``fallen`` and ``risen`` compare with the extreme of the phase under way, so that "lowered from
    the top" needs no fixed angle; with ``settled``, the way into the phase does not count. In a
    first phase they compare with the start position before it, in ``start`` with the phase that is
    left.
    """

    above: float | None = None
    below: float | None = None
    fallen: float | None = Field(default=None, gt=0, description="at least this far under the top")
    risen: float | None = Field(default=None, gt=0, description="at least this far over the low")
    settled: bool = Field(
        default=False, description="take that top or low only from the phase's still moments"
    )

    @model_validator(mode="after")
    def _some_range_is_left(self) -> Condition:
        bounds = (self.above, self.below, self.fallen, self.risen)
        if all(bound is None for bound in bounds):
            raise ValueError("needs at least one of above, below, fallen, risen")
        if self.above is not None and self.below is not None and self.above >= self.below:
            raise ValueError(
                f"above = {self.above:g} and below = {self.below:g} leave no value between; "
                "above must be the smaller number"
            )
        return self


class Criterion(_OnMeasure):
    """A number to report for a phase, with a target or without."""

    label: Text | None = None
    stat: Literal["peak", "low", "hold", "mean"] = Field(
        default="hold",
        description="peak/low: the best held second; hold: median of the hold; mean: whole phase",
    )
    at_least: float | None = None
    at_most: float | None = None
    why: Text | None = Field(default=None, description="source of the target")
    advice: Text | None = Field(default=None, description="what to change when it is not met")

    @property
    def has_target(self) -> bool:
        return self.at_least is not None or self.at_most is not None

    @model_validator(mode="after")
    def _target_is_possible(self) -> Criterion:
        if self.at_least is not None and self.at_most is not None and self.at_least >= self.at_most:
            raise ValueError(
                f"at_least = {self.at_least:g} and at_most = {self.at_most:g} leave a gap that no "
                "value can meet; at_least must be the smaller number"
            )
        return self


class KeptBy(_OnMeasure):
    """The measure whose level tells how long a position was kept, where the limb flickers."""

    edges: Literal["rest", "level", "middle"] = Field(
        default="rest",
        description="a hold begins and ends with the limb's rest, where the level is reached, or "
        "by when the measure was half-way",
    )
    speed: str | None = Field(
        default=None,
        description="a measure of how fast the limb's picture moves: where it is known, it tells "
        "when the ways to and from the position began and ended",
    )
    unseen_share: float = Field(
        default=0.0,
        ge=0,
        le=0.5,
        description="with a speed: share of a way's time, at this position's end, in which the "
        "limb turns to or from the camera, and its picture hardly moves",
    )
    after_middle: float = Field(
        default=1.0,
        gt=0,
        le=2,
        description='with "middle": how long a way lasts between its half and the position, as a '
        "share of the time between its half and the start position",
    )
    farther: str | None = Field(
        default=None,
        description="another measure in the same unit: where it goes farther on the way, its "
        "level tells, since the limb then hardly moves",
    )

    @model_validator(mode="after")
    def _others_are_known(self) -> KeptBy:
        for name in filter(None, [self.farther, self.speed]):
            _check_measure(name)
        return self


class Phase(_Model):
    """One position of the chain, entered when all ``enter`` conditions hold for ``dwell_s``."""

    id: Identifier
    name: Text
    say: Text = Field(description="the prompt, a few words")
    view: Plane = Field(description="the camera view that its numbers need")
    enter: tuple[Condition, ...] = ()
    after: tuple[Identifier, ...] | None = Field(
        default=None, description="phases that come before; the previous one when left out"
    )
    seen_from: Plane = Field(
        default="any", description="the view, within 35 degrees, that shows whether it was visited"
    )
    final: bool = Field(default=False, description="the way back: ends in the start position")
    dwell_s: float = Field(default=0.12, ge=0, le=2)
    hold_s: float | None = Field(default=None, gt=0, le=600)
    kept_by: KeptBy | None = Field(
        default=None, description="a measure that tells better than rest how long it was held"
    )
    headline: str = Field(description="the measure that matters now")
    criteria: tuple[Criterion, ...] = ()
    figure: Figure | None = Field(default=None, description="how the position looks")

    @model_validator(mode="after")
    def _has_a_way_in(self) -> Phase:
        if not self.final and not self.enter:
            raise ValueError(f'phase "{self.id}": enter is empty, so it can never begin')
        return self

    @field_validator("headline")
    @classmethod
    def _headline_is_known(cls, name: str) -> str:
        _check_measure(name)
        return name


class Fault(_Model):
    """Something that goes wrong, found in one of several ways.

    ``measure``: beyond ``warn``/``fault`` for ``dwell_s``. ``skipped``: a position left out on
    the way to a later one; ``left_out``: also one that never came at the end.
    ``short_hold``: a hold under its target. ``ended_early``: back in the start position with
    positions to go. ``not_reached``: the named criterion is not met. ``bouncing``: the measure
    goes to and fro by ``fault`` within a phase.
    """

    id: Identifier
    name: Text
    kind: Literal[
        "measure", "skipped", "left_out", "short_hold", "ended_early", "not_reached", "bouncing"
    ] = "measure"
    phases: tuple[Identifier, ...] = Field(default=(), description="where it counts; all if empty")
    measure: str | None = None
    warn: float | None = None
    fault: float | None = None
    direction: Literal["above", "below", "either"] = Field(
        default="above", description="either: as far on both sides of 0, or of the start"
    )
    seen_from: Plane | Literal["phase"] = Field(
        default="any",
        description="the view, within 35 deg, that shows it; phase: the one its position asks for",
    )
    from_start: bool = Field(default=False, description="measured from the start position's value")
    when: tuple[Condition, ...] = Field(
        default=(), description="counts only while these hold too; above and below only"
    )
    at_rest: bool = Field(
        default=False, description="counts only while the limb rests, not on its way in and back"
    )
    certain: bool = Field(
        default=False,
        description="not_reached: only where the target is missed by more than the error",
    )
    dwell_s: float = Field(default=0.3, ge=0, le=5)
    compensation: bool = Field(default=False, description="while it lasts, reach is not credited")
    yields_to: tuple[Identifier, ...] = Field(
        default=(),
        description="faults that move its measure too: while one of them lasts, it is not told",
    )
    cue: Text
    explain: Text
    easier: Text

    def plane(self, phase: Phase | None) -> Plane:
        """The view that shows the fault in a phase, or in none."""
        if self.seen_from != "phase":
            return self.seen_from
        return "any" if phase is None else phase.view

    @property
    def limit(self) -> float:
        """Where the fault begins: at ``warn``, or at ``fault`` where there is no warning."""
        limit = self.fault if self.warn is None else self.warn
        assert limit is not None  # held by _fits_its_kind for the kinds that use it
        return limit

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Fault:
        needs_measure = self.kind in ("measure", "not_reached", "bouncing")
        if needs_measure and self.measure is None:
            raise ValueError(f'fault "{self.id}": kind "{self.kind}" needs a measure')
        if self.measure is not None:
            _check_measure(self.measure)
        if any(c.fallen is not None or c.risen is not None for c in self.when):
            raise ValueError(f'fault "{self.id}": when takes above and below, not fallen or risen')
        if self.kind in ("measure", "bouncing") and self.fault is None:
            raise ValueError(f'fault "{self.id}": kind "{self.kind}" needs the number fault')
        if self.warn is not None and self.fault is not None:
            ordered = (
                self.warn > self.fault if self.direction == "below" else self.warn < self.fault
            )
            if not ordered:
                raise ValueError(
                    f'fault "{self.id}": warn = {self.warn:g} must come before fault = '
                    f"{self.fault:g} on the way {self.direction}"
                )
        return self


class Dose(_Model):
    """How much: ranges are [least, most]."""

    sets: tuple[int, int]
    repetitions: tuple[int, int]
    hold_s: tuple[float, float]
    days_per_week: tuple[int, int]
    per_side: bool = True

    @model_validator(mode="after")
    def _ranges_rise(self) -> Dose:
        for name in ("sets", "repetitions", "hold_s", "days_per_week"):
            low, high = getattr(self, name)
            if low > high or low < 0:
                raise ValueError(f"{name} = [{low:g}, {high:g}]: the first must not be the larger")
        return self


class Camera(_Model):
    plane: Plane = Field(description="the view that most of the move needs")
    place: Text = Field(description="where to put the camera, in a sentence or two")


class Move(_Model):
    """A whole move file."""

    schema_version: Literal[1] = Field(alias="schema")
    id: Identifier
    name: Text
    about: Text
    posture: Literal["standing", "half-kneeling", "sitting", "lying"]
    how: tuple[Text, ...] = Field(min_length=1)
    camera: Camera
    setup: tuple[Text, ...] = ()
    dose: Dose
    easier: Text | None = Field(default=None, description="how to make the whole move easier")
    safety: Text
    notes: Text | None = Field(default=None, description="what cannot be measured, and why")
    references: tuple[Text, ...] = ()
    start: tuple[Condition, ...] = Field(min_length=1)
    start_dwell_s: float = Field(default=0.25, ge=0, le=2)
    held_by: Literal["leg", "arm"] = Field(
        default="leg", description="the limb of the working side whose stillness is a hold"
    )
    still_below_degps: float = Field(
        default=7.0, gt=0, description="that limb's speed below which a hold begins"
    )
    moving_above_degps: float = Field(
        default=12.0, gt=0, description="that limb's speed above which a hold ends"
    )
    hold_error_s: float = Field(
        default=0.3,
        gt=0,
        le=2,
        description="hold times are good to this; a target missed by less is borderline",
    )
    least_phases: int = Field(default=1, ge=1, description="positions that make a repetition")
    figure: Figure | None = Field(default=None, description="how the start position looks")
    phases: tuple[Phase, ...] = Field(min_length=1)
    faults: tuple[Fault, ...] = ()

    @model_validator(mode="after")
    def _faults_yield_to_others(self) -> Move:
        measured = {fault.id for fault in self.faults if fault.kind == "measure"}
        for fault in self.faults:
            for name in fault.yields_to:
                if name not in measured - {fault.id}:
                    raise ValueError(
                        f'fault "{fault.id}": yields_to names "{name}"; other faults of kind '
                        f'"measure": {", ".join(sorted(measured - {fault.id})) or "none"}'
                    )
        return self

    @model_validator(mode="after")
    def _parts_fit_together(self) -> Move:
        _check_unique("phase", [phase.id for phase in self.phases])
        _check_unique("fault", [fault.id for fault in self.faults])
        ids = {phase.id for phase in self.phases}
        for phase in self.phases:
            for name in phase.after or ():
                if name not in ids:
                    raise ValueError(
                        f'phase "{phase.id}": after names "{name}"; '
                        f"phases: {', '.join(sorted(ids))}"
                    )
        for fault in self.faults:
            for name in fault.phases:
                if name not in ids:
                    raise ValueError(
                        f'fault "{fault.id}": phases names "{name}"; '
                        f"phases: {', '.join(sorted(ids))}"
                    )
        if not any(not phase.final for phase in self.phases):
            raise ValueError("phases: at least one must not be final")
        if self.still_below_degps >= self.moving_above_degps:
            raise ValueError(
                f"still_below_degps = {self.still_below_degps:g} must be smaller than "
                f"moving_above_degps = {self.moving_above_degps:g}"
            )
        if self.least_phases > sum(not phase.final for phase in self.phases):
            raise ValueError(
                f"least_phases = {self.least_phases} is more than the move has positions"
            )
        _check_order(self)
        _check_hysteresis(self)
        return self

    @property
    def follows_feet(self) -> bool:
        """Whether it asks how fast the picture moves at the feet."""
        speeds = (phase.kept_by.speed for phase in self.phases if phase.kept_by)
        return any(name is not None and name.startswith("foot_speed") for name in speeds)

    def predecessors(self, index: int) -> tuple[int, ...]:
        """Indices of the phases that come right before phase ``index``."""
        after = self.phases[index].after
        if after is None:
            return (index - 1,) if index > 0 else ()
        by_id = {phase.id: k for k, phase in enumerate(self.phases)}
        return tuple(by_id[name] for name in after)


def _check_unique(kind: str, ids: list[str]) -> None:
    for name in ids:
        if ids.count(name) > 1:
            raise ValueError(f'{kind} id "{name}" is used {ids.count(name)} times; make it unique')


def _check_order(move: Move) -> None:
    """Every phase must be reachable: the ``after`` links hold no cycle."""
    done: set[int] = set()
    waiting = set(range(len(move.phases)))
    while waiting:
        ready = {k for k in waiting if set(move.predecessors(k)) <= done}
        if not ready:
            names = " -> ".join(move.phases[k].id for k in sorted(waiting))
            raise ValueError(
                f"phases: after forms a cycle through {names}; remove one of the links"
            )
        done |= ready
        waiting -= ready


def _check_hysteresis(move: Move) -> None:
    """The start position and a first phase must not overlap, or jitter would count twice."""
    for index, phase in enumerate(move.phases):
        if move.predecessors(index) or phase.final:
            continue
        shared = [
            (enter, start)
            for enter in phase.enter
            for start in move.start
            if enter.measure == start.measure
        ]
        if not shared:
            raise ValueError(
                f'phase "{phase.id}" and start share no measure, so nothing keeps them apart; '
                "bound one measure in both"
            )
        if not any(_apart(enter, start) for enter, start in shared):
            enter, _start = shared[0]
            raise ValueError(
                f'phase "{phase.id}" and start overlap on {enter.measure}: leave a gap between '
                "their thresholds, wider than the measure's noise"
            )


def _apart(enter: Condition, start: Condition) -> bool:
    # "Fallen so far from rest" and "risen so far from the low" cannot both hold at once.
    if (enter.fallen and start.risen) or (enter.risen and start.fallen):
        return True
    if enter.above is not None and start.below is not None and enter.above > start.below:
        return True
    return enter.below is not None and start.above is not None and enter.below < start.above


def parse_move(raw: bytes, source: str) -> Move:
    """A validated move from a file's bytes.

    Args:
        raw: the file's content, UTF-8 TOML.
        source: name for messages, for example ``moves/lunge.toml``.

    Raises:
        MoveError: names the source, the field and the remedy, in one line.
    """
    if len(raw) > MAX_FILE_BYTES:
        raise MoveError(
            f"{source}: a move file has a few kilobytes, this one has {len(raw) / 1e6:.0f} MB; "
            "give a move file"
        )
    try:
        data = tomllib.loads(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise MoveError(
            f"{source}: line {line} is not UTF-8 text; save the file as UTF-8"
        ) from error
    except ValueError as error:  # beside TOMLDecodeError, a number of thousands of digits
        raise MoveError(f"{source}: not valid TOML: {error}") from error
    except RecursionError as error:
        raise MoveError(f"{source}: not valid TOML: nested too deeply") from error
    try:
        return Move.model_validate(data)
    except ValidationError as error:
        raise MoveError(f"{source}: {_first_problem(error, data)}") from error
    except MoveError as error:
        raise MoveError(f"{source}: {error}") from error


def _first_problem(error: ValidationError, data: Mapping[str, Any]) -> str:
    """The first validation error as field, what is wrong and how many more there are."""
    problems = error.errors()
    first = problems[0]
    where = _field_path(first["loc"], data)
    message = _in_plain_words(first)
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return f"{where}: {message}{more}" if where else f"{message}{more}"


#: What a field takes, by the beginning of pydantic's name for what was wrong with it.
_EXPECTED = {
    "float": "a number, such as 55 or 2.5",
    "int": "a whole number",
    "string_type": 'text in quotes, such as "knee_flexion_deg"',
    "bool": "true or false",
    "tuple_type": "a list in square brackets",
    "model": "a table of fields",
    "dict": "a table of fields",
}


def _in_plain_words(problem: ErrorDetails) -> str:
    """What was expected, what came and what to do, of one problem."""
    kind, came = problem["type"], problem["input"]
    if kind == "extra_forbidden":
        return "unknown field; check its spelling"
    if kind == "missing":
        return "is missing; add it"
    if kind == "too_short" and not came:
        return "is empty; add at least one entry"
    if kind == "string_too_short":
        return "is empty; write something there"
    for start, expected in _EXPECTED.items():
        if kind.startswith(start):
            return f"expected {expected}, got {_shown(came)}"
    message = str(problem["msg"]).removeprefix("Value error, ")
    return message if kind == "value_error" else f"{message}, got {_shown(came)}"


def _shown(value: Any) -> str:
    """A value as it stands in the file, cut short."""
    text = json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 1]}…"


def _field_path(loc: tuple[int | str, ...], data: Mapping[str, Any]) -> str:
    """A path that a person finds in the file: phase "reach", enter 1, above."""
    parts: list[str] = []
    node: Any = data
    for step in loc:
        try:
            node = node[step]
        except (KeyError, IndexError, TypeError):
            node = None
        if isinstance(step, int):
            name = node.get("id") if isinstance(node, dict) else None
            parts[-1] = f'{parts[-1]} "{name}"' if name else f"{parts[-1]} {step + 1}"
        else:
            parts.append(str(step))
    return ", ".join(parts)


def move_sha256(raw: bytes) -> str:
    """Hash that says which version of a move file scored a clip."""
    return hashlib.sha256(raw).hexdigest()
