"""Plans and fits over HTTP, over the real demo library."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from serving import wait_for_task

RATE = 48_000


@pytest.fixture(scope="module")
def song(client: httpx.Client) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/api/songs?limit=1").json()["data"][0]
    return found


@pytest.fixture(scope="module")
def analysis_id(client: httpx.Client, video_path: Path) -> str:
    with video_path.open("rb") as file:
        started = client.post("/api/recommendations/analyze-video", files={"video": file}).json()
    result: str = wait_for_task(client, started["task_id"])["result"]["analysis_id"]
    return result


def test_songs_are_laid_under_an_analysed_video(client: httpx.Client, song: Any, analysis_id: str) -> None:
    body = {"analysis_id": analysis_id, "song_ids": [song["id"]], "tolerance": 2, "hits": [4.0]}
    answer = client.post("/api/sync", json=body)
    assert answer.status_code == 200, answer.text
    (made,) = answer.json()["data"]["plans"]
    plan = made["plan"]
    assert plan["tolerance"] == 2
    assert sum(cut["kind"] == "hit" for cut in plan["cuts"]) == 1
    assert sum(cut["hit"] for cut in plan["cuts"]) == plan["hits"]
    assert isinstance(plan["offset"], int)
    again = client.get(f"/api/plans/{made['id']}")
    assert again.status_code == 200
    assert again.json()["data"]["plan"] == plan


def test_without_songs_those_of_a_search_are_planned(client: httpx.Client, analysis_id: str) -> None:
    data = client.post("/api/sync", json={"analysis_id": analysis_id, "limit": 3}).json()["data"]
    assert len(data["plans"]) == 3
    assert data["planned"] > 3


def test_a_song_is_fitted_to_seconds_and_to_a_video(
    client: httpx.Client, song: Any, analysis_id: str
) -> None:
    fit = client.post("/api/fit", json={"song_id": song["id"], "seconds": 15.0}).json()["data"]["fit"]
    assert fit["length"] == 15 * RATE
    last = fit["events"][-1]
    assert last["record_in"] + last["length"] == 15 * RATE
    made = client.post("/api/fit", json={"song_id": song["id"], "analysis_id": analysis_id}).json()["data"]
    video = client.post("/api/sync", json={"analysis_id": analysis_id, "limit": 1}).json()["data"]["video"]
    assert made["fit"]["wanted"] == round(video["duration"] * RATE)
    assert client.get(f"/api/plans/{made['id']}").json()["data"]["fit"] == made["fit"]


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("/api/sync", {"analysis_id": "none"}, 404, "not_found"),
        ("/api/sync", {"analysis_id": "none", "tolerance": 0}, 422, "invalid_input"),
        ("/api/sync", {"songs": []}, 422, "invalid_input"),
        ("/api/fit", {"song_id": "none", "seconds": 20}, 404, "not_found"),
        ("/api/fit", {}, 400, "invalid_input"),
        ("/api/fit", {"seconds": 20, "ending": "hard"}, 400, "unknown_name"),
        ("/api/fit", {"song_id": "none", "seconds": 1}, 422, "invalid_input"),
    ],
)
def test_what_cannot_be_made_is_refused(
    client: httpx.Client, song: Any, path: str, body: Any, status: int, code: str
) -> None:
    named = {"song_id": song["id"], **body} if path == "/api/fit" else body
    answer = client.post(path, json=named)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


def test_an_unknown_plan_is_not_found(client: httpx.Client) -> None:
    answer = client.get("/api/plans/none")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")
