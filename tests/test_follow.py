"""Following one person among several, on made-up people."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from posecheck.core.pose import N_LANDMARKS
from posecheck.estimate.follow import GIVE_UP_S, Follower, Place, follow, same_person
from posecheck.tracking import _Everybody

WIDTH, HEIGHT = 1280, 720
FPS = 30.0


def times(n: int) -> np.ndarray:
    return np.arange(n) / FPS


def standing(n: int, x_px: float = 640.0, size_px: float = 400.0) -> list[Place]:
    return [Place(x_px, 360.0, size_px)] * n


def walking(n: int, from_px: float, to_px: float, size_px: float = 380.0) -> list[Place]:
    return [Place(x, 400.0, size_px) for x in np.linspace(from_px, to_px, n)]


def who(chosen: np.ndarray, frames: list[list[Place]], person: list[Place]) -> list[bool]:
    """Whether the chosen one is ``person``, frame by frame."""
    pairs = enumerate(zip(chosen, frames, strict=True))
    return [c >= 0 and places[c] is person[i] for i, (c, places) in pairs]


def test_nobody_anywhere_gives_nobody() -> None:
    assert (follow(times(5), [[]] * 5, WIDTH, HEIGHT) == -1).all()


def test_one_person_is_followed_in_every_frame_they_are_seen_in() -> None:
    frames = [[p] for p in standing(30)]
    frames[10:13] = [[]] * 3

    chosen = follow(times(30), frames, WIDTH, HEIGHT)

    assert (chosen[:10] == 0).all()
    assert (chosen[10:13] == -1).all()
    assert (chosen[13:] == 0).all()


def test_the_larger_and_more_central_person_is_chosen() -> None:
    main, bystander = standing(20), standing(20, x_px=1150, size_px=250)

    chosen = follow(times(20), [list(x) for x in zip(bystander, main, strict=True)], WIDTH, HEIGHT)

    assert (chosen == 1).all()


def test_a_passer_by_who_comes_first_is_not_the_one_followed() -> None:
    passer, main = walking(20, 60, 300), standing(120)
    frames = [[passer[i]] if i < 20 else [main[i]] for i in range(120)]

    chosen = follow(times(120), frames, WIDTH, HEIGHT)

    assert (chosen[:20] == -1).all()
    assert (chosen[20:] == 0).all()


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=30, deadline=None)
def test_a_passer_by_never_takes_over_whatever_the_order_people_are_reported_in(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = 90
    main, passer = standing(n), walking(n, 50, 1230, size_px=rng.uniform(200, 420))
    frames = [
        [main[i], passer[i]] if rng.random() < 0.5 else [passer[i], main[i]] for i in range(n)
    ]

    # Where both stand on one spot nothing tells them apart; before and after, it does.
    right = np.array(who(follow(times(n), frames, WIDTH, HEIGHT), frames, main))
    apart = np.array([abs(p.x_px - 640) > 20 for p in passer])

    assert right[apart].all()


def test_a_passer_by_is_not_taken_while_the_followed_one_is_lost_for_a_moment() -> None:
    n = 90
    main, passer = standing(n, x_px=400), standing(n, x_px=1100, size_px=280)
    gap = range(40, 70)
    frames = [[passer[i]] if i in gap else [main[i], passer[i]] for i in range(n)]

    chosen = follow(times(n), frames, WIDTH, HEIGHT)

    assert [chosen[i] for i in gap] == [-1] * len(gap)
    assert who(chosen, frames, main)[70:] == [True] * 20


def test_who_leaves_and_comes_back_elsewhere_is_taken_again() -> None:
    away = int(FPS * (GIVE_UP_S + 1))
    frames = [[p] for p in standing(60, x_px=300)] + [[]] * away
    frames += [[p] for p in standing(30, x_px=1000)]

    chosen = follow(times(len(frames)), frames, WIDTH, HEIGHT)

    assert (chosen[:60] == 0).all()
    assert (chosen[-30:] == 0).all()


def test_a_much_smaller_person_is_not_the_one_who_comes_back() -> None:
    away = int(FPS * (GIVE_UP_S + 1))
    frames = [[p] for p in standing(60)] + [[]] * away + [[p] for p in standing(30, size_px=90)]

    assert (follow(times(len(frames)), frames, WIDTH, HEIGHT)[-30:] == -1).all()


@given(st.floats(0.2, 5.0), st.floats(-500, 500), st.booleans())
@settings(max_examples=30, deadline=None)
def test_scale_shift_and_mirror_do_not_change_who_is_followed(
    scale: float, shift_px: float, mirror: bool
) -> None:
    def moved(p: Place) -> Place:
        x = WIDTH - p.x_px if mirror else p.x_px
        return Place(x * scale, (p.y_px + shift_px) * scale, p.size_px * scale)

    main, passer = standing(60), walking(60, 100, 500, size_px=300)
    frames = [list(x) for x in zip(passer, main, strict=True)]
    plain = follow(times(60), frames, WIDTH, HEIGHT)
    other = follow(
        times(60),
        [[moved(p) for p in places] for places in frames],
        round(WIDTH * scale),
        round(HEIGHT * scale),
    )

    np.testing.assert_array_equal(plain, other)


def test_the_same_move_at_five_frames_a_second_is_one_person() -> None:
    squat = [Place(640, 360 + 120 * abs(np.sin(i / 4)), 400) for i in range(40)]

    chosen = follow(np.arange(40) / 5, [[p] for p in squat], WIDTH, HEIGHT)

    assert (chosen == 0).all()


def test_a_follower_knows_only_the_past() -> None:
    follower = Follower()
    main, other = Place(640, 360, 400), Place(200, 360, 420)

    assert follower.step(0.0, [main], [0.5]) == 0
    assert follower.step(0.1, [other], [0.9]) is None
    assert follower.step(0.2, [other, main], [0.9, 0.5]) == 1


def test_people_are_compared_by_body_sizes_not_by_pixels() -> None:
    near, far = Place(100, 100, 400), Place(180, 100, 400)
    assert same_person(near, far, 0.0)
    assert not same_person(Place(100, 100, 100), Place(180, 100, 100), 0.0)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=40), st.integers(1, 9))
@settings(max_examples=60, deadline=None)
def test_everybodys_poses_come_back_and_give_the_chosen_ones(
    frames: list[tuple[int, int]], piece: int
) -> None:
    kept = _Everybody(piece)
    three = np.arange(3, dtype=np.float32)[:, None, None] + np.zeros((N_LANDMARKS, 6), np.float32)
    shown = [three[:k] + 10 * i for i, (k, _) in enumerate(frames)]
    for poses in shown:
        kept.append(poses)
    # Looked at again, a frame may show more or fewer people than before.
    for i in range(0, len(shown), 3):
        shown[i] = np.concatenate([shown[i], shown[i][:1]])[: i % 4]
        kept[i] = shown[i]
    assert len(kept) == len(shown)
    assert all(np.array_equal(kept[i], poses) for i, poses in enumerate(shown))
    chosen = np.array(
        [
            -1 if wish >= len(poses) else wish
            for (_, wish), poses in zip(frames, shown, strict=True)
        ],
        int,
    )
    taken = kept.take(chosen)
    for i, who in enumerate(chosen):
        if who >= 0:
            assert np.array_equal(taken[i], shown[i][who])
        else:
            assert np.isnan(taken[i, :, :5]).all()
            assert (taken[i, :, 5] == 0.0).all()
