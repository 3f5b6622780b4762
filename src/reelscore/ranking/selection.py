"""From ranked songs to an answer: versions grouped, artists and albums capped, the rest spread.

The steps in their order: songs that are versions of the asked one go, versions of one song become one, caps
thin out what is left by relevance, and what passes is spread. So no step can undo the one before it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from reelscore.filters.table import RankingOptions
from reelscore.ranking.scoring import Scored
from reelscore.ranking.versions import group_versions, same_song
from reelscore.records import FloatArray, Song, SongCard, SongKeys
from reelscore.text.song_keys import song_keys

# Candidates for each place of an answer that is spread: enough to choose from, all of them still relevant.
_CHOICES = 6
# Spreading compares all candidates with each other.
_MOST_SPREAD = 2_000


@dataclass(frozen=True, slots=True)
class Shortlist:
    """What may come into an answer, best first, and what was left out on the way."""

    kept: Sequence[str]  # ids
    versions: Mapping[str, Sequence[str]]  # song id -> the other versions of it, if there are any
    own_versions: int = 0  # versions of the asked song
    grouped: int = 0
    capped: int = 0


def shorten(
    ranked: Sequence[str],
    keys: Mapping[str, SongKeys],
    cards: Callable[[Sequence[str]], Mapping[str, SongCard]],
    options: RankingOptions,
    *,
    asked: Song | None = None,
) -> Shortlist:
    """Take out versions, and what is over a cap.

    Parameters
    ----------
    ranked
        Ids of the candidates, best first.
    keys
        The candidates' keys. A candidate without them goes: it was removed since the search.
    cards
        Reads the cards of songs, which are needed of those alone that may be versions of one song.
    """
    present = [song for song in ranked if song in keys]
    own_versions = 0
    if options.leave_out_versions and asked is not None:
        piece = song_keys(asked.title, asked.artists, asked.album).piece
        alike = cards([song for song in present if piece and keys[song].piece == piece])
        own = {song for song, card in alike.items() if same_song(asked, card)}
        own_versions, present = len(own), [song for song in present if song not in own]
    versions: dict[str, list[str]] = {}
    kept = present
    if options.group_versions:
        groups = group_versions(present, keys, cards)
        versions = {first: others for first, *others in groups if others}
        kept = [group[0] for group in groups]
    grouped, capped = len(present) - len(kept), 0
    if options.artist_cap is not None or options.album_cap is not None:
        kept, capped = cap(kept, keys, per_artist=options.artist_cap, per_album=options.album_cap)
    return Shortlist(kept, versions, own_versions=own_versions, grouped=grouped, capped=capped)


def size_of_pool(limit: int) -> int:
    """How many candidates an answer of `limit` songs is spread over."""
    return min(_MOST_SPREAD, _CHOICES * limit)


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
    ids: Sequence[str],
    keys: Mapping[str, SongKeys],
    *,
    per_artist: int | None = None,
    per_album: int | None = None,
) -> tuple[list[str], int]:
    """Leave out songs of an artist or album that is there often enough already.

    Songs whose artist or album is not known are never left out.

    Returns
    -------
    list of str, int
        The rest in its order, and how many were left out.
    """
    artists: Counter[int] = Counter()
    albums: Counter[int] = Counter()
    kept = []
    for one in ids:
        artist, _, album = keys[one]
        if per_artist is not None and artist and artists[artist] >= per_artist:
            continue
        if per_album is not None and album and albums[album] >= per_album:
            continue
        artists[artist] += 1
        albums[album] += 1
        kept.append(one)
    return kept, len(ids) - len(kept)
