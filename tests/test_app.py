"""The page "Check a video", without a browser and with a check that is quick and made up."""

from __future__ import annotations

import io
import shutil
import tempfile
import time
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from posecheck.core import words
from posecheck.core.errors import InputError, MoveError
from posecheck.page_data import MOMENT, PAGE, Chart, PageData, Shot, read_page
from posecheck.render.report_view import fault_blocks, repetition_block, tally, unseen
from posecheck.store.opening import Store
from posecheck.store.reading import sessions
from posecheck.store.records import Filter
from posecheck.ui import check_job, check_page, clips, here, jobs, markup
from posecheck.ui.check_job import Request
from posecheck.ui.jobs import News, State
from posecheck.ui.prefs import Prefs, prefs_path, write_prefs
from posecheck.ui.timeline import timeline_data
from tests.app_pages import app_page, text_of
from tests.render_factory import make_result

#: A chart whose clicks can be asked for.
SPEC = {"mark": "line", "params": [{"name": MOMENT, "select": "point"}]}


@dataclass
class FakeJob:
    """A check that stands where the test puts it."""

    folder: Path
    request: Request
    news: News = field(default_factory=lambda: News(stage="poses", done=30, total=120, fps=20.0))
    started_s: float = field(default_factory=time.monotonic)
    cancelled: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        return (self.request.name,)

    @property
    def results(self) -> Path:
        return self.folder

    def cancel(self) -> None:
        self.cancelled = True
        self.news = News(State.CANCELLED)

    def finish(self, page: PageData) -> None:
        (self.folder / PAGE).write_text(page.model_dump_json(), encoding="utf-8")
        for name in ("report.html", "measures.csv", "result.json"):
            (self.folder / name).write_text("made up", encoding="utf-8")
        (self.folder / "annotated.webm").write_bytes(b"made up")
        self.news = News(State.DONE)


def made_up_page(repetitions: int = 2) -> PageData:
    result = make_result(repetitions)
    shot = Shot(
        src="data:image/jpeg;base64,", alt="a picture", strip="Left side, repetition 1", number=1,
        name="Knee to chest", t_s=1.0, moment="00:01.0", label="Hip flexion",
        reading="104° ± 6°", status="not_met", word="not met",
    )  # fmt: skip
    return PageData(
        result=result,
        tally=tally(result),
        shots=[shot],
        repetitions=[repetition_block(rep) for rep in result.repetitions],
        faults=fault_blocks(result),
        unseen=list(unseen(result)),
        charts=[Chart(label="Hip flexion", summary="It went up.", spec=SPEC)],
    )


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[FakeJob]:
    """The jobs that the page started, each with its folder under ``tmp_path``."""
    found: list[FakeJob] = []
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def start(folder: Path, request: Request) -> FakeJob:
        found.append(FakeJob(folder, request))
        return found[-1]

    monkeypatch.setattr(check_job, "start", start)
    return found


@pytest.fixture
def sample_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    folder = tmp_path / "sample_videos"
    folder.mkdir()
    for name in ("standing-hip-side-good.mp4", "ankle_dorsiflexion_side_heel.mp4"):
        (folder / name).write_bytes(b"made up")
    (folder / "standing-hip-side-good.truth.json").write_text("{}")
    monkeypatch.setattr(clips, "SAMPLES", folder)
    return folder


@pytest.fixture
def page(started: list[FakeJob]) -> AppTest:
    return app_page("check")


def start_sample(page: AppTest) -> AppTest:
    page.run()
    page.button_group(key="source").set_value("A sample").run()
    return page.button(key="check").click().run()


# --- empty ---


def test_the_empty_page_explains_itself_and_waits(page: AppTest) -> None:
    page.run()
    assert not page.exception
    assert page.button(key="check").disabled
    said = text_of(page)
    assert "Before you film" in said
    assert "Put the camera at your side" in said
    assert said.count("medical advice") == 1


def test_without_samples_only_an_upload_is_offered(
    page: AppTest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(clips, "SAMPLES", tmp_path / "none")
    page.run()
    assert not page.exception
    assert len(page.get("file_uploader")) == 1
    assert "sample" not in text_of(page)


def test_every_move_can_be_chosen_with_its_camera_place(page: AppTest) -> None:
    page.run()
    for move in page.selectbox(key="move").options:
        page.selectbox(key="move").select(move)
    page.selectbox(key="move").set_value("ankle-dorsiflexion").run()
    assert not page.exception


def test_the_move_can_be_left_to_be_found(page: AppTest) -> None:
    page.run()
    page.selectbox(key="move").set_value("auto").run()
    assert not page.exception
    said = text_of(page)
    assert "nothing is guessed" in said
    assert said.count("medical advice") == 1


# --- a sample ---


def test_a_sample_brings_its_move(page: AppTest, sample_folder: Path) -> None:
    page.run()
    page.button_group(key="source").set_value("A sample").run()
    assert len(page.selectbox(key="sample").options) == 2
    page.selectbox(key="sample").set_value("ankle_dorsiflexion_side_heel.mp4").run()
    assert not page.exception
    assert page.selectbox(key="move").value == "ankle-dorsiflexion"
    page.selectbox(key="sample").set_value("standing-hip-side-good.mp4").run()
    assert page.selectbox(key="move").value == "standing-hip"


def test_a_check_shows_progress_with_time_left_and_then_the_verdict(
    page: AppTest, sample_folder: Path, started: list[FakeJob]
) -> None:
    start_sample(page)
    assert not page.exception
    (job,) = started
    assert job.request.clip.parent == sample_folder
    assert job.request.side == "auto"
    assert page.button(key="check").disabled
    bar = page.get("progress")[0].proto
    assert "30 of 120 frames, 20 a second, about 4 s left in this step" in bar.text
    job.news = News(stage="poses", done=2, total=120, fps=0.5)
    # A pace of which nothing is known yet is not told.
    assert page.run().get("progress")[0].proto.text.endswith("2 of 120 frames")
    job.finish(made_up_page())
    page.run()
    assert not page.exception
    said = text_of(page)
    for line in made_up_page().result.verdict:
        assert line in said
    for shown in ("104° ± 6°", "not met", "not measured", "at least 110°"):
        assert shown in said
    assert len(page.get("download_button")) == 4


@pytest.mark.parametrize(
    ("stage", "says"),
    [("", "process of its own"), ("libraries", "the libraries"), ("model", "the pose model")],
)
def test_before_anything_can_be_counted_it_says_what_it_does_and_a_clock_runs(
    page: AppTest, sample_folder: Path, started: list[FakeJob], stage: str, says: str
) -> None:
    start_sample(page)
    started[0].news = News(stage=stage)
    started[0].started_s -= 75.2
    page.run()
    assert says in page.get("progress")[0].proto.text
    assert "standing-hip-side-good.mp4" in text_of(page).replace("\\", "")
    assert ", 1:15" in text_of(page)


def test_the_result_stays_when_something_else_on_the_page_changes(
    page: AppTest, sample_folder: Path, started: list[FakeJob]
) -> None:
    start_sample(page)
    started[0].finish(made_up_page())
    page.run()
    page.toggle(key="mirrored").set_value(True).run()
    assert not page.exception
    assert made_up_page().result.verdict[0] in text_of(page)
    assert len(started) == 1


def test_a_refreshed_page_finds_its_running_check_and_its_result(
    page: AppTest, sample_folder: Path, started: list[FakeJob]
) -> None:
    start_sample(page)
    uid = page.query_params["check"]

    again = refreshed(uid)
    assert "finding your pose" in again.get("progress")[0].proto.text
    started[0].finish(made_up_page())
    assert made_up_page().result.verdict[0] in text_of(again.run())
    assert len(started) == 1


def test_a_kept_result_opens_by_its_address_after_the_server_forgot_it(tmp_path: Path) -> None:
    uid = jobs.new_uid(datetime(2026, 1, 2, 3, 4, 5))
    folder = here.results_root() / uid
    folder.mkdir(parents=True)
    FakeJob(folder, request_for(tmp_path)).finish(made_up_page())
    assert made_up_page().result.verdict[0] in text_of(refreshed(uid))


@pytest.mark.parametrize("uid", ["../../etc", "20260102-030405-0123456789abcdef", "<b>x</b>", ""])
def test_an_address_that_names_no_check_of_ours_shows_the_empty_page(uid: str) -> None:
    page = refreshed(uid)
    assert page.button(key="check").disabled
    assert "Before you film" in text_of(page)


def refreshed(uid: str) -> AppTest:
    page = app_page("check")
    page.query_params["check"] = uid
    page.run()
    assert not page.exception
    return page


def test_results_are_kept_and_remembered_unless_the_person_says_no(
    page: AppTest, sample_folder: Path, started: list[FakeJob]
) -> None:
    start_sample(page)
    uid = page.query_params["check"]
    assert (started[0].request.kept_in, started[0].request.person) == (
        here.results_root() / uid, "me",
    )  # fmt: skip
    write_prefs(prefs_path(), Prefs(keep_results=False))
    start_sample(app_page("check"))
    assert (started[1].request.kept_in, started[1].request.person) == (None, None)


def test_side_and_mirrored_reach_the_check(
    page: AppTest, sample_folder: Path, started: list[FakeJob]
) -> None:
    page.run()
    page.button_group(key="source").set_value("A sample").run()
    page.button_group(key="side").set_value("left")
    page.toggle(key="mirrored").set_value(True)
    page.button(key="check").click().run()
    assert (started[0].request.side, started[0].request.mirrored) == ("left", True)


def test_cancel_stops_the_check_and_gives_the_form_back(
    page: AppTest, sample_folder: Path, started: list[FakeJob]
) -> None:
    start_sample(page)
    page.button(key="cancel").click().run()
    assert not page.exception
    assert started[0].cancelled
    assert "Stopped" in text_of(page)
    assert not page.button(key="check").disabled


def test_a_new_check_takes_the_place_of_the_earlier_one(
    page: AppTest, sample_folder: Path, started: list[FakeJob]
) -> None:
    start_sample(page)
    started[0].finish(made_up_page())
    page.run()
    page.button(key="check").click().run()
    assert page.session_state["job-check"] is started[1]
    assert "finding your pose" in page.get("progress")[0].proto.text
    # Another tab may still show it.
    assert not started[0].cancelled


def test_an_error_is_one_sentence_and_no_markup_of_a_file_name(
    page: AppTest, sample_folder: Path, started: list[FakeJob]
) -> None:
    start_sample(page)
    started[0].news = News(State.FAILED, message="my_*best*_clip.mp4: this is a text file")
    page.run()
    assert not page.exception
    (error,) = page.error
    assert error.value.replace("\\", "") == "my_*best*_clip.mp4: this is a text file"
    assert "\\*best\\*" in error.value
    assert not page.button(key="check").disabled


def test_a_page_without_a_repetition_still_says_why(
    page: AppTest, sample_folder: Path, started: list[FakeJob]
) -> None:
    start_sample(page)
    empty = made_up_page(0)
    started[0].finish(empty.model_copy(update={"shots": [], "charts": []}))
    page.run()
    assert not page.exception
    assert empty.result.verdict[0] in text_of(page)


def test_a_broken_move_file_is_told_in_one_sentence(
    page: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(name: str) -> None:
        raise MoveError(f"moves/{name}.toml: hold_s: is missing; add it")

    monkeypatch.setattr(check_page, "load_move", broken)
    page.run()
    assert not page.exception
    assert "hold\\_s: is missing" in page.error[0].value.replace("\\:", ":")


def test_two_sessions_do_not_mix(sample_folder: Path, started: list[FakeJob]) -> None:
    one = start_sample(app_page("check"))
    other = app_page("check").run()
    started[0].finish(made_up_page())
    one.run()
    other.run()
    assert made_up_page().result.verdict[0] in text_of(one)
    assert made_up_page().result.verdict[0] not in text_of(other)


# --- uploads ---


class FakeUpload(io.BytesIO):
    """What Streamlit hands over for an uploaded file."""

    def __init__(self, name: str, content: bytes, size: int | None = None) -> None:
        super().__init__(content)
        self.name = name
        self.size = len(content) if size is None else size


def test_an_upload_is_checked_under_a_name_of_our_own(
    page: AppTest, started: list[FakeJob]
) -> None:
    page.run()
    page.get("file_uploader")[0].set_value(("../../My *clip*.MP4", b"video", "video/mp4")).run()
    page.button(key="check").click().run()
    assert not page.exception
    (job,) = started
    assert job.request.clip.name == "clip.mp4"
    assert job.request.clip.parent.stat().st_mode & 0o077 == 0
    assert job.request.clip.read_bytes() == b"video"
    assert job.request.name == "My *clip*.MP4"


@pytest.mark.parametrize(
    ("name", "suffix"),
    [
        ("../../etc/passwd.mp4", ".mp4"),
        ("..\\..\\boot.MOV", ".mov"),
        ("a/b\x00c.webm", ".webm"),
        ("\N{RIGHT-TO-LEFT OVERRIDE}evil.gif", ".gif"),
        ("x" * 500 + ".avi", ".avi"),
    ],
)
def test_no_part_of_a_persons_file_name_becomes_a_path(
    tmp_path: Path, name: str, suffix: str
) -> None:
    saved = clips.save_upload(FakeUpload(name, b"video"), tmp_path, 1)
    assert saved == tmp_path / f"clip{suffix}"
    assert [p.name for p in tmp_path.iterdir()] == [saved.name]
    shown = markup.shown_name(name)
    assert len(shown) <= 60
    assert shown.isprintable()
    assert not set(shown) & set("/\\")
    assert clips.download_stem(name).replace("-", "").replace("_", "").isalnum()


def test_an_upload_beyond_the_limit_is_refused_with_the_way_round_it(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"512 MB, the limit here is 400 MB.*command line"):
        clips.save_upload(FakeUpload("clip.mp4", b"", 512 * 2**20), tmp_path, 400)
    assert list(tmp_path.iterdir()) == []


def test_an_upload_that_is_no_video_by_its_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"notes\.pdf: expected a video"):
        clips.save_upload(FakeUpload("notes.pdf", b"x"), tmp_path, 400)


# --- the check's own process ---


def wait_for_the_end(job: jobs.Job) -> News:
    stages_until_the_end(job)
    return job.news


def stages_until_the_end(job: jobs.Job) -> dict[str, News]:
    """The last news of each stage, in the order in which they came."""
    limit_s = time.monotonic() + 300
    found: dict[str, News] = {}
    while True:
        news = job.news
        found[news.stage] = news
        if news.state is not State.RUNNING or time.monotonic() > limit_s:
            return found
        time.sleep(0.01)


def request_for(clip: Path) -> Request:
    return Request(clip, "holiday.mp4", "standing-hip", "auto", False)


@pytest.mark.slow
def test_a_text_file_named_mp4_fails_under_the_name_that_the_person_knows() -> None:
    folder = jobs.private_folder()
    clip = folder / "clip.mp4"
    clip.write_text("Dear diary,\n")
    job = check_job.start(folder, request_for(clip))
    news = wait_for_the_end(job)
    assert news.state is State.FAILED
    assert news.message.startswith("holiday.mp4: expected a video")
    assert str(folder) not in news.message
    job.cancel()
    assert not folder.exists()


@pytest.mark.slow
def test_cancel_ends_the_process_and_removes_its_folder(testdata: Path) -> None:
    folder = jobs.private_folder()
    job = check_job.start(folder, request_for(testdata / "sports2d" / "two_walkers.mp4"))
    assert isinstance(job, check_job.CheckJob)
    job.cancel()
    assert job.news.state is State.CANCELLED
    assert job._process.poll() is not None
    assert not folder.exists()


@pytest.mark.slow
def test_a_job_that_is_killed_says_so_and_what_to_do(sample_videos: Path) -> None:
    folder = jobs.private_folder()
    job = check_job.start(folder, request_for(sample_videos / "ankle-side-good.mp4"))
    assert isinstance(job, check_job.CheckJob)
    job._process.kill()
    news = wait_for_the_end(job)
    assert news.state is State.FAILED
    assert news.message.startswith("The check ended unexpectedly (code -9), most often because")
    job.cancel()
    assert job.news.state is State.FAILED


@pytest.mark.slow
def test_a_job_that_is_let_go_ends(testdata: Path) -> None:
    folder = jobs.private_folder()
    job = check_job.start(folder, request_for(testdata / "sports2d" / "two_walkers.mp4"))
    assert isinstance(job, check_job.CheckJob)
    process = job._process
    del job
    import gc

    gc.collect()
    assert process.poll() is not None
    assert not folder.exists()


@pytest.mark.slow
def test_a_finished_check_is_kept_as_a_whole_and_in_the_history(
    tmp_path: Path, sample_videos: Path
) -> None:
    folder, kept = jobs.private_folder(), tmp_path / "kept" / "one"
    clip = folder / "clip.mp4"
    shutil.copy(sample_videos / "ankle-side-good.mp4", clip)
    request = Request(
        clip, "holiday.mp4", "ankle-dorsiflexion", "auto", False, person="ada", kept_in=kept
    )
    job = check_job.start(folder, request)
    told = stages_until_the_end(job)
    stages = [stage for stage in told if stage]
    assert stages == ["libraries", "model", "poses", "report", "video"]
    news = told["video"]
    assert (news.state, news.message) == (State.DONE, "")
    assert read_page(kept).result.clip.name == "holiday.mp4"
    assert sorted(p.name for p in kept.iterdir()) == [
        "annotated.webm", "measures.csv", PAGE, "report.html", "result.json", "track.parquet",
    ]  # fmt: skip
    job.cancel()
    assert kept.is_dir()
    with Store() as store:
        (row,) = sessions(store, Filter(person="ada"))
    assert (row.clip, row.folder) == ("holiday.mp4", str(kept))


# --- the strip under the film ---


def test_the_strip_has_every_position_hold_and_fault_in_time() -> None:
    result = made_up_page(2).result
    data = timeline_data(result)
    phases = [p for rep in result.repetitions for p in rep.phases if p.start_s is not None]
    assert [(p["start_s"], p["end_s"]) for p in data["positions"]] == [
        (p.start_s, p.end_s) for p in phases
    ]
    assert [f["start_s"] for f in data["faults"]] == [
        f.start_s for rep in result.repetitions for f in rep.faults
    ]
    assert data["end_s"] == result.clip.duration_s
    assert all(words.moment(p["start_s"]) in p["text"] for p in data["positions"])


# --- the pieces of HTML ---


def test_names_in_the_result_are_escaped() -> None:
    page = made_up_page(1)
    evil = "<img src=x onerror=alert(1)>"
    result = page.result.model_copy(update={"verdict": [evil]})
    html = markup.verdict(page.model_copy(update={"result": result}), evil)
    html += markup.bullets([evil]) + markup.notes([], [])
    assert "<img" not in html


def test_a_status_is_never_told_by_colour_alone() -> None:
    for status, word in (("met", "met"), ("borderline", "borderline"), ("not_met", "not met")):
        assert word in markup.chip(status, word)


def test_a_note_that_the_verdict_says_is_not_said_twice() -> None:
    note = made_up_page(1).result.quality.notes[0]
    assert note.text in markup.notes([note], [])
    assert markup.notes([note], [note.text]) == ""
