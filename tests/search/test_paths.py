from __future__ import annotations

import pytest

from reelscore.errors import InvalidInputError, NotFoundError
from reelscore.filters.table import DEFAULT_OPTIONS, Filters
from reelscore.query.form import Query
from reelscore.search.engine import search
from reelscore.search.walks import find_path, find_set
from reelscore.wiring import Wiring


@pytest.fixture(scope="module")
def ends(shared_demo_wiring: Wiring) -> tuple[str, str]:
    songs = {song.title: song.id for song in shared_demo_wiring.catalog.list_songs(limit=100)[0]}
    titles = sorted(songs)
    return songs[titles[0]], songs[titles[-1]]


def test_a_path_leads_between_songs_moods_and_files(
    shared_demo_wiring: Wiring, ends: tuple[str, str]
) -> None:
    wiring, (one, other) = shared_demo_wiring, ends
    path = find_path(wiring, Query(song=one), Query(song=other), steps=4, options=DEFAULT_OPTIONS)
    ids = [song["id"] for song in path["songs"]]
    assert ids[0] == one and ids[-1] == other and len(set(ids)) == 6 == len(path["steps"]) + 1
    assert path["unevenness"] < 0.3
    mood = find_path(
        wiring,
        Query(text="calm acoustic guitar"),
        Query(text="energetic electronic"),
        steps=3,
        options=DEFAULT_OPTIONS,
    )
    assert mood["songs"][0]["genre"] == "acoustic" and mood["songs"][-1]["genre"] == "electronic"
    file = wiring.catalog.song(one).uri
    assert file is not None
    by_file = find_path(wiring, Query(song=file), Query(song=other), steps=4, options=DEFAULT_OPTIONS)
    assert [song["id"] for song in by_file["songs"]] == ids


def test_a_path_keeps_filters_and_says_what_is_missing(
    shared_demo_wiring: Wiring, ends: tuple[str, str]
) -> None:
    wiring, (one, other) = shared_demo_wiring, ends
    genre = wiring.catalog.song(one).genre
    path = find_path(
        wiring,
        Query(song=one),
        Query(song=other),
        steps=40,
        filters=Filters(genres=(genre,)),
        options=DEFAULT_OPTIONS,
    )
    assert {song["genre"] for song in path["songs"][:-1]} == {genre}
    assert path["notes"][0].startswith("only ")


@pytest.mark.parametrize("steps", [0, 51])
def test_an_impossible_path_is_said(shared_demo_wiring: Wiring, ends: tuple[str, str], steps: int) -> None:
    start, end = Query(song=ends[0]), Query(song=ends[1])
    with pytest.raises(InvalidInputError, match="1 to 50 steps"):
        find_path(shared_demo_wiring, start, end, steps=steps, options=DEFAULT_OPTIONS)
    with pytest.raises(InvalidInputError, match="name two songs"):
        find_path(shared_demo_wiring, start, start, steps=3, options=DEFAULT_OPTIONS)
    with pytest.raises(NotFoundError):
        find_path(shared_demo_wiring, start, Query(song="0" * 36), steps=3, options=DEFAULT_OPTIONS)


def test_a_set_mixes_better_than_the_answer_it_is_made_of(shared_demo_wiring: Wiring) -> None:
    query = Query(text="happy upbeat music", limit=20)
    made = find_set(shared_demo_wiring, query)
    given = find_set(shared_demo_wiring, None, [song["id"] for song in made["songs"]][::-1])
    assert given["songs"][0] == made["songs"][-1]  # what is named first stays first
    found = [song.song.id for song in search(shared_demo_wiring, query).songs]
    assert sorted(found) == sorted(song["id"] for song in made["songs"])
    with pytest.raises(InvalidInputError, match="one of them"):
        find_set(shared_demo_wiring, None)
    with pytest.raises(InvalidInputError, match="200 songs"):
        find_set(shared_demo_wiring, None, ["x"] * 201)
