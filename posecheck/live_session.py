"""A live session of one move: pictures in, state and drawn pictures out.

The one public class behind ``posecheck live`` and the web page's camera::

    with LiveSession(load_move("standing-hip"), resolve_model()) as session:
        for bgr, t_s in frames:
            fed = session.feed(bgr, t_s)
            if fed is not None:
                show(fed.picture), tell(fed.events)

It owns the pose model; it knows no camera, no window and no clock. ``feed`` may be called from one
thread while ``command`` is called from another.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import numpy.typing as npt

from posecheck.capture.frame import mean_luma
from posecheck.core.closing import Closing
from posecheck.core.conductor import Conductor
from posecheck.core.cues import Cue
from posecheck.core.live_view import Command, Event, LiveView, Plan, Stage
from posecheck.core.pose import N_LANDMARKS, PoseTrack
from posecheck.core.result import Repetition
from posecheck.core.timeline import Timeline
from posecheck.estimate.feet import FootFlow
from posecheck.estimate.live import LivePoses, PosesOfOne
from posecheck.estimate.picture import inference_picture
from posecheck.library import LoadedMove, error_bands
from posecheck.memory import give_memory_back
from posecheck.render.live_overlay import Recording, draw_live

if TYPE_CHECKING:
    from posecheck.estimate.models import ModelFile
    from posecheck.render.video import LiveVideo
    from posecheck.session.recorder import Recorder

Picture = npt.NDArray[np.uint8]

_LUMA_STEP = 16
#: Pictures between two moments at which free memory is given back: half a minute.
_TIDY_EVERY = 900
KEYS = "Space: pause   |   N: next   |   S: other side   |   Q: stop"


@dataclass(frozen=True, slots=True)
class Fed:
    """What one picture brought.

    Attributes:
        view: everything there is to show; the same values that are drawn.
        events: what happened with this frame, in order.
        picture: (h + bar, w, 3) BGR, mirrored if asked, with the overlay and the bar under it;
            None if not asked to draw.
        pose: the frame's landmarks, a track of length one.
    """

    view: LiveView
    events: list[Event]
    picture: Picture | None
    pose: PoseTrack


class LiveSession(Closing):
    """Judges one person live; see the module's docstring. Use it as a context manager.

    Args:
        loaded: the move.
        model: the pose model's file.
        plan: side, repetitions, countdown; the move's least dose by default.
        mirror: show the picture as a mirror does. Landmarks stay as the camera sees them.
        mirrored: the camera's picture is mirrored already, as some selfie cameras give it.
        draw: whether to draw at all; headless runs save the time.
        words: whether the picture says it all, or only skeleton and angle are drawn.
        recorder: keeps poses and events; None keeps nothing.
        video: keeps the camera's own pictures as well.
        on_cues: called with cues to hear, in the feeding thread.
        poses: who looks at the pictures; the model in this process if not given. Closed with this.

    Raises:
        InputError: the model cannot be used.
    """

    def __init__(
        self,
        loaded: LoadedMove,
        model: ModelFile | None = None,
        plan: Plan | None = None,
        *,
        mirror: bool = True,
        mirrored: bool = False,
        draw: bool = True,
        words: bool = True,
        recorder: Recorder | None = None,
        video: LiveVideo | None = None,
        on_cues: Callable[[Iterable[Cue]], None] | None = None,
        poses: PosesOfOne | None = None,
    ) -> None:
        self._move = loaded.move
        self.plan = plan or plan_for(loaded)
        self._conductor = Conductor(loaded.move, error_bands(), self.plan)
        self._mirror, self._mirrored, self._draw, self._words = mirror, mirrored, draw, words
        self.recorder, self._video = recorder, video
        self._on_cues = on_cues
        self._poses = poses or LivePoses(model.path if model else None)
        self._feet = FootFlow() if loaded.move.follows_feet else None
        self._timeline = Timeline()
        self._lock = threading.Lock()
        self._size: tuple[int, int] | None = None
        self._fed = 0
        self.notice: str | None = None
        self.keys: str | None = KEYS

    def close(self) -> None:
        """Free the model. The recorder is closed by whoever made it. Safe to call twice."""
        self._poses.close()

    @property
    def view(self) -> LiveView:
        """What to show now."""
        return self._conductor.view

    @property
    def repetitions(self) -> list[Repetition]:
        """Those counted so far."""
        return list(self._conductor.repetitions)

    @property
    def recording(self) -> Recording:
        if self.recorder is None:
            return "off"
        return "failed" if self.recorder.failed else "on"

    def feed(self, bgr: Picture, t_s: float) -> Fed | None:
        """Take the next picture.

        Args:
            bgr: (h, w, 3) upright, as the camera gave it.
            t_s: when it was taken, seconds of any clock.

        Returns:
            None for a picture that comes too late to have a place in time (see
            :class:`posecheck.core.timeline.Timeline`).
        """
        with self._lock:
            place = self._timeline.place(t_s)
            if place is None:
                return None
            bgr = self._sized(bgr)
            pose = self._look(bgr, place.t_s)
            if place.jumped:
                self._note("clock_jumped", place.t_s)
            if self.recorder is not None:
                self.recorder.frame(pose)
            if self._video is not None:
                self._video.offer(bgr, place.t_s)
            own = self._conductor.step(pose)
            self._pass_on(own)
            if any(event.name == "left" for event in own):
                self._poses.forget()
            self._fed += 1
            if self._fed % _TIDY_EVERY == 0:
                give_memory_back()
            picture = self._drawn(bgr, pose) if self._draw else None
            return Fed(self._conductor.view, own, picture, pose)

    def command(self, command: Command) -> list[Event]:
        """Take a command now, between two pictures; gives what happened."""
        with self._lock:
            t_s = self._timeline.now_s
            if self._conductor.view.stage is Stage.DONE:
                return []
            if self.recorder is not None:
                self.recorder.entries("command", [(command.value, t_s, {})])
            events = self._conductor.command(command, t_s)
            self._pass_on(events)
            return events

    def note(self, name: str, **data: Any) -> None:
        """Write down something about the machine; no replay repeats it."""
        with self._lock:
            self._note(name, self._timeline.now_s, **data)

    def redraw(self, bgr: Picture) -> Picture:
        """The overlay on a picture that is not judged: while paused, or without a camera."""
        with self._lock:
            return self._drawn(self._sized(bgr), None)

    # --- inside ---

    def _note(self, name: str, t_s: float, **data: Any) -> None:
        if self.recorder is not None:
            self.recorder.entries("notice", [(name, t_s, data)])

    def _pass_on(self, events: list[Event]) -> None:
        if self.recorder is not None and events:
            self.recorder.entries("event", [(e.name, e.t_s, dict(e.data)) for e in events])
        if self._on_cues is not None and self._conductor.cues:
            self._on_cues(self._conductor.cues)

    def _sized(self, bgr: Picture) -> Picture:
        """A camera that came back with another size is brought to the first one."""
        size = (int(bgr.shape[1]), int(bgr.shape[0]))
        if self._size is None:
            self._size = size
        if size != self._size:
            return np.asarray(cv2.resize(bgr, self._size), np.uint8)
        return bgr

    def _look(self, bgr: Picture, t_s: float) -> PoseTrack:
        """The frame's landmarks, left and right as they really are."""
        height, width = bgr.shape[:2]
        rgb, scale = inference_picture(bgr)
        seen = self._poses.step(rgb, t_s=t_s, scale=scale)
        flat = np.full((N_LANDMARKS, 6), np.nan, np.float32)
        flat[:, 5] = 0.0
        if seen.person is not None:
            flat[:] = seen.person
        speeds = np.full(2, np.nan)
        if self._feet is not None:
            gray = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.uint8)
            speeds = self._feet.step(gray, flat[:, :2], t_s=t_s, scale=scale)
        pose = PoseTrack(
            t_s=np.array([t_s]),
            image_px=flat[None, :, :2],
            world_m=flat[None, :, 2:5],
            visibility=flat[None, :, 5],
            people_seen=np.array([seen.people], np.int16),
            brightness=np.array([mean_luma(rgb, "rgb", _LUMA_STEP)], np.float32),
            width_px=width,
            height_px=height,
            foot_speed_px=speeds[None],
        )
        return pose.mirrored() if self._mirrored else pose

    def _drawn(self, bgr: Picture, pose: PoseTrack | None) -> Picture:
        if pose is not None and self._mirror:
            pose = pose.reflected()
        return draw_live(
            bgr,
            None if pose is None else pose.image_px[0],
            None if pose is None else pose.visibility[0],
            self._conductor.view,
            title=self._move.name,
            # A camera that mirrors, mirrored again, shows the world as it is.
            flip=self._mirror != self._mirrored,
            keys=self.keys,
            recording=self.recording,
            notice=self.notice,
            words=self._words,
        )


def plan_for(loaded: LoadedMove, side: Any = "auto", repetitions: int | None = None) -> Plan:
    """What a move asks for: the least repetitions of its dose unless told otherwise."""
    return Plan(side=side, repetitions=repetitions or max(1, loaded.move.dose.repetitions[0]))


def view_json(view: LiveView) -> dict[str, Any]:
    """A view in plain JSON values."""
    return asdict(view)
