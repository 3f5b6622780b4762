"""The documented answers, over the real demo library."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from patience import PATIENCE_SECONDS
from reelscore.api.routes.recommendations import _form
from reelscore.records import Phrase, VideoAnalysis
from reelscore.wiring import Wiring
from serving import serve, wait_for_task

TEXT = "/api/recommendations/text-recommendations"
DOCUMENTED = {"id", "title", "artists", "album", "duration", "videoId", "thumbnails"}


@pytest.fixture(scope="module")
def library(client: httpx.Client) -> list[dict[str, Any]]:
    songs: list[dict[str, Any]] = client.get("/api/songs").json()["data"]
    assert len(songs) == 28
    return songs


def assert_is_answer(body: dict[str, Any], limit: int) -> list[dict[str, Any]]:
    assert body["success"] is True and body["total"] == len(body["data"]) == limit
    assert body["space"]
    songs: list[dict[str, Any]] = body["data"]
    for song in songs:
        assert set(song) >= DOCUMENTED | {"score", "reasons", "source", "uri", "features", "tags"}
        minutes, seconds = song["duration"].split(":")
        assert int(minutes) >= 0 and len(seconds) == 2
        assert song["reasons"] and all(isinstance(reason, str) for reason in song["reasons"])
        assert [reason["text"] for reason in song["reason_details"]] == song["reasons"]
        assert all(reason["supports"] in (True, False, None) for reason in song["reason_details"])
    assert [song["score"] for song in songs] == sorted((song["score"] for song in songs), reverse=True)
    assert len({song["id"] for song in songs}) == limit
    return songs


def test_sentence_gets_songs(client: httpx.Client) -> None:
    body = client.post(TEXT, json={"query": "calm acoustic guitar", "limit": 7}).json()
    assert_is_answer(body, 7)
    assert body["query"]["text"] == "calm acoustic guitar"


def test_limit_is_ten_unless_asked_and_more_than_the_library_is_the_library(client: httpx.Client) -> None:
    assert client.post(TEXT, json={"query": "calm"}).json()["total"] == 10
    assert client.post(TEXT, json={"query": "calm", "limit": 100}).json()["total"] == 28


def test_song_of_the_library_gets_five_others(client: httpx.Client, library: list[dict[str, Any]]) -> None:
    song = library[0]
    songs = assert_is_answer(client.post("/recommend", json={"song_id": song["id"]}).json(), 5)
    assert song["id"] not in {other["id"] for other in songs}


def test_similar_songs_are_those_of_recommend(client: httpx.Client, library: list[dict[str, Any]]) -> None:
    song = library[3]
    similar = client.get(f"/api/songs/{song['id']}/similar", params={"limit": 5}).json()
    asked = client.post("/recommend", json={"song_id": song["id"], "limit": 5}).json()
    assert [item["id"] for item in similar["data"]] == [item["id"] for item in asked["data"]]


def test_uploaded_song_is_answered_under_its_own_name(
    client: httpx.Client, library: list[dict[str, Any]], tmp_path: Path
) -> None:
    known = next(song for song in library if song["uri"])
    changed = Path(known["uri"]).read_bytes()[: 3 * Path(known["uri"]).stat().st_size // 4]  # other content
    upload = {"song": ("Großer Tanz (live).opus", changed)}
    body = client.post("/recommend", files=upload, data={"limit": "3"}).json()
    songs = assert_is_answer(body, 3)
    assert body["query"]["title"] == "Großer Tanz (live).opus"
    assert songs[0]["id"] == known["id"]


def test_uploaded_song_that_is_in_the_library_is_not_in_its_own_answer(
    client: httpx.Client, library: list[dict[str, Any]]
) -> None:
    known = Path(library[0]["uri"])
    body = client.post("/recommend", files={"song": (known.name, known.read_bytes())}).json()
    assert library[0]["id"] not in {song["id"] for song in assert_is_answer(body, 5)}


def test_questions_asked_at_once_get_the_answers_of_one_by_one(client: httpx.Client) -> None:
    queries = ["calm guitar", "fast electronic", "tender piano", "happy", "dark", "sad strings"]

    def ask(query: str) -> list[str]:
        answer = client.post(TEXT, json={"query": query, "limit": 5}).json()
        return [song["id"] for song in answer["data"]]

    one_by_one = [ask(query) for query in queries]
    with ThreadPoolExecutor(len(queries)) as pool:
        assert list(pool.map(ask, queries)) == one_by_one


def test_statistics_are_the_documented_ones(client: httpx.Client) -> None:
    stats = client.get("/api/recommendations/database-stats").json()
    assert stats["success"] is True
    assert stats["data"]["vectors_count"] == stats["data"]["points_count"] == 28
    assert stats["data"]["status"] in ("green", "yellow") and stats["data"]["collection_name"]


def test_filling_the_database_again_adds_nothing_and_says_so(client: httpx.Client) -> None:
    started = client.post("/api/recommendations/initialize-database", json={"max_videos": 50})
    body = started.json()
    assert started.status_code == 202 and body["message"] == "Database initialization started"
    assert body["task_id"] == body["data"]["task_id"]
    task = wait_for_task(client, body["task_id"])
    assert task["kind"] == "initialize_music_database" and task["state"] == "succeeded"
    assert task["result"]["already_known"] == 28 and task["result"]["added"] == 0


def test_filling_the_database_needs_no_body(client: httpx.Client) -> None:
    assert client.post("/api/recommendations/initialize-database").status_code == 202


def test_health_names_what_answers_and_what_the_server_takes(client: httpx.Client) -> None:
    data = client.get("/health").json()["data"]
    assert data["status"] == "ok" and data["songs"] == 28
    assert data["limits"]["max_upload_mb"] == 2048


def test_library_can_be_searched_sorted_and_paged(
    client: httpx.Client, library: list[dict[str, Any]]
) -> None:
    found = client.get("/api/songs", params={"search": "calm"}).json()
    assert 0 < found["total"] < 28 and all("calm" in song["title"].lower() for song in found["data"])
    page = client.get("/api/songs", params={"offset": 10, "limit": 5}).json()
    assert page["total"] == 28 and (page["offset"], page["limit"]) == (10, 5)
    assert [song["id"] for song in page["data"]] == [song["id"] for song in library[10:15]]
    assert client.get("/api/songs", params={"search": "no such song"}).json()["data"] == []


def test_one_song_has_its_curves_and_tags(client: httpx.Client, library: list[dict[str, Any]]) -> None:
    song = client.get(f"/api/songs/{library[0]['id']}").json()["data"]
    assert song["title"] == library[0]["title"]
    assert song["features"]["energy_curve"] and song["tags"]


def test_every_success_has_the_envelope(client: httpx.Client, library: list[dict[str, Any]]) -> None:
    song_id = library[0]["id"]
    for path in (
        "/health",
        "/api/songs",
        f"/api/songs/{song_id}",
        f"/api/songs/{song_id}/similar",
        "/api/tasks",
        "/api/recommendations/database-stats",
    ):
        body = client.get(path).json()
        assert body["success"] is True and "data" in body and "error" not in body


def test_openapi_describes_every_route_with_our_error_shape(client: httpx.Client) -> None:
    document = client.get("/openapi.json").json()
    operations = [operation for item in document["paths"].values() for operation in item.values()]
    assert len(operations) >= 14
    assert "HTTPValidationError" not in document["components"]["schemas"]
    for operation in operations:
        assert operation["summary"] and operation["description"]
        for status, response in operation["responses"].items():
            if status == "default" or int(status) >= 400:
                schema = response["content"]["application/json"]["schema"]
                assert schema == {"$ref": "#/components/schemas/ErrorResponse"}


def test_edited_phrases_are_searched(client: httpx.Client) -> None:
    body = {
        "phrases": [{"text": "calm piano", "weight": 2}, {"text": "acoustic guitar"}],
        "avoid": [{"text": "drums", "weight": 0.4}],
        "tempo_bpm": [60, 90],
        "energy": 0.3,
        "guide": "but slower",
        "limit": 3,
    }
    answer = client.post("/api/recommendations/search", json=body)
    assert answer.status_code == 200
    payload = answer.json()
    assert len(payload["data"]) == 3
    assert payload["query"]["tempo_bpm"][0] < 60
    for song in payload["data"]:
        assert abs(sum(song["parts"].values()) - song["score"]) < 1e-4
    like = client.post(
        "/api/recommendations/text-recommendations",
        json={"query": "calm", "song_id": payload["data"][0]["id"], "limit": 2},
    ).json()
    assert payload["data"][0]["id"] not in [song["id"] for song in like["data"]]


def test_a_search_with_nothing_or_with_unknown_ids_is_refused(client: httpx.Client) -> None:
    url = "/api/recommendations/search"
    assert client.post(url, json={}).status_code == 400
    assert client.post(url, json={"phrases": [{"text": "x", "weight": -1}]}).status_code == 422
    phrases = [{"text": "piano"}]
    assert client.post(url, json={"phrases": phrases, "analysis_id": "no"}).status_code == 404
    assert client.post(url, json={"phrases": phrases, "song_id": "no"}).status_code == 404


def test_what_an_edited_search_does_not_have_is_as_the_analysis_asks_for(
    demo_wiring: Wiring, tmp_path: Path
) -> None:
    analysis = VideoAnalysis(
        "", "", (), "calm", ("ambient",), "Slow", "Low", "test",
        phrases=(Phrase("slow ambient"), Phrase("soft piano", 0.5), Phrase("calm", 0.3)),
        tempo_bpm=(60.0, 80.0), energy=0.2, extra={"vocals": "none", "avoid": ["drums"]},
    )  # fmt: skip
    stored = demo_wiring.catalog.save_analysis(analysis, content_hash="abc")
    with serve(demo_wiring) as url, httpx.Client(base_url=url, timeout=PATIENCE_SECONDS) as client:

        def asked(**body: object) -> dict[str, Any]:
            answer = client.post("/api/recommendations/search", json={"analysis_id": stored, **body})
            assert answer.status_code == 200, answer.text
            query: dict[str, Any] = answer.json()["query"]
            return query

        whole = asked()
        assert [phrase["text"] for phrase in whole["phrases"]] == ["slow ambient", "soft piano", "calm"]
        edited = asked(phrases=[{"text": "dark strings", "weight": 2}])
        assert edited["phrases"] == [{"text": "dark strings", "weight": 2.0}]
        assert edited["tempo_bpm"] == [60, 80] and edited["energy"] == 0.2
        assert [phrase["text"] for phrase in edited["avoid"]] == ["vocals", "drums"]
        emptied = asked(phrases=[{"text": "dark strings"}], tempo_bpm=None, energy=None, avoid=[])
        assert emptied["tempo_bpm"] is None and emptied["energy"] is None and emptied["avoid"] == []


@pytest.mark.parametrize("tempo", [[0, 0], [-5, 90], [60, 1e300]])
def test_a_tempo_that_no_music_has_is_refused(client: httpx.Client, tempo: list[float]) -> None:
    body = {"phrases": [{"text": "piano"}], "tempo_bpm": tempo}
    answer = client.post("/api/recommendations/search", json=body)
    assert answer.status_code == 400 and "tempo" in answer.json()["error"]["message"]


def test_a_form_says_all_that_a_question_may() -> None:
    form = _form({"blend": '[{"artist": "Air"}]', "project_id": "42", "about": "a walk", "guide": " "}, 5)
    assert (form.blend[0].artist, form.project, form.about, form.guide, form.limit) == (
        "Air",
        "42",
        "a walk",
        None,
        5,
    )
