"""Recording a live session: append as it happens, finalise at the end.

While it runs: ``session.json``, ``poses.arrows``, ``events.jsonl`` and, if asked, a video. At the
end the poses become ``track.parquet``, the same file that a check writes, and ``session.json`` says
"finished".
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from posecheck.core.errors import InputError
from posecheck.core.pose import PoseTrack
from posecheck.session import private
from posecheck.session.info import INFO, SessionInfo
from posecheck.session.journal import Entry, JournalWriter
from posecheck.session.stream import BLOCK_S, PoseStreamWriter, read_stream

POSES, EVENTS, TRACK = "poses.arrows", "events.jsonl", "track.parquet"


class Recorder:
    """Writes one session into its own new folder; use it as a context manager.

    A disk that fills up never stops the session: recording stops, and ``failed`` says why.

    Raises:
        InputError: from the constructor, if the folder cannot be made.
    """

    def __init__(self, folder: Path, info: SessionInfo, *, block_s: float = BLOCK_S) -> None:
        self.folder = folder
        self.info = info
        self.failed: str | None = None
        self._n = 0
        self._last_s = 0.0
        self._closed = False
        try:
            private.make_folder(folder)
            private.replace_text(folder / INFO, info.model_dump_json(indent=2) + "\n")
            self._poses = PoseStreamWriter(folder / POSES, block_s=block_s)
            self._journal = JournalWriter(folder / EVENTS)
        except OSError as error:
            raise InputError(
                f"{folder}: cannot record there: {error.strerror or error}; give another folder"
            ) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close("stopped" if error is None else "stopped by an error")

    @property
    def frames(self) -> int:
        """Frames taken so far."""
        return self._n

    def frame(self, frame: PoseTrack) -> None:
        """Take one frame, a track of length one."""
        self._n += 1
        self._last_s = float(frame.t_s[0])
        self._try(lambda: self._poses.add(frame))

    def entries(self, kind: Any, items: Sequence[tuple[str, float, dict[str, Any]]]) -> None:
        """Write down what happened after the frames taken so far: (name, t_s, data) each.

        Values must be such as JSON knows.
        """
        entries = [Entry(self._n, t_s, kind, name, data) for name, t_s, data in items]
        if kind == "command":
            # After a pause or a lost camera no frame may come for long: none waits meanwhile.
            self._try(self._poses.flush)
        self._try(lambda: self._journal.add(entries))

    def _try(self, write: Any) -> None:
        if self.failed is not None or self._closed:
            return
        try:
            write()
        except OSError as error:
            self.failed = error.strerror or str(error)
            self._abandon()

    def _abandon(self) -> None:
        """Close what cannot be written any more; the reader takes it as far as it goes."""
        for file in (self._poses, self._journal):
            try:
                file.close()
            except (OSError, ValueError) as error:
                self.failed = self.failed or str(error)

    def close(self, ended: str, repetitions: dict[str, int] | None = None) -> None:
        """Finalise. Safe to call twice.

        Args:
            ended: why the session ended, in plain words.
            repetitions: counted, by side.
        """
        if self._closed:
            return
        self._try(self._poses.close)
        self._try(self._journal.close)
        self._closed = True
        if self.failed is not None:
            return
        self.info = self.info.model_copy(
            update={
                "state": "finished", "frames": self._n, "duration_s": round(self._last_s, 3),
                "ended": ended, "repetitions": repetitions or {},
            }
        )  # fmt: skip
        try:
            finalise(self.folder, self.info)
        except OSError as error:
            # The stream is whole and stays: nothing is lost but the smaller file.
            self.failed = error.strerror or str(error)


def finalise(folder: Path, info: SessionInfo) -> None:
    """Turn the stream into ``track.parquet`` and mark the session as finished.

    Raises:
        OSError: the disk is full; what was there stays.
    """
    from posecheck.outputs import write_track

    stream, final = folder / POSES, folder / TRACK
    if stream.exists():
        track, _ = read_stream(
            stream, info.camera.width_px, info.camera.height_px, track_meta(info)
        )
        temp = folder / f".{TRACK}.part"
        try:
            private.create(temp).close()
            write_track(track, temp)
            temp.replace(final)
        finally:
            temp.unlink(missing_ok=True)
    private.replace_text(folder / INFO, info.model_dump_json(indent=2) + "\n")
    stream.unlink(missing_ok=True)


def track_meta(info: SessionInfo) -> dict[str, Any]:
    return {
        "clip": info.id,
        "model": info.model.name,
        "model_sha256": info.model.sha256,
        "mode": info.model.mode,
        "posecheck": info.software_version,
    }
