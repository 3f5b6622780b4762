"""Albums and artists are made of what songs state, and kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from reelscore.catalog.store import Catalog
from reelscore.library import albums
from reelscore.library.albums import Discography
from reelscore.records import AnalysedTrack, MusicFeatures, Track


def add(catalog: Catalog, number: int) -> None:
    track = Track("folder", str(number), f"Song {number}", ("Air",), album=f"Album {number}")
    catalog.add([AnalysedTrack(track, f"{number:064x}", MusicFeatures(30.0), ())])


def names(discography: Discography) -> list[str]:
    return [album.name for album in discography.albums()]


def test_albums_are_read_again_once_a_song_comes_but_not_at_once_if_that_takes_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalog = Catalog(f"sqlite:///{tmp_path / 'library.sqlite3'}")
    add(catalog, 1)
    quick, slow = Discography(catalog), Discography(catalog)
    assert names(quick) == ["Album 1"]
    monkeypatch.setattr(albums, "_LONG_SECONDS", -1.0)
    monkeypatch.setattr(albums, "_REST", 1e9)
    assert names(slow) == ["Album 1"]
    add(catalog, 2)
    assert names(quick) == ["Album 1", "Album 2"]
    assert names(slow) == ["Album 1"]
    catalog.close()
