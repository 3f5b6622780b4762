"""What the page draws of a song."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from reelscore.catalog.base import Store
from reelscore.catalog.db import schema
from reelscore.catalog.db.engine import reading, write
from reelscore.catalog.rows import insert_rows
from reelscore.records import AnalysedTrack, Waveform

_WAVEFORMS = schema.song_waveforms.c


class WaveformStore(Store):
    """Keeps waveforms; `SongStore.add` writes those that come with a track."""

    def waveform(self, song_id: str) -> Waveform | None:
        """The waveform of a song; None if none was drawn yet."""
        query = select(_WAVEFORMS.seconds, _WAVEFORMS.peaks, _WAVEFORMS.levels).where(
            _WAVEFORMS.song_id == song_id
        )
        with reading(self._engine) as connection:
            row = connection.execute(query).first()
        return Waveform(row.seconds, bytes(row.peaks), bytes(row.levels)) if row else None

    def save_waveform(self, song_id: str, waveform: Waveform) -> None:
        """Keep the waveform of a song in place of what there was; nothing happens if the song is gone."""

        def work(connection: Connection) -> None:
            if connection.execute(select(schema.songs.c.id).where(schema.songs.c.id == song_id)).first():
                connection.execute(delete(schema.song_waveforms).where(_WAVEFORMS.song_id == song_id))
                connection.execute(insert(schema.song_waveforms), [_row(song_id, waveform)])

        write(self._engine, work)


def write_waveforms(connection: Connection, fresh: Mapping[str, AnalysedTrack]) -> None:
    """Write the waveforms of songs whose old ones are gone."""
    drawn: Iterable[tuple[str, Waveform | None]] = ((song, item.waveform) for song, item in fresh.items())
    rows = [_row(song, waveform) for song, waveform in drawn if waveform is not None]
    insert_rows(connection, schema.song_waveforms, rows)


def _row(song_id: str, waveform: Waveform) -> dict[str, Any]:
    return {
        "song_id": song_id,
        "seconds": float(waveform.seconds),
        "peaks": waveform.peaks,
        "levels": waveform.levels,
    }
