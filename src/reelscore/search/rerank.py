"""The third step: candidates in the order of the answer, with versions grouped and caps kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reelscore.errors import counted
from reelscore.filters.parsing import filters_values
from reelscore.filters.table import NO_FILTERS, Filters
from reelscore.query.form import Query
from reelscore.ranking.scoring import Ranked, Scored, in_order, parts_of
from reelscore.ranking.selection import Shortlist, shorten, size_of_pool, spread
from reelscore.search.reading import Reading
from reelscore.search.retrieve import Candidates
from reelscore.search.understand import Understood
from reelscore.wiring import Wiring

if TYPE_CHECKING:
    from reelscore.search.sync_stage import SyncStage
    from reelscore.search.taste_stage import TasteStage


@dataclass(frozen=True, slots=True)
class Ranking:
    """The songs of an answer, in their order."""

    chosen: Sequence[Scored]
    versions: Mapping[str, Sequence[str]]  # song id -> the other versions of it
    notes: tuple[str, ...]  # why there are not more
    pool: Sequence[str]  # ids of the songs that they were chosen from


def shortlist(
    reading: Reading,
    question: Understood,
    candidates: Candidates,
    sync: SyncStage | None,
    taste: TasteStage | None,
) -> tuple[Ranked, Shortlist]:
    """Candidates by relevance, soft targets, taste and cuts on beats, less what grouping and caps take."""
    parts = parts_of(
        candidates.relevance,
        measured=candidates.measured,
        query=question.music if question.query.has_words else None,
    )
    if taste:
        parts = taste.parts(candidates, parts)
    ranked = in_order(candidates.ids, parts)
    if sync:
        ranked = sync.rank(ranked)
    if taste and not question.query.options.adventurous:
        ranked = taste.explore(ranked)
    asked = question.seed.song if question.seed else None
    keys = reading.keys(ranked.ids)
    return ranked, shorten(ranked.ids, keys, reading.cards, question.query.options, asked=asked)


def rerank(wiring: Wiring, reading: Reading, query: Query, ranked: Ranked, short: Shortlist) -> Ranking:
    """The songs of the answer: by score, or spread as far as is wished."""
    limit, adventurous = query.limit, query.options.adventurous
    if adventurous > 0:
        pool, rest = short.kept[: size_of_pool(limit)], short.kept[size_of_pool(limit) :]
        space = wiring.embedders.sound_space
        vectors = reading.vectors([space], pool)[space]
        chosen = spread(ranked.take(pool), vectors, adventurous=adventurous, limit=limit)
        chosen += ranked.take(rest[: limit - len(chosen)])
    else:
        pool = short.kept[:limit]
        chosen = ranked.take(pool)
    return Ranking(chosen, short.versions, _why_not_more(chosen, query, len(ranked.ids), short), pool)


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
