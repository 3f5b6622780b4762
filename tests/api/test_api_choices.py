"""Filters and ranking options over HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from serving import wait_for_task

TEXT = "/api/recommendations/text-recommendations"
VIDEO = "/api/recommendations/analyze-video"
SLOW = {"genres": ["acoustic"], "tempo_bpm": [60, 120]}


@pytest.fixture(scope="module")
def slow_songs(client: httpx.Client) -> set[str]:
    songs = client.get("/api/songs", params={"limit": 100}).json()["data"]
    return {
        song["id"]
        for song in songs
        if song["genre"] == "acoustic" and 60 <= (song["features"]["tempo_bpm"] or 0) <= 120
    }


def ids(body: dict[str, Any]) -> set[str]:
    return {song["id"] for song in body["data"]}


def test_a_sentence_is_answered_with_songs_that_pass(client: httpx.Client, slow_songs: set[str]) -> None:
    body = client.post(TEXT, json={"query": "happy dance", "limit": 28, "filters": SLOW}).json()
    assert ids(body) == slow_songs
    assert body["query"]["filters"] == {"genres": ["acoustic"], "tempo_bpm": [60.0, 120.0]}
    assert body["notes"] == [f"only {len(slow_songs)} songs match the filters"]
    assert all(song["versions"] == [] for song in body["data"])


def test_a_song_of_the_library_takes_filters_and_options(client: httpx.Client, slow_songs: set[str]) -> None:
    asked = sorted(slow_songs)[0]
    question = {"song_id": asked, "limit": 28, "filters": SLOW, "options": {"adventurous": 0.5}}
    body = client.post("/recommend", json=question).json()
    assert ids(body) == slow_songs - {asked}
    assert body["query"]["options"] == {"adventurous": 0.5}


def test_an_uploaded_song_takes_them_as_json_in_the_form(client: httpx.Client, slow_songs: set[str]) -> None:
    asked = sorted(slow_songs)[0]
    sound = client.get(f"/api/songs/{asked}/audio").content
    form = {"limit": "28", "filters": json.dumps(SLOW), "options": json.dumps({"group_versions": False})}
    body = client.post("/recommend", files={"song": ("song.opus", sound)}, data=form).json()
    assert ids(body) == slow_songs - {asked}


def test_a_video_takes_them_as_json_in_the_form(
    client: httpx.Client, slow_songs: set[str], video_path: Path
) -> None:
    form = {"limit": "28", "filters": json.dumps(SLOW)}
    started = client.post(VIDEO, files={"video": ("v.mp4", video_path.read_bytes())}, data=form).json()
    result = wait_for_task(client, started["task_id"])["result"]
    assert {song["id"] for song in result["songs"]} == slow_songs
    assert result["query"]["filters"] == {"genres": ["acoustic"], "tempo_bpm": [60.0, 120.0]}


def test_filters_that_nothing_passes_give_an_empty_answer_with_a_note(client: httpx.Client) -> None:
    body = client.post(TEXT, json={"query": "piano", "filters": {"artists": ["Nobody"]}}).json()
    assert body["success"] is True and body["data"] == []
    assert body["notes"] == ["no song matches the filters (artists Nobody); widen them"]


@pytest.mark.parametrize(
    ("choices", "status", "code", "words"),
    [
        ({"filters": {"moods": ["hapy"]}}, 400, "unknown_name", "unknown mood 'hapy'; known: "),
        ({"filters": {"tempo_bpm": "fast"}}, 400, "invalid_input", "write it like 100-130"),
        ({"filters": {"key": "H"}}, 400, "invalid_input", "no key"),
        ({"filters": {"energy": [0.6, 0.2]}}, 400, "invalid_input", "backwards"),
        ({"filters": {"gernes": ["jazz"]}}, 422, "invalid_input", "filters.gernes"),
        ({"filters": {"genres": [""]}}, 422, "invalid_input", "filters.genres.0"),
        ({"filters": []}, 422, "invalid_input", "filters"),
        ({"options": {"artist_cap": 0}}, 422, "invalid_input", "options.artist_cap"),
        ({"options": {"adventurous": 2}}, 422, "invalid_input", "options.adventurous"),
    ],
)
def test_mistakes_are_told_alike_by_every_route(
    client: httpx.Client, choices: dict[str, Any], status: int, code: str, words: str
) -> None:
    song_id = client.get("/api/songs").json()["data"][0]["id"]
    form = {name: json.dumps(value) for name, value in choices.items()}
    for response in (
        client.post(TEXT, json={"query": "piano", **choices}),
        client.post("/recommend", json={"song_id": song_id, **choices}),
        client.post("/recommend", files={"song": ("a.mp3", b"x")}, data=form),
        client.post(VIDEO, files={"video": ("a.mp4", b"x")}, data=form),
    ):
        assert response.status_code == status, response.text
        error = response.json()["error"]
        assert error["code"] == code
        assert words in error["message"]


@pytest.mark.parametrize("text", ["{", "[" * 50_000])
def test_a_field_that_is_no_json_is_refused(client: httpx.Client, text: str) -> None:
    response = client.post(VIDEO, files={"video": ("a.mp4", b"x")}, data={"filters": text})
    assert response.status_code == 400
    assert "'filters' of the form is not valid JSON" in response.json()["error"]["message"]


def test_openapi_describes_filters_with_examples(client: httpx.Client) -> None:
    document = client.get("/openapi.json").json()
    schemas = document["components"]["schemas"]
    assert schemas["FiltersModel"]["example"]["moods"] == ["happy"]
    assert {"filters", "options"} <= schemas["TextQuery"]["properties"].keys()
    bodies = document["paths"]["/recommend"]["post"]["requestBody"]["content"]
    assert {"filters", "options"} <= bodies["multipart/form-data"]["schema"]["properties"].keys()
    text = json.dumps(document)
    for name in ("FiltersModel", "OptionsModel"):
        assert f"#/components/schemas/{name}" in json.dumps(bodies["application/json"])
    assert "#/$defs" not in text


def test_what_a_film_shows_comes_with_its_upload_and_with_its_analysis(
    client: httpx.Client, video_path: Path
) -> None:
    fields = {"about": "street race, night, no vocals", "limit": "3"}
    with video_path.open("rb") as file:
        started = client.post(VIDEO, files={"video": file}, data=fields).json()
    result = wait_for_task(client, started["task_id"])["result"]
    query = result["query"]
    assert query["about"] == fields["about"]
    assert query["decided"]["style"] == "your words"
    assert "fast race music" in query["phrases"][0]["text"]
    assert {"text": "vocals", "weight": 0.5} in query["avoid"]
    body = {"analysis_id": result["analysis_id"], "limit": 3}
    plain = client.post("/api/recommendations/search", json=body).json()
    assert set(plain["query"]["decided"].values()) == {"the measurements"}
    again = client.post("/api/recommendations/search", json={**body, "about": fields["about"]}).json()
    assert again["query"]["phrases"] == query["phrases"]
    assert [song["id"] for song in again["data"]] == [song["id"] for song in result["songs"]]


def test_a_guide_and_a_song_come_with_an_uploaded_video(client: httpx.Client, video_path: Path) -> None:
    like = client.get("/api/songs", params={"limit": 1}).json()["data"][0]["id"]
    fields = {"guide": "but electronic", "song_id": like, "limit": "3"}
    with video_path.open("rb") as file:
        started = client.post(VIDEO, files={"video": file}, data=fields).json()
    result = wait_for_task(client, started["task_id"])["result"]
    assert result["query"]["guide"] == "but electronic"
    assert "electronic" in [phrase["text"] for phrase in result["query"]["phrases"]]
    assert like not in [song["id"] for song in result["songs"]]
    with video_path.open("rb") as file:
        refused = client.post(VIDEO, files={"video": file}, data={"song_id": "no-such-song"})
    assert refused.status_code == 404


def test_no_body_takes_a_field_that_is_not_there(client: httpx.Client) -> None:
    document = client.get("/openapi.json").json()
    schemas = document["components"]["schemas"]

    def open_objects(node: Any, seen: set[str]) -> Iterator[str]:
        """The objects with named fields, here and below, that take others too."""
        if isinstance(node, list):
            for each in node:
                yield from open_objects(each, seen)
        elif isinstance(node, dict):
            name = str(node.get("$ref", "")).rpartition("/")[2]
            if name and name not in seen:
                seen.add(name)
                yield from open_objects(schemas[name], seen)
            if isinstance(node.get("properties"), dict) and node.get("additionalProperties") is not False:
                yield str(node.get("title", "the form"))
            for key, each in node.items():
                if key not in ("example", "examples", "default"):
                    yield from open_objects(each, seen)

    found = {
        (path, name)
        for path, methods in document["paths"].items()
        for route in methods.values()
        for content in route.get("requestBody", {}).get("content", {}).values()
        for name in open_objects(content["schema"], set())
    }
    assert not found
