"""The overlay on frames: what is drawn, and that nothing can make it fail or leave the frame."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from render_factory import standing_px

from posecheck.core.table import FrameState, State
from posecheck.render import text
from posecheck.render.marks import mark_for, split_column
from posecheck.render.overlay import draw_overlay
from posecheck.render.skeleton import draw_skeleton

SURE = np.ones(33)
HOLDING = FrameState(
    State.HOLDING,
    side="left",
    repetition=2,
    phase_id="lower",
    phase_name="Lower to 90",
    hold_s=1.2,
    hold_target_s=2.0,
    headline="hip_flexion_left_deg",
    cue="Stand tall",
)


def frame(width: int = 540, height: int = 960, level: int = 128) -> np.ndarray:
    return np.full((height, width, 3), level, np.uint8)


def drawn(state: FrameState, value: float | None = 92.0, **kwargs: object) -> np.ndarray:
    bgr = frame()
    draw_overlay(bgr, standing_px(), SURE, state, value, 5.0, label="Hip flexion", **kwargs)
    return bgr


@settings(deadline=None, max_examples=60)
@given(
    points=hnp.arrays(
        np.float64, (33, 2), elements=st.floats(allow_nan=True, allow_infinity=True, width=64)
    ),
    visibility=hnp.arrays(np.float64, (33,), elements=st.floats(0, 1) | st.just(np.nan)),
    state=st.sampled_from(list(State)),
    side=st.sampled_from(["left", "right", None]),
    headline=st.sampled_from(
        ["hip_flexion_left_deg", "knee_over_toe_right_pct", "trunk_lean_deg", "unknown_deg", None]
    ),
    value=st.none() | st.floats(allow_nan=True, allow_infinity=True),
    size=st.sampled_from([(540, 960), (960, 540), (153, 120), (64, 48), (2, 2)]),
)
def test_any_landmarks_draw_inside_the_frame(
    points, visibility, state, side, headline, value, size
) -> None:
    border = 8
    width, height = size
    canvas = np.full((height + 2 * border, width + 2 * border, 3), 77, np.uint8)
    inside = canvas[border:-border, border:-border]
    now = FrameState(
        state, side, 1, "a", "Side hold", 1.0, 2.0, headline, "Breathe", "a joint was hidden"
    )
    draw_overlay(inside, points, visibility, now, value, value, label="Hip flexion")
    canvas[border:-border, border:-border] = 77
    assert (canvas == 77).all()


@settings(deadline=None, max_examples=40)
@given(
    x=st.floats(-3000, 3000), y=st.floats(-3000, 3000), joint=st.integers(0, 32),
    headline=st.sampled_from(["hip_abduction_left_deg", "straightness_left_deg",
                              "ankle_dorsiflexion_left_deg", "heel_lift_left_deg"]),
)  # fmt: skip
def test_one_stray_joint_never_breaks_the_picture(x, y, joint, headline) -> None:
    points = standing_px()
    points[joint] = x, y
    now = FrameState(State.MOVING, "left", 1, "a", "Open", headline=headline)
    draw_overlay(frame(), points, SURE, now, 12.0, 4.0)


def test_left_and_right_differ_in_shape_not_only_in_colour() -> None:
    """Left joints are filled, right ones hollow: the middle of the joint tells."""
    bgr = frame()
    points = standing_px()
    draw_skeleton(bgr, points, SURE, working=None)
    left_x, left_y = points[15].astype(int)
    right_x, right_y = points[16].astype(int)
    assert bgr[left_y, left_x].max() > 150
    assert bgr[right_y, right_x].max() < 80


def test_a_guessed_joint_hangs_on_a_dotted_line() -> None:
    sure, guessed = frame(), frame()
    visibility = SURE.copy()
    visibility[13] = 0.2
    draw_skeleton(sure, standing_px(), SURE, "left")
    draw_skeleton(guessed, standing_px(), visibility, "left")
    assert (guessed != 128).sum() < (sure != 128).sum()


def test_an_unmeasured_angle_is_not_drawn_and_said_so() -> None:
    measured, unmeasured = drawn(HOLDING), drawn(HOLDING, value=float("nan"))
    hip_to_knee = np.s_[300:620, 250:540]
    assert (measured[hip_to_knee] != unmeasured[hip_to_knee]).any()
    top_left = np.s_[:180, :360]
    assert (measured[top_left] != unmeasured[top_left]).any()


def test_the_hold_ring_fills_with_time() -> None:
    def bright(hold_s: float) -> int:
        ring = drawn(FrameState(State.HOLDING, hold_s=hold_s, hold_target_s=2.0))[:150, -150:]
        return int((ring.astype(int).max(axis=2) > 180).sum())

    assert bright(0.1) < bright(1.0) < bright(1.9)


@pytest.mark.parametrize("state", [State.LOST, State.PAUSED])
def test_an_interruption_frames_the_picture_and_hides_the_cue(state: State) -> None:
    stopped = FrameState(state, cue="Stand tall", reason="a joint was hidden")
    edge = drawn(stopped)[0, 100]
    assert (edge != 128).any()
    silent = FrameState(state, cue=None, reason="a joint was hidden")
    assert (drawn(stopped) == drawn(silent)).all()


@pytest.mark.parametrize("level", [0, 255])
def test_text_reads_on_dark_and_on_light_footage(level: int) -> None:
    bgr = frame(level=level)
    text.outlined("104°", 40, (255, 255, 255)).paste(bgr, 10, 10)
    assert bgr.max() > 240
    assert bgr.min() < 50


def test_text_knows_the_degree_sign_and_plus_minus() -> None:
    assert text.text_mask("104°", 30).shape[1] > text.text_mask("104", 30).shape[1]
    assert (text.text_mask("°", 30) != text.text_mask("?", 30)[:, :1]).any()
    assert text.text_mask("± 6°", 30).any()


def test_pillow_stands_in_where_opencv_has_no_truetype(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(text.cv2, "FontFace", raising=False)
    text.text_mask.cache_clear()
    try:
        mask = text.text_mask("Hip 104° ± 6°, “tall”", 28)
    finally:
        text.text_mask.cache_clear()
    assert mask.shape[0] == round(28 * 1.32)
    assert mask.any()


def test_a_long_cue_wraps_and_a_longer_one_is_cut() -> None:
    lines = text.wrap("word " * 60, 30, 400, 3)
    assert len(lines) == 3
    assert lines[-1].endswith("...")
    assert all(text.text_width(line, 30) <= 400 for line in lines)


@pytest.mark.parametrize(
    ("column", "parts"),
    [
        ("hip_flexion_left_deg", ("hip_flexion", "left", "deg")),
        ("trunk_lean_deg", ("trunk_lean", None, "deg")),
        ("knee_over_toe_right_pct", ("knee_over_toe", "right", "pct")),
    ],
)
def test_a_column_name_comes_apart(column: str, parts: tuple[str, str | None, str]) -> None:
    assert split_column(column) == parts


def test_the_arc_spans_the_angle_that_is_meant() -> None:
    """Thigh level in front of an upright trunk: 90 degrees from straight down."""
    points = np.full((33, 2), 100.0)
    points[[11, 12]] = 200.0, 100.0
    points[[23, 24]] = 200.0, 300.0
    points[25] = 320.0, 300.0
    mark = mark_for("hip_flexion_left_deg", points, 40.0)
    assert mark is not None
    assert mark.arc is not None
    assert abs(mark.arc.sweep_deg) == pytest.approx(90.0)
