"""The songs of a library with their sound and pictures, its counts and its health."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from reelscore.filters.table import NO_FILTERS, Filters
from reelscore.library.albums import Discography
from reelscore.library.heard_tags import tags_of_songs
from reelscore.library.index_sync import forget_removed, index_status, late_songs
from reelscore.library.on_demand import current, draw_stored, find_stored, spectrogram_of
from reelscore.library.pages import Orders
from reelscore.library.sound_files import file_of, playable, sound_file
from reelscore.payloads import (
    beats_payload,
    features_payload,
    heard_payload,
    sections_payload,
    song_payload,
)
from reelscore.records import FloatArray, SongStructure, Waveform
from reelscore.wiring import Wiring


class Library:
    """The songs of a library, as the page and the API show them."""

    def __init__(self, wiring: Wiring) -> None:
        self._wiring = wiring

    @cached_property
    def discography(self) -> Discography:
        """Albums and artists."""
        return Discography(self._wiring.catalog)

    @cached_property
    def _orders(self) -> Orders:
        return Orders(self._wiring.catalog)

    def song(self, song_id: str) -> dict[str, Any]:
        """One song with its measurements, its curves and its tags; NotFoundError if there is none."""
        catalog, lite = self._wiring.catalog, self._wiring.lite.space.name
        with catalog.connected():
            song = catalog.song(song_id)
            payload = song_payload(song)
            payload["features"] = features_payload(catalog.features([song_id]).get(song_id), curves=True)
            structure = catalog.structure(song_id)
            if payload["features"] and structure is not None:
                payload["features"]["beats"] = list(structure.grid.times)
            for _, _, block in catalog.vectors_in([lite], [song_id]):
                payload |= heard_payload(tags_of_songs(self._wiring, {song_id: block[0]})[song_id])
            payload["licence"] = song.licence
            payload["corrections"] = catalog.corrections([song_id]).get(song_id, {})
            payload["labels"] = dict(song.labels)
            payload["added_at"] = song.added_at
        return payload

    def songs(
        self,
        search: str | None = None,
        sort: str = "title",
        offset: int = 0,
        limit: int = 50,
        filters: Filters = NO_FILTERS,
    ) -> dict[str, Any]:
        """A page of the library, found by title, artist, album or genre, and by filters."""
        # Only a library that an older version filled lacks what filters and words compare.
        late = late_songs(self._wiring) if search or filters != NO_FILTERS else 0
        catalog = self._wiring.catalog
        with catalog.connected():
            ids, total = self._orders.page(
                search=search, sort=sort, filters=filters, offset=offset, limit=limit
            )
            found = catalog.songs_with_features(ids)
        return {
            "songs": [
                {**song_payload(song), "added_at": song.added_at, "features": features_payload(measured)}
                for song, measured in (found[one] for one in ids if one in found)
            ],
            "total": total,
            "offset": offset,
            "limit": limit,
            "late": late,
        }

    def remove(self, song_id: str) -> dict[str, Any]:
        """Take a song out of the library and its indexes; its file stays where it is.

        Raises
        ------
        NotFoundError
            There is no such song.
        """
        song = self._wiring.catalog.song(song_id)
        self._wiring.catalog.remove([song.id])
        forget_removed(self._wiring)
        return song_payload(song)

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
        """The audio file of a song; of one that is a stretch of a file, that stretch.

        Raises
        ------
        NotFoundError
            There is no such song.
        MediaNotFoundError
            Its file is gone, or its source gives no file to play from here.
        """
        return sound_file(self._wiring, self._wiring.catalog.song(song_id))

    def playable(self, song_id: str, *, seekable: bool = False) -> tuple[Path, str]:
        """A file of a song that browsers play, and its media type; see `library.sound_files`.

        Raises
        ------
        NotFoundError
            There is no such song.
        MediaError
            Its file is gone or cannot be read, or its source gives no file to play from here.
        """
        song = self._wiring.catalog.song(song_id)
        return playable(self._wiring, song, file_of(song), seekable=seekable)

    def spectrogram(self, song_id: str) -> Path:
        """The picture of a song's spectrum as a PNG file; raises as `waveform` does."""
        return spectrogram_of(self._wiring, song_id, self.audio_path(song_id))

    def cover(self, song_id: str) -> tuple[bytes, str] | None:
        """The cover in a song's file or beside it, and its media type; None if there is none.

        Raises
        ------
        NotFoundError
            There is no such song.
        MediaNotFoundError
            Its file is gone, or its source gives no file.
        """
        from reelscore.sources.folder.covers import read_cover

        return read_cover(file_of(self._wiring.catalog.song(song_id)))

    def waveform(self, song_id: str) -> Waveform:
        """The waveform of a song; drawn from its file, and kept, if there is none yet.

        Raises
        ------
        NotFoundError
            There is no such song.
        MediaError
            Its file is gone or cannot be read, or its source gives no file to draw.
        """
        stored = self._wiring.catalog.waveform(song_id)
        return stored or draw_stored(self._wiring, song_id, self.audio_path(song_id))

    def structure(self, song_id: str) -> SongStructure:
        """Beats and sections of a song; found in its file, and kept, if there are none of this version.

        Raises as `waveform` does.
        """
        stored = self._wiring.catalog.structure(song_id)
        if stored is not None and current(stored):
            return stored
        return find_stored(self._wiring, song_id, self.audio_path(song_id))

    def beats(self, song_id: str) -> dict[str, Any]:
        """The beats of a song as "data", and what holds for all of them; raises as `waveform` does."""
        return beats_payload(self.structure(song_id))

    def sections(self, song_id: str) -> dict[str, Any]:
        """The sections of a song as "data"; raises as `waveform` does."""
        return {"data": sections_payload(self.structure(song_id))}


def database_stats(wiring: Wiring) -> dict[str, Any]:
    """The documented statistics of the space that words are searched in."""
    space = wiring.text_embedder()[0].space.name
    row = next(row for row in index_status(wiring) if row["space"] == space)
    return {
        "collection_name": wiring.collection_name(space),
        "vectors_count": row["vectors"],
        "points_count": row["points"],
        "status": row["status"],
    }


def library_stats(wiring: Wiring) -> dict[str, Any]:
    """Songs per source and of old measurements, vectors per space, and where everything lies."""
    from reelscore.audio.features import FEATURES_VERSION

    return {
        **database_stats(wiring),
        **wiring.catalog.counts(),
        "old_measurements": len(wiring.catalog.measured_otherwise(FEATURES_VERSION)),
        "spaces": index_status(wiring),
        "analyzer": wiring.analyzer.name,
        "home": str(wiring.settings.home),
    }


def library_health(wiring: Wiring) -> dict[str, Any]:
    """Whether the library can answer, for monitors and the page."""
    return {
        "status": "ok",
        "songs": wiring.catalog.song_count(),
        "space": wiring.text_embedder()[0].space.name,
        "analyzer": wiring.analyzer.name,
    }
