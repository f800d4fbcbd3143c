"""The command on real video, as a process of its own: bad input, stops, full disks, odd clips."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.videos import MATRICES, set_matrix, write_clip

pytestmark = pytest.mark.slow

FILES = ["annotated.webm", "measures.csv", "report.html", "result.json", "track.parquet"]
FRAMES = 40
TIMEOUT_S = 300
MIRROR_DEG = 8.0
Pixels = np.ndarray


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str

    def complaint(self, code: int = 2) -> str:
        """The one line on stderr of a command that printed nothing else."""
        assert (self.code, self.out) == (code, ""), self
        (line,) = self.err.splitlines()
        assert line.startswith("posecheck: ")
        return line

    def result(self) -> dict[str, Any]:
        """The JSON on stdout of a command that ended well and said nothing else."""
        assert (self.code, self.err) == (0, ""), self
        parsed: dict[str, Any] = json.loads(self.out)
        return parsed

    def note_ids(self) -> list[str]:
        return [note["id"] for note in self.result()["quality"]["notes"]]


def command(*words: str | Path) -> list[str]:
    return [sys.executable, "-m", "posecheck", "check", *map(str, words), "-m", "standing-hip"]


def posecheck(*words: str | Path, before: Sequence[str] = ()) -> Outcome:
    done = subprocess.run(
        [*before, *command(*words)],
        check=False, capture_output=True, text=True, timeout=TIMEOUT_S,
    )  # fmt: skip
    return Outcome(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def film(root: Path) -> Path:
    """A clip of one person from head to foot."""
    real = root.parent / "shared" / "testdata" / "pose2sim" / "balance_cam01.mp4"
    # From the side, which carries the knee angle that the clips are compared by.
    for clip in (root / "sample_videos" / "standing-hip-side-good.mp4", real):
        if clip.is_file():
            return clip
    pytest.skip("no clip of a person on this machine")


@pytest.fixture(scope="module")
def pictures(film: Path) -> list[Pixels]:
    """Frames of it while a knee comes up, (h, w, 3) RGB, at most 640 pixels a side, both even."""
    from posecheck.capture.files import read_frames

    begin_s = 2.5 if film.parent.name == "sample_videos" else 0.0
    kept: list[Pixels] = []
    for frame in read_frames(film, max_side_px=640, rgb=True):
        if frame.t_s < begin_s:
            continue
        height, width = (side // 2 * 2 for side in frame.rgb.shape[:2])
        kept.append(np.ascontiguousarray(frame.rgb[:height, :width]))
        if len(kept) == FRAMES:
            break
    return kept


@pytest.fixture(scope="module")
def plain(pictures: list[Pixels], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The clip of those frames, checked, with its results beside it."""
    folder = tmp_path_factory.mktemp("plain")
    clip = write_clip(folder / "plain.mp4", pictures=pictures)
    outcome = posecheck(clip, "--out", folder / "out", "--json", "--side", "left")
    outcome.result()
    return folder


def numbers(folder: Path, column: str) -> np.ndarray:
    """A column of measures.csv, NaN where empty."""
    with (folder / "measures.csv").open() as file:
        return np.array([float(row[column] or "nan") for row in csv.DictReader(file)])


def swapped(column: str) -> str:
    return column.replace("left", "*").replace("right", "left").replace("*", "right")


# --- what comes out ---


def test_a_check_leaves_exactly_the_promised_files(plain: Path) -> None:
    assert [p.name for p in (plain / "out").iterdir()] == ["plain"]
    assert sorted(p.name for p in (plain / "out" / "plain").iterdir()) == FILES
    written = json.loads((plain / "out" / "plain" / "result.json").read_text())
    assert written["clip"]["frames"] == FRAMES
    assert (plain / "out" / "plain").stat().st_mode & 0o700 == 0o700


def test_a_second_check_replaces_the_first_as_a_whole(plain: Path, tmp_path: Path) -> None:
    old = tmp_path / "plain"
    old.mkdir()
    (old / "annotated.webm").write_bytes(b"of an earlier check")
    done = posecheck(plain / "plain.mp4", "--out", tmp_path, "--no-video")
    assert (done.code, done.err) == (0, "")
    assert [p.name for p in tmp_path.iterdir()] == ["plain"]
    assert sorted(p.name for p in old.iterdir()) == [f for f in FILES if f != "annotated.webm"]
    assert f"Report: {old / 'report.html'}" in done.out


# --- clips that are odd, but can be checked ---


def test_one_frame_gives_a_report_and_no_numbers_over_time(
    pictures: list[Pixels], tmp_path: Path
) -> None:
    clip = write_clip(tmp_path / "one.mp4", pictures=pictures[:1])
    result = posecheck(clip, "--out", tmp_path / "out", "--json").result()
    assert result["clip"]["frames"] == 1
    assert result["repetitions"] == []


def test_one_frame_a_second_is_told(pictures: list[Pixels], tmp_path: Path) -> None:
    times_ms = [1000 * k for k in range(8)]
    clip = write_clip(tmp_path / "slow.mp4", pictures=pictures[:8], times_ms=times_ms, fps=1)
    done = posecheck(clip, "--out", tmp_path / "out", "--json")
    assert done.result()["clip"]["fps"] == pytest.approx(1.0)
    assert "few_frames" in done.note_ids()


def test_an_empty_room_ends_with_exit_3_and_writes_nothing(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "room.mp4", width=320, height=240)
    line = posecheck(clip, "--out", tmp_path / "out").complaint(3)
    assert "no person" in line
    assert not (tmp_path / "out").exists()


def test_a_person_gone_for_half_the_clip_is_told(pictures: list[Pixels], tmp_path: Path) -> None:
    # Gone behind the picture's own first column: a plain wall.
    empty = [np.ascontiguousarray(np.repeat(p[:, :1], p.shape[1], axis=1)) for p in pictures]
    clip = write_clip(tmp_path / "half.mp4", pictures=[*pictures[:20], *empty[20:]])
    done = posecheck(clip, "--out", tmp_path / "out", "--json")
    assert "not_seen" in done.note_ids()
    assert 15 <= done.result()["clip"]["seen_frames"] <= 25


def test_two_people_are_told(testdata: Path, tmp_path: Path) -> None:
    clip = testdata / "pose2sim" / "two_people_cam02.mp4"
    done = posecheck(clip, "--out", tmp_path / "out", "--json", "--no-video")
    assert "two_people" in done.note_ids()


def test_a_person_filmed_from_the_wrong_side_is_told(testdata: Path, tmp_path: Path) -> None:
    clip = testdata / "pose2sim" / "balance_cam02.mp4"
    done = posecheck(clip, "--out", tmp_path / "out", "--json", "--no-video")
    assert {"view_off", "other_view"} & set(done.note_ids())


def test_a_mirrored_clip_gives_the_same_numbers_for_the_same_side(
    plain: Path, pictures: list[Pixels], tmp_path: Path
) -> None:
    flipped = [np.ascontiguousarray(p[:, ::-1]) for p in pictures]
    clip = write_clip(tmp_path / "selfie.mp4", pictures=flipped)
    done = posecheck(clip, "--out", tmp_path, "--json", "--mirrored", "--side", "left")
    assert done.result()["mirrored"] is True
    compared = 0
    for column in ("hip_flexion_left_deg", "knee_flexion_left_deg", "trunk_lean_deg"):
        straight = numbers(plain / "out" / "plain", column)
        mirrored = numbers(tmp_path / "selfie", column)
        both = np.isfinite(straight) & np.isfinite(mirrored)
        if both.sum() > FRAMES // 2:
            compared += 1
            # The model itself is not quite the same in a mirror.
            assert np.median(np.abs(straight - mirrored)[both]) < MIRROR_DEG, column
    assert compared


def test_without_mirrored_the_sides_are_exchanged(
    plain: Path, pictures: list[Pixels], tmp_path: Path
) -> None:
    flipped = [np.ascontiguousarray(p[:, ::-1]) for p in pictures]
    clip = write_clip(tmp_path / "selfie.mp4", pictures=flipped)
    posecheck(clip, "--out", tmp_path, "--json", "--no-video").result()
    column = "knee_flexion_left_deg"
    straight = numbers(plain / "out" / "plain", column)
    other = numbers(tmp_path / "selfie", swapped(column))
    both = np.isfinite(straight) & np.isfinite(other)
    assert both.sum() > FRAMES // 2
    assert np.median(np.abs(straight - other)[both]) < MIRROR_DEG


def test_a_clip_stored_lying_gives_the_same_numbers(
    plain: Path, pictures: list[Pixels], tmp_path: Path
) -> None:
    # Stored turned to the left, with the note to turn it back.
    lying = [np.ascontiguousarray(np.rot90(p)) for p in pictures]
    clip = set_matrix(write_clip(tmp_path / "phone.mp4", pictures=lying), MATRICES[90])
    result = posecheck(clip, "--out", tmp_path, "--json", "--side", "left").result()
    height, width = pictures[0].shape[:2]
    assert (result["clip"]["width_px"], result["clip"]["height_px"]) == (width, height)
    assert result["clip"]["rotation_deg"] == 90
    straight = numbers(plain / "out" / "plain", "knee_flexion_left_deg")
    turned = numbers(tmp_path / "phone", "knee_flexion_left_deg")
    both = np.isfinite(straight) & np.isfinite(turned)
    assert np.median(np.abs(straight - turned)[both]) < 3.0


def test_4k_is_checked_and_measured_in_its_own_pixels(
    plain: Path, pictures: list[Pixels], tmp_path: Path
) -> None:
    import cv2

    scale = 3840 / max(pictures[0].shape[:2])
    size = [round(side * scale) // 2 * 2 for side in pictures[0].shape[1::-1]]
    large = [cv2.resize(p, size, interpolation=cv2.INTER_LINEAR) for p in pictures[:12]]
    clip = write_clip(tmp_path / "uhd.mp4", pictures=large)
    result = posecheck(clip, "--out", tmp_path, "--json", "--side", "left").result()
    assert [result["clip"]["width_px"], result["clip"]["height_px"]] == size
    straight = numbers(plain / "out" / "plain", "knee_flexion_left_deg")[:12]
    finer = numbers(tmp_path / "uhd", "knee_flexion_left_deg")
    both = np.isfinite(straight) & np.isfinite(finer)
    assert np.median(np.abs(straight - finer)[both]) < 3.0


def test_a_clip_that_breaks_off_is_checked_up_to_there(plain: Path, tmp_path: Path) -> None:
    whole = subprocess.run(
        ["ffmpeg", "-v", "error", "-i", plain / "plain.mp4", "-c", "copy", "-movflags",
         "frag_keyframe+empty_moov+default_base_moof", "-frag_duration", "200000", "-f", "mp4",
         "-y", tmp_path / "cut.mp4"],
        check=False,
    ) if shutil.which("ffmpeg") else None  # fmt: skip
    if whole is None or whole.returncode:
        pytest.skip("no ffmpeg to write a clip that can be cut")
    data = (tmp_path / "cut.mp4").read_bytes()
    (tmp_path / "cut.mp4").write_bytes(data[: len(data) * 2 // 3])
    result = posecheck(tmp_path / "cut.mp4", "--out", tmp_path, "--json", "--no-video").result()
    assert 0 < result["clip"]["frames"] < FRAMES


# --- places that cannot be written ---


def test_no_permission_at_the_output_is_one_line(plain: Path, tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    before = () if os.geteuid() else without_root_powers()
    line = posecheck(plain / "plain.mp4", "--out", closed, before=before).complaint()
    assert "no permission to write there" in line
    assert list(closed.iterdir()) == []


def without_root_powers() -> tuple[str, ...]:
    """A command prefix under which root minds permissions as others do."""
    powers = ("setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all", "--")
    if not shutil.which("setpriv") or subprocess.run([*powers, "true"], check=False).returncode:
        pytest.skip("root here, and setpriv cannot take its powers away")
    return powers


def test_a_full_disk_is_one_line_and_nothing_half_written(plain: Path, tmp_path: Path) -> None:
    full, listing = tmp_path / "full", tmp_path / "listing"
    full.mkdir()
    mount = f"mount -t tmpfs -o size=48k none {full}"
    probe = ["unshare", "-rm", "sh", "-c", mount]
    if not shutil.which("unshare") or subprocess.run(probe, check=False).returncode:
        pytest.skip("no small disk can be made here")
    script = f'{mount}; "$@"; code=$?; ls -A {full} > {listing}; exit $code'
    before = ["unshare", "-rm", "sh", "-c", script, "sh"]
    line = posecheck(plain / "plain.mp4", "--out", full, before=before).complaint()
    assert "disk is full" in line or "No space left" in line
    assert "free some space" in line
    assert listing.read_text() == ""


# --- stops ---


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "kill"])
def test_a_stop_keeps_what_was_finished_and_nothing_else(
    film: Path, plain: Path, tmp_path: Path, number: signal.Signals
) -> None:
    out = tmp_path / "out"
    long = tmp_path / "long.mp4"
    shutil.copy(film, long)
    process = subprocess.Popen(
        command(plain / "plain.mp4", long, "--out", out),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        limit_s = time.monotonic() + TIMEOUT_S
        while not (out / "plain").exists() and time.monotonic() < limit_s:
            time.sleep(0.05)
        time.sleep(1.0)  # well into the second clip
        process.send_signal(number)
        _, err = process.communicate(timeout=60)
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()
    assert [p.name for p in out.iterdir()] == ["plain"]
    assert sorted(p.name for p in (out / "plain").iterdir()) == FILES
    if number is signal.SIGINT:
        assert process.returncode == 130
        assert err == f"posecheck: stopped: 1 finished clip kept in {out}\n"
    else:
        assert process.returncode == 128 + number
        assert err == ""
