from __future__ import annotations

import numpy as np
import pytest
from audio_material import RATE, LabelledTrack, add, band, clip_of, drum, noise, progression, sine

from reelscore.audio.decode import resample
from reelscore.audio.tonality import find_key, format_key
from reelscore.filters.keys import parse_key
from reelscore.records import MusicFeatures

KEYS = [(tonic, mode) for tonic in range(12) for mode in ("major", "minor")]


def mirex(found: str | None, wanted: str) -> float:
    """The weighted score of MIREX: 1 right, .5 a fifth off, .3 the relative, .2 the parallel key."""
    if found is None:
        return 0.0
    (tonic, mode), (right, right_mode) = parse_key(found), parse_key(wanted)
    if mode == right_mode:
        return {0: 1.0, 5: 0.5, 7: 0.5}.get((tonic - right) % 12, 0.0)
    relative = (right + (9 if right_mode == "major" else 3)) % 12
    return 0.3 if tonic == relative else 0.2 if tonic == right else 0.0


@pytest.mark.parametrize(("detuned", "keys"), [(0.0, KEYS), (0.3, KEYS[::5]), (-0.4, KEYS[2::5])])
def test_cadences_in_all_keys_are_found_in_any_tuning(detuned: float, keys: list[tuple[int, str]]) -> None:
    for tonic, mode in keys:
        tonality = find_key(progression(tonic, mode, detuned=detuned))
        assert tonality.key is not None
        assert parse_key(tonality.key) == (tonic, mode)
        assert tonality.confidence > 0.5
        assert (tonality.major_ness > 0.3) == (mode == "major")


def test_keys_of_the_labelled_tracks_are_found(
    demo_features: list[tuple[LabelledTrack, MusicFeatures]],
) -> None:
    scores = [mirex(features.key, track.key) for track, features in demo_features]
    assert np.mean(scores) >= 0.8
    assert np.mean(np.array(scores) == 1.0) >= 0.7


def test_drums_do_not_hide_the_key() -> None:
    clip = progression(9, "minor")
    mix = clip.samples.copy()
    generator = np.random.default_rng(1)
    for index, time in enumerate(np.arange(0, 11.8, 0.25)):
        add(mix, drum(("kick", "hat", "snare", "hat")[index % 4], generator), float(time), 0.8)
    assert find_key(clip_of(mix)).key == "A minor"


def test_noise_has_no_key_and_drums_no_sure_one() -> None:
    assert find_key(clip_of(noise(20.0))).key is None
    assert find_key(clip_of(np.zeros(5 * RATE))).key is None
    generator = np.random.default_rng(2)
    mix = np.zeros(15 * RATE, dtype=np.float32)
    for index, time in enumerate(np.arange(0, 14.5, 0.25)):
        add(mix, drum(("kick", "hat", "snare", "hat")[index % 4], generator), float(time), 0.8)
    assert find_key(clip_of(mix)).confidence < 0.3


def test_chroma_is_where_the_tone_is() -> None:
    chroma = find_key(clip_of(sine(440.0, 5.0, level=0.5))).chroma
    assert chroma.shape == (12,)
    assert chroma.dtype == np.float32
    assert chroma.sum() == pytest.approx(1.0, abs=1e-5)
    assert int(chroma.argmax()) == 9


def test_rate_and_level_do_not_matter() -> None:
    clip = progression(3, "minor")
    assert find_key(resample(clip, 44100)).key == "Eb minor"
    assert find_key(clip_of(0.001 * clip.samples)).key == "Eb minor"


@pytest.mark.parametrize("length", [0, 1, 100, 5000, 8192, 8193])
def test_snippets_are_no_trouble(length: int) -> None:
    find_key(clip_of(progression(0, "major").samples[:length]))


def test_long_sound_is_sampled_and_keeps_its_key() -> None:
    clip = progression(7, "major")
    assert find_key(clip_of(np.tile(clip.samples, 20))).key == "G major"


def test_names_are_read_back() -> None:
    for tonic, mode in KEYS:
        assert parse_key(format_key(tonic, mode)) == (tonic, mode)  # type: ignore[arg-type]
    assert format_key(10, "minor") == "Bb minor"
    assert format_key(6, "minor") == "F# minor"


def test_key_is_repeatable() -> None:
    clip = band(120, 4, seed=1)
    first, second = find_key(clip), find_key(clip)
    assert (first.key, first.confidence) == (second.key, second.confidence)
