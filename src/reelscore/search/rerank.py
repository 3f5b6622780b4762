"""The one ranking stage of all flows: search wide, thin out, and search wider until the answer is full."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from reelscore.errors import counted
from reelscore.filters.parsing import filters_values
from reelscore.library.index_sync import late_songs
from reelscore.ranking.scoring import Scored
from reelscore.ranking.selection import Shortlist, choose, needs_songs, shorten, spread_pool
from reelscore.records import NO_FILTERS, Filters, RankingOptions, Song
from reelscore.search.retrieve import vectors_of
from reelscore.text.names import Named
from reelscore.wiring import Wiring

# Hits asked of each search, so that fusion, wishes and caps have something to choose from.
CANDIDATES = 200
# Candidates for each song of an answer that is spread.
_CHOICES = 6
# How much wider each next search is, where the one before gave too few.
_WIDER = 4


@dataclass(frozen=True, slots=True)
class Candidates:
    """What one round of searches gives."""

    ranked: Sequence[Scored]  # best first
    complete: bool  # nothing else in the library can come into the answer
    # Phrase -> song id -> how well it suits this phrase alone.
    by_phrase: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    named: Mapping[str, Named] = field(default_factory=dict)  # song id -> how the query names it


@dataclass(frozen=True, slots=True)
class Picked:
    """The songs of an answer, in their order."""

    scored: Sequence[Scored]
    versions: Mapping[str, Sequence[Song]]
    by_phrase: Mapping[str, Mapping[str, float]]
    notes: tuple[str, ...] = field(default=())
    named: Mapping[str, Named] = field(default_factory=dict)


def pick(
    wiring: Wiring,
    search: Callable[[int], Candidates],
    *,
    limit: int,
    filters: Filters,
    options: RankingOptions,
    asked: Song | None = None,
) -> Picked:
    """Search until `limit` songs are left over from grouping and caps, or there are no more.

    Parameters
    ----------
    search
        Ranked candidates from searches for that many songs each.
    asked
        The song that was asked with, if it is one of the library.
    """
    wanted = max(CANDIDATES, limit * _CHOICES if options.adventurous > 0 else limit)
    while True:
        candidates = search(wanted)
        songs: dict[str, Song] = {}
        if needs_songs(options):
            found = wiring.catalog.songs([item.id for item in candidates.ranked])
            songs = {song.id: song for song in found}
        shortlist = shorten(candidates.ranked, songs, options, asked=asked)
        if len(shortlist.kept) >= limit or candidates.complete:
            break
        wanted *= _WIDER
    pool = [item.id for item in spread_pool(shortlist.kept, options, limit)]
    vectors = vectors_of(wiring, wiring.embedders.sound_space, pool) if pool else {}
    chosen = choose(shortlist.kept, vectors, options, limit)
    notes = _why_not_more(chosen, limit, len(candidates.ranked), shortlist, filters)
    late = late_songs(wiring) if filters != NO_FILTERS else 0
    if late:
        notes = (*notes, f"filters may miss {counted(late, 'song')} until the library is brought up to date")
    return Picked(chosen, shortlist.versions, candidates.by_phrase, notes, candidates.named)


def _why_not_more(
    chosen: Sequence[Scored], limit: int, found: int, shortlist: Shortlist, filters: Filters
) -> tuple[str, ...]:
    if len(chosen) >= limit:
        return ()
    if filters == NO_FILTERS:
        first = f"the library has {counted(found, 'song')} to answer with"
    elif not found:
        first = f"no song matches the filters ({_in_words(filters)}); widen them"
    else:
        first = f"only {counted(found, 'song')} {'matches' if found == 1 else 'match'} the filters"
    left_out = [
        (shortlist.own_versions, "left out as versions of the song that was asked with"),
        (shortlist.grouped, "shown with another version of it"),
        (shortlist.capped, "left out by the caps on artists and albums"),
    ]
    return (first, *(f"{counted(number, 'song')} {why}" for number, why in left_out if number))


def _in_words(filters: Filters) -> str:
    """The filters that are set, as a person would list them."""

    def text(value: object) -> str:
        if isinstance(value, bool):
            return "yes" if value else "no"
        if not isinstance(value, list):
            return str(value)
        if all(isinstance(item, str) for item in value):
            return " or ".join(value)
        low, high = ("" if end is None else f"{end:g}" for end in value)
        return low if low == high else f"{low}..{high}"

    words = (f"{name.replace('_', ' ')} {text(value)}" for name, value in filters_values(filters).items())
    return ", ".join(words)
