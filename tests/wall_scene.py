"""Somebody at the wall, drawn: pictures, silhouettes and landmarks with everything known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import cv2
import numpy as np

from posecheck.core.pose import N_LANDMARKS, Landmark
from posecheck.estimate.live import Seen
from tests.sheet_scene import Scene

#: The leg stands this far before the sheet, cm; the sheet's right edge is the wall.
NEARER_CM = 6.0
WALL_CM = 21.0
SHOE_CM = 27.0
KNEE_UP_CM = 46.0


@dataclass(frozen=True)
class Pose:
    """One moment: cm from the wall to the toe and to the knee's front, the heel's height, and how
    far the foot is turned out about its heel."""

    toe_cm: float
    knee_cm: float
    heel_up_cm: float = 0.0
    out_deg: float = 0.0


@dataclass
class WallScene:
    """Draws poses before a camera; stands in for the pose model."""

    camera: Scene = field(default_factory=lambda: Scene(aim_cm=(-8.0, 55.0), distance_cm=250.0))
    now: Pose = field(default_factory=lambda: Pose(10.0, 17.0))
    _background: np.ndarray | None = None

    def picture(self, pose: Pose) -> np.ndarray:
        """(h, w, 3) BGR."""
        if self._background is None:
            self._background = self.camera.picture()
        shown = cv2.cvtColor(self._background, cv2.COLOR_GRAY2BGR)
        for outline, grey in self._parts(pose):
            cv2.fillPoly(shown, [self._whole(outline)], (grey, grey, grey), cv2.LINE_AA, 4)
        return shown

    def mask(self, pose: Pose) -> np.ndarray:
        """(h, w) float32 silhouette."""
        mask = np.zeros((self.camera.height_px, self.camera.width_px), np.uint8)
        for outline, _ in self._parts(pose):
            cv2.fillPoly(mask, [self._whole(outline)], 255, cv2.LINE_8, 4)
        return (cv2.GaussianBlur(mask, (0, 0), 1.0) / 255.0).astype(np.float32)

    def landmarks(self, pose: Pose) -> np.ndarray:
        """(33, 6) as the pose model gives them, right side near."""
        flat = np.zeros((N_LANDMARKS, 6), np.float32)
        tip, knee = WALL_CM - pose.toe_cm, WALL_CM - pose.knee_cm - 5.0
        near = {
            "KNEE": (knee, KNEE_UP_CM), "ANKLE": (tip - 21.0, 9.0), "HEEL": (tip - 26.0, 2.0),
            "FOOT_INDEX": (tip - 3.0, 2.0), "HIP": (knee - 12.0, 85.0),
        }  # fmt: skip
        far = {
            "KNEE": (tip - 45.0, 45.0), "ANKLE": (tip - 68.0, 14.0), "HEEL": (tip - 72.0, 9.0),
            "FOOT_INDEX": (tip - 52.0, 5.0), "HIP": (knee - 12.0, 86.0),
        }  # fmt: skip
        for side, parts in (("RIGHT", near), ("LEFT", far)):
            for part, (x, y) in parts.items():
                z = NEARER_CM if side == "RIGHT" else NEARER_CM - 18.0
                flat[Landmark[f"{side}_{part}"], :2] = self.camera.px(np.array([[x, y, z]]))[0]
        flat[:, 5] = 1.0
        return flat

    def step(self, _rgb: np.ndarray, *, t_s: float, scale: float) -> Seen:
        """What the pose model would see; ``LivePoses.step``."""
        flat = self.landmarks(self.now)
        mask = self.mask(self.now)
        size = (round(mask.shape[1] / scale), round(mask.shape[0] / scale))
        return Seen(flat, 1, cv2.resize(mask, size, interpolation=cv2.INTER_AREA))

    def load(self) -> None:
        return None

    def forget(self) -> None:
        return None

    def close(self) -> None:
        return None

    def _parts(self, pose: Pose) -> Iterator[tuple[np.ndarray, int]]:
        """Outlines in the leg's plane, cm, far ones first, with their grey."""
        tip, front = WALL_CM - pose.toe_cm, WALL_CM - pose.knee_cm
        knee = np.array([front - 5.0, KNEE_UP_CM])
        turn = np.arcsin(pose.heel_up_cm / SHOE_CM)
        about = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        shoe = np.array(
            [
                [-0.6, 0],
                [0, 0.8],
                [-0.1, 2.8],
                [-4, 5],
                [-15, 8],
                [-25, 8],
                [-27, 6],
                [-27, 1],
                [-26.4, 0],
            ]
        )
        ankle = np.array([tip, 0.0]) + np.array([-21.0, 9.0]) @ about
        yield _limb(np.array([tip - 68.0, 12.0]), np.array([front - 14.0, 80.0]), 8.0), 90
        yield _limb(knee + np.array([-12.0, 42.0]), knee, 6.0), 70
        yield _limb(ankle, knee, 4.2), 75
        yield knee + 5.0 * _circle(), 75
        along, up = (shoe @ about + [SHOE_CM, 0.0]).T
        out = np.radians(pose.out_deg)
        yield (
            np.column_stack(
                [tip - SHOE_CM + along * np.cos(out), up, NEARER_CM + along * np.sin(out)]
            ),
            40,
        )

    def _whole(self, outline: np.ndarray) -> np.ndarray:
        """Outlines without depth lie in the leg's plane."""
        depth = np.full((len(outline), 3 - outline.shape[1]), NEARER_CM)
        points = np.column_stack([outline, depth])
        whole: np.ndarray = np.rint((self.camera.px(points) - 0.5) * 16).astype(np.int32)
        return whole


def _circle() -> np.ndarray:
    turns = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    return np.column_stack([np.cos(turns), np.sin(turns)])


def _limb(first: np.ndarray, second: np.ndarray, half: float) -> np.ndarray:
    along = (second - first) / np.hypot(*(second - first))
    aside = half * np.array([-along[1], along[0]])
    return np.array([first + aside, second + aside, second - aside, first - aside])


def lunge(
    toe_cm: float, *, gap_cm: float = 0.0, heel_up_cm: float = 0.0, hold_s: float = 1.0,
    out_deg: float = 0.0, fps: float = 15.0,
) -> list[Pose]:  # fmt: skip
    """Standing, to the wall, there, and back."""
    rest = toe_cm + 7.0
    go = 0.5 - 0.5 * np.cos(np.linspace(0, np.pi, round(0.8 * fps)))
    path = np.concatenate(
        [np.zeros(round(1.2 * fps)), go, np.ones(round(hold_s * fps)), go[::-1],
         np.zeros(round(0.5 * fps))]
    )  # fmt: skip
    return [
        Pose(
            toe_cm,
            float(rest + (gap_cm - rest) * share),
            float(heel_up_cm * max(0, share - 0.5) * 2),
            out_deg,
        )
        for share in path
    ]


def step_back(from_cm: float, to_cm: float, fps: float = 15.0) -> list[Pose]:
    """The foot put elsewhere."""
    return [
        Pose(float(toe), float(toe + 7.0), 2.0)
        for toe in np.linspace(from_cm, to_cm, round(0.5 * fps))
    ]
