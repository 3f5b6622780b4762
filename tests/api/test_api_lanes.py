"""Over HTTP: the songs of a video come while music is being added, and what waits says what for."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from patience import PATIENCE_SECONDS
from reelscore.config import Settings
from reelscore.sources.demo import demo_videos
from reelscore.wiring import Wiring
from serving import serve, wait_for_task


@pytest.fixture
def client(tmp_path: Path) -> Iterator[httpx.Client]:
    wiring = Wiring(Settings(home=tmp_path / "home"))
    with serve(wiring) as url, httpx.Client(base_url=url, timeout=PATIENCE_SECONDS) as client:
        yield client
    wiring.close()


def ingest(client: httpx.Client, **options: int) -> str:
    started = client.post("/api/library/ingest", json={"source": "demo", "options": options}).json()
    task_id: str = started["task_id"]
    return task_id


def test_a_video_is_answered_while_the_library_is_filled(client: httpx.Client) -> None:
    assert wait_for_task(client, ingest(client, max_videos=1))["state"] == "succeeded"
    long, waits = ingest(client), ingest(client)
    while client.get(f"/api/tasks/{long}").json()["data"]["state"] == "queued":
        time.sleep(0.02)
    said = "waiting for the ingest from demo"
    assert client.get(f"/api/tasks/{waits}").json()["data"]["progress"] == {
        "done": 0,
        "total": None,
        "message": said,
    }
    listed = {task["task_id"]: task for task in client.get("/api/tasks").json()["data"]}
    assert listed[waits]["progress"]["message"] == said
    with client.stream("GET", f"/api/tasks/{waits}/events") as events:
        assert said in next(line for line in events.iter_lines() if line.startswith("data:"))
    with demo_videos()[0].open("rb") as video:
        started = client.post("/api/recommendations/analyze-video", files={"video": video}).json()
    answered = wait_for_task(client, started["task_id"])
    assert answered["state"] == "succeeded", answered["error"]
    assert client.get(f"/api/tasks/{long}").json()["data"]["state"] == "running"
    for task in (waits, long):
        client.delete(f"/api/tasks/{task}")
    assert wait_for_task(client, long)["state"] == "cancelled"
