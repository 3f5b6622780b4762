"""What every job queue must do when those who work come and go: stopped, started, killed, several at once."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from job_kinds import QUICK
from job_stage import ProcessStage, Stage, wait_until

from patience import PATIENCE_SECONDS
from raw_sql import run_sql
from reelscore.jobs.leases import Watch, is_gone, new_worker_name
from reelscore.jobs.sweeping import MAX_ATTEMPTS
from reelscore.records import JobState


def test_job_submitted_before_the_start_waits_for_it(stage: Stage) -> None:
    job = stage.submit("double", value=1)
    assert stage.catalog.job(job.id).state is JobState.QUEUED
    stage.start()
    assert stage.wait_for(job).result == {"value": 2}


def test_waiting_job_is_cancelled_at_once_and_never_runs(stage: Stage, tmp_path: Path) -> None:
    path = tmp_path / "notes"
    first, second = (stage.submit("note", name=name, path=str(path)) for name in ("first", "second"))
    assert stage.queue.cancel(first.id).state is JobState.CANCELLED
    stage.start()
    stage.wait_for(second)
    assert path.read_text().split() == ["second"]


def test_jobs_of_one_worker_run_one_after_the_other_in_order(stage: Stage, tmp_path: Path) -> None:
    path = tmp_path / "notes"
    jobs = [stage.submit("note", name=number, path=str(path)) for number in range(5)]
    stage.start()
    for job in jobs:
        stage.wait_for(job)
    assert path.read_text().split() == ["0", "1", "2", "3", "4"]


def test_workers_run_jobs_side_by_side(stage: Stage, tmp_path: Path) -> None:
    folder = tmp_path / "meeting"
    folder.mkdir()
    stage.start(workers=2)
    jobs = [stage.submit("meet", name=number, path=str(folder)) for number in range(2)]
    assert {stage.wait_for(job).state for job in jobs} == {JobState.SUCCEEDED}


def test_orderly_stop_is_quick_and_is_no_attempt(stage: Stage, tmp_path: Path) -> None:
    job = stage.submit("go_on_at_first", value=4, path=str(tmp_path / "once"))
    for _ in range(MAX_ATTEMPTS):  # however often it happens
        (tmp_path / "once").unlink(missing_ok=True)
        stage.start()
        stage.wait_for(job, JobState.RUNNING)
        wait_until((tmp_path / "once").exists)
        began = time.monotonic()
        stage.stop()
        assert time.monotonic() - began < 60, "it waited for a job of 100 seconds"
        left = stage.catalog.job(job.id)
        assert left.state is JobState.QUEUED and not left.cancel_requested and left.attempts == 0
    stage.start()
    done = stage.wait_for(job)
    assert done.result == {"value": 8} and done.attempts == 1


def test_step_that_outlasts_the_stop_is_given_back_and_comes_to_nothing(stage: Stage, tmp_path: Path) -> None:
    once, release = tmp_path / "once", tmp_path / "release"
    before = set(threading.enumerate())  # some belong to servers of other tests, and go on
    job = stage.submit("keep_silent", seconds=100, until=str(release), path=str(once))
    stage.start()
    wait_until(once.exists)
    stage.stop()
    left = stage.catalog.job(job.id)
    assert left.state is JobState.QUEUED and left.attempts == 0
    release.touch()
    for thread in set(threading.enumerate()) - before:
        if thread.name.startswith("job-worker"):  # the end of the step, if it is on a thread of this process
            thread.join(PATIENCE_SECONDS)
    assert stage.catalog.job(job.id) == left
    stage.start()
    assert stage.wait_for(job).attempts == 1


def test_queue_can_be_stopped_and_started_again(stage: Stage) -> None:
    stage.start()
    stage.stop()
    job = stage.submit("double", value=5)
    stage.start()
    assert stage.wait_for(job).result == {"value": 10}


def test_job_that_somebody_left_running_runs_again(stage: Stage) -> None:
    job = stage.catalog.create_job("double", {"value": 6})
    stage.catalog.claim_job(job.id)  # without a name: there is nobody to ask
    stage.start()
    done = stage.wait_for(job)
    assert done.result == {"value": 12} and done.attempts == 2


def test_job_whose_attempts_are_used_up_is_given_up(stage: Stage) -> None:
    job = stage.catalog.create_job("double", {"value": 6})
    for _ in range(MAX_ATTEMPTS - 1):
        stage.catalog.claim_job(job.id)
        stage.catalog.requeue_job(job.id)
    stage.catalog.claim_job(job.id)
    stage.start()
    given_up = stage.wait_for(job)
    assert given_up.state is JobState.FAILED
    assert given_up.error is not None and given_up.error["code"] == "crashed"
    assert str(MAX_ATTEMPTS) in given_up.error["message"]
    wait_until(lambda: stage.ended() == {job.id: "failed"})


def test_cancel_asked_of_a_killed_process_is_honoured(stage: Stage) -> None:
    job = stage.catalog.create_job("double", {"value": 6})
    stage.catalog.claim_job(job.id)
    stage.catalog.request_cancel(job.id)
    stage.start()
    assert stage.wait_for(job).state is JobState.CANCELLED


@pytest.mark.parametrize("running", [False, True])
def test_job_of_a_kind_that_is_no_more_fails_with_the_reason(stage: Stage, running: bool) -> None:
    job = stage.catalog.create_job("forgotten", {})
    if running:
        stage.catalog.claim_job(job.id)
    stage.start()
    failed = stage.wait_for(job)
    assert failed.state is JobState.FAILED
    assert failed.error is not None and "forgotten" in failed.error["message"]


# --- several processes -------------------------------------------------------------------------------

_NAME = "from reelscore.jobs.leases import new_worker_name; print(new_worker_name(), flush=True)"


def test_running_job_of_a_process_that_lives_is_left_to_it(stage: Stage) -> None:
    job = stage.catalog.create_job("double", {"value": 1})
    with subprocess.Popen(
        [sys.executable, "-c", f"{_NAME}; input()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout is not None
        name = other.stdout.readline().strip()
        claimed = stage.catalog.claim_job(job.id, worker=name)
        stage.start()
        assert stage.wait_for(stage.submit("double", value=2)).result == {"value": 4}
        time.sleep(5 * QUICK.heartbeat)
        assert stage.catalog.job(job.id) == claimed
        other.kill()
    done = stage.wait_for(job)  # long before its heartbeat would be missed
    assert done.result == {"value": 2} and done.attempts == 2


def test_job_of_another_machine_is_taken_once_its_heart_is_silent(stage: Stage) -> None:
    job = stage.catalog.create_job("double", {"value": 1})
    name = "elsewhere/17/0123456789ab/00000000/11111111"
    stage.catalog.claim_job(job.id, worker=name)
    beating = threading.Event()

    def beat() -> None:
        while not beating.wait(0.1):
            stage.catalog.update_job(job.id, worker=name)

    heart = threading.Thread(target=beat)
    heart.start()
    try:
        stage.start(lease=3.0)
        time.sleep(4.0)
        assert stage.catalog.job(job.id).worker == name
    finally:
        beating.set()
        heart.join()
    assert stage.wait_for(job).attempts == 2
    assert stage.catalog.update_job(job.id, worker=name).worker != name  # it is not theirs any more


def test_job_that_a_process_which_is_gone_had_in_line_is_taken_up(stage: Stage) -> None:
    stage.start()
    job = stage.catalog.create_job("double", {"value": 4})  # written by a process that died right after
    assert stage.wait_for(job).result == {"value": 8}


def test_job_of_a_killed_process_goes_on_in_the_next(process_stage: ProcessStage, tmp_path: Path) -> None:
    job = process_stage.submit("die", path=str(tmp_path / "once"))
    process_stage.start()
    assert process_stage.end(lambda process: None) == -9
    assert process_stage.catalog.job(job.id).state is JobState.RUNNING
    process_stage.start()
    done = process_stage.wait_for(job)
    assert done.result == {"value": "alive"} and done.attempts == 2


def test_job_that_kills_its_process_again_and_again_is_given_up(process_stage: ProcessStage) -> None:
    job = process_stage.submit("die", always=True)
    for _ in range(MAX_ATTEMPTS):
        process_stage.start()
        assert process_stage.end(lambda process: None) == -9
    process_stage.start()
    given_up = process_stage.wait_for(job)
    assert given_up.state is JobState.FAILED
    assert given_up.error is not None and given_up.error["code"] == "crashed"
    after = process_stage.wait_for(process_stage.submit("double", value=1))
    assert after.state is JobState.SUCCEEDED


def test_job_that_was_cancelled_while_it_went_back_in_line_never_runs(stage: Stage, tmp_path: Path) -> None:
    path = tmp_path / "notes"
    job = stage.submit("note", name="it", path=str(path))
    # As where a process dies between two statements of `requeue_job`.
    run_sql(stage.database, f"UPDATE jobs SET cancel_requested = 1 WHERE id = '{job.id}'")
    stage.start()
    assert stage.wait_for(job).state is JobState.CANCELLED
    assert not path.exists()


def test_time_in_which_nobody_could_look_counts_as_silence_of_nobody() -> None:
    watch, patient = Watch(gap=0.2), Watch()
    for one in (watch, patient):
        assert one.unchanged([("job", "heartbeat 1")]) == {"job": 0.0}
    time.sleep(0.3)  # the database is away
    assert watch.unchanged([("job", "heartbeat 1")]) == {"job": 0.0}
    assert patient.unchanged([("job", "heartbeat 1")])["job"] >= 0.3
    assert patient.unchanged([("job", "heartbeat 2")]) == {"job": 0.0}


def test_names_of_workers_tell_who_is_gone() -> None:
    ours = new_worker_name()
    assert ours != new_worker_name() and not is_gone(ours) and len(ours) <= 100
    host, pid, scope, token, claim = ours.split("/")
    assert is_gone("/".join((host, pid, scope, "another1", claim)))  # its id was used again, by us
    assert is_gone(None) and is_gone("")
    assert not is_gone("/".join(("elsewhere", pid, "anotherscope", token, claim)))
    assert not is_gone("somebody")
    dead = subprocess.run([sys.executable, "-c", _NAME], capture_output=True, text=True, check=True)
    assert is_gone(dead.stdout.strip())


def test_a_lease_that_no_look_would_find_over_is_refused() -> None:
    with pytest.raises(ValueError, match="longer than two heartbeats"):
        replace(QUICK, lease=2 * QUICK.heartbeat)
