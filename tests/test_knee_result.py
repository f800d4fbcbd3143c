"""What a knee-to-wall test tells: both legs, their difference, what was before, and every refusal
of the command."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest
from sqlalchemy.engine import URL
from typer.testing import CliRunner

from posecheck import wall_window
from posecheck.calibrate.find import find_sheet
from posecheck.capture.camera import CameraState
from posecheck.cli import app
from posecheck.core.errors import InputError
from posecheck.core.wall_tries import Refusal, Try
from posecheck.render.live_overlay import bar_px
from posecheck.saving import save_session
from posecheck.scaling import ClipScale, ScaleInput, points_scale, sheet_scale
from posecheck.store.opening import Store
from posecheck.store.reading import points, recall
from posecheck.wall_files import write_test
from posecheck.wall_keep import (
    OFFSET_KEY,
    compared,
    recalled,
    remember_personal,
    session_of_test,
)
from posecheck.wall_live import LiveWall, draw_wall
from posecheck.wall_measure import (
    ClipTries,
    Personal,
    Tape,
    build_result,
    check_personal,
    coarse_note,
)
from tests.sheet_scene import Scene
from tests.videos import write_clip
from tests.wall_scene import WallScene, lunge, step_back

POINTS = ScaleInput(points=(100.0, 500.0, 700.0, 500.0, 60.0), wall=(720.0, 500.0))


def a_try(side: str, toe_cm: float, *refusals: Refusal, tilt_deg: float = 35.0) -> Try:
    return Try(
        side=side, number=1, start_s=1.0, end_s=4.0, held_s=(2.0, 3.0), toe_to_wall_cm=toe_cm,
        error_cm=0.9, shin_tilt_deg=tilt_deg, shin_tilt_error_deg=3.0, heel_lift_cm=0.0,
        gap_cm=0.3, off_square_deg=5.0, turned_out_deg=0.0, turned_out_error_deg=3.0,
        refusals=refusals,
    )  # fmt: skip


def clip_tries(*tries: Try, clip: str = "clip.mp4", notes: tuple[str, ...] = ()) -> ClipTries:
    found = ClipScale(points_scale(POINTS), None)
    still = {2.5: np.full((540, 960, 3), 90, np.uint8)}
    return ClipTries(Path(clip), found, list(tries), list(notes), 12.0, still)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(URL.create("sqlite", database=str(tmp_path / "history.db"))) as opened:
        yield opened


# --- one test ---


def test_the_best_valid_try_of_a_leg_counts() -> None:
    result = build_result(
        [clip_tries(a_try("left", 8.0), a_try("left", 12.0, Refusal.HEEL_UP), a_try("left", 10.2))],
        Personal(),
    )
    assert result.toe_to_wall_left_cm.value == 10.2
    assert result.toe_to_wall_left_cm.valid
    assert [one.best for one in result.tries] == [False, False, True]
    assert [one.number for one in result.tries] == [1, 2, 3]
    assert "Left: toe to wall 10.2 cm ± 0.9" in result.verdict[0]
    assert "no pass mark" in result.verdict[-2]
    assert "turned out in every try alike" in result.verdict[-1]


def test_a_leg_without_a_valid_try_has_no_number_but_a_reason() -> None:
    result = build_result([clip_tries(a_try("left", 12.0, Refusal.HEEL_UP))], Personal())
    assert result.toe_to_wall_left_cm.value is None
    assert "heel came up" in result.toe_to_wall_left_cm.reason
    unseen = "No try of the right leg was seen: measure it too, to compare both."
    assert result.toe_to_wall_right_cm.reason == unseen
    assert result.toe_to_wall_difference_cm.value is None
    assert not result.tries[0].valid
    assert result.tries[0].toe_to_wall_cm.value == 12.0


def test_only_the_legs_that_were_asked_for_are_named() -> None:
    one = build_result([clip_tries(a_try("left", 10.2))], Personal(), "left")
    assert one.named_sides == ["left"]
    assert not any("Right" in line or "right" in line for line in one.verdict)
    # A leg that was tried all the same is not passed over.
    other = build_result([clip_tries(a_try("left", 10.2), a_try("right", 9.0))], Personal(), "left")
    assert other.named_sides == ["left", "right"]
    both = build_result([clip_tries(a_try("left", 10.2))], Personal())
    assert any(line.startswith("Right: No try of the right leg was seen") for line in both.verdict)
    # The first line is the report's headline: what was measured, whichever leg it is.
    right = build_result([clip_tries(a_try("right", 9.0))], Personal())
    assert right.verdict[0].startswith("Right: toe to wall 9.0 cm")
    assert right.verdict[1].startswith("Left: No try of the left leg was seen")


@pytest.mark.parametrize(
    ("right_cm", "says"),
    [(9.5, "too little to tell"), (8.2, "as in many healthy people"), (7.0, "when it repeats")],
)
def test_sides_differ_only_beyond_what_can_be_told(right_cm: float, says: str) -> None:
    result = build_result([clip_tries(a_try("left", 10.0), a_try("right", right_cm))], Personal())
    assert result.toe_to_wall_difference_cm.value == pytest.approx(10.0 - right_cm, abs=0.05)
    assert any(says in line for line in result.verdict)
    if right_cm < 9:
        assert any("more on the left" in line for line in result.verdict)


def test_one_tape_reading_sets_the_others_right_and_is_remembered(store: Store) -> None:
    given = Personal(tape=Tape("left", 11.0))
    result = build_result([clip_tries(a_try("left", 10.0), a_try("right", 8.0))], given)
    assert result.toe_to_wall_left_cm.value == 11.0
    assert result.toe_to_wall_right_cm.value == 9.0
    remember_personal(store, None, result, given)
    assert recall(store, None, OFFSET_KEY) == pytest.approx(1.0)
    again = recalled(store, None, Personal())
    assert again.offset_cm == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("tape", "says"),
    [
        (Tape("left", 20.0), "too far apart to be the same"),
        (Tape("right", 9.0), "no try of the right leg counted"),
    ],
)
def test_a_tape_reading_that_fits_no_try_is_refused(tape: Tape, says: str) -> None:
    with pytest.raises(InputError, match=says):
        build_result([clip_tries(a_try("left", 10.0))], Personal(tape=tape))


@pytest.mark.parametrize(
    ("personal", "says"),
    [
        (Personal(tape=Tape("left", -3.0)), "expected 0.5 to 30 cm, got -3"),
        (Personal(tape=Tape("left", 105.0)), "expected 0.5 to 30 cm, got 105"),
        (Personal(shoe_cm=270.0), "expected 15 to 36 cm, got 270"),
    ],
)
def test_impossible_lengths_are_refused(personal: Personal, says: str) -> None:
    with pytest.raises(InputError, match=says):
        check_personal(personal)


# --- against earlier ones ---


def test_a_change_is_real_only_beyond_its_mdc(store: Store) -> None:
    today = datetime(2026, 5, 20, 9, tzinfo=UTC)
    for days, toe_cm in ((60, 7.0), (7, 9.4)):
        old = build_result([clip_tries(a_try("left", toe_cm))], Personal())
        when = today - timedelta(days=days)
        save_session(session_of_test(old, taken_at=when), store=store)
    now = compared(store, None, build_result([clip_tries(a_try("left", 10.0))], Personal()), today)
    by = {(one.measure, one.against): one for one in now.compared}
    last, base = (by["toe_to_wall_left_cm", name] for name in ("last time", "baseline"))  # type: ignore[index]
    assert (last.change, last.verdict) == (0.6, "no change that can be told")
    assert (base.change, base.verdict) == (3.0, "real change")
    assert base.least_real == 1.9
    assert any("against baseline (2026-03-21): +3.0 cm, real change" in x for x in now.verdict)
    assert [p.value for p in points(store, "toe_to_wall_left_cm")] == [7.0, 9.4]


def test_refused_tries_are_kept_but_make_no_progress(store: Store) -> None:
    result = build_result([clip_tries(a_try("left", 12.0, Refusal.SHORT))], Personal())
    record = session_of_test(result, taken_at=datetime(2026, 5, 20, tzinfo=UTC))
    save_session(record, store=store)
    assert points(store, "toe_to_wall_left_cm") == []
    assert record.repetitions[0].faults == ("short",)
    assert not record.repetitions[0].complete


# --- files ---


def test_the_folder_holds_report_pictures_and_numbers(tmp_path: Path) -> None:
    tests = [clip_tries(a_try("left", 8.0, Refusal.SHORT), a_try("right", 9.3), clip="a<b>.mp4")]
    result = build_result(tests, Personal())
    folder = write_test(tests, result, tmp_path, "out")
    assert sorted(p.name for p in folder.iterdir()) == ["report.html", "result.json", "right.png"]
    told = json.loads((folder / "result.json").read_text())
    assert told["toe_to_wall_right_cm"] == {
        "value": 9.3, "error": 0.9, "valid": True, "reason": "",
    }  # fmt: skip
    assert told["toe_to_wall_left_cm"]["value"] is None
    page = (folder / "report.html").read_text()
    assert "a&lt;b&gt;.mp4" in page
    assert "does not count" in page
    assert "9.3 cm" in page
    assert 'src="data:image/jpeg;base64,' in page


# --- live ---


def live(
    scene: WallScene, poses: list, fps: float = 12.0, **options: object
) -> tuple[LiveWall, list]:  # type: ignore[type-arg]
    wall = LiveWall(ScaleInput(), Personal(), "right", poses=scene, **options)
    shown = []
    for k, pose in enumerate(poses):
        scene.now = pose
        shown.append(wall.feed(scene.picture(pose), k / fps))
    return wall, shown


def test_live_finds_the_sheet_guides_and_tells_each_try() -> None:
    scene = WallScene(Scene(width_px=960, height_px=540, aim_cm=(-8.0, 55.0), distance_cm=230.0))
    still = [lunge(7.0, fps=12.0)[0]] * 16
    poses = [*still, *lunge(7.0, fps=12.0), *lunge(7.0, heel_up_cm=2.0, fps=12.0)]
    wall, shown = live(scene, poses)
    assert shown[0].prompt.startswith("Looking for the sheet")
    finished = [one.finished for one in shown if one.finished is not None]
    assert [one.valid for one in finished] == [True, False]
    said = [one.said for one in shown if one.said]
    assert any("Touch the wall with your knee" in text for text in said)
    assert any("heel came up" in text for text in said)
    assert shown[-1].prompt.startswith("Not counted. Your heel came up")
    assert shown[-1].wrong
    picture = draw_wall(scene.picture(poses[-1]), shown[-1], wall.found)
    assert picture.shape == (540 + bar_px(960, 540), 960, 3)
    bare = draw_wall(scene.picture(poses[-1]), shown[-1], wall.found, words=False)
    assert bare.shape == (540, 960, 3)
    (test,) = wall.finish()
    result = build_result([test], Personal())
    assert result.toe_to_wall_right_cm.valid
    assert len(test.stills) == 2


def test_live_tells_of_too_few_pictures_and_of_a_touch_that_came_too_early() -> None:
    scene = WallScene(Scene(width_px=960, height_px=540, aim_cm=(-8.0, 55.0), distance_cm=230.0))
    poses = [*lunge(7.0, fps=3.0)[2:], *[lunge(7.0)[0]] * 4, *lunge(7.0, hold_s=2.0, fps=3.0)]
    wall, shown = live(scene, poses, fps=3.0)
    assert not shown[5].note
    assert shown[-1].note.startswith("Only 3.0 pictures a second")
    drawn = [
        draw_wall(scene.picture(poses[-1]), one, wall.found)
        for one in (shown[-1], replace(shown[-1], note=""))
    ]
    assert np.any(drawn[0] != drawn[1])
    (test,) = wall.finish()
    assert [one.valid for one in test.tries] == [True]
    early, slow = test.notes
    assert "before the foot had been seen standing still" in early
    assert "only 3.0 pictures a second were looked at" in slow


def test_a_camera_that_was_gone_for_a_moment_is_not_slow() -> None:
    scene = WallScene(Scene(width_px=960, height_px=540, aim_cm=(-8.0, 55.0), distance_cm=230.0))
    still = scene.picture(scene.now)
    wall = LiveWall(ScaleInput(), Personal(), "right", poses=scene)
    for t_s in [*np.arange(0.0, 2.0, 0.1), *np.arange(4.5, 5.5, 0.1)]:
        assert not wall.feed(still, float(t_s)).note


def test_live_without_a_sheet_says_so_and_gives_nothing() -> None:
    plain = np.full((540, 960, 3), 120, np.uint8)
    wall = LiveWall(ScaleInput(), Personal(), poses=WallScene())
    shown = [wall.feed(plain, k * 0.3) for k in range(6)]
    assert "no posecheck sheet was found" in shown[-1].reason
    with pytest.raises(InputError, match="no posecheck sheet was found"):
        wall.finish()


def test_live_notices_that_the_sheet_was_moved() -> None:
    scene = WallScene(Scene(width_px=960, height_px=540, aim_cm=(-8.0, 55.0), distance_cm=230.0))
    rest = lunge(7.0)[0]
    wall, _ = live(scene, [rest] * 18)
    assert wall.found is not None
    moved = replace(scene.camera, aim_cm=(-12.0, 55.0))
    shown = [
        wall.feed(cv2.cvtColor(moved.picture(), cv2.COLOR_GRAY2BGR), 2.0 + k * 2.1)
        for k in range(3)
    ]
    assert wall.found is None
    assert "moved" in shown[-1].reason


def test_points_given_before_the_first_picture_are_measured_with() -> None:
    scene = WallScene(Scene(width_px=960, height_px=540, aim_cm=(-8.0, 55.0), distance_cm=230.0))
    far, at = scene.camera.px(np.array([[-19.0, 0, 6.0], [21.0, 0, 6.0]]))
    given = ScaleInput(points=(*far, *at, 40.0), wall=tuple(at))
    wall = LiveWall(given, Personal(), "right", poses=scene)
    for k, pose in enumerate([*[lunge(7.0, fps=12.0)[0]] * 12, *lunge(7.0, fps=12.0)]):
        scene.now = pose
        wall.feed(scene.picture(pose), k / 12.0)
    (test,) = wall.finish()
    assert [one.valid for one in test.tries] == [True]
    assert test.notes == []


def test_pictures_coarser_than_the_measured_ones_are_said_to_be() -> None:
    scale = points_scale(ScaleInput(points=(100.0, 300.0, 160.0, 300.0, 50.0)))
    (note,) = coarse_note("left.mp4", scale)
    assert "1.2 pixels a cm" in note
    assert "may be too small" in note


def test_live_goes_on_when_the_browser_sends_larger_pictures() -> None:
    small = Scene(width_px=960, height_px=540, aim_cm=(-8.0, 55.0), distance_cm=230.0)
    scene, large = WallScene(small), WallScene(replace(small, width_px=1440, height_px=810))
    wall = LiveWall(ScaleInput(), Personal(), "right", poses=scene)
    poses = [*[lunge(7.0, fps=12.0)[0]] * 16, *lunge(7.0, fps=12.0)]
    toes = []
    for k, pose in enumerate(poses):
        if k == 20:
            # The made-up model is the scene itself: it answers in the pixels of its pictures.
            scene.camera, scene._background = large.camera, None
        scene.now = pose
        shown = wall.feed(scene.picture(pose), k / 12.0)
        if shown.view is not None and np.isfinite(shown.view.toe_to_wall_cm):
            toes.append(shown.view.toe_to_wall_cm)
    (test,) = wall.finish()
    assert np.ptp(toes) < 0.5
    assert [one.valid for one in test.tries] == [True]
    assert abs(test.tries[0].toe_to_wall_cm - 7.0) <= test.tries[0].error_cm
    wall.feed(np.zeros((960, 540, 3), np.uint8), 60.0)
    assert wall.found is None


def test_the_model_is_loaded_before_the_camera_shows_anything(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    order: list[str] = []

    class Gone:
        """A camera whose pictures have ended."""

        state = CameraState.ENDED

        def __init__(self, *_: object) -> None:
            order.append("camera")

        def __enter__(self) -> Gone:
            return self

        def __exit__(self, *_: object) -> None:
            return None

        def take(self, _timeout_s: float) -> None:
            return None

    def model(*_: object, **__: object) -> WallScene:
        order.append("model")
        return WallScene()

    monkeypatch.setattr("posecheck.wall_live.LivePoses", model)
    monkeypatch.setattr("posecheck.capture.camera.Camera", Gone)
    with pytest.raises(InputError, match="no picture showed the sheet"):
        wall_window.live_test("0", ScaleInput(), Personal(), "auto", headless=True)
    assert order == ["model", "camera"]


def test_live_takes_no_scale_that_needs_a_file() -> None:
    with pytest.raises(InputError, match="leave --height-cm out"):
        wall_window.live_test("0", ScaleInput(height_cm=170.0), Personal(), "auto")


# --- the command ---


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., tuple[int, str]]:
    monkeypatch.setenv("POSECHECK_DATABASE_URL", f"sqlite:///{tmp_path / 'history.db'}")

    def call(*options: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, ["measure", "knee-to-wall", *options])
        return done.exit_code, done.output + (str(done.exception) if done.exception else "")

    return call


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--side", "left"], "give one or two videos, or --camera"),
        (["x.mp4", "--camera", "0"], "and not both"),
        (["x.mp4", "--side", "both"], 'expected left, right or auto, got "both"'),
        (["x.mp4", "--height-cm", "170", "--scale-points", "1,2,3,4,5"], "exclude each other"),
        (["x.mp4", "--tape-left-cm", "9", "--tape-right-cm", "9"], "give one tape reading"),
        (["x.mp4", "--tape-left-cm", "-9"], "expected 0.5 to 30 cm, got -9"),
        (["x.mp4", "--paper-corners", "1,2,3"], "expected 8 numbers"),
        (["x.mp4", "--wall-point", "3,4"], "needs --scale-points"),
        (["x.mp4", "--person", "nobody"], 'no person "nobody"'),
        (["x.mp4"], "x.mp4"),
    ],
)
def test_bad_input_is_one_clear_sentence(
    command: Callable[..., tuple[int, str]], options: list[str], says: str
) -> None:
    code, output = command(*options)
    assert code != 0
    assert says in output
    assert "Traceback" not in output


def test_a_clip_without_a_sheet_is_refused_and_nothing_is_written(
    command: Callable[..., tuple[int, str]], tmp_path: Path
) -> None:
    clip = tmp_path / "plain.mp4"
    write_clip(clip, frames=4)
    code, output = command(str(clip), "--out", str(tmp_path / "out"))
    assert code != 0
    assert "no posecheck sheet was found" in output
    assert not (tmp_path / "out").exists()


def test_sheets_of_both_legs_give_scales_of_their_own() -> None:
    found = find_sheet([(0.0, Scene().picture())])
    sheet = ClipScale(sheet_scale(found, ScaleInput()), found)
    left = replace(clip_tries(a_try("left", 9.0), clip="l.mp4"), found=sheet)
    result = build_result([left, clip_tries(a_try("right", 9.0), clip="r.mp4")], Personal())
    assert [one.source for one in result.scales] == ["sheet", "points"]
    assert result.scales[0].off_square_deg is not None
    assert result.clips == ["l.mp4", "r.mp4"]


def test_putting_the_foot_back_is_no_try() -> None:
    scene = WallScene(Scene(width_px=960, height_px=540, aim_cm=(-8.0, 55.0), distance_cm=230.0))
    poses = [lunge(7.0)[0]] * 18 + step_back(7.0, 10.0) + [lunge(10.0)[0]] * 10
    wall, _ = live(scene, poses)
    assert wall.tries == []
