"""Levels of a chain of beats; level, metre and division of the beat are chosen together."""

from __future__ import annotations

import numpy as np
import pytest

from reelscore.audio.bars import METRES
from reelscore.audio.beat_net import READINGS, Judgement
from reelscore.audio.metrical_levels import level_shares, levels_of, metre_shares, read_piece

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


def judged(level: float = 0.0, **odds: float) -> Judgement:
    """Readings by name (`four`, `two_threes`), all others far below."""
    names = {"two": (2, False), "two_threes": (2, True), "three": (3, False), "four": (4, False)}
    values = np.full(len(READINGS), -9.0)
    for name, value in odds.items():
        values[READINGS.index(names[name])] = value
    return Judgement(values, level)


def test_the_likeliest_reading_of_all_levels_is_chosen() -> None:
    reading = read_piece([judged(two=1.0), judged(four=2.0), judged(two_threes=1.5)])
    assert (reading.chain, reading.beats, reading.threes) == (1, 4, False)


def test_beats_that_fall_into_threes_are_compound() -> None:
    reading = read_piece([judged(two=1.0, two_threes=2.0)])
    assert (reading.beats, reading.threes) == (2, True)


def test_a_level_is_as_likely_as_all_its_readings_together() -> None:
    torn, sure = judged(two=1.0, four=1.0), judged(three=1.2)
    assert read_piece([torn, sure]).chain == 1
    shares = level_shares([torn, sure])
    assert shares.sum() == pytest.approx(1.0)
    assert shares[0] > shares[1]


def test_a_metre_is_as_likely_as_its_readings_together() -> None:
    shares = metre_shares(judged(two=0.0, two_threes=0.0, four=0.0))
    assert shares[METRES.index(2)] == pytest.approx(2.0 / 3.0, abs=1e-3)
    assert shares.sum() == pytest.approx(1.0)
