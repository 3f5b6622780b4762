"""What every job queue must do, over the real catalogue: jobs, their progress, and how they end."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path

import pytest
from job_kinds import QUICK
from job_stage import Stage, wait_until

from reelscore.errors import NotFoundError, UnknownNameError
from reelscore.records import JobState


def test_job_succeeds_with_its_result_and_full_progress(working_stage: Stage) -> None:
    job = working_stage.wait_for(working_stage.submit("double", value=21))
    assert job.state is JobState.SUCCEEDED
    assert job.result == {"value": 42}
    assert (job.progress.done, job.progress.total) == (2, 2)
    assert job.attempts == 1 and job.error is None and job.finished_at and job.worker


def test_unknown_kind_is_refused_with_the_known_ones(working_stage: Stage) -> None:
    with pytest.raises(UnknownNameError, match="double"):
        working_stage.submit("triple")
    assert "triple" not in [job.kind for job in working_stage.catalog.jobs()]


def test_error_of_ours_becomes_code_and_message(working_stage: Stage) -> None:
    job = working_stage.wait_for(working_stage.submit("refuse"))
    assert job.state is JobState.FAILED
    assert job.error == {"code": "invalid_input", "message": "that cannot be done; do this"}


def test_unforeseen_error_is_logged_and_told_without_detail(working_stage: Stage) -> None:
    job = working_stage.wait_for(working_stage.submit("stumble"))
    assert job.error is not None and job.error["code"] == "internal"
    assert "secret" not in job.error["message"] and "\n" not in job.error["message"]
    wait_until(lambda: "secret" in working_stage.log())
    after = working_stage.wait_for(working_stage.submit("double", value=3))
    assert after.state is JobState.SUCCEEDED


def test_progress_reaches_the_row_a_few_times_a_second(working_stage: Stage) -> None:
    job = working_stage.submit("chatter")
    seen = set()
    while (now := working_stage.catalog.job(job.id)).state in (JobState.QUEUED, JobState.RUNNING):
        seen.add(now.progress.done)
        time.sleep(0.005)
    assert now.state is JobState.SUCCEEDED
    took = _seconds(now.finished_at) - _seconds(now.started_at)
    assert 2 <= len(seen) <= 3 + took / 0.25


def test_running_job_stops_at_its_next_step_when_cancelled(working_stage: Stage) -> None:
    job = working_stage.submit("go_on")
    working_stage.wait_for(job, JobState.RUNNING)
    working_stage.queue.cancel(job.id)
    cancelled = working_stage.wait_for(job)
    assert cancelled.state is JobState.CANCELLED and cancelled.error is None


def test_cancel_written_by_another_process_is_seen(working_stage: Stage) -> None:
    job = working_stage.submit("go_on")
    working_stage.wait_for(job, JobState.RUNNING)
    working_stage.catalog.request_cancel(job.id)
    assert working_stage.wait_for(job).state is JobState.CANCELLED


def test_cancelling_a_finished_job_leaves_it_as_it_is(working_stage: Stage) -> None:
    job = working_stage.wait_for(working_stage.submit("double", value=1))
    assert working_stage.queue.cancel(job.id) == job
    with pytest.raises(NotFoundError):
        working_stage.queue.cancel("no-such-job")


def test_heart_beats_during_a_long_silent_step(working_stage: Stage, tmp_path: Path) -> None:
    job = working_stage.submit("keep_silent", seconds=8 * QUICK.heartbeat, path=str(tmp_path / "once"))
    beats = set()
    while not (now := working_stage.catalog.job(job.id)).state.final:
        beats.add(now.heartbeat_at)
        time.sleep(0.02)
    assert now.state is JobState.SUCCEEDED
    assert len(beats - {None}) >= 3


def test_lost_connection_is_tried_again_and_the_row_says_so(working_stage: Stage, tmp_path: Path) -> None:
    job = working_stage.submit("lose_connection", times=2, path=str(tmp_path / "tries"))
    said = set()
    while not (now := working_stage.catalog.job(job.id)).state.final:
        said.add(now.progress.message)
        time.sleep(0.01)
    assert now.state is JobState.SUCCEEDED and now.result == {"tries": 3} and now.attempts == 1
    assert any(text.startswith("attempt 2 of 4 follows") and "connection lost" in text for text in said), said


def test_lost_connection_that_stays_lost_ends_the_job(working_stage: Stage, tmp_path: Path) -> None:
    path = tmp_path / "tries"
    job = working_stage.wait_for(working_stage.submit("lose_connection", times=99, path=str(path)))
    assert job.state is JobState.FAILED
    assert job.error is not None and job.error["code"] == "storage_transient"
    assert len(path.read_text()) == QUICK.retry.attempts


def test_job_between_two_tries_can_be_cancelled(working_stage: Stage, tmp_path: Path) -> None:
    job = working_stage.submit("lose_connection", times=99, path=str(tmp_path / "tries"))
    wait_until(lambda: "follows" in working_stage.catalog.job(job.id).progress.message)
    working_stage.queue.cancel(job.id)
    assert working_stage.wait_for(job).state is JobState.CANCELLED


def test_what_follows_a_job_happens_however_it_ends(working_stage: Stage) -> None:
    long = working_stage.submit("go_on")
    waiting = working_stage.submit("double", value=0)
    working_stage.queue.cancel(waiting.id)
    working_stage.wait_for(long, JobState.RUNNING)
    working_stage.queue.cancel(long.id)
    good, bad = working_stage.submit("double", value=1), working_stage.submit("refuse")
    jobs = {long.id: "cancelled", waiting.id: "cancelled", good.id: "succeeded", bad.id: "failed"}
    wait_until(lambda: jobs.keys() <= working_stage.ended().keys())
    assert {job: state for job, state in working_stage.ended().items() if job in jobs} == jobs


def _seconds(moment: str | None) -> float:
    assert moment is not None
    return datetime.fromisoformat(moment).timestamp()
