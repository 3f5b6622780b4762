"""Beats and sections are kept with their songs."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa
from catalog_tracks import make_track

from reelscore.catalog.db import schema
from reelscore.catalog.db.engine import write
from reelscore.catalog.store import Catalog
from reelscore.errors import StorageError
from reelscore.records import Beat, BeatGrid, SongSection, SongStructure, TempoPoint

STRUCTURE = SongStructure(
    BeatGrid(
        beats=(Beat(0.31, 0, 3), Beat(0.8125, 1, 1), Beat(1.3, 1, 2), Beat(1.8, 1, 3)),
        metre="3/4",
        metres=((0.31, "3/4"), (40.5, "4/4")),
        tempo_bpm=121.5,
        tempo_curve=(TempoPoint(0.31, 121.0), TempoPoint(1.8, 118.25)),
        steadiness=0.83,
        confidence=0.91,
        version="1",
    ),
    (SongSection(0.0, 20.5, "A", 0.4, ""), SongSection(20.5, 60.0, "B", None, "louder, brighter")),
    (0.8125, 6.75),
)


def test_structure_is_written_with_its_track_and_goes_with_it(catalog: Catalog) -> None:
    known, unknown = replace(make_track(1), structure=STRUCTURE), make_track(2)
    catalog.add([known, unknown])
    assert catalog.structure(known.track.id) == STRUCTURE
    assert catalog.structure(unknown.track.id) is None
    catalog.remove([known.track.id])
    assert catalog.structure(known.track.id) is None


def test_song_that_is_analysed_anew_loses_the_beats_of_its_old_sound(catalog: Catalog) -> None:
    catalog.add([replace(make_track(1), structure=STRUCTURE)])
    catalog.add([make_track(1)])
    assert catalog.structure(make_track(1).track.id) is None


def test_structure_is_saved_later_and_replaced_but_not_without_its_song(catalog: Catalog) -> None:
    song = make_track(1).track.id
    catalog.save_structure(song, STRUCTURE)
    assert catalog.structure(song) is None
    catalog.add([make_track(1)])
    empty = SongStructure(BeatGrid(version="1"))
    catalog.save_structure(song, empty)
    assert catalog.structure(song) == empty
    catalog.save_structure(song, STRUCTURE)
    assert catalog.structure(song) == STRUCTURE


def test_damaged_beats_are_an_error_that_says_so(catalog: Catalog) -> None:
    catalog.add([replace(make_track(1), structure=STRUCTURE)])
    write(
        catalog._engine,
        lambda connection: connection.execute(sa.update(schema.song_structures).values(times=b"\0" * 8)),
    )
    with pytest.raises(StorageError, match="damaged"):
        catalog.structure(make_track(1).track.id)
