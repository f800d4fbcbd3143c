"""MediaPipe's PoseLandmarker behind one adapter: nothing else imports mediapipe."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np

from posecheck.core.errors import InputError
from posecheck.core.pose import N_LANDMARKS
from posecheck.estimate.poses import Float32, Poses

if TYPE_CHECKING:
    import numpy.typing as npt

Mode = Literal["image", "tracking", "unsmoothed", "smoothed"]


class PoseEstimator:
    """One landmarker: one per session and process, closed at its end.

    A landmarker inherited over ``fork`` hangs: create it in the process that uses it.
    """

    def __init__(self, model: Path, *, mode: Mode = "image", people: int = 2) -> None:
        self._mode = mode
        self._calls = 0
        self._landmarker: Any = None
        with _quiet_stderr():
            self._create(model, mode, people)
            # The first run also warns and allocates: do both here, before anything is timed.
            self._detect_raw(np.zeros((64, 64, 3), np.uint8), t_s=-1.0)

    def _create(self, model: Path, mode: Mode, people: int) -> None:
        import mediapipe as mp
        from mediapipe.tasks.python import BaseOptions, vision

        self._image = mp.Image
        self._srgb = mp.ImageFormat.SRGB
        running = vision.RunningMode.IMAGE if mode == "image" else vision.RunningMode.VIDEO
        try:
            self._landmarker = vision.PoseLandmarker.create_from_options(
                vision.PoseLandmarkerOptions(
                    base_options=BaseOptions(model_asset_path=str(model)),
                    running_mode=running,
                    num_poses=people,
                )
            )
        except (RuntimeError, ValueError, OSError) as error:
            raise InputError(
                f"{model}: expected a pose landmarker model (.task), MediaPipe refused it "
                f"({str(error).splitlines()[0]}); run 'posecheck model list' to see usable ones"
            ) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

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
        result = self._detect_raw(np.ascontiguousarray(rgb), t_s)
        height, width = rgb.shape[:2]
        return _to_poses(result, width * scale, height * scale)

    def _detect_raw(self, rgb: npt.NDArray[np.uint8], t_s: float) -> Any:
        image = self._image(image_format=self._srgb, data=rgb)
        if self._mode == "image":
            return self._landmarker.detect(image)
        self._calls += 1
        if self._mode == "unsmoothed":
            # The built-in filter fades with the time between frames: claim hours between them.
            return self._landmarker.detect_for_video(image, self._calls * 10_000_000)
        return self._landmarker.detect_for_video(image, int((t_s + 2.0) * 1000))


def _to_poses(result: Any, width_px: float, height_px: float) -> Poses:
    flat: Float32 = np.empty((len(result.pose_landmarks), N_LANDMARKS, 6), np.float32)
    for person, marks, world in zip(
        flat, result.pose_landmarks, result.pose_world_landmarks, strict=True
    ):
        person[:] = [
            (m.x * width_px, m.y * height_px, w.x, w.y, w.z, m.visibility)
            for m, w in zip(marks, world, strict=True)
        ]
    return Poses.from_flat(flat)


@contextlib.contextmanager
def _quiet_stderr() -> Iterator[None]:
    """Holds back what C++ code writes to stderr; shows it after all if an error comes out.

    MediaPipe greets with a dozen lines of warnings about itself. They bypass ``sys.stderr``, so
    the file descriptor itself is turned aside for the moment.
    """
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as aside:
        os.dup2(aside.fileno(), 2)
        try:
            yield
        except BaseException:
            os.dup2(kept, 2)
            aside.seek(0)
            os.write(2, aside.read())
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)
