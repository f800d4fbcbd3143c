"""The page "Live" without a browser: a made-up person before a made-up webcam."""

from __future__ import annotations

import json
import threading
from functools import lru_cache, partial
from pathlib import Path
from time import monotonic
from types import SimpleNamespace
from typing import Any

import av
import numpy as np
import pytest
from scripted_poses import ScriptedPoses, until
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash
from synthetic import film
from tracks import at_frames

from posecheck.core.errors import InputError
from posecheck.core.live_view import Command, Plan
from posecheck.core.pose import PoseTrack
from posecheck.estimate.live import Seen
from posecheck.library import load_move
from posecheck.session.folder import list_sessions
from posecheck.session.reader import open_recording
from posecheck.sessions import recorded_events, replayed_events
from posecheck.ui import here, live_page, routes, webcam
from posecheck.ui.browser_voice import BrowserVoice
from posecheck.ui.desk import LOST_S
from posecheck.ui.live_desk import LiveDesk, Order
from posecheck.ui.prefs import Prefs, prefs_path, write_prefs
from tests.app_pages import app_page, text_of

MOVE = "ankle-dorsiflexion"
PICTURE = np.zeros((540, 960, 3), np.uint8)


@lru_cache(maxsize=1)
def track() -> PoseTrack:
    """Somebody who stays still for five seconds, then does one repetition with the left leg."""
    moving = film(MOVE, ("left",), -90.0).track
    index = np.concatenate([np.arange(150) % 10, np.arange(len(moving))])
    return at_frames(moving, index, np.arange(len(index)) / 30.0)


class FakeClock:
    """Seconds that pass when told."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


class FakeCamera:
    """What the page hands to the browser, in reach of a test."""

    def __init__(self) -> None:
        self.desk: LiveDesk | None = None
        self.on: bool | None = None

    def __call__(self, desk: LiveDesk, *, on: bool) -> bool:
        self.desk, self.on = desk, on
        return on


def play(desk: LiveDesk, until_s: float = np.inf, from_s: float = 0.0) -> None:
    """Hold the pictures of the made-up clip before the camera."""
    for t_s in track().t_s:
        if from_s <= t_s < until_s:
            desk.look(PICTURE, float(t_s))


@pytest.fixture(autouse=True)
def _sessions(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSECHECK_SESSIONS", str(home / "sessions"))


@pytest.fixture
def camera(monkeypatch: pytest.MonkeyPatch) -> FakeCamera:
    """The page's camera, and sessions that see the made-up person."""
    found = FakeCamera()
    monkeypatch.setattr(webcam, "camera", found)
    monkeypatch.setattr(live_page, "LiveDesk", partial(LiveDesk, poses=ScriptedPoses(track())))
    return found


def started(camera: FakeCamera) -> tuple[AppTest, LiveDesk]:
    page = app_page("live").run()
    assert not page.exception
    page.selectbox(key="live-move").set_value(MOVE).run()
    page.number_input(key=f"live-reps-{MOVE}").set_value(1)
    page.button_group(key="live-side").set_value("left")
    page.button(key="start").click().run()
    assert not page.exception
    assert camera.desk is not None
    return page, camera.desk


def order(tmp_path: Path, **more: Any) -> Order:
    plan = Plan(side="left", repetitions=1, countdown_s=0.5)
    return Order(load_move(MOVE), plan, tmp_path / "sessions", **more)


# --- the page ---


def test_before_it_starts_the_page_tells_where_the_camera_stands(camera: FakeCamera) -> None:
    page = app_page("live").run()
    assert not page.exception
    said = text_of(page)
    assert "Where the camera stands" in said
    assert "no further" in said
    assert camera.desk is None
    labels = [group.label for group in page.button_group]
    assert labels == ["Working side", "The camera stands"]
    page.selectbox(key="live-move").set_value(MOVE).run()
    assert [group.label for group in page.button_group] == ["Working side"]


def test_a_set_is_counted_recorded_kept_and_summed_up(camera: FakeCamera) -> None:
    """Under the name on the page Settings, which the history need not know."""
    from posecheck.store.opening import Store
    from posecheck.store.reading import sessions
    from posecheck.store.records import Filter

    write_prefs(prefs_path(), Prefs(person="Robin"))
    page, desk = started(camera)
    assert camera.on is True
    play(desk)
    until(lambda: desk.ended is not None)
    page.run()
    assert not page.exception
    said = text_of(page)
    assert "1 on the left: repetition counted." in said
    assert camera.on is False
    assert [e.label for e in page.expander] == ["Left side, repetition 1"]
    root = live_page.here.sessions_root()
    (listed,) = list_sessions(root)
    assert listed.state == "finished"
    recording = open_recording(listed.folder)
    assert recorded_events(recording) == replayed_events(recording)
    with Store() as store:
        (row,) = sessions(store, Filter())
    assert (row.kind, row.move_id, row.person) == ("live", MOVE, "Robin")
    page.button(key="again").click().run()
    assert not page.exception
    assert page.button(key="start")


def looking_again(camera: FakeCamera) -> tuple[AppTest, LiveDesk]:
    """A set that was done and recorded, and is looked at in Replay now."""
    page, desk = started(camera)
    play(desk)
    until(lambda: desk.ended is not None)
    page.run()
    page.button(key="to-replay").click().run()
    assert not page.exception
    assert page.title[0].value == "Replay"
    return page, desk


def request_live(page: AppTest, parameters: dict[str, str]) -> None:
    """The browser asks for the page Live, with this in its address."""
    page._page_hash = calc_hash("live")
    page.query_params.clear()
    page.query_params.update(parameters)
    page.run()
    assert not page.exception


def test_a_recorded_set_opens_in_replay(camera: FakeCamera) -> None:
    page, desk = looking_again(camera)
    assert desk.ended is not None
    assert page.selectbox(key="session").value == desk.ended.session


@pytest.mark.parametrize(("ago_s", "shown"), [(0.5, "Replay"), (60.0, "Live")])
def test_a_way_that_was_asked_for_is_gone_unless_long_ago(ago_s: float, shown: str) -> None:
    page = app_page("live").run()
    page.session_state["going"] = routes._Way("replay", None, {}, monotonic() - ago_s)
    page.run()
    assert not page.exception
    assert page.title[0].value == shown


def test_a_page_that_was_just_left_does_not_come_back(camera: FakeCamera) -> None:
    page, desk = looking_again(camera)
    # What the webcam's part says of itself before the browser knows that its page was left.
    for _ in range(2):
        request_live(page, {"set": desk.address})
        assert page.title[0].value == "Replay"


@pytest.mark.parametrize("back", [False, True], ids=["by a link", "by the browser's key"])
def test_a_page_that_was_left_is_there_when_asked_for(
    camera: FakeCamera, monkeypatch: pytest.MonkeyPatch, back: bool
) -> None:
    page, desk = looking_again(camera)
    context = SimpleNamespace(is_history_navigation=back)
    with monkeypatch.context() as patch:
        patch.setattr(routes, "get_script_run_ctx", lambda: context)
        request_live(page, {"set": desk.address} if back else {})
    assert page.title[0].value == "How it went"
    request_live(page, {"set": desk.address})
    assert page.title[0].value == "How it went"


def test_without_recording_nothing_is_written(camera: FakeCamera) -> None:
    page = app_page("live").run()
    page.toggle(key="live-record").set_value(False)
    page.button(key="start").click().run()
    assert camera.desk is not None
    play(camera.desk, until_s=1.0)
    page.run()
    page.button(key="live-stop").click().run()
    assert not page.exception
    assert "No repetition was counted" in text_of(page)
    assert list_sessions(live_page.here.sessions_root()) == []


def test_pause_next_and_side_reach_the_session(camera: FakeCamera) -> None:
    page, desk = started(camera)
    play(desk, until_s=0.5)
    page.run()
    page.button(key="live-pause").click().run()
    assert desk.paused
    assert desk.board()["message"] == "Paused: the key P goes on"
    assert page.button(key="live-pause").label == "Go on"
    page.button(key="live-pause").click().run()
    assert not desk.paused
    page.button(key="live-side").click().run()
    assert desk.board()["progress"].startswith("Right side")
    assert not page.exception
    desk.close("stopped")


def test_two_visits_have_a_session_each(camera: FakeCamera) -> None:
    _, one = started(camera)
    _, two = started(camera)
    assert one is not two
    play(one, until_s=0.5)
    one.close("stopped")
    assert two.ended is None
    assert two.board()["stage"] == "waiting"
    two.close("stopped")


def test_a_refreshed_page_goes_on_with_the_set(camera: FakeCamera) -> None:
    page, desk = started(camera)
    word = page.query_params["set"]
    again = app_page("live")
    again.query_params["set"] = word
    again.run()
    assert not again.exception
    assert camera.desk is desk
    # The window that was left behind gives it up, should it still be there.
    page.run()
    assert "another window" in text_of(page)
    assert page.button(key="start")
    # Neither is it taken back by the old address, which the browser's next call may still bring.
    page.query_params["set"] = word
    page.run()
    assert page.button(key="start")
    desk.close("stopped")
    again.run()
    again.button(key="again").click().run()
    assert again.button(key="start")
    assert "set" not in again.query_params
    again.query_params["set"] = word
    again.run()
    assert again.button(key="start")


def test_a_word_of_somebody_else_finds_nothing(
    camera: FakeCamera, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, desk = started(camera)
    other = app_page("live")
    other.query_params["set"] = page.query_params["set"]
    monkeypatch.setattr(here, "person", lambda: "somebody-else")
    other.run()
    assert other.button(key="start")
    assert "live-desk" not in other.session_state
    desk.close("stopped")


def test_a_model_that_cannot_be_used_is_told(
    camera: FakeCamera, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken(ScriptedPoses):
        def step(self, *_: object, **__: object) -> Seen:
            raise InputError("the pose model is damaged; make it anew: make model")

    monkeypatch.setattr(live_page, "LiveDesk", partial(LiveDesk, poses=Broken(track())))
    page, desk = started(camera)
    assert (desk.look(PICTURE, 0.0) == PICTURE).all()
    until(lambda: desk.ended is not None)
    page.run()
    assert not page.exception
    assert "make it anew" in page.warning[0].value


# --- the desk ---


def test_a_frame_of_the_browser_comes_back_with_the_skeleton(tmp_path: Path) -> None:
    desk = LiveDesk(order(tmp_path), poses=ScriptedPoses(track()))
    frame = av.VideoFrame.from_ndarray(PICTURE, format="bgr24")
    back = desk.take(frame).to_ndarray(format="bgr24")
    assert back.shape == PICTURE.shape
    assert back.max() > 200
    desk.close("stopped")


def test_until_the_first_picture_the_board_says_what_it_waits_for(tmp_path: Path) -> None:
    said: list[str] = []

    class Loading(ScriptedPoses):
        def load(self) -> None:
            # The page asks from its own thread while the model loads.
            asked = threading.Thread(target=lambda: said.append(desk.board()["message"]))
            asked.start()
            asked.join(10)

    desk = LiveDesk(order(tmp_path), poses=Loading(track()))
    said.append(desk.board()["message"])
    desk.connecting = True
    said.append(desk.board()["message"])
    desk.look(PICTURE, 0.0)
    desk.close("stopped")
    assert said == [
        "Allow the camera in your browser", "Connecting to your camera", "Getting ready to watch",
    ]  # fmt: skip


def test_a_webcam_that_was_not_asked_yet_is_thought_of_again_once_a_while(tmp_path: Path) -> None:
    clock = FakeClock()
    desk = LiveDesk(order(tmp_path), poses=ScriptedPoses(track()), clock=clock)
    clock.now_s += 10.0
    assert not desk.forgotten()
    desk.asked = False
    assert [desk.forgotten(), desk.forgotten()] == [True, False]
    clock.now_s += 10.0
    assert desk.forgotten()
    desk.close("stopped")


def test_the_board_is_plain_json_and_runs_the_hold_clock(tmp_path: Path) -> None:
    desk = LiveDesk(order(tmp_path), poses=ScriptedPoses(track()))
    boards = [desk.board()]
    for t_s in track().t_s:
        desk.look(PICTURE, float(t_s))
        boards.append(desk.board())
    json.dumps(boards, allow_nan=False)
    stages = list(dict.fromkeys(board["stage"] for board in boards))
    assert stages == ["waiting", "setup", "countdown", "running", "done"]
    held = [board["hold_s"] for board in boards if board["holding"]]
    assert max(held) >= 2.0
    assert {board["hold_target_s"] for board in boards if board["holding"]} == {2.0}
    shin = [board["value"] for board in boards if board["holding"]]
    assert all(value.endswith("°") for value in shin)
    desk.close("stopped")


def test_a_webcam_that_stops_pauses_the_set_and_goes_on_when_it_is_back(tmp_path: Path) -> None:
    clock = FakeClock()
    desk = LiveDesk(order(tmp_path), poses=ScriptedPoses(track()), clock=clock)
    play(desk, until_s=1.0)
    clock.now_s += LOST_S + 0.1
    until(lambda: desk.board()["stage"] == "paused")
    assert "go on by myself" in desk.board()["message"]
    play(desk, from_s=1.0, until_s=1.2)
    assert desk.board()["stage"] != "paused"
    desk.close("stopped")


def test_a_browser_that_was_shut_ends_the_session_and_frees_the_model(tmp_path: Path) -> None:
    clock, poses = FakeClock(), ScriptedPoses(track())
    desk = LiveDesk(order(tmp_path, record=True), poses=poses, clock=clock)
    play(desk, until_s=1.0)
    clock.now_s += 61.0
    until(lambda: desk.ended is not None)
    assert poses.closed
    assert desk.ended is not None
    assert desk.ended.why == "the camera was gone for a minute"
    (listed,) = list_sessions(tmp_path / "sessions")
    assert listed.state == "finished"


def test_a_full_disk_is_said_and_the_set_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = LiveDesk(order(tmp_path, record=True), poses=ScriptedPoses(track()))
    play(desk, until_s=1.0)
    assert desk._recorder is not None

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(desk._recorder._poses, "add", full)
    play(desk, from_s=1.0)
    until(lambda: desk.ended is not None)
    assert desk.ended is not None
    assert [r.side for r in desk.ended.repetitions] == ["left"]
    assert desk.ended.problems == ["The recording broke off: No space left on device."]


def test_a_connection_made_anew_goes_on_in_time(tmp_path: Path) -> None:
    desk = LiveDesk(order(tmp_path), poses=ScriptedPoses(track()))
    assert [desk._rising(t) for t in (0.0, 0.5, 0.0, 0.5)] == [0.0, 0.5, 1.5, 2.0]
    desk.close("stopped")


# --- the browser's voice ---


def test_a_browser_is_given_each_sound_once_with_its_age() -> None:
    clock = FakeClock()
    voice = BrowserVoice(clock)
    voice.play("reached")
    clock.now_s += 0.25
    voice._cut.set()
    voice.play("done")
    assert voice.recent() == [
        {"number": 1, "age_s": 0.25, "tone": "reached"},
        {"number": 2, "age_s": 0.0, "tone": "done"},
    ]


def test_words_are_cut_short_by_what_matters_more() -> None:
    voice = BrowserVoice()
    talking = threading.Thread(target=voice.say, args=("a sentence " * 200,))
    talking.start()
    until(lambda: bool(voice.recent()))
    while talking.is_alive():
        voice.stop()
        talking.join(0.05)
    assert [sound["number"] for sound in voice.recent()] == [1]


def test_stopping_twice_is_harmless(tmp_path: Path) -> None:
    poses = ScriptedPoses(track())
    desk = LiveDesk(order(tmp_path), poses=poses)
    play(desk, until_s=0.3)
    desk.command(Command.STOP)
    ended = desk.ended
    desk.close("again")
    assert desk.ended is ended
    assert poses.closed
    assert (desk.look(PICTURE, 9.0) == PICTURE).all()
