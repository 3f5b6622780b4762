from __future__ import annotations

import numpy as np
import pytest

from reelscore.video.measure.pace import cut_level, energy_curve, visual_energy

LEVELS = np.linspace(0, 1, 21, dtype=np.float32)


def test_more_cuts_give_a_higher_level() -> None:
    levels = [cut_level(cuts, 60) for cuts in range(0, 120, 3)]
    assert levels == sorted(levels)
    assert levels[0] == 0.0
    assert levels[-1] < 1.0


def test_the_same_cuts_in_more_time_give_a_lower_level() -> None:
    levels = [cut_level(10, seconds) for seconds in (5, 20, 60, 600)]
    assert levels == sorted(levels, reverse=True)


def test_one_cut_in_a_moment_is_not_a_frenzy() -> None:
    assert cut_level(1, 1.0) < cut_level(20, 20.0)


@pytest.mark.parametrize("other", [0.0, 0.3, 1.0])
def test_energy_rises_with_cuts_and_with_motion(other: float) -> None:
    assert (np.diff(visual_energy(LEVELS, other)) > 0).all()
    assert (np.diff(visual_energy(other, LEVELS)) > 0).all()


def test_energy_stays_in_its_range() -> None:
    assert visual_energy(0.0, 0.0) == 0.0
    assert 0.9 < visual_energy(1.0, 1.0) <= 1.0


def test_the_curve_is_higher_where_the_cuts_and_the_motion_are() -> None:
    still = np.zeros(60, np.float32)
    cuts = [30.0 + k for k in range(20)]
    curve = energy_curve(cuts, still)
    assert len(curve) == 60
    assert curve[35:45].min() > curve[:20].max()
    moving = still.copy()
    moving[:20] = 0.9
    assert energy_curve([], moving)[:19].min() > 0.5
    assert energy_curve([], moving)[22:].max() == 0.0


def test_the_curve_of_nothing_is_empty() -> None:
    assert len(energy_curve([], np.empty(0, np.float32))) == 0
