"""The axes of the lite space: complete, of one scale, and neutral about what was not measured."""

from __future__ import annotations

import numpy as np
import pytest

from reelscore.embedding.lite.axes import (
    AXIS_INDEX,
    AXIS_NAMES,
    DESCRIPTORS,
    LEARNED_AXES,
    LEARNED_LABELS,
    TAG_AXES,
    TEMPO_CENTRES_BPM,
    descriptor_scores,
    tag_matrix,
    tempo_profile,
    tempo_scores,
)
from reelscore.embedding.lite.calibration import load_readout
from reelscore.embedding.lite.lexicon import load_lexicon
from reelscore.embedding.lite.taggers import HIDDEN, TAGS
from reelscore.records import MusicFeatures


def test_axis_names_are_unique() -> None:
    assert len(set(AXIS_NAMES)) == len(AXIS_NAMES) == len(AXIS_INDEX)


def test_every_source_is_a_tag_and_almost_every_tag_is_used() -> None:
    used = {tag for axis in TAG_AXES for tag in axis.sources}
    assert used <= set(TAGS)
    assert len(used) >= 95


def test_tag_weights_sum_to_one() -> None:
    np.testing.assert_allclose(np.abs(tag_matrix()).sum(axis=1), 1.0, atol=1e-6)


def test_calibration_covers_the_axes() -> None:
    readout = load_readout()
    assert readout.tags.shape == (len(TAG_AXES), len(TAGS))
    assert (readout.spreads > 0.1).all()
    assert readout.learned.shape == (len(LEARNED_AXES), HIDDEN)
    assert set(LEARNED_LABELS) <= set(LEARNED_AXES)


def test_training_music_scores_zero() -> None:
    readout = load_readout()
    logits = np.linalg.lstsq(readout.tags, readout.centres, rcond=None)[0]
    hidden = (
        np.linalg.lstsq(readout.learned, -readout.learned_bias, rcond=None)[0]
        if LEARNED_AXES
        else np.zeros(400)
    )
    scores = readout.scores(logits.astype(np.float32), hidden.astype(np.float32))
    assert np.abs(scores).max() < 0.1


def test_what_was_not_measured_is_zero() -> None:
    features = MusicFeatures(duration=30.0)
    assert not descriptor_scores(features).any()
    assert not tempo_scores(features).any()


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("tempo", {"tempo_bpm": 70.0}, {"tempo_bpm": 150.0}),
        ("onsets", {"onset_rate": 1.0}, {"onset_rate": 6.0}),
        ("loudness", {"loudness_lufs": -30.0}, {"loudness_lufs": -8.0}),
        ("brightness", {"brightness_hz": 600.0}, {"brightness_hz": 4000.0}),
        ("mode", {"key": "A minor", "key_confidence": 0.9}, {"key": "A major", "key_confidence": 0.9}),
        ("energy", {"energy": 0.1}, {"energy": 0.9}),
        ("dynamics", {"dynamic_complexity": 1.0}, {"dynamic_complexity": 8.0}),
    ],
)
def test_descriptors_rise_through_zero(name: str, low: dict[str, object], high: dict[str, object]) -> None:
    index = [descriptor.name for descriptor in DESCRIPTORS].index(name)
    below = descriptor_scores(MusicFeatures(duration=30.0, **low))[index]  # type: ignore[arg-type]
    above = descriptor_scores(MusicFeatures(duration=30.0, **high))[index]  # type: ignore[arg-type]
    assert below < -0.5 < 0.5 < above


def test_every_descriptor_is_tested() -> None:
    assert len(DESCRIPTORS) == 7


def test_an_unclear_key_counts_less() -> None:
    index = [descriptor.name for descriptor in DESCRIPTORS].index("mode")
    clear, vague = (
        descriptor_scores(MusicFeatures(duration=30.0, key="C minor", key_confidence=confidence))[index]
        for confidence in (0.9, 0.1)
    )
    assert clear < vague


@pytest.mark.parametrize("bpm", TEMPO_CENTRES_BPM)
def test_a_tempo_is_nearest_to_its_own_bin(bpm: float) -> None:
    assert TEMPO_CENTRES_BPM[int(tempo_profile(bpm).argmax())] == bpm


def test_the_other_reading_of_a_tempo_counts_too_but_less() -> None:
    scores = tempo_scores(MusicFeatures(duration=30.0, tempo_bpm=80.0, tempo_alternative_bpm=160.0))
    assert scores @ tempo_profile(80.0) > scores @ tempo_profile(160.0) > scores @ tempo_profile(110.0)


def test_every_phrase_of_the_lexicon_is_a_vector_over_the_axes_of_its_weight() -> None:
    vectors = np.stack(list(load_lexicon().vectors.values()))
    assert vectors.shape[1] == len(AXIS_NAMES)
    lengths = np.linalg.norm(vectors, axis=1)
    assert ((lengths > 0.3) & (lengths < 1.001)).all()
    assert np.median(lengths) == pytest.approx(1.0)


def test_the_lexicon_is_large() -> None:
    assert len(load_lexicon().vectors) > 1000
