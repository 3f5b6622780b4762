from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from reelscore.filters.table import RankingOptions
from reelscore.ranking.scoring import Scored
from reelscore.ranking.selection import shorten, size_of_pool, spread
from reelscore.records import FloatArray, Song, SongCard
from reelscore.text.song_keys import song_keys

PURE = RankingOptions(group_versions=False)


TITLES = (
    ("A", "One", "x"),
    ("A", "One (Live)", "x"),
    ("A", "Two", "x"),
    ("B", "One", "y"),
    ("A", "Three", "z"),
    ("B", "One (Remastered 2011)", "y"),
)
SONGS = {
    f"s{place}": SongCard(f"s{place}", title, (artist,), album, duration=200.0)
    for place, (artist, title, album) in enumerate(TITLES)
}
RANKED = list(SONGS)
KEYS = {song: song_keys(card.title, card.artists, card.album) for song, card in SONGS.items()}


def cards(songs: Sequence[str]) -> dict[str, SongCard]:
    return {song: SONGS[song] for song in songs}


def test_pure_similarity_changes_nothing() -> None:
    assert shorten(RANKED, KEYS, cards, PURE).kept == RANKED


def test_versions_stand_behind_the_best_of_them() -> None:
    shortlist = shorten(RANKED, KEYS, cards, RankingOptions())
    assert shortlist.kept == ["s0", "s2", "s3", "s4"]
    assert shortlist.versions["s0"] == ["s1"]
    assert shortlist.versions["s3"] == ["s5"]
    assert shortlist.grouped == 2


def test_caps_count_after_versions_were_grouped() -> None:
    shortlist = shorten(RANKED, KEYS, cards, RankingOptions(artist_cap=2))
    assert shortlist.kept == ["s0", "s2", "s3"]
    assert shortlist.capped == 1
    ungrouped = shorten(RANKED, KEYS, cards, RankingOptions(group_versions=False, album_cap=1))
    assert ungrouped.kept == ["s0", "s3", "s4"]


def test_versions_of_the_asked_song_go_where_that_is_wished() -> None:
    asked = Song("q", "file", "q", "One (Acoustic)", ("A",), duration=180.0)
    shortlist = shorten(RANKED, KEYS, cards, RankingOptions(leave_out_versions=True), asked=asked)
    assert shortlist.kept == ["s2", "s3", "s4"]
    assert shortlist.own_versions == 2
    assert shorten(RANKED, KEYS, cards, RankingOptions(), asked=asked).kept[0] == "s0"


def test_a_song_that_was_removed_since_the_search_goes() -> None:
    rest = {song: keys for song, keys in KEYS.items() if song != "s3"}
    assert "s3" not in shorten(RANKED, rest, cards, RankingOptions()).kept


def test_only_songs_that_may_be_versions_are_read() -> None:
    read: list[str] = []

    def noted(songs: Sequence[str]) -> dict[str, SongCard]:
        read.extend(songs)
        return cards(songs)

    shorten(RANKED, KEYS, noted, RankingOptions(artist_cap=2, album_cap=1))
    assert read == ["s0", "s1", "s3", "s5"]


def test_adventure_spreads_what_is_left_and_gives_as_many_songs() -> None:
    rng = np.random.default_rng(4)
    kept = [Scored(f"s{place}", 1.0 - place / 1000, {}) for place in range(size_of_pool(5))]
    vectors: dict[str, FloatArray] = {
        item.id: (vector / np.linalg.norm(vector)).astype(np.float32)
        for item, vector in zip(kept, rng.standard_normal((len(kept), 8)), strict=True)
    }
    bold = spread(kept, vectors, adventurous=0.7, limit=5)
    assert len({item.id for item in bold}) == 5
    assert bold != kept[:5]
    everything = spread(kept, vectors, adventurous=0.7, limit=100)
    assert {item.id for item in everything} == {item.id for item in kept}
