"""`reelscore songs correct` and its HTTP route: what is entered counts, is shown, and is taken back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from cli_commands import Reelscore
from reelscore.config import Settings
from reelscore.wiring import Wiring
from serving import serve


@pytest.fixture
def client(demo_library_home: Path) -> Iterator[httpx.Client]:
    """Of a server that owns the library; commands of the test ask it."""
    wiring = Wiring(Settings(home=demo_library_home))
    with serve(wiring) as url, httpx.Client(base_url=url) as client:
        assert wiring.ownership is not None
        wiring.ownership.update_url(url)
        yield client
    wiring.close()


@pytest.mark.parametrize("beside", [False, True], ids=["alone", "beside a server"])
def test_a_song_is_corrected_by_a_command(
    beside: bool, reelscore: Reelscore, song: str, request: pytest.FixtureRequest
) -> None:
    if beside:
        request.getfixturevalue("client")
    before = reelscore("songs", "show", song, "--json").json
    assert "nothing of it is corrected" in reelscore("songs", "correct", song).err
    words = (
        "--tempo",
        "x2",
        "--key",
        "8A",
        "--no-vocals",
        "--mood",
        "calm",
        "--mood",
        "Sad",
        "--title",
        "Moon",
    )
    told = reelscore("songs", "correct", song, *words, "--json").json
    tempo = pytest.approx(2 * before["features"]["tempo_bpm"], abs=0.01)
    entered = {"tempo": tempo, "key": "A minor", "vocals": False, "moods": ["calm", "sad"], "title": "Moon"}
    assert told == {"song_id": song, "corrections": entered}
    shown = reelscore("songs", "show", "Moon", "--json").json
    assert (shown["id"], shown["features"]["key"], shown["corrections"]) == (song, "A minor", entered)
    listed = reelscore("songs", "list", "--key", "Am", "--mood", "sad", "--json").json["songs"]
    assert song in [one["id"] for one in listed]
    text = reelscore("songs", "correct", song, "--undo", "tempo", "--undo", "mood").out
    assert sorted(text.splitlines()) == ["key: A minor", "title: Moon", "vocals: no"]
    assert reelscore("songs", "correct", song, "--undo", "all", "--json").json["corrections"] == {}
    assert reelscore("songs", "show", song, "--json").json == before


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--tempo", "fast"], "'fast' is no tempo; give beats per minute, x2 or /2"),
        (["--tempo", "9"], "a tempo is 20 to 400"),
        (["--key", "H flat"], "key"),
        (["--mood", "clam"], "unknown mood"),
        (["--undo", "colour"], "unknown field to correct"),
    ],
)
def test_what_is_no_value_is_one_line_and_changes_nothing(
    words: list[str], told: str, reelscore: Reelscore, song: str
) -> None:
    answer = reelscore("songs", "correct", song, "--title", "Moon", *words)
    assert answer.code == 1 and told in " ".join(answer.err.split())
    assert reelscore("songs", "correct", song, "--json").json["corrections"] == {}


def test_corrections_over_http(song: str, request: pytest.FixtureRequest) -> None:
    client: httpx.Client = request.getfixturevalue("client")  # after `song`, since one process owns a library
    where = f"/api/songs/{song}/corrections"

    def patch(**fields: Any) -> httpx.Response:
        return client.patch(where, json=fields)

    assert client.get(where).json()["data"] == {"song_id": song, "corrections": {}}
    told = patch(tempo=120, moods=["calm"], licence="CC-BY-4.0", vocals=True).json()["data"]["corrections"]
    assert told == {"tempo": 120.0, "moods": ["calm"], "licence": "CC-BY-4.0", "vocals": True}
    assert patch(tempo="/2").json()["data"]["corrections"]["tempo"] == 60.0
    shown = client.get(f"/api/songs/{song}").json()["data"]
    assert (shown["features"]["tempo_bpm"], shown["licence"]) == (60.0, "CC-BY-4.0")
    assert client.get(f"/api/songs/{song}/rights").json()["data"]["by_hand"] == ["licence"]
    for fields, status in (
        ({"tempo": 1000}, 422),
        ({"tempo": "soon"}, 400),
        ({"colour": "x"}, 422),
        ({"title": "x" * 1001}, 422),
        ({"moods": ["clam"]}, 400),
        ({"vocals": "maybe"}, 422),
    ):
        assert patch(**fields).status_code == status, fields
    assert set(client.get(where).json()["data"]["corrections"]) == set(told)
    left = patch(**dict.fromkeys(told)).json()["data"]["corrections"]
    assert left == {}
    assert client.get("/api/songs/nothing/corrections").status_code == 404
    assert client.patch("/api/songs/nothing/corrections", json={}).status_code == 404
