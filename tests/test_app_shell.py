"""The app's shell: who may enter, and the pages Moves and Settings, without a browser."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace

import platformdirs
import pytest
from history_factory import improving
from streamlit.testing.v1 import AppTest

from posecheck import cli_app
from posecheck.core.errors import InputError
from posecheck.library import own_moves, own_moves_folder, shipped_ids
from posecheck.store import writing
from posecheck.store.backup import backups
from posecheck.store.opening import Store
from posecheck.store.reading import people
from posecheck.ui import guard, here, kept
from posecheck.ui.guard import Door, door, is_loopback
from posecheck.ui.prefs import Prefs, person_folder, prefs_path, read_prefs, write_prefs
from tests.app_pages import app_page, text_of
from tests.browsing import free_port, wait_until_served

pytestmark = pytest.mark.usefixtures("home")

# --- the start ---


def test_the_first_page_waits_for_nothing_that_it_does_not_show() -> None:
    late = ("numpy", "pandas", "PIL", "alembic", "altair", "posecheck.core.result")
    code = (
        "import sys, posecheck.ui.main, posecheck.ui.today_page\n"
        f"print([name for name in {late} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


# --- who may enter ---


@pytest.mark.parametrize("address", ["127.0.0.1", "localhost", "::1", "[::1]", "127.1.2.3"])
def test_loopback_is_known(address: str) -> None:
    assert is_loopback(address)


@pytest.mark.parametrize("address", [None, "", "0.0.0.0", "::", "192.168.0.7", "example.org"])
def test_everything_else_is_beyond_this_machine(address: str | None) -> None:
    assert not is_loopback(address)


def test_beyond_this_machine_only_with_a_login_or_knowingly(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv(guard.KNOWN_VARIABLE, raising=False)
    assert door("127.0.0.1", login_set_up=False, logged_in=False) is Door.OPEN
    assert door("0.0.0.0", login_set_up=False, logged_in=False) is Door.SHUT
    assert door("0.0.0.0", login_set_up=True, logged_in=False) is Door.LOGIN
    assert door("0.0.0.0", login_set_up=True, logged_in=True) is Door.OPEN
    monkeypatch.setenv(guard.KNOWN_VARIABLE, "1")
    assert door("0.0.0.0", login_set_up=False, logged_in=False) is Door.OPEN


@pytest.mark.parametrize("name", ["", "check", "moves", "settings"])
def test_a_page_served_to_everybody_shows_nothing(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "is_loopback", lambda address: False)
    page = app_page(name).run()
    assert not page.exception
    assert "served beyond this machine" in page.error[0].value
    assert not page.subheader
    assert not page.button


def test_a_login_comes_before_everything_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "login_set_up", lambda: True)
    monkeypatch.setattr("streamlit.user", SimpleNamespace(is_logged_in=False))
    page = app_page().run()
    assert [button.label for button in page.button] == ["Log in"]


def test_the_command_refuses_to_be_reached_from_elsewhere_without_a_login() -> None:
    with pytest.raises(InputError, match=r"--address 0\.0\.0\.0: expected .*--i-know"):
        cli_app.check_address("0.0.0.0", i_know=False, login=False)
    for i_know, login in ((True, False), (False, True)):
        cli_app.check_address("0.0.0.0", i_know=i_know, login=login)
    cli_app.check_address("127.0.0.1", i_know=False, login=False)


def test_a_login_is_found_in_the_secrets_file(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "home")
    assert not cli_app.login_in(tmp_path)
    secrets = tmp_path / ".streamlit" / "secrets.toml"
    secrets.parent.mkdir()
    secrets.write_text("[other]\nx = 1\n")
    assert not cli_app.login_in(tmp_path)
    secrets.write_text("[auth]\nredirect_uri = 'https://example.org/oauth2callback'\n")
    assert cli_app.login_in(tmp_path)
    secrets.write_text("not toml [")
    assert not cli_app.login_in(tmp_path)


def test_the_server_listens_where_told_and_reports_nothing() -> None:
    told = cli_app.server_flags(8600, "127.0.0.1", 123, headless=True)
    flags = dict(zip(told[::2], told[1::2], strict=True))
    assert flags["--server.address"] == "127.0.0.1"
    assert flags["--server.port"] == "8600"
    assert flags["--server.maxUploadSize"] == "123"
    assert flags["--browser.gatherUsageStats"] == "false"


@pytest.mark.slow
def test_who_starts_it_the_first_time_is_asked_for_nothing(tmp_path: Path) -> None:
    opener = tmp_path / "bin" / "xdg-open"
    opener.parent.mkdir()
    opener.write_text("#!/bin/sh\n")
    opener.chmod(0o755)
    port = free_port()
    own = {"HOME": str(tmp_path), "BROWSER": str(opener), "DISPLAY": ":none"}
    path = f"{opener.parent}{os.pathsep}{os.environ['PATH']}"
    said = tmp_path / "said.txt"
    with said.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "posecheck", "app", "--port", str(port)],
            env=os.environ | own | {"PATH": path}, stdin=subprocess.PIPE, stdout=out, stderr=out,
        )  # fmt: skip
        try:
            wait_until_served(f"http://127.0.0.1:{port}", process)
        finally:
            process.terminate()
            process.wait(30)
    assert "mail" not in said.read_text("utf-8")


def test_two_people_who_log_in_have_folders_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    places = []
    for who in ("a@example.org", "../../b@example.org"):
        monkeypatch.setattr(here, "visitor", lambda who=who: who)
        places += [here.sessions_root(), here.results_root()]
        assert prefs_path(who).parent.parent == platformdirs.user_config_path()
    assert len(set(places)) == 4
    assert all(place.parent == platformdirs.user_data_path() for place in places)
    assert person_folder("") == ""


# --- moves ---


def test_every_move_is_shown_with_its_drawing_and_its_camera() -> None:
    page = app_page("moves").run()
    assert not page.exception
    said = text_of(page)
    assert [s.value for s in page.subheader][: len(shipped_ids())] != []
    assert said.count("data:image/svg+xml") >= 2 * len(shipped_ids())
    assert "Camera" in said


def test_a_button_leads_to_the_check_of_that_move() -> None:
    page = app_page("moves").run()
    page.button(key="check-ankle-dorsiflexion").click().run()
    assert not page.exception
    assert page.title[0].value == "Check a video"
    assert page.selectbox(key="move").value == "ankle-dorsiflexion"


def own_move(root: Path, name: str = "my-lunge") -> bytes:
    text = (root / "posecheck/moves/ankle-dorsiflexion.toml").read_text("utf-8")
    return text.replace('id = "ankle-dorsiflexion"', f'id = "{name}"', 1).encode()


def upload_move(page: AppTest, raw: bytes) -> AppTest:
    page.run()
    page.get("file_uploader")[0].set_value(("../../x.toml", raw, "application/toml"))
    return page.run()


def test_an_own_move_is_validated_and_kept_under_its_id(root: Path) -> None:
    page = upload_move(app_page("moves"), own_move(root))
    assert not page.exception
    assert "can be used" in text_of(page)
    page.button(key="add-move").click().run()
    assert not page.exception
    assert list(own_moves().moves) == ["my-lunge"]
    assert [p.name for p in own_moves_folder().iterdir()] == ["my-lunge.toml"]
    page.button(key="remove-sure-my-lunge").click().run()
    assert not own_moves().moves


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (b"schema = 1\nid = '../../evil'\n", "id"),
        (b"\xff\xfe", "UTF-8"),
        (b"x" * 1_100_000, "few kilobytes"),
        (b"", "missing"),
    ],
)
def test_a_file_that_is_no_move_is_refused_in_one_line(raw: bytes, problem: str) -> None:
    page = upload_move(app_page("moves"), raw)
    assert not page.exception
    assert problem in page.error[0].value
    assert not own_moves_folder().exists()


def test_a_move_of_posecheck_cannot_be_replaced(root: Path) -> None:
    page = upload_move(app_page("moves"), own_move(root, "standing-hip"))
    assert "is taken" in page.error[0].value


# --- settings ---


def test_choices_are_kept_from_one_visit_to_the_next() -> None:
    page = app_page("settings").run()
    page.radio(key="pref-units").set_value("in")
    page.toggle(key="pref-voice").set_value(False)
    page.text_input(key="pref-person").set_value("  Robin ")
    page.run()
    assert not page.exception
    assert read_prefs(prefs_path()) == Prefs(person="Robin", units="in", voice=False)
    again = app_page("settings").run()
    assert again.radio(key="pref-units").value == "in"
    assert again.text_input(key="pref-person").value == "Robin"


def test_damaged_settings_do_not_stop_the_page(home: Path) -> None:
    write_prefs(prefs_path(), Prefs())
    prefs_path().write_text("{")
    page = app_page("settings").run()
    assert not page.exception
    assert page.text_input(key="pref-person").value == "me"


def test_delete_everything_asks_first_and_leaves_what_is_not_ours(home: Path) -> None:
    mine = home / "data" / "checks" / "one"
    mine.mkdir(parents=True)
    (mine / "result.json").write_text("{}")
    foreign = home / "data" / "checks" / "holiday"
    foreign.mkdir()
    (foreign / "beach.jpg").write_text("x")
    page = app_page("settings").run()
    assert "1, 1 kB" in text_of(page) or "1 kB" in text_of(page)
    assert page.button(key="delete-now").disabled
    page.checkbox(key="delete-sure").check().run()
    page.button(key="delete-now").click().run()
    assert not page.exception
    assert not mine.exists()
    assert foreign.exists()


def test_delete_everything_takes_the_history_and_leaves_other_peoples() -> None:
    now = datetime.now().astimezone()
    with Store() as store:
        writing.add_person(store, "Robin")
        writing.save_all(store, list(improving(now, weeks=2)), "Robin")
        writing.save_all(store, list(improving(now, weeks=1)))
    page = app_page("settings").run()
    assert "The history" in text_of(page)
    page.checkbox(key="delete-sure").check().run()
    page.button(key="delete-now").click().run()
    assert not page.exception
    with Store() as store:
        assert people(store) == [("Robin", 6)]
        assert store.path is not None
        assert backups(store.path)
        assert writing.forget_person(store, "Robin") == 6
        assert backups(store.path) == []
        assert writing.forget_person(store, "Robin") == 0


def test_another_name_can_take_the_results_along() -> None:
    with Store() as store:
        writing.save_all(store, list(improving(datetime.now().astimezone(), weeks=1)))
    page = app_page("settings").run()
    page.text_input(key="pref-person").set_value("Robin").run()
    assert "3 results are kept under me" in text_of(page)
    page.button(key="take-along").click().run()
    assert not page.exception
    with Store() as store:
        assert people(store) == [("Robin", 3)]


def test_nothing_kept_is_said(home: Path) -> None:
    assert all(one.count == 0 for one in kept.everything())
    page = app_page("settings").run()
    assert page.button(key="delete-now").disabled
    assert "nothing is sent anywhere" in text_of(page)
