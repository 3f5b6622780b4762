"""What is over for long goes, with its files; what waits or runs never does."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from job_kinds import HANDLERS, QUICK
from job_stage import wait_until
from sqlalchemy import update

from reelscore.catalog.db import schema
from reelscore.catalog.db.engine import write
from reelscore.catalog.integrity.findings import SILENT_MINUTES
from reelscore.config import Settings
from reelscore.jobs.leases import TIMING
from reelscore.jobs.local import LocalJobQueue
from reelscore.jobs.queues import open_queue, sign_of_life
from reelscore.jobs.retention import clear_jobs, sweep_signs, tidy_jobs
from reelscore.records import Job
from reelscore.wiring import Wiring

KIND = "analyze_video_and_recommend"


@pytest.fixture
def wiring(tmp_path: Path) -> Iterator[Wiring]:
    wiring = Wiring(Settings(home=tmp_path / "home", jobs_keep_days=30, jobs_keep=3))
    yield wiring
    wiring.close()


def upload(wiring: Wiring, name: str) -> Path:
    path = wiring.settings.uploads_dir / name / "clip.mp4"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"video")
    return path


def over(wiring: Wiring, ended: str | None = None, *, path: Path | None = None) -> Job:
    job = wiring.catalog.create_job(KIND, {} if path is None else {"video_path": str(path)})
    wiring.catalog.request_cancel(job.id)
    if ended is not None:
        moved = update(schema.jobs).where(schema.jobs.c.id == job.id).values(finished_at=ended)
        write(wiring.catalog._engine, lambda connection: connection.execute(moved))
    return wiring.catalog.job(job.id)


def ids(wiring: Wiring) -> set[str]:
    return {job.id for job in wiring.catalog.jobs()}


def test_old_jobs_go_with_their_uploads_and_new_ones_stay(wiring: Wiring) -> None:
    old_file, new_file = upload(wiring, "old"), upload(wiring, "new")
    over(wiring, "2001-01-01T00:00:00.000000Z", path=old_file)
    new = over(wiring, path=new_file)
    assert tidy_jobs(wiring) == 1
    assert ids(wiring) == {new.id}
    assert new_file.exists() and not old_file.parent.exists()


def test_more_jobs_than_are_kept_lose_the_oldest(wiring: Wiring) -> None:
    jobs = [over(wiring) for _ in range(5)]
    assert tidy_jobs(wiring) == 2
    assert ids(wiring) == {job.id for job in jobs[2:]}
    assert tidy_jobs(wiring) == 0


def test_no_job_goes_where_the_settings_keep_all(tmp_path: Path) -> None:
    wiring = Wiring(Settings(home=tmp_path / "home", jobs_keep_days=0, jobs_keep=0))
    kept = over(wiring, "2001-01-01T00:00:00.000000Z")
    assert tidy_jobs(wiring) == 0 and ids(wiring) == {kept.id}
    wiring.close()


def test_waiting_and_running_jobs_are_never_removed_however_old(wiring: Wiring) -> None:
    files = [upload(wiring, name) for name in ("waits", "runs")]
    waiting, running = (wiring.catalog.create_job(KIND, {"video_path": str(path)}) for path in files)
    wiring.catalog.claim_job(running.id, worker="me")
    ancient = update(schema.jobs).values(created_at="2001-01-01T00:00:00.000000Z", started_at="2001")
    write(wiring.catalog._engine, lambda connection: connection.execute(ancient))
    assert tidy_jobs(wiring) == 0
    assert clear_jobs(wiring.catalog, wiring.settings.uploads_dir) == 0
    assert ids(wiring) == {waiting.id, running.id}
    assert all(path.exists() for path in files)


def test_upload_that_another_job_works_on_stays(wiring: Wiring) -> None:
    path = upload(wiring, "shared")
    over(wiring, path=path)
    again = wiring.catalog.create_job(KIND, {"video_path": str(path)})
    assert clear_jobs(wiring.catalog, wiring.settings.uploads_dir) == 1
    assert path.exists()
    wiring.catalog.request_cancel(again.id)
    assert clear_jobs(wiring.catalog, wiring.settings.uploads_dir) == 1
    assert not path.exists()


def test_file_outside_of_the_uploads_stays_when_its_job_goes(wiring: Wiring, tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    film.write_bytes(b"mine")
    over(wiring, path=film)
    assert clear_jobs(wiring.catalog, wiring.settings.uploads_dir) == 1 and film.exists()


def test_only_jobs_of_some_age_are_cleared_where_it_is_given(wiring: Wiring) -> None:
    over(wiring, "2001-01-01T00:00:00.000000Z")
    new = over(wiring)
    assert clear_jobs(wiring.catalog, wiring.settings.uploads_dir, older_than=timedelta(hours=1)) == 1
    assert ids(wiring) == {new.id}


def test_queue_clears_away_while_it_works_and_again_later(wiring: Wiring) -> None:
    calls: list[float] = []
    timing = replace(QUICK, heartbeat=0.02, tidy=0.1)
    queue = LocalJobQueue(
        wiring.catalog, HANDLERS, timing=timing, tidy=lambda: calls.append(time.monotonic())
    )
    queue.start()
    wait_until(lambda: len(calls) >= 3)
    queue.stop()
    assert all(later - earlier >= 0.1 for earlier, later in pairwise(calls))


def test_failing_to_clear_away_does_not_stop_the_looks(wiring: Wiring) -> None:
    calls: list[int] = []

    def fail() -> None:
        calls.append(1)
        raise OSError("no")

    queue = LocalJobQueue(
        wiring.catalog, HANDLERS, timing=replace(QUICK, heartbeat=0.02, tidy=0.02), tidy=fail
    )
    queue.start()
    wait_until(lambda: len(calls) >= 2)
    queue.stop()


def test_queue_of_a_library_removes_what_its_settings_do_not_keep(wiring: Wiring) -> None:
    over(wiring, "2001-01-01T00:00:00.000000Z")
    queue = open_queue(wiring)
    queue._sweeper._timing = QUICK  # type: ignore[attr-defined]
    queue.start()
    wait_until(lambda: not ids(wiring))
    queue.stop()


def test_check_calls_no_job_abandoned_that_a_queue_would_leave_to_its_worker() -> None:
    assert 2 * TIMING.lease < 60 * SILENT_MINUTES


def test_signs_of_life_of_workers_that_are_no_more_are_swept(wiring: Wiring) -> None:
    alive = sign_of_life(wiring)
    alive.parent.mkdir(parents=True)
    alive.touch()
    gone = alive.with_name("container-of-last-week")
    gone.touch()
    os.utime(gone, (0, 0))
    tidy_jobs(wiring)
    assert list(alive.parent.iterdir()) == [alive]
    sweep_signs(alive.parent / "none")
