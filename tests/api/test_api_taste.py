"""What the page does anyway is noted as taste, shown, and forgotten."""

from __future__ import annotations

from typing import Any

import httpx

EVENTS = "/api/taste/events"


def noted(client: httpx.Client) -> dict[tuple[str, str], dict[str, Any]]:
    return {(one["song_id"], one["kind"]): one for one in client.get(EVENTS).json()["data"]}


def test_what_is_done_with_songs_is_noted_and_forgotten(own_client: httpx.Client) -> None:
    client = own_client
    songs = [song["id"] for song in client.get("/api/songs", params={"limit": 5}).json()["data"]]
    project = client.post("/api/projects", json={"name": "Film", "search": "?about=wedding"}).json()["data"][
        "id"
    ]
    url = f"/api/projects/{project}/songs"
    client.put(f"{url}/{songs[0]}", json={"stars": 4})
    client.put(f"{url}/{songs[1]}", json={"rejected": True})
    client.put(f"{url}/{songs[2]}", json={})
    client.put(f"{url}/{songs[2]}", json={"note": "no judgement"})
    client.delete(f"{url}/{songs[2]}")
    heard = {"song_id": songs[3], "seconds": 30.0, "project_id": project}
    for _ in range(2):
        assert client.post("/api/taste/auditions", json=heard).status_code == 200
    text = {"query": "calm piano", "song_id": songs[3], "avoid_song_ids": [songs[4]]}
    page = {"origin": str(client.base_url).rstrip("/")}  # a program that asks says nothing of anybody's taste
    for headers in ({}, page):
        answer = client.post("/api/recommendations/text-recommendations", json=text, headers=headers)
        assert answer.status_code == 200

    found = noted(client)
    assert set(found) == {
        (songs[0], "kept"),
        (songs[0], "starred"),
        (songs[1], "rejected"),
        (songs[2], "kept"),
        (songs[2], "corrected"),
        (songs[3], "auditioned"),
        (songs[3], "more"),
        (songs[4], "less"),
    }
    assert found[songs[3], "more"]["times"] == 1
    assert (found[songs[3], "auditioned"]["amount"], found[songs[3], "auditioned"]["times"]) == (60.0, 2)
    assert (found[songs[0], "starred"]["amount"], found[songs[0], "kept"]["words"]) == (4.0, "wedding")
    known = client.get("/api/taste").json()["data"]
    assert (known["events"], known["kept"], known["turned_down"], known["on"]) == (8, 1, 2, True)

    forget = {"song_id": songs[0], "kind": "starred"}
    assert client.delete(EVENTS, params=forget).json()["data"] == {"removed": 1}
    assert client.delete(f"/api/projects/{project}").status_code == 200
    assert set(noted(client)) == {(songs[3], "more"), (songs[4], "less")}
    assert client.delete(EVENTS).json()["data"] == {"removed": 2}
    assert client.get("/api/taste").json()["data"]["events"] == 0


def test_what_would_teach_most_is_asked_for_once(own_client: httpx.Client) -> None:
    client = own_client
    ids = [song["id"] for song in client.get("/api/songs", params={"limit": 8}).json()["data"]]
    asked = client.post("/api/taste/questions", json={"among": ids, "limit": 4}).json()["data"]
    assert len(asked) == 4 and {song["id"] for song in asked} < set(ids)
    suit, do_not = [asked[0]["id"]], [asked[1]["id"]]
    assert client.post("/api/taste/answers", json={"suit": suit, "do_not": do_not}).status_code == 200
    assert set(noted(client)) == {(*suit, "more"), (*do_not, "less")}
    rest = client.post("/api/taste/questions", json={"among": ids, "limit": 8}).json()["data"]
    assert {song["id"] for song in rest} == set(ids) - {*suit, *do_not}
    whole = client.post("/api/taste/questions", json={}).json()["data"]
    assert len(whole) == 20 and not {song["id"] for song in whole} & {*suit, *do_not}
    nobody = "6f8e1a52-7b1c-4b3e-8d1d-0f3a9a7c2b11"
    answer = client.post("/api/taste/answers", json={"suit": suit, "do_not": [nobody]})
    assert answer.status_code == 404 and len(noted(client)) == 2


def test_mistakes_are_told(client: httpx.Client) -> None:
    nobody = {"song_id": "6f8e1a52-7b1c-4b3e-8d1d-0f3a9a7c2b11", "seconds": 9.0}
    assert client.post("/api/taste/auditions", json=nobody).status_code == 404
    assert client.post("/api/taste/auditions", json={**nobody, "seconds": 0}).status_code == 422
    assert client.delete(EVENTS, params={"kind": "loved"}).status_code in (400, 404, 422)
    # Who is no command of the owner cannot ask for another person.
    assert client.get(EVENTS, params={"person": "ada"}).json()["total"] == client.get(EVENTS).json()["total"]
