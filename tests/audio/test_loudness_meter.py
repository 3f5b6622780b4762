"""Loudness and true peaks, block by block."""

from __future__ import annotations

import math

import numpy as np
import pytest

from reelscore.audio.loudness import measure_loudness
from reelscore.audio.loudness_meter import LoudnessMeter
from reelscore.records import AudioClip, FloatArray

RATE = 48_000


def sine(hertz: float, seconds: float, level: float = 1.0, phase: float = 0.0) -> FloatArray:
    at = np.arange(round(RATE * seconds)) / RATE
    return (level * np.sin(2 * np.pi * hertz * at + phase)).astype(np.float32)


def measured(samples: FloatArray, *, block: int = 10_007) -> tuple[float | None, float]:
    meter = LoudnessMeter(len(samples))
    for begin in range(0, samples.shape[1], block):
        meter.push(samples[:, begin : begin + block])
    found = meter.finish()
    return found.loudness, found.true_peak_db


def test_the_reference_tone_of_ebu_tech_3341() -> None:
    """A stereo sine of 1 kHz at -23 dBFS has -23 LUFS."""
    tone = sine(1000.0, 20.0, 10 ** (-23 / 20))
    loudness, peak = measured(np.stack([tone, tone]))
    assert loudness == pytest.approx(-23.0, abs=0.1)
    assert peak == pytest.approx(-23.0, abs=0.1)


def test_one_channel_agrees_with_the_clip_measure_whatever_the_blocks() -> None:
    rng = np.random.default_rng(4)
    noise = (rng.standard_normal(RATE * 7) * np.linspace(0.01, 0.3, RATE * 7)).astype(np.float32)
    whole = measure_loudness(AudioClip(noise, RATE, 0.0)).integrated
    for block in (311, 4_800, 100_000):
        assert measured(noise[None], block=block)[0] == pytest.approx(whole, abs=0.001)


@pytest.mark.parametrize("block", [7, 48, 1_000, 65_536])
def test_peaks_between_samples_are_seen(block: int) -> None:
    """EBU Tech 3341, case 16: a quarter of the rate at 45 degrees reaches 3 dB above its samples."""
    tone = sine(RATE / 4, 0.5, 0.5, math.pi / 4)[None]
    assert np.abs(tone).max() < 0.36
    assert measured(tone, block=block)[1] == pytest.approx(20 * math.log10(0.5), abs=0.3)


def test_each_millisecond_has_its_own_peak() -> None:
    samples = np.zeros((2, RATE // 10), np.float32)
    samples[1, 48 * 30 + 5] = -0.8
    meter = LoudnessMeter()
    for begin in range(0, samples.shape[1], 333):
        meter.push(samples[:, begin : begin + 333])
    found = meter.finish()
    assert int(np.argmax(found.peaks)) == int(np.argmax(found.energies)) == 30
    assert found.peaks.max() == pytest.approx(0.8, abs=0.01)
    assert found.energies[30] == pytest.approx(0.64 / 48, rel=0.001)
    assert abs(len(found.peaks) - 100) <= 1


def test_silence_has_neither() -> None:
    assert measured(np.zeros((2, RATE), np.float32)) == (None, -math.inf)
    assert measured(np.zeros((2, 0), np.float32)) == (None, -math.inf)
