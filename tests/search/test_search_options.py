"""Filters and ranking options through the three flows, and libraries that older versions filled."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from alembic import command
from alembic.config import Config

from asked import Asking, matching
from reelscore.catalog.db.engine import open_engine
from reelscore.catalog.db.upgrade import MIGRATIONS
from reelscore.config import Settings
from reelscore.errors import UnknownNameError
from reelscore.filters.table import Filters, RankingOptions
from reelscore.index.edge.index import EdgeIndex
from reelscore.library.index_sync import refresh_indexes
from reelscore.maintenance.check import check_library
from reelscore.query.form import read_query
from reelscore.records import AnalysedTrack, MusicFeatures, Song, Track, TrackEmbedding
from reelscore.sources.demo import demo_videos
from reelscore.wiring import Wiring

CALM = Filters(genres=("acoustic",), tempo_bpm=(60.0, 120.0))


@pytest.fixture(scope="module")
def service(shared_demo_wiring: Wiring) -> Asking:
    return Asking(shared_demo_wiring)


def demo_songs(wiring: Wiring) -> list[Song]:
    return wiring.catalog.list_songs(limit=100)[0]


def restate(wiring: Wiring, songs: list[Song]) -> None:
    """Let the source say something else of songs."""
    stated = [item for item in Track.__dataclass_fields__ if hasattr(songs[0], item)]
    tracks = [Track(**{item: getattr(song, item) for item in stated}) for song in songs]
    assert wiring.catalog.refresh(tracks) == len(songs)
    refresh_indexes(wiring)


# --- the flows ---


def test_every_flow_answers_with_songs_that_pass(service: Asking, shared_demo_wiring: Wiring) -> None:
    passing = set(matching(shared_demo_wiring.catalog, CALM))
    assert 2 < len(passing) < 20
    asked = sorted(passing)[0]
    answers = [
        service.recommend_text("happy electronic dance", limit=28, filters=CALM),
        service.recommend_video(demo_videos()[0], limit=28, filters=CALM),
        service.recommend_song(asked, limit=28, filters=CALM),
    ]
    for answer, wanted in zip(answers, (passing, passing, passing - {asked}), strict=True):
        assert {item.song.id for item in answer.songs} == wanted
        assert f"only {len(wanted)} songs match the filters" in answer.notes
        asked_for = json.loads(json.dumps(answer.to_dict()))["query"]["filters"]
        assert asked_for == {"genres": ["acoustic"], "tempo_bpm": [60.0, 120.0]}


def test_filters_that_nothing_passes_give_no_song_and_say_so(service: Asking) -> None:
    nobody = Filters(artists=("Nobody",), year=(1999.0, 1999.0))
    for answer in (
        service.recommend_text("piano", filters=nobody),
        service.recommend_video(demo_videos()[0], filters=nobody),
    ):
        assert answer.songs == ()
        assert "no song matches the filters (year 1999, artists Nobody); widen them" in answer.notes


def test_an_answer_that_is_full_has_no_notes(service: Asking) -> None:
    assert service.recommend_text("piano", limit=5, filters=CALM).notes == ()
    assert service.recommend_text("piano", limit=28).notes == ()
    assert service.recommend_text("piano", limit=50).notes == ("the library has 28 songs to answer with",)


def test_unknown_tags_and_moods_are_refused_before_anything_is_done(service: Asking) -> None:
    for filters, words in (
        (Filters(moods=("hapy",)), "unknown mood 'hapy'; known: .*happy"),
        (Filters(not_tags=("kazoo",)), "unknown tag 'kazoo'; known: .*piano"),
    ):
        with pytest.raises(UnknownNameError, match=words):
            service.recommend_text("piano", filters=filters)
        with pytest.raises(UnknownNameError, match=words):
            service.recommend_song("no such song", filters=filters)
        with pytest.raises(UnknownNameError, match=words):
            service.recommend_video("no-such.mp4", filters=filters)


def test_choices_are_read_and_checked_at_once(service: Asking) -> None:
    query = read_query({"filters": {"moods": "happy", "tempo_bpm": "100-130"}, "options": {"artist_cap": 2}})
    assert query.filters == Filters(moods=("happy",), tempo_bpm=(100.0, 130.0))
    assert query.options == RankingOptions(artist_cap=2)
    with pytest.raises(UnknownNameError, match="mood"):
        service.read(text="piano", filters={"moods": ["x"]})


def test_the_tagger_knows_vocals_which_a_filter_needs(shared_demo_wiring: Wiring) -> None:
    assert {"vocals", "piano", "happy", "sad"} <= set(shared_demo_wiring.embedders.tag_names)
    assert shared_demo_wiring.catalog.tagged_count("lite-1") == 28


def test_adventure_changes_the_order_and_not_the_number(service: Asking) -> None:
    plain = [item.song.id for item in service.recommend_text("calm piano", limit=8).songs]
    bold = RankingOptions(adventurous=0.8)
    spread = [item.song.id for item in service.recommend_text("calm piano", limit=8, options=bold).songs]
    again = [item.song.id for item in service.recommend_text("calm piano", limit=8, options=bold).songs]
    assert spread[0] == plain[0]
    assert len(spread) == 8
    assert spread != plain
    assert spread == again


def test_versions_are_one_song_with_the_others_beside_it(demo_wiring: Wiring) -> None:
    songs = demo_songs(demo_wiring)
    titles = ("Ode", "Ode (Live)", "Ode - Remastered 2011")
    restate(
        demo_wiring,
        [replace(songs[place], title=titles[place], artists=("A",), duration=60.0) for place in range(3)],
    )
    service = Asking(demo_wiring)
    grouped = service.recommend_text("piano", limit=28)
    assert len(grouped.songs) == 26
    shown = next(item for item in grouped.songs if item.song.title in titles)
    assert {shown.song.title, *(version.title for version in shown.versions)} == {*titles}
    assert grouped.notes == (
        "the library has 28 songs to answer with",
        "2 songs shown with another version of it",
    )
    payload = next(song for song in grouped.to_dict()["songs"] if song["id"] == shown.song.id)
    assert [version["title"] for version in payload["versions"]] == [v.title for v in shown.versions]
    apart = service.recommend_text("piano", limit=28, options=RankingOptions(group_versions=False))
    assert len(apart.songs) == 28
    others = service.recommend_song(
        songs[0].id, limit=28, options=RankingOptions(group_versions=False, leave_out_versions=True)
    )
    assert len(others.songs) == 25
    assert not {item.song.title for item in others.songs} & {*titles}


def test_what_a_source_restates_is_filtered_by_at_once(demo_wiring: Wiring) -> None:
    service = Asking(demo_wiring)
    song = demo_songs(demo_wiring)[4]
    filters = Filters(artists=("someone new",))
    assert service.recommend_text("piano", filters=filters).songs == ()
    restate(demo_wiring, [replace(song, artists=("Someone New",))])
    assert [item.song.id for item in service.recommend_text("piano", filters=filters).songs] == [song.id]


# --- a library in which one artist is always nearest ---

CROWD, FEW = 900, 9


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wiring]:
    wiring = Wiring(Settings(home=tmp_path_factory.mktemp("crowded")))
    rng = np.random.default_rng(1)
    centres = {
        name: rng.standard_normal(wiring.embedders.space(name).dim) for name in wiring.embedders.spaces
    }

    def track(number: int, nearness: float, artist: str) -> AnalysedTrack:
        embeddings = []
        for name, centre in centres.items():
            vector = (centre + rng.standard_normal(len(centre)) / nearness).astype(np.float32)
            vector /= np.linalg.norm(vector)
            windows = np.zeros((0, len(vector)), np.float32)
            embeddings.append(TrackEmbedding(name, vector, windows, (), 3.0))
        stated = Track("folder", str(number), f"Song {number}", (artist,), album=f"Album {number % 7}")
        tags = {"vocals": 0.0}
        return AnalysedTrack(
            stated, f"{number:064x}", MusicFeatures(60.0), tuple(embeddings), tags, wiring.lite.space.name
        )

    wiring.catalog.add([track(number, 4.0, "The One") for number in range(CROWD)])
    wiring.catalog.add([track(CROWD + number, 0.2, f"Other {number}") for number in range(FEW)])
    yield wiring
    wiring.close()


def asked_id(wiring: Wiring) -> str:
    return Track("folder", "0", "").id


def test_caps_are_made_up_for_by_searching_on(crowded: Wiring) -> None:
    service = Asking(crowded)
    answer = service.recommend_song(asked_id(crowded), limit=FEW, options=RankingOptions(artist_cap=1))
    artists = [item.song.artists for item in answer.songs]
    assert artists[0] == ("The One",)
    assert len(set(artists)) == len(artists) == FEW
    assert answer.notes == ()


def test_an_answer_that_caps_keep_short_says_so(crowded: Wiring) -> None:
    service = Asking(crowded)
    answer = service.recommend_song(asked_id(crowded), limit=30, options=RankingOptions(artist_cap=2))
    assert len(answer.songs) == 2 + FEW
    assert answer.notes == (
        f"the library has {CROWD + FEW - 1} songs to answer with",
        f"{CROWD - 3} songs left out by the caps on artists and albums",
    )


def test_an_album_cap_counts_albums(crowded: Wiring) -> None:
    service = Asking(crowded)
    answer = service.recommend_song(
        asked_id(crowded),
        limit=10,
        filters=Filters(artists=("one",)),
        options=RankingOptions(album_cap=1, group_versions=False),
    )
    assert sorted(str(item.song.album) for item in answer.songs) == [f"Album {n}" for n in range(7)]


def test_with_everything_off_the_order_is_pure_similarity(crowded: Wiring) -> None:
    service = Asking(crowded)
    answer = service.recommend_song(asked_id(crowded), limit=50, options=RankingOptions(group_versions=False))
    scores = [item.score for item in answer.songs]
    assert scores == sorted(scores, reverse=True)
    assert len(scores) == 50


# --- libraries that an older version filled ---


def answers(home: Path) -> list[list[str]]:
    wiring = Wiring(Settings(home=home))
    service = Asking(wiring)
    chosen = [CALM, Filters(vocals=False), Filters(tags=("piano",)), Filters(not_tags=("piano",))]
    found = [
        [item.song.id for item in service.recommend_text("calm piano", limit=28, filters=filters).songs]
        for filters in chosen
    ]
    found.append([item.song.id for item in service.recommend_song(found[0][0], limit=28, filters=CALM).songs])
    assert check_library(wiring)["ok"]
    wiring.close()
    return found


def test_a_library_from_before_filters_is_brought_up_to_date(demo_library_home: Path) -> None:
    wanted = answers(demo_library_home)
    settings = Settings(home=demo_library_home)

    wiring = Wiring(settings)
    for space in wiring.embedders.spaces:
        index = wiring.index(space)
        for ids, vectors in wiring.catalog.track_vectors(space):
            index.upsert(ids, vectors)
        assert index.info().filterable == 0
    wiring.close()
    engine = open_engine(settings.sql_url)
    with engine.execution_options(reelscore_write=True).begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.downgrade(config, "0002")
        connection.exec_driver_sql("DELETE FROM meta WHERE name = 'facets_version'")
    engine.dispose()

    assert answers(demo_library_home) == wanted


def test_an_index_without_facets_is_refilled_before_it_answers(demo_library_home: Path) -> None:
    wanted = answers(demo_library_home)
    wiring = Wiring(Settings(home=demo_library_home))
    spaces = [(space, wiring.embedders.space(space).dim) for space in wiring.embedders.spaces]
    stored = {space: list(wiring.catalog.track_vectors(space)) for space, _ in spaces}
    wiring.close()
    for space, dim in spaces:
        index = EdgeIndex(Settings(home=demo_library_home).index_dir, space, dim)
        for ids, vectors in stored[space]:
            index.upsert(ids, vectors)
        index.close()
    assert answers(demo_library_home) == wanted
