"""Songs for a video, a sentence or a song, as the documents show it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from reelscore.ingest.service import initialize
from reelscore.library.service import database_stats
from reelscore.payloads import read_report
from reelscore.query.form import Query
from reelscore.records import IngestReport, ProgressCallback, ignore_progress
from reelscore.remote.asking import ask, follow_job, search_there, search_video_there
from reelscore.remote.owner import find_owner
from reelscore.search.engine import search, search_video
from reelscore.wiring import Wiring, open_wiring


class RecommendationService:
    """Recommends songs of a library. `reelscore.search.engine.search` takes every other question.

    If another process of the same user owns the library, such as a server, that one answers.

    Parameters
    ----------
    wiring
        The library; not given: the one that the settings name.
    """

    def __init__(self, wiring: Wiring | None = None) -> None:
        self._wiring = wiring or open_wiring()

    def analyze_video_and_recommend(
        self, path: str | Path, limit: int = 10, *, about: str | None = None
    ) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """The analysis of a video, and the songs that suit it.

        Parameters
        ----------
        about
            What is to be seen in it, in a few words: "wedding, seaside, evening".

        Raises
        ------
        MediaError
            The file is not a video that can be read.
        EmptyLibraryError
            There is no song to recommend; said before the analysis.
        """
        owner, query = find_owner(self._wiring), Query(about=about, limit=limit)
        if owner is None:
            answer = search_video(self._wiring, Path(path), query).to_dict()
        else:
            answer = search_video_there(owner, Path(path), query)
        return answer["analysis"], answer["songs"]

    def recommend_by_text_query(self, text: str, limit: int = 10) -> list[dict[str, Any]]:
        """The songs that suit a sentence.

        Raises
        ------
        InvalidInputError
            The sentence is empty.
        EmptyLibraryError
            There is no song to recommend.
        """
        return search_songs(self._wiring, Query(text=text, limit=limit))

    def recommend_by_song(self, song_id_or_path: str | Path, limit: int = 5) -> list[dict[str, Any]]:
        """The songs that sound like a song of the library or like a file.

        Raises
        ------
        NotFoundError
            It is neither a known id nor a file.
        """
        return search_songs(self._wiring, Query(song=str(song_id_or_path), limit=limit))

    def initialize_database(
        self, max_videos: int = 50, progress: ProgressCallback = ignore_progress
    ) -> IngestReport:
        """Fill the library: with what is trending on YouTube if there is a key for it, else the demo."""
        owner = find_owner(self._wiring)
        if owner is None:
            return initialize(self._wiring, max_videos, progress)
        route = "/api/recommendations/initialize-database"
        started = owner.request("POST", route, json={"max_videos": max_videos})
        return read_report(follow_job(owner, started["task_id"], progress))

    def database_stats(self) -> dict[str, Any]:
        """collection_name, vectors_count, points_count and status of the space of words."""
        owner = find_owner(self._wiring)
        if owner is None:
            return database_stats(self._wiring)
        stats = ask(owner, "GET", "/api/recommendations/database-stats")
        return {name: stats[name] for name in ("collection_name", "vectors_count", "points_count", "status")}


def search_songs(wiring: Wiring, query: Query) -> list[dict[str, Any]]:
    """The songs for a question, asked of the process that owns the library if that is another one."""
    owner = find_owner(wiring)
    answer = search(wiring, query).to_dict() if owner is None else search_there(owner, query)
    songs: list[dict[str, Any]] = answer["songs"]
    return songs
