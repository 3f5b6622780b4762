"""Videos are analysed by tasks: started, followed, cancelled, and continued after a restart."""

from __future__ import annotations

import asyncio
import hashlib
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from patience import PATIENCE_SECONDS, wait_until
from reelscore.api.events import TaskWatcher
from reelscore.config import Settings
from reelscore.jobs.handlers import job_handlers
from reelscore.records import ignore_progress
from reelscore.wiring import Wiring
from serving import serve, wait_for_task

VIDEO = "/api/recommendations/analyze-video"
SEVEN = {
    "description",
    "music_recommendation",
    "keywords",
    "mood",
    "genre_suggestions",
    "tempo",
    "energy_level",
}


def submit(client: httpx.Client, path: Path, name: str | None = None, **data: str) -> str:
    with path.open("rb") as file:
        response = client.post(VIDEO, files={"video": (name or path.name, file)}, data=data)
    assert response.status_code == 202, response.text
    body = response.json()
    assert body["success"] is True and body["message"] == "Video analysis started"
    assert body["data"]["task_id"] == body["task_id"]
    task_id: str = body["task_id"]
    return task_id


def read_events(lines: Iterator[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    name = ""
    for line in lines:
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, json.loads(line.removeprefix("data: "))


def wait_until_gone(folder: Path) -> None:
    wait_until(
        lambda: not folder.exists() or not list(folder.iterdir()), lambda: "the upload was left behind"
    )


def test_video_gets_analysis_and_songs_and_its_upload_is_removed(
    demo_wiring: Wiring, video_path: Path
) -> None:
    with serve(demo_wiring) as url, httpx.Client(base_url=url, timeout=PATIENCE_SECONDS) as client:
        task = wait_for_task(client, submit(client, video_path, "Mein Schnitt.mp4", limit="4"))
        assert task["state"] == "succeeded" and task["kind"] == "analyze_video_and_recommend"
        result = task["result"]
        assert len(result["songs"]) == 4 and result["query"]["video"] == "Mein Schnitt.mp4"
        assert set(result["analysis"]) >= SEVEN
        assert result["analysis"]["measurements"]["duration"] == pytest.approx(10, abs=0.5)
        wait_until_gone(demo_wiring.settings.uploads_dir)


def test_an_upload_is_known_by_the_hash_that_was_taken_while_it_came(
    demo_wiring: Wiring, video_path: Path
) -> None:
    digest = hashlib.sha256(video_path.read_bytes()).hexdigest()
    with serve(demo_wiring) as url, httpx.Client(base_url=url, timeout=PATIENCE_SECONDS) as client:
        task = wait_for_task(client, submit(client, video_path))
    assert demo_wiring.catalog.job(task["task_id"]).arguments["content_hash"] == digest
    assert demo_wiring.catalog.find_analysis(digest, demo_wiring.analyzer.cache_key) is not None


@pytest.mark.parametrize("given", [None, "0123456789abcdef" * 4], ids=["old job", "hash given"])
def test_a_job_takes_the_hash_that_it_is_given_and_else_reads_the_file(
    demo_wiring: Wiring, video_path: Path, given: str | None
) -> None:
    arguments: dict[str, Any] = {"video_path": str(video_path), "limit": 3}
    if given:  # not that of the file, so that it shows which one is used
        arguments["content_hash"] = given
    job_handlers(demo_wiring)["analyze_video_and_recommend"](arguments, ignore_progress)
    expected = given or hashlib.sha256(video_path.read_bytes()).hexdigest()
    assert demo_wiring.catalog.find_analysis(expected, demo_wiring.analyzer.cache_key) is not None


def test_task_can_be_followed_as_events_to_its_end(client: httpx.Client, video_path: Path) -> None:
    task_id = submit(client, video_path)
    with client.stream("GET", f"/api/tasks/{task_id}/events") as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        events = list(read_events(response.iter_lines()))
    assert [name for name, _ in events][-1] == "done"
    assert all(name == "progress" for name, _ in events[:-1])
    assert events[-1][1] == client.get(f"/api/tasks/{task_id}").json()["data"]
    assert events[-1][1]["result"]["songs"]


def test_what_is_no_video_is_refused_at_once(demo_wiring: Wiring, tmp_path: Path) -> None:
    path = tmp_path / "notes.mp4"
    path.write_text("these are words, not pictures")
    with serve(demo_wiring) as url, httpx.Client(base_url=url, timeout=PATIENCE_SECONDS) as client:
        with path.open("rb") as file:
            refused = client.post(VIDEO, files={"video": file})
        assert refused.status_code == 422
        error = refused.json()["error"]
        assert error["code"] == "unreadable_media"
        assert error["message"].startswith("notes.mp4 "), "as its sender calls it, without the folder"
        wait_until_gone(demo_wiring.settings.uploads_dir)
    assert demo_wiring.catalog.jobs() == []


def test_recent_tasks_are_listed_newest_first_without_results(client: httpx.Client, video_path: Path) -> None:
    task_id = submit(client, video_path)
    wait_for_task(client, task_id)
    listed = client.get("/api/tasks", params={"limit": 2}).json()
    assert listed["data"][0]["task_id"] == task_id
    assert all(task["result"] is None for task in listed["data"])


def test_waiting_task_can_be_cancelled(demo_library_home: Path, video_path: Path) -> None:
    wiring = Wiring(Settings(home=demo_library_home, uploads_keep_hours=0))
    with serve(wiring) as url, httpx.Client(base_url=url, timeout=PATIENCE_SECONDS) as client:
        running, waiting = submit(client, video_path), submit(client, video_path)
        cancelled = client.delete(f"/api/tasks/{waiting}").json()["data"]
        assert cancelled["state"] == "cancelled" or cancelled["cancel_requested"]
        assert wait_for_task(client, waiting)["state"] == "cancelled"
        wait_for_task(client, running)
        again = client.delete(f"/api/tasks/{waiting}")
        assert again.status_code == 200 and again.json()["data"]["state"] == "cancelled"
        wait_until_gone(wiring.settings.uploads_dir)  # since none is to be kept
    wiring.close()


def test_cancelled_video_can_be_run_again_without_sending_it_again(
    demo_wiring: Wiring, video_path: Path
) -> None:
    with serve(demo_wiring) as url, httpx.Client(base_url=url, timeout=PATIENCE_SECONDS) as client:
        submit(client, video_path)
        task_id = submit(client, video_path, "Mein Schnitt.mp4", limit="3")
        client.delete(f"/api/tasks/{task_id}")
        assert wait_for_task(client, task_id)["state"] == "cancelled"
        again = client.post(f"/api/tasks/{task_id}/retry")
        assert again.status_code == 202, again.text
        task = wait_for_task(client, again.json()["task_id"])
        assert task["state"] == "succeeded"
        assert task["result"]["query"]["video"] == "Mein Schnitt.mp4"
        assert len(task["result"]["songs"]) == 3
        wait_until_gone(demo_wiring.settings.uploads_dir)
        refused = client.post(f"/api/tasks/{task_id}/retry")
        assert refused.status_code == 400
        assert "choose the file again" in refused.json()["error"]["message"]


def test_failed_video_can_be_run_again_after_a_restart(demo_library_home: Path, video_path: Path) -> None:
    wiring = Wiring(Settings(home=demo_library_home, analyzer="gemini"))  # for which there is no key
    with serve(wiring) as url, httpx.Client(base_url=url, timeout=PATIENCE_SECONDS) as client:
        task = wait_for_task(client, submit(client, video_path))
        assert task["state"] == "failed" and task["error"]["code"] == "configuration"
    wiring.close()
    wiring = Wiring(Settings(home=demo_library_home, analyzer="local"))
    with serve(wiring) as url, httpx.Client(base_url=url, timeout=PATIENCE_SECONDS) as client:
        again = client.post(f"/api/tasks/{task['task_id']}/retry").json()
        assert wait_for_task(client, again["task_id"])["state"] == "succeeded"
        wait_until_gone(wiring.settings.uploads_dir)
    wiring.close()


def test_cancelled_task_is_run_again_as_a_new_one(demo_wiring: Wiring) -> None:
    with serve(demo_wiring) as url, httpx.Client(base_url=url, timeout=PATIENCE_SECONDS) as client:
        job = demo_wiring.catalog.create_job("initialize_music_database", {"max_videos": 1})
        assert client.delete(f"/api/tasks/{job.id}").json()["data"]["state"] == "cancelled"
        answer = client.post(f"/api/tasks/{job.id}/retry")
        assert answer.status_code == 202
        again = answer.json()
        assert again["task_id"] == again["data"]["task_id"] != job.id
        task = wait_for_task(client, again["task_id"])
        assert task["state"] == "succeeded" and task["kind"] == "initialize_music_database"
        assert demo_wiring.catalog.job(again["task_id"]).arguments == {"max_videos": 1}

        refused = client.post(f"/api/tasks/{again['task_id']}/retry")
        assert refused.status_code == 400 and "succeeded" in refused.json()["error"]["message"]
        assert client.post("/api/tasks/no-such-task/retry").status_code == 404


def test_a_damaged_film_is_not_kept_for_another_try(
    demo_wiring: Wiring, video_path: Path, tmp_path: Path
) -> None:
    data = bytearray(video_path.read_bytes())
    begin = data.index(b"mdat") + 4
    end = data.find(b"moov", begin) - 4
    data[begin:end] = bytes(end - begin)  # the index is whole, and no picture behind it
    path = tmp_path / "holiday.mp4"
    path.write_bytes(data)
    with serve(demo_wiring) as url, httpx.Client(base_url=url, timeout=PATIENCE_SECONDS) as client:
        task = wait_for_task(client, submit(client, path))
        assert task["state"] == "failed" and task["result"] is None
        assert task["error"]["code"] == "unreadable_media"
        assert task["error"]["message"].startswith("holiday.mp4 "), "as its sender calls it"
        wait_until_gone(demo_wiring.settings.uploads_dir)
        answer = client.post(f"/api/tasks/{task['task_id']}/retry")
    assert answer.status_code == 400
    assert "holiday.mp4" in answer.json()["error"]["message"]


def test_task_of_a_killed_server_is_finished_by_the_next(demo_wiring: Wiring, video_path: Path) -> None:
    uploads = demo_wiring.settings.uploads_dir
    upload = uploads / "abc" / "clip.mp4"
    upload.parent.mkdir(parents=True)
    upload.write_bytes(video_path.read_bytes())
    orphan = uploads / "def" / "half.mp4"  # its request was cut off together with the server
    orphan.parent.mkdir()
    orphan.write_bytes(b"half")
    job = demo_wiring.catalog.create_job(
        "analyze_video_and_recommend", {"video_path": str(upload), "limit": 3, "filename": "clip.mp4"}
    )
    demo_wiring.catalog.claim_job(job.id)
    with serve(demo_wiring) as url, httpx.Client(base_url=url, timeout=PATIENCE_SECONDS) as client:
        task = wait_for_task(client, job.id)
        assert task["state"] == "succeeded" and task["attempts"] == 2
        assert len(task["result"]["songs"]) == 3
        wait_until_gone(uploads)


def watched(states: Iterator[str], *, stopping: bool = False) -> list[bytes]:
    """What the stream of one task has, if its state is read as it goes."""

    async def follow() -> list[bytes]:
        watcher = TaskWatcher(lambda _: {"one": {"state": next(states)}}, is_stopping=lambda: stopping)
        return [event async for event in watcher.follow("one")]

    return asyncio.run(follow())


def test_events_tell_each_change_once_and_end_when_the_task_does() -> None:
    events = watched(iter(["queued", "queued", "running", "running", "succeeded"]))
    events = [event for event in events if event.startswith(b"event")]
    assert [json.loads(event.split(b"data: ")[1])["state"] for event in events] == [
        "queued",
        "running",
        "succeeded",
    ]
    assert events[-1].startswith(b"event: done")


def test_events_end_when_the_server_stops() -> None:
    assert len(watched(iter(["running"]), stopping=True)) == 2
    assert watched(iter(["succeeded"]), stopping=True)[-1].startswith(b"event: done")


def test_upload_that_breaks_off_leaves_nothing(demo_wiring: Wiring) -> None:
    uploads = demo_wiring.settings.uploads_dir
    with serve(demo_wiring) as url:
        address = urlsplit(url)
        with socket.create_connection((str(address.hostname), address.port or 0)) as connection:
            connection.sendall(
                f"POST {VIDEO} HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Length: 9000000\r\n"
                "Content-Type: multipart/form-data; boundary=b\r\n\r\n"
                '--b\r\nContent-Disposition: form-data; name="video"; filename="a.mp4"\r\n\r\n'.encode()
            )
            connection.sendall(b"\0" * 3_000_000)
            wait_until(lambda: uploads.exists() and bool(list(uploads.iterdir())), lambda: "it never began")
        wait_until_gone(uploads)
    assert demo_wiring.catalog.jobs() == []
