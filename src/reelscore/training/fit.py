"""Axes for labels, in closed form, and what they are worth on music that is new to them. Pure.

Ridge regression of each label on the vectors of songs, in its dual form, so that a thousand songs take
seconds; and for labels that few songs have, how near a song is to those (Parzen windows). Every song is
scored by axes that were learnt without its group (its album, or else its artist): songs of one album share
their sound, and would be told for that. Nothing is searched for, so nothing is to be stopped early, and the
same data gives the same bytes.

References
----------
Hastie, Tibshirani, Friedman. The Elements of Statistical Learning. 2nd edition, sections 3.4.1, 6.6.1 and
18.3.5.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from reelscore.evaluation.metrics import ndcg_at
from reelscore.ranking.fusion import standardise
from reelscore.records import FloatArray

Column = NDArray[np.float64]
Labels = NDArray[np.bool_]  # (songs, labels)
Folds = NDArray[np.int_]  # (songs,)
Rows = NDArray[np.int_]  # (anchors,), which songs they are

FOLDS = 5
_RIDGE = 100.0  # of the mean squared length of a song's vector; 30 to 1,000 differ little
# What nearness to any song takes from nearness to those with a label.
_ANY = 0.5
_RESAMPLES = 500
_SOME = 1e-6  # values that differ less than this say nothing
_MOST_SHARE = 2.0  # of an axis beside words
_LEAST_SHARE = 0.1  # of words beside an axis: what nothing is measured against
DEPTH = 10


def folds_of(groups: Sequence[str], seed: int) -> Folds:
    """A fold for each song, the same for all of a group; the folds are about equally large."""
    names, counts = np.unique(np.array(groups), return_counts=True)
    order = np.random.default_rng(seed).permutation(len(names))
    order = order[np.argsort(-counts[order], kind="stable")]
    sizes = [0] * FOLDS
    fold: dict[str, int] = {}
    for at in order:
        smallest = int(np.argmin(sizes))
        fold[str(names[at])] = smallest
        sizes[smallest] += int(counts[at])
    return np.array([fold[group] for group in groups])


def apart(features: FloatArray, labels: Labels, fold: Folds) -> Column:
    """Scores (songs, labels) of every song on axes that were learnt without its fold."""
    scores = np.zeros(labels.shape)
    for number in range(FOLDS):
        held = fold == number
        if held.any() and not held.all():
            axes = ridge(features[~held], labels[~held])
            scores[held] = features[held] @ axes[:, :-1].T + axes[:, -1]
    return scores


def ridge(features: FloatArray, labels: Labels) -> FloatArray:
    """Axes (labels, features + 1) whose scores over these songs have mean 0 and deviation 1."""
    raw = features.astype(np.float64)
    mean = raw.mean(axis=0)
    centred = raw - mean
    share = labels.mean(axis=0)
    target = (labels - share) / np.maximum(np.sqrt(share * (1.0 - share)), 1e-6)
    gram = centred @ centred.T
    gram[np.diag_indices(len(gram))] += _RIDGE * np.trace(gram) / len(gram)
    weights = centred.T @ np.linalg.solve(gram, target)  # (features, labels)
    weights /= np.maximum((centred @ weights).std(axis=0), 1e-12)
    axes: FloatArray = np.concatenate([weights.T, -(mean @ weights)[:, None]], axis=1).astype(np.float32)
    return axes


def near_apart(near: FloatArray, at: Rows, labels: Labels, fold: Folds) -> Column:
    """As `apart`, of axes by nearness; `near` and `at` as `near_axes` takes them."""
    scores = np.zeros(labels.shape)
    for number in range(FOLDS):
        held = fold == number
        if held.any() and not held[at].all():
            axes = near_axes(near, at, labels, ~held)
            scores[held] = near[held] @ axes[:, :-1].T + axes[:, -1]
    return scores


def near_axes(near: FloatArray, at: Rows, labels: Labels, learnt: NDArray[np.bool_]) -> FloatArray:
    """Axes (labels, anchors + 1) whose scores over the songs that are learnt from have deviation 1.

    Parameters
    ----------
    near
        How near each song is to each anchor, (songs, anchors).
    at
        Which song each anchor is.
    learnt
        (songs,), those to learn from; other anchors count for nothing.
    """
    there = learnt[at]
    own = labels[at].T & there
    weights = own / np.maximum(own.sum(axis=1, keepdims=True), 1) - _ANY * there / max(int(there.sum()), 1)
    others = near.astype(np.float64)
    others[at, np.arange(len(at))] = 0.0  # a song that is learnt from is near to itself
    scores = others[learnt] @ weights.T
    spread = np.maximum(scores.std(axis=0), 1e-12)
    bias = -scores.mean(axis=0) / spread
    axes: FloatArray = np.concatenate([weights / spread[:, None], bias[:, None]], axis=1).astype(np.float32)
    return axes


def beside(words: Column, axis: Column, held: NDArray[np.bool_]) -> float:
    """The weight of an axis beside the words of its label, in units of what the words say: 0 to 2.

    Linear regression of the label on both, over songs (songs,) of which neither knew.
    """
    if not 0 < held.sum() < len(held):
        return 0.0
    both = np.stack([standardise(words), standardise(axis)], axis=1)
    (said, own), *_ = np.linalg.lstsq(both, standardise(held.astype(np.float64)), rcond=None)
    return float(np.clip(own / max(float(said), _LEAST_SHARE), 0.0, _MOST_SHARE))


def best_threshold(scores: Column, held: NDArray[np.bool_]) -> float:
    """The score from which on songs are said to have a label: the best by F1, over songs new to it."""
    order = np.argsort(-scores, kind="stable")
    right = np.cumsum(held[order])
    f1 = 2.0 * right / (np.arange(1, len(held) + 1) + held.sum())
    at = int(f1.argmax())
    below = scores[order[min(at + 1, len(order) - 1)]]
    return float((scores[order[at]] + below) / 2.0)


def resampled(groups: Sequence[str], seed: int) -> Column:
    """How often each song is drawn, (1 + resamples, songs), if groups are drawn; first each once."""
    _, number = np.unique(np.array(groups), return_inverse=True)
    total = int(number.max()) + 1
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(total, np.full(total, 1.0 / total), size=_RESAMPLES)
    drawn = np.concatenate([np.ones((1, total), dtype=drawn.dtype), drawn])
    counts: Column = drawn[:, number].astype(np.float64)
    return counts


def auc(scores: Column, held: NDArray[np.bool_], counts: Column) -> Column:
    """How often a song that has the label is above one that has not, (resamples,); .5 if all are alike."""
    order = np.argsort(scores, kind="stable")
    right = counts[:, order] * held[order]
    wrong = counts[:, order] * ~held[order]
    below = np.cumsum(wrong, axis=1) - 0.5 * wrong
    pairs = right.sum(axis=1) * wrong.sum(axis=1)
    if float(scores.std()) <= _SOME:
        return np.full(len(counts), 0.5)
    found: Column = np.where(pairs > 0, (right * below).sum(axis=1) / np.maximum(pairs, 1.0), 0.5)
    return found


def error_of_chance(held: NDArray[np.bool_]) -> float:
    """Standard error of the AUC of scores that say nothing (Mann, Whitney); that of resamples may be less."""
    right = int(held.sum())
    wrong = len(held) - right
    return float(np.sqrt((len(held) + 1) / (12 * right * wrong)))


def ndcg(scores: Column, held: NDArray[np.bool_]) -> float:
    """nDCG@10 of songs by their scores; of an order that says nothing, what chance gives about."""
    if float(scores.std()) <= _SOME:
        return float(held.mean())
    ranked = held[np.argsort(-scores, kind="stable")].astype(np.float64)
    return ndcg_at(ranked, DEPTH, pool=held)
