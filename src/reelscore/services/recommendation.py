"""The three flows: a sentence, a song or a video in; ranked songs with reasons out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from reelscore.errors import EmptyLibraryError, InvalidInputError, NotFoundError
from reelscore.recommend.fusion import RankedList, as_hits, fuse
from reelscore.recommend.query import query_from_analysis, query_from_text
from reelscore.recommend.ranking import rank
from reelscore.records import (
    FloatArray,
    IngestReport,
    MusicQuery,
    ProgressCallback,
    VideoAnalysis,
    ignore_progress,
)
from reelscore.services.analysis import analyze_file
from reelscore.services.answers import Answer, compose
from reelscore.services.indexing import open_index
from reelscore.services.ingestion import IngestionService
from reelscore.services.library import LibraryService
from reelscore.services.listening import listen
from reelscore.services.payloads import query_payload
from reelscore.services.retrieval import search_words, vectors_of
from reelscore.sources.files import hash_file
from reelscore.wiring import Wiring, open_wiring

# Hits asked of each search, so that fusion and wishes have something to choose from.
CANDIDATES = 200


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
        """Fill the library with its default source: at most `max_videos` tracks."""
        if max_videos < 1:
            raise InvalidInputError(f"max_videos must be at least 1, not {max_videos}")
        return IngestionService(self._wiring).ingest("demo", {"limit": max_videos}, progress)

    def database_stats(self) -> dict[str, Any]:
        """collection_name, vectors_count, points_count and status of the space of words."""
        return LibraryService(self._wiring).database_stats()

    # --- the flows ---

    def recommend_text(self, text: str, *, limit: int = 10) -> Answer:
        """Songs for a sentence.

        Raises
        ------
        InvalidInputError
            The query is empty, none of its words is known, or the limit is below 1.
        EmptyLibraryError
            There is no song to recommend.
        """
        _check_limit(limit)
        query = query_from_text(text)
        return self._by_phrases(query, limit, asked={"text": text})

    def recommend_video(
        self, path: str | Path, *, limit: int = 10, progress: ProgressCallback = ignore_progress
    ) -> Answer:
        """Songs for a video: analyse it, and search for what the analysis asks for.

        Raises
        ------
        MediaError
            The file is not a video that can be read.
        EmptyLibraryError
            There is no song to recommend; said before the analysis.
        """
        _check_limit(limit)
        self._check_not_empty()
        analysis, analysis_id = analyze_file(self._wiring, Path(path), progress)
        answer = self._by_phrases(
            query_from_analysis(analysis), limit, asked={"video": str(path)}, analysis=analysis
        )
        return Answer(answer.query, answer.space, answer.songs, analysis, analysis_id, answer.notes)

    def recommend_song(self, song_id_or_path: str | Path, *, limit: int = 5) -> Answer:
        """Songs that sound like one song, which is never in its own answer.

        Parameters
        ----------
        song_id_or_path
            Id of a song of the library, or path of any audio file.

        Raises
        ------
        NotFoundError
            It is neither a known id nor a file.
        """
        _check_limit(limit)
        self._check_not_empty()
        spaces = self._wiring.embedders.similarity_weights
        title, own_id, vectors = self._song_vectors(str(song_id_or_path), list(spaces))
        wanted = max(CANDIDATES, limit)
        exclude = {own_id} if own_id else set()
        lists = [
            RankedList(
                space, open_index(self._wiring, space).search(vectors[space], wanted, exclude=exclude), w
            )
            for space, w in spaces.items()
            if space in vectors
        ]
        scored = rank(fuse(lists), features={})[:limit]
        lite = self._wiring.lite.space.name
        songs = compose(self._wiring, scored, direction=vectors.get(lite), like=title)
        asked = {"song": str(song_id_or_path), "title": title, "id": own_id}
        return Answer(asked, "+".join(item.name for item in lists), songs)

    # --- how ---

    def _by_phrases(
        self,
        query: MusicQuery,
        limit: int,
        *,
        asked: Mapping[str, Any],
        analysis: VideoAnalysis | None = None,
    ) -> Answer:
        self._check_not_empty()
        space = self._wiring.lite.space.name
        vectors = self._wiring.lite.embed_queries([phrase.text for phrase in query.phrases])
        known = [index for index in range(len(vectors)) if vectors[index].any()]
        if not known:
            raise InvalidInputError(
                f"no word of “{query.phrases[0].text}” means anything to the model {space}; "
                "name a genre, a mood, an instrument or a tempo"
            )
        found = {
            query.phrases[i].text: search_words(self._wiring, vectors[i], max(CANDIDATES, limit))
            for i in known
        }
        if len(known) == 1:
            lists = []
            relevance = next(iter(found.values()))
        else:
            lists = [
                RankedList(phrase.text, as_hits(found[phrase.text]), phrase.weight)
                for phrase in (query.phrases[i] for i in known)
            ]
            relevance = fuse(lists)
        features = self._wiring.catalog.features(list(relevance))
        scored = rank(relevance, features=features, query=query)[:limit]
        weights = np.array([query.phrases[i].weight for i in known], dtype=np.float32)
        length = analysis.measurements.duration if analysis and analysis.measurements else None
        songs = compose(
            self._wiring,
            scored,
            direction=weights @ vectors[known],
            query=query,
            matched=_near_top(lists, limit),
            length=length,
            pace=_pace(analysis),
        )
        unknown = [query.phrases[i].text for i in range(len(vectors)) if i not in known]
        notes = tuple(f"nothing known in “{text}”, so it was not searched for" for text in unknown)
        return Answer({**asked, **query_payload(query)}, space, songs, notes=notes)

    def _song_vectors(
        self, song_id_or_path: str, spaces: Sequence[str]
    ) -> tuple[str, str | None, dict[str, FloatArray]]:
        """Title, id where the song is in the library, and its vector in each space."""
        catalog = self._wiring.catalog
        path = Path(song_id_or_path).expanduser()
        own_id: str | None = song_id_or_path
        if path.is_file():
            own_id = catalog.ids_by_content([content := hash_file(path)]).get(content)
            if own_id is None:
                _, embeddings = listen(path, self._wiring.embedders)
                return path.stem, None, {item.space: item.track for item in embeddings}
        try:
            title = catalog.song(str(own_id)).title
        except NotFoundError:
            raise NotFoundError(
                f"{song_id_or_path} is neither the id of a song in the library nor an audio file"
            ) from None
        own = str(own_id)
        vectors = {space: found[own] for space in spaces if (found := vectors_of(self._wiring, space, [own]))}
        if not vectors:
            raise NotFoundError(f"“{title}” has no vectors; run `reelscore check --repair`")
        return title, own_id, vectors

    def _check_not_empty(self) -> None:
        if not self._wiring.catalog.vector_count(self._wiring.lite.space.name):
            raise EmptyLibraryError


def _check_limit(limit: int) -> None:
    if limit < 1:
        raise InvalidInputError(f"limit must be at least 1, not {limit}")


def _near_top(lists: Sequence[RankedList], limit: int) -> dict[str, list[str]]:
    near: dict[str, list[str]] = {}
    for ranked in lists:
        for hit in ranked.hits[:limit]:
            near.setdefault(hit.id, []).append(ranked.name)
    return near


def _pace(analysis: VideoAnalysis | None) -> str:
    if analysis is None or analysis.measurements is None:
        return "the wanted tempo"
    return f"the {analysis.tempo.lower()} pace of the picture"
