"""Filters and ranking options on the command line, in this process and asked of the owning server."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli_commands import Reelscore
from reelscore.cli.backend import RemoteBackend
from reelscore.cli.choices import Choices
from reelscore.filters.table import Filters, RankingOptions
from reelscore.query.form import Query
from reelscore.records import Track
from reelscore.remote.owner import OwnerClient, RemoteError
from reelscore.sources.demo import DemoSource, demo_videos


@pytest.fixture
def call(demo_library_home: Path, monkeypatch: pytest.MonkeyPatch, reelscore: Reelscore) -> Reelscore:
    monkeypatch.setenv("REELSCORE_HOME", str(demo_library_home))
    return reelscore


EVERYTHING = (
    *("--genre", "jazz", "--genre", "soul", "--mood", "happy", "--tag", "piano", "--no-tag", "harp"),
    *("--tempo", "120", "--tempo-tolerance", "5", "--half-double", "--key", "8A", "--compatible-keys"),
    *("--energy", "0.2-0.6", "--loudness", "-20--8", "--no-vocals", "--unsure-vocals", "--year", "1990-1999"),
    *("--duration", "2:30-4:00", "--source", "demo", "--artist", "A", "--not-artist", "B"),
    *("--artist-cap", "2", "--album-cap", "1", "--adventurous", "0.3", "--no-group", "--no-own-versions"),
)


@pytest.mark.parametrize("command", ["text", "song", "video"])
def test_every_command_takes_every_choice(
    command: str, call: Reelscore, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    class Recorder:
        def __getattr__(self, name: str) -> Callable[..., dict[str, Any]]:
            def answer(*arguments: Any, **_: Any) -> dict[str, Any]:
                asked.extend((name, *arguments))
                return {"songs": [], "space": "x", "notes": [], "query": {}}

            return answer

    monkeypatch.setattr("reelscore.cli.recommend.open_backend", Recorder)
    named = "0b8f6c1e-5d0a-5c39-9f53-6a2f7d1f0c11" if command == "song" else "something"
    code, _, err = call("recommend", command, named, *EVERYTHING)
    assert code == 0, err
    assert asked[0] == ("search_video" if command == "video" else "search")
    query = next(item for item in asked if isinstance(item, Query))
    read = query.filters
    assert read.tempo_bpm == pytest.approx((114.0, 126.0))
    assert read == Filters(
        genres=("jazz", "soul"),
        moods=("happy",),
        tags=("piano",),
        not_tags=("harp",),
        tempo_bpm=read.tempo_bpm,
        half_double=True,
        key="A minor",
        compatible_keys=True,
        energy=(0.2, 0.6),
        loudness_lufs=(-20.0, -8.0),
        vocals=False,
        unsure_vocals=True,
        year=(1990.0, 1999.0),
        duration=(150.0, 240.0),
        sources=("demo",),
        artists=("A",),
        not_artists=("B",),
    )
    assert query.options == RankingOptions(False, 2, 1, 0.3, True)


def test_nothing_is_passed_on_where_nothing_is_given() -> None:
    assert Choices().filters() == Choices().options() == {}


def test_commands_answer_with_songs_that_pass(call: Reelscore) -> None:
    chosen = ("--genre", "acoustic", "--tempo", "60-120", "-n", "28", "--json")
    code, out, _ = call("recommend", "text", "happy dance", *chosen)
    answer = json.loads(out)
    assert code == 0
    found = {song["id"] for song in answer["songs"]}
    assert 2 < len(found) < 20
    assert all(60 <= song["features"]["tempo_bpm"] <= 120 for song in answer["songs"])
    assert answer["notes"] == [f"only {len(found)} songs match the filters"]
    asked = sorted(found)[0]
    by_song = json.loads(call("recommend", "song", asked, *chosen)[1])
    assert {song["id"] for song in by_song["songs"]} == found - {asked}
    by_video = json.loads(call("recommend", "video", demo_videos()[0], *chosen)[1])
    assert {song["id"] for song in by_video["songs"]} == found


def test_an_empty_answer_says_why(call: Reelscore) -> None:
    code, out, err = call("recommend", "text", "piano", "--artist", "Nobody")
    assert (code, out.strip()) == (0, "no songs")
    assert "no song matches the filters (artists Nobody); widen them" in err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--mood", "hapy"], "unknown mood 'hapy'; known: "),
        (["--tempo", "fast"], "write it like 100-130"),
        (["--key", "H"], "no key"),
        (["--artist-cap", "0"], "artist_cap must be a whole number of at least 1"),
        (["--adventurous", "2"], "adventurous lies in 0..1"),
    ],
)
def test_a_choice_that_makes_no_sense_is_one_line(call: Reelscore, arguments: list[str], words: str) -> None:
    code, out, err = call("recommend", "text", "piano", *arguments)
    assert (code, out) == (1, "")
    assert words in err
    assert len(err.strip().splitlines()) == 1


def test_the_server_that_owns_the_library_gets_them_too(server_url: str, served_home: Path) -> None:
    backend = RemoteBackend(OwnerClient(served_home, server_url))
    chosen = Choices(genre=["acoustic"], tempo="60-120", artist_cap=3)
    by_text = backend.search(chosen.query(text="happy dance", limit=28))
    found = {song["id"] for song in by_text["songs"]}
    assert 2 < len(found) < 20
    asked = by_text["songs"][0]
    by_song = backend.search(chosen.query(song=asked["id"], limit=28))
    assert {song["id"] for song in by_song["songs"]} == found - {asked["id"]}
    by_file = backend.search(chosen.query(song=asked["uri"], limit=28))
    assert {song["id"] for song in by_file["songs"]} == found - {asked["id"]}
    by_video = backend.search_video(demo_videos()[0], chosen.query(limit=28))
    assert {song["id"] for song in by_video["songs"]} == found
    edited = backend.search(
        chosen.query(
            phrases=[{"text": "happy dance", "weight": 2.0}],
            tempo_bpm=(60, 120),
            analysis_id=by_video["analysis_id"],
            limit=28,
        )
    )
    assert {song["id"] for song in edited["songs"]} == found
    assert edited["query"]["phrases"] == [{"text": "happy dance", "weight": 2.0}]
    assert edited["query"]["energy"] == by_video["query"]["energy"]  # as the analysis has it
    guided = backend.search(Query(text="piano", song=asked["uri"]))
    assert guided["songs"] and guided["query"]["song"]


def test_a_file_is_named_to_the_owner_only_with_its_secret(server_url: str, tmp_path: Path) -> None:
    song = next(str(offer.uri) for offer in DemoSource().offer() if isinstance(offer, Track))
    stranger = RemoteBackend(OwnerClient(tmp_path, server_url))
    for ask in (
        lambda: stranger.search(Query(song=song)),
        lambda: stranger.search(Query(text="piano", song=song)),
        lambda: stranger.search(Query(phrases=(), song=song)),
        lambda: stranger.search_video(demo_videos()[0], Query(song=song)),
    ):
        with pytest.raises(RemoteError, match="there is no song"):
            ask()
