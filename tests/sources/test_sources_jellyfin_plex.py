"""Jellyfin and Plex as sources and as targets, over the wire."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from fake_web import Answer, FakeWeb, music, serve_web
from media_servers import PASSWORD, TOKEN, USER, Jellyfin, Plex
from reelscore.config import Settings
from reelscore.errors import ConfigurationError, InvalidInputError, SourceError, TransientSourceError
from reelscore.ingest.service import ingest, ingest_from
from reelscore.library.server_playlists import whole_target, write_playlist
from reelscore.net.http import Timeouts, close_connections
from reelscore.net.retry import RetryPolicy
from reelscore.records import TrackIssue
from reelscore.sources.servers.base import MusicServer, ServerSong, keep_playlist
from reelscore.sources.servers.jellyfin import JellyfinServer, parse_item
from reelscore.sources.servers.plex import TOGETHER, PlexServer, parse_track
from reelscore.sources.servers.source import ServerSource
from reelscore.wiring import Wiring

QUICK: dict[str, Any] = {
    "policy": RetryPolicy(attempts=2, first_wait=0.01, longest_wait=1.0, longest_retry_after=1.0),
    "timeouts": Timeouts(piece_seconds=5.0, answer_seconds=20.0),
}
KINDS = ("jellyfin", "plex")
CATALOGUE = {"jellyfin": "/Items", "plex": "/library/sections/2/all"}
SOUND = {"jellyfin": f"/Audio/{1:032x}/stream", "plex": "/library/parts/1/1700000000/file.m4a"}
Fake = Jellyfin | Plex


@pytest.fixture(params=KINDS)
def there(request: pytest.FixtureRequest) -> Iterator[Fake]:
    web = FakeWeb()
    with serve_web(web):
        yield (Jellyfin if request.param == "jellyfin" else Plex)(web, [0, 1, 2])
    close_connections()


def open_server(there: Fake) -> MusicServer:
    if isinstance(there, Jellyfin):
        return JellyfinServer(there.web.url + "/", user=USER, password=PASSWORD, **QUICK)
    return PlexServer(there.web.url + "/", token=TOKEN, **QUICK)


@pytest.fixture
def wiring(there: Fake, tmp_path: Path) -> Iterator[Wiring]:
    kind = open_server(there).kind
    secret = {"jellyfin_user": USER, "jellyfin_password": SecretStr(PASSWORD), "plex_token": SecretStr(TOKEN)}
    given: dict[str, Any] = {f"{kind}_url": there.web.url, "server_stars": "everybody", **secret}
    wiring = Wiring(Settings(home=tmp_path / "home", **given))
    yield wiring
    wiring.close()


def test_a_song_is_read_whole(there: Fake) -> None:
    (song, *_) = open_server(there).songs()
    assert isinstance(song, ServerSong)
    assert (song.id, song.title, song.artists) == (
        there.id_of(0),
        "Pressure No. 0",
        ("The Weather", "Ada Rain"),
    )
    assert (song.album, song.genre, song.year, song.duration) == (
        "Fronts",
        "Ambient; Electronic",
        2017,
        215,
    )
    assert song.labels["plays"] == "7" and song.labels["musicbrainz_id"] == "mb-1" and song.labels["played"]
    assert song.path == "/music/The Weather/Fronts/00 Pressure.m4a" and song.suffix in ("mov", "mp4")
    assert not song.is_starred and "?" not in song.uri


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_no_answer_of_a_server_is_too_strange(data: st.DataObject) -> None:
    for fake, parse in ((Jellyfin(FakeWeb(), []), parse_item), (Plex(FakeWeb(), []), parse_track)):
        item = fake.item(1)
        changes = data.draw(st.dictionaries(st.sampled_from(sorted(item)), ANY))
        assert isinstance(parse(item | changes, url="http://x.test"), ServerSong | TrackIssue)


@pytest.mark.parametrize(
    "key", ["//evil.test/x", "@evil.test/x", "/library/parts/../../x", "http://evil.test", 3]
)
def test_a_part_that_lies_elsewhere_is_no_part(key: object) -> None:
    item = Plex(FakeWeb(), []).item(1) | {"Media": [{"Part": [{"key": key}]}]}
    assert isinstance(parse_track(item, url="http://x.test"), TrackIssue)


def test_a_second_sync_fetches_nothing_and_brings_what_changed(there: Fake, wiring: Wiring) -> None:
    kind = open_server(there).kind
    there.numbers.append(3)
    there.sound = lambda number: music(number % 3, 3.0)  # one sound under two ids
    report = ingest(wiring, kind)
    assert (report.added, report.already_known, len(there.fetched)) == (3, 1, 4)
    there.changes[1] = {"Name": "Renamed", "title": "Renamed"}
    there.fetched.clear()
    report = ingest(wiring, kind)
    assert (report.added, report.already_known, there.fetched) == (0, 4, [])
    assert "Renamed" in {song.title for song in wiring.catalog.list_songs()[0]}
    assert not list(wiring.settings.fetched_dir.glob("*"))


def test_a_failure_in_the_middle_loses_nothing(there: Fake, wiring: Wiring, tmp_path: Path) -> None:
    server = open_server(there)
    there.web.first[SOUND[server.kind]] += [Answer(music(1, 3.0), cut_after=100)] * 2
    report = ingest_from(wiring, ServerSource(server, fetched=tmp_path / "fetched"))
    assert (report.added, len(report.failed)) == (2, 1)
    there.numbers += [3, 4]
    page = there.web.first[CATALOGUE[server.kind]]
    page += [there.page(0, 4), Answer(status=500), Answer(status=500)]  # of five
    with pytest.raises(TransientSourceError):
        ingest_from(wiring, ServerSource(open_server(there), fetched=tmp_path / "fetched"))
    assert wiring.catalog.song_count() == 4
    there.fetched.clear()
    assert ingest(wiring, server.kind).added == 1 and there.fetched == [there.id_of(4)]


def test_a_page_that_repeats_ends_the_reading(there: Fake, wiring: Wiring) -> None:
    kind = open_server(there).kind
    there.numbers = [0, 1, 2, 3]
    there.web.first[CATALOGUE[kind]] += [there.page(0, 2), there.page(0, 2)]
    with pytest.raises(TransientSourceError, match="4 songs and gave the same ones again after 2"):
        ingest(wiring, kind)
    assert wiring.catalog.song_count() == 2


FAULTS = {
    "no JSON": (Answer(b"<html>"), TransientSourceError),
    "no such service": (Answer(b"{}"), SourceError),
    "refused": (Answer(status=401), ConfigurationError),
    "forbidden": (Answer(status=403), SourceError),
    "not found": (Answer(status=404), SourceError),
    "redirected": (Answer(status=302, headers={"Location": "http://127.0.0.1/"}), SourceError),
    "busy": (Answer(status=503), TransientSourceError),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_told_for_what_it_is(there: Fake, fault: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    answer, kind = FAULTS[fault]
    server = open_server(there)
    there.web.first[CATALOGUE[server.kind]] += [answer] * 4
    with pytest.raises(kind) as told:
        list(server.songs())
    assert not any(secret in caplog.text + str(told.value) for secret in (PASSWORD, TOKEN, there.web.url))


def test_a_redirect_gets_no_token_and_reaches_nothing_here(there: Fake, tmp_path: Path) -> None:
    """Sound that is redirected to another host of this network is refused before it is asked."""
    server = open_server(there)
    elsewhere = f"http://localhost:{there.web.port}/caught"
    there.web.first[SOUND[server.kind]].append(Answer(status=302, headers={"Location": elsewhere}))
    song = [one for one in server.songs() if isinstance(one, ServerSong)][1]
    with (
        pytest.raises(SourceError, match="public internet"),
        server.sound(song.id, song.uri, folder=tmp_path),
    ):
        pass
    assert not there.web.asked("/caught")
    with pytest.raises(SourceError), server.sound(song.id, "http://127.0.0.1:1/x", folder=tmp_path):
        pass


def test_who_asks_must_be_known() -> None:
    for make in (JellyfinServer, PlexServer):
        with pytest.raises(ConfigurationError):
            make("http://127.0.0.1")
        with pytest.raises(InvalidInputError):
            make("ftp://host", token="t")


@pytest.mark.parametrize("there", ["jellyfin"], indirect=True)
def test_a_jellyfin_user_signs_in_once_and_again_if_the_token_ends(there: Jellyfin, tmp_path: Path) -> None:
    server = JellyfinServer(there.web.url, user=USER, password=PASSWORD, **QUICK)
    list(server.songs()), list(server.songs())
    assert len(there.web.asked("/Users/AuthenticateByName")) == 1
    there.tokens.clear()
    assert len(list(server.songs())) == 3 and len(there.web.asked("/Users/AuthenticateByName")) == 2
    there.tokens.clear()  # as another process of the machine signs in
    with server.sound(
        there.id_of(1), f"{there.web.url}/Audio/{there.id_of(1)}/stream", folder=tmp_path
    ) as path:
        assert path.stat().st_size > 100
    assert len(there.web.asked("/Users/AuthenticateByName")) == 3
    there.tokens.add(TOKEN)
    assert len(list(JellyfinServer(there.web.url, token=TOKEN, **QUICK).songs())) == 3
    there.is_api_key = True
    with pytest.raises(ConfigurationError, match="REELSCORE_JELLYFIN_USER"):
        list(JellyfinServer(there.web.url, token=TOKEN, **QUICK).songs())
    with pytest.raises(ConfigurationError):
        list(JellyfinServer(there.web.url, user=USER, password="no", **QUICK).songs())


def test_mounted_files_are_read_where_they_are(there: Fake, wiring: Wiring, tmp_path: Path) -> None:
    mounted = tmp_path / "mounted"
    (mounted / "The Weather" / "Fronts").mkdir(parents=True)
    (mounted / "The Weather" / "Fronts" / "01 Pressure.m4a").write_bytes(music(1, 3.0))
    report = ingest(wiring, open_server(there).kind, {"folder": str(mounted)})
    assert report.added == 3 and sorted(there.fetched) == [there.id_of(0), there.id_of(2)]
    uris = {song.title[-1]: song.uri or "" for song in wiring.catalog.list_songs()[0]}
    assert uris["1"].endswith("01 Pressure.m4a") and "://" in uris["0"]


def test_stars_are_taste_once_and_taken_back(there: Fake, wiring: Wiring, tmp_path: Path) -> None:
    kind = open_server(there).kind

    def stars() -> dict[str, int]:
        titles = {song.id: song.title[-1] for song in wiring.catalog.list_songs()[0]}
        return {titles[one.song_id]: one.times for one in wiring.catalog.taste_events("")}

    there.numbers.append(3)
    there.sound = lambda number: music(number % 3, 3.0)
    there.changes = {1: there.starred(True), 3: there.starred(True)}  # the sound of 3 is known from 0
    for _ in range(2):
        ingest(wiring, kind)
        known = stars()
        assert known == {"1": 1, next(iter(known.keys() - {"1"})): 1} and len(known) == 2
    assert all(one.amount == 5.0 and not one.project_id for one in wiring.catalog.taste_events(""))
    wiring.catalog.forget_taste("")
    ingest(wiring, kind)
    assert stars() == {}  # what somebody had forgotten stays so
    there.changes = {2: there.starred(True)}
    there.web.first[CATALOGUE[kind]] += [there.page(0, 1), Answer(status=500), Answer(status=500)]
    with pytest.raises(TransientSourceError):
        ingest_from(wiring, ServerSource(open_server(there), fetched=tmp_path / "fetched"))
    assert stars() == {}  # half a catalogue says nothing
    ingest(wiring, kind)
    assert stars() == {"2": 1}
    there.changes = {}
    ingest(wiring, kind)
    assert stars() == {}


@pytest.mark.parametrize("named", ["", "nobody"])
def test_stars_are_nobodys_taste_unless_somebody_wants_it(there: Fake, wiring: Wiring, named: str) -> None:
    there.changes = {1: there.starred(True)}
    object.__setattr__(wiring, "settings", wiring.settings.model_copy(update={"server_stars": named}))
    kind = open_server(there).kind
    if named:
        with pytest.raises(ConfigurationError, match="no user here"):
            ingest(wiring, kind)
    else:
        ingest(wiring, kind)
    assert wiring.catalog.taste_events("") == []


@pytest.mark.parametrize("count", [1, TOGETHER, 2 * TOGETHER + 7])
def test_a_playlist_is_made_once_and_kept_in_place(there: Fake, count: int) -> None:
    server, ids = open_server(there), [there.id_of(number) for number in range(count)]
    assert keep_playlist(server, "Calm", ids) == count
    (kept,) = there.playlists  # not that of another user, nor a search
    assert there.playlists[kept] == ("Calm", ids)
    asked = len(there.web.seen)
    assert keep_playlist(server, "Calm", ids) == count
    assert {request.method for request in there.web.seen[asked:]} == {"GET"}
    other = [ids[0], *reversed([*ids[1:], there.id_of(count)])]
    assert keep_playlist(server, "Calm", other) == count + 1
    assert there.playlists == {kept: ("Calm", other)}
    with pytest.raises(InvalidInputError):
        keep_playlist(server, "Calm", [])


@pytest.mark.parametrize("at", range(6))
def test_no_failure_empties_a_playlist(there: Fake, at: int) -> None:
    """Whichever call fails, all songs that were in it are still there, and the next run mends the rest."""
    server, ids = open_server(there), [there.id_of(number) for number in range(4)]
    keep_playlist(server, "Calm", ids)
    whole, asked = there.answer, len(there.web.seen)
    there.web.routes["/"] = lambda request: (
        Answer(status=404) if len(there.web.seen) - asked == at + 1 else whole(request)
    )
    other = [ids[0], there.id_of(9), *ids[3:0:-1]]
    with pytest.MonkeyPatch.context():
        try:
            keep_playlist(server, "Calm", other)
        except SourceError:
            assert set(next(iter(there.playlists.values()))[1]) >= {ids[0]} | (
                {*ids[1:]} if at < 4 else set()
            )
    there.web.routes["/"] = whole
    keep_playlist(server, "Calm", other)
    assert list(there.playlists.values()) == [("Calm", other)]


def test_a_playlist_is_kept_by_its_target(there: Fake, wiring: Wiring) -> None:
    kind = open_server(there).kind
    ingest(wiring, kind)
    songs = {song.title[-1]: song.id for song in wiring.catalog.list_songs()[0]}
    target = whole_target(f"{kind}: Evenings ")
    assert target == f"{kind}:Evenings"
    kept, notes = write_playlist(
        wiring.catalog, wiring.settings, target, [songs["2"], "unknown", songs["0"]], title=""
    )
    assert kept == 2 and "1 song not on the music server" in notes[0]
    assert list(there.playlists.values()) == [("Evenings", [there.id_of(2), there.id_of(0)])]
    with pytest.raises(InvalidInputError):
        whole_target(f"{kind}:")
