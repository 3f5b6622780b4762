from __future__ import annotations

import numpy as np
import pytest

from reelscore.audio.bars import FITS, METRES, bar_fits, place_in_bars


def likely(places: np.ndarray, *, seed: int = 0, sure: float = 0.7) -> np.ndarray:
    """What a network might say: downbeats about `sure`, others low, some of each wrong."""
    noise = np.random.default_rng(seed)
    values = np.where(places == 0, sure, 0.1) + noise.normal(0.0, 0.12, len(places))
    return np.clip(values, 0.01, 0.99)


@pytest.mark.parametrize("size", [2, 3, 4, 5, 7])
@pytest.mark.parametrize("first", [0, 1])
def test_bars_of_any_size_are_found_from_any_beat(size: int, first: int) -> None:
    places = (np.arange(60) + first) % size
    place, length, margin = place_in_bars(likely(places))
    np.testing.assert_array_equal(place, places)
    assert set(length.tolist()) == {size}
    assert margin > 0.0


def test_metre_may_change() -> None:
    places = np.concatenate([np.arange(40) % 4, np.arange(30) % 3])
    place, length, _ = place_in_bars(likely(places))
    np.testing.assert_array_equal(place, places)
    assert length[0] == 4
    assert length[-1] == 3


def test_one_missed_downbeat_moves_no_bar_line() -> None:
    places = np.arange(48) % 4
    values = likely(places)
    values[[8, 25]] = 0.05, 0.8
    np.testing.assert_array_equal(place_in_bars(values)[0], places)


def test_no_beats_have_no_bars() -> None:
    place, length, margin = place_in_bars(np.empty(0))
    assert (len(place), len(length), margin) == (0, 0, 0.0)


@pytest.mark.parametrize("size", [2, 3, 4, 5])
def test_bars_of_the_right_length_fit_best_and_those_that_slip_still_fit_in_spans(size: int) -> None:
    places = np.arange(size * 16) % size
    for some in (places, np.concatenate([places, [1], places])):
        fits = bar_fits(likely(some))
        assert fits.shape == (FITS,)
        assert METRES[int(fits[len(METRES) : 2 * len(METRES)].argmax())] == size
