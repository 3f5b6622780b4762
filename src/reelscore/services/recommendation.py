"""The three flows: a sentence, a song or a video in; ranked songs with reasons out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from reelscore.errors import EmptyLibraryError, InvalidInputError
from reelscore.recommend.filters import (
    check_names,
    filters_values,
    options_values,
    read_filters,
    read_options,
)
from reelscore.recommend.fusion import RankedList, as_hits, fuse
from reelscore.recommend.query import query_from_analysis, query_from_text
from reelscore.recommend.ranking import rank
from reelscore.records import (
    DEFAULT_OPTIONS,
    NO_FILTERS,
    Filters,
    IngestReport,
    MusicQuery,
    ProgressCallback,
    RankingOptions,
    VideoAnalysis,
    ignore_progress,
)
from reelscore.services.analysis import analyze_file
from reelscore.services.answers import Answer, compose
from reelscore.services.asking import asked_song
from reelscore.services.ingestion import IngestionService
from reelscore.services.library import LibraryService
from reelscore.services.payloads import query_payload
from reelscore.services.picking import Candidates, pick
from reelscore.services.retrieval import search_song, search_words
from reelscore.services.tagging import known_tags
from reelscore.wiring import Wiring, open_wiring

# A song this far up among the hits of a phrase is said to be near the top for it.
_NEAR_TOP = 10


class RecommendationService:
    """Recommends songs of a library.

    Parameters
    ----------
    wiring
        The library; not given: the one that the settings name.
    """

    def __init__(self, wiring: Wiring | None = None) -> None:
        self._wiring = wiring or open_wiring()

    # --- the documented facade ---

    def analyze_video_and_recommend(
        self, path: str | Path, limit: int = 10
    ) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """The analysis of a video, and the songs that suit it."""
        answer = self.recommend_video(path, limit=limit).to_dict()
        return answer["analysis"], answer["songs"]

    def recommend_by_text_query(self, text: str, limit: int = 10) -> list[dict[str, Any]]:
        """The songs that suit a sentence."""
        songs: list[dict[str, Any]] = self.recommend_text(text, limit=limit).to_dict()["songs"]
        return songs

    def recommend_by_song(self, song_id_or_path: str | Path, limit: int = 5) -> list[dict[str, Any]]:
        """The songs that sound like a song of the library or like a file."""
        songs: list[dict[str, Any]] = self.recommend_song(song_id_or_path, limit=limit).to_dict()["songs"]
        return songs

    def initialize_database(
        self, max_videos: int = 50, progress: ProgressCallback = ignore_progress
    ) -> IngestReport:
        """Fill the library: with what is trending on YouTube where there is a key for it, else the demo."""
        if max_videos < 1:
            raise InvalidInputError(f"max_videos must be at least 1, not {max_videos}")
        source = "youtube" if self._wiring.settings.youtube_api_key else "demo"
        return IngestionService(self._wiring).ingest(source, {"max_videos": max_videos}, progress)

    def database_stats(self) -> dict[str, Any]:
        """collection_name, vectors_count, points_count and status of the space of words."""
        return LibraryService(self._wiring).database_stats()

    # --- the flows ---

    def read_choices(
        self, filters: Mapping[str, Any] | None = None, options: Mapping[str, Any] | None = None
    ) -> tuple[Filters, RankingOptions]:
        """Filters and ranking options from plain values, as the API and the command line take them.

        Raises
        ------
        UnknownNameError
            There is no such filter, option, tag or mood; the message lists those that there are.
        InvalidInputError
            A value cannot be understood.
        """
        read = read_filters(filters or {}), read_options(options or {})
        self._check_filters(read[0])
        return read

    def recommend_text(
        self,
        text: str,
        *,
        limit: int = 10,
        filters: Filters = NO_FILTERS,
        options: RankingOptions = DEFAULT_OPTIONS,
    ) -> Answer:
        """Songs for a sentence.

        Parameters
        ----------
        filters
            What a song must be to be in the answer at all.
        options
            How the answer is made of the ranked songs.

        Raises
        ------
        InvalidInputError
            The query is empty, none of its words is known, the limit is below 1, or a filter asks for a
            tag that does not exist.
        EmptyLibraryError
            There is no song to recommend.
        """
        _check_limit(limit)
        self._check_filters(filters)
        query = query_from_text(text)
        return self._by_phrases(query, limit, filters, options, asked={"text": text})

    def recommend_video(
        self,
        path: str | Path,
        *,
        limit: int = 10,
        filters: Filters = NO_FILTERS,
        options: RankingOptions = DEFAULT_OPTIONS,
        progress: ProgressCallback = ignore_progress,
    ) -> Answer:
        """Songs for a video: analyse it, and search for what the analysis asks for.

        Parameters
        ----------
        filters, options
            As in `recommend_text`.

        Raises
        ------
        MediaError
            The file is not a video that can be read.
        EmptyLibraryError
            There is no song to recommend; said before the analysis.
        """
        _check_limit(limit)
        self._check_filters(filters)
        self._check_not_empty()
        analysis, analysis_id = analyze_file(self._wiring, Path(path), progress)
        query = query_from_analysis(analysis)
        answer = self._by_phrases(
            query, limit, filters, options, asked={"video": str(path)}, analysis=analysis
        )
        return Answer(
            answer.query, answer.space, answer.songs, analysis, analysis_id, answer.notes, answer.lesser_space
        )

    def recommend_song(
        self,
        song_id_or_path: str | Path,
        *,
        limit: int = 5,
        filters: Filters = NO_FILTERS,
        options: RankingOptions = DEFAULT_OPTIONS,
    ) -> Answer:
        """Songs that sound like one song, which is never in its own answer.

        Parameters
        ----------
        song_id_or_path
            Id of a song of the library, or path of any audio file.
        filters, options
            As in `recommend_text`.

        Raises
        ------
        NotFoundError
            It is neither a known id nor a file.
        """
        _check_limit(limit)
        self._check_filters(filters)
        self._check_not_empty()
        spaces = list(self._wiring.embedders.similarity_weights)
        title, own, vectors = asked_song(self._wiring, str(song_id_or_path), spaces)
        exclude = {own.id} if own.id else set()

        def search(wanted: int) -> Candidates:
            found = search_song(self._wiring, vectors, wanted, exclude=exclude, where=filters)
            return Candidates(rank(found.relevance, features={}), found.complete)

        picked = pick(self._wiring, search, limit=limit, filters=filters, options=options, asked=own)
        songs = compose(
            self._wiring,
            picked.scored,
            direction=vectors.get(self._wiring.lite.space.name),
            like=title,
            versions=picked.versions,
        )
        asked = {"song": str(song_id_or_path), "title": title, "id": own.id or None}
        return Answer(asked | _choices(filters, options), "+".join(vectors), songs, notes=picked.notes)

    # --- how ---

    def _by_phrases(
        self,
        query: MusicQuery,
        limit: int,
        filters: Filters,
        options: RankingOptions,
        *,
        asked: Mapping[str, Any],
        analysis: VideoAnalysis | None = None,
    ) -> Answer:
        self._check_not_empty()
        words, lesser_space = self._wiring.words()
        space = words.space.name
        vectors = words.embed_queries([phrase.text for phrase in query.phrases])
        known = [index for index in range(len(vectors)) if vectors[index].any()]
        if not known:
            raise InvalidInputError(
                f"no word of “{query.phrases[0].text}” means anything to the model {space}; "
                "name a genre, a mood, an instrument or a tempo"
            )
        phrases = [query.phrases[i] for i in known]

        def search(wanted: int) -> Candidates:
            found = [
                search_words(self._wiring, vectors[i], wanted, where=filters, space=space) for i in known
            ]
            complete = all(each.complete for each in found)
            lists = [
                RankedList(phrase.text, as_hits(each.relevance), phrase.weight)
                for phrase, each in zip(phrases, found, strict=True)
            ]
            # One phrase keeps its cosines; ranks are for what does not share a scale.
            relevance = found[0].relevance if len(found) == 1 else fuse(lists)
            wishes = query.tempo_bpm is not None or query.energy is not None
            features = self._wiring.catalog.features(list(relevance)) if wishes else {}
            ranked = rank(relevance, features=features, query=query)
            return Candidates(ranked, complete, lists if len(lists) > 1 else ())

        picked = pick(self._wiring, search, limit=limit, filters=filters, options=options)
        weights = np.array([phrase.weight for phrase in phrases], dtype=np.float32)
        length = analysis.measurements.duration if analysis and analysis.measurements else None
        songs = compose(
            self._wiring,
            picked.scored,
            direction=weights @ vectors[known],
            space=space,
            query=query,
            matched=_near_top(picked.lists, limit),
            length=length,
            pace=_pace(analysis),
            versions=picked.versions,
        )
        unknown = [query.phrases[i].text for i in range(len(vectors)) if i not in known]
        notes = [f"nothing known in “{text}”, so it was not searched for" for text in unknown]
        return Answer(
            {**asked, **query_payload(query), **_choices(filters, options)},
            space,
            songs,
            notes=(*notes, *picked.notes),
            lesser_space=lesser_space,
        )

    def _check_filters(self, filters: Filters) -> None:
        if filters.moods or filters.tags or filters.not_tags:
            check_names(filters, known_tags(self._wiring))

    def _check_not_empty(self) -> None:
        if not self._wiring.catalog.vector_count(self._wiring.lite.space.name):
            raise EmptyLibraryError


def _check_limit(limit: int) -> None:
    if limit < 1:
        raise InvalidInputError(f"limit must be at least 1, not {limit}")


def _choices(filters: Filters, options: RankingOptions) -> dict[str, Any]:
    """What was asked for beside the query, where it is not the default."""
    chosen = {"filters": filters_values(filters), "options": options_values(options)}
    return {name: values for name, values in chosen.items() if values}


def _near_top(lists: Sequence[RankedList], limit: int) -> dict[str, list[str]]:
    near: dict[str, list[str]] = {}
    for ranked in lists:
        for hit in ranked.hits[: min(limit, _NEAR_TOP)]:
            near.setdefault(hit.id, []).append(ranked.name)
    return near


def _pace(analysis: VideoAnalysis | None) -> str:
    if analysis is None or analysis.measurements is None:
        return "the wanted tempo"
    return f"the {analysis.tempo.lower()} pace of the picture"
