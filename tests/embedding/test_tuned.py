"""A tuned space: the cosine of lite, with what axes of one's own say of the words that are theirs."""

from __future__ import annotations

import numpy as np
import pytest

from reelscore.embedding.lite.embedder import LITE, LiteEmbedder
from reelscore.embedding.lite.semantic import TAGGERS
from reelscore.embedding.tuned import FEATURES, Label, TunedEmbedder, Tuning
from reelscore.records import FloatArray, TrackEmbedding

SONGS = 40


@pytest.fixture(scope="module")
def vectors() -> tuple[FloatArray, FloatArray]:
    rng = np.random.default_rng(2)
    lite = LiteEmbedder().embed_queries(["calm piano", "fast metal"])[rng.integers(0, 2, SONGS)]
    lite = lite + 0.05 * rng.normal(size=lite.shape)
    lite[:, -1] = 1.5
    sound = np.abs(rng.normal(size=(SONGS, TAGGERS.dim)))
    return tuple(  # type: ignore[return-value]
        (one / np.linalg.norm(one, axis=1, keepdims=True)).astype(np.float32) for one in (lite, sound)
    )


@pytest.fixture(scope="module")
def embedder() -> TunedEmbedder:
    axes = np.random.default_rng(1).normal(size=(3, FEATURES + 1)).astype(np.float32)
    labels = (Label("krand", 1.0, False), Label("our sound", 1.0, False), Label("calm", 0.5, True))
    return TunedEmbedder(Tuning("own", labels, axes, {}))


@pytest.fixture(scope="module")
def tracks(embedder: TunedEmbedder, vectors: tuple[FloatArray, FloatArray]) -> FloatArray:
    lite, sound = vectors
    rows = []
    for one, other in zip(lite, sound, strict=True):
        parts = [
            TrackEmbedding(space.name, vector, vector[None], (0.0,), 3.0)
            for space, vector in ((LITE, one), (TAGGERS, other))
        ]
        derived = embedder.derive(*parts)
        assert derived.windows.shape == (1, embedder.space.dim)
        assert np.array_equal(derived.windows[0], derived.track)
        rows.append(derived.track)
    return np.stack(rows)


def test_tracks_and_queries_are_unit_vectors(embedder: TunedEmbedder, tracks: FloatArray) -> None:
    queries = embedder.embed_queries(["krand", "calm", "calm piano", "xqzt"])
    assert np.linalg.norm(tracks, axis=1) == pytest.approx(np.ones(SONGS), abs=1e-5)
    assert np.linalg.norm(queries, axis=1) == pytest.approx([1.0, 1.0, 1.0, 0.0], abs=1e-5)


def test_other_words_rank_as_in_lite(
    embedder: TunedEmbedder, tracks: FloatArray, vectors: tuple[FloatArray, FloatArray]
) -> None:
    query, plain = (
        embedder.embed_queries(["soft strings"])[0],
        LiteEmbedder().embed_queries(["soft strings"])[0],
    )
    assert tracks @ query == pytest.approx(vectors[0] @ plain / np.sqrt(2.0), abs=1e-5)


def test_a_word_of_ones_own_ranks_by_its_axis_and_no_turns_it_round(
    embedder: TunedEmbedder, tracks: FloatArray, vectors: tuple[FloatArray, FloatArray]
) -> None:
    from reelscore.embedding.tuned import features_of

    axes = embedder.tuning.axes
    scores = features_of(*vectors) @ axes[1, :-1] + axes[1, -1]
    said, turned = embedder.embed_queries(["our sound", "no our sound"])
    assert np.corrcoef(tracks @ said, np.tanh(scores / 2.5))[0, 1] > 0.99
    assert tracks @ turned == pytest.approx(-(tracks @ said), abs=1e-6)
    assert embedder.kinds("our sound").shape == (0, embedder.space.dim)
    assert embedder.kinds("calm metal").shape[1] == embedder.space.dim


def test_words_of_ones_own_are_understood_and_others_are_not(embedder: TunedEmbedder) -> None:
    read = embedder.read_words("soft krand zzqx")
    assert read.understood == ("krand", "soft")
    assert read.unknown == ("zzqx",)
