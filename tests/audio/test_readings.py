"""Level, metre and division of the beat are chosen together."""

from __future__ import annotations

import numpy as np
import pytest

from reelscore.audio.bars import METRES
from reelscore.audio.beat_net import READINGS, Judgement
from reelscore.audio.readings import level_shares, metre_shares, read_piece


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
