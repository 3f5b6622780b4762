from __future__ import annotations

import numpy as np
import pytest
from audio_material import band, clip_of, noise, progression, sine

from reelscore.audio.fingerprint import fingerprint, fingerprint_of_mels
from reelscore.audio.mel import mel_spectrogram
from reelscore.errors import UnusableAudioError


def test_fingerprint_is_256_numbers_of_unit_length() -> None:
    vector = fingerprint(band(120, 4, seed=1))
    assert vector.shape == (256,)
    assert vector.dtype == np.float32
    assert np.linalg.norm(vector) == pytest.approx(1.0, abs=1e-6)


def test_fingerprint_is_mean_and_deviation_of_bands_in_decibels() -> None:
    clip = band(100, 4, seed=2, seconds=8.0)
    mels = mel_spectrogram(clip.samples, clip.sample_rate, n_fft=2048, hop=512, n_mels=128).astype(float)
    level = np.maximum(10 * np.log10(np.maximum(mels, 1e-30) / mels.max()), -80.0)
    wanted = np.concatenate([level.mean(axis=0), level.std(axis=0)])
    np.testing.assert_allclose(fingerprint(clip), wanted / np.linalg.norm(wanted), atol=1e-5)


@pytest.mark.parametrize("gain", [0.01, 0.5, 2.0])
def test_copy_at_another_level_has_the_same_fingerprint(gain: float) -> None:
    clip = band(120, 4, seed=3)
    np.testing.assert_allclose(fingerprint(clip), fingerprint(clip_of(gain * clip.samples)), atol=1e-4)


def test_other_music_is_further_away_than_another_part_of_the_same() -> None:
    clip = band(110, 4, seed=4)
    half = len(clip.samples) // 2
    first, second = fingerprint(clip_of(clip.samples[:half])), fingerprint(clip_of(clip.samples[half:]))
    for other in (progression(0, "major"), clip_of(noise(10.0)), clip_of(sine(440, 10.0))):
        assert first @ second > first @ fingerprint(other) + 0.005


def test_long_sound_is_summed_in_chunks_without_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    mels = mel_spectrogram(noise(20.0), 22050, n_fft=2048, hop=512, n_mels=128)
    whole = fingerprint_of_mels(mels)
    monkeypatch.setattr("reelscore.audio.fingerprint._CHUNK_FRAMES", 100)
    np.testing.assert_allclose(fingerprint_of_mels(mels), whole, atol=1e-6)


@pytest.mark.parametrize("seconds", [0.0, 1.0])
def test_silence_has_no_fingerprint(seconds: float) -> None:
    with pytest.raises(UnusableAudioError, match="silent"):
        fingerprint(clip_of(np.zeros(round(seconds * 22050))))


def test_fingerprint_is_repeatable() -> None:
    clip = band(90, 3, seed=5)
    np.testing.assert_array_equal(fingerprint(clip), fingerprint(clip))
