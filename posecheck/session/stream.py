"""The pose track while it grows: an Arrow stream in small blocks, each with its own check sum.

It is an ordinary Arrow IPC stream, which any Arrow library reads. Columns: ``t_s`` (float64),
``people_seen`` (int16), ``brightness`` (float32), ``landmarks`` (fixed list of 198 float32: for
each of the 33 landmarks x and y in pixels, x, y and z in metres, visibility; NaN where unseen) and
``foot_speed`` (fixed list of 2 float32: of the picture at the left and the right foot, pixels a
second; NaN where nobody looked; streams written before there was any lack it).
The block's metadata hold ``first``, the number of its first frame, and ``crc32`` over its columns.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from posecheck.core.closing import Closing
from posecheck.core.pose import N_LANDMARKS, PoseTrack
from posecheck.session import private

if TYPE_CHECKING:
    import pyarrow as pa

#: A block is written after so much time or so many frames, whichever comes first.
BLOCK_S = 0.5
BLOCK_FRAMES = 64
_PER_LANDMARK = 6
_WIDTH = N_LANDMARKS * _PER_LANDMARK


#: Lists of so many numbers a frame.
_LISTS = {"landmarks": _WIDTH, "foot_speed": 2}
#: Those of the first streams.
_FIRST = ("landmarks",)
Floats: TypeAlias = npt.NDArray[np.float32]


def _schema(lists: Iterable[str] = _LISTS) -> pa.Schema:
    import pyarrow as pa

    return pa.schema(
        {
            "t_s": pa.float64(),
            "people_seen": pa.int16(),
            "brightness": pa.float32(),
            **{name: pa.list_(pa.float32(), _LISTS[name]) for name in lists},
        }
    )


class PoseStreamWriter(Closing):
    """Appends frames to a new stream file; every block is handed to the system at once.

    What was handed over survives the end of this process, however sudden.

    Raises:
        OSError: from any method, when the disk is full or gone.
    """

    def __init__(self, path: Path, *, block_s: float = BLOCK_S) -> None:
        import pyarrow as pa

        self._block_s = block_s
        self._rows: list[tuple[float, int, float, Floats, Floats]] = []
        self._schema = _schema()
        self._file = private.create(path)
        self._writer = pa.ipc.new_stream(self._file, self._schema)
        self.frames = 0
        self._file.flush()

    def add(self, frame: PoseTrack) -> None:
        """Add one frame, a track of length one."""
        flat = np.empty((N_LANDMARKS, _PER_LANDMARK), np.float32)
        flat[:, :2], flat[:, 2:5] = frame.image_px[0], frame.world_m[0]
        flat[:, 5] = frame.visibility[0]
        self._rows.append(
            (float(frame.t_s[0]), int(frame.people_seen[0]), float(frame.brightness[0]),
             flat.ravel(), frame.foot_speed_px[0].astype(np.float32))
        )  # fmt: skip
        long = self._rows[-1][0] - self._rows[0][0] >= self._block_s
        # The first frame goes out alone: from then on the file can be opened, however it ends.
        if long or len(self._rows) >= BLOCK_FRAMES or not self.frames:
            self.flush()

    def flush(self) -> None:
        """Write what waits as a block."""
        import pyarrow as pa

        if not self._rows:
            return
        t_s, people, brightness, *lists = zip(*self._rows, strict=True)
        columns: list[npt.NDArray[Any]] = [
            np.array(t_s, np.float64), np.array(people, np.int16),
            np.array(brightness, np.float32), *map(np.concatenate, lists),
        ]  # fmt: skip
        arrays = [pa.array(column) for column in columns]
        arrays[-len(_LISTS) :] = [
            pa.FixedSizeListArray.from_arrays(flat, width)
            for flat, width in zip(arrays[-len(_LISTS) :], _LISTS.values(), strict=True)
        ]
        batch = pa.record_batch(arrays, schema=self._schema)
        about = {"first": str(self.frames), "crc32": f"{_crc(columns):08x}"}
        self._writer.write_batch(batch, custom_metadata=about)
        self._file.flush()
        self.frames += len(self._rows)
        self._rows.clear()

    def close(self) -> None:
        """Write the last block and the end mark. Safe to call twice."""
        if self._file.closed:
            return
        try:
            self.flush()
            self._writer.close()
            self._file.flush()
        finally:
            self._file.close()


def read_stream(
    path: Path, width_px: int, height_px: int, meta: dict[str, Any]
) -> tuple[PoseTrack, str | None]:
    """The track as far as the file goes, and why it goes no further (None: to its end).

    Only whole blocks whose check sum holds and whose times rise are taken.

    Raises:
        OSError: the file cannot be opened.
    """
    import pyarrow as pa

    parts: list[tuple[npt.NDArray[Any], ...]] = []
    problem: str | None = None
    with pa.memory_map(str(path)) if path.stat().st_size else pa.BufferReader(b"") as source:
        try:
            reader = pa.ipc.open_stream(source)
            if not any(reader.schema.equals(known) for known in (_schema(), _schema(_FIRST))):
                return _track([], width_px, height_px, meta), "its columns are not those of poses"
            while True:
                batch, about = reader.read_next_batch_with_custom_metadata()
                columns = _checked(batch, about or {}, parts)
                if columns is None:
                    problem = f"damaged after {_until(parts)}"
                    break
                parts.append(columns)
        except StopIteration:
            if not _ends_well(path):
                problem = f"cut off after {_until(parts)}"
        except (pa.ArrowException, OSError, ValueError, KeyError):
            problem = f"cut off or damaged after {_until(parts)}"
        return _track(parts, width_px, height_px, meta), problem


def _checked(
    batch: pa.RecordBatch, about: dict[bytes, bytes], before: list[tuple[npt.NDArray[Any], ...]]
) -> tuple[npt.NDArray[Any], ...] | None:
    """The block's columns, or None unless it is whole and goes on where the last one ended."""
    batch.validate(full=True)
    lists = [name for name in _LISTS if name in batch.schema.names]
    flat = [batch.column(name).flatten() for name in lists]
    whole = all(
        len(one) == batch.num_rows * _LISTS[name] and not one.null_count
        for name, one in zip(lists, flat, strict=True)
    )
    if batch.num_rows == 0 or not whole:
        return None
    columns = (
        batch.column("t_s").to_numpy(), batch.column("people_seen").to_numpy(),
        batch.column("brightness").to_numpy(), *(one.to_numpy() for one in flat),
    )  # fmt: skip
    about = {bytes(key): bytes(value) for key, value in about.items()}
    if about.get(b"crc32") != f"{_crc(columns):08x}".encode():
        return None
    if about.get(b"first") != str(sum(len(part[0]) for part in before)).encode():
        return None
    last_s = before[-1][0][-1] if before else -np.inf
    if not (np.diff(columns[0], prepend=last_s) > 0).all():
        return None
    return columns


def _ends_well(path: Path) -> bool:
    """Whether the stream's end mark is there: a cut between two blocks lacks it."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 8))
        return file.read() == b"\xff\xff\xff\xff\0\0\0\0"


def _until(parts: list[tuple[npt.NDArray[Any], ...]]) -> str:
    frames = sum(len(part[0]) for part in parts)
    return f"{frames} frames ({parts[-1][0][-1]:.1f} s)" if parts else "0 frames"


def _crc(columns: Sequence[npt.NDArray[Any]]) -> int:
    value = 0
    for column in columns:
        value = zlib.crc32(np.ascontiguousarray(column).data, value)
    return value


def _track(
    parts: list[tuple[npt.NDArray[Any], ...]], width_px: int, height_px: int, meta: dict[str, Any]
) -> PoseTrack:
    if parts:
        t_s, people, brightness, flat, *speeds = (
            np.concatenate(columns) for columns in zip(*parts, strict=True)
        )
    else:
        t_s, people = np.empty(0, np.float64), np.empty(0, np.int16)
        brightness = flat = np.empty(0, np.float32)
        speeds = []
    landmarks = flat.reshape(-1, N_LANDMARKS, _PER_LANDMARK)
    return PoseTrack(
        t_s=t_s,
        image_px=landmarks[..., :2],
        world_m=landmarks[..., 2:5],
        visibility=landmarks[..., 5],
        people_seen=people,
        brightness=brightness,
        width_px=width_px,
        height_px=height_px,
        meta=meta,
        foot_speed_px=(speeds[0] if speeds else np.empty(0, np.float32)).reshape(-1, 2),
    )
