"""The third step: candidates in the order of the answer, with versions grouped and caps kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reelscore.errors import counted
from reelscore.filters.parsing import filters_values
from reelscore.filters.table import NO_FILTERS, Filters
from reelscore.query.form import Query
from reelscore.ranking.scoring import Scored, rank
from reelscore.ranking.selection import Shortlist, choose, shorten, spread_pool
from reelscore.records import Song
from reelscore.search.reading import Reading
from reelscore.search.retrieve import Candidates
from reelscore.search.sync_stage import SyncStage
from reelscore.search.understand import Understood
from reelscore.wiring import Wiring


@dataclass(frozen=True, slots=True)
class Ranking:
    """The songs of an answer, in their order."""

    chosen: Sequence[Scored]
    versions: Mapping[str, Sequence[Song]]  # song id -> the other versions of it
    notes: tuple[str, ...]  # why there are not more


def shortlist(question: Understood, candidates: Candidates, sync: SyncStage | None) -> Shortlist:
    """Candidates by relevance, soft targets and cuts on beats, without what grouping and caps take out."""
    ranked = rank(
        candidates.relevance,
        features=candidates.features,
        query=question.music if question.query.has_words else None,
    )
    asked = question.seed.song if question.seed else None
    return shorten(
        sync.rank(ranked) if sync else ranked, candidates.songs, question.query.options, asked=asked
    )


def rerank(wiring: Wiring, reading: Reading, query: Query, found: int, short: Shortlist) -> Ranking:
    """The songs of the answer: by score, or spread as far as is wished.

    `found` is how many candidates there were.
    """
    chosen = short.kept[: query.limit]
    if query.options.adventurous > 0:
        pool = [item.id for item in spread_pool(short.kept, query.limit)]
        space = wiring.embedders.sound_space
        vectors = reading.vectors([space], pool)[space]
        chosen = choose(short.kept, vectors, query.options.adventurous, query.limit)
    return Ranking(chosen, short.versions, _why_not_more(chosen, query, found, short))


def _why_not_more(chosen: Sequence[Scored], query: Query, found: int, short: Shortlist) -> tuple[str, ...]:
    if len(chosen) >= query.limit:
        return ()
    if query.filters == NO_FILTERS:
        first = f"the library has {counted(found, 'song')} to answer with"
    elif not found:
        first = f"no song matches the filters ({_in_words(query.filters)}); widen them"
    else:
        first = f"only {counted(found, 'song')} {'matches' if found == 1 else 'match'} the filters"
    left_out = [
        (short.own_versions, "left out as versions of the song that was asked with"),
        (short.grouped, "shown with another version of it"),
        (short.capped, "left out by the caps on artists and albums"),
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
