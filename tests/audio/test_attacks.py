from __future__ import annotations

import numpy as np
import pytest
from audio_material import RATE, clicks, noise, sine

from reelscore.audio.attacks import bias_of


@pytest.mark.parametrize("late", [-0.008, -0.003, 0.0, 0.005, 0.01])
def test_clicks_tell_by_how_much_times_are_late(late: float) -> None:
    clip, times = clicks(111, 20.0)
    assert bias_of(times + late, clip.samples, RATE) == pytest.approx(late, abs=0.0012)


def test_a_few_strays_change_nothing() -> None:
    clip, times = clicks(96, 20.0)
    moved = times + 0.004
    moved[::5] += 0.2
    assert bias_of(moved, clip.samples, RATE) == pytest.approx(0.004, abs=0.0012)


@pytest.mark.parametrize("sound", [noise(20.0), sine(220.0, 20.0), np.zeros(20 * RATE, dtype=np.float32)])
def test_sound_without_attacks_tells_nothing(sound: np.ndarray) -> None:
    assert bias_of(np.arange(0.5, 19.0, 0.5), sound, RATE) == 0.0
