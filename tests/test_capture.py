"""Reading video files: order, times, orientation, sizes, and clear words for bad input."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import av
import numpy as np
import pytest

from posecheck.capture.files import VideoReader, frames_at, probe, read_frames
from posecheck.core.errors import InputError
from tests import videos


@pytest.mark.parametrize("kind", videos.KINDS)
def test_every_kind_gives_all_frames_in_order_with_even_times(kind: str, tmp_path: Path) -> None:
    frames = list(read_frames(videos.write_kind(tmp_path, kind), rgb=True))

    assert [videos.number_in(frame.rgb) for frame in frames] == list(range(20))
    assert [frame.index for frame in frames] == list(range(20))
    assert frames[0].t_s == 0.0
    np.testing.assert_allclose(np.diff([frame.t_s for frame in frames]), 0.04, atol=1e-3)


@pytest.mark.parametrize("kind", ["h264 avi", "h264 mp4"])
def test_reordered_frames_lose_neither_frames_nor_order(kind: str, tmp_path: Path) -> None:
    path = tmp_path / f"clip.{videos.KINDS[kind][0]}"
    videos.write_clip(path, kind, frames=40, options={"preset": "medium", "bf": "3"})
    with VideoReader(path, rgb=True) as reader:
        frames = list(reader)

    assert [videos.number_in(frame.rgb) for frame in frames] == list(range(40))
    assert reader.dropped == 0


@pytest.mark.parametrize("kind", ["h264 mp4", "vp9 webm"])
def test_variable_frame_rate_keeps_the_files_own_times(kind: str, tmp_path: Path) -> None:
    times_ms = [0, 33, 66, 150, 151, 400, 1000, 1033, 2500, 2600]
    path = tmp_path / f"clip.{videos.KINDS[kind][0]}"
    videos.write_clip(path, kind, times_ms=times_ms)

    frames = list(read_frames(path))

    np.testing.assert_allclose([f.t_s for f in frames], np.array(times_ms) / 1000, atol=1e-6)


@pytest.mark.parametrize("group", [4, 250])
@pytest.mark.parametrize("kind", videos.KINDS)
def test_frames_of_known_times_are_the_same_as_in_a_whole_reading(
    kind: str, group: int, tmp_path: Path
) -> None:
    path = tmp_path / f"clip.{videos.KINDS[kind][0]}"
    videos.write_clip(path, kind, frames=60, options={"g": str(group)})
    whole = list(read_frames(path))

    chosen = {i: whole[i].t_s for i in (0, 7, 8, 31, 59)}
    found = {frame.index: frame for frame in frames_at(path, chosen)}

    assert sorted(found) == sorted(chosen)
    for i, frame in found.items():
        assert frame.t_s == whole[i].t_s
        np.testing.assert_array_equal(frame.pixels, whole[i].pixels)


def test_a_frame_in_the_middle_is_reached_without_what_lies_before(tmp_path: Path) -> None:
    path = videos.write_clip(tmp_path / "clip.mp4", frames=200, options={"g": "10"})
    t_s = [frame.t_s for frame in read_frames(path)]
    with VideoReader(path) as reader:
        frames = list(reader.jump({150: t_s[150], 155: t_s[155], 190: t_s[190]}))

    assert [videos.number_in(frame.rgb) for frame in frames] == [150, 155, 190]
    assert reader.decoded < 40


def test_times_that_do_not_fit_the_file_are_told_by_their_frames_alone(tmp_path: Path) -> None:
    path = videos.write_kind(tmp_path, "h264 mp4")
    with VideoReader(path) as reader:
        assert list(reader.jump({5: 0.123})) == []

    assert [videos.number_in(f.rgb) for f in frames_at(path, {5: 0.123, 9: 0.36})] == [5, 9]


def test_time_starts_at_the_first_frame(tmp_path: Path) -> None:
    path = videos.write_clip(tmp_path / "late.webm", "vp9 webm", times_ms=[5000, 5040, 5080])

    assert [f.t_s for f in read_frames(path)] == pytest.approx([0, 0.04, 0.08])


@pytest.mark.parametrize("turn_deg", videos.MATRICES)
def test_phone_rotation_is_applied(turn_deg: int, tmp_path: Path) -> None:
    upright = [videos.picture(i) for i in range(5)]
    stored = [np.ascontiguousarray(np.rot90(rgb, turn_deg // 90)) for rgb in upright]
    path = videos.write_clip(tmp_path / "clip.mp4", pictures=stored)
    videos.set_matrix(path, videos.MATRICES[turn_deg])

    info = probe(path)
    frames = list(read_frames(path, rgb=True))

    assert (info.width_px, info.height_px, info.rotation_deg) == (160, 120, turn_deg)
    assert frames[0].rgb.shape == (120, 160, 3)
    assert videos.red_corner(frames[0].rgb) == (True, True)
    assert [videos.number_in(frame.rgb) for frame in frames] == list(range(5))


def test_a_mirror_in_the_metadata_is_applied(tmp_path: Path) -> None:
    stored = [np.ascontiguousarray(videos.picture(i)[:, ::-1]) for i in range(3)]
    path = videos.write_clip(tmp_path / "selfie.mp4", pictures=stored)
    videos.set_matrix(path, videos.MIRROR_MATRIX)

    assert [videos.number_in(frame.rgb) for frame in read_frames(path, rgb=True)] == [0, 1, 2]


def test_wide_pixels_are_made_square(tmp_path: Path) -> None:
    path = tmp_path / "anamorphic.mp4"
    videos.write_clip(path, options={"aspect": "4:3"})

    info = probe(path)

    assert (info.width_px, info.height_px) == (213, 120)
    assert next(read_frames(path)).bgr.shape == (120, 213, 3)


def test_odd_sizes_are_read_whole(tmp_path: Path) -> None:
    path = videos.write_clip(tmp_path / "odd.gif", "gif", width=153, height=221)

    assert next(read_frames(path)).bgr.shape == (221, 153, 3)


def test_4k_is_scaled_down_and_says_by_how_much(tmp_path: Path) -> None:
    path = videos.write_clip(tmp_path / "4k.mp4", frames=2, width=3840, height=2160)

    info = probe(path)
    frame = next(read_frames(path, max_side_px=960))

    assert (info.width_px, info.height_px) == (3840, 2160)
    assert frame.bgr.shape == (540, 960, 3)
    assert frame.scale == 4.0


def test_small_frames_are_not_scaled_up(tmp_path: Path) -> None:
    frame = next(read_frames(videos.write_kind(tmp_path, "h264 mp4"), max_side_px=960))

    assert (frame.bgr.shape, frame.scale) == ((120, 160, 3), 1.0)


def test_bgr_and_rgb_are_each_others_mirror(tmp_path: Path) -> None:
    path = videos.write_kind(tmp_path, "h264 mp4")
    bgr, rgb = next(read_frames(path)), next(read_frames(path, rgb=True))

    np.testing.assert_array_equal(bgr.bgr, rgb.bgr)
    np.testing.assert_array_equal(bgr.rgb, rgb.rgb)
    assert bgr.brightness() == pytest.approx(rgb.brightness())


@pytest.mark.parametrize("level", [0, 60, 200])
def test_brightness_is_the_mean_luma(level: int, tmp_path: Path) -> None:
    grey = [np.full((120, 160, 3), level, np.uint8)] * 2
    path = videos.write_clip(tmp_path / "grey.mp4", pictures=grey)

    assert next(read_frames(path)).brightness() == pytest.approx(level, abs=3)


def test_a_cut_off_video_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    whole = tmp_path / "whole.mp4"
    rng = np.random.default_rng(1)
    noise = [rng.integers(0, 255, (120, 160, 3), np.uint8) for _ in range(40)]
    videos.write_clip(whole, pictures=noise)
    index_first = tmp_path / "index_first.mp4"
    _remux(whole, index_first, {"movflags": "faststart"})
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(index_first.read_bytes()[: index_first.stat().st_size // 2])

    with VideoReader(index_first) as reader:
        assert len(list(reader)) == 40
    assert not reader.truncated
    with VideoReader(cut) as reader:
        frames = list(reader)
    assert 10 < len(frames) < 30
    assert reader.truncated


def _remux(source: Path, target: Path, options: dict[str, str]) -> None:
    with av.open(str(source)) as old, av.open(str(target), "w", options=options) as new:
        stream = new.add_stream_from_template(old.streams.video[0])
        for packet in old.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                new.mux(packet)


def _bad(tmp_path: Path, what: str) -> Path:
    path = tmp_path / "clip.mp4"
    if what == "missing":
        (tmp_path / "clop.mp4").write_bytes(b"x")
    elif what == "folder":
        path.mkdir()
    elif what == "empty":
        path.touch()
    elif what == "text":
        path.write_text("squats on monday\n" * 500)
    elif what == "noise":
        path.write_bytes(np.random.default_rng(0).bytes(5000))
    elif what == "no index":
        videos.write_clip(path, frames=60)
        path.write_bytes(path.read_bytes()[:-600])
    elif what == "only sound":
        videos.write_sound(path)
    elif what == "no frames":
        videos.write_no_frames(path)
    return path


@pytest.mark.parametrize(
    ("what", "says"),
    [
        ("missing", "did you mean"),
        ("folder", "this is a folder"),
        ("empty", "empty"),
        ("text", "text file"),
        ("noise", "expected a video"),
        ("no index", "cut off"),
        ("only sound", "only sound"),
        ("no frames", "no readable picture"),
    ],
)
def test_bad_input_gives_one_line_that_names_file_and_remedy(
    what: str, says: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = _bad(tmp_path, what)
    with pytest.raises(InputError) as caught:
        probe(path)

    message = str(caught.value)
    assert says in message
    assert str(path) in message
    assert "\n" not in message
    assert capfd.readouterr().err == ""


def test_a_playlist_cannot_reach_other_files(tmp_path: Path) -> None:
    videos.write_kind(tmp_path, "h264 mp4")
    playlist = tmp_path / "list.mp4"
    playlist.write_text(
        f"#EXTM3U\n#EXTINF:1,\n{(tmp_path / 'clip.mp4').as_uri()}\n#EXT-X-ENDLIST\n"
    )

    with pytest.raises(InputError):
        probe(playlist)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads all files")
def test_a_file_without_permission_says_so(tmp_path: Path) -> None:
    path = videos.write_kind(tmp_path, "h264 mp4")
    path.chmod(0)
    with pytest.raises(InputError, match="no permission"):
        probe(path)


def test_stopping_early_ends_the_decode_thread(tmp_path: Path) -> None:
    path = videos.write_clip(tmp_path / "clip.mp4", frames=200)
    frames = read_frames(path)
    next(frames)
    assert _decode_threads() == 1
    frames.close()  # type: ignore[attr-defined]

    assert _decode_threads() == 0


def test_decoding_runs_ahead_but_not_far(tmp_path: Path) -> None:
    path = videos.write_clip(tmp_path / "clip.mp4", frames=100)
    with VideoReader(path, prefetch=3) as reader:
        frames = iter(reader)
        next(frames)
        time.sleep(0.3)
        waiting = reader.decoded - 1
    assert 3 <= waiting <= 5


def test_a_reader_is_read_once(tmp_path: Path) -> None:
    with VideoReader(videos.write_kind(tmp_path, "gif")) as reader:
        list(reader)
        with pytest.raises(RuntimeError, match="read once"):
            next(iter(reader))


@pytest.mark.slow
def test_memory_does_not_grow_with_length(tmp_path: Path) -> None:
    psutil = pytest.importorskip("psutil")
    path = tmp_path / "long.mp4"
    videos.write_clip(path, frames=3000, width=640, height=360, options={"crf": "40"})
    process = psutil.Process()
    at_100 = at_end = 0
    for frame in read_frames(path):
        if frame.index == 100:
            at_100 = process.memory_info().rss
        at_end = process.memory_info().rss if frame.index % 500 == 0 else at_end

    assert at_end - at_100 < 20e6


def _decode_threads() -> int:
    return sum(thread.name == "posecheck-decode" for thread in threading.enumerate())
