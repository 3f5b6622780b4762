"""Looks after the rows: a job whose worker died, or whose place in line was lost, is taken up again.

What is over for long is cleared away now and then (see `retention`).

Every process that has a queue looks, at its start and then every few seconds. Two that take up the same job
do no harm: one of them claims it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence

from reelscore.catalog.store import Catalog
from reelscore.errors import ReelscoreError, UnknownNameError
from reelscore.jobs.leases import Timing, Watch, is_gone
from reelscore.jobs.running import JobRunner
from reelscore.records import Job, JobState

log = logging.getLogger(__name__)

MAX_ATTEMPTS = 3  # starts of one job that may end with a killed process


class Sweeper:
    """Takes up what was left behind, for one queue.

    Parameters
    ----------
    catalog
        Where the rows are.
    runner
        Knows the kinds of jobs, and what follows one that is over.
    take_up
        Puts a job in line.
    forgotten
        Which of the jobs that wait for a while now are in no line; it is given these, and all that wait.
    tidy
        Called once an hour (`Timing.tidy`), first soon after the start: what is over for long goes.
    """

    def __init__(
        self,
        catalog: Catalog,
        runner: JobRunner,
        *,
        take_up: Callable[[Job], object],
        forgotten: Callable[[Sequence[Job], Sequence[Job]], Sequence[Job]],
        timing: Timing,
        tidy: Callable[[], object] = lambda: None,
    ) -> None:
        self._tidy = tidy
        self._catalog = catalog
        self._runner = runner
        self._take_up = take_up
        self._forgotten = forgotten
        self.on_look: Callable[[], None] = lambda: None  # called after each look that went well
        self._timing = timing
        self._running = Watch(gap=timing.lease / 2)
        self._waiting = Watch()
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()

    def start(self) -> None:
        """Look now, and then in the background."""
        if self._thread is not None:
            return
        self._stop.clear()
        self._look(first=True)
        self._thread = threading.Thread(target=self._sweep_on, name="job-sweeper", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop looking."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(self._timing.stop)
            self._thread = None

    def sweep(self, *, first: bool = False) -> None:
        """One look at every job that is not over."""
        jobs = self._catalog.unfinished_jobs()
        running = [job for job in jobs if job.state is JobState.RUNNING]
        silent = self._running.unchanged((job.id, (job.worker, job.heartbeat_at)) for job in running)
        for job in running:
            if is_gone(job.worker) or silent[job.id] >= self._timing.lease:
                self._take_over(job)

        waiting = [job for job in jobs if job.state is JobState.QUEUED]
        since = self._waiting.unchanged((job.id, job.attempts) for job in waiting)
        known = [job for job in waiting if job.kind in self._runner.handlers]
        for job in waiting:
            if job.kind not in self._runner.handlers:
                self._refuse(job)
        ripe = [job for job in known if first or since[job.id] >= self._timing.requeue_after]
        if ripe:
            for job in self._forgotten(ripe, known):
                self._take_up(job)

    def _sweep_on(self) -> None:
        tidied: float | None = None
        while not self._stop.wait(self._timing.heartbeat):
            self._look()
            if tidied is None or time.monotonic() - tidied >= self._timing.tidy:
                tidied = time.monotonic()
                self._clear_away()

    def _clear_away(self) -> None:
        try:
            self._tidy()
        except ReelscoreError as error:
            log.warning("what is over for long cannot be cleared away: %s", error)
        except Exception:
            log.exception("what is over for long cannot be cleared away")

    def _look(self, *, first: bool = False) -> None:
        try:
            self.sweep(first=first)
            self.on_look()
        except ReelscoreError as error:
            log.warning("the jobs cannot be looked after: %s", error)
            self._running.forget()
        except Exception:
            log.exception("the jobs cannot be looked after")

    def _take_over(self, job: Job) -> None:
        """Put the job of a dead worker in line again, unless it killed its workers too often."""
        worker = job.worker  # only from those hands: somebody else may be quicker
        if job.attempts >= MAX_ATTEMPTS and not job.cancel_requested:
            message = (
                f"the process that worked on this ended {job.attempts} times; it is not tried again by itself"
            )
            error = {"code": "crashed", "message": message}
            self._runner.run_follow_up(
                self._catalog.update_job(job.id, state=JobState.FAILED, error=error, worker=worker)
            )
            return
        log.info("job %s (%s) was cut off and starts again", job.id, job.kind)
        again = self._catalog.requeue_job(job.id, worker=worker)
        self._runner.run_follow_up(again)  # if it was to be cancelled, it is now
        if again.state is not JobState.QUEUED:
            return
        if again.kind in self._runner.handlers:
            self._take_up(again)
        else:
            self._refuse(again)

    def _refuse(self, job: Job) -> None:
        unknown = UnknownNameError("kind of job", job.kind, self._runner.handlers)
        error = {"code": unknown.code, "message": str(unknown)}
        self._runner.run_follow_up(self._catalog.update_job(job.id, state=JobState.FAILED, error=error))
