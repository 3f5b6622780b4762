from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest
import video_files as vf
from numpy.typing import NDArray

from reelscore.video.measure.pictures import PictureCurves, PictureMeter

Picture = NDArray[np.uint8]


def curves_of(images: Iterable[Picture], *, rate: float = 25.0, cuts: Iterable[int] = ()) -> PictureCurves:
    meter = PictureMeter()
    for index, image in enumerate(images):
        meter.add(index, index / rate, image)
    for cut in cuts:
        meter.forget_step(cut)
    return meter.curves()


def plain(red: float, green: float, blue: float, count: int = 25) -> list[Picture]:
    return [np.full((36, 64, 3), (red, green, blue), np.uint8)] * count


def moving(step: float, *, light: float = 1.0, count: int = 50) -> list[Picture]:
    frames = vf.pan(vf.scenery(1), count, step=step, light=light)
    return [frame[:72, :128].reshape(36, 2, 64, 2, 3).mean(axis=(1, 3)).astype(np.uint8) for frame in frames]


def test_brightness_is_that_of_the_picture() -> None:
    levels = [curves_of(plain(v, v, v)).brightness.mean() for v in (0, 64, 128, 255)]
    assert levels == pytest.approx([0, 64 / 255, 128 / 255, 1], abs=0.01)


def test_warmth_goes_from_blue_to_red() -> None:
    levels = [
        curves_of(plain(*c)).warmth.mean() for c in ((0, 0, 255), (90, 90, 120), (100, 100, 100), (255, 0, 0))
    ]
    assert levels == sorted(levels)
    assert (levels[0], levels[2], levels[3]) == pytest.approx((-1, 0, 1), abs=0.01)


def test_saturation_does_not_depend_on_light() -> None:
    grey, dim, vivid = (
        curves_of(plain(*c)).saturation.mean() for c in ((90, 90, 90), (40, 20, 20), (200, 100, 100))
    )
    assert grey == 0
    assert dim == pytest.approx(vivid) == pytest.approx(0.5)


def test_contrast_rises_with_what_black_and_white_there_is() -> None:
    half = np.zeros((36, 64, 3), np.uint8)
    half[:, :32] = 255
    assert curves_of(plain(90, 90, 90)).contrast.max() == 0
    assert curves_of([half]).contrast[0] == pytest.approx(1.0)
    assert 0.3 < curves_of([half // 3]).contrast[0] < 0.8


def test_motion_rises_with_the_speed_of_the_camera() -> None:
    levels = [float(curves_of(moving(step)).motion.mean()) for step in (0, 0.5, 1, 2, 4)]
    assert levels == sorted(levels)
    assert levels[0] < 0.02
    assert levels[-1] > 0.6


def test_motion_does_not_depend_on_light_or_rate() -> None:
    level = curves_of(moving(1)).motion.mean()
    assert curves_of(moving(1, light=0.5)).motion.mean() == pytest.approx(level, rel=0.25)
    assert curves_of(moving(0.5, count=100), rate=50).motion.mean() == pytest.approx(level, rel=0.25)


def test_a_cut_is_not_motion() -> None:
    images = plain(30, 30, 30) + moving(0)
    with_cut = curves_of(images).motion[1]
    assert curves_of(images, cuts=[25]).motion[1] < 0.02 < with_cut


def test_a_fade_is_hardly_motion() -> None:
    image = moving(0, count=1)[0]
    fading = [(image * (1 - k / 50)).astype(np.uint8) for k in range(40)]
    assert curves_of(fading).motion.mean() < 0.1


def test_there_is_one_value_for_each_begun_second() -> None:
    assert len(curves_of(plain(9, 9, 9, 76)).brightness) == 4


def test_a_picture_that_is_held_stays_as_it_is() -> None:
    meter = PictureMeter()
    for index, time in enumerate((0.0, 0.5, 6.2)):
        meter.add(index, time, plain(200, 100, 50)[0])
    curves = meter.curves()
    assert len(curves.brightness) == 7
    assert np.ptp(curves.brightness) < 1e-6
    assert curves.motion.max() == 0
