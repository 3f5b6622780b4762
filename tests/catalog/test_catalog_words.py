"""The words that songs are named by: kept in step with the songs, and alike on every database."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from catalog_tracks import make_track
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from asked import matching
from patience import PATIENCE_SECONDS
from reelscore.catalog.db import schema
from reelscore.catalog.store import Catalog
from reelscore.filters.table import Filters
from reelscore.records import SongCard
from reelscore.text.words import stored_words, words_of

NAMES = (
    ("Air on the G String", ("Johann Sebastian Bach",), "Orchestral Suites", "Classical"),
    ("Toccata", ("J. S. Bach",), "Organ Works", "Classical"),
    ("With or Without You", ("U2",), "The Joshua Tree", "Rock"),
    ("My Generation", ("The Who",), "My Generation", "Rock"),
    ("Für Elise", ("Ludwig van Beethoven",), None, None),
    ("丸ノ内サディスティック", ("椎名林檎",), "無罪モラトリアム", "J-Pop"),
    ("100% 'quoted' \"name\" _under_", ("AC/DC", "a*b"), "(x) AND NOT y", None),
)


def fill(catalog: Catalog) -> list[str]:
    return catalog.add(
        [
            make_track(number, title=title, artists=artists, album=album, genre=genre)
            for number, (title, artists, album, genre) in enumerate(NAMES)
        ]
    )


def found(catalog: Catalog, text: str, **choices: object) -> list[str]:
    weights = dict.fromkeys(words_of(text), 1)
    return [song.id for song, _ in catalog.songs_with_words(weights, 100, **choices)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("bach", {0, 1}),
        ("u2", {2}),
        ("the who", {0, 2, 3}),
        ("who", {3}),
        ("FUR ELISE", {4}),
        ("für", {4}),
        ("林檎", {5}),
        ("無罪", {5}),
        ("acdc", {6}),
        ("ac/dc", {6}),
        ("joshua tree", {2}),
        ("classical", {0, 1}),
        ("nothing of this", set()),
    ],
)
def test_songs_are_found_by_every_word_that_they_are_named_by(
    catalog: Catalog, text: str, numbers: set[int]
) -> None:
    ids = fill(catalog)
    assert set(found(catalog, text)) == {ids[number] for number in numbers}


def test_the_heaviest_words_come_first_and_equal_songs_by_id(catalog: Catalog) -> None:
    ids = fill(catalog)
    hits = catalog.songs_with_words({"bach": 10, "toccata": 5, "u2": 15}, 10)
    assert [(song.id, weight) for song, weight in hits] == [
        *sorted([(ids[1], 15), (ids[2], 15)]),
        (ids[0], 10),
    ]
    ((best, weight),) = catalog.songs_with_words({"bach": 10, "u2": 15}, 1)
    song = catalog.song(ids[2])
    assert (best, weight) == (
        SongCard(song.id, song.title, song.artists, song.album, song.genre, song.duration),
        15,
    )
    one = [(card.id, weight) for card, weight in catalog.songs_with_words({"bach": 10}, 10)]
    assert one == [(song, 10) for song in sorted(ids[:2])]
    assert catalog.songs_with_words({"bach": 10}, 1)[0][0].id == one[0][0]
    assert catalog.songs_with_words({}, 10) == []


def test_words_are_counted(catalog: Catalog) -> None:
    fill(catalog)
    assert catalog.count_words(["bach", "rock", "nobody", "bach"])[0] == {"bach": 2, "rock": 2}
    assert catalog.count_words([])[0] == {}


def test_words_are_found_by_their_beginning(catalog: Catalog) -> None:
    fill(catalog)
    assert catalog.count_words([], ["beeth"])[1] == {"beeth": {"beethoven": 1}}
    assert list(catalog.count_words([], ["ba"])[1]["ba"]) == ["bach"]
    assert catalog.count_words([], ["%"])[1] == catalog.count_words([], ["_"])[1] == {}


def test_filters_and_songs_to_leave_out_hold_for_words_too(catalog: Catalog) -> None:
    ids = fill(catalog)
    assert found(catalog, "bach u2", where=Filters(genres=("rock",))) == [ids[2]]
    assert found(catalog, "bach", exclude={ids[0]}) == [ids[1]]


def test_words_follow_what_a_source_restates(catalog: Catalog) -> None:
    ids = fill(catalog)
    track = make_track(1, title="Fugue", artists=("Dieterich Buxtehude",), album="Organ Works").track
    assert catalog.refresh([track]) == 1
    assert found(catalog, "bach") == [ids[0]]
    assert found(catalog, "buxtehude") == found(catalog, "fugue") == found(catalog, "organ") == [ids[1]]


def test_words_follow_a_song_that_is_added_again(catalog: Catalog) -> None:
    ids = fill(catalog)
    catalog.add([make_track(0, title="Badinerie", artists=("Bach",))])
    assert found(catalog, "badinerie") == [ids[0]]
    assert found(catalog, "suites") == []


def test_words_go_with_their_song(catalog: Catalog) -> None:
    ids = fill(catalog)
    catalog.remove([ids[0], ids[2]])
    assert found(catalog, "bach") == [ids[1]]
    assert catalog.count_words(["u2"])[0] == {}


def test_words_can_be_written_anew(catalog: Catalog) -> None:
    ids = fill(catalog)
    engine = sa.create_engine(catalog._engine.url, poolclass=sa.pool.NullPool)
    with engine.begin() as connection:
        connection.execute(sa.delete(schema.song_words))
    assert found(catalog, "bach") == []
    assert catalog.rewrite_words() == sorted(ids)
    assert catalog.rewrite_words(max(ids)) == []
    assert set(found(catalog, "bach")) == {ids[0], ids[1]}


def test_several_writers_may_write_words_and_terms_anew_at_once(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("words", "facets"):
        monkeypatch.setattr(f"reelscore.catalog.{module}._BATCH", 4)
    ids = catalog.add([make_track(number, title=f"Song {number}", artists=("Bach",)) for number in range(24)])
    counts = catalog.count_words(["bach", "song"])[0]
    start = threading.Barrier(3)

    def work(_: int) -> int:
        start.wait(PATIENCE_SECONDS)
        done = 0
        for rewrite in (catalog.rewrite_words, catalog.rewrite_terms):
            after = ""
            while some := rewrite(after):
                after, done = some[-1], done + len(some)
        return done

    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(work, range(3))) == [2 * len(ids)] * 3
    assert catalog.count_words(["bach", "song"])[0] == counts == {"bach": 24, "song": 24}
    assert len(matching(catalog, Filters(artists=("bach",)))) == 24
    assert [found for found in catalog.findings() if "index" not in found.message] == []


@pytest.fixture(scope="module")
def filled_library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalog]:
    folder: Path = tmp_path_factory.mktemp("words")
    catalog = Catalog(f"sqlite:///{folder / 'library.sqlite3'}")
    fill(catalog)
    yield catalog
    catalog.close()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=60))
def test_no_text_breaks_the_search(filled_library: Catalog, text: str) -> None:
    words = words_of(text)
    filled_library.count_words(words, [text] if text else [])
    hits = filled_library.songs_with_words(dict.fromkeys(words, 1), 5)
    assert len(hits) <= 5


def test_a_name_of_the_longest_words_is_stored(catalog: Catalog) -> None:
    item = make_track(9)
    long = "w" * 500
    (song,) = catalog.add([replace(item, track=replace(item.track, title=f"{long} {long}x 𝕏𝕐 🎵"))])
    assert found(catalog, long) == [song]
    assert found(catalog, "xy") == [song]
    assert all(len(word) <= 64 for word in stored_words([long]))
