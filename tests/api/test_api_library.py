"""The library over HTTP: its list, one song's picture, its map, its state, and what jobs say in short."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import httpx
import pytest

from patience import PATIENCE_SECONDS
from reelscore.config import Settings
from reelscore.net.quota import Usage
from reelscore.wiring import Wiring
from serving import serve, wait_for_task

LIMIT_BYTES = 1_000_000


def titles(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [song["title"] for song in answer.json()["data"]]


def test_pages_of_the_library_put_together_are_the_library(client: httpx.Client) -> None:
    whole = client.get("/api/songs", params={"limit": 100, "sort": "-tempo"}).json()
    assert whole["total"] == len(whole["data"]) == 28
    pages = [
        song["id"]
        for offset in range(0, 35, 5)
        for song in client.get("/api/songs", params={"limit": 5, "offset": offset, "sort": "-tempo"}).json()[
            "data"
        ]
    ]
    assert pages == [song["id"] for song in whole["data"]]
    tempi = [song["features"]["tempo_bpm"] for song in whole["data"]]
    assert tempi == sorted(tempi, reverse=True)
    assert all(song["added_at"].endswith("Z") for song in whole["data"])


@pytest.mark.parametrize("sort", ["artist", "album", "genre", "year", "duration", "added", "energy", "key"])
def test_every_order_has_all_songs(client: httpx.Client, sort: str) -> None:
    one, other = (
        titles(client.get("/api/songs", params={"limit": 100, "sort": order})) for order in (sort, f"-{sort}")
    )
    assert sorted(one) == sorted(other) and len(one) == 28


def test_list_is_searched_and_filtered_at_once(client: httpx.Client) -> None:
    wanted = {"search": "calm", "filters": json.dumps({"genres": ["acoustic"]}), "limit": 100}
    found = client.get("/api/songs", params=wanted).json()
    assert 0 < found["total"] < 28
    assert all(song["genre"] == "acoustic" and "Calm" in song["title"] for song in found["data"])


@pytest.mark.parametrize(
    ("name", "value", "status"),
    [
        ("filters", "{", 400),
        ("filters", '{"strange": 1}', 422),
        ("sort", "colour", 400),
        ("offset", "-1", 422),
    ],
)
def test_list_says_what_it_cannot_do(client: httpx.Client, name: str, value: str, status: int) -> None:
    answer = client.get("/api/songs", params={name: value})
    assert answer.status_code == status
    assert answer.json()["error"]["message"]


def test_similar_songs_are_filtered(client: httpx.Client) -> None:
    song = client.get("/api/songs", params={"limit": 1, "search": "calm acoustic"}).json()["data"][0]
    filters = json.dumps({"genres": ["electronic"]})
    answer = client.get(f"/api/songs/{song['id']}/similar", params={"filters": filters, "limit": 5})
    assert [found["genre"] for found in answer.json()["data"]] == ["electronic"] * 5


def test_removed_song_is_gone_from_list_and_answers_and_its_file_stays(own_client: httpx.Client) -> None:
    song = own_client.get("/api/songs", params={"limit": 1}).json()["data"][0]
    own_client.get("/api/songs", params={"limit": 100})  # an order that is kept must not bring it back
    assert own_client.delete(f"/api/songs/{song['id']}").json()["data"]["title"] == song["title"]
    assert own_client.get(f"/api/songs/{song['id']}").status_code == 404
    assert own_client.delete(f"/api/songs/{song['id']}").status_code == 404
    listed = own_client.get("/api/songs", params={"limit": 100}).json()
    assert listed["total"] == 27 and song["id"] not in {item["id"] for item in listed["data"]}
    query = {"query": song["title"], "limit": 100}
    answer = own_client.post("/api/recommendations/text-recommendations", json=query).json()
    assert song["id"] not in {item["id"] for item in answer["data"]}
    assert Path(song["uri"]).is_file()


def test_spectrogram_is_a_picture_that_is_kept(own_client: httpx.Client, demo_wiring: Wiring) -> None:
    song = own_client.get("/api/songs", params={"limit": 1}).json()["data"][0]
    path = f"/api/songs/{song['id']}/spectrogram.png"
    first = own_client.get(path)
    assert first.status_code == 200 and first.headers["content-type"] == "image/png"
    width, height = struct.unpack(">II", first.content[16:24])
    assert first.content.startswith(b"\x89PNG") and 600 <= width <= 1200 and height == 160
    kept = list((demo_wiring.settings.home / "spectrograms").iterdir())
    assert [file.read_bytes() for file in kept] == [first.content]
    again = own_client.get(path, headers={"if-none-match": first.headers["etag"]})
    assert again.content in (b"", first.content)


def test_spectrogram_of_an_unknown_song_is_not_found(client: httpx.Client) -> None:
    answer = client.get("/api/songs/0b8f6c1e-5d0a-5c39-9f53-6a2f7d1f0c11/spectrogram.png")
    assert answer.status_code == 404 and answer.json()["error"]["code"] == "not_found"


# --- the map -----------------------------------------------------------------------------------------


def made_map(client: httpx.Client) -> dict[str, Any]:
    task = wait_for_task(client, client.post("/api/library/map").json()["task_id"])
    assert task["state"] == "succeeded", task
    state: dict[str, Any] = client.get("/api/library/map").json()["data"]
    return state


def test_map_has_every_song_at_a_place(own_client: httpx.Client) -> None:
    before = own_client.get("/api/library/map").json()["data"]
    assert before["version"] is None and before["stale"] and before["library_songs"] == 28
    state = made_map(own_client)
    assert state["songs"] == 28 and not state["stale"] and state["task_id"] is None
    assert set(state["groups"]) == {"acoustic", "electronic"}
    points = own_client.get("/api/library/map/points", params={"version": state["version"]})
    assert points.headers["content-type"] == "application/octet-stream"
    assert len(points.content) == 7 * 28
    groups = points.content[4 * 28 : 5 * 28]
    asked = {"version": state["version"], "places": ",".join(map(str, range(28)))}
    songs = own_client.get("/api/library/map/songs", params=asked).json()["data"]
    assert [song["place"] for song in songs] == list(range(28))
    assert all(state["groups"][groups[song["place"]] - 1] == song["genre"] for song in songs)


def test_map_is_made_once_where_it_is_asked_for_twice(own_client: httpx.Client) -> None:
    ids = {own_client.post("/api/library/map").json()["task_id"] for _ in range(3)}
    tasks = [wait_for_task(own_client, task) for task in ids]
    assert all(task["kind"] == "map_library" for task in tasks) and len(ids) <= 2


def test_map_goes_stale_with_the_library_and_an_old_version_is_told(own_client: httpx.Client) -> None:
    old = made_map(own_client)
    for song in own_client.get("/api/songs", params={"limit": 3}).json()["data"]:
        own_client.delete(f"/api/songs/{song['id']}")
    assert own_client.get("/api/library/map").json()["data"]["stale"]
    asked = {"version": old["version"], "places": ",".join(map(str, range(28)))}
    assert len(own_client.get("/api/library/map/songs", params=asked).json()["data"]) == 25
    new = made_map(own_client)
    assert new["songs"] == 25 and not new["stale"]
    gone = own_client.get("/api/library/map/points", params={"version": old["version"]})
    assert gone.status_code == 404 and "load it again" in gone.json()["error"]["message"]


def test_map_of_an_empty_library_is_refused(empty_client: httpx.Client) -> None:
    answer = empty_client.post("/api/library/map")
    assert answer.status_code == 409 and answer.json()["error"]["code"] == "empty_library"
    assert empty_client.get("/api/library/map").json()["data"]["stale"] is False


@pytest.mark.parametrize("places", ["one", "-1", "1;2", ",".join(["1"] * 51)])
def test_places_that_are_no_places_are_refused(client: httpx.Client, places: str) -> None:
    answer = client.get("/api/library/map/songs", params={"places": places, "version": "x"})
    assert answer.status_code == 400


# --- state and jobs ----------------------------------------------------------------------------------


def test_state_tells_of_every_part_and_no_secret(tmp_path: Path, demo_library_home: Path) -> None:
    settings = Settings(home=demo_library_home, gemini_api_key="AIza-very-secret", youtube_units_per_day=10)
    wiring = Wiring(settings)
    wiring.catalog.usage.reserve("gemini", "2020-01-01", Usage(1, 1))
    with serve(wiring) as url:
        text = httpx.get(f"{url}/api/library/health", timeout=PATIENCE_SECONDS).text
    wiring.close()
    assert "very-secret" not in text
    state = json.loads(text)["data"]
    assert state["songs"] == 28 and state["database"]["kind"] == "sqlite"
    assert {row["space"]: row["points"] for row in state["index"]["spaces"]} == {
        "lite-1": 28,
        "taggers-1": 28,
        "spectral-1": 28,
    }
    assert {row["name"]: row["set"] for row in state["keys"]} == {
        "GEMINI_API_KEY": True,
        "YOUTUBE_API_KEY": False,
    }
    left = {(row["service"], row["unit"]): row["left"] for row in state["quotas"]}
    assert left["youtube", "units"] == 10
    assert state["jobs"]["queue"] == "threads of this server"


def test_list_of_tasks_says_what_each_is_about_and_its_counts_add_up(own_client: httpx.Client) -> None:
    started = own_client.post("/api/library/ingest", json={"source": "demo"}).json()["task_id"]
    wait_for_task(own_client, started)
    task = own_client.get("/api/tasks").json()["data"][0]
    assert task["task_id"] == started and task["result"] is None and task["about"] == "demo"
    counts = task["counts"]
    parts = ("added", "already_known", "skipped", "failed")
    assert counts["offered"] == sum(counts[name] for name in parts) == 28


def test_no_list_of_the_api_is_larger_than_a_megabyte(client: httpx.Client) -> None:
    for path in ("/api/songs?limit=100", "/api/tasks?limit=100", "/api/library/health", "/openapi.json"):
        assert len(client.get(path).content) < LIMIT_BYTES, path
