"""Hatchling build hook: makes the pose model that the wheel carries.

`posecheck/estimate/data/pose_landmarker_full.task` is a zip of two networks that ship inside the
`mediapipe==0.10.21` wheel. pip fetches that wheel by name and checks its hash; nothing of it is
installed or imported except its two generated flatbuffer schema modules, which need only the
`flatbuffers` package. See docs/model.md.

Run `python hatch_build.py` to make the model without building anything else.
"""

from __future__ import annotations

import hashlib
import io
import os
import struct
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

MODEL_PATH = Path("posecheck/estimate/data/pose_landmarker_full.task")
MODEL_SHA256 = "ddc076ce71242208841189ef58e1bedcef5f03a01321e48e5d747cf6195e9258"

SOURCE_REQUIREMENT = "mediapipe==0.10.21"
# The networks are the same bytes in every wheel of that release, so one wheel is named outright:
# there is none for newer Pythons or some machines, and nothing in it is run but schema modules.
SOURCE_WHEEL = {
    "--platform": "manylinux_2_28_x86_64",
    "--implementation": "cp",
    "--python-version": "3.11",
    "--abi": "cp311",
}
SOURCE_WHEEL_SHA256 = "05dc4a9e593655a79558d05d6227d31018c2537a4bd3362b51e230cf22aecfe3"
SCHEMA_FOLDER = "mediapipe/tasks/metadata"

METADATA_NAME = b"TFLITE_METADATA"
ALIGNMENT_BYTES = 16  # TensorFlow Lite lays weights on 16-byte boundaries
ALIGNMENT_EXTRA_ID = 0xD935  # the extra field that zipalign uses for padding


# The offset fields of TensorFlow Lite's Model table in the order of their slots, after `version`.
MODEL_FIELDS = (
    "OperatorCodes",
    "Subgraphs",
    "Description",
    "Buffers",
    "MetadataBuffer",
    "Metadata",
    "SignatureDefs",
)


class Network(NamedTuple):
    """One network of the bundle: where it lies in the wheel and how its input is normalised."""

    entry: str
    source: str
    sha256: str
    mean: float
    std: float


NETWORKS = (
    Network(
        entry="pose_detector.tflite",
        source="mediapipe/modules/pose_detection/pose_detection.tflite",
        sha256="9ba9dd3d42efaaba86b4ff0122b06f29c4122e756b329d89dca1e297fd8f866c",
        mean=127.5,
        std=127.5,
    ),
    Network(
        entry="pose_landmarks_detector.tflite",
        source="mediapipe/modules/pose_landmark/pose_landmark_full.tflite",
        sha256="e9a5c5cb17f736fafd4c2ec1da3b3d331d6edbe8a0d32395855aeb2cdfd64b9f",
        mean=0.0,
        std=255.0,
    ),
)


class ModelBuildError(Exception):
    """The model cannot be made; the message says what to do."""


class ModelBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Makes the model before a wheel (editable or not) is put together."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        make_model(Path(self.root) / MODEL_PATH)


def make_model(path: Path) -> bool:
    """Write the model to `path` unless it is there already; tells whether it had to be made.

    Raises ModelBuildError when the networks cannot be fetched or are not the expected ones.
    """
    if path.is_file() and _sha256(path.read_bytes()) == MODEL_SHA256:
        return False
    with tempfile.TemporaryDirectory(prefix="posecheck-model-") as folder:
        data = bundle(fetch_source_wheel(Path(folder)))
    _expect_sha256(f"the finished {path.name}", data, MODEL_SHA256)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    partial.write_bytes(data)
    partial.replace(path)
    return True


def fetch_source_wheel(folder: Path) -> Path:
    """Have pip put the source wheel into `folder`, by name, wherever pip is set up to look."""
    requirements = folder / "source.txt"
    requirements.write_text(f"{SOURCE_REQUIREMENT} --hash=sha256:{SOURCE_WHEEL_SHA256}\n")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    command += ["--no-deps", "--only-binary=:all:", "--dest", str(folder)]
    command += [part for option in SOURCE_WHEEL.items() for part in option]
    command += ["--require-hashes", "--requirement", str(requirements)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    wheels = sorted(folder.glob("mediapipe-*.whl"))
    if done.returncode != 0 or not wheels:
        raise ModelBuildError(
            f"posecheck's pose model is made from two networks in the wheel of "
            f"{SOURCE_REQUIREMENT}, and pip could not fetch that wheel. Check the network and "
            f"pip's settings, then build again; or copy a finished {MODEL_PATH.name} "
            f"(SHA-256 {MODEL_SHA256}) to {MODEL_PATH}. pip said:\n{done.stderr.strip()}"
        )
    return wheels[0]


def bundle(wheel: Path) -> bytes:
    """The .task file made from `wheel`: the same bytes on every machine."""
    with zipfile.ZipFile(wheel) as archive:
        schema = _load_module(archive, f"{SCHEMA_FOLDER}/schema_py_generated.py")
        metadata_schema = _load_module(archive, f"{SCHEMA_FOLDER}/metadata_schema_py_generated.py")
        entries: list[tuple[str, bytes]] = []
        for network in NETWORKS:
            model = archive.read(network.source)
            _expect_sha256(network.source, model, network.sha256)
            if not _has_metadata(model, schema):
                metadata = normalisation_metadata(network.mean, network.std, metadata_schema)
                model = with_metadata(model, metadata, schema)
            entries.append((network.entry, model))
    return stored_zip(entries)


def normalisation_metadata(mean: float, std: float, metadata_schema: Any) -> bytes:
    """A ModelMetadata flatbuffer that tells the Tasks API to feed `(RGB - mean) / std`."""
    import flatbuffers

    options = metadata_schema.NormalizationOptionsT()
    options.mean, options.std = [mean], [std]
    unit = metadata_schema.ProcessUnitT()
    unit.optionsType = metadata_schema.ProcessUnitOptions.NormalizationOptions
    unit.options = options
    image = metadata_schema.ImagePropertiesT()
    image.colorSpace = metadata_schema.ColorSpaceType.RGB
    content = metadata_schema.ContentT()
    content.contentPropertiesType = metadata_schema.ContentProperties.ImageProperties
    content.contentProperties = image
    tensor = metadata_schema.TensorMetadataT()
    tensor.name, tensor.content, tensor.processUnits = "image", content, [unit]
    graph = metadata_schema.SubGraphMetadataT()
    graph.inputTensorMetadata = [tensor]
    metadata = metadata_schema.ModelMetadataT()
    metadata.subgraphMetadata = [graph]
    builder = flatbuffers.Builder(0)
    builder.Finish(metadata.Pack(builder), file_identifier=b"M001")
    return bytes(builder.Output())


def with_metadata(model: bytes, metadata: bytes, schema: Any) -> bytes:
    """`model` with `metadata` in a new buffer that its metadata list names TFLITE_METADATA.

    The network's own bytes stay as they are, 16-byte aligned: a new root table is laid in front
    whose fields point into them. Unpacking and packing the whole model, the usual way, moves every
    weight and takes half a minute where numpy is missing, as it is in an isolated build.
    """
    import flatbuffers

    old = schema.Model.GetRootAsModel(model, 0)
    builder = flatbuffers.Builder(len(model) + 65536)
    builder.Prep(ALIGNMENT_BYTES, len(model))
    model_end = builder.CreateByteVector(model) - 4  # less the vector's length field

    def moved(position: int) -> int:
        return int(model_end - position)

    data = builder.CreateByteVector(metadata)
    schema.BufferStart(builder)
    schema.BufferAddData(builder, data)
    buffer = schema.BufferEnd(builder)
    name = builder.CreateString(METADATA_NAME.decode())
    schema.MetadataStart(builder)
    schema.MetadataAddName(builder, name)
    schema.MetadataAddBuffer(builder, old.BuffersLength())
    entry = schema.MetadataEnd(builder)

    buffers = [moved(old.Buffers(i)._tab.Pos) for i in range(old.BuffersLength())]
    entries = [moved(old.Metadata(i)._tab.Pos) for i in range(old.MetadataLength())]
    new_fields = {
        "Buffers": _offsets(builder, [*buffers, buffer]),
        "Metadata": _offsets(builder, [*entries, entry]),
    }
    schema.ModelStart(builder)
    schema.ModelAddVersion(builder, old.Version())
    for slot, field in enumerate(MODEL_FIELDS, start=1):
        at = old._tab.Offset(4 + 2 * slot)
        if field in new_fields:
            getattr(schema, f"ModelAdd{field}")(builder, new_fields[field])
        elif at:
            position = old._tab.Indirect(old._tab.Pos + at)
            getattr(schema, f"ModelAdd{field}")(builder, moved(position))
    builder.Finish(schema.ModelEnd(builder), file_identifier=b"TFL3")
    return bytes(builder.Output())


def stored_zip(entries: list[tuple[str, bytes]]) -> bytes:
    """A zip without compression, times or system marks, each entry's data 16-byte aligned.

    MediaPipe runs the networks where they lie in the file, so they must not be compressed.
    """
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, data in entries:
            info = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            info.create_system = 3
            info.external_attr = 0o644 << 16
            data_at = out.tell() + 30 + len(name) + 4  # local header, name, head of the extra field
            padding = -data_at % ALIGNMENT_BYTES
            info.extra = struct.pack("<HH", ALIGNMENT_EXTRA_ID, padding) + bytes(padding)
            archive.writestr(info, data)
    return out.getvalue()


def _offsets(builder: Any, offsets: list[int]) -> int:
    builder.StartVector(4, len(offsets), 4)
    for offset in reversed(offsets):
        builder.PrependUOffsetTRelative(offset)
    return int(builder.EndVector())


def _has_metadata(model: bytes, schema: Any) -> bool:
    root = schema.Model.GetRootAsModel(model, 0)
    return METADATA_NAME in {root.Metadata(i).Name() for i in range(root.MetadataLength())}


def _load_module(archive: zipfile.ZipFile, member: str) -> ModuleType:
    """Run one source file of the (hash-checked) wheel as a module, without importing mediapipe."""
    module = ModuleType(Path(member).stem)
    exec(compile(archive.read(member), member, "exec"), module.__dict__)
    return module


def _expect_sha256(what: str, data: bytes, expected: str) -> None:
    found = _sha256(data)
    if found != expected:
        raise ModelBuildError(f"{what}: expected SHA-256 {expected}, found {found}")


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


if __name__ == "__main__":
    made = make_model(Path(__file__).parent / MODEL_PATH)
    print(f"{MODEL_PATH}: {'made' if made else 'there already'}")
