"""The sound of a song: a browser must be able to seek, whatever it asks."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from patience import PATIENCE_SECONDS
from reelscore.api.errors import RequestRefused
from reelscore.api.sound import range_is_usable
from reelscore.audio import cutting
from reelscore.audio.cutting import cut_sound
from reelscore.audio.decode import load
from reelscore.config import Settings
from reelscore.files import hash_file
from reelscore.records import AnalysedTrack, MusicFeatures, Track
from reelscore.wiring import Wiring
from serving import serve
from sound_files import encode, music, vorbis


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


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Wiring, httpx.Client, Path]]:
    """A library without songs, and a server over it."""
    folder = tmp_path_factory.mktemp("files")
    wiring = Wiring(Settings(home=folder / "home"))
    with serve(wiring) as url, httpx.Client(base_url=url, timeout=PATIENCE_SECONDS) as client:
        yield wiring, client, folder
    wiring.close()


def add(wiring: Wiring, path: Path, *, seconds: float | None = None) -> str:
    """A song of this file; its id."""
    track = Track("folder", path.name, path.stem, uri=str(path), duration=seconds)
    wiring.catalog.add([AnalysedTrack(track, hash_file(path), MusicFeatures(3.0), ())])
    return track.id


def on_the_clock(path: Path) -> np.ndarray:
    """Sound from second 0 on, silent until it sets in, as the analysis counts."""
    clip = load(path, sample_rate=44_100)
    return np.concatenate([np.zeros(round(clip.start * 44_100), np.float32), clip.samples])


SOUND = music(3.0)


@pytest.mark.parametrize(
    ("name", "codec", "form", "plain", "seekable"),
    [
        ("a.wma", "wmav2", "asf", "audio/flac", "audio/flac"),
        ("a.wv", "wavpack", None, "audio/flac", "audio/flac"),
        ("a.aiff", "pcm_s16be", None, "audio/flac", "audio/flac"),
        ("alac.m4a", "alac", None, "audio/flac", "audio/flac"),
        ("a.mka", "aac", "matroska", "audio/flac", "audio/flac"),
        ("a.ac3", "ac3", None, "audio/flac", "audio/flac"),
        ("a.mp3", "libmp3lame", None, "audio/mpeg", "audio/flac"),
        ("mp3.wav", "libmp3lame", "mp3", "audio/mpeg", "audio/flac"),
        ("a.aac", "aac", "adts", "audio/aac", "audio/flac"),
        ("a.m4a", "aac", None, "audio/mp4", "audio/mp4"),
        ("a.wav", "pcm_s16le", None, "audio/wav", "audio/wav"),
    ],
)
def test_a_browser_gets_what_it_plays_by_what_a_file_is(
    files: tuple[Wiring, httpx.Client, Path],
    name: str,
    codec: str,
    form: str | None,
    plain: str,
    seekable: str,
) -> None:
    wiring, client, folder = files
    path = encode(folder / name, SOUND, codec, form=form)
    song = add(wiring, path)
    for query, media_type in (("", plain), ("?seekable=true", seekable)):
        response = client.get(f"/api/songs/{song}/audio{query}")
        assert response.status_code == 200
        assert response.headers["content-type"] == media_type
        if media_type != "audio/flac":
            assert response.content == path.read_bytes()
            continue
        copy = folder / "copy.flac"
        copy.write_bytes(response.content)
        heard, wanted = on_the_clock(copy), on_the_clock(path)
        assert len(heard) == pytest.approx(len(wanted), abs=2)
        count = min(len(heard), len(wanted))
        # AAC fills some bands with noise that is new at each decode.
        assert np.quantile(np.abs(heard[:count] - wanted[:count]), 0.95) < 2e-3


def test_a_copy_is_made_once_and_ranges_of_it_are_served(
    files: tuple[Wiring, httpx.Client, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    wiring, client, folder = files
    song = add(wiring, encode(folder / "shared.wv", SOUND, "wavpack"))
    made = []

    def counted(*arguments: Any) -> None:
        made.append(arguments)
        cut_sound(*arguments)

    monkeypatch.setattr(cutting, "cut_sound", counted)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: client.get(f"/api/songs/{song}/audio").content, range(8)))
    assert len(made) == 1 and len(set(answers)) == 1
    part = client.get(f"/api/songs/{song}/audio", headers={"range": "bytes=4-9"})
    assert part.status_code == 206 and part.content == answers[0][4:10]
    assert not list(wiring.settings.home.glob("playable/.*"))


def test_copies_stay_within_their_budget_and_what_was_played_lately_stays(
    files: tuple[Wiring, httpx.Client, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    wiring, client, folder = files
    songs = [add(wiring, encode(folder / f"b{n}.wv", music(2.0, seed=n), "wavpack")) for n in range(4)]

    def kept(song: str) -> list[Path]:
        return list(wiring.settings.home.glob(f"playable/{song}-*.flac"))

    for age, song in enumerate(songs[:3]):
        assert client.get(f"/api/songs/{song}/audio").status_code == 200
        os.utime(kept(song)[0], (1_000_000 + age, 1_000_000 + age))
    assert client.get(f"/api/songs/{songs[0]}/audio").status_code == 200  # played again: the newest now
    monkeypatch.setattr(
        "reelscore.library.sound_files.PLAYABLE_BYTES", 2.5 * kept(songs[0])[0].stat().st_size
    )
    assert client.get(f"/api/songs/{songs[3]}/audio").status_code == 200
    assert [bool(kept(song)) for song in songs] == [True, False, False, True]


def test_a_long_song_is_not_coded_again_if_a_browser_plays_it(
    files: tuple[Wiring, httpx.Client, Path],
) -> None:
    wiring, client, folder = files
    for path, kind in (
        (encode(folder / "long.mp3", SOUND, "libmp3lame"), "audio/mp4"),  # its packets, in another container
        (vorbis(folder / "long.ogg", SOUND), "audio/ogg"),
    ):
        song = add(wiring, path, seconds=3600.0)
        response = client.get(f"/api/songs/{song}/audio?seekable=true")
        assert response.headers["content-type"] == kind


def test_what_is_no_sound_is_told_plainly(files: tuple[Wiring, httpx.Client, Path]) -> None:
    wiring, client, folder = files
    (folder / "text.mp3").write_text("no sound at all " * 50)
    response = client.get(f"/api/songs/{add(wiring, folder / 'text.mp3')}/audio")
    assert response.status_code == 422
    assert "text.mp3" in response.json()["error"]["message"]
