"""The processes of a deployment work together: server, workers, MariaDB and Redis."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from fleet import Fleet, follow, open_fleet, wait_until
from patience import PATIENCE_SECONDS
from reelscore.sources.demo import DemoSource, demo_videos
from services_running import MariaDB, Redis


@pytest.fixture
def fleet(tmp_path: Path, mariadb_server: MariaDB, redis_server: Redis) -> Iterator[Fleet]:
    music = tmp_path / "music"
    music.mkdir()
    for offer in list(DemoSource().offer())[:3]:
        shutil.copy(str(offer.uri), music)  # type: ignore[union-attr]
    with open_fleet(tmp_path, mariadb_server, redis_server) as fleet:
        yield fleet


def test_server_and_worker_analyse_a_video_and_ingest_together(fleet: Fleet) -> None:
    url = fleet.serve()
    with httpx.Client(base_url=url, timeout=PATIENCE_SECONDS) as client:
        # The job waits for a worker, and its events are followed from here all the time.
        started = client.post("/api/recommendations/initialize-database", json={"max_videos": 2})
        assert started.status_code == 202, started.text
        task_id = started.json()["task_id"]
        assert client.get(f"/api/tasks/{task_id}").json()["data"]["state"] == "queued"
        worker = fleet.work()
        task = follow(client, task_id)
        assert task["state"] == "succeeded", task

        with demo_videos()[0].open("rb") as file:
            asked = client.post(
                "/api/recommendations/analyze-video",
                files={"video": ("clip.mp4", file)},
                data={"limit": "2"},
            )
        answer = follow(client, asked.json()["task_id"])
        assert answer["state"] == "succeeded", answer
        result: Any = answer["result"]
        assert len(result["songs"]) == 2 and result["query"]["video"] == "clip.mp4"
        uploads = fleet.folder / "home" / "uploads"
        wait_until(lambda: not list(uploads.iterdir()))

        listed = json.loads(fleet.run("jobs", "list", "--json").stdout)["jobs"]
        assert [job["state"] for job in listed] == ["succeeded", "succeeded"]
        checked = fleet.run("check", "--json")
        assert checked.returncode == 0, checked.stdout
        assert list((fleet.folder / "home" / "workers").iterdir()), "no sign of life"

        assert worker.end() == 0
        # Without a worker a job can be cancelled, and run again.
        waiting = client.post("/api/recommendations/initialize-database", json={"max_videos": 1}).json()
        assert client.delete(f"/api/tasks/{waiting['task_id']}").json()["data"]["state"] == "cancelled"
        again = client.post(f"/api/tasks/{waiting['task_id']}/retry")
        assert again.status_code == 202
        fleet.work("--queues", "library")
        assert follow(client, again.json()["task_id"])["state"] == "succeeded"


def test_running_ingest_is_cancelled_over_http(fleet: Fleet) -> None:
    url = fleet.serve()
    fleet.work()
    with httpx.Client(base_url=url, timeout=PATIENCE_SECONDS) as client:
        task_id = client.post("/api/recommendations/initialize-database", json={"max_videos": 28}).json()[
            "task_id"
        ]

        def state() -> str:
            answer: str = client.get(f"/api/tasks/{task_id}").json()["data"]["state"]
            return answer

        wait_until(lambda: state() == "running")
        client.delete(f"/api/tasks/{task_id}")
        wait_until(lambda: state() == "cancelled")


def test_ingest_survives_the_restart_of_redis_and_of_the_database(fleet: Fleet) -> None:
    url = fleet.serve()
    worker = fleet.work()
    with httpx.Client(base_url=url, timeout=PATIENCE_SECONDS) as client:
        task_id = client.post("/api/recommendations/initialize-database", json={"max_videos": 28}).json()[
            "task_id"
        ]

        def done() -> float:
            answer = client.get(f"/api/tasks/{task_id}")
            task: Any = answer.json().get("data") if answer.status_code == 200 else None
            return task["progress"]["done"] if task and task["state"] == "running" else 0.0

        wait_until(lambda: done() >= 2)
        fleet.redis.restart()
        fleet.mariadb.stop()
        time.sleep(2)
        fleet.mariadb.start()
        task = follow(client, task_id)
        assert task["state"] == "succeeded" and task["attempts"] == 1, task
        # And the line works again.
        after = client.post("/api/recommendations/initialize-database", json={"max_videos": 28}).json()
        again: Any = follow(client, after["task_id"])
        assert again["result"]["already_known"] == 28, again
    assert worker.popen.poll() is None
    checked = fleet.run("check", "--json")
    assert checked.returncode == 0, checked.stdout
    assert json.loads(checked.stdout)["songs"] == 28


def test_celery_without_servers_is_refused_in_one_line(tmp_path: Path) -> None:
    settings = {
        "REELSCORE_HOME": str(tmp_path / "home"),
        "CELERY_BROKER_URL": "redis://:hunter2@127.0.0.1:1/0",
    }
    for command in (["serve", "--port", "1"], ["worker"]):
        answer = subprocess.run(
            [sys.executable, "-c", "from reelscore.cli.main import run; run()", *command],
            env=settings,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert answer.returncode == 1
        (line,) = answer.stderr.strip().splitlines()
        assert "CELERY_BROKER_URL" in line and "QDRANT_URL" in line and "DATABASE_URL" in line
        assert "hunter2" not in line
