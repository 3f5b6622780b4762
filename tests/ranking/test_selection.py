from __future__ import annotations

import numpy as np

from reelscore.filters.table import RankingOptions
from reelscore.ranking.scoring import Scored
from reelscore.ranking.selection import choose, shorten, spread_pool
from reelscore.records import FloatArray, Song

PURE = RankingOptions(group_versions=False)


def library(*titles: tuple[str, str, str]) -> tuple[list[Scored], dict[str, Song]]:
    songs = {
        f"s{place}": Song(f"s{place}", "folder", title, title, (artist,), album, duration=200.0)
        for place, (artist, title, album) in enumerate(titles)
    }
    return [Scored(song, 1.0 - place / 100, {}) for place, song in enumerate(songs)], songs


RANKED, SONGS = library(
    ("A", "One", "x"),
    ("A", "One (Live)", "x"),
    ("A", "Two", "x"),
    ("B", "One", "y"),
    ("A", "Three", "z"),
    ("B", "One (Remastered 2011)", "y"),
)


def ids(items: list[Scored]) -> list[str]:
    return [item.id for item in items]


def test_pure_similarity_changes_nothing() -> None:
    shortlist = shorten(RANKED, SONGS, PURE)
    assert shortlist.kept == RANKED
    assert choose(shortlist.kept, {}, 0.0, 3) == RANKED[:3]


def test_versions_stand_behind_the_best_of_them() -> None:
    shortlist = shorten(RANKED, SONGS, RankingOptions())
    assert ids(shortlist.kept) == ["s0", "s2", "s3", "s4"]
    assert [song.id for song in shortlist.versions["s0"]] == ["s1"]
    assert [song.id for song in shortlist.versions["s3"]] == ["s5"]
    assert shortlist.grouped == 2


def test_caps_count_after_versions_were_grouped() -> None:
    shortlist = shorten(RANKED, SONGS, RankingOptions(artist_cap=2))
    assert ids(shortlist.kept) == ["s0", "s2", "s3"]
    assert shortlist.capped == 1
    ungrouped = shorten(RANKED, SONGS, RankingOptions(group_versions=False, album_cap=1))
    assert ids(ungrouped.kept) == ["s0", "s3", "s4"]


def test_versions_of_the_asked_song_go_where_that_is_wished() -> None:
    asked = Song("q", "file", "q", "One (Acoustic)", ("A",), duration=180.0)
    shortlist = shorten(RANKED, SONGS, RankingOptions(leave_out_versions=True), asked=asked)
    assert ids(shortlist.kept) == ["s2", "s3", "s4"]
    assert shortlist.own_versions == 2
    assert ids(shorten(RANKED, SONGS, RankingOptions(), asked=asked).kept)[0] == "s0"


def test_a_song_that_was_removed_since_the_search_goes() -> None:
    rest = {song: SONGS[song] for song in SONGS if song != "s3"}
    assert "s3" not in ids(shorten(RANKED, rest, RankingOptions()).kept)


def test_adventure_spreads_what_is_left_and_gives_as_many_songs() -> None:
    rng = np.random.default_rng(4)
    kept = [Scored(f"s{place}", 1.0 - place / 1000, {}) for place in range(100)]
    vectors: dict[str, FloatArray] = {
        item.id: (vector / np.linalg.norm(vector)).astype(np.float32)
        for item, vector in zip(kept, rng.standard_normal((100, 8)), strict=True)
    }
    bold = 0.7
    assert len(spread_pool(kept, 5)) == 30
    chosen = ids(choose(kept, vectors, bold, 5))
    assert len(set(chosen)) == 5
    assert chosen != ids(kept[:5])
    assert set(ids(choose(kept, vectors, bold, 100))) == set(ids(kept))
