"""`reelscore tags`, and songs that are named by their titles in commands of the catalogue."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from tinytag import TinyTag

from cli_commands import Reelscore
from reelscore.config import Settings
from reelscore.sources.demo import demo_videos
from reelscore.wiring import Wiring
from serving import serve
from sound_files import encode, music


@pytest.fixture
def song(tmp_path: Path, reelscore: Reelscore) -> Path:
    path = tmp_path / "music" / "moon.flac"
    encode(path, music(5.0), "flac", tags={"title": "Moon", "artist": "Ada"})
    encode(path.with_name("sun.flac"), music(5.0, seed=1), "flac", tags={"title": "Sun", "artist": "Ada"})
    assert reelscore("ingest", "folder", path.parent).code == 0
    return path


def test_tags_are_written_when_asked_and_taken_back(reelscore: Reelscore, song: Path, tmp_path: Path) -> None:
    before = song.read_bytes()
    assert "say what to write" in reelscore("tags", "write", "Moon", "--in-place").err
    assert "--in-place" in reelscore("tags", "write", "Moon", "--bpm").err
    assert "make it first" in reelscore("tags", "write", "Moon", "--bpm", "--to", tmp_path / "no").err
    assert song.read_bytes() == before
    told = reelscore("tags", "write", "Ada - Moon", "--bpm", "--key", "--in-place")
    assert told.code == 0 and str(song) in told.out, told.err
    assert TinyTag.get(song).other["bpm"]
    assert reelscore("tags", "write", "--all", "--bpm", "--to", tmp_path, "--json").json["failed"] == []
    assert TinyTag.get(tmp_path / "sun.flac").other["bpm"]
    assert reelscore("tags", "undo", "--all").code == 0
    assert song.read_bytes() == before
    told = reelscore("tags", "undo", "Moon")
    assert told.code == 1 and "nothing to take back" in told.err


def test_over_http_only_a_server_that_may_writes(reelscore: Reelscore, song: Path, tmp_path: Path) -> None:
    home, before = tmp_path / "home", song.read_bytes()
    for allowed in (False, True):
        wiring = Wiring(Settings(home=home, write_tags=allowed))
        found = {one.title: one.id for one in wiring.catalog.list_songs()[0]}
        where = f"/api/songs/{found['Moon']}/tags"
        with serve(wiring) as url, httpx.Client(base_url=url) as client:
            answer = client.post(where, json={"fields": ["bpm"]})
            if not allowed:
                assert answer.status_code == 403 and "REELSCORE_WRITE_TAGS" in answer.text
                assert client.delete(where).status_code == 403
            else:
                assert answer.json()["data"]["written"]["bpm"]
                assert song.read_bytes() != before
                assert client.post(where, json={"fields": ["colour"]}).status_code == 422
                assert client.delete(where).status_code == 200
                assert client.delete(where).status_code == 404
        wiring.close()
        assert song.read_bytes() == before


def test_songs_go_by_title_and_several_are_listed(reelscore: Reelscore, song: Path, tmp_path: Path) -> None:
    film = demo_videos()[0]
    for words in (
        ("export", film, "Ada - Moon", "--to", "otio", "--out", tmp_path / "a.otio", "--no-cuts"),
        ("playlist", "sun", "Moon", "--out", tmp_path / "a.m3u8"),
        ("fit", "Moon", "--length", "4"),
        ("sync", film, "Ada - Sun"),
    ):
        told = reelscore(*words)
        assert told.code == 0, told.err
    assert [line for line in (tmp_path / "a.m3u8").read_text().splitlines() if line[0] != "#"] == [
        str(song.with_name("sun.flac")),
        str(song),
    ]
    for words in (
        ("export", film, "Ada", "--to", "otio", "--out", tmp_path / "b.otio"),
        ("mix", film, "Ada", "--out", tmp_path / "b.wav"),
        ("playlist", "Ada", "--out", tmp_path / "b.m3u8"),
        ("fit", "Ada", "--length", "4"),
        ("sync", film, "Ada"),
    ):
        told = reelscore(*words)
        assert told.code == 1 and "Ada - Moon" in told.err and "Ada - Sun" in told.err, words
