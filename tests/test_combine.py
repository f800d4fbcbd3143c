"""Two clips of one person become one result, each number from the clip whose view carries it."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
from synthetic import film
from typer.testing import CliRunner

from lab.moves import Fault
from posecheck.cli import app
from posecheck.core.combine import combine
from posecheck.core.errors import InputError
from posecheck.core.result import Result, Status
from posecheck.library import load_move
from posecheck.pipeline import Look, headlines, score
from posecheck.render.report import Film, render_combined

MOVE = "standing-hip"
SIDE_DEG, FRONT_DEG = -90.0, 0.0


@lru_cache(maxsize=16)
def look(
    name: str, azimuth_deg: float, sides: tuple[str, ...] = ("left",), fault: str = "",
    move: str = MOVE,
) -> Look:  # fmt: skip
    faults = (Fault(fault, 0.9),) if fault else ()
    track = film(move, sides, azimuth_deg, faults=faults).track
    track = type(track)(
        **{f: getattr(track, f) for f in track.__slots__} | {"meta": {"clip": name}}
    )
    loaded = load_move(move)
    return Look(Path(name), loaded, track, *score(track, loaded, "auto"))


def combined(*looks: Look) -> Result:
    return combine(looks[0].loaded.move, [one.result for one in looks])


def phases(result: Result, repetition: int = 0) -> dict[str, str | None]:
    return {phase.id: phase.clip for phase in result.repetitions[repetition].phases}


def test_each_position_comes_from_the_clip_whose_view_carries_it() -> None:
    result = combined(look("side.mp4", SIDE_DEG), look("front.mp4", FRONT_DEG))
    assert len(result.repetitions) == 1
    from_side = ("flexion", "lower", "extension")
    assert {k: v for k, v in phases(result).items() if k != "return"} == {
        "flexion": "side.mp4", "lower": "side.mp4", "open": "front.mp4",
        "side_hold": "front.mp4", "turn_in": "front.mp4", "extension": "side.mp4",
    }  # fmt: skip
    for phase in result.repetitions[0].phases:
        for measure in phase.measures:
            assert measure.clip == ("side.mp4" if phase.id in from_side else "front.mp4")


@pytest.mark.parametrize("order", [("side", "front"), ("front", "side")])
def test_the_numbers_are_those_of_the_clips_whichever_is_named_first(order) -> None:
    looks = {"side": look("side.mp4", SIDE_DEG), "front": look("front.mp4", FRONT_DEG)}
    result = combined(*(looks[name] for name in order))
    own = {
        (one.clip.name, phase.id): phase.measures
        for one in looks.values()
        for phase in one.result.repetitions[0].phases
    }
    for phase in result.repetitions[0].phases:
        for measure, alone in zip(phase.measures, own[phase.clip, phase.id], strict=True):
            assert (measure.value, measure.error) == (alone.value, alone.error)


def test_more_is_measured_than_in_either_clip_alone() -> None:
    side, front = look("side.mp4", SIDE_DEG), look("front.mp4", FRONT_DEG)
    alone = [one.result.repetitions[0].not_measured for one in (side, front)]
    together = combined(side, front).repetitions[0]
    assert together.not_measured < min(alone)
    statuses = [m.status for p in together.phases for m in p.measures]
    statuses += [p.hold_status for p in together.phases if p.hold_target_s is not None]
    assert together.not_measured == statuses.count(Status.NOT_MEASURED)
    assert together.met == statuses.count(Status.MET)


def test_a_fault_is_told_once_from_the_clip_that_shows_it() -> None:
    fault = "trunk_lean_away"
    side, front = look("side.mp4", SIDE_DEG, fault=fault), look("front.mp4", FRONT_DEG, fault=fault)
    found = [f for f in combined(side, front).repetitions[0].faults if f.id == fault]
    assert [f.clip for f in found] == ["front.mp4"]
    assert "front.mp4" in " ".join(combined(side, front).verdict)


def test_repetitions_are_matched_by_side_and_in_order() -> None:
    side = look("side.mp4", SIDE_DEG, ("left", "right", "left"))
    front = look("front.mp4", FRONT_DEG, ("right", "left", "left"))
    result = combined(side, front)
    assert [(r.side, r.index) for r in result.repetitions] == [
        ("left", 1), ("right", 1), ("left", 2),
    ]  # fmt: skip
    second = [r for r in front.result.repetitions if r.side == "left"][1]
    merged = {p.id: p for p in result.repetitions[2].phases}
    opened = next(p for p in second.phases if p.id == "open")
    assert merged["open"].start_s == opened.start_s


def test_a_repetition_without_its_like_is_left_out_and_told() -> None:
    side = look("side.mp4", SIDE_DEG, ("left", "right"))
    result = combined(side, look("front.mp4", FRONT_DEG))
    assert [r.side for r in result.repetitions] == ["left"]
    assert any("right side is left out" in note.text for note in result.quality.notes)


def test_the_parts_tell_of_each_clip_and_the_whole_survives_json() -> None:
    side, front = look("side.mp4", SIDE_DEG), look("front.mp4", FRONT_DEG)
    result = combined(side, front)
    assert [part.clip.name for part in result.parts] == ["side.mp4", "front.mp4"]
    assert [part.quality.view.facing for part in result.parts] == ["left", "front"]
    assert Result.model_validate_json(result.model_dump_json()) == result
    assert not any("film once more" in note.text for note in result.quality.notes)


def test_clips_that_do_not_belong_together_are_refused_with_a_reason() -> None:
    side, front = look("side.mp4", SIDE_DEG), look("front.mp4", FRONT_DEG)
    cases = {
        "expected two clips": (side,),
        "expected the same side": (side, look("other.mp4", FRONT_DEG, ("right",))),
        "adds nothing": (side, look("again.mp4", SIDE_DEG)),
        "no full repetition": (side, _without_repetitions(front)),
    }
    for words, looks in cases.items():
        with pytest.raises(InputError, match=words):
            combined(*looks)


def test_clips_of_another_move_are_refused() -> None:
    side = look("side.mp4", SIDE_DEG)
    other = look("ankle.mp4", SIDE_DEG, move="ankle-dorsiflexion")
    with pytest.raises(InputError, match="ankle-dorsiflexion, not for standing-hip"):
        combined(side, other)


def test_a_move_measured_from_one_place_needs_no_second_clip() -> None:
    one = look("a.mp4", SIDE_DEG, move="ankle-dorsiflexion")
    two = look("b.mp4", FRONT_DEG, move="ankle-dorsiflexion")
    with pytest.raises(InputError, match="measured from one place"):
        combined(one, two)


def test_the_report_shows_both_clips() -> None:
    looks = [look("side.mp4", SIDE_DEG), look("front.mp4", FRONT_DEG)]
    result = combined(*looks)
    picture = np.full((32, 24, 3), 90, np.uint8)
    films = {
        one.clip.name: Film(
            one.assessment.table,
            {p.key_time_s: picture for p in result.repetitions[0].phases
             if p.clip == one.clip.name and p.key_time_s is not None},
            headlines(one.loaded, result, one.clip.name),
            f"{one.clip.stem}/annotated.webm",
        )
        for one in looks
    }  # fmt: skip
    html = render_combined(result, films)
    assert html.count("<video") == 2
    assert html.count("data:image/jpeg") == 7
    for name in ("side", "front"):
        assert f'src="{name}/annotated.webm' in html
        assert f'data-clip="{name}.mp4"' in html
    assert "Hip flexion" in html
    assert "Leg raise to the side" in html


def _without_repetitions(one: Look) -> Look:
    empty = one.result.model_copy(update={"repetitions": []})
    return Look(one.clip, one.loaded, one.track, one.assessment, empty)


def test_one_clip_alone_cannot_be_combined_on_the_command_line(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["check", "a.mp4", "-m", MOVE, "--combine"])
    assert isinstance(result.exception, InputError)
    assert "expected two clips" in str(result.exception)


@pytest.mark.slow
def test_two_samples_make_one_folder_with_one_report(tmp_path: Path) -> None:
    from posecheck import check_combined

    samples = Path(__file__).parent.parent / "sample_videos"
    clips = [
        samples / "standing-hip-side-good.mp4", samples / "standing-hip-front-lean-bent-knee.mp4"
    ]  # fmt: skip
    result = check_combined(clips, MOVE, out=tmp_path, video=False)
    folder = tmp_path / f"{clips[0].stem}+{clips[1].stem}"
    assert Result.model_validate_json((folder / "result.json").read_text()) == result
    html = (folder / "report.html").read_text()
    assert html.count("data:image/jpeg") == 7
    for clip in clips:
        assert (folder / clip.stem / "track.parquet").exists()
        assert any(p.clip == clip.name for p in result.repetitions[0].phases)
