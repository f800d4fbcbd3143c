"""What is put on disk: value for value, all of it or nothing, and one line when it cannot be."""

from __future__ import annotations

import csv
import errno
import os
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from stickfigure import Leg, Pose, measured, seen
from tracks import dropped, nobody

from posecheck.core.catalog import columns as catalog_columns
from posecheck.core.engine import assess
from posecheck.core.errors import InputError
from posecheck.core.pose import PoseTrack
from posecheck.library import error_bands, load_move
from posecheck.outputs import read_track, write_measures_csv, write_track
from posecheck.staging import cannot_write, staged_folder

#: The measure columns of measures.csv, in order.
PUBLIC = [name for name, _, _ in catalog_columns()]


def a_track() -> PoseTrack:
    """Sixty frames with a gap, odd numbers everywhere, and provenance."""
    rng = np.random.default_rng(7)
    base = seen([Pose(Leg(float(i), 2.0 * i)) for i in range(60)])
    track = replace(
        base,
        image_px=(base.image_px + rng.normal(0, 3, base.image_px.shape)).astype(np.float32),
        world_m=(base.world_m + rng.normal(0, 0.1, base.world_m.shape)).astype(np.float32),
        visibility=rng.random(base.visibility.shape).astype(np.float32),
        brightness=rng.uniform(0, 255, 60).astype(np.float32),
        people_seen=rng.integers(1, 3, 60).astype(np.int16),
        foot_speed_px=rng.uniform(0, 90, (60, 2)).astype(np.float32),
        meta={"model": "full", "clip": "Übung 1.mp4", "sha256": "ab" * 32, "rotation_deg": 90},
    )
    return nobody(dropped(track, 0.2), 0.5, 0.9)


# --- track.parquet ---


def test_a_track_comes_back_value_for_value(tmp_path: Path) -> None:
    track = a_track()
    write_track(track, tmp_path / "track.parquet")
    back = read_track(tmp_path / "track.parquet")
    for name in ("t_s", "image_px", "world_m", "people_seen", "brightness", "foot_speed_px"):
        np.testing.assert_array_equal(getattr(back, name), getattr(track, name), err_msg=name)
    np.testing.assert_array_equal(back.visibility[track.seen], track.visibility[track.seen])
    assert (back.width_px, back.height_px) == (track.width_px, track.height_px)
    assert dict(back.meta) == dict(track.meta)


def test_frames_without_the_person_stay_in_and_stay_empty(tmp_path: Path) -> None:
    track = a_track()
    write_track(track, tmp_path / "track.parquet")
    back = read_track(tmp_path / "track.parquet")
    assert 0 < back.seen.sum() < len(back)
    np.testing.assert_array_equal(back.seen, track.seen)
    assert np.isnan(back.image_px[~back.seen]).all()
    assert np.isnan(back.world_m[~back.seen]).all()
    assert (back.visibility[~back.seen] == 0).all()


def test_times_keep_their_full_precision(tmp_path: Path) -> None:
    track = replace(seen(Pose()), t_s=np.array([0.0, 1 / 3, 2 / 3, 1.000001, 600.0000001]))
    write_track(track, tmp_path / "track.parquet")
    np.testing.assert_array_equal(read_track(tmp_path / "track.parquet").t_s, track.t_s)


@pytest.mark.parametrize("n", [0, 1])
def test_a_track_of_hardly_any_frame_comes_back(tmp_path: Path, n: int) -> None:
    track = seen(Pose()).slice(0, n)
    write_track(track, tmp_path / "track.parquet")
    assert len(read_track(tmp_path / "track.parquet")) == n


def test_scoring_a_stored_track_again_gives_the_same(tmp_path: Path) -> None:
    from synthetic import film

    track = film("hip-extension-half-kneeling", ("left",), -90.0).track
    write_track(track, tmp_path / "track.parquet")
    move = load_move("hip-extension-half-kneeling").move
    before = assess(track, move, error_bands())
    after = assess(read_track(tmp_path / "track.parquet"), move, error_bands())
    assert before.repetitions == after.repetitions
    assert before.quality == after.quality


def test_any_parquet_reader_finds_named_columns(tmp_path: Path) -> None:
    from pyarrow import parquet

    write_track(a_track(), tmp_path / "track.parquet")
    names = parquet.read_schema(tmp_path / "track.parquet").names
    assert names[:3] == ["t_s", "people_seen", "brightness"]
    for column in ("left_knee_x_px", "left_knee_y_px", "right_hip_z_m", "nose_visibility"):
        assert column in names
    assert "left_foot_speed_px" in names
    assert len(names) == 5 + 33 * 6


def test_a_track_of_before_feet_were_watched_is_read_without_their_speeds(tmp_path: Path) -> None:
    from pyarrow import parquet

    path = tmp_path / "track.parquet"
    write_track(a_track(), path)
    table = parquet.read_table(path)
    parquet.write_table(table.drop_columns(["left_foot_speed_px", "right_foot_speed_px"]), path)
    track = read_track(path)
    assert np.isnan(track.foot_speed_px).all()
    assert track.foot_speed_px.shape == (len(track), 2)


@pytest.mark.parametrize("what", ["missing", "text", "empty", "folder", "foreign", "cut"])
def test_what_is_no_track_of_ours_gives_one_line(tmp_path: Path, what: str) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    path = tmp_path / "track.parquet"
    if what == "text":
        path.write_text("hello")
    elif what == "empty":
        path.touch()
    elif what == "folder":
        path.mkdir()
    elif what == "foreign":
        parquet.write_table(pa.table({"x": [1]}), path)
    elif what == "cut":
        write_track(a_track(), path)
        path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(InputError) as caught:
        read_track(path)
    assert str(path) in str(caught.value)
    assert "track.parquet" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_track_of_a_newer_posecheck_says_update(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import posecheck.outputs

    with monkeypatch.context() as patch:
        patch.setattr(posecheck.outputs, "TRACK_SCHEMA_VERSION", 99)
        write_track(a_track(), tmp_path / "track.parquet")
    with pytest.raises(InputError, match=r"track schema 99.*update posecheck"):
        read_track(tmp_path / "track.parquet")


# --- measures.csv ---


def test_the_csv_has_time_and_one_column_a_measure(tmp_path: Path) -> None:
    write_measures_csv(measured(seen(Pose(Leg(70.0, 80.0)))), tmp_path / "measures.csv")
    with (tmp_path / "measures.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["t_s", *PUBLIC]
    assert len(rows) == 1 + 5
    assert {len(row) for row in rows} == {len(rows[0])}


def test_what_was_not_measured_is_empty_and_the_rest_reads_back(tmp_path: Path) -> None:
    track = nobody(seen([Pose(Leg(70.0 + i, 80.0)) for i in range(5)]), 0.03, 0.05)
    table = measured(track)
    write_measures_csv(table, tmp_path / "measures.csv")
    with (tmp_path / "measures.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for column in PUBLIC:
        cells = [row[column] for row in rows]
        numbers = table.columns[column]
        assert [cell == "" for cell in cells] == np.isnan(numbers).tolist(), column
        got = [float(cell) for cell in cells if cell]
        assert got == pytest.approx(numbers[np.isfinite(numbers)].tolist(), abs=0.051), column
    assert rows[1]["hip_flexion_left_deg"] == ""
    assert float(rows[0]["hip_flexion_left_deg"]) == pytest.approx(70.0, abs=0.01)
    assert rows[0]["leg_side_raise_left_deg"] == ""
    assert [float(row["t_s"]) for row in rows] == pytest.approx(track.t_s.tolist(), abs=1e-4)


def test_no_cell_says_nan_or_minus_zero(tmp_path: Path) -> None:
    write_measures_csv(measured(seen(Pose(), -90.0)), tmp_path / "measures.csv")
    cells = (tmp_path / "measures.csv").read_text().replace("\n", ",").split(",")
    assert not {cell.lower() for cell in cells} & {"nan", "null", "inf", "none", "-0", "-0.0"}


# --- the folder as a whole ---


def fill(folder: Path, text: str) -> None:
    (folder / "result.json").write_text(text)


def names_in(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def test_a_filled_folder_appears_as_a_whole(tmp_path: Path) -> None:
    with staged_folder(tmp_path / "out", "clip") as stage:
        fill(stage, "new")
        assert not (tmp_path / "out" / "clip").exists()
    assert names_in(tmp_path / "out") == ["clip"]
    assert (tmp_path / "out" / "clip" / "result.json").read_text() == "new"


def test_an_earlier_result_is_replaced_as_a_whole(tmp_path: Path) -> None:
    with staged_folder(tmp_path, "clip") as stage:
        fill(stage, "old")
        (stage / "extra.txt").write_text("old")
    with staged_folder(tmp_path, "clip") as stage:
        fill(stage, "new")
        assert (tmp_path / "clip" / "result.json").read_text() == "old"
    assert names_in(tmp_path) == ["clip"]
    assert names_in(tmp_path / "clip") == ["result.json"]


@pytest.mark.parametrize("kind", [ValueError, KeyboardInterrupt, SystemExit, GeneratorExit])
def test_a_failure_inside_leaves_the_earlier_result_and_nothing_else(
    tmp_path: Path, kind: type[BaseException]
) -> None:
    with staged_folder(tmp_path, "clip") as stage:
        fill(stage, "old")

    def break_down() -> None:
        with staged_folder(tmp_path, "clip") as stage:
            fill(stage, "half")
            raise kind("in the middle")

    with pytest.raises(kind):
        break_down()
    assert names_in(tmp_path) == ["clip"]
    assert (tmp_path / "clip" / "result.json").read_text() == "old"


def test_a_failure_inside_leaves_nothing_where_nothing_was(tmp_path: Path) -> None:
    def break_down() -> None:
        with staged_folder(tmp_path, "clip") as stage:
            fill(stage, "half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        break_down()
    assert names_in(tmp_path) == []


def refused(out: Path, name: str = "clip") -> str:
    """The one line that staging there gives."""
    with pytest.raises(InputError) as caught, staged_folder(out, name) as stage:
        fill(stage, "new")
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_file_in_the_way_of_the_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "clip").write_text("mine")
    line = refused(tmp_path)
    assert str(tmp_path / "clip") in line
    assert "found a file" in line
    assert (tmp_path / "clip").read_text() == "mine"


def test_a_file_in_place_of_the_output_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    assert "give another --out" in refused(tmp_path / "out")
    assert "give another --out" in refused(tmp_path / "out" / "deeper")
    assert (tmp_path / "out").read_text() == "mine"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_no_permission_is_told(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    try:
        assert "no permission" in refused(tmp_path)
    finally:
        tmp_path.chmod(0o755)
    assert names_in(tmp_path) == []


def test_a_name_that_is_too_long_is_told(tmp_path: Path) -> None:
    assert "cannot write the result" in refused(tmp_path, "x" * 300)


@pytest.mark.parametrize(
    ("code", "words"),
    [(errno.ENOSPC, "the disk is full"), (errno.EDQUOT, "quota"),
     (errno.EACCES, "no permission"), (errno.EROFS, "read-only"), (errno.EIO, "error")],
)  # fmt: skip
def test_every_failed_write_gives_one_line_with_a_remedy(code: int, words: str) -> None:
    line = str(cannot_write(Path("out"), OSError(code, os.strerror(code))))
    assert line.startswith("out: cannot write the result: ")
    assert words in line


def test_a_full_disk_in_the_middle_leaves_the_earlier_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with staged_folder(tmp_path, "clip") as stage:
        fill(stage, "old")

    def full(self: Path, *args: object, **kwargs: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_text", full)
        assert "the disk is full: free some space" in refused(tmp_path)
    assert names_in(tmp_path) == ["clip"]
    assert (tmp_path / "clip" / "result.json").read_text() == "old"


def test_a_swap_that_fails_puts_the_earlier_result_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with staged_folder(tmp_path, "clip") as stage:
        fill(stage, "old")
    rename = Path.rename

    def fail_for_the_stage(self: Path, target: Path) -> Path:
        if self.name.endswith(".part"):
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return rename(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", fail_for_the_stage)
        refused(tmp_path)
    assert names_in(tmp_path) == ["clip"]
    assert (tmp_path / "clip" / "result.json").read_text() == "old"


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 KiB, where this machine lets a test mount one."""
    place = tmp_path / "disk"
    place.mkdir()
    try:
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(place)],
            capture_output=True, check=False,
        ).returncode == 0  # fmt: skip
    except OSError:
        mounted = False
    if not mounted:
        pytest.skip("mounting a small disk is not allowed here")
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], capture_output=True, check=False)


def test_a_disk_that_is_really_full_gives_one_line_and_keeps_the_earlier_result(
    tiny_disk: Path,
) -> None:
    with staged_folder(tiny_disk, "clip") as stage:
        fill(stage, "old")
    track = a_track()

    def write_all() -> None:
        with staged_folder(tiny_disk, "clip") as stage:
            (stage / "filler").write_bytes(os.urandom(40_000))
            write_track(track, stage / "track.parquet")
            write_measures_csv(measured(track), stage / "measures.csv")

    with pytest.raises(InputError, match="the disk is full: free some space"):
        write_all()
    assert names_in(tiny_disk) == ["clip"]
    assert (tiny_disk / "clip" / "result.json").read_text() == "old"
