"""`ingest` while a server owns the library: the server does the work, and the command follows it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from patience import PATIENCE_SECONDS, wait_until
from reelscore.catalog.store import Catalog
from reelscore.config import Settings
from reelscore.index.ownership import TOKEN_NAME, read_token
from reelscore.records import JobState, Track
from reelscore.remote.owner import OwnerClient, OwnerGoneError
from reelscore.sources.demo import DemoSource
from reelscore.wiring import Wiring
from serving import serve, wait_for_task

COMMAND = [str(Path(sys.executable).with_name("reelscore"))]


@pytest.fixture
def music(tmp_path: Path) -> Path:
    folder = tmp_path / "music"
    folder.mkdir()
    for offer in DemoSource().offer():
        assert isinstance(offer, Track)
        shutil.copy(str(offer.uri), folder)
    return folder


@pytest.fixture
def client(tmp_path: Path, music: Path) -> Iterator[httpx.Client]:
    wiring = Wiring(Settings(home=tmp_path / "home"))  # which may read no folder for strangers
    with serve(wiring) as url, httpx.Client(base_url=url, timeout=PATIENCE_SECONDS) as client:
        assert wiring.ownership is not None
        wiring.ownership.update_url(url)
        yield client
    wiring.close()


def start(tmp_path: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*COMMAND, "ingest", *arguments],
        env={**os.environ, "REELSCORE_HOME": str(tmp_path / "home")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_the_server_does_the_work_and_the_command_prints_its_report(
    client: httpx.Client, tmp_path: Path, music: Path
) -> None:
    for path in sorted(music.iterdir())[2:]:
        path.unlink()
    command = start(tmp_path, "folder", str(music), "--json")
    out, err = command.communicate(timeout=PATIENCE_SECONDS)
    assert command.returncode == 0, err
    report = json.loads(out)
    assert (report["source"], report["offered"], report["added"]) == ("folder", 2, 2)
    assert "owns the library and does the work" in err
    assert client.get("/api/songs").json()["total"] == 2


def test_only_who_can_read_the_secret_is_trusted(client: httpx.Client, tmp_path: Path, music: Path) -> None:
    body = {"source": "folder", "options": {"paths": [str(music)]}}
    secret = read_token(tmp_path / "home")
    assert secret
    for shown in (
        None,
        "",
        "Bearer",
        "Bearer no",
        f"Bearer {secret}x",
        f"Basic {secret}",
        f"Bearer {secret[:-1]}",
    ):
        headers = {} if shown is None else {"Authorization": shown}
        answer = client.post("/api/library/ingest", json=body, headers=headers)
        assert answer.status_code == 403 and "REELSCORE_MUSIC_FOLDERS" in answer.text
    trusted = {"Authorization": f"Bearer {secret}"}
    for strange in ("music", "~/music", "\0"):
        body["options"]["paths"] = [strange]  # type: ignore[index]
        assert client.post("/api/library/ingest", json=body, headers=trusted).status_code == 422
    assert secret not in client.get("/api/state").text + client.get("/health").text


def test_a_refusal_of_the_server_is_one_line(client: httpx.Client, tmp_path: Path) -> None:
    (tmp_path / "home" / TOKEN_NAME).unlink()  # as another user of the machine sees it
    (tmp_path / "other").mkdir()
    command = start(tmp_path, "folder", str(tmp_path / "other"))
    _, err = command.communicate(timeout=PATIENCE_SECONDS)
    assert command.returncode == 1
    assert "REELSCORE_MUSIC_FOLDERS" in err
    assert "Traceback" not in err


def test_a_folder_that_is_not_there_is_told_as_ever(client: httpx.Client, tmp_path: Path) -> None:
    command = start(tmp_path, "folder", str(tmp_path / "nowhere"))
    _, err = command.communicate(timeout=PATIENCE_SECONDS)
    assert command.returncode == 1
    assert "nowhere" in err and "Traceback" not in err


def test_a_server_that_is_started_again_is_found_again(tmp_path: Path, music: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    first = Wiring(settings)
    with serve(first) as url:
        assert first.ownership is not None
        first.ownership.update_url(url)
        for path in sorted(music.iterdir())[8:]:
            path.unlink()
        command = start(tmp_path, "folder", str(music), "--json")
        wait_until(lambda: any(job.progress.done for job in first.catalog.jobs()))
    first.close()
    assert command.poll() is None
    second = Wiring(settings)
    with serve(second) as url:  # on another port
        assert second.ownership is not None
        second.ownership.update_url(url)
        out, err = command.communicate(timeout=PATIENCE_SECONDS)
    second.close()
    assert command.returncode == 0, err
    report = json.loads(out)
    assert report["offered"] == report["added"] + report["already_known"] == 8


def test_a_server_that_stays_away_is_told_with_the_job_that_goes_on(tmp_path: Path) -> None:
    gone = OwnerClient(tmp_path, "http://127.0.0.1:1")
    with pytest.raises(OwnerGoneError, match=r"goes on as 4711 .*`reelscore jobs show 4711`"):
        list(gone.follow("4711", patience=0.4))
    with pytest.raises(OwnerGoneError) as caught:
        gone.request("GET", "/health")
    assert "kill" not in str(caught.value)


def test_a_job_that_was_over_before_its_owner_went_is_read_from_the_library(tmp_path: Path) -> None:
    database = Settings(home=tmp_path).sql_url
    catalog = Catalog(database)
    job = catalog.create_job("ingest", {})
    catalog.claim_job(job.id)
    catalog.update_job(job.id, state=JobState.SUCCEEDED, result={"added": 3})
    catalog.close()
    gone = OwnerClient(tmp_path, "http://127.0.0.1:1", database=database)
    (seen,) = gone.follow(job.id, patience=60)
    assert (seen["state"], seen["result"]) == ("succeeded", {"added": 3})


def test_an_interrupt_cancels_the_task_in_the_server(
    client: httpx.Client, tmp_path: Path, music: Path
) -> None:
    command = start(tmp_path, "folder", str(music))
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (tasks := client.get("/api/tasks").json()["data"]) or not tasks[0]["progress"]["done"]:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    command.send_signal(signal.SIGINT)
    _, err = command.communicate(timeout=PATIENCE_SECONDS)
    assert command.returncode == 130
    task = wait_for_task(client, tasks[0]["task_id"])
    assert task["state"] == "cancelled", err
    assert "what it added stays" in err
    assert client.get("/api/songs").json()["total"] < 28
