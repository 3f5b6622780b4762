from __future__ import annotations

import numpy as np
import pytest

from reelscore.audio.levels import levels_of

RATE = 22050 / 256


def chain(bpm: float, count: int = 40) -> np.ndarray:
    return 10.0 + np.arange(count) * 60.0 * RATE / bpm


def test_the_chain_itself_comes_first() -> None:
    np.testing.assert_array_equal(levels_of(chain(100.0), RATE)[0], chain(100.0))


@pytest.mark.parametrize("factor", [0.5, 2.0, 1.5, 2 / 3])
def test_other_levels_are_among_them_in_each_phase(factor: float) -> None:
    first = chain(100.0)
    tempi = np.array([60.0 * RATE / np.median(np.diff(level)) for level in levels_of(first, RATE)])
    found = [level for level, tempo in zip(levels_of(first, RATE), tempi, strict=True)
             if tempo == pytest.approx(100.0 * factor)]  # fmt: skip
    # So many phases as the slower of both has parts that lie on the finest grid.
    assert len({round(float(level[0]), 3) for level in found}) == {0.5: 2, 2.0: 1, 1.5: 2, 2 / 3: 3}[factor]


def test_beats_off_the_beat_are_among_them() -> None:
    first = chain(100.0)
    middles = 0.5 * (first[:-1] + first[1:])
    assert any(len(level) == len(middles) and np.allclose(level, middles) for level in levels_of(first, RATE))


def test_what_is_no_tempo_of_music_is_left_out() -> None:
    for bpm in (50.0, 220.0):
        for level in levels_of(chain(bpm), RATE):
            assert 38.0 <= 60.0 * RATE / np.median(np.diff(level)) <= 270.0
