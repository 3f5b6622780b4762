from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import video_files as vf

from reelscore.audio.decode import load
from reelscore.records import AudioClip
from reelscore.video.measure.speech import SAMPLE_RATE, speech_likeness


def clip(samples: np.ndarray) -> AudioClip:
    return AudioClip(samples.astype(np.float32), SAMPLE_RATE)


def drums(bpm: float, seconds: int = 12) -> np.ndarray:
    rng = np.random.default_rng(0)
    samples = np.zeros(SAMPLE_RATE * seconds)
    for number, at in enumerate(np.arange(0, seconds - 0.2, 30 / bpm)):
        n = int(0.12 * SAMPLE_RATE)
        hit = np.exp(-np.arange(n) / SAMPLE_RATE / 0.03)
        kick = np.sin(2 * np.pi * 70 * np.arange(n) / SAMPLE_RATE)
        start = int(at * SAMPLE_RATE)
        samples[start : start + n] += hit * (kick if number % 2 == 0 else 0.3 * rng.standard_normal(n))
    return samples


@pytest.mark.parametrize("seed", range(3))
def test_what_moves_like_speech_scores_high(seed: int) -> None:
    score = speech_likeness(clip(vf.babble(15, seed=seed)))
    assert score is not None
    assert score > 0.7


def test_music_scores_low(music: list[Path]) -> None:
    scores = [speech_likeness(load(path, sample_rate=SAMPLE_RATE, duration=20)) for path in music[::4]]
    assert max(score for score in scores if score is not None) < 0.3


@pytest.mark.parametrize("bpm", [90, 120, 150])
def test_drums_are_not_speech(bpm: float) -> None:
    score = speech_likeness(clip(drums(bpm)))
    assert score is not None
    assert score < 0.3


def test_tones_and_noise_are_not_speech() -> None:
    noise = 0.1 * np.random.default_rng(0).standard_normal(10 * SAMPLE_RATE)
    for samples in (vf.tone(10), noise):
        score = speech_likeness(clip(samples))
        assert score is not None
        assert score < 0.1


def test_speech_over_quiet_music_still_counts(music: list[Path]) -> None:
    speech = vf.babble(15)
    under = load(music[0], sample_rate=SAMPLE_RATE, duration=15).samples[: len(speech)]
    mixed = speech[: len(under)] / speech.std() + 0.2 * under / under.std()
    score = speech_likeness(clip(0.1 * mixed))
    assert score is not None
    assert score > 0.5


def test_silence_and_moments_have_no_score() -> None:
    assert speech_likeness(clip(np.zeros(5 * SAMPLE_RATE))) is None
    assert speech_likeness(clip(vf.babble(5)[:5000])) is None
    assert speech_likeness(clip(np.zeros(0))) is None
