"""Projects: what is kept with a film, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from reelscore.errors import InvalidInputError, NotFoundError
from reelscore.library.projects import (
    add_film,
    change_film,
    change_project,
    drop_film,
    drop_song,
    keep_song,
    list_projects,
    make_project,
    remove_project,
    show_project,
)
from reelscore.library.service import Library
from reelscore.records import VideoAnalysis
from reelscore.wiring import Wiring

ANALYSIS = VideoAnalysis("", "", (), "", (), "", "", "test")
FOREIGN = "6f8e1a52-7b1c-4b3e-8d1d-0f3a9a7c2b11"
HARBOUR = {"id": FOREIGN, "name": "harbour.mp4", "hits": [4.0, 1.5, 4.0]}


def test_a_project_keeps_its_film_hits_notes_and_songs(demo_wiring: Wiring) -> None:
    catalog = demo_wiring.catalog
    made = make_project(catalog, {"name": " Harbour ", "films": [HARBOUR]})
    assert (made["name"], made["films"][0]["hits"], made["kept"]) == ("Harbour", [1.5, 4.0], 0)
    songs = Library(demo_wiring).songs("", sort="title", offset=0, limit=2)["songs"]
    one, other = (song["id"] for song in songs)

    keep_song(catalog, made["id"], one, {"places": {FOREIGN: {"offset": 12.5}}, "stars": 4})
    keep_song(catalog, made["id"], one, {"note": "strings"})  # the rest of what was said stays
    kept = keep_song(catalog, made["id"], other, {"rejected": True})
    assert [(song["song_id"], song["places"], song["stars"], song["note"]) for song in kept["songs"]] == [
        (one, {FOREIGN: {"offset": 12.5, "fitted": False}}, 4, "strings"),
        (other, {}, 0, ""),
    ]
    assert kept["kept"] == 1
    assert all(song["in_library"] and song["title"] for song in kept["songs"])

    changed = change_project(catalog, made["id"], {"notes": "for Ada"})
    assert (changed["notes"], changed["name"], len(changed["songs"])) == ("for Ada", "Harbour", 2)
    assert changed["changed_at"] > made["changed_at"] and changed["created_at"] == made["created_at"]

    catalog.remove([one])
    left = show_project(catalog, made["id"])["songs"][0]
    assert not left["in_library"] and left["title"] == kept["songs"][0]["title"]

    copy = make_project(catalog, show_project(catalog, made["id"]))
    assert copy["id"] != made["id"]
    assert {**copy, "id": "", "created_at": "", "changed_at": ""} == {
        **show_project(catalog, made["id"]),
        "id": "",
        "created_at": "",
        "changed_at": "",
    }
    assert [each["id"] for each in list_projects(catalog)["projects"]] == [copy["id"], made["id"]]
    assert drop_song(catalog, copy["id"], one)["songs"][0]["song_id"] == other
    assert remove_project(demo_wiring, copy["id"])["name"] == "Harbour"
    assert list_projects(catalog)["total"] == 1
    with pytest.raises(NotFoundError, match="no project"):
        show_project(catalog, copy["id"])


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({}, "needs a name"),
        ({"name": "  "}, "needs a name"),
        ({"name": "a" * 201}, "201 characters; 200 are kept"),
        ({"name": 3}, "name must be a text"),
        ({"name": "a", "films": ["x"]}, "must be an object"),
        ({"name": "a", "films": [{"hits": [float("nan")]}]}, "hits must be a number"),
        ({"name": "a", "films": [{"hits": [-1.0]}]}, "at least 0"),
        ({"name": "a", "films": [{"hits": "1"}]}, "must be a list"),
        ({"name": "a", "films": [{"duration": True}]}, "duration must be a number"),
        ({"name": "a", "films": [{"analysis_id": "../x"}]}, "analysis_id must be an id"),
        ({"name": "a", "films": [HARBOUR, HARBOUR]}, "in the project twice"),
        ({"name": "a", "films": [{}] * 101}, "films has 101 values; 100 are kept"),
        ({"name": "a", "songs": [{"song_id": FOREIGN, "places": {FOREIGN: {}}}]}, "no film"),
        ({"name": "a", "songs": [{"song_id": FOREIGN, "places": [1]}]}, "places must be an object"),
        ({"name": "a", "songs": ["x"]}, "with a song_id"),
        ({"name": "a", "songs": [{"song_id": FOREIGN, "stars": 6}]}, "from 0 to 5"),
        ({"name": "a", "songs": [{"song_id": FOREIGN, "gain": 90}]}, "at most 40"),
        ({"name": "a", "songs": [{"song_id": FOREIGN, "rejected": 1}]}, "true or false"),
        ({"name": "a", "songs": [{"song_id": FOREIGN}] * 2}, "twice"),
    ],
)
def test_what_is_no_project_is_refused(
    shared_demo_wiring: Wiring, values: dict[str, Any], reason: str
) -> None:
    with pytest.raises(InvalidInputError, match=reason):
        make_project(shared_demo_wiring.catalog, values)
    assert list_projects(shared_demo_wiring.catalog)["total"] == 0


def test_a_project_of_another_library_waits_for_its_film(demo_wiring: Wiring) -> None:
    catalog = demo_wiring.catalog
    film = {"id": FOREIGN, "analysis_id": FOREIGN, "name": "far.mov", "hits": [2.0]}
    values = {"name": "a", "films": [film], "songs": [{"song_id": FOREIGN, "title": "Far away"}]}
    made = make_project(catalog, values)
    assert made["films"][0]["analysis_id"] is None
    assert [(song["title"], song["in_library"]) for song in made["songs"]] == [("Far away", False)]
    with pytest.raises(NotFoundError, match="no song"):
        keep_song(catalog, made["id"], "6f8e1a52-7b1c-4b3e-8d1d-0f3a9a7c2b12", {})
    with pytest.raises(NotFoundError, match="no video analysis"):
        add_film(catalog, made["id"], film)
    analysis = catalog.save_analysis(ANALYSIS, content_hash="11" * 32)
    for _ in range(2):  # a second time changes nothing
        found = add_film(catalog, made["id"], {"name": "far.mov", "analysis_id": analysis, "duration": 9.0})
    (known,) = found["films"]
    assert known == {
        "id": FOREIGN,
        "name": "far.mov",
        "analysis_id": analysis,
        "duration": 9.0,
        "hits": [2.0],
    }


def test_films_share_the_shortlist_and_each_has_its_place_and_hits(demo_wiring: Wiring) -> None:
    catalog = demo_wiring.catalog
    analyses = [catalog.save_analysis(ANALYSIS, content_hash=f"{number}" * 64) for number in (1, 2)]
    made = make_project(catalog, {"name": "Spots"})
    for number, analysis in enumerate(analyses):
        found = add_film(catalog, made["id"], {"name": f"{number}.mov", "analysis_id": analysis})
    one, two = (film["id"] for film in found["films"])
    song = Library(demo_wiring).songs("", sort="title", offset=0, limit=1)["songs"][0]["id"]
    keep_song(catalog, made["id"], song, {"places": {one: {"offset": 1.0}}})
    keep_song(catalog, made["id"], song, {"places": {two: {"offset": 2.0, "fitted": True}}})
    change_film(catalog, made["id"], two, {"hits": [3.0], "analysis_id": FOREIGN})
    (kept,) = show_project(catalog, made["id"])["songs"]
    assert [kept["places"][film]["offset"] for film in (one, two)] == [1.0, 2.0]
    assert list_projects(catalog, analysis_id=analyses[1])["total"] == 1
    with pytest.raises(NotFoundError, match="no film"):
        change_film(catalog, made["id"], FOREIGN, {"hits": []})

    copy = make_project(catalog, show_project(catalog, made["id"]))
    left = drop_film(demo_wiring, made["id"], one)
    assert [(film["id"], film["hits"], film["analysis_id"]) for film in left["films"]] == [
        (two, [3.0], analyses[1])
    ]
    assert list(left["songs"][0]["places"]) == [two]
    assert catalog.analysis_content(analyses[0])  # the copy has it
    remove_project(demo_wiring, copy["id"])
    assert catalog.analysis_content(analyses[0]) is None and catalog.analysis_content(analyses[1])
