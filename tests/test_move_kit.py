"""Moves of one's own: the template, the schema, the config folder, and the commands around them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from posecheck import library
from posecheck.cli import app
from posecheck.core.errors import InputError, MoveError
from posecheck.core.figure import Figure, strokes
from posecheck.library import load_move, move_ids, own_moves
from posecheck.move_kit import SCHEMA_NAME, move_schema, new_move
from posecheck.render.figure import figure_lines, figures_svg, pictured

Command = Callable[..., Result]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(library, "own_moves_folder", lambda: tmp_path / "moves")
    monkeypatch.setattr("posecheck.move_kit.own_moves_folder", lambda: tmp_path / "moves")
    return tmp_path / "moves"


@pytest.fixture
def moves(folder: Path) -> Command:
    def run(*words: str) -> Result:
        assert folder
        result = CliRunner().invoke(app, ["moves", *words], env={"COLUMNS": "100"})
        if isinstance(result.exception, InputError):
            result.stderr_bytes = f"posecheck: {result.exception}\n".encode()
            result.exit_code = result.exception.exit_code
        return result

    return run


def test_a_new_move_works_as_it_is_and_is_found(folder: Path) -> None:
    path = new_move("wall-squat")
    assert path == folder / "wall-squat.toml"
    assert load_move("wall-squat").move.name == "Wall squat"
    assert move_ids()[-1] == "wall-squat"
    text = path.read_text("utf-8")
    assert text.startswith(f"#:schema ./{SCHEMA_NAME}")
    assert json.loads((folder / SCHEMA_NAME).read_text("utf-8"))["title"] == "posecheck move file"


@pytest.mark.parametrize("name", ["Wall squat", "1st", "../squat", "", "a" * 70])
def test_an_id_that_cannot_be_a_file_name_is_refused(folder: Path, name: str) -> None:
    with pytest.raises(InputError, match="lower-case letters"):
        new_move(name)
    assert not folder.exists()


@pytest.mark.usefixtures("folder")
def test_a_new_move_replaces_nothing() -> None:
    new_move("squat")
    with pytest.raises(InputError, match="taken by another move"):
        new_move("squat")
    with pytest.raises(InputError, match="taken by another move"):
        new_move("standing-hip")


def test_a_file_that_is_no_good_move_yet_is_not_replaced(folder: Path) -> None:
    folder.mkdir()
    (folder / "squat.toml").write_text("half written")
    with pytest.raises(InputError, match="such a file already"):
        new_move("squat")


BROKEN: dict[str, tuple[Callable[[str], str | bytes], str]] = {
    "wrong type": (
        lambda t: t.replace("hold_s = 2.0", 'hold_s = "two"'),
        'phases "down", hold_s: expected a number, such as 55 or 2.5, got "two"',
    ),
    "unknown measure": (
        lambda t: t.replace('"heel_lift_deg"', '"heel_up_deg"'), 'unknown measure "heel_up_deg"'
    ),
    "empty phases": (lambda t: "phases = []\n" + t.partition("[[phases]]")[0], "phases: is empty"),
    "impossible thresholds": (
        lambda t: t.replace("warn = 14", "warn = 40"), "warn = 40 must come before fault = 18"
    ),
    "bad UTF-8": (lambda t: t.encode() + b"\xff\xfe", "is not UTF-8"),
    "50 MB": (lambda t: t + "#" * 50_000_000, "this one has 50 MB"),
    "another id": (lambda t: t.replace('id = "mine"', 'id = "yours"'), 'write id = "mine"'),
    "a taken id": (
        lambda t: t.replace('id = "mine"', 'id = "standing-hip"'), "is taken by posecheck itself"
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_file_of_ones_own_is_told_and_the_others_go_on(folder: Path, what: str) -> None:
    new_move("good")
    text = new_move("mine").read_text("utf-8")
    change, part = BROKEN[what]
    spoilt = change(text)
    (folder / "mine.toml").write_bytes(spoilt if isinstance(spoilt, bytes) else spoilt.encode())
    shelf = own_moves()
    assert list(shelf.moves) == ["good"]
    (line,) = shelf.problems
    assert "mine.toml: " in line
    assert part in line
    assert "\n" not in line
    assert "standing-hip" in move_ids()
    assert "mine" not in move_ids()
    with pytest.raises(MoveError, match=re.escape(part)):
        load_move("mine")


def test_a_shipped_move_is_not_hidden_by_a_file_of_its_name(folder: Path) -> None:
    new_move("mine")
    (folder / "standing-hip.toml").write_bytes((folder / "mine.toml").read_bytes())
    assert load_move("standing-hip").move.name == "Standing hip sequence"


def test_the_schema_knows_every_measure_and_field() -> None:
    schema = move_schema()
    fault = schema["$defs"]["Fault"]["properties"]
    assert {"hip_flexion_deg", "other_shin_tilt_deg"} <= set(fault["measure"]["enum"])
    assert "schema" in schema["properties"]
    assert schema["additionalProperties"] is False


# --- commands ---


def test_the_list_names_every_move_and_what_was_left_out(folder: Path, moves: Command) -> None:
    new_move("mine")
    (folder / "bad.toml").write_text("x = 1")
    result = moves()
    assert "standing-hip" in result.stdout
    assert "mine" in result.stdout
    assert "left out: " in result.stderr
    assert "bad.toml" in result.stderr
    assert moves("list").stdout == result.stdout


def test_show_draws_each_position(moves: Command, tmp_path: Path) -> None:
    text = moves("show", "standing-hip").stdout
    assert text == moves("standing-hip").stdout
    assert "Leg behind" in text
    assert sum("\u2800" <= letter <= "\u28ff" for letter in text) > 500
    picture = tmp_path / "hip.svg"
    assert moves("show", "standing-hip", "--svg", str(picture)).exit_code == 0
    assert picture.read_text("utf-8").count("<circle") == 8


def test_validate_tells_good_from_wrong(moves: Command, tmp_path: Path) -> None:
    good = new_move("mine", tmp_path)
    bad = tmp_path / "bad.toml"
    bad.write_text("schema = 1")
    result = moves("validate", str(good), str(bad))
    assert result.exit_code == 2
    assert f"{good}: good: Mine, 1 position, 2 faults" in result.stdout
    assert "references is empty" in result.stdout
    assert "bad.toml: id: is missing" in result.stderr


def test_validate_tells_of_an_id_that_two_files_share(moves: Command, tmp_path: Path) -> None:
    mine = new_move("mine", tmp_path)
    copy = tmp_path / "copy.toml"
    copy.write_bytes(mine.read_bytes())
    result = moves("validate", str(mine), str(copy))
    assert result.exit_code == 2
    assert f'copy.toml: id "mine" is that of {mine} too' in result.stderr


def test_validate_without_a_file_checks_all_of_ones_own(moves: Command, folder: Path) -> None:
    nothing = moves("validate")
    assert nothing.exit_code == 0
    assert "posecheck moves new ID" in nothing.output
    assert moves("new", "one-rock").exit_code == moves("new", "two-rock").exit_code == 0
    (folder / "two-rock.toml").write_text("schema = 2\n", encoding="utf-8")
    result = moves("validate")
    assert result.exit_code == 2
    assert "one-rock.toml: good" in result.output
    assert "two-rock.toml: schema" in result.output


def test_validate_asks_of_an_own_file_what_its_shelf_asks(moves: Command, folder: Path) -> None:
    mine = new_move("mine")
    (folder / "other.toml").write_bytes(mine.read_bytes())
    result = moves("validate", str(folder / "other.toml"))
    assert result.exit_code == 2
    assert 'write id = "other"' in result.stderr


def test_new_says_what_to_do_next(moves: Command, folder: Path) -> None:
    text = moves("new", "wall-squat").stdout
    assert str(folder / "wall-squat.toml") in text
    assert "posecheck moves validate" in text


# --- figures ---


@pytest.mark.parametrize("name", library.shipped_ids())
def test_every_shipped_move_draws_its_start_and_all_its_phases(name: str) -> None:
    move = load_move(name).move
    assert [title for title, _ in pictured(move)] == ["Start", *(p.name for p in move.phases)]
    for _, figure in pictured(move):
        drawn = strokes(figure)
        assert max(s.y1 for s in drawn if s.kind not in ("floor", "wall")) < 0.0
        assert len({len(line) for line in figure_lines(figure)}) == 1
    assert figures_svg(move).startswith("<svg")


def test_a_figure_points_where_its_angles_say() -> None:
    standing = {s.kind: s for s in strokes(Figure())}
    assert standing["trunk"].x1 == pytest.approx(standing["trunk"].x0)
    lifted = next(s for s in strokes(Figure(thigh=90)) if s.kind == "working")
    assert lifted.x1 - lifted.x0 == pytest.approx(0.245)
    assert lifted.y1 == pytest.approx(lifted.y0)
