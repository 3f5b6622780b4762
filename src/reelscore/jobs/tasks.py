"""The tasks that a Celery worker knows, by the documented names of the kinds of jobs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from celery import Celery  # type: ignore[import-untyped]


def register_tasks(app: Celery, kinds: Iterable[str], run: Callable[[str], None]) -> None:
    """Make one task of each kind of job.

    Parameters
    ----------
    run
        Runs the job of an id to its end, and raises nothing: the row says how it ended. It does nothing if
        the job is over, or somebody else has it, so that a message may come any number of times.
    """

    def run_job(job_id: str) -> None:
        run(job_id)

    for kind in kinds:
        # Not shared: Celery would give the task to every other application of the process too.
        app.task(name=kind, shared=False)(run_job)
