"""Runs one job, whichever queue brought it: claim, work, progress, outcome.

A lost connection to the database or the index is not the end of a job: it is tried again after a while, a few
times, and its row says so. Everything else that goes wrong ends it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from reelscore.catalog.store import Catalog
from reelscore.errors import CancelledError, ReelscoreError, StorageError, TransientStorageError
from reelscore.jobs.base import JobHandler
from reelscore.jobs.leases import (
    TIMING,
    Lease,
    LeaseKeeper,
    LostLeaseError,
    StoppingError,
    Timing,
    new_worker_name,
)
from reelscore.monitoring import MONITOR
from reelscore.net.retry import Failure, retry
from reelscore.net.waiting import stoppable
from reelscore.records import Job, JobState, Progress

log = logging.getLogger(__name__)

_WRITE_SECONDS = 0.25  # progress reaches the row at most this often

Result = TypeVar("Result")


class JobRunner:
    """Runs claimed jobs for a queue.

    Parameters
    ----------
    catalog
        Where the rows are.
    handlers
        What each kind of job does.
    on_final
        Called with each job that has reached a final state, from whatever thread brought it there.
    on_requeued
        Called with each job that goes back in line since this process stops.
    """

    def __init__(
        self,
        catalog: Catalog,
        handlers: Mapping[str, JobHandler],
        *,
        on_final: Callable[[Job], None] = lambda job: None,
        on_requeued: Callable[[Job], object] = lambda job: None,
        timing: Timing = TIMING,
    ) -> None:
        self.handlers = handlers
        self._catalog = catalog
        self._on_final = on_final
        self._on_requeued = on_requeued
        self._timing = timing
        self._keeper = LeaseKeeper(catalog, timing.heartbeat)
        self._stopping = False

    def run(self, job_id: str) -> None:
        """Claim a job and run it to its end; nothing happens if somebody else has it, or it is over."""
        worker = new_worker_name()
        try:
            job = self._query(lambda: self._catalog.claim_job(job_id, worker=worker))
        except ReelscoreError as error:  # its row still waits, and is found by the next look
            log.warning("job %s cannot be claimed: %s", job_id, error)
            return
        if job is None:
            return
        lease = self._keeper.hold(job)
        lease.check_row(job)  # whoever let it wait again may have died before it could be cancelled
        try:
            if self._stopping:
                lease.end(StoppingError("the server stops"))
            self._work(job, lease)
        except StorageError as error:  # as on a full disk; without a heartbeat it is taken up again
            log.warning(
                "job %s: its row cannot be written, and it starts again once it can: %s", job_id, error
            )
        except Exception:
            log.exception("job %s: its row cannot be read or written", job_id)
        finally:
            self._keeper.drop(lease)

    def resume(self) -> None:
        """Work again after `stop`."""
        self._stopping = False

    def stop(self) -> None:
        """Let every running job go back in line at its next step, and those that are claimed from here on."""
        self._stopping = True
        for lease in self._keeper.held():
            lease.end(StoppingError("the server stops"))

    def release(self) -> None:
        """Give back what still runs though it was asked to stop: its long step comes to nothing."""
        for lease in self._keeper.held():
            log.warning("job %s is in the middle of a long step; it goes on at the next start", lease.job_id)
            lease.end(LostLeaseError("the server stops"))
            self._keeper.drop(lease)
            try:
                self._requeue(lease)
            except ReelscoreError as error:
                log.warning("job %s: %s", lease.job_id, error)

    def cancel(self, job_id: str) -> Job:
        """Ask a job to stop: at once if it waits or runs here, at its next look into its row elsewhere."""
        job = self._catalog.request_cancel(job_id)
        if (lease := self._keeper.lease_of(job_id)) is not None:
            lease.end(CancelledError("cancelled"))
        self.run_follow_up(job)  # again, if it was over before: it is safe to repeat
        return job

    def run_follow_up(self, job: Job) -> None:
        """Do what follows a job that is over; it is safe to repeat."""
        if not job.state.final:
            return
        try:
            self._on_final(job)
        except Exception:
            log.exception("job %s is over, but what follows it failed", job.id)

    # --- how ---

    def _work(self, job: Job, lease: Lease) -> None:
        report = _Report(job, self._catalog, lease)
        try:
            result = self._try(job, lease, report)
        except StoppingError:
            self._requeue(lease)
        except LostLeaseError:
            log.warning("job %s was given to another worker; what this one did is left to it", job.id)
        except CancelledError:
            self._finish(lease, JobState.CANCELLED, progress=report.latest)
        except ReelscoreError as error:
            log.info("job %s (%s) failed: %s", job.id, job.kind, error)
            self._fail(lease, report, error.code, str(error))
        except Exception as error:
            log.exception("job %s (%s) failed in an unforeseen way", job.id, job.kind)
            message = f"unforeseen {type(error).__name__}; the server's log has the details"
            self._fail(lease, report, "internal", message)
        else:
            total = report.latest.total
            done = replace(report.latest, done=total) if total is not None else report.latest
            try:
                self._finish(lease, JobState.SUCCEEDED, progress=done, result=result)
            except TransientStorageError:
                raise
            except StorageError as error:  # such a result cannot be stored
                self._fail(lease, report, error.code, str(error))

    def _try(self, job: Job, lease: Lease, report: _Report) -> Mapping[str, Any]:
        """Run the handler, again if the connection to a database or an index was lost."""
        policy = self._timing.retry
        following = ""  # which attempt this one is, once one failed

        def attempt() -> Mapping[str, Any]:
            if following:
                report.say(following)
            lease.check()
            try:
                with stoppable(lease.ended):
                    return self.handlers[job.kind](job.arguments, report)
            except CancelledError:
                lease.check()  # which knows why
                raise

        def before_wait(failure: Failure) -> None:
            nonlocal following
            wait, error = failure.wait, failure.error
            following = f"attempt {failure.attempts + 1} of {policy.attempts}"
            log.warning("job %s (%s) tries again in %.0f s: %s", job.id, job.kind, wait, error)
            report.say(f"{following} follows in {wait:.0f} s: {error}")

        return retry(attempt, policy, before_wait=before_wait, sleep=lease.sleep)

    def _query(self, query: Callable[[], Result]) -> Result:
        """Query the database, again if the connection was lost."""

        def before_wait(failure: Failure) -> None:
            if self._stopping:
                raise failure.error
            log.info("asked again in %.0f s: %s", failure.wait, failure.error)

        return retry(query, self._timing.retry, before_wait=before_wait, sleep=time.sleep)

    def _requeue(self, lease: Lease) -> None:
        job = self._catalog.requeue_job(lease.job_id, worker=lease.worker, counted=False)
        self.run_follow_up(job)
        if job.state is JobState.QUEUED:
            self._on_requeued(job)

    def _fail(self, lease: Lease, report: _Report, code: str, message: str) -> None:
        failure = {"code": code, "message": message}
        self._finish(lease, JobState.FAILED, progress=report.latest, error=failure)

    def _finish(self, lease: Lease, state: JobState, **changes: Any) -> None:
        def write() -> Job:
            return self._catalog.update_job(lease.job_id, state=state, worker=lease.worker, **changes)

        job = self._query(write)
        began = datetime.fromisoformat(job.started_at or job.created_at)
        MONITOR.ended(job.kind, job.state.value, max(0.0, (datetime.now(UTC) - began).total_seconds()))
        self.run_follow_up(job)


class _Report:
    """The progress callback of one job: throttled writes to its row, and the place where it stops."""

    def __init__(self, job: Job, catalog: Catalog, lease: Lease) -> None:
        self.latest = job.progress
        self._catalog = catalog
        self._lease = lease
        self._written = 0.0

    def __call__(self, progress: Progress) -> None:
        self.latest = progress
        self._lease.check()
        if time.monotonic() - self._written >= _WRITE_SECONDS:
            self._write()
            self._lease.check()

    def say(self, message: str) -> None:
        """Change what the row says, at once."""
        self.latest = replace(self.latest, message=message)
        self._write()

    def _write(self) -> None:
        self._written = time.monotonic()
        try:
            job = self._catalog.update_job(
                self._lease.job_id, progress=self.latest, worker=self._lease.worker
            )
        except TransientStorageError as error:  # the work goes on: whether it can, it finds out itself
            log.info("job %s: its progress was not written: %s", self._lease.job_id, error)
            return
        self._lease.check_row(job)
