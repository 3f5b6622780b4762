"""Taste: what events say of songs, and what that does to a score."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelscore.ranking.taste import (
    Judgement,
    Taste,
    explore,
    judgements,
    kernel_of,
    learn,
    share_of_taste,
    team_lift,
)
from reelscore.records import EventKind, FloatArray, TasteEvent

DIM = 12


def event(kind: EventKind, at: int, amount: float = 0.0, song: str = "a", project: str = "p") -> TasteEvent:
    return TasteEvent("", project, song, kind, f"2026-01-{at:02d}", amount=amount)


K = EventKind


@pytest.mark.parametrize(
    ("kinds", "value", "kept"),
    [
        ([event(K.KEPT, 1)], 1.0, True),
        ([event(K.REJECTED, 2), event(K.KEPT, 1)], -1.0, False),
        ([event(K.KEPT, 2), event(K.REJECTED, 1)], 1.0, True),
        ([event(K.CORRECTED, 3), event(K.STARRED, 2, 5.0), event(K.KEPT, 1)], 0.0, False),
        ([event(K.KEPT, 4), event(K.CORRECTED, 3), event(K.STARRED, 2, 1.0)], -0.5, False),
        ([event(K.STARRED, 2, 5.0), event(K.KEPT, 1)], 1.25, True),
        ([event(K.EXPORTED, 2), event(K.KEPT, 1)], 1.25, True),
        ([event(K.LESS, 2), event(K.MORE, 1)], -0.5, False),
        ([event(K.AUDITIONED, 1, 60.0)], 0.2, False),
        ([event(K.AUDITIONED, 1, 4.0)], 0.0, False),
    ],
)
def test_the_last_word_on_a_song_counts(kinds: list[TasteEvent], value: float, kept: bool) -> None:
    found = judgements(kinds)
    assert [(one.value, one.kept) for one in found] == ([(value, kept)] if value else [])


def test_each_project_judges_for_itself() -> None:
    found = judgements([event(K.REJECTED, 2, project="q"), event(K.KEPT, 1)])
    assert [(one.project_id, one.value) for one in found] == [("q", -1.0), ("p", 1.0)]


def songs(seed: int, count: int) -> tuple[FloatArray, np.ndarray]:
    """Unit vectors, and which of them lie on one side."""
    rng = np.random.default_rng(seed)
    side = rng.random(count) < 0.5
    vectors = rng.normal(size=(count, DIM))
    vectors[:, 0] += np.where(side, 1.5, -1.5)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors.astype(np.float32), side


def learnt(sound: FloatArray, values: list[float]) -> Taste:
    judged = [Judgement(str(at), "", value, value > 0, "") for at, value in enumerate(values)]
    centre = np.zeros(DIM, dtype=np.float32)
    return learn(judged, kernel_of(sound, centre=centre, metric=np.eye(DIM, dtype=np.float32)))


@pytest.mark.parametrize("seed", range(3))
def test_what_sounds_like_what_was_kept_gains(seed: int) -> None:
    sound, side = songs(seed, 80)
    taste = learnt(sound[:20], [1.0 if one else -1.0 for one in side[:20]])
    suits, alike = taste.suits(sound[20:])
    assert suits[side[20:]].mean() > suits[~side[20:]].mean() + 0.2
    assert taste.confidence > 0.6
    for row in alike:
        kept = taste.kept_like(row)
        assert all(row[int(song)] >= 0.5 and side[int(song)] for song in kept)


def test_choices_that_follow_no_sound_count_for_less() -> None:
    chance, choice = [], []
    for seed in range(12):
        sound, side = songs(seed, 40)
        values = np.random.default_rng(seed + 100).choice([-1.0, 1.0], 40)
        chance.append(learnt(sound, list(values)).confidence)
        choice.append(learnt(sound, [1.0 if one else -1.0 for one in side]).confidence)
    assert np.mean(chance) < 0.55 < 0.8 < np.mean(choice)


def test_little_is_made_of_one_song() -> None:
    sound, _ = songs(0, 5)
    taste = learnt(sound[:1], [1.0])
    assert taste.confidence < 0.1
    share = share_of_taste(
        np.linspace(0, 1, 4), taste.suits(sound[1:])[0], taste=0.3, confidence=taste.confidence
    )
    assert np.ptp(share) < 0.1


def test_later_judgements_are_surer() -> None:
    sound, side = songs(1, 60)
    values = [1.0 if one else -1.0 for one in side]
    turned = [*values[:20], *(-value for value in values[20:])]  # the latest come first
    suits, _ = learnt(sound, turned).suits(sound)
    assert suits[side].mean() > suits[~side].mean()


def test_a_share_moves_none_on_average_and_nothing_of_equals() -> None:
    share = share_of_taste(np.array([0.1, 0.5, 0.2]), np.array([1.0, -1.0, 0.3]), taste=1.0, confidence=0.5)
    assert abs(float(share.mean())) < 1e-6 and share[0] > share[2] > share[1]
    assert not share_of_taste(np.zeros(3), np.array([1.0, 2.0, 3.0]), taste=1.0, confidence=1.0).any()
    assert share_of_taste(np.ones(1), np.ones(1), taste=1.0, confidence=1.0).tolist() == [0.0]


@given(st.lists(st.integers(0, 99), unique=True, max_size=60), st.randoms())
def test_exploring_leaves_no_song_out(numbers: list[int], random: object) -> None:
    ranked = [str(number) for number in numbers]
    untouched = ranked[::-1]
    order = explore(ranked, untouched, {song: int(song) / 100 for song in ranked})
    assert sorted(order) == list(range(len(ranked)))
    assert order[:4] == [0, 1, 2, 3][: len(order)]


def test_every_fifth_place_goes_to_what_little_is_known_about() -> None:
    ranked = [f"s{at}" for at in range(30)]
    known = {song: (0.1 if song in ("s20", "s25") else 0.9) for song in ranked}
    order = explore(ranked, ranked, known)
    assert [order[4], order[9]] == [20, 25]


def test_a_team_needs_three_projects() -> None:
    two = [["a", "x"], ["a", "x"], ["b"]]
    assert team_lift(["a"], two) == {}
    assert team_lift(["a"], [*two, ["a", "x", "y"]]) == {"x": 3}
