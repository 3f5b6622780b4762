from __future__ import annotations

from itertools import pairwise

import numpy as np

from reelscore.video.measure.sections import MOST_SECTIONS, find_sections


def curves(*levels: float, seconds: int = 20, noise: float = 0.02) -> np.ndarray:
    rng = np.random.default_rng(0)
    steps = np.repeat(np.array(levels), seconds)
    return np.stack([steps, np.full(len(steps), 0.5)]) + rng.normal(0, noise, (2, len(steps)))


def test_changes_of_the_material_divide_a_video() -> None:
    sections = find_sections(curves(0.2, 0.8, 0.3), [], 60.0)
    assert [round(start) for start, _ in sections] == [0, 20, 40]


def test_what_stays_alike_is_one_section() -> None:
    assert find_sections(curves(0.5, 0.5), [], 40.0) == [(0.0, 40.0)]


def test_sections_cover_the_video_without_gaps() -> None:
    sections = find_sections(curves(*np.random.default_rng(1).uniform(0, 1, 12), seconds=15), [], 180.4)
    assert sections[0][0] == 0.0
    assert sections[-1][1] == 180.4
    assert all(one[1] == other[0] for one, other in pairwise(sections))
    assert 2 <= len(sections) <= MOST_SECTIONS


def test_a_boundary_moves_to_the_cut_next_to_it() -> None:
    assert find_sections(curves(0.2, 0.8), [3.0, 20.7, 33.0], 40.0)[1][0] == 20.7


def test_a_moment_is_one_section() -> None:
    assert find_sections(np.array([[0.1]]), [], 0.04) == [(0.0, 0.04)]
    assert find_sections(np.array([[0.1, 0.9, 0.1]]), [1.0], 2.5) == [(0.0, 2.5)]


def test_light_that_goes_out_divides_a_calm_stretch_beside_fast_cuts() -> None:
    # Energy, motion and light: what the cuts make is far more than what the light does.
    pace, light = curves(0.8, 0.0, 0.0, 0.8), curves(0.15, 0.46, 0.13, 0.13)
    looks = np.concatenate([pace, pace, light])
    assert [round(start) for start, _ in find_sections(looks, [], 80.0)] == [0, 20, 40, 60]
    slight = np.concatenate([pace, pace, curves(0.15, 0.3, 0.2, 0.2)])
    assert [round(start) for start, _ in find_sections(slight, [], 80.0)] == [0, 20, 60]


def test_light_that_goes_out_under_fast_cuts_divides_them() -> None:
    shots = np.resize([-0.15, 0.15, -0.1, 0.0, 0.1], 20)  # of different light
    pace = curves(0.8, 0.8, 0.1)
    light = np.concatenate([0.5 + shots, 0.3 + shots, np.full(20, 0.5)])[None]
    assert [round(start) for start, _ in find_sections(np.concatenate([pace, pace, light]), [], 60.0)] == [
        0,
        20,
        40,
    ]
    even = np.concatenate([0.5 + shots, 0.5 + shots, np.full(20, 0.5)])[None]
    assert [round(start) for start, _ in find_sections(np.concatenate([pace, pace, even]), [], 60.0)] == [
        0,
        40,
    ]
