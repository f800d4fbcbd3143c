"""The knee-to-wall test: true centimetres, tries that count, and every reason why one does not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
import pytest

from posecheck.calibrate.find import find_sheet
from posecheck.core.errors import InputError
from posecheck.core.leg import LegSight
from posecheck.core.scale import PlaneScale, scale_from_points
from posecheck.core.shoe import _foremost_edge
from posecheck.core.wall_test import Stage, WallTest, WallView
from posecheck.core.wall_tries import Refusal, ScaleTerms, Shoe, Try, WallFrame
from posecheck.scaling import ScaleInput, paper_scale, sheet_scale
from posecheck.wall_measure import Personal, missed_notes, rules, terms_of
from posecheck.wall_reading import WallReader
from tests.sheet_scene import Scene
from tests.wall_scene import SHOE_CM, WALL_CM, Pose, WallScene, lunge, step_back

TERMS = ScaleTerms(length_error=0.01, wall_error_cm=0.4, depth_per_drop=5.0)
FPS = 15.0


# --- pictures in, centimetres out ---


def run_pictures(
    scene: WallScene, poses: Sequence[Pose], scale: PlaneScale | None = None
) -> tuple[list[Try], PlaneScale]:
    if scale is None:
        found = find_sheet([(float(k), scene.camera.picture(seed=k)) for k in range(2)])
        scale = sheet_scale(found, ScaleInput())
    test = WallTest(rules(), terms_of(scale, Personal()))
    with WallReader(scale, poses=scene) as reader:
        for k, pose in enumerate(poses):
            scene.now = pose
            test.step(reader.read(scene.picture(pose), k / FPS).frame)
    test.finish()
    return test.tries, scale


def stood(height_cm: float, roll_deg: float, azimuth_deg: float = 0.0) -> Scene:
    """The camera, so high, rolled, and behind square where the azimuth is below 0."""
    return Scene(
        aim_cm=(-8.0, 55.0), distance_cm=250.0, azimuth_deg=azimuth_deg, height_cm=height_cm,
        roll_deg=roll_deg,
    )  # fmt: skip


@pytest.mark.parametrize("height_cm", [35.0, 90.0])
def test_centimetres_are_true_and_the_heel_is_seen_to_rise(height_cm: float) -> None:
    camera = stood(height_cm, 4.0)
    tries, _ = run_pictures(
        WallScene(camera),
        [*lunge(7.0), *step_back(7.0, 10.0), *lunge(10.0), *lunge(10.0, heel_up_cm=1.5)],
    )
    assert [one.valid for one in tries] == [True, True, False]
    assert tries[2].refusals == (Refusal.HEEL_UP,)
    assert tries[2].heel_lift_cm == pytest.approx(1.5, abs=0.4)
    for one, true_cm in zip(tries[:2], (7.0, 10.0), strict=True):
        assert abs(one.toe_to_wall_cm - true_cm) <= max(one.error_cm, 0.8)
        assert abs(one.heel_lift_cm) < 0.2
        assert one.side == "right"
    assert tries[1].toe_to_wall_cm - tries[0].toe_to_wall_cm == pytest.approx(3.0, abs=0.3)


@pytest.mark.parametrize(
    ("azimuth_deg", "height_cm", "roll_deg"),
    [(0.0, 35.0, 4.0), (-12.0, 50.0, -4.0), (-15.0, 80.0, 0.0), (-20.0, 80.0, 0.0)],
)
def test_two_points_measure_from_behind_and_above_too(
    azimuth_deg: float, height_cm: float, roll_deg: float
) -> None:
    camera = stood(height_cm, roll_deg, azimuth_deg)
    first, wall = camera.px(np.array([[WALL_CM - 60.0, 0.0, 6.0], [WALL_CM, 0.0, 6.0]]))
    scale = scale_from_points(first, wall, 60.0, wall_px=wall)
    tries, _ = run_pictures(
        WallScene(camera), [*lunge(6.0), *step_back(6.0, 9.0), *lunge(9.0)], scale
    )
    assert [one.refusals for one in tries] == [(), ()]
    for one, true_cm in zip(tries, (6.0, 9.0), strict=True):
        assert abs(one.toe_to_wall_cm - true_cm) <= one.error_cm < 3.0


class BlinkingScene(WallScene):
    """A silhouette that loses the rear of the shoe as the knee sets out."""

    def mask(self, pose: Pose) -> np.ndarray:
        mask = super().mask(pose)
        if 1.0 < pose.knee_cm - pose.toe_cm < 3.0:
            heel, ankle = (
                self.camera.px(np.array([[WALL_CM - pose.toe_cm - back, 0.0, 6.0]]))[0, 0]
                for back in (SHOE_CM + 2.0, SHOE_CM - 8.0)
            )
            mask[:, round(heel) : round(ankle)] = 0.0
        return mask


def test_a_heel_that_is_lost_as_the_knee_sets_out_still_makes_a_try() -> None:
    camera = stood(90.0, 4.0)
    poses = [*lunge(7.0), *step_back(7.0, 9.5), *lunge(9.5)]
    tries, _ = run_pictures(BlinkingScene(camera), poses)
    assert [one.refusals for one in tries] == [(), ()]
    assert tries[1].toe_to_wall_cm == pytest.approx(9.5, abs=0.8)


def as_jpeg(bgr: np.ndarray, quality: int) -> np.ndarray:
    return cv2.imdecode(cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], 1)


@pytest.mark.parametrize(
    ("camera", "quality"),
    [
        (WallScene().camera, 100),
        (WallScene().camera, 25),
        (replace(WallScene().camera, width_px=640, height_px=360, distance_cm=200.0), 30),
    ],
)
def test_the_shoes_length_is_told_once_the_foot_was_moved(camera: Scene, quality: int) -> None:
    scene = WallScene(camera)
    found = find_sheet([(0.0, scene.camera.picture())])
    with WallReader(sheet_scale(found, ScaleInput()), poses=scene) as reader:
        shoes = []
        for k, pose in enumerate([*lunge(7.0), *step_back(7.0, 9.5), *lunge(9.5)]):
            scene.now = pose
            picture = as_jpeg(scene.picture(pose), quality)
            shoes.append(reader.read(picture, k / FPS).frame.shoe)
    assert not shoes[20].sure
    assert shoes[-1].sure
    assert shoes[-1].length_cm == pytest.approx(SHOE_CM, abs=0.4)


@pytest.mark.parametrize(
    ("azimuth_deg", "height_cm", "roll_deg"), [(0.0, 50.0, 4.0), (-18.0, 80.0, -4.0)]
)
def test_a_foot_that_was_turned_out_is_told_against_a_straight_one(
    azimuth_deg: float, height_cm: float, roll_deg: float
) -> None:
    camera = stood(height_cm, roll_deg, azimuth_deg)
    poses = [*lunge(7.0), *step_back(7.0, 9.5), *lunge(9.5, out_deg=25.0), *step_back(9.5, 8.0),
             *lunge(8.0, out_deg=8.0)]  # fmt: skip
    found = find_sheet([(0.0, camera.picture())])
    tries, _ = run_pictures(WallScene(camera), poses, sheet_scale(found, ScaleInput()))
    assert [one.turned_out_deg for one in tries] == pytest.approx([0.0, 25.0, 8.0], abs=5.0)
    assert [Refusal.TURNED in one.refusals for one in tries] == [False, True, False]
    assert all(1.0 < one.turned_out_error_deg < 7.0 for one in tries)
    (told,) = tries[1].reasons
    assert f"turned out, {tries[1].turned_out_deg:.0f}° further than in your straightest" in told


@pytest.mark.parametrize(("out_deg", "error_deg", "refused"), [
    (34.0, 2.0, True), (31.0, 2.0, False), (34.0, 9.0, False), (np.nan, np.nan, False),
])  # fmt: skip
def test_a_foot_is_called_turned_only_beyond_what_is_unsure_of_it(
    out_deg: float, error_deg: float, refused: bool
) -> None:
    def seen(out_deg: float, error_deg: float) -> list[WallFrame]:
        return [replace(f, foot_out_deg=(out_deg, error_deg)) for f in frames(lunge(9.0))]

    test = new()
    run(test, seen(16.0, 2.0), seen(out_deg, error_deg))
    assert [Refusal.TURNED in one.refusals for one in test.tries] == [False, refused]


def test_a_shoe_that_stood_straight_only_once_is_not_known_for_sure() -> None:
    camera = stood(80.0, 4.0)
    turned = [*lunge(7.0), *step_back(7.0, 9.5), *lunge(9.5, out_deg=25.0)]
    scene, found = WallScene(camera), find_sheet([(0.0, camera.picture())])
    with WallReader(sheet_scale(found, ScaleInput()), poses=scene) as reader:
        shoes = []
        for k, pose in enumerate([*turned, *step_back(9.5, 11.0), *lunge(11.0)]):
            scene.now = pose
            shoes.append(reader.read(scene.picture(pose), k / FPS).frame.shoe)
    assert not shoes[len(turned) - 1].sure
    assert shoes[len(turned) - 1].length_cm == pytest.approx(SHOE_CM, abs=2.5)
    assert shoes[-1].sure
    assert shoes[-1].length_cm == pytest.approx(SHOE_CM, abs=0.6)


def test_a_foot_that_stands_turned_out_is_told_so_before_it_makes_a_try() -> None:
    test = new()
    run(test, frames(lunge(8.0)))
    view = run(test, frames(lunge(9.0)[:12], out_deg=40.0))[-1]
    assert view.stage is Stage.FOOT_OUT
    assert view.prompt == "Your foot is turned out: point it straight at the wall."
    assert run(test, frames(lunge(9.0)[:12], out_deg=20.0))[-1].stage is Stage.READY
    first = new()
    assert run(first, frames(lunge(9.0)[:12], out_deg=40.0))[-1].stage is Stage.READY


def test_ringing_beyond_a_shoes_tip_is_not_its_tip() -> None:
    ahead = np.arange(22.0, 34.0, 0.1)
    edge = np.exp(-(((ahead - 27.0) / 0.25) ** 2))
    ringing = np.exp(-(((ahead - 30.5) / 0.25) ** 2))
    rows = np.array([strength * edge + 9.0 * ringing for strength in (60, 40, 14, 12, 13, 35, 22)])
    assert _foremost_edge(rows, ahead) == pytest.approx(27.0, abs=0.1)
    two = np.array([14.0 * edge + 12.0 * ringing] * 7)
    assert _foremost_edge(two, ahead) == pytest.approx(30.5, abs=0.1)
    assert np.isnan(_foremost_edge(np.vstack([rows[:2], np.zeros((5, len(ahead)))]), ahead))


# --- the machine alone ---


def leg(toe_cm: float, knee_cm: float, *, side: str = "right", far: bool = False) -> LegSight:
    """A leg as seen; cm from the wall, which is at 0."""
    return LegSight(
        side=side,  # type: ignore[arg-type]  # a side
        far_in_front=far, knee_ahead_cm=-knee_cm, toe_ahead_cm=-toe_cm,
        heel_ahead_cm=-toe_cm - SHOE_CM, wall_ahead_cm=0.0, foot_cm=18.0,
        shin_tilt_deg=35.0, behind=0.0,
    )  # fmt: skip


def frames(
    poses: Sequence[Pose], start_s: float = 0.0, *, out_deg: float = 18.0, side: str = "right",
    far: bool = False, wall: bool = True,
) -> list[WallFrame]:  # fmt: skip
    out = []
    for k, p in enumerate(poses):
        seen = leg(p.toe_cm, p.knee_cm, side=side, far=far)
        if not wall:
            seen = replace(seen, wall_ahead_cm=float("nan"))
        out.append(
            WallFrame(start_s + k / FPS, seen, p.heel_up_cm, -p.toe_cm - SHOE_CM,
                      Shoe(SHOE_CM, True), (out_deg, 2.0))
        )  # fmt: skip
    return out


def seldom(poses: Sequence[Pose], fps: float, *, after_s: float = 0.0) -> list[WallFrame]:
    """What a machine sees of poses at FPS that looks at so few pictures a second."""
    every = frames(poses)
    return [every[k] for k in range(round(after_s * FPS), len(every), round(FPS / fps))]


def steps(test: WallTest, given: Sequence[WallFrame]) -> list[WallView]:
    """Feeds frames at their own times."""
    return [test.step(frame) for frame in given]


def run(test: WallTest, *parts: list[WallFrame]) -> list[WallView]:
    """Feeds the parts one after another in time."""
    views, now = [], 0.0
    for part in parts:
        for frame in part:
            views.append(test.step(replace(frame, t_s=now)))
            now += 1 / FPS
    return views


def new(sides: str = "auto", terms: ScaleTerms = TERMS) -> WallTest:
    return WallTest(rules(), {"left": terms, "right": terms}, sides)  # type: ignore[arg-type]  # one of the three


def plain(one: Try) -> float:
    """What the numbers of the machine alone should give back: offsets taken off again."""
    return one.toe_to_wall_cm - rules().errors.tip_offset_cm


def test_three_valid_tries_end_a_side_and_six_the_test() -> None:
    test = new()
    right = [frames(lunge(toe)) for toe in (6.0, 8.0, 9.0)]
    views = run(test, *right, frames(lunge(9.0)[:12]))
    assert [one.number for one in test.tries] == [1, 2, 3]
    assert all(one.valid for one in test.tries)
    assert [plain(one) for one in test.tries] == pytest.approx([6.0, 8.0, 9.0], abs=0.15)
    assert views[-1].stage is Stage.SIDE_DONE
    assert "Now the left one: turn round" in views[-1].prompt
    left = [frames(lunge(toe), side="left") for toe in (6.0, 8.0, 9.0)]
    test = new()
    views = run(test, *right, *left, frames(lunge(9.0)[:3], side="left"))
    assert views[-1].stage is Stage.DONE
    assert views[-1].valid == {"left": 3, "right": 3}


@pytest.mark.parametrize(
    ("poses", "out_deg", "refusal"),
    [
        (lunge(9.0, heel_up_cm=1.5), 18.0, Refusal.HEEL_UP),
        (lunge(9.0, gap_cm=2.5), 18.0, Refusal.SHORT),
        (lunge(9.0, hold_s=0.1), 18.0, Refusal.NOT_HELD),
        (lunge(9.0), 37.0, Refusal.TURNED),
    ],
)
def test_a_refused_try_says_why_and_is_not_consumed(
    poses: list[Pose], out_deg: float, refusal: Refusal
) -> None:
    test = new()
    views = run(test, frames(lunge(8.0)), frames(poses, out_deg=out_deg))
    assert refusal in test.tries[1].refusals
    assert views[-1].valid["right"] == 1
    assert views[-1].last == test.tries[1]
    assert "Try 2 of 3" in run(test, frames(lunge(9.0)[:30]))[-1].prompt or test.tries[0].valid


@pytest.mark.parametrize("fps", [7.5, 5.0, 3.75, 3.0])
@pytest.mark.parametrize("after_s", [0.0, 0.1, 0.2])
def test_a_touch_of_a_second_counts_however_few_pictures_are_looked_at(
    fps: float, after_s: float
) -> None:
    test = new()
    views = steps(test, seldom([*lunge(7.0), *lunge(9.0)], fps, after_s=after_s))
    assert [one.refusals for one in test.tries] == [(), ()]
    assert [plain(one) for one in test.tries] == pytest.approx([7.0, 9.0], abs=0.2)
    # Two pictures of a knee that is still on its way do not show that it stopped short.
    assert Stage.SHORT not in {view.stage for view in views}


def test_a_touch_in_too_few_pictures_says_so_rather_than_too_quick() -> None:
    test = new()
    steps(test, seldom(lunge(9.0, hold_s=0.5), 3.0, after_s=0.1))
    assert test.tries[0].refusals == (Refusal.SELDOM,)
    quick = new()
    steps(quick, frames(lunge(9.0, hold_s=0.1)))
    assert quick.tries[0].refusals == (Refusal.NOT_HELD,)


def test_who_goes_to_the_wall_before_the_foot_was_seen_to_stand_is_told_so() -> None:
    unknown = [replace(f, rear_ahead_cm=float("nan")) for f in frames(lunge(9.0))]
    test = new()
    views = run(test, unknown[:40])
    assert test.tries == []
    assert views[-1].stage is Stage.EARLY
    assert "Too early" in views[-1].prompt
    (early_s,) = test.early_s
    assert 1.2 < early_s < 2.2
    views = run(test, unknown[:2], frames(lunge(9.0)))
    assert views[3].stage is Stage.READY
    assert [one.valid for one in test.tries] == [True]
    assert len(test.early_s) == 1


def test_a_knee_that_looks_beyond_the_wall_is_the_cameras_place_where_that_is_not_known() -> None:
    def unknown(ahead_cm: float) -> list[WallFrame]:
        seen = frames(lunge(9.0))
        legs = [replace(f.leg, knee_ahead_cm=f.leg.knee_ahead_cm + ahead_cm) for f in seen if f.leg]
        return [
            replace(f, leg=one, rear_ahead_cm=float("nan"))
            for f, one in zip(seen, legs, strict=True)
        ]

    test = new(terms=replace(TERMS, depth_per_drop=float("nan")))
    views = run(test, unknown(9.0))
    assert {view.stage for view in views} == {Stage.STAND, Stage.SKEWED}
    assert "lower, and square" in views[-1].prompt
    assert test.skewed
    (note,) = missed_notes("left.mp4", test)
    assert "less level than two points can tell" in note
    square = new(terms=replace(TERMS, depth_per_drop=float("nan")))
    run(square, frames(lunge(9.0)))
    assert missed_notes("left.mp4", square) == []


def test_a_try_seen_from_the_wrong_angle_is_refused() -> None:
    test = new()
    slanted = [replace(f, leg=replace(f.leg, behind=0.8)) for f in frames(lunge(9.0)) if f.leg]
    run(test, slanted)
    assert Refusal.ANGLE in test.tries[0].refusals


def test_a_heel_that_could_not_be_followed_is_not_called_down() -> None:
    test = new()
    blind = [replace(f, heel_lift_cm=float("nan")) for f in frames(lunge(9.0))]
    run(test, blind)
    assert test.tries[0].refusals == (Refusal.UNSEEN,)


def test_where_the_upright_is_unsure_only_another_try_makes_one_short() -> None:
    unsure = replace(TERMS, lean_error=0.08)
    test = new(terms=unsure)
    run(test, frames(lunge(9.0, gap_cm=3.0)))
    assert [one.refusals for one in test.tries] == [()]
    assert test.tries[0].shin_tilt_error_deg > 4.5
    run(test, frames(lunge(9.0)))
    assert [one.refusals for one in test.tries] == [(Refusal.SHORT,), ()]


def test_where_nothing_tells_the_cameras_place_it_is_taken_to_be_the_middle_one() -> None:
    placed, unplaced = new(), new(terms=replace(TERMS, depth_per_drop=float("nan")))
    for test in (placed, unplaced):
        run(test, frames(lunge(9.0)))
    (known,), (unknown,) = placed.tries, unplaced.tries
    middle_cm = unknown.toe_to_wall_cm - known.toe_to_wall_cm
    assert middle_cm == pytest.approx(0.3 * rules().errors.tip_behind_cm)
    assert unknown.error_cm > known.error_cm + middle_cm / 2


def test_a_knee_that_once_came_nearer_makes_the_others_short() -> None:
    test = new(terms=ScaleTerms(0.01, 3.0))
    run(test, frames(lunge(8.0, gap_cm=1.6)))
    assert test.tries[0].valid
    run(test, frames(lunge(8.0, gap_cm=1.6)), frames(lunge(8.0, gap_cm=0.0)))
    assert [one.valid for one in test.tries[-2:]] == [False, True]
    assert Refusal.SHORT in test.tries[-2].refusals


def test_a_knee_far_beyond_the_sheets_wall_makes_the_result_less_sure() -> None:
    def error_cm(gap_cm: float) -> float:
        test = new()
        run(test, frames(lunge(8.0, gap_cm=gap_cm)))
        return test.tries[0].error_cm

    assert error_cm(-0.5) == pytest.approx(error_cm(0.5), abs=0.01)
    assert error_cm(-3.0) > 1.15 * error_cm(0.5)


def test_small_movements_and_the_way_back_are_no_tries() -> None:
    sway = [Pose(9.0, 16.0 + 2.0 * np.sin(k / 5)) for k in range(90)]
    test = new()
    run(test, frames(sway))
    assert test.tries == []


def test_without_a_known_wall_the_touch_tells_it() -> None:
    test = new(terms=ScaleTerms(0.03, float("nan"), depth_per_drop=5.0))
    run(test, frames(lunge(9.0), wall=False))
    (one,) = test.tries
    assert one.valid
    assert plain(one) == pytest.approx(9.0, abs=0.2)
    assert one.error_cm > 1.0
    assert np.isnan(one.gap_cm)


def test_the_far_leg_in_front_is_told_and_not_measured() -> None:
    test = new()
    views = run(test, frames(lunge(9.0)[:20] * 2, far=True))
    assert views[-1].stage is Stage.OTHER_FOOT
    assert "nearer to the camera" in views[-1].prompt
    assert test.tries == []


def test_the_wrong_side_is_told_to_turn_round() -> None:
    views = run(new("left"), frames(lunge(9.0)[:20]))
    assert views[-1].stage is Stage.TURN
    assert "left leg" in views[-1].prompt


@pytest.mark.parametrize(
    ("poses", "stages"),
    [
        (lunge(9.0, hold_s=2.0), ["approach", "hold", "held", "back"]),
        (lunge(9.0, gap_cm=3.0, hold_s=2.0), ["approach", "short", "back"]),
        (lunge(9.0, heel_up_cm=1.5, hold_s=2.0), ["approach", "heel_up", "back"]),
    ],
)
def test_at_the_wall_it_is_told_what_is_wrong_while_it_can_be_mended(
    poses: list[Pose], stages: list[str]
) -> None:
    views = run(new(), frames(poses))
    seen = list(dict.fromkeys(view.stage.value for view in views))
    assert [stage for stage in seen if stage in stages] == stages
    assert max(view.held_s for view in views) >= 1.5
    assert views[0].held_s == views[-1].held_s == 0.0


def test_somebody_who_faces_the_camera_is_told_to_turn_the_side_to_it() -> None:
    facing = [replace(f, leg=replace(f.leg, foot_cm=3.0)) for f in frames(lunge(9.0)) if f.leg]
    test = new()
    views = run(test, facing)
    assert views[-1].stage is Stage.SIDE_ON
    assert "side to the camera" in views[-1].prompt
    assert test.tries == []


def test_a_leg_that_is_hidden_for_a_moment_changes_no_prompt() -> None:
    standing = frames([lunge(9.0)[0]] * 20)
    hidden = [WallFrame(0.0, None)] * round(0.6 * FPS)
    views = run(new(), standing, hidden, standing[:4])
    assert {view.stage for view in views[20:]} == {Stage.READY}


def test_somebody_who_walks_off_in_a_try_leaves_none() -> None:
    test = new()
    gone = [WallFrame(0.0, None)] * 30
    views = run(test, frames(lunge(9.0)[:32]), gone)
    assert test.tries == []
    assert views[-1].stage is Stage.SEEK


def test_a_try_cut_off_by_the_clips_end_counts() -> None:
    test = new()
    run(test, frames(lunge(9.0)[:45]))
    assert test.tries == []
    test.finish()
    assert test.tries[0].valid


def test_what_is_shown_is_what_the_try_says_until_the_foot_is_moved() -> None:
    test = new()
    # The knee stops 0.8 cm before the sheet's wall: the try's wall lies between the two.
    views = run(test, frames(lunge(9.0, gap_cm=0.8)), frames([Pose(9.0, 17.0)] * 20))
    (one,) = test.tries
    held = [view.toe_to_wall_cm for view in views if view.stage is Stage.HELD]
    assert held == pytest.approx([one.toe_to_wall_cm] * len(held), abs=0.05)
    after = [view.toe_to_wall_cm for view in views[-15:]]
    assert after == [one.toe_to_wall_cm] * len(after)
    back = run(test, frames([Pose(11.0, 19.0)] * 20))
    assert back[-1].toe_to_wall_cm == pytest.approx(one.toe_to_wall_cm + 2.0, abs=0.2)


def test_two_runs_of_the_same_frames_are_the_same() -> None:
    first, second = new(), new()
    parts = [frames(lunge(7.0)), frames(lunge(9.0, heel_up_cm=2.0))]
    assert run(first, *parts) == run(second, *parts)
    assert first.tries == second.tries


def test_the_corners_of_a_bare_sheet_give_a_scale_in_the_legs_plane() -> None:
    camera = Scene(distance_cm=250.0)
    corners = camera.px(np.array([[0, 29.7, 0], [21, 29.7, 0], [21, 0, 0], [0, 0, 0.0]]))
    given = ScaleInput(paper_corners=tuple(corners.ravel().tolist()), paper="a4")
    scale = paper_scale(given, (camera.width_px, camera.height_px))
    ends = scale.cm(camera.px(np.array([[9.0, 0, 6.0], [21.0, 0, 6.0]])))
    assert ends[1, 0] - ends[0, 0] == pytest.approx(12.0, abs=0.4)
    assert scale.source == "paper"
    assert scale.length_error > 0.01


def test_corners_in_the_wrong_order_are_refused() -> None:
    given = ScaleInput(paper_corners=(10, 10, 10, 90, 90, 90, 90, 10))
    with pytest.raises(InputError, match="upper left first, then clockwise"):
        paper_scale(given, (640, 480))
