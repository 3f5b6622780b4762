from __future__ import annotations

from typing import Any

import pytest

from reelscore.filters.facets import FACETS_VERSION, clauses, facets_of, matches
from reelscore.filters.table import NO_FILTERS, Filters
from reelscore.filters.terms import artist_terms, genre_terms, licence_terms, tag_terms, term, voice_of

UNKNOWN: dict[str, Any] = {
    "source": "folder",
    "artists": (),
    "genre": None,
    "year": None,
    "duration": None,
    "analysed_seconds": None,
    "tempo_bpm": None,
    "key": None,
    "energy": None,
    "loudness_lufs": None,
    "tags": {},
    "licence": None,
}


def passes(filters: Filters, **known: Any) -> bool:
    return matches(facets_of(**(UNKNOWN | known)), clauses(filters))


def test_names_are_compared_without_case_accents_and_punctuation() -> None:
    assert term("  Hip-Hop ") == term("hip hop") == "hip hop"
    assert term("Café_del/Mar!") == "cafe del mar"
    assert term("Drum & Bass") == term("drum and bass")
    assert term("!!!") == "!!!"
    assert len(term("x" * 500)) == 120
    assert artist_terms(("The Beatles", "Beatles, The", "Björk feat. Anyone", "!!!")) == (
        "beatles",
        "bjork",
        "!!!",
    )


def test_a_stated_genre_is_found_under_its_parts() -> None:
    assert {"rock", "alternative", "alternative rock"} == set(genre_terms("Alternative Rock"))
    assert {"jazz", "soul"} <= set(genre_terms("Jazz; Soul/Funk"))
    assert "jazz soul" not in genre_terms("Jazz; Soul")
    assert genre_terms(None) == genre_terms(" ;/ ") == ()
    assert len(genre_terms("word " * 500)) < 300


def test_only_tags_that_are_heard_are_stored_and_vocals_always() -> None:
    assert tag_terms({"Piano": 0.8, "harp": 0.49, "vocals": 0.1}) == {"piano": 0.8, "vocals": 0.1}


def test_facets_are_json_and_leave_out_what_is_not_known() -> None:
    assert facets_of(**UNKNOWN) == {"version": str(FACETS_VERSION), "source": ["folder"]}
    full = facets_of(
        source="demo",
        artists=["A", "B"],
        genre="Jazz",
        year=1999,
        duration=None,
        analysed_seconds=30.0,
        tempo_bpm=float("nan"),
        key="C major",
        energy=0.5,
        loudness_lufs=float("-inf"),
        tags={"piano": 0.9, "vocals": 0.2},
        licence="CC BY 4.0",
    )
    assert full == {
        "version": str(FACETS_VERSION),
        "source": ["demo"],
        "artist": ["a", "b"],
        "genre": ["jazz"],
        "key": ["C major"],
        "licence": list(licence_terms("CC BY 4.0")),
        "tag": ["piano"],
        "duration": 30.0,
        "energy": 0.5,
        "vocals": 0.2,
        "year": 1999.0,
    }


def test_no_filters_demand_nothing() -> None:
    assert clauses(NO_FILTERS) == ()
    assert passes(NO_FILTERS)


def test_several_names_mean_any_and_several_fields_mean_all() -> None:
    filters = Filters(tags=("piano", "harp"), moods=("sad",))
    assert passes(filters, tags={"harp": 0.9, "sad": 0.6})
    assert not passes(filters, tags={"harp": 0.9})
    assert not passes(filters, tags={"sad": 0.9})


def test_a_genre_is_what_the_source_states_and_only_else_what_is_heard() -> None:
    heard = {"jazz": 0.9}
    assert passes(Filters(genres=("jazz",)), tags=heard)
    assert not passes(Filters(genres=("jazz",)), tags=heard, genre="Polka")
    assert passes(Filters(genres=("ROCK",)), tags=heard, genre="Alternative Rock")


@pytest.mark.parametrize(
    ("probability", "voice"),
    [
        (1.0, "sung"),
        (0.8, "sung"),
        (0.79, "unsure"),
        (0.21, "unsure"),
        (0.2, "instrumental"),
        (0.0, "instrumental"),
    ],
)
def test_a_song_is_sung_or_instrumental_where_that_is_sure_and_else_unsure(
    probability: float, voice: str
) -> None:
    tags = {"vocals": probability}
    assert voice_of(tags) == voice
    for asked, name in ((True, "sung"), (False, "instrumental")):
        assert passes(Filters(vocals=asked), tags=tags) is (voice == name)
        assert passes(Filters(vocals=asked, unsure_vocals=True), tags=tags) is (voice in (name, "unsure"))


def test_a_song_that_nobody_heard_passes_no_filter_on_vocals() -> None:
    assert voice_of({}) is None
    for asked in (True, False):
        assert not passes(Filters(vocals=asked, unsure_vocals=True))


def test_ranges_include_their_ends_and_never_what_is_not_known() -> None:
    assert passes(Filters(tempo_bpm=(100.0, 120.0)), tempo_bpm=120.0)
    assert passes(Filters(tempo_bpm=(None, 120.0)), tempo_bpm=1.0)
    assert not passes(Filters(tempo_bpm=(100.0, 120.0)), tempo_bpm=120.00001)
    assert not passes(Filters(tempo_bpm=(None, 120.0)))
    assert passes(Filters(energy=(0.0, 0.0)), energy=0.0)


def test_half_and_double_tempo_pass_where_they_are_wished() -> None:
    for tempo, wide in ((60.0, True), (240.0, True), (120.0, True), (90.0, False)):
        assert passes(Filters(tempo_bpm=(110.0, 130.0), half_double=True), tempo_bpm=tempo) is wide
    assert not passes(Filters(tempo_bpm=(110.0, 130.0)), tempo_bpm=60.0)


def test_keys_mix_where_they_are_wished_to() -> None:
    assert passes(Filters(key="8A"), key="A minor")
    assert not passes(Filters(key="A minor"), key="C major")
    for key in ("A minor", "C major", "E minor", "D minor"):
        assert passes(Filters(key="Am", compatible_keys=True), key=key)
    assert not passes(Filters(key="Am", compatible_keys=True), key="A major")


def test_the_length_of_a_song_counts_before_that_of_its_preview() -> None:
    assert passes(Filters(duration=(180.0, 200.0)), duration=190.0, analysed_seconds=30.0)
    assert passes(Filters(duration=(20.0, 40.0)), analysed_seconds=30.0)


@pytest.mark.parametrize("name", ["the beatles", "BEATLES", "Beatles, The", "Beatles feat. Someone"])
def test_any_artist_of_a_song_counts(name: str) -> None:
    assert passes(Filters(artists=(name,)), artists=("Somebody", "The Beatles"))
    assert not passes(Filters(not_artists=(name,)), artists=("Somebody", "The Beatles"))


def test_what_leaves_songs_out_lets_unknown_songs_in() -> None:
    assert passes(Filters(not_artists=("Beatles",), not_tags=("piano",)))


def test_a_licence_is_found_as_it_is_stated_and_unknown_is_none() -> None:
    wanted = Filters(licences=("CC-BY",))
    assert passes(wanted, licence="cc-by")
    assert not passes(wanted, licence="CC-BY-NC")
    assert not passes(wanted)
