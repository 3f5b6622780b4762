"""The picture of a track's sound."""

from __future__ import annotations

import numpy as np

from reelscore.audio.waveform import BUCKETS, draw_waveform
from reelscore.records import AudioClip


def clip(samples: object, rate: int = 1000) -> AudioClip:
    return AudioClip(np.asarray(samples, dtype=np.float32), rate)


def test_loudest_sample_is_255_and_the_rest_is_relative_to_it() -> None:
    samples = np.concatenate([np.full(4000, 0.1), np.full(4000, -0.2)])
    waveform = draw_waveform(clip(samples), buckets=8)
    assert list(waveform.peaks) == [128] * 4 + [255] * 4
    assert waveform.levels == waveform.peaks, "a constant is its own mean"
    assert waveform.seconds == 8.0


def test_level_is_the_root_mean_square() -> None:
    times = np.arange(48_000) / 48_000
    waveform = draw_waveform(clip(0.5 * np.sin(2 * np.pi * 440 * times), 48_000), buckets=10)
    assert set(waveform.peaks) == {255}
    assert {abs(level - 255 / np.sqrt(2)) < 1 for level in waveform.levels} == {True}


def test_lengths_that_do_not_divide_are_all_covered() -> None:
    samples = np.zeros(1003)
    samples[-1] = 1.0
    waveform = draw_waveform(clip(samples), buckets=100)
    assert len(waveform.peaks) == len(waveform.levels) == 100
    assert waveform.peaks[-1] == 255 and not any(waveform.peaks[:-1])


def test_silence_and_a_few_samples_can_be_drawn() -> None:
    assert not any(draw_waveform(clip(np.zeros(5000))).peaks)
    assert list(draw_waveform(clip([0.5, -1.0])).peaks) == [128, 255]


def test_picture_of_a_song_is_small() -> None:
    waveform = draw_waveform(clip(np.random.default_rng(3).normal(size=200_000)))
    assert len(waveform.peaks) + len(waveform.levels) == 2 * BUCKETS <= 2000
