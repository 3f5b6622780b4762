from __future__ import annotations

import tracemalloc
from dataclasses import fields, replace

import numpy as np
import pytest
from audio_material import RATE, LabelledTrack, add, band, clip_of, noise, note, progression, sine

from reelscore.audio.decode import resample
from reelscore.audio.energy import combine_energy
from reelscore.audio.features import FEATURES_VERSION, check_usable, measure, measure_more
from reelscore.errors import UnusableAudioError
from reelscore.records import MusicFeatures


def test_every_feature_of_music_is_measured() -> None:
    features = measure(band(120, 4, seed=1))
    for field in fields(MusicFeatures):
        assert getattr(features, field.name) is not None, field.name
    assert features.duration == pytest.approx(20.0)
    assert features.version == FEATURES_VERSION
    assert len(features.energy_curve) == 20
    assert all(0.0 <= value <= 1.0 for value in (features.energy, *features.energy_curve))  # type: ignore[operator]
    assert len(features.beats) > 15


def test_values_are_plain_numbers() -> None:
    features, descriptors = measure_more(band(120, 4, seed=1, seconds=8.0))
    for record in (features, descriptors):
        for field in fields(record):
            value = getattr(record, field.name)
            parts = value if isinstance(value, tuple) else (value,)
            assert all(type(part) in (float, str) for part in parts), field.name


def test_measuring_is_repeatable_and_leaves_the_clip_alone() -> None:
    clip = band(96, 3, seed=2)
    before = clip.samples.copy()
    assert measure_more(clip) == measure_more(clip)
    np.testing.assert_array_equal(clip.samples, before)


def test_other_rates_give_nearly_the_same() -> None:
    clip = band(126, 4, seed=3)
    here, there = measure(clip), measure(resample(clip, 44100))
    assert there.tempo_bpm == pytest.approx(here.tempo_bpm, rel=0.01)
    assert there.key == here.key
    assert there.energy == pytest.approx(here.energy, abs=0.03)
    assert there.loudness_lufs == pytest.approx(here.loudness_lufs, abs=0.1)


def test_nothing_is_made_up_for_sound_without_music() -> None:
    features = measure(clip_of(np.zeros(10 * RATE)))
    assert features == MusicFeatures(
        duration=10.0, onset_rate=None, energy_curve=features.energy_curve, version=FEATURES_VERSION
    )
    assert max(features.energy_curve) < 0.02
    assert measure(clip_of(np.zeros(0))).energy_curve == ()
    assert measure(clip_of(noise(10.0))).key is None


@pytest.mark.parametrize("length", [1, 100, 1023, 5000, 30_000])
def test_snippets_are_no_trouble(length: int) -> None:
    measure(clip_of(noise(2.0)[:length]))


def test_brightness_is_the_centroid_of_what_sounds() -> None:
    tone = np.concatenate([sine(2000, 5.0, level=0.5), np.zeros(10 * RATE)])
    assert measure(clip_of(tone)).brightness_hz == pytest.approx(2000, rel=0.05)


def test_energy_curve_follows_the_music() -> None:
    quiet, loud = 0.05 * band(70, 4, seed=4, drums=False).samples, band(140, 4, seed=4).samples
    curve = measure(clip_of(np.concatenate([quiet, loud]))).energy_curve
    assert len(curve) == 40
    assert max(curve[2:17]) < min(curve[23:38]) - 0.2


def test_energy_orders_music_as_listeners_do() -> None:
    pad = clip_of(0.1 * sum(note(45 + step, 20.0, decay=0.0) for step in (0, 4, 7)))
    ballad = clip_of(0.6 * band(60, 4, seed=5, drums=False).samples)
    dance = band(128, 4, seed=5)
    wild = clip_of(np.clip(3 * dance.samples + noise(20.0, level=0.1), -1, 1))
    energies = [measure(clip).energy or 0.0 for clip in (pad, ballad, dance, wild)]
    assert energies == sorted(energies)
    assert energies[0] < 0.15
    assert energies[-1] > 0.7


def test_energy_orders_the_moods_of_the_demo(
    demo_features: list[tuple[LabelledTrack, MusicFeatures]],
) -> None:
    energies: dict[str, list[float]] = {}
    for track, features in demo_features:
        energies.setdefault(track.mood, []).append(features.energy or 0.0)
    means = {mood: float(np.mean(values)) for mood, values in energies.items()}
    assert means["calm"] < means["tender"] < means["happy"] < means["energetic"]
    assert means["energetic"] - means["calm"] > 0.15


def test_energy_depends_less_on_level_than_on_the_music() -> None:
    dance, ballad = band(128, 4, seed=6), band(60, 4, seed=6, drums=False)
    quiet_dance = measure(clip_of(dance.samples / 4)).energy or 0.0
    assert quiet_dance > (measure(ballad).energy or 1.0)


@pytest.mark.parametrize("index", range(5))
def test_energy_never_falls_when_a_part_rises(index: int) -> None:
    middle = [-20.0, 3.0, 3.0, 1500.0, 0.02]
    lowest = [-90.0, 0.0, 0.0, 0.0, 0.0]
    highest = [0.0, 20.0, 20.0, 11000.0, 1.0]
    values = [np.full(50, value) for value in middle]
    values[index] = np.linspace(lowest[index], highest[index], 50)
    energy = combine_energy(*values)
    assert (np.diff(energy) >= 0.0).all()
    assert energy[-1] > energy[0] + 0.1
    assert combine_energy(*lowest) >= 0.0
    assert combine_energy(*highest) <= 1.0


def test_descriptors_tell_sounds_apart() -> None:
    _, pad = measure_more(clip_of(0.1 * sum(note(45 + step, 15.0, decay=0.0) for step in (0, 4, 7))))
    _, dance = measure_more(band(128, 4, seed=7))
    _, hiss = measure_more(clip_of(noise(15.0)))
    _, bass = measure_more(clip_of(sine(60, 10.0)))
    assert pad.flatness < dance.flatness < hiss.flatness
    assert pad.flux < dance.flux
    assert bass.low_share > 0.95
    assert (
        measure_more(progression(0, "major"))[1].major_ness
        > 0.3
        > measure_more(progression(0, "minor"))[1].major_ness
    )


@pytest.mark.parametrize(
    ("samples", "reason"),
    [
        (noise(2.999), "too short: 2.99 s of sound; 3 s are needed"),
        (np.zeros(0), "too short: 0.00 s"),
        (np.zeros(10 * RATE), "silent"),
        (np.full(10 * RATE, 0.25), "silent"),
        (noise(10.0, level=1e-4), "silent"),
    ],
    ids=["short", "empty", "zero", "constant", "whisper"],
)
def test_sound_with_nothing_to_analyse_is_refused(samples: np.ndarray, reason: str) -> None:
    with pytest.raises(UnusableAudioError, match=reason):
        check_usable(clip_of(samples))


def test_quiet_and_mostly_silent_sound_is_usable() -> None:
    check_usable(clip_of(noise(3.0, level=1e-3)))
    mix = np.zeros(60 * RATE, dtype=np.float32)
    add(mix, note(60, 1.0), 30.0, 0.5)
    check_usable(clip_of(mix))


def test_fifteen_minutes_are_analysed_at_most_and_in_little_memory() -> None:
    song = band(120, 4, seed=8).samples
    clip = clip_of(np.tile(song, 50))  # 1,000 s
    tracemalloc.start()
    features = measure(clip)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert features.duration == 900.0
    assert len(features.energy_curve) == 900
    assert peak < 200e6


def test_beats_count_from_the_start_of_the_file() -> None:
    clip = band(120, 4, seed=9)
    assert measure(replace(clip, start=60.0)).beats[0] == pytest.approx(measure(clip).beats[0] + 60.0)
