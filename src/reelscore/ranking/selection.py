"""From ranked songs to an answer: versions grouped, artists and albums capped, the rest spread.

The steps in their order: songs that are versions of the asked one go, versions of one song become one, caps
thin out what is left by relevance, and what passes is spread. So no step can undo the one before it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reelscore.filters.table import RankingOptions
from reelscore.ranking.diversity import cap, spread
from reelscore.ranking.scoring import Scored
from reelscore.ranking.versions import group_versions, same_song
from reelscore.records import FloatArray, Song

# Candidates for each place of an answer that is spread: enough to choose from, all of them still relevant.
_CHOICES = 6
# Spreading compares all candidates with each other.
_MOST_SPREAD = 2_000


@dataclass(frozen=True, slots=True)
class Shortlist:
    """What may come into an answer, best first, and what was left out on the way."""

    kept: list[Scored]
    versions: Mapping[str, tuple[Song, ...]]  # song id -> the other versions of it
    own_versions: int = 0  # versions of the asked song
    grouped: int = 0
    capped: int = 0


def needs_songs(options: RankingOptions) -> bool:
    """Whether `shorten` looks at titles, artists or albums."""
    caps = options.artist_cap is not None or options.album_cap is not None
    return options.group_versions or options.leave_out_versions or caps


def shorten(
    ranked: Sequence[Scored],
    songs: Mapping[str, Song],
    options: RankingOptions,
    *,
    asked: Song | None = None,
) -> Shortlist:
    """Take out versions, and what is over a cap.

    Parameters
    ----------
    ranked
        Candidates, best first.
    songs
        The candidates' songs; needed where `needs_songs` says so. A candidate without one goes: it was
        removed since the search.
    asked
        The song that was asked with.
    """
    if not needs_songs(options):
        return Shortlist(list(ranked), {})
    present = [item for item in ranked if item.id in songs]
    own_versions = 0
    if options.leave_out_versions and asked is not None:
        others = [item for item in present if not same_song(asked, songs[item.id])]
        own_versions = len(present) - len(others)
        present = others
    versions: dict[str, tuple[Song, ...]] = {}
    kept = present
    if options.group_versions:
        groups = group_versions([songs[item.id] for item in present])
        versions = {group[0].id: tuple(group[1:]) for group in groups}
        kept = [item for item in present if item.id in versions]
    grouped = len(present) - len(kept)
    kept, capped = cap(kept, songs, per_artist=options.artist_cap, per_album=options.album_cap)
    return Shortlist(kept, versions, own_versions=own_versions, grouped=grouped, capped=capped)


def spread_pool(kept: Sequence[Scored], options: RankingOptions, limit: int) -> Sequence[Scored]:
    """The candidates whose vectors `choose` needs; none where nothing is spread."""
    if options.adventurous <= 0:
        return ()
    return kept[: min(_MOST_SPREAD, _CHOICES * limit)]


def choose(
    kept: Sequence[Scored], vectors: Mapping[str, FloatArray], options: RankingOptions, limit: int
) -> list[Scored]:
    """The songs of the answer in their order: by score, or spread as far as is wished."""
    pool = spread_pool(kept, options, limit)
    if not pool:
        return list(kept[:limit])
    chosen = spread(pool, vectors, adventurous=options.adventurous, limit=limit)
    return [*chosen, *kept[len(pool) : len(pool) + limit - len(chosen)]]
