"""How good one ranked list is.

Each function takes the relevance of the items in the order in which they were ranked, best first, shape
(n,). An empty list scores 0: an answer without songs is a bad answer, not a missing one.

References
----------
.. [1] Manning, Raghavan, Schütze. *Introduction to Information Retrieval*, ch. 8. 2008.
.. [2] Järvelin, Kekäläinen. Cumulated gain-based evaluation of IR techniques. ACM TOIS 20(4), 2002.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from reelscore.errors import InvalidInputError


def hit_at(relevant: ArrayLike, k: int) -> float:
    """1 if any of the first `k` items is relevant, 0 if none is."""
    return float(_judged(relevant, k)[:k].any())


def precision_at(relevant: ArrayLike, k: int) -> float:
    """Share of relevant items among the first `k` [1]_; places that a short list leaves open are misses."""
    return float((_judged(relevant, k)[:k] > 0).sum() / k)


def reciprocal_rank(relevant: ArrayLike) -> float:
    """1 / rank of the first relevant item, 0 if there is none. Its mean over queries is MRR."""
    found = np.flatnonzero(_judged(relevant) > 0)
    return float(1.0 / (found[0] + 1)) if len(found) else 0.0


def average_precision(relevant: ArrayLike, *, total: int | None = None) -> float:
    """Mean of the precisions at the ranks of the relevant items [1]_. Its mean over queries is MAP.

    Parameters
    ----------
    relevant : array of shape (n,)
        Relevance of the ranked items; anything above 0 is relevant.
    total : int, optional
        How many relevant items there are. Needed if the list was cut; counted in it by default.
    """
    judged = _judged(relevant) > 0
    wanted = int(judged.sum()) if total is None else total
    if wanted < judged.sum():
        raise InvalidInputError(f"total is {total}, but the list holds {int(judged.sum())} relevant items")
    if wanted == 0:
        return 0.0
    ranks = np.flatnonzero(judged) + 1
    return float(np.sum(np.arange(1, len(ranks) + 1) / ranks) / wanted)


def ndcg_at(gains: ArrayLike, k: int, *, pool: ArrayLike | None = None) -> float:
    """Discounted cumulated gain of the first `k` items over that of the best possible order [2]_.

    Parameters
    ----------
    gains : array of shape (n,)
        Graded relevance of the ranked items, 0 and up; the gain is linear, the discount 1 / log2(rank + 1).
    k : int
        How deep to look.
    pool : array, optional
        The gains of all items there are, in any order. Needed if the list was cut; `gains` by default.
    """
    ranked = _judged(gains, k)
    ideal = np.sort(_judged(ranked if pool is None else pool))[::-1]
    best = _discounted(ideal[:k])
    return float(_discounted(ranked[:k]) / best) if best > 0 else 0.0


def _discounted(gains: NDArray[np.float64]) -> float:
    return float(np.sum(gains / np.log2(np.arange(2, len(gains) + 2))))


def _judged(relevance: ArrayLike, k: int | None = None) -> NDArray[np.float64]:
    judged = np.asarray(relevance, dtype=np.float64)
    if judged.ndim != 1:
        raise InvalidInputError(f"the relevance of a ranked list has shape (n,), not {judged.shape}")
    if judged.size and (not np.isfinite(judged).all() or judged.min() < 0):
        raise InvalidInputError("relevance must be finite and not negative")
    if k is not None and k < 1:
        raise InvalidInputError(f"k must be at least 1, not {k}")
    return judged
