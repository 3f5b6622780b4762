"""Orders of the whole library, packed ids, and the stored map."""

from __future__ import annotations

import uuid
from dataclasses import replace

import pytest
from catalog_tracks import make_track
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reelscore.catalog.browsing import SORTS, pack_ids, unpack_ids
from reelscore.catalog.maps import LibraryMap
from reelscore.catalog.store import Catalog
from reelscore.errors import UnknownNameError
from reelscore.filters.table import Filters
from reelscore.library import pages
from reelscore.library.pages import Orders


def filled(catalog: Catalog) -> list[str]:
    tracks = [
        make_track(1, title="Ünder", artists=("Zoe",), genre="Jazz", year=1990, duration=100.0),
        make_track(2, title="alpha", genre="Rock", year=None, duration=300.0),
        make_track(3, title="Beta", artists=("Abba",), genre=None, year=2010, duration=None),
        make_track(4, title="alpha", artists=("Mogwai",), genre="Jazz", year=1995, duration=200.0),
    ]
    return catalog.add(tracks)


def titles(catalog: Catalog, packed: bytes) -> list[str]:
    return [song.title for song in catalog.songs(unpack_ids(packed))]


def test_ids_are_packed_and_come_back() -> None:
    ids = [str(uuid.uuid5(uuid.NAMESPACE_URL, str(number))) for number in range(100)]
    packed = pack_ids(ids)
    assert len(packed) == 1600
    assert unpack_ids(packed) == ids
    assert unpack_ids(packed, range(95, 120)) == ids[95:]
    assert unpack_ids(packed, [7, -1, 3]) == [ids[7], ids[3]]


@pytest.mark.parametrize("sort", [*SORTS, *(f"-{name}" for name in SORTS)])
def test_order_is_that_of_the_pages(catalog: Catalog, sort: str) -> None:
    filled(catalog)
    pages = [
        song.id for offset in range(4) for song in catalog.list_songs(sort=sort, offset=offset, limit=1)[0]
    ]
    assert unpack_ids(catalog.ordered_ids(sort=sort)) == pages


def test_songs_without_the_value_come_last_either_way_round(catalog: Catalog) -> None:
    filled(catalog)
    assert titles(catalog, catalog.ordered_ids(sort="title")) == ["alpha", "alpha", "Beta", "Ünder"]
    for sort in ("year", "-year"):
        years = [song.year for song in catalog.songs(unpack_ids(catalog.ordered_ids(sort=sort)))]
        assert years[-1] is None and sorted(filter(None, years)) == [1990, 1995, 2010]
    artists = [song.artists for song in catalog.songs(unpack_ids(catalog.ordered_ids(sort="-artist")))]
    assert artists == [("Zoe",), ("Mogwai",), ("Abba",), ()]


def test_order_is_of_the_songs_that_match_words_and_filters(catalog: Catalog) -> None:
    filled(catalog)
    assert titles(catalog, catalog.ordered_ids(search="under")) == ["Ünder"]
    assert titles(catalog, catalog.ordered_ids(filters=Filters(genres=("jazz",)))) == ["alpha", "Ünder"]
    both = catalog.ordered_ids(search="mog", filters=Filters(genres=("jazz",)))
    assert titles(catalog, both) == ["alpha"]


NAMES = (
    ("Für Elise", ("Ludwig van Beethoven",), None),
    ("Smørrebrød Blues", ("R.E.M.",), "Nordic"),
    ("Thunderstruck", ("AC/DC",), "The Razors Edge"),
    ("丸ノ内サディスティック", ("椎名林檎",), "無罪モラトリアム"),
    ("Must Be the Feeling", ("!!!",), "100% _true_"),
)


@pytest.mark.parametrize(
    ("search", "numbers"),
    [
        ("fur elise", {0}),
        ("FÜR", {0}),
        ("beeth eli", {0}),
        ("elise mogwai", set()),
        ("smorrebrod", {1}),
        ("rem", {1}),
        ("R.E.M", {1}),
        ("acdc", {2}),
        ("ac/dc thu", {2}),
        ("林", {3}),
        ("椎名林檎", {3}),
        ("100%", {4}),
        ("_true", {4}),
        ("!!!", {4}),
        ("lise", set()),
        ("%", {4}),
        ("  ", {0, 1, 2, 3, 4}),
        ("", {0, 1, 2, 3, 4}),
    ],
)
def test_list_is_searched_by_the_beginnings_of_words(
    catalog: Catalog, search: str, numbers: set[int]
) -> None:
    ids = catalog.add(
        [
            make_track(number, title=title, artists=artists, album=album, genre=None)
            for number, (title, artists, album) in enumerate(NAMES)
        ]
    )
    wanted = {ids[number] for number in numbers}
    assert set(unpack_ids(catalog.ordered_ids(search=search))) == wanted
    songs, total = catalog.list_songs(search=search)
    assert {song.id for song in songs} == wanted and total == len(wanted)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=40))
def test_no_search_breaks_the_list(catalog: Catalog, search: str) -> None:
    assert catalog.ordered_ids(search=search) == b""


def test_unknown_order_is_refused_with_the_known_ones(catalog: Catalog) -> None:
    with pytest.raises(UnknownNameError, match="tempo"):
        catalog.ordered_ids(sort="colour")


@pytest.mark.parametrize("sort", [*SORTS, *(f"-{name}" for name in SORTS)])
@pytest.mark.parametrize("search", [None, "jazz", "nothing"])
def test_first_pages_of_a_large_library_are_those_of_the_whole_order(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch, sort: str, search: str | None
) -> None:
    keys = ("A minor", "A# major", "C major", None)
    tracks = []
    for number in range(24):
        track = make_track(number, title=f"song {number % 3}", genre="Jazz" if number % 2 else None)
        assert track.features is not None
        tempo = 90.0 + number % 4 if number % 5 else None
        measured = replace(track.features, tempo_bpm=tempo, key=keys[number % 4])
        tracks.append(replace(track, features=measured))
    catalog.add(tracks)
    whole = unpack_ids(catalog.ordered_ids(search=search, sort=sort))
    monkeypatch.setattr(pages, "_MANY_SONGS", 10)
    monkeypatch.setattr(pages, "_NEAR", 12)
    orders = Orders(catalog)
    found = [orders.page(search=search, sort=sort, offset=offset, limit=4) for offset in range(0, 28, 4)]
    assert [song for page, _ in found for song in page] == whole
    assert {total for _, total in found} == {len(whole)}


def test_kept_order_is_read_anew_once_songs_come_or_go(catalog: Catalog) -> None:
    orders = Orders(catalog)
    assert orders.page(limit=10) == ([], 0)
    ids = filled(catalog)
    page, total = orders.page(limit=2, offset=1)
    assert total == 4 and len(page) == 2
    catalog.remove([page[0]])
    left, total = orders.page(limit=10)
    assert total == 3 and set(left) == set(ids) - {page[0]}


def test_map_is_kept_and_replaced_whole(catalog: Catalog) -> None:
    ids = filled(catalog)
    assert catalog.read_map() is None and catalog.map_about() is None
    made = LibraryMap(4, pack_ids(ids), bytes(28), {"space": "s", "groups": ["jäzz"]})
    version = catalog.save_map(made)
    stored = catalog.read_map()
    assert stored is not None
    assert (stored.made_at, stored.songs, stored.about) == (version, 4, {"space": "s", "groups": ["jäzz"]})
    assert unpack_ids(stored.ids) == ids and stored.points == bytes(28)
    later = catalog.save_map(LibraryMap(1, pack_ids(ids[:1]), bytes(7)))
    assert later > version
    about = catalog.map_about()
    assert about is not None and about[:2] == (later, 1)


def test_colours_come_in_the_order_of_the_ids_and_leave_the_unknown_out(catalog: Catalog) -> None:
    ids = filled(catalog)
    rows = list(catalog.colours([ids[2], str(uuid.uuid4()), ids[0]]))
    assert [row.id for row in rows] == [ids[2], ids[0]]
    assert rows[1].genre == "Jazz" and rows[1].tempo_bpm == 61.0


def test_strongest_heard_tag_of_a_song_is_found(catalog: Catalog) -> None:
    ids = filled(catalog)
    catalog.set_tags("s", {ids[0]: {"rock": 0.6, "jazz": 0.9, "guitar": 0.95, "vocals": 0.1}})
    assert catalog.heard_tags(ids, frozenset({"rock", "jazz"})) == {ids[0]: "jazz"}
