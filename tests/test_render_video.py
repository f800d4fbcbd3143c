"""The annotated video: times, size, and that no half-written file stays."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from posecheck.core.errors import InputError
from posecheck.render import video
from posecheck.render.video import AnnotatedVideo, write_annotated


def pictures(times_s, width: int = 320, height: int = 180):
    for k, t_s in enumerate(times_s):
        bgr = np.full((height, width, 3), 40, np.uint8)
        bgr[:, (7 * k) % width :][:, :20] = 220
        yield bgr, float(t_s)


def read_back(path: Path) -> tuple[list[float], int, int]:
    with av.open(str(path)) as container:
        frames = list(container.decode(video=0))
    times = [float(f.pts * f.time_base) for f in frames]
    return times, frames[0].width, frames[0].height


def test_variable_frame_times_are_kept_to_the_millisecond(tmp_path: Path) -> None:
    times_s = np.cumsum(np.random.default_rng(3).uniform(0.012, 0.09, 70))
    path = tmp_path / "annotated.webm"
    assert write_annotated(pictures(times_s), path) == 70
    got, *_ = read_back(path)
    assert len(got) == 70
    assert np.abs(np.array(got) - times_s).max() <= 0.0006


def test_a_large_frame_is_fitted_and_odd_sizes_become_even(tmp_path: Path) -> None:
    write_annotated(pictures([0, 0.04], 1921, 1081), tmp_path / "a.webm")
    _, width, height = read_back(tmp_path / "a.webm")
    assert (width, height) == (960, 540)
    write_annotated(pictures([0, 0.04], 153, 97), tmp_path / "b.webm")
    _, width, height = read_back(tmp_path / "b.webm")
    assert width % 2 == height % 2 == 0


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
@pytest.mark.parametrize("after", [0, 1, 40])
def test_an_interruption_leaves_no_file(tmp_path: Path, error, after: int) -> None:
    def broken():
        yield from pictures(np.arange(after) / 30)
        raise error

    with pytest.raises(error):
        write_annotated(broken(), tmp_path / "annotated.webm")
    assert list(tmp_path.iterdir()) == []


def write_then_fail(sink: AnnotatedVideo) -> None:
    with sink:
        sink.write(*next(pictures([0])))
        raise InputError("interrupted")


def test_an_interruption_keeps_the_earlier_file(tmp_path: Path) -> None:
    path = tmp_path / "annotated.webm"
    path.write_bytes(b"before")
    sink = AnnotatedVideo(path)
    with pytest.raises(InputError, match="interrupted"):
        write_then_fail(sink)
    assert path.read_bytes() == b"before"


def test_no_frames_make_no_file(tmp_path: Path) -> None:
    assert write_annotated([], tmp_path / "annotated.webm") == 0
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    path = tmp_path / "missing" / "annotated.webm"
    with pytest.raises(FileNotFoundError, match=r"annotated\.webm"):
        write_annotated(pictures(np.arange(90) / 30), path)


def test_a_full_disk_is_an_error_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []

    def full(*args: object) -> None:
        calls.append(args)
        if len(calls) > 5:
            raise OSError(28, "No space left on device")
        return make(*args)

    make = video._video_frame
    monkeypatch.setattr(video, "_video_frame", full)
    with pytest.raises(OSError, match="No space left on device"):
        write_annotated(pictures(np.arange(90) / 30), tmp_path / "annotated.webm")
    assert list(tmp_path.iterdir()) == []


def test_frames_that_share_a_millisecond_still_rise(tmp_path: Path) -> None:
    write_annotated(pictures([0, 0.0001, 0.0002, 0.01]), tmp_path / "a.webm")
    got, *_ = read_back(tmp_path / "a.webm")
    assert got == [0.0, 0.001, 0.002, 0.01]
