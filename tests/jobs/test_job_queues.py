"""What every job queue must do, over the real catalogue."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from reelscore.catalog.store import Catalog
from reelscore.errors import InvalidInputError, NotFoundError, UnknownNameError
from reelscore.jobs.base import JobHandler, JobQueue
from reelscore.jobs.local import MAX_ATTEMPTS, LocalJobQueue
from reelscore.records import Job, JobState, Progress, ProgressCallback

PATIENCE_SECONDS = 10.0
OpenQueue = Callable[[Mapping[str, JobHandler]], JobQueue]

# A new queue is a line here; the whole suite then runs over it.
QUEUES: dict[str, Callable[..., JobQueue]] = {"local": LocalJobQueue}


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    catalog = Catalog(f"sqlite:///{tmp_path / 'library.sqlite3'}")
    yield catalog
    catalog.close()


@pytest.fixture(params=sorted(QUEUES))
def open_queue(request: pytest.FixtureRequest, catalog: Catalog) -> Iterator[OpenQueue]:
    opened: list[JobQueue] = []

    def build(handlers: Mapping[str, JobHandler], **options: Any) -> JobQueue:
        opened.append(QUEUES[request.param](catalog, handlers, **options))
        return opened[-1]

    yield build
    for queue in opened:
        queue.stop()


def wait_for(catalog: Catalog, job: Job, *states: JobState) -> Job:
    wanted = states or tuple(state for state in JobState if state.final)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (now := catalog.job(job.id)).state not in wanted:
        assert time.monotonic() < deadline, f"the job is still {now.state}"
        time.sleep(0.01)
    return now


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def double(arguments: Mapping[str, Any], progress: ProgressCallback) -> Mapping[str, Any]:
    progress(Progress(1, 2, "half way"))
    return {"value": 2 * arguments["value"]}


def go_on_until_stopped(_: Mapping[str, Any], progress: ProgressCallback) -> Mapping[str, Any]:
    for step in range(100_000):
        progress(Progress(step, 100_000, "working"))
        time.sleep(0.005)
    raise AssertionError("nobody stopped the job")


def test_job_succeeds_with_its_result_and_full_progress(open_queue: OpenQueue, catalog: Catalog) -> None:
    queue = open_queue({"double": double})
    queue.start()
    job = wait_for(catalog, queue.submit("double", {"value": 21}))
    assert job.state is JobState.SUCCEEDED
    assert job.result == {"value": 42}
    assert (job.progress.done, job.progress.total) == (2, 2)
    assert job.attempts == 1 and job.error is None and job.finished_at


def test_job_submitted_before_the_start_waits_for_it(open_queue: OpenQueue, catalog: Catalog) -> None:
    queue = open_queue({"double": double})
    job = queue.submit("double", {"value": 1})
    assert catalog.job(job.id).state is JobState.QUEUED
    queue.start()
    assert wait_for(catalog, job).result == {"value": 2}


def test_unknown_kind_is_refused_with_the_known_ones(open_queue: OpenQueue, catalog: Catalog) -> None:
    with pytest.raises(UnknownNameError, match="double"):
        open_queue({"double": double}).submit("triple", {})
    assert catalog.jobs() == []


def test_error_of_ours_becomes_code_and_message(open_queue: OpenQueue, catalog: Catalog) -> None:
    def refuse(*_: Any) -> Mapping[str, Any]:
        raise InvalidInputError("that cannot be done; do this")

    queue = open_queue({"refuse": refuse})
    queue.start()
    job = wait_for(catalog, queue.submit("refuse", {}))
    assert job.state is JobState.FAILED
    assert job.error == {"code": "invalid_input", "message": "that cannot be done; do this"}


def test_unforeseen_error_is_logged_and_told_without_detail(
    open_queue: OpenQueue, catalog: Catalog, caplog: pytest.LogCaptureFixture
) -> None:
    def stumble(*_: Any) -> Mapping[str, Any]:
        raise ZeroDivisionError("secret\ninsides")

    queue = open_queue({"stumble": stumble, "double": double})
    queue.start()
    with caplog.at_level(logging.ERROR):
        job = wait_for(catalog, queue.submit("stumble", {}))
    assert job.error is not None and job.error["code"] == "internal"
    assert "secret" not in job.error["message"] and "\n" not in job.error["message"]
    assert "secret" in caplog.text
    assert wait_for(catalog, queue.submit("double", {"value": 3})).state is JobState.SUCCEEDED


def test_progress_reaches_the_row_a_few_times_a_second(open_queue: OpenQueue, catalog: Catalog) -> None:
    written: list[float] = []
    update = catalog.update_job

    def counting(job_id: str, **changes: Any) -> Job:
        written.append(time.monotonic())
        return update(job_id, **changes)

    catalog.update_job = counting  # type: ignore[method-assign]

    def chatter(_: Mapping[str, Any], progress: ProgressCallback) -> Mapping[str, Any]:
        for step in range(300):
            progress(Progress(step, 300))
            time.sleep(0.002)
        return {}

    queue = open_queue({"chatter": chatter})
    queue.start()
    job = wait_for(catalog, queue.submit("chatter", {}))
    assert job.state is JobState.SUCCEEDED
    assert 2 <= len(written) <= 12


def test_running_job_stops_at_its_next_step_when_cancelled(open_queue: OpenQueue, catalog: Catalog) -> None:
    queue = open_queue({"long": go_on_until_stopped})
    queue.start()
    job = queue.submit("long", {})
    wait_for(catalog, job, JobState.RUNNING)
    queue.cancel(job.id)
    cancelled = wait_for(catalog, job)
    assert cancelled.state is JobState.CANCELLED and cancelled.error is None


def test_cancel_written_by_another_process_is_seen(open_queue: OpenQueue, catalog: Catalog) -> None:
    queue = open_queue({"long": go_on_until_stopped})
    queue.start()
    job = queue.submit("long", {})
    wait_for(catalog, job, JobState.RUNNING)
    catalog.request_cancel(job.id)
    assert wait_for(catalog, job).state is JobState.CANCELLED


def test_waiting_job_is_cancelled_at_once_and_never_runs(open_queue: OpenQueue, catalog: Catalog) -> None:
    ran: list[str] = []

    def note(arguments: Mapping[str, Any], _: ProgressCallback) -> Mapping[str, Any]:
        ran.append(arguments["name"])
        return {}

    queue = open_queue({"note": note})
    first, second = queue.submit("note", {"name": "first"}), queue.submit("note", {"name": "second"})
    assert queue.cancel(first.id).state is JobState.CANCELLED
    queue.start()
    wait_for(catalog, second)
    assert ran == ["second"]


def test_cancelling_a_finished_job_leaves_it_as_it_is(open_queue: OpenQueue, catalog: Catalog) -> None:
    queue = open_queue({"double": double})
    queue.start()
    job = wait_for(catalog, queue.submit("double", {"value": 1}))
    assert queue.cancel(job.id) == job
    with pytest.raises(NotFoundError):
        queue.cancel("no-such-job")


def test_jobs_of_one_worker_run_one_after_the_other_in_order(open_queue: OpenQueue, catalog: Catalog) -> None:
    order: list[int] = []

    def note(arguments: Mapping[str, Any], _: ProgressCallback) -> Mapping[str, Any]:
        order.append(arguments["number"])
        return {}

    queue = open_queue({"note": note})
    jobs = [queue.submit("note", {"number": number}) for number in range(5)]
    queue.start()
    for job in jobs:
        wait_for(catalog, job)
    assert order == [0, 1, 2, 3, 4]


def test_workers_run_jobs_side_by_side(open_queue: OpenQueue, catalog: Catalog) -> None:
    both = threading.Barrier(2, timeout=PATIENCE_SECONDS)

    def meet(*_: Any) -> Mapping[str, Any]:
        both.wait()
        return {}

    queue = open_queue({"meet": meet}, workers=2)  # type: ignore[call-arg]
    jobs = [queue.submit("meet", {}) for _ in range(2)]
    queue.start()
    assert {wait_for(catalog, job).state for job in jobs} == {JobState.SUCCEEDED}


def test_stopping_is_quick_and_the_job_goes_on_in_a_new_queue(
    open_queue: OpenQueue, catalog: Catalog
) -> None:
    queue = open_queue({"work": go_on_until_stopped})
    queue.start()
    job = queue.submit("work", {"value": 4})
    wait_for(catalog, job, JobState.RUNNING)
    began = time.monotonic()
    queue.stop()
    assert time.monotonic() - began < 1.5
    left = catalog.job(job.id)
    assert left.state is JobState.QUEUED and not left.cancel_requested

    successor = open_queue({"work": double})
    successor.start()
    assert wait_for(catalog, job).result == {"value": 8}


def test_queue_can_be_stopped_and_started_again(open_queue: OpenQueue, catalog: Catalog) -> None:
    queue = open_queue({"double": double})
    queue.start()
    queue.stop()
    job = queue.submit("double", {"value": 5})
    queue.start()
    assert wait_for(catalog, job).result == {"value": 10}


def test_job_that_a_killed_process_left_running_runs_again(open_queue: OpenQueue, catalog: Catalog) -> None:
    job = catalog.create_job("double", {"value": 6})
    catalog.claim_job(job.id)  # and then its process dies
    queue = open_queue({"double": double})
    queue.start()
    done = wait_for(catalog, job)
    assert done.result == {"value": 12} and done.attempts == 2


def test_job_that_kills_its_process_again_and_again_is_given_up(
    open_queue: OpenQueue, catalog: Catalog
) -> None:
    job = catalog.create_job("double", {"value": 6})
    for _ in range(MAX_ATTEMPTS - 1):
        catalog.claim_job(job.id)
        catalog.requeue_job(job.id)
    catalog.claim_job(job.id)
    queue = open_queue({"double": double})
    queue.start()
    given_up = wait_for(catalog, job)
    assert given_up.state is JobState.FAILED
    assert given_up.error is not None and given_up.error["code"] == "crashed"
    assert str(MAX_ATTEMPTS) in given_up.error["message"]


def test_cancel_asked_of_a_killed_process_is_honoured_at_the_next_start(
    open_queue: OpenQueue, catalog: Catalog
) -> None:
    job = catalog.create_job("double", {"value": 6})
    catalog.claim_job(job.id)
    catalog.request_cancel(job.id)
    open_queue({"double": double}).start()
    assert wait_for(catalog, job).state is JobState.CANCELLED


def test_job_of_a_kind_that_is_no_more_fails_with_the_reason(open_queue: OpenQueue, catalog: Catalog) -> None:
    job = catalog.create_job("forgotten", {})
    open_queue({"double": double}).start()
    failed = wait_for(catalog, job)
    assert failed.state is JobState.FAILED
    assert failed.error is not None and "forgotten" in failed.error["message"]


def test_what_follows_a_job_happens_however_it_ends(open_queue: OpenQueue, catalog: Catalog) -> None:
    ended: dict[str, JobState] = {}

    def refuse(*_: Any) -> Mapping[str, Any]:
        raise InvalidInputError("no")

    queue = open_queue(
        {"double": double, "refuse": refuse, "long": go_on_until_stopped},
        on_final=lambda job: ended.__setitem__(job.id, job.state),  # type: ignore[call-arg]
    )
    waiting = queue.submit("double", {"value": 0})
    queue.cancel(waiting.id)
    queue.start()
    good, bad, long = (queue.submit(kind, {"value": 1}) for kind in ("double", "refuse", "long"))
    wait_for(catalog, long, JobState.RUNNING)
    queue.cancel(long.id)
    wait_until(lambda: len(ended) == 4)
    assert ended == {
        waiting.id: JobState.CANCELLED,
        good.id: JobState.SUCCEEDED,
        bad.id: JobState.FAILED,
        long.id: JobState.CANCELLED,
    }
