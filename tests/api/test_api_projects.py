"""Projects over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx

from reelscore.sources.demo import demo_videos
from serving import wait_for_task


def analysed(client: httpx.Client) -> str:
    path = Path(demo_videos()[0])
    with path.open("rb") as file:
        url = "/api/recommendations/analyze-video"
        task = client.post(url, files={"video": (path.name, file)}).json()["task_id"]
    result = wait_for_task(client, task)["result"]
    return str(result["analysis_id"])


def test_a_project_from_film_to_shortlist(own_client: httpx.Client) -> None:
    client = own_client
    analysis = analysed(client)
    answer = client.post("/api/projects", json={"name": "Street"})
    assert answer.status_code == 201, answer.text
    made = answer.json()["data"]
    url = f"/api/projects/{made['id']}"
    assert client.get(f"{url}/picture").status_code == 204
    fields: dict[str, Any] = {"name": "street.mp4", "analysis_id": analysis, "duration": 10.0}
    (film,) = client.post(f"{url}/films", json=fields).json()["data"]["films"]
    picture = client.get(f"{url}/picture")
    assert picture.headers["content-type"] == "image/jpeg"
    assert picture.content[:3] == b"\xff\xd8\xff" and len(picture.content) < 60_000

    song = client.get("/api/songs", params={"limit": 1}).json()["data"][0]
    places = {film["id"]: {"offset": 3.5, "fitted": False}}
    kept = client.put(f"{url}/songs/{song['id']}", json={"places": places, "stars": 5}).json()["data"]
    assert (kept["kept"], kept["songs"][0]["title"]) == (1, song["title"])
    assert kept["songs"][0]["places"] == places
    client.patch(f"{url}/films/{film['id']}", json={"hits": [2.0]})
    changed = client.patch(url, json={"search": "?analysis=1"}).json()["data"]
    assert (changed["films"][0]["hits"], changed["name"], changed["songs"]) == (
        [2.0],
        "Street",
        kept["songs"],
    )
    listed = client.get("/api/projects", params={"analysis_id": analysis}).json()
    assert (listed["total"], listed["data"][0]["id"]) == (1, made["id"])

    copy = client.post("/api/projects", json=client.get(url).json()["data"]).json()["data"]
    assert copy["id"] != made["id"] and copy["songs"] == kept["songs"]
    assert client.get(f"/api/projects/{copy['id']}/picture", params={"film": film["id"]}).content
    assert client.delete(f"{url}/films/{film['id']}").json()["data"]["films"] == []
    assert client.delete(f"{url}/songs/{song['id']}").json()["data"]["songs"] == []
    assert client.delete(url).status_code == 200
    assert client.get(url).status_code == 404
    assert client.get(f"/api/analyses/{analysis}").status_code == 200  # the copy has it
    client.delete(f"/api/projects/{copy['id']}")
    assert client.get(f"/api/analyses/{analysis}").status_code == 404


def test_mistakes_are_told(client: httpx.Client) -> None:
    assert client.post("/api/projects", json={}).json()["error"]["message"] == "a project needs a name"
    assert client.post("/api/projects", json={"name": "a", "films": [{"hits": [-1]}]}).status_code == 422
    nothing = "/api/projects/6f8e1a52-7b1c-4b3e-8d1d-0f3a9a7c2b11"
    assert client.get(nothing).json()["error"]["code"] == "not_found"
    assert client.patch(nothing, json={"notes": "a"}).status_code == 404
    assert client.put(f"{nothing}/songs/x", json={}).status_code == 404
    assert client.put(f"{nothing}/songs/x", json={"star": 1}).status_code == 422
    assert client.get(f"{nothing}/picture").status_code == 404
    assert client.post(f"{nothing}/films", json={"name": "a"}).status_code == 404
    assert client.patch(f"{nothing}/films/x", json={"duration": 1}).status_code == 422


def test_a_field_that_is_not_there_is_refused(client: httpx.Client) -> None:
    made = client.post("/api/projects", json={"name": "Harbour"}).json()["data"]
    url = f"/api/projects/{made['id']}"
    song = {"song_id": made["id"], "star": 3}
    for answer in (
        client.post("/api/projects", json={"name": "a", "note": "misspelt"}),
        client.patch(url, json={"note": "misspelt"}),
        client.patch(url, json={"films": []}),  # they are changed one by one
        client.patch(url, json={"songs": [song]}),
        client.post(f"{url}/films", json={"name": "a", "hit": [1.0]}),
    ):
        assert answer.status_code == 422, answer.text
    client.delete(url)
