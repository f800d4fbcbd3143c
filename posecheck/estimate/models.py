"""Where the pose models are, and fetching the optional ones.

`full` lies in the package: the build hook makes it. `lite` and `heavy` are Google's own files; they
are fetched only when someone asks for it by name, checked against a pinned hash, and kept in the
person's data folder. A path to any other `.task` file works too. See docs/model.md.
"""

from __future__ import annotations

import difflib
import hashlib
import http.client
import os
import tempfile
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from posecheck.core.errors import InputError

PACKAGE_FOLDER = Path(__file__).parent / "data"
TASK_ENTRIES = frozenset({"pose_detector.tflite", "pose_landmarks_detector.tflite"})
CHUNK_BYTES = 1 << 16
TIMEOUT_S = 30.0

ModelState = Literal["ready", "missing", "damaged"]


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A model on disk, ready for MediaPipe; `name` is as in KNOWN_MODELS or the file's own."""

    name: str
    path: Path
    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class KnownModel:
    """A model that posecheck knows by name; `url` is empty for the one in the package."""

    name: str
    about: str
    size_bytes: int
    sha256: str
    url: str = ""

    @property
    def file_name(self) -> str:
        return f"pose_landmarker_{self.name}.task"

    @property
    def in_package(self) -> bool:
        return not self.url


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """Where a known model is or would be, and whether what lies there can be used."""

    model: KnownModel
    path: Path
    state: ModelState


class _Response(Protocol):
    def read(self, size: int, /) -> bytes: ...


Opener = Callable[[str], AbstractContextManager[_Response]]

# Set beside hatch_build.MODEL_SHA256; a test holds the two together.
FULL = KnownModel(
    name="full",
    about="in the package, the default",
    size_bytes=9_401_632,
    sha256="ddc076ce71242208841189ef58e1bedcef5f03a01321e48e5d747cf6195e9258",
)
_GOOGLE = "https://storage.googleapis.com/mediapipe-models/pose_landmarker"
LITE = KnownModel(
    name="lite",
    about="faster, less exact",
    size_bytes=5_777_746,
    sha256="59929e1d1ee95287735ddd833b19cf4ac46d29bc7afddbbf6753c459690d574a",
    url=f"{_GOOGLE}/pose_landmarker_lite/float16/1/pose_landmarker_lite.task",
)
HEAVY = KnownModel(
    name="heavy",
    about="several times slower, the most exact",
    size_bytes=30_664_242,
    sha256="64437af838a65d18e5ba7a0d39b465540069bc8aae8308de3e318aad31fcbc7b",
    url=f"{_GOOGLE}/pose_landmarker_heavy/float16/1/pose_landmarker_heavy.task",
)
KNOWN_MODELS = {model.name: model for model in (FULL, LITE, HEAVY)}


def resolve_model(name_or_path: str | Path = "full", *, folder: Path | None = None) -> ModelFile:
    """The model called `full`, `lite` or `heavy`, or the `.task` file at a path, checked.

    `folder` stands in for `user_models_folder()`. Raises InputError, in one line that says what to
    do, when the name is unknown or the file is missing or damaged.
    """
    text = str(name_or_path)
    model = KNOWN_MODELS.get(text)
    if model is not None:
        return _resolve_known(model, folder)
    path = Path(text).expanduser()
    if path.suffix.lower() != ".task" and not path.exists() and path.name == text:
        raise _unknown_name(text)
    return _resolve_path(path)


def list_models(*, folder: Path | None = None) -> list[ModelStatus]:
    """Every model known by name, with its state on this machine."""
    return [
        ModelStatus(model, path := model_path(model, folder), _state(model, path))
        for model in KNOWN_MODELS.values()
    ]


def get_model(
    name: str,
    *,
    on_start: Callable[[KnownModel], None] | None = None,
    on_progress: Callable[[int, int], None] | None = None,
    folder: Path | None = None,
    opener: Opener | None = None,
) -> ModelFile:
    """Fetch the model called `name` unless a good copy is there; this is the only network access.

    `on_start` is called before anything is fetched, so that the address and the size can be shown;
    `on_progress` with the bytes done and the bytes in all. `opener` stands in for urllib.
    Raises InputError when the name is unknown, the file cannot be fetched or written, or what came
    is not the pinned file; then nothing is left behind.
    """
    model = KNOWN_MODELS.get(name)
    if model is None:
        raise _unknown_name(name)
    path = model_path(model, folder)
    if model.in_package or _state(model, path) == "ready":
        return _resolve_known(model, folder)
    if on_start is not None:
        on_start(model)
    fetch(model, path, on_progress=on_progress, opener=opener)
    return ModelFile(model.name, path, model.sha256, model.size_bytes)


def fetch(
    model: KnownModel,
    path: Path,
    *,
    on_progress: Callable[[int, int], None] | None = None,
    opener: Opener | None = None,
) -> None:
    """Bring `model` to `path` whole and checked, or raise InputError and leave nothing there."""
    partial: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, partial_name = tempfile.mkstemp(
            prefix=path.name, suffix=".partial", dir=path.parent
        )
        partial = Path(partial_name)
        with os.fdopen(handle, "wb") as file:
            found_sha256, found_bytes = _download(model, file.write, on_progress, opener)
        if (found_sha256, found_bytes) != (model.sha256, model.size_bytes):
            more = " or more" if found_bytes > model.size_bytes else ""
            raise InputError(
                f"model {model.name}: what came from {model.url} is not the expected file: "
                f"expected {model.size_bytes} bytes with SHA-256 {model.sha256}, "
                f"found {found_bytes} bytes{more} with SHA-256 {found_sha256}; nothing was kept"
            )
        partial.replace(path)
    except OSError as error:
        raise InputError(
            f"model {model.name}: cannot write {path}: {error.strerror or error}; "
            "free some space there or make the folder writable"
        ) from error
    finally:
        if partial is not None:
            partial.unlink(missing_ok=True)


def user_models_folder() -> Path:
    """Where fetched models are kept for this person, outside the package."""
    import platformdirs

    return platformdirs.user_data_path("posecheck", appauthor=False) / "models"


def model_path(model: KnownModel, folder: Path | None = None) -> Path:
    """Where `model` lies or would lie."""
    home = PACKAGE_FOLDER if model.in_package else folder or user_models_folder()
    return home / model.file_name


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, in hex. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _download(
    model: KnownModel,
    write: Callable[[bytes], object],
    on_progress: Callable[[int, int], None] | None,
    opener: Opener | None,
) -> tuple[str, int]:
    """Stream the file into `write`; its SHA-256 and size. Stops once it is too large."""
    digest, done_bytes = hashlib.sha256(), 0
    for chunk in _chunks(model, opener or _open_url):
        digest.update(chunk)
        done_bytes += len(chunk)
        write(chunk)
        if on_progress is not None:
            on_progress(min(done_bytes, model.size_bytes), model.size_bytes)
        if done_bytes > model.size_bytes:
            break
    return digest.hexdigest(), done_bytes


def _chunks(model: KnownModel, opener: Opener) -> Iterator[bytes]:
    """The body of the model's address, piece by piece; a failure on the way is an InputError."""
    try:
        with opener(model.url) as response:
            while chunk := response.read(CHUNK_BYTES):
                yield chunk
    except urllib.error.HTTPError as error:
        raise InputError(
            f"model {model.name}: {model.url} answered {error.code} {error.reason}; try again later"
        ) from error
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", None) or error
        raise InputError(
            f"model {model.name}: cannot fetch {model.url}: {reason}; check the network and try "
            "again, or copy the file from another machine and pass its path with --model"
        ) from error


def _open_url(url: str) -> AbstractContextManager[_Response]:
    response: AbstractContextManager[_Response] = urllib.request.urlopen(url, timeout=TIMEOUT_S)
    return response


def _state(model: KnownModel, path: Path) -> ModelState:
    if not path.is_file():
        return "missing"
    try:
        return "ready" if sha256_of(path) == model.sha256 else "damaged"
    except OSError:
        return "damaged"


def _resolve_known(model: KnownModel, folder: Path | None) -> ModelFile:
    path = model_path(model, folder)
    if not path.is_file():
        remedy = (
            "it comes with the package: install posecheck again"
            if model.in_package
            else f"fetch it with: posecheck model get {model.name}"
        )
        raise InputError(f"model {model.name} is not at {path}; {remedy}")
    found = _checked_sha256(path)
    if found != model.sha256:
        remedy = "install posecheck again" if model.in_package else "delete it and fetch it again"
        raise InputError(
            f"model {model.name}: {path} is damaged: expected SHA-256 {model.sha256}, "
            f"found {found}; {remedy}"
        )
    return ModelFile(model.name, path, found, path.stat().st_size)


def _resolve_path(path: Path) -> ModelFile:
    if path.is_dir():
        raise InputError(f"model {path} is a folder; expected a .task file")
    if not path.is_file():
        raise InputError(
            f"no model file {path}; expected the path of a .task file, or {_known_names()}"
        )
    found = _checked_sha256(path)
    try:
        with zipfile.ZipFile(path) as archive:
            missing = TASK_ENTRIES - set(archive.namelist())
    except (zipfile.BadZipFile, OSError) as error:
        raise InputError(
            f"model {path} is not a .task file (a zip of networks); expected a pose landmarker"
        ) from error
    if missing:
        raise InputError(
            f"model {path} is not a pose landmarker: it lacks {', '.join(sorted(missing))}"
        )
    return ModelFile(path.name, path, found, path.stat().st_size)


def _checked_sha256(path: Path) -> str:
    try:
        return sha256_of(path)
    except OSError as error:
        raise InputError(f"model {path} cannot be read: {error.strerror or error}") from error


def _unknown_name(name: str) -> InputError:
    near = difflib.get_close_matches(name.lower(), KNOWN_MODELS, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]}? " if near else ""
    return InputError(
        f'unknown model "{name}": {hint}expected {_known_names()}, or the path of a .task file'
    )


def _known_names() -> str:
    *first, last = KNOWN_MODELS
    return f"{', '.join(first)} or {last}"
