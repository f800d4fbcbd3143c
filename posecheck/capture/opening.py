"""Opening a video file, or saying in one line why it cannot be read."""

from __future__ import annotations

import difflib
import os
from pathlib import Path
from typing import TYPE_CHECKING

import av
import av.error

from posecheck.core.errors import InputError

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream

KNOWN_FORMATS = "mp4, mov, webm, avi or gif"
#: FFmpeg "plays" text files as ANSI art; nobody films with these.
_TEXT_CODECS = frozenset({"ansi", "bintext", "xbin", "idf"})
_HEAD_BYTES = 4096


def open_video(path: Path) -> tuple[InputContainer, VideoStream]:
    """Opens ``path`` and its best video stream; the caller closes the container.

    Raises:
        InputError: not there, not a file, empty, not a video, cut off, or without a picture.
    """
    check_is_readable_file(path)
    # FFmpeg's own lines explain nothing to a person. Not by PyAV's `set_level`: that installs a
    # callback which needs the interpreter's lock, and a decoder thread that logs while the file
    # is being closed then waits forever.
    av.logging.set_libav_level(av.logging.PANIC)
    try:
        # Only the file itself: a playlist that calls itself .mp4 must not reach other files or
        # the network.
        container = av.open(str(path.absolute()), options={"protocol_whitelist": "file"})
    except (av.error.FFmpegError, ValueError) as error:
        raise InputError(why_unreadable(path, str(error))) from error
    try:
        return container, _picture_stream(container, path)
    except BaseException:
        container.close()
        raise


def check_is_readable_file(path: Path) -> None:
    """Raises InputError unless ``path`` is a file with something in it that we may read."""
    if not path.exists():
        raise InputError(f"{path}: no such file{_near_names(path)}")
    if path.is_dir():
        raise InputError(
            f"{path}: expected a video file, this is a folder; name the clips in it, "
            f"for example {path / '*.mp4'}"
        )
    if not path.is_file():
        raise InputError(f"{path}: expected a video file, this is a device or pipe; save it first")
    if path.stat().st_size == 0:
        raise InputError(f"{path}: the file is empty (0 bytes); copy it from the camera again")
    if not os.access(path, os.R_OK):
        raise InputError(f"{path}: no permission to read this file; change its permissions")


def why_unreadable(path: Path, detail: str) -> str:
    """One line on what the file seems to be instead of a video, from its first bytes."""
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if _looks_like_text(head):
        return f"{path}: expected a video ({KNOWN_FORMATS}), this is a text file; check the name"
    if head[4:8] in (b"ftyp", b"mdat", b"wide"):
        return (
            f"{path}: the video is cut off, its index (usually at the end) is missing; "
            "copy it from the camera again or let the recording finish"
        )
    return (
        f"{path}: expected a video ({KNOWN_FORMATS}), but it could not be read ({detail.strip()}); "
        "copy it again or convert it to mp4"
    )


def no_frames(path: Path) -> InputError:
    """The error for a file that opens as a video but does not give one picture."""
    return InputError(
        f"{path}: the video holds no readable picture; play it in a video player to check it, "
        "then copy or record it again"
    )


def _picture_stream(container: InputContainer, path: Path) -> VideoStream:
    """The first stream that is a film: neither cover art nor a text file drawn as pictures."""
    for stream in container.streams.video:
        is_cover = bool(stream.disposition & stream.disposition.attached_pic)
        codec = stream.codec_context.name if stream.codec_context is not None else None
        if codec in _TEXT_CODECS:
            raise InputError(why_unreadable(path, "text drawn as pictures"))
        if codec is None:
            raise InputError(
                f"{path}: its video codec is not supported here; convert it to H.264 mp4"
            )
        if not is_cover:
            return stream
    if container.streams.audio:
        raise InputError(
            f"{path}: expected a video, this file holds only sound; choose the video file"
        )
    raise no_frames(path)


def _looks_like_text(head: bytes) -> bool:
    if b"\0" in head:
        return False
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start > len(head) - 4 and error.start > 0  # a character cut by the sample
    return True


def _near_names(path: Path) -> str:
    folder = path.parent
    if not folder.is_dir():
        return f", and no folder {folder}; check the path"
    try:
        names = [entry.name for entry in folder.iterdir() if entry.is_file()]
    except OSError:
        return f"; the folder {folder} cannot be listed"
    lower = {name.lower(): name for name in names}
    near = difflib.get_close_matches(path.name.lower(), lower, n=3, cutoff=0.6)
    if near:
        return "; did you mean " + ", ".join(str(folder / lower[name]) for name in near) + "?"
    return f"; the folder {folder} holds no file with a name like it"
