"""Songs for a video, a sentence or a song, as the documents show it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from reelscore.ingest.service import initialize
from reelscore.library.service import database_stats
from reelscore.query.form import Query
from reelscore.records import IngestReport, ProgressCallback, ignore_progress
from reelscore.search.engine import search, search_video
from reelscore.wiring import Wiring, open_wiring


class RecommendationService:
    """Recommends songs of a library. `reelscore.search.engine.search` takes every other question.

    Parameters
    ----------
    wiring
        The library; not given: the one that the settings name.
    """

    def __init__(self, wiring: Wiring | None = None) -> None:
        self._wiring = wiring or open_wiring()

    def analyze_video_and_recommend(
        self, path: str | Path, limit: int = 10
    ) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """The analysis of a video, and the songs that suit it.

        Raises
        ------
        MediaError
            The file is not a video that can be read.
        EmptyLibraryError
            There is no song to recommend; said before the analysis.
        """
        answer = search_video(self._wiring, Path(path), Query(limit=limit)).to_dict()
        return answer["analysis"], answer["songs"]

    def recommend_by_text_query(self, text: str, limit: int = 10) -> list[dict[str, Any]]:
        """The songs that suit a sentence.

        Raises
        ------
        InvalidInputError
            The sentence is empty, or no word of it is known.
        EmptyLibraryError
            There is no song to recommend.
        """
        songs: list[dict[str, Any]] = search(self._wiring, Query(text=text, limit=limit)).to_dict()["songs"]
        return songs

    def recommend_by_song(self, song_id_or_path: str | Path, limit: int = 5) -> list[dict[str, Any]]:
        """The songs that sound like a song of the library or like a file.

        Raises
        ------
        NotFoundError
            It is neither a known id nor a file.
        """
        answer = search(self._wiring, Query(song=str(song_id_or_path), limit=limit))
        songs: list[dict[str, Any]] = answer.to_dict()["songs"]
        return songs

    def initialize_database(
        self, max_videos: int = 50, progress: ProgressCallback = ignore_progress
    ) -> IngestReport:
        """Fill the library: with what is trending on YouTube if there is a key for it, else the demo."""
        return initialize(self._wiring, max_videos, progress)

    def database_stats(self) -> dict[str, Any]:
        """collection_name, vectors_count, points_count and status of the space of words."""
        return database_stats(self._wiring)
