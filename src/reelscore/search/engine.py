"""The one road from a question to ranked songs: understand, retrieve, rerank, explain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from reelscore.query.form import Query
from reelscore.ranking.scoring import Ranked
from reelscore.records import ProgressCallback, VideoAnalysis, ignore_progress
from reelscore.search.explain import Answer, explain, nothing_known
from reelscore.search.options import check_filters
from reelscore.search.reading import Reading
from reelscore.search.rerank import Ranking, rerank, shortlist
from reelscore.search.retrieve import Candidates, retrieve
from reelscore.search.saved_bounds import Bound, bounds_of
from reelscore.search.seeds import refuse_empty
from reelscore.search.taste_stage import TasteStage, taste_stage
from reelscore.search.understand import Understood, understand
from reelscore.wiring import Wiring

if TYPE_CHECKING:
    from reelscore.search.sync_stage import SyncStage

# Hits asked of each search, so that fusion, soft targets and caps have something to choose from.
CANDIDATES = 200
# Candidates for each song of an answer that is spread.
_CHOICES = 6
# How much wider each next search is, if the one before gave too few.
_WIDER = 4


def search(
    wiring: Wiring, query: Query, *, analysis: VideoAnalysis | None = None, person: str = ""
) -> Answer:
    """Answer a question.

    Parameters
    ----------
    wiring
        The library.
    analysis
        The analysis that `query.analysis_id` names, if it is at hand; else it is read.
    person
        Whose taste counts; "" is everybody who does not sign in.

    Raises
    ------
    InvalidInputError
        The question is empty, or a value makes no sense.
    NotFoundError
        There is no such analysis or song.
    EmptyLibraryError
        There is no song to recommend.
    """
    with wiring.catalog.connected():
        reading = Reading.of(wiring)
        found = _found(wiring, reading, query, analysis, person)
        return found if isinstance(found, Answer) else explain(wiring, reading, *found)


def search_ids(
    wiring: Wiring, reading: Reading, query: Query
) -> tuple[list[str], Sequence[str], Sequence[Bound]]:
    """The songs that `search` answers with, unexplained: ids, notes, and what a new song must score.

    Parameters
    ----------
    reading
        May be of several questions, as long as they are of the same library.

    Raises
    ------
    As `search`.
    """
    with wiring.catalog.connected():
        found = _found(wiring, reading, query, None, "")
    if isinstance(found, Answer):
        return [], found.notes, ()
    chosen = [item.id for item in found.ranking.chosen]
    bounds = bounds_of(
        found.question,
        found.candidates,
        found.ranked,
        found.ranking.pool,
        is_full=len(chosen) >= query.limit,
    )
    return chosen, found.ranking.notes, bounds


class _Found(NamedTuple):
    """What `explain` makes an answer of, in its order."""

    question: Understood
    candidates: Candidates
    ranked: Ranked
    ranking: Ranking
    sync: SyncStage | None
    taste: TasteStage | None


def _found(
    wiring: Wiring, reading: Reading, query: Query, analysis: VideoAnalysis | None, person: str
) -> _Found | Answer:
    """The songs of an answer in their order; or the answer that no song can be."""
    question = understand(wiring, reading, query, analysis)
    if question.is_empty:
        refuse_empty(wiring)
        return nothing_known(question)
    sync = None
    if query.options.sync > 0.0:
        from reelscore.search.sync_stage import SyncStage

        sync = SyncStage(reading, question.analysis, query.options.sync)
    taste = taste_stage(wiring, reading, question, person)
    wanted = max(CANDIDATES, query.limit * _CHOICES if query.options.adventurous > 0 else query.limit)
    while True:
        candidates = retrieve(wiring, reading, question, wanted)
        ranked, short = shortlist(reading, question, candidates, sync, taste)
        if len(short.kept) >= query.limit or candidates.complete:
            break
        wanted *= _WIDER
    if not ranked.ids:
        refuse_empty(wiring)
    ranking = rerank(wiring, reading, query, ranked, short)
    return _Found(question, candidates, ranked, ranking, sync, taste)


def search_video(
    wiring: Wiring,
    path: Path,
    query: Query,
    progress: ProgressCallback = ignore_progress,
    *,
    content_hash: str | None = None,
    person: str = "",
) -> Answer:
    """Answer a question about a video: analyse it, then search for what the analysis asks for.

    Parameters
    ----------
    content_hash
        SHA-256 of the file, hex, if it is known, as it is of an upload; None: the file is read for it.
    person
        Whose taste counts.

    Raises
    ------
    MediaError
        The file is not a video that can be read.
    EmptyLibraryError
        There is no song to recommend; said before the analysis, as every mistake in the question.
    """
    from reelscore.analysis.video import analyze_file  # decoders, which other questions do without

    check_filters(wiring, query.filters)
    refuse_empty(wiring)
    analysis, analysis_id = analyze_file(wiring, path, progress, content_hash=content_hash)
    answer = search(wiring, replace(query, analysis_id=analysis_id), analysis=analysis, person=person)
    return replace(answer, query={"video": str(path), **answer.query})
