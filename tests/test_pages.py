"""The pages Today, Routine, Progress and Replay: empty, filled, and each button."""

from __future__ import annotations

import json
import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from history_factory import improving, many
from session_factory import checked, random_track, recorded, session_info
from streamlit.testing.v1 import AppTest
from synthetic import film
from tracks import nobody

from posecheck.core.aligning import anchors
from posecheck.core.dose import PlannedMove, Position
from posecheck.core.result import Result
from posecheck.core.routine import Stage, Tick
from posecheck.library import load_move
from posecheck.saving import save_result
from posecheck.store import reading, writing
from posecheck.store.opening import Store, default_url, is_begun
from posecheck.store.records import Filter
from posecheck.ui import media, player, routine_page, runs
from posecheck.ui.prefs import Prefs, prefs_path, write_prefs
from tests.app_pages import app_page, text_of
from tests.render_factory import make_result

pytestmark = pytest.mark.usefixtures("home")

#: What the page calls a check.
UID = "20991231-120000-0123456789abcdef"


@pytest.fixture
def filled() -> None:
    with Store() as store:
        writing.save_all(store, list(improving(datetime.now().astimezone())))


def press(page: AppTest, key: str) -> AppTest:
    page.button(key=key).click().run()
    assert not page.exception
    return page


# --- today ---


def test_a_first_visit_shows_where_the_camera_stands_and_offers_the_sample() -> None:
    page = app_page().run()
    assert not page.exception
    said = text_of(page)
    assert "three to four metres" in said
    assert "data:image/svg+xml" in said
    assert "Last results" not in said
    press(page, "try-sample")
    assert page.title[0].value == "Check a video"
    assert page.session_state["source"] == "A sample"


def test_to_look_at_today_makes_no_history() -> None:
    page = app_page().run()
    assert not page.exception
    assert not is_begun()
    with Store():
        assert is_begun()


def test_a_history_that_cannot_be_opened_is_told_and_left_as_it_is() -> None:
    path = Path(default_url().database or "")
    path.parent.mkdir()
    path.write_bytes(b"no database" * 200)
    page = app_page().run()
    assert "damaged" in page.error[0].value
    assert path.read_bytes() == b"no database" * 200


@pytest.mark.parametrize(("key", "title"), [("own-video", "Check a video"), ("see-moves", "Moves")])
def test_the_first_visits_other_ways_lead_there(key: str, title: str) -> None:
    assert press(app_page().run(), key).title[0].value == title


@pytest.mark.usefixtures("filled")
def test_somebody_with_a_history_sees_what_is_due_and_what_was_last() -> None:
    page = app_page().run()
    assert not page.exception
    said = text_of(page)
    assert "Welcome" not in said
    assert "Toe to wall left 11.9, right 12.4 cm ± 0.6 cm" in said
    assert "of 4 days" in said
    assert press(page, "to-progress").title[0].value == "Progress"
    assert press(app_page().run(), "to-check").title[0].value == "Check a video"


def test_another_level_asks_for_more() -> None:
    page = app_page().run()
    usual = page.button(key="start-routine").label
    page.segmented_control(key="level").set_value("full").run()
    assert not page.exception
    assert page.button(key="start-routine").label != usual


def test_a_history_that_cannot_be_read_is_told_in_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "h.db").write_bytes(b"rubbish" * 1000)
    monkeypatch.setenv("POSECHECK_DATABASE_URL", f"sqlite:///{tmp_path}/h.db")
    page = app_page().run()
    assert not page.exception
    assert "damaged" in page.error[0].value


# --- the routine ---


class Clock:
    """A clock that tests wind on."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(routine_page, "monotonic", found)
    return found


def a_plan() -> list[PlannedMove]:
    return [
        PlannedMove(
            move_id=name, name=load_move(name).move.name, sets=1, repetitions=2, sides=("left",),
            positions=(Position("down", "Go down", 4.0),), least_sets=1, least_repetitions=1,
            least_hold_s=2.0, easier="Hold on to a wall.",
        )
        for name in ("standing-hip", "ankle-dorsiflexion")
    ]  # fmt: skip


@pytest.fixture
def led(clock: Clock) -> AppTest:
    page = app_page("routine")
    page.query_params["run"] = runs.RUNS.begin("me", a_plan(), clock())
    page.run()
    assert not page.exception
    return page


def wind(page: AppTest, clock: Clock, seconds: float) -> AppTest:
    """Time goes by with somebody looking."""
    while seconds > 0:
        clock.now_s += min(seconds, 5.0)
        seconds -= 5.0
        page.run()
        assert not page.exception
    return page


def test_the_button_starts_a_routine() -> None:
    page = press(app_page().run(), "start-routine")
    assert "Get ready" in text_of(page)
    assert page.query_params["run"]


def test_without_a_routine_the_page_leads_back() -> None:
    page = app_page("routine").run()
    assert "No routine is under way" in text_of(page)
    assert press(page, "to-today").title[0].value == "Today"


def test_nobody_gets_somebody_elses_routine(clock: Clock) -> None:
    token = runs.RUNS.begin("Robin", a_plan(), clock())
    assert runs.RUNS.find(token, "me") is None
    assert runs.RUNS.find(token, "Robin") is not None


def test_it_leads_through_countdown_positions_and_holds(led: AppTest, clock: Clock) -> None:
    said = text_of(led)
    assert "Get ready: Standing hip sequence" in said
    assert "repetition 1 of 2" in said
    assert ">10<" in said
    assert "Go down" in text_of(wind(led, clock, 10.0))
    assert "Hold" in text_of(wind(led, clock, 3.5))


def test_a_refresh_goes_on_where_it_was(led: AppTest, clock: Clock) -> None:
    wind(led, clock, 12.0)
    again = app_page("routine")
    again.query_params["run"] = led.query_params["run"]
    again.run()
    assert "Go down" in text_of(again)


def test_time_in_which_nobody_looked_does_not_count(led: AppTest, clock: Clock) -> None:
    wind(led, clock, 10.0)
    clock.now_s += 600.0
    led.run()
    assert "Paused" in text_of(led)
    press(led, "routine-resume")
    assert "Go down" in text_of(led)


def test_start_now_pause_easier_and_skip_do_what_they_say(led: AppTest, clock: Clock) -> None:
    press(led, "routine-go")
    assert "Go down" in text_of(led)
    press(led, "routine-pause")
    wind(led, clock, 20.0)
    assert "Paused" in text_of(led)
    press(led, "routine-resume")
    press(led, "routine-easier")
    said = text_of(led)
    assert "repetition 1 of 1" in said
    assert "Hold on to a wall" in said
    press(led, "routine-skip")
    assert "Get ready: Ankle" in text_of(led)


def test_pain_from_four_on_ends_the_move(led: AppTest) -> None:
    press(led, "routine-go")
    press(led, "routine-hurts")
    assert "How much did it hurt" in text_of(led)
    led.segmented_control(key="pain-level-0").set_value(6).run()
    assert not led.exception
    assert "Get ready: Ankle" in text_of(led)


def test_a_little_pain_is_noted_and_the_move_goes_on(led: AppTest, clock: Clock) -> None:
    press(led, "routine-go")
    press(led, "routine-hurts")
    led.segmented_control(key="pain-level-0").set_value(2).run()
    assert "Go down" in text_of(led)
    run = runs.RUNS.find(led.query_params["run"], "me")
    assert run is not None
    assert run.state.worst_pain == 2


def test_the_end_is_summed_up_and_kept_once(led: AppTest, clock: Clock) -> None:
    wind(led, clock, 35.0)
    assert "0 to 10" in text_of(led)
    led.segmented_control(key="pain-level-0").set_value(1).run()
    press(led, "routine-stop")
    assert led.title[0].value == "Done for today"
    assert "2 of 2 repetitions" in text_of(led)
    led.run()
    with Store() as store:
        (row,) = reading.sessions(store, Filter())
    assert (row.kind, row.move_id, row.pain) == ("routine", "standing-hip", 1)
    assert press(led, "to-progress").title[0].value == "Progress"


def test_no_answer_to_pain_is_an_answer(led: AppTest, clock: Clock) -> None:
    wind(led, clock, 35.0)
    press(led, "routine-no-answer")
    assert "Get ready: Ankle" in text_of(led)
    assert press(press(led, "routine-stop"), "to-today").title[0].value == "Today"


def test_what_cannot_be_kept_can_be_tried_again(
    led: AppTest, clock: Clock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    wind(led, clock, 35.0)
    good = Path(__file__).parent
    (tmp_path / "file").write_text("")
    with monkeypatch.context() as broken:
        broken.setenv("POSECHECK_DATABASE_URL", f"sqlite:///{tmp_path}/file/h.db")
        press(led, "routine-no-answer")
        press(led, "routine-stop")
        assert "Not in the history yet" in led.error[0].value
    press(led, "keep-again")
    assert not led.error
    with Store() as store:
        assert reading.count_sessions(store, Filter()) == 1
    assert good.exists()


def test_every_change_is_heard_once(clock: Clock) -> None:
    run = runs.RUNS.find(runs.RUNS.begin("me", a_plan(), 0.0), "me")
    assert run is not None
    heard = []
    for tenth in range(1, 260):
        run.send(Tick(), tenth / 10)
        heard += [s for s in run.sounds(tenth / 10) if s["age_s"] == 0.0]
    assert [s["text"] for s in heard if "text" in s][:4] == [
        "Go down", "Hold", "And back", "Go down",
    ]  # fmt: skip
    assert [s["tone"] for s in heard if "tone" in s][:4] == [
        "start", "reached", "hold_done", "start",
    ]  # fmt: skip
    numbers = [s["number"] for s in heard]
    assert numbers == sorted(set(numbers))


def test_old_routines_make_room() -> None:
    shelf = runs.Runs()
    tokens = [shelf.begin("me", a_plan(), 0.0) for _ in range(70)]
    assert shelf.find(tokens[0], "me") is None
    run = shelf.find(tokens[-1], "me")
    assert run is not None
    assert run.state.stage is Stage.READY


# --- progress ---


def test_progress_without_a_history_says_how_to_begin() -> None:
    page = app_page("progress").run()
    assert not page.exception
    assert "Nothing was measured yet" in text_of(page)
    assert press(page, "go-check").title[0].value == "Check a video"
    again = press(app_page("progress").run(), "go-sample")
    assert again.session_state["source"] == "A sample"


@pytest.mark.usefixtures("filled")
def test_progress_shows_both_sides_with_their_judgement() -> None:
    page = app_page("progress").run()
    assert not page.exception
    said = text_of(page)
    assert "+3.0 cm: real change (more than 1.9 cm)" in said
    assert "no change that can be told" in said
    assert "no difference that can be told" in said
    assert "Week by week" in said
    assert "Pain" in [one.value for one in page.subheader]
    assert len(page.get("vega_lite_chart")) == 4
    labels = [one.proto.label for one in page.get("download_button")]
    assert labels == ["History (CSV)", "History (JSON)", "History (Parquet)", "Chart (SVG)",
                      "Chart (PNG)"]  # fmt: skip


@pytest.mark.usefixtures("filled")
def test_another_measure_and_time_are_kept_in_the_address() -> None:
    page = app_page("progress").run()
    page.selectbox(key="measure").set_value("hip_flexion_deg").run()
    page.segmented_control(key="period").set_value("3 months").run()
    assert not page.exception
    assert "°" in text_of(page)
    assert page.query_params["measure"] in ("hip_flexion_deg", ["hip_flexion_deg"])
    again = app_page("progress")
    again.query_params["measure"] = "hip_flexion_deg"
    again.run()
    assert again.selectbox(key="measure").value == "hip_flexion_deg"


def test_a_long_history_begins_with_its_last_year() -> None:
    with Store() as store:
        writing.save_all(store, list(many(datetime.now().astimezone(), 1300)))
    page = app_page("progress").run()
    assert not page.exception
    assert page.segmented_control(key="period").value == "1 year"
    assert "The newest 400 of" in text_of(page)
    page.segmented_control(key="period").set_value("All").run()
    assert "The newest 400 of 1300 sessions" in text_of(page)


@pytest.mark.usefixtures("filled")
def test_progress_speaks_inches_where_the_settings_say_so() -> None:
    write_prefs(prefs_path(), Prefs(units="in"))
    page = app_page("progress").run()
    assert "+1.2 in: real change (more than 0.8 in)" in text_of(page)


@pytest.mark.usefixtures("filled")
def test_somebody_else_on_the_same_machine_has_a_history_of_their_own() -> None:
    write_prefs(prefs_path(), Prefs(person="Robin"))
    assert "Nothing was measured yet" in text_of(app_page("progress").run())
    assert "Welcome" in " ".join(s.value for s in app_page().run().subheader)


@pytest.mark.usefixtures("filled")
def test_the_exports_are_made_when_asked_for() -> None:
    from posecheck.ui import past, progress_page

    assert progress_page._history("me", "csv")().startswith(b"session,person")
    with past.opened("me") as mine:
        kind = mine.kinds()[0]
        found = progress_page.measured(mine.store, kind, "me")
    assert found is not None
    assert progress_page._picture(found, "svg")().startswith(b"<svg")


# --- replay ---


def record(
    root: Path, name: str, move: str = "ankle-dorsiflexion", *, video: bool = False, **scene: object
) -> Path:
    track = film(move, **scene).track  # type: ignore[arg-type]
    info = session_info(name, move, **({"video": "video.webm"} if video else {}))
    folder = recorded(root / "data" / "sessions" / name, track, info=info)
    if video:
        (folder / "video.webm").write_bytes(b"made up")
    return folder


class Shown:
    """What the page gave to the player, which only a browser can draw."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.anchors: list[tuple[float, float]] = []

    def __call__(self, bodies: list[Any], anchors: list[tuple[float, float]]) -> None:
        self.bodies, self.anchors = bodies, anchors


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Shown:
    found = Shown()
    monkeypatch.setattr(player, "show", found)
    monkeypatch.setattr(media, "address_of", lambda path, place: f"/media/{place}")
    return found


def test_replay_without_a_recording_says_how_to_make_one() -> None:
    page = app_page("replay").run()
    assert not page.exception
    assert "--record" in text_of(page)
    for key, title in (("to-check", "Check a video"), ("to-live", "Live"), ("see-moves", "Moves")):
        assert press(app_page("replay").run(), key).title[0].value == title


def test_the_newest_recording_is_shown_with_its_positions(home: Path, shown: Shown) -> None:
    record(home, "2026-11-01-a")
    page = app_page("replay").run()
    assert not page.exception
    (body,) = shown.bodies
    assert len(body["t"]) == len(body["xy"])
    assert len(body["xy"][0]) == 2 * 17
    assert body["parts"][0]["phases"]
    assert body["video"] == ""
    json.dumps(body, allow_nan=False)
    assert "pc-thumb" in text_of(page)


def test_a_recorded_video_is_played_under_the_body(home: Path, shown: Shown) -> None:
    record(home, "2026-11-01-a", video=True)
    app_page("replay").run()
    assert shown.bodies[0]["video"] == "/media/replay-2026-11-01-a"


def test_another_session_stands_beside_it_position_by_position(home: Path, shown: Shown) -> None:
    record(home, "2026-11-01-a")
    record(home, "2026-11-02-b", fps=24.0)
    record(home, "2026-11-03-other", "standing-hip")
    page = app_page("replay").run()
    page.selectbox(key="session").set_value("2026-11-02-b").run()
    page.selectbox(key="beside").set_value("2026-11-01-a").run()
    assert not page.exception
    assert len(shown.bodies) == 2
    assert len(shown.anchors) >= 2
    assert all(abs(a - b) < 0.3 for a, b in shown.anchors)
    assert "What differs" in [one.value for one in page.subheader]
    assert page.selectbox(key="beside").options == [page.selectbox(key="beside").options[0]]


def test_a_drawing_chooses_its_session(home: Path, shown: Shown) -> None:
    record(home, "2026-11-01-a")
    record(home, "2026-11-02-b")
    page = press(app_page("replay").run(), "pick-2026-11-01-a")
    assert page.selectbox(key="session").value == "2026-11-01-a"
    assert page.query_params["session"] in ("2026-11-01-a", ["2026-11-01-a"])


def test_scoring_again_says_that_nothing_changed(home: Path, shown: Shown) -> None:
    record(home, "2026-11-01-a")
    page = press(app_page("replay").run(), "rescore")
    assert "Nothing changed" in text_of(page)


def test_a_recording_of_nobody_can_be_looked_at(home: Path, shown: Shown) -> None:
    track = nobody(random_track(60), 0.0, 99.0)
    recorded(home / "data/sessions/2026-11-01-a", track, info=session_info("2026-11-01-a"))
    page = press(app_page("replay").run(), "rescore")
    assert "Nobody was seen" in text_of(page)
    assert shown.bodies[0]["parts"] == []


def test_a_recording_is_deleted_after_asking(home: Path, shown: Shown) -> None:
    folder = record(home, "2026-11-01-a")
    page = press(app_page("replay").run(), "delete-recording-sure")
    assert not folder.exists()
    assert "--record" in text_of(page)


# --- checked videos ---


def test_a_checked_video_is_a_session_too(home: Path, shown: Shown) -> None:
    record(home, "2026-11-01-a")
    folder = checked(home / "data" / "checks" / UID)
    (folder / "annotated.webm").write_bytes(b"made up")
    page = app_page("replay").run()
    assert not page.exception
    assert page.selectbox(key="session").value == UID
    assert page.selectbox(key="session").options[0].endswith("of mine.mp4")
    (body,) = shown.bodies
    assert body["video"] == f"/media/replay-{UID}"
    assert body["drawn"]
    assert body["parts"][0]["phases"]
    page.selectbox(key="beside").set_value("2026-11-01-a").run()
    assert not page.exception
    assert [body["drawn"] for body in shown.bodies] == [True, False]
    assert len(shown.anchors) >= 2
    assert "What differs" in [one.value for one in page.subheader]
    assert "Nothing changed" in text_of(press(page, "rescore"))


def test_a_check_without_its_film_is_a_drawn_body(home: Path, shown: Shown) -> None:
    checked(home / "data" / "checks" / UID)
    app_page("replay").run()
    assert shown.bodies[0]["video"] == ""
    assert shown.bodies[0]["xy"][0][0] is not None


def test_a_mirrored_clips_body_lies_on_its_own_pixels(home: Path, shown: Shown) -> None:
    plain = checked(home / "data" / "checks" / UID)
    (plain / "annotated.webm").write_bytes(b"made up")
    app_page("replay").run()
    as_seen = shown.bodies[0]["xy"][0][0]
    shutil.rmtree(plain)
    mirrored = checked(home / "data" / "checks" / UID, mirrored=True)
    (mirrored / "annotated.webm").write_bytes(b"made up")
    app_page("replay").run()
    assert shown.bodies[0]["xy"][0][0] == pytest.approx(as_seen, abs=0.11)


def test_a_check_from_a_terminal_is_found_by_the_history(home: Path, shown: Shown) -> None:
    folder = checked(home / "somewhere" / "mine")
    result = Result.model_validate_json((folder / "result.json").read_text("utf-8"))
    with Store() as store:
        save_result(result, folder=folder, store=store)
    page = app_page("replay").run()
    assert not page.exception
    assert len(shown.bodies) == 1
    assert "delete-recording-sure" not in [button.key for button in page.button]
    assert any("It lies in" in caption.value for caption in page.caption)
    shutil.rmtree(folder)
    assert "Nothing to look at yet" in text_of(app_page("replay").run())


def test_a_check_is_deleted_after_asking_and_leads_to_its_result(home: Path, shown: Shown) -> None:
    folder = checked(home / "data" / "checks" / UID)
    assert press(app_page("replay").run(), "open-result").title[0].value == "Check a video"
    press(app_page("replay").run(), "delete-recording-sure")
    assert not folder.exists()


# --- the player ---


def test_a_long_recording_is_thinned_out_for_the_page() -> None:
    body = player.body(random_track(player.MOST_FRAMES * 2 + 5), None, "long")
    assert len(body["t"]) == len(body["xy"]) <= player.MOST_FRAMES
    json.dumps(body, allow_nan=False)


def test_positions_pair_whatever_each_took() -> None:
    def clip(starts: list[float]) -> Result:
        result = make_result(1)
        phases = [
            phase.model_copy(update={"start_s": a, "end_s": b})
            for phase, a, b in zip(result.repetitions[0].phases, starts, starts[1:], strict=False)
        ]
        rep = result.repetitions[0].model_copy(update={"phases": phases})
        return result.model_copy(update={"repetitions": [rep]})

    quick, slow = [1.0, 2.0, 4.0, 5.0], [3.0, 6.0, 9.0, 9.5]
    assert anchors(clip(quick), clip(slow)) == list(zip(quick, slow, strict=True))
    assert anchors(clip(quick), clip(slow).model_copy(update={"repetitions": []})) == []
