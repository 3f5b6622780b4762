"""The grid and the sections of each song."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
from sqlalchemy import Connection, delete, insert, select

from reelscore.catalog.base import IDS, Store, rows_of
from reelscore.catalog.db import schema
from reelscore.catalog.db.engine import write
from reelscore.catalog.rows import insert_rows
from reelscore.errors import StorageError
from reelscore.records import AnalysedTrack, Beat, BeatGrid, SongSection, SongStructure, TempoPoint

_TABLE = schema.song_structures.c
_STRUCTURES = select(schema.song_structures).where(_TABLE.song_id.in_(IDS))


class StructureStore(Store):
    """Keeps how songs are built; `SongStore.add` writes what comes with a track."""

    def structure(self, song_id: str) -> SongStructure | None:
        """Beats and sections of a song; None if nobody has looked for them yet."""
        return self.structures([song_id]).get(song_id)

    def structures(self, ids: Collection[str]) -> dict[str, SongStructure]:
        """Id -> beats and sections, of those songs that have them."""
        rows = rows_of(self._engine, _STRUCTURES, ids)
        return {row.song_id: structure_record(row._mapping) for row in rows}

    def save_structure(self, song_id: str, structure: SongStructure) -> None:
        """Keep beats and sections in place of what there was; nothing happens if the song is gone."""

        def work(connection: Connection) -> None:
            if connection.execute(select(schema.songs.c.id).where(schema.songs.c.id == song_id)).first():
                connection.execute(delete(schema.song_structures).where(_TABLE.song_id == song_id))
                connection.execute(insert(schema.song_structures), [structure_row(song_id, structure)])

        write(self._engine, work)


def write_structures(connection: Connection, fresh: Mapping[str, AnalysedTrack]) -> None:
    """Write the structures of songs whose old ones are gone."""
    rows = [structure_row(song, item.structure) for song, item in fresh.items() if item.structure is not None]
    insert_rows(connection, schema.song_structures, rows)


def structure_row(song_id: str, structure: SongStructure) -> dict[str, Any]:
    """The columns of a structure: one array of times, one of bars and places, and the short rest as JSON."""
    grid = structure.grid
    return {
        "song_id": song_id,
        "version": grid.version,
        "metre": grid.metre,
        "tempo_bpm": None if grid.tempo_bpm is None else float(grid.tempo_bpm),
        "steadiness": float(grid.steadiness),
        "confidence": float(grid.confidence),
        "times": np.array([beat.time for beat in grid.beats], dtype="<f8").tobytes(),
        "places": np.array([(beat.bar, beat.beat) for beat in grid.beats], dtype="<i4").tobytes(),
        "body": {
            "metres": [[float(time), metre] for time, metre in grid.metres],
            "tempo_curve": [[float(point.time), float(point.bpm)] for point in grid.tempo_curve],
            "sections": [
                [float(part.start), float(part.end), part.letter, part.energy, part.change]
                for part in structure.sections
            ],
            "phrases": [float(time) for time in structure.phrases],
        },
    }


def structure_record(row: Mapping[Any, Any]) -> SongStructure:
    """A structure from its row.

    Raises
    ------
    StorageError
        What is stored does not fit together.
    """
    times = np.frombuffer(row["times"], dtype="<f8").tolist()
    places = np.frombuffer(row["places"], dtype="<i4").reshape(-1, 2).tolist()
    body = row["body"]
    if len(times) != len(places) or not isinstance(body, dict):
        raise StorageError("the stored beats of a song are damaged; run `reelscore check --repair`")
    grid = BeatGrid(
        beats=tuple(Beat(time, bar, beat) for time, (bar, beat) in zip(times, places, strict=True)),
        metre=row["metre"],
        metres=tuple((time, metre) for time, metre in body["metres"]),
        tempo_bpm=row["tempo_bpm"],
        tempo_curve=tuple(TempoPoint(time, bpm) for time, bpm in body["tempo_curve"]),
        steadiness=row["steadiness"],
        confidence=row["confidence"],
        version=row["version"],
    )
    sections = tuple(SongSection(*part) for part in body["sections"])
    return SongStructure(grid, sections, tuple(body["phrases"]))
