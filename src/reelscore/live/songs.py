"""Songs of a library, ready to be played in a live set."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reelscore.errors import MediaError
from reelscore.library.laid_songs import laid_song
from reelscore.library.sound_files import sound_file
from reelscore.live.mixing import Track
from reelscore.wiring import Wiring


class SongShelf:
    """Grids and files of songs; the catalogue is read beside another process that owns the library, too."""

    def __init__(self, wiring: Wiring) -> None:
        self._wiring = wiring

    def load(self, song: Mapping[str, Any]) -> Track:
        """A song of the answer of a search.

        Raises
        ------
        MediaError
            Its file is gone or cannot be read.
        NotFoundError
            It is no longer in the library.
        """
        features = song.get("features") or {}
        self.path_of(song["id"])
        grid = laid_song(self._wiring, song["id"]).grid
        if grid.duration <= 0.0:
            raise MediaError(f"“{song['title']}” has no sound")
        passage = song.get("passage") or {}
        return Track(
            song_id=song["id"],
            title=song["title"],
            artist=", ".join(song.get("artists") or ()),
            grid=grid,
            tempo_bpm=features.get("tempo_bpm"),
            key=features.get("key"),
            energy=features.get("energy"),
            entry=float(passage.get("start") or 0.0),
        )

    def path_of(self, song_id: str) -> Path:
        """The file of a song.

        Raises
        ------
        MediaError
            It is gone or cannot be read.
        """
        return sound_file(self._wiring, self._wiring.catalog.song(song_id))
