"""Cameras: the newest picture wins, a lost one comes back, a file plays in real time."""

from __future__ import annotations

import http.server
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from posecheck.capture.camera import Asked, Camera, CameraState, Got, Pixels
from posecheck.capture.devices import Found, PlayedFile, find_cameras, open_device
from posecheck.capture.source import Source, parse_source
from posecheck.core.errors import InputError

CAMERA = Source("camera", "0", "0")


def picture(number: int) -> Pixels:
    return np.full((4, 6, 3), number % 256, np.uint8)


class FakeDevice:
    """Gives a picture every ``step_s``; ``gone`` pulls the plug, ``silent`` makes it hang."""

    def __init__(self, step_s: float = 0.002) -> None:
        self.got = Got("0", 6, 4, 30.0, "MJPG")
        self.step_s = step_s
        self.gone = threading.Event()
        self.silent = threading.Event()
        self.count = 0
        self.closed = False

    def read(self) -> tuple[float | None, Pixels] | None:
        time.sleep(self.step_s)
        if self.gone.is_set():
            raise OSError("unplugged")
        while self.silent.is_set() and not self.gone.is_set():
            time.sleep(0.005)
        self.count += 1
        return None, picture(self.count - 1)

    def close(self) -> None:
        self.closed = True


class Bench:
    """Opens fake devices, or none while ``there`` is not set."""

    def __init__(self, step_s: float = 0.002) -> None:
        self.there = True
        self.step_s = step_s
        self.devices: list[FakeDevice] = []

    def __call__(self, source: Source, asked: Asked) -> FakeDevice:
        if not self.there:
            raise InputError("camera 0: there is none")
        self.devices.append(FakeDevice(self.step_s))
        return self.devices[-1]


def until(fact: Callable[[], bool], within_s: float = 3.0) -> bool:
    end_s = time.monotonic() + within_s
    while not fact():
        if time.monotonic() > end_s:
            return False
        time.sleep(0.005)
    return True


def test_a_slow_reader_gets_the_newest_picture_and_never_an_old_one() -> None:
    with Camera(CAMERA, opener=Bench()) as camera:
        numbers = []
        for _ in range(5):
            shot = camera.take(1.0)
            assert shot is not None
            newest = camera.offered
            numbers.append(shot.number)
            assert shot.number >= newest - 2
            time.sleep(0.03)
    assert numbers == sorted(set(numbers))
    assert np.diff(numbers).min() > 2


def test_a_picture_is_taken_once() -> None:
    with Camera(CAMERA, opener=Bench(step_s=0.05)) as camera:
        first, second = camera.take(1.0), camera.take(1.0)
        assert camera.take(0.001) is None
    assert first is not None
    assert second is not None
    assert second.number == first.number + 1
    assert second.t_s > first.t_s


def test_a_camera_that_is_unplugged_comes_back() -> None:
    bench = Bench()
    with Camera(CAMERA, opener=bench) as camera:
        assert camera.take(1.0) is not None
        bench.there = False
        bench.devices[0].gone.set()
        assert until(lambda: camera.state is CameraState.LOST)
        assert until(lambda: bench.devices[0].closed)
        while camera.take(0.05) is not None:
            continue
        bench.there = True
        assert until(lambda: camera.state is CameraState.LIVE)
        shot = camera.take(1.0)
    assert shot is not None
    assert len(bench.devices) == 2
    assert camera.state is CameraState.ENDED


def test_a_camera_that_keeps_silent_counts_as_lost() -> None:
    bench = Bench()
    with Camera(CAMERA, opener=bench, silent_s=0.1) as camera:
        assert camera.take(1.0) is not None
        bench.devices[0].silent.set()
        assert until(lambda: camera.state is CameraState.LOST)
        bench.devices[0].silent.clear()
        assert until(lambda: camera.state is CameraState.LIVE)


def test_a_camera_that_is_not_there_is_told_at_once() -> None:
    bench = Bench()
    bench.there = False
    with pytest.raises(InputError, match="there is none"), Camera(CAMERA, opener=bench):
        pass


def test_times_come_from_the_clock_where_the_device_has_none() -> None:
    with Camera(CAMERA, opener=Bench(step_s=0.02)) as camera:
        shots = [camera.take(1.0) for _ in range(6)]
    times = [shot.t_s for shot in shots if shot]
    assert len(times) == 6
    assert np.diff(times).min() > 0.01
    assert times[0] < 0.2


# --- sources ---


@pytest.mark.parametrize(
    ("text", "kind", "name"),
    [
        ("0", "camera", "0"),
        ("/dev/video2", "camera", "/dev/video2"),
        ("rtsp://user:secret@10.0.0.7/live", "stream", "rtsp://10.0.0.7/live"),
        ("http://10.0.0.7:8080/video", "stream", "http://10.0.0.7:8080/video"),
    ],
)
def test_cameras_and_addresses_are_told_apart_and_passwords_kept_out(
    text: str, kind: str, name: str
) -> None:
    source = parse_source(text)
    assert (source.kind, source.target, source.name) == (kind, text, name)


@pytest.mark.parametrize("text", ["", "front", "/dev/null", "nowhere.mp4", "ftp://x/y", "-1"])
def test_what_is_no_camera_is_refused_with_the_choices(text: str) -> None:
    with pytest.raises(InputError, match=r"expected a number, /dev/videoN"):
        parse_source(text)


def test_a_camera_number_without_camera_says_what_to_do() -> None:
    with pytest.raises(InputError, match=r"there is none|no permission"):
        open_device(Source("camera", "97", "97"), Asked())


def test_the_list_of_cameras_tells_what_each_gives() -> None:
    for found in find_cameras():
        assert isinstance(found, Found)
        assert (found.got is None) != (found.problem is None)


# --- a file in real time ---


def test_a_file_plays_at_the_pace_it_was_filmed(sample_videos: Path) -> None:
    source = parse_source(str(sample_videos / "ankle-side-good.mp4"))
    began_s = time.monotonic()
    with Camera(source) as camera:
        assert camera.got is not None
        assert camera.got.width_px > 0
        shots = [shot for _ in range(12) if (shot := camera.take(1.0))]
        waited_s = time.monotonic() - began_s
    assert [s.number for s in shots] == sorted({s.number for s in shots})
    # The file's own times, whatever the machine did meanwhile.
    assert all(abs(s.t_s - s.number / 30) < 0.02 for s in shots)
    assert waited_s >= shots[-1].t_s - 0.02


def test_a_file_ends(sample_videos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("posecheck.capture.devices.sleep", lambda s: None)
    source = parse_source(str(sample_videos / "ankle-side-good.mp4"))
    with Camera(source) as camera:
        while camera.take(2.0) is not None:
            continue
        assert until(lambda: camera.state is CameraState.ENDED)
    assert camera.offered > 100


def test_a_played_file_that_was_held_up_goes_on_from_where_it_is(sample_videos: Path) -> None:
    played = PlayedFile(sample_videos / "ankle-side-good.mp4")
    first = played.read()
    assert first is not None
    assert played._began_s is not None
    played._began_s -= 30.0
    began_s = time.monotonic()
    played.read()
    played.read()
    assert time.monotonic() - began_s < 1.0
    assert abs(time.monotonic() - played._began_s) < 1.0
    played.close()


# --- a stream on this machine ---


class _Mjpeg(http.server.BaseHTTPRequestHandler):
    """What a phone's camera app serves: JPEGs one after the other."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        self.end_headers()
        for number in range(10_000):
            image = np.full((48, 64, 3), (number * 8) % 256, np.uint8)
            jpeg = cv2.imencode(".jpg", image)[1].tobytes()
            head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
            try:
                self.wfile.write(head.encode() + jpeg + b"\r\n")
            except OSError:
                return
            time.sleep(0.01)

    def log_message(self, *_: object) -> None:
        """Be quiet."""


class _Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True


@pytest.fixture
def stream() -> Iterator[str]:
    with _Server(("127.0.0.1", 0), _Mjpeg) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/video.mjpg"
        server.shutdown()


@pytest.mark.slow
def test_a_phones_stream_is_a_camera(stream: str, no_network: None) -> None:
    with Camera(parse_source(stream)) as camera:
        assert camera.got is not None
        assert (camera.got.width_px, camera.got.height_px) == (64, 48)
        shots = [camera.take(2.0) for _ in range(5)]
    assert all(shot is not None and shot.bgr.shape == (48, 64, 3) for shot in shots)


def test_an_address_without_stream_says_what_to_check() -> None:
    with pytest.raises(InputError, match="no stream there"):
        open_device(Source("stream", "http://127.0.0.1:9/x", "http://127.0.0.1:9/x"), Asked())
