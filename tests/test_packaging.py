"""What is installed, what is imported, and what the tree may not contain."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

MODEL_ENTRY = "posecheck/estimate/data/pose_landmarker_full.task"
RUNTIME_LOCK = "requirements.lock"
LOCKS = (RUNTIME_LOCK, "requirements-dev.lock", "requirements-build.lock")
UV = (sys.executable, "-m", "uv")


def run(
    command: Sequence[str | Path], *, cwd: Path, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command that has to succeed; its output is in the failure's message."""
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command} exited {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


def tracked_files(root: Path) -> list[Path]:
    """The files that git would take, new ones included, ignored ones not."""
    if not (root / ".git").exists():
        pytest.skip("not a git checkout")
    listed = run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=root
    ).stdout
    paths = [root / name for name in listed.split("\0") if name]
    return [path for path in paths if path.is_file()]


# --- imports -----------------------------------------------------------------------------------


def modules_after(statement: str, tmp_path: Path) -> set[str]:
    """The top-level modules that a fresh Python has loaded after `statement`."""
    code = f"{statement}\nimport sys; print(*{{name.partition('.')[0] for name in sys.modules}})"
    return set(run([sys.executable, "-c", code], cwd=tmp_path).stdout.split())


HEAVY = {"numpy", "scipy", "cv2", "mediapipe", "streamlit", "av", "pydantic", "pyarrow", "altair"}
EDGES = {"cv2", "mediapipe", "streamlit", "av"}


def test_import_posecheck_loads_nothing_heavy(tmp_path: Path) -> None:
    assert not HEAVY & modules_after("import posecheck; posecheck.__version__", tmp_path)


def test_core_loads_no_camera_model_or_page(tmp_path: Path) -> None:
    statement = (
        "import importlib, pkgutil, posecheck.core as core\n"
        "for found in pkgutil.walk_packages(core.__path__, 'posecheck.core.'):\n"
        "    importlib.import_module(found.name)"
    )
    loaded = modules_after(statement, tmp_path)
    assert "numpy" in loaded
    assert not EDGES & loaded


def test_model_commands_load_nothing_heavy(tmp_path: Path) -> None:
    assert not HEAVY & modules_after("import posecheck.cli_model", tmp_path)


def test_import_posecheck_is_quick(tmp_path: Path) -> None:
    code = (
        "import time; start = time.perf_counter(); import posecheck;"
        "print(time.perf_counter() - start)"
    )
    seconds = [float(run([sys.executable, "-c", code], cwd=tmp_path).stdout) for _ in range(5)]
    assert min(seconds) < 0.15


def test_unknown_attribute_is_an_attribute_error() -> None:
    import posecheck

    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        posecheck.nonsense  # noqa: B018 - looking it up is the test


# --- the tree ----------------------------------------------------------------------------------

# Put together from parts, so that this file does not contain what it forbids.
REGISTRY_HOSTS = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("pypi", "python", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("yarnpkg", "com"),
        ("deb", "debian", "org"),
        ("anaconda", "org"),
    )
]
PERSONAL_FOLDER = re.compile(
    r"(?<![\w.\-/*])/(?:"
    + "|".join(["ho" + "me", "ro" + "ot", "Us" + "ers", "wo" + "rk"])
    + r")/\w"
)


def test_no_file_names_a_registry_or_a_personal_folder(root: Path) -> None:
    found = []
    for path in tracked_files(root):
        data = path.read_bytes()
        if b"\0" in data[:8192]:
            continue  # not text
        text = data.decode("utf-8", errors="replace")
        hits = [host for host in REGISTRY_HOSTS if host in text.lower()]
        hits += [match.group() for match in PERSONAL_FOLDER.finditer(text)]
        found += [f"{path.relative_to(root)}: {hit}" for hit in hits]
    assert not found


def test_model_is_not_committed(root: Path) -> None:
    assert [path for path in tracked_files(root) if path.suffix == ".task"] == []


# --- pinned versions ---------------------------------------------------------------------------


def pins(path: Path) -> dict[str, list[Requirement]]:
    """The requirements that a lock pins, by name: more than one where it depends on the Python."""
    found: dict[str, list[Requirement]] = {}
    for line in path.read_text().splitlines():
        if line and not line.startswith((" ", "#")):
            requirement = Requirement(line.removesuffix("\\").strip())
            found.setdefault(canonicalize_name(requirement.name), []).append(requirement)
    return found


def version_of(pin: Requirement) -> str:
    (specifier,) = pin.specifier
    assert specifier.operator == "=="
    return specifier.version


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_has_a_hash_and_no_address(lock: str, root: Path) -> None:
    text = (root / lock).read_text()
    assert "://" not in text
    blocks = re.split(r"\n(?=\S)", text.strip())
    assert len(blocks) == sum(len(found) for found in pins(root / lock).values())
    assert [block for block in blocks if "--hash=sha256:" not in block] == []


def test_pins_lie_within_the_declared_ranges(root: Path) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text())
    declared = {
        RUNTIME_LOCK: project["project"]["dependencies"],
        "requirements-dev.lock": project["project"]["optional-dependencies"]["dev"],
        "requirements-build.lock": [
            *project["build-system"]["requires"],
            *project["dependency-groups"]["build"],
        ],
    }
    for lock, requirements in declared.items():
        pinned = pins(root / lock)
        for requirement in map(Requirement, requirements):
            for pin in pinned[canonicalize_name(requirement.name)]:
                assert requirement.specifier.contains(version_of(pin)), f"{lock}: {pin}"


def test_dev_pins_are_the_runtime_pins_and_more(root: Path) -> None:
    dev = pins(root / "requirements-dev.lock")
    for name, pinned in pins(root / RUNTIME_LOCK).items():
        assert [str(pin) for pin in dev[name]] == [str(pin) for pin in pinned]


# --- the wheel ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def clean_tree(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tree as git has it: without the model, so that the build hook has to make it."""
    copy = tmp_path_factory.mktemp("tree")
    for path in tracked_files(root):
        target = copy / path.relative_to(root)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, target)
    return copy


@pytest.fixture(scope="module")
def wheel(clean_tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `pip wheel .` makes, in an isolated build."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, "."]
    run(pip, cwd=clean_tree)
    (path,) = folder.glob("posecheck-*.whl")
    return path


@pytest.mark.slow
def test_wheel_carries_the_model_and_all_of_the_package(wheel: Path, clean_tree: Path) -> None:
    files = {path for path in (clean_tree / "posecheck").rglob("*") if path.is_file()}
    expected = {
        path.relative_to(clean_tree).as_posix() for path in files if path.suffix != ".pyc"
    }  # moves, templates and data included
    assert MODEL_ENTRY in expected
    assert expected <= set(zipfile.ZipFile(wheel).namelist())


@pytest.mark.slow
def test_wheel_carries_only_the_package(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0].split("-")[0] for name in names} == {"posecheck"}
    assert [name for name in names if "__pycache__" in name or name.endswith(".partial")] == []


@pytest.mark.slow
def test_sdist_makes_the_same_wheel(clean_tree: Path, wheel: Path, tmp_path: Path) -> None:
    run([*UV, "build", "--quiet", "--out-dir", tmp_path], cwd=clean_tree)
    (sdist,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        inside = {name.partition("/")[2] for name in archive.getnames()}
    assert {"pyproject.toml", "hatch_build.py", "LICENSE", "posecheck/__init__.py"} <= inside
    assert not [name for name in inside if name.endswith((".task", ".mp4", ".webm"))]
    (again,) = tmp_path.glob("*.whl")
    assert sorted(zipfile.ZipFile(again).namelist()) == sorted(zipfile.ZipFile(wheel).namelist())


# --- the wheel, installed, without a network ---------------------------------------------------

REFUSE_SOCKETS = """
import socket

def refuse(self, address, *rest):
    if self.family != getattr(socket, "AF_UNIX", None):
        raise OSError(f"the test allows no connection, and one to {address} was tried")
    return connect(self, address, *rest)

connect = socket.socket.connect
socket.socket.connect = socket.socket.connect_ex = refuse
"""


@pytest.fixture(scope="module")
def installed(wheel: Path, root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment with the wheel and its pinned dependencies; its folder of programs."""
    environment = tmp_path_factory.mktemp("environment") / "venv"
    run([*UV, "venv", "--quiet", "--python", sys.executable, environment], cwd=root)
    programs = environment / ("Scripts" if os.name == "nt" else "bin")
    install = [*UV, "pip", "install", "--quiet", "--python", programs / "python"]
    run([*install, "--require-hashes", "-r", root / RUNTIME_LOCK], cwd=root)
    run([*install, "--no-deps", wheel], cwd=root)
    return programs


def offline(tmp_path: Path) -> tuple[list[str], dict[str, str]]:
    """A command prefix and an environment under which no connection can be made.

    A network namespace of its own where the system allows one, else Python's sockets refused.
    """
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    env |= {"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path / "data")}
    for prefix in (["unshare", "--map-root-user", "--net"], ["unshare", "--net"]):
        if (
            shutil.which("unshare")
            and not subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode
        ):
            return prefix, env
    site = tmp_path / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text(REFUSE_SOCKETS)
    return [], env | {"PYTHONPATH": str(site)}


def demo_clip(root: Path) -> Path:
    """The clip that `make demo` checks."""
    found = re.search(r"^CLIP +\?= +(\S+)$", (root / "Makefile").read_text(), re.MULTILINE)
    assert found is not None
    return root / found.group(1)


@pytest.mark.slow
def test_installed_wheel_finds_its_model_offline(installed: Path, tmp_path: Path) -> None:
    prefix, env = offline(tmp_path)
    code = "from posecheck.estimate.models import resolve_model; print(resolve_model().path)"
    done = run([*prefix, installed / "python", "-c", code], cwd=tmp_path, env=env)
    assert Path(done.stdout.strip()).is_relative_to(installed.parent)


@pytest.mark.slow
def test_installed_wheel_checks_a_clip_offline(installed: Path, root: Path, tmp_path: Path) -> None:
    clip = demo_clip(root)
    prefix, env = offline(tmp_path)
    report = tmp_path / "report"
    command = [installed / "posecheck", "check", clip, "--move", "standing-hip", "--json"]
    done = run([*prefix, *command, "--out", report], cwd=tmp_path, env=env)
    assert json.loads(done.stdout)
    assert [path.parent.name for path in report.rglob("report.html")] == [clip.stem]
    assert [path for path in report.rglob("*") if path.suffix == ".partial"] == []
