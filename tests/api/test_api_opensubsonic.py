"""Players at the OpenSubsonic routes: sign-in, what two real players call in order, JSON and XML."""

from __future__ import annotations

import functools
import hashlib
import random
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from pydantic import SecretStr
from starlette.testclient import TestClient

from reelscore.accounts import passwords
from reelscore.accounts.service import Accounts
from reelscore.api.app import create_app
from reelscore.catalog.files import SongFile
from reelscore.config import Settings
from reelscore.query.form import Query
from reelscore.records import FileStamp, Role, Track, song_id
from reelscore.search.saved import save_search
from reelscore.wiring import Wiring

PASSWORD = "correct horse"
# What the published schema demands of each shape, and of which kind it is.
ALBUM = {"id": str, "name": str, "songCount": int, "duration": int, "created": str}
ARTIST = {"id": str, "name": str, "albumCount": int}
SONG = {"id": str, "isDir": bool, "title": str}
PLAYLIST = {"id": str, "name": str, "songCount": int, "duration": int, "created": str, "changed": str}
WHOLE = {"status": str, "version": str, "type": str, "serverVersion": str, "openSubsonic": bool}


@pytest.fixture
def house(demo_wiring: Wiring, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[TestClient, Wiring, str]]:
    """A server over the demo that asks for a sign-in, and a token of its user ada."""
    monkeypatch.setattr(passwords, "_N", 16)
    accounts = Accounts(demo_wiring.catalog.accounts)
    ada = accounts.add("ada", Role.VIEWER, PASSWORD)
    token, _ = accounts.make_token(ada, "player", scope=Role.VIEWER, days=None)
    song = demo_wiring.catalog.list_songs()[0][5]
    stated = {"source": song.source, "source_id": song.source_id, "title": song.title, "uri": song.uri}
    demo_wiring.catalog.refresh([Track(**stated, artists=("Ada Rain",))])
    save_search(demo_wiring, "Calm", Query(text="calm piano", limit=4))
    yield TestClient(create_app(demo_wiring, asks=True), base_url="http://localhost"), demo_wiring, token


def call(client: TestClient, name: str, /, **parameters: Any) -> dict[str, Any]:
    """A call as players make it, and the body of its answer."""
    asked = {"v": "1.13.0", "c": "test", "f": "json", **parameters}
    answer = client.get(f"/rest/{name}.view", params=asked)
    assert "json" in answer.headers["content-type"], answer.text[:300]
    found = answer.json()["subsonic-response"]
    assert WHOLE.items() <= {key: type(value) for key, value in found.items()}.items()
    return found


def fits(shape: dict[str, type], values: list[dict[str, Any]]) -> bool:
    return bool(values) and all(
        isinstance(one.get(key), kind) for one in values for key, kind in shape.items()
    )


def test_a_player_that_lists_and_plays_songs(house: tuple[TestClient, Wiring, str]) -> None:
    """As Feishin does: `getUser` to sign in, extensions, counting songs, pages, playing what is alike."""
    client, wiring, token = house
    who = {"u": "ada", "p": token, "c": "Feishin"}
    user = call(client, "getUser", username="ada", **who)["user"]
    assert user["username"] == "ada" and user["adminRole"] is False
    assert call(client, "ping", **who)["status"] == "ok"
    names = {
        one["name"]: one["versions"]
        for one in call(client, "getOpenSubsonicExtensions", **who)["openSubsonicExtensions"]
    }
    assert names == {"apiKeyAuthentication": [1], "sonicSimilarity": [1]}
    assert call(client, "getMusicFolders", **who)["musicFolders"]["musicFolder"]
    none = {"artistCount": 0, "artistOffset": 0, "albumCount": 0, "albumOffset": 0}
    # It jumps ahead in steps of 5,000 until there is nothing, then goes back and pages by 500.
    counted = [
        len(
            call(client, "search3", query="", songCount=1, songOffset=at, **none, **who)["searchResult3"][
                "song"
            ]
        )
        for at in (0, 5000)
    ]
    assert counted == [1, 0]
    songs = call(client, "search3", query="", songCount=500, songOffset=0, **none, **who)["searchResult3"][
        "song"
    ]
    assert len(songs) == wiring.catalog.song_count() and fits(SONG, songs)
    assert call(client, "getSong", id=songs[3]["id"], **who)["song"]["title"] == songs[3]["title"]
    alike = call(client, "getSimilarSongs", id=songs[3]["id"], count=6, **who)["similarSongs"]["song"]
    assert len(alike) == 6 and fits(SONG, alike) and songs[3]["id"] not in {one["id"] for one in alike}
    lists = call(client, "getPlaylists", **who)["playlists"]["playlist"]
    assert fits(PLAYLIST, lists) and [one["name"] for one in lists] == ["Calm"]
    entries = call(client, "getPlaylist", id=lists[0]["id"], **who)["playlist"]["entry"]
    assert len(entries) == lists[0]["songCount"] == 4 and fits(SONG, entries)
    sound = client.get(
        f"/rest/stream.view?id={alike[0]['id']}&v=1.13.0&c=Feishin&u=ada&p={token}",
        headers={"Range": "bytes=0-99"},
    )
    assert sound.status_code == 206 and len(sound.content) == 100
    assert sound.headers["content-type"].startswith("audio/")


def test_a_player_that_searches_and_makes_a_radio_of_an_artist(house: tuple[TestClient, Wiring, str]) -> None:
    """As Supersonic does: XML, `ping` to sign in, search by words, radio of the artist, raw sound, covers."""
    client, _, token = house
    who = {"u": "ada", "p": "enc:" + token.encode().hex(), "c": "supersonic", "v": "1.8.0"}

    def xml(name: str, **parameters: Any) -> ET.Element:
        answer = client.get(f"/rest/{name}", params={**who, **parameters})
        assert answer.headers["content-type"].startswith("application/xml")
        root = ET.fromstring(answer.text)
        assert root.tag == "{http://subsonic.org/restapi}subsonic-response"
        assert {name: root.get(name) for name in ("status", "openSubsonic")} == {
            "status": "ok",
            "openSubsonic": "true",
        }
        return root

    ns = "{http://subsonic.org/restapi}"
    assert not len(xml("ping"))
    assert xml("getLicense").find(f"{ns}license").get("valid") == "true"  # type: ignore[union-attr]
    found = xml("search3", query="ada rain", songCount=50, artistCount=0, albumCount=0).findall(
        f".//{ns}song"
    )
    assert len(found) == 1 and (found[0].get("artist"), found[0].get("isDir")) == ("Ada Rain", "false")
    song = found[0].get("id")
    radio = xml("getSimilarSongs2", id=found[0].get("artistId"), count=5).findall(
        f"{ns}similarSongs2/{ns}song"
    )
    assert len(radio) == 5
    assert xml("getPlaylists").find(f".//{ns}playlist").get("songCount") == "4"  # type: ignore[union-attr]
    raw = client.get("/rest/stream", params={**who, "id": song, "format": "raw"})
    assert raw.status_code == 200 and len(raw.content) > 1000
    assert client.get("/rest/download", params={**who, "id": song}).content == raw.content
    cover = client.get("/rest/getCoverArt", params={**who, "id": song, "size": 300})
    assert 'code="70"' in cover.text  # it has none


def test_a_player_browses_artists_and_albums(house: tuple[TestClient, Wiring, str]) -> None:
    """As Supersonic does: `getAlbumList2` in pages, an album with its songs and cover, artists by letter."""
    client, wiring, token = house
    songs = wiring.catalog.list_songs()[0]
    stated = [
        ("Fronts", ("The Weather", "Ada Rain")),
        ("fronts", ("Weather (feat. Bob)",)),
        ("Fronts", ("Bob",)),
        ("Überall", ("!!!",)),
        (None, ("Carla",)),
    ]
    for song, (album, artists) in zip(songs, stated, strict=False):
        given = {"source": song.source, "source_id": song.source_id, "title": song.title, "uri": song.uri}
        wiring.catalog.refresh([Track(**given, artists=artists, album=album, year=1990)])
    got = functools.partial(call, client, apiKey=token)
    listed = functools.partial(got, "getAlbumList2", type="alphabeticalByName")
    every = [
        one for at in range(0, 40, 2) for one in listed(size=2, offset=at)["albumList2"].get("album", [])
    ]
    assert fits(ALBUM, every) and every == listed(size=500)["albumList2"]["album"]
    albums = [one for one in every if one["name"].casefold() in ("fronts", "überall")]
    assert [(one["songCount"], one["artist"] in ("Bob", "!!!")) for one in albums] == [
        (1, True),
        (2, False),
        (1, True),
    ]
    whole = got("getAlbum", id=albums[1]["id"])["album"]
    assert {one["id"] for one in whole["song"]} == {song.id for song in songs[:2]} and fits(
        SONG, whole["song"]
    )
    assert got("getSong", id=songs[0].id)["song"]["albumId"] in {one["albumId"] for one in whole["song"]}
    for one in whole["song"]:  # any spelling of a song leads to the album that it stands in
        assert got("getAlbum", id=one["albumId"])["album"]["id"] == albums[1]["id"]
    shelves = got("getArtists")["artists"]["index"]
    artists = {one["name"]: one for shelf in shelves for one in shelf["artist"]}
    assert fits(ARTIST, list(artists.values())) and shelves == sorted(
        shelves, key=lambda shelf: shelf["name"]
    )
    assert shelves[0]["name"] == "#" and artists["Carla"]["albumCount"] == 0
    assert [one["name"] for one in got("getArtist", id=artists["!!!"]["id"])["artist"]["album"]] == [
        "Überall"
    ]
    found = got("search3", query="uber", songCount=0)["searchResult3"]
    assert [one["name"] for one in found["album"]] == ["Überall"] and found["artist"] == []
    for kind in ("newest", "random", "alphabeticalByArtist"):
        assert len(got("getAlbumList2", type=kind, size=500)["albumList2"]["album"]) == len(every)
    span = {"fromYear": "1991", "toYear": "1989"}
    assert {one["name"] for one in got("getAlbumList2", type="byYear", **span)["albumList2"]["album"]} >= {
        "Überall"
    }
    assert got("getAlbumList2", type="starred")["albumList2"]["album"] == []
    assert got("getAlbumList2", type="none")["status"] == got("getAlbum", id="al-xx")["status"] == "failed"


def test_a_player_lists_genres_and_songs_at_random(house: tuple[TestClient, Wiring, str]) -> None:
    client, wiring, token = house
    songs = wiring.catalog.list_songs()[0]
    for song, genre in zip(songs, ("Ambient; Noise Rock", "Noise Rock"), strict=False):
        given = {"source": song.source, "source_id": song.source_id, "title": song.title, "uri": song.uri}
        wiring.catalog.refresh([Track(**given, album="Fronts", genre=genre, year=1951)])
    got = functools.partial(call, client, apiKey=token)
    listed = {one["value"]: one for one in got("getGenres")["genres"]["genre"]}
    assert listed["Noise Rock"] == {"value": "Noise Rock", "songCount": 2, "albumCount": 1}
    by_genre = got("getSongsByGenre", genre="noise rock")["songsByGenre"]["song"]
    assert {one["id"] for one in by_genre} == {song.id for song in songs[:2]} and fits(SONG, by_genre)
    drawn = got("getRandomSongs", size=500)["randomSongs"]["song"]
    assert {one["id"] for one in drawn} == {song.id for song in songs}
    old = got("getRandomSongs", fromYear=1950, toYear=1952, genre="Ambient")["randomSongs"]["song"]
    assert [one["id"] for one in old] == [songs[0].id]
    assert got("getRandomSongs", fromYear="x")["status"] == got("getSongsByGenre")["status"] == "failed"
    assert got("getLyricsBySongId", id=songs[0].id)["lyricsList"] == {}
    text = client.get("/rest/getGenres.view", params={"apiKey": token}).text
    assert '<genre songCount="1" albumCount="1">Ambient</genre>' in text


def test_songs_that_sound_alike_and_a_path_between_two(house: tuple[TestClient, Wiring, str]) -> None:
    client, wiring, token = house
    ids = [song.id for song in wiring.catalog.list_songs()[0]]
    found = call(client, "getSonicSimilarTracks", apiKey=token, id=ids[0], count=5)["sonicMatch"]
    likeness = [one["similarity"] for one in found]
    assert (
        len(found) == 5
        and likeness == sorted(likeness, reverse=True)
        and 0.0 <= likeness[-1] <= likeness[0] < 1.0
    )
    way = call(client, "findSonicPath", apiKey=token, startSongId=ids[0], endSongId=ids[9], count=7)[
        "sonicMatch"
    ]
    assert (way[0]["entry"]["id"], way[-1]["entry"]["id"], len(way)) == (ids[0], ids[9], 7)
    assert way[0]["similarity"] == 1.0 and len({one["entry"]["id"] for one in way}) == 7
    assert call(client, "tokenInfo", apiKey=token)["tokenInfo"] == {"username": "ada"}


REFUSED = {
    "nothing": ({}, 10),
    "a salted password": ({"u": "ada", "t": hashlib.md5(b"x").hexdigest(), "s": "abc"}, 41),
    "the password itself": ({"u": "ada", "p": PASSWORD}, 40),
    "a token of another": ({"u": "bob", "p": "TOKEN"}, 40),
    "a key with a user": ({"u": "ada", "apiKey": "TOKEN"}, 43),
    "a wrong key": ({"apiKey": "rs_nothing"}, 44),
    "broken digits": ({"u": "ada", "p": "enc:xyz"}, 40),
}


@pytest.mark.parametrize("way", REFUSED)
def test_who_does_not_sign_in_is_told_why(house: tuple[TestClient, Wiring, str], way: str) -> None:
    client, _, token = house
    given, code = REFUSED[way]
    shown = {name: token if value == "TOKEN" else value for name, value in given.items()}
    answer = call(client, "getSong", id="x", **shown)
    assert (answer["status"], answer["error"]["code"]) == ("failed", code)
    assert token not in str(answer) and PASSWORD not in str(answer)
    assert call(client, "getOpenSubsonicExtensions")["status"] == "ok"  # which needs no sign-in


def test_no_call_fails_in_a_way_that_players_cannot_read(house: tuple[TestClient, Wiring, str]) -> None:
    client, wiring, token = house
    ids = [song.id for song in wiring.catalog.list_songs()[0]][:3]
    values = ["", "x", "-1", "0", "2", "99999999999", "ar-", "ar-4oK", "💿", *ids]
    names = [
        "getSong",
        "search3",
        "getSimilarSongs2",
        "getSonicSimilarTracks",
        "findSonicPath",
        "getPlaylist",
        "getAlbumList2",
        "getAlbum",
        "getArtist",
    ]
    drawn = random.Random(5)
    for _ in range(60):
        keys = (
            "id",
            "type",
            "size",
            "offset",
            "fromYear",
            "count",
            "query",
            "songCount",
            "songOffset",
            "startSongId",
            "endSongId",
        )
        asked = {key: drawn.choice(values) for key in keys if drawn.random() < 0.7}
        answer = call(client, drawn.choice(names), apiKey=token, **asked)
        assert answer["status"] == "ok" or answer["error"]["code"] in (0, 10, 70)
    answer = client.get("/rest/deleteUser.view", params={"apiKey": token, "f": "json"})
    assert answer.status_code == 404 and answer.json()["subsonic-response"]["error"]["code"] == 0


def test_the_music_server_may_ask_in_its_own_ids(demo_wiring: Wiring) -> None:
    """Songs that are known as those of the server of the settings are asked for and answered by its ids."""
    settings = demo_wiring.settings.model_copy(
        update={"subsonic_url": "http://music.test", "subsonic_api_key": SecretStr("k")}
    )
    assert isinstance(settings, Settings)
    demo_wiring.settings = settings
    ids = [song.id for song in demo_wiring.catalog.list_songs()[0]][:20]
    demo_wiring.catalog.note_files(
        [
            SongFile(
                song_id("subsonic", f"music.test/{n}"), song, f"subsonic:music.test/{n}", FileStamp(0, 0), "x"
            )
            for n, song in enumerate(ids)
        ]
    )
    client = TestClient(create_app(demo_wiring), base_url="http://localhost")
    found = call(client, "getSonicSimilarTracks", id="3", count=28)["sonicMatch"]
    assert len(found) == 19 and {one["entry"]["id"] for one in found} == {str(n) for n in range(20)} - {"3"}
    assert call(client, "getSong", id="3")["song"]["id"] == "3"
