"""The sound of a song: a browser must be able to seek, whatever it asks."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import httpx
import pytest

from reelscore.api.errors import RequestRefused
from reelscore.api.sound import content_type, range_is_usable
from reelscore.records import AnalysedTrack, MusicFeatures, Track
from reelscore.wiring import Wiring
from serving import serve


@pytest.fixture(scope="module")
def song(client: httpx.Client) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/api/songs").json()["data"][0]
    return found


@pytest.fixture(scope="module")
def audio(song: dict[str, Any]) -> str:
    return f"/api/songs/{song['id']}/audio"


@pytest.fixture(scope="module")
def whole(song: dict[str, Any]) -> bytes:
    return Path(song["uri"]).read_bytes()


def test_whole_file_says_that_ranges_work(client: httpx.Client, audio: str, whole: bytes) -> None:
    response = client.get(audio)
    assert response.status_code == 200 and response.content == whole
    assert response.headers["accept-ranges"] == "bytes"
    assert response.headers["content-type"] == "audio/ogg"
    assert response.headers["content-length"] == str(len(whole))


@pytest.mark.parametrize(
    ("asked", "start", "end"), [("0-99", 0, 100), ("100-", 100, None), ("-50", -50, None), ("5-5", 5, 6)]
)
def test_range_is_served(
    client: httpx.Client, audio: str, whole: bytes, asked: str, start: int, end: int | None
) -> None:
    response = client.get(audio, headers={"range": f"bytes={asked}"})
    assert response.status_code == 206 and response.content == whole[start:end]
    first = start if start >= 0 else len(whole) + start
    last = (end or len(whole)) - 1
    assert response.headers["content-range"] == f"bytes {first}-{last}/{len(whole)}"


def test_range_past_the_end_is_cut_at_the_end(client: httpx.Client, audio: str, whole: bytes) -> None:
    response = client.get(audio, headers={"range": f"bytes=10-{10 * len(whole)}"})
    assert response.status_code == 206 and response.content == whole[10:]


@pytest.mark.parametrize(
    "odd", ["bytes=9-3", "bytes=", "bytes=a-b", "lines=0-5", "bytes=0-1,4-5", "nonsense"]
)
def test_range_that_cannot_be_read_gets_the_whole_file(
    client: httpx.Client, audio: str, whole: bytes, odd: str
) -> None:
    response = client.get(audio, headers={"range": odd})
    assert response.status_code == 200 and len(response.content) == len(whole)


def test_range_behind_the_end_is_refused_with_the_size(
    client: httpx.Client, audio: str, whole: bytes
) -> None:
    response = client.get(audio, headers={"range": f"bytes={len(whole)}-"})
    assert response.status_code == 416
    assert response.headers["content-range"] == f"bytes */{len(whole)}"
    assert response.json()["error"]["code"] == "range_not_satisfiable"


def test_head_tells_without_sending(client: httpx.Client, audio: str, whole: bytes) -> None:
    response = client.head(audio)
    assert response.status_code == 200 and response.content == b""
    assert response.headers["content-length"] == str(len(whole))


def test_types_are_what_browsers_play() -> None:
    assert content_type(Path("a.MP3")) == "audio/mpeg"
    assert content_type(Path("a.opus")) == content_type(Path("a.ogg")) == "audio/ogg"
    assert content_type(Path("a.m4a")) == "audio/mp4"
    assert content_type(Path("a.unheard-of")) == "application/octet-stream"


def test_range_of_an_empty_file_is_never_within_it() -> None:
    with pytest.raises(RequestRefused):
        range_is_usable("bytes=0-", 0)


def test_vanished_file_and_song_with_markup_are_told_plainly(demo_wiring: Wiring, tmp_path: Path) -> None:
    template = demo_wiring.catalog.list_songs(limit=1)[0][0]
    copy = tmp_path / "gone.opus"
    shutil.copy(str(template.uri), copy)
    track = Track("folder", "gone", "<b>Bold</b> & <script>alert(1)</script>", uri=str(copy))
    demo_wiring.catalog.add([AnalysedTrack(track, "f" * 64, MusicFeatures(30.0), ())])
    with serve(demo_wiring) as url, httpx.Client(base_url=url) as client:
        assert client.get(f"/api/songs/{track.id}").json()["data"]["title"] == track.title
        assert client.get(f"/api/songs/{track.id}/audio").status_code == 200
        copy.unlink()
        response = client.get(f"/api/songs/{track.id}/audio")
        assert response.status_code == 404
        assert "gone.opus" in response.json()["error"]["message"]
