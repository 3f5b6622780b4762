"""The embedded job queue: worker threads of this process.

The row in SQL is the truth. A worker claims a row, runs the handler, and writes progress and outcome to
the row; the in-memory line only carries ids. So a job outlives the process: whatever a killed process
left running is taken up again at the next start, and given up once it has taken the process down with
it too often.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from queue import SimpleQueue
from typing import Any

from reelscore.catalog.store import Catalog
from reelscore.errors import CancelledError, ReelscoreError, UnknownNameError
from reelscore.jobs.base import JobHandler
from reelscore.records import Job, JobState, Progress

log = logging.getLogger(__name__)

MAX_ATTEMPTS = 3  # starts of one job that may end with a killed process
_WRITE_SECONDS = 0.25  # progress reaches the row at most this often
_STOP_SECONDS = 5.0  # how long stop() waits for the step in progress


class _QueueStoppingError(CancelledError):
    """The queue stops: the job goes back in line, and nobody cancelled it."""


class LocalJobQueue:
    """Runs jobs on threads of this process.

    Parameters
    ----------
    catalog
        Where the rows are.
    handlers
        What each kind of job does.
    workers
        Jobs that run at the same time.
    on_final
        Called with each job that has reached a final state, from whatever thread brought it there.
    """

    def __init__(
        self,
        catalog: Catalog,
        handlers: Mapping[str, JobHandler],
        *,
        workers: int = 1,
        on_final: Callable[[Job], None] = lambda job: None,
    ) -> None:
        self._catalog = catalog
        self._handlers = handlers
        self._workers = workers
        self._on_final = on_final
        self._line: SimpleQueue[str | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._stopping = threading.Event()
        self._cancelled: set[str] = set()  # asked for here; the row says so too, for other processes

    # --- the contract ---

    def submit(self, kind: str, arguments: Mapping[str, Any]) -> Job:
        """Write the row of a new job and put it in line; UnknownNameError where no handler has this name."""
        if kind not in self._handlers:
            raise UnknownNameError("kind of job", kind, self._handlers)
        job = self._catalog.create_job(kind, arguments)
        self._line.put(job.id)
        return job

    def cancel(self, job_id: str) -> Job:
        """Ask a job to stop: at once where it waits, at its next step where it runs."""
        self._cancelled.add(job_id)
        job = self._catalog.request_cancel(job_id)
        if job.state.final:
            self._cancelled.discard(job_id)
            self._tell(job)  # again, where it was over before: what follows a job is safe to repeat
        return job

    def start(self) -> None:
        """Begin working, first on what an earlier process left unfinished."""
        if self._threads:
            return
        self._stopping.clear()
        self._line = SimpleQueue()
        for job in self._catalog.unfinished_jobs():
            self._take_up(job)
        for number in range(self._workers):
            thread = threading.Thread(target=self._work, name=f"job-worker-{number}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """Stop after the current step; what is unfinished goes on at the next start.

        A step that takes longer than a few seconds is left behind: its row still says running, which the
        next start reads as unfinished.
        """
        self._stopping.set()
        for _ in self._threads:
            self._line.put(None)
        deadline = time.monotonic() + _STOP_SECONDS
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
            if thread.is_alive():
                log.warning(
                    "%s is in the middle of a long step; its job goes on at the next start", thread.name
                )
        self._threads.clear()

    # --- how ---

    def _take_up(self, job: Job) -> None:
        """Put a job of an earlier process in line again, unless it killed that process too often."""
        if job.cancel_requested:
            self._tell(self._catalog.requeue_job(job.id))  # which cancels it
        elif job.kind not in self._handlers:
            error = UnknownNameError("kind of job", job.kind, self._handlers)
            self._finish(job.id, JobState.FAILED, error={"code": error.code, "message": str(error)})
        elif job.state is JobState.RUNNING and job.attempts >= MAX_ATTEMPTS:
            message = f"the server ended {job.attempts} times while it worked on this; it is not tried again"
            self._finish(job.id, JobState.FAILED, error={"code": "crashed", "message": message})
        else:
            if job.state is JobState.RUNNING:
                log.info("job %s (%s) was cut off and starts again", job.id, job.kind)
                self._catalog.requeue_job(job.id)
            self._line.put(job.id)

    def _work(self) -> None:
        line, stopping = self._line, self._stopping
        while (job_id := line.get()) is not None and not stopping.is_set():
            try:
                job = self._catalog.claim_job(job_id, worker=threading.current_thread().name)
                if job is not None:  # else it was cancelled while it waited, or someone else has it
                    self._run(job)
            except Exception:
                log.exception("job %s: its row cannot be read or written", job_id)
            finally:
                self._cancelled.discard(job_id)

    def _run(self, job: Job) -> None:
        report = _Report(job, self._catalog, self._stop_reason)
        try:
            result = self._handlers[job.kind](job.arguments, report)
        except _QueueStoppingError:
            self._tell(self._catalog.requeue_job(job.id))
        except CancelledError:
            self._finish(job.id, JobState.CANCELLED, progress=report.latest)
        except ReelscoreError as error:
            log.info("job %s (%s) failed: %s", job.id, job.kind, error)
            failure = {"code": error.code, "message": str(error)}
            self._finish(job.id, JobState.FAILED, progress=report.latest, error=failure)
        except Exception as error:
            log.exception("job %s (%s) failed in an unforeseen way", job.id, job.kind)
            message = f"unforeseen {type(error).__name__}; the server's log has the details"
            failure = {"code": "internal", "message": message}
            self._finish(job.id, JobState.FAILED, progress=report.latest, error=failure)
        else:
            total = report.latest.total
            done = replace(report.latest, done=total) if total is not None else report.latest
            self._finish(job.id, JobState.SUCCEEDED, progress=done, result=result)

    def _stop_reason(self, job_id: str) -> CancelledError | None:
        if job_id in self._cancelled:
            return CancelledError("cancelled")
        if self._stopping.is_set():
            return _QueueStoppingError("the server stops")
        return None

    def _finish(self, job_id: str, state: JobState, **changes: Any) -> None:
        self._tell(self._catalog.update_job(job_id, state=state, **changes))

    def _tell(self, job: Job) -> None:
        if not job.state.final:
            return
        try:
            self._on_final(job)
        except Exception:
            log.exception("job %s is over, but what follows it failed", job.id)


class _Report:
    """The progress callback of one job: throttled writes to its row, and the place where it stops."""

    def __init__(
        self, job: Job, catalog: Catalog, stop_reason: Callable[[str], CancelledError | None]
    ) -> None:
        self.latest = job.progress
        self._job_id = job.id
        self._catalog = catalog
        self._stop_reason = stop_reason
        self._written = 0.0

    def __call__(self, progress: Progress) -> None:
        self.latest = progress
        if (reason := self._stop_reason(self._job_id)) is not None:
            raise reason
        now = time.monotonic()
        if now - self._written < _WRITE_SECONDS:
            return
        self._written = now
        job = self._catalog.update_job(self._job_id, progress=progress)
        if job.cancel_requested:  # by another process
            raise CancelledError("cancelled")
