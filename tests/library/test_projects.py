"""Projects: what is kept with a film, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from reelscore.errors import InvalidInputError, NotFoundError
from reelscore.library.projects import (
    change_project,
    drop_song,
    keep_song,
    list_projects,
    make_project,
    remove_project,
    show_project,
)
from reelscore.library.service import Library
from reelscore.wiring import Wiring

FOREIGN = "6f8e1a52-7b1c-4b3e-8d1d-0f3a9a7c2b11"


def test_a_project_keeps_its_film_hits_notes_and_songs(demo_wiring: Wiring) -> None:
    catalog = demo_wiring.catalog
    made = make_project(catalog, {"name": " Harbour ", "film": "harbour.mp4", "hits": [4.0, 1.5, 4.0]})
    assert (made["name"], made["hits"], made["kept"]) == ("Harbour", [1.5, 4.0], 0)
    songs = Library(demo_wiring).songs("", sort="title", offset=0, limit=2)["songs"]
    one, other = (song["id"] for song in songs)

    keep_song(catalog, made["id"], one, {"offset": 12.5, "stars": 4})
    keep_song(catalog, made["id"], one, {"note": "strings"})  # the rest of what was said stays
    kept = keep_song(catalog, made["id"], other, {"rejected": True})
    assert [(song["song_id"], song["offset"], song["stars"], song["note"]) for song in kept["songs"]] == [
        (one, 12.5, 4, "strings"),
        (other, None, 0, ""),
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
        ({"name": "a", "hits": [float("nan")]}, "hits must be a number"),
        ({"name": "a", "hits": [-1.0]}, "at least 0"),
        ({"name": "a", "hits": "1"}, "must be a list"),
        ({"name": "a", "duration": True}, "duration must be a number"),
        ({"name": "a", "analysis_id": "../x"}, "analysis_id must be an id"),
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


def test_a_project_of_another_library_comes_without_its_analysis(demo_wiring: Wiring) -> None:
    values = {"name": "a", "analysis_id": FOREIGN, "songs": [{"song_id": FOREIGN, "title": "Far away"}]}
    made = make_project(demo_wiring.catalog, values)
    assert made["analysis_id"] is None
    assert [(song["title"], song["in_library"]) for song in made["songs"]] == [("Far away", False)]
    with pytest.raises(NotFoundError, match="no song"):
        keep_song(demo_wiring.catalog, made["id"], "6f8e1a52-7b1c-4b3e-8d1d-0f3a9a7c2b12", {})
