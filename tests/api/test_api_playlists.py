"""Playlists over HTTP."""

from __future__ import annotations

from urllib.parse import unquote
from xml.etree import ElementTree as ET

import httpx


def test_a_playlist_of_songs_in_their_order(client: httpx.Client) -> None:
    songs = client.get("/api/songs", params={"limit": 3, "sort": "-title"}).json()["data"]
    body = {"song_ids": [song["id"] for song in songs], "title": "Für Ada/1"}
    answer = client.post("/api/playlists", json=body)
    assert answer.status_code == 200, answer.text
    assert unquote(answer.headers["content-disposition"]).endswith("''Für Ada_1.m3u8")
    lines = answer.text.splitlines()
    assert [line for line in lines if not line.startswith("#")] == [song["uri"] for song in songs]
    roots = [{"here": "/", "there": "D:\\music"}]
    for kind, tag in (("xspf", "{http://xspf.org/ns/0/}location"), ("rekordbox", "TRACK")):
        text = client.post("/api/playlists", json={**body, "to": kind, "media_roots": roots}).text
        found = [each.attrib.get("Location", each.text or "") for each in ET.fromstring(text).iter(tag)]
        assert sum("/D:/music/" in url for url in found) == 3


def test_mistakes_are_told(client: httpx.Client) -> None:
    assert client.post("/api/playlists", json={"song_ids": []}).status_code == 422
    assert client.post("/api/playlists", json={"song_ids": ["nothing"]}).status_code == 400
    assert client.post("/api/playlists", json={"song_ids": ["a"], "to": "pls"}).status_code == 422
