from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
import video_files as vf
from numpy.typing import NDArray

from reelscore.video.decode.frames import open_video
from reelscore.video.measure.shots import CutDetector

Picture = NDArray[np.uint8]


def small(frames: Iterable[Picture]) -> list[Picture]:
    """Frames of the tests as they come from the scaler: averaged to 64 x 36."""
    rows, columns = np.arange(0, 90, 2.5).astype(int), np.arange(0, 160, 2.5).astype(int)
    return [
        (np.add.reduceat(np.add.reduceat(f.astype(np.float32), rows, 0), columns, 1) / 6.25)
        .clip(0, 255)
        .astype(np.uint8)
        for f in frames
    ]


def cuts_in(images: Iterable[Picture], rate: float = 25.0) -> list[int]:
    detector = CutDetector(rate)
    found: list[int] = []
    for image in images:
        found += detector.add(image)
    return found + detector.finish()


def shot(seed: int, count: int = 30, *, step: float = 0.0, light: float = 1.0) -> list[Picture]:
    return small(vf.pan(vf.scenery(seed), count, step=step, light=light))


def lit(images: list[Picture], factor: float, plus: float = 0.0) -> list[Picture]:
    return [np.clip(image * factor + plus, 0, 255).astype(np.uint8) for image in images]


def mixed(one: Picture, other: Picture, share: float) -> Picture:
    return (one * (1 - share) + other * share).astype(np.uint8)


@pytest.mark.parametrize("seed", range(6))
def test_cuts_between_still_shots_are_found_to_the_frame(seed: int) -> None:
    images = shot(seed, 30) + shot(seed + 50, 25) + shot(seed + 100, 30)
    assert cuts_in(images) == [30, 55]


@pytest.mark.parametrize("rate", [23.976, 25.0, 29.97, 60.0])
def test_cuts_between_moving_shots_are_found_at_any_rate(rate: float) -> None:
    step = 4.0 * 25 / rate
    images = shot(1, 40, step=step) + shot(2, 40, step=step) + shot(3, 40, step=step)
    assert cuts_in(images, rate) == [40, 80]


def test_a_single_shot_has_no_cut() -> None:
    assert cuts_in(shot(1, 80, step=1)) == []


def test_a_fast_pan_is_no_cut() -> None:
    assert cuts_in(shot(4, 80, step=12)) == []


@pytest.mark.parametrize("length", [1, 2, 4])
def test_a_flash_is_no_cut(length: int) -> None:
    images = shot(5, 60, step=1)
    images[30 : 30 + length] = lit(images[30 : 30 + length], 0.2, 200)
    assert cuts_in(images) == []


def test_a_strobe_light_hides_no_cut_and_makes_none() -> None:
    images = shot(6, 60) + shot(7, 60)
    for at in range(5, 110, 4):
        images[at : at + 1] = lit(images[at : at + 1], 0.3, 170)
    found = cuts_in(images)
    assert len(found) == 1
    assert abs(found[0] - 60) <= 1


def test_a_flash_on_the_first_frames_of_a_shot_leaves_one_cut() -> None:
    images = shot(8, 40) + shot(9, 40)
    images[41:43] = lit(images[41:43], 0.3, 170)
    assert cuts_in(images) == [40]


def test_a_light_that_is_switched_is_no_cut() -> None:
    images = shot(10, 80)
    assert cuts_in(images[:40] + lit(images[40:], 0.35)) == []
    assert cuts_in(lit(images[:40], 0.35) + images[40:]) == []


def test_a_mixed_frame_at_a_cut_leaves_one_cut() -> None:
    one, other = shot(11, 40), shot(12, 40)
    found = cuts_in([*one, mixed(one[-1], other[0], 0.5), *other])
    assert len(found) == 1
    assert found[0] in (40, 41)


def test_dissolves_and_fades_are_no_hard_cuts() -> None:
    one, other = shot(13, 60), shot(14, 60)
    dissolve = [mixed(one[-1], other[0], (k + 1) / 26) for k in range(25)]
    assert cuts_in(one + dissolve + other) == []
    black = np.zeros_like(one[0])
    out = [mixed(one[-1], black, (k + 1) / 20) for k in range(20)]
    into = [mixed(black, other[0], (k + 1) / 20) for k in range(20)]
    assert cuts_in([*one, *out, *([black] * 10), *into, *other]) == []


def test_something_that_passes_close_to_the_lens_is_no_cut() -> None:
    images = [image.copy() for image in shot(15, 70)]
    passing = shot(16, 1)[0]
    for index in range(25):
        left = -48 + index * 5
        a, b = max(0, left), min(64, left + 48)
        if a < b:
            images[20 + index][:, a:b] = passing[:, a - left : b - left]
    assert cuts_in(images) == []


def test_cuts_in_the_dark_are_found() -> None:
    assert cuts_in(shot(17, 40, light=0.12) + shot(18, 40, light=0.12)) == [40]


def test_cuts_under_grain_are_found() -> None:
    rng = np.random.default_rng(0)
    clean = shot(19, 40, step=1) + shot(20, 40, step=1)
    grainy = [np.clip(image + rng.normal(0, 6, (36, 64, 1)), 0, 255).astype(np.uint8) for image in clean]
    assert cuts_in(grainy) == [40]


def test_a_punch_in_is_a_cut() -> None:
    wide = shot(21, 40)
    rows, columns = 8 + np.arange(36) // 2, 12 + np.arange(64) // 2
    close = [image[rows][:, columns] for image in wide]
    assert cuts_in(wide + close) == [40]


def test_very_short_shots_are_all_found() -> None:
    images = [image for seed in range(8) for image in shot(seed + 30, 8)]
    assert cuts_in(images) == [8, 16, 24, 32, 40, 48, 56]


@pytest.mark.parametrize("length", [3, 4, 6])
@pytest.mark.parametrize(("rate", "passed_over"), [(24.0, 0), (12.0, 1)])
def test_a_montage_of_a_few_frames_each_is_no_fast_motion(length: int, rate: float, passed_over: int) -> None:
    shots = [shot(60 + number, length, step=0.5) for number in range(12)]
    detector = CutDetector(rate)
    found: list[int] = []
    for image in (image for images in shots for image in images):
        found += detector.add(image, passed_over=passed_over)
    assert found + detector.finish() == [number * length for number in range(1, 12)]


def test_tall_frames_are_compared_like_wide_ones() -> None:
    images = [image.transpose(1, 0, 2) for image in shot(22, 30) + shot(23, 30)]
    assert cuts_in(images) == [30]


@pytest.mark.parametrize("times", [2, 3])
def test_repeated_frames_make_no_cut_and_hide_none(times: int) -> None:
    images = [image for image in shot(28, 40, step=5) + shot(29, 40, step=5) for _ in range(times)]
    assert cuts_in(images, 25.0 * times) == [40 * times]


def test_pictures_that_stand_still_are_cut_like_others() -> None:
    images = [image for seed in range(6) for image in shot(seed + 70, 1) * 20]
    assert cuts_in(images) == [20, 40, 60, 80, 100]


@pytest.mark.parametrize("count", [0, 1, 2])
def test_next_to_nothing_has_no_cut(count: int) -> None:
    assert cuts_in(shot(24, 2)[:count]) == []


def test_black_has_no_cut() -> None:
    assert cuts_in([np.zeros((36, 64, 3), np.uint8)] * 60) == []


def test_memory_does_not_grow_with_length() -> None:
    detector = CutDetector(25.0)
    for image in shot(25, 10, step=3) * 40:
        detector.add(image)
    assert len(detector._frames) <= detector.delay


def test_a_cut_is_told_within_a_second() -> None:
    detector = CutDetector(25.0)
    told_at = [index for index, image in enumerate(shot(26, 30) + shot(27, 40)) if detector.add(image)]
    assert told_at
    assert told_at[0] <= 30 + 25


@pytest.mark.parametrize(
    ("name", "cuts"),
    [("bikes.mp4", [30, 76, 137, 187, 242]), ("bigbuckbunny.mp4", []), ("carphone_pristine.mp4", [])],
)
def test_cuts_of_real_footage_are_found(footage: Path, name: str, cuts: list[int]) -> None:
    with open_video(footage / name) as video:
        found = cuts_in((frame.image for frame in video.frames()), video.facts.frame_rate or 25.0)
    assert found == cuts
