"""Scores of rankers whose orders are known beforehand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from reelscore.embedding.base import Space
from reelscore.errors import CancelledError
from reelscore.evaluation.datasets import Dataset, LabelledQuery, LabelledTrack
from reelscore.evaluation.rankers import Order, SpaceRanker
from reelscore.evaluation.scoring import score_all, score_features, score_songs, score_text
from reelscore.records import FloatArray, MusicFeatures, Progress


def _track(name: str, album: str, style: str, **more: object) -> LabelledTrack:
    return LabelledTrack(Path(name), name, artist=f"by {album}", album=album, style=style, **more)  # type: ignore[arg-type]


TRACKS = (
    _track("a1", "A", "jazz", tags=frozenset({"calm"}), tempo_bpm=100.0, key="C major"),
    _track("a2", "A", "jazz", tempo_bpm=100.0),
    _track("b1", "B", "jazz", tags=frozenset({"calm"})),
    _track("c1", "C", "rock"),
)
DATASET = Dataset(
    "tiny",
    TRACKS,
    (LabelledQuery("calm", "mood", "calm"), LabelledQuery("polka", "genre", "polka")),
)


@dataclass(frozen=True)
class FixedRanker:
    """Gives the orders that it was told."""

    text: Sequence[int] | None
    songs: dict[int, Sequence[int]]
    name: str = "fixed"

    def rank_text(self, text: str) -> Order | None:
        return None if self.text is None else np.array(self.text, dtype=int)

    def rank_song(self, track: int) -> Order | None:
        return np.array(self.songs[track]) if self.songs else None


PERFECT = FixedRanker([0, 2, 1, 3], {0: [1, 2, 3], 1: [0, 2, 3], 2: [0, 1, 3], 3: [0, 1, 2]})


def test_a_perfect_order_scores_one_and_unanswerable_queries_are_counted() -> None:
    scores = score_text(DATASET, PERFECT)
    assert scores is not None
    for name in ("ndcg@10", "ndcg@10 mood", "map", "mrr", "hit@1"):
        assert scores.figures[name].mean == pytest.approx(1.0)
    assert scores.counts == {"queries": 1, "skipped": 1, "tracks": 4}


def test_an_answer_without_songs_scores_zero() -> None:
    scores = score_text(DATASET, FixedRanker([], {}))
    assert scores is not None
    assert scores.figures["ndcg@10"].mean == 0.0
    assert scores.figures["map"].mean == 0.0


def test_a_ranker_without_words_has_no_text_scores() -> None:
    assert score_text(DATASET, FixedRanker(None, {})) is None


def test_style_is_scored_without_the_artist_and_album_of_the_query() -> None:
    scores = score_songs(DATASET, PERFECT)
    assert scores is not None
    # a1 and a2 have one foreign song of their style, b1 has two, c1 none.
    assert scores.figures["map style"].count == 3
    assert scores.figures["map style"].mean == pytest.approx(1.0)
    assert scores.figures["chance style"].mean == pytest.approx((1 / 2 + 1 / 2 + 2 / 3) / 3)
    assert scores.figures["map album"].count == 2
    assert scores.figures["map album"].mean == pytest.approx(1.0)
    assert scores.figures["p@5 style all"].mean == pytest.approx(2 / 5)
    assert scores.figures["map tags"].count == 2


def test_a_bad_order_scores_worse() -> None:
    reverse = FixedRanker(None, {0: [3, 2, 1], 1: [3, 2, 0], 2: [3, 1, 0], 3: [2, 1, 0]})
    good, bad = score_songs(DATASET, PERFECT), score_songs(DATASET, reverse)
    assert good is not None
    assert bad is not None
    assert bad.figures["map style"].mean < good.figures["map style"].mean


def test_labels_without_albums_styles_and_tags_have_no_song_scores() -> None:
    bare = Dataset("bare", tuple(LabelledTrack(Path(n), n) for n in "ab"))
    assert score_songs(bare, FixedRanker(None, {0: [1], 1: [0]})) is None


def test_features_are_scored_where_they_are_labelled() -> None:
    measured = [MusicFeatures(30.0, tempo_bpm=50.0, key="G major"), None, None, None]
    scores = score_features(DATASET, measured)
    assert scores is not None
    assert scores.figures["tempo acc1"].mean == 0.0
    assert scores.figures["tempo acc2"].mean == 0.5
    assert scores.figures["key mirex"].mean == 0.5
    assert scores.figures["key exact"].count == 1
    assert score_features(Dataset("bare", TRACKS[3:]), measured[3:]) is None


class _Axes:
    """Words that name a dimension."""

    space = Space("axes", 2, 16_000, True, "two axes")

    def embed_queries(self, texts: Sequence[str]) -> FloatArray:
        known = {"first": (1.0, 0.0), "second": (0.0, 1.0)}
        return np.array([known.get(text, (0.0, 0.0)) for text in texts], dtype=np.float32)


def test_a_space_ranks_by_exact_cosine_and_leaves_the_query_song_out() -> None:
    vectors = np.array([[1, 0], [0.8, 0.6], [0, 1]], dtype=np.float32)
    ranker = SpaceRanker("axes", vectors, _Axes())
    assert ranker.rank_text("first").tolist() == [0, 1, 2]  # type: ignore[union-attr]
    assert ranker.rank_text("unknown").tolist() == []  # type: ignore[union-attr]
    assert ranker.rank_song(2).tolist() == [1, 0]  # type: ignore[union-attr]
    assert SpaceRanker("axes", vectors).rank_text("first") is None


def test_scores_are_the_same_on_every_run_and_dump_as_json() -> None:
    first = [scores.to_dict() for scores in score_all(DATASET, [PERFECT])]
    assert first == [scores.to_dict() for scores in score_all(DATASET, [PERFECT])]
    assert {row["task"] for row in first} == {"text", "song"}
    assert set(first[0]["figures"]["map"]) == {"mean", "low", "high", "count"}


def test_scoring_stops_where_the_caller_asks() -> None:
    def stop(_: Progress) -> None:
        raise CancelledError("stopped")

    with pytest.raises(CancelledError):
        score_all(DATASET, [PERFECT], progress=stop)
