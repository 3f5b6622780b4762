from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reelscore.ranking.versions import group_versions, same_song
from reelscore.records import Song, SongCard
from reelscore.text.folding import artist_key
from reelscore.text.song_keys import song_keys
from reelscore.text.titles import split_title


def song(title: str, artist: str = "Ana Bell", duration: float | None = 200.0) -> Song:
    name = f"{artist}/{title}/{duration}"
    return Song(id=name, source="test", source_id=name, title=title, artists=(artist,), duration=duration)


def grouped(songs: Sequence[Song]) -> list[list[Song]]:
    """As `group_versions` groups them, under other ids: a song may come twice here."""
    by_id = {str(at): each for at, each in enumerate(songs)}
    cards = {
        at: SongCard(at, each.title, each.artists, each.album, duration=each.duration)
        for at, each in by_id.items()
    }
    keys = {at: song_keys(card.title, card.artists, card.album) for at, card in cards.items()}
    groups = group_versions([*by_id], keys, lambda some: {at: cards[at] for at in some})
    return [[by_id[at] for at in group] for group in groups]


# Titles, artists where they matter, lengths in seconds where they matter.
SAME = [
    ("River Song", "River Song (Remastered 2011)"),
    ("River Song", "River Song [Remastered]"),
    ("River Song", "River Song - 2011 Remaster"),
    ("River Song", "River Song - Remastered 2009"),
    ("River Song", "River Song (feat. Kay)"),
    ("River Song", "River Song ft. Kay"),
    ("River Song", "River Song (featuring Kay & Jo)"),
    ("River Song", "River Song (Live)"),
    ("River Song", "River Song (Live at the Harbour Hall)"),
    ("River Song", "River Song - Live in Lisbon"),
    ("River Song", "River Song (Acoustic)"),
    ("River Song", "River Song (Acoustic Version)"),
    ("River Song", "River Song (Radio Edit)"),
    ("River Song", "River Song - Radio Edit"),
    ("River Song", "River Song (Extended Mix)"),
    ("River Song", "River Song (Kay Remix)"),
    ("River Song", "River Song - Kay Remix"),
    ("River Song", "River Song (Instrumental)"),
    ("River Song", "River Song (Demo)"),
    ("River Song", "River Song (Deluxe)"),
    ("River Song", "River Song (Bonus Track)"),
    ("River Song", "River Song (Mono)"),
    ("River Song", "River Song (Album Version)"),
    ("River Song", "River Song (Karaoke Version)"),
    ("River Song", "RIVER SONG"),
    ("River Song", "River  Song "),
    ("Café del Río", "Cafe del Rio"),
    ("Don't Go", "Don’t Go"),
    ("Don't Go", "Dont Go (Live)"),
    ("Symphony No. 5", "Symphony No. 5 (Live)"),
    ("Rock & Roll", "Rock & Roll [Explicit]"),
    ("Live", "Live (Remastered)"),
    ("River Song (Live) [Remastered]", "River Song"),
    ("River Song (feat. Kay) [Kay Remix]", "River Song"),
    ("River Song", "River Song - Live at the Harbour Hall / 1986"),
    ("River Song", "River Song - Live from Half-Moon Bay, 1999"),
    ("River Song", "River Song - Mono / Remastered"),
    ("River Song", "River Song (2015 Mix)"),
    ("River Song", "River Song (Take 9)"),
    ("River Song", 'River Song - 7" Edit'),
    ("River Song", "River Song (12″ Version)"),
    ("River Song", "River Song (25th Anniversary Edition)"),
    ("River Song", "River Song (MTV Unplugged)"),
    ("River Song", "River Song [Official Music Video]"),
    ("River Song", "River Song (Lyric Video)"),
    ("River Song", "River Song (Sped Up)"),
    ("River Song", "River Song (Slowed + Reverb)"),
    ("River Song", "River Song (Nightcore)"),
    ("River Song", "River Song (Ana's Version)"),
    ("River Song", "River Song (Spanish Version)"),
    ("River Song", "River Song - Re-Recorded"),
    ("River Song", "River Song (A Cappella)"),
    ("River Song", "River Song feat. Kay - Live"),
    ("Río", "Río - En vivo en Madrid"),
    ("Río", "Rio (Acústico)"),
    ("Mer", "Mer (version acoustique)"),
    ("Rio", "Rio (Ao Vivo)"),
    ("Fluß", "FLUSS"),
    ("Rock & Roll", "Rock and Roll"),
    ("Suite, Pt. I", "Suite (Part One)"),
    ("Suite, Pt. 2", "Suite - Part II (Live)"),
    ("Symphony No.5", "Symphony #5"),
    ("Symphony No. 5: I. Allegro", "Symphony No. 5: I. Allegro (2015 Remaster)"),
    ("Prelude in C♯ minor, Op. 3 No. 2", "Prelude in C-sharp minor, Op. 3, No. 2"),
    ("Nocturne in Bb minor", "Nocturne in B-flat minor"),
    ("Suite (Var. 2)", "Suite (Var. 2, Live)"),
    ("Лето", "ЛЕТО (Live)"),
    ("夜の川", "夜の川（Live）"),
    ("夜の川", "夜の川 (ライブ)"),
]
DIFFERENT = [
    ("River Song", "River Son"),
    ("River Song", "River Songs"),
    ("River Song", "Song of the River"),
    ("Suite (Part 1)", "Suite (Part 2)"),
    ("Suite, Pt. 1", "Suite, Pt. 2"),
    ("Suite - Part 1", "Suite - Part 2"),
    ("Symphony No. 5", "Symphony No. 9"),
    ("Symphony No. 5 (Live)", "Symphony No. 9 (Live)"),
    ("Rhapsody I", "Rhapsody II"),
    ("Rhapsody II", "Rhapsody III"),
    ("Étude 1", "Étude 2"),
    ("Live", "Live Forever"),
    ("Live and Let Go", "Let Go"),
    ("Remix", "Demo"),
    ("Love", "Love Me"),
    ("One", "One More"),
    ("Take Me Home", "Home"),
    ("Version of Me", "Me"),
    ("Radio", "Radio Song"),
    ("Cover Me", "Me"),
    ("River Song (Her Story)", "River Song (His Story)"),
    ("Sonata in C", "Sonata in D"),
    ("Sonata in C major", "Sonata in C minor"),
    ("Allegro", "Allegretto"),
    ("Battle 1", "Battle 2"),
    ("Level 1 (Remix)", "Level 2 (Remix)"),
    ("1999", "1989"),
    ("", "River Song"),
    ("Suite (Parts I-V)", "Suite (Parts VI-IX)"),
    ("Suite, Pts. 1-5", "Suite, Pts. 6-9"),
    ("Suite (Part One)", "Suite (Part Two)"),
    ("Suite, Pt. 1 - 2011 Remaster", "Suite, Pt. 2 - 2011 Remaster"),
    ("Suite (Part 1) [Live]", "Suite (Part 2) [Live]"),
    ("Suite feat. Kay (Part 1)", "Suite feat. Kay (Part 2)"),
    ("Suite ft. Kay, Pt. 1", "Suite ft. Kay, Pt. 2"),
    ("Suite - Live, Part 1", "Suite - Live, Part 2"),
    ("Suite (Live Pt 1)", "Suite (Live Pt 2)"),
    ("Suite (Live, 1 of 2)", "Suite (Live, 2 of 2)"),
    ("Suite - BWV 1007, Live", "Suite - BWV 1008, Live"),
    ("Suite (BWV 1007, Live Version)", "Suite (BWV 1008, Live Version)"),
    ("Variations (Variation 10 - Take 1)", "Variations (Variation 11 - Take 1)"),
    ("Variations (Var. 1, Live)", "Variations (Var. 2, Live)"),
    ("Variations - Var. 1 Live", "Variations - Var. 2 Live"),
    ("Concerto (1st Movement) [Live]", "Concerto (2nd Movement) [Live]"),
    ("Concerto (1st mvt., live)", "Concerto (2nd mvt., live)"),
    ("Sonata - I. Adagio (Live)", "Sonata - II. Allegretto (Live)"),
    ("Sonata (I. Adagio, Live)", "Sonata (II. Allegretto, Live)"),
    ("Symphony: IX (Live)", "Symphony: X (Live)"),
    ("Nocturne, Op. 9 - No. 1 (Live)", "Nocturne, Op. 9 - No. 2 (Live)"),
    ("Nocturne in C♯ minor", "Nocturne in C minor"),
    ("Nocturne in C#", "Nocturne in C"),
    ("Prelude in B♭ minor", "Prelude in B minor"),
    ("Prelude in Eb major", "Prelude in E major"),
    ("Ballade (n° 1, live)", "Ballade (n° 2, live)"),
    ("Concerto № 1", "Concerto № 2"),
    ("Waltz #1", "Waltz #2"),
    ("Mass (Kyrie, live)", "Mass (Gloria, live)"),
    ("Mass - Kyrie, live version", "Mass - Gloria, live version"),
    ("Album - Demo Song", "Album - Live Song"),
    ("Town - Day Version", "Town - Night Version"),
    ("Theme (A Version)", "Theme (B Version)"),
    ("Improvisation (Session 1)", "Improvisation (Session 2)"),
    ("Improvisation - Session 1", "Improvisation - Session 2"),
    ("Loop (Mix 1)", "Loop (Mix 2)"),
    ("River Song", "River Song (Reprise)"),
    ("River Song", "River Song (Live a Little)"),
    ("River Song", "River Song (Someone Else Cover)"),
    ("River (From Here)", "River (From There)"),
    ("Six Ft. Under", "Six Ft. Deep"),
    ("Take Five", "Take Ten"),
    ("Sleep 1.1", "Sleep 11"),
    ("C", "C++"),
    ("ガラス", "カラス"),
    ("が", "か"),
    ("мой", "мои"),
    ("ขา", "ข้า"),
    ("की", "का"),
    ("第一章", "第二章"),
    ("組曲（第1番）", "組曲（第2番）"),
    ("春 (Live)", "夏 (Live)"),
    ("Часть 1", "Часть 2"),
    ("♥", "♦"),
    ("...", "?"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_versions_of_one_song_are_found(one: str, other: str) -> None:
    assert same_song(song(one), song(other))
    assert same_song(song(other), song(one))


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different_songs_are_never_merged(one: str, other: str) -> None:
    assert not same_song(song(one), song(other))
    assert not same_song(song(other), song(one))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (song("River Song", "Ana Bell"), song("River Song", "The Ana Bell"), True),
        (song("River Song", "Ana Bell"), song("River Song", "Ana Bell feat. Kay"), True),
        (song("River Song", "Ana & Bell"), song("River Song", "Ana and Bell"), True),
        (song("River Song", "Ana Bell"), song("River Song", "Ana Ball"), False),
        (song("River Song", ""), song("River Song", ""), False),
        (song("River Song", "Various Artists"), song("River Song", "Various Artists"), False),
        (song("River Song", duration=180), song("River Song", duration=190), True),
        (song("River Song", duration=180), song("River Song", duration=300), False),
        (song("River Song", duration=180), song("River Song (Live)", duration=400), True),
        (song("River Song", duration=180), song("River Song (Remastered)", duration=400), False),
        (song("Intro", duration=60), song("Intro", duration=61), True),
        (song("Intro", duration=60), song("Intro", duration=75), False),
        (song("Intro", duration=None), song("Intro", duration=60), False),
        (song("River Song", duration=None), song("River Song", duration=60), True),
        # One composer has many of these: only the same recording is merged.
        (song("II. Adagio", duration=200), song("II. Adagio", duration=210), False),
        (song("II. Adagio", duration=200), song("II. Adagio (Remastered)", duration=201), True),
        (song("Prelude in C", duration=120), song("Prelude in C (Live)", duration=150), False),
        (song("Track 01", duration=None), song("Track 01", duration=None), False),
        (song("1999", duration=200), song("1999 (Live)", duration=300), True),
        (song("River Song", "Various"), song("River Song", "Various"), False),
        (song("River Song", duration=180), song("River Song (Mono Version)", duration=400), False),
    ],
)
def test_artist_and_length_decide_too(one: Song, other: Song, same: bool) -> None:
    assert same_song(one, other) is same
    assert same_song(other, one) is same


def test_the_table_is_large_enough_to_mean_something() -> None:
    assert len(SAME) + len(DIFFERENT) >= 60


def test_a_title_that_is_all_decoration_keeps_its_name() -> None:
    assert split_title("Remix").base == "remix"
    assert split_title("(Live)").base == "live"


titles = st.text(st.characters(codec="utf-8"), max_size=40)


@given(titles)
@example("PT::&")
@example("\ud7fc\u1ab0")  # a mark on what is no letter
@example("a\ud7fc\u1ab0")
def test_any_title_and_artist_can_be_taken_apart(text: str) -> None:
    parts = split_title(text)
    assert split_title(parts.base).base == parts.base
    artist_key([text])


@given(st.lists(st.tuples(titles, st.sampled_from(["A", "B", ""]), st.floats(1, 600)), max_size=12))
def test_grouping_loses_and_doubles_nothing(rows: list[tuple[str, str, float]]) -> None:
    songs = [song(*row) for row in rows]
    groups = grouped(songs)
    assert sorted(item.id for group in groups for item in group) == sorted(item.id for item in songs)
    assert [group[0] for group in groups] == [
        item for item in songs if any(item is group[0] for group in groups)
    ]
    for group in groups:
        assert all(same_song(group[0], item) for item in group[1:])


@given(st.lists(st.sampled_from([pair[0] for pair in SAME]), min_size=2, max_size=6))
def test_adding_a_marker_never_leaves_the_group(names: list[str]) -> None:
    for name in names:
        assert len(grouped([song(name), song(f"{name} (Live)")])) == 1
