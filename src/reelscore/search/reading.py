"""What one question has read of the library, so that nothing is read twice."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from reelscore.catalog.store import Catalog
from reelscore.records import FloatArray, MusicFeatures, Song, SongStructure


class Reading:
    """Songs, measurements, beats and vectors, each read once. It lives as long as one question."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._songs: dict[str, Song | None] = {}
        self._features: dict[str, MusicFeatures | None] = {}
        self._structures: dict[str, SongStructure | None] = {}
        self._vectors: dict[tuple[str, str], FloatArray | None] = {}

    def remember(self, songs: Iterable[Song]) -> None:
        """Keep songs that another look at the library brought."""
        self._songs |= {song.id: song for song in songs}

    def songs(self, ids: Collection[str]) -> dict[str, Song]:
        """Id -> song, in the order of the ids; those that are gone are left out."""
        missing = [song for song in ids if song not in self._songs]
        if missing:
            self._songs |= dict.fromkeys(missing)
            self.remember(self._catalog.songs(missing))
        return {song: found for song in ids if (found := self._songs[song]) is not None}

    def features(self, ids: Collection[str]) -> dict[str, MusicFeatures]:
        """Id -> what was measured in the song."""
        missing = [song for song in ids if song not in self._features]
        if missing:
            self._features |= dict.fromkeys(missing)
            self._features |= self._catalog.features(missing)
        return {song: found for song in ids if (found := self._features[song]) is not None}

    def structures(self, ids: Collection[str]) -> dict[str, SongStructure]:
        """Id -> beats and sections of the song."""
        missing = [song for song in ids if song not in self._structures]
        if missing:
            self._structures |= dict.fromkeys(missing)
            self._structures |= self._catalog.structures(missing)
        return {song: found for song in ids if (found := self._structures[song]) is not None}

    def vectors(self, spaces: Collection[str], ids: Collection[str]) -> dict[str, dict[str, FloatArray]]:
        """Space -> id -> unit vector (dim,) of the song; songs without one in a space are left out there."""
        # One statement for all spaces: what one of them has already is read again only with what is new.
        missing = [song for song in ids if any((space, song) not in self._vectors for space in spaces)]
        if missing:
            self._vectors |= dict.fromkeys((space, song) for space in spaces for song in missing)
            for space, songs, block in self._catalog.vectors_in(spaces, missing):
                self._vectors |= {(space, song): row for song, row in zip(songs, block, strict=True)}
        return {
            space: {song: found for song in ids if (found := self._vectors[space, song]) is not None}
            for space in spaces
        }
