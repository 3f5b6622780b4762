from __future__ import annotations

import httpx


def test_paths_and_sets_are_answered_and_mistakes_refused(client: httpx.Client) -> None:
    body = {"start": {"text": "calm acoustic guitar"}, "end": {"text": "energetic electronic"}, "steps": 3}
    path = client.post("/api/recommendations/path", json=body).json()["data"]
    assert len(path["songs"]) == 5 and len(path["steps"]) == 4
    ids = [song["id"] for song in path["songs"]]
    mixed = client.post("/api/recommendations/set", json={"song_ids": ids}).json()["data"]
    assert mixed["songs"][0]["id"] == ids[0] and sorted(song["id"] for song in mixed["songs"]) == sorted(ids)
    asked = client.post("/api/recommendations/set", json={"query": {"text": "calm", "limit": 4}}).json()[
        "data"
    ]
    assert len(asked["songs"]) == 4
    for route, wrong, status in (
        ("path", {**body, "steps": 0}, 422),
        ("path", {**body, "end": {"song_id": "/etc/passwd"}}, 404),
        ("path", {**body, "end": body["start"]}, 400),
        ("set", {}, 400),
        ("set", {"song_ids": ["nothing"]}, 404),
    ):
        refused = client.post(f"/api/recommendations/{route}", json=wrong)
        assert refused.status_code == status and refused.json()["error"]["message"], wrong
