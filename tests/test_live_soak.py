"""What goes wrong before a live session, end to end: each time it goes on, says so, and replays."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scripted_poses import ScriptedPoses
from session_factory import session_info
from synthetic import film
from tracks import at_frames, nobody

from posecheck.capture.camera import CameraState, Shot
from posecheck.capture.files import read_frames
from posecheck.core.live_view import Command, Plan
from posecheck.core.pose import PoseTrack
from posecheck.library import load_move
from posecheck.live_run import LiveRun, Summary
from posecheck.live_session import LiveSession, view_json
from posecheck.session.info import PlanUsed, SessionInfo
from posecheck.session.reader import Recording, open_recording
from posecheck.session.recorder import Recorder
from posecheck.sessions import recorded_events, replay, replayed_events, score

MOVE = "ankle-dorsiflexion"
PICTURE = np.zeros((540, 960, 3), np.uint8)
STILL_S = 5.0
LOST = None


@lru_cache(maxsize=4)
def clip(repetitions: int = 1, fps: float = 30.0) -> PoseTrack:
    """Five seconds of staying still, then repetitions with the left leg."""
    moving = film(MOVE, ("left",), -90.0, fps=fps).track
    still = int(STILL_S * fps)
    index = np.concatenate([np.arange(still) % 10, np.tile(np.arange(len(moving)), repetitions)])
    return at_frames(moving, index, np.arange(len(index)) / fps)


class FakeCamera:
    """Gives what a script says: (session second of the person, camera's own second), or ``LOST``.

    The person's second is what :class:`ScriptedPoses` shows; the camera's clock may differ.
    """

    def __init__(self, script: Sequence[float | None]) -> None:
        self._script = list(script)
        self._number = -1
        self.state = CameraState.LIVE
        self.offered = len(script)

    def take(self, _timeout_s: float = 0.5) -> Shot | None:
        if not self._script:
            self.state = CameraState.ENDED
            return None
        t_s = self._script.pop(0)
        self.state = CameraState.LOST if t_s is LOST else CameraState.LIVE
        if t_s is LOST:
            return None
        self._number += 1
        return Shot(self._number, t_s, PICTURE)


class PosesInOrder(ScriptedPoses):
    """One frame of the track after another, whatever a clock says."""

    _next = -1

    def step(self, rgb: object, *, t_s: float, scale: float) -> Any:
        self._next += 1
        return super().step(rgb, t_s=float(self._track.t_s[self._next]), scale=scale)


class Played:
    """One run: what it told, how it ended, and its recording."""

    def __init__(
        self, folder: Path, poses: ScriptedPoses, script: Sequence[float | None], **plan: Any
    ) -> None:
        wanted = Plan(**{"side": "left", "repetitions": 1, "countdown_s": 1.0, **plan})
        info = info_of(folder.name, MOVE, wanted, PICTURE)
        self.told: list[tuple[str, dict[str, Any]]] = []
        self.recorder = Recorder(folder, info)
        with LiveSession(
            load_move(MOVE), None, wanted, draw=False, recorder=self.recorder,
            poses=poses,
        ) as session:  # fmt: skip
            self.session = session
            run = LiveRun(
                session, FakeCamera(script),
                tell=lambda name, _t, data: self.told.append((name, data)),
            )  # fmt: skip
            self.summary: Summary = run.run()
        self.recorder.close(self.summary.ended)

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.told]

    @property
    def recording(self) -> Recording:
        return open_recording(self.recorder.folder)

    @property
    def sides(self) -> list[str]:
        return [r.side for r in self.summary.repetitions]

    def assert_replays(self) -> None:
        assert recorded_events(self.recording) == replayed_events(self.recording)


def info_of(name: str, move: str, plan: Plan, picture: np.ndarray) -> SessionInfo:
    """What a session of such pictures says about itself."""
    info = session_info(name, move, plan=PlanUsed.model_validate(asdict(plan)))
    height, width = picture.shape[:2]
    camera = info.camera.model_copy(update={"width_px": width, "height_px": height})
    return info.model_copy(update={"camera": camera})


def test_what_was_tried_before_the_set_began_is_no_repetition_of_it(tmp_path: Path) -> None:
    track = clip(2)
    played = Played(tmp_path / "s", ScriptedPoses(track), list(track.t_s), countdown_s=13.0)
    assert played.sides == ["left"]
    _, result = score(played.recording, load_move(MOVE))
    assert [r.index for r in result.repetitions] == [1]
    (live,) = played.summary.repetitions
    assert result.repetitions[0].start_s == pytest.approx(live.start_s, abs=0.5)


def test_a_repetition_that_live_counted_though_it_began_early_stays_one(tmp_path: Path) -> None:
    track = clip()
    recording = Played(tmp_path / "s", ScriptedPoses(track), list(track.t_s)).recording
    began_s = recording.track.t_s[-1] - 5.0
    late = [
        replace(e, t_s=began_s) if e.kind == "event" and e.name == "started" else e
        for e in recording.entries
    ]
    counted = replace(recording, entries=late)
    tried = replace(recording, entries=[e for e in late if e.name != "repetition"])
    assert len(score(counted, load_move(MOVE))[1].repetitions) == 1
    assert score(tried, load_move(MOVE))[1].repetitions == []


# --- the camera ---


def test_a_camera_that_is_gone_for_five_seconds_pauses_the_set_and_comes_back(
    tmp_path: Path,
) -> None:
    track = clip()
    half = int((STILL_S - 0.5) * 30)
    away_s = 5.0
    script = [*track.t_s[:half], LOST, LOST, LOST, *(track.t_s[half:] + away_s)]
    played = Played(tmp_path / "s", PosesInOrder(track), script)
    told = played.names
    assert told.index("camera_lost") < told.index("paused") < told.index("camera_back")
    assert told.index("camera_back") < told.index("resumed") < told.index("repetition")
    assert ("paused", {"by": "camera"}) in played.told
    assert played.sides == ["left"]
    played.assert_replays()


def test_a_camera_lost_in_mid_hold_counts_no_second_that_nobody_saw(tmp_path: Path) -> None:
    track = clip()
    in_hold = int((STILL_S + 5.5) * 30)
    script = [*track.t_s[:in_hold], LOST, LOST, *(track.t_s[in_hold:] + 5.0)]
    with_gap = Played(tmp_path / "gap", PosesInOrder(track), script)
    without = Played(tmp_path / "whole", PosesInOrder(track), list(track.t_s))
    longest = [
        max((p.hold_s or 0.0 for r in run.summary.repetitions for p in r.phases), default=0.0)
        for run in (with_gap, without)
    ]
    assert longest[0] <= longest[1]
    with_gap.assert_replays()


def test_five_pictures_a_second_are_enough_to_count_and_to_time(tmp_path: Path) -> None:
    slow, fast = clip(fps=5.0), clip()
    few = Played(tmp_path / "few", ScriptedPoses(slow), list(slow.t_s))
    many = Played(tmp_path / "many", ScriptedPoses(fast), list(fast.t_s))
    assert few.sides == many.sides == ["left"]
    ours, theirs = few.summary.repetitions[0], many.summary.repetitions[0]
    for a, b in zip(ours.phases, theirs.phases, strict=True):
        if b.hold_target_s is not None:
            assert a.hold_s == pytest.approx(b.hold_s, abs=0.7)
    few.assert_replays()


@pytest.mark.parametrize("back_s", [0.3, 10.0, 1e6])
def test_a_clock_that_jumps_back_loses_no_repetition(tmp_path: Path, back_s: float) -> None:
    track = clip()
    at = int((STILL_S + 2.0) * 30)
    script = [*track.t_s[:at], *(track.t_s[at:] - back_s)]
    played = Played(tmp_path / "s", PosesInOrder(track), script)
    assert played.sides == ["left"]
    assert (np.diff(played.recording.track.t_s) > 0).all()
    notices = [e.name for e in played.recording.entries if e.kind == "notice"]
    assert ("clock_jumped" in notices) == (back_s > 0.5)
    played.assert_replays()


class FakeScreen:
    """Shows nothing, and presses a key at given turns."""

    def __init__(self, keys: dict[int, Command]) -> None:
        self._keys, self._turn = keys, -1

    def show(self, picture: np.ndarray) -> None:
        """Nobody looks."""

    def command(self) -> Command | None:
        self._turn += 1
        return self._keys.get(self._turn)


def test_pictures_of_a_pause_are_neither_analysed_nor_missed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("posecheck.live_run._WARM_UP_S", 0.0)
    told: list[str] = []
    keys = {30: Command.PAUSE, 90: Command.PAUSE, 120: Command.STOP}
    with LiveSession(
        load_move(MOVE),
        None,
        Plan(),
        draw=False,
        poses=ScriptedPoses(clip()),
    ) as session:
        run = LiveRun(
            session, FakeCamera(list(clip().t_s)),
            tell=lambda name, _t, _data: told.append(name), screen=FakeScreen(keys),
        )  # fmt: skip
        summary = run.run()
    assert summary.ended == "stopped"
    assert summary.pace.analysed == summary.pace.offered == 31 + 30
    assert "slow" not in told
    assert [name for name in told if name in ("paused", "resumed")] == ["paused", "resumed"]


# --- the person ---


def test_somebody_leaves_and_another_comes_in(tmp_path: Path) -> None:
    """After ten seconds alone the set-up begins anew, and nobody is mixed with the one before."""
    one = clip()
    empty = nobody(at_frames(one, np.zeros(360, int), np.arange(360) / 30.0), 0.0, 99.0)
    index = np.concatenate([np.arange(150), np.full(360, 0), np.arange(len(one))])
    both = at_frames(one, index, np.arange(len(index)) / 30.0)
    gone = slice(150, 510)
    for name in ("image_px", "world_m", "visibility", "people_seen"):
        getattr(both, name)[gone] = getattr(empty, name)
    poses = ScriptedPoses(both)
    played = Played(tmp_path / "s", poses, list(both.t_s))
    told = played.names
    assert poses.forgotten == 1
    assert told.count("started") == 2
    assert told.index("left") < len(told) - 1 - told[::-1].index("started")
    assert played.sides == ["left"]
    played.assert_replays()


@pytest.mark.slow
def test_two_hundred_repetitions_are_counted_and_replayed(tmp_path: Path) -> None:
    track = clip(repetitions=200)
    played = Played(tmp_path / "s", ScriptedPoses(track), list(track.t_s), repetitions=200)
    assert len(played.sides) == 200
    assert [r.index for r in played.summary.repetitions] == list(range(1, 201))
    assert played.summary.ended == "done"
    played.assert_replays()


# --- the disk ---


def test_a_disk_that_fills_up_ends_the_recording_and_not_the_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from posecheck.session.stream import PoseStreamWriter

    add = PoseStreamWriter.add

    def full(writer: PoseStreamWriter, frame: PoseTrack) -> None:
        if float(frame.t_s[0]) > STILL_S:
            raise OSError(28, "No space left on device")
        add(writer, frame)

    monkeypatch.setattr(PoseStreamWriter, "add", full)
    track = clip()
    played = Played(tmp_path / "s", ScriptedPoses(track), list(track.t_s))
    assert played.sides == ["left"]
    assert played.session.recording == "failed"
    assert played.recorder.failed == "No space left on device"
    kept = played.recording
    assert STILL_S - 1.0 < kept.track.t_s[-1] <= STILL_S + 0.1
    told = recorded_events(kept)
    assert told == replayed_events(kept)[: len(told)]


_LIMITED = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))
from posecheck.cli import main
sys.argv = ["posecheck", "live", *sys.argv[1:]]
main()
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="no file size limits")
def test_a_system_that_refuses_more_bytes_leaves_the_session_running(
    tmp_path: Path, sample_videos: Path
) -> None:
    """The command itself, against a limit that the system really enforces."""
    done = subprocess.run(
        [
            sys.executable, "-c", _LIMITED, "-m", MOVE, "--headless", "--record", "--no-setup",
            "--camera", str(sample_videos / "ankle-side-good.mp4"), "--sessions", str(tmp_path),
        ],
        capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert '"recording_failed": "File too large"' in done.stdout
    (folder,) = tmp_path.iterdir()
    kept = open_recording(folder)
    assert 0 < kept.track.t_s[-1] < 10.0


# --- two at once ---


def test_two_sessions_at_once_do_not_touch_each_other(tmp_path: Path) -> None:
    alone = Played(tmp_path / "alone", ScriptedPoses(clip()), list(clip().t_s))
    found: dict[str, Played] = {}

    def run(name: str) -> None:
        found[name] = Played(tmp_path / name, ScriptedPoses(clip()), list(clip().t_s))

    threads = [threading.Thread(target=run, args=(name,)) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for name in ("one", "two"):
        assert found[name].told == alone.told
        assert recorded_events(found[name].recording) == recorded_events(alone.recording)


# --- live equals replay, through the real model ---


def _clips(root: Path) -> Iterator[tuple[Path, str]]:
    samples = root / "sample_videos"
    yield samples / "standing-hip-side-good.mp4", "standing-hip"
    yield samples / "standing-hip-front-both-sides.mp4", "standing-hip"
    yield samples / "ankle-side-heel-lift-vfr.mp4", "ankle-dorsiflexion"
    yield samples / "hip-extension-side-good.mp4", "hip-extension-half-kneeling"
    real = root.parent / "shared" / "testdata"
    yield real / "pose2sim" / "balance_cam01.mp4", "standing-hip"
    yield real / "pose2sim" / "two_people_cam02.mp4", "standing-hip"
    yield real / "quickpose" / "hip_rom.gif", "standing-hip"
    yield real / "tfjs" / "pose_squats.mp4", "ankle-dorsiflexion"


ROOT = Path(__file__).resolve().parent.parent
CLIPS = [pytest.param(path, move, id=path.stem) for path, move in _clips(ROOT)]


@pytest.mark.slow
@pytest.mark.parametrize(("path", "move"), CLIPS)
def test_live_equals_replay_value_for_value(tmp_path: Path, path: Path, move: str) -> None:
    """Every event and every shown value of a real clip, with commands given on the way."""
    if not path.is_file():
        pytest.skip(f"no {path.name} on this machine")
    from posecheck.estimate.models import resolve_model

    plan = Plan(repetitions=2, countdown_s=1.0)
    views: list[dict[str, Any]] = []
    recorder: Recorder | None = None
    session: LiveSession | None = None
    for frame in read_frames(path, max_side_px=640):
        if session is None or recorder is None:
            recorder = Recorder(tmp_path / "s", info_of("s", move, plan, frame.bgr))
            session = LiveSession(
                load_move(move), resolve_model(), plan, draw=False, recorder=recorder
            )
        fed = session.feed(frame.bgr, frame.t_s)
        if fed is not None:
            views.append(view_json(fed.view))
        commands = {40: Command.NEXT, 60: Command.PAUSE, 75: Command.PAUSE, 150: Command.SIDE}
        if frame.index in commands:
            session.command(commands[frame.index])
    assert session is not None
    assert recorder is not None
    session.command(Command.STOP)
    session.close()
    recorder.close("stopped")
    recording = open_recording(tmp_path / "s")
    replayed = list(replay(recording))
    assert recorded_events(recording) == replayed_events(recording)
    again = [view_json(step.view) for step in replayed if step.index >= 0]
    np.testing.assert_equal(again, views)
