"""Simulated people: what taste does to answers, for tastes that are drawn from the labels of a data set.

Somebody likes the songs that have a label, asks questions, keeps the first song of an answer that they like
and turns down the first that they do not, until so many judgements are made. Then other questions are asked,
and songs that were not judged are scored: right is what answers the question and is liked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from reelscore.evaluation.metrics import ndcg_at
from reelscore.evaluation.scoring import DEPTH
from reelscore.ranking.fusion import Column
from reelscore.ranking.taste import ASKED_VALUE, Judgement, Taste, explore, kernel_of, learn, share_of_taste
from reelscore.ranking.teaching import most_telling
from reelscore.records import FloatArray

Liked = NDArray[np.bool_]  # (songs,)

_DEEP = 80  # songs of an answer that may come among its first ten
_LOOKED_AT = 10  # songs of an answer that somebody judges from
_FEWEST_RIGHT = 3
_MOST_QUESTIONS = 500
_WRONG = 0.2  # judgements of a noisy person that are turned round
_DRIFT = 20  # judgements since a taste changed
# Labels that so many of the songs have can be a taste.
_FEWEST, _MOST = 0.06, 0.5
_APART = 0.3  # share of its songs that a second taste may have in common with the first
_OTHER_FILM = 0.15  # what judgements for an unlike film count


class Person(StrEnum):
    """The kinds of people."""

    STEADY = "one taste"
    TWO_SIDED = "two tastes"
    NOISY = "noisy"  # a fifth of the judgements is wrong
    DRIFTING = "changed"  # another taste since the last 20 judgements; scored by the new one
    TWO_FILMS = "two films"  # another taste in each of two kinds of film; scored in one of them
    RANDOM = "random"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with the score of each song without taste, and which of them answer it."""

    scores: Column
    relevant: NDArray[np.bool_]
    order: NDArray[np.int_] = field(init=False)  # songs, best first

    def __post_init__(self) -> None:
        object.__setattr__(self, "order", np.argsort(-self.scores, kind="stable"))


@dataclass(frozen=True, slots=True)
class World:
    """The songs that simulated people hear."""

    sound: FloatArray  # unit vectors (songs, dim)
    labels: Sequence[frozenset[str]]
    metric: FloatArray
    before: Sequence[Asked]  # what people ask while they judge
    after: Sequence[Asked]  # what is scored

    def tastes(self) -> dict[str, Liked]:
        """The labels that can be a taste, with the songs that have them."""
        counts = Counter(label for labels in self.labels for label in labels)
        low, high = _FEWEST * len(self.labels), _MOST * len(self.labels)
        return {
            label: np.array([label in labels for labels in self.labels])
            for label in sorted(counts)
            if low <= counts[label] <= high
        }


def gains(
    world: World, kind: Person, *, people: int, marks: Sequence[int], taste: float, seed: int
) -> dict[int, list[float]]:
    """nDCG@10 with taste less that without, a value for each person, after each number of judgements.

    Parameters
    ----------
    taste
        The option `taste` of a question, 0..1.
    """
    rng = np.random.default_rng(seed)
    found: dict[int, list[float]] = {mark: [] for mark in marks}
    tastes = world.tastes()
    for _ in range(people):
        first, second = _two(tastes, rng)
        for mark in marks:  # each number begins anew, since a change of taste lies at another place
            judged = list(_judgements(world, kind, first, second, mark, rng))
            target = {Person.TWO_SIDED: first | second, Person.DRIFTING: second}.get(kind, first)
            gain = _gain(world, kind, judged, None if kind is Person.RANDOM else target, taste)
            if gain is not None:
                found[mark].append(gain)
    return found


def taught(
    world: World, kind: Person, *, people: int, songs: int, chosen: bool, taste: float, seed: int
) -> list[float]:
    """As `gains`, of people who were asked about so many songs and did nothing else, a value for each person.

    Parameters
    ----------
    chosen
        The songs that teach most; False: songs that were drawn.
    """
    rng = np.random.default_rng(seed)
    tastes = world.tastes()
    found = []
    nobody = world.sound[:0]
    centre = world.sound.mean(axis=0)
    telling = most_telling(world.sound, nobody, np.zeros(0), centre=centre, metric=world.metric, count=songs)
    for _ in range(people):
        first, second = _two(tastes, rng)
        target = first | second if kind is Person.TWO_SIDED else first
        drawn = rng.permutation(len(world.sound))[:songs].tolist()
        likes = rng.random(len(world.sound)) < 0.5 if kind is Person.RANDOM else target
        judged = [
            (song, Judgement(str(song), "", ASKED_VALUE if likes[song] else -ASKED_VALUE, False, ""))
            for song in (telling if chosen else drawn)
        ]
        gain = _gain(world, kind, judged, None if kind is Person.RANDOM else target, taste)
        if gain is not None:
            found.append(gain)
    return found


def _two(tastes: dict[str, Liked], rng: np.random.Generator) -> tuple[Liked, Liked]:
    names = list(tastes)
    while True:
        first, second = (tastes[name] for name in rng.choice(names, 2, replace=False))
        if (first & second).sum() <= _APART * min(first.sum(), second.sum()):
            return first, second


def _judgements(
    world: World, kind: Person, first: Liked, second: Liked, wanted: int, rng: np.random.Generator
) -> Iterator[tuple[int, Judgement]]:
    """Song and judgement, the earliest first."""
    seen: set[int] = set()
    for _ in range(_MOST_QUESTIONS):
        film = "second" if kind is Person.TWO_FILMS and rng.random() < 0.5 else "first"
        liked = second if film == "second" else first
        if kind is Person.TWO_SIDED:
            liked = first | second
        elif kind is Person.DRIFTING and len(seen) >= wanted - _DRIFT:
            liked = second
        asked = world.before[int(rng.integers(len(world.before)))]
        looked = list(islice((int(song) for song in asked.order if int(song) not in seen), _LOOKED_AT))
        likes = rng.random(len(looked)) < 0.5 if kind is Person.RANDOM else liked[looked]
        for wish in (True, False):
            song = next((one for one, like in zip(looked, likes, strict=True) if like == wish), None)
            if song is None:
                continue
            seen.add(song)
            says = wish != (kind is Person.NOISY and rng.random() < _WRONG)
            yield song, Judgement(str(song), film, 1.0 if says else -1.0, says, "")
            if len(seen) == wanted:
                return


def _gain(
    world: World, kind: Person, judged: Sequence[tuple[int, Judgement]], target: Liked | None, taste: float
) -> float | None:
    latest = judged[::-1]
    ones = [one for _, one in latest]
    trust = None
    if kind is Person.TWO_FILMS:
        trust = np.array([1.0 if one.project_id == "first" else _OTHER_FILM for one in ones])
    sound = world.sound[[song for song, _ in latest]]
    kernel = kernel_of(sound, centre=world.sound.mean(axis=0), metric=world.metric)
    learnt = learn(ones, kernel, trust=trust)
    left = np.ones(len(world.sound), dtype=bool)
    left[[song for song, _ in judged]] = False
    suits, alike = learnt.suits(world.sound[left])
    values = []
    for asked in world.after:
        right = asked.relevant[left] if target is None else (asked.relevant & target)[left]
        if right.sum() >= _FEWEST_RIGHT:
            scores = asked.scores[left]
            with_taste = _order(scores, suits, alike, learnt, taste)
            values.append(_ndcg(right, with_taste) - _ndcg(right, np.argsort(-scores, kind="stable")))
    return float(np.mean(values)) if values else None


def _order(scores: Column, suits: Column, alike: FloatArray, learnt: Taste, taste: float) -> NDArray[np.int_]:
    moved = scores + share_of_taste(scores, suits, taste=taste, confidence=learnt.confidence)
    order, untouched = (np.argsort(-column, kind="stable") for column in (moved, scores))
    if learnt.explores(taste):
        near = set(order[:_DEEP])
        nearest = {str(song): float(alike[song].max()) for song in near}
        names = [str(song) for song in untouched if song in near]
        order = order[explore([str(song) for song in order[:_DEEP]], names, nearest)]
    return order


def _ndcg(right: NDArray[np.bool_], order: NDArray[np.int_]) -> float:
    return ndcg_at(right[order].astype(np.float64), DEPTH, pool=right)
