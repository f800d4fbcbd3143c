"""MediaPipe's PoseLandmarker behind one adapter: nothing else imports mediapipe."""

from __future__ import annotations

import contextlib
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from posecheck.core.closing import Closing
from posecheck.core.errors import InputError
from posecheck.core.pose import N_LANDMARKS
from posecheck.estimate.poses import Float32, Poses

if TYPE_CHECKING:
    import numpy.typing as npt

#: How the model looks at a sequence (measured in docs/pose.md):
#: "one": one person, tracked from frame to frame, built-in smoothing undone; the fastest.
#: "several": up to ``people`` people, tracked, never smoothed.
#: "still": every frame for itself, so that any split of a clip gives the same result.
#: "smoothed": one person with MediaPipe's own smoothing, which lags; for comparison.
Mode = Literal["one", "several", "still", "smoothed"]

#: The built-in One Euro filter fades with the time between two frames. Claiming hours between
#: frames leaves 0.0003 of a step behind; claiming years after ``forget()`` leaves less of the
#: past than a float32 can hold.
_FRAME_STEP_MS = 10**7
_FORGET_STEP_MS = 10**11
#: Filters count int64 nanoseconds; past this an estimator starts anew (8 hours of frames, or
#: about 80 times ``forget()``).
_LAST_STAMP_MS = 9 * 10**12
#: The built-in smoothing of visibility knows no time: new = 0.9 old + 0.1 raw. It is inverted.
_VISIBILITY_ALPHA = 0.1
#: What MediaPipe and its libraries say about themselves on stderr.
_CHATTER = re.compile(
    rb"^(?:[WI]\d{4} [\d:.]+ |[WI]\d{4} \d\d:|INFO: |WARNING: All log messages before absl)"
)
#: As many float32 as fill the 16 bytes that MediaPipe aligns a row to.
_ROW_PX = 4
_BLANK = np.zeros((64, 64, 3), np.uint8)


class PoseEstimator(Closing):
    """One landmarker: one per session and process, closed at its end.

    A landmarker inherited over ``fork`` hangs: create it in the process that uses it.

    Args:
        model: a .task file.
        mode: see ``Mode``.
        people: most people to look for; 1 in the modes "one" and "smoothed".
        masks: whether to give everybody's silhouette too; costs a few milliseconds a frame.

    Raises:
        InputError: MediaPipe does not take the model.
    """

    def __init__(
        self, model: Path, *, mode: Mode = "one", people: int = 1, masks: bool = False
    ) -> None:
        if people < 1 or (people > 1 and mode in ("one", "smoothed")):
            raise ValueError(f"PoseEstimator: mode {mode!r} with {people} people")
        self._model = model
        self._mode: Mode = mode
        self._people = people
        self._masks = masks
        self._landmarker: Any = None
        self._announced = False
        self._start()

    def _start(self) -> None:
        self._stamp_ms = 0
        self._tracks = False
        self._visibility_state: npt.NDArray[np.float64] | None = None
        with _without_chatter():
            self._create(self._model, self._mode, self._people)

    def _start_anew(self) -> None:
        """A fresh landmarker in place of this one; loading takes 0.1 s."""
        self.close()
        self._start()

    def _create(self, model: Path, mode: Mode, people: int) -> None:
        import mediapipe as mp
        from mediapipe.tasks.python import BaseOptions, vision

        self._image = mp.Image
        self._srgb = mp.ImageFormat.SRGB
        running = vision.RunningMode.IMAGE if mode == "still" else vision.RunningMode.VIDEO
        try:
            self._landmarker = vision.PoseLandmarker.create_from_options(
                vision.PoseLandmarkerOptions(
                    base_options=BaseOptions(model_asset_path=str(model)),
                    running_mode=running,
                    num_poses=people,
                    output_segmentation_masks=self._masks,
                )
            )
        except (RuntimeError, ValueError, OSError) as error:
            raise InputError(
                f"{model}: expected a pose landmarker model (.task), MediaPipe refused it "
                f"({str(error).splitlines()[0]}); run 'posecheck model list' to see usable ones"
            ) from error

    def close(self) -> None:
        """Frees the model. Safe to call twice."""
        if self._landmarker is not None:
            self._landmarker.close()
            self._landmarker = None

    def detect(self, rgb: npt.NDArray[np.uint8], *, t_s: float, scale: float = 1.0) -> Poses:
        """Everybody seen in one upright frame.

        Args:
            rgb: (h, w, 3) red, green, blue.
            t_s: the frame's time; must rise in the modes that track.
            scale: original pixels per pixel of ``rgb``.
        """
        if self._landmarker is None:  # MediaPipe itself would silently see nobody
            raise RuntimeError("PoseEstimator: detect() after close(); create a new one")
        if self._stamp_ms > _LAST_STAMP_MS:
            self._start_anew()
        height, width = rgb.shape[:2]
        shown = _with_even_rows(rgb) if self._masks else np.ascontiguousarray(rgb)
        if self._announced:
            result = self._detect_raw(shown, t_s)
        else:  # the last of its greetings comes with the first person
            with _without_chatter():
                result = self._detect_raw(shown, t_s)
            self._announced = bool(result.pose_landmarks)
        poses = _to_poses(result, shown.shape[1] * scale, height * scale, mask_width_px=width)
        self._tracks = len(poses) > 0 and self._mode != "still"
        return self._with_raw_visibility(poses) if self._mode == "one" else poses

    def forget(self) -> None:
        """Drops whom it tracks, so that the next frame is treated as a first one."""
        if self._tracks:
            self._detect_raw(_BLANK, t_s=0.0)
            self._tracks = False
        self._stamp_ms += _FORGET_STEP_MS
        if self._stamp_ms > _LAST_STAMP_MS:
            self._start_anew()

    def _with_raw_visibility(self, poses: Poses) -> Poses:
        """Undoes the built-in smoothing of visibility (exact to about 1e-6)."""
        if not len(poses):
            return poses
        smoothed = poses.visibility[0].astype(np.float64)
        before = self._visibility_state
        self._visibility_state = smoothed
        if before is None:
            return poses
        raw = (smoothed - (1.0 - _VISIBILITY_ALPHA) * before) / _VISIBILITY_ALPHA
        visibility = np.clip(raw, 0.0, 1.0).astype(np.float32)[None]
        return replace(poses, visibility=visibility)

    def _detect_raw(self, rgb: npt.NDArray[np.uint8], t_s: float) -> Any:
        image = self._image(image_format=self._srgb, data=rgb)
        if self._mode == "still":
            return self._landmarker.detect(image)
        self._stamp_ms += _FRAME_STEP_MS
        stamp_ms = round(t_s * 1000) if self._mode == "smoothed" else self._stamp_ms
        return self._landmarker.detect_for_video(image, stamp_ms)


def _with_even_rows(rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """The picture, its last column repeated until it is a multiple of four pixels wide.

    A silhouette is float32, and MediaPipe aligns its rows to 16 bytes. One whose rows are filled
    up cannot be read: MediaPipe 0.10.31 ends the whole process.
    """
    missing_px = -rgb.shape[1] % _ROW_PX
    return np.ascontiguousarray(np.pad(rgb, ((0, 0), (0, missing_px), (0, 0)), "edge"))


def _to_poses(result: Any, width_px: float, height_px: float, *, mask_width_px: int) -> Poses:
    flat: Float32 = np.empty((len(result.pose_landmarks), N_LANDMARKS, 6), np.float32)
    for person, marks, world in zip(
        flat, result.pose_landmarks, result.pose_world_landmarks, strict=True
    ):
        person[:] = [
            (m.x * width_px, m.y * height_px, w.x, w.y, w.z, m.visibility)
            for m, w in zip(marks, world, strict=True)
        ]
    masks = result.segmentation_masks or ()
    return replace(
        Poses.from_flat(flat),
        masks=tuple(
            np.array(mask.numpy_view(), np.float32).squeeze()[:, :mask_width_px] for mask in masks
        ),
    )


@contextlib.contextmanager
def _without_chatter() -> Iterator[None]:
    """Holds back what C++ code writes to stderr, then shows all of it but the known chatter.

    MediaPipe greets with a dozen lines about itself. They bypass ``sys.stderr``, so the file
    descriptor itself is turned aside for the moment. Where stderr is closed nothing is done.
    """
    sys.stderr.flush()
    try:
        kept = os.dup(2)
    except OSError:
        yield
        return
    with tempfile.TemporaryFile() as aside:
        os.dup2(aside.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            aside.seek(0)
            for line in aside:
                if not _CHATTER.match(line):
                    os.write(2, line)
