"""The page "Knee to wall" without a browser: video or webcam in, centimetres and reasons out."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from scripted_poses import until
from streamlit.testing.v1 import AppTest

from posecheck.core.errors import InputError
from posecheck.core.wall_tries import Refusal
from posecheck.scaling import ClipScale, ScaleInput
from posecheck.store.opening import Store
from posecheck.store.reading import people, points
from posecheck.ui import clips, jobs, knee_live, wall_job, wall_process, webcam
from posecheck.ui.desk import LOST_S
from posecheck.ui.job_process import Teller
from posecheck.ui.jobs import News, State
from posecheck.ui.pick import read_points
from posecheck.ui.wall_desk import WallDesk, WallOrder
from posecheck.ui.wall_job import ORDER, Film, WallRequest, distinct, read_found
from posecheck.ui.wall_measured import Found, Owner
from posecheck.ui.wall_scale import Way
from posecheck.wall_measure import ClipTries, Personal
from tests.app_pages import app_page, text_of
from tests.sheet_scene import Scene
from tests.test_knee_result import a_try, clip_tries
from tests.videos import write_clip
from tests.wall_scene import Pose, WallScene, lunge

FPS = 12.0
VIDEOS, SAMPLE = "Videos", "A sample"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "samples"
    folder.mkdir()
    write_clip(folder / "knee-to-wall-side-sheet.mp4", frames=6)
    monkeypatch.setattr(clips, "SAMPLES", folder)
    monkeypatch.setenv("POSECHECK_DATABASE_URL", f"sqlite:///{tmp_path / 'history.db'}")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path


@pytest.fixture
def page() -> AppTest:
    return app_page("knee")


def choose(page: AppTest, source: str) -> AppTest:
    page.run()
    page.segmented_control(key="wall-source").set_value(source).run()
    return page


def kept_cm(name: str = "toe_to_wall_left_cm", person: str = "me") -> list[float]:
    with Store() as store:
        return [one.value for one in points(store, name, person)]


# --- videos ---


def test_without_a_video_it_says_what_to_do(page: AppTest) -> None:
    choose(page, VIDEOS)
    assert not page.exception
    assert page.button(key="measure").disabled
    said = text_of(page)
    assert "Choose a video first" in said
    assert "Print the sheet at 100 %" in said
    assert "The camera stands low on the side of that leg" in said


@dataclass
class FakeWork:
    """A measurement that stands where the test puts it, and is done in this process when told."""

    folder: Path
    request: WallRequest
    news: News = field(
        default_factory=lambda: News(stage="measure", done=30, total=120, fps=20.0, clip=1, clips=1)
    )
    started_s: float = field(default_factory=time.monotonic)
    cancelled: bool = False
    stages: list[str] = field(default_factory=list)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(film.name for film in self.request.films)

    @property
    def found(self) -> Found:
        return read_found(self.request.out)

    def cancel(self) -> None:
        self.cancelled = True
        self.news = News(State.CANCELLED)

    def do(self) -> None:
        """What its process does, to the end."""
        lines = StringIO()
        teller = Teller(lines, {})
        teller.keeping = lambda: None  # type: ignore[method-assign]  # signals are a process's own
        try:
            wall_process.work(ORDER.dump_python(self.request, mode="json"), teller)
            self.news = News(State.DONE)
        except InputError as error:
            self.news = News(State.FAILED, message=str(error))
        told = [json.loads(line)["step"]["stage"] for line in lines.getvalue().splitlines()]
        self.stages = list(dict.fromkeys(told))


@pytest.fixture
def works(monkeypatch: pytest.MonkeyPatch) -> list[FakeWork]:
    """The measurements that the page started."""
    found: list[FakeWork] = []

    def start(folder: Path, request: WallRequest) -> FakeWork:
        found.append(FakeWork(folder, request))
        return found[-1]

    monkeypatch.setattr(wall_job, "start", start)
    return found


@pytest.fixture
def tries(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Stands in for the reading of a clip: it shows these tries, the left leg's at first."""
    shown = [a_try("left", 10.4), a_try("left", 12.0, Refusal.HEEL_UP)]

    def read(clip: Path, found: ClipScale, _: Personal, *, name: str, **__: object) -> ClipTries:
        of = [one for one in shown if one.side in name] or shown
        made = clip_tries(*of)
        return ClipTries(clip, found, made.tries, [], 12.0, made.stills, name)

    monkeypatch.setattr("posecheck.wall_measure.read_tries", read)
    scale = clip_tries().found
    monkeypatch.setattr("posecheck.scaling.clip_scale", lambda *_, **__: scale)
    return shown


def measure(page: AppTest, works: list[FakeWork]) -> FakeWork:
    """Measure the sample to the end."""
    choose(page, SAMPLE)
    page.button(key="measure").click().run()
    assert not page.exception
    works[-1].do()
    page.run()
    assert not page.exception
    return works[-1]


def refreshed(uid: str) -> AppTest:
    page = app_page("knee")
    page.query_params["measure"] = uid
    page.run()
    assert not page.exception
    return page


def test_a_sample_is_measured_kept_and_set_against_last_time(
    page: AppTest, works: list[FakeWork], tries: list[Any]
) -> None:
    job = measure(page, works)
    assert job.stages == ["libraries", "scale", "model", "pictures"]
    assert page.metric[0].value == "10.4 cm ± 0.9 cm"
    said = text_of(page)
    assert "Kept in your history" in said
    assert "The first measurement of this leg" in said
    assert "No try of the right leg was seen" in said
    assert said.count("data:image/jpeg;base64,") == 2
    shown = page.dataframe[0].value
    assert list(shown["Result"]) == ["counts, best", "does not count"]
    assert "heel came up" in shown["Why"][1]
    assert kept_cm() == [10.4]


def test_progress_tells_the_video_the_step_and_the_time_left(
    page: AppTest, works: list[FakeWork]
) -> None:
    choose(page, SAMPLE)
    page.button(key="measure").click().run()
    assert page.button(key="measure").disabled
    assert page.button(key="look").disabled
    bar = page.get("progress")[0].proto
    assert bar.text == "Measuring, 30 of 120 frames, 20 a second, about 4 s left in this step"
    assert "knee-to-wall-side-sheet.mp4" in text_of(page).replace("\\", "")
    works[0].news = News(stage="scale", clip=1, clips=1)
    assert page.run().get("progress")[0].proto.text == "Looking for the scale"


def test_a_refreshed_page_finds_its_measurement_and_its_result(
    page: AppTest, works: list[FakeWork], tries: list[Any]
) -> None:
    choose(page, SAMPLE)
    page.button(key="measure").click().run()
    again = refreshed(page.query_params["measure"])
    assert again.segmented_control(key="wall-source").value == SAMPLE
    assert "Measuring" in again.get("progress")[0].proto.text
    works[0].do()
    assert again.run().metric[0].value == "10.4 cm ± 0.9 cm"
    assert len(works) == 1


@pytest.mark.parametrize("uid", ["../../etc", "20260102-030405-0123456789abcdef", ""])
def test_an_address_that_names_no_measurement_shows_the_empty_page(uid: str) -> None:
    assert refreshed(uid).button(key="wall-start")


def test_the_measurements_of_two_sessions_do_not_mix(
    works: list[FakeWork], tries: list[Any]
) -> None:
    one, other = choose(app_page("knee"), SAMPLE), choose(app_page("knee"), SAMPLE)
    one.button(key="measure").click().run()
    assert np.size(other.run().get("progress")) == 0
    tries[0] = a_try("left", 8.8)
    other.button(key="measure").click().run()
    works[1].do()
    tries[0] = a_try("left", 10.4)
    works[0].do()
    assert one.run().metric[0].value.startswith("10.4")
    assert other.run().metric[0].value.startswith("8.8")


def test_cancel_stops_the_measurement_and_keeps_nothing(
    page: AppTest, works: list[FakeWork]
) -> None:
    choose(page, SAMPLE)
    page.button(key="measure").click().run()
    page.button(key="cancel").click().run()
    assert not page.exception
    assert works[0].cancelled
    assert "Stopped: nothing was kept" in text_of(page)
    assert not page.button(key="measure").disabled


def test_what_kept_a_measurement_from_its_end_is_said(page: AppTest, works: list[FakeWork]) -> None:
    choose(page, SAMPLE)
    page.button(key="measure").click().run()
    works[0].news = News(State.FAILED, message="The measurement ended unexpectedly (code -9).")
    page.run()
    assert "ended unexpectedly" in page.error[0].value
    assert not page.button(key="measure").disabled


def test_each_upload_is_measured_under_its_own_name(
    page: AppTest, works: list[FakeWork], tries: list[Any]
) -> None:
    tries.append(a_try("right", 9.1))
    choose(page, VIDEOS)
    video = (clips.SAMPLES / "knee-to-wall-side-sheet.mp4").read_bytes()
    page.get("file_uploader")[0].set_value(
        [("left.mp4", video, "video/mp4"), ("right *1*.MOV", video, "video/quicktime")]
    ).run()
    page.button(key="measure").click().run()
    assert not page.exception
    job = works[0]
    assert [(film.path.name, film.name) for film in job.request.films] == [
        ("clip-1.mp4", "left.mp4"), ("clip-2.mov", "right *1*.MOV"),
    ]  # fmt: skip
    # The uploads may be taken back while they are measured.
    page.get("file_uploader")[0].set_value([]).run()
    assert all(film.path.read_bytes() == video for film in job.request.films)
    job.news = News(stage="measure", done=5, total=10, fps=5.0, clip=2, clips=2)
    assert page.run().get("progress")[0].proto.text.startswith("Video 2 of 2, Measuring")
    assert "**right \\*1\\*.MOV**" in text_of(page)
    job.do()
    page.run()
    assert [one.value[:4] for one in page.metric] == ["10.4", "9.1 "]
    assert job.found.measured is not None
    assert [one.clip for one in job.found.measured.result.scales] == ["left.mp4", "right *1*.MOV"]


def test_two_videos_of_one_name_are_told_apart() -> None:
    assert list(distinct(["a.mp4", "b.mp4", "a.mp4"])) == ["a.mp4", "b.mp4", "a.mp4 (2)"]


def test_a_clip_without_a_sheet_is_one_sentence(page: AppTest, works: list[FakeWork]) -> None:
    measure(page, works)
    assert "sheet" in page.error[0].value


def test_the_scale_alone_can_be_looked_at(page: AppTest, works: list[FakeWork]) -> None:
    choose(page, SAMPLE)
    page.segmented_control(key="scale").set_value("Two points on the floor").run()
    page.number_input(key="length").set_value(60.0)
    page.text_input(key=POINTS_KEY).set_value("20, 200, 300, 200").run()
    page.button(key="look").click().run()
    works[0].do()
    page.run()
    assert not page.exception
    assert works[0].stages == ["libraries", "scale"]
    assert "± " in text_of(page)
    assert kept_cm() == []


def test_a_scale_that_cannot_be_found_is_said_beside_the_others(
    page: AppTest, works: list[FakeWork]
) -> None:
    choose(page, SAMPLE)
    page.button(key="look").click().run()
    works[0].do()
    page.run()
    assert works[0].news.state is State.DONE
    assert "sheet" in page.error[0].value


POINTS_KEY = "typed-knee-to-wall-side-sheet.mp4"


@pytest.mark.parametrize(
    ("typed", "length_cm", "says"),
    [
        ("", 60.0, "click the tape"),
        ("412, 655", 60.0, "click its end at the wall"),
        ("412, 655, 903, 661", None, "type the tape"),
    ],
)
def test_what_is_missing_for_a_scale_is_asked_for(
    page: AppTest, works: list[FakeWork], typed: str, length_cm: float | None, says: str
) -> None:
    choose(page, SAMPLE)
    page.segmented_control(key="scale").set_value("Two points on the floor").run()
    page.number_input(key="length").set_value(length_cm)
    page.text_input(key=POINTS_KEY).set_value(typed)
    page.button(key="measure").click().run()
    assert says in page.error[0].value
    assert works == []


def test_wrong_numbers_show_an_example(page: AppTest) -> None:
    choose(page, SAMPLE)
    page.segmented_control(key="scale").set_value("Two points on the floor").run()
    page.text_input(key=POINTS_KEY).set_value("1, 2, three").run()
    assert "such as 412, 655, 903, 661" in text_of(page)


def test_points_and_corners_reach_the_measurement(page: AppTest, works: list[FakeWork]) -> None:
    choose(page, SAMPLE)
    page.segmented_control(key="scale").set_value("Two points on the floor").run()
    page.number_input(key="length").set_value(60.0)
    page.text_input(key=POINTS_KEY).set_value("20, 200; 300, 201")
    page.button(key="measure").click().run()
    works[0].cancel()
    page.toggle(key="at-wall").set_value(False).run()
    page.text_input(key=POINTS_KEY).set_value("20, 200; 200, 201; 300, 202")
    page.button(key="measure").click().run()
    works[1].cancel()
    page.segmented_control(key="scale").set_value("A bare sheet of paper").run()
    page.text_input(key=POINTS_KEY).set_value("30, 20, 80, 20, 80, 90, 30, 90")
    page.button(key="measure").click().run()
    assert not page.exception
    # As its process reads them.
    orders = [ORDER.validate_json(ORDER.dump_json(one.request)) for one in works]
    asked = [one.films[0].given for one in orders]
    assert [(one.points, one.wall) for one in asked[:2]] == [
        ((20, 200, 300, 201, 60), (300, 201)), ((20, 200, 200, 201, 60), (300, 202)),
    ]  # fmt: skip
    assert asked[2].paper_corners == (30, 20, 80, 20, 80, 90, 30, 90)


def test_what_a_browser_calls_points_is_not_believed() -> None:
    given = [[1, 2], "3, 4", [5], [float("nan"), 1], [7, 8.5], [9, 9]]
    assert read_points(given, 2) == [(1.0, 2.0), (7.0, 8.5)]
    assert read_points({"x": 1}, 2) == []


# --- a measurement's own process ---


def wall_request(folder: Path, clip: Path, name: str = "holiday.mp4") -> WallRequest:
    film = Film(clip, name, ScaleInput())
    return WallRequest((film,), Personal(), Owner("ada", keep=True), folder / "out")


def started_on(clip: Path) -> tuple[Path, wall_job.WallJob]:
    folder = jobs.private_folder()
    job = wall_job.start(folder, wall_request(folder, clip))
    assert isinstance(job, wall_job.WallJob)
    return folder, job


def end_of(job: jobs.Job) -> News:
    until(lambda: job.news.state is not State.RUNNING, 240)
    return job.news


@pytest.mark.slow
def test_its_own_process_measures_within_the_error_and_keeps_it(sample_videos: Path) -> None:
    folder, job = started_on(sample_videos / "knee-to-wall-side-sheet.mp4")
    news = end_of(job)
    assert (news.state, news.message) == (State.DONE, "")
    assert job.found.measured is not None
    found = job.found.measured
    truth = json.loads((sample_videos / "knee-to-wall-side-sheet.truth.json").read_text("utf-8"))
    phases = [phase for rep in truth["repetitions"] for phase in rep["phases"]]
    best_cm = max(p["peak"]["toe_to_wall_left_cm"] for p in phases if p["id"] == "touch")
    reading = found.result.toe_to_wall_left_cm
    assert reading.value is not None
    assert abs(reading.value - best_cm) <= (reading.error or 0.0)
    assert found.result.clips == ["holiday.mp4"]
    assert list(found.pictures) == ["left"]
    assert found.kept == "Kept in your history."
    assert kept_cm(person="ada") == [reading.value]
    job.cancel()
    assert not folder.exists()


@pytest.mark.slow
def test_cancelled_it_leaves_neither_a_process_nor_a_folder_nor_a_person(
    sample_videos: Path,
) -> None:
    folder, job = started_on(sample_videos / "knee-to-wall-side-sheet.mp4")
    until(lambda: job.news.stage == "measure", 120)
    job.cancel()
    assert job.news.state is State.CANCELLED
    assert job._process.poll() is not None
    assert not folder.exists()
    with Store() as store:
        assert people(store) == []


@pytest.mark.slow
def test_killed_it_says_so(sample_videos: Path) -> None:
    _, job = started_on(sample_videos / "knee-to-wall-side-sheet.mp4")
    until(lambda: job.news.stage != "", 120)
    job._process.kill()
    news = end_of(job)
    assert news.state is State.FAILED
    assert news.message.startswith("The measurement ended unexpectedly (code -9), most often")
    job.cancel()


@pytest.mark.slow
def test_its_errors_name_the_file_as_the_person_does(tmp_path: Path) -> None:
    clip = tmp_path / "clip-1.mp4"
    clip.write_text("Dear diary,\n")
    _, job = started_on(clip)
    news = end_of(job)
    assert news.state is State.FAILED
    assert news.message.startswith("holiday.mp4: expected a video")
    job.cancel()


@pytest.mark.slow
def test_what_is_being_kept_when_it_is_cancelled_is_kept_whole(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(jobs, "_PROCESS_CODE", _KEEPS)
    folder = jobs.private_folder()
    job = jobs.ProcessJob(folder, "none", {"kept": str(tmp_path / "kept")}, "It", [])
    until(lambda: job.news.stage == "keeping", 60)
    job.cancel()
    assert (job.news.state, job.news.message) == (State.DONE, "kept")
    assert (tmp_path / "kept").read_text() == "whole"
    assert folder.is_dir()
    job.cancel()
    assert not folder.exists()


#: A job that takes a second to keep something.
_KEEPS = """
import sys, time
from pathlib import Path
sys.path.append(sys.argv[1])
from posecheck.ui.job_process import run
def work(order, teller):
    teller.keeping()
    teller.step("keeping")
    time.sleep(1.0)
    Path(order["kept"]).write_text("whole")
    return "kept"
run(work)
"""


# --- live ---


class FakeCamera:
    """What the page hands to the browser, in reach of a test."""

    def __init__(self) -> None:
        self.desk: WallDesk | None = None
        self.on: bool | None = None

    def __call__(self, desk: WallDesk, *, on: bool) -> bool:
        self.desk, self.on = desk, on
        return on


class FakeClock:
    """Seconds that pass when told."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def scene() -> WallScene:
    return WallScene(Scene(width_px=960, height_px=540, aim_cm=(-8.0, 55.0), distance_cm=230.0))


@pytest.fixture
def camera(monkeypatch: pytest.MonkeyPatch, scene: WallScene) -> FakeCamera:
    found = FakeCamera()
    monkeypatch.setattr(webcam, "camera", found)
    monkeypatch.setattr(knee_live, "WallDesk", partial(WallDesk, poses=scene))
    return found


def play(desk: WallDesk, scene: WallScene, poses: list[Pose], from_s: float = 0.0) -> float:
    """Hold these poses before the camera; gives the time after them."""
    for k, pose in enumerate(poses):
        scene.now = pose
        desk.look(scene.picture(pose), from_s + k / FPS)
    return from_s + len(poses) / FPS


def still(toe_cm: float) -> list[Pose]:
    return [lunge(toe_cm, fps=FPS)[0]] * 18


def started(camera: FakeCamera, side: str = "right") -> tuple[AppTest, WallDesk]:
    page = app_page("knee").run()
    page.button_group(key="wall-side").set_value(side).run()
    page.button(key="wall-start").click().run()
    assert not page.exception
    assert camera.desk is not None
    return page, camera.desk


def test_the_test_is_guided_live_and_its_result_kept(camera: FakeCamera, scene: WallScene) -> None:
    page, desk = started(camera)
    assert camera.on is True
    now = play(desk, scene, still(7.0))
    assert desk.board()["message"].startswith("Touch the wall with your knee")
    now = play(desk, scene, lunge(7.0, fps=FPS), now)
    told = desk.board()
    # One number: the sentence, the large one and the chip.
    assert told["message"].startswith(f"Right: {told['value']} counts")
    assert told["value"] == f"{told['tries'][0]['toe_to_wall_cm']:.1f} cm"
    now = play(desk, scene, lunge(7.0, heel_up_cm=2.0, fps=FPS), now)
    board = desk.board()
    assert board["message"].startswith("Not counted. Your heel came up")
    assert board["wrong"]
    assert board["progress"] == "right 1 of 3"
    page.run()
    assert "Right 2: " in text_of(page)
    assert "not counted" in text_of(page)
    for _ in range(2):
        now = play(desk, scene, lunge(7.0, fps=FPS), now)
    play(desk, scene, still(7.0), now)
    until(lambda: desk.ended is not None)
    page.run()
    assert not page.exception
    # The left leg was not asked for.
    assert [one.label for one in page.metric] == ["Right, toe to wall"]
    assert "left leg" not in text_of(page)
    value, _, error = page.metric[0].value.replace(" cm", "").partition(" ± ")
    assert abs(float(value) - 7.0) <= float(error)
    assert "Kept in your history" in text_of(page)
    assert list(page.dataframe[0].value["Result"]).count("does not count") == 1
    assert camera.on is False
    assert len(kept_cm("toe_to_wall_right_cm")) == 1
    page.button(key="wall-again").click().run()
    assert page.button(key="wall-start")
    assert page.button_group(key="wall-side").value == "right"


def test_the_board_is_plain_json_and_its_hold_clock_runs(scene: WallScene) -> None:
    desk = WallDesk(order(), poses=scene)
    boards = [desk.board()]
    poses = [*still(7.0), *lunge(7.0, hold_s=1.6, fps=FPS)]
    for k, pose in enumerate(poses):
        scene.now = pose
        desk.look(scene.picture(pose), k / FPS)
        boards.append(desk.board())
    json.dumps(boards, allow_nan=False)
    assert boards[0]["message"] == "Allow the camera in your browser"
    stages = list(dict.fromkeys(board["stage"] for board in boards))
    assert stages == ["waiting", "scale", "stand", "ready", "approach", "hold", "held", "back"]
    assert max(board["hold_s"] or 0.0 for board in boards) >= 1.0
    assert {board["label"] for board in boards if board["value"]} == {"toe to wall", "knee to wall"}
    desk.stop()


def order(**more: Any) -> WallOrder:
    values = {"given": ScaleInput(), "sides": "right", "typed": Personal(),
              "owner": Owner("me", keep=True)}  # fmt: skip
    return WallOrder(**{**values, **more})


def test_points_are_clicked_in_the_cameras_picture(camera: FakeCamera, scene: WallScene) -> None:
    page = app_page("knee").run()
    page.segmented_control(key="scale").set_value("Two points on the floor").run()
    page.number_input(key="length").set_value(40.0).run()
    page.button(key="wall-start").click().run()
    desk = camera.desk
    assert desk is not None
    now = play(desk, scene, still(7.0))
    assert desk.waits
    assert "First the scale" in desk.board()["message"]
    page.run()
    page.button(key="wall-picture").click().run()
    far, wall = scene.camera.px(np.array([[-19.0, 0, 6.0], [21.0, 0, 6.0]]))
    page.text_input(key="typed-live").set_value(
        f"{far[0]:.1f}, {far[1]:.1f}; {wall[0]:.1f}, {wall[1]:.1f}"
    ).run()
    page.button(key="wall-use").click().run()
    assert not page.exception
    assert not desk.waits
    now = play(desk, scene, [*still(7.0), *lunge(7.0, fps=FPS)], now)
    desk.stop()
    page.run()
    assert page.metric[1].value.startswith(("6", "7"))
    assert "two points" in text_of(page)
    desk.stop()


def test_points_that_cannot_be_right_are_refused_and_can_be_clicked_anew(
    camera: FakeCamera, scene: WallScene
) -> None:
    page = app_page("knee").run()
    page.segmented_control(key="scale").set_value("Two points on the floor").run()
    page.number_input(key="length").set_value(40.0).run()
    page.button(key="wall-start").click().run()
    assert camera.desk is not None
    play(camera.desk, scene, still(7.0)[:2])
    page.run()
    page.button(key="wall-picture").click().run()
    page.text_input(key="typed-live").set_value("100, 500, 104, 500").run()
    page.button(key="wall-use").click().run()
    assert "too near for a scale" in page.error[0].value
    assert camera.desk.waits
    camera.desk.stop()


def test_a_webcam_that_stops_is_told_and_goes_on(scene: WallScene) -> None:
    clock = FakeClock()
    desk = WallDesk(order(), poses=scene, clock=clock)
    now = play(desk, scene, still(7.0))
    clock.now_s += LOST_S + 0.1
    until(lambda: "I go on by myself" in desk.board()["message"])
    play(desk, scene, still(7.0)[:2], now)
    assert "I go on" not in desk.board()["message"]
    clock.now_s += 61.0
    until(lambda: desk.ended is not None)
    assert desk.ended is not None
    assert desk.ended.why == "the camera was gone for a minute"
    assert desk.ended.measured is not None
    assert kept_cm("toe_to_wall_right_cm") == []


def test_a_slow_machine_is_told_what_helps(scene: WallScene) -> None:
    desk = WallDesk(order(), poses=scene)
    for k in range(16):
        desk.look(scene.picture(scene.now), k / 3.0)
    assert desk.board()["note"].startswith("Only 3.0 pictures a second: stay at the wall")
    desk.stop()


def test_no_sheet_ends_with_the_reason_and_keeps_nothing(
    camera: FakeCamera, scene: WallScene
) -> None:
    page, desk = started(camera)
    plain = np.full((540, 960, 3), 120, np.uint8)
    for k in range(6):
        desk.look(plain, k * 0.3)
    assert "no posecheck sheet was found" in desk.board()["reason"]
    page.run()
    assert "no posecheck sheet was found" in text_of(page)
    page.button(key="wall-stop").click().run()
    assert not page.exception
    assert "no posecheck sheet was found" in page.warning[0].value
    assert np.size(page.metric) == 0


def test_what_is_not_to_be_kept_is_not(scene: WallScene) -> None:
    desk = WallDesk(order(owner=Owner("me", keep=False)), poses=scene)
    play(desk, scene, [*still(7.0), *lunge(7.0, fps=FPS)])
    desk.stop()
    assert desk.ended is not None
    assert desk.ended.measured is not None
    assert desk.ended.measured.kept == "Not kept, as the settings ask."
    assert kept_cm("toe_to_wall_right_cm") == []


def test_a_history_that_cannot_be_read_is_told_and_not_overwritten(
    scene: WallScene, home: Path
) -> None:
    (home / "history.db").write_bytes(b"no database" * 100)
    desk = WallDesk(order(), poses=scene)
    desk.look(scene.picture(still(7.0)[0]), 0.0)
    assert desk.board()["wrong"]
    desk.stop()
    assert desk.ended is not None
    assert desk.ended.problems
    assert (home / "history.db").read_bytes() == b"no database" * 100


def test_a_mirrored_camera_is_put_right(scene: WallScene) -> None:
    desk = WallDesk(order(mirrored=True), poses=scene)
    poses = [*still(7.0), *lunge(7.0, fps=FPS)]
    for k, pose in enumerate(poses):
        scene.now = pose
        desk.look(cv2.flip(scene.picture(pose), 1), k / FPS)
    desk.stop()
    assert desk.ended is not None
    assert desk.ended.measured is not None
    assert desk.ended.measured.result.toe_to_wall_right_cm.valid


def test_a_way_asks_for_what_it_needs() -> None:
    with pytest.raises(InputError, match="body height"):
        Way("Body height").given(())
    with pytest.raises(InputError, match="click the corner"):
        Way("A bare sheet of paper", ("the corner",), paper="letter").given(())
