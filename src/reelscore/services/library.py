"""Look into the library: its songs, its counts and its health."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from reelscore.errors import MediaNotFoundError
from reelscore.records import FloatArray
from reelscore.services.indexing import heal_library, index_status, rebuild_indexes
from reelscore.services.payloads import features_payload, song_payload
from reelscore.wiring import Wiring, open_wiring


class LibraryService:
    """Reads a library."""

    def __init__(self, wiring: Wiring | None = None) -> None:
        self._wiring = wiring or open_wiring()

    def song(self, song_id: str) -> dict[str, Any]:
        """One song with its measurements, its curves and its tags; NotFoundError where there is none."""
        catalog, lite = self._wiring.catalog, self._wiring.lite
        song = catalog.song(song_id)
        payload = song_payload(song)
        payload["features"] = features_payload(catalog.features([song_id]).get(song_id), curves=True)
        for _, block in catalog.track_vectors(lite.space.name, [song_id]):
            payload["tags"] = {tag: round(value, 3) for tag, value in lite.tags(block[0]).items()}
        payload["labels"] = dict(song.labels)
        payload["added_at"] = song.added_at
        return payload

    def songs(
        self, search: str | None = None, sort: str = "title", offset: int = 0, limit: int = 50
    ) -> dict[str, Any]:
        """A page of the library, found by title, artist or album."""
        songs, total = self._wiring.catalog.list_songs(search=search, sort=sort, offset=offset, limit=limit)
        features = self._wiring.catalog.features([song.id for song in songs])
        return {
            "songs": [
                {**song_payload(song), "features": features_payload(features.get(song.id))} for song in songs
            ],
            "total": total,
            "offset": offset,
            "limit": limit,
        }

    def vectors(self, space: str) -> tuple[list[str], FloatArray]:
        """Ids and unit vectors (n, dim) of all songs in a space, such as "taggers-1", by id.

        Raises
        ------
        UnknownNameError
            There is no space of this name.
        """
        dim = self._wiring.embedders.space(space).dim
        ids: list[str] = []
        blocks = [np.zeros((0, dim), dtype=np.float32)]
        for some, block in self._wiring.catalog.track_vectors(space):
            ids += some
            blocks.append(block)
        return ids, np.concatenate(blocks)

    def audio_path(self, song_id: str) -> Path:
        """The audio file of a song.

        Raises
        ------
        NotFoundError
            There is no such song.
        MediaNotFoundError
            Its file is gone, or its source gives no file to play from here.
        """
        song = self._wiring.catalog.song(song_id)
        if not song.uri or "://" in song.uri:
            raise MediaNotFoundError(
                f"“{song.title}” is streamed from its source; there is no file of it here"
            )
        path = Path(song.uri)
        if not path.is_file():
            raise MediaNotFoundError(
                f"the file of “{song.title}” is gone: {path}; put it back or ingest its folder anew"
            )
        return path

    def database_stats(self) -> dict[str, Any]:
        """The documented statistics of the space that words are searched in."""
        space = self._wiring.words()[0].space.name
        row = next(row for row in index_status(self._wiring) if row["space"] == space)
        return {
            "collection_name": space,
            "vectors_count": row["vectors"],
            "points_count": row["points"],
            "status": row["status"],
        }

    def stats(self) -> dict[str, Any]:
        """Songs per source, vectors per space, and where everything lies."""
        settings = self._wiring.settings
        return {
            **self.database_stats(),
            **self._wiring.catalog.counts(),
            "spaces": index_status(self._wiring),
            "analyzer": self._wiring.analyzer.name,
            "home": str(settings.home),
        }

    def check(self, *, repair: bool = False) -> dict[str, Any]:
        """Hold what is stored against itself: SQL, indexes and files.

        Returns
        -------
        dict
            "ok", and "problems": a list of sentences; empty where all is well.
        """
        heal_library(self._wiring)
        if repair and any(row["status"] != "green" for row in index_status(self._wiring)):
            rebuild_indexes(self._wiring)
        problems = list(self._wiring.catalog.problems())
        for row in index_status(self._wiring):
            if row["status"] == "red":
                problems.append(f"index of {row['space']}: {row['error']}")
            elif row["points"] != row["vectors"]:
                problems.append(
                    f"index of {row['space']} has {row['points']} of {row['vectors']} vectors; "
                    "run `reelscore index rebuild`"
                )
        missing = [
            uri for _, uri in self._wiring.catalog.files() if "://" not in uri and not Path(uri).is_file()
        ]
        problems += [f"file is gone: {uri}" for uri in missing]
        return {"ok": not problems, "problems": problems, "songs": self._wiring.catalog.counts()["songs"]}

    def health(self) -> dict[str, Any]:
        """Whether the library can answer, for monitors and the page."""
        counts = self._wiring.catalog.counts()
        space = asdict(self._wiring.words()[0].space)
        return {
            "status": "ok",
            "songs": counts["songs"],
            "space": space["name"],
            "analyzer": self._wiring.analyzer.name,
        }
