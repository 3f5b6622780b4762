from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from reelscore.catalog.store import Catalog
from reelscore.errors import InvalidInputError, NotFoundError
from reelscore.records import JobState, Progress


def test_a_job_goes_from_queued_to_succeeded(catalog: Catalog) -> None:
    job = catalog.create_job("ingest", {"source": "demo", "options": {"paths": ["/ü"]}})
    assert job.state is JobState.QUEUED
    assert job.arguments == {"source": "demo", "options": {"paths": ["/ü"]}}
    assert (job.progress, job.attempts, job.started_at) == (Progress(0.0, None), 0, None)

    running = catalog.claim_job(job.id, worker="thread-1")
    assert running is not None
    assert (running.state, running.attempts) == (JobState.RUNNING, 1)
    assert running.started_at is not None

    stepped = catalog.update_job(job.id, progress=Progress(3, 28, "Calm"))
    assert stepped.progress == Progress(3.0, 28.0, "Calm")

    done = catalog.update_job(
        job.id, state=JobState.SUCCEEDED, progress=Progress(28, 28), result={"z": 1, "a": [1.5, None]}
    )
    assert done.state is JobState.SUCCEEDED
    assert list(done.result or {}) == ["z", "a"]  # the order has a meaning: tags, strongest first
    assert done.progress.done == 28
    assert done.finished_at is not None
    assert catalog.job(job.id) == done


def test_of_many_workers_one_wins_a_job(catalog: Catalog) -> None:
    jobs = [catalog.create_job("ingest", {}) for _ in range(10)]

    def work(number: int) -> int:
        return sum(catalog.claim_job(job.id, worker=str(number)) is not None for job in jobs)

    with ThreadPoolExecutor(4) as pool:
        won = list(pool.map(work, range(4)))
    assert sum(won) == 10
    assert all(job.attempts == 1 for job in catalog.jobs())


def test_a_final_job_stays_as_it_is(catalog: Catalog) -> None:
    job = catalog.create_job("ingest", {})
    catalog.claim_job(job.id)
    failed = catalog.update_job(job.id, state=JobState.FAILED, error={"code": "media_error", "message": "no"})
    assert failed.error == {"code": "media_error", "message": "no"}
    assert catalog.update_job(job.id, state=JobState.SUCCEEDED, result={}) == failed
    assert catalog.update_job(job.id, progress=Progress(1, 2)) == failed
    assert catalog.request_cancel(job.id) == failed
    assert catalog.requeue_job(job.id) == failed
    assert catalog.claim_job(job.id) is None


def test_a_waiting_job_can_neither_succeed_nor_make_progress(catalog: Catalog) -> None:
    job = catalog.create_job("ingest", {})
    assert catalog.update_job(job.id, state=JobState.SUCCEEDED) == job
    assert catalog.update_job(job.id, progress=Progress(1, 2)) == job
    with pytest.raises(InvalidInputError, match="claim_job"):
        catalog.update_job(job.id, state=JobState.RUNNING)


def test_a_waiting_job_is_cancelled_at_once_and_a_running_one_is_asked(catalog: Catalog) -> None:
    waiting, running = catalog.create_job("a", {}), catalog.create_job("b", {})
    catalog.claim_job(running.id)
    cancelled = catalog.request_cancel(waiting.id)
    assert (cancelled.state, cancelled.cancel_requested) == (JobState.CANCELLED, True)
    assert cancelled.finished_at is not None
    assert catalog.claim_job(waiting.id) is None
    asked = catalog.request_cancel(running.id)
    assert (asked.state, asked.cancel_requested) == (JobState.RUNNING, True)
    assert catalog.update_job(running.id, progress=Progress(1, 2)).cancel_requested
    assert catalog.update_job(running.id, state=JobState.CANCELLED).state is JobState.CANCELLED


def test_jobs_of_a_dead_worker_wait_again(catalog: Catalog) -> None:
    jobs = [catalog.create_job(str(number), {}) for number in range(4)]
    for job in jobs[:3]:
        catalog.claim_job(job.id)
    catalog.request_cancel(jobs[1].id)
    catalog.update_job(jobs[2].id, state=JobState.SUCCEEDED)
    assert [job.kind for job in catalog.unfinished_jobs()] == ["0", "1", "3"]
    again = [catalog.requeue_job(job.id) for job in jobs[:3]]
    states = [JobState.QUEUED, JobState.CANCELLED, JobState.SUCCEEDED]
    assert [job.state for job in again] == states
    assert [job.kind for job in catalog.unfinished_jobs()] == ["0", "3"]
    second = catalog.claim_job(jobs[0].id)
    assert second is not None
    assert second.attempts == 2


def test_jobs_are_listed_newest_first(catalog: Catalog) -> None:
    jobs = [catalog.create_job(str(number), {}) for number in range(5)]
    catalog.claim_job(jobs[2].id)
    assert [job.kind for job in catalog.jobs(limit=2)] == ["4", "3"]
    assert [job.kind for job in catalog.jobs([JobState.RUNNING])] == ["2"]
    assert catalog.jobs([]) == []
    with pytest.raises(NotFoundError, match="no job"):
        catalog.job("unknown")
    with pytest.raises(NotFoundError):
        catalog.request_cancel("unknown")


@pytest.mark.parametrize("moment", [1, 2])
def test_a_cancel_is_not_lost_where_the_job_goes_back_in_line_meanwhile(
    moment: int, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = catalog.create_job("a", {})
    catalog.claim_job(job.id, worker="me")
    change, calls = catalog._set, 0

    def change_late(*what: Any, **values: Any) -> bool:
        nonlocal calls
        calls += 1
        if calls == moment:
            catalog.requeue_job(job.id, worker="me", counted=False)
        return change(*what, **values)

    monkeypatch.setattr(catalog, "_set", change_late)
    assert catalog.request_cancel(job.id).state is JobState.CANCELLED


def test_old_final_jobs_can_be_removed(catalog: Catalog) -> None:
    old, waiting = catalog.create_job("a", {}), catalog.create_job("b", {})
    catalog.request_cancel(old.id)
    assert catalog.remove_jobs("2000-01-01T00:00:00.000000Z") == []
    assert [job.id for job in catalog.remove_jobs("9999-01-01T00:00:00.000000Z")] == [old.id]
    assert [job.id for job in catalog.jobs()] == [waiting.id]


def test_of_many_final_jobs_the_newest_are_kept_and_no_unfinished_one_goes(catalog: Catalog) -> None:
    waiting, running = catalog.create_job("a", {}), catalog.create_job("a", {})
    catalog.claim_job(running.id, worker="me")
    over = [catalog.create_job("a", {"number": number}) for number in range(5)]
    for job in over:
        catalog.request_cancel(job.id)
    removed = catalog.remove_jobs(keep=2)
    assert [job.arguments["number"] for job in removed] == [2, 1, 0]
    left = {waiting.id, running.id, over[3].id, over[4].id}
    assert {job.id for job in catalog.jobs()} == left == {job.id for job in catalog.jobs_of_kinds(["a"])}
    assert len(catalog.remove_jobs()) == 2
    assert {job.id for job in catalog.jobs()} == {waiting.id, running.id}


def test_more_final_jobs_than_go_at_once_are_all_removed(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reelscore.catalog.jobs._TOGETHER", 2)
    for _ in range(5):
        catalog.request_cancel(catalog.create_job("a", {}).id)
    assert len(catalog.remove_jobs()) == 5 and catalog.jobs() == []
