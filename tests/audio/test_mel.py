from __future__ import annotations

import numpy as np
import pytest
from audio_material import noise, sine

from reelscore.audio.mel import (
    apply_filters,
    frame_count,
    hann_window,
    hz_to_mel,
    log1p,
    log_mel,
    mel_filterbank,
    mel_spectrogram,
    mel_to_hz,
    pad_centred,
    power_blocks,
    power_to_db,
)
from reelscore.errors import InvalidInputError


def plain_power(samples: np.ndarray, n_fft: int, hop: int, padding: str | None) -> np.ndarray:
    """The same by definition, in float64 and all at once."""
    if padding is not None:
        samples = np.pad(samples, n_fft // 2, mode="reflect" if padding == "reflect" else "constant")
    window = np.hanning(n_fft + 1)[:-1]
    starts = range(0, len(samples) - n_fft + 1, hop)
    return np.array(
        [np.abs(np.fft.rfft(samples[at : at + n_fft].astype(float) * window)) ** 2 for at in starts]
    )


@pytest.mark.parametrize("scale", ["slaney", "htk"])
def test_mel_scale_is_inverted(scale: str) -> None:
    for hz in (0.0, 440.0, 999.0, 1000.0, 4000.0, 11025.0):
        assert mel_to_hz(np.array(hz_to_mel(hz, scale)), scale) == pytest.approx(hz, abs=1e-6)  # type: ignore[arg-type]


def test_mel_scale_has_its_published_values() -> None:
    assert hz_to_mel(1000.0, "htk") == pytest.approx(999.99, abs=0.01)
    assert hz_to_mel(1000.0) == pytest.approx(15.0)
    assert hz_to_mel(6400.0) == pytest.approx(42.0)


def test_filters_equal_those_of_librosa() -> None:
    # band: (bin of the peak, height of the peak, sum over bins), from librosa.filters.mel(16000, 512, 96)
    wanted = {
        0: (1, 0.03199922293424606, 0.03199922293424606),
        10: (11, 0.030413499101996422, 0.03199922293424606),
        40: (42, 0.01487791445106268, 0.029731610789895058),
        95: (248, 0.0039845602586865425, 0.03198528289794922),
    }
    filters = mel_filterbank(16000, 512, 96)
    for band, (peak, height, total) in wanted.items():
        assert int(filters[band].argmax()) == peak
        assert filters[band].max() == pytest.approx(height, rel=1e-6)
        assert filters[band].sum() == pytest.approx(total, rel=1e-6)


@pytest.mark.parametrize("scale", ["slaney", "htk"])
def test_neighbouring_filters_of_height_one_sum_to_one(scale: str) -> None:
    filters = mel_filterbank(22050, 4096, 40, fmin=100.0, fmax=8000.0, scale=scale, norm=None)  # type: ignore[arg-type]
    hz = np.linspace(0, 11025, 2049)
    edges = mel_to_hz(np.linspace(hz_to_mel(100, scale), hz_to_mel(8000, scale), 42), scale)  # type: ignore[arg-type]
    inside = (hz >= edges[1]) & (hz <= edges[-2])
    np.testing.assert_allclose(filters[:, inside].sum(axis=0), 1.0, atol=1e-5)
    assert not filters[:, (hz < 100) | (hz > 8000)].any()


def test_slaney_norm_gives_filters_of_equal_area() -> None:
    filters = mel_filterbank(22050, 16384, 40)
    areas = filters.sum(axis=1) * (22050 / 16384)
    np.testing.assert_allclose(areas, 1.0, rtol=0.02)


def test_filterbank_is_cached_and_cannot_be_changed() -> None:
    filters = mel_filterbank(22050, 2048, 128)
    assert filters is mel_filterbank(22050, 2048, 128)
    assert filters.dtype == np.float32
    assert filters.shape == (128, 1025)
    with pytest.raises(ValueError, match="read-only"):
        filters[0, 0] = 1.0


@pytest.mark.parametrize("wrong", [{"fmax": 12000.0}, {"fmin": -1.0}, {"fmin": 5000.0, "fmax": 4000.0}])
def test_impossible_bands_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(InvalidInputError, match="mel bands need"):
        mel_filterbank(22050, 2048, 64, **wrong)


@pytest.mark.parametrize("padding", ["reflect", "zero", None])
@pytest.mark.parametrize(("n_fft", "hop"), [(512, 256), (1024, 300), (2048, 4096)])
def test_power_is_that_of_the_definition(padding: str | None, n_fft: int, hop: int) -> None:
    samples = noise(1.3)
    power = np.concatenate(list(power_blocks(samples, n_fft=n_fft, hop=hop, padding=padding)))  # type: ignore[arg-type]
    wanted = plain_power(samples, n_fft, hop, padding)
    assert power.dtype == np.float32
    assert len(power) == frame_count(len(samples), n_fft=n_fft, hop=hop, padding=padding)  # type: ignore[arg-type]
    np.testing.assert_allclose(power, wanted, atol=1e-5 * wanted.max())


def test_blocks_do_not_change_the_values(monkeypatch: pytest.MonkeyPatch) -> None:
    samples = noise(3.0)
    large = np.concatenate(list(power_blocks(samples, n_fft=1024, hop=256)))
    monkeypatch.setattr("reelscore.audio.mel._BLOCK_VALUES", 1024 * 7)
    blocks = list(power_blocks(samples, n_fft=1024, hop=256))
    assert {len(block) for block in blocks[:-1]} == {7}
    np.testing.assert_array_equal(np.concatenate(blocks), large)


@pytest.mark.parametrize("length", [0, 1, 2, 5, 300, 1023])
def test_sound_shorter_than_a_window_is_padded(length: int) -> None:
    samples = noise(0.1)[:length]
    assert len(pad_centred(samples, 1024)) == length + 1024
    mels = mel_spectrogram(samples, 22050, n_fft=1024, hop=256, n_mels=32)
    assert mels.shape == (length // 256 + 1, 32)
    assert np.isfinite(mels).all()


def test_filters_applied_in_patches_equal_one_product() -> None:
    filters = mel_filterbank(22050, 2048, 128)
    power = np.concatenate(list(power_blocks(noise(2.0), n_fft=2048, hop=512)))
    np.testing.assert_allclose(apply_filters(power, filters), power @ filters.T, rtol=1e-5)


def test_log_mel_of_defaults_is_the_front_end_of_musicnn() -> None:
    samples = noise(3.0, rate=16000)
    wanted = plain_power(samples, 512, 256, "reflect") @ mel_filterbank(16000, 512, 96).T
    got = log_mel(samples, 16000)
    assert got.shape == (188, 96)
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, np.log10(10000 * wanted + 1), atol=1e-5)


def test_tone_is_in_the_band_around_it() -> None:
    mels = mel_spectrogram(sine(1000.0, 1.0), 22050, n_fft=2048, hop=512, n_mels=128)
    centres = mel_to_hz(np.linspace(0, hz_to_mel(11025.0), 130)[1:-1])
    assert centres[int(mels.mean(axis=0).argmax())] == pytest.approx(1000.0, rel=0.02)


def test_logarithm_of_one_more_is_as_exact_as_single_precision_and_made_in_place() -> None:
    values = np.concatenate([[0.0], np.logspace(-9, 6, 200)]).astype(np.float32)
    expected = np.log1p(values.astype(np.float64))
    assert log1p(values) is values
    assert np.abs(values - expected).max() < 2e-6
    assert np.abs(values - expected)[expected < 1.0].max() < 1.2e-7


def test_decibels_have_a_reference_and_a_floor() -> None:
    decibels = power_to_db(
        np.array([0.0, 1e-20, 1.0, 100.0], dtype=np.float32), reference=10.0, floor_db=-80.0
    )
    np.testing.assert_allclose(decibels, [-80.0, -80.0, -10.0, 10.0], atol=1e-4)


def test_window_is_periodic() -> None:
    window = hann_window(8)
    assert window[0] == 0.0
    assert window[4] == 1.0
    assert window[1] == pytest.approx(window[7])
