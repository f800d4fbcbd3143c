"""Frames and results as bytes on a pipe between a parent and its worker processes."""

from __future__ import annotations

import pickle
import struct
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

_HEADER = struct.Struct("<qddqq?")  # index, t_s, scale, height, width, starts_block
_LENGTH = struct.Struct("<q")
#: A worker's first message, once its model is loaded.
READY = "ready"


@dataclass(frozen=True, slots=True)
class Job:
    """One frame to look at. ``rgb``: (h, w, 3)."""

    index: int
    t_s: float
    rgb: npt.NDArray[np.uint8]
    scale: float
    starts_block: bool


def send_job(pipe: BinaryIO, job: Job) -> None:
    """Writes one frame; blocks until the other side has taken it."""
    height, width = job.rgb.shape[:2]
    pipe.write(_HEADER.pack(job.index, job.t_s, job.scale, height, width, job.starts_block))
    pipe.write(np.ascontiguousarray(job.rgb).data.cast("B"))
    pipe.flush()


def receive_job(pipe: BinaryIO) -> Job | None:
    """Reads one frame; None when the other side has closed the pipe."""
    header = pipe.read(_HEADER.size)
    if len(header) < _HEADER.size:
        return None
    index, t_s, scale, height, width, starts_block = _HEADER.unpack(header)
    rgb = np.empty((height, width, 3), np.uint8)
    if not _read_into(pipe, rgb.data.cast("B")):
        return None
    return Job(index, t_s, rgb, scale, starts_block)


def send_object(pipe: BinaryIO, value: Any) -> None:
    """Writes a small object of plain values and arrays."""
    data = pickle.dumps(value, protocol=5)
    pipe.write(_LENGTH.pack(len(data)))
    pipe.write(data)
    pipe.flush()


def receive_object(pipe: BinaryIO) -> Any:
    """Reads what ``send_object`` wrote.

    Raises:
        EOFError: the other side has closed the pipe or ended.
    """
    length = pipe.read(_LENGTH.size)
    if len(length) < _LENGTH.size:
        raise EOFError
    data = pipe.read(_LENGTH.unpack(length)[0])
    return pickle.loads(data)  # from our own child only


def _read_into(pipe: BinaryIO, view: memoryview) -> bool:
    done = 0
    while done < len(view):
        got = pipe.readinto(view[done:])  # type: ignore[attr-defined]
        if not got:
            return False
        done += got
    return True
