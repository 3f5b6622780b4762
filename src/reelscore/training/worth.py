"""What is learnt of labels and wordings, and what it is worth on songs of other albums. Pure.

Measured are texts that people may type: the labels, other words for them, and the queries of a data set, each
read as if it were none of one's own. Songs are scored by axes, weights and trust that were learnt without
their fold of albums.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from reelscore.embedding.tuned import SPREAD, drawn, features_of, nearness, placed
from reelscore.embedding.tunings import Anchors, Label, Wordings
from reelscore.records import FloatArray
from reelscore.training.fit import (
    Column,
    Rows,
    apart,
    auc,
    beside,
    best_threshold,
    error_of_chance,
    folds_of,
    ndcg,
    near_apart,
    near_axes,
    resampled,
    ridge,
)
from reelscore.training.labels import Lesson

_PULLS = (0.0, 2.0, 5.0)
# An axis counts so much of what `beside` finds: what is found of it is found on few albums.
_CAUTION = 0.6
# AUC on songs from which on a meaning is trusted, and in full, and songs at which half of that is believed.
_CHANCE, _TRUSTED, _DOUBT = 0.5, 0.6, 1.0
# A label of unknown words is taken if its gain is so many standard errors above nothing, and a label is a
# filter if its axis tells as surely, and so well.
_SURE = 3.0
_LEAST_GAIN = 0.01
_TELLS = 0.7
# A word that says nothing by itself and that so many songs have at most is told by nearness to them, beside
# so many other songs. What more songs have is told as well by ridge regression, for which no songs are kept.
_FEW, _OTHERS = 30, 300


class TextVectors(NamedTuple):
    """Vectors (n, dim) of texts in the base space."""

    queries: FloatArray  # what is searched with
    literal: FloatArray  # what texts are compared by


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of a lesson."""

    names: TextVectors  # of the labels
    asked: TextVectors  # of the queries
    others: TextVectors  # of other words for labels
    meant: Sequence[int]  # the label of each of those

    @property
    def known(self) -> NDArray[np.bool_]:
        """Which labels (labels,) the base space makes anything of."""
        return np.asarray(self.names.literal.any(axis=1), dtype=bool)


@dataclass(frozen=True, slots=True)
class LabelFigures:
    """What an axis is worth on songs of groups that it was not learnt from."""

    label: str
    songs: int
    words: float  # AUC of what the base space makes of the words; .5 if that is nothing, or worse than chance
    axis: float  # AUC of the axis alone
    both: float
    gain: float  # both less words
    error: float  # standard error of the gain, over groups
    weight: float  # how much the axis counts
    known: bool
    threshold: float | None  # score from which a song has it; None: the axis does not tell it surely

    @property
    def taken(self) -> bool:
        """Whether the axis is kept."""
        return self.weight > 0.0


@dataclass(frozen=True, slots=True)
class Fitted:
    """What was learnt, and what it is worth."""

    labels: tuple[Label, ...]  # with an axis that is kept
    axes: FloatArray  # (labels, features + anchors + 1)
    anchors: Anchors
    wordings: Wordings
    pull: float
    figures: tuple[LabelFigures, ...]
    texts: int  # that were measured
    gain: tuple[float, float, float]  # mean AUC gain of the texts, with its interval of 95 % over groups
    ndcg: tuple[float, float]  # nDCG@10 of the texts, before and after


@dataclass(frozen=True, slots=True)
class _Item:
    """A text that people may type, as it is measured."""

    query: FloatArray  # (dim,), what is searched with
    literal: FloatArray  # (dim,), what it is compared by
    right: NDArray[np.bool_]  # (songs,)
    label: int = -1  # whose words it is, if the base space makes nothing of them
    own: int = -1  # the query among the wordings that it is itself


def fit(lesson: Lesson, texts: Texts, seed: int) -> Fitted:
    """Learn an axis for each label that has songs enough, and what texts are to be read as."""
    counts = resampled(lesson.groups, seed)
    fold = folds_of(lesson.groups, seed)
    features = features_of(lesson.base, lesson.sound)
    predicted = apart(features, lesson.held, fold)
    few = lesson.enough & ~texts.known & (lesson.held.sum(axis=0) <= _FEW)
    anchors, at, near = _anchors(lesson, few)
    predicted[:, few] = near_apart(near, at, lesson.held[:, few], fold)
    words = (lesson.vectors @ texts.names.literal.T).astype(np.float64)
    enough = np.flatnonzero(lesson.enough).tolist()
    figures = [_figures(lesson, texts, words, predicted, counts, at) for at in enough]
    weights = np.zeros(len(lesson.names))
    weights[enough] = [row.weight for row in figures]

    items = _items(lesson, texts, weights)
    alone = np.stack([lesson.vectors @ item.query for item in items]).astype(np.float64)
    before = [_fair(auc(own, item.right, counts)) for own, item in zip(alone, items, strict=True)]
    best: tuple[Column, float, Column] | None = None
    for pull in _PULLS:
        scores = _scores(lesson, texts, items, (words, predicted, weights), fold, pull)
        after = [auc(own, item.right, counts) for own, item in zip(scores, items, strict=True)]
        gains = np.mean([now - was for now, was in zip(after, before, strict=True)], axis=0)
        if best is None or gains[0] > best[0][0]:
            best = gains, pull, scores
    assert best is not None
    gains, pull, scores = best
    low, high = np.percentile(gains[1:], [2.5, 97.5])
    kept = [at for at, row in zip(enough, figures, strict=True) if row.taken or row.threshold is not None]
    return Fitted(
        tuple(
            Label(row.label, row.weight, row.known, row.threshold)
            for at, row in zip(enough, figures, strict=True)
            if at in kept
        ),
        _axes(features, near, at, lesson.held[:, kept], few[kept]),
        anchors,
        _wordings(lesson, texts, predicted, weights, np.ones(len(lesson.ids), dtype=bool), kept),
        pull,
        tuple(figures),
        len(items),
        (float(gains[0]), float(low), float(high)),
        (
            float(np.mean([ndcg(own, item.right) for own, item in zip(alone, items, strict=True)])),
            float(np.mean([ndcg(own, item.right) for own, item in zip(scores, items, strict=True)])),
        ),
    )


def _anchors(lesson: Lesson, few: NDArray[np.bool_]) -> tuple[Anchors, Rows, FloatArray]:
    """Songs that nearness is measured to, which they are, and how near each song is; none without need."""
    centre = np.concatenate([lesson.vectors.mean(axis=0), lesson.sound.mean(axis=0)])
    points = placed(lesson.base, lesson.vectors, lesson.sound, centre)
    wanted = np.asarray(lesson.held[:, few].any(axis=1), dtype=bool)
    wanted[:_OTHERS] |= bool(few.any())  # the first by id, which is a hash
    at = np.flatnonzero(wanted)
    return Anchors(centre, points[at]), at, nearness(points, points[at])


def _axes(
    features: FloatArray, near: FloatArray, at: Rows, labels: NDArray[np.bool_], few: NDArray[np.bool_]
) -> FloatArray:
    """Axes (labels, features + anchors + 1): each of features, or of nearness."""
    axes = np.zeros((labels.shape[1], features.shape[1] + len(at) + 1), dtype=np.float32)
    own = np.append(np.arange(features.shape[1]), -1)
    axes[np.ix_(np.flatnonzero(~few), own)] = ridge(features, labels[:, ~few])
    everything = np.ones(len(labels), dtype=bool)
    axes[few, features.shape[1] :] = near_axes(near, at, labels[:, few], everything)
    return axes


def _figures(
    lesson: Lesson, texts: Texts, words: Column, predicted: Column, counts: Column, at: int
) -> LabelFigures:
    held, own, known = lesson.held[:, at], predicted[:, at], bool(texts.known[at])
    alone = _fair(auc(words[:, at], held, counts)) if known else np.full(len(counts), 0.5)
    axis = auc(own, held, counts)
    weight = _CAUTION * beside(words[:, at], own, held) if known else 1.0
    both = auc(words[:, at] + weight * SPREAD * own, held, counts) if known else axis
    gain, error = float(both[0] - alone[0]), float((both - alone)[1:].std())
    chance = error_of_chance(held)
    if not known and (gain < _LEAST_GAIN or gain <= _SURE * max(error, chance)):
        weight = 0.0
    sure = axis[0] >= _TELLS and axis[0] - 0.5 > _SURE * max(float(axis[1:].std()), chance)
    return LabelFigures(
        lesson.names[at],
        int(held.sum()),
        words=float(alone[0]),
        axis=float(axis[0]),
        both=float(both[0]),
        gain=gain,
        error=error,
        weight=weight,
        known=known,
        threshold=best_threshold(own, held) if sure else None,
    )


def _fair(found: Column) -> Column:
    """AUC of words; those that are worse than chance are no merit of what is better."""
    return found if found[0] >= 0.5 else np.full(len(found), 0.5)


def _items(lesson: Lesson, texts: Texts, weights: Column) -> list[_Item]:
    """The texts that are measured: labels with songs enough, other words for them, and queries."""
    there = lesson.enough
    items = [
        _Item(
            texts.names.queries[at],
            texts.names.literal[at],
            lesson.held[:, at],
            label=-1 if texts.known[at] else at,
        )
        for at in np.flatnonzero(there).tolist()
    ]
    items += [
        _Item(query, literal, lesson.held[:, label])
        for query, literal, label in zip(*texts.others, texts.meant, strict=True)
        if there[label] and query.any()
    ]
    items += [
        _Item(query, literal, asked.answers, own=at)
        for at, (query, literal, asked) in enumerate(zip(*texts.asked, lesson.asked, strict=True))
        if query.any()
    ]
    return items


def _scores(
    lesson: Lesson,
    texts: Texts,
    items: Sequence[_Item],
    learnt: tuple[Column, Column, Column],
    fold: NDArray[np.int_],
    pull: float,
) -> Column:
    """Scores (texts, songs) of every song by what was learnt without its fold."""
    words, predicted, weights = learnt
    dim = lesson.vectors.shape[1]
    everything = list(range(len(lesson.names)))
    scores = np.zeros((len(items), len(lesson.ids)))
    for number in np.unique(fold):
        held = fold == number
        own = np.array(
            [
                _CAUTION * beside(words[~held, at], predicted[~held, at], lesson.held[~held, at])
                if weight and texts.known[at]
                else weight
                for at, weight in enumerate(weights)
            ]
        )
        wordings = _wordings(lesson, texts, predicted, own, ~held, everything)
        asked, literal = np.stack([item.query for item in items]), np.stack([item.literal for item in items])
        queries = drawn(lesson.base, asked, literal, wordings, pull)
        for row, item in enumerate(items):
            if item.own >= 0:  # asked as if it were none of one's own
                others = _without(wordings, item.literal)
                queries[row] = drawn(lesson.base, item.query[None], item.literal[None], others, pull)[0]
            elif item.label >= 0:
                # Taken or not: if only those were counted that gained, random words would gain too.
                queries[row, dim + item.label] = 1.0
        scores[:, held] = (
            queries[:, :dim] @ lesson.vectors[held].T + SPREAD * queries[:, dim:] @ predicted[held].T
        )
    return scores


def _wordings(
    lesson: Lesson,
    texts: Texts,
    predicted: Column,
    weights: Column,
    rows: NDArray[np.bool_],
    kept: Sequence[int],
) -> Wordings:
    """The wordings that some of the songs support: which labels a text is read as.

    Parameters
    ----------
    predicted
        (songs, labels), by axes that were learnt without each song.
    weights
        How much the axis of each label counts.
    rows
        (songs,), those to learn from.
    kept
        The labels with an axis, in its order.
    """
    dim = lesson.vectors.shape[1]
    found: list[tuple[FloatArray, FloatArray, float, float]] = []
    once = np.ones((1, int(rows.sum())))

    def add(text: FloatArray, labels: Sequence[int], right: NDArray[np.bool_], asked: float) -> None:
        base = texts.names.literal[list(labels)].sum(axis=0)
        length = float(np.linalg.norm(base))
        if not text.any() or length < 1e-9:
            return
        meaning = np.zeros(dim + len(kept), dtype=np.float32)
        meaning[:dim] = base / length
        for label in labels:
            if label in kept:
                meaning[dim + kept.index(label)] = weights[label] / len(labels)
        found_by = (
            lesson.vectors[rows] @ meaning[:dim] + SPREAD * predicted[rows][:, list(kept)] @ meaning[dim:]
        )
        own = auc(found_by.astype(np.float64), right[rows], once)[0]
        count = int(right[rows].sum())
        sure = (own - 0.5) * count / (count + _DOUBT) + 0.5
        trust = float(np.clip((sure - _CHANCE) / (_TRUSTED - _CHANCE), 0.0, 1.0))
        found.append((text, meaning, trust, asked))

    for at in range(len(lesson.names)):
        add(texts.names.literal[at], [at], lesson.held[:, at], 0.0)
    for vector, one in zip(texts.asked.literal, lesson.asked, strict=True):
        add(vector, one.labels, one.answers, 1.0)
    if not found:
        none = np.zeros(0, dtype=np.float32)
        return Wordings(
            np.zeros((0, dim), np.float32), np.zeros((0, dim + len(kept)), np.float32), none, none
        )
    vectors, meanings, trust, asked = zip(*found, strict=True)
    return Wordings(
        np.stack(vectors),
        np.stack(meanings),
        np.array(trust, dtype=np.float32),
        np.array(asked, dtype=np.float32),
    )


def _without(wordings: Wordings, text: FloatArray) -> Wordings:
    rest = ~((wordings.texts == text).all(axis=1) & (wordings.asked == 1.0))
    return Wordings(
        *(values[rest] for values in (wordings.texts, wordings.meanings, wordings.trust, wordings.asked))
    )
