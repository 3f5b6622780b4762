"""`reelscore jobs` and `reelscore worker`."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from reelscore.cli.main import run
from reelscore.config import Settings
from reelscore.records import Job, JobState
from reelscore.wiring import Wiring, close_wirings
from serving import serve

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Call]:
    """Runs a command: its exit code, and what it wrote to stdout and to stderr."""

    def call(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["reelscore", *arguments])
        capsys.readouterr()
        code: object = 0
        try:
            run()
        except SystemExit as leave:
            code = leave.code
        finally:
            close_wirings()
        out, err = capsys.readouterr()
        return int(str(code or 0)), out, err

    yield call
    close_wirings()


@pytest.fixture
def jobs(tmp_path: Path) -> list[Job]:
    """One that failed, and one that waits."""
    wiring = Wiring(Settings(home=tmp_path / "home"))
    bad = wiring.catalog.create_job("ingest", {"source": "folder", "options": {"paths": ["/music"]}})
    wiring.catalog.claim_job(bad.id)
    bad = wiring.catalog.update_job(
        bad.id, state=JobState.FAILED, error={"code": "crashed", "message": "it [fell] over"}
    )
    waiting = wiring.catalog.create_job("initialize_music_database", {"max_videos": 3})
    wiring.close()
    return [bad, waiting]


def test_jobs_are_listed_shown_and_cancelled(call: Call, jobs: list[Job]) -> None:
    bad, waiting = jobs
    code, out, _ = call("jobs", "list")
    assert code == 0
    assert [line.split()[:3] for line in out.splitlines()] == [
        [waiting.id, "queued", "initialize_music_database"],
        [bad.id, "failed", "ingest"],
    ]
    listed = json.loads(call("jobs", "list", "--limit", "1", "--json")[1])["jobs"]
    assert [job["task_id"] for job in listed] == [waiting.id]
    assert "it [fell] over" in call("jobs", "show", bad.id)[1]
    assert json.loads(call("jobs", "show", bad.id, "--json")[1])["error"]["code"] == "crashed"
    assert json.loads(call("jobs", "cancel", waiting.id, "--json")[1])["state"] == "cancelled"


def test_failed_job_is_run_again_as_a_new_one(call: Call, jobs: list[Job]) -> None:
    code, out, err = call("jobs", "retry", jobs[0].id, "--json")
    again = json.loads(out)
    assert code == 0 and again["task_id"] != jobs[0].id and again["state"] == "queued"
    assert "server" in err
    code, out, err = call("jobs", "retry", jobs[1].id)
    assert code == 1 and "queued" in err


def test_unknown_job_is_an_error_of_one_line(call: Call, jobs: list[Job]) -> None:
    for command in ("show", "cancel", "retry"):
        code, out, err = call("jobs", command, "nonsense")
        assert code == 1 and "nonsense" in err and not out


def test_server_that_owns_the_library_is_asked(call: Call, jobs: list[Job], tmp_path: Path) -> None:
    wiring = Wiring(Settings(home=tmp_path / "home"))
    with serve(wiring) as url:
        assert wiring.ownership is not None
        wiring.ownership.update_url(url)
        listed = json.loads(call("jobs", "list", "--json")[1])["jobs"]
        assert {job["task_id"] for job in listed} == {job.id for job in jobs}
        assert json.loads(call("jobs", "show", jobs[0].id, "--json")[1])["state"] == "failed"
        again = json.loads(call("jobs", "retry", jobs[0].id, "--json")[1])
        assert again["task_id"] not in [job.id for job in jobs]
        cancelled = json.loads(call("jobs", "cancel", again["task_id"], "--json")[1])
        assert cancelled["task_id"] == again["task_id"]
        code, _, err = call("jobs", "show", "nonsense")
        assert code == 1 and "nonsense" in err
    wiring.close()


def test_worker_needs_a_broker_and_known_queues(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    code, _, err = call("worker")
    assert code == 1 and "CELERY_BROKER_URL" in err and "reelscore serve" in err
    monkeypatch.setenv("CELERY_BROKER_URL", "redis://:hunter2@127.0.0.1:1/0")
    code, _, err = call("worker")
    assert code == 1 and "QDRANT_URL" in err and "hunter2" not in err
    code, _, err = call("worker", "--queues", "films")
    assert code == 1 and "library" in err
