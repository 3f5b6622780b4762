"""Spread an answer: caps for artists and albums, and maximal marginal relevance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from reelscore.ranking.scoring import Scored
from reelscore.records import FloatArray, Song
from reelscore.text.folding import artist_key


def spread(
    scored: Sequence[Scored], vectors: Mapping[str, FloatArray], *, adventurous: float, limit: int
) -> list[Scored]:
    """Re-order so that each next song is relevant and unlike those before it.

    Parameters
    ----------
    scored
        Candidates, best first.
    vectors
        Song id -> unit vector; a song without one counts as unlike all others.
    adventurous
        0 keeps the order as it is, 1 looks at unlikeness alone after the first song.
    limit
        How many songs are wanted.

    References
    ----------
    Carbonell, Goldstein: The use of MMR, diversity-based reranking. SIGIR 1998.
    """
    if adventurous <= 0 or len(scored) < 3:
        return list(scored[:limit])
    relevance = np.array([item.score for item in scored], dtype=np.float32)
    # The best candidates are always close to each other, so relevance is stretched over its own range.
    span = float(relevance.max() - relevance.min()) or 1.0
    relevance = (relevance - relevance.min()) / span
    dim = len(next(iter(vectors.values()), np.zeros(1)))
    matrix = np.stack([vectors.get(item.id, np.zeros(dim, np.float32)) for item in scored])
    # Likewise the cosines, which lie in a narrow band among songs that suit one query.
    likeness = matrix @ matrix.T
    floor = float(likeness.min())
    likeness = (likeness - floor) / max(1.0 - floor, 1e-6)
    closest = np.zeros(len(scored), dtype=np.float32)
    left = np.ones(len(scored), dtype=bool)
    chosen: list[Scored] = []
    best = 0
    while len(chosen) < min(limit, len(scored)):
        chosen.append(scored[best])
        left[best] = False
        if not left.any():
            break
        closest = np.maximum(closest, likeness[best])
        value = (1.0 - adventurous) * relevance - adventurous * closest
        best = int(np.argmax(np.where(left, value, -np.inf)))
    return chosen


def cap(
    scored: Sequence[Scored],
    songs: Mapping[str, Song],
    *,
    per_artist: int | None = None,
    per_album: int | None = None,
) -> tuple[list[Scored], int]:
    """Leave out songs of an artist or album that is there often enough already.

    Songs whose artist or album is not known are never left out.

    Returns
    -------
    list of Scored, int
        The rest in its order, and how many were left out.
    """
    artists: Counter[str] = Counter()
    albums: Counter[tuple[str, str]] = Counter()
    kept = []
    for item in scored:
        song = songs[item.id]
        artist = artist_key(song.artists)
        album = (artist, (song.album or "").casefold())
        if per_artist is not None and artist and artists[artist] >= per_artist:
            continue
        if per_album is not None and song.album and albums[album] >= per_album:
            continue
        artists[artist] += 1
        albums[album] += 1
        kept.append(item)
    return kept, len(scored) - len(kept)
