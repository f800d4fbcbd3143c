"""`posecheck history`, `progress`, `delete`, `export`, `import`: as a person uses them."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from history_factory import improving, measured
from typer.testing import CliRunner

from posecheck.cli import app
from posecheck.core.errors import InputError
from posecheck.history_files import COLUMNS
from posecheck.store import reading, writing
from posecheck.store.opening import Store
from posecheck.store.records import Filter, MeasureRecord, RepetitionRecord, SessionRecord

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
CLI = CliRunner()


def run(*words: object) -> str:
    """What a command prints; what it refuses is raised."""
    done = CLI.invoke(app, [str(word) for word in words], env={"COLUMNS": "120"})
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.output


@pytest.fixture
def filled() -> None:
    with Store() as store:
        writing.save_all(store, list(improving(NOW)))


def sessions() -> list[str]:
    with Store() as store:
        return [row.uid for row in reading.sessions(store, Filter())]


# --- history ---


def test_an_empty_history_says_how_to_begin() -> None:
    assert "posecheck check CLIP --move ID" in run("history")
    assert "There is nothing to show yet" in run("progress")
    assert "Nobody yet" in run("people")
    assert run("history", "--json") == "[]\n"


@pytest.mark.usefixtures("filled")
def test_the_table_shows_both_sides_their_error_and_each_measures_course() -> None:
    out = run("history", "--limit", 3)
    assert "Toe to wall 11.9 / 12.4 cm ± 0.6 cm" in out
    assert "The newest 3 of 36" in out
    assert "8.9 cm → 11.9 cm" in out
    assert "█" in out


@pytest.mark.usefixtures("filled")
def test_filters_narrow_the_table() -> None:
    out = run("history", "--move", "knee-to-wall", "--since", "2026-02-20", "--limit", 0)
    assert out.count("measured") == 2
    assert "Hip flexion" not in run("history", "--measure", "toe_to_wall_cm")
    assert "Nothing fits" in run("history", "--since", "2027-01-01")
    assert len(json.loads(run("history", "--json", "--limit", 5))) == 5


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["history", "--since", "1.3.2026"], "expected a date like 2026-03-01"),
        (["history", "--side", "both"], "expected left or right"),
        (["history", "--person", "Anan"], 'no person "Anan"'),
        (["progress", "sit_ups_cm"], r"no measure .* measured: toe_to_wall_cm"),
        (["progress", "--out", "x.gif"], r"ending in \.svg or \.png"),
        (["export", "--format", "xlsx"], "expected csv, json, parquet"),
        (["export", "--format", "parquet"], "--out FILE.parquet"),
        (["delete", "zzzz"], "is no session's ID"),
        (["delete", "--undo"], "nothing to undo"),
    ],
)
@pytest.mark.usefixtures("filled")
def test_what_cannot_be_is_refused_in_one_line(words: list[str], says: str) -> None:
    before = sessions()
    with pytest.raises(InputError, match=says) as caught:
        run(*words)
    assert "\n" not in str(caught.value)
    assert sessions() == before


def test_a_damaged_history_is_put_right_by_the_command_that_it_names() -> None:
    for _ in range(2):
        with Store() as store:
            writing.save_all(store, list(improving(NOW, weeks=1)))
            path = store.path
    assert path is not None
    path.write_bytes(b"rubbish" * 1000)
    with pytest.raises(InputError, match="--restore-backup"):
        run("history")
    assert "Back in place" in run("history", "--restore-backup")
    assert len(sessions()) == 3


# --- people ---


def test_people_are_added_listed_and_renamed() -> None:
    run("people", "--add", "Robin")
    assert "Robin: 0 sessions" in run("people")
    assert "Kim: 0 sessions" in run("people", "--rename", "Robin", "Kim")
    with pytest.raises(InputError, match="already"):
        run("people", "--add", "Kim")


# --- progress ---


@pytest.mark.usefixtures("filled")
def test_progress_says_which_change_is_real() -> None:
    out = run("progress")
    assert "+3.0 cm: real change (more than 1.9 cm)" in out
    assert "+1.8 cm: no change that can be told" in out
    assert "no difference that can be told" in out
    assert "rising" in out
    assert {"●", "░", "★", "│"} <= set(out)


@pytest.mark.usefixtures("filled")
def test_inches_change_lengths_only() -> None:
    assert "+1.2 in: real change (more than 0.8 in)" in run("progress", "--inches")
    assert "°" in run("progress", "hip_flexion_deg", "--inches")


@pytest.mark.usefixtures("filled")
def test_the_chart_is_written_as_a_picture(tmp_path: Path) -> None:
    run("progress", "--out", tmp_path / "deep" / "p.svg")
    svg = (tmp_path / "deep" / "p.svg").read_text("utf-8")
    assert svg.startswith("<svg")
    assert "Toe to wall, left" in svg
    run("progress", "hip_flexion_left_deg", "--out", tmp_path / "p.PNG")
    assert (tmp_path / "p.PNG").read_bytes().startswith(b"\x89PNG")


@pytest.mark.usefixtures("filled")
def test_json_holds_the_judgement() -> None:
    found = json.loads(run("progress", "--json"))
    assert found["sides"]["left"]["since_baseline"]["real"] is True
    assert found["sides"]["right"]["since_baseline"]["words"] == "no change that can be told"
    assert len(found["sides"]["left"]["readings"]) == 12


# --- delete ---


@pytest.mark.usefixtures("filled")
def test_deleting_asks_and_can_be_undone() -> None:
    before = sessions()
    short = before[0][:8]
    asked = CLI.invoke(app, ["delete", short], input="n\n")
    assert "Nothing was deleted" in asked.output
    assert sessions() == before
    assert "1 session deleted" in run("delete", short, "--yes")
    assert sessions() == before[1:]
    assert "1 session brought back" in run("delete", "--undo")
    assert sessions() == before
    assert "36 sessions deleted" in run("delete", "--all", "--yes")
    assert sessions() == []
    run("delete", "--undo")
    assert sessions() == before


@pytest.mark.usefixtures("filled")
def test_all_of_one_person_leaves_the_others() -> None:
    with Store() as store:
        writing.add_person(store, "Robin")
        writing.save_all(store, list(improving(NOW, weeks=1)), "Robin")
    run("delete", "--all", "--person", "Robin", "--yes")
    assert len(sessions()) == 36


# --- export ---


@pytest.mark.usefixtures("filled")
def test_every_format_holds_the_same(tmp_path: Path) -> None:
    lines = list(csv.DictReader(io.StringIO(run("export"))))
    assert tuple(lines[0]) == COLUMNS
    assert len(lines) == 12 * 2 + 24 * 4
    run("export", "--format", "parquet", "--out", tmp_path / "h.parquet")
    table = pq.read_table(tmp_path / "h.parquet")
    assert table.num_rows == len(lines)
    assert sum(table["value"].to_pylist()) == pytest.approx(sum(float(r["value"]) for r in lines))
    listed = json.loads(run("export", "--format", "json"))
    assert len(listed) == 36
    assert sum(len(one["measures"]) for one in listed) == len(lines)


def test_every_try_is_exported_with_its_values(tmp_path: Path) -> None:
    toe = MeasureRecord("toe_to_wall_left_cm", "left", "Toe to wall", "cm", 10.2, 0.8)
    up = replace(toe, value=12.0, valid=False, reason="Your heel came up.")
    tries = (
        RepetitionRecord(1, "left", 2.0, 4.5, complete=True, measures=(toe,)),
        RepetitionRecord(2, "left", 7.0, 9.5, complete=False, faults=("heel_up",), measures=(up,)),
    )
    with Store() as store:
        writing.save(
            store, SessionRecord(NOW, "measure", "knee-to-wall", "Knee to wall", measures=(toe,),
                                 repetitions=tries)
        )  # fmt: skip
    own, first, second = csv.DictReader(io.StringIO(run("export")))
    assert (own["repetition"], first["repetition"], second["repetition"]) == ("", "1", "2")
    assert (second["value"], second["valid"], second["faults"]) == ("12.0", "False", "heel_up")
    assert (first["start_s"], first["end_s"]) == ("2.0", "4.5")
    run("export", "--format", "parquet", "--out", tmp_path / "h.parquet")
    assert pq.read_table(tmp_path / "h.parquet")["repetition"].to_pylist() == [None, 1, 2]
    (session,) = json.loads(run("export", "--format", "json"))
    assert session["repetitions"] == 2
    told = [one["measures"][0]["reason"] for one in session["each_repetition"]]
    assert told == ["", "Your heel came up."]


def test_a_note_never_becomes_a_formula() -> None:
    with Store() as store:
        writing.save(store, SessionRecord(NOW, "check", "x", "X", note="=1+1"))
    (line,) = csv.DictReader(io.StringIO(run("export")))
    assert line["note"] == "'=1+1"
    assert line["value"] == ""


# --- import ---


def tape(folder: Path, *lines: str, headings: str = "date,side,value,note") -> Path:
    path = folder / "tape.csv"
    path.write_text("\n".join([headings, *lines]), "utf-8")
    return path


def test_tape_readings_come_into_progress_once(tmp_path: Path) -> None:
    file = tape(tmp_path, "2025-11-01,left,7.5,cold", "2025-11-01,right,9.0,")
    assert "2 readings taken" in run("import", file)
    run("import", file)
    with Store() as store:
        found = reading.points(store, "toe_to_wall_left_cm")
        assert [(p.value, p.kind) for p in found] == [(7.5, "import")]
        assert reading.sessions(store, Filter())[0].taken_at.astimezone().date().day == 1
        writing.save(
            store,
            SessionRecord(
                NOW, "measure", "knee-to-wall", "Knee to wall",
                measures=(measured("toe_to_wall", "Toe to wall", "left", 11.0, "cm", 0.6),),
            ),
        )  # fmt: skip
    assert "+3.5 cm: real change" in run("progress")


def test_semicolons_between_cells_are_read(tmp_path: Path) -> None:
    file = tape(tmp_path, "2025-11-01;left;7.5;ok", headings="date;side;value;note")
    assert "1 readings" in run("import", file)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("2025-11-01,left,11,5,x", r"line 3: expected 4 cells, found 5; .* 11\.5"),
        ('2025-11-01,left,"11,5",x', r'line 3: value: expected a number with a point.*"11,5"'),
        ("2025-11-01,left,-2,x", "line 3: value: a distance cannot be negative, got -2"),
        ("2025-11-01,left,far,x", "expected a number like 11.5"),
        ("2025-11-01,left,nan,x", "expected a number like 11.5"),
        ("1.11.2025,left,9,x", "date: expected 2026-03-01"),
        ("2999-01-01,left,9,x", "lies in the future"),
        ("2025-11-01,middle,9,x", "side: expected left or right"),
    ],
)
def test_one_bad_line_and_nothing_is_taken(tmp_path: Path, line: str, says: str) -> None:
    file = tape(tmp_path, "2025-10-01,left,9.0,fine", line)
    with pytest.raises(InputError, match=says):
        run("import", file)
    assert sessions() == []


def test_an_unknown_person_in_the_file_is_named(tmp_path: Path) -> None:
    file = tape(
        tmp_path, "2025-10-01,left,9.0,me", "2025-10-01,left,9.0,Anan",
        headings="date,side,value,person",
    )  # fmt: skip
    with pytest.raises(InputError, match='no person "Anan"'):
        run("import", file)
    assert sessions() == []


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "expected a line of headings"),
        (b"date,side\n2025-01-01,left", "value missing"),
        (b"date,side,value,shoe\n", '"shoe" unknown'),
        (b"date,side,value\n", "no reading below"),
        (b"\xff\xfe\x00", "UTF-8"),
    ],
)
def test_a_file_of_another_kind_is_refused(tmp_path: Path, content: bytes, says: str) -> None:
    file = tmp_path / "tape.csv"
    file.write_bytes(content)
    with pytest.raises(InputError, match=says):
        run("import", file)
    with pytest.raises(InputError, match="cannot read it"):
        run("import", tmp_path / "none.csv")
    with pytest.raises(InputError, match="name with its unit"):
        run("import", file, "--measure", "reach")


def test_readings_of_years_make_one_row_each_in_order(tmp_path: Path) -> None:
    days = [NOW.date() - timedelta(days=30 * k) for k in range(1, 13)]
    run("import", tape(tmp_path, *(f"{day},left,{9 + k / 10},x" for k, day in enumerate(days))))
    with Store() as store:
        values = [p.value for p in reading.points(store, "toe_to_wall_left_cm")]
    assert values == sorted(values, reverse=True)
