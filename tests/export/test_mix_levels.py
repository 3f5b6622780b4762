"""Volumes, fades, ducking, gain and limiter as arrays."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reelscore.audio.loudness_meter import LoudnessMeter, Metered
from reelscore.errors import InvalidInputError
from reelscore.export.mix_levels import DuckSettings, MixSettings, duck_envelope, event_gain, linear, master
from reelscore.records import DuckRegion, Media, MusicEvent

RATE = 48_000
EVENT = MusicEvent("s", "S", Media("/s.wav", Fraction(10)), 0, 1_000, 9_600, -6.0, 960, 2_400)


def levels(regions: list[tuple[float, float]], at: list[float], shape: DuckSettings) -> list[float]:
    envelope = duck_envelope([DuckRegion(round(a * RATE), round(b * RATE)) for a, b in regions], shape, RATE)
    assert envelope is not None
    return [float(20 * np.log10(envelope.at(round(t * RATE), 1)[0])) for t in at]


def test_music_is_down_from_the_first_word_and_up_after_the_last() -> None:
    shape = DuckSettings(depth_db=10.0, attack=0.2, hold=0.5, release=1.0)
    found = levels([(5.0, 7.0)], [0, 4.79, 4.9, 5.0, 7.0, 7.49, 8.0, 8.51], shape)
    assert found == pytest.approx([0, 0, -5, -10, -10, -10, -5, 0], abs=0.15)


def test_pauses_too_short_to_come_up_in_are_bridged() -> None:
    shape = DuckSettings(depth_db=10.0, attack=0.2, hold=0.5, release=1.0)
    assert levels([(1.0, 2.0), (3.5, 4.0)], [2.75], shape) == pytest.approx([-10], abs=0.01)
    assert levels([(1.0, 2.0), (4.5, 5.0)], [3.9], shape) == pytest.approx([0], abs=0.01)


def test_an_envelope_is_the_same_in_blocks_as_in_one_piece() -> None:
    envelope = duck_envelope([DuckRegion(5_000, 9_000), DuckRegion(80_000, 81_000)], DuckSettings(), RATE)
    assert envelope is not None
    whole = envelope.at(-20_000, 200_000)
    parts = [envelope.at(begin, 1_000) for begin in range(-20_000, 180_000, 1_000)]
    np.testing.assert_allclose(np.concatenate(parts), whole, rtol=1e-5)


def test_no_speech_or_no_depth_leaves_the_music_alone() -> None:
    assert duck_envelope([], DuckSettings(), RATE) is None
    assert duck_envelope([DuckRegion(0, 9)], DuckSettings(depth_db=0.0), RATE) is None


def test_a_stretch_fades_inside_of_itself_and_is_silent_outside() -> None:
    gain = event_gain(EVENT, 0, 12_000)
    level = linear(-6.0)
    assert not gain[:1_000].any()
    assert not gain[10_600:].any()
    assert gain[1_000 + 480] == pytest.approx(level * np.sqrt(0.5), rel=0.01)
    assert gain[5_000] == pytest.approx(level)
    assert gain[10_600 - 1_200] == pytest.approx(level * np.sqrt(0.5), rel=0.01)
    parts = np.concatenate([event_gain(EVENT, begin, 500) for begin in range(0, 12_000, 500)])
    np.testing.assert_array_equal(parts, gain)


def test_fades_that_cross_keep_their_power() -> None:
    first = replace(EVENT, record_in=0, length=4_800, fade_in=0, fade_out=1_440, gain_db=0.0)
    second = replace(first, record_in=4_800 - 1_440, fade_in=1_440, fade_out=0)
    power = event_gain(first, 0, 8_000) ** 2 + event_gain(second, 0, 8_000) ** 2
    np.testing.assert_allclose(power[: 4_800 - 1_440 + 4_800], 1.0, atol=1e-5)


def noise(seconds: float, seed: int, level: float, spikes: float = 0.0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    sound = rng.standard_normal((2, round(seconds * RATE))) * level
    if spikes:
        sound[:, rng.integers(0, sound.shape[1], 12)] += spikes
    return sound.astype(np.float32)


def measured(sound: np.ndarray) -> Metered:
    meter = LoudnessMeter()
    meter.push(sound)
    return meter.finish()


@settings(deadline=None, max_examples=20)
@given(
    seed=st.integers(0, 1_000),
    level=st.floats(0.01, 0.4),
    spikes=st.floats(0.0, 3.0),
    target=st.sampled_from([-14.0, -16.0, -23.0]),
)
def test_any_mix_comes_to_its_loudness_below_its_peak(
    seed: int, level: float, spikes: float, target: float
) -> None:
    sound = noise(2.0, seed, level, spikes)
    made = master(measured(sound), loudness=target, true_peak=-1.0)
    result = np.concatenate(
        [
            sound[:, b : b + 9_999] * made.at(b, min(9_999, sound.shape[1] - b), RATE)
            for b in range(0, sound.shape[1], 9_999)
        ],
        axis=1,
    )
    found = measured(result)
    assert found.true_peak_db <= -1.0 + 0.05
    assert found.loudness == pytest.approx(target, abs=0.2)


def test_without_a_target_only_peaks_are_held() -> None:
    soft = master(measured(noise(2.0, 1, 0.05)), loudness=None, true_peak=-1.0)
    assert (soft.gain_db, soft.reduction_db) == (0.0, 0.0)
    loud = master(measured(noise(2.0, 1, 0.05, 2.0)), loudness=None, true_peak=-1.0)
    assert loud.reduction_db > 6.0


def test_silence_stays_silence() -> None:
    made = master(measured(np.zeros((2, RATE), np.float32)), loudness=-14.0, true_peak=-1.0)
    assert (made.gain_db, made.reduction_db, made.loudness) == (0.0, 0.0, None)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (MixSettings(loudness=3.0), "LUFS"),
        (MixSettings(true_peak=1.0), "dBTP"),
        (MixSettings(music_db=90.0), "music"),
        (MixSettings(picture_db=float("nan")), "picture"),
        (MixSettings(duck=DuckSettings(depth_db=-3.0)), "duck"),
        (MixSettings(duck=DuckSettings(attack=99.0)), "attack"),
    ],
)
def test_settings_that_cannot_be_are_refused(asked: MixSettings, words: str) -> None:
    with pytest.raises(InvalidInputError, match=words):
        asked.checked()
