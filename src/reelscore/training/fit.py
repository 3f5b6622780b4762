"""Linear axes for labels, in closed form, and what they are worth on music that is new to them. Pure.

Ridge regression of each label on standardised features, in its dual form, so that a thousand songs take
seconds. Every song is scored by axes that were learnt without its group (its album, or else its artist):
songs of one album share their sound, and would be told for that. Nothing is searched for, so nothing is to be
stopped early, and the same data gives the same bytes.

References
----------
Hastie, Tibshirani, Friedman. The Elements of Statistical Learning. 2nd edition, sections 3.4.1 and 18.3.5.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reelscore.embedding.lite.embedder import LITE
from reelscore.evaluation.metrics import ndcg_at
from reelscore.records import FloatArray

Column = NDArray[np.float64]
Labels = NDArray[np.bool_]  # (songs, labels)

FOLDS = 5
_RIDGE = 30.0  # of the mean squared length of a song's features; 3 to 300 differ little if songs are many
_LARGEST = 3.0  # standard scores are cut here
_RESAMPLES = 500
_WEIGHTS = (0.25, 0.5, 1.0)
_SOME = 1e-6  # words whose cosines differ less than this say nothing
DEPTH = 10
# A label is taken if its gain is so many standard errors above nothing; of random ones, one in forty is,
# but there all labels together gain nothing.
_SURE = 2.0
_LEAST_GAIN = 0.01
FEWEST_SONGS, FEWEST_GROUPS = 8, 3


@dataclass(frozen=True, slots=True)
class LabelFigures:
    """What an axis is worth on songs of groups that it was not learnt from."""

    label: str
    songs: int
    words: float  # AUC of what lite makes of the label's words; .5 if that is nothing, or worse than chance
    axis: float  # AUC of the axis alone
    both: float
    gain: float  # both less words
    error: float  # standard error of the gain, over groups
    weight: float  # how much the axis counts beside the words
    known: bool
    ndcg_words: float
    ndcg_both: float

    @property
    def taken(self) -> bool:
        """Whether the gain is beyond doubt."""
        return self.gain >= _LEAST_GAIN and self.gain > _SURE * self.error


@dataclass(frozen=True, slots=True)
class Fitted:
    """Axes of all labels, and what each is worth."""

    axes: FloatArray  # (labels, features + 1), the last column is the bias
    figures: tuple[LabelFigures, ...]
    gain: tuple[float, float, float]  # mean AUC gain of the labels, with its interval of 95 % over groups


def fit(
    features: FloatArray,
    labels: Labels,
    groups: Sequence[str],
    words: FloatArray,
    names: Sequence[str],
    seed: int,
) -> Fitted:
    """Learn an axis for each label.

    Parameters
    ----------
    features
        (songs, features).
    groups
        Of each song: its album or artist.
    words
        (songs, labels), cosines of the songs with the words of each label; a column of zeros if they
        mean nothing.
    """
    fold = _folds(groups, seed)
    apart = np.zeros(labels.shape)
    for number in range(FOLDS):
        held = fold == number
        if held.any() and not held.all():
            axes = _ridge(features[~held], labels[~held])
            apart[held] = features[held] @ axes[:, :-1].T + axes[:, -1]
    counts = _resampled(groups, seed)
    rows, gains = [], []
    weight = _weight(labels, apart, words, counts[:1])
    for at, name in enumerate(names):
        figures, drawn = _figures(name, labels[:, at], apart[:, at], words[:, at], counts, weight)
        rows.append(figures)
        gains.append(drawn)
    means = np.mean(gains, axis=0)
    low, high = np.percentile(means, [2.5, 97.5])
    gain = float(np.mean([row.gain for row in rows]))
    return Fitted(_ridge(features, labels), tuple(rows), (gain, float(low), float(high)))


def _folds(groups: Sequence[str], seed: int) -> NDArray[np.int_]:
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


def _ridge(features: FloatArray, labels: Labels) -> FloatArray:
    """Axes (labels, features + 1) whose scores over these songs have mean 0 and deviation 1."""
    raw = features.astype(np.float64)
    mean, spread = raw.mean(axis=0), raw.std(axis=0) + 1e-6
    # Directions of the sound keep their lengths, which their metric has given them.
    spread[LITE.dim - 1 :] = np.sqrt(np.square(spread[LITE.dim - 1 :]).mean())
    centred = np.clip((raw - mean) / spread, -_LARGEST, _LARGEST)
    share = labels.mean(axis=0)
    target = (labels - share) / np.maximum(np.sqrt(share * (1.0 - share)), 1e-6)
    gram = centred @ centred.T
    gram[np.diag_indices(len(gram))] += _RIDGE * np.trace(gram) / len(gram)
    weights = centred.T @ np.linalg.solve(gram, target)  # (features, labels)
    scores = centred @ weights
    weights = weights / np.maximum(scores.std(axis=0), 1e-6) / spread[:, None]
    bias = -(mean @ weights)
    axes: FloatArray = np.concatenate([weights.T, bias[:, None]], axis=1).astype(np.float32)
    return axes


def _resampled(groups: Sequence[str], seed: int) -> NDArray[np.float64]:
    """How often each song is drawn, (resamples, songs), if whole groups are drawn; first each once."""
    _, number = np.unique(np.array(groups), return_inverse=True)
    total = int(number.max()) + 1
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(total, np.full(total, 1.0 / total), size=_RESAMPLES)
    drawn = np.concatenate([np.ones((1, total), dtype=drawn.dtype), drawn])
    counts: NDArray[np.float64] = drawn[:, number].astype(np.float64)
    return counts


def _weight(labels: Labels, apart: Column, words: FloatArray, once: NDArray[np.float64]) -> float:
    """How much axes count beside words that lite knows: what suits all of them together best.

    Chosen for each label by itself, it would be chosen for what is chance in it.
    """
    known = [at for at in range(labels.shape[1]) if float(words[:, at].std()) > _SOME]

    def mean(weight: float) -> float:
        return sum(
            float(
                _auc(_standardise(words[:, at]) + weight * _standardise(apart[:, at]), labels[:, at], once)[0]
            )
            for at in known
        )

    return max(_WEIGHTS, key=lambda weight: (mean(weight), -weight))


def _figures(
    name: str,
    held: NDArray[np.bool_],
    axis: Column,
    words: FloatArray,
    counts: NDArray[np.float64],
    weight: float,
) -> tuple[LabelFigures, Column]:
    known = float(words.std()) > _SOME
    plain, own = _standardise(words), _standardise(axis)
    # Words that are worse than chance are no merit of what is better.
    alone = np.maximum(_auc(plain, held, counts), 0.5) if known else np.full(len(counts), 0.5)
    weight = weight if known else 1.0
    both = plain + weight * own if known else own
    together = _auc(both, held, counts)
    drawn = together - alone
    figures = LabelFigures(
        name,
        int(held.sum()),
        words=float(alone[0]),
        axis=float(_auc(own, held, counts[:1])[0]),
        both=float(together[0]),
        gain=float(drawn[0]),
        error=float(drawn[1:].std()),
        weight=weight,
        known=known,
        ndcg_words=_ndcg(plain, held) if known else float(held.mean()),  # of a random order, about
        ndcg_both=_ndcg(both, held),
    )
    return figures, drawn[1:]


def _auc(scores: Column, held: NDArray[np.bool_], counts: NDArray[np.float64]) -> Column:
    """How often a song that has the label is above one that has not, (resamples,); .5 if all are alike."""
    order = np.argsort(scores, kind="stable")
    right = counts[:, order] * held[order]
    wrong = counts[:, order] * ~held[order]
    below = np.cumsum(wrong, axis=1) - 0.5 * wrong
    pairs = right.sum(axis=1) * wrong.sum(axis=1)
    found: Column = np.where(pairs > 0, (right * below).sum(axis=1) / np.maximum(pairs, 1.0), 0.5)
    return found


def _ndcg(scores: Column, held: NDArray[np.bool_]) -> float:
    ranked = held[np.argsort(-scores, kind="stable")].astype(np.float64)
    return ndcg_at(ranked, DEPTH, pool=held)


def _standardise(values: FloatArray | Column) -> Column:
    fine = values.astype(np.float64)
    spread = float(fine.std())
    return (fine - fine.mean()) / spread if spread > _SOME else np.zeros_like(fine)
