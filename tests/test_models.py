"""Finding, checking and fetching the pose models; the only server here is on loopback."""

from __future__ import annotations

import contextlib
import hashlib
import http.server
import importlib.util
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType

import pytest
from typer.testing import CliRunner

from posecheck import cli_model
from posecheck.core.errors import InputError
from posecheck.estimate import models
from posecheck.estimate.models import KnownModel, get_model, list_models, resolve_model

BODY = b"not really a network " * 10_000


@dataclass
class Server:
    """A loopback server that answers every path with `body`, and remembers what was asked."""

    url: str
    body: bytes
    status: int
    asked: list[str]
    cut_short: bool = False


@pytest.fixture
def server() -> Iterator[Server]:
    state = Server(url="", body=BODY, status=200, asked=[])

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.asked.append(self.path)
            self.send_response(state.status)
            self.send_header("Content-Length", str(len(state.body)))
            self.end_headers()
            body = state.body[: len(state.body) // 2] if state.cut_short else state.body
            with contextlib.suppress(ConnectionError):  # a client that has seen enough hangs up
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Keep the test's output quiet."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as httpd:
        state.url = f"http://127.0.0.1:{httpd.server_port}/lite.task"
        thread = threading.Thread(target=httpd.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield state
        httpd.shutdown()
        thread.join()


@pytest.fixture
def lite(server: Server, monkeypatch: pytest.MonkeyPatch) -> KnownModel:
    """`lite` as the loopback server has it."""
    model = replace(
        models.LITE, url=server.url, size_bytes=len(BODY), sha256=hashlib.sha256(BODY).hexdigest()
    )
    monkeypatch.setitem(models.KNOWN_MODELS, "lite", model)
    return model


@pytest.fixture(scope="module")
def hatch_build(root: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("hatch_build", root / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def files_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


# --- finding -----------------------------------------------------------------------------------


def test_full_comes_with_the_package() -> None:
    model = resolve_model("full")
    assert model.name == "full"
    assert model.path.parent == Path(models.__file__).parent / "data"
    assert model.size_bytes == model.path.stat().st_size == models.FULL.size_bytes


def test_full_is_the_default() -> None:
    assert resolve_model() == resolve_model("full")


def test_build_hook_and_package_agree_on_the_model(hatch_build: ModuleType) -> None:
    assert models.FULL.sha256 == hatch_build.MODEL_SHA256
    assert hatch_build.MODEL_PATH.name == models.FULL.file_name
    assert {network.entry for network in hatch_build.NETWORKS} == models.TASK_ENTRIES


def test_a_path_to_any_task_file_works(tmp_path: Path) -> None:
    path = tmp_path / "mine.task"
    path.write_bytes(resolve_model("full").path.read_bytes())
    model = resolve_model(path)
    assert (model.name, model.path) == ("mine.task", path)
    assert model.sha256 == models.FULL.sha256


@pytest.mark.parametrize(
    ("typed", "meant"), [("ful", "full"), ("Lite", "lite"), ("hevy", "heavy"), ("FULL", "full")]
)
def test_unknown_name_is_answered_with_the_near_one(typed: str, meant: str) -> None:
    with pytest.raises(InputError, match=f'unknown model "{typed}": did you mean {meant}\\?'):
        resolve_model(typed)


def test_name_unlike_any_lists_them_all() -> None:
    with pytest.raises(InputError, match=r"expected full, lite or heavy, or the path") as error:
        resolve_model("xyzzy")
    assert "did you mean" not in str(error.value)


@pytest.mark.parametrize("name", ["lite", "heavy"])
def test_model_not_fetched_yet_tells_the_command(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=f"posecheck model get {name}$"):
        resolve_model(name, folder=tmp_path)


def test_damaged_model_shows_both_hashes(tmp_path: Path) -> None:
    (tmp_path / "pose_landmarker_heavy.task").write_bytes(b"damaged")
    with pytest.raises(InputError) as error:
        resolve_model("heavy", folder=tmp_path)
    assert models.HEAVY.sha256 in str(error.value)
    assert hashlib.sha256(b"damaged").hexdigest() in str(error.value)


def test_bad_paths_are_one_line_each(tmp_path: Path) -> None:
    text = tmp_path / "text.task"
    text.write_text("hello")
    other = tmp_path / "other.task"
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("hand_detector.tflite", b"")
    for path, words in (
        (tmp_path / "absent.task", "no model file"),
        (tmp_path, "is a folder"),
        (text, "is not a .task file"),
        (other, "lacks pose_detector.tflite, pose_landmarks_detector.tflite"),
    ):
        with pytest.raises(InputError, match=words) as error:
            resolve_model(path)
        assert "\n" not in str(error.value)


def test_states_of_known_models(tmp_path: Path) -> None:
    (tmp_path / "pose_landmarker_lite.task").write_bytes(b"damaged")
    states = {entry.model.name: entry.state for entry in list_models(folder=tmp_path)}
    assert states == {"full": "ready", "lite": "damaged", "heavy": "missing"}


# --- fetching ----------------------------------------------------------------------------------


def test_fetched_model_is_found_afterwards(
    lite: KnownModel, server: Server, tmp_path: Path
) -> None:
    folder = tmp_path / "not" / "there" / "yet"
    announced: list[KnownModel] = []
    progress: list[tuple[int, int]] = []
    model = get_model(
        "lite",
        on_start=lambda known: announced.append(known) if not server.asked else None,
        on_progress=lambda done, total: progress.append((done, total)),
        folder=folder,
    )
    assert announced == [lite], "the address is shown before anything is asked for"
    assert progress[-1] == (len(BODY), len(BODY))
    assert progress == sorted(progress)
    assert model == resolve_model("lite", folder=folder)
    assert files_in(folder) == ["pose_landmarker_lite.task"]


def test_model_that_is_there_is_not_fetched_again(
    lite: KnownModel, server: Server, tmp_path: Path
) -> None:
    get_model("lite", folder=tmp_path)
    get_model("lite", folder=tmp_path)
    assert len(server.asked) == 1


def test_damaged_model_is_replaced(lite: KnownModel, tmp_path: Path) -> None:
    path = tmp_path / lite.file_name
    path.write_bytes(b"damaged")
    assert get_model("lite", folder=tmp_path).path.read_bytes() == BODY


@pytest.mark.parametrize(
    "body",
    [BODY[:-1] + b"?", BODY[:-1], BODY + b"?", b""],
    ids=["changed", "short", "long", "empty"],
)
def test_another_file_than_the_pinned_one_is_refused(
    body: bytes, lite: KnownModel, server: Server, tmp_path: Path
) -> None:
    server.body = body
    with pytest.raises(InputError) as error:
        get_model("lite", folder=tmp_path)
    assert lite.sha256 in str(error.value)
    assert hashlib.sha256(body).hexdigest() in str(error.value)
    assert files_in(tmp_path) == []


def test_endless_answer_is_cut_off(lite: KnownModel, server: Server, tmp_path: Path) -> None:
    server.body = BODY * 20
    with pytest.raises(InputError, match="bytes or more"):
        get_model("lite", folder=tmp_path)
    assert files_in(tmp_path) == []


def test_connection_that_breaks_off_leaves_nothing(
    lite: KnownModel, server: Server, tmp_path: Path
) -> None:
    server.cut_short = True
    with pytest.raises(InputError, match="model lite"):
        get_model("lite", folder=tmp_path)
    assert files_in(tmp_path) == []


def test_refusal_by_the_server_is_told(lite: KnownModel, server: Server, tmp_path: Path) -> None:
    server.status = 404
    with pytest.raises(InputError, match="answered 404"):
        get_model("lite", folder=tmp_path)


def test_unreachable_server_names_the_way_out(lite: KnownModel, tmp_path: Path) -> None:
    def refuse(url: str) -> None:
        raise ConnectionRefusedError(111, "Connection refused")

    with pytest.raises(InputError, match=r"Connection refused.*--model"):
        get_model("lite", folder=tmp_path, opener=refuse)  # type: ignore[arg-type]
    assert files_in(tmp_path) == []


def test_folder_that_cannot_be_made_is_told(lite: KnownModel, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(InputError, match="cannot write"):
        get_model("lite", folder=tmp_path / "file")


def test_stopping_half_way_leaves_nothing(lite: KnownModel, tmp_path: Path) -> None:
    def stop(done_bytes: int, total_bytes: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        get_model("lite", folder=tmp_path, on_progress=stop)
    assert files_in(tmp_path) == []


def test_real_addresses_are_https() -> None:
    assert models.LITE.url.startswith("https://")
    assert models.HEAVY.url.startswith("https://")


def test_resolving_never_opens_a_connection(no_network: None, tmp_path: Path) -> None:
    resolve_model("full")
    list_models(folder=tmp_path)
    with pytest.raises(InputError):
        resolve_model("lite", folder=tmp_path)


# --- the command -------------------------------------------------------------------------------


@pytest.fixture
def data_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(models, "user_models_folder", lambda: tmp_path)
    return tmp_path


def test_list_command_names_every_model_and_how_to_get_it(data_home: Path) -> None:
    result = CliRunner().invoke(cli_model.app, ["list"], env={"COLUMNS": "200"})
    assert result.exit_code == 0
    lines = {line.split()[0]: line for line in result.stdout.splitlines()}
    assert "ready" in lines["full"]
    assert "posecheck model get lite" in lines["lite"]
    assert "30.7 MB" in lines["heavy"]


def test_path_command_prints_only_the_path() -> None:
    result = CliRunner().invoke(cli_model.app, ["path"])
    assert result.stdout == f"{resolve_model('full').path}\n"


def test_get_command_shows_address_and_size_first(data_home: Path, lite: KnownModel) -> None:
    result = CliRunner().invoke(cli_model.app, ["get", "lite"])
    assert result.exit_code == 0
    assert f"Fetching lite (0.2 MB) from {lite.url}" in result.stderr
    assert result.stdout == f"lite: {data_home / lite.file_name}\n"


# --- the build hook ----------------------------------------------------------------------------


def test_model_that_is_right_is_not_made_again(
    hatch_build: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hatch_build, "fetch_source_wheel", lambda folder: pytest.fail("fetched"))
    assert hatch_build.make_model(resolve_model("full").path) is False


def test_pip_that_cannot_fetch_is_explained(
    hatch_build: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    with pytest.raises(
        hatch_build.ModelBuildError, match="pip could not fetch that wheel"
    ) as error:
        hatch_build.make_model(tmp_path / "full.task")
    assert hatch_build.MODEL_SHA256 in str(error.value)
    assert files_in(tmp_path) == []


def test_wrong_network_is_refused(hatch_build: ModuleType, tmp_path: Path) -> None:
    wheel = tmp_path / "mediapipe.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name in ("schema_py_generated", "metadata_schema_py_generated"):
            archive.writestr(f"{hatch_build.SCHEMA_FOLDER}/{name}.py", "")
        archive.writestr(hatch_build.NETWORKS[0].source, b"something else")
    with pytest.raises(hatch_build.ModelBuildError, match=r"expected SHA-256 9ba9dd3d.*, found "):
        hatch_build.bundle(wheel)


def test_networks_lie_stored_and_aligned_in_the_model(hatch_build: ModuleType) -> None:
    path = resolve_model("full").path
    raw = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            assert info.compress_type == zipfile.ZIP_STORED
            assert info.date_time == (1980, 1, 1, 0, 0, 0)
            head = info.header_offset
            lengths = [int.from_bytes(raw[at : at + 2], "little") for at in (head + 26, head + 28)]
            assert (head + 30 + sum(lengths)) % hatch_build.ALIGNMENT_BYTES == 0


@pytest.mark.slow
def test_model_is_the_same_byte_for_byte_each_time(hatch_build: ModuleType, tmp_path: Path) -> None:
    made = tmp_path / "full.task"
    assert hatch_build.make_model(made) is True
    assert made.read_bytes() == resolve_model("full").path.read_bytes()
