"""The contract of every job queue."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from reelscore.records import Job, ProgressCallback

# Does the work of one kind of job: JSON arguments in, JSON result out. It must be idempotent, since a
# job whose process died runs again. It stops by letting the progress callback's CancelledError through.
JobHandler = Callable[[Mapping[str, Any], ProgressCallback], Mapping[str, Any]]


class JobQueue(Protocol):
    """Runs jobs later. The row in SQL is the truth, the queue only carries ids."""

    def submit(self, kind: str, arguments: Mapping[str, Any]) -> Job:
        """Write the row of a new job and queue it; UnknownNameError if no handler has this name."""
        ...

    def cancel(self, job_id: str) -> Job:
        """Ask a job to stop: at once if it waits, at its next step if it runs."""
        ...

    def start(self) -> None:
        """Begin working, first on what an earlier process left unfinished."""
        ...

    def stop(self) -> None:
        """Stop after the current step; what is unfinished goes on at the next start."""
        ...
