"""A tuned space: the cosine of its base, for words drawn to one's own, with what axes say of one's labels."""

from __future__ import annotations

import numpy as np
import pytest

from reelscore.embedding.lite.embedder import LITE, LiteEmbedder
from reelscore.embedding.lite.semantic import TAGGERS
from reelscore.embedding.tuned import TunedLite, drawn, features_of, nearness, placed
from reelscore.embedding.tunings import Anchors, Label, Tuning, Wordings
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
def wordings() -> Wordings:
    """Two labels; a query of one's own says that "sleepy owl" is calm."""
    texts = LiteEmbedder().embed_queries(["calm", "techno", "sleepy owl"])
    meanings = np.zeros((3, LITE.dim + 3), dtype=np.float32)
    meanings[:, : LITE.dim] = texts[[0, 1, 0]]
    meanings[[0, 2], LITE.dim + 2] = 0.5
    return Wordings(texts, meanings, np.ones(3, np.float32), np.array([0, 0, 1], np.float32))


@pytest.fixture(scope="module")
def anchors(vectors: tuple[FloatArray, FloatArray]) -> Anchors:
    centre = np.concatenate([each.mean(axis=0) for each in vectors])
    return Anchors(centre, placed(LITE.name, vectors[0][:4], vectors[1][:4], centre))


@pytest.fixture(scope="module")
def embedder(wordings: Wordings, anchors: Anchors) -> TunedLite:
    """The second label is told by nearness to the first songs, the others by what is heard."""
    axes = np.random.default_rng(1).normal(size=(3, TAGGERS.dim + 4 + 1)).astype(np.float32)
    axes[1, : TAGGERS.dim] = 0.0
    axes[[0, 2], TAGGERS.dim : -1] = 0.0
    labels = (
        Label("krand", 1.0, False, 0.3),
        Label("our sound", 1.0, False, None),
        Label("calm", 0.5, True, -1.0),
    )
    return TunedLite(Tuning("own", LITE.name, labels, axes, anchors, wordings, 3.0, {}), LiteEmbedder())


@pytest.fixture(scope="module")
def tracks(embedder: TunedLite, vectors: tuple[FloatArray, FloatArray]) -> FloatArray:
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


def test_tracks_and_queries_are_unit_vectors(embedder: TunedLite, tracks: FloatArray) -> None:
    queries = embedder.embed_queries(["krand", "calm", "calm piano", "xqzt"])
    assert np.linalg.norm(tracks, axis=1) == pytest.approx(np.ones(SONGS), abs=1e-5)
    assert np.linalg.norm(queries, axis=1) == pytest.approx([1.0, 1.0, 1.0, 0.0], abs=1e-5)


def test_words_that_are_like_none_of_ones_own_rank_as_in_the_base_space(
    embedder: TunedLite, tracks: FloatArray, vectors: tuple[FloatArray, FloatArray]
) -> None:
    query, plain = (each.embed_queries(["harpsichord"])[0] for each in (embedder, LiteEmbedder()))
    assert tracks @ query == pytest.approx(vectors[0] @ plain / np.sqrt(2.0), abs=1e-5)


def test_words_that_are_like_a_label_are_drawn_to_it_and_take_its_axis(
    embedder: TunedLite, wordings: Wordings
) -> None:
    lite = LiteEmbedder()
    plain, calm = lite.embed_queries(["soothing"])[0], wordings.texts[0]
    moved = embedder.embed_queries(["soothing"])[0]
    base = moved[: LITE.dim] / np.linalg.norm(moved[: LITE.dim])
    assert plain @ calm < base @ calm < 1.0
    assert moved[LITE.dim + 2] > 0.0 == moved[LITE.dim]
    asked = embedder.embed_queries(["sleepy owl"])[0, : LITE.dim]
    assert asked @ calm / np.linalg.norm(asked) > lite.embed_queries(["sleepy owl"])[0] @ calm + 0.1


def test_what_sound_does_not_bear_out_draws_nothing(wordings: Wordings) -> None:
    plain = LiteEmbedder().embed_queries(["soothing"])
    doubted = Wordings(wordings.texts, wordings.meanings, np.zeros(3, np.float32), wordings.asked)
    assert np.array_equal(drawn(LITE.name, plain, plain, doubted, 3.0)[:, : LITE.dim], plain)
    assert not drawn(LITE.name, plain, plain, doubted, 3.0)[:, LITE.dim :].any()


def test_a_word_of_ones_own_ranks_by_its_axis_and_no_turns_it_round(
    embedder: TunedLite, tracks: FloatArray, vectors: tuple[FloatArray, FloatArray]
) -> None:
    axes, anchors = embedder.tuning.axes, embedder.tuning.anchors
    near = nearness(placed(LITE.name, *vectors, anchors.centre), anchors.points)
    scores = near @ axes[1, TAGGERS.dim : -1] + axes[1, -1]
    said, turned = embedder.embed_queries(["our sound", "no our sound"])
    assert np.corrcoef(tracks @ said, np.tanh(scores / 2.5))[0, 1] > 0.99
    assert tracks @ turned == pytest.approx(-(tracks @ said), abs=1e-6)
    assert embedder.kinds("our sound").shape == (0, embedder.space.dim)
    assert embedder.kinds("calm metal").shape[1] == embedder.space.dim


def test_a_label_is_heard_from_its_threshold_on(
    embedder: TunedLite, vectors: tuple[FloatArray, FloatArray]
) -> None:
    scores = embedder.scores(*vectors)
    heard = features_of(LITE.name, vectors[1]) @ embedder.tuning.axes[0, : TAGGERS.dim]
    assert scores[:, 0] == pytest.approx(heard + embedder.tuning.axes[0, -1], abs=1e-4)
    for own, base, sound in zip(scores, *vectors, strict=True):
        tags = embedder.own_tags(base, sound)
        assert tags.keys() == {"krand", "calm"}  # the third one tells nothing surely
        assert (tags["krand"] >= 0.5) == (own[0] >= 0.3)


def test_a_song_is_nearest_to_itself_and_farther_where_either_space_says_so(
    anchors: Anchors, vectors: tuple[FloatArray, FloatArray]
) -> None:
    lite, sound = vectors
    near = nearness(placed(LITE.name, lite[:4], sound[:4], anchors.centre), anchors.points)
    assert np.diag(near) == pytest.approx(np.ones(4), abs=1e-4)
    assert (near - np.eye(4) < 0.9).all()
    for moved in ((lite[4:8], sound[:4]), (lite[:4], sound[4:8])):
        away = nearness(placed(LITE.name, *moved, anchors.centre), anchors.points)
        assert (np.diag(away) <= 1.0).all()
        assert np.diag(away).mean() < 0.9


def test_words_of_ones_own_are_understood_and_others_are_not(embedder: TunedLite) -> None:
    read = embedder.read_words("soft krand zzqx")
    assert read.understood == ("krand", "soft")
    assert read.unknown == ("zzqx",)
