"""The contract of every bundled embedder, asked of each, and of the call that serves them together."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from reelscore.embedding.base import AudioEmbedder, TextEmbedder
from reelscore.embedding.hub.embedder import HubEmbedder
from reelscore.embedding.hub.folder import read_manifest
from reelscore.embedding.lite.bundled import embed_all
from reelscore.embedding.lite.embedder import LiteEmbedder
from reelscore.embedding.lite.semantic import TaggerEmbedder
from reelscore.embedding.spectral import SpectralEmbedder
from reelscore.records import AudioClip, MusicFeatures

RATE = 22_050
BUNDLED = [LiteEmbedder(threads=1), TaggerEmbedder(threads=1), SpectralEmbedder()]
# The small CLAP with random weights; its folder is only read, since the outcome of its check lies in it.
CLAP = HubEmbedder(read_manifest(Path(__file__).parent / "clap" / "fixture"), threads=1)
EMBEDDERS = [*BUNDLED, CLAP]
NAMES = [embedder.space.name for embedder in EMBEDDERS]


def music(seconds: float = 7.0, hz: float = 220.0) -> AudioClip:
    """A chord that pulses, with a little noise."""
    time_axis = np.arange(round(seconds * RATE)) / RATE
    chord = sum(np.sin(2 * np.pi * hz * ratio * time_axis) for ratio in (1.0, 1.26, 1.5))
    pulse = 0.3 + 0.7 * np.exp(-((time_axis * 2) % 1) * 5)
    noise = np.random.default_rng(5).normal(0, 0.01, len(time_axis))
    return AudioClip((0.1 * chord * pulse + noise).astype(np.float32), RATE)


FEATURES = MusicFeatures(
    duration=7.0,
    tempo_bpm=120.0,
    key="A major",
    key_confidence=0.8,
    loudness_lufs=-16.0,
    onset_rate=2.0,
    brightness_hz=700.0,
    energy=0.4,
    energy_curve=(0.4,) * 7,
)


@pytest.mark.parametrize("embedder", EMBEDDERS, ids=NAMES)
class TestEveryAudioEmbedder:
    def test_vectors_have_unit_length_and_the_dimension_of_the_space(self, embedder: AudioEmbedder) -> None:
        result = embedder.embed_audio(music(), FEATURES)
        assert result.space == embedder.space.name
        assert result.track.shape == (embedder.space.dim,)
        assert result.windows.shape == (len(result.window_starts), embedder.space.dim)
        assert result.track.dtype == result.windows.dtype == np.float32
        lengths = np.linalg.norm(np.vstack([result.track[None], result.windows]), axis=1)
        np.testing.assert_allclose(lengths, 1.0, atol=1e-5)

    def test_windows_lie_within_the_clip_in_order(self, embedder: AudioEmbedder) -> None:
        result = embedder.embed_audio(music(), FEATURES)
        assert list(result.window_starts) == sorted(result.window_starts)
        assert all(start >= 0 and start + result.window_seconds <= 7.01 for start in result.window_starts)

    def test_the_same_sound_gives_the_same_bytes(self, embedder: AudioEmbedder) -> None:
        first, second = (embedder.embed_audio(music(), FEATURES) for _ in range(2))
        assert first.track.tobytes() == second.track.tobytes()
        assert first.windows.tobytes() == second.windows.tobytes()

    def test_the_clip_is_not_changed(self, embedder: AudioEmbedder) -> None:
        clip = music()
        before = clip.samples.copy()
        embedder.embed_audio(clip, FEATURES)
        np.testing.assert_array_equal(clip.samples, before)

    def test_other_sound_gives_another_vector(self, embedder: AudioEmbedder) -> None:
        noise = np.random.default_rng(1).normal(0, 0.2, 7 * RATE).astype(np.float32)
        one = embedder.embed_audio(music(), FEATURES).track
        other = embedder.embed_audio(AudioClip(noise, RATE), FEATURES).track
        assert float(one @ other) < 0.99

    def test_features_that_were_not_measured_are_no_obstacle(self, embedder: AudioEmbedder) -> None:
        assert np.isfinite(embedder.embed_audio(music(3.5), MusicFeatures(duration=3.5)).track).all()

    def test_a_very_short_clip_is_no_obstacle(self, embedder: AudioEmbedder) -> None:
        assert np.isfinite(embedder.embed_audio(music(0.4), MusicFeatures(duration=0.4)).track).all()


@pytest.mark.parametrize("embedder", [BUNDLED[0], CLAP], ids=[NAMES[0], NAMES[-1]])
class TestEveryTextEmbedder:
    def test_known_words_give_unit_vectors(self, embedder: TextEmbedder) -> None:
        vectors = embedder.embed_queries(["calm piano", "hard techno at 140 bpm"])
        assert vectors.shape == (2, embedder.space.dim)
        assert vectors.dtype == np.float32
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)

    @pytest.mark.parametrize("text", ["", "   ", "!?", "\u0000", "🎵🎵"])
    def test_text_without_a_word_is_a_zero_vector(self, embedder: TextEmbedder, text: str) -> None:
        assert not embedder.embed_queries([text]).any()

    def test_no_text_gives_no_rows(self, embedder: TextEmbedder) -> None:
        assert embedder.embed_queries([]).shape == (0, embedder.space.dim)

    def test_each_text_is_embedded_on_its_own(self, embedder: TextEmbedder) -> None:
        together = embedder.embed_queries(["sad violin", "happy ukulele"])
        np.testing.assert_array_equal(together[1], embedder.embed_queries(["happy ukulele"])[0])

    def test_a_long_paragraph_is_no_obstacle(self, embedder: TextEmbedder) -> None:
        assert np.isfinite(embedder.embed_queries(["a gentle story of the sea and stars " * 60])).all()


@pytest.mark.parametrize("text", ["qqqqxx zzvvk", "the of and"])
def test_words_that_say_nothing_about_music_are_a_zero_vector_in_lite(text: str) -> None:
    assert not BUNDLED[0].embed_queries([text]).any()


def test_all_spaces_at_once_are_those_of_each_embedder() -> None:
    together = {item.space: item for item in embed_all(music(), FEATURES, threads=1)}
    assert set(together) == {embedder.space.name for embedder in BUNDLED}
    for embedder in BUNDLED:
        alone = embedder.embed_audio(music(), FEATURES)
        assert together[embedder.space.name].track.tobytes() == alone.track.tobytes()
        assert together[embedder.space.name].windows.tobytes() == alone.windows.tobytes()


def test_spaces_are_known_without_weights() -> None:
    assert [embedder.space.understands_text for embedder in BUNDLED] == [True, False, False]
    assert [embedder.space.dim for embedder in BUNDLED][1:] == [400, 256]


def test_a_query_is_embedded_in_milliseconds() -> None:
    embedder = LiteEmbedder()
    embedder.embed_queries(["calm glockenspielish zither tune"])
    start = time.process_time()
    for _ in range(50):
        embedder.embed_queries(["calm glockenspielish zither tune"])
    assert (time.process_time() - start) / 50 < 0.01
