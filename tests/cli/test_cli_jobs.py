"""`reelscore jobs` and `reelscore worker`."""

from __future__ import annotations

import json
import re
from datetime import datetime
from pathlib import Path

import pytest

from cli_commands import Reelscore
from reelscore.config import Settings
from reelscore.jobs.celery_app import QUEUES
from reelscore.records import Job, JobState
from reelscore.wiring import Wiring
from serving import serve


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


def test_jobs_are_listed_shown_and_cancelled(reelscore: Reelscore, jobs: list[Job]) -> None:
    bad, waiting = jobs
    code, out, _ = reelscore("jobs", "list")
    assert code == 0
    assert [line.split()[:3] for line in out.splitlines()] == [
        [waiting.id, "queued", "initialize_music_database"],
        [bad.id, "failed", "ingest"],
    ]
    today = datetime.now().astimezone().strftime("%Y-%m-%d")
    assert "/music" in out.splitlines()[1], "what it is about"
    assert all(today in line for line in out.splitlines()), "when it was asked for"
    assert re.search(r" 0:0\d min", out.splitlines()[1]), "how long it ran"
    assert "min" not in out.splitlines()[0], "it has not begun"
    listed = json.loads(reelscore("jobs", "list", "--limit", "1", "--json")[1])["jobs"]
    assert [job["task_id"] for job in listed] == [waiting.id]
    assert "it [fell] over" in reelscore("jobs", "show", bad.id)[1]
    assert json.loads(reelscore("jobs", "show", bad.id, "--json")[1])["error"]["code"] == "crashed"
    assert json.loads(reelscore("jobs", "cancel", waiting.id, "--json")[1])["state"] == "cancelled"


def test_failed_job_is_run_again_as_a_new_one(reelscore: Reelscore, jobs: list[Job]) -> None:
    code, out, err = reelscore("jobs", "retry", jobs[0].id, "--json")
    again = json.loads(out)
    assert code == 0 and again["task_id"] != jobs[0].id and again["state"] == "queued"
    assert "server" in err
    code, out, err = reelscore("jobs", "retry", jobs[1].id)
    assert code == 1 and "queued" in err


def test_unknown_job_is_an_error_of_one_line(reelscore: Reelscore, jobs: list[Job]) -> None:
    for command in ("show", "cancel", "retry"):
        code, out, err = reelscore("jobs", command, "nonsense")
        assert code == 1 and "nonsense" in err and not out


def test_jobs_that_are_over_are_cleared(reelscore: Reelscore, jobs: list[Job]) -> None:
    _, waiting = jobs
    assert reelscore("jobs", "clear", "--older-than", "1d")[1] == "0 jobs removed\n"
    assert json.loads(reelscore("jobs", "clear", "--json")[1]) == {"removed": 1}
    listed = json.loads(reelscore("jobs", "list", "--json")[1])["jobs"]
    assert [job["task_id"] for job in listed] == [waiting.id]


@pytest.mark.parametrize("age", ["soon", "-3d", "30", "1.5d"])
def test_age_that_is_none_is_refused_in_one_line(reelscore: Reelscore, jobs: list[Job], age: str) -> None:
    code, out, err = reelscore("jobs", "clear", f"--older-than={age}")
    assert code == 1 and "12h" in err and not out
    assert len(json.loads(reelscore("jobs", "list", "--json")[1])["jobs"]) == 2


def test_server_that_owns_the_library_is_asked(reelscore: Reelscore, jobs: list[Job], tmp_path: Path) -> None:
    wiring = Wiring(Settings(home=tmp_path / "home"))
    with serve(wiring) as url:
        assert wiring.ownership is not None
        wiring.ownership.update_url(url)
        listed = json.loads(reelscore("jobs", "list", "--json")[1])["jobs"]
        assert {job["task_id"] for job in listed} == {job.id for job in jobs}
        assert json.loads(reelscore("jobs", "show", jobs[0].id, "--json")[1])["state"] == "failed"
        again = json.loads(reelscore("jobs", "retry", jobs[0].id, "--json")[1])
        assert again["task_id"] not in [job.id for job in jobs]
        cancelled = json.loads(reelscore("jobs", "cancel", again["task_id"], "--json")[1])
        assert cancelled["task_id"] == again["task_id"]
        code, _, err = reelscore("jobs", "show", "nonsense")
        assert code == 1 and "nonsense" in err
        assert json.loads(reelscore("jobs", "clear", "--older-than", "4w", "--json")[1]) == {"removed": 0}
        # Whether the server has come to the waiting job by now is left open.
        over = {JobState.FAILED, JobState.CANCELLED, JobState.SUCCEEDED}
        before = [job.id for job in wiring.catalog.jobs(over)]
        removed = json.loads(reelscore("jobs", "clear", "--json")[1])["removed"]
        assert removed >= len(before) >= 2
        assert not set(before) & {job.id for job in wiring.catalog.jobs()}
    wiring.close()


def test_worker_needs_a_broker_and_known_queues(
    reelscore: Reelscore, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, _, err = reelscore("worker")
    assert code == 1 and "CELERY_BROKER_URL" in err and "reelscore serve" in err
    monkeypatch.setenv("CELERY_BROKER_URL", "redis://:hunter2@127.0.0.1:1/0")
    code, _, err = reelscore("worker")
    assert code == 1 and "QDRANT_URL" in err and "hunter2" not in err
    code, _, err = reelscore("worker", "--queues", "stills")
    assert code == 1 and "library" in err
    assert all(lane in reelscore("worker", "--help")[1] for lane in QUEUES)
