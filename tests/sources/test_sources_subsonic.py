"""A music server as a source and as a target, over the wire."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from fake_web import Answer, FakeWeb, music, serve_web
from reelscore.config import Settings
from reelscore.errors import ConfigurationError, InvalidInputError, SourceError, TransientSourceError
from reelscore.ingest.service import ingest, ingest_from
from reelscore.library.server_playlists import write_playlist
from reelscore.net.http import Timeouts, close_connections
from reelscore.net.retry import RetryPolicy
from reelscore.query.form import Query
from reelscore.records import Track, TrackIssue
from reelscore.search import saved
from reelscore.sources.servers.base import ServerSong, keep_playlist
from reelscore.sources.servers.source import ServerSource
from reelscore.sources.servers.subsonic import TOGETHER, SubsonicServer, parse_child
from reelscore.wiring import Wiring
from subsonic_server import KEY, PASSWORD, USER, MusicServer, child, failed, ok

QUICK = RetryPolicy(attempts=2, first_wait=0.01, longest_wait=1.0, longest_retry_after=1.0)
TIMEOUTS = Timeouts(piece_seconds=5.0, answer_seconds=20.0)


@pytest.fixture
def there() -> Iterator[MusicServer]:
    web = FakeWeb()
    with serve_web(web):
        yield MusicServer(web, [child(number) for number in range(3)])
    close_connections()


def open_server(there: MusicServer, **changes: Any) -> SubsonicServer:
    who = {"user": USER, "password": PASSWORD} | changes
    return SubsonicServer(there.web.url + "/rest/", policy=QUICK, timeouts=TIMEOUTS, **who)


@pytest.fixture
def wiring(there: MusicServer, tmp_path: Path) -> Iterator[Wiring]:
    settings = Settings(
        home=tmp_path / "home",
        subsonic_url=there.web.url,
        subsonic_user=USER,
        subsonic_password=SecretStr(PASSWORD),
    )
    wiring = Wiring(settings)
    yield wiring
    wiring.close()


def offered(there: MusicServer, number: int) -> Track:
    there.songs = [child(number)]
    (track,) = ServerSource(open_server(there), fetched=Path("/nowhere")).offer()
    assert isinstance(track, Track)
    return track


def test_a_song_is_read_whole(there: MusicServer) -> None:
    track = offered(there, 7)
    assert track.source_id == f"{there.web.url.removeprefix('http://')}/so-7"
    assert (track.title, track.artists) == ("Pressure No. 7", ("The Weather", "Ada Rain"))
    assert (track.album, track.genre, track.year, track.duration) == (
        "Fronts",
        "Ambient; Electronic",
        2017,
        215,
    )
    assert track.isrc == "DEA621700123" and track.labels["plays"] == "7"
    assert track.labels["starred"].startswith("2026") and "musicbrainz_id" not in track.labels
    assert "t=" not in track.uri and PASSWORD not in repr(track)


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=25, deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(child(1))), ANY))
def test_no_answer_of_a_server_is_too_strange(changes: dict[str, Any]) -> None:
    assert isinstance(parse_child(child(1) | changes, url="http://x.test"), ServerSong | TrackIssue)


@pytest.mark.parametrize("change", [{"isDir": True}, {"isVideo": True}, {"type": "podcast"}, {"id": None}])
def test_what_is_no_song_says_so(change: dict[str, Any]) -> None:
    assert isinstance(parse_child(child(1, **change), url="http://x.test"), TrackIssue)


@pytest.mark.parametrize("searches_empty", [True, False])
def test_every_song_is_offered_once(there: MusicServer, searches_empty: bool) -> None:
    there.searches_empty = searches_empty
    there.songs = [child(number) for number in range(603)]
    found = [song.id for song in open_server(there).songs() if isinstance(song, ServerSong)]
    assert sorted(found) == sorted(f"so-{number}" for number in range(603))


def test_who_asks_is_never_told_in_the_clear(there: MusicServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    open_server(there).ask("tokenInfo")
    open_server(there, user="", password="", api_key=KEY).ask("tokenInfo")
    assert PASSWORD not in str(there.web.seen)
    with pytest.raises(ConfigurationError) as refused:
        open_server(there, password="no").ask("ping")
    there.web.first["/rest/ping.view"].append(Answer(status=404))
    with pytest.raises(SourceError) as missing:
        open_server(there).ask("ping")
    said = caplog.text + str(refused.value) + str(missing.value)
    assert not any(secret in said for secret in (PASSWORD, KEY, "&t=", "apiKey", "/rest", "<b>"))
    with pytest.raises(ConfigurationError):
        SubsonicServer("http://127.0.0.1")
    with pytest.raises(InvalidInputError):
        SubsonicServer("ftp://host", api_key=KEY)


FAULTS = {
    "no JSON": (Answer(b"<html>"), TransientSourceError),
    "no such service": (Answer(b"{}"), SourceError),
    "refused": (failed(40), ConfigurationError),
    "without a code": (failed(None), SourceError),  # type: ignore[arg-type]
    "not found": (Answer(status=404), SourceError),
    "redirected": (Answer(status=302, headers={"Location": "http://127.0.0.1/"}), SourceError),
    "busy": (Answer(status=503), TransientSourceError),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_told_for_what_it_is(there: MusicServer, fault: str) -> None:
    answer, kind = FAULTS[fault]
    there.web.first["/rest/search3.view"] += [answer, answer]
    with pytest.raises(kind):
        list(open_server(there).songs())


def test_a_second_sync_fetches_nothing_and_brings_what_changed(there: MusicServer, wiring: Wiring) -> None:
    there.songs.append(child(3))
    there.sound = lambda song: music(0 if song == "so-3" else int(song[-1]), 3.0)  # one sound under two ids
    report = ingest(wiring, "subsonic")
    assert (report.added, report.already_known, len(there.fetched)) == (3, 1, 4)
    there.songs[1] = child(1, playCount=99, title="Renamed")
    there.fetched.clear()
    report = ingest(wiring, "subsonic")
    assert (report.added, report.already_known, there.fetched) == (0, 4, [])
    songs = wiring.catalog.list_songs()[0]
    assert {song.title: song.labels.get("plays") for song in songs}["Renamed"] == "99" and len(songs) == 3
    assert not list(wiring.settings.fetched_dir.glob("*"))


def test_a_failure_in_the_middle_loses_nothing(there: MusicServer, wiring: Wiring, tmp_path: Path) -> None:
    broken = Answer(music(1, 3.0), cut_after=100)
    there.web.first["/rest/stream.view"] += [broken] * 2
    source = ServerSource(open_server(there), fetched=tmp_path / "fetched")
    source.fetches = 1
    report = ingest_from(wiring, source)
    assert (report.added, len(report.failed)) == (2, 1)
    there.songs += [child(number) for number in range(3, 5)]
    # The second page of the catalogue fails: what the first one had is in.
    first = ok(searchResult3={"song": there.songs[:4]})
    there.web.first["/rest/search3.view"] += [first, Answer(status=503), Answer(status=503)]
    with pytest.raises(TransientSourceError):
        ingest_from(wiring, ServerSource(open_server(there), fetched=tmp_path / "fetched"))
    assert wiring.catalog.song_count() == 4
    there.fetched.clear()
    assert ingest(wiring, "subsonic").added == 1 and there.fetched == ["so-4"]


def test_a_server_that_is_down_is_not_asked_for_every_song(there: MusicServer, tmp_path: Path) -> None:
    there.web.first["/rest/stream.view"] += [Answer(status=503)] * 100
    source = ServerSource(open_server(there), fetched=tmp_path / "fetched")
    track = offered(there, 1)
    there.web.seen.clear()
    for _ in range(9):
        with pytest.raises(TransientSourceError), source.fetch(track):
            pass
    assert len(there.web.seen) == 5 * 2  # two attempts each, then none
    there.web.first.clear()
    server = open_server(there)
    with pytest.raises(Exception, match="does not have"), server.sound("so-77", "", folder=tmp_path):
        pass  # a refusal with the status of a success is no sound


def test_mounted_files_are_read_where_they_are(there: MusicServer, wiring: Wiring, tmp_path: Path) -> None:
    mounted = tmp_path / "mounted"
    (mounted / "The Weather" / "Fronts").mkdir(parents=True)
    outside = tmp_path / "secret.m4a"
    for number in range(3):
        sound = music(number, 3.0)
        path = mounted / "The Weather" / "Fronts" / f"0{number} Pressure.m4a"
        path.write_bytes(sound)
        there.songs[number]["size"] = len(sound)
    outside.write_bytes(music(3, 3.0))
    there.songs[1]["path"] = "/music/The Weather/Fronts/01 Pressure.m4a"  # as the server has it
    there.songs[2]["size"] = 5  # another file
    there.songs.append(child(3, path="../secret.m4a"))
    report = ingest(wiring, "subsonic", {"folder": str(mounted)})
    assert report.added == 4 and sorted(there.fetched) == ["so-2", "so-3"]
    uris = {song.title[-1]: song.uri or "" for song in wiring.catalog.list_songs()[0]}
    assert uris["0"].endswith("00 Pressure.m4a") and uris["1"].endswith("01 Pressure.m4a")
    assert "://" in uris["2"] and "://" in uris["3"]
    with pytest.raises(InvalidInputError):
        ingest(wiring, "subsonic", {"folder": str(tmp_path / "nowhere")})


# --- playlists ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, TOGETHER, 2 * TOGETHER + 7])
def test_a_playlist_is_made_once_and_kept_in_place(there: MusicServer, count: int) -> None:
    server, ids = open_server(there), [f"so-{number}" for number in range(count)]
    assert keep_playlist(server, "Calm", ids) == count
    assert there.playlists == {"pl-1": ("Calm", ids)}  # not that of the other user
    asked = len(there.web.seen)
    assert keep_playlist(server, "Calm", ids) == count
    assert "updatePlaylist" not in there.calls()[asked:] and "createPlaylist" not in there.calls()[asked:]
    other = list(reversed([*ids, "so-new"]))
    assert keep_playlist(open_server(there, user="", password="", api_key=KEY), "Calm", other) == count + 1
    assert there.playlists == {"pl-1": ("Calm", other)}
    with pytest.raises(InvalidInputError):
        keep_playlist(server, "Calm", [])


@pytest.mark.parametrize("call", ["getPlaylists", "getPlaylist", "createPlaylist", "updatePlaylist"])
@pytest.mark.parametrize("count", [3, TOGETHER + 3])
def test_no_failure_empties_a_playlist(there: MusicServer, call: str, count: int) -> None:
    ids = [f"so-{number}" for number in range(count)]
    keep_playlist(open_server(there), "Calm", ids)
    other = ids[::-1]
    there.web.first[f"/rest/{call}.view"] += [Answer(status=500)] * 2
    try:
        keep_playlist(open_server(there), "Calm", other)
    except TransientSourceError:
        assert set(there.playlists["pl-1"][1]) == set(ids)
    there.web.first.clear()
    keep_playlist(open_server(there), "Calm", other)
    assert there.playlists == {"pl-1": ("Calm", other)}


def test_a_saved_search_is_kept_on_the_server(there: MusicServer, wiring: Wiring) -> None:
    ingest(wiring, "subsonic")
    made = saved.save_search(wiring, "Calm", Query(text="calm piano", limit=2), "subsonic:Evenings")
    titles = {song.id: song.labels["subsonic_id"] for song in wiring.catalog.list_songs()[0]}
    assert there.playlists == {"pl-1": ("Evenings", [titles[song] for song in made["song_ids"]])}
    with pytest.raises(InvalidInputError):
        write_playlist(wiring.catalog, wiring.settings, "subsonic:Evenings", ["unknown"], title="")
    assert there.playlists["pl-1"][1]
