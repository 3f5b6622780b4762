"""Keep what filters ask for in step with the songs: also in libraries that older versions filled."""

from __future__ import annotations

import numpy as np

from reelscore.recommend.facets import FACETS_VERSION
from reelscore.recommend.names import WORDS_VERSION
from reelscore.wiring import Wiring

_NOTE = "facets_version"
_WORDS_NOTE = "words_version"


def known_tags(wiring: Wiring) -> tuple[str, ...]:
    """Every tag that the tagger of the library can give."""
    lite = wiring.lite
    return tuple(sorted(lite.tags(np.zeros(lite.space.dim, dtype=np.float32))))


def refresh_facets(wiring: Wiring) -> int:
    """Write the words, terms and tags that songs lack, or that an older version wrote.

    Returns how many songs got tags. Tags are read from the stored vectors, so nothing is listened to again.
    What is there already costs three small queries. The indexes of all spaces are to be brought up to date
    afterwards.
    """
    catalog, lite = wiring.catalog, wiring.lite
    space = lite.space.name
    if catalog.note(_WORDS_NOTE) != str(WORDS_VERSION):
        catalog.rebuild_words()
        catalog.set_note(_WORDS_NOTE, str(WORDS_VERSION))
    outdated = catalog.note(_NOTE) != str(FACETS_VERSION)
    if outdated:
        catalog.rebuild_terms()
    elif catalog.tagged_count(space) == catalog.vector_count(space):
        return 0
    missing = None if outdated else catalog.songs_without_tags(space)
    written = 0
    for ids, vectors in catalog.track_vectors(space, missing):
        catalog.set_tags(space, {song: lite.tags(vector) for song, vector in zip(ids, vectors, strict=True)})
        written += len(ids)
    if outdated:  # last, so that a crash leaves it to be done again
        catalog.set_note(_NOTE, str(FACETS_VERSION))
    return written
