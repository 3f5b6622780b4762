from __future__ import annotations

import numpy as np

from reelscore.filters.table import RankingOptions
from reelscore.ranking.scoring import Scored
from reelscore.ranking.selection import shorten, size_of_pool, spread
from reelscore.records import FloatArray, Song, SongCard

PURE = RankingOptions(group_versions=False)


def library(*titles: tuple[str, str, str]) -> tuple[list[str], dict[str, SongCard]]:
    songs = {
        f"s{place}": SongCard(f"s{place}", title, (artist,), album, duration=200.0)
        for place, (artist, title, album) in enumerate(titles)
    }
    return list(songs), songs


RANKED, SONGS = library(
    ("A", "One", "x"),
    ("A", "One (Live)", "x"),
    ("A", "Two", "x"),
    ("B", "One", "y"),
    ("A", "Three", "z"),
    ("B", "One (Remastered 2011)", "y"),
)


def test_pure_similarity_changes_nothing() -> None:
    assert shorten(RANKED, SONGS, PURE).kept == RANKED


def test_versions_stand_behind_the_best_of_them() -> None:
    shortlist = shorten(RANKED, SONGS, RankingOptions())
    assert shortlist.kept == ["s0", "s2", "s3", "s4"]
    assert shortlist.versions["s0"] == ["s1"]
    assert shortlist.versions["s3"] == ["s5"]
    assert shortlist.grouped == 2


def test_caps_count_after_versions_were_grouped() -> None:
    shortlist = shorten(RANKED, SONGS, RankingOptions(artist_cap=2))
    assert shortlist.kept == ["s0", "s2", "s3"]
    assert shortlist.capped == 1
    ungrouped = shorten(RANKED, SONGS, RankingOptions(group_versions=False, album_cap=1))
    assert ungrouped.kept == ["s0", "s3", "s4"]


def test_versions_of_the_asked_song_go_where_that_is_wished() -> None:
    asked = Song("q", "file", "q", "One (Acoustic)", ("A",), duration=180.0)
    shortlist = shorten(RANKED, SONGS, RankingOptions(leave_out_versions=True), asked=asked)
    assert shortlist.kept == ["s2", "s3", "s4"]
    assert shortlist.own_versions == 2
    assert shorten(RANKED, SONGS, RankingOptions(), asked=asked).kept[0] == "s0"


def test_a_song_that_was_removed_since_the_search_goes() -> None:
    rest = {song: SONGS[song] for song in SONGS if song != "s3"}
    assert "s3" not in shorten(RANKED, rest, RankingOptions()).kept


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
