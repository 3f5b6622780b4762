"""Corrections win over what is stated and measured, survive being written again, and are taken back."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from catalog_tracks import make_track

from asked import matching
from reelscore.catalog.db.engine import open_engine
from reelscore.catalog.db.upgrade import MIGRATIONS
from reelscore.catalog.store import Catalog
from reelscore.errors import NotFoundError
from reelscore.filters.facets import clauses, matches
from reelscore.filters.parsing import read_filters
from reelscore.records import AnalysedTrack

TRACK = replace(
    make_track(1, genre="Pop"), tags={"calm": 0.9, "vocals": 0.8, "piano": 0.7}, tags_space="lite-1"
)
OTHER = replace(make_track(2), tags={"vocals": 0.1}, tags_space="lite-1")

# Field, value, the filter that then finds the song, and one that no longer does.
CASES: list[tuple[str, Any, dict[str, Any], dict[str, Any]]] = [
    ("tempo", 122.0, {"tempo_bpm": [121, 123]}, {"tempo_bpm": [60, 62]}),
    ("key", "A minor", {"key": "Am"}, {"key": "Bbm"}),
    ("genre", "Free Jazz", {"genres": ["jazz"]}, {"genres": ["pop"]}),
    ("vocals", False, {"vocals": False}, {"vocals": True}),
    ("moods", ["dark"], {"moods": ["dark"], "tags": ["piano"]}, {"moods": ["calm"]}),
    ("licence", "CC-BY-4.0", {"licences": ["cc by"]}, {"licences": ["CC-BY-NC"]}),
]


def found(catalog: Catalog, filters: dict[str, Any]) -> bool:
    """Whether SQL finds the song, and the facets that an index has say the same."""
    read = read_filters(filters)
    by_sql = TRACK.track.id in matching(catalog, read)
    facets = catalog.facets([TRACK.track.id])[TRACK.track.id]
    assert by_sql == matches(facets, clauses(read))
    return by_sql


def test_all_tags_of_a_corrected_song_are_read_and_of_others_those_that_are_asked_for(
    catalog: Catalog,
) -> None:
    song, other = TRACK.track.id, OTHER.track.id
    catalog.add([TRACK, OTHER])
    assert catalog.heard([song, other]) == {song: ({"vocals": 0.8}, False), other: ({"vocals": 0.1}, False)}
    assert catalog.heard([song], also=["piano"]) == {song: ({"vocals": 0.8, "piano": 0.7}, False)}
    catalog.correct(song, {"moods": ["dark"]})
    tags, is_corrected = catalog.heard([song, other])[song]
    assert is_corrected and tags.keys() >= {"vocals", "piano", "dark"}
    assert catalog.heard([song, other])[other] == ({"vocals": 0.1}, False)


@pytest.mark.parametrize(("field", "value", "then", "before"), CASES, ids=[case[0] for case in CASES])
def test_a_correction_wins_survives_and_is_taken_back(
    field: str, value: Any, then: dict[str, Any], before: dict[str, Any], catalog: Catalog
) -> None:
    song = TRACK.track.id
    catalog.add([TRACK, OTHER])
    was = (catalog.song(song), catalog.features([song]), catalog.facets([song]))
    stamp = catalog.library_stamp()
    catalog.correct(song, {field: value})
    assert catalog.library_stamp() != stamp
    assert set(catalog.pending("lite-1")) >= {song}

    new_features = replace(TRACK.features, tempo_bpm=70.0, energy=0.5)
    anew: list[AnalysedTrack] = [TRACK, replace(TRACK, features=new_features)]
    for write in (
        lambda: None,
        lambda: catalog.add([anew[0]]),
        lambda: catalog.refresh([replace(TRACK.track, album="New")]),
        lambda: catalog.set_tags("lite-1", {song: TRACK.tags}),
        lambda: catalog.set_features(song, new_features),
        lambda: catalog.add([anew[1]]),
        catalog.rewrite_terms,
    ):
        write()
        assert found(catalog, then), field
        assert not found(catalog, before), field
        assert catalog.corrections([song]) == {song: {field: value}}

    catalog.refresh([TRACK.track])
    catalog.correct(song, {field: None})
    assert catalog.corrections([song]) == {}
    assert (
        catalog.features([song])[song] == new_features
    )  # what was measured last, not what stood there first
    catalog.set_features(song, TRACK.features)
    assert (catalog.song(song), catalog.features([song]), catalog.facets([song])) == was


def test_titles_are_found_by_the_corrected_name_and_rights_are_kept(catalog: Catalog) -> None:
    song = TRACK.track.id
    catalog.add([TRACK, OTHER])
    catalog.correct(song, {"title": "Étude", "publisher": "Ada Music"})
    assert [each.title for each in catalog.list_songs(search="etude")[0]] == ["Étude"]
    assert catalog.list_songs(search="Song 1")[0] == []
    assert catalog.corrections([song, OTHER.track.id]) == {song: {"title": "Étude", "publisher": "Ada Music"}}
    catalog.refresh([replace(TRACK.track, title="Song one")])
    catalog.correct(song, {"title": None})
    assert catalog.song(song).title == "Song one"
    catalog.remove([song])
    assert catalog.corrections([song]) == {}
    with pytest.raises(NotFoundError):
        catalog.correct(song, {"title": "x"})


def test_an_older_library_keeps_its_songs_and_the_rights_that_were_entered(fresh_url: str) -> None:
    """Before 0014 rights lay among the notes of the library, one for each song."""
    catalog = Catalog(fresh_url)
    mine, other = catalog.add([replace(TRACK, track=replace(TRACK.track, isrc="USRC17607839")), OTHER])
    was = [(catalog.song(song), catalog.features([song]), catalog.facets([song])) for song in (mine, other)]
    catalog.close()
    entered = {"licence": "CC-BY-4.0", "holder": "Zoë & Söhne 音", "isrc": "GBAYE0601498"}
    engine = open_engine(fresh_url)
    with engine.execution_options(reelscore_write=True).begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.downgrade(config, "0013")
        assert "corrections" not in sa.inspect(connection).get_table_names()
        notes = [(mine, json.dumps(entered)), ("0" * 36, '{"iswc": "of a song that was removed"}')]
        for song, body in notes:
            row = {"name": f"rights:{song}", "value": body}
            connection.execute(sa.text("INSERT INTO meta (name, value) VALUES (:name, :value)"), row)
    engine.dispose()

    catalog = Catalog(fresh_url)
    assert catalog.corrections([mine, other]) == {mine: entered}
    assert (catalog.song(mine).isrc, catalog.song(mine).licence) == ("GBAYE0601498", "CC-BY-4.0")
    assert "cc by" in catalog.facets([mine])[mine]["licence"]
    with sa.create_engine(fresh_url).connect() as connection:
        left = connection.execute(sa.text("SELECT name FROM meta WHERE name LIKE 'rights:%'")).all()
    assert left == []
    catalog.correct(mine, dict.fromkeys(entered))
    now = [(catalog.song(song), catalog.features([song]), catalog.facets([song])) for song in (mine, other)]
    assert now == was
    catalog.close()
