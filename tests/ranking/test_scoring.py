from __future__ import annotations

import numpy as np
import pytest

from reelscore.ranking.fusion import Column, Parts
from reelscore.ranking.scoring import Ranked, in_order, parts_of
from reelscore.ranking.targets import energy_fit, tempo_fit
from reelscore.records import MusicQuery, Phrase


def column(*values: float) -> Column:
    return np.array(values, dtype=np.float64)


def rank(
    ids: list[str],
    relevance: Parts,
    measured: list[tuple[float | None, float | None]] | None = None,
    query: MusicQuery | None = None,
) -> Ranked:
    known = np.array(measured, dtype=np.float64) if measured else None
    return in_order(ids, parts_of(relevance, measured=known, query=query))


def test_without_wishes_the_order_is_pure_similarity() -> None:
    ranked = rank(["a", "b"], {"words": column(0.2, 0.9)})
    assert (ranked.ids, ranked.scores.tolist()) == (["b", "a"], [0.9, 0.2])


def test_parts_add_up_to_the_score_and_a_song_has_only_its_own() -> None:
    query = MusicQuery((Phrase("x"),), tempo_bpm=(80, 100), energy=0.4)
    ranked = rank(
        ["a", "b"],
        {"x": column(0.3, 0.1), "y": column(0.2, np.nan)},
        measured=[(90.0, 0.5), (170.0, 0.9)],
        query=query,
    )
    a, b = ranked.take(["a", "b"])
    for item in (a, b):
        assert sum(item.parts.values()) == pytest.approx(item.score)
    assert set(a.parts) == {"x", "y", "tempo", "energy"} and set(b.parts) == {"x", "tempo", "energy"}
    assert ranked.take([]) == []


def test_among_equals_the_wanted_tempo_wins() -> None:
    query = MusicQuery((Phrase("x"),), tempo_bpm=(80, 100))
    measured = [(130.0, None), (90.0, None)]
    assert rank(["far", "near"], {"x": column(0.5, 0.5)}, measured=measured, query=query).ids[0] == "near"


def test_among_equals_the_wanted_energy_wins() -> None:
    query = MusicQuery((Phrase("x"),), energy=0.9)
    measured = [(None, 0.1), (None, 0.85)]
    assert rank(["calm", "wild"], {"x": column(0.5, 0.5)}, measured=measured, query=query).ids[0] == "wild"


def test_equal_scores_are_ordered_by_id() -> None:
    assert rank(["b", "a", "c"], {"x": column(0.5, 0.5, 0.5)}).ids == ["a", "b", "c"]
    scores = {"x": column(0.1, 0.5, 0.9, 0.5)}
    assert rank(["d", "b", "a", "c"], scores).ids == ["a", "b", "c", "d"]


def test_only_the_first_are_ordered_anew_if_that_is_asked() -> None:
    assert in_order(["a", "b", "c"], {"x": column(0.1, 0.5, 0.9)}, first=2).ids == ["b", "a", "c"]


@pytest.mark.parametrize(
    ("tempo", "expected"), [(80, 1.0), (90, 1.0), (100, 1.0), (45, 0.85), (180, 0.85), (None, 0.5)]
)
def test_tempo_fit_at_and_around_the_range(tempo: float | None, expected: float) -> None:
    assert tempo_fit(np.array([tempo], dtype=np.float64), (80, 100)) == pytest.approx([expected])


def test_tempo_fit_falls_with_the_distance() -> None:
    fits = tempo_fit(column(100, 105, 112, 120, 128), (80, 100)).tolist()
    assert fits == sorted(fits, reverse=True)
    assert fits[-1] < 0.6


def test_energy_fit_falls_to_both_sides() -> None:
    assert energy_fit(column(0.5, 0.25, 0.75, np.nan), 0.5) == pytest.approx([1.0, 0.5, 0.5, 0.5])
