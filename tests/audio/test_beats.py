from __future__ import annotations

import numpy as np
import pytest

from reelscore.audio.beats import track_beats

RATE = 22050 / 256


def activation(times: np.ndarray, seconds: float, *, seed: int = 0, missed: float = 0.0) -> np.ndarray:
    """Bumps at the beats, some left out, over a low floor with lower false ones."""
    noise = np.random.default_rng(seed)
    result = 0.02 + 0.03 * noise.random(round(seconds * RATE))
    for time in times:
        if noise.random() >= missed:
            for frame in range(int(time * RATE) - 1, int(time * RATE) + 3):
                if 0 <= frame < len(result):
                    result[frame] = max(result[frame], 0.9 * np.exp(-0.5 * (frame - time * RATE) ** 2))
    for frame in noise.integers(0, len(result), 20):
        result[frame] = max(result[frame], 0.3)
    return result.astype(np.float32)


def agree(found: np.ndarray, times: np.ndarray) -> bool:
    return len(found) == len(times) and bool(np.abs(found / RATE - times).max() < 0.025)


@pytest.mark.parametrize("bpm", [52, 97, 133, 211])
def test_steady_beats_are_found_through_gaps(bpm: int) -> None:
    times = np.arange(0.4, 29.0, 60.0 / bpm)
    assert agree(track_beats(activation(times, 30.0, seed=bpm), RATE).frames, times)
    found = track_beats(activation(times, 30.0, seed=bpm, missed=0.1), RATE).frames / RATE
    assert np.mean(np.abs(found[:, None] - times).min(axis=0) < 0.03) > 0.8


def test_a_tempo_that_slows_down_is_followed() -> None:
    gaps = 60.0 / np.linspace(140.0, 80.0, 45)
    times = 0.5 + np.concatenate([[0.0], np.cumsum(gaps)])
    assert agree(track_beats(activation(times, times[-1] + 1.0), RATE).frames, times)


def test_a_tempo_that_jumps_is_followed() -> None:
    first = np.arange(0.5, 12.0, 0.5)
    times = np.concatenate([first, first[-1] + np.arange(1, 30) * 0.37])
    assert agree(track_beats(activation(times, times[-1] + 1.0), RATE).frames, times)


def test_nothing_is_found_in_silence_or_less_than_a_beat() -> None:
    for frames in (0, 5, 2000):
        path = track_beats(np.full(frames, 0.01, dtype=np.float32), RATE)
        assert len(path.frames) == 0
        assert path.score == 0.0


def test_silence_around_music_has_no_beats() -> None:
    times = np.arange(10.2, 20.0, 0.5)
    found = track_beats(activation(times, 30.0) * 1.0, RATE).frames / RATE
    assert found.min() > 9.9
    assert found.max() < 20.3
