"""The tags of songs as people see them: what is heard, and what somebody knows better of it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np

from reelscore.embedding.lite.embedder import strongest_first
from reelscore.filters.parsing import known_moods
from reelscore.filters.terms import HEARD_FROM, VOCALS, term
from reelscore.records import FloatArray
from reelscore.wiring import Wiring


def tags_of_songs(wiring: Wiring, vectors: Mapping[str, FloatArray]) -> dict[str, dict[str, float]]:
    """Id -> the tags that are heard in a song, strongest first, with what was corrected of vocals and moods.

    Parameters
    ----------
    vectors
        Id -> track vector in the space of the tagger. Vocals, which follow from the windows too, and moods
        are read as filters take them.
    """
    moods, own = _read_from(wiring.lite.tag_names, wiring.embedders.tag_names)
    stored = wiring.catalog.heard(vectors, also=own)
    heard = wiring.lite.tags_of(np.stack(list(vectors.values()))) if vectors else []
    found = {}
    for song, tags in zip(vectors, heard, strict=True):
        counts, is_corrected = stored.get(song, ({}, False))
        for tag in (VOCALS, *moods, *(own & counts.keys())) if is_corrected else counts:
            if tag in counts:
                tags[tag] = counts[tag]
            elif tags[tag] >= HEARD_FROM:  # somebody took it away: what is not heard is not stored
                tags[tag] = 0.0
        found[song] = strongest_first(tags)
    return found


@lru_cache(maxsize=4)
def _read_from(bundled: tuple[str, ...], known: tuple[str, ...]) -> tuple[tuple[str, ...], frozenset[str]]:
    """The moods among the bundled tags, and the terms of the tags that are not bundled."""
    return known_moods(bundled), frozenset(map(term, known)).difference(map(term, bundled))
