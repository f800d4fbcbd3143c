"""Centimetres from a picture: how true they are, and every reason for giving none."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from posecheck.calibrate.find import find_sheet
from posecheck.cli import app
from posecheck.core.errors import InputError
from posecheck.core.homography import apply_homography, fit_homography
from posecheck.core.scale import PlaneScale, scale_from_height, scale_from_points, scale_from_sheet
from posecheck.scaling import ScaleInput, parse_numbers, points_scale, sheet_scale
from tests.sheet_scene import Scene
from tests.videos import write_clip

VIEWS = [
    Scene(),
    Scene(azimuth_deg=20.0, height_cm=120.0, roll_deg=5.0, focal=0.7),
    Scene(azimuth_deg=-18.0, height_cm=30.0, roll_deg=-5.0, focal=0.9),
    Scene(width_px=960, height_px=540, azimuth_deg=10.0, distance_cm=300.0),
    Scene(width_px=1920, height_px=1080, azimuth_deg=15.0, height_cm=80.0, paper="letter"),
]


def pictures(scene: Scene, count: int = 2, **options: float) -> list[tuple[float, np.ndarray]]:
    return [(float(k), scene.picture(seed=k, **options)) for k in range(count)]  # type: ignore[arg-type]


def leg_points(nearer_cm: float, wall_cm: float) -> np.ndarray:
    """Toe, wall at the floor and at knee height, heel; in a plane nearer than the sheet."""
    points = [[wall_cm - 12, 0], [wall_cm, 0], [wall_cm, 45], [wall_cm - 38, 2]]
    return np.array([[*p, nearer_cm] for p in points], float)


@pytest.mark.parametrize("scene", VIEWS)
def test_points_in_the_legs_plane_read_true(scene: Scene) -> None:
    found = find_sheet(pictures(scene))
    width_cm = found.pose.width_cm
    scale = scale_from_sheet(found.pose, behind_leg_cm=6.0, behind_leg_error_cm=3.0)
    points = leg_points(6.0, width_cm)
    off = scale.cm(scene.px(points)) - points[:, :2]
    assert np.abs(off[:, 0]).max() < 0.35
    assert abs(off[1, 0] - off[0, 0]) < 0.12
    assert scale.wall_cm(+1.0) == pytest.approx(width_cm)
    assert scale.wall_cm(-1.0) == 0.0


@pytest.mark.parametrize("scene", VIEWS)
def test_plane_mismatch_lies_within_the_stated_error(scene: Scene) -> None:
    found = find_sheet(pictures(scene))
    scale = scale_from_sheet(found.pose, behind_leg_cm=6.0, behind_leg_error_cm=3.0)
    points = leg_points(8.0, found.pose.width_cm)
    off = scale.cm(scene.px(points)) - points[:, :2]
    wall_minus_toe = off[1, 0] - off[0, 0]
    assert abs(off[0, 0]) <= scale.wall_error_cm
    assert abs(wall_minus_toe) <= 12 * scale.length_error


@pytest.mark.parametrize("azimuth_deg", [-20.0, -10.0, 0.0])
@pytest.mark.parametrize("seed", range(4))
def test_a_coarse_noisy_sheet_is_not_taken_for_its_mirror_image(
    azimuth_deg: float, seed: int
) -> None:
    scene = Scene(
        width_px=640, height_px=360, azimuth_deg=azimuth_deg, height_cm=40.0, distance_cm=240.0
    )
    seen = [(float(k), scene.picture(blur_px=0.9, noise=7.0, seed=10 * seed + k)) for k in range(3)]
    found = find_sheet(seen)
    scale = scale_from_sheet(found.pose, behind_leg_cm=6.0, behind_leg_error_cm=3.0).faced(1.0)
    at = leg_points(6.0, found.pose.width_cm)
    off = scale.cm(scene.px(at))[:, 0] - at[:, 0]
    assert np.abs(off).max() < 0.5
    assert np.abs(off).max() < scale.wall_error_cm + 30.0 * scale.length_error


def test_of_two_places_for_the_camera_the_one_in_the_room_is_taken() -> None:
    def seen_from(camera_x_cm: float, other: PlaneScale | None = None) -> PlaneScale:
        return PlaneScale("sheet", np.eye(3), 0.0, 21.0, 0.01, 0.4, distance_cm=250.0,
                          camera_cm=(camera_x_cm, 20.0), other=other)  # fmt: skip

    scale = seen_from(70.0, seen_from(-60.0))
    assert scale.faced(-1.0).camera_cm == (70.0, 20.0)
    assert scale.faced(+1.0).camera_cm == (-60.0, 20.0)
    assert scale.faced(+1.0).other is None
    kept = PlaneScale.from_dict(scale.as_dict())
    assert kept.faced(+1.0).camera_cm == (-60.0, 20.0)
    larger = scale.enlarged(2.0).faced(+1.0)
    assert larger.cm(np.array([2.0, 2.0])) == pytest.approx([1.0, 1.0])


def test_where_both_places_are_possible_the_error_spans_them() -> None:
    aside = np.array([[1.0, 0.0, 1.5], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    other = PlaneScale("sheet", aside, 0.0, 21.0, 0.01, 0.4, camera_cm=(5.0, 20.0))
    scale = PlaneScale(
        "sheet", np.eye(3), 0.0, 21.0, 0.01, 0.4, camera_cm=(15.0, 20.0), other=other
    )
    assert scale.faced(1.0).wall_error_cm == pytest.approx(np.hypot(0.4, 1.5))


def test_a_sheet_ten_cm_nearer_than_the_leg_reads_true_when_told() -> None:
    scene = Scene(azimuth_deg=12.0)
    found = find_sheet(pictures(scene))
    points = leg_points(-10.0, 21.0)
    told = sheet_scale(found, ScaleInput(behind_leg_cm=-10.0))
    off = told.cm(scene.px(points)) - points[:, :2]
    assert np.abs(off[:, 0]).max() < 0.3
    untold = sheet_scale(found, ScaleInput())
    assert untold.wall_error_cm > 0.3


@pytest.mark.parametrize("turn_deg", [90.0, 180.0, 270.0])
def test_whichever_edge_stands_on_the_floor(turn_deg: float) -> None:
    scene = Scene(turn_deg=turn_deg, azimuth_deg=8.0)
    found = find_sheet(pictures(scene))
    scale = scale_from_sheet(found.pose, behind_leg_cm=0.0, behind_leg_error_cm=1.0)
    points = np.array([[0.0, 0.0, 0.0], [10.0, 5.0, 0.0]])
    assert scale.cm(scene.px(points)) == pytest.approx(points[:, :2], abs=0.1)
    assert scale.wall_cm(1.0) == pytest.approx(29.7 if turn_deg != 180.0 else 21.0)


def test_half_a_sheet_behind_the_leg_is_enough() -> None:
    scene = Scene(azimuth_deg=5.0)
    shown = scene.picture()
    corners = scene.px(
        np.array([[8, 30, 0], [-4, 30, 0], [-4, -2, 0], [21, -2, 0], [21, 8, 0], [10, 10, 0.0]])
    )
    cv2.fillPoly(shown, [np.rint(corners).astype(np.int32)], (140,))
    found = find_sheet([(0.0, shown)])
    assert 2 <= len(found.corners_px) < 6
    scale = scale_from_sheet(found.pose, behind_leg_cm=0.0, behind_leg_error_cm=1.0)
    points = leg_points(0.0, 21.0)
    off = scale.cm(scene.px(points)) - points[:, :2]
    assert np.abs(off[:2, 0]).max() < 0.4


# --- refusals ---


def refusal(shown: list[tuple[float, np.ndarray]], **options: float) -> str:
    with pytest.raises(InputError) as caught:
        find_sheet(shown, **options)
    return str(caught.value)


def test_no_sheet_says_how_to_get_one() -> None:
    plain = np.full((540, 960), 120, np.uint8)
    cv2.rectangle(plain, (300, 200), (600, 400), (40,), -1)
    assert "no posecheck sheet was found" in refusal([(0.0, plain)])
    assert "posecheck marker" in refusal([(0.0, plain)])


@pytest.mark.parametrize("blur_px", [2.5, 4.0])
def test_a_blurred_sheet_is_called_blurred(blur_px: float) -> None:
    assert "blurred" in refusal(pictures(Scene(), blur_px=blur_px))


def test_a_small_sheet_is_called_small() -> None:
    scene = Scene(width_px=960, height_px=540, distance_cm=600.0)
    assert "too small" in refusal(pictures(scene))


def test_a_slanted_sheet_is_refused_with_its_angle() -> None:
    found = find_sheet(pictures(Scene(azimuth_deg=48.0)))
    with pytest.raises(InputError, match=r"seen 4\d° off square"):
        sheet_scale(found, ScaleInput())


def test_two_sheets_are_refused() -> None:
    one = Scene(width_px=640, height_px=540).picture()
    assert "two posecheck sheets" in refusal([(0.0, np.hstack([one, one]))])
    letter = Scene(width_px=640, height_px=540, paper="letter").picture()
    assert "an A4 and a letter sheet" in refusal([(0.0, np.hstack([one, letter]))])


def test_a_print_at_97_percent_is_found_out_by_the_papers_edges() -> None:
    assert "printed at about 97%" in refusal(pictures(Scene(azimuth_deg=10.0, printed=0.97)))


def test_something_before_one_edge_of_the_paper_is_no_wrong_print() -> None:
    scene = Scene(azimuth_deg=10.0)
    shoe = np.array([[-12.0, 0.0, 1.0], [30.0, 0.0, 1.0], [30.0, 1.2, 1.0], [-12.0, 1.2, 1.0]])
    hidden = []
    for t_s, picture in pictures(scene):
        cv2.fillPoly(picture, [np.rint(scene.px(shoe)).astype(np.int32)], 120)
        hidden.append((t_s, picture))
    assert find_sheet(hidden).sheet.paper == "a4"


def test_a_measured_ruler_puts_a_wrong_print_right() -> None:
    scene = Scene(azimuth_deg=10.0, printed=0.97)
    found = find_sheet(pictures(scene), ruler_cm=0.97 * 15.0)
    scale = scale_from_sheet(found.pose, behind_leg_cm=0.0, behind_leg_error_cm=1.0)
    ends = scale.cm(scene.px(np.array([[2.0, 0.0, 0.0], [14.0, 0.0, 0.0]])))
    assert ends[1, 0] - ends[0, 0] == pytest.approx(12.0, abs=0.05)


def test_an_impossible_ruler_reading_is_refused() -> None:
    assert "should measure 15 cm, got 5.9" in refusal(pictures(Scene()), ruler_cm=5.9)


def test_a_sheet_that_is_moved_midway_counts_until_then() -> None:
    before, after = Scene(), Scene(aim_cm=(-23.0, 60.0))
    shown = [(float(k), (before if k < 4 else after).picture(seed=k)) for k in range(8)]
    found = find_sheet(shown)
    assert found.moved_s == 4.0
    scale = scale_from_sheet(found.pose, behind_leg_cm=0.0, behind_leg_error_cm=1.0)
    origin = scale.cm(before.px(np.zeros((1, 3))))
    assert origin == pytest.approx(np.zeros((1, 2)), abs=0.1)


# --- coarser scales ---


def test_two_points_give_floor_scale_and_wall() -> None:
    scale = scale_from_points(
        np.array([700.0, 500.0]), np.array([100.0, 480.0]), 60.0, wall_px=np.array([720.0, 500.7])
    )
    ends = scale.cm(np.array([[100.0, 480.0], [700.0, 500.0]]))
    assert ends == pytest.approx(np.array([[0.0, 0.0], [60.0, 0.0]]), abs=1e-9)
    # Two cm beyond the points, on a floor that goes away from the camera.
    assert scale.wall_cm(1.0) == pytest.approx(62.08, abs=0.05)
    assert np.isnan(scale.wall_cm(-1.0))
    above = scale.cm(np.array([[400.0, 390.0]]))
    assert above[0, 1] > 0


def knee_off_cm(scene: Scene) -> tuple[float, PlaneScale]:
    """How far beyond the wall a knee that touches it looks, by two points of the floor."""
    ends = np.array([[-39.0, 0.0, 0.0], [21.0, 0.0, 0.0]])
    (first, wall), (knee,) = scene.px(ends), scene.px(np.array([[21.0, 45.0, 0.0]]))
    scale = scale_from_points(first, wall, 60.0, wall_px=wall)
    return float(scale.cm(knee)[0]) - scale.wall_cm(1.0), scale


@pytest.mark.parametrize("azimuth_deg", [0.0, -10.0, -20.0])
@pytest.mark.parametrize("height_cm", [30.0, 80.0])
@pytest.mark.parametrize("roll_deg", [0.0, -4.0])
def test_of_two_points_the_upright_is_told_within_its_error(
    azimuth_deg: float, height_cm: float, roll_deg: float
) -> None:
    off_cm, scale = knee_off_cm(
        Scene(azimuth_deg=azimuth_deg, height_cm=height_cm, roll_deg=roll_deg, distance_cm=250.0)
    )
    assert abs(off_cm) < 45.0 * scale.lean_error


@pytest.mark.parametrize(("azimuth_deg", "off_cm"), [(0.0, 0.3), (-10.0, 0.0), (-20.0, -0.3)])
def test_lengths_by_the_wall_are_right_for_a_camera_in_the_middle_of_its_places(
    azimuth_deg: float, off_cm: float
) -> None:
    scene = Scene(azimuth_deg=azimuth_deg, distance_cm=260.0)
    ends = scene.px(np.array([[-39.0, 0.0, 0.0], [21.0, 0.0, 0.0], [13.0, 0.0, 0.0]]))
    scale = scale_from_points(ends[0], ends[1], 60.0, wall_px=ends[1])
    toe_cm = scale.wall_cm(1.0) - float(scale.cm(ends[2])[0])
    assert toe_cm - 8.0 == pytest.approx(off_cm, abs=0.05)
    assert abs(toe_cm - 8.0) < 8.0 * scale.length_error + 0.05


def test_a_floor_that_falls_to_the_wall_is_a_rolled_camera() -> None:
    level, rolled = (knee_off_cm(Scene(roll_deg=roll, distance_cm=250.0))[0] for roll in (0.0, 5.0))
    assert rolled == pytest.approx(level, abs=0.01)


def test_two_points_mean_the_same_to_whichever_side_the_wall_is() -> None:
    def seen(mirrored: bool) -> float:
        points = np.array([[100.0, 520.0], [700.0, 480.0], [690.0, 250.0]])
        if mirrored:
            points[:, 0] = 800.0 - points[:, 0]
        scale = scale_from_points(points[0], points[1], 60.0, wall_px=points[1])
        facing = -1.0 if mirrored else 1.0
        return facing * (float(scale.cm(points[2])[0]) - scale.wall_cm(facing))

    assert seen(mirrored=True) == pytest.approx(seen(mirrored=False))


@pytest.mark.parametrize(
    ("points", "says"),
    [
        ((10.0, 10.0, 12.0, 10.0, 60.0), "too near"),
        ((10.0, 10.0, 400.0, 10.0, -60.0), "expected 5 to 500 cm, got -60"),
        ((10.0, 10.0, 400.0, 10.0, 6000.0), "expected 5 to 500 cm"),
    ],
)
def test_impossible_points_are_refused(points: tuple[float, ...], says: str) -> None:
    with pytest.raises(InputError, match=says):
        points_scale(ScaleInput(points=points))  # type: ignore[arg-type]


def test_numbers_of_an_option_show_an_example_when_wrong() -> None:
    assert parse_numbers("1,2.5;3", 3, "--x", "1,2,3") == (1.0, 2.5, 3.0)
    with pytest.raises(InputError, match="such as 1,2,3"):
        parse_numbers("1,two,3", 3, "--x", "1,2,3")


def test_body_height_is_coarse_and_says_so() -> None:
    scale = scale_from_height(340.0, 170.0, np.array([200.0, 500.0]))
    assert scale.cm(np.array([[220.0, 500.0]]))[0, 0] == pytest.approx(10.0)
    assert scale.length_error >= 0.05
    with pytest.raises(InputError, match="expected 100 to 230"):
        scale_from_height(340.0, 17.0, np.zeros(2))


def test_homography_of_exact_points_is_exact() -> None:
    matrix = np.array([[1.1, 0.2, 5.0], [-0.1, 0.9, 3.0], [1e-4, 2e-4, 1.0]])
    points = np.array([[0, 0], [100, 0], [100, 80], [0, 80], [40, 30.0]])
    fitted = fit_homography(points, apply_homography(matrix, points))
    assert fitted == pytest.approx(matrix, abs=1e-8)


# --- the command ---


def test_calibrate_tells_what_it_found_and_draws_it(tmp_path: Path) -> None:
    scene = Scene(azimuth_deg=7.0)
    clip = tmp_path / "clip.mp4"
    shown = [cv2.cvtColor(scene.picture(seed=k), cv2.COLOR_GRAY2RGB) for k in range(3)]
    write_clip(clip, pictures=shown, frames=3, width=1280, height=720)
    target = tmp_path / "found.png"
    done = CliRunner().invoke(app, ["calibrate", str(clip), "-o", str(target)])
    assert done.exit_code == 0, done.output
    assert "6 of 6 squares" in done.output
    assert "off square" in done.output
    drawn = cv2.imread(str(target))
    assert drawn is not None
    assert drawn.shape[1] == 1200
    amber = (drawn[..., 2].astype(int) - drawn[..., 0]) > 80
    assert amber.sum() > 1000  # the wall's lines
    assert "Turned feet" not in done.output
    points = ["--scale-points", "300,600,900,600,60", "--wall-point", "900,600"]
    done = CliRunner().invoke(app, ["calibrate", str(clip), "-o", str(target), *points])
    assert done.exit_code == 0, done.output
    assert "Upright      ± 5° (a knee ± 4 cm)" in done.output
    assert "Turned feet  not told" in done.output
