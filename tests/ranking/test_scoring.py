from __future__ import annotations

import pytest

from reelscore.ranking.scoring import rank
from reelscore.ranking.targets import energy_fit, tempo_fit
from reelscore.records import MusicFeatures, MusicQuery, Phrase


def features(tempo: float | None = None, energy: float | None = None) -> MusicFeatures:
    return MusicFeatures(duration=30.0, tempo_bpm=tempo, energy=energy)


def test_without_wishes_the_order_is_pure_similarity() -> None:
    ranked = rank({"a": {"words": 0.2}, "b": {"words": 0.9}}, features={})
    assert [(item.id, item.score) for item in ranked] == [("b", 0.9), ("a", 0.2)]


def test_parts_add_up_to_the_score() -> None:
    query = MusicQuery((Phrase("x"),), tempo_bpm=(80, 100), energy=0.4)
    for item in rank(
        {"a": {"x": 0.3, "y": 0.2}, "b": {"x": 0.1}},
        features={"a": features(90, 0.5), "b": features(170, 0.9)},
        query=query,
    ):
        assert sum(item.parts.values()) == pytest.approx(item.score)
        assert {"tempo", "energy"} <= set(item.parts)


def test_among_equals_the_wanted_tempo_wins() -> None:
    query = MusicQuery((Phrase("x"),), tempo_bpm=(80, 100))
    ranked = rank(
        {"far": {"x": 0.5}, "near": {"x": 0.5}},
        features={"near": features(90), "far": features(130)},
        query=query,
    )
    assert ranked[0].id == "near"


def test_among_equals_the_wanted_energy_wins() -> None:
    query = MusicQuery((Phrase("x"),), energy=0.9)
    ranked = rank(
        {"calm": {"x": 0.5}, "wild": {"x": 0.5}},
        features={"calm": features(energy=0.1), "wild": features(energy=0.85)},
        query=query,
    )
    assert ranked[0].id == "wild"


def test_equal_scores_are_ordered_by_id() -> None:
    ranked = rank({"b": {"x": 0.5}, "a": {"x": 0.5}, "c": {"x": 0.5}}, features={})
    assert [item.id for item in ranked] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("tempo", "expected"), [(80, 1.0), (90, 1.0), (100, 1.0), (45, 0.85), (180, 0.85), (None, 0.5)]
)
def test_tempo_fit_at_and_around_the_range(tempo: float | None, expected: float) -> None:
    assert tempo_fit(tempo, (80, 100)) == pytest.approx(expected)


def test_tempo_fit_falls_with_the_distance() -> None:
    fits = [tempo_fit(bpm, (80, 100)) for bpm in (100, 105, 112, 120, 128)]
    assert fits == sorted(fits, reverse=True)
    assert fits[-1] < 0.6


def test_energy_fit_falls_to_both_sides() -> None:
    assert energy_fit(0.5, 0.5) == 1.0
    assert energy_fit(0.25, 0.5) == pytest.approx(energy_fit(0.75, 0.5)) == pytest.approx(0.5)
    assert energy_fit(None, 0.5) == 0.5
