"""A query is searched by what it says of the sound, and by the names that are in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from asked import Asking
from library_copies import copy_home
from reelscore.config import Settings
from reelscore.filters.table import Filters, RankingOptions
from reelscore.records import MusicQuery, Phrase, Song, Track, VideoAnalysis
from reelscore.wiring import Wiring

BACH, PUNK = ("Johann Sebastian Bach",), ("Daft Punk",)
BY_SOUND = RankingOptions(names=False)


@pytest.fixture(scope="module")
def library(_demo_library: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wiring]:
    """The demo library with other names: its own titles say the labels."""
    home = tmp_path_factory.mktemp("named") / "home"
    copy_home(_demo_library, home)
    wiring = Wiring(Settings(home=home))
    songs = wiring.catalog.list_songs(limit=100)[0]
    names: dict[int, tuple[str, tuple[str, ...], str | None]] = {
        0: ("Air on the G String", BACH, "Suites"),
        9: ("Toccata", BACH, "Organ Works"),
        3: ("One More Time", PUNK, "Discovery"),
        12: ("Calm", ("Somebody",), None),
        20: ("Moonlight Sonata", ("Ludwig van Beethoven",), "Sonatas"),
        22: ("Zxqvv", ("Qwrtz Pslm",), None),
        24: ("Heart of Hearts", ("!!!",), None),
        25: ("Perfect", ("Ed Sheeran",), "÷"),
        26: ("Sunshine", ("+/-",), None),
        27: ("Drums", (), None),
    }
    tracks = []
    for number, song in enumerate(songs):
        title, artists, album = names.get(number, (f"x{number}", (), None))
        tracks.append(replace(as_track(song), title=title, artists=artists, album=album, genre=None))
    wiring.catalog.refresh(tracks)
    yield wiring
    wiring.close()


def as_track(song: Song) -> Track:
    known = set(Song.__slots__)
    return Track(**{name: getattr(song, name) for name in Track.__slots__ if name in known})


def answer(library: Wiring, text: str, limit: int = 5, **choices: object) -> list[Song]:
    found = Asking(library).recommend_text(text, limit=limit, **choices)  # type: ignore[arg-type]
    return [item.song for item in found.songs]


@pytest.mark.parametrize("query", ["bach", "Johann Sebastian Bach", "something by Bach", "songs like BACH!"])
def test_an_artist_comes_first(library: Wiring, query: str) -> None:
    assert [song.artists for song in answer(library, query)[:2]] == [BACH, BACH]


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("toccata", "Toccata"),
        ("air on the g string", "Air on the G String"),
        ("play one more time", "One More Time"),
        ("moonlight sonata", "Moonlight Sonata"),
        ("discovery", "One More Time"),
        ("organ works", "Toccata"),
        ("beethov", "Moonlight Sonata"),
    ],
)
def test_a_title_or_an_album_comes_first(library: Wiring, query: str, title: str) -> None:
    assert answer(library, query)[0].title == title


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("!!!", "Heart of Hearts"),
        ("songs by !!!", "Heart of Hearts"),
        ("something like “!!!”, please", "Heart of Hearts"),
        ("calm heart, !!!", "Heart of Hearts"),
        ("÷", "Perfect"),
        ("the album ÷", "Perfect"),
        ("+/-", "Sunshine"),
        ("music like +/-", "Sunshine"),
    ],
)
def test_a_name_of_signs_is_found(library: Wiring, query: str, title: str) -> None:
    assert answer(library, query)[0].title == title


@pytest.mark.parametrize("query", ["calm & slow", "piano - guitar", "calm piano + strings", "calm piano!!!"])
def test_signs_that_connect_name_nothing(library: Wiring, query: str) -> None:
    found = Asking(library).recommend_text(query, limit=28)
    named = {item.song.title for item in found.songs if "names" in item.parts}
    assert not named & {"Heart of Hearts", "Perfect", "Sunshine"}


def test_a_sign_that_is_no_name_means_nothing(library: Wiring) -> None:
    found = Asking(library).recommend_text("???", limit=3)
    assert found.songs == () and "no word of “???”" in found.notes[0]


@pytest.mark.parametrize("query", ["piano, avoiding drums", "piano sans drums", "piano -drums"])
def test_a_song_called_like_what_is_not_wanted_is_not_lifted(library: Wiring, query: str) -> None:
    found = Asking(library).recommend_text(query, limit=28)
    assert all("names" not in item.parts for item in found.songs if item.song.title == "Drums")


@pytest.mark.parametrize("query", ["calm acoustic guitar", "slow and calm piano music"])
def test_a_song_that_is_called_like_a_mood_does_not_capture_the_query(library: Wiring, query: str) -> None:
    assert answer(library, query, 10) == answer(library, query, 10, options=BY_SOUND)


def test_names_and_sound_mix(library: Wiring) -> None:
    found = Asking(library).recommend_text("something like bach for a wedding", limit=28)
    bach = [item for item in found.songs if item.song.artists == BACH]
    assert found.songs[0].song.artists == BACH
    places = [
        song.artists for song in answer(library, "something like bach for a wedding", 28, options=BY_SOUND)
    ]
    assert found.songs.index(bach[1]) < 27 - places[::-1].index(BACH)
    assert bach[0].parts["words"] > bach[1].parts["words"]  # by how they suit a wedding
    assert bach[0].parts["names"] == bach[1].parts["names"] > 0


def test_scores_are_the_sum_of_their_parts_and_reasons_name_the_name(library: Wiring) -> None:
    found = Asking(library).recommend_text("calm bach", limit=28)
    for item in found.songs:
        assert item.score == pytest.approx(sum(item.parts.values()))
    assert found.songs[0].reasons[0] == "its artist is named in your words"
    assert not any("named" in reason for reason in found.songs[-1].reasons)


def test_unknown_words_that_name_a_song_are_answered_from_names(library: Wiring) -> None:
    found = Asking(library).recommend_text("zxqvv", limit=3)
    assert found.songs[0].song.title == "Zxqvv"
    assert found.degraded is None
    assert found.notes == ()
    # Behind it come songs that sound like it.
    assert len(found.songs) == 3
    assert found.space == library.embedders.sound_space


def test_a_composer_whom_the_library_lacks_is_read_as_a_description(library: Wiring) -> None:
    found = Asking(library).recommend_text("something like Hans Zimmer", limit=3)
    assert len(found.songs) == 3
    assert [line.partition(":")[0] for line in found.query["words"]["described"]] == ["Hans Zimmer"]


@pytest.mark.parametrize(
    ("query", "options", "why"),
    [
        ("zxqww", {}, "names a song of this library"),
        ("something like Zxq Wvrrt", {}, "names a song of this library"),
        ("zxqvv", {"options": BY_SOUND}, "names were not looked for"),
    ],
)
def test_unknown_words_that_name_nothing_are_answered_by_what_to_do(
    library: Wiring, query: str, options: dict[str, Any], why: str
) -> None:
    found = Asking(library).recommend_text(query, limit=3, **options)
    assert found.songs == ()
    assert f"no word of “{query}”" in found.notes[0] and why in found.notes[0]
    assert "name a genre, a mood, an instrument or a tempo" in found.notes[0]


def test_an_answer_says_what_was_understood_and_what_was_left_out(library: Wiring) -> None:
    def read(text: str) -> Any:
        return Asking(library).recommend_text(text, limit=1).query["words"]

    assert read("fast chase, no drums, xqwzy") == {
        "understood": ["fast", "chase", "not drums"],
        "guessed": [],
        "unknown": ["xqwzy"],
        "described": [],
    }
    assert read("calm musique")["guessed"] == ["musique"]
    # What names songs is no word of sound that was left out.
    left = {"guessed": [], "unknown": [], "described": []}
    assert read("calm, “zxqvv”") == {"understood": ["calm"], **left}


def test_an_artist_called_like_a_genre_does_not_mean_the_genre(library: Wiring) -> None:
    found = Asking(library).recommend_text("daft punk", limit=5)
    assert found.songs[0].song.artists == PUNK
    by_sound = answer(library, "punk", 5, options=BY_SOUND)
    assert [item.song for item in found.songs[1:]] != by_sound[:4]


@pytest.mark.parametrize("query", ["piano without bach", "calm, but not bach", "anything but bach, calm"])
def test_what_is_not_wanted_is_not_named(library: Wiring, query: str) -> None:
    found = Asking(library).recommend_text(query, limit=28)
    assert all("names" not in item.parts for item in found.songs if item.song.artists == BACH)


def test_named_songs_pass_the_filters_like_all_others(library: Wiring) -> None:
    assert answer(library, "bach", 28, filters=Filters(not_artists=BACH)) != []
    assert all(
        song.artists != BACH for song in answer(library, "bach", 28, filters=Filters(not_artists=BACH))
    )
    assert {song.artists for song in answer(library, "bach", 28, filters=Filters(artists=BACH))} == {BACH}


def test_the_same_question_has_the_same_answer(library: Wiring) -> None:
    first, second = (Asking(library).recommend_text("bach for a wedding", limit=28) for _ in range(2))
    assert first.to_dict() == second.to_dict()


@pytest.mark.parametrize(
    "query", ['"bach', "bach'", "bach*", "bach AND", "NEAR(bach)", "bach%_", "-bach", "(bach"]
)
def test_no_sign_breaks_a_query(library: Wiring, query: str) -> None:
    assert BACH in [song.artists for song in answer(library, query)]


def test_what_an_analyser_says_of_a_video_names_nothing(library: Wiring) -> None:
    analysis = VideoAnalysis(
        description="A walk.",
        music_recommendation="Calm music.",
        keywords=(),
        mood="calm",
        genre_suggestions=("acoustic",),
        tempo="Slow",
        energy_level="Low",
        analyzer="test",
        phrases=(Phrase("moonlight sonata"), Phrase("calm guitar", 0.5)),
    )
    stored = library.catalog.save_analysis(analysis, content_hash="0" * 64)
    service = Asking(library)
    found = service.search(MusicQuery(()), analysis_id=stored, limit=28)
    assert all("names" not in item.parts for item in found.songs)
    guided = service.search(MusicQuery(()), analysis_id=stored, guide="more like bach", limit=28)
    assert {item.song.artists for item in guided.songs if "names" in item.parts} == {BACH}


def test_names_take_no_part_in_what_sounds_like_a_song(library: Wiring, shared_demo_wiring: Wiring) -> None:
    options = RankingOptions(group_versions=False)
    for song in shared_demo_wiring.catalog.list_songs(limit=100)[0][::5]:
        named, renamed = (
            Asking(wiring).recommend_song(song.id, limit=27, options=options).songs
            for wiring in (shared_demo_wiring, library)
        )
        assert [(item.song.id, item.score, item.parts) for item in renamed] == [
            (item.song.id, item.score, item.parts) for item in named
        ]


def test_a_library_of_an_older_version_learns_its_words(demo_library_home: Path) -> None:
    wiring = Wiring(Settings(home=demo_library_home))
    wiring.catalog.set_note("words_version", "0")
    song = wiring.catalog.list_songs(limit=1)[0][0]
    engine = sa.create_engine(
        f"sqlite:///{demo_library_home / 'library.sqlite3'}", poolclass=sa.pool.NullPool
    )
    with engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM song_words"))
    assert wiring.catalog.count_words(["calm"]) == ({}, {})
    assert Asking(wiring).recommend_text(song.title, limit=1).songs[0].song == song
    wiring.close()
