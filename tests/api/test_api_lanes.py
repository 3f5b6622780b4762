"""Over HTTP: the songs of a video come while music is being added, and what waits says what for."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from patience import PATIENCE_SECONDS
from reelscore.config import Settings
from reelscore.errors import ModelError
from reelscore.sources.demo import demo_videos
from reelscore.video.measure.video import measure_video
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


def test_other_answers_come_while_a_film_is_analysed(
    own_client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored, other = demo_videos()[:2]
    go_on = threading.Event()

    def held_up(path: Path, **options: Any) -> Any:
        go_on.wait(PATIENCE_SECONDS)
        return measure_video(path, **options)

    def ask(path: Path) -> str:
        with path.open("rb") as video:
            started = own_client.post("/api/recommendations/analyze-video", files={"video": video}).json()
        task_id: str = started["task_id"]
        return task_id

    first = wait_for_task(own_client, ask(stored))["result"]
    monkeypatch.setattr("reelscore.analysis.video.measure_video", held_up)
    try:
        busy = ask(other)
        again = wait_for_task(own_client, ask(stored))
        assert again["result"]["analysis_id"] == first["analysis_id"]
        with stored.open("rb") as video:
            fields = {"song_id": again["result"]["songs"][0]["id"], "to": "credits"}
            taken = own_client.post("/api/exports", files={"video": video}, data=fields).json()["task_id"]
        assert wait_for_task(own_client, taken)["state"] == "succeeded"
        words = {"video": ("notes.mp4", b"these are words, not pictures")}
        refused = own_client.post("/api/recommendations/analyze-video", files=words)
        assert refused.json()["error"]["code"] == "unreadable_media"
        assert own_client.get(f"/api/tasks/{busy}").json()["data"]["state"] == "running"
    finally:
        go_on.set()
    assert wait_for_task(own_client, busy)["state"] == "succeeded"

    def broken(*_: Any) -> Any:
        raise ModelError("the model is broken")

    # What cannot be looked up is told by the job, as all that goes wrong with a film.
    monkeypatch.setattr("reelscore.analysis.video._unseen", broken)
    assert wait_for_task(own_client, ask(stored))["error"]["message"] == "the model is broken"
