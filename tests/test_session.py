"""Recorded sessions on disk: what is kept, who may read it, and what is left after a cut."""

from __future__ import annotations

import errno
import json
import os
import signal
import stat
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from session_factory import random_track, recorded, same_frames, session_info

from posecheck.core.errors import InputError
from posecheck.core.pose import PoseTrack
from posecheck.session import info as info_module
from posecheck.session.folder import delete_session, find_session, list_sessions, new_id
from posecheck.session.info import INFO, SCHEMA_VERSION, read_info
from posecheck.session.journal import read_journal
from posecheck.session.reader import open_recording
from posecheck.session.recorder import EVENTS, POSES, TRACK, Recorder


def test_a_finished_session_reads_back_value_for_value(tmp_path: Path) -> None:
    track = random_track(100)
    folder = recorded(tmp_path / "s", track)
    got = open_recording(folder)
    assert same_frames(got.track, track)
    assert got.problems == []
    assert got.info.state == "finished"
    assert (got.info.frames, got.info.repetitions) == (100, {"left": 1})
    assert [(e.n, e.data["phase"]) for e in got.entries] == [(n, f"p{n - 1}") for n in
                                                            range(10, 101, 10)]  # fmt: skip
    assert sorted(f.name for f in folder.iterdir()) == [EVENTS, INFO, TRACK]


def test_an_unfinished_session_reads_back_value_for_value(tmp_path: Path) -> None:
    track = random_track(50)
    got = open_recording(recorded(tmp_path / "s", track, finished=False))
    assert same_frames(got.track, track)
    assert got.info.state == "recording"
    assert got.problems == ["poses.arrows is cut off after 50 frames (1.6 s)."]


def test_only_the_owner_may_read_a_session(tmp_path: Path) -> None:
    for finished in (True, False):
        folder = recorded(tmp_path / f"s{finished}", random_track(20), finished=finished)
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        for file in folder.iterdir():
            assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name


def test_any_arrow_library_reads_the_stream_while_it_is_written(tmp_path: Path) -> None:
    folder = recorded(tmp_path / "s", random_track(40), finished=False)
    with pa.ipc.open_stream(str(folder / POSES)) as reader:
        rows = sum(batch.num_rows for batch in reader)
        names = ["t_s", "people_seen", "brightness", "landmarks", "foot_speed"]
        assert reader.schema.names == names
    assert rows == 40


def test_a_stream_of_before_feet_were_watched_is_read_without_their_speeds(tmp_path: Path) -> None:
    track = random_track(40)
    folder = recorded(tmp_path / "s", track, finished=False)
    _edit(folder, schema_version=1)
    with pa.ipc.open_stream((folder / POSES).read_bytes()) as reader:
        blocks = [
            (batch.drop_columns(["foot_speed"]), about[b"first"])
            for batch, about in reader.iter_batches_with_custom_metadata()
        ]
    with pa.ipc.new_stream(str(folder / POSES), blocks[0][0].schema) as writer:
        for batch, first in blocks:
            whole = b"".join(
                (column.flatten() if name == "landmarks" else column).to_numpy().tobytes()
                for name, column in zip(batch.schema.names, batch.columns, strict=True)
            )
            about = {"first": first, "crc32": f"{zlib.crc32(whole):08x}"}
            writer.write_batch(batch, custom_metadata=about)
    got = open_recording(folder)
    assert got.problems == []
    assert np.array_equal(got.track.image_px, track.image_px, equal_nan=True)
    assert got.track.foot_speed_px.shape == (40, 2)
    assert np.isnan(got.track.foot_speed_px).all()


# --- cut and damaged ---


def _block_ends(folder: Path, track: PoseTrack) -> list[int]:
    """File sizes after each block of one frame, found by recording ever more of the track."""
    return [
        (recorded(folder / f"b{n}", track.slice(0, n), finished=False, block_s=0.0) / POSES)
        .stat()
        .st_size
        for n in range(1, len(track) + 1)
    ]


@pytest.mark.slow
def test_cut_at_every_byte_of_its_last_two_blocks_a_session_keeps_whole_blocks(
    tmp_path: Path,
) -> None:
    """At every length the reader gives a true prefix of what was recorded, and says it is cut."""
    track = random_track(4)
    ends = _block_ends(tmp_path, track)
    folder = tmp_path / "b4"
    whole = (folder / POSES).read_bytes()
    assert len(whole) == ends[-1]
    for cut in range(ends[-3], len(whole)):
        (folder / POSES).write_bytes(whole[:cut])
        got = open_recording(folder)
        blocks = sum(cut >= end for end in ends)
        assert len(got.track) == blocks, cut
        assert same_frames(got.track, track.slice(0, blocks)), cut
        assert "cut off" in got.problems[0], cut


@pytest.mark.slow
def test_cut_at_every_byte_before_its_first_pose_a_session_refuses_clearly(
    tmp_path: Path,
) -> None:
    track = random_track(2)
    first = _block_ends(tmp_path, track)[0]
    folder = tmp_path / "b2"
    whole = (folder / POSES).read_bytes()
    for cut in range(first):
        (folder / POSES).write_bytes(whole[:cut])
        with pytest.raises(InputError, match="holds no pose"):
            open_recording(folder)


@settings(max_examples=25, deadline=None)
@given(frames=st.integers(1, 8), per_block=st.integers(1, 3), share=st.floats(0, 1))
def test_cut_anywhere_a_session_gives_a_prefix_or_refuses(
    frames: int, per_block: int, share: float
) -> None:
    track = random_track(frames, seed=frames)
    with tempfile.TemporaryDirectory() as name:
        folder = recorded(
            Path(name) / "s", track, finished=False, block_s=(per_block - 1) / 30 - 1e-6
        )
        whole = (folder / POSES).read_bytes()
        (folder / POSES).write_bytes(whole[: int(share * len(whole))])
        try:
            got = open_recording(folder)
        except InputError as error:
            if "holds no pose" not in str(error):
                raise
        else:
            assert same_frames(got.track, track.slice(0, len(got.track)))


def test_a_journal_cut_at_every_byte_keeps_whole_lines(tmp_path: Path) -> None:
    path = recorded(tmp_path / "s", random_track(30)) / EVENTS
    whole = path.read_bytes()
    entries, problem = read_journal(path)
    assert (len(entries), problem) == (3, None)
    for cut in range(len(whole)):
        path.write_bytes(whole[:cut])
        got, problem = read_journal(path)
        assert got == entries[: whole[:cut].count(b"\n")]
        assert bool(problem) == (cut > 0 and not whole[:cut].endswith(b"\n"))


def test_flipped_bytes_never_give_garbage(tmp_path: Path) -> None:
    """Whatever bit is wrong, what is read is a prefix of the truth or a clear refusal."""
    track = random_track(3)
    folder = recorded(tmp_path / "s", track, finished=False, block_s=0.0)
    whole = bytearray((folder / POSES).read_bytes())
    rng = np.random.default_rng(5)
    for at in rng.integers(0, len(whole), 120):
        damaged = bytearray(whole)
        damaged[at] ^= 1 << int(rng.integers(8))
        (folder / POSES).write_bytes(damaged)
        try:
            got = open_recording(folder)
        except InputError:
            continue
        assert same_frames(got.track, track.slice(0, len(got.track))), at


def test_a_flipped_byte_in_the_journal_ends_it_there(tmp_path: Path) -> None:
    folder = recorded(tmp_path / "s", random_track(40))
    whole = (folder / EVENTS).read_bytes()
    second = whole.index(b"\n") + 5
    for at in range(second, second + 20):
        (folder / EVENTS).write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        got = open_recording(folder)
        assert len(got.entries) == 1, at
        assert "damaged after 1" in got.problems[0]


def test_events_of_frames_that_were_lost_are_left_out(tmp_path: Path) -> None:
    folder = recorded(tmp_path / "s", random_track(30), finished=False, block_s=1 / 60)
    whole = (folder / POSES).read_bytes()
    (folder / POSES).write_bytes(whole[: len(whole) // 2])
    got = open_recording(folder)
    assert 0 < len(got.track) < 30
    assert all(entry.n <= len(got.track) for entry in got.entries)


_KILLED = """
import sys, time
sys.path[:0] = {paths!r}
from pathlib import Path
from hypothesis import given, settings
from hypothesis import strategies as st
from session_factory import random_track, session_info
from posecheck.session.recorder import Recorder
track = random_track(3000)
recorder = Recorder(Path(sys.argv[1]), session_info("k"))
began = time.monotonic()
for i in range(3000):
    time.sleep(max(0.0, began + i / 30 - time.monotonic()))
    recorder.frame(track.slice(i, i + 1))
    print(i, flush=True)
"""


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL")
def test_kill_minus_nine_loses_at_most_the_last_second(tmp_path: Path) -> None:
    script = _KILLED.format(paths=[str(Path(__file__).parent), *sys.path])
    for k, at_least in enumerate((31, 44, 58)):
        folder = tmp_path / f"k{k}"
        with subprocess.Popen(
            [sys.executable, "-c", script, str(folder)], stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            # By frames, not by the clock: a busy machine may take long to record a second.
            taken = 0
            while taken < at_least:
                taken = int(process.stdout.readline()) + 1
            os.kill(process.pid, signal.SIGKILL)
            rest = process.stdout.read().split()
            taken = int(rest[-1]) + 1 if rest else taken
        got = open_recording(folder)
        assert same_frames(got.track, random_track(3000).slice(0, len(got.track)))
        assert taken - len(got.track) <= 30


def test_nothing_waits_to_be_written_while_a_session_is_paused(tmp_path: Path) -> None:
    track = random_track(5)
    with Recorder(tmp_path / "s", session_info("s")) as recorder:
        for i in range(5):
            recorder.frame(track.slice(i, i + 1))
        assert len(open_recording(recorder.folder).track) == 1
        recorder.entries("command", [("pause", float(track.t_s[-1]), {})])
        assert same_frames(open_recording(recorder.folder).track, track)


# --- versions ---


def _edit(folder: Path, **values: object) -> None:
    path = folder / INFO
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


def test_a_session_from_a_newer_posecheck_is_refused_with_a_remedy(tmp_path: Path) -> None:
    folder = recorded(tmp_path / "s", random_track(10))
    _edit(folder, schema_version=SCHEMA_VERSION + 1)
    with pytest.raises(InputError, match=r"newer posecheck.*update posecheck"):
        open_recording(folder)
    assert [s.state for s in list_sessions(tmp_path)] == ["unreadable"]


def test_an_older_version_is_brought_up_step_by_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = recorded(tmp_path / "s", random_track(10))
    _edit(folder, stopped_because="tired")
    monkeypatch.setattr(info_module, "SCHEMA_VERSION", SCHEMA_VERSION + 2)
    monkeypatch.setattr(
        info_module,
        "_UPGRADES",
        {
            SCHEMA_VERSION: lambda d: {**d, "ended": d["stopped_because"]},
            SCHEMA_VERSION + 1: lambda d: {**d, "ended": d["ended"].upper()},
        },
    )
    assert read_info(folder).ended == "TIRED"


def test_every_version_before_todays_has_its_step() -> None:
    assert sorted(info_module._UPGRADES) == list(range(1, SCHEMA_VERSION))


def test_fields_of_a_later_program_of_this_version_are_left_alone(tmp_path: Path) -> None:
    folder = recorded(tmp_path / "s", random_track(10))
    _edit(folder, mood="good")
    assert open_recording(folder).info.frames == 10


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"schema_version": 1}', '{"schema_version": "x"}']
)
def test_a_damaged_information_file_is_refused(tmp_path: Path, text: str) -> None:
    folder = recorded(tmp_path / "s", random_track(10))
    (folder / INFO).write_text(text)
    with pytest.raises(InputError, match=r"session\.json"):
        open_recording(folder)


# --- a full disk, two at once ---


def test_a_full_disk_stops_the_recording_and_not_the_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    track = random_track(60)
    recorder = Recorder(tmp_path / "s", session_info(), block_s=0.1)

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    for i in range(60):
        if i == 30:
            monkeypatch.setattr(recorder._poses._file, "flush", full, raising=False)
        recorder.frame(track.slice(i, i + 1))
        recorder.entries("event", [("phase", float(track.t_s[i]), {})])
    assert recorder.failed == "No space left on device"
    recorder.close("stopped")
    got = open_recording(tmp_path / "s")
    assert same_frames(got.track, track.slice(0, len(got.track)))
    assert len(got.track) >= 25


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_device_that_takes_no_byte_is_told_as_full(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    recorder = Recorder(folder, session_info(), block_s=0.1)
    with Path("/dev/full").open("wb") as full:
        recorder._poses._file = full
        recorder._poses._writer = pa.ipc.new_stream(full, recorder._poses._schema)
        for i in range(30):
            recorder.frame(random_track(30).slice(i, i + 1))
        assert recorder.failed == "No space left on device"


def test_two_recordings_at_once_do_not_touch_each_other(tmp_path: Path) -> None:
    one, two = random_track(40, seed=1), random_track(40, seed=2)
    first = Recorder(tmp_path / "one", session_info("one"))
    second = Recorder(tmp_path / "two", session_info("two"))
    for i in range(40):
        first.frame(one.slice(i, i + 1))
        second.frame(two.slice(i, i + 1))
    first.close("stopped")
    second.close("stopped")
    assert same_frames(open_recording(tmp_path / "one").track, one)
    assert same_frames(open_recording(tmp_path / "two").track, two)


def test_a_folder_that_exists_is_never_recorded_over(tmp_path: Path) -> None:
    folder = recorded(tmp_path / "s", random_track(10))
    with pytest.raises(InputError, match="cannot record there"):
        Recorder(folder, session_info())
    assert len(open_recording(folder).track) == 10


# --- finding and deleting ---


def test_sessions_are_listed_newest_first_and_found_by_a_part_of_their_name(
    tmp_path: Path,
) -> None:
    for name in ("2026-01-01-a", "2026-01-02-b", "2026-02-01-c"):
        recorded(tmp_path / name, random_track(5))
    assert [s.folder.name[-1] for s in list_sessions(tmp_path)] == ["c", "b", "a"]
    assert find_session("last", tmp_path).name == "2026-02-01-c"
    assert find_session("2026-02", tmp_path).name == "2026-02-01-c"
    assert find_session(str(tmp_path / "2026-01-02-b"), Path("nowhere")).name == "2026-01-02-b"
    with pytest.raises(InputError, match="fits 2 sessions"):
        find_session("2026-01", tmp_path)
    with pytest.raises(InputError, match="the newest is 2026-02-01-c"):
        find_session("nothing", tmp_path)


def test_names_sort_by_time_and_differ_within_a_second() -> None:
    from datetime import datetime

    moment = datetime(2026, 1, 2, 3, 4, 5)
    names = {new_id("standing-hip", moment) for _ in range(8)}
    assert len(names) > 1
    assert all(name.startswith("2026-01-02-030405-standing-hip-") for name in names)


def test_a_session_under_way_is_not_deleted(tmp_path: Path) -> None:
    folder = recorded(tmp_path / "s", random_track(10), finished=False)
    with pytest.raises(InputError, match="still being recorded"):
        delete_session(folder)
    os.utime(folder / POSES, (0, 0))
    assert list_sessions(tmp_path)[0].state == "cut off"
    delete_session(folder)
    assert not folder.exists()


def test_only_sessions_are_deleted(tmp_path: Path) -> None:
    (tmp_path / "holiday.jpg").write_bytes(b"x")
    with pytest.raises(InputError, match="nothing was deleted"):
        delete_session(tmp_path)
    assert (tmp_path / "holiday.jpg").exists()
