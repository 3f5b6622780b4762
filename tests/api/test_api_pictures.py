"""What the page draws and shows beside answers, over the real demo library."""

from __future__ import annotations

import base64
import shutil
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import delete

from patience import PATIENCE_SECONDS
from reelscore.catalog.db import schema
from reelscore.catalog.db.engine import write
from reelscore.config import Settings
from reelscore.ingest.service import ingest
from reelscore.wiring import Wiring
from serving import serve, wait_for_task

SEARCH = "/api/recommendations/search"
TEXT = "/api/recommendations/text-recommendations"


@pytest.fixture(scope="module")
def songs(client: httpx.Client) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get("/api/songs").json()["data"]
    return found


def test_waveform_is_small_and_kept_by_the_client(client: httpx.Client, songs: list[dict[str, Any]]) -> None:
    answer = client.get(f"/api/songs/{songs[0]['id']}/waveform")
    assert answer.status_code == 200 and len(answer.content) < 3000
    data = answer.json()["data"]
    peaks, levels = base64.b64decode(data["peaks"]), base64.b64decode(data["levels"])
    assert len(peaks) == len(levels) == 800 and max(peaks) == 255
    assert all(level <= peak for level, peak in zip(levels, peaks, strict=True))
    assert data["seconds"] == pytest.approx(songs[0]["duration_seconds"], abs=0.5)
    again = client.get(
        f"/api/songs/{songs[0]['id']}/waveform", headers={"if-none-match": answer.headers["etag"]}
    )
    assert again.status_code == 304 and again.content == b""
    assert "max-age" in answer.headers["cache-control"]
    assert client.get("/api/songs/nothing/waveform").status_code == 404


def test_waveform_of_an_older_library_is_drawn_when_it_is_looked_at(tmp_path: Path) -> None:
    import immich_memories_music

    music = tmp_path / "music"
    music.mkdir()
    track = sorted((Path(immich_memories_music.__file__).parent / "tracks").rglob("*.opus"))[0]
    for name in ("kept.opus", "gone.opus"):
        shutil.copy(track, music / name)
    (music / "gone.opus").write_bytes(track.read_bytes() + b"\0")  # another content, so another song
    wiring = Wiring(Settings(home=tmp_path / "home"))
    assert ingest(wiring, "folder", {"paths": [str(music)]}).added == 2
    write(wiring.catalog._engine, lambda connection: connection.execute(delete(schema.song_waveforms)))
    (music / "gone.opus").unlink()
    with serve(wiring) as url, httpx.Client(base_url=url, timeout=PATIENCE_SECONDS) as client:
        by_file = {Path(song["uri"]).name: song["id"] for song in client.get("/api/songs").json()["data"]}
        assert client.get(f"/api/songs/{by_file['kept.opus']}/waveform").status_code == 200
        assert wiring.catalog.waveform(by_file["kept.opus"]) is not None, "drawn once"
        gone = client.get(f"/api/songs/{by_file['gone.opus']}/waveform")
        assert gone.status_code == 404 and "is gone" in gone.json()["error"]["message"]
    wiring.close()


def test_names_for_filters_are_those_that_filters_take(client: httpx.Client) -> None:
    known = client.get("/api/filters").json()["data"]
    assert {item["name"]: item["songs"] for item in known["genres"]} == {"acoustic": 15, "electronic": 13}
    assert known["sources"] == [{"name": "demo", "songs": 28}] and len(known["keys"]) == 24
    body = {
        "query": "music",
        "filters": {"moods": known["moods"], "tags": known["tags"], "key": known["keys"][0]},
    }
    assert client.post(TEXT, json=body).status_code == 200


def test_analysis_can_be_read_and_its_query_gives_the_same_songs(
    client: httpx.Client, video_path: Path
) -> None:
    with video_path.open("rb") as file:
        started = client.post("/api/recommendations/analyze-video", files={"video": ("cut.mp4", file)}).json()
    result = wait_for_task(client, started["task_id"])["result"]
    analysis = client.get(f"/api/analyses/{result['analysis_id']}").json()["data"]
    assert analysis["measurements"]["cuts"] == result["analysis"]["measurements"]["cuts"]
    query = analysis["query"]
    body = {
        "analysis_id": result["analysis_id"],
        "phrases": query["phrases"],
        "avoid": query["avoid"],
        "tempo_bpm": query["tempo_bpm"],
        "energy": query["energy"],
    }
    again = client.post(SEARCH, json=body).json()["data"]
    assert [song["id"] for song in again] == [song["id"] for song in result["songs"]]
    assert client.get("/api/analyses/nothing").status_code == 404


def test_clips_of_the_demo_are_served_in_ranges(client: httpx.Client) -> None:
    clips = client.get("/api/demo/videos").json()["data"]
    assert [clip["name"] for clip in clips] == ["bikes.mp4", "bigbuckbunny.mp4"]
    part = client.get(clips[0]["url"], headers={"range": "bytes=0-99"})
    assert part.status_code == 206 and part.headers["content-type"] == "video/mp4"
    assert part.headers["content-range"] == f"bytes 0-99/{clips[0]['size']}"
    assert client.get("/api/demo/videos/..%2F..%2Fsetup.py").status_code == 404
    assert client.get("/api/demo/videos/carphone_pristine.mp4").status_code == 404


def test_songs_to_keep_away_from_work_with_every_question(
    client: httpx.Client, songs: list[dict[str, Any]]
) -> None:
    away = [songs[3]["id"], songs[5]["id"]]
    questions: list[tuple[str, dict[str, Any]]] = [
        (TEXT, {"query": "calm"}),
        (SEARCH, {"phrases": [{"text": "calm"}]}),
        ("/recommend", {"song_id": songs[0]["id"]}),
    ]
    for address, question in questions:
        plain = client.post(address, json={**question, "limit": 28}).json()
        answer = client.post(address, json={**question, "limit": 28, "avoid_song_ids": away}).json()
        found = [song["id"] for song in answer["data"]]
        assert not set(found) & set(away)
        assert found != [song["id"] for song in plain["data"] if song["id"] not in away], address
        assert [item["id"] for item in answer["query"]["avoid_songs"]] == away
        for song in answer["data"]:
            assert sum(song["parts"].values()) == pytest.approx(song["score"], abs=1e-4)
        unknown = client.post(address, json={**question, "avoid_song_ids": ["nothing"]})
        assert unknown.status_code == 404


def test_what_sounds_like_an_avoided_song_moves_down(
    client: httpx.Client, songs: list[dict[str, Any]]
) -> None:
    own = next(song for song in songs if song["genre"] == "electronic")["id"]
    plain = client.post(TEXT, json={"query": "happy", "limit": 10}).json()["data"]
    away = client.post(TEXT, json={"query": "happy", "limit": 10, "avoid_song_ids": [own]}).json()["data"]

    def electronic(found: list[dict[str, Any]]) -> int:
        return sum(song["genre"] == "electronic" for song in found)

    assert electronic(away) < electronic(plain)


def test_songs_say_whether_they_may_be_tried_under_a_picture(songs: list[dict[str, Any]]) -> None:
    assert all(song["audition"] == {"allowed": True, "reason": None} for song in songs)


def test_cover_is_sent_where_there_is_one(tmp_path: Path, client: httpx.Client) -> None:
    import immich_memories_music

    listed = client.get("/api/songs?limit=1").json()["data"]
    assert client.get(f"/api/songs/{listed[0]['id']}/cover").status_code == 204
    assert client.get("/api/songs/nothing/cover").status_code == 404

    track = sorted((Path(immich_memories_music.__file__).parent / "tracks").rglob("*.opus"))[0]
    shutil.copy(track, tmp_path / "song.opus")
    (tmp_path / "cover.jpg").write_bytes(b"\xff\xd8\xff\xe0" + bytes(50))
    wiring = Wiring(Settings(home=tmp_path / "home"))
    assert ingest(wiring, "folder", {"paths": [str(tmp_path / "song.opus")]}).added == 1
    with serve(wiring) as url, httpx.Client(base_url=url, timeout=PATIENCE_SECONDS) as own:
        address = f"/api/songs/{own.get('/api/songs').json()['data'][0]['id']}/cover"
        answer = own.get(address)
        assert answer.headers["content-type"] == "image/jpeg" and len(answer.content) == 54
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert own.get(address, headers={"if-none-match": answer.headers["etag"]}).status_code == 304
    wiring.close()
