"""What a person meets on the command line: options, errors, output, exit codes. No real check."""

from __future__ import annotations

import errno
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import posecheck
from posecheck import pipeline
from posecheck.core.errors import InputError, NobodySeenError
from posecheck.core.result import Result, Status
from posecheck.progress import Step
from posecheck.scaling import ScaleInput
from posecheck.staging import staged_folder
from tests.commands import Outcome, Run
from tests.render_factory import PLANS, make_phase, make_repetition, make_result
from tests.videos import write_clip, write_no_frames, write_sound


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Path, dict[str, object]]]:
    """A check that is quick and always ends well; the list tells what was asked of it."""
    asked: list[tuple[Path, dict[str, object]]] = []

    def quick(clip: Path, move: str, side: str, **rest: object) -> Result:
        asked.append((clip, {"move": move, "side": side, **rest}))
        if clip.stem == "empty-room":
            raise NobodySeenError(f"{clip.name}: no person was found in 9 frames")
        if clip.stem == "broken":
            raise InputError(f"{clip}: the video is cut off")
        if clip.stem == "stop":
            raise KeyboardInterrupt
        folder = Path(str(rest["out"])) / clip.stem
        folder.mkdir(parents=True)
        (folder / "report.html").write_text("x")
        result = make_result(1)
        return result.model_copy(
            update={"clip": result.clip.model_copy(update={"name": clip.name})}
        )

    monkeypatch.setattr(pipeline, "check", quick)
    return asked


# --- what the person asks for ---


def test_without_a_command_the_help_is_shown(run: Run) -> None:
    assert "check" in run().out


def test_help_names_every_output_and_exit_code(run: Run) -> None:
    text = run("check", "--help").out
    for word in ("report.html", "annotated.webm", "result.json", "measures.csv", "track.parquet"):
        assert word in text
    assert "3 nobody was seen" in text
    assert "posecheck check clip.mp4 --move standing-hip" in text
    assert max(map(len, text.splitlines())) <= 80


def test_version(run: Run) -> None:
    assert run("--version").out == f"posecheck {posecheck.__version__}\n"


def test_python_m_posecheck_is_the_same_program() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "posecheck", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout == f"posecheck {posecheck.__version__}\n"


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys; sys.argv = ['posecheck', 'check', '--help']\n"
        "from posecheck.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print([m for m in ('numpy', 'cv2', 'mediapipe', 'streamlit', 'av') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_moves_are_listed_with_the_way_to_more(run: Run) -> None:
    text = run("moves").out
    assert "standing-hip" in text
    assert "posecheck moves ID" in text


def test_a_move_tells_first_where_the_camera_stands(run: Run) -> None:
    text = run("moves", "standing-hip").out
    assert text.index("Filming") < text.index("The move")
    assert "medical advice" in text


def test_unknown_move_names_the_near_ones(run: Run) -> None:
    for words in (("check", "a.mp4", "-m", "standing-hop"), ("moves", "standing-hop")):
        assert "did you mean standing-hip" in run(*words).complaint()


def test_a_missing_move_is_asked_for_with_the_known_ones(run: Run) -> None:
    assert "--move ID" in run("check", "a.mp4").complaint()


def test_unknown_side_names_the_known_ones(run: Run) -> None:
    line = run("check", "a.mp4", "b.mp4", "-m", "standing-hip", "--side", "up").complaint()
    assert "auto, left or right" in line


def test_two_clips_of_one_name_are_refused_before_any_is_checked(run: Run) -> None:
    line = run("check", "a/clip.mp4", "b/clip.mp4", "-m", "standing-hip").complaint()
    assert "a/clip.mp4" in line
    assert "b/clip.mp4" in line


def test_options_reach_the_check(run: Run, checked: list[tuple[Path, dict[str, object]]]) -> None:
    run(
        "check", "a.mp4", "-m", "standing-hip", "--side", "left", "--workers", "2", "--no-video",
        "--mirrored", "--model", "lite", "-o", "there", "--scale-points", "10,20,110,20,60",
    )  # fmt: skip
    ((clip, asked),) = checked
    assert clip == Path("a.mp4")
    assert asked | {"on_step": None} == {
        "move": "standing-hip", "side": "left", "workers": 2, "video": False, "mirrored": True,
        "model": "lite", "out": Path("there"), "on_step": None,
        "scale": ScaleInput(points=(10.0, 20.0, 110.0, 20.0, 60.0)),
    }  # fmt: skip


# --- what the person reads ---


def test_summary_fits_80_columns_and_says_where_the_report_is(
    run: Run, checked: list[tuple[Path, dict[str, object]]]
) -> None:
    done = run("check", "clip.mp4", "-m", "standing-hip")
    assert done.code == 0
    assert done.err == ""
    assert max(map(len, done.out.splitlines())) <= 80
    assert "clip.mp4" in done.out
    assert "posecheck-results/clip/report.html" in done.out
    assert "104° ± 6°" in done.out


def test_several_clips_end_with_one_table(
    run: Run, checked: list[tuple[Path, dict[str, object]]]
) -> None:
    done = run("check", "one.mp4", "empty-room.mp4", "two.mp4", "-m", "standing-hip")
    assert done.code == 3
    assert "2 of 3 clips checked" in done.out
    last = done.out.splitlines()[-2:]
    assert [line.split()[0] for line in last] == ["one.mp4", "two.mp4"]
    assert done.err == "posecheck: empty-room.mp4: no person was found in 9 frames\n"


def test_bad_input_outweighs_an_empty_room(
    run: Run, checked: list[tuple[Path, dict[str, object]]]
) -> None:
    assert run("check", "empty-room.mp4", "broken.mp4", "-m", "standing-hip").code == 2


def test_json_is_alone_on_stdout(run: Run, checked: list[tuple[Path, dict[str, object]]]) -> None:
    one = run("check", "one.mp4", "-m", "standing-hip", "--json")
    assert Result.model_validate_json(one.out).clip.name == "one.mp4"
    many = run("check", "two.mp4", "broken.mp4", "three.mp4", "-m", "standing-hip", "--json")
    assert [item["clip"]["name"] for item in json.loads(many.out)] == ["two.mp4", "three.mp4"]
    assert many.err == "posecheck: broken.mp4: the video is cut off\n"
    assert many.code == 2


def test_ctrl_c_ends_with_one_line_and_keeps_what_was_finished(
    run: Run, checked: list[tuple[Path, dict[str, object]]]
) -> None:
    done = run("check", "one.mp4", "stop.mp4", "two.mp4", "-m", "standing-hip")
    assert done.code == 130
    assert done.err == "posecheck: stopped: 1 finished clip kept in posecheck-results\n"
    assert (Path("posecheck-results") / "one" / "report.html").exists()
    assert run("check", "stop.mp4", "-m", "standing-hip").complaint(130).endswith("was written")


def test_progress_tells_frames_a_second_and_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    from rich.console import Console

    from posecheck.cli_view import Screen

    screen = Screen(quiet=False, verbose=False)
    terminal = io.StringIO()
    screen._err = Console(file=terminal, force_terminal=True, width=80)
    with screen.progress("a-clip-with-a-very-long-name-indeed.mp4") as on_step:
        assert on_step is not None
        on_step(Step("poses", 100, 400, 20.0))
    shown = terminal.getvalue()
    assert "finding poses" in shown
    assert "20 frames/s, 0:15 left" in shown


def test_what_was_reached_but_not_credited_is_shown_with_its_reason() -> None:
    from rich.console import Console

    from posecheck.cli_view import Screen

    plan = replace(
        PLANS[0], value=None, uncredited=62.0, status=Status.NOT_MEASURED,
        reason="not credited while: trunk leans away",
    )  # fmt: skip
    repetition = make_repetition(1, "left", 0.0)
    flexion = make_phase(plan, 0.0, "left").model_copy(update={"hold_error_s": 0.7})
    screen = Screen(quiet=False, verbose=False)
    page = io.StringIO()
    screen._out = Console(file=page, width=120)
    screen.repetitions([repetition.model_copy(update={"phases": [flexion]})])
    assert "held 2.1 s ± 0.7 s" in page.getvalue()
    assert "62°" in page.getvalue()
    assert "not credited while: trunk leans away" in page.getvalue()


# --- clips that cannot be used ---


def test_no_such_file_names_near_ones(run: Run, tmp_path: Path) -> None:
    (tmp_path / "squat.mp4").write_bytes(b"x")
    assert "did you mean squat.mp4" in run("check", "sqat.mp4", "-m", "standing-hip").complaint()


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (lambda p: p.mkdir(), "folder"),
        (lambda p: p.touch(), "empty"),
        (lambda p: p.write_text("Dear diary,\ntoday I squatted.\n"), "text file"),
        (write_sound, "only sound"),
        (write_no_frames, "no readable picture"),
        (lambda p: p.write_bytes(write_clip(p).read_bytes()[:900]), "cut off"),
    ],
    ids=["directory", "empty", "text", "sound only", "no frames", "truncated"],
)
def test_what_is_no_video_is_said_in_one_line_and_nothing_is_written(
    run: Run, tmp_path: Path, make: Callable[[Path], object], word: str
) -> None:
    clip = tmp_path / "clip.mp4"
    make(clip)
    assert word in run("check", clip, "-m", "standing-hip", "-o", tmp_path / "out").complaint()
    assert not (tmp_path / "out").exists()


def test_json_prints_nothing_for_a_clip_that_cannot_be_used(run: Run, tmp_path: Path) -> None:
    run("check", tmp_path, "-m", "standing-hip", "--json").complaint()


# --- move files ---

_SHIPPED = Path(posecheck.__file__).parent / "moves" / "standing-hip.toml"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda s: s.replace('"knee_bend_deg"', '"knee_angle"', 1), ["knee_angle", "flexion"]),
        (lambda s: s.replace('[camera]\nplane = "side"', '[camera]\nplane = "above"'), ["plane"]),
        (lambda s: s.replace("schema = 1", "schema = = 1"), ["TOML"]),
        (lambda s: s.replace("least_phases", "leest_phases", 1), ["leest_phases", "spelling"]),
    ],
    ids=["unknown measure", "unknown value", "not TOML", "misspelt field"],
)
def test_a_broken_move_file_names_file_field_and_remedy(
    run: Run, tmp_path: Path, change: Callable[[str], str], words: list[str]
) -> None:
    mine = tmp_path / "mine.toml"
    text = _SHIPPED.read_text("utf-8")
    mine.write_text(change(text), "utf-8")
    assert mine.read_text("utf-8") != text
    line = run("check", "a.mp4", "-m", mine).complaint()
    assert str(mine) in line
    for word in words:
        assert word in line


def test_a_move_file_that_is_not_there(run: Run) -> None:
    assert "mine.toml" in run("check", "a.mp4", "-m", "mine.toml").complaint()


# --- places that cannot be written ---


def _fill_and_raise(out: Path, error: BaseException) -> None:
    with staged_folder(out, "clip") as folder:
        (folder / "report.html").write_text("new")
        raise error


@pytest.mark.parametrize(
    ("number", "word"),
    [(errno.ENOSPC, "disk is full"), (errno.EACCES, "no permission"), (errno.EROFS, "read-only")],
)
def test_a_result_that_cannot_be_written_leaves_nothing_and_keeps_the_old_one(
    tmp_path: Path, number: int, word: str
) -> None:
    old = tmp_path / "clip"
    old.mkdir()
    (old / "report.html").write_text("old")
    with pytest.raises(InputError, match=word) as caught:
        _fill_and_raise(tmp_path, OSError(number, os.strerror(number)))
    assert "--out" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert [p.name for p in tmp_path.iterdir()] == ["clip"]
    assert (old / "report.html").read_text() == "old"


def test_a_stop_in_the_middle_of_writing_leaves_nothing(tmp_path: Path) -> None:
    for stop in (KeyboardInterrupt, SystemExit):
        with pytest.raises(stop):
            _fill_and_raise(tmp_path, stop())
        assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_place_of_the_folder_is_said(tmp_path: Path) -> None:
    (tmp_path / "clip").write_text("mine")
    with pytest.raises(InputError, match="found a file"), staged_folder(tmp_path, "clip"):
        pass
    assert (tmp_path / "clip").read_text() == "mine"


# --- the machine ---


@pytest.mark.parametrize(
    ("library", "package"),
    [("libGL.so.1", "libgl1"), ("libgthread-2.0.so.0", "libglib2.0-0")],
)
def test_a_missing_system_library_names_the_debian_package(
    tmp_path: Path, library: str, package: str
) -> None:
    fake = tmp_path / "cv2"
    fake.mkdir()
    (fake / "__init__.py").write_text(
        f"raise ImportError('{library}: cannot open shared object file: No such file or directory')"
    )
    clip = write_clip(tmp_path / "clip.mp4")
    root = Path(posecheck.__file__).parent.parent
    done = subprocess.run(
        [
            sys.executable, "-m", "posecheck", "check", str(clip), "-m", "standing-hip",
            "-o", str(tmp_path / "out"),
        ],
        check=False,
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), str(root)])},
        timeout=120,
    )  # fmt: skip
    line = Outcome(done.returncode, done.stdout, done.stderr).complaint()
    assert f"apt install {package}" in line
    assert library in line
    assert not (tmp_path / "out").exists()


def test_a_scale_belongs_to_one_clip_not_to_several_that_are_combined(run: Run) -> None:
    words = ("check", "a.mp4", "b.mp4", "-m", "standing-hip", "--combine", "--sheet")
    assert "a scale belongs to one clip" in run(*words).complaint()
