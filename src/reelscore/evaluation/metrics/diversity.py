"""How varied answers are, over one list and over the lists of many queries.

References
----------
.. [1] Radovanović, Nanopoulos, Ivanović. Hubs in space. JMLR 11, 2010.
.. [2] Schnitzer, Flexer, Schedl, Widmer. Local and global scaling reduce hubs in space. JMLR 13, 2012.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np

from reelscore.errors import InvalidInputError

_MOST_SHOWN = 0.05  # share of the catalogue; one song at least


def distinct_share(artists: Sequence[str]) -> float:
    """Distinct artists of a list over its length, 0..1; an empty list is 0."""
    return len(set(artists)) / len(artists) if artists else 0.0


def hub_share(answers: Sequence[Sequence[str]], catalogue_size: int) -> float:
    """Share of all places in the answers that the most shown songs take.

    Songs that are close to everything crowd out the rest [2]_. Without any preference the figure is a little
    over 0.05, since a twentieth of the catalogue counts as the most shown.

    Parameters
    ----------
    answers : sequence of lists of song ids
        One list for each query, each cut at the same length.
    catalogue_size : int
        How many songs could have been shown.
    """
    if catalogue_size < 1:
        raise InvalidInputError("a catalogue must hold songs")
    shown = Counter(song for answer in answers for song in answer)
    places = shown.total()
    if places == 0:
        return 0.0
    hubs = shown.most_common(max(1, math.ceil(_MOST_SHOWN * catalogue_size)))
    return sum(count for _, count in hubs) / places


def occurrence_skewness(answers: Sequence[Sequence[str]], catalogue_size: int) -> float:
    """Skewness of how often each song of the catalogue is shown [1]_; 0 is even, above 1.4 is hubby [2]_."""
    if catalogue_size < 1:
        raise InvalidInputError("a catalogue must hold songs")
    shown = Counter(song for answer in answers for song in answer)
    counts = np.zeros(max(catalogue_size, len(shown)))
    counts[: len(shown)] = list(shown.values())
    deviation = counts.std()
    return float(np.mean((counts - counts.mean()) ** 3) / deviation**3) if deviation > 0 else 0.0
