"""Which judgements would teach most of somebody's taste: chosen one after another. Pure.

Each is the one after which the taste of all candidates is known best, by the mean variance that is left
(Cohn, Ghahramani, Jordan, "Active learning with statistical models", J. Artificial Intelligence Research 4,
1996), in the Gaussian process of `ranking.taste`. What a judgement would be does not matter for that.
"""

from __future__ import annotations

import numpy as np

from reelscore.ranking.fusion import Column
from reelscore.ranking.taste import ASKED_VALUE, NOISE, kernel_of
from reelscore.records import FloatArray


def most_telling(
    candidates: FloatArray,
    judged: FloatArray,
    doubt: Column,
    *,
    centre: FloatArray,
    metric: FloatArray,
    count: int,
) -> list[int]:
    """The candidates to ask for, the most telling first.

    Parameters
    ----------
    candidates
        Unit vectors (songs, dim) of songs that nobody judged.
    judged
        Unit vectors (judged, dim) of those that somebody judged.
    doubt
        Variances (judged,) of these judgements.
    centre, metric
        As `ranking.taste.kernel_of` takes them.
    count
        How many to ask for; fewer if there are not so many.
    """
    if not len(candidates):
        return []
    kernel = kernel_of(np.concatenate([candidates, judged]), centre=centre, metric=metric).values
    songs = len(candidates)
    left = kernel[:songs, :songs].copy()
    across = kernel[:songs, songs:]
    left -= across @ np.linalg.solve(kernel[songs:, songs:] + np.diag(doubt), across.T)
    doubt_of_asked = NOISE / ASKED_VALUE
    chosen: list[int] = []
    for _ in range(min(count, songs)):
        gain = np.square(left).sum(axis=0) / (np.diag(left) + doubt_of_asked)
        gain[chosen] = -1.0
        best = int(gain.argmax())
        chosen.append(best)
        column = left[:, best].copy()
        left -= np.outer(column, column) / (column[best] + doubt_of_asked)
    return chosen
