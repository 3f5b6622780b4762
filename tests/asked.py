"""Short forms of questions to a library, for tests that ask many."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from reelscore.catalog.browsing import unpack_ids
from reelscore.catalog.store import Catalog
from reelscore.filters.table import Filters
from reelscore.query.form import Query, read_query
from reelscore.records import MusicQuery
from reelscore.search.engine import search, search_video
from reelscore.search.explain import Answer
from reelscore.wiring import Wiring


class Asking:
    """Asks one library; the named choices are fields of `Query`."""

    def __init__(self, wiring: Wiring) -> None:
        self._wiring = wiring

    def recommend_text(self, text: str, **choices: Any) -> Answer:
        return search(self._wiring, Query(text=text, **_tuples(choices)))

    def recommend_song(self, song: str | Path, **choices: Any) -> Answer:
        return search(self._wiring, Query(song=str(song), **{"limit": 5, **_tuples(choices)}))

    def recommend_video(self, path: str | Path, **choices: Any) -> Answer:
        return search_video(self._wiring, Path(path), Query(**_tuples(choices)))

    def search(self, music: MusicQuery, **choices: Any) -> Answer:
        """Edited phrases; what an empty `MusicQuery` leaves out is as the analysis asks for."""
        edits: dict[str, Any] = {}
        if music.phrases:
            edits = {name: getattr(music, name) for name in ("phrases", "avoid", "tempo_bpm", "energy")}
        return search(self._wiring, Query(**edits, **_tuples(choices)))

    def recommend_by_text_query(self, text: str, **choices: Any) -> list[dict[str, Any]]:
        songs: list[dict[str, Any]] = self.recommend_text(text, **choices).to_dict()["songs"]
        return songs

    def recommend_by_song(self, song: str | Path, **choices: Any) -> list[dict[str, Any]]:
        songs: list[dict[str, Any]] = self.recommend_song(song, **choices).to_dict()["songs"]
        return songs

    def read(self, **values: Any) -> Answer:
        """A question in its JSON form."""
        return search(self._wiring, read_query(values))


def _tuples(choices: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in choices.items()}


def matching(catalog: Catalog, filters: Filters) -> list[str]:
    """Ids of the songs that pass by SQL, which indexes are held against, in their order."""
    return sorted(unpack_ids(catalog.ordered_ids(filters=filters)))
