"""What a new song must score to come into an answer, and how that is kept."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from reelscore.ranking.scoring import in_order
from reelscore.ranking.targets import tempo_fit
from reelscore.search.retrieve import FirstHits
from reelscore.search.saved_bounds import Bound, bound_values, bounds_of, read_bound, scores_for
from reelscore.text.names import Named

SPACE, DIM = "s", 16


def unit(rng: np.random.Generator, count: int) -> Any:
    found = rng.standard_normal((count, DIM)).astype(np.float32)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


@pytest.mark.parametrize("bend", [0.0, 0.3])
@pytest.mark.parametrize("wished", [None, (80.0, 100.0)])
def test_no_song_that_scores_enough_is_missed(bend: float, wished: tuple[float, float] | None) -> None:
    """Scores of two cosines and a wish, straight or bent: what would be listed is said to be able to."""
    rng = np.random.default_rng(7)
    songs, probes, new = unit(rng, 300), unit(rng, 2), unit(rng, 100)
    tempi = np.stack([rng.uniform(60, 180, 400), np.full(400, np.nan)], axis=1)

    def scores(matrix: Any, first: int) -> Any:
        near = matrix @ probes.T
        plain = 0.5 + 0.7 * near[:, 0] + 0.2 * near[:, 1] - bend * near[:, 0] ** 2
        if wished:
            plain = plain + 0.2 * tempo_fit(tempi[first : first + len(matrix), 0], wished)
        return plain.astype(np.float64)

    ids = [str(at) for at in range(300)]
    compared = [(SPACE, probe, (songs @ probe).astype(np.float64)) for probe in probes]
    named = {"5": Named(0.5, ("title",))}  # raised above the others by its name
    measured = tempi[:300]
    candidates = SimpleNamespace(ids=ids, compared=compared, named=named, measured=measured, first_hits=None)
    own = scores(songs, 0)
    by_name = np.full(300, np.nan)
    by_name[5] = 4.5
    ranked = in_order(ids, {"all": own, "names": by_name})
    own = own + np.nan_to_num(by_name)
    question = SimpleNamespace(
        feeds_back=False,
        music=SimpleNamespace(tempo_bpm=wished, energy=None),
        query=SimpleNamespace(has_words=True),
    )
    (bound,) = bounds_of(question, candidates, ranked, ranked.ids[:30], is_full=True)  # type: ignore[arg-type]
    bound = read_bound(json.loads(json.dumps(bound_values(bound))))
    fresh = [str(300 + at) for at in range(100)]
    (row,) = scores_for([bound], fresh, {SPACE: (fresh, new)}, tempi[300:])
    near = [song for song, score in zip(fresh, row, strict=True) if score >= bound.least]
    least = sorted(own)[-30]
    enters = {song for song, score in zip(fresh, scores(new, 300), strict=True) if score >= least}
    assert enters and enters <= set(near) and len(near) < 60
    if not bend:
        assert enters == set(near)
    (none,) = scores_for([bound], fresh, {SPACE: ([], new[:0])}, tempi[300:])
    assert np.all(np.isneginf(none))  # a song without a vector there cannot be in it
    assert bound.raised == pytest.approx(9.0)
    (short,) = bounds_of(question, candidates, ranked, ranked.ids[:30], is_full=False)  # type: ignore[arg-type]
    assert (short.least, short.is_filtered) == (-np.inf, True)  # there is room for any song


def test_songs_that_would_say_what_words_sound_like_count_whatever_the_filters() -> None:
    rng = np.random.default_rng(3)
    songs, (probe,) = unit(rng, 50), unit(rng, 1)
    cosines = (songs @ probe).astype(np.float64)
    ids = [str(at) for at in range(50)]
    first = FirstHits([(SPACE, probe, cosines)], cosines, float(np.sort(cosines)[-10]))
    candidates = SimpleNamespace(
        ids=ids, compared=[(SPACE, probe, cosines)], named={}, measured=None, first_hits=first
    )
    question = SimpleNamespace(feeds_back=True, music=None, query=SimpleNamespace(has_words=False))
    ranked = in_order(ids, {"all": cosines})
    listed, seeds = bounds_of(question, candidates, ranked, ranked.ids[:3], is_full=True)  # type: ignore[arg-type]
    assert (listed.is_filtered, seeds.is_filtered) == (True, False) and seeds.least < listed.least
    (row,) = scores_for([seeds], ids, {SPACE: (ids, songs)}, None)
    assert {song for song, score in zip(ids, row, strict=True) if score >= seeds.least} == set(
        ranked.ids[:10]
    )


def test_too_few_candidates_let_any_song_in() -> None:
    bound = Bound([], -np.inf)
    assert scores_for([bound], ["a"], {}, None)[0, 0] >= bound.least
    assert read_bound(json.loads(json.dumps(bound_values(bound)))).least == -np.inf
