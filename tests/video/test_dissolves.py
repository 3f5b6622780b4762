"""Dissolves and fades between synthetic shots, and what is none."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest
import video_files as vf
from numpy.typing import NDArray

from reelscore.records import Dissolve
from reelscore.video.measure.dissolves import DissolveDetector

Picture = NDArray[np.uint8]
RATE = 25.0


def found_in(
    images: Iterable[Picture], *, rate: float = RATE, cuts: tuple[float, ...] = ()
) -> list[Dissolve]:
    detector = DissolveDetector()
    for index, image in enumerate(images):
        detector.add(index / rate, image)
    return list(detector.finish(cuts))


def shot(seed: int, count: int = 60, *, step: float = 0.5, light: float = 1.0) -> list[Picture]:
    frames = vf.pan(vf.scenery(seed), count, step=step, light=light)
    return [frame[:72, :128].reshape(36, 2, 64, 2, 3).mean(axis=(1, 3)).astype(np.uint8) for frame in frames]


def mixed(one: Picture, other: Picture, share: float) -> Picture:
    return (one * (1.0 - share) + other * share).astype(np.uint8)


def dissolved(one: list[Picture], other: list[Picture], span: int) -> list[Picture]:
    """Both shots go on while one becomes the other."""
    mix = [
        mixed(a, b, (k + 1) / (span + 1))
        for k, (a, b) in enumerate(zip(one[-span:], other[:span], strict=True))
    ]
    return [*one[:-span], *mix, *other[span:]]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("span", [12, 25, 45])
def test_a_dissolve_is_found_with_its_start_and_end(seed: int, span: int) -> None:
    images = dissolved(shot(seed), shot(seed + 20), span)
    found = found_in(images)
    assert [one.kind for one in found] == ["dissolve"]
    start = (60 - span) / RATE
    assert found[0].start == pytest.approx(start, abs=0.25)
    assert found[0].end == pytest.approx(60 / RATE, abs=0.25)


@pytest.mark.parametrize("rate", [12.0, 30.0, 60.0])
def test_dissolves_are_found_at_any_rate(rate: float) -> None:
    span = int(0.9 * rate)
    count = int(3 * rate)
    one, other = shot(1, count, step=12 / rate), shot(2, count, step=12 / rate)
    assert len(found_in(dissolved(one, other, span), rate=rate)) == 1


def test_a_fade_through_black_is_one_fade() -> None:
    one, other = shot(3), shot(4)
    out = [mixed(image, np.zeros_like(image), (k + 1) / 15) for k, image in enumerate(one[-15:])]
    into = [mixed(np.zeros_like(image), image, (k + 1) / 15) for k, image in enumerate(other[:15])]
    found = found_in([*one[:-15], *out, *into, *other[15:]])
    assert [one.kind for one in found] == ["fade"]
    assert found[0].start < 60 / RATE < found[0].end


def test_a_hard_cut_is_no_dissolve() -> None:
    assert found_in([*shot(5), *shot(6)], cuts=(60 / RATE,)) == []


@pytest.mark.parametrize("step", [0.0, 1.0, 3.0])
def test_a_camera_that_pans_dissolves_nothing(step: float) -> None:
    assert found_in(shot(7, 120, step=step)) == []


def test_light_that_changes_dissolves_nothing() -> None:
    images = shot(8, 100, step=0.1)
    lit = [np.clip(image * (0.4 + 0.6 * k / 100), 0, 255).astype(np.uint8) for k, image in enumerate(images)]
    assert found_in(lit) == []


def test_next_to_nothing_has_no_dissolve() -> None:
    assert found_in([]) == []
    assert found_in(shot(9, 2)) == []


def test_memory_does_not_grow_with_length() -> None:
    detector = DissolveDetector()
    for index, image in enumerate(shot(10, 100, step=3) * 10):
        detector.add(index / RATE, image)
    assert len(detector._images) <= 96
    assert len(detector._possible) < 500
