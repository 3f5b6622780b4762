"""The embedded job queue: worker threads of this process, in lanes, so that no video waits for the library.

The row in SQL is the truth; the in-memory line only carries ids. So a job outlives the process: whatever a
killed process left running is taken up again at the next start, or by another process of the library, and
given up once it has taken its process down with it too often.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from queue import SimpleQueue
from typing import Any

from reelscore.catalog.store import Catalog
from reelscore.errors import UnknownNameError
from reelscore.jobs.base import JobHandler
from reelscore.jobs.lanes import LANES, lane_of, step_back
from reelscore.jobs.leases import TIMING, Timing
from reelscore.jobs.running import JobRunner
from reelscore.jobs.sweeping import Sweeper
from reelscore.records import Job

_Line = SimpleQueue[str | None]  # ids of jobs; None: a worker may go


class LocalJobQueue:
    """Runs jobs on threads of this process.

    Parameters
    ----------
    catalog
        Where the rows are.
    handlers
        What each kind of job does.
    workers
        Jobs of one lane that run at the same time.
    on_final
        Called with each job that has reached a final state, from whatever thread brought it there.
    timing
        Its intervals and retries.
    tidy
        Called once an hour while it works: what is over for long goes.
    """

    def __init__(
        self,
        catalog: Catalog,
        handlers: Mapping[str, JobHandler],
        *,
        workers: int = 1,
        on_final: Callable[[Job], None] = lambda job: None,
        timing: Timing = TIMING,
        tidy: Callable[[], object] = lambda: None,
    ) -> None:
        self._catalog = catalog
        self._workers = workers
        self._timing = timing
        self._runner = JobRunner(catalog, handlers, on_final=on_final, timing=timing)
        self._sweeper = Sweeper(
            catalog,
            self._runner,
            take_up=self._take_up,
            forgotten=self._forgotten,
            timing=timing,
            tidy=tidy,
        )
        self._lines = _new_lines()
        self._in_line: set[str] = set()
        self._threads: list[threading.Thread] = []
        self._stopping = threading.Event()

    # --- the contract ---

    def submit(self, kind: str, arguments: Mapping[str, Any]) -> Job:
        """Write the row of a new job and put it in line; UnknownNameError if no handler has this name."""
        if kind not in self._runner.handlers:
            raise UnknownNameError("kind of job", kind, self._runner.handlers)
        job = self._catalog.create_job(kind, arguments)
        self._take_up(job)
        return job

    def cancel(self, job_id: str) -> Job:
        """Ask a job to stop: at once if it waits, at its next step if it runs."""
        return self._runner.cancel(job_id)

    def start(self) -> None:
        """Begin working, first on what an earlier process left unfinished."""
        if self._threads:
            return
        self._stopping = threading.Event()
        self._lines = _new_lines()
        self._in_line.clear()
        self._runner.resume()
        self._sweeper.start()
        for lane in LANES:
            for number in range(self._workers):
                thread = threading.Thread(
                    target=self._work,
                    args=(lane, self._lines[lane], self._stopping),
                    name=f"job-worker-{lane}-{number}",
                    daemon=True,
                )
                thread.start()
                self._threads.append(thread)

    def stop(self) -> None:
        """Stop after the current step; what is unfinished goes on at the next start.

        A step that takes longer than a few seconds is left behind: its job goes back in line, and the step
        comes to nothing.
        """
        self._stopping.set()
        self._sweeper.stop()
        self._runner.stop()
        for line in self._lines.values():
            for _ in range(self._workers):
                line.put(None)
        deadline = time.monotonic() + self._timing.stop
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        self._runner.release()
        self._threads.clear()

    # --- how ---

    def _take_up(self, job: Job) -> None:
        if job.id not in self._in_line:
            self._in_line.add(job.id)
            self._lines[lane_of(job.kind, job.arguments)].put(job.id)

    def _forgotten(self, ripe: Sequence[Job], _waiting: Sequence[Job]) -> Sequence[Job]:
        """Another process of the library may have left them, or is busy with something else."""
        return [job for job in ripe if job.id not in self._in_line]

    def _work(self, lane: str, line: _Line, stopping: threading.Event) -> None:
        step_back(lane)
        while (job_id := line.get()) is not None and not stopping.is_set():
            self._in_line.discard(job_id)
            self._runner.run(job_id)


def _new_lines() -> dict[str, _Line]:
    return {lane: SimpleQueue() for lane in LANES}
