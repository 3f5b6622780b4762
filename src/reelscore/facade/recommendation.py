"""The three flows: a sentence, a song or a video in; ranked songs with reasons out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from reelscore.analysis.video import analyze_file
from reelscore.errors import EmptyLibraryError, InvalidInputError
from reelscore.facade.library import LibraryService
from reelscore.ingest.service import IngestionService
from reelscore.payloads import analysis_payload, query_payload
from reelscore.query.build import checked_query, query_from_analysis, query_from_text
from reelscore.query.guide import avoid_by_analysis, why_avoided
from reelscore.query.guide import guide as guide_query
from reelscore.ranking.passages import course_of
from reelscore.ranking.scoring import rank
from reelscore.records import (
    DEFAULT_OPTIONS,
    NO_FILTERS,
    Filters,
    FloatArray,
    IngestReport,
    MusicQuery,
    Phrase,
    ProgressCallback,
    RankingOptions,
    Song,
    VideoAnalysis,
    ignore_progress,
)
from reelscore.search.explain import Answer, compose, near_top, pace_in_words
from reelscore.search.names import NameSearch
from reelscore.search.options import check_filters, choices_payload, known_choices, read_choices
from reelscore.search.rerank import Candidates, pick
from reelscore.search.retrieve import WordQuery, search_song, search_words, with_song, with_vectors
from reelscore.search.seeds import Unlike, asked_song, unlike_songs
from reelscore.search.sync_stage import SyncStage
from reelscore.wiring import Wiring, open_wiring


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

    def known_choices(self) -> dict[str, Any]:
        """The genres, sources, moods, tags and keys that filters can name in this library."""
        return known_choices(self._wiring)

    def analysis(self, analysis_id: str) -> dict[str, Any]:
        """A stored analysis as JSON, with the query that it asks for; NotFoundError where there is none."""
        analysis = self._wiring.catalog.analysis(analysis_id)
        query = query_payload(query_of(analysis))
        return {**analysis_payload(analysis), "analysis_id": analysis_id, "query": query}

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
        return read_choices(self._wiring, filters or {}, options or {})

    def recommend_text(
        self,
        text: str,
        *,
        song: str | None = None,
        unlike: Sequence[str] = (),
        limit: int = 10,
        filters: Filters = NO_FILTERS,
        options: RankingOptions = DEFAULT_OPTIONS,
    ) -> Answer:
        """Songs for a sentence.

        Parameters
        ----------
        song
            Id or file of a song that the answer should sound like too.
        unlike
            Ids or files of songs that the answer should not sound like; they are not in it.
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
        check_filters(self._wiring, filters)
        query = query_from_text(text)
        return self._by_phrases(
            query, limit, filters, options, asked={"text": text}, song=song, unlike=unlike
        )

    def recommend_video(
        self,
        path: str | Path,
        *,
        guide: str | None = None,
        song: str | None = None,
        unlike: Sequence[str] = (),
        limit: int = 10,
        filters: Filters = NO_FILTERS,
        options: RankingOptions = DEFAULT_OPTIONS,
        progress: ProgressCallback = ignore_progress,
    ) -> Answer:
        """Songs for a video: analyse it, and search for what the analysis asks for.

        Parameters
        ----------
        guide
            A sentence that guides the search: "but with piano, and no drums".
        song, unlike, filters, options
            As in `recommend_text`.

        Raises
        ------
        MediaError
            The file is not a video that can be read.
        EmptyLibraryError
            There is no song to recommend; said before the analysis.
        """
        _check_limit(limit)
        check_filters(self._wiring, filters)
        self._check_not_empty()
        analysis, analysis_id = analyze_file(self._wiring, Path(path), progress)
        query = query_of(analysis)
        if guide:
            query = guide_query(query, guide)
        asked = {"video": str(path), **({"guide": guide} if guide else {})}
        answer = self._by_phrases(
            query, limit, filters, options, asked=asked, analysis=analysis, song=song, unlike=unlike
        )
        return replace(answer, analysis=analysis, analysis_id=analysis_id)

    def edited_query(self, analysis_id: str | None, parts: Mapping[str, Any]) -> MusicQuery:
        """What the stored analysis of a video asks for, with parts that somebody edited in their place.

        Parameters
        ----------
        analysis_id
            None: there is nothing but the parts.
        parts
            Fields of `MusicQuery`. What is not among them stays as the analysis has it, so that songs with
            vocals are avoided under speech whatever becomes of the phrases.

        Raises
        ------
        NotFoundError
            There is no such analysis.
        """
        known = query_of(self._wiring.catalog.analysis(analysis_id)) if analysis_id else MusicQuery(())
        return replace(known, **{name: value for name, value in parts.items() if name != "phrases" or value})

    def search(
        self,
        query: MusicQuery,
        *,
        analysis_id: str | None = None,
        guide: str | None = None,
        song: str | None = None,
        unlike: Sequence[str] = (),
        limit: int = 10,
        filters: Filters = NO_FILTERS,
        options: RankingOptions = DEFAULT_OPTIONS,
    ) -> Answer:
        """Songs for phrases and wishes that somebody edited; nothing is analysed anew.

        Parameters
        ----------
        query
            Phrases with weights, wishes, and what to avoid.
        analysis_id
            The stored analysis of a video that the answer is for: passages get its length, and without
            phrases it says what to search for.
        guide
            A sentence that guides the search, as in `recommend_video`.
        song, unlike, filters, options
            As in `recommend_text`.

        Raises
        ------
        NotFoundError
            There is no such analysis or song.
        InvalidInputError
            There is neither a phrase nor a song to search with.
        """
        _check_limit(limit)
        check_filters(self._wiring, filters)
        analysis = self._wiring.catalog.analysis(analysis_id) if analysis_id else None
        if analysis and not query.phrases:
            query = query_of(analysis)
        query = checked_query(query)
        if guide:
            query = guide_query(query, guide)
        if not query.phrases and not song:
            raise InvalidInputError("nothing to search with; give at least one phrase or a song")
        answer = self._by_phrases(
            query, limit, filters, options, asked={}, analysis=analysis, song=song, unlike=unlike
        )
        return replace(answer, analysis=analysis, analysis_id=analysis_id)

    def recommend_song(
        self,
        song_id_or_path: str | Path,
        *,
        unlike: Sequence[str] = (),
        limit: int = 5,
        filters: Filters = NO_FILTERS,
        options: RankingOptions = DEFAULT_OPTIONS,
    ) -> Answer:
        """Songs that sound like one song, which is never in its own answer.

        Parameters
        ----------
        song_id_or_path
            Id of a song of the library, or path of any audio file.
        unlike, filters, options
            As in `recommend_text`.

        Raises
        ------
        NotFoundError
            It is neither a known id nor a file.
        """
        _check_limit(limit)
        check_filters(self._wiring, filters)
        self._check_not_empty()
        spaces = list(self._wiring.embedders.similarity_weights)
        title, own, vectors = asked_song(self._wiring, str(song_id_or_path), spaces)
        avoided = self._unlike(unlike)
        exclude = {song.id for song in (own, *avoided.songs) if song.id}

        def search(wanted: int) -> Candidates:
            found = search_song(
                self._wiring, vectors, wanted, exclude=exclude, where=filters, unlike=avoided.vectors
            )
            return Candidates(rank(found.relevance, features={}), found.complete)

        picked = pick(self._wiring, search, limit=limit, filters=filters, options=options, asked=own)
        songs = compose(
            self._wiring,
            picked.scored,
            direction=vectors.get(self._wiring.lite.space.name),
            like=title,
            versions=picked.versions,
        )
        asked = {"song": str(song_id_or_path), "title": title, "id": own.id or None, **avoided.payload()}
        return Answer(asked | choices_payload(filters, options), "+".join(vectors), songs, notes=picked.notes)

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
        song: str | None = None,
        unlike: Sequence[str] = (),
    ) -> Answer:
        self._check_not_empty()
        words, lesser_space = self._wiring.words()
        space = words.space.name
        names = self._names(query, analysis) if options.names else None
        phrases, unknown = with_vectors(words, query.phrases, names.rest if names else None)
        if names and not phrases and not song and (named := names.sound()) is not None:
            # Nothing is said but names: behind the songs that they name come those that sound like them.
            space = self._wiring.embedders.sound_space
            phrases, unknown = [(Phrase(unknown[0]), named)], []
        if unknown and not phrases and not names:
            raise InvalidInputError(
                f"no word of “{unknown[0]}” means anything to the model {space}; "
                "name a genre, a mood, an instrument or a tempo"
            )
        avoid, _ = with_vectors(words, query.avoid)
        title, own, reference = self._reference(song)
        avoided = self._unlike(unlike)
        word_query = WordQuery(space, phrases, avoid, reference, avoided.vectors, names)
        exclude = {known.id for known in (own, *avoided.songs) if known and known.id}

        sync = SyncStage(self._wiring, analysis, options.sync)

        def search(wanted: int) -> Candidates:
            found = search_words(self._wiring, word_query, wanted, exclude=exclude, where=filters)
            wishes = query.tempo_bpm is not None or query.energy is not None
            features = self._wiring.catalog.features(list(found.relevance)) if wishes else {}
            return Candidates(
                sync.rank(rank(found.relevance, features=features, query=query)),
                found.complete,
                found.by_phrase,
                found.named,
            )

        picked = pick(self._wiring, search, limit=limit, filters=filters, options=options, asked=own)
        direction = sum(phrase.weight * vector for phrase, vector in phrases) if phrases else None
        songs = compose(
            self._wiring,
            picked.scored,
            direction=None if direction is None else np.asarray(direction, dtype=np.float32),
            space=space,
            query=query,
            matched=near_top(picked.by_phrase),
            like=title,
            length=length_of(analysis),
            course=course_of(analysis),
            pace=pace_in_words(analysis, query),
            versions=picked.versions,
            named=picked.named,
        )
        notes = [f"nothing known in “{text}”, so it was not searched for" for text in unknown]
        notes += [reason for reason in (why_avoided(query, analysis), sync.note) if reason]
        spaces = dict.fromkeys([*([space] if phrases else []), *reference])
        question = {**asked, **({"song": song, "title": title} if song else {}), **query_payload(query)}
        question |= avoided.payload()
        if reference:
            question["weights"] = with_song(question["weights"], words=bool(phrases))
        return Answer(
            {**question, **choices_payload(filters, options)},
            "+".join(spaces),
            sync.told(songs),
            notes=(*notes, *picked.notes),
            lesser_space=lesser_space,
        )

    def _names(self, query: MusicQuery, analysis: VideoAnalysis | None) -> NameSearch | None:
        """The names in what somebody typed; None where there are none. An analyser only describes."""
        described = {phrase.text for phrase in query_of(analysis).phrases} if analysis else set()
        typed = [phrase for phrase in query.phrases if phrase.text not in described]
        names = NameSearch(self._wiring, typed, sum(phrase.weight for phrase in query.phrases))
        return names or None

    def _reference(self, song: str | None) -> tuple[str | None, Song | None, dict[str, FloatArray]]:
        if song is None:
            return None, None, {}
        return asked_song(self._wiring, song, list(self._wiring.embedders.similarity_weights))

    def _unlike(self, songs: Sequence[str]) -> Unlike:
        return unlike_songs(self._wiring, songs, list(self._wiring.embedders.similarity_weights))

    def _check_not_empty(self) -> None:
        if not self._wiring.catalog.vector_count(self._wiring.lite.space.name):
            raise EmptyLibraryError


def _check_limit(limit: int) -> None:
    if limit < 1:
        raise InvalidInputError(f"limit must be at least 1, not {limit}")


def length_of(analysis: VideoAnalysis | None) -> float | None:
    """How long a video is, as measured or by its sections; None where neither is known."""
    if analysis is None:
        return None
    if analysis.measurements is not None:
        return analysis.measurements.duration
    return analysis.sections[-1].end if analysis.sections else None


def query_of(analysis: VideoAnalysis) -> MusicQuery:
    """What the analysis of a video asks for, and what it wants to be avoided."""
    return avoid_by_analysis(query_from_analysis(analysis), analysis)
