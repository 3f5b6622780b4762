"""The map of the library: computed once in a job, kept in SQL, served as a few bytes for each song.

The points are planes that lie one after the other, each with a value for every song in the order of the
ids: x and y (uint16, little-endian, 0..65535), group (uint8, 0: none, else a place in `groups` from 1),
tempo (uint8, bpm, 0: not known) and energy (uint8, 0: not known, else 1..255 for 0..1).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from reelscore.catalog.browsing import pack_ids, unpack_ids
from reelscore.catalog.maps import Coloured, LibraryMap
from reelscore.embedding.lite.semantic import TAGGERS
from reelscore.errors import EmptyLibraryError, NotFoundError
from reelscore.filters.terms import GENRE_TAGS, term
from reelscore.library.map_projection import lay_out
from reelscore.payloads import features_payload, song_payload
from reelscore.records import FloatArray, Progress, ProgressCallback, ignore_progress
from reelscore.wiring import Wiring

STALE_FROM = 0.1  # share of songs that came or went since

_GROUPS = 9  # with a colour of their own; the tenth is all others
OTHER = "other"


def make_map(wiring: Wiring, progress: ProgressCallback = ignore_progress) -> dict[str, Any]:
    """Lay out every song of the library and keep the map; returns what it says of itself.

    Raises
    ------
    EmptyLibraryError
        There are no songs.
    """
    catalog = wiring.catalog
    ids: list[str] = []

    def blocks() -> Iterator[FloatArray]:
        for some, block in catalog.track_vectors(TAGGERS.name):
            ids.extend(some)
            progress(Progress(len(ids), None, "reading the songs"))
            yield block

    places = lay_out(blocks(), progress=progress)
    if not ids:
        raise EmptyLibraryError
    rows = list(catalog.colours(ids))
    here = {row.id: place for place, row in enumerate(rows)}
    kept = [place for place, song in enumerate(ids) if song in here]  # less what was removed meanwhile
    groups, chosen = _grouped(rows, catalog.heard_tags([row.id for row in rows if not row.genre], GENRE_TAGS))
    made = LibraryMap(
        songs=len(rows),
        ids=pack_ids(row.id for row in rows),
        points=_planes(places[kept], chosen, rows),
        about={"space": TAGGERS.name, "groups": groups},
    )
    catalog.save_map(made)
    return {"songs": len(rows), "groups": groups}


class MapService:
    """Reads the map of a library."""

    def __init__(self, wiring: Wiring) -> None:
        self._wiring = wiring
        self._kept: LibraryMap | None = None

    def state(self) -> dict[str, Any]:
        """Whether there is a map, of what, and whether the library has outgrown it."""
        catalog = self._wiring.catalog
        now, about = catalog.library_stamp()[0], catalog.map_about()
        if about is None:
            return {
                "version": None,
                "songs": 0,
                "library_songs": now,
                "stale": now > 0,
                "groups": [],
                "space": "",
            }
        version, songs, noted = about
        return {
            "version": version,
            "songs": songs,
            "library_songs": now,
            "stale": abs(now - songs) > STALE_FROM * songs,
            "groups": list(noted.get("groups", ())),
            "space": noted.get("space", ""),
        }

    def points(self, version: str) -> bytes:
        """The planes of the map; NotFoundError if there is no map of this version any more."""
        return self._map(version).points

    def songs(self, version: str, places: Sequence[int]) -> list[dict[str, Any]]:
        """The songs at some places of the map, each with its place; those that are gone are left out."""
        ids = self._map(version).ids
        known = {song: place for place in places for song in unpack_ids(ids, [place])}
        features = self._wiring.catalog.features(list(known))
        return [
            {
                **song_payload(song),
                "features": features_payload(features.get(song.id)),
                "place": known[song.id],
            }
            for song in self._wiring.catalog.songs(list(known))
        ]

    def _map(self, version: str) -> LibraryMap:
        about = self._wiring.catalog.map_about()
        if about is None or about[0] != version:
            raise NotFoundError("this map was made again since; load it again from /api/library/map")
        kept = self._kept
        if kept is None or kept.made_at != version:
            kept = self._wiring.catalog.read_map()
            if kept is None:
                raise NotFoundError("there is no map any more; make one at /api/library/map")
            self._kept = kept
        return kept


def _grouped(rows: Sequence[Coloured], heard: Mapping[str, str]) -> tuple[list[str], list[int]]:
    """Names of the groups, and the group of each song: its first stated genre, else one that is heard."""
    named = [_genre(row.genre) or heard.get(row.id, "") for row in rows]
    counts = Counter(name for name in named if name)
    groups = [name for name, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:_GROUPS]]
    if len(counts) > len(groups):
        groups.append(OTHER)
    number = {name: place for place, name in enumerate(groups, start=1)}
    return groups, [number.get(name, len(groups)) if name else 0 for name in named]


def _genre(stated: str | None) -> str:
    return term((stated or "").replace("/", ";").replace(",", ";").split(";")[0])


def _planes(places: FloatArray, groups: Sequence[int], rows: Sequence[Coloured]) -> bytes:
    across = np.round(np.clip(places, 0.0, 1.0) * 65_535).astype("<u2")
    tempo = np.array([row.tempo_bpm or 0.0 for row in rows])
    energy = np.array([0.0 if row.energy is None else 1.0 + 254.0 * row.energy for row in rows])
    return b"".join(
        (
            across[:, 0].tobytes(),
            across[:, 1].tobytes(),
            np.array(groups, dtype=np.uint8).tobytes(),
            np.clip(np.round(tempo), 0, 255).astype(np.uint8).tobytes(),
            np.clip(np.round(energy), 0, 255).astype(np.uint8).tobytes(),
        )
    )
