"""`ingest itunes` and `ingest youtube` at the command line, against a server on this machine."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from cli_commands import Outcome, Reelscore
from fake_web import FakeWeb, itunes, itunes_song, serve_web, sound, youtube, youtube_video
from reelscore.cli.ingest import app
from reelscore.net.http import close_connections
from reelscore.wiring.sources import SOURCES

KEY = "AIza-s3cr3t"


def test_each_source_is_a_command() -> None:
    commands = [one.name or one.callback.__name__ for one in app.registered_commands if one.callback]
    assert sorted(commands) == sorted(SOURCES)


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeWeb]:
    web = FakeWeb(routes={"/preview/": sound})
    web.routes["/search"] = itunes(web, lambda term: [itunes_song(web, number) for number in range(9)])
    web.routes["/v3/videos"] = youtube([youtube_video(number) for number in range(9)], key=KEY)
    with serve_web(web):
        monkeypatch.setenv("REELSCORE_ITUNES_BASE_URL", web.url)
        monkeypatch.setenv("REELSCORE_YOUTUBE_BASE_URL", f"{web.url}/v3")
        yield web
    close_connections()


@pytest.fixture
def ingest(reelscore: Reelscore) -> Reelscore:
    def call(*arguments: str) -> Outcome:
        outcome = reelscore("ingest", *arguments)
        assert KEY not in outcome.out + outcome.err
        return outcome

    return call


def test_artists_of_itunes_are_searched_in_the_named_store(web: FakeWeb, ingest: Reelscore) -> None:
    code, out, _ = ingest(
        *("itunes", "--artist", "A", "--artist", "B", "--country", "de", "--limit", "1", "--json")
    )
    report = json.loads(out)
    assert code == 0
    assert (report["offered"], report["added"], report["already_known"]) == (2, 1, 1)
    searches = web.asked("/search")
    assert [request.query["term"] for request in searches] == ["A", "B"]
    assert {request.query["country"] for request in searches} == {"DE"}


def test_itunes_without_words_is_refused(web: FakeWeb, ingest: Reelscore) -> None:
    code, _, err = ingest("itunes")
    assert code == 1
    assert "at least one artist or a term" in err
    assert not web.seen


def test_youtube_without_a_key_says_what_it_needs(web: FakeWeb, ingest: Reelscore) -> None:
    code, _, err = ingest("youtube")
    assert code == 1
    assert "YOUTUBE_API_KEY" in err


def test_youtube_without_the_opt_in_tells_it_once_and_lists_the_links(
    web: FakeWeb, ingest: Reelscore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YOUTUBE_API_KEY", KEY)
    code, out, _ = ingest("youtube", "--max-videos", "3", "--region", "gb")
    assert code == 1  # nothing was added
    assert out.count("REELSCORE_YOUTUBE_AUDIO=1") == 1
    assert "skipped 3 of them: " in out
    assert all(f"Cloud {n} (https://www.youtube.com/watch?v=video_0000{n})" in out for n in range(3))
    assert "3 offered = 0 added + 0 already there + 3 skipped + 0 failed" in out
    assert web.seen[0].query["regionCode"] == "GB"
    assert web.seen[0].headers["X-Goog-Api-Key"] == KEY


def test_an_address_needs_the_opt_in(web: FakeWeb, ingest: Reelscore) -> None:
    code, _, err = ingest("youtube", "--url", f"{web.url}/preview/1.m4a")
    assert code == 1
    assert "REELSCORE_YOUTUBE_AUDIO=1" in err
    assert not web.seen


def test_an_address_is_heard_with_the_opt_in(
    web: FakeWeb, ingest: Reelscore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REELSCORE_YOUTUBE_AUDIO", "1")
    code, out, _ = ingest("youtube", "--url", f"{web.url}/preview/1.m4a", "--json")
    assert (code, json.loads(out)["added"]) == (0, 1)
