"""What songs can be filtered by: written with them, kept in step, and asked for in SQL."""

from __future__ import annotations

from dataclasses import replace

from catalog_tracks import make_track
from sqlalchemy.dialects import mysql

from asked import matching
from reelscore.catalog.filtering import passes
from reelscore.catalog.store import Catalog
from reelscore.filters.facets import FACETS_VERSION
from reelscore.filters.table import NO_FILTERS, Filters
from reelscore.records import AnalysedTrack

TAGS = {"piano": 0.9, "harp": 0.2, "vocals": 0.1}


def tagged(number: int, **stated: object) -> AnalysedTrack:
    return replace(make_track(number, **stated), tags=TAGS, tags_space="lite-1")  # type: ignore[arg-type]


def index_all(catalog: Catalog) -> None:
    for space in ("lite-1", "fingerprint-1"):
        catalog.mark_indexed(space, catalog.pending(space))


def test_every_song_passes_no_filters(catalog: Catalog) -> None:
    ids = catalog.add([make_track(number) for number in range(5)])
    assert matching(catalog, NO_FILTERS) == sorted(ids)


def test_a_song_is_written_with_its_terms_and_tags(catalog: Catalog) -> None:
    (song,) = catalog.add([tagged(1, artists=("The Band", "Björk"), genre="Dark Jazz", year=1999)])
    facets = catalog.facets([song, "unknown"])
    assert facets.keys() == {song}
    assert facets[song] == {
        "version": str(FACETS_VERSION),
        "source": ["folder"],
        "artist": ["band", "bjork"],
        "genre": ["dark jazz", "dark", "jazz"],
        "key": ["Bb minor"],
        "tag": ["piano"],
        "duration": 31.0,
        "energy": 0.1,
        "tempo": 61.0,
        "vocals": 0.1,
        "year": 1999.0,
    }
    for filters in (Filters(artists=("BJORK",)), Filters(genres=("jazz",)), Filters(tags=("piano",))):
        assert matching(catalog, filters) == [song]
    assert matching(catalog, Filters(tags=("harp",))) == []
    catalog.remove([song])
    assert catalog.facets([song]) == {}
    assert not [found for found in catalog.findings() if "index" not in found.message]


def test_adding_a_song_again_replaces_what_it_is_filtered_by(catalog: Catalog) -> None:
    catalog.add([tagged(1, artists=("A",))])
    (song,) = catalog.add([make_track(1, artists=("B",))])
    assert matching(catalog, Filters(artists=("A",))) == []
    assert matching(catalog, Filters(artists=("B",))) == [song]
    assert "tag" not in catalog.facets([song])[song]


def test_what_a_source_restates_is_filtered_by_and_goes_to_the_indexes(catalog: Catalog) -> None:
    ids = catalog.add([tagged(number, artists=("A",)) for number in range(3)])
    index_all(catalog)
    moved = make_track(0, artists=("A",), uri="/elsewhere.mp3").track
    restated = make_track(1, artists=("B",), genre="Polka").track
    assert catalog.refresh([moved, restated]) == 2
    assert catalog.pending("lite-1") == catalog.pending("fingerprint-1") == [ids[1]]
    assert matching(catalog, Filters(artists=("B",), genres=("polka",))) == [ids[1]]
    assert matching(catalog, Filters(artists=("A",))) == sorted([ids[0], ids[2]])


def test_tags_can_be_written_later_and_go_to_all_indexes(catalog: Catalog) -> None:
    ids = sorted(catalog.add([make_track(number) for number in range(3)]))
    index_all(catalog)
    assert catalog.songs_without_tags("lite-1", "lite-1") == ids
    catalog.set_tags("lite-1", {ids[0]: TAGS, "unknown": TAGS})
    assert catalog.tagged_count("lite-1") == 1
    assert catalog.songs_without_tags("lite-1", "lite-1") == ids[1:]
    assert catalog.pending("lite-1") == catalog.pending("fingerprint-1") == ids[:1]
    catalog.set_tags("lite-1", {ids[0]: {"harp": 0.7, "vocals": 0.8}})
    assert matching(catalog, Filters(tags=("harp",), vocals=True)) == ids[:1]
    assert matching(catalog, Filters(tags=("piano",))) == []


def test_terms_can_be_written_anew(catalog: Catalog) -> None:
    ids = catalog.add([make_track(number, artists=(f"Artist {number}",)) for number in range(1200)])
    after, seen = "", 0
    while some := catalog.rewrite_terms(after):
        after, seen = some[-1], seen + len(some)
    assert seen == len(ids) and catalog.songs_after(after) == 0
    assert matching(catalog, Filters(artists=("artist 700",))) == [ids[700]]
    assert len(matching(catalog, Filters(not_artists=("artist 700",)))) == 1199


def test_a_length_that_is_no_number_is_not_kept(catalog: Catalog) -> None:
    (song,) = catalog.add([make_track(1, duration=float("inf"))])
    assert catalog.song(song).duration is None
    assert matching(catalog, Filters(duration=(30.0, 32.0))) == [song]


def test_filters_can_be_written_for_mysql() -> None:
    filters = Filters(
        genres=("jazz",),
        not_tags=("piano",),
        tempo_bpm=(100.0, None),
        key="8A",
        vocals=False,
        year=(1990.0, 1999.0),
        duration=(None, 200.0),
        artists=("A",),
    )
    of_each, among = (
        str(passes(filters, whole=whole).compile(dialect=mysql.dialect()))  # type: ignore[no-untyped-call]
        for whole in (False, True)
    )
    assert of_each.count("EXISTS") == 8 and "IN (SELECT" not in of_each
    assert among.count("IN (SELECT") == 7 and among.count("EXISTS") == 1
    assert "`key`" in of_each and "`key`" in among
