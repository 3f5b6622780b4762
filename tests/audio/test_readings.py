"""Level, metre and division of the beat are chosen together."""

from __future__ import annotations

import numpy as np
import pytest

from reelscore.audio.bars import METRES
from reelscore.audio.beat_net import Judgement
from reelscore.audio.readings import READINGS, evidence, read_piece


def judged(*, level: float = 0.0, threes: float = 0.1) -> Judgement:
    return Judgement(level, threes, np.full(len(METRES), 1.0 / len(METRES)))


def downs(beats: int, bars: int = 16) -> np.ndarray:
    """Clear downbeats, one a bar."""
    likely = np.full(beats * bars, 0.1)
    likely[::beats] = 0.9
    return likely


@pytest.mark.parametrize("beats", [2, 3, 4, 5])
def test_regular_downbeats_name_the_metre_that_the_network_left_open(beats: int) -> None:
    reading = read_piece([0.0], [judged()], [downs(beats)])
    assert (reading.beats, reading.threes) == (beats, False)


def test_beats_that_fall_into_threes_are_compound() -> None:
    reading = read_piece([0.0], [judged(threes=0.98)], [downs(2)])
    assert (reading.beats, reading.threes) == (2, True)


def test_a_level_with_bars_is_preferred_to_a_slightly_likelier_one_without() -> None:
    flat = np.full(64, 0.3)
    assert read_piece([0.2, 0.0], [judged(), judged()], [flat, downs(4)]).chain == 1
    assert read_piece([6.0, 0.0], [judged(), judged()], [flat, downs(4)]).chain == 0


def test_what_is_far_from_the_best_level_is_not_chosen() -> None:
    assert read_piece([0.0, 9.0], [judged(), judged()], [downs(4), None]).chain == 0


def test_bars_that_slip_by_a_beat_still_count() -> None:
    slipped = np.concatenate([downs(4, 12), [0.1], downs(4, 12)])
    rows = evidence(0.0, judged(), slipped)
    assert rows.shape == (len(READINGS), 6)
    best = int(rows[:, 4].argmax())
    assert READINGS[best][0] == 4
