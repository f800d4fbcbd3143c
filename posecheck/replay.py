"""A recorded session on the screen or as a video: the same view, drawn on what was kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic, sleep
from typing import Protocol

import cv2
import numpy as np
import numpy.typing as npt

from posecheck.core.live_view import Command
from posecheck.core.pose import PoseTrack
from posecheck.render.faces import FaceBlur
from posecheck.render.live_overlay import blank_picture, draw_live
from posecheck.render.video import AnnotatedVideo
from posecheck.session.reader import Recording
from posecheck.sessions import VIDEO, Replayed, replay

Picture = npt.NDArray[np.uint8]
KEYS = "Space: pause   |   Q: stop"
_LATE_S = 0.25
#: A recorded picture belongs to a pose if they are no further apart than this.
_SAME_S = 0.012


class Screen(Protocol):
    """Where pictures are shown and keys come from."""

    def show(self, picture: Picture) -> None: ...

    def command(self) -> Command | None: ...


def play(
    recording: Recording,
    screen: Screen,
    *,
    speed: float = 1.0,
    start_s: float = 0.0,
    blur_faces: bool = False,
    clock: Callable[[], float] = monotonic,
    wait: Callable[[float], None] = sleep,
) -> int:
    """Show the session; returns how many pictures were shown.

    Pictures that would come late are left out, so that the pace is right on any machine.
    """
    began_s: float | None = None
    shown = 0
    for t_s, drawn in _pictures(recording, start_s, blur_faces, KEYS):
        now_s = clock()
        if began_s is None:
            began_s = now_s - t_s / speed if speed else now_s
        if speed:
            ahead_s = began_s + t_s / speed - now_s
            if ahead_s < -_LATE_S:
                continue
            wait(max(0.0, ahead_s))
        screen.show(drawn())
        shown += 1
        command = screen.command()
        if command is Command.STOP:
            break
        if command is Command.PAUSE:
            paused_s = clock()
            command = _wait_for_key(screen, drawn(), wait)
            began_s += clock() - paused_s
            if command is Command.STOP:
                break
    return shown


def _wait_for_key(
    screen: Screen, picture: Picture, wait: Callable[[float], None]
) -> Command | None:
    while (command := screen.command()) not in (Command.PAUSE, Command.STOP):
        screen.show(picture)
        wait(0.03)
    return command


def write_video(
    recording: Recording, target: Path, *, blur_faces: bool = False, start_s: float = 0.0
) -> int:
    """Write the replay to ``target`` (.webm); returns how many frames.

    Raises:
        InputError: it cannot be written.
    """
    with AnnotatedVideo(target) as video:
        for t_s, drawn in _pictures(recording, start_s, blur_faces, None):
            video.write(drawn(), t_s)
    return video.frames


def _pictures(
    recording: Recording, start_s: float, blur_faces: bool, keys: str | None
) -> Iterator[tuple[float, Callable[[], Picture]]]:
    """Time since ``start_s`` and a function that draws, for every frame from ``start_s`` on."""
    track = recording.track
    grounds = _grounds(recording, start_s)
    blur = FaceBlur() if blur_faces and recording.info.video else None
    for step in replay(recording):
        t_s = float(track.t_s[step.index]) if step.index >= 0 else -1.0
        if t_s < start_s:
            continue
        ground = next(grounds)
        if blur is not None and ground is not None:
            ground = blur.apply(ground, _where_filmed(recording, step.index))
        yield t_s - start_s, _drawing(recording, step, ground, keys)


def _drawing(
    recording: Recording, step: Replayed, ground: Picture | None, keys: str | None
) -> Callable[[], Picture]:
    track, info = recording.track, recording.info
    flat = ground is None

    def draw() -> Picture:
        picture = ground if ground is not None else blank_picture(track.width_px, track.height_px)
        pose = track.slice(step.index, step.index + 1).reflected()
        return draw_live(
            picture, pose.image_px[0], pose.visibility[0], step.view, title=info.move.name,
            flip=not flat and not info.mirrored, keys=keys,
        )  # fmt: skip

    return draw


def _where_filmed(recording: Recording, index: int) -> PoseTrack:
    """The frame's landmarks on the pixels of the recorded video."""
    pose = recording.track.slice(index, index + 1)
    return pose.reflected() if recording.info.mirrored else pose


def _grounds(recording: Recording, start_s: float) -> Iterator[Picture | None]:
    """The recorded picture of each frame from ``start_s`` on, None where there is none."""
    times = recording.track.t_s[recording.track.t_s >= start_s]
    path = recording.folder / (recording.info.video or VIDEO)
    if not recording.info.video or not path.is_file():
        yield from (None for _ in times)
        return
    from posecheck.capture.files import VideoReader

    size = (recording.track.width_px, recording.track.height_px)
    with VideoReader(path) as reader:
        frames = iter(reader)
        frame = next(frames, None)
        first_s = _first_s(path)
        last: Picture | None = None
        for t_s in times:
            while frame is not None and frame.t_s + first_s <= t_s + _SAME_S:
                last = np.asarray(cv2.resize(frame.bgr, size), np.uint8)
                frame = next(frames, None)
            yield last


def _first_s(path: Path) -> float:
    """The video's own time of its first frame, which is the session's time."""
    import av

    with av.open(str(path)) as container:
        for packet in container.demux(video=0):
            if packet.pts is not None and packet.time_base is not None:
                return float(packet.pts * packet.time_base)
    return 0.0
