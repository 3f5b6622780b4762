"""Songs of a library, ready to be played in a live set."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reelscore.catalog.store import Catalog
from reelscore.library.placed_songs import stored_features, stored_grid
from reelscore.library.rights import credit
from reelscore.library.sound_files import copy_of, file_of
from reelscore.live.mixing import Track
from reelscore.records import Credit, Song
from reelscore.wiring import Wiring


class LiveSongs:
    """Grids and files of songs; the catalogue is read beside another process that owns the library, too."""

    def __init__(self, wiring: Wiring, catalog: Catalog) -> None:
        self._wiring = wiring
        self._catalog = catalog

    def load(self, song: Mapping[str, Any]) -> Track:
        """A song of the answer of a search.

        Raises
        ------
        MediaError
            Its file is gone or cannot be read.
        NotFoundError
            It is no longer in the library, or was never measured.
        """
        stored = self._catalog.song(song["id"])
        self._file_of(stored)  # says what is wrong with it before it is planned
        features = stored_features(self._catalog, stored)
        return Track(
            song_id=stored.id,
            title=stored.title,
            artist=", ".join(stored.artists),
            grid=stored_grid(stored, features, {}, self._catalog.structure(stored.id)),
            tempo_bpm=features.tempo_bpm,
            key=features.key,
            energy=features.energy,
            entry=float((song.get("passage") or {}).get("start") or 0.0),
        )

    def credit_of(self, song_id: str) -> Credit:
        """The rights of a song."""
        return credit(self._catalog, self._catalog.song(song_id))

    def path_of(self, song_id: str) -> Path:
        """The file of a song.

        Raises
        ------
        MediaError
            It is gone or cannot be read.
        """
        return self._file_of(self._catalog.song(song_id))

    def _file_of(self, song: Song) -> Path:
        path = file_of(song)
        return path if song.begin is None else copy_of(self._wiring, song, path)
