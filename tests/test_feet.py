"""How fast the picture moves at a foot: textures that are moved by known pixels."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from scripted_poses import ScriptedPoses

from posecheck.core.pose import N_LANDMARKS, Landmark, PoseTrack
from posecheck.estimate.feet import FootFlow
from posecheck.library import load_move
from posecheck.live_session import LiveSession

#: Where the feet's landmarks are, pixels: ankle, heel, toe.
LEFT, RIGHT = ((420, 200), (415, 230), (440, 240)), ((180, 200), (175, 230), (200, 240))


def floor() -> np.ndarray:
    noise = np.random.default_rng(3).integers(0, 255, (360, 640)).astype(np.uint8)
    return np.asarray(cv2.GaussianBlur(noise, (0, 0), 2.0), np.uint8)


def with_foot(at_px: float) -> np.ndarray:
    """The floor, and before it a patch of another texture, moved to the right by ``at_px``."""
    picture = floor()
    patch = np.asarray(cv2.GaussianBlur(np.roll(floor(), 77, axis=1), (0, 0), 1.5), np.float32)
    shift = np.float32([[1, 0, at_px], [0, 1, 0]])
    moved = cv2.warpAffine(patch, shift, (640, 360))
    mask = cv2.warpAffine(np.pad(np.ones((90, 90), np.float32), ((170, 100), (370, 180))), shift,
                          (640, 360))  # fmt: skip
    return np.asarray(mask * moved + (1 - mask) * picture, np.uint8)


def landmarks(*, scale: float = 1.0) -> np.ndarray:
    points = np.full((N_LANDMARKS, 2), 100.0)
    for side, foot in (("LEFT", LEFT), ("RIGHT", RIGHT)):
        for part, place in zip(("ANKLE", "HEEL", "FOOT_INDEX"), foot, strict=True):
            points[Landmark[f"{side}_{part}"]] = place
    return points * scale


@pytest.mark.parametrize("scale", [1.0, 2.0])
@pytest.mark.parametrize("px", [0.5, 2.0, 5.0])
def test_the_foot_that_moves_is_as_fast_as_it_was_moved(px: float, scale: float) -> None:
    flow = FootFlow()
    first = flow.step(with_foot(0.0), landmarks(scale=scale), t_s=1.0, scale=scale)
    assert np.isnan(first).all()
    left, right = flow.step(with_foot(px), landmarks(scale=scale), t_s=1.1, scale=scale)
    assert left == pytest.approx(px * scale / 0.1, rel=0.2)
    assert right < 0.1 * left


def test_a_line_without_a_pattern_does_not_race() -> None:
    """Flow along it may be anything: one way alone says 719 pixels a second here."""
    flow = FootFlow()
    for k in range(2):
        noise = cv2.GaussianBlur(np.random.default_rng(k).normal(size=(360, 640)), (0, 0), 3.0)
        sole = np.where(np.arange(360) < 250, 40.0, 220.0)[:, None] + noise / noise.std()
        told = flow.step(sole.astype(np.uint8), landmarks(), t_s=0.1 * k, scale=1.0)
    assert told[0] < 100.0


def test_nothing_is_told_without_a_picture_shortly_before_or_a_foot() -> None:
    flow = FootFlow()
    flow.step(with_foot(0.0), landmarks(), t_s=0.0, scale=1.0)
    assert np.isnan(flow.step(with_foot(1.0), landmarks(), t_s=1.0, scale=1.0)).all()
    unseen = landmarks()
    unseen[Landmark.LEFT_HEEL] = np.nan
    left, right = flow.step(with_foot(2.0), unseen, t_s=1.1, scale=1.0)
    assert np.isnan(left)
    assert right >= 0.0
    smaller = np.ascontiguousarray(with_foot(2.0)[:180, :320])
    assert np.isnan(flow.step(smaller, landmarks(scale=0.5), t_s=1.2, scale=1.0)).all()


def test_a_foot_at_the_pictures_edge_is_looked_at_as_far_as_it_shows() -> None:
    flow = FootFlow()
    edge = landmarks() - [415.0, 0.0]
    flow.step(with_foot(0.0), edge, t_s=0.0, scale=1.0)
    left, _ = flow.step(with_foot(0.0), edge, t_s=0.1, scale=1.0)
    assert left == pytest.approx(0.0, abs=0.5)


def seated() -> ScriptedPoses:
    """A pose model that sees the same landmarks in every picture."""
    return ScriptedPoses(
        PoseTrack(
            t_s=np.zeros(1), image_px=landmarks()[None], world_m=np.ones((1, N_LANDMARKS, 3)),
            visibility=np.ones((1, N_LANDMARKS)), people_seen=np.ones(1, np.int16),
            brightness=np.full(1, 130.0), width_px=640, height_px=360,
        )
    )  # fmt: skip


@pytest.mark.parametrize(("move", "watched"), [("knee-rotation", True), ("standing-hip", False)])
@pytest.mark.parametrize("mirrored", [False, True])
def test_live_a_foot_is_watched_where_the_move_asks_and_keeps_its_side(
    move: str, watched: bool, mirrored: bool
) -> None:
    with LiveSession(load_move(move), draw=False, mirrored=mirrored, poses=seated()) as session:
        for k, at_px in enumerate((0.0, 2.0)):
            fed = session.feed(cv2.cvtColor(with_foot(at_px), cv2.COLOR_GRAY2BGR), 5.0 + 0.1 * k)
    assert fed is not None
    left, right = fed.pose.foot_speed_px[0]
    if not watched:
        assert np.isnan(left)
        assert np.isnan(right)
        return
    # A camera that mirrors shows the other leg.
    moving, resting = (right, left) if mirrored else (left, right)
    assert moving == pytest.approx(20.0, rel=0.2)
    assert resting < 2.0
