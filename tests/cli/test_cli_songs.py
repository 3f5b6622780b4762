"""`reelscore songs`, and songs named by their titles, alone and beside a server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cli_commands import Reelscore


@pytest.mark.usefixtures("served")
def test_songs_are_listed_shown_named_by_title_and_removed(reelscore: Reelscore) -> None:
    page = reelscore("songs", "list", "--json", "-n", "100").json
    assert page["total"] == len(page["songs"]) > 20
    longest = reelscore("songs", "list", "--sort", "-duration", "-n", "2", "--offset", "1", "--json").json
    assert [song["id"] for song in longest["songs"]] != [song["id"] for song in page["songs"][:2]]
    genre = page["songs"][0]["genre"]
    some = reelscore("songs", "list", "--genre", genre, "--json").json
    assert {song["genre"] for song in some["songs"]} == {genre}
    assert 0 < some["total"] < page["total"]
    assert "the next page: --offset 3" in reelscore("songs", "list", "-n", "3").err
    assert "unknown mood" in reelscore("songs", "list", "--mood", "hapy").err

    song: dict[str, Any] = page["songs"][0]
    assert reelscore("songs", "show", song["title"].upper(), "--json").json["id"] == song["id"]
    assert song["id"] in reelscore("songs", "show", song["id"]).out
    like = reelscore("recommend", "song", song["title"], "--json").json
    assert like["songs"] == reelscore("recommend", "song", song["id"], "--json").json["songs"]
    words = ("recommend", "text", "calm piano", "--json", "--like")
    assert reelscore(*words, song["title"]).json["songs"] == reelscore(*words, song["id"]).json["songs"]

    several = reelscore("recommend", "song", song["title"].split()[0])  # the first word of many titles
    assert several.code == 1
    assert "give an id: " in several.err.replace("\n", " ")
    missing = reelscore("recommend", "song", "Nocturne of nowhere").err
    assert "neither the id nor the title of a song" in missing

    assert reelscore("songs", "remove", song["id"]).code == 1  # nobody answers the question
    assert reelscore("songs", "list", "--json").json["total"] == page["total"]
    assert reelscore("songs", "remove", song["title"], "--yes", "--json").json["id"] == song["id"]
    assert reelscore("songs", "list", "--json").json["total"] == page["total"] - 1
    assert reelscore("songs", "show", song["id"]).code == 1
    assert Path(song["uri"]).is_file()
