"""The three flows: a sentence, a song or a video in; ranked songs with reasons out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from reelscore.errors import EmptyLibraryError, InvalidInputError, NotFoundError
from reelscore.recommend.fusion import RankedList, fuse
from reelscore.recommend.passage import best_passage
from reelscore.recommend.query import query_from_analysis, query_from_text
from reelscore.recommend.ranking import Scored, rank
from reelscore.recommend.reasons import describe
from reelscore.records import (
    FloatArray,
    IngestReport,
    MusicQuery,
    ProgressCallback,
    Recommendation,
    VideoAnalysis,
    ignore_progress,
)
from reelscore.services.analysis import analyze_file
from reelscore.services.indexing import open_index
from reelscore.services.ingestion import IngestionService
from reelscore.services.library import LibraryService
from reelscore.services.listening import listen
from reelscore.services.payloads import analysis_payload, query_payload, recommendation_payload
from reelscore.sources.files import hash_file
from reelscore.wiring import Wiring, open_wiring

# Hits asked of each search, so that fusion and wishes have something to choose from.
CANDIDATES = 200
# Length of the passage that is named where no picture says how long it should be, in seconds.
PASSAGE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Answer:
    """Ranked songs, and everything that says where they come from."""

    query: Mapping[str, Any]
    space: str  # the spaces that were searched, joined by "+"
    songs: tuple[Recommendation, ...]
    analysis: VideoAnalysis | None = None
    analysis_id: str | None = None
    notes: tuple[str, ...] = field(default=())

    @property
    def degraded(self) -> str | None:
        """Why this is less than was asked for, or None."""
        return self.analysis.degraded if self.analysis else None

    def to_dict(self) -> dict[str, Any]:
        """The documented JSON of an answer."""
        payload: dict[str, Any] = {"query": dict(self.query), "space": self.space}
        if self.analysis:
            payload["analyzer"] = self.analysis.analyzer
            payload["analysis"] = analysis_payload(self.analysis)
            payload["analysis_id"] = self.analysis_id
        payload["degraded"] = self.degraded
        payload["notes"] = list(self.notes)
        payload["songs"] = [recommendation_payload(song) for song in self.songs]
        payload["total"] = len(self.songs)
        return payload


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
        songs = self._recommendations(scored, direction=vectors.get(lite), like=title)
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
                f"no word of “{query.phrases[0].text}” says anything about music to the model {space}; "
                "name a genre, a mood, an instrument or a tempo"
            )
        index = open_index(self._wiring, space)
        wanted = max(CANDIDATES, limit)
        lists = [
            RankedList(query.phrases[i].text, index.search(vectors[i], wanted), query.phrases[i].weight)
            for i in known
        ]
        if len(lists) == 1:
            relevance = {hit.id: {"words": hit.score} for hit in lists[0].hits}
        else:
            relevance = fuse(lists)
        features = self._wiring.catalog.features(list(relevance))
        scored = rank(relevance, features=features, query=query)[:limit]
        weights = np.array([query.phrases[i].weight for i in known], dtype=np.float32)
        length = analysis.measurements.duration if analysis and analysis.measurements else PASSAGE_SECONDS
        songs = self._recommendations(
            scored,
            direction=weights @ vectors[known],
            query=query,
            matched=_near_top(lists, limit) if len(lists) > 1 else {},
            length=length,
            pace=_pace(analysis),
        )
        unknown = [query.phrases[i].text for i in range(len(vectors)) if i not in known]
        notes = tuple(f"nothing known in “{text}”, so it was not searched for" for text in unknown)
        return Answer({**asked, **query_payload(query)}, space, songs, notes=notes)

    def _recommendations(
        self,
        scored: Sequence[Scored],
        *,
        direction: FloatArray | None,
        query: MusicQuery | None = None,
        matched: Mapping[str, Sequence[str]] | None = None,
        like: str | None = None,
        length: float = PASSAGE_SECONDS,
        pace: str = "the picture",
    ) -> tuple[Recommendation, ...]:
        catalog, lite = self._wiring.catalog, self._wiring.lite
        ids = [item.id for item in scored]
        songs = {song.id: song for song in catalog.songs(ids)}
        features = catalog.features(ids)
        vectors = {
            song: vector
            for batch, block in catalog.track_vectors(lite.space.name, ids)
            for song, vector in zip(batch, block, strict=True)
        }
        windows = catalog.window_vectors(lite.space.name, ids) if direction is not None else {}
        answer = []
        for item in scored:
            if item.id not in songs:  # removed since the search
                continue
            measured = features.get(item.id)
            tags = lite.tags(vectors[item.id]) if item.id in vectors else {}
            passage = None
            if direction is not None and measured and item.id in windows:
                passage = best_passage(
                    windows[item.id],
                    direction,
                    length=length,
                    song_duration=measured.duration,
                    beats=measured.beats,
                )
            reasons = describe(
                features=measured,
                tags=tags,
                query=query,
                matched=(matched or {}).get(item.id, ()),
                like=like,
                pace=pace,
            )
            answer.append(
                Recommendation(songs[item.id], item.score, item.parts, reasons, measured, tags, passage)
            )
        return tuple(answer)

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
        vectors: dict[str, FloatArray] = {}
        for space in spaces:
            for _, block in catalog.track_vectors(space, [str(own_id)]):
                vectors[space] = block[0]
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
